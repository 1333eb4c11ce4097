"""The lists of the Learn screen: lessons by track, the review queue, drills, the record. Pure."""

from typing import NamedTuple

from omega_tui.domain.learning_view import CalibrationRow, LearningView, LessonMark
from omega_tui.text import cell_width
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.learn_words import due_words
from omega_tui.ui.learn.learning import TABS, Learning, Tab, percent
from omega_tui.ui.learn.lesson_lines import BADGE_ROLES, text_lines
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.text.formats import fitted, left, right

WIDEST = 110
"""Cells of a row at most: further away the eye loses it between a title and what stands at its end."""
HALF = 0.25
"""What saying one half always costs in a forecast."""


def home_title(learning: Learning, width: int) -> Line:
    """Return the names of the lists, the shown one standing out."""
    pieces = [Piece(" LEARN ", "title")]
    due = learning.view.progress.due if learning.view is not None else 0
    for tab in TABS:
        name = f"{tab} ({due} due)" if tab is Tab.REVIEW and due else str(tab)
        is_shown = tab is learning.tab
        pieces.append(Piece(f"  {name.upper() if is_shown else name}", "strong" if is_shown else "dim"))
    return padded(pieces, width)


class Home(NamedTuple):
    """The shown list.

    Attributes:
        lines: All of them.
        at: In which of them the chosen row is.
        rows: Which row stands in each line; None for a heading.
    """

    lines: list[Line]
    at: int
    rows: list[int | None]


def home_lines(learning: Learning, width: int, *, glyphs: str, now_ns: int) -> Home:
    """Return every line of the shown list, each `width` cells wide."""
    home = _home(learning, min(width, WIDEST), glyphs=glyphs, now_ns=now_ns)
    return home._replace(lines=[padded(line, width) for line in home.lines])


def _home(learning: Learning, width: int, *, glyphs: str, now_ns: int) -> Home:
    view = learning.view
    if view is None:
        return _text("The lessons are being read …", width, "dim")
    cursor = GLYPH_SETS[glyphs].cursor
    match learning.tab:
        case Tab.LESSONS:
            return _lessons(view, learning.selected, cursor, width)
        case Tab.REVIEW:
            return _queue(view, learning.selected, cursor, width, now_ns)
        case Tab.DRILLS:
            return _drills(view, learning.selected, cursor, width)
        case Tab.PRACTICE:
            return _practice(view, learning.selected, cursor, width)
        case Tab.RECORD:
            lines = record_lines(view, width, now_ns)
            return Home(lines, 0, [None] * len(lines))


def _text(text: str, width: int, role: str = "") -> Home:
    lines = text_lines(text, width, role)
    return Home(lines, 0, [None] * len(lines))


def _lessons(view: LearningView, selected: int, cursor: str, width: int) -> Home:
    lines: list[Line] = []
    rows: list[int | None] = []
    at = 0
    number = 0
    for track in view.tracks:
        marks = [mark for mark in view.progress.lessons if mark.track == track.id]
        read = sum(mark.is_read for mark in marks)
        if lines:
            lines.append(padded([], width))
            rows.append(None)
        head = [Piece(f" {track.title.upper()} ", "title"), Piece(f"{read}/{len(marks)}  ", "dim")]
        room = width - sum(cell_width(piece.text) for piece in head)
        lines.append(padded([*head, Piece(fitted(track.words, room, "…"), "dim")], width))
        rows.append(None)
        for mark in marks:
            is_chosen = number == selected
            if is_chosen:
                at = len(lines)
            lines.append(_lesson(mark, cursor if is_chosen else " ", width, is_chosen=is_chosen))
            rows.append(number)
            number += 1
    return Home(lines, at, rows)


def _lesson(mark: LessonMark, cursor: str, width: int, *, is_chosen: bool) -> Line:
    state = "read" if mark.is_read else "    "
    known = f"{percent(mark.mastery)} known" if mark.is_read else f"{mark.minutes} min"
    due = f"{mark.due} due" if mark.due else ""
    tail = f" {known:>10} {due:<6}"
    badge = left(mark.badge, 10)
    room = max(1, width - 10 - cell_width(tail) - len(badge) - 1)
    role = "selected" if is_chosen else "" if mark.is_open else "dim"
    return padded(
        [
            Piece(f" {cursor} ", "cursor"),
            Piece(f"{state}  ", "good"),
            Piece(left(fitted(mark.title, room, "…"), room), role),
            Piece(f" {badge}", BADGE_ROLES.get(mark.badge, "dim")),
            Piece(tail, "dim"),
        ],
        width,
    )


