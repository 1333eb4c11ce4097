"""The markets screen: every known market with its touch, last trade and our position. Enter shows one."""

from functools import partial

from textual.reactive import reactive

from omega_tui.domain.instrument import Instrument
from omega_tui.ui.panes.market_pane import first_row, fuzzy, market_rows, market_title
from omega_tui.ui.panes.status_line import Line, message_line
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.session.picture import Picture


class MarketsScreen(ListScreen):
    """A list with a selection.

    Attributes:
        query_text: What the names must hold; empty for all.
        selected: Place of the selection, from 0.
    """

    query_text: reactive[str] = reactive("", repaint=False)
    selected: reactive[int] = reactive(0, repaint=False)

    def __init__(self) -> None:
        super().__init__(id="markets-screen")
        self._found: list[Instrument] = []

    @property
    def choice(self) -> Instrument | None:
        """What Enter would show; None where there is nothing."""
        return self._found[self.selected] if self.selected < len(self._found) else None

    def hidden(self) -> frozenset[str]:
        return frozenset()

    def title_of(self, picture: Picture, width: int) -> Line:
        return market_title(picture.session.desk, width, has_changes=True)

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        desk = picture.session.desk
        self._found = fuzzy(self.query_text, desk.instruments.values())
        self.selected = max(0, min(self.selected, len(self._found) - 1))
        return market_rows(
            self._found,
            desk,
            width=width,
            rows=self.query_one("#list").size.height,
            selected=self.selected,
            shown=picture.session.instrument_id,
            watched=picture.session.watch,
            changes=picture.session.changes,
            may_be_bad=partial(picture.session.may_be_bad, now_ns=picture.now_ns),
        )

    def first_line(self, picture: Picture, width: int) -> Line:
        """Return the whole name of what is selected."""
        choice = self.choice
        text = (
            picture.session.desk.full_name(choice) if choice is not None else "nothing of that name is known"
        )
        return message_line(text, "", width)

    def hint(self, picture: Picture) -> str:
        del picture
        return (
            "{list.down} {list.up} move, Enter shows it, {list.watch} watches it (*), / narrows the list, "
            "Esc goes back"
        )

    def point(self, row: int) -> bool:
        """Select the market on a row of the list; return whether it was selected already."""
        first = first_row(self.selected, self.query_one("#list").size.height, len(self._found))
        number = min(first + row, max(0, len(self._found) - 1))
        was = number == self.selected
        self.selected = number
        return was

    def move(self, action: str) -> None:
        page = max(1, self.query_one("#list").size.height - 1)
        steps = {"list.up": -1, "list.down": 1, "list.page_up": -page, "list.page_down": page}
        last = len(self._found) - 1
        match action:
            case "list.first":
                self.selected = 0
            case "list.last":
                self.selected = last
            case _:
                self.selected = max(0, min(last, self.selected + steps[action]))
