"""A lesson, and each of its blocks, as lines of a pane. Pure."""

from collections.abc import Iterable
from typing import Final

from omega_tui.domain.lesson_view import (
    BookFrame,
    BookView,
    CalcView,
    ChartView,
    DrillView,
    EvidenceView,
    LessonBlock,
    LessonView,
    ProseView,
    Question,
)
from omega_tui.domain.side import Side
from omega_tui.education.markdown_lines import Span, Tone, markdown_lines, wrapped_spans
from omega_tui.text import cell_width
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.chart_lesson import chart_rows
from omega_tui.ui.panes.pane_lines import wrapped
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import left, right

MAX_TEXT: Final = 88
"""Cells of a line of prose: longer ones are hard to read."""

BADGE_ROLES: Final = {
    "arithmetic": "good",
    "rule": "good",
    "none": "loud",
    "weak": "warn",
    "mixed": "warn",
    "strong": "good",
}
"""How the badge of a lesson's evidence is written."""

_TONES: Final = {
    Tone.STRONG: "strong",
    Tone.EMPHASIS: "strong",
    Tone.CODE: "key",
    Tone.HEADING: "title",
    Tone.QUOTE: "strong",
    Tone.MARK: "dim",
}
_INDENT: Final = 1
LEAST_FORMULA: Final = 20
"""Cells without which a formula goes to a line of its own."""
MAX_CHART: Final = 118
"""Columns of a chart at most: wider ones say no more."""


def lesson_lines(lesson: LessonView, width: int, glyphs: str) -> tuple[Line, ...]:
    """Return a whole lesson; between its blocks is an empty line."""
    lines = list(head_lines(lesson, width))
    blank = padded([], width)
    for block in lesson.blocks:
        lines += [blank, *block_lines(block, width, glyphs)]
    return tuple(lines)


def head_lines(lesson: LessonView, width: int) -> tuple[Line, ...]:
    """Return title, badge, length, and what it teaches."""
    badge = Piece(f" [{lesson.badge}]", BADGE_ROLES.get(lesson.badge, "dim"))
    title = padded([Piece(f" {lesson.title}", "title"), badge, Piece(f" {lesson.minutes} min", "dim")], width)
    lines = [title, *text_lines(lesson.summary, width)]
    if lesson.requires:
        lines += text_lines(f"Read before it: {', '.join(lesson.requires)}", width, "dim")
    return tuple(lines)


def block_lines(  # noqa: PLR0911 - one return per kind of block
    block: LessonBlock, width: int, glyphs: str
) -> tuple[Line, ...]:
    """Return one block of a lesson."""
    match block:
        case ProseView(markdown=markdown):
            return prose_lines(markdown, width)
        case ChartView():
            return chart_block(block, width, glyphs)
        case BookView():
            return book_lines(block, width)
        case CalcView():
            return calc_lines(block, width)
        case EvidenceView():
            return _evidence(block, width)
        case DrillView():
            return drill_lines(block, width)
        case Question():
            return (
                padded([Piece(" QUESTION ", "key"), Piece(" Enter at the end asks it:", "dim")], width),
                *text_lines(block.prompt, width),
            )


def text_lines(text: str, width: int, role: str = "") -> list[Line]:
    """Return a sentence in as many lines as it takes."""
    rows = wrapped(text, max(1, min(MAX_TEXT, width - 2 * _INDENT)))
    return [padded([Piece(f" {row}", role)], width) for row in rows]


def prose_lines(markdown: str, width: int) -> tuple[Line, ...]:
    """Return Markdown."""
    room = max(1, min(MAX_TEXT, width - 2 * _INDENT))
    return tuple(_spans_line(spans, width) for spans in markdown_lines(markdown, room))


def _spans_line(spans: Iterable[Span], width: int) -> Line:
    pieces = [Piece(span.text, _TONES.get(span.tone, "")) for span in spans]
    return padded([Piece(" " * _INDENT, ""), *pieces], width)


def chart_block(chart: ChartView, width: int, glyphs: str) -> tuple[Line, ...]:
    """Return a chart with its title."""
    rows = chart_rows(chart, min(width - _INDENT, MAX_CHART), glyphs)
    return tuple(padded([Piece(" " * _INDENT, ""), *row.pieces], width) for row in rows)


