"""A screen that is one long list which scrolls: markets, system, help."""

from textual.app import ComposeResult
from textual.reactive import reactive

from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.widgets.lines import Lines


class ListScreen(ConsoleScreen):
    """Lines between header and strip, of which a window is shown.

    Attributes:
        top: First line shown.
    """

    CSS_PATH = "listing.tcss"
    CONTEXTS = (Context.ANY, Context.SCREEN, Context.LIST)

    top: reactive[int] = reactive(0, repaint=False)

    def compose_body(self) -> ComposeResult:
        yield Lines(id="title", classes="title")
        yield Lines(id="list")

    def hidden(self) -> frozenset[str]:
        return frozenset({"list.choose"})

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        """Return every line."""
        raise NotImplementedError

    def title_of(self, picture: Picture, width: int) -> Line:
        """Return the line above them."""
        raise NotImplementedError

    def show(self, picture: Picture) -> None:
        pane = self.query_one("#list", Lines)
        width, height = pane.size
        lines = self.all_lines(picture, width) if width else ()
        super().show(picture)
        self.top = max(0, min(self.top, len(lines) - height))
        pane.lines = lines[self.top : self.top + height]
        self.query_one("#title", Lines).lines = (self.title_of(picture, width),)

    def move(self, action: str) -> None:
        """Scroll as the binding `action` says, `list.down` and the like; others do nothing here."""
        page = max(1, self.query_one("#list").size.height - 1)
        steps = {"list.up": -1, "list.down": 1, "list.page_up": -page, "list.page_down": page}
        match action:
            case "list.first":
                self.top = 0
            case "list.last":
                self.top = 1_000_000
            case _:
                self.top = max(0, self.top + steps.get(action, 0))
