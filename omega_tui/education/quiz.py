"""Questions, answers, and what an answer is worth. Pure: how long it took comes from the caller.

A wrong answer costs nothing but the knowledge of it; a forecast is scored by Brier, where the only way to do
well is to say what one believes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final

from msgspec import structs

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.domain.lesson_view import BookView, ChartView, Question
from omega_tui.domain.teaching import Grade
from omega_tui.education.binary import brier, log_score
from omega_tui.education.numbers_text import write
from omega_tui.errors import TeachingRefused
from omega_tui.text import parse_decimal, safe_text

HALF_BRIER: Final = Decimal("0.25")
"""What "one half" always earns."""


LAST: Final = ("none of", "neither", "all of")
"""Choices that begin so speak of the others, and stand behind them."""


class Kind(StrEnum):
    """What an answer is."""

    NUMBER = "number"
    CHOICE = "choice"
    BAR = "bar"
    PROBABILITY = "probability"


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question with its answer.

    Attributes:
        question: What may be shown.
        answer: The right number, the number of the right choice (from 1), the right bar (from 0), or for a
            probability 1 if it happened and 0 if not.
        tolerance: How far off is still right.
        shown: The answer in words.
        explain: Why.
        uncovered: The chart with its hidden part; None where nothing was hidden.
    """

    question: Question
    answer: Decimal
    tolerance: Decimal
    shown: str
    explain: str
    uncovered: ChartView | None = None


def number_quiz(  # noqa: PLR0913 - a question has these parts
    card: str,
    prompt: str,
    answer: Decimal,
    tolerance: Decimal,
    *,
    shown: str = "",
    unit: str = "",
    explain: str = "",
    hint: str = "",
    chart: ChartView | None = None,
    book: BookView | None = None,
    step: Decimal = Decimal("0.01"),
    lesson: str = "",
    uncovered: ChartView | None = None,
    kind: Kind = Kind.NUMBER,
) -> Quiz:
    """Return a question for a number (or a bar) that is right within `tolerance`."""
    question = Question(card, kind.value, prompt, (), unit, hint, chart, book, step, lesson)
    words = f"{shown or write(answer)} {unit}".strip()
    return Quiz(question, answer, tolerance, words, explain, uncovered)


def choice_quiz(  # noqa: PLR0913 - a question has these parts
    card: str,
    prompt: str,
    choices: Sequence[str],
    correct: int,
    *,
    explain: str = "",
    hint: str = "",
    chart: ChartView | None = None,
    book: BookView | None = None,
    lesson: str = "",
    uncovered: ChartView | None = None,
) -> Quiz:
    """Return a question with choices, numbered from 1.

    Raises:
        TeachingRefused: `correct` is none of them, or two are the same.
    """
    if not 1 <= correct <= len(choices) or len(set(choices)) != len(choices):
        raise TeachingRefused("QUIZ", f"the question {card!r}: choice {correct} of {list(choices)}")
    question = Question(card, Kind.CHOICE.value, prompt, tuple(choices), "", hint, chart, book, ONE, lesson)
    return Quiz(question, Decimal(correct), ZERO, f"{correct}: {choices[correct - 1]}", explain, uncovered)


def mixed(quiz: Quiz, *, seed: str) -> Quiz:
    """Return a question with its choices in another order; what denies the others stays the last.

    The same seed, the same order. Other questions are returned as they are.
    """
    question = quiz.question
    if question.kind != Kind.CHOICE:
        return quiz
    places = [at for at, choice in enumerate(question.choices) if not choice.startswith(LAST)]
    Random(f"choices:{seed}").shuffle(places)  # noqa: S311 - an exercise, not a secret
    places += [at for at, choice in enumerate(question.choices) if choice.startswith(LAST)]
    choices = tuple(question.choices[at] for at in places)
    correct = places.index(int(quiz.answer) - 1) + 1
    return replace(
        quiz,
        question=structs.replace(question, choices=choices),
        answer=Decimal(correct),
        shown=f"{correct}: {choices[correct - 1]}",
    )


def read_answer(question: Question, text: str) -> Decimal:
    """Return what somebody typed as an answer: a number, with a percent sign for a probability if he likes.

    Raises:
        TeachingRefused: It is no answer to this question; the sentence says what would be one.
    """
    words = (
        text.strip().replace(",", "").removesuffix(question.unit).strip() if question.unit else text.strip()
    )
    percent = words.endswith("%")
    try:
        # Plain digits only: a typed exponent could ask for a number that fills the memory.
        value = parse_decimal(words.removesuffix("%").strip().removeprefix("+"))
    except ValueError:
        raise _no_answer(question, text) from None
    value = value / 100 if percent else value
    if not _fits(question, value):
        raise _no_answer(question, text)
    return value


