"""A question, what was typed, and what came of it, as lines of a pane. Pure."""

from msgspec.structs import replace

from omega_tui.domain.lesson_view import Question
from omega_tui.domain.teaching import Grade
from omega_tui.education.quiz import Kind, Stage
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.learn_words import until_words
from omega_tui.ui.learn.lesson_lines import MAX_TEXT, book_lines, chart_block, text_lines
from omega_tui.ui.learn.quiz_hand import QuizHand
from omega_tui.ui.panes.pane_lines import wrapped
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.style.glyphs import GLYPH_SETS

LEAST_CHART, MOST_CHART = 6, 16


def quiz_lines(hand: QuizHand, width: int, height: int, *, glyphs: str, now_ns: int) -> tuple[Line, ...]:
    """Return the present question as it stands; at the end the result of the row."""
    question = hand.question
    if question is None:
        return _end(hand, width)
    number, count = hand.counted
    blank = padded([], width)
    below: list[Line] = [*text_lines(question.prompt, width, "strong"), blank]
    below += _answer(hand, question, width, glyphs)
    if hand.shown_hint:
        below += [blank, *text_lines(f"Hint: {hand.shown_hint}", width, "dim")]
    if hand.complaint:
        below += [blank, *text_lines(hand.complaint, width, "warn")]
    if hand.grade is not None:
        below += [blank, *_verdict(hand.grade, hand.due_ns, now_ns, width)]
    above: list[Line] = [padded([Piece(f" QUESTION {number} of {count}", "title")], width)]
    chart = hand.chart()
    if chart is not None:
        room = height - len(above) - len(below) - 4
        rows = max(LEAST_CHART, min(MOST_CHART, chart.height, room))
        above += [*chart_block(replace(chart, height=rows), width, glyphs), blank]
    if question.book is not None:
        above += [*book_lines(question.book, width), blank]
    return (*above, *below)


def _answer(hand: QuizHand, question: Question, width: int, glyphs: str) -> list[Line]:
    """Return the choices, or the line in which an answer is typed."""
    cursor = GLYPH_SETS[glyphs].cursor
    if question.kind == Kind.CHOICE:
        lines = []
        right = hand.session.quiz.answer if hand.grade is not None and hand.session.quiz is not None else None
        for number, choice in enumerate(question.choices, 1):
            is_chosen = hand.typed == str(number)
            role = "selected" if is_chosen else ""
            if right is not None:
                role = "good" if number == right else "loud" if is_chosen else "dim"
            rows = wrapped(choice, max(1, min(MAX_TEXT, width - 8)))
            for at, row in enumerate(rows):
                lead = f" {cursor if is_chosen else ' '} {number}  " if at == 0 else "      "
                lines.append(padded([Piece(lead, "key"), Piece(row, role)], width))
        return lines
    unit = f" {question.unit}" if question.unit else ""
    caret = "_" if hand.session.stage is Stage.ASKED else ""
    return [
        padded(
            [Piece(" your answer: ", "dim"), Piece(f"{hand.typed}{caret}", "strong"), Piece(unit, "dim")],
            width,
        )
    ]


def _verdict(grade: Grade, due_ns: int, now_ns: int, width: int) -> list[Line]:
    word, role = ("Right", "good") if grade.correct else ("Not right", "loud")
    if grade.brier is not None:
        word = "Better than one half" if grade.correct else "Worse than one half"
    lines = [padded([Piece(f" {word}: ", role), Piece(grade.expected, "strong")], width)]
    lines += text_lines(grade.words, width)
    if due_ns:
        lines += text_lines(f"It comes again in {until_words(due_ns - now_ns)}.", width, "dim")
    return lines


def _end(hand: QuizHand, width: int) -> tuple[Line, ...]:
    grades = hand.session.grades
    right = sum(grade.correct for grade in grades)
    if not grades:
        return tuple(text_lines("There is nothing to answer now.", width))
    return (
        padded(
            [Piece(" DONE ", "title"), Piece(f" {right} of {len(grades)} answers right", "strong")], width
        ),
        *text_lines(
            "Each question comes again before it is likely to be forgotten; the review queue says when.",
            width,
        ),
    )


def quiz_hint(hand: QuizHand) -> str:
    """Return what the keys would do, for the strip."""
    question = hand.question
    if question is None:
        return "Enter goes on, Esc goes back"
    if hand.session.stage is Stage.GRADED:
        return "Enter: the next question; Esc leaves"
    hint = ", {quiz.hint} shows a hint" if question.hint else ""
    match question.kind:
        case Kind.CHOICE:
            return f"1-{len(question.choices)} or up and down choose, Enter answers{hint}; Esc leaves"
        case Kind.BAR:
            return f"left and right move the bar, Enter answers{hint}; Esc leaves"
        case Kind.PROBABILITY:
            return f"type a percentage, or up and down; Enter answers{hint}; Esc leaves"
        case _:
            return f"type a number, or up and down move it; Enter answers{hint}; Esc leaves"
