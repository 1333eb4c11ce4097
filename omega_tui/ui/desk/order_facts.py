"""What the order grammar is told and what it answers. Values only; the machine is in `orders.entry`."""

from decimal import Decimal

from msgspec import Struct, field

from omega_tui.domain.commands import Command
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import Order, TimeInForce
from omega_tui.domain.programs import Program
from omega_tui.ui.desk.sizing import Sizing

CROSS_CAP_TICKS = 3
CROSS_CAP_SHARE = Decimal("0.0005")
"""How far beyond the far touch a crossing order may pay (ladder specification, section 6, item 4)."""


class BracketTemplate(Struct, frozen=True):
    """A way out on both sides of an order.

    Attributes:
        take_ticks: How far the gain is taken from the order's price.
        stop_ticks: How far the loss is cut from it.
    """

    take_ticks: int
    stop_ticks: int

    def __str__(self) -> str:
        return f"+{self.take_ticks}t -{self.stop_ticks}t"


class Flags(Struct, frozen=True):
    """The chips of the header: how the next order is sent.

    Attributes:
        time_in_force: Of orders at the cursor, at the touch and improving it; a cross is always IOC.
        post_only: Refuse rather than take.
        reduce_only: Only make the position smaller.
        bracket: The way out that goes with it; None for none.
    """

    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    bracket: BracketTemplate | None = None


class DeskFacts(Struct, frozen=True, kw_only=True):
    """The present state of what an order key depends on.

    Attributes:
        instrument: What the ladder shows; None before the first.
        complement: The other outcome of its market, for cancels of the whole market; None for none.
        other: The same as an instrument, for its name; None where there is none or it is not known.
        data: Its data state now.
        book_sequence: Sequence of the newest book, painted or not.
        venue: Where new orders go.
        mode: What the gate lets through.
        is_replay: Whether nothing can be traded.
        too_small: Whether the terminal is too small to trade.
        group: Ticks to a row.
        orders: Our working orders everywhere.
        position: Ours in this instrument, in base units.
        sizing: Size of the next order.
        flags: Flags of the next order.
        cross_cap_ticks: How far a crossing order may pay beyond the touch.
        break_even: Price at which closing the position pays back entry and fees; None while not known.
        asks_before_taking: Whether an order that takes is asked about.
        ask_above: An order worth more, in quote units, is asked about; None asks about none for its size.
        rate: What one unit of the quote is worth in dollars; None not known.
        templates: The brackets that `o` walks along.
        programs: Our order programs that are not over.
        no_arming: Why nothing can be armed here for now; empty when it can.
    """

    instrument: Instrument | None
    complement: str | None = None
    other: Instrument | None = None
    data: DataStatus = field(default_factory=lambda: DataStatus(DataState.DOWN, None))
    book_sequence: int = 0
    venue: str = ""
    mode: TradingMode = TradingMode.DISARMED
    is_replay: bool = False
    too_small: bool = False
    group: int = 1
    orders: tuple[Order, ...] = ()
    position: Decimal = ZERO
    sizing: Sizing
    flags: Flags = field(default_factory=Flags)
    cross_cap_ticks: int = CROSS_CAP_TICKS
    break_even: Decimal | None = None
    asks_before_taking: bool = True
    ask_above: Decimal | None = None
    rate: Decimal | None = ONE
    templates: tuple[BracketTemplate, ...] = ()
    programs: tuple[Program, ...] = ()
    no_arming: str = ""


class KeyPress(Struct, frozen=True):
    """One key, as it was read and as it is handled.

    Attributes:
        key: The name that Textual gives it.
        read_ns: When it was read from the terminal, monotonic clock.
        handled_ns: Now, same clock.
        pasteable: Whether pasted text can arrive as this key: characters, Enter and Tab.
    """

    key: str
    read_ns: int
    handled_ns: int
    pasteable: bool = True


# ------------------------------------------------------------------------------------------- decisions


class Decision(Struct, frozen=True):
    """What a key came to."""


class Unclaimed(Decision, frozen=True):
    """The grammar has no use for the key: the cursor, the view and the rest may have it."""


class Taken(Decision, frozen=True):
    """The key was taken; `text` is for the strip, empty to let the menu speak."""

    text: str = ""


_DROPS = frozenset(
    {
        "BEAT",
        "CHANGED",
        "DUPLICATE",
        "EXPIRED",
        "LATE_KEY",
        "NOT_PAINTED",
        "NO_ANSWER",
        "NO_OBJECT",
        "NO_VERB",
        "PAIR",
        "REPEAT",
        "SETTLING",
        "STALE_FRAME",
        "STALL",
    }
)


class Refused(Decision, frozen=True):
    """The key did nothing, and why.

    Attributes:
        code: Stable word, as `STALE_FRAME`.
        text: A sentence for the strip.
        disarm: Reason to disarm for; empty not to.
    """

    code: str
    text: str
    disarm: str = ""

    @property
    def is_drop(self) -> bool:
        """Whether the key came to nothing by itself: said in passing, while a refusal has a reason."""
        return self.code in _DROPS


class Send(Decision, frozen=True):
    """Hand these to the engine, now, in this order.

    Attributes:
        commands: At least one.
        text: What is asked for, for the strip.
        cursor: Where the cursor goes along with an order of ours; None to leave it.
    """

    commands: tuple[Command, ...]
    text: str
    cursor: Decimal | None = None


class Resize(Decision, frozen=True):
    """Another size for the next order."""

    sizing: Sizing
    text: str


class Reflag(Decision, frozen=True):
    """Other flags for the next order."""

    flags: Flags
    text: str


class TypeSize(Decision, frozen=True):
    """Open the line in which an exact size is typed."""


class RunLine(Decision, frozen=True):
    """Run this on the command line, as if it had been typed."""

    line: str


class Go(Decision, frozen=True):
    """Go somewhere: `target` is the last part of a `go.` binding id, `number` that of a layout."""

    target: str
    number: int = 0


class MenuItem(Struct, frozen=True):
    """One object of a pending verb, resolved.

    Attributes:
        key: The key to press, as it is written for people.
        text: What it would do, with the exact price.
        enabled: Whether it would not be refused at once.
        short: The same where it is narrow; empty for `text`.
    """

    key: str
    text: str
    enabled: bool = True
    short: str = ""


class Menu(Struct, frozen=True):
    """Line 2 of the strip while a verb or a question is pending.

    Attributes:
        title: The verb with the size, or the question.
        items: Its objects; empty for a question.
        is_question: Whether Enter is asked for.
        may_spread: Whether it names no price, so that it may take line 1, the facts at the cursor, as well.
    """

    title: str
    items: tuple[MenuItem, ...]
    is_question: bool = False
    may_spread: bool = False