def grade(quiz: Quiz, answer: Decimal, *, seconds: float, hinted: bool = False) -> Grade:
    """Return what an answer is worth."""
    question = quiz.question
    if question.kind == Kind.PROBABILITY:
        happened = quiz.answer == ONE
        score = brier(answer, happened=happened)
        words = (
            f"You gave {write(answer, '%')} to what {'happened' if happened else 'did not happen'}: Brier "
            f"{write(score, '2')}, log score "
            f"{write(_decimal(log_score(answer, happened=happened)), '2')}; saying "
            f"one half always costs {HALF_BRIER}. {quiz.explain}"
        )
        return Grade(
            question.card, score <= HALF_BRIER, quiz.shown, words.strip(), seconds, hinted, brier=score
        )
    distance = abs(answer - quiz.answer)
    correct = distance <= quiz.tolerance
    words = quiz.explain
    if question.kind in {Kind.NUMBER, Kind.BAR} and quiz.tolerance:
        words = (
            f"You were off by {write(distance, _places(distance))}; right is within "
            f"{write(quiz.tolerance, _places(quiz.tolerance))}. {words}"
        )
    return Grade(question.card, correct, quiz.shown, words.strip(), seconds, hinted)


def _places(value: Decimal) -> str:
    """Return the style of a number: two decimals, and four for what those would not show."""
    return "" if value == round(value, 2) or value >= 1 else "4"


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value)) if value != float("inf") else Decimal(999)


def _fits(question: Question, value: Decimal) -> bool:
    match Kind(question.kind):
        case Kind.CHOICE:
            return value == int(value) and 1 <= value <= len(question.choices)
        case Kind.BAR:
            bars = len(question.chart.bars) if question.chart else 0
            return value == int(value) and 0 <= value < bars
        case Kind.PROBABILITY:
            return ZERO <= value <= ONE
        case Kind.NUMBER:
            return True


def _no_answer(question: Question, text: str) -> TeachingRefused:
    shown = safe_text(text.strip(), max_cells=40)
    return TeachingRefused("ANSWER", f"'{shown}' is no answer: type {_wanted(question)}.")


def _wanted(question: Question) -> str:
    match Kind(question.kind):
        case Kind.NUMBER:
            return f"a number of {question.unit}" if question.unit else "a number"
        case Kind.CHOICE:
            return f"a number from 1 to {len(question.choices)}"
        case Kind.BAR:
            last = len(question.chart.bars) - 1 if question.chart else 0
            return f"the number of a bar, from 0 to {last}"
        case Kind.PROBABILITY:
            return "a probability from 0 to 1, or from 0% to 100%"


class Stage(StrEnum):
    """Where a row of questions stands."""

    ASKED = "ASKED"
    GRADED = "GRADED"
    DONE = "DONE"


class QuizSession:
    """A row of questions as a state machine: ask, hint, answer, next. Screen and terminal both use it.

    A question that was answered wrongly comes once more at the end.

    Attributes:
        stage: Where it stands.
        grades: Of the answers so far, oldest first.
        hinted: Whether the hint of the present question was shown.
    """

    def __init__(self, quizzes: Sequence[Quiz], *, now_s: float) -> None:
        self._waiting = list(quizzes)
        self._total = len(self._waiting)
        self._again: set[str] = set()
        self._since_s = now_s
        self.grades: list[Grade] = []
        self.hinted = False
        self.stage = Stage.ASKED if self._waiting else Stage.DONE

    @property
    def quiz(self) -> Quiz | None:
        """The present question; None at the end."""
        return self._waiting[0] if self._waiting else None

    @property
    def present(self) -> Quiz:
        """The present question of a row that is not at its end."""
        return self._waiting[0]

    @property
    def counted(self) -> tuple[int, int]:
        """The number of the present question, from 1, and how many there are; repeated ones count."""
        return len(self.grades) + (self.stage is Stage.ASKED), self._total + len(self._again)

    def hint(self) -> str:
        """Return the hint of the present question; from now on a right answer counts as hard.

        Raises:
            TeachingRefused: There is none, or nothing is asked now.
        """
        if self.stage is not Stage.ASKED or self.quiz is None or not self.quiz.question.hint:
            raise TeachingRefused("NO_HINT", "There is no hint for this question.")
        self.hinted = True
        return self.quiz.question.hint

    def answer(self, value: Decimal, *, now_s: float) -> Grade:
        """Grade an answer to the present question.

        Raises:
            TeachingRefused: Nothing is asked now.
        """
        if self.stage is not Stage.ASKED or self.quiz is None:
            raise TeachingRefused("NOT_ASKED", "No question is open.")
        found = grade(self.quiz, value, seconds=max(0.0, now_s - self._since_s), hinted=self.hinted)
        self.grades.append(found)
        self.stage = Stage.GRADED
        card = self.quiz.question.card
        if not found.correct and self.quiz.question.kind != Kind.PROBABILITY and card not in self._again:
            self._again.add(card)
            self._waiting.append(self.quiz)
        return found

    def advance(self, *, now_s: float) -> Quiz | None:
        """Go to the next question and return it; None at the end.

        Raises:
            TeachingRefused: The present one has no answer yet.
        """
        if self.stage is Stage.ASKED:
            raise TeachingRefused("UNANSWERED", "Answer the question first.")
        if self._waiting:
            del self._waiting[0]
        self.hinted = False
        self._since_s = now_s
        self.stage = Stage.ASKED if self._waiting else Stage.DONE
        return self.quiz
