"""What the two lines of the header are made of."""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.events.account import ArmChanged, VenueStateChanged
from omega_tui.domain.events.status import LinkChanged, ReplayChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Connection, DataStatus, Integrity
from omega_tui.domain.venue_health import DeadMan
from omega_tui.ui.desk.order_facts import Flags
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.panes.exposure import Exposure
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.text.money import Totals


class Beside(Struct, frozen=True):
    """Another venue that has a ladder on the screen.

    Attributes:
        venue: Its name.
        account: Its private stream; None while there is none.
        takes: What it takes; None where it never said.
    """

    venue: str
    account: Connection | None
    takes: VenueStateChanged | None = None


class HeaderFacts(Struct, frozen=True):
    """What the header says.

    Attributes:
        venue: Where new orders go.
        is_live: Whether real money is behind it.
        instrument: What the ladder shows.
        status: Its data state.
        integrity: Its book's own check.
        book: The stream of books.
        account: The private stream.
        arm: What the gate lets through.
        replay: Where a replay stands; None outside.
        now_ns: Wall clock of the engine.
        ui_lag_ms: How late the last frames of the screen were.
        is_screen_late: Whether that makes what it shows late, too.
        position: Ours in the instrument.
        unrealized: Its open profit.
        day: Realized and open profit, fees and funding counted, of all positions at all venues.
        equity: What the account is worth, cash and what it bought at its mark; None not known.
        exposure: How much of the limits of gross exposure and open orders is used.
        doubted: The instruments held whose book may be bad now: their open profit is an estimate.
        cash: Available, as `10,000 pUSD`; empty while not known.
        sizing: Size of the next order.
        flags: Flags of the next order.
        armed_elsewhere: Other venues where orders go through.
        view_only: Whether nothing can be ordered at the venue.
        dead_man: Its dead-man switch; None where nothing is known of one.
        names_venue: Whether there are several venues, so that this one must be named.
        link: How a screen is linked to an engine elsewhere; None where the engine is in this process.
        loss_rail: How much of the day's loss limit is used there; empty while that is not known.
        critical: What is wrong with a position beyond doubt, as that it has no stop; empty for nothing.
        takes: What the venue takes; None where it never said.
        beside: The other venues that have a ladder on the screen.
        opposite: The other outcome of the instrument's market and how much of it is held; None for nothing.
    """

    venue: str
    is_live: bool
    instrument: Instrument | None
    status: DataStatus
    integrity: Integrity | None
    book: Connection | None
    account: Connection | None
    arm: ArmChanged | None
    replay: ReplayChanged | None
    now_ns: int
    ui_lag_ms: int
    is_screen_late: bool
    position: Position | None
    unrealized: Decimal | None
    day: Totals
    cash: str
    sizing: Sizing
    flags: Flags
    armed_elsewhere: tuple[str, ...] = ()
    view_only: bool = False
    dead_man: DeadMan | None = None
    names_venue: bool = False
    link: LinkChanged | None = None
    loss_rail: Line = ()
    critical: str = ""
    takes: VenueStateChanged | None = None
    beside: tuple[Beside, ...] = ()
    opposite: tuple[Instrument, Decimal] | None = None
    equity: Decimal | None = None
    exposure: Exposure = Exposure()
    doubted: frozenset[str] = frozenset()
