"""A lesson as its file has it: front matter, prose with expressions in it, and fenced blocks.

What the expressions come to, and so what a reader sees, is made by `lesson_page`.
"""

from enum import StrEnum

from msgspec import Struct, field


class Evidence(StrEnum):
    """What is known about whether a technique works. Nothing in the lessons earns STRONG but arithmetic."""

    ARITHMETIC = "arithmetic"
    RULE = "rule"
    NONE = "none"
    WEAK = "weak"
    MIXED = "mixed"
    STRONG = "strong"

    @property
    def meaning(self) -> str:
        """The badge in one sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Evidence.ARITHMETIC: "True by definition or by calculation; it says nothing about what a price will do.",
    Evidence.RULE: "A rule of the console or of a venue; you can watch it work on the embedded exchange.",
    Evidence.NONE: "Tested, and no effect was found that survives costs and chance.",
    Evidence.WEAK: "A few positive reports, not confirmed by independent tests or gone after costs.",
    Evidence.MIXED: "Careful studies disagree, or the effect is real but not known to pay.",
    Evidence.STRONG: "Found by independent, careful studies; about people, not about a price to come.",
}


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter.

    Attributes:
        id: Unique, as `fib-02-retracement`; the file has the same name.
        track: Which track it belongs to; one of `tracks.toml`.
        order: Its place in the track, from 1.
        title: For people.
        minutes: How long it takes.
        evidence: What is known about the technique.
        reviewed: The day on which somebody last checked it, `YYYY-MM-DD`.
        summary: What it teaches in one sentence; expressions are allowed.
        requires: Lessons to know before.
        signals: Signals of the engines that it explains.
        widgets: Focusable things that it explains.
        codes: Codes of refusals that it explains.
        keywords: Words by which it is found.
        sources: Ids in `sources.toml`.
        values: Named expressions, usable everywhere in the file.
    """

    id: str
    track: str
    order: int
    title: str
    minutes: int
    evidence: Evidence
    reviewed: str
    summary: str
    requires: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    widgets: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)


class SeriesSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """Bars to be made: the same words, the same bars.

    Attributes:
        kind: `walk`, `trend`, `range`, `tape` or the name of a planted shape (`generators`).
        seed: Of the randomness.
        bars: How many.
        start: The first price.
        tick: The step of prices.
        bar_ticks: Typical height of a bar, in ticks.
        timeframe_s: Length of a bar.
    """

    kind: str
    seed: int
    bars: int = 80
    start: str = "100"
    tick: str = "0.1"
    bar_ticks: int = 8
    timeframe_s: int = 300


class LevelSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A horizontal line: where (an expression) and what it is called."""

    price: str
    label: str


class MarkSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A word at a bar (an expression: its index from the left, from 0)."""

    bar: str
    label: str


class ChartSpec(Struct, frozen=True, forbid_unknown_fields=True, tag="chart", tag_field="block"):
    """A chart of made-up bars.

    Attributes:
        name: By which expressions refer to it.
        series: The bars, by a seed; or
        candles: the bars themselves, as (open, high, low, close) texts: for textbook shapes.
        title: Above it.
        height: Lines.
        pivots: Scale of the swings to mark, times the average true range; empty for none.
        values: Named expressions, usable everywhere in the file.
        levels: Lines.
        marks: Words at bars.
        hide_after: How many bars are shown before the answer; 0 for all.
    """

    name: str
    series: SeriesSpec | None = None
    candles: tuple[tuple[str, str, str, str], ...] = ()
    title: str = ""
    height: int = 12
    pivots: str = ""
    values: dict[str, str] = field(default_factory=dict)
    levels: tuple[LevelSpec, ...] = ()
    marks: tuple[MarkSpec, ...] = ()
    hide_after: int = 0


class FrameSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One picture of a book.

    Attributes:
        bids: (price, size) texts, highest first.
        asks: Lowest first.
        text: What happened; expressions are allowed.
        print_price: Of a trade at that moment; empty for none.
        print_size: Its size.
        aggressor: BUY or SELL.
    """

    bids: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]
    text: str = ""
    print_price: str = ""
    print_size: str = ""
    aggressor: str = ""


class BookSpec(Struct, frozen=True, forbid_unknown_fields=True, tag="book", tag_field="block"):
    """A ladder, frame by frame.

    Attributes:
        name: By which expressions refer to its last frame; `name:1` is the first one.
        frames: In their order.
        title: Above it.
        tick: The step of prices.
    """

    name: str
    frames: tuple[FrameSpec, ...]
    title: str = ""
    tick: str = "0.01"


class InputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A number that a reader may change.

    Attributes:
        name: Usable in expressions.
        label: For people.
        value: What it is at first (an expression).
        unit: After the number.
        user: The number of the user's own account that may stand here: `equity`, `entry`, `stop`, `price` …
    """

    name: str
    label: str
    value: str
    unit: str = ""
    user: str = ""


class StepSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a calculation: its name, what it is, the formula, and how it is written."""

    name: str
    label: str
    formula: str
    unit: str = ""
    style: str = ""


class CalcSpec(Struct, frozen=True, forbid_unknown_fields=True, tag="calc", tag_field="block"):
    """A calculation with its inputs and its steps; the names of both are usable everywhere in the file."""

    title: str
    inputs: tuple[InputSpec, ...]
    steps: tuple[StepSpec, ...]


class QuizSpec(Struct, frozen=True, forbid_unknown_fields=True, tag="quiz", tag_field="block"):
    """A question.

    Attributes:
        card: Its id in the review queue; unique over all lessons.
        prompt: Expressions are allowed.
        explain: Why the answer is the answer; expressions are allowed.
        answer: A number (an expression), for a question that wants one.
        tolerance: How far off is still right (an expression).
        unit: Of the answer.
        style: How the answer is written.
        choices: What to choose from; expressions are allowed.
        correct: The number of the right choice, from 1.
        hint: Expressions are allowed.
        chart: The name of the chart that it is about.
        generate: The kind of question to make instead, as `draw-the-level` (`quiz_make`).
    """

    card: str
    prompt: str = ""
    explain: str = ""
    answer: str = ""
    tolerance: str = ""
    unit: str = ""
    style: str = ""
    choices: tuple[str, ...] = ()
    correct: int = 0
    hint: str = ""
    chart: str = ""
    generate: str = ""


class DrillRef(Struct, frozen=True, forbid_unknown_fields=True, tag="drill", tag_field="block"):
    """A drill by its id."""

    drill: str


Fence = ChartSpec | BookSpec | CalcSpec | QuizSpec | DrillRef


class Prose(Struct, frozen=True):
    """Markdown with `{{ expression }}` in it."""

    text: str


class Block(Struct, frozen=True):
    """A part of a lesson and the line on which it begins."""

    line: int
    content: Prose | Fence


class Lesson(Struct, frozen=True):
    """One file.

    Attributes:
        file: Its name, for messages.
        header: The front matter.
        blocks: In their order.
    """

    file: str
    header: Header
    blocks: tuple[Block, ...]

    @property
    def id(self) -> str:
        """Its id."""
        return self.header.id
