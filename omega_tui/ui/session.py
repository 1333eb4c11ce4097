"""What the console is doing, above the desk: which market, where in it, what size; and all that this derives.

The one place where events, the trader's choices and the clock's readings become the immutable values that the
widgets show. It draws nothing and sends nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.events import Event, Severity, TradingMode
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.integrity import DataLimits, DataState, DataStatus, StreamName
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.result import AT_PAR
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.valuation import dollars_per
from omega_tui.ui.desk import Changes, Desk
from omega_tui.ui.frame import PaintedFrame
from omega_tui.ui.header_line import HeaderFacts
from omega_tui.ui.ladder_facts import amending_orders, held_orders, last_sizes, off_tick
from omega_tui.ui.ladder_model import LadderModel
from omega_tui.ui.ladder_place import LadderPlace, direction
from omega_tui.ui.learning import Learning
from omega_tui.ui.market_view import Look
from omega_tui.ui.order_build import why_data_locked
from omega_tui.ui.order_entry import OrderEntry
from omega_tui.ui.order_facts import CROSS_CAP_SHARE, CROSS_CAP_TICKS, BracketTemplate, DeskFacts, Flags
from omega_tui.ui.queue_places import least_ahead
from omega_tui.ui.sizing import Sizing, parse_size, presets_for
from omega_tui.ui.status_line import CursorFacts
from omega_tui.ui.tape_rows import TapeModel
from omega_tui.ui.view import View
from omega_tui.ui.words import token

REJECTED_SHOWN_NS = 5_000_000_000
FILLED_SHOWN_NS = 400_000_000
"""How long an order that is over stays on its row (ladder specification, section 8)."""
LATE_NS = 1_000_000_000
"""An order that waits longer than this for its answer is drawn as late."""
TICK_FLASH_NS = 1_000_000_000
"""How long the title says that the tick size has changed, which is as long as order keys are dropped."""
AGE_STEP_NS = 100_000_000
"""Ages on the ladder step by this, so that a quiet book is not drawn afresh in every frame."""


class Setting(Struct, frozen=True):
    """What does not change while the console runs.

    Attributes:
        venue: Where new orders go.
        is_live: Whether real money is behind it.
        is_replay: Whether nothing can be traded.
        limits: Thresholds of the data state.
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
    last_sizes: bool = True
    bars: bool = True
    flashes: bool = True
    asks_before_taking: bool = True
    ask_above: Decimal | None = None
    ask_above_live: Decimal | None = None
    brackets: tuple[BracketTemplate, ...] = ()


