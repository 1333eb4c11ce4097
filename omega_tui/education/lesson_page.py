"""A lesson with everything computed: what a reader sees, and what its questions want for an answer.

A page is a function of the lesson's file and the sources; the same text gives the same page.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Final, TypeVar

from omega_tui.domain.candle import Candle
from omega_tui.domain.lesson_view import (
    BarMark,
    BookFrame,
    BookView,
    CalcInput,
    CalcLine,
    CalcView,
    ChartView,
    DrillView,
    EvidenceView,
    LessonBlock,
    LessonView,
    LevelLine,
    PrintView,
    ProseView,
    SourceView,
)
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.expressions import Function, Scope, Value, number
from omega_tui.education.functions import (
    book_functions,
    chart_functions,
    pivots_of,
    plain_functions,
    source_functions,
)
from omega_tui.education.generators import START_NS, make_series
from omega_tui.education.lesson import (
    Block,
    BookSpec,
    CalcSpec,
    ChartSpec,
    DrillRef,
    FrameSpec,
    Lesson,
    Prose,
    QuizSpec,
)
from omega_tui.education.numbers_text import filled, write
from omega_tui.education.quiz import Quiz, choice_quiz, number_quiz
from omega_tui.education.quiz_make import make_quiz
from omega_tui.education.sources import Source
from omega_tui.errors import ExpressionError, LessonError, TeachingRefused

T = TypeVar("T")

CANDLE_S: Final = 300


class LessonPage:
    """One lesson, computed. Everything is made at once, so that a page that exists is whole.

    Attributes:
        lesson: Its file.
        view: What a reader sees.
        quizzes: Its questions with their answers, in their order.
        scope: What its names mean, for checks.
        charts: Bars by the name of the chart, hidden ones included.
    """

    def __init__(self, lesson: Lesson, sources: Mapping[str, Source]) -> None:
        """Compute everything.

        Raises:
            LessonError: Something in it cannot be computed: the file and the line.
        """
        self.lesson = lesson
        self.charts: dict[str, tuple[Candle, ...]] = {}
        self.quizzes: list[Quiz] = []
        self._books: dict[str, BookSnapshot] = {}
        self._sources = sources
        self.scope = Scope(self._functions(), {}, self._formulas())
        self._make_things()
        blocks = [self._at(block.line, partial(self._block, block)) for block in lesson.blocks]
        evidence = self._at(1, self._evidence)
        first = next(
            (
                at
                for at, block in enumerate(blocks)
                if not isinstance(block, ProseView | ChartView | BookView | CalcView)
            ),
            len(blocks),
        )
        header = lesson.header
        self.view = LessonView(
            header.id,
            header.track,
            header.title,
            header.minutes,
            header.evidence.value,
            self._at(1, lambda: filled(header.summary, self.scope)),
            header.requires,
            (*blocks[:first], evidence, *blocks[first:]),
        )

    # --- what names mean

    def _functions(self) -> dict[str, Function]:
        return {
            **plain_functions(),
            **source_functions(self._sources),
            **chart_functions(lambda name: _found(self.charts, name, "chart")),
            **book_functions(lambda name: _found(self._books, name, "book")),
        }

    def _formulas(self) -> dict[str, str]:
        formulas: dict[str, str] = {}

        def add(line: int, pairs: Iterable[tuple[str, str]]) -> None:
            for name, text in pairs:
                if name in formulas:
                    raise LessonError(self.lesson.file, line, f"{name!r} has a meaning already")
                formulas[name] = text

        add(2, self.lesson.header.values.items())
        for block in self.lesson.blocks:
            match block.content:
                case ChartSpec(values=values):
                    add(block.line, values.items())
                case CalcSpec(inputs=inputs, steps=steps):
                    add(block.line, ((one.name, one.value) for one in inputs))
                    add(block.line, ((one.name, one.formula) for one in steps))
                case _:
                    pass
        return formulas

    def _make_things(self) -> None:
        """Make the bars and the books, which need no names."""
        for block in self.lesson.blocks:
            match block.content:
                case ChartSpec() as spec:
                    if spec.name in self.charts:
                        raise LessonError(
                            self.lesson.file, block.line, f"two charts are called {spec.name!r}"
                        )
                    self.charts[spec.name] = self._at(block.line, partial(_bars, spec))
                case BookSpec() as spec:
                    for at, frame in enumerate(spec.frames, 1):
                        book = self._at(block.line, partial(_snapshot, spec, frame))
                        self._books[f"{spec.name}:{at}"] = self._books[spec.name] = book
                case _:
                    pass

    def _at(self, line: int, make: Callable[[], T]) -> T:
        try:
            return make()
        except (ExpressionError, TeachingRefused) as error:
            raise LessonError(self.lesson.file, line, str(error)) from error
        except (ArithmeticError, ValueError) as error:
            # A price that is no number, a side that is none: texts of the blocks are read here.
            raise LessonError(self.lesson.file, line, f"cannot be read: {error!r}") from error

    # --- blocks

    def _block(self, block: Block) -> LessonBlock:
        match block.content:
            case Prose(text=text):
                return ProseView(filled(text, self.scope))
            case ChartSpec() as spec:
                return self._chart(spec)
            case BookSpec() as spec:
                return self._book(spec)
            case CalcSpec() as spec:
                return calc_view(spec, self.scope)
            case QuizSpec() as spec:
                quiz = self._quiz(spec)
                self.quizzes.append(quiz)
                return quiz.question
            case DrillRef(drill=drill):
                return drill_view(drill)

    def _chart(self, spec: ChartSpec, *, whole: bool = True) -> ChartView:
        bars = self.charts[spec.name]
        marks = [
            BarMark(int(number(mark.bar, self.scope)), filled(mark.label, self.scope)) for mark in spec.marks
        ]
        if spec.pivots:
            scale = number(spec.pivots, self.scope)
            marks += [
                BarMark(pivot.bar, "H" if pivot.kind == "HIGH" else "L", pivot.price)
                for pivot in pivots_of(bars, scale)
            ]
        shown = len(bars) if whole or not spec.hide_after else spec.hide_after
        tick = Decimal(spec.series.tick) if spec.series else Decimal("0.1")
        # A line stands on a tick, as on the ladder; the exact level is in the text.
        levels = [
            LevelLine(
                (number(level.price, self.scope) / tick).to_integral_value(ROUND_HALF_EVEN) * tick,
                filled(level.label, self.scope),
            )
            for level in spec.levels
        ]
        return ChartView(
            spec.name,
            filled(spec.title, self.scope),
            bars[:shown],
            tick,
            spec.height,
            tuple(levels) if whole else (),  # A line could be the answer.
            tuple(mark for mark in marks if mark.bar < shown),
        )

    def _book(self, spec: BookSpec) -> BookView:
        frames = []
        for at, frame in enumerate(spec.frames, 1):
            trade = None
            if frame.print_price:
                side = Side(frame.aggressor) if frame.aggressor else None
                trade = PrintView(Decimal(frame.print_price), Decimal(frame.print_size), side)
            frames.append(BookFrame(self._books[f"{spec.name}:{at}"], filled(frame.text, self.scope), trade))
        return BookView(spec.name, filled(spec.title, self.scope), tuple(frames))

    def _quiz(self, spec: QuizSpec) -> Quiz:
        lesson = self.lesson.id
        if spec.generate:
            return make_quiz(spec.generate, seed=spec.card, card=spec.card, lesson=lesson)
        prompt, explain, hint = (filled(text, self.scope) for text in (spec.prompt, spec.explain, spec.hint))
        chart = None
        if spec.chart:
            chart = self._chart(self._chart_spec(spec.chart), whole=False)
        if spec.choices:
            return choice_quiz(
                spec.card,
                prompt,
                tuple(filled(choice, self.scope) for choice in spec.choices),
                spec.correct,
                explain=explain,
                hint=hint,
                chart=chart,
                lesson=lesson,
            )
        if not spec.answer:
            raise ExpressionError(f"the question {spec.card!r} has neither answer, choices nor generate")
        answer = number(spec.answer, self.scope)
        tolerance = number(spec.tolerance, self.scope) if spec.tolerance else abs(answer) / 100
        return number_quiz(
            spec.card,
            prompt,
            answer,
            tolerance,
            shown=write(answer, spec.style),
            unit=spec.unit,
            explain=explain,
            hint=hint,
            chart=chart,
            lesson=lesson,
        )

    def _chart_spec(self, name: str) -> ChartSpec:
        for block in self.lesson.blocks:
            if isinstance(block.content, ChartSpec) and block.content.name == name:
                return block.content
        raise ExpressionError(f"there is no chart {name!r}")

    def _evidence(self) -> EvidenceView:
        header = self.lesson.header
        cited = []
        for source in header.sources:
            if source not in self._sources:
                raise ExpressionError(f"there is no source {source!r}")
            found = self._sources[source]
            cited.append(SourceView(source, found.full, found.note))
        return EvidenceView(header.evidence.value, header.evidence.meaning, tuple(cited))


def calc_view(spec: CalcSpec, scope: Scope) -> CalcView:
    """Return a calculation as it stands in `scope`.

    Raises:
        ExpressionError: A line of it cannot be computed.
    """
    inputs = tuple(
        CalcInput(one.name, filled(one.label, scope), number(one.name, scope), one.unit, one.user)
        for one in spec.inputs
    )
    lines = []
    for step in spec.steps:
        value = number(step.name, scope)
        text = f"{write(value, step.style)} {step.unit}".rstrip()
        lines.append(CalcLine(filled(step.label, scope), step.formula, value, text))
    return CalcView(filled(spec.title, scope), inputs, tuple(lines))


def recalculate(page: LessonPage, title: str, inputs: Mapping[str, Decimal]) -> CalcView:
    """Return a calculation of a page with other inputs, as with those of the user's own account.

    Raises:
        ExpressionError: There is no such calculation, or with these numbers it has no result.
    """
    for block in page.lesson.blocks:
        spec = block.content
        if isinstance(spec, CalcSpec) and filled(spec.title, page.scope) == title:
            names = {one.name for one in spec.inputs}
            values: dict[str, Value] = {name: inputs.get(name, number(name, page.scope)) for name in names}
            return calc_view(spec, Scope(page.scope.functions, values, page.scope.formulas))
    raise ExpressionError(f"there is no calculation {title!r}")


def drill_view(drill: str) -> DrillView:
    """Return a drill as a lesson shows it.

    Raises:
        ExpressionError: There is none of that id.
    """
    if drill not in DRILLS:
        raise ExpressionError(f"there is no drill {drill!r}; there are: {', '.join(DRILLS)}")
    spec = DRILLS[drill]
    return DrillView(drill, spec.title, spec.objective, spec.limit_s, spec.measured)


def _bars(spec: ChartSpec) -> tuple[Candle, ...]:
    if spec.series is not None and not spec.candles:
        return make_series(spec.series)
    if not spec.candles or spec.series is not None:
        raise ExpressionError(f"the chart {spec.name!r} needs a series or candles, and not both")
    bars = []
    for at, texts in enumerate(spec.candles):
        o, h, low, c = map(Decimal, texts)
        if not low <= min(o, c) <= max(o, c) <= h:
            raise ExpressionError(f"candle {at} of {spec.name!r}: low and high do not enclose open and close")
        bars.append(Candle("lesson", CANDLE_S, START_NS + at * CANDLE_S * 10**9, o, h, low, c, Decimal(0)))
    return tuple(bars)


def _snapshot(spec: BookSpec, frame: FrameSpec) -> BookSnapshot:
    bids, asks = (
        tuple(PriceLevel(Decimal(price), Decimal(size)) for price, size in side)
        for side in (frame.bids, frame.asks)
    )
    book = BookSnapshot("lesson", bids, asks, Decimal(spec.tick))
    best_first = sorted(bids, reverse=True), sorted(asks)
    if (list(bids), list(asks)) != best_first or book.is_crossed:
        raise ExpressionError(f"the book {spec.name!r} is crossed or its levels are not best first")
    return book


def _found(things: Mapping[str, T], name: str, what: str) -> T:
    if name not in things:
        raise ExpressionError(f"there is no {what} {name!r}; there are: {', '.join(things) or 'none'}")
    return things[name]
