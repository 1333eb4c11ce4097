"""What the teacher is asked about, and what it answers: plain values that cross the bus.

A context is one thing on the screen with all that is needed to explain it; the engine that explains asks for
nothing else.
"""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.learning_view import ProgressView
from omega_tui.domain.orders import Order
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade


class Context(Struct, frozen=True, tag_field="about", kw_only=True):
    """One thing that is looked at.

    Attributes:
        instrument: What it belongs to; None where there is none, or nothing is known of it.
    """

    instrument: Instrument | None = None


class LadderRow(Context, frozen=True, kw_only=True, tag="ladder_row"):
    """A row of the ladder.

    Attributes:
        price: Of the row.
        book: As painted.
        orders: Own orders, of any price.
        ahead: Size ahead of the own order at this price; None not known.
        position: Own; None flat.
        is_trusted: Whether the book was checked and live.
    """

    price: Decimal
    book: BookSnapshot
    orders: tuple[Order, ...] = ()
    ahead: Decimal | None = None
    position: Position | None = None
    is_trusted: bool = True


class PrintRow(Context, frozen=True, kw_only=True, tag="print"):
    """A print of the tape and those before it, the newest last; `book` is that of now, None where unknown."""

    trade: Trade
    recent: tuple[Trade, ...] = ()
    book: BookSnapshot | None = None


class CandleBar(Context, frozen=True, kw_only=True, tag="candle"):
    """The last of some bars; `signals` are the patterns recognised at it, in the engines' words."""

    bars: tuple[Candle, ...]
    signals: tuple[str, ...] = ()


class LevelRow(Context, frozen=True, kw_only=True, tag="level"):
    """A level of a leg.

    Attributes:
        start: Where the leg began.
        end: Where it ended.
        ratio: Which part of it.
        price: The level, on a tick.
        scale: How large a swing it is, a word.
        known_bars_ago: How long the leg has been certain, in bars; None not known.
        last: The present price.
        atr: Average true range; None not known.
    """

    start: Decimal
    end: Decimal
    ratio: Decimal
    price: Decimal
    scale: str = "main"
    known_bars_ago: int | None = None
    last: Decimal | None = None
    atr: Decimal | None = None


class OrderRow(Context, frozen=True, kw_only=True, tag="order"):
    """An own order, the book of now, and the size ahead of it where that is known."""

    order: Order
    book: BookSnapshot | None = None
    ahead: Decimal | None = None


class PositionRow(Context, frozen=True, kw_only=True, tag="position"):
    """An own position.

    Attributes:
        position: As it stands.
        mark: The price to value it with; None not known.
        orders: Own working orders in it: stops and targets are found among them.
        equity: Of the account, in quote units; None not known.
        atr: Average true range; None not known.
        leverage: 1 where nothing is borrowed.
        maintenance: Share of the value that must stay as margin.
        venue_liquidation: What the venue says; None where it says nothing.
    """

    position: Position
    mark: Decimal | None = None
    orders: tuple[Order, ...] = ()
    equity: Decimal | None = None
    atr: Decimal | None = None
    leverage: Decimal = Decimal(1)
    maintenance: Decimal = Decimal("0.005")
    venue_liquidation: Decimal | None = None


class PnlCell(Context, frozen=True, kw_only=True, tag="pnl"):
    """The profit or loss of a position, or of the day.

    Attributes:
        position: Whose; None for the day.
        mark: The price that it was valued with.
        day: Profit or loss of the day; None not known.
        day_limit: The loss that ends the day; None without.
    """

    position: Position | None = None
    mark: Decimal | None = None
    day: Decimal | None = None
    day_limit: Decimal | None = None


class MarketRow(Context, frozen=True, kw_only=True, tag="market"):
    """A market of the list.

    Attributes:
        book: Of the instrument; None not known.
        complement: Book of the other outcome; None where there is none.
        now_ns: The wall clock, for the time that is left.
    """

    book: BookSnapshot | None = None
    complement: BookSnapshot | None = None
    now_ns: int = 0


class Refusal(Context, frozen=True, kw_only=True, tag="error"):
    """A message of a refusal.

    Attributes:
        code: Stable.
        text: Its sentence.
        order: What it was about; None where there is none.
        had_left: Whether it had left the keys; what they refuse was never an order.
    """

    code: str
    text: str = ""
    order: Order | None = None
    had_left: bool = True


