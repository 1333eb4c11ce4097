"""What the rules of a program look at and what they answer. Values, and the sums over them.

A scene is taken at one instant and is complete: the rules remember nothing, so that a lost event, a repeated
one or a restart changes nothing in what they decide.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

from msgspec import Struct, field

from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.domain.one_order import most_of
from omega_tui.domain.orders import Order, OrderAlarm, OrderRequest, OrderStatus
from omega_tui.domain.side import Side

IN_FLIGHT = frozenset({OrderStatus.INTENT, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})
"""States in which nobody knows yet whether the venue has the order."""

LEAST_CAP_TICKS = 5
UNBOUNDED_CAP = Decimal("0.01")
"""The least room that an order which takes gets beyond the touch, and the same where prices are unbounded."""

NEVER_CAME = frozenset({OrderStatus.REJECTED, OrderStatus.NOT_PLACED})


class Scene(Struct, frozen=True, kw_only=True):
    """All that a program looks at, at one instant.

    Attributes:
        program: Id of the program.
        instrument: What it trades.
        elapsed_ns: For how long it has been working, the time while it was held left out.
        since_sent_ns: How long ago it sent its last order, or tried to.
        orders: Everything it has sent, oldest first.
        sent_before: So many of those were there when it was last started or resumed: what happened to them
            is known to the trader.
        unsettled: Ids of ended orders of which a fill may still be on its way: the venue was not asked since.
        asked: Ids of the orders that the program itself wants canceled.
        uncancelable: Ids of those that the venue refuses to cancel.
        best_bid: None while nobody buys, or while the data may not be traded on.
        best_ask: Likewise.
        lowest: Lowest price traded since it began to watch; None for no trade.
        highest: Highest.
        native_stops: Whether the venue itself keeps stops of this instrument.
        editable: Ids of working orders that the venue changes in place.
        edited: Ids of those that the program had changed, or tried to.
        amended: The order that an amend replaces; None for other programs.
        in_the_way: Own orders that what closes would meet; empty for other programs.
        own: Working orders of others than the program in the two outcomes of its market: what takes may meet
            them.
        held: What is held of the instrument now, positive for long.
        cover: The most that ways out of a position may cover; None for no bound.
        room: How much of what is held no working order offers; None for what is no close.
        rate: What one unit of the quote is worth in dollars; None not known.
    """

    program: str
    instrument: Instrument
    elapsed_ns: int = 0
    since_sent_ns: int = 0
    orders: tuple[Order, ...] = ()
    sent_before: int = 0
    unsettled: frozenset[str] = field(default_factory=frozenset)
    asked: frozenset[str] = field(default_factory=frozenset)
    uncancelable: frozenset[str] = field(default_factory=frozenset)
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    native_stops: bool = False
    editable: frozenset[str] = field(default_factory=frozenset)
    edited: frozenset[str] = field(default_factory=frozenset)
    amended: Order | None = None
    in_the_way: tuple[Order, ...] = ()
    own: tuple[Order, ...] = ()
    held: Decimal = ZERO
    cover: Decimal | None = None
    room: Decimal | None = None
    rate: Decimal | None = ONE

    def near(self, side: Side) -> Decimal | None:
        """Return the touch that an order of `side` joins."""
        return self.best_bid if side is Side.BUY else self.best_ask

    def far(self, side: Side) -> Decimal | None:
        """Return the touch that an order of `side` takes."""
        return self.best_ask if side is Side.BUY else self.best_bid

    def of(self, role: str) -> list[Order]:
        """Return its orders in one part, oldest first."""
        return [order for order in self.orders if order.request.role == role]

    @property
    def is_busy(self) -> bool:
        """Whether anything is in doubt, so that nothing more may be sent.

        In doubt is what may have reached the venue or not, what is being canceled or changed, and what has
        ended while a fill of it may still come.
        """
        return any(
            order.status in IN_FLIGHT
            or order.status is OrderStatus.PENDING_CANCEL
            or order.cancel_requested
            or order.amending is not None
            or OrderAlarm.FILLS_MISSING in order.alarms
            or order.request.client_order_id in self.unsettled
            for order in self.orders
        )


class Send(Struct, frozen=True):
    """Send this order through the gate."""

    request: OrderRequest


class Cancel(Struct, frozen=True):
    """Have this order canceled."""

    client_order_id: str


class Edit(Struct, frozen=True):
    """Have this working order changed in place to this price and whole size, through the gate."""

    request: OrderRequest


class End(Struct, frozen=True):
    """The program is over.

    Attributes:
        reason: What came of it; empty when all was done as asked.
        is_loud: Whether the trader must hear of it.
    """

    reason: str = ""
    is_loud: bool = False


class Stick(Struct, frozen=True):
    """The program cannot go on by itself: it is held, and says why.

    Attributes:
        code: Stable word for the alert.
        reason: For people.
    """

    code: str
    reason: str


Step = Send | Edit | Cancel | End | Stick


class Decision(Struct, frozen=True):
    """What a program wants now.

    Attributes:
        steps: Cancels, and at most one order, one change in place, or one end. Empty to wait.
        held: What waits here for its price, for the screen.
        is_watching: Whether trades set it off from here on; extremes are counted afresh while it is not.
    """

    steps: tuple[Step, ...] = ()
    held: tuple[OrderRequest, ...] = ()
    is_watching: bool = False


def traded(order: Order) -> Decimal:
    """Return what an order has traded for all that anybody says: ours or the venue's, the larger."""
    return max(order.filled, order.venue_filled)


