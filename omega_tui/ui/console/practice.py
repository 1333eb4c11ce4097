"""The console as far as the learner answers: questions, and calculations whose numbers can be changed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

from omega_tui.domain.commands import Command
from omega_tui.domain.learning_view import LearningView
from omega_tui.domain.lesson_commands import AnswerQuestion, PoseQuestions, Recalculate, ShowLearning
from omega_tui.domain.lesson_view import CalcView
from omega_tui.domain.on_screen import NOTHING, OnScreen
from omega_tui.domain.teaching import Grade
from omega_tui.errors import OmegaError
from omega_tui.ui.console.tip import TipApp
from omega_tui.ui.desk.answers import read_as
from omega_tui.ui.late import calc_hand, own_numbers, quiz, quiz_hand
from omega_tui.ui.learn.learning import Learning, Page, Tab
from omega_tui.units import NS_PER_S

T = TypeVar("T")

BIG_STEP: Final = 10
"""How far a key goes that goes far among the answers."""
_MOVES: Final = {
    "quiz.up": 1,
    "quiz.down": -1,
    "quiz.up_more": BIG_STEP,
    "quiz.down_more": -BIG_STEP,
}


class PracticeApp(TipApp):
    """The console's questions and calculations."""

    def open_learning(self, page: Page = Page.HOME) -> None:
        """Show the Learn screen at a page; the half of the app that has the lessons does."""
        raise NotImplementedError

    def end_drill(self) -> None:
        """Have the drill scored; the half of the app that drills does."""
        raise NotImplementedError

    def answer_in_drill(self, hand: "quiz_hand.QuizHand") -> None:
        """Tell the drill what was answered; as above."""
        raise NotImplementedError

    @property
    def learning(self) -> Learning:
        """What the learner is doing."""
        return self.session.learning

    # ------------------------------------------------------------------------------ asking the teacher

    def ask_teacher(self, command: Command, kind: type[T], then: Callable[[T], None], what: str = "") -> None:
        """Have a command answered; a worker waits, and `then` gets what came.

        Args:
            command: What is asked.
            kind: Of the answer; another one is as none.
            then: Takes it, on the screen's loop.
            what: What is waited for, for the page; empty where nothing depends on it.
        """
        self.learning.trouble = ""
        self.learning.waiting = what
        future = self.backend.dispatch(command)
        self.run_worker(self._answered(future, kind, then), name=type(command).__name__, group="teacher")

    async def _answered(self, future: Future[object], kind: type[T], then: Callable[[T], None]) -> None:
        answer: T | None = None
        came = False
        try:
            given = await asyncio.shield(asyncio.wrap_future(future))
            answer = read_as(given, kind)
            came = answer is not None or kind is type(None)
        except OmegaError as error:
            self.learning.trouble = str(error) or type(error).__name__
        self.learning.waiting = ""
        if came:
            then(answer)  # type: ignore[arg-type]  # None only where that is the kind
        self.redraw()

    def refresh_record(self) -> None:
        """Ask how far everything is."""
        self.ask_teacher(ShowLearning(), LearningView, self.take_record)

    def take_record(self, view: LearningView) -> None:
        """Take what was asked for."""
        self.learning.view = view

    # ------------------------------------------------------------------------------ questions

    def open_quiz(self, *, lesson: str = "", card: str = "", screen: OnScreen = NOTHING) -> None:
        """Ask those of a lesson or of a card; without both one of the screen, and then what is due."""
        self.open_learning(Page.QUIZ)
        self.learning.hand = None
        command = PoseQuestions(lesson=lesson, card=card, screen=screen)
        self.ask_teacher(command, tuple[quiz.Quiz, ...], self._pose, "The questions are being made")

    def open_quiz_here(self) -> None:
        """Ask about what is on the screen."""
        self.learning.lesson = None
        self.open_quiz(screen=own_numbers.on_screen(self.session))

    def _pose(self, quizzes: "tuple[quiz.Quiz, ...]") -> None:
        if quizzes:
            self.learning.hand = quiz_hand.QuizHand(quizzes, now_s=self.mono_ns() / NS_PER_S)
            return
        lesson = self.learning.lesson.id if self.learning.lesson is not None else self.session.panel.lesson
        if lesson:
            self.open_quiz(lesson=lesson)
            return
        self.learning.tab = Tab.REVIEW
        self.learning.show(Page.HOME)
        self.say("no question is due now; a lesson asks its own at its end")

    def quiz_key(self, action: str, key: str) -> None:
        """Do what a key means while a question is asked, or a calculation is open."""
        if self.learning.page is Page.CALC:
            self._calc_key(action, key)
            return
        hand = self.learning.hand
        if hand is None:
            return
        match action:
            case "quiz.type":
                hand.type(key)
            case "quiz.erase":
                hand.erase()
            case "quiz.hint":
                hand.hint()
            case "quiz.enter":
                self._enter(hand)
            case _ if action in _MOVES:
                hand.move(_MOVES[action])
            case _:
                pass

    def _enter(self, hand: "quiz_hand.QuizHand") -> None:
        if hand.is_done:
            if hand.repeats:
                self._after_quiz()
            else:
                self.end_drill()
            return
        grade = hand.enter(now_s=self.mono_ns() / NS_PER_S)
        if hand.is_done and not hand.repeats:
            self.end_drill()
            return
        answered = hand.answered
        if grade is None or answered is None:
            return
        if not hand.repeats:
            self.answer_in_drill(hand)
            return
        request = AnswerQuestion(grade.card, grade.card, answered, grade.seconds, grade.hinted)
        self.ask_teacher(request, Grade, self.learning.graded)

    def _after_quiz(self) -> None:
        """Go on after the last question: to the drill of the lesson, or back to the list."""
        learning = self.learning
        learning.hand = learning.score = None
        learning.drill = learning.lesson_drill
        learning.show(Page.DRILL if learning.drill is not None else Page.HOME)
        self.refresh_record()

    # ------------------------------------------------------------------------------ calculations

    def open_calc(self) -> None:
        """Open the calculations of the lesson, with the trader's own numbers where they fit."""
        learning = self.learning
        lesson = learning.lesson
        calcs = (
            [block for block in lesson.blocks if isinstance(block, CalcView)] if lesson is not None else []
        )
        if not calcs:
            self.say("this lesson has no calculation whose numbers could be changed")
            return
        own = own_numbers.own_numbers(self.session, self.backend.clock.now_ns())
        learning.calc = calc_hand.CalcHand(
            calcs, {calc.title: own_numbers.fitting(calc, own) for calc in calcs}
        )
        learning.show(Page.CALC)
        self._recalculate()

    def _calc_key(self, action: str, key: str) -> None:
        hand = self.learning.calc
        if hand is None:
            return
        changed = True
        match action:
            case "quiz.type":
                changed = hand.type(key)
            case "quiz.erase":
                changed = hand.erase()
            case "quiz.hint":
                hand.swap()
            case "quiz.up_more" | "quiz.down_more":
                hand.turn(-1 if action == "quiz.up_more" else 1)
            case "quiz.up":
                hand.move(-1)
            case "quiz.down" | "quiz.enter":
                hand.move(1)
        if changed:
            self._recalculate()

    def _recalculate(self) -> None:
        """Have the calculation made with the numbers that stand in it; why that fails is said beside it."""
        learning, hand = self.learning, self.learning.calc
        if hand is None or learning.lesson is None:
            return
        inputs = hand.inputs
        future = self.backend.dispatch(Recalculate(learning.lesson.id, hand.calc.title, inputs))

        async def wait() -> None:
            complaint, answer = "", None
            try:
                answer = read_as(await asyncio.shield(asyncio.wrap_future(future)), CalcView)
            except OmegaError as error:
                complaint = f"With these numbers there is no result: {error}"
            # What comes late for numbers that stand there no more says nothing.
            if hand.inputs == inputs:
                hand.complaint = complaint
                if answer is not None:
                    hand.take(answer)
                self.redraw()

        self.run_worker(wait(), name="Recalculate", group="teacher")
