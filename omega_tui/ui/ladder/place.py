"""One ladder: which market is on it, where in it the trader looks, and what its rows remember."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from omega_tui.domain.account import Position
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.tape_flow import Flow, RecentFlow
from omega_tui.ui.ladder import market_view
from omega_tui.ui.ladder.deltas import LevelDeltas
from omega_tui.ui.ladder.market_view import Look
from omega_tui.ui.ladder.standing_orders import mirrored_here

PAGE = 10
"""Rows that the cursor moves by a page."""


class LadderPlace:
    """What one ladder shows of the desk. It moves by the trader's keys, and by nothing that the market does.

    Attributes:
        instrument_id: What it shows; empty before the first market.
        follows: Whether the window follows the market, which it does only while nothing can be ordered.
        ticked_ns: When the tick of the market on it changed last; None never.
        rows: How many prices fit on it.
        flow: What the prints of the market on it add up to.
        recent: The same of the last minutes.
    """

    def __init__(self, desk: Desk) -> None:
        self.instrument_id = ""
        self.follows = False
        self.ticked_ns: int | None = None
        self.rows = 0
        self.flow = Flow()
        self.recent = RecentFlow()
        self._desk = desk
        self._looks: dict[str, Look] = {}
        self._deltas = LevelDeltas()
        self._delta_pairs: tuple[tuple[int, Decimal], ...] = ()
        self._volume: dict[int, Decimal] = {}
        self._volume_pairs: tuple[tuple[int, Decimal], ...] | None = ()
        self._between = False  # Whether something was traded between ticks: then a tick adds prices up.

    # ------------------------------------------------------------------------------ what is shown

    @property
    def instrument(self) -> Instrument | None:
        """What it shows."""
        return self._desk.instruments.get(self.instrument_id)

    @property
    def book(self) -> BookSnapshot | None:
        """Its book; None while there is none."""
        update = self._desk.books.get(self.instrument_id)
        return update.book if update is not None else None

    @property
    def look(self) -> Look | None:
        """Window and cursor of the market on it."""
        return self._looks.get(self.instrument_id)

    @property
    def position(self) -> Position | None:
        """Ours in the market on it."""
        return self._desk.positions.get(self.instrument_id)

    @property
    def deltas(self) -> tuple[tuple[int, Decimal], ...]:
        """What was pulled or stacked, by tick."""
        return self._delta_pairs

    @property
    def traded(self) -> tuple[tuple[int, Decimal], ...]:
        """The volume at price, by tick."""
        if self._volume_pairs is None:
            self._volume_pairs = tuple(self._volume.items())
        return self._volume_pairs

    # ------------------------------------------------------------------------------ what the market brings

    def take_prints(self, prints: Iterable[Trade]) -> None:
        """Count public prints of the market on it; the tapes have them already."""
        known = self.instrument
        if known is None:
            return
        for trade in prints:
            if trade.instrument == known.id:
                self._deltas.trade(trade)
                self.flow = self.flow.plus(trade)
                self.recent.add(trade)
                self._between |= not known.is_on_tick(trade.price)
                traded = self._desk.tapes.volume(known.id).get(trade.price, ZERO)
                self._volume[known.to_ticks(trade.price)] = traded
                self._volume_pairs = None
        if self._between and self._volume_pairs is None:
            self.count_volume()

    def take_gaps(self, gaps: Collection[str]) -> None:
        """Take note of which instruments prints were missed; an empty name is all of them."""
        if "" in gaps or self.instrument_id in gaps:
            self.recent = RecentFlow()

    def take_book(self, book: BookSnapshot) -> None:
        """Take a newer book of the market on it, whose tick is that of the instrument."""
        self._deltas.update(book)
        self._price_deltas()
        self._open()
        self._follow(book)

    def remap(self, now_ns: int) -> bool:
        """Take a changed tick size over: window and cursor keep their prices. Return whether it changed."""
        known, look = self.instrument, self.look
        if known is None or look is None or look.tick_size == known.tick_size:
            return False
        self._looks[known.id] = market_view.remapped(look, known)
        self.ticked_ns = now_ns
        self.count_volume()
        self._price_deltas()
        return True

    # ------------------------------------------------------------------------------ what the trader does

    def show(self, instrument_id: str) -> None:
        """Put another market on it, where it was left the last time."""
        before, look = self.instrument, self.look
        self.instrument_id = instrument_id
        self.flow, self.recent = Flow(), RecentFlow()
        for trade in self._desk.tapes.of(instrument_id):
            self.flow = self.flow.plus(trade)
            self.recent.add(trade)
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
        self.count_volume()
        self.resize(self.rows)

    def resize(self, rows: int) -> None:
        """Tell how many prices it can show; the middle row keeps its price."""
        self.rows = rows
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
        match action:
            case "cursor.up" | "cursor.down":
                look = market_view.moved(look, 1 if action == "cursor.up" else -1, known)
            case "cursor.page_up" | "cursor.page_down":
                look = market_view.moved(look, PAGE if action == "cursor.page_up" else -PAGE, known)
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
        working = self._desk.working()
        own = {order.request.stands_at for order in working if order.request.instrument == known.id}
        own |= {one.price for one in mirrored_here(working, (), known)}
        prices = sorted(own, reverse=True)
        below = [price for price in prices if price < look.cursor_price]
        return next(iter(below or prices), None)

    def count_volume(self) -> None:
        """Lay the volume at price on the ticks in force."""
        self._volume = {}
        self._volume_pairs = None
        self._between = False
        known = self.instrument
        if known is not None:
            if not self._desk.tapes.volume(known.id):
                self.flow, self.recent = Flow(), RecentFlow()
            for price, size in self._desk.tapes.volume(known.id).items():
                self._between |= not known.is_on_tick(price)
                tick = known.to_ticks(price)
                self._volume[tick] = self._volume.get(tick, ZERO) + size

    # ------------------------------------------------------------------------------ inside

    def _open(self) -> None:
        """Make the first look at the market, once its book is there and the ladder has rows."""
        known, book = self.instrument, self.book
        if known is None or book is None or not self.rows or known.id in self._looks:
            return
        look = market_view.opened(known, book, self.rows)
        if look is not None:
            self._looks[known.id] = look

    def _follow(self, book: BookSnapshot) -> None:
        """Let the window follow the market where that was asked for; arming ends it."""
        known, look = self.instrument, self.look
        if known is not None and self._desk.mode(known.venue) is TradingMode.ARMED:
            self.follows = False
        if self.follows and known is not None and look is not None:
            self._looks[known.id] = market_view.followed(look, known, book)

    def _price_deltas(self) -> None:
        known = self.instrument
        if known is not None:
            values = self._deltas.values
            self._delta_pairs = tuple((known.to_ticks(price), size) for price, size in values.items())


def direction(tape: Sequence[Trade]) -> bool | None:
    """Return whether the last print was above the one before; None where they are equal or one is missing."""
    if len(tape) < 2 or tape[-1].price == tape[-2].price:
        return None
    return tape[-1].price > tape[-2].price
