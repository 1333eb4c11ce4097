"""Everything that a ladder shows, in one immutable value without a clock."""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataStatus, Integrity
from omega_tui.domain.orders import Order
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade
from omega_tui.ui.ladder.view import View


class HeldOrder(Struct, frozen=True):
    """An order that waits here for its price and is not at the venue.

    Attributes:
        side: Buying or selling.
        price: What sets it off, or where it is to rest.
        size: In base units.
    """

    side: Side
    price: Decimal
    size: Decimal


class LastSize(Struct, frozen=True):
    """The newest print at a price, while it is news.

    Attributes:
        tick: Where.
        size: In base units.
        aggressor: Who crossed; None where the venue does not say.
        fades: Whether it is about to be forgotten.
    """

    tick: int
    size: Decimal
    aggressor: Side | None = None
    fades: bool = False


class LadderModel(Struct, frozen=True):
    """What a ladder shows. Equal models are equal pictures.

    Ticks are counted in `instrument.tick_size`, everywhere.

    Attributes:
        instrument: What is traded, with the tick size in force.
        book: None while there is nothing to show.
        status: The data state and why it is what it is.
        integrity: The book's own check; None while there is no book.
        view: Which prices stand on which rows.
        cursor_tick: The price that the cursor stands on, as a tick; None while there is none.
        pending_side: Side of a verb that waits for its object, as after `b`; None otherwise.
        orders: The working orders of this instrument, and those just finished while their flash lasts.
        mirrored: The same of the other outcome, as they were sent: in one book they stand at the mirrored
            price, on the other side.
        mirrored_mark: The character that tells them from those of this outcome.
        position: None while not known.
        last_trade: The last print; None before the first.
        traded: Volume at price, as pairs of tick and size.
        levels: Ticks that the swing in force marks; None where marks are not wanted.
        deltas: Net size stacked (+) or pulled (-) at a price, as pairs of tick and size.
        lock_reason: Why new orders are refused, for people; empty while they are not.
        unheard: State of the account's stream while it does not tell what becomes of our orders or position
            here; empty while it does, or there are none.
        focused: Whether keys go to this ladder.
        number: Which of several it is, from the left; 0 where it is the only one.
        framing: Name of the outcome that the prices speak of, as `YES`; empty where there is no such thing.
        armed: Whether an order key would send.
        barred: What the gate does to orders here, as `KILLED`; empty while it only waits to be armed.
        glyphs: Name of the glyph set: `unicode`, `cjk` or `ascii`.
        last_up: Whether the last print was above the one before, None where equal or not known.
        late: Client ids of orders sent more than a second ago and not yet answered.
        held: Orders of ours that wait here and are not at the venue.
        mirrored_held: The same of the other outcome, in its prices.
        amending: Working orders that are being replaced: client id and the price they go to, as it was sent.
        ahead: Size thought to rest ahead of an order of ours, as pairs of client id and size.
        last_sizes: The newest print at each price of the last seconds; None where that is not wanted.
        rescaled: Grows whenever the trader asked for another scale of the bars, as `c` does.
        flash: Whether the title is to stand out: the tick size has just changed.
        follows: Whether the window follows the market, which is said in the title.
        bars: Whether sizes are drawn as bars.
        flashes: Whether a fill may flash.
    """

    instrument: Instrument
    book: BookSnapshot | None
    status: DataStatus
    integrity: Integrity | None
    view: View
    cursor_tick: int | None
    pending_side: Side | None = None
    orders: tuple[Order, ...] = ()
    mirrored: tuple[Order, ...] = ()
    mirrored_mark: str = ""
    position: Position | None = None
    last_trade: Trade | None = None
    traded: tuple[tuple[int, Decimal], ...] = ()
    levels: tuple[int, ...] | None = None
    deltas: tuple[tuple[int, Decimal], ...] = ()
    lock_reason: str = ""
    unheard: str = ""
    focused: bool = False
    number: int = 0
    framing: str = ""
    armed: bool = False
    barred: str = ""
    glyphs: str = "unicode"
    last_up: bool | None = None
    late: frozenset[str] = frozenset()
    held: tuple[HeldOrder, ...] = ()
    mirrored_held: tuple[HeldOrder, ...] = ()
    amending: tuple[tuple[str, Decimal], ...] = ()
    ahead: tuple[tuple[str, Decimal], ...] = ()
    last_sizes: tuple[LastSize, ...] | None = ()
    rescaled: int = 0
    flash: bool = False
    follows: bool = False
    bars: bool = True
    flashes: bool = True
