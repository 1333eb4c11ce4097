"""May a program begin: every order that it would send goes through the very checks of an order, together.

Pure. What is denied here was never written down; each order is checked once more when it is sent.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.one_order import most_of
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.program_cover import Part, way_in_size
from omega_tui.domain.program_scene import capped
from omega_tui.domain.programs import (
    Amend,
    Bracket,
    Chase,
    Close,
    Oco,
    Role,
    Scale,
    Spec,
    Stop,
    Twap,
    size_of,
)
from omega_tui.domain.risk import check_alone, check_exposure, check_order
from omega_tui.domain.risk_view import Denial, RiskLimits, RiskView, dollar_rate, held_of
from omega_tui.domain.side import Side

MOST_ORDERS = 50
"""Orders of a scale, and slices of a TWAP."""

LONGEST_S = 24 * 3600
"""A chase or a TWAP lasts at most so long; shorter than this they are looked after."""


def check_program(spec: Spec, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Return the first reason why a program must not begin, or None when it may.

    Args:
        spec: The program; an `Amend` is checked with `view` taken without the order that it replaces, and a
            `Close` without those that it cancels first.
        view: The account and the market now.
        limits: In force.
    """
    wrong = shape_mistake(spec) or _closes_instead(spec, view)
    if wrong:
        return Denial("PROGRAM", wrong)
    checked = view
    for order in _first_orders(spec, view):
        denial = _check_first(order, checked, limits)
        if denial is not None:
            return denial
        if isinstance(spec, Scale):
            checked = replace(checked, orders=(*checked.orders, _as_if_working(order)))
    for order in _later_orders(spec):
        denial = check_alone(order, view, limits)
        if denial is not None:
            return denial
    if isinstance(spec, Chase | Twap):
        return check_exposure(_whole(spec), view, limits)
    return None


def check_move(
    part: Part, role: str, cover: Decimal | None, view: RiskView, limits: RiskLimits
) -> Denial | None:
    """Return why an order of a program must not be where it is moved to, or None when it may.

    A way out is judged by itself and in the size that is left of it: its entry was filled long ago, and a
    part may have been closed since.

    Args:
        part: The program as it would be, with what it has sent.
        role: Which of its orders is moved.
        cover: The most that its ways out may cover; None for no bound.
        view: The account and the market now, without its own orders.
        limits: In force.
    """
    way = way_in_size(part, role, cover)
    if way is None:
        return check_program(part.spec, view, limits)
    both = not isinstance(part.spec, Oco) or (part.spec.take is not None and part.spec.stop is not None)
    wrong = shape_mistake(part.spec) if both else ""
    return Denial("PROGRAM", wrong) if wrong else _check_first(way, view, limits)


