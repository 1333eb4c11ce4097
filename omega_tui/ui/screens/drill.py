"""The screen of a drill of orders: a ladder of its own and, beside it, what to do."""

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from omega_tui.clock import Clock
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.session.drill_floor import DrillFloor
from omega_tui.ui.session.drill_lines import floor_lines
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.lines import Lines


class DrillScreen(ConsoleScreen):
    """Shows a `DrillFloor`; nothing of it is an order at a venue.

    Attributes:
        floor: The drill.
    """

    CSS_PATH = "drill.tcss"
    CONTEXTS = (Context.ANY, Context.SCREEN, Context.TRADE, Context.LEARN)

    def __init__(self, clock: Clock, floor: DrillFloor) -> None:
        super().__init__(id="drill-screen")
        self._clock = clock
        self.floor = floor

    def compose_body(self) -> ComposeResult:
        with Container(id="drill-body"):
            yield Ladder(self._clock, id="drill-ladder", classes="-focused")
            yield Lines(id="drill-brief")

    @property
    def ladder(self) -> Ladder:
        """The drill's ladder."""
        return self.query_one(Ladder)

    def show(self, picture: Picture) -> None:
        floor = self.floor
        session, now_ns = floor.session, floor.now_ns
        facts = session.facts(now_ns)
        own = replace(picture, session=session, facts=facts, painted=self.ladder.painted, now_ns=now_ns)
        super().show(own)
        model = session.ladder(facts, now_ns)
        if model is not None and model != self.ladder.model:
            self.ladder.model = model
        brief = self.query_one("#drill-brief", Lines)
        brief.lines = floor_lines(floor, brief.size.width) if brief.size.width else ()

    def hint(self, picture: Picture) -> str:
        del picture
        markets = ", {market.next} the other market" if len(self.floor.opened.instruments) > 1 else ""
        return f"orders as ever{markets}; {{drill.done}} ends and scores it, Esc leaves it"

    @on(Ladder.RowsChanged)
    def _rows_changed(self, event: Ladder.RowsChanged) -> None:
        event.stop()
        self.floor.session.resize(event.rows)

    @on(Ladder.Clicked)
    def _clicked(self, event: Ladder.Clicked) -> None:
        event.stop()
        self.floor.session.point(event.price)

    @on(Ladder.Scrolled)
    def _scrolled(self, event: Ladder.Scrolled) -> None:
        event.stop()
        self.floor.session.scroll(event.rows)
