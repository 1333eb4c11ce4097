"""How much rests ahead of each of our orders, estimated the conservative way. Pure.

Nobody but the venue knows a queue. What can be said honestly (ladder specification, section 3):

1. An order begins behind everything that is displayed at its price when it is first known to rest.
2. What trades at that price comes off the front. What is canceled there does not: it may have stood behind.
3. Never more than is displayed now, our own order and those of ours behind it taken out.
4. After a gap in the feed nothing is known until nothing but our own is left at the price.
5. Where orders may rest unseen, or share a price pro rata, nothing is said at all.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade
from omega_tui.units import NS_PER_S

_RESTS = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_CANCEL})
_SEEN_NS = 1 * NS_PER_S
"""After so long the public book is taken to show an order of ours, so that it can be told from the others."""


class _Place(Struct):
    """One order's place.

    `ahead` is None while nothing is known, `began` None until a picture of its book came.
    """

    order: Order
    since_ns: int
    began: bool = False
    ahead: Decimal | None = None


class QueuePlaces:
    """The estimated place of every order of ours that rests, by client order id."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def ahead(self, client_order_id: str) -> Decimal | None:
        """Return the size that is thought to rest ahead of an order; None where that is not known."""
        place = self._places.get(client_order_id)
        return place.ahead if place is not None else None

    def order(self, order: Order, book: BookSnapshot | None, *, now_ns: int, is_visible: bool = True) -> None:
        """Take an order as it stands now.

        Args:
            order: As the exchange service tells it.
            book: The picture of its book in force; None where there is none.
            now_ns: Wall clock of the engine.
            is_visible: Whether the venue shows all that rests and serves first what came first.
        """
        key = order.request.client_order_id or order.venue_order_id
        if order.status not in _RESTS or not is_visible:
            self._places.pop(key, None)
            return
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = _Place(order, now_ns)
            self._begin(place, book)
        place.order = order
        if order.filled > 0:
            # What trades with ours has come to the front.
            place.ahead = ZERO

    def trade(self, trade: Trade) -> None:
        """Take a public print: it comes off the front of the queue at its price."""
        for place in self._places.values():
            request = place.order.request
            if (
                place.ahead
                and request.instrument == trade.instrument
                and request.price == trade.price
                and trade.aggressor is not request.side
            ):
                place.ahead = max(ZERO, place.ahead - trade.size)

    def book(self, book: BookSnapshot, *, now_ns: int) -> None:
        """Take the next picture of a book: what is displayed no longer cannot be ahead."""
        for place in self._places.values():
            if place.order.request.instrument != book.instrument:
                continue
            if not place.began:
                self._begin(place, book)
                continue
            displayed = _displayed(place.order, book)
            if displayed is None:
                continue
            others = displayed
            if now_ns - place.since_ns >= _SEEN_NS:
                others = max(ZERO, displayed - self._ours_from(place))
            if place.ahead is not None:
                place.ahead = min(place.ahead, others)
            elif not others:
                place.ahead = ZERO

    def gap(self, instrument: str = "") -> None:
        """Forget every place in an instrument, or in all of them: the feed was interrupted."""
        for place in self._places.values():
            if not instrument or place.order.request.instrument == instrument:
                place.ahead = None

    def _begin(self, place: _Place, book: BookSnapshot | None) -> None:
        if book is not None and not place.began:
            place.ahead = _displayed(place.order, book)
            place.began = True

    def _ours_from(self, first: _Place) -> Decimal:
        """Return what rests of `first` and of our orders behind it at the same price."""
        request = first.order.request
        return sum(
            (
                place.order.remaining
                for place in self._places.values()
                if place.since_ns >= first.since_ns
                and place.order.request.instrument == request.instrument
                and place.order.request.side is request.side
                and place.order.request.price == request.price
            ),
            ZERO,
        )


def place_id(order: Order) -> str:
    """Return what the place of an order is known by."""
    return order.request.client_order_id or order.venue_order_id


def least_ahead(places: QueuePlaces, orders: Iterable[Order]) -> tuple[tuple[str, Decimal], ...]:
    """Return the estimate of every order that has one, by client order id."""
    found = []
    for order in orders:
        ahead = places.ahead(place_id(order))
        if ahead is not None:
            found.append((place_id(order), ahead))
    return tuple(found)


def _displayed(order: Order, book: BookSnapshot) -> Decimal | None:
    """Return the size shown at the price of `order`; None where the picture does not reach so far."""
    price = order.request.price
    is_bid = order.request.side is Side.BUY
    levels: Sequence[tuple[Decimal, Decimal]] = book.bids if is_bid else book.asks
    for at, size in levels:
        if at == price:
            return size
        if (at < price) is is_bid:
            return ZERO  # Past it: levels come best first.
    return None
