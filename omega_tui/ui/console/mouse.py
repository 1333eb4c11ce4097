"""The console as far as the mouse is concerned: it points, chooses, scrolls, drags, and never sends an order.

Everything it does a key does as well. A click on a key that trades does nothing: one click is no order.
"""

from decimal import Decimal

from textual import on

from omega_tui.ui.console.line import LineApp
from omega_tui.ui.desk.order_facts import Refused
from omega_tui.ui.ladder.standing_orders import mirrored_here
from omega_tui.ui.late import list_screen, markets_screen
from omega_tui.ui.panes.help_pane import footer_key
from omega_tui.ui.panes.pane_chooser import pane_called
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.widgets.chart import Chart
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.lines import Lines
from omega_tui.ui.widgets.orders import Orders
from omega_tui.ui.widgets.search import Search

WHEEL_LINES = 3


class MouseApp(LineApp):
    """The console's mouse."""

    def act(self, action: str) -> None:
        """Do what a binding means that has nothing to do with orders; the half with the keys knows how."""
        raise NotImplementedError

    @on(Chart.Pointed)
    def _bar_clicked(self, event: Chart.Pointed) -> None:
        """Put the chart's cursor on a bar; take it away from one that has it."""
        charts = self.session.charts
        charts.point(None if event.start_ns == charts.look.cursor_ns else event.start_ns)
        self.redraw()

    @on(Lines.Clicked)
    def _line_clicked(self, event: Lines.Clicked) -> None:
        screen = self.screen
        match event.lines.id:
            case "chooser":
                word = event.text.strip().lower()
                chosen = pane_called(word)
                self._trading.pane = chosen or self._trading.pane
            case "list" if isinstance(screen, markets_screen.MarketsScreen):
                if screen.point(event.row) and screen.choice is not None:
                    self.show_market(screen.choice.id)
                    self.go("trade")
            case "found":
                search = self._trading.query_one(Search)
                search.point(event.row)
                self._offer("/", search.query_text)
            case "markets":
                known = list(self.session.desk.instruments)
                if event.row < len(known):
                    self.show_market(known[event.row])
            case "footer":
                self._footer_clicked(event.text.strip(), event.before.strip())
            case _:
                return
        self.redraw()

    def _footer_clicked(self, text: str, before: str) -> None:
        """Do what a key means that was clicked, or of which the word was, as long as it does not trade."""
        screen = self.screen
        contexts = screen.contexts() if isinstance(screen, ConsoleScreen) else ()
        for bind in self._binds.binds:
            if not bind.footer or not bind.keys or bind.context not in contexts:
                continue
            key = footer_key(bind, self._binds)
            if text == key or (text, before) == (bind.footer, key):
                if bind.trades or bind.id == "go.verb":
                    self.say(f"{key} is for the keyboard: no click ever sends or cancels an order")
                else:
                    self.act(bind.id)
                return

    @on(Lines.Scrolled)
    def _lines_scrolled(self, event: Lines.Scrolled) -> None:
        screen = self.screen
        if isinstance(screen, list_screen.ListScreen) and event.lines.id == "list":
            for _ in range(WHEEL_LINES):
                screen.move("list.down" if event.step > 0 else "list.up")
        elif event.lines.id == "found":
            self._trading.query_one(Search).move(event.step)
        self.redraw()

    @on(Ladder.Dragged)
    def _dragged(self, event: Ladder.Dragged) -> None:
        """Take an own order in the hand where the drag began, and let the cursor carry it: a key drops it.

        The order is taken from the frame in which the cursor is painted on it, as by key; so the first row of
        a drag only brings the cursor there.
        """
        ladder = self._trading.number_of(event.ladder)
        if ladder is None or ladder >= len(self.session.places):
            return
        self.focus_ladder(ladder)
        entry, now_ns = self.session.entry, self.mono_ns()
        if not entry.carry(now_ns):
            if not self._has_orders_at(event.start):
                return
            painted = self.painted
            if painted is None or painted.cursor_price != event.start:
                self.session.point(event.start)
                self.redraw()
                return
            decision = entry.grab(now_ns, painted, self.session.facts(self.backend.clock.now_ns()))
            self.obey(decision)
            if isinstance(decision, Refused):
                self.redraw()
                return
        self.session.point(event.price)
        self.redraw()

    def _has_orders_at(self, price: Decimal) -> bool:
        """Whether an order of ours works at a price of the focused ladder, be it one of the other outcome."""
        session = self.session
        working = session.desk.working()
        here = [one.request.stands_at for one in working if one.request.instrument == session.instrument_id]
        return price in here or any(
            one.price == price for one in mirrored_here(working, (), session.instrument)
        )

    @on(Orders.Chosen)
    def _order_clicked(self, event: Orders.Chosen) -> None:
        """Show the market of an order, the cursor on its price."""
        request = event.order.request
        self.show_market(request.instrument)
        self.session.point(request.stands_at)
        self.redraw()
