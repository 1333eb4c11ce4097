"""The Learn screen: lists of what there is, a lesson, its questions, a drill, an explanation."""

from omega_tui.domain.lesson_view import DrillView
from omega_tui.domain.teaching import DrillScore
from omega_tui.ui.drill_lines import score_lines
from omega_tui.ui.explain_lines import explain_lines
from omega_tui.ui.keymap import Context
from omega_tui.ui.learn_home import home_lines, home_title
from omega_tui.ui.learning import Learning, Page
from omega_tui.ui.lesson_lines import drill_lines, lesson_lines, text_lines
from omega_tui.ui.pane_lines import message
from omega_tui.ui.picture import Picture
from omega_tui.ui.quiz_lines import quiz_hint, quiz_lines
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.status_line import Line, padded
from omega_tui.ui.widgets.lines import Lines

_LEARN = (Context.ANY, Context.SCREEN, Context.LEARN, Context.LIST)
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

    def contexts(self) -> tuple[Context, ...]:
        return _QUIZ if self._learning.page is Page.QUIZ else _LEARN

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
                rows, at = home_lines(learning, width, glyphs=glyphs, now_ns=picture.now_ns)
                self._bring_into_view(at, height)
                return tuple(rows)
            case Page.LESSON if learning.lesson is not None:
                key = (learning.lesson.id, width, glyphs)
                if self._page[0] != key:
                    self._page = (key, lesson_lines(learning.lesson, width, glyphs))
                return self._page[1]
            case Page.QUIZ if learning.hand is not None:
                return quiz_lines(learning.hand, width, height, glyphs=glyphs, now_ns=picture.now_ns)
            case Page.DRILL if learning.drill is not None:
                return self._drill(learning.drill, learning.score, width)
            case Page.EXPLAIN if learning.explained is not None:
                return explain_lines(learning.explained.explanation, width)
            case _:
                return ()

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
                return f"{on}; {{learn.next_lesson}} {{learn.previous_lesson}} other lessons; Esc goes back"
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
