"""What a lesson and a question look like to whoever draws them: every number is text or a computed value.

The teacher makes these; a terminal, a panel and JSON show them.
"""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.candle import Candle
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot


class LevelLine(Struct, frozen=True):
    """A horizontal line on a chart: its price and its words, ratio included."""

    price: Decimal
    label: str


class BarMark(Struct, frozen=True):
    """A word at a bar, counted from 0; `price` is where it points to, None for the bar as a whole."""

    bar: int
    label: str
    price: Decimal | None = None


class ChartView(Struct, frozen=True, tag="chart", tag_field="block"):
    """A chart.

    Attributes:
        name: Of the chart in its lesson.
        title: Above it.
        bars: Oldest first; those of an answer that is still hidden are not among them.
        tick: The step of prices.
        height: Lines wanted.
        levels: Lines.
        marks: Confirmed pivots and words.
    """

    name: str
    title: str
    bars: tuple[Candle, ...]
    tick: Decimal
    height: int = 12
    levels: tuple[LevelLine, ...] = ()
    marks: tuple[BarMark, ...] = ()


class PrintView(Struct, frozen=True):
    """A trade of a book's frame; `aggressor` None where it is the question."""

    price: Decimal
    size: Decimal
    aggressor: Side | None


class BookFrame(Struct, frozen=True):
    """One picture of a book, what happened, and the trade of that moment."""

    book: BookSnapshot
    text: str = ""
    trade: PrintView | None = None


class BookView(Struct, frozen=True, tag="book", tag_field="block"):
    """A ladder, frame by frame."""

    name: str
    title: str
    frames: tuple[BookFrame, ...]


class CalcInput(Struct, frozen=True):
    """A number that a reader may change.

    Attributes:
        name: Of the number.
        label: For people.
        value: As it is now.
        unit: After the number.
        user: Which number of the user's own account may stand here; empty for none.
    """

    name: str
    label: str
    value: Decimal
    unit: str = ""
    user: str = ""


class CalcLine(Struct, frozen=True):
    """A line of a calculation: what it is, the formula in words of its names, and the result as text."""

    label: str
    formula: str
    value: Decimal
    text: str


class CalcView(Struct, frozen=True, tag="calc", tag_field="block"):
    """A calculation with its inputs; `lesson_page.recalculate` makes it anew for other inputs."""

    title: str
    inputs: tuple[CalcInput, ...]
    lines: tuple[CalcLine, ...]


class ProseView(Struct, frozen=True, tag="prose", tag_field="block"):
    """Markdown: headings, paragraphs, lists, emphasis, code and tables; never HTML, links or images."""

    markdown: str


class Question(Struct, frozen=True, tag="quiz", tag_field="block"):
    """A question without its answer.

    Attributes:
        card: Its id in the review queue.
        kind: `number`, `choice`, `bar` or `probability`: what an answer is.
        prompt: What is asked.
        choices: Of a choice, in the order in which they are numbered from 1.
        unit: Of a number.
        hint: Shown on request; a right answer after it counts as hard.
        chart: What it is about, the answer hidden.
        book: What it is about.
        step: The step in which a number is moved by keys: a tick, or a hundredth.
        lesson: Where it is explained.
    """

    card: str
    kind: str
    prompt: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    hint: str = ""
    chart: ChartView | None = None
    book: BookView | None = None
    step: Decimal = Decimal("0.01")
    lesson: str = ""


class DrillView(Struct, frozen=True, tag="drill", tag_field="block"):
    """A drill: what to do, within how many seconds, and what is measured."""

    drill: str
    title: str
    objective: str
    limit_s: float
    measured: tuple[str, ...]


class SourceView(Struct, frozen=True):
    """A citation: what it is and what it measured."""

    id: str
    text: str
    note: str


class EvidenceView(Struct, frozen=True, tag="evidence", tag_field="block"):
    """The badge of a lesson, what it means, and where to look."""

    badge: str
    meaning: str
    sources: tuple[SourceView, ...]


LessonBlock = ProseView | ChartView | BookView | CalcView | Question | DrillView | EvidenceView


class LessonView(Struct, frozen=True):
    """A lesson, ready to be drawn.

    Attributes:
        id: Its id.
        track: Id of its track.
        title: For people.
        minutes: How long it takes.
        badge: Its evidence, a word.
        summary: What it teaches, one sentence.
        requires: Lessons to know before.
        blocks: In their order; the evidence is the last but the drills and questions.
    """

    id: str
    track: str
    title: str
    minutes: int
    badge: str
    summary: str
    requires: tuple[str, ...]
    blocks: tuple[LessonBlock, ...]