def book_lines(book: BookView, width: int) -> tuple[Line, ...]:
    """Return the frames of a ladder, side by side where there is room, else one below the other."""
    lines = text_lines(book.title, width, "strong") if book.title else []
    each = 34
    columns = max(1, (width - 2) // each)
    frames = list(book.frames)
    room = each - 2 if len(frames) > 1 else max(each - 2, min(MAX_TEXT, width - 2))
    for start in range(0, len(frames), columns):
        beside = frames[start : start + columns]
        # The ladders of a row begin on one line, however long the words above each of them are.
        tall = max(len(_words(frame, room)) for frame in beside)
        row = [_frame(frame, each - 2, room, tall) for frame in beside]
        height = max(len(one) for one in row)
        for at in range(height):
            pieces: list[Piece] = [Piece(" ", "")]
            for one in row:
                pieces += one[at] if at < len(one) else (Piece(" " * room, ""),)
                pieces.append(Piece("  ", ""))
            lines.append(padded(pieces, width))
    return tuple(lines)


def _words(frame: BookFrame, room: int) -> list[str]:
    return wrapped(frame.text, room) if frame.text else []


def _frame(frame: BookFrame, width: int, room: int, tall: int) -> list[Line]:
    """Return one ladder with its words above, `tall` lines of them, every line exactly `room` cells wide."""
    words = _words(frame, room)
    lines = [padded([Piece(row, "")], room) for row in (*words, *("" for _ in range(tall - len(words))))]
    return [*lines, *(padded(list(line), room) for line in _ladder(frame, width))]


def _ladder(frame: BookFrame, width: int) -> list[Line]:
    lines = [padded([Piece(f"{'bid':>9} {'price':>10} {'ask':>9}", "dim")], width)]
    lines += (_level("", str(ask.price), f"{ask.size:f}", width) for ask in reversed(frame.book.asks))
    lines += (_level(f"{bid.size:f}", str(bid.price), "", width) for bid in frame.book.bids)
    trade = frame.trade
    if trade is not None:
        who = f"{'buyer' if trade.aggressor is Side.BUY else 'seller'} crossed" if trade.aggressor else "who?"
        lines.append(padded([Piece(f"print {trade.size:f} at {trade.price}: {who}", "key")], width))
    return lines


def _level(bid: str, price: str, ask: str, width: int) -> Line:
    return padded(
        [
            Piece(right(bid, 9), "side.buy"),
            Piece(f" {right(price, 10)} ", "strong"),
            Piece(right(ask, 9), "side.sell"),
        ],
        width,
    )


def calc_lines(calc: CalcView, width: int) -> tuple[Line, ...]:
    """Return a calculation: what goes in, and each result with its formula."""
    inputs = [(one.label, f"{one.value:,f} {one.unit}".rstrip()) for one in calc.inputs]
    results = [(line.label, line.text, line.formula) for line in calc.lines]
    tall = max((cell_width(row[1]) for row in (*inputs, *results)), default=1)
    labels = (cell_width(label) for label, *_ in (*inputs, *results))
    wide = min(max(1, width - tall - 6), max(labels, default=1))
    lines = text_lines(calc.title, width, "strong")
    for label, value in inputs:
        lines.append(padded([Piece(f"  {left(label, wide)}  ", "dim"), Piece(right(value, tall), "")], width))
    lines.append(padded([Piece("  " + "-" * (wide + tall + 2), "rule")], width))
    for label, text, formula in results:
        lines += result_lines(
            (Piece(f"  {left(label, wide)}  ", ""), Piece(right(text, tall), "strong")), formula, width
        )
    return tuple(lines)


def result_lines(head: Line, formula: str, width: int) -> list[Line]:
    """Return a result and its formula, if any: behind it where there is room, else below."""
    used = sum(cell_width(piece.text) for piece in head)
    if not formula:
        return [padded(list(head), width)]
    if width - used - 5 >= LEAST_FORMULA:
        rows = wrapped(formula, width - used - 5)
        first = padded([*head, Piece(f"  = {rows[0]}", "dim")], width)
        return [first, *(padded([Piece(" " * (used + 4) + row, "dim")], width) for row in rows[1:])]
    rows = wrapped(formula, max(1, width - 8))
    below = [f"    = {rows[0]}", *(f"      {row}" for row in rows[1:])]
    return [padded(list(head), width), *(padded([Piece(row, "dim")], width) for row in below)]


def drill_lines(drill: DrillView, width: int) -> tuple[Line, ...]:
    """Return what a drill wants, in how long, and what it measures."""
    return (
        padded(
            [
                Piece(" DRILL ", "key"),
                Piece(f" {drill.title}", "strong"),
                Piece(f" {drill.limit_s:g} s", "dim"),
            ],
            width,
        ),
        *text_lines(drill.objective, width),
        *text_lines(f"Measured: {'; '.join(drill.measured)}.", width, "dim"),
    )


def _evidence(block: EvidenceView, width: int) -> tuple[Line, ...]:
    room = max(1, min(MAX_TEXT, width - 2 * _INDENT))
    lines = [padded([Piece(" EVIDENCE ", "title"), *_badge(block.badge)], width)]
    lines += text_lines(block.meaning, width)
    for source in block.sources:
        for number, row in enumerate(wrapped_spans(source.text, room - 2)):
            lines.append(_spans_line((Span("- " if number == 0 else "  ", Tone.MARK), *row), width))
        if source.note:
            for row in wrapped_spans(source.note, room - 2):
                lines.append(
                    padded([Piece("   ", ""), Piece("".join(one.text for one in row), "dim")], width)
                )
    return tuple(lines)


def _badge(badge: str) -> Line:
    return (Piece(f" {badge} ", BADGE_ROLES.get(badge, "dim")),)
