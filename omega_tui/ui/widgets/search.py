"""The results of the search for a market, in the place of the side column: the ladder stays in sight."""

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive

from omega_tui.domain.instrument import Instrument
from omega_tui.ui.panes.market_pane import first_row, fuzzy, market_rows, market_title
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.session.session_state import SessionState
from omega_tui.ui.widgets.lines import Lines


class Search(Vertical):
    """What was found, and which of it Enter would show.

    Attributes:
        query_text: What is typed.
        selected: Place of the selection, from 0.
    """

    query_text: reactive[str] = reactive("", repaint=False)
    selected: reactive[int] = reactive(0, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the name that Textual uses
        super().__init__(id=id)
        self._found: list[Instrument] = []

    def compose(self) -> ComposeResult:
        yield Lines(id="search-title", classes="title")
        yield Lines(id="found")

    @property
    def choice(self) -> Instrument | None:
        """What Enter would show; None where nothing was found."""
        return self._found[self.selected] if self.selected < len(self._found) else None

    def watch_query_text(self) -> None:
        self.selected = 0

    def move(self, step: int) -> None:
        """Move the selection; it stops at both ends."""
        self.selected = max(0, min(len(self._found) - 1, self.selected + step))

    def point(self, row: int) -> None:
        """Select what stands on a row."""
        first = first_row(self.selected, self.query_one("#found").size.height, len(self._found))
        self.selected = max(0, min(first + row, len(self._found) - 1))

    def show(self, session: SessionState, now_ns: int) -> None:
        """Find afresh and show what was found, as of `now_ns` on the wall clock of the engine."""
        desk = session.desk
        self._found = fuzzy(self.query_text, desk.instruments.values())
        found = self.query_one("#found", Lines)
        width, height = found.size
        self.query_one("#search-title", Lines).lines = (market_title(desk, width),)
        if not self._found:
            found.lines = (message("nothing of that name is known", width),)
            return
        self.selected = min(self.selected, len(self._found) - 1)
        found.lines = market_rows(
            self._found,
            desk,
            width=width,
            rows=height,
            selected=self.selected,
            shown=session.instrument_id,
            watched=session.watch,
            may_be_bad=partial(session.may_be_bad, now_ns=now_ns),
        )
