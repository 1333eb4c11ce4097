"""What the learner is doing on the screen: which page, what was answered, where the list stands. Pure.

Times are arguments. Single writer is the app; screens only read.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from omega_tui.domain.learning_view import LearningView, LessonMark
from omega_tui.domain.lesson_view import DrillView, LessonView
from omega_tui.domain.teaching import AnyContext, DrillScore, Explanation, Grade
from omega_tui.ui.late import calc_hand, quiz_hand


class Page(StrEnum):
    """What the Learn screen shows."""

    HOME = "home"
    LESSON = "lesson"
    QUIZ = "quiz"
    CALC = "calc"
    DRILL = "drill"
    EXPLAIN = "explain"


class Tab(StrEnum):
    """The lists of the first page."""

    LESSONS = "lessons"
    REVIEW = "review"
    PRACTICE = "practice"
    DRILLS = "drills"
    RECORD = "record"


TABS: Final = tuple(Tab)


class Explained(Struct, frozen=True):
    """An explanation with its place among the things that can be explained now, from 1."""

    explanation: Explanation
    number: int
    count: int


class Learning:
    """The state of the Learn screen.

    Attributes:
        page: What is shown.
        tab: Which list of the first page.
        view: What there is to learn; None before it was asked for.
        lesson: What is open; None for none.
        calc: The calculations of the lesson whose numbers are being changed; None for none.
        hand: The row of questions that is being asked; None for none.
        drill: The drill that is looked at; None for none.
        explained: What was explained last; None for nothing.
        score: Of the last drill; None before one.
        drill_seed: Of the drill that is open.
        drill_began_ns: When its questions were posed, monotonic clock.
        things: What can be explained, as it was when the key was pressed.
        waiting: What was asked for and has not come, in words; empty for nothing.
        trouble: Why something did not come; empty for nothing.
    """

    def __init__(self) -> None:
        self.page = Page.HOME
        self.tab = Tab.LESSONS
        self.view: LearningView | None = None
        self.lesson: LessonView | None = None
        self.calc: calc_hand.CalcHand | None = None
        self.hand: quiz_hand.QuizHand | None = None
        self.drill: DrillView | None = None
        self.explained: Explained | None = None
        self.score: DrillScore | None = None
        self.drill_seed = 0
        self.drill_began_ns = 0
        self.things: tuple[AnyContext, ...] = ()
        self.waiting = ""
        self.trouble = ""
        self._selected: dict[Tab, int] = {}

    # ------------------------------------------------------------------------------ the lists

    @property
    def rows(self) -> int:
        """How many rows the list has that can be chosen."""
        if self.view is None:
            return 0
        match self.tab:
            case Tab.LESSONS:
                return len(self.view.progress.lessons)
            case Tab.REVIEW:
                return len(self.view.queue)
            case Tab.PRACTICE:
                return len(self.view.practice)
            case Tab.DRILLS:
                return len(self.view.progress.drills)
            case Tab.RECORD:
                return 0

    @property
    def selected(self) -> int:
        """The chosen row of the list, from 0; where nothing was chosen the next lesson to read."""
        chosen = self._selected.get(self.tab)
        if chosen is None and self.tab is Tab.LESSONS and self.view is not None:
            wanted = self.view.progress.next_lesson
            chosen = next((at for at, one in enumerate(self.view.progress.lessons) if one.id == wanted), 0)
        return max(0, min(chosen or 0, self.rows - 1))

    def select(self, row: int) -> None:
        """Choose a row."""
        self._selected[self.tab] = max(0, min(row, self.rows - 1))

    def turn(self, step: int) -> None:
        """Show the next list, or the one before it."""
        self.tab = TABS[(TABS.index(self.tab) + step) % len(TABS)]

    @property
    def chosen_lesson(self) -> LessonMark | None:
        """The lesson that is chosen in the list; None where another list is shown."""
        if self.view is None or self.tab is not Tab.LESSONS or not self.rows:
            return None
        return self.view.progress.lessons[self.selected]

    def neighbour(self, step: int) -> str:
        """Return the id of the lesson before or after the open one; empty at the ends."""
        if self.view is None or self.lesson is None:
            return ""
        ids = [mark.id for mark in self.view.progress.lessons]
        at = ids.index(self.lesson.id) + step if self.lesson.id in ids else -1
        return ids[at] if 0 <= at < len(ids) else ""

    # ------------------------------------------------------------------------------ pages

    def show(self, page: Page) -> None:
        """Go to a page."""
        self.page = page
        self.waiting = self.trouble = ""

    def open_lesson(self, lesson: LessonView) -> None:
        """Show a lesson."""
        self.lesson = lesson
        self.show(Page.LESSON)

    def back(self) -> bool:
        """Go back a page; return whether there was one."""
        match self.page:
            case Page.QUIZ | Page.DRILL | Page.CALC if self.lesson is not None:
                self.show(Page.LESSON)
            case Page.QUIZ | Page.DRILL | Page.CALC:
                self.show(Page.HOME)
            case Page.LESSON:
                self.lesson = None
                self.show(Page.HOME)
            case _:
                return False
        return True

    @property
    def lesson_drill(self) -> DrillView | None:
        """The drill of the open lesson; None where it has none."""
        if self.lesson is None:
            return None
        return next((block for block in self.lesson.blocks if isinstance(block, DrillView)), None)

    def graded(self, noted: Grade) -> None:
        """Take from the record when a question comes again."""
        if self.hand is not None and self.hand.grade is not None and self.hand.grade.card == noted.card:
            self.hand.due_ns = noted.due_ns

    @property
    def answered(self) -> tuple[int, int]:
        """Right answers and answers of the present row."""
        grades = self.hand.session.grades if self.hand is not None else []
        return sum(grade.correct for grade in grades), len(grades)


def percent(share: float | Decimal) -> str:
    """Return a share in words."""
    return f"{float(share):.0%}"