def traded_of(orders: Iterable[Order]) -> Decimal:
    """Return what some orders have traded together."""
    return sum((traded(order) for order in orders), ZERO)


def working(orders: Iterable[Order]) -> list[Order]:
    """Return those that are not over."""
    return [order for order in orders if not order.is_done]


def cancels(orders: Iterable[Order]) -> tuple[Cancel, ...]:
    """Return a cancel for each order that works and is not being canceled already."""
    return tuple(
        Cancel(order.request.client_order_id)
        for order in orders
        if not order.is_done and not order.cancel_requested
    )


def moves(orders: Iterable[Order], price: Decimal, scene: Scene) -> tuple[Step, ...]:
    """Return what brings working orders to another price.

    A change in place where the venue makes one: the order never leaves the market, and cannot be there twice.
    Else, or once the venue has refused that, a cancel: what comes next is sent when it is proven gone.
    """
    steps: list[Step] = []
    for order in orders:
        if order.is_done or order.cancel_requested or order.amending is not None:
            continue
        name = order.request.client_order_id
        if name in scene.editable and not order.amend_refused:
            steps.append(Edit(replace(order.request, price=price, frame=None)))
        else:
            steps.append(Cancel(name))
    return tuple(steps)


def was_dropped(order: Order, scene: Scene) -> bool:
    """Whether somebody else than the program ended an order before it was filled."""
    ended = order.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED}
    return ended and order.request.client_order_id not in scene.asked


def on_lot(size: Decimal, instrument: Instrument) -> Decimal:
    """Return a size rounded down to whole lots."""
    return (size / instrument.lot_size).quantize(ONE, rounding=ROUND_DOWN) * instrument.lot_size


def in_one_order(size: Decimal, price: Decimal, scene: Scene) -> Decimal:
    """Return how much of a size the next order may be, by the ceilings that no order passes."""
    return min(size, most_of(scene.instrument, price, scene.rate))


def capped(touch: Decimal, side: Side, ticks: int, instrument: Instrument) -> Decimal:
    """Return the worst price of an order that takes: `ticks` beyond the far touch, inside the bounds."""
    tick = instrument.tick_size
    price = touch + tick * ticks * side.sign
    if instrument.price_max is not None:
        price = min(price, instrument.price_max - tick)
    least = (instrument.price_min or ZERO) + tick
    return max(price, (least / tick).quantize(ONE, rounding=ROUND_FLOOR) * tick)


def stop_cap_ticks(price: Decimal, instrument: Instrument) -> int:
    """Return how far beyond the touch a stop or a slice may pay at each attempt, in ticks.

    Five ticks, and one percent of the price where prices have no bounds: a market order of ours has the same.
    """
    if instrument.price_max is not None:
        return LEAST_CAP_TICKS
    return max(LEAST_CAP_TICKS, int(price * UNBOUNDED_CAP / instrument.tick_size))
