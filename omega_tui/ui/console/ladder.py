"""The console as far as its ladders are concerned: how many, which has the keys, and layouts of them.

A ladder that gets the keys gets them with a settle lock: a key that was meant for the one before is dropped.
"""

from typing import Any

from textual import on

from omega_tui.domain.commands import WatchInstrument
from omega_tui.ui.console.engine import REFUSED_NS
from omega_tui.ui.console.theme import ThemeApp
from omega_tui.ui.ladder.last_layout import LastLayout
from omega_tui.ui.ladder.layouts import (
    LAST,
    MOST_LADDERS,
    Layout,
    LayoutBook,
    Spot,
    columns_for,
    fitting,
    listed,
)
from omega_tui.ui.panes.pane_chooser import PANES
from omega_tui.ui.widgets.ladder import Ladder


class LadderApp(ThemeApp):
    """The console's ladders.

    Attributes:
        layouts: What the trader saved.
    """

    def __init__(self, *parts: Any, **options: Any) -> None:  # noqa: ANN401 - those of the base class
        super().__init__(*parts, **options)
        self.layouts = LayoutBook()
        self._last = LastLayout(None)
        self._columns = 0
        self._on_screen: tuple[str, ...] = ()

    # ------------------------------------------------------------------------------ from session to session

    def resume(self, layouts: LayoutBook) -> None:
        """Take over what was saved, and show what the last session ended with as soon as it is listed."""
        self.layouts = layouts
        if not (self._wanted or self.backend.is_replay):
            self._last = LastLayout(layouts.get(LAST))

    def stays_here(self) -> None:
        """A key was pressed: nothing may change places under it any more."""
        self._last.forget()

    def keep_layout(self) -> None:
        """Remember what is on the screen for the next session; called when this one has ended."""
        layout = self._layout()
        if layout is not None and not self.backend.is_replay:
            self.layouts.keep_last(layout)

    def frame(self) -> None:
        listed_now = self.session.desk.instruments
        layout = self._last.ready(listed_now, self.mono_ns()) if listed_now else None
        if layout is not None and self._trading.is_ready:
            self._show_layout(layout)
        on_screen = tuple(place.instrument_id for place in self.session.places)
        if on_screen != self._on_screen:
            self._on_screen = on_screen
            self.session.layout = self.layouts.shown(on_screen)
        super().frame()

    def show_market(self, instrument_id: str) -> None:
        self._last.forget()
        super().show_market(instrument_id)

    # ------------------------------------------------------------------------------ which has the keys

    def focus_ladder(self, ladder: int) -> None:
        """Give the keys to another ladder."""
        if ladder != self.session.focus and 0 <= ladder < len(self.session.places):
            self.session.focus_on(ladder, self.mono_ns())
            self._place_ladders()

    def step_ladder(self, step: int) -> None:
        """Give the keys to the next ladder, or the previous one where `step` is -1."""
        count = len(self.session.places)
        if count == 1:
            self.say("there is one ladder: :ladder add puts another beside it")
            return
        self.focus_ladder((self.session.focus + step) % count)

    def _place_ladders(self) -> None:
        columns = self._columns or self.size.width
        self._trading.place_ladders(len(self.session.places), self.session.focus, columns)

    # ------------------------------------------------------------------------------ how many

    def ladder_command(self, argument: str) -> None:
        """Carry out `:ladder add`, `close`, `next` or `previous`."""
        self._last.forget()
        match argument:
            case "add":
                self._add_ladder()
            case "close":
                self._close_ladder()
            case _:
                self.step_ladder(-1 if argument == "previous" else 1)

    def _add_ladder(self) -> None:
        wanted = len(self.session.places) + 1
        reason = self._why_not(wanted)
        if reason:
            self.say(reason, "warn", REFUSED_NS)
            return
        if not self.session.instrument_id:
            self.say("no market is known yet: wait for the first one", "warn")
            return
        instrument_id = self.session.neighbours(1)
        self.session.add_place(self.mono_ns())
        self._place_ladders()
        self.show_market(instrument_id)

    def _close_ladder(self) -> None:
        if len(self.session.places) == 1:
            self.say("the last ladder stays", "warn")
            return
        self.session.close_place(self.mono_ns())
        self._place_ladders()

    def _why_not(self, ladders: int) -> str:
        if ladders > MOST_LADDERS:
            return f"{MOST_LADDERS} ladders are the most"
        if ladders > fitting(self.size.width):
            return (
                f"{ladders} ladders need {columns_for(ladders)} columns: this terminal has {self.size.width}"
            )
        return ""

    # ------------------------------------------------------------------------------ layouts

    def layout_command(self, argument: str) -> None:
        """Carry out `:layout NAME`, `:layout save NAME` or `:layout`."""
        words = argument.split()
        match words:
            case []:
                self.say(f"layouts: {listed(self.layouts.names)}; :layout save NAME keeps this one")
            case ["save", name]:
                self._save_layout(name)
            case [name]:
                layout = self.layouts.get(name)
                if layout is None:
                    known = listed(self.layouts.names)
                    self.say(f"no layout '{name}' is saved; there are: {known}", "warn", REFUSED_NS)
                else:
                    self._restore(name, layout)
            case _:
                self.say(":layout NAME, :layout save NAME, or :layout alone", "warn", REFUSED_NS)

    def _save_layout(self, name: str) -> None:
        layout = self._layout()
        if layout is None:
            self.say("a ladder without a market cannot be saved: choose one with /", "warn", REFUSED_NS)
            return
        try:
            self.layouts.save(name, layout)
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        self._on_screen = ()
        self.say(f"layout {name} is saved; :layout {name} brings it back, and never arms")

    def _layout(self) -> Layout | None:
        """Return what is on the screen; None while a ladder has no market."""
        session, trading = self.session, self._trading
        shown = [place.instrument for place in session.places]
        spots = tuple(
            Spot(known.id, known.venue, session.desk.full_name(known)) for known in shown if known is not None
        )
        if len(spots) < len(shown):
            return None
        return Layout(spots, session.focus, trading.pane, trading.has_chart)

    def _restore(self, name: str, layout: Layout) -> None:
        self._last.forget()
        reason = self._why_not(len(layout.spots))
        if reason:
            self.say(f"layout {name}: {reason}", "warn", REFUSED_NS)
            return
        self._show_layout(layout)
        self.say(f"layout {name}; arming is as it was, and never part of a layout")

    def _show_layout(self, layout: Layout) -> None:
        """Show the ladders of a layout, as many as have room; the others wait beyond the edge."""
        session = self.session
        for spot in layout.spots:
            if spot.instrument not in session.desk.books and not self.backend.is_replay:
                self.send((WatchInstrument(spot.instrument, spot.venue),), "")
        session.restore([spot.instrument for spot in layout.spots], layout.focus, self.mono_ns())
        if layout.pane in PANES:
            self._trading.pane = layout.pane
        self._trading.has_chart = layout.has_chart
        self._place_ladders()

    # ------------------------------------------------------------------------------ what a ladder says

    @on(Ladder.RowsChanged)
    def _rows_changed(self, event: Ladder.RowsChanged) -> None:
        ladder = self._place_of(event.ladder)
        if ladder is not None:
            self.session.resize(event.rows, ladder)
            self.session.entry.settle(self.mono_ns(), "the layout has just changed")

    @on(Ladder.Clicked)
    def _clicked(self, event: Ladder.Clicked) -> None:
        ladder = self._place_of(event.ladder)
        if ladder is not None:
            self.focus_ladder(ladder)
            self.session.point(event.price)
        self.redraw()

    @on(Ladder.Scrolled)
    def _scrolled(self, event: Ladder.Scrolled) -> None:
        ladder = self._place_of(event.ladder)
        if ladder is not None:
            self.session.places[ladder].scroll(event.rows)
        self.redraw()

    def _place_of(self, ladder: Ladder) -> int | None:
        """Return which place of the session a ladder shows; None where it was closed before it was heard."""
        number = self._trading.number_of(ladder)
        return number if number is not None and number < len(self.session.places) else None

    def resized(self, columns: int) -> None:
        """Lay the ladders out afresh for another width of the terminal."""
        self._columns = columns
        self._place_ladders()