def _check_first(order: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Check an order as it would leave: of a way out larger than one order may be the first part."""
    fresh, first = replace(view, recent=()), order
    if order.reduce_only and view.instrument is not None:
        most = most_of(view.instrument, order.price, dollar_rate(order.instrument, view))
        first = replace(order, size=min(order.size, most))
    denial = check_order(first, fresh, limits)
    return denial if denial is not None or first == order else check_exposure(order, fresh, limits)


def shape_mistake(spec: Spec) -> str:  # noqa: C901, PLR0911, PLR0912 - one sentence per mistake
    """Return what contradicts itself in a program, as a sentence; empty for nothing."""
    orders = [*_orders_of(spec)]
    if any((order.instrument, order.venue) != (spec.instrument, spec.venue) for order in orders):
        return "The orders of one program trade one instrument: make two programs."
    if not size_of(spec) > ZERO:
        return "The size must be above zero."
    match spec:
        case Scale():
            if not 2 <= len(spec.orders) <= MOST_ORDERS:
                return f"A scale has 2 to {MOST_ORDERS} orders, not {len(spec.orders)}."
            if any(_takes(order) or order.trigger_price is not None for order in spec.orders):
                return "A scale is made of limit orders that rest."
            if len({(order.side, order.price) for order in spec.orders}) < len(spec.orders):
                return "Two orders of the scale have one price: widen the range, or make fewer."
        case Stop(order=order):
            if order.trigger_price is None:
                return "A stop needs a trigger price."
        case Close(order=order):
            if not _takes(order) or order.trigger_price is not None:
                return "What closes a position takes at once: IOC or FOK."
        case Oco(take=take, stop=stop):
            if take is None or stop is None:
                return "An OCO has a take and a stop."
            if (take.side, take.size) != (stop.side, stop.size):
                return "The two orders of an OCO have one side and one size."
            return _ways(take, stop, take.side)
        case Bracket(entry=entry, take=take, stop=stop):
            if take is None and stop is None:
                return "A bracket has a take, a stop, or both."
            if entry.trigger_price is not None:
                return "A bracket is entered by a limit order, not by a stop."
            for way in (take, stop):
                if way is not None and (way.side is entry.side or not way.reduce_only):
                    return "The ways out of a bracket close what its entry opens."
            # The price of an entry that takes is the worst one, and not where it is expected to be filled.
            opened = None if _takes(entry) else entry.price
            return _ways(take, stop, entry.side.opposite, opened)
        case Chase(seconds=seconds):
            if not 1 <= seconds <= LONGEST_S:
                return f"A chase lasts 1 to {LONGEST_S} seconds, not {seconds}."
        case Twap(seconds=seconds, slices=slices):
            if not 2 <= slices <= MOST_ORDERS:
                return f"A TWAP has 2 to {MOST_ORDERS} slices, not {slices}."
            if not slices <= seconds <= LONGEST_S:
                return f"A TWAP of {slices} slices lasts {slices} to {LONGEST_S} seconds, not {seconds}."
        case Amend():
            pass
    return ""


def _closes_instead(spec: Spec, view: RiskView) -> str:
    """Return why a bracket would protect nothing: its entry closes what is held, and opens no position."""
    if not isinstance(spec, Bracket) or held_of(spec.instrument, view) * spec.entry.side.sign >= 0:
        return ""
    return f"A bracket goes round what opens, and this {spec.entry.side} closes: order without the bracket."


def _ways(
    take: OrderRequest | None, stop: OrderRequest | None, side: Side, entry: Decimal | None = None
) -> str:
    """Return what is wrong with two ways out; `side` closes, `entry` is where it was opened."""
    if take is not None and (take.trigger_price is not None or _takes(take)):
        return "The take is a limit order that rests."
    trigger = stop.trigger_price if stop is not None else None
    if stop is not None and trigger is None:
        return "The stop needs a trigger price."
    goal = take.price if take is not None else None
    better = "above" if side is Side.SELL else "below"
    ladder = [price for price in (trigger, entry, goal) if price is not None]
    if any((later - first) * -side.sign <= 0 for first, later in pairwise(ladder)):
        return f"The take must be {better} the stop, and the entry between them."
    return ""


def _first_orders(spec: Spec, view: RiskView) -> Iterator[OrderRequest]:
    """Yield the orders that would leave at once, or are checked as if they did."""
    match spec:
        case Amend(order=order) | Close(order=order) | Stop(order=order):
            yield order
        case Scale(orders=orders):
            for number, order in enumerate(orders, 1):
                yield replace(order, program="?", role=f"{Role.ENTRY} {number}")
        case Oco(take=take, stop=stop):
            for way, role in ((take, Role.TAKE), (stop, Role.STOP)):
                if way is not None:
                    yield replace(way, program="?", role=role)
        case Bracket(entry=entry):
            yield entry
        case Chase() | Twap():
            yield _part(spec, view)


def _later_orders(spec: Spec) -> Iterator[OrderRequest]:
    """Yield the orders that come only once something was filled."""
    if isinstance(spec, Bracket):
        yield from (way for way in (spec.take, spec.stop) if way is not None)


def _orders_of(spec: Spec) -> Iterator[OrderRequest]:
    match spec:
        case Amend(order=order) | Close(order=order) | Stop(order=order):
            yield order
        case Scale(orders=orders):
            yield from orders
        case Oco(take=take, stop=stop):
            yield from (way for way in (take, stop) if way is not None)
        case Bracket(entry=entry, take=take, stop=stop):
            yield from (order for order in (entry, take, stop) if order is not None)
        case _:
            return


def _part(spec: Chase | Twap, view: RiskView) -> OrderRequest:
    """Return the first order of a chase or of a TWAP, at the market as it is."""
    book, instrument = view.book, view.instrument
    price = spec.limit_price
    buying = spec.side is Side.BUY
    nearer = min if buying else max
    if book is not None and instrument is not None:
        near, far = (book.best_bid, book.best_ask) if buying else (book.best_ask, book.best_bid)
        if isinstance(spec, Chase):
            price = nearer(price, near) if near is not None else price
        elif far is not None:
            price = nearer(price, capped(far, spec.side, spec.cap_ticks, instrument))
    if isinstance(spec, Chase):
        return replace(_whole(spec), price=price, post_only=True)
    lot = instrument.lot_size if instrument is not None else spec.size
    slice_size = spec.size / spec.slices // lot * lot
    return replace(_whole(spec), size=slice_size, price=price, time_in_force=TimeInForce.IOC)


def _whole(spec: Chase | Twap) -> OrderRequest:
    """Return all of it as one order at its worst price: what the account must be good for."""
    return OrderRequest(
        client_order_id="",
        instrument=spec.instrument,
        venue=spec.venue,
        side=spec.side,
        size=spec.size,
        price=spec.limit_price,
        reduce_only=spec.reduce_only,
        program="?",
    )


def _as_if_working(request: OrderRequest) -> Order:
    return Order(request=request, status=OrderStatus.ACCEPTED)


def _takes(order: OrderRequest) -> bool:
    takes = order.time_in_force in TAKES_ONLY
    return takes or order.order_type is OrderType.MARKET
