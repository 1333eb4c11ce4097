"""The state of the trade screen: the desk, the ladders over it, and what the next order is like.

Events and the trader's keys change it, in one place; what the widgets get of it is `session`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct, structs

from omega_tui.domain.account import Position
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import Severity
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.integrity import DataLimits, DataState, DataStatus
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.chart.charts import Charts
from omega_tui.ui.desk.day_changes import DayChanges
from omega_tui.ui.desk.desk import Changes, Desk
from omega_tui.ui.desk.order_facts import BracketTemplate, Flags
from omega_tui.ui.desk.sizing import Sizing, parse_size, presets_for
from omega_tui.ui.desk.watch_list import WatchList
from omega_tui.ui.ladder.facts import off_tick
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.market_view import Look
from omega_tui.ui.ladder.place import LadderPlace
from omega_tui.ui.learn.explain_things import RefusedHere
from omega_tui.ui.learn.learn_panel import LearnPanel
from omega_tui.ui.learn.learning import Learning
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.panes.price_alerts import reached_words
from omega_tui.ui.text.words import token


class Setting(Struct, frozen=True):
    """What does not change while the console runs.

    Attributes:
        venue: Where new orders go.
        is_live: Whether real money is behind it.
        is_replay: Whether nothing can be traded.
        limits: Thresholds of the data state.
        ui_lag_ms: Data on a screen whose frames are later than this are late, too.
        glyphs: Name of the glyph set.
        last_sizes: Whether ladders show the size last traded at a price.
        bars: Whether sizes are drawn as bars.
        flashes: Whether anything may flash.
        asks_before_taking: Whether an order that takes is asked about.
        ask_above: An order of the embedded exchanges worth more, in dollars, is asked about; None about none.
        ask_above_live: The same where money is real.
        brackets: What a key can put round the next order.
    """

    venue: str
    is_live: bool
    is_replay: bool
    limits: DataLimits
    glyphs: str
    ui_lag_ms: int = 250
    last_sizes: bool = True
    bars: bool = True
    flashes: bool = True
    asks_before_taking: bool = True
    ask_above: Decimal | None = None
    ask_above_live: Decimal | None = None
    brackets: tuple[BracketTemplate, ...] = ()


class SessionState:
    """The state of the trade screen: the desk, the ladders over it, and what the next order is like.

    Keys and everything that names no ladder mean the focused one.

    Attributes:
        desk: Everything the events said.
        entry: The order grammar.
        places: The ladders, from left to right; at least one.
        focus: Which of them has the keys.
        too_small: Whether the terminal is too small to trade.
        no_arming: Why nothing can be armed with real money for now; empty when it can.
        prompt: What stands in the strip before everything else, as a drill asks; empty for nothing.
        banner: What stands there while nothing else does; empty for nothing.
        ui_lag_ms: How late the last frames were.
        learning: What the learner is doing.
        panel: What the panel beside the ladder teaches now.
        refused: The last key or command that was refused; None for none.
        charts: The candles of what was looked at.
        tape_least: The smallest print that the tape shows; zero shows all.
        alerts: The prices that are waited for.
        watch: The markets that are watched from session to session.
        changes: What markets cost before.
        marks_levels: Whether the focused ladder marks the levels of the swing in force.
        layout: Which saved layout is on the screen, for the footer; empty for none.
    """

    def __init__(self, setting: Setting, entry: OrderEntry, sizing: Sizing) -> None:
        self.setting = setting
        self.desk = Desk()
        self.entry = entry
        self.places = [LadderPlace(self.desk)]
        self.focus = 0
        self._flags = Flags()
        self._brackets: dict[str, BracketTemplate | None] = {}
        self.too_small = False
        self.no_arming = ""
        self.prompt = ""
        self.banner = ""
        self.ui_lag_ms = 0
        self.learning = Learning()
        self.panel = LearnPanel(self.desk)
        self.refused: RefusedHere | None = None
        self.charts = Charts(self.desk, glyphs=setting.glyphs, asks_venues=not setting.is_replay)
        self.alerts = self.charts.alerts
        self.tape_least = ZERO
        self.watch = WatchList()
        self.changes = DayChanges()
        self.marks_levels = False
        self.layout = ""
        self._sizings: dict[str, Sizing] = {"": sizing}

    # ------------------------------------------------------------------------------ what is shown

    @property
    def here(self) -> LadderPlace:
        """The ladder that has the keys."""
        return self.places[self.focus]

    @property
    def instrument_id(self) -> str:
        """What the focused ladder shows; empty before the first market."""
        return self.here.instrument_id

    @property
    def instrument(self) -> Instrument | None:
        """What the focused ladder shows."""
        return self.here.instrument

    @property
    def book(self) -> BookSnapshot | None:
        """Its book; None while there is none."""
        return self.here.book

    @property
    def look(self) -> Look | None:
        """Window and cursor of the market on the focused ladder."""
        return self.here.look

    @property
    def position(self) -> Position | None:
        """Ours in the market on the focused ladder."""
        return self.here.position

    @property
    def follows(self) -> bool:
        """Whether the window of the focused ladder follows the market."""
        return self.here.follows

    @follows.setter
    def follows(self, wanted: bool) -> None:
        self.here.follows = wanted

    @property
    def venue(self) -> str:
        """Where orders of the market on the focused ladder go."""
        return self.venue_of(self.here)

    def venue_of(self, place: LadderPlace) -> str:
        """Return where orders of the market on a ladder go."""
        known = place.instrument
        return known.venue if known is not None else self.setting.venue

    @property
    def sizing(self) -> Sizing:
        """Size of the next order: one for all markets of shares, one of its own for every other market."""
        return self._sizing_of(self.here)

    @sizing.setter
    def sizing(self, sizing: Sizing) -> None:
        self._sizings[_sizing_key(self.instrument)] = sizing

    def _sizing_of(self, place: LadderPlace) -> Sizing:
        known, book = place.instrument, place.book
        key = _sizing_key(known)
        if key not in self._sizings and known is not None and book is not None:
            price = book.mid or book.best_bid or book.best_ask
            if price is not None:
                self._sizings[key] = Sizing.of(presets_for(known, price))
        return self._sizings.get(key) or self._sizings[""]

    @property
    def flags(self) -> Flags:
        """Flags of the next order; its bracket is of one market, as its size is: their ticks differ."""
        return self._flags_of(self.here)

    @flags.setter
    def flags(self, flags: Flags) -> None:
        self._flags = structs.replace(flags, bracket=None)
        self._brackets[_sizing_key(self.instrument)] = flags.bracket

    def _flags_of(self, place: LadderPlace) -> Flags:
        bracket = self._brackets.get(_sizing_key(place.instrument))
        return structs.replace(self._flags, bracket=None if self._flags.reduce_only else bracket)

    def status(self, now_ns: int, place: LadderPlace | None = None) -> DataStatus:
        """Return the data state of the market on a ladder, the focused one by default."""
        instrument_id = (place or self.here).instrument_id
        if not instrument_id:
            return DataStatus(DataState.DOWN, None, "no market is on screen")
        status = self.desk.data_status(instrument_id, now_ns=now_ns, limits=self.setting.limits)
        if status.state.allows_new_orders and self.is_screen_late:
            late = f"the screen was {self.ui_lag_ms / 1_000:.1f} s late"
            return DataStatus(DataState.LAG, status.age_ns, status.reason or late)
        return status

    @property
    def is_screen_late(self) -> bool:
        """Whether the last frames were so late that what they showed was, too."""
        return self.ui_lag_ms > self.setting.ui_lag_ms

    def doubted(self, now_ns: int) -> frozenset[str]:
        """Return the instruments held whose book may be bad, so that their open profit is an estimate."""
        return frozenset(
            name
            for name, position in self.desk.positions.items()
            if position.quantity and self.may_be_bad(name, now_ns=now_ns)
        )

    def may_be_bad(self, instrument_id: str, *, now_ns: int) -> bool:
        """Return whether nothing could be ordered on the book of an instrument, as far as its data go."""
        status = self.desk.data_status(instrument_id, now_ns=now_ns, limits=self.setting.limits)
        return not status.state.allows_new_orders

    # ------------------------------------------------------------------------------ what changes it

    def apply(self, events: Iterable[Event], *, now_ns: int) -> Changes:
        """Fold events into the desk and follow what they mean for the markets on screen."""
        events = tuple(events)
        changes = self.desk.apply(events, now_ns=now_ns)
        for reached in self.alerts.take(events):
            self.desk.note(now_ns, Severity.WARNING, reached_words(reached, self.desk))
            changes.log = True
        if not self.instrument_id:
            # The order of descriptions is not the venue's, and only what is watched has a book.
            first = next((one for one in self.desk.instruments if one in self.desk.books), "")
            if first:
                self.show(first)
        for instrument_id in changes.gaps:
            self.charts.take_gap(instrument_id)
        self.charts.take_prints(changes.prints)
        if self.desk.positions:
            self.charts.equity.sample(self.desk.day_totals, now_ns=now_ns)
        for place in self.places:
            place.take_gaps(changes.gaps)
            place.take_prints(changes.prints)
            book = place.book
            if book is not None and place.instrument_id in changes.books:
                self._retick(place, book.tick_size, now_ns)
                place.take_book(book)
        if changes.instruments or changes.ticks:
            for change in changes.ticks:
                self._set_tick(change.instrument, change.new_tick_size)
            self._remap(now_ns)
        self._remember_depth(now_ns)
        return changes

    def _remember_depth(self, now_ns: int) -> None:
        """Keep pictures of the books on the ladders from time to time, while they are good."""
        depth = self.charts.depth
        for place in self.places:
            name, book = place.instrument_id, place.book
            if book is None or not depth.is_due(name, now_ns=now_ns):
                continue
            if not self.may_be_bad(name, now_ns=now_ns):
                depth.take(book, now_ns=now_ns)

    def show(self, instrument_id: str) -> None:
        """Put another market on the focused ladder, where it was left the last time."""
        self.here.show(instrument_id)

    def focus_on(
        self, ladder: int, now_ns: int, reason: str = "another ladder has just got the keys"
    ) -> None:
        """Give the keys to a ladder, with a settle lock: what was meant for the one before is dropped.

        Args:
            ladder: Which, from the left.
            now_ns: The screen's monotonic clock.
            reason: Why, for people whose key was dropped.
        """
        self.focus = ladder
        self.entry.settle(now_ns, reason)

    def add_place(self, now_ns: int) -> None:
        """Put another ladder beside the focused one, without a market yet, and give it the keys."""
        self.places.insert(self.focus + 1, LadderPlace(self.desk))
        self.focus_on(self.focus + 1, now_ns, "a ladder has just been added")

    def close_place(self, now_ns: int) -> None:
        """Take the focused ladder away; there is another one, which gets the keys."""
        assert len(self.places) > 1, "the last ladder stays"
        del self.places[self.focus]
        self.focus_on(min(self.focus, len(self.places) - 1), now_ns, "a ladder has just been closed")

    def restore(self, instruments: Sequence[str], focus: int, now_ns: int) -> None:
        """Show these markets side by side, and give the keys to one of them. Arming stays as it is."""
        while len(self.places) < len(instruments):
            self.places.append(LadderPlace(self.desk))
        del self.places[len(instruments) :]
        for place, instrument_id in zip(self.places, instruments, strict=True):
            if place.instrument_id != instrument_id:
                place.show(instrument_id)
        self.focus_on(focus, now_ns, "a layout has just been restored")

    def resize(self, rows: int, ladder: int | None = None) -> None:
        """Tell how many prices a ladder can show, the focused one by default."""
        self.places[self.focus if ladder is None else ladder].resize(rows)

    def navigate(self, action: str) -> bool:
        """Move cursor or window as the binding `action` says; return whether it is such a binding."""
        return self.charts.navigate(action, self.instrument) or self.here.navigate(action)

    def scroll(self, rows: int) -> None:
        """Move the window by `rows` towards higher prices; the cursor keeps its price."""
        self.here.scroll(rows)

    def point(self, price: Decimal) -> None:
        """Put the cursor on a price and bring it into view."""
        self.here.point(price)

    def next_own_price(self) -> Decimal | None:
        """Return the price of the next order of ours below the cursor, from the top again after the last."""
        return self.here.next_own_price()

    def read_size(self, text: str, painted: PaintedFrame | None) -> tuple[Decimal, str]:
        """Return a typed size with what it means in words; money is turned into a size at the painted ask.

        Raises:
            ValueError: It is no size, or there is no market to read it for.
        """
        known, position = self.instrument, self.position
        if known is None:
            raise ValueError("no market is on screen")
        price = None if painted is None else painted.best_ask or painted.best_bid
        held = position.quantity if position is not None else ZERO
        return parse_size(text, known, price=price, position=held)

    def reset_volume(self) -> None:
        """Count the volume at price from now on."""
        self.desk.tapes.reset_volume(self.instrument_id)
        for place in self.places:
            place.count_volume()

    def neighbours(self, step: int) -> str:
        """Return the id of the market `step` further in the list; YES and NO of one market are one stop."""
        stops = self.markets()
        if not stops:
            return ""
        known = self.instrument
        market = known.market_id or known.id if known is not None else ""
        here = next((n for n, one in enumerate(stops) if (one.market_id or one.id) == market), -step)
        return stops[(here + step) % len(stops)].id

    def markets(self) -> list[Instrument]:
        """Return the first outcome of every known market, venue by venue in the order of the console."""
        order = {venue: number for number, venue in enumerate(self.desk.venues)}
        seen: set[str] = set()
        stops = []
        for one in self.desk.instruments.values():
            market = one.market_id or one.id
            if market not in seen:
                seen.add(market)
                stops.append(one)
        return sorted(stops, key=lambda one: order.get(one.venue, len(order)))

    def _retick(self, place: LadderPlace, tick_size: Decimal, now_ns: int) -> None:
        """Take the tick of the live book over that of the metadata, which may be old (section 2, rule 1)."""
        known = place.instrument
        if known is not None and known.tick_size != tick_size:
            self._set_tick(known.id, tick_size)
            self._remap(now_ns)

    def _set_tick(self, instrument_id: str, tick_size: Decimal) -> None:
        known = self.desk.instruments.get(instrument_id)
        if known is not None and known.tick_size != tick_size:
            self.desk.instruments[known.id] = replace(known, tick_size=tick_size)

    def _remap(self, now_ns: int) -> None:
        for place in self.places:
            if place.remap(now_ns) and place.instrument is not None:
                off = off_tick(self.desk.working(place.instrument_id), place.instrument)
                if off:
                    self.desk.note(now_ns, Severity.WARNING, off)


def _sizing_key(instrument: Instrument | None) -> str:
    """Return under what a size is kept: shares of outcomes are all alike, coins are not."""
    return "" if instrument is None or token(instrument) else instrument.id
