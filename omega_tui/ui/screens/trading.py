"""The trade screen: ladder, tape, orders, positions, log. The ladder keeps its place at every size."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget

from omega_tui.clock import Clock
from omega_tui.ui.desk.queue_places import least_ahead
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.ladder.layouts import Beside, shares, shown
from omega_tui.ui.learn.panel_lines import panel_lines, panel_title
from omega_tui.ui.panes.fill_pane import fills_below
from omega_tui.ui.panes.log_pane import log_rows, rule_line
from omega_tui.ui.panes.market_words import market_labels
from omega_tui.ui.panes.order_pane import orders_title, orders_to_show, unheard
from omega_tui.ui.panes.pane_chooser import chooser_line, pane_after
from omega_tui.ui.panes.pane_lines import filled, title_line
from omega_tui.ui.panes.position_pane import position_rows, position_title
from omega_tui.ui.panes.program_pane import program_lines
from omega_tui.ui.panes.status_line import Line, cells_of
from omega_tui.ui.panes.system_summary import system_lines
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.session.watch_pane import watch_lines
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.widgets.chart import Chart
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.lines import Lines, titled_pane
from omega_tui.ui.widgets.orders import Orders
from omega_tui.ui.widgets.search import Search
from omega_tui.ui.widgets.tape import Tape
from omega_tui.units import NS_PER_S

ORDERING = frozenset(
    {"order.buy", "cancel.verb", "flatten.verb", "arm.verb", "panic.cancel_market", "panic.kill"}
)
LOG_BELOW = 3
"""Newest lines of the log below the strip of a large terminal."""
AGAIN_S = 0.002
"""After how long a pane that gave way to a key asks again."""
PANES_IN_TURN = 3
"""Panes of what moves with the market: each is worked out in every third frame."""
WIDE_PANES = ("system", "markets")
"""Only a large terminal has a place for them from the beginning."""


class TradingScreen(ConsoleScreen):
    """The ladder and what belongs to it.

    Attributes:
        pane: Which pane the side column shows while there is room for one only.
        has_chart: Whether the chart is among the panes where there is room for several.
    """

    CONTEXTS = (Context.ANY, Context.SCREEN, Context.TRADE)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-low"), (36, "-high"), (48, "-tall")]  # noqa: RUF012 - Textual's own attribute

    pane: reactive[str] = reactive("tape")
    has_chart: reactive[bool] = reactive(default=True)

    def __init__(self, clock: Clock, *, is_replay: bool) -> None:
        super().__init__(id="trading")
        self._clock = clock
        self._is_replay = is_replay
        self._focus = 0
        self._for_panes: Picture | None = None
        self._turn = 0
        self._newest: tuple[Line, ...] = ()
        self._completes = self._is_complete = False
        self._ladders = [Ladder(clock, id="ladder", classes="-focused")]

    def compose_body(self) -> ComposeResult:
        self._ladders[0].styles.width = self._share(1, self.app.size.width)
        with Container(id="body"):
            with Horizontal(id="ladders"):
                yield self._ladders[0]
            with Container(id="side", classes=f"-{self.pane} -charted"):
                if self.has_class("-s"):
                    yield Lines(id="chooser")
                yield Chart(id="chart")
                yield Tape(id="tape")
                with Vertical(id="orders-pane", classes="pane"):
                    yield Lines(id="orders-title", classes="title")
                    yield Lines(id="programs")
                    yield Orders(id="orders")
                yield from map(titled_pane, ("positions", "learn", "log"))
                if self.has_class("-l"):
                    yield from map(titled_pane, WIDE_PANES)
            search = Search(id="search")
            search.display = False
            yield search
        yield Lines(id="rule")

    async def _complete(self) -> None:
        """Add the panes that the first picture has no place for; an app that ends meanwhile gets none."""
        for side in self.query("#side"):
            if side.is_attached and not self._is_there("chooser"):
                await side.mount(Lines(id="chooser"), before=0)
            if side.is_attached and not self._is_there("markets"):
                await side.mount(*map(titled_pane, WIDE_PANES))
            self._is_complete = side.is_attached

    def _is_there(self, pane: str) -> bool:
        return self._is_complete or bool(self.query(f"#{pane}"))

    @property
    def ladder(self) -> Ladder:
        """The ladder that has the keys."""
        return self.ladders[min(self._focus, len(self.ladders) - 1)]

    @property
    def ladders(self) -> Sequence[Ladder]:
        """Every ladder, from left to right; some may be hidden where there is no room."""
        return self._ladders

    def number_of(self, ladder: Ladder) -> int | None:
        """Return which ladder it is, from 0; None for one that was taken away."""
        return next((number for number, each in enumerate(self.ladders) if each is ladder), None)

    def place_ladders(self, count: int, focus: int, columns: int) -> None:
        """Have so many ladders side by side, as many of them visible as fit.

        Args:
            count: How many there are.
            focus: Which has the keys; it is always visible.
            columns: How wide the terminal is.
        """
        if not self.is_ready:
            return
        for _ in range(len(self._ladders), count):
            self._ladders.append(Ladder(self._clock))
            self.query_one("#ladders").mount(self._ladders[-1])
        for ladder in self._ladders[count:]:
            ladder.remove()
        del self._ladders[count:]
        self._focus = focus
        visible = shown(count, focus, columns)
        width = self._share(len(visible), columns)
        for number, ladder in enumerate(self._ladders):
            ladder.display = number in visible
            ladder.styles.width = width
        self.call_after_refresh(self.post_message, self.Opened())

    def _share(self, visible: int, columns: int) -> int | None:
        """Tell the style sheet what is left beside ladders; return how wide each is, None for its say."""
        width, beside = shares(visible, columns)
        self.remove_class(*Beside).add_class(*filter(None, (beside,)))
        return width

    @property
    def shows_one_pane(self) -> bool:
        """Whether the side column has room for one pane only."""
        return self.has_class("-s") or self.has_class("-narrow")

    @property
    def shows_log_below(self) -> bool:
        """Whether the newest of the log stands below the strip, and the engine's state in its place."""
        return self.has_class("-l") and self.has_class("-tall")

    def contexts(self) -> tuple[Context, ...]:
        """Return the contexts of the keys; in a replay its own come before those that trade."""
        return (Context.REPLAY, *self.CONTEXTS) if self._is_replay else self.CONTEXTS

    def hidden(self) -> frozenset[str]:
        return ORDERING if self._is_replay else frozenset()

    def watch_pane(self, before: str, after: str) -> None:
        if self.is_mounted:
            side = self.query_one("#side")
            side.remove_class(f"-{before}")
            side.add_class(f"-{after}")
            self.call_after_refresh(self.post_message, self.Opened())

    def watch_has_chart(self, has_chart: bool) -> None:  # noqa: FBT001 - as Textual calls it
        """Give the chart its place among the panes, or give it to the others."""
        if self.is_mounted:
            self.query_one("#side").set_class(has_chart, "-charted")
            self.call_after_refresh(self.post_message, self.Opened())

    def go_chart(self) -> bool:
        """Show the chart; where it is among several panes, hide or show it. Return whether it is there."""
        if self.shows_one_pane:
            self.pane = "chart"
            return True
        self.has_chart = not self.has_chart
        return self.has_chart

    @property
    def shows_chart(self) -> bool:
        """Whether the chart is to be seen."""
        return self.pane == "chart" if self.shows_one_pane else self.has_chart

    @property
    def shows_markets(self) -> bool:
        """Whether the list of markets is to be seen: what there is beside the one on the ladder."""
        return self.pane == "markets" if self.shows_one_pane else self.has_class("-l")

    def next_pane(self, step: int = 1) -> None:
        """Show the next pane in the side column, or the previous one where `step` is -1."""
        self.pane = pane_after(self.pane, step)

    def comes_first(self, widget: Widget) -> bool:
        """Everything but the panes beside the ladders."""
        return all(parent.id != "side" for parent in widget.ancestors)

    def show_first(self, picture: Picture) -> None:
        session = picture.session
        for place, ladder in zip(session.places, self.ladders, strict=False):
            if ladder.display:
                facts = picture.facts if place is session.here else session.facts(picture.now_ns, place)
                model = session.ladder(facts, picture.now_ns, place)
                if model is not None and model != ladder.model:
                    ladder.model = model

    def show(self, picture: Picture) -> None:
        super().show(picture)
        if picture.session.entry.is_pending and not picture.slow:
            # Between a verb and its object the ladder has the time; the rest goes on four times a second.
            return
        if not self._completes and self.ladder.size:
            # There is nothing yet that a key could be meant for: the first picture is shown whole.
            for show in self._panes_of(replace(picture, slow=True), 0):
                show(picture)
            self._completes = self.call_after_refresh(self._complete)
        elif self._for_panes is None:
            # Behind the ladder, as a message of its own: a key that has come meanwhile is taken in between.
            self.call_later(self._show_panes)
            self._for_panes = picture
        else:
            # What the one that waits would have touched is shown with this one, whatever that is.
            self._for_panes = replace(picture, slow=True)

    async def _show_panes(self) -> None:
        """Show the picture that waits in everything beside the ladders, pane after pane.

        What moves with the market takes turns; with what happens to orders and positions, and four times a
        second, each pane is shown that has something to say of it. All at once they took up to 8 ms: a key
        waits for one of them at most.
        """
        picture, self._for_panes = self._for_panes, None
        if picture is None:
            return
        turn = self._turn = (self._turn + 1) % PANES_IN_TURN
        for show in self._panes_of(picture, turn):
            if not self.is_attached:
                return
            show(picture)
            await asyncio.sleep(0)
            while self.must_wait is not None and self.must_wait():  # noqa: ASYNC110 - time ends it, too
                await asyncio.sleep(AGAIN_S)

    def _panes_of(self, picture: Picture, turn: int) -> Iterator[Callable[[Picture], None]]:
        """Yield what shows each pane that has something to show of a picture."""
        changes, slow = picture.changes, picture.slow
        if slow or turn == 0:
            yield self._show_tape
        if self.shows_chart and (slow or turn == 1):
            yield self._show_chart
        if slow or changes.orders or turn == 2:
            yield self._show_orders
            if self.shows_markets and self._is_there("markets"):
                yield self._show_markets
        if self.shows_log_below and (slow or changes.status) and self._is_there("system"):
            yield self._show_system
        yield self._show_search
        yield self._show_positions
        yield self._show_log
        if slow or changes.orders or changes.positions or changes.log:
            yield self._show_panel
            yield self._show_frame_of_panes

    def _show_search(self, picture: Picture) -> None:
        search = self.query_one(Search)
        if search.display:
            search.show(picture.session, picture.now_ns)

    def _show_tape(self, picture: Picture) -> None:
        tape = self.query_one(Tape)
        tape.headed = not self.shows_one_pane
        if tape.capacity:
            shown = picture.session.tape(picture.facts, tape.capacity, picture.now_ns)
            if shown != tape.model:
                tape.model = shown

    def _show_chart(self, picture: Picture) -> None:
        chart, drawing = self.query_one(Chart), picture.session.chart(picture.facts)
        if drawing != chart.model:
            chart.model = drawing

    def _show_orders(self, picture: Picture) -> None:
        table = self.query_one(Orders)
        desk = picture.session.desk
        programs = self.query_one("#programs", Lines)
        lines = program_lines(tuple(desk.programs.values()), desk.instruments, programs.size.width)
        if len(lines) != len(programs.lines):
            programs.styles.height = len(lines)
        if lines != programs.lines:
            programs.lines = lines
        wanted = orders_to_show(desk, max(1, table.size.height - 1))
        table.glyphs = picture.session.setting.glyphs
        table.now_ns = picture.now_ns // NS_PER_S * NS_PER_S
        table.ahead = least_ahead(desk.queue, wanted)
        table.orders = tuple((order, desk.instruments.get(order.request.instrument)) for order in wanted)
        named = (*(instrument for _, instrument in table.orders), picture.facts.instrument)
        table.labels = tuple(market_labels(named).items())

    def _show_positions(self, picture: Picture) -> None:
        changes = picture.changes
        pane = self.query_one("#positions", Lines)
        if pane.lines and not (picture.slow or changes.positions or len(pane.lines) != pane.size.height):
            return
        width, height = pane.size
        desk, doubted = picture.session.desk, picture.session.doubted(picture.now_ns)
        held = position_rows(desk, width, doubted)[:height]
        fills = fills_below(desk, width, height - len(held), picture.now_ns)
        pane.lines = filled((*held, *fills), width, height)

    def _show_log(self, picture: Picture) -> None:
        pane = self.query_one("#log", Lines)
        width, height = pane.size
        if pane.lines and not (picture.slow or picture.changes.log or len(pane.lines) != height):
            return
        pane.lines = log_rows(picture.session.desk.log, width, height)

    def below_strip(self, picture: Picture, width: int) -> tuple[Line, ...]:
        """Return the newest lines of the log, where they have a place there."""
        if not self.shows_log_below:
            return ()
        if picture.changes.log or len(self._newest) != LOG_BELOW or cells_of(self._newest[0]) != width:
            self._newest = log_rows(picture.session.desk.log, width, LOG_BELOW)
        return self._newest

    def _show_system(self, picture: Picture) -> None:
        pane = self.query_one("#system", Lines)
        width, height = pane.size
        session = picture.session
        lag_ms, is_late = session.ui_lag_ms, session.is_screen_late
        pane.lines = system_lines(
            session.desk, session.venue, ui_lag_ms=lag_ms, is_late=is_late, width=width, rows=height
        )

    def set_panel(self, *, shown: bool) -> None:
        """Show the panel that teaches among the panes, or give its room to them."""
        self.query_one("#side").set_class(not shown, "-untaught")
        self.call_after_refresh(self.post_message, self.Opened())

    @property
    def shows_panel(self) -> bool:
        """Whether the panel that teaches is to be seen."""
        return self.is_ready and self.query_one("#learn", Lines).size.height > 0

    def _show_panel(self, picture: Picture) -> None:
        pane = self.query_one("#learn", Lines)
        width, height = pane.size
        panel = picture.session.panel
        if not width:
            return
        away = picture.keymap.said(" ({go.verb}{go.tip_away} sends it away)") if panel.tip else ""
        pane.lines = panel_lines(panel.cards, panel.tip + away, width, height)
        glyphs = GLYPH_SETS[picture.session.setting.glyphs]
        keys = picture.keymap.said(
            "{go.verb}{go.lesson} lesson  {go.verb}{go.quiz} question  {explain.this} what is this?  "
            "{go.verb}{go.panel} hide"
        )
        title = self.query_one("#learn-title", Lines)
        title.lines = (panel_title(title.size.width, "-" if glyphs.name != "unicode" else "─", keys),)

    def _show_frame_of_panes(self, picture: Picture) -> None:
        """Show titles, the chooser of a narrow terminal, and the rule above the strip."""
        working = len(picture.facts.orders)
        glyphs = GLYPH_SETS[picture.session.setting.glyphs]
        horizontal = "-" if glyphs.name != "unicode" else "─"
        rows = max(1, self.query_one(Orders).size.height - 1)
        unheard_of = unheard(picture.session.desk)
        titles = {"orders": orders_title(working, rows, unheard_of), "log": "LOG"}
        if self._is_there("system"):
            titles["system"] = "SYSTEM"
        for name, text in titles.items():
            title = self.query_one(f"#{name}-title", Lines)
            role = "warn" if name == "orders" and unheard_of else "dim"
            title.lines = (title_line(text, title.size.width, horizontal, role),)
        positions = self.query_one("#positions-title", Lines)
        positions.lines = (position_title(picture.session.desk, positions.size.width),)
        log = picture.session.desk.log if self.shows_one_pane else ()
        self.query_one("#rule", Lines).lines = (rule_line(log, self.size.width, horizontal),)
        for chooser in self.query("#chooser").results(Lines):
            chooser.lines = (chooser_line(self.pane, chooser.size.width),)

    def _show_markets(self, picture: Picture) -> None:
        pane = self.query_one("#markets", Lines)
        if pane.lines and not picture.slow:
            return
        width, height = pane.size
        title, pane.lines = watch_lines(picture.session, width, height, now_ns=picture.now_ns)
        self.query_one("#markets-title", Lines).lines = (title,)
