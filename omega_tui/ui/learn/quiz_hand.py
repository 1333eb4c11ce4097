"""A row of questions answered with the keyboard: digits choose or type, arrows move, Enter answers. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from msgspec.structs import replace

from omega_tui.domain.lesson_view import BarMark, ChartView, LevelLine, Question
from omega_tui.domain.teaching import Grade
from omega_tui.education.quiz import Kind, Quiz, QuizSession, Stage, read_answer
from omega_tui.errors import TeachingRefused

MAX_TYPED: Final = 24
PROBABILITY_STEP: Final = Decimal(5)
"""Percent points that an arrow moves a probability by."""
NUMBER: Final = frozenset("0123456789.-%")


class QuizHand:
    """The questions with what is typed as an answer to the present one.

    Attributes:
        session: The state machine of the row.
        typed: The answer so far.
        complaint: Why it was not taken; empty while nothing is wrong.
        shown_hint: The hint, once it was asked for.
        repeats: Whether a question that was answered wrongly comes once more; in a drill it does not.
        grade: Of the present question; None before it is answered.
        answered: What was answered.
        due_ns: When the present question comes again, wall clock; 0 while that is not known.
    """

    def __init__(self, quizzes: tuple[Quiz, ...], *, now_s: float, repeats: bool = True) -> None:
        """Begin a row; a wrong answer is asked again at its end where it `repeats`, as in no drill."""
        self.repeats = repeats
        self._count = len(quizzes)
        self.session = QuizSession(quizzes, now_s=now_s)
        self.typed = ""
        self.complaint = ""
        self.shown_hint = ""
        self.grade: Grade | None = None
        self.answered: Decimal | None = None
        self.due_ns = 0

    @property
    def question(self) -> Question | None:
        """The present question; None at the end."""
        quiz = self.session.quiz
        return quiz.question if quiz is not None and not self.is_done else None

    @property
    def counted(self) -> tuple[int, int]:
        """The number of the present question, from 1, and how many there are."""
        number, count = self.session.counted
        return number, count if self.repeats else self._count

    @property
    def is_done(self) -> bool:
        """Whether every question was answered."""
        if not self.repeats and self.session.stage is not Stage.GRADED:
            return len(self.session.grades) >= self._count
        return self.session.stage is Stage.DONE

    def type(self, character: str) -> None:
        """Take a character of an answer; of a choice the digit is the answer so far."""
        question = self.question
        if question is None or self.session.stage is not Stage.ASKED:
            return
        self.complaint = ""
        if question.kind == Kind.CHOICE:
            if character.isdecimal() and 1 <= int(character) <= len(question.choices):
                self.typed = character
        elif character in NUMBER and len(self.typed) < MAX_TYPED:
            self.typed += character

    def erase(self) -> None:
        """Take the last character back."""
        if self.session.stage is Stage.ASKED:
            self.typed = self.typed[:-1]
            self.complaint = ""

    def move(self, steps: int) -> None:
        """Move the answer: up is positive, for choices and bars the next one."""
        question = self.question
        if question is None or self.session.stage is not Stage.ASKED:
            return
        self.complaint = ""
        match question.kind:
            case Kind.CHOICE:
                count = len(question.choices)
                before = int(self.typed or (0 if steps > 0 else count + 1))
                self.typed = str(max(1, min(count, before + (1 if steps > 0 else -1))))
            case Kind.BAR:
                last = len(question.chart.bars) - 1 if question.chart is not None else 0
                at = int(self.typed) if self.typed.isdecimal() else last
                self.typed = str(max(0, min(last, at + steps)))
            case Kind.PROBABILITY:
                self.typed = f"{self._probability(steps):f}%"
            case _:
                self._move_number(question, steps)

    def _probability(self, steps: int) -> Decimal:
        now = self._number()
        percent = Decimal(50) if now is None else now * (1 if "%" in self.typed else 100)
        return max(Decimal(0), min(Decimal(100), percent + PROBABILITY_STEP * steps)).normalize() + 0

    def _move_number(self, question: Question, steps: int) -> None:
        now = self._number()
        if now is None:
            bars = question.chart.bars if question.chart is not None else ()
            middle = (
                (max(bar.high for bar in bars) + min(bar.low for bar in bars)) / 2 if bars else Decimal(0)
            )
            now = middle.quantize(question.step, rounding=ROUND_HALF_EVEN)
        self.typed = f"{now + question.step * steps:f}"

    def _number(self) -> Decimal | None:
        try:
            return Decimal(self.typed.rstrip("%"))
        except ArithmeticError:
            return None

    def hint(self) -> None:
        """Show the hint, or say that there is none."""
        try:
            self.shown_hint = self.session.hint()
        except TeachingRefused as error:
            self.complaint = str(error)

    def enter(self, *, now_s: float) -> Grade | None:
        """Answer, and return the grade; after that go to the next question. None where nothing was graded."""
        question = self.question
        if self.session.stage is Stage.GRADED:
            self._next(now_s)
            return None
        if question is None:
            return None
        if not self.typed:
            self.complaint = "Nothing is answered yet: choose or type, then Enter."
            return None
        try:
            value = read_answer(question, self.typed)
        except TeachingRefused as error:
            self.complaint = str(error)
            return None
        self.answered = value
        self.complaint = ""
        self.grade = self.session.answer(value, now_s=now_s)
        return self.grade

    def _next(self, now_s: float) -> None:
        self.session.advance(now_s=now_s)
        self.typed = self.complaint = self.shown_hint = ""
        self.grade = self.answered = None
        self.due_ns = 0

    def chart(self) -> ChartView | None:
        """Return the chart of the question with the answer so far on it; once it is graded, all of it."""
        quiz = self.session.quiz
        if quiz is None:
            return None
        chart = quiz.question.chart
        if self.grade is not None and quiz.uncovered is not None:
            chart = quiz.uncovered
        if chart is None:
            return None
        kind = quiz.question.kind
        marks = [(self._number() if self.typed else None, "you")]
        if self.grade is not None:
            marks.append((quiz.answer, "right"))
        for value, label in marks:
            chart = _marked(chart, kind, value, label)
        return chart


def _marked(chart: ChartView, kind: str, value: Decimal | None, label: str) -> ChartView:
    """Return the chart with an answer on it, where it can be seen without a change of scale."""
    if value is None or not chart.bars:
        return chart
    if kind == Kind.BAR:
        return replace(chart, marks=(*chart.marks, BarMark(int(value), label)))
    low, high = min(bar.low for bar in chart.bars), max(bar.high for bar in chart.bars)
    if kind == Kind.NUMBER and low <= value <= high:
        return replace(chart, levels=(*chart.levels, LevelLine(value, label)))
    return chart
