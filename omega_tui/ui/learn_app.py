"""The console as far as it teaches: lessons, questions, drills, explanations, asked of the teacher.

Nothing here takes a key from the order grammar, and nothing appears by itself over the ladder.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

from omega_tui.domain.commands import Command
from omega_tui.domain.integrity import NS_PER_S
from omega_tui.domain.lesson_commands import (
    AnswerQuestion,
    ExplainThis,
    MarkRead,
    PoseQuestions,
    ShowLearning,
    ShowLesson,
)
from omega_tui.domain.lesson_view import LessonView
from omega_tui.domain.teaching import AnyContext, Explanation, Grade, LearningView
from omega_tui.education.quiz import Quiz
from omega_tui.errors import OmegaError
from omega_tui.ui.explain_things import market_thing, things
from omega_tui.ui.learning import Explained, Learning, Page, Tab
from omega_tui.ui.quiz_hand import BIG_STEP, QuizHand
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.screens.learn import LearnScreen
from omega_tui.ui.screens.markets import MarketsScreen
from omega_tui.ui.tip_app import TipApp

T = TypeVar("T")

_MOVES: Final = {
    "quiz.up": 1,
    "quiz.down": -1,
    "quiz.up_more": BIG_STEP,
    "quiz.down_more": -BIG_STEP,
}


class LearnApp(TipApp):
    """The console's teacher."""

    def put_over(self, screen: ConsoleScreen | None) -> None:
        """Put a screen over the trade screen; the half of the app that has the screens does."""
        raise NotImplementedError

    @property
    def learning(self) -> Learning:
        """What the learner is doing."""
        return self.session.learning

    # ------------------------------------------------------------------------------ asking

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
        try:
            answer = await asyncio.shield(asyncio.wrap_future(future))
        except OmegaError as error:
            self.learning.trouble = str(error) or type(error).__name__
            answer = None
        self.learning.waiting = ""
        if isinstance(answer, kind):
            then(answer)
        self.redraw()

    def _refresh_record(self) -> None:
        self.ask_teacher(ShowLearning(), LearningView, self._take_view)

    def _take_view(self, view: LearningView) -> None:
        self.learning.view = view

    # ------------------------------------------------------------------------------ places

    def open_learning(self, page: Page = Page.HOME) -> None:
        """Show the Learn screen at a page, and ask how far everything is."""
        self.learning.show(page)
        if not isinstance(self.screen, LearnScreen):
            self.put_over(LearnScreen(self.learning))
        self._refresh_record()

    def open_lesson(self, lesson: str = "") -> None:
        """Show a lesson; the next unread one where none is named."""
        if not lesson:
            self.open_learning()
            self.ask_teacher(ShowLearning(), LearningView, self._open_next, "The lessons are being read")
            return
        self.open_learning(Page.LESSON)
        self.ask_teacher(
            ShowLesson(lesson), LessonView, self.learning.open_lesson, "The lesson is being made"
        )

    def _open_next(self, view: LearningView) -> None:
        self._take_view(view)
        lessons = view.progress.lessons
        following = view.progress.next_lesson or (lessons[0].id if lessons else "")
        if following:
            self.open_lesson(following)

    def open_quiz(self, *, lesson: str = "", card: str = "") -> None:
        """Ask the questions of a lesson or of a card; without both what is due, and else what is open."""
        self.open_learning(Page.QUIZ)
        self.learning.hand = None
        command = PoseQuestions(lesson=lesson, card=card)
        self.ask_teacher(command, tuple, self._pose, "The questions are being made")

    def begin_drill(self, drill: str) -> None:
        """Set the stage of a drill; the half of the app that drills does."""
        raise NotImplementedError

    def end_drill(self) -> None:
        """Have the drill scored; as above."""
        raise NotImplementedError

    def answer_in_drill(self, hand: QuizHand) -> None:
        """Tell the drill what was answered; as above."""
        raise NotImplementedError

    def open_drill(self, drill: str) -> None:
        """Show what a drill wants; Enter begins it."""
        # The lists of the engines are there: the record came through them.
        from omega_tui.education.lesson_page import drill_view  # noqa: PLC0415

        learning = self.learning
        learning.lesson = None
        learning.score = None
        learning.drill = drill_view(drill)
        self.open_learning(Page.DRILL)

    def _pose(self, quizzes: tuple[Quiz, ...]) -> None:
        if not quizzes:
            lesson = self.learning.lesson
            if lesson is not None:
                self.open_quiz(lesson=lesson.id)
                return
            self.learning.tab = Tab.REVIEW
            self.learning.show(Page.HOME)
            self.say("no question is due now; a lesson asks its own at its end")
            return
        self.learning.hand = QuizHand(quizzes, now_s=self.mono_ns() / NS_PER_S)

    # ------------------------------------------------------------------------------ explaining

    def explain(self) -> None:
        """Explain what is looked at; on an explanation the next thing."""
        learning = self.learning
        if isinstance(self.screen, LearnScreen):
            if learning.page is Page.EXPLAIN and learning.explained is not None:
                self._explain(learning.explained.number)
            else:
                self.say("a lesson explains itself; on the ladder this key says what you are looking at")
            return
        learning.things = self._things()
        if not learning.things:
            self.say("there is nothing to explain yet: no market is on screen")
            return
        learning.explained = None
        self._explain(0)

    def _things(self) -> tuple[AnyContext, ...]:
        session = self.session
        now_ns = self.backend.clock.now_ns()
        if isinstance(self.screen, MarketsScreen) and self.screen.choice is not None:
            return (market_thing(session.desk, self.screen.choice, now_ns),)
        return things(
            session.desk,
            session.here,
            session.panel,
            session.charts.bars,
            refused=session.refused,
            is_trusted=session.status(now_ns).state.allows_new_orders,
            pane=self._trading.pane if self._trading.shows_one_pane else "",
            now_ns=now_ns,
        )

    def _explain(self, at: int) -> None:
        """Have the thing at a place of the list explained."""
        learning = self.learning
        count = len(learning.things)
        at %= count

        def take(explanation: Explanation) -> None:
            learning.explained = Explained(explanation, at + 1, count)

        if learning.page is not Page.EXPLAIN or not isinstance(self.screen, LearnScreen):
            learning.lesson = None
            self.open_learning(Page.EXPLAIN)
        what = "" if learning.explained is not None else "It is being explained"
        self.ask_teacher(ExplainThis(f"explain-{at}", learning.things[at]), Explanation, take, what)

    # ------------------------------------------------------------------------------ keys

    def learn_key(self, action: str, key: str) -> bool:  # noqa: C901, PLR0912 - one case per binding
        """Do what a binding of the Learn screen means, with the key it was; return whether it is one."""
        if action == "explain.this":
            self.explain()
            return True
        if not isinstance(self.screen, LearnScreen):
            return False
        learning, screen = self.learning, self.screen
        match action:
            case "list.choose" | "learn.page":
                self._choose(screen, pages=action == "learn.page")
            case "list.leave" | "quiz.leave":
                self._back()
            case "learn.next" | "learn.previous":
                self._turn(1 if action == "learn.next" else -1)
            case "learn.next_lesson" | "learn.previous_lesson":
                lesson = learning.neighbour(1 if action == "learn.next_lesson" else -1)
                if lesson:
                    self.open_lesson(lesson)
            case "learn.drill":
                learning.drill = learning.lesson_drill
                learning.score = None
                if learning.drill is not None:
                    learning.show(Page.DRILL)
                else:
                    self.say("this lesson has no drill of its own; g5 lists all of them")
            case "learn.try":
                self._try(key)
            case _ if action.startswith("quiz."):
                self._quiz_key(action, key)
            case _ if action.startswith("list."):
                self._move(screen, action)
            case _:
                return False
        return True

    def _turn(self, step: int) -> None:
        learning = self.learning
        if learning.page is Page.HOME:
            learning.turn(step)
        elif learning.page is Page.EXPLAIN and learning.explained is not None:
            self._explain(learning.explained.number - 1 + step)

    def _move(self, screen: LearnScreen, action: str) -> None:
        learning = self.learning
        if learning.page is not Page.HOME or learning.tab is Tab.RECORD:
            screen.move(action)
            return
        steps = {"list.up": -1, "list.down": 1, "list.page_up": -10, "list.page_down": 10}
        edges = {"list.first": 0, "list.last": learning.rows}
        learning.select(edges[action] if action in edges else learning.selected + steps[action])

    def _choose(self, screen: LearnScreen, *, pages: bool) -> None:
        """Go on: open what is chosen, read on, or begin."""
        learning = self.learning
        match learning.page:
            case Page.HOME:
                self._open_chosen()
            case Page.LESSON if not screen.is_at_end:
                screen.move("list.page_down")
            case Page.LESSON if learning.lesson is not None:
                self.ask_teacher(MarkRead(learning.lesson.id), type(None), lambda _: None)
                self.open_quiz(lesson=learning.lesson.id)
            case Page.DRILL if learning.score is not None:
                learning.score = None
                learning.show(Page.HOME)
                learning.lesson = None
            case Page.DRILL if learning.drill is not None:
                self.begin_drill(learning.drill.drill)
            case _ if pages:
                screen.move("list.page_down")
            case _:
                pass

    def _open_chosen(self) -> None:
        learning = self.learning
        view = learning.view
        if view is None or not learning.rows:
            return
        match learning.tab:
            case Tab.LESSONS:
                self.open_lesson(view.progress.lessons[learning.selected].id)
            case Tab.REVIEW:
                row = view.queue[learning.selected]
                is_due = row.due_ns <= self.backend.clock.now_ns()
                # What is due is asked in its order; a question ahead of its time only by itself.
                learning.lesson = None
                self.open_quiz(card="" if is_due else row.card)
            case Tab.DRILLS:
                self.open_drill(view.progress.drills[learning.selected].id)
            case _:
                pass

    def _back(self) -> None:
        learning = self.learning
        if learning.page is Page.HOME or not learning.back():
            self.put_over(None)
            return
        self._refresh_record()

    def _try(self, key: str) -> None:
        explained = self.learning.explained
        if self.learning.page is not Page.EXPLAIN or explained is None:
            return
        link = next((one for one in explained.explanation.links if one.key == key), None)
        match link:
            case None:
                self.say(f"nothing is offered on {key}")
            case _ if link.kind == "lesson":
                self.open_lesson(link.id)
            case _ if link.kind == "quiz":
                self.open_quiz(card=link.id)
            case _:
                self.open_drill(link.id)

    def _quiz_key(self, action: str, key: str) -> None:
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

    def _enter(self, hand: QuizHand) -> None:
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
        self._refresh_record()
