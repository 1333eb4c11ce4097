"""Lessons, questions and drills as plain text for a terminal."""

import shutil
import sys
import textwrap

from omega_tui.cli.markdown_text import markdown_text
from omega_tui.domain.lesson_view import (
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
from omega_tui.ui.learn.chart_lesson import chart_rows

MAX_COLUMNS = 92
"""Longer lines are hard to read."""


def columns() -> int:
    """Return how wide text is drawn."""
    return max(40, min(MAX_COLUMNS, shutil.get_terminal_size((80, 24)).columns))


def glyphs() -> str:
    """Return the name of the glyph set that the terminal's encoding can show."""
    try:
        "█".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "ascii"
    return "unicode"


def _chart_text(chart: ChartView, width: int, marks: str) -> str:
    return "\n".join(row.text.rstrip() for row in chart_rows(chart, width, marks))


def lesson_text(lesson: LessonView, width: int, marks: str, *, colour: bool) -> str:
    """Return a whole lesson."""
    head = [
        *wrapped(f"{lesson.title}   [{lesson.badge}, {lesson.minutes} min]", width),
        "=" * min(width, len(lesson.title)),
        *wrapped(lesson.summary, width),
    ]
    if lesson.requires:
        head.append(f"Before it: {', '.join(lesson.requires)}")
    parts = ["\n".join(head), *(block_text(block, width, marks, colour=colour) for block in lesson.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def block_text(  # noqa: PLR0911 - one return per kind of block
    block: LessonBlock, width: int, marks: str, *, colour: bool = False
) -> str:
    """Return one block of a lesson."""
    match block:
        case ProseView(markdown=markdown):
            return markdown_text(markdown, width, colour=colour)
        case ChartView():
            return _chart_text(block, width, marks)
        case BookView():
            return _book_text(block, width)
        case CalcView():
            return _calc_text(block, width)
        case EvidenceView(badge=badge, meaning=meaning, sources=sources):
            lines = [*wrapped(f"Evidence: {badge}. {meaning}", width)]
            for source in sources:
                lines += wrapped(f"- {source.text}", width, hang=2)
                lines += wrapped(f"  {source.note}", width, hang=2) if source.note else []
            return "\n".join(lines)
        case DrillView():
            return (
                "\n".join(wrapped(f"Drill `{block.drill}`: {block.title} ({block.limit_s:g} s)", width))
                + "\n"
                + "\n".join(wrapped(block.objective, width))
                + "\n"
                + "\n".join(wrapped(f"Measured: {'; '.join(block.measured)}", width))
            )
        case Question():
            return "\n".join(wrapped(f"Question `{block.card}`: {block.prompt}", width))


def question_text(question: Question, width: int, marks: str) -> str:
    """Return a question as it is asked: its chart or book, the prompt, the choices."""
    parts = []
    if question.chart is not None:
        parts.append(_chart_text(question.chart, width, marks))
    if question.book is not None:
        parts.append(_book_text(question.book, width))
    lines = wrapped(question.prompt, width)
    for number, choice in enumerate(question.choices, 1):
        lines += wrapped(f"  {number}. {choice}", width, hang=5)
    return "\n\n".join([*parts, "\n".join(lines)])


def _book_text(book: BookView, width: int) -> str:
    parts = [book.title]
    for frame in book.frames:
        rows = [(f"{level.size:>8}", f"{level.price:>10}", "") for level in reversed(frame.book.asks)]
        rows = [("", price, size) for size, price, _ in rows]
        rows += [(f"{level.size:>8}", f"{level.price:>10}", "") for level in frame.book.bids]
        lines = [f"{bid:>8} {price} {ask:>8}".rstrip() for bid, price, ask in rows]
        if frame.trade is not None:
            who = f"{frame.trade.aggressor} crossed" if frame.trade.aggressor else "who crossed?"
            lines.append(f"print {frame.trade.size} at {frame.trade.price}: {who}")
        parts.append("\n".join([*wrapped(frame.text, width), f"{'bid':>8} {'price':>10} {'ask':>8}", *lines]))
    return "\n\n".join(part for part in parts if part)


def _calc_text(calc: CalcView, width: int) -> str:
    rows = [(one.label, f"{one.value:,f} {one.unit}".rstrip()) for one in calc.inputs]
    results = [(line.label, line.text, line.formula) for line in calc.lines]
    tall = max(len(row[1]) for row in (*rows, *results))
    wide = min(max(len(row[0]) for row in (*rows, *results)), width - tall - 4)
    lines = [line for label, value in rows for line in _row(label, value, wide, tall)]
    lines.append("  " + "-" * (wide + tall + 2))
    for label, value, formula in results:
        lines += _row(label, value, wide, tall)
        room = width - wide - tall - 4
        if len(formula) + 5 <= room:
            lines[-1] += f"   = {formula}"
        else:
            lines += [f"    {line}" for line in wrapped(f"= {formula}", width - 4, hang=2)]
    return "\n".join([*wrapped(calc.title, width), *lines])


def _row(label: str, value: str, wide: int, tall: int) -> list[str]:
    """Return a label and its value; a label that is too long goes on above."""
    *above, last = wrapped(label, wide, hang=2) or [""]
    return [*(f"  {line}" for line in above), f"  {last:<{wide}}  {value:>{tall}}"]


def wrapped(text: str, width: int, *, hang: int = 0) -> list[str]:
    """Return text in lines of at most `width` columns; all but the first are indented by `hang`."""
    return textwrap.wrap(
        text, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )
