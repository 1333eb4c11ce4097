"""Every command: one handler each, may be refused by raising an `OmegaError`."""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.orders import FrameStamp, OrderRequest
from omega_tui.domain.programs import Spec
from omega_tui.domain.side import Side


class Command(Struct, frozen=True):
    """Something that somebody wants done."""


class PlaceOrder(Command, frozen=True):
    """Send this order, once. Refused with `OrderRefused` before anything is written or sent."""

    request: OrderRequest


class CancelOrder(Command, frozen=True):
    """Cancel one order, by our id or, for one placed elsewhere, by the venue's."""

    venue: str
    client_order_id: str = ""
    venue_order_id: str = ""


class CancelOrders(Command, frozen=True):
    """Cancel all working orders that match; every field that is None matches all.

    Attributes:
        venue: Venue name; None for every venue.
        instrument: Instrument id.
        side: One side only.
        price: One price only.
        spare_protective: Leave reduce-only orders, and the programs that hold such, as they are.

    Programs whose orders all match are canceled with them, so that none sends another.
    """

    venue: str | None = None
    instrument: str | None = None
    side: Side | None = None
    price: Decimal | None = None
    spare_protective: bool = False


class AmendOrder(Command, frozen=True):
    """Give a working order another price or size.

    A proven cancel and then a new order for what is left, as one recorded thing that can never double: the
    queue place is lost. An order of a program is changed in the program, which keeps its meaning. Refused
    with `OrderRefused` before anything is canceled when the new one would not leave.

    Attributes:
        venue: Venue name.
        client_order_id: The order.
        price: The new limit, or for a stop the new trigger; None keeps it.
        size: The new size in all, what is filled included; None keeps it.
        frame: What was on the screen; None where there is none.
    """

    venue: str
    client_order_id: str
    price: Decimal | None = None
    size: Decimal | None = None
    frame: FrameStamp | None = None


class StartProgram(Command, frozen=True):
    """Begin a program. Refused with `OrderRefused` as a whole, before anything of it is sent.

    Attributes:
        spec: What it is to do.
        frame: What was on the screen; None where there is none.
    """

    spec: Spec
    frame: FrameStamp | None = None

    @property
    def venue(self) -> str:
        """Where it is to work."""
        return self.spec.venue


class HoldProgram(Command, frozen=True):
    """Have a program send nothing more for now; its orders stay where they are."""

    venue: str
    program: str


class ResumeProgram(Command, frozen=True):
    """Let a held program go on, from the market as it is now."""

    venue: str
    program: str


class CancelProgram(Command, frozen=True):
    """End a program: its orders are canceled, what it holds is dropped."""

    venue: str
    program: str


class AmendProgram(Command, frozen=True):
    """Move an order of a program, also one that is held and not at the venue.

    Attributes:
        venue: Venue name.
        program: Its id.
        role: Of the order, as in `OrderRequest.role`.
        price: Its new price; for a stop the new trigger.
    """

    venue: str
    program: str
    role: str
    price: Decimal


ProgramCommand = AmendOrder | StartProgram | HoldProgram | ResumeProgram | CancelProgram | AmendProgram
"""Every command about a program; each names the `venue` where it works."""


class ConfirmFirst(Command, frozen=True):
    """Name what is to be traded, before the first order of a day with real money.

    Attributes:
        venue: Venue name.
        typed: What was typed: the name of an instrument there, or its beginning.
    """

    venue: str
    typed: str


class SetLimit(Command, frozen=True):
    """Change a limit of a venue until the next start, which takes the configured one again.

    Attributes:
        venue: Venue name.
        name: Of the limit, as in the configuration.
        value: As typed.
    """

    venue: str
    name: str
    value: str


class PassOnce(Command, frozen=True):
    """Let the next order of one instrument pass one check, which is otherwise there for good reason.

    Attributes:
        venue: Venue name.
        check: What was typed: `unknown` or `collar`.
        instrument: Instrument id.
    """

    venue: str
    check: str
    instrument: str


class Arm(Command, frozen=True):
    """Let new orders of a venue through."""

    venue: str


class SetDeadMan(Command, frozen=True):
    """Use the venue's dead-man switch from now on, or no more; remembered over restarts.

    Attributes:
        venue: Venue name.
        on: Whether the venue is to cancel every order of the account when it hears of us no more.
    """

    venue: str
    on: bool


class Disarm(Command, frozen=True):
    """Stop new orders; None for every venue. Working orders stay."""

    venue: str | None = None
    reason: str = ""


class Kill(Command, frozen=True):
    """Disarm, halt, and cancel everything everywhere that adds risk. Always works.

    Attributes:
        reason: Why, for people.
        everything: Cancel also our orders that only take risk away; else those that rest at a venue stay.
    """

    reason: str = ""
    everything: bool = False


class Unkill(Command, frozen=True):
    """Leave the halt; the venues are DISARMED afterwards."""


class Reconcile(Command, frozen=True):
    """Ask the venue for orders, trades, positions and balances now, and believe it."""

    venue: str | None = None


class OpenVenue(Command, frozen=True):
    """Connect to a venue that is only listed so far; nothing happens where it is open already."""

    venue: str


class WatchInstrument(Command, frozen=True):
    """Subscribe to an instrument's market data (and its complement's, where the check needs it).

    Attributes:
        instrument: Instrument id.
        venue: Whose it is; empty where only one venue can be meant.
    """

    instrument: str
    venue: str = ""


class UnwatchInstrument(Command, frozen=True):
    """Unsubscribe. As `WatchInstrument`."""

    instrument: str
    venue: str = ""


class ResyncBook(Command, frozen=True):
    """Fetch the book afresh. As `WatchInstrument`."""

    instrument: str
    reason: str = "asked for"
    venue: str = ""


class FetchCandles(Command, frozen=True):
    """Ask the venue for candles. The answer is a `CandleHistory`; `VenueError` where the venue has none.

    Attributes:
        instrument: Instrument id.
        timeframe: A word of `TIMEFRAMES`.
        venue: Whose it is; empty where only one venue can be meant.
        limit: How many of the newest, at most.
    """

    instrument: str
    timeframe: str
    venue: str = ""
    limit: int = 500


class ReplayControl(Command, frozen=True):
    """Steer a replay; fields that are None stay as they are.

    Attributes:
        paused: Stand still or go on.
        speed: Times real time; 0 is as fast as it goes.
        step: Play so many frames and stand still.
        seek_s: Go forward (positive) or back by so many seconds of the recording.
    """

    paused: bool | None = None
    speed: float | None = None
    step: int = 0
    seek_s: float = 0.0


def is_for_every_venue(command: Command) -> bool:
    """Whether all who take the command get it, not only the first: what names no venue, and the kill."""
    if isinstance(command, Kill | Unkill):
        return True
    return isinstance(command, CancelOrders | Disarm | Reconcile) and command.venue is None
