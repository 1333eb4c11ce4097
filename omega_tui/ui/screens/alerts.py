"""The price alerts screen: what is waited for, the market's distance from it, and why."""

from textual.reactive import reactive

from omega_tui.domain.alerts import MAX_ALERTS, PriceAlert
from omega_tui.ui.learn.lesson_lines import text_lines
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.panes.price_alerts import alert_rows, alert_words
from omega_tui.ui.panes.status_line import Line, message_line
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.session.session import Session
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.widgets.lines import Lines


class AlertsScreen(ListScreen):
    """A list with a selection.

    Attributes:
        selected: Place of the selection, from 0.
    """

    selected: reactive[int] = reactive(0, repaint=False)

    def __init__(self, session: Session) -> None:
        super().__init__(id="alerts-screen")
        self._session = session

    @property
    def choice(self) -> PriceAlert | None:
        """What is selected; None where nothing waits."""
        waiting = self._session.alerts.waiting
        return waiting[min(self.selected, len(waiting) - 1)] if waiting else None

    def hidden(self) -> frozenset[str]:
        return frozenset()

    def title_of(self, picture: Picture, width: int) -> Line:
        count = len(picture.session.alerts.waiting)
        return message(f"PRICE ALERTS  {count} of at most {MAX_ALERTS} wait", width)

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        session = picture.session
        waiting = session.alerts.waiting
        self.selected = max(0, min(self.selected, len(waiting) - 1))
        if not waiting:
            return tuple(
                text_lines(
                    picture.keymap.said(
                        "No price is waited for. {alert.here} on the ladder waits for the price under the "
                        "cursor; {command}alert 64250 and a note does the same. It is told once, in the "
                        "strip, in the log and by the bell; it never becomes an order."
                    ),
                    width,
                )
            )
        cursor = GLYPH_SETS[session.setting.glyphs].cursor
        rows = alert_rows(waiting, session.desk, width, selected=self.selected, cursor=cursor)
        height = self.query_one("#list", Lines).size.height
        if not self.top <= self.selected < self.top + height:
            self.top = max(0, self.selected - height + 1)
        return rows

    def first_line(self, picture: Picture, width: int) -> Line:
        """Return the whole of what is selected."""
        choice = self.choice
        text = alert_words(choice, picture.session.desk) if choice is not None else "nothing is waited for"
        return message_line(text, "", width)

    def hint(self, picture: Picture) -> str:
        del picture
        return "{list.down} {list.up} move, Enter shows it on the ladder, {list.drop} drops it; Esc goes back"

    def move(self, action: str) -> None:
        page = max(1, self.query_one("#list").size.height - 1)
        steps = {"list.up": -1, "list.down": 1, "list.page_up": -page, "list.page_down": page}
        last = max(0, len(self._session.alerts.waiting) - 1)
        match action:
            case "list.first":
                self.selected = 0
            case "list.last":
                self.selected = last
            case _ if action in steps:
                self.selected = max(0, min(last, self.selected + steps[action]))
            case _:
                pass