class Session:
    """The state of the trade screen: the desk, the ladders over it, and what the next order is like.

    Keys and everything that names no ladder mean the focused one.

    Attributes:
        desk: Everything the events said.
        entry: The order grammar.
        places: The ladders, from left to right; at least one.
        focus: Which of them has the keys.
        flags: Flags of the next order.
        too_small: Whether the terminal is too small to trade.
        no_arming: Why nothing can be armed with real money for now; empty when it can.
        prompt: What stands in the strip before everything else, as a drill asks; empty for nothing.
        banner: What stands there while nothing else does; empty for nothing.
        ui_lag_ms: How late the last frames were.
        learning: What the learner is doing.
    """

    def __init__(self, setting: Setting, entry: OrderEntry, sizing: Sizing) -> None:
        self.setting = setting
        self.desk = Desk()
        self.entry = entry
        self.places = [LadderPlace(self.desk)]
        self.focus = 0
        self.flags = Flags()
        self.too_small = False
        self.no_arming = ""
        self.prompt = ""
        self.banner = ""
        self.ui_lag_ms = 0
        self.learning = Learning()
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

    def status(self, now_ns: int, place: LadderPlace | None = None) -> DataStatus:
        """Return the data state of the market on a ladder, the focused one by default."""
        instrument_id = (place or self.here).instrument_id
        if not instrument_id:
            return DataStatus(DataState.DOWN, None, "no market is on screen")
        return self.desk.data_status(instrument_id, now_ns=now_ns, limits=self.setting.limits)

    # ------------------------------------------------------------------------------ what changes it

    def apply(self, events: Iterable[Event], *, now_ns: int) -> Changes:
        """Fold events into the desk and follow what they mean for the markets on screen."""
        changes = self.desk.apply(events, now_ns=now_ns)
        if not self.instrument_id:
            # The order of descriptions is not the venue's, and only what is watched has a book.
            first = next((one for one in self.desk.instruments if one in self.desk.books), "")
            if first:
                self.show(first)
        for place in self.places:
            place.take_prints(changes.prints)
            book = place.book
            if book is not None and place.instrument_id in changes.books:
                self._retick(place, book.tick_size, now_ns)
                place.take_book(book)
        if changes.instruments or changes.ticks:
            for change in changes.ticks:
                self._set_tick(change.instrument, change.new_tick_size)
            self._remap(now_ns)
        return changes

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
        return self.here.navigate(action)

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
        self.desk.reset_volume(self.instrument_id)
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

    # ------------------------------------------------------------------------------ what the widgets get

    def facts(self, now_ns: int, place: LadderPlace | None = None) -> DeskFacts:
        """Return what an order key depends on, for a ladder; the focused one by default."""
        place = place or self.here
        known, book, look, position = place.instrument, place.book, place.look, place.position
        venue = self.venue_of(place)
        return DeskFacts(
            instrument=known,
            complement=known.complement_id if known is not None else None,
            data=self.status(now_ns, place),
            book_sequence=book.sequence if book is not None else 0,
            venue=venue,
            mode=self.desk.mode(venue),
            is_replay=self.setting.is_replay,
            too_small=self.too_small,
            group=look.view.group if look is not None else 1,
            orders=tuple(self.desk.working()),
            position=position.quantity if position is not None else ZERO,
            sizing=self._sizing_of(place),
            flags=self.flags,
            break_even=position.break_even() if position is not None else None,
            asks_before_taking=self.setting.asks_before_taking,
            ask_above=self._ask_above(known, is_live=self.is_live(venue)),
            templates=self.setting.brackets,
            programs=tuple(self.desk.programs.values()),
            cross_cap_ticks=_cap_ticks(known, book),
            no_arming=(self.no_arming if self.is_live(venue) else "") or self.desk.view_only(venue),
        )

    def _ask_above(self, known: Instrument | None, *, is_live: bool) -> Decimal | None:
        """Return the soft limit of one order in quote units; zero where nothing says what those are worth."""
        limit = self.setting.ask_above_live if is_live else self.setting.ask_above
        if limit is None or known is None or known.quote in AT_PAR:
            return limit
        mids = {name: updated.book.mid for name, updated in self.desk.books.items() if updated.book}
        marks = {name: mid for name, mid in mids.items() if mid is not None}
        rate = dollars_per(known.quote, marks, self.desk.instruments)
        return ZERO if rate is None else limit / rate

    def ladder(self, facts: DeskFacts, now_ns: int, place: LadderPlace | None = None) -> LadderModel | None:
        """Return what a ladder shows, the focused one by default; None before its first market.

        Args:
            facts: Those of the ladder.
            now_ns: Wall clock of the engine.
            place: The ladder.
        """
        place = place or self.here
        known, look = place.instrument, place.look
        if known is None:
            return None
        is_focused = place is self.here
        update = self.desk.books.get(known.id)
        tape = self.desk.tape(known.id)
        orders = self._on_rows(known, now_ns)
        age_ns = facts.data.age_ns
        stepped_ns = None if age_ns is None else age_ns // AGE_STEP_NS * AGE_STEP_NS
        return LadderModel(
            instrument=known,
            book=place.book,
            status=DataStatus(facts.data.state, stepped_ns, facts.data.reason),
            integrity=update.integrity if update is not None else None,
            view=look.view if look is not None else View(1, place.rows),
            cursor_tick=look.cursor_tick if look is not None else None,
            pending_side=self.entry.pending_side if is_focused else None,
            orders=orders,
            position=place.position,
            last_trade=tape[-1] if tape else None,
            traded=place.traded,
            deltas=place.deltas,
            lock_reason="" if self.setting.is_replay else why_data_locked(facts),
            focused=is_focused,
            number=self.places.index(place) + 1 if len(self.places) > 1 else 0,
            framing=token(known),
            armed=facts.mode is TradingMode.ARMED,
            glyphs=self.setting.glyphs,
            last_up=direction(tape),
            late=frozenset(
                order.request.client_order_id
                for order in orders
                if order.status is OrderStatus.SUBMITTED and now_ns - order.ts_intent_ns > LATE_NS
            ),
            held=held_orders(self.desk.programs.values(), known.id),
            amending=amending_orders(self.desk.programs.values(), known.id),
            ahead=least_ahead(self.desk.queue, orders),
            last_sizes=last_sizes(tape, known, now_ns) if self.setting.last_sizes else None,
            rescaled=look.rescaled if look is not None else 0,
            flash=place.ticked_ns is not None and now_ns - place.ticked_ns < TICK_FLASH_NS,
            follows=place.follows,
            bars=self.setting.bars,
            flashes=self.setting.flashes,
        )

    def is_live(self, venue: str) -> bool:
        """Whether real money is at a venue."""
        known = self.desk.venues.get(venue)
        return known.is_live if known is not None else self.setting.is_live

    def tape(self, facts: DeskFacts, at_most: int) -> TapeModel:
        """Return what the tape shows."""
        prints = self.desk.tape(self.instrument_id)
        newest = tuple(prints[-1 - n] for n in range(min(at_most, len(prints))))
        own = frozenset(fill.trade_id for fill in self.desk.fills if fill.instrument == self.instrument_id)
        stale = not facts.data.state.allows_new_orders
        return TapeModel(self.instrument, newest, own, stale, self.setting.glyphs)

    def header(self, facts: DeskFacts, now_ns: int) -> HeaderFacts:
        """Return what the two lines of the header are made of."""
        desk, venue = self.desk, self.venue
        update = desk.books.get(self.instrument_id)
        quote = self.instrument.quote if self.instrument is not None else ""
        balance = desk.balances.get((venue, quote))
        return HeaderFacts(
            venue=venue,
            is_live=self.is_live(venue),
            instrument=self.instrument,
            status=facts.data,
            integrity=update.integrity if update is not None else None,
            book=desk.connections.get((venue, StreamName.BOOK)),
            account=desk.connections.get((venue, StreamName.ACCOUNT)),
            arm=desk.arm.get(venue),
            replay=desk.replay if self.setting.is_replay else None,
            now_ns=now_ns,
            ui_lag_ms=self.ui_lag_ms,
            position=self.position,
            unrealized=desk.unrealized(self.instrument_id),
            day=desk.day_totals(),
            cash=f"{balance.available:,.2f} {quote}" if balance is not None else "",
            sizing=self.sizing,
            flags=self.flags,
            armed_elsewhere=tuple(
                other
                for other, arm in desk.arm.items()
                if other != venue and arm.mode in {TradingMode.ARMED, TradingMode.REDUCING}
            ),
            view_only=bool(desk.view_only(venue)),
            dead_man=desk.dead_man.get(venue),
            names_venue=len(desk.venues) > 1,
            link=desk.link,
        )

    def cursor(self) -> CursorFacts:
        """Return what line 1 of the strip is made of."""
        look, position = self.look, self.position
        working = self.desk.working(self.instrument_id) if self.instrument_id else []
        here = look.cursor_price if look is not None else None
        ahead = least_ahead(self.desk.queue, (one for one in working if one.request.price == here))
        return CursorFacts(
            instrument=self.instrument,
            book=self.book,
            cursor_price=here,
            orders=tuple(working),
            position=position.quantity if position is not None else ZERO,
            next_size=self.sizing.size,
            ahead=min((size for _, size in ahead), default=None),
        )

    def _on_rows(self, known: Instrument, now_ns: int) -> tuple[Order, ...]:
        """Return the orders that the ladder draws: working ones, and those just over while they flash."""
        shown = []
        for order in reversed(self.desk.orders.values()):
            if order.request.instrument != known.id:
                continue
            keep_ns = REJECTED_SHOWN_NS if order.status is OrderStatus.REJECTED else FILLED_SHOWN_NS
            flashes = order.status in {OrderStatus.REJECTED, OrderStatus.FILLED}
            if not order.is_done or (flashes and now_ns - order.ts_changed_ns < keep_ns):
                shown.append(order)
        return tuple(reversed(shown))


def _cap_ticks(instrument: Instrument | None, book: BookSnapshot | None) -> int:
    """Return how far beyond the touch an order that takes may pay."""
    touch = None if book is None else book.best_bid or book.best_ask
    if instrument is None or touch is None:
        return CROSS_CAP_TICKS
    return instrument.to_ticks(instrument.near(touch, ticks=CROSS_CAP_TICKS, share=CROSS_CAP_SHARE))


def _sizing_key(instrument: Instrument | None) -> str:
    """Return under what a size is kept: shares of outcomes are all alike, coins are not."""
    return "" if instrument is None or token(instrument) else instrument.id
