"""What the state of the trade screen means for each of its widgets, as immutable values.

The one place where events, the trader's choices and the clock's readings become what is shown. It draws
nothing and sends nothing.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice

from omega_tui.domain.break_even import break_even
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.domain.integrity import DataStatus, StreamName
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.result import AT_PAR
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade
from omega_tui.domain.valuation import dollars_per
from omega_tui.ui.chart.curve import CurveModel
from omega_tui.ui.chart.model import ChartModel
from omega_tui.ui.desk.order_facts import CROSS_CAP_SHARE, CROSS_CAP_TICKS, DeskFacts
from omega_tui.ui.desk.queue_places import least_ahead
from omega_tui.ui.ladder.facts import amending_orders, held_orders, last_sizes, level_at, level_ticks
from omega_tui.ui.ladder.model import LadderModel
from omega_tui.ui.ladder.place import LadderPlace, direction
from omega_tui.ui.ladder.standing_orders import mirrored_here, mirrored_id, outcome_mark
from omega_tui.ui.ladder.view import View
from omega_tui.ui.orders.build import why_data_locked
from omega_tui.ui.panes.cursor_line import CursorFacts
from omega_tui.ui.panes.exposure import exposure, position_limit, price_bands
from omega_tui.ui.panes.header_facts import Beside, HeaderFacts
from omega_tui.ui.panes.loss_rail import loss_rail
from omega_tui.ui.panes.tape_rows import TapeModel
from omega_tui.ui.session.session_state import SessionState, Setting
from omega_tui.ui.text.state_words import state_word
from omega_tui.ui.text.words import MODE_WORDS, token

__all__ = ["Session", "Setting"]

BARRED = frozenset({TradingMode.REDUCING, TradingMode.HALTED})
"""Modes that a ladder names: a key for arming does not end them."""
REJECTED_SHOWN_NS = 5_000_000_000
FILLED_SHOWN_NS = 400_000_000
"""How long an order that is over stays on its row (ladder specification, section 8)."""
LATE_NS = 1_000_000_000
"""An order that waits longer than this for its answer is drawn as late."""
TICK_FLASH_NS = 1_000_000_000
"""How long the title says that the tick size has changed, which is as long as order keys are dropped."""
AGE_STEP_NS = 100_000_000
"""Ages on the ladder step by this, so that a quiet book is not drawn afresh in every frame."""


class Session(SessionState):
    """The state of the trade screen, and what each widget is to show of it."""

    # ------------------------------------------------------------------------------ what the widgets get

    def facts(self, now_ns: int, place: LadderPlace | None = None) -> DeskFacts:
        """Return what an order key depends on, for a ladder; the focused one by default."""
        place = place or self.here
        known, book, look, position = place.instrument, place.book, place.look, place.position
        venue, rate = self.venue_of(place), self._rate(known)
        return DeskFacts(
            instrument=known,
            complement=known.complement_id if known is not None else None,
            other=self.desk.instruments.get(known.complement_id or "") if known is not None else None,
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
            flags=self._flags_of(place),
            break_even=break_even(position, known) if position is not None else None,
            asks_before_taking=self.setting.asks_before_taking,
            ask_above=self._ask_above(rate, is_live=self.is_live(venue)),
            rate=rate,
            templates=self.setting.brackets,
            programs=tuple(self.desk.programs.values()),
            cross_cap_ticks=_cap_ticks(known, book),
            no_arming=(self.no_arming if self.is_live(venue) else "") or self.desk.view_only(venue),
        )

    def _ask_above(self, rate: Decimal | None, *, is_live: bool) -> Decimal | None:
        """Return the soft limit of one order in quote units; zero where nothing says what those are worth."""
        limit = self.setting.ask_above_live if is_live else self.setting.ask_above
        return limit if limit is None else ZERO if rate is None else limit / rate

    def _rate(self, known: Instrument | None) -> Decimal | None:
        """Return what one unit of the quote is worth in dollars; None where nothing here says so."""
        if known is None or known.quote in AT_PAR:
            return ONE
        mids = {name: updated.book.mid for name, updated in self.desk.books.items() if updated.book}
        marks = {name: mid for name, mid in mids.items() if mid is not None}
        return dollars_per(known.quote, marks, self.desk.instruments)

    @property
    def looked_at(self) -> set[str]:
        """Ids of the instruments on ladders, and of those whose books are the other side of theirs."""
        known = [place.instrument for place in self.places if place.instrument is not None]
        return {one.id for one in known} | {one.complement_id for one in known if one.complement_id}

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
        tape = self.desk.tapes.of(known.id)
        orders, mirrored = self._on_rows(known, now_ns)
        both = orders + mirrored
        other_id = mirrored_id(known)
        programs = self.desk.programs.values()
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
            mirrored=mirrored,
            mirrored_mark=outcome_mark(facts.other) if other_id else "",
            position=place.position,
            last_trade=tape[-1] if tape else None,
            traded=place.traded,
            levels=self._levels(known, tape) if is_focused and self.marks_levels else None,
            deltas=place.deltas,
            lock_reason="" if self.setting.is_replay else why_data_locked(facts),
            unheard=self._unheard(known, both, place),
            focused=is_focused,
            number=self.places.index(place) + 1 if len(self.places) > 1 else 0,
            framing=token(known),
            armed=facts.mode is TradingMode.ARMED,
            barred=MODE_WORDS[facts.mode] if facts.mode in BARRED else "",
            glyphs=self.setting.glyphs,
            last_up=direction(tape),
            late=frozenset(
                order.request.client_order_id
                for order in both
                if order.status is OrderStatus.SUBMITTED and now_ns - order.ts_intent_ns > LATE_NS
            ),
            held=held_orders(programs, known.id),
            mirrored_held=held_orders(programs, other_id) if other_id else (),
            amending=amending_orders(programs, orders, known.id)
            + (amending_orders(programs, mirrored, other_id) if other_id else ()),
            ahead=least_ahead(self.desk.queue, both),
            last_sizes=last_sizes(tape, known, now_ns) if self.setting.last_sizes else None,
            rescaled=look.rescaled if look is not None else 0,
            flash=place.ticked_ns is not None and now_ns - place.ticked_ns < TICK_FLASH_NS,
            follows=place.follows,
            bars=self.setting.bars,
            flashes=self.setting.flashes,
        )

    def _unheard(self, known: Instrument, orders: Iterable[Order], place: LadderPlace) -> str:
        """Return the state of the account's stream where that matters: something of ours may have changed."""
        account = self.desk.account(known.venue)
        if account is None or account.is_up:
            return ""
        is_held = place.position is not None and place.position.quantity != 0
        return state_word(account.state) if is_held or any(not order.is_done for order in orders) else ""

    def _levels(self, known: Instrument, tape: Sequence[Trade]) -> tuple[int, ...]:
        """Return the ticks that the swing in force marks on the ladder that the panel looks at."""
        swing = self.panel.swing if self.panel.swing_of == known.id else None
        return level_ticks(swing, known, tape[-1].price if tape else None)

    def _level_here(self) -> str:
        """Return which level of the swing in force is marked on the row of the cursor."""
        known, look = self.instrument, self.look
        if known is None or look is None or not self.marks_levels:
            return ""
        ticks = self._levels(known, self.desk.tapes.of(known.id))
        return level_at(self.panel.swing, ticks, look.view, look.cursor_tick)

    def chart(self, facts: DeskFacts) -> ChartModel | CurveModel:
        """Return what the chart shows, of the market on the focused ladder."""
        state = "" if facts.data.state.allows_new_orders else facts.data.state.value
        look = self.look
        return self.charts.model(
            self.instrument,
            state=state,
            ladder_price=look.cursor_price if look is not None else None,
            rescaled=look.rescaled if look is not None else 0,
        )

    def is_live(self, venue: str) -> bool:
        """Whether real money is at a venue."""
        known = self.desk.venues.get(venue)
        return known.is_live if known is not None else self.setting.is_live

    def tape(self, facts: DeskFacts, at_most: int, now_ns: int) -> TapeModel:
        """Return what the tape shows."""
        prints = self.desk.tapes.of(self.instrument_id)
        large = (trade for trade in reversed(prints) if trade.size >= self.tape_least)
        newest = tuple(islice(large, at_most))
        own = frozenset(fill.trade_id for fill in self.desk.fills if fill.instrument == self.instrument_id)
        stale = not facts.data.state.allows_new_orders
        return TapeModel(
            self.instrument,
            newest,
            own,
            stale,
            self.setting.glyphs,
            self.here.flow,
            self.tape_least,
            self.here.recent.windows(now_ns),
        )

    def header(self, facts: DeskFacts, now_ns: int) -> HeaderFacts:
        """Return what the two lines of the header are made of."""
        desk, venue = self.desk, self.venue
        update = desk.books.get(self.instrument_id)
        quote = self.instrument.quote if self.instrument is not None else ""
        balance, gauges = desk.balances.get((venue, quote)), desk.samples("exchange", venue)
        return HeaderFacts(
            venue=venue,
            is_live=self.is_live(venue),
            instrument=self.instrument,
            status=facts.data,
            integrity=update.integrity if update is not None else None,
            # While nobody tells of the streams, that one was connecting is no news.
            book=None if desk.silence else desk.connections.get((venue, StreamName.BOOK)),
            account=desk.account(venue),
            arm=desk.arm.get(venue),
            replay=desk.replay if self.setting.is_replay else None,
            now_ns=now_ns,
            ui_lag_ms=self.ui_lag_ms,
            is_screen_late=self.is_screen_late,
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
            loss_rail=loss_rail(gauges),
            equity=self.panel.equity_of(self.instrument) if self.instrument is not None else None,
            exposure=exposure(gauges),
            critical=self.panel.critical,
            names_venue=len(desk.venues) > 1,
            link=desk.link,
            takes=desk.takes.get(venue),
            beside=self._beside(venue),
            doubted=self.doubted(now_ns),
            opposite=self._opposite(facts.other),
        )

    def _opposite(self, other: Instrument | None) -> tuple[Instrument, Decimal] | None:
        """Return what is held of the other outcome: in one book, that is the other side of this one."""
        held = self.desk.positions.get(other.id) if other is not None else None
        return (other, held.quantity) if other is not None and held is not None and held.quantity else None

    def _beside(self, venue: str) -> tuple[Beside, ...]:
        """Return the other venues of the ladders side by side: their ladders say how their books are."""
        shown = [place.instrument for place in self.places]
        names = dict.fromkeys(known.venue for known in shown if known is not None and known.venue != venue)
        desk = self.desk
        return tuple(Beside(name, desk.account(name), desk.takes.get(name)) for name in names)

    def cursor(self, facts: DeskFacts) -> CursorFacts:
        """Return what line 1 of the strip is made of."""
        look, position = self.look, self.position
        everywhere = self.desk.working() if self.instrument_id else []
        working = [one for one in everywhere if one.request.instrument == self.instrument_id]
        here = look.cursor_price if look is not None else None
        ahead = least_ahead(self.desk.queue, (one for one in working if one.request.stands_at == here))
        alert = self.alerts.at(self.instrument_id, here) if here is not None else None
        gauges = self.desk.samples("exchange", self.venue)
        return CursorFacts(
            instrument=self.instrument,
            book=self.book,
            cursor_price=here,
            orders=tuple(working),
            position=position.quantity if position is not None else ZERO,
            next_size=self.sizing.size,
            ahead=min((size for _, size in ahead), default=None),
            mirrored=tuple(mirrored_here(everywhere, self.desk.programs.values(), self.instrument)),
            other=facts.other,
            alert="" if alert is None else alert.note or alert.cross.value.lower(),
            level=self._level_here() if facts.data.state.allows_new_orders else "",
            bands=price_bands(self.instrument, self.book, gauges),
            limit=position_limit(self.instrument, self.desk.mark(self.instrument_id), gauges),
            is_past=not facts.data.state.allows_new_orders,
            venue=self.desk.venues.get(self.venue),
        )

    def _on_rows(self, known: Instrument, now_ns: int) -> tuple[tuple[Order, ...], tuple[Order, ...]]:
        """Return the orders that the ladder draws: working ones, and those just over while they flash.

        First those of its instrument, then those of the other outcome where that is the same book.
        """
        other_id = mirrored_id(known)
        shown: dict[str | None, list[Order]] = {known.id: [], other_id: []}
        for order in reversed(self.desk.orders.values()):
            there = shown.get(order.request.instrument)
            if there is None:
                continue
            keep_ns = REJECTED_SHOWN_NS if order.status is OrderStatus.REJECTED else FILLED_SHOWN_NS
            flashes = order.status in {OrderStatus.REJECTED, OrderStatus.FILLED}
            if not order.is_done or (flashes and now_ns - order.ts_changed_ns < keep_ns):
                there.append(order)
        return tuple(reversed(shown[known.id])), tuple(reversed(shown[other_id]))


def _cap_ticks(instrument: Instrument | None, book: BookSnapshot | None) -> int:
    """Return how far beyond the touch an order that takes may pay."""
    touch = None if book is None else book.best_bid or book.best_ask
    if instrument is None or touch is None:
        return CROSS_CAP_TICKS
    return instrument.to_ticks(instrument.near(touch, ticks=CROSS_CAP_TICKS, share=CROSS_CAP_SHARE))