def _queue(view: LearningView, selected: int, cursor: str, width: int, now_ns: int) -> Home:
    if not view.queue:
        text = "No question was answered yet. Each comes again before it is likely to be forgotten."
        return _text(text, width)
    head = f"{'':3}{'question':<24}{'when':<12}{'right':>8}   from the lesson"
    lines = [padded([Piece(head, "dim")], width)]
    for number, row in enumerate(view.queue):
        is_chosen = number == selected
        is_due = row.due_ns <= now_ns
        lines.append(
            padded(
                [
                    Piece(f" {cursor if is_chosen else ' '} ", "cursor"),
                    Piece(left(fitted(row.card, 23, "…"), 24), "selected" if is_chosen else ""),
                    Piece(left(due_words(row.due_ns, now_ns), 12), "warn" if is_due else "dim"),
                    Piece(right(f"{row.right}/{row.answers}", 8), ""),
                    Piece(f"   {row.title}", "dim"),
                ],
                width,
            )
        )
    return _listed(lines, selected)


def _listed(lines: list[Line], selected: int) -> Home:
    """Return a list with one heading."""
    return Home(lines, 1 + selected, [None, *range(len(lines) - 1)])


def _practice(view: LearningView, selected: int, cursor: str, width: int) -> Home:
    """Return the kinds of made questions: each is new every time, and of the screen where that is enough."""
    head = f"{'':3}{'made anew each time':<36}{'right':>8}"
    lines = [padded([Piece(head, "dim")], width)]
    for number, mark in enumerate(view.practice):
        is_chosen = number == selected
        lines.append(
            padded(
                [
                    Piece(f" {cursor if is_chosen else ' '} ", "cursor"),
                    Piece(left(mark.title, 36), "selected" if is_chosen else ""),
                    Piece(right(f"{mark.right}/{mark.answers}" if mark.answers else "-", 8), ""),
                ],
                width,
            )
        )
    return _listed(lines, selected)


def _drills(view: LearningView, selected: int, cursor: str, width: int) -> Home:
    head = f"{'':3}{'drill':<36}{'runs':>6}{'passed':>8}{'best':>8}{'now':>6}"
    lines = [padded([Piece(head, "dim")], width)]
    for number, drill in enumerate(view.progress.drills):
        is_chosen = number == selected
        best = f"{drill.best}/100" if drill.runs else "-"
        lines.append(
            padded(
                [
                    Piece(f" {cursor if is_chosen else ' '} ", "cursor"),
                    Piece(left(fitted(drill.title, 35, "…"), 36), "selected" if is_chosen else ""),
                    Piece(right(str(drill.runs or "-"), 6), ""),
                    Piece(right(str(drill.passed or "-"), 8), "good" if drill.passed else "dim"),
                    Piece(right(best, 8), ""),
                    Piece(right(str(drill.now) if drill.runs else "-", 6), "dim"),
                ],
                width,
            )
        )
    return _listed(lines, selected)


def _calibration(rows: tuple[CalibrationRow, ...], width: int) -> list[Line]:
    """Return the calibration curve: who says seven of ten ought to see seven of ten."""
    head = f" {'you said':<12}{'forecasts':>10}{'on average':>12}{'happened':>10}"
    lines = [padded([], width), padded([Piece(head, "dim")], width)]
    for row in rows:
        said = f" {percent(row.low)} - {percent(row.high)}"
        text = f"{said:<13}{row.count:>10}{percent(row.said):>12}"
        lines.append(padded([Piece(text, ""), Piece(f"{percent(row.happened):>10}", "strong")], width))
    return [*lines, padded([], width)]


def record_lines(view: LearningView, width: int, now_ns: int) -> list[Line]:
    """Return what was learned so far, by track and in all."""
    progress = view.progress
    lines = [padded([Piece(f" {'track':<24}{'read':>7}{'known':>8}{'due':>6}", "dim")], width)]
    for track in view.tracks:
        marks = [mark for mark in progress.lessons if mark.track == track.id]
        known = sum(mark.mastery for mark in marks) / len(marks) if marks else 0.0
        due = sum(mark.due for mark in marks)
        row = f" {left(track.title, 24)}{sum(mark.is_read for mark in marks):>4}/{len(marks):<2}"
        lines.append(
            padded(
                [Piece(row, ""), Piece(f"{percent(known):>8}", "strong"), Piece(f"{due or '':>6}", "warn")],
                width,
            )
        )
    passed = sum(drill.passed > 0 for drill in progress.drills)
    lines += [
        padded([], width),
        *text_lines(
            f"{progress.correct} of {progress.reviews} answers right; "
            f"{passed} of {len(progress.drills)} drills passed.",
            width,
        ),
    ]
    if progress.brier is not None:
        words = f"{progress.forecasts} forecasts, mean Brier {progress.brier}; one half always costs {HALF}."
        lines += text_lines(words, width)
        lines += _calibration(progress.calibration, width)
    if progress.due:
        lines += text_lines(f"{progress.due} questions are due now.", width, "warn")
    elif progress.next_due_ns:
        lines += text_lines(
            f"The next question is due {due_words(progress.next_due_ns, now_ns)}.", width, "dim"
        )
    lines += text_lines(
        "All of it stays on this machine: omega-tui learn export, import and reset.", width, "dim"
    )
    return lines
