"""Order programs: several orders, or one that is not at the venue yet, that are one thing to the trader.

Values only. What a program does next is in `program_rules`; its orders carry its id in
`OrderRequest.program` and their part in it in `OrderRequest.role`, and so are found again after a crash.
"""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct, field

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side


class Role(StrEnum):
    """The part of an order in its program. A program of several like orders numbers them: `slice 3`."""

    ENTRY = "entry"
    TAKE = "take"
    STOP = "stop"
    SLICE = "slice"
    CHASE = "chase"
    NEW = "new"
    CLOSE = "close"


class ProgramSpec(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What the trader asked for. Prices and sizes are on tick and lot, as they were shown.

    Attributes:
        instrument: Instrument id.
        venue: Venue name.
    """

    instrument: str
    venue: str


class Amend(ProgramSpec, frozen=True, kw_only=True, tag="amend"):
    """Give a working order another price or size: a proven cancel, then what is left of the new one.

    Attributes:
        client_order_id: The order to change.
        order: What it becomes; its size is the whole size, what was filled before included.
    """

    client_order_id: str
    order: OrderRequest


class Close(ProgramSpec, frozen=True, kw_only=True, tag="close"):
    """Get out of a position past own orders in the way: cancel those, prove them gone, then close.

    In the way is what the closing order would meet; and where nothing of the position is to be left, every
    other way out of it, with the programs that would send another.

    Attributes:
        order: What closes, or reverses: it takes, down to its price.
        clears: Whether the other ways out go: not for a part of a position, which they still protect.
        whole: Whether it closes all that is held when it is sent, be that more or less than `order` says:
            what is in its way may be filled until it is gone.
    """

    order: OrderRequest
    clears: bool
    whole: bool


class Stop(ProgramSpec, frozen=True, kw_only=True, tag="stop"):
    """A stop or stop-limit that the engine holds, because the venue has none. It works while this runs.

    Attributes:
        order: With its `trigger_price`. MARKET takes whatever rests within `cap_ticks` of the touch.
        cap_ticks: How far beyond the touch each attempt may pay.
    """

    order: OrderRequest
    cap_ticks: int


class Scale(ProgramSpec, frozen=True, kw_only=True, tag="scale"):
    """Resting orders over a range of prices.

    Attributes:
        orders: At least two, in the order in which they are sent.
    """

    orders: tuple[OrderRequest, ...]


class Oco(ProgramSpec, frozen=True, kw_only=True, tag="oco"):
    """Two ways out, of which one is to happen: what one fills, the other loses.

    Attributes:
        take: The limit order at the better price; None once the trader dropped it.
        stop: The stop at the worse one; None likewise.
        cap_ticks: How far beyond the touch a stop that the engine holds may pay at each attempt.
    """

    take: OrderRequest | None
    stop: OrderRequest | None
    cap_ticks: int

    @property
    def either(self) -> OrderRequest:
        """One that is left; both have the same side and size."""
        way = self.take or self.stop
        assert way is not None, "the last way out is not dropped: the program is canceled"
        return way


class Bracket(ProgramSpec, frozen=True, kw_only=True, tag="bracket"):
    """An entry, and a way out above and below for as much of it as was filled.

    Attributes:
        entry: The order that opens.
        take: The limit order that closes with a gain; None for none.
        stop: The stop that closes with a loss; None for none. One of the two is there.
        cap_ticks: As in `Oco`.
    """

    entry: OrderRequest
    take: OrderRequest | None
    stop: OrderRequest | None
    cap_ticks: int


class Chase(ProgramSpec, frozen=True, kw_only=True, tag="chase"):
    """One post-only order that joins the touch and follows it.

    Attributes:
        side: Buying or selling.
        size: In base units.
        limit_price: The worst price at which it may rest.
        seconds: After so long what is left is canceled.
        reduce_only: Only make the position smaller.
    """

    side: Side
    size: Decimal
    limit_price: Decimal
    seconds: int
    reduce_only: bool = False


class Twap(ProgramSpec, frozen=True, kw_only=True, tag="twap"):
    """The same size over time: slices that take at the touch, one at a time, evenly spaced.

    Attributes:
        side: Buying or selling.
        size: In base units.
        limit_price: The worst price of every slice.
        slices: How many.
        seconds: From the first slice to the end of the last one's interval.
        cap_ticks: How far beyond the touch a slice may pay, inside `limit_price`.
        reduce_only: Only make the position smaller.
    """

    side: Side
    size: Decimal
    limit_price: Decimal
    slices: int
    seconds: int
    cap_ticks: int
    reduce_only: bool = False


Spec = Amend | Close | Stop | Scale | Oco | Bracket | Chase | Twap


class ProgramStatus(StrEnum):
    """Where a program stands.

    HELD sends nothing and watches nothing until the trader resumes or cancels it: after a restart, while
    disarmed, and whenever something went otherwise than it may. CANCELING waits until its orders are gone.
    """

    WORKING = "WORKING"
    HELD = "HELD"
    CANCELING = "CANCELING"
    DONE = "DONE"
    CANCELED = "CANCELED"

    @property
    def is_over(self) -> bool:
        """Whether it will never send anything again."""
        return self in {ProgramStatus.DONE, ProgramStatus.CANCELED}


class Program(Struct, frozen=True, kw_only=True):
    """What we know of a program now.

    Attributes:
        id: Ours; unique for ever.
        spec: What was asked for, as amended since.
        status: Where it stands.
        reason: Why it is held, or how it ended; for people, empty when there is nothing to say.
        size: In base units: what it is to trade in all.
        filled: Base units that its orders have traded towards that.
        average_price: Size-weighted price of those; None before the first.
        orders: Client order ids of what it has sent, oldest first.
        held: Orders that are not at the venue and wait here for their price, each with its role; they are
            gone from the market when the engine stops.
        started_ns: When it was started, wall clock.
        ends_ns: When it ends by itself, wall clock; 0 for never.
    """

    id: str
    spec: Spec
    status: ProgramStatus
    reason: str = ""
    size: Decimal = ZERO
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    orders: tuple[str, ...] = field(default=())
    held: tuple[OrderRequest, ...] = field(default=())
    started_ns: int = 0
    ends_ns: int = 0

    @property
    def remaining(self) -> Decimal:
        """Base units that are still to be traded, never negative."""
        return max(ZERO, self.size - self.filled)

    @property
    def kind(self) -> str:
        """The word for what it is, as `twap`."""
        return kind_of(self.spec)


def kind_of(spec: Spec) -> str:
    """Return the word for what a program is, as `twap`."""
    return str(type(spec).__struct_config__.tag)


def side_of(spec: Spec) -> Side:
    """Return the side on which a program trades first: a bracket's entry, else that of all its orders."""
    match spec:
        case Amend(order=order) | Close(order=order) | Stop(order=order):
            return order.side
        case Scale(orders=orders):
            return orders[0].side
        case Oco():
            return spec.either.side
        case Bracket(entry=entry):
            return entry.side
        case Chase(side=side) | Twap(side=side):
            return side


def size_of(spec: Spec) -> Decimal:
    """Return what a program is to trade in all, in base units; a bracket counts its entry."""
    match spec:
        case Amend(order=order) | Close(order=order) | Stop(order=order):
            return order.size
        case Scale(orders=orders):
            return sum((order.size for order in orders), ZERO)
        case Oco():
            return spec.either.size
        case Bracket(entry=entry):
            return entry.size
        case Chase(size=size) | Twap(size=size):
            return size


def any_order(spec: Spec) -> OrderRequest:
    """Return an order of a program, to look at the market with; of a chase and a TWAP all, at its limit."""
    match spec:
        case Amend(order=order) | Close(order=order) | Stop(order=order):
            return order
        case Scale(orders=orders):
            return orders[0]
        case Oco():
            return spec.either
        case Bracket(entry=entry):
            return entry
        case Chase() | Twap():
            return OrderRequest(
                client_order_id="",
                instrument=spec.instrument,
                venue=spec.venue,
                side=spec.side,
                size=spec.size,
                price=spec.limit_price,
            )
