"""The Learn screen: lists of what there is, a lesson, its questions, a drill, an explanation."""

import re

from omega_tui.domain.lesson_view import CalcView, DrillView
from omega_tui.domain.teaching import DrillScore
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.learn.calc_lines import calc_page
from omega_tui.ui.learn.explain_lines import explain_lines
from omega_tui.ui.learn.learn_home import home_lines, home_title
from omega_tui.ui.learn.learning import Learning, Page
from omega_tui.ui.learn.lesson_lines import drill_lines, lesson_lines, text_lines
from omega_tui.ui.learn.quiz_lines import quiz_hint, quiz_lines
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.session.drill_lines import score_lines
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.widgets.lines import Lines

_LEARN = (Context.ANY, Context.SCREEN, Context.LEARN, Context.LIST)
_CHOICE = re.compile(r"\s*\S? (\d)  \S").match
_QUIZ = (Context.ANY, Context.SCREEN, Context.QUIZ)


class LearnScreen(ListScreen):
    """Shows `Session.learning`; what its keys mean is the app's business.

    Attributes:
        is_at_end: Whether the last line of the page is on the screen.
    """

    def __init__(self, learning: Learning) -> None:
        super().__init__(id="learn-screen")
        self._learning = learning
        self._shown: object = None
        self._page: tuple[object, tuple[Line, ...]] = (None, ())
        self.is_at_end = False
        self._rows: list[int | None] = []

    def row_at(self, line: int) -> int | None:
        """Return which row of the list stands in a line of the screen; None for a heading or nothing."""
        at = self.top + line
        return self._rows[at] if at < len(self._rows) else None

    def choice_at(self, line: int) -> str:
        """Return the number of the answer that stands in a line of the screen; empty where none does."""
        shown = self.query_one("#list", Lines).lines
        text = "".join(piece.text for piece in shown[line]) if line < len(shown) else ""
        found = _CHOICE(text)
        return found[1] if found is not None else ""

    def contexts(self) -> tuple[Context, ...]:
        return _QUIZ if self._learning.page in {Page.QUIZ, Page.CALC} else _LEARN

    def hidden(self) -> frozenset[str]:
        return frozenset()

    def show(self, picture: Picture) -> None:
        learning = self._learning
        hand = learning.hand
        shown = (
            learning.page,
            learning.tab,
            learning.lesson.id if learning.lesson is not None else "",
            hand.session.counted[0] if hand is not None else 0,
            learning.explained.number if learning.explained is not None else 0,
        )
        if shown != self._shown:
            self._shown = shown
            self.top = 0
        super().show(picture)

    def title_of(self, picture: Picture, width: int) -> Line:
        del picture
        learning = self._learning
        match learning.page:
            case Page.HOME:
                return home_title(learning, width)
            case Page.EXPLAIN if learning.explained is not None:
                one = learning.explained
                more = f"  {one.number} of {one.count}" if one.count > 1 else ""
                return message(f"EXPLAINED  {one.explanation.title}{more}", width, "title")
            case Page.LESSON if learning.lesson is not None:
                return message(f"LESSON  {learning.lesson.id}", width)
            case Page.CALC if learning.lesson is not None:
                return message(f"LESSON  {learning.lesson.id}", width)
            case Page.QUIZ:
                right, answered = learning.answered
                return message(f"QUESTIONS  {right} of {answered} right so far", width)
            case _:
                return message(str(learning.page).upper(), width)

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        height = self.query_one("#list", Lines).size.height
        lines = self._lines(picture, width, height)
        self.is_at_end = self.top + height >= len(lines)
        return lines

    def _lines(  # noqa: PLR0911 - one return per page
        self, picture: Picture, width: int, height: int
    ) -> tuple[Line, ...]:
        learning = self._learning
        glyphs = picture.session.setting.glyphs
        if learning.trouble:
            return tuple(text_lines(learning.trouble, width, "warn"))
        if learning.waiting:
            return (message(f"{learning.waiting} …", width),)
        match learning.page:
            case Page.HOME:
                home = home_lines(learning, width, glyphs=glyphs, now_ns=picture.now_ns)
                self._bring_into_view(home.at, height)
                self._rows = home.rows
                return tuple(home.lines)
            case Page.LESSON if learning.lesson is not None:
                key = (learning.lesson.id, width, glyphs)
                if self._page[0] != key:
                    self._page = (key, lesson_lines(learning.lesson, width, glyphs))
                return self._page[1]
            case Page.QUIZ if learning.hand is not None:
                return quiz_lines(learning.hand, width, height, glyphs=glyphs, now_ns=picture.now_ns)
            case Page.CALC if learning.calc is not None:
                return calc_page(learning.calc, width, height, glyphs=glyphs)
            case Page.DRILL if learning.drill is not None:
                return self._drill(learning.drill, learning.score, width)
            case Page.EXPLAIN if learning.explained is not None:
                return explain_lines(learning.explained.explanation, width)
            case _:
                return ()

    def _more(self) -> str:
        """Return what else can be done on a lesson."""
        lesson = self._learning.lesson
        has_calc = lesson is not None and any(isinstance(block, CalcView) for block in lesson.blocks)
        calc = "{learn.calc} changes the numbers; " if has_calc else ""
        return f"{calc}{{learn.next_lesson}} {{learn.previous_lesson}} other lessons"

    def _calc_hint(self) -> str:
        """Return what the keys do to a calculation."""
        hand = self._learning.calc
        own = ""
        if hand is not None and hand.has_own:
            whose = "the lesson's" if hand.is_own else "your"
            own = f"{{quiz.hint}} puts {whose} numbers in; "
        more = "PgDn another one; " if hand is not None and hand.counted[1] > 1 else ""
        return f"type a number, arrows choose; {own}{more}Esc goes back"

    def _drill(self, drill: DrillView, score: DrillScore | None, width: int) -> tuple[Line, ...]:
        if score is not None and score.drill == drill.drill:
            return (*drill_lines(drill, width), padded([], width), *score_lines(score, width))
        return (
            *drill_lines(drill, width),
            padded([], width),
            *text_lines(
                "Played on an exchange inside this program, with a clock of its own: nothing of it reaches a "
                "venue, and profit is not scored.",
                width,
                "dim",
            ),
        )

    def _bring_into_view(self, line: int, height: int) -> None:
        if line < self.top or line <= 1:
            self.top = max(0, line - 1)
        elif line >= self.top + height:
            self.top = line - height + 1

    def hint(self, picture: Picture) -> str:  # noqa: PLR0911 - one sentence per page
        del picture
        learning = self._learning
        if learning.trouble or learning.waiting:
            return "Esc goes back"
        match learning.page:
            case Page.HOME:
                return "{list.down} {list.up} choose, Enter opens, Tab: the next list; Esc: the ladder"
            case Page.LESSON:
                on = "Enter goes on to the questions" if self.is_at_end else "Enter reads on"
                return f"{on}; {self._more()}; Esc goes back"
            case Page.CALC:
                return self._calc_hint()
            case Page.QUIZ if learning.hand is not None:
                return quiz_hint(learning.hand)
            case Page.DRILL if learning.score is not None:
                return "Enter goes on to the lists; Esc goes back"
            case Page.DRILL:
                return "Enter begins; Esc goes back"
            case Page.EXPLAIN:
                return "{explain.this} or Tab: the next thing; 1 2 3 try it; Esc goes back"
            case _:
                return "Esc goes back"