AnyContext = (
    LadderRow | PrintRow | CandleBar | LevelRow | OrderRow | PositionRow | PnlCell | MarketRow | Refusal
)


class TryLink(Struct, frozen=True):
    """Something to try: `kind` is `lesson`, `quiz` or `drill`, `key` what to press."""

    key: str
    kind: str
    id: str
    label: str


class Explanation(Struct, frozen=True, tag_field="what", tag="explanation"):
    """The five fixed parts.

    Attributes:
        about: Which kind of thing.
        title: What it is, in a few words.
        see: What you see: live numbers.
        computed: How it is computed.
        evidence: What the evidence says, its badge first.
        badge: The badge alone.
        wrong: What would make it wrong.
        links: Lesson, quiz and drill to try.
    """

    about: str
    title: str
    see: tuple[str, ...]
    computed: tuple[str, ...]
    evidence: str
    badge: str
    wrong: tuple[str, ...]
    links: tuple[TryLink, ...]


class Passage(Struct, frozen=True):
    """A lesson that answers a question: where, how well it fits, and the paragraph that fits best."""

    lesson: str
    title: str
    badge: str
    score: float
    text: str


class Reply(Struct, frozen=True, tag_field="what", tag="reply"):
    """What the catalogue says to a question; without a passage it does not know, and `words` says so."""

    question: str
    words: str
    passages: tuple[Passage, ...]


class Tip(Struct, frozen=True):
    """A sentence that is offered once.

    Attributes:
        rule: Which rule made it.
        text: Arithmetic, never a side.
        lesson: Where it is explained.
        score: Why this one and no other.
    """

    rule: str
    text: str
    lesson: str
    score: float


class Grade(Struct, frozen=True, tag_field="what", tag="grade"):
    """What an answer is worth.

    Attributes:
        card: Of the question.
        correct: Whether it is right; for a probability, whether it beats "one half".
        expected: The right answer in words.
        words: The arithmetic of it.
        seconds: How long the answer took.
        hinted: Whether the hint was shown.
        brier: Squared error of a probability; None for other questions.
        due_ns: When the card comes again, wall clock; 0 while that is not known.
    """

    card: str
    correct: bool
    expected: str
    words: str
    seconds: float
    hinted: bool
    brier: Decimal | None = None
    due_ns: int = 0


class FindingSeverity(StrEnum):
    """How much a finding matters; CRITICAL ones stand in the risk line."""

    NOTE = "NOTE"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Finding(Struct, frozen=True):
    """One number about an own position or order, beside its limit.

    Attributes:
        code: Stable and tested, as `NO_STOP`.
        severity: How much it matters.
        instrument: Instrument id.
        metric: What was measured.
        value: The number; None where it does not exist, as the risk of a position without a stop.
        limit: What it is held against; None without.
        unit: Of both.
        formula: How it was computed, in words of the inputs.
        inputs: Names and numbers that went in.
        text: One sentence; it names no side to take.
        lesson: Where it is explained.
    """

    code: str
    severity: FindingSeverity
    instrument: str
    metric: str
    value: Decimal | None
    limit: Decimal | None
    unit: str
    formula: str
    inputs: tuple[tuple[str, str], ...]
    text: str
    lesson: str


class Sides(Struct, frozen=True):
    """How much was bought and sold by aggressors."""

    bought: Decimal
    sold: Decimal


def aggressor_sides(trades: tuple[Trade, ...]) -> Sides:
    """Return the sizes of the prints by who crossed; prints without a known aggressor are left out."""
    bought, sold = (
        sum((trade.size for trade in trades if trade.aggressor is side), Decimal(0)) for side in Side
    )
    return Sides(bought, sold)


class Measure(Struct, frozen=True):
    """One thing that a drill measured.

    Attributes:
        name: What.
        value: The number; None where it did not happen.
        limit: What it is held against.
        unit: Of both.
        passed: Whether it held.
        text: The arithmetic in a sentence.
    """

    name: str
    value: Decimal | None
    limit: Decimal
    unit: str
    passed: bool
    text: str


class DrillScore(Struct, frozen=True, tag_field="what", tag="drill"):
    """The result of a drill: passed if every measure held; points are the share of them that did, of 100."""

    drill: str
    passed: bool
    points: int
    measures: tuple[Measure, ...]


Answer = Explanation | Reply | Grade | ProgressView
"""What the teacher answers; `Taught` carries one."""
