"""What the console is doing, above the desk: which market, where in it, what size; and all that this derives.

The one place where events, the trader's choices and the clock's readings become the immutable values that the
widgets show. It draws nothing and sends nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.events import Event, Severity, TickSizeChanged, TradingMode
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.integrity import DataLimits, DataState, DataStatus, StreamName
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui import market_view
from omega_tui.ui.deltas import LevelDeltas
from omega_tui.ui.desk import Changes, Desk
from omega_tui.ui.frame import PaintedFrame
from omega_tui.ui.ladder_facts import amending_orders, held_orders, last_sizes, off_tick
from omega_tui.ui.ladder_model import LadderModel
from omega_tui.ui.market_view import Look
from omega_tui.ui.order_build import why_data_locked
from omega_tui.ui.order_entry import OrderEntry
from omega_tui.ui.order_facts import BracketTemplate, DeskFacts, Flags
from omega_tui.ui.queue_places import least_ahead
from omega_tui.ui.sizing import Sizing, parse_size
from omega_tui.ui.status_line import CursorFacts, HeaderFacts
from omega_tui.ui.tape_rows import TapeModel
from omega_tui.ui.view import View

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
    brackets: tuple[BracketTemplate, ...] = ()


class Session:
    """The state of the trade screen.

    Attributes:
        desk: Everything the events said.
        entry: The order grammar.
        instrument_id: What the ladder shows; empty before the first market.
        sizing: Size of the next order.
        flags: Flags of the next order.
        too_small: Whether the terminal is too small to trade.
        no_arming: Why nothing can be armed for now; empty when it can.
        prompt: What stands in the strip before everything else, as a drill asks; empty for nothing.
        banner: What stands there while nothing else does; empty for nothing.
        ui_lag_ms: How late the last frames were.
        follows: Whether the window follows the market, which it does only while nothing can be ordered.
    """

    def __init__(self, setting: Setting, entry: OrderEntry, sizing: Sizing) -> None:
        self.setting = setting
        self.desk = Desk()
        self.entry = entry
        self.instrument_id = ""
        self.sizing = sizing
        self.flags = Flags()
        self.too_small = False
        self.no_arming = ""
        self.prompt = ""
        self.banner = ""
        self.ui_lag_ms = 0
        self.follows = False
        self._ticked_ns: int | None = None
        self._rows = 0
        self._looks: dict[str, Look] = {}
        self._deltas = LevelDeltas()
        self._delta_pairs: tuple[tuple[int, Decimal], ...] = ()
        self._volume: dict[int, Decimal] = {}
        self._volume_pairs: tuple[tuple[int, Decimal], ...] | None = ()

    # ------------------------------------------------------------------------------ what is shown

    @property
    def instrument(self) -> Instrument | None:
        """What the ladder shows."""
        return self.desk.instruments.get(self.instrument_id)

    @property
    def book(self) -> BookSnapshot | None:
        """Its book; None while there is none."""
        update = self.desk.books.get(self.instrument_id)
        return update.book if update is not None else None

    @property
    def look(self) -> Look | None:
        """Window and cursor of the market on screen."""
        return self._looks.get(self.instrument_id)

    @property
    def position(self) -> Position | None:
        """Ours in the market on screen."""
        return self.desk.positions.get(self.instrument_id)

    @property
    def venue(self) -> str:
        """Where orders of the market on screen go."""
        known = self.instrument
        return known.venue if known is not None else self.setting.venue

    def status(self, now_ns: int) -> DataStatus:
        """Return the data state of the market on screen."""
        if not self.instrument_id:
            return DataStatus(DataState.DOWN, None, "no market is on screen")
        return self.desk.data_status(self.instrument_id, now_ns=now_ns, limits=self.setting.limits)

    # ------------------------------------------------------------------------------ what changes it

    def apply(self, events: Iterable[Event], *, now_ns: int) -> Changes:
        """Fold events into the desk and follow what they mean for the market on screen."""
        changes = self.desk.apply(events, now_ns=now_ns)
        if not self.instrument_id:
            # The order of descriptions is not the venue's, and only what is watched has a book.
            first = next((one for one in self.desk.instruments if one in self.desk.books), "")
            if first:
                self.show(first)
        known, book = self.instrument, self.book
        if known is None:
            return changes
        for trade in changes.prints:
            if trade.instrument == known.id:
                self._deltas.trade(trade)
                tick = known.to_ticks(trade.price)
                self._volume[tick] = self.desk.volume(known.id)[trade.price]
                self._volume_pairs = None
        if book is not None and known.id in changes.books:
            self._retick(book.tick_size, now_ns)
            self._deltas.update(book)
            self._price_deltas()
            self._open()
            self._follow(book)
        if changes.instruments or changes.ticks:
            self._remap(changes.ticks, now_ns)
        return changes

    def show(self, instrument_id: str) -> None:
        """Put another market on the ladder, where it was left the last time."""
        before, look = self.instrument, self.look
        self.instrument_id = instrument_id
        self._deltas.reset()
        self._delta_pairs = ()
        known = self.instrument
        if (
            known is not None
            and before is not None
            and look is not None
            and before.complement_id == known.id
            and before.tick_size == known.tick_size
        ):
            self._looks[instrument_id] = market_view.mirrored(look, known)
        self._open()
        self._count(known)
        self.resize(self._rows)

    def resize(self, rows: int) -> None:
        """Tell how many prices the ladder can show; the middle row keeps its price."""
        self._rows = rows
        known, look = self.instrument, self.look
        if known is not None and look is not None:
            self._looks[known.id] = market_view.resized(look, rows, known)
        self._open()

    def navigate(self, action: str) -> bool:
        """Move cursor or window as the binding `action` says; return whether it is such a binding."""
        known, look = self.instrument, self.look
        if not action.startswith(("cursor.", "view.")):
            return False
        if known is None or look is None:
            return True
        page = 10
        match action:
            case "cursor.up" | "cursor.down":
                look = market_view.moved(look, 1 if action == "cursor.up" else -1, known)
            case "cursor.page_up" | "cursor.page_down":
                look = market_view.moved(look, page if action == "cursor.page_up" else -page, known)
            case "cursor.ask" | "cursor.bid":
                book = self.book
                touch = None if book is None else book.best_ask if action == "cursor.ask" else book.best_bid
                if touch is not None:
                    look = market_view.pointed_in_view(look, known.to_ticks(touch), known)
            case "view.market":
                look = market_view.centred(look, known, self.book)
            case "view.cursor":
                look = market_view.centred_on_cursor(look, known)
            case _:
                look = market_view.regrouped(look, 1 if action == "view.coarser" else -1, known)
        self._looks[known.id] = look
        return True

    def scroll(self, rows: int) -> None:
        """Move the window by `rows` towards higher prices; the cursor keeps its price."""
        known, look = self.instrument, self.look
        if known is not None and look is not None:
            self._looks[known.id] = market_view.scrolled(look, rows, known)

    def point(self, price: Decimal) -> None:
        """Put the cursor on a price and bring it into view."""
        known, look = self.instrument, self.look
        if known is not None and look is not None:
            self._looks[known.id] = market_view.pointed_in_view(look, known.to_ticks(price), known)

    def next_own_price(self) -> Decimal | None:
        """Return the price of the next order of ours below the cursor, from the top again after the last."""
        known, look = self.instrument, self.look
        if known is None or look is None:
            return None
        prices = sorted({order.request.price for order in self.desk.working(known.id)}, reverse=True)
        below = [price for price in prices if price < look.cursor_price]
        return next(iter(below or prices), None)

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
        self._count(self.instrument)

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
        """Return the first outcome of every known market."""
        seen: set[str] = set()
        stops = []
        for one in self.desk.instruments.values():
            market = one.market_id or one.id
            if market not in seen:
                seen.add(market)
                stops.append(one)
        return stops

    def _open(self) -> None:
        """Make the first look at the market, once its book is there and the ladder has rows."""
        known, book = self.instrument, self.book
        if known is None or book is None or not self._rows or known.id in self._looks:
            return
        look = market_view.opened(known, book, self._rows)
        if look is not None:
            self._looks[known.id] = look

    def _follow(self, book: BookSnapshot) -> None:
        """Let the window follow the market where that was asked for; arming ends it."""
        known, look = self.instrument, self.look
        if self.desk.mode(self.venue) is TradingMode.ARMED:
            self.follows = False
        if self.follows and known is not None and look is not None:
            self._looks[known.id] = market_view.followed(look, known, book)

    def _retick(self, tick_size: Decimal, now_ns: int) -> None:
        """Take the tick of the live book over that of the metadata, which may be old (section 2, rule 1)."""
        known = self.instrument
        if known is not None and known.tick_size != tick_size:
            self.desk.instruments[known.id] = replace(known, tick_size=tick_size)
            self._remap((), now_ns)

    def _remap(self, ticks: Sequence[TickSizeChanged], now_ns: int) -> None:
        for change in ticks:
            other = self.desk.instruments.get(change.instrument)
            if other is not None and other.tick_size != change.new_tick_size:
                self.desk.instruments[other.id] = replace(other, tick_size=change.new_tick_size)
        known, look = self.instrument, self.look
        if known is not None and look is not None and look.tick_size != known.tick_size:
            self._looks[known.id] = market_view.remapped(look, known)
            self._ticked_ns = now_ns
            off = off_tick(self.desk.working(known.id), known)
            if off:
                self.desk.note(now_ns, Severity.WARNING, off)
            self._count(known)
            self._price_deltas()

    def _count(self, known: Instrument | None) -> None:
        """Lay the volume at price on the ticks in force."""
        self._volume = {}
        self._volume_pairs = None
        if known is not None:
            for price, size in self.desk.volume(known.id).items():
                tick = known.to_ticks(price)
                self._volume[tick] = self._volume.get(tick, ZERO) + size

    def _price_deltas(self) -> None:
        known = self.instrument
        if known is not None:
            values = self._deltas.values
            self._delta_pairs = tuple((known.to_ticks(price), size) for price, size in values.items())

    # ------------------------------------------------------------------------------ what the widgets get

    def facts(self, now_ns: int) -> DeskFacts:
        """Return what an order key depends on."""
        known, book, look, position = self.instrument, self.book, self.look, self.position
        return DeskFacts(
            instrument=known,
            complement=known.complement_id if known is not None else None,
            data=self.status(now_ns),
            book_sequence=book.sequence if book is not None else 0,
            venue=self.venue,
            mode=self.desk.mode(self.venue),
            is_replay=self.setting.is_replay,
            too_small=self.too_small,
            group=look.view.group if look is not None else 1,
            orders=tuple(self.desk.working()),
            position=position.quantity if position is not None else ZERO,
            sizing=self.sizing,
            flags=self.flags,
            break_even=position.break_even() if position is not None else None,
            asks_before_taking=self.setting.asks_before_taking,
            templates=self.setting.brackets,
            no_arming=self.no_arming,
        )

    def ladder(self, facts: DeskFacts, now_ns: int) -> LadderModel | None:
        """Return what the ladder shows; None before the first market."""
        known, look = self.instrument, self.look
        if known is None:
            return None
        update = self.desk.books.get(known.id)
        tape = self.desk.tape(known.id)
        orders = self._on_rows(known, now_ns)
        if self._volume_pairs is None:
            self._volume_pairs = tuple(self._volume.items())
        age_ns = facts.data.age_ns
        stepped_ns = None if age_ns is None else age_ns // AGE_STEP_NS * AGE_STEP_NS
        status = DataStatus(facts.data.state, stepped_ns, facts.data.reason)
        return LadderModel(
            instrument=known,
            book=self.book,
            status=status,
            integrity=update.integrity if update is not None else None,
            view=look.view if look is not None else View(1, self._rows),
            cursor_tick=look.cursor_tick if look is not None else None,
            pending_side=self.entry.pending_side,
            orders=orders,
            position=self.position,
            last_trade=tape[-1] if tape else None,
            traded=self._volume_pairs,
            deltas=self._delta_pairs,
            lock_reason="" if self.setting.is_replay else why_data_locked(facts),
            focused=True,
            framing=known.base,
            armed=facts.mode is TradingMode.ARMED,
            glyphs=self.setting.glyphs,
            last_up=_direction(tape[-2].price, tape[-1].price) if len(tape) > 1 else None,
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
            flash=self._ticked_ns is not None and now_ns - self._ticked_ns < TICK_FLASH_NS,
            follows=self.follows,
            bars=self.setting.bars,
            flashes=self.setting.flashes,
        )

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
            is_live=self.setting.is_live,
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
            day=desk.day_pnl(venue),
            cash=f"{balance.available:,.2f} {quote}" if balance is not None else "",
            sizing=self.sizing,
            flags=self.flags,
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


def _direction(before: Decimal, after: Decimal) -> bool | None:
    return None if after == before else after > before
