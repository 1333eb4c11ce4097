"""The console as far as it teaches: lessons, questions, drills, explanations, asked of the teacher.

Nothing here takes a key from the order grammar, and nothing appears by itself over the ladder.
"""

from textual import on

from omega_tui.domain.learning_view import LearningView
from omega_tui.domain.lesson_commands import (
    ExplainThis,
    MarkRead,
    ShowLearning,
    ShowLesson,
)
from omega_tui.domain.lesson_view import LessonView
from omega_tui.domain.teaching import AnyContext, Explanation
from omega_tui.ui.console.practice import PracticeApp
from omega_tui.ui.late import learn_screen, markets_screen, own_numbers
from omega_tui.ui.learn.explain_things import market_thing, things
from omega_tui.ui.learn.learning import TABS, Explained, Page, Tab
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.widgets.lines import Lines


class LearnApp(PracticeApp):
    """The console's teacher."""

    def put_over(self, screen: ConsoleScreen | None) -> None:
        """Put a screen over the trade screen; the half of the app that has the screens does."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------ places

    def open_learning(self, page: Page = Page.HOME) -> None:
        """Show the Learn screen at a page, and ask how far everything is."""
        self.learning.show(page)
        if not isinstance(self.screen, learn_screen.LearnScreen):
            self.put_over(learn_screen.LearnScreen(self.learning))
        self.refresh_record()

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
        self.take_record(view)
        lessons = view.progress.lessons
        following = view.progress.next_lesson or (lessons[0].id if lessons else "")
        if following:
            self.open_lesson(following)

    def begin_drill(self, drill: str) -> None:
        """Set the stage of a drill; the half of the app that drills does."""
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

    # ------------------------------------------------------------------------------ explaining

    def explain(self) -> None:
        """Explain what is looked at; on an explanation the next thing."""
        learning = self.learning
        if isinstance(self.screen, learn_screen.LearnScreen):
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
        if isinstance(self.screen, markets_screen.MarketsScreen) and self.screen.choice is not None:
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
            chart_cursor_ns=session.charts.look.cursor_ns if self._trading.shows_chart else None,
        )

    def _explain(self, at: int) -> None:
        """Have the thing at a place of the list explained."""
        learning = self.learning
        count = len(learning.things)
        at %= count

        def take(explanation: Explanation) -> None:
            learning.explained = Explained(explanation, at + 1, count)

        if learning.page is not Page.EXPLAIN or not isinstance(self.screen, learn_screen.LearnScreen):
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
        if not isinstance(self.screen, learn_screen.LearnScreen):
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
            case "learn.calc":
                if learning.page is Page.LESSON:
                    self.open_calc()
            case "learn.try":
                self._try(key)
            case _ if action.startswith("quiz."):
                self.quiz_key(action, key)
            case _ if action.startswith("list.") and action != "list.drop":
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

    def _move(self, screen: "learn_screen.LearnScreen", action: str) -> None:
        learning = self.learning
        if learning.page is not Page.HOME or learning.tab is Tab.RECORD:
            screen.move(action)
            return
        steps = {"list.up": -1, "list.down": 1, "list.page_up": -10, "list.page_down": 10}
        edges = {"list.first": 0, "list.last": learning.rows}
        learning.select(edges[action] if action in edges else learning.selected + steps[action])

    def _choose(self, screen: "learn_screen.LearnScreen", *, pages: bool) -> None:
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
            case Tab.PRACTICE:
                learning.lesson = None
                self.open_quiz(
                    card=view.practice[learning.selected].card, screen=own_numbers.on_screen(self.session)
                )
            case _:
                pass

    @on(Lines.Clicked)
    def _learn_clicked(self, event: Lines.Clicked) -> None:
        """Open the row that was clicked, or show the list; choose the answer, or the input."""
        screen, learning = self.screen, self.learning
        if not isinstance(screen, learn_screen.LearnScreen):
            return
        if event.lines.id == "title":
            word = event.text.strip().lower()
            learning.tab = next((tab for tab in TABS if word.startswith(tab)), learning.tab)
        elif event.lines.id == "list" and learning.page is Page.HOME:
            row = screen.row_at(event.row)
            if row is not None:
                learning.select(row)
                self._open_chosen()
        elif event.lines.id == "list" and learning.page is Page.QUIZ and learning.hand is not None:
            number = screen.choice_at(event.row)
            if number:
                learning.hand.type(number)
        self.redraw()

    def _back(self) -> None:
        learning = self.learning
        if learning.page is Page.HOME or not learning.back():
            self.put_over(None)
            return
        self.refresh_record()

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
