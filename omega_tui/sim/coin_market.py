"""One book of a coin exchange: engine, crowd, candles, and what it says in public. Pure.

Changes of the book are collected and told on a beat, as one update with a sequence number that names its
predecessor; prints are told at once.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from omega_tui.protocol.book_checksum import top_checksum
from omega_tui.sim.book_order import BookOrder, Lifetime, Rules
from omega_tui.sim.coin_candles import CandleStore
from omega_tui.sim.coin_flow import CoinCrowd, IndexPath
from omega_tui.sim.coins import CoinSpec
from omega_tui.sim.flow import CROWD, TAKER, Action, Pull
from omega_tui.sim.matching import Execution, Match, MatchingEngine

MILLISECOND: Final = 1_000_000

KEPT_TRADES: Final = 1_000
"""Prints that can be asked for."""

KEPT_UPDATES: Final = 20_000
"""Updates whose checksum is remembered, as the truth for tests."""

HIGHEST_TICKS: Final = 10**12
"""An upper bound for prices, for orders that take whatever is there."""

CHECKED_LEVELS: Final = 25
"""Levels of a side in the checksum."""


class Print(NamedTuple):
    """One public trade.

    Attributes:
        trade_id: Unique at this exchange.
        at_ms: When.
        ticks: Price.
        lots: Size.
        is_buy: Whether who came in was buying.
    """

    trade_id: str
    at_ms: int
    ticks: int
    lots: int
    is_buy: bool


@dataclass(frozen=True, slots=True)
class BookUpdate:
    """What changed in a book since the update before.

    Attributes:
        sequence: Of this update.
        previous: Of the one before.
        at_ms: When it was told.
        bids: (ticks, lots) of every price that changed; 0 lots is gone.
        asks: Likewise.
        checksum: Over the best levels of the whole book after it.
    """

    sequence: int
    previous: int
    at_ms: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    checksum: int


class Ids:
    """Numbers that look like those of an exchange: long, rising, never twice."""

    def __init__(self, seed: str, start: int = 1_150_000_000_000_000_000) -> None:
        self._rng = Random(seed)  # noqa: S311  (a tape, not a secret)
        self._last = start

    def next(self) -> str:
        """Return a fresh one."""
        self._last += self._rng.randrange(1 << 8, 1 << 22)
        return str(self._last)


class CoinMarket:
    """One book of the exchange. Time is an argument.

    Attributes:
        spec: What is traded.
        engine: The book, in ticks and lots.
        crowd: Everybody but the users.
        candles: What was traded when.
        trades: The last prints, oldest first.
        told: (sequence, milliseconds, checksum) of the updates that were told; the truth for tests.
        sequence: Of the last update.
        last: Price of the last print, in ticks.
        high: Highest print since the last beat, in ticks.
        low: Lowest print since the last beat.
    """

    def __init__(  # noqa: PLR0913  (each is a fact of the book)
        self, spec: CoinSpec, seed: str, index: IndexPath, ids: Ids, *, rate: float, now_ns: int
    ) -> None:
        self.spec = spec
        self.engine = MatchingEngine(Rules(1, 1, 1, price_min=1, price_max=HIGHEST_TICKS))
        self.crowd = CoinCrowd(f"{seed}:crowd", spec, self.engine, index, rate=rate, start_ns=now_ns)
        start = spec.ticks(spec.start)
        assert start is not None, "the first price is on the grid"
        self.candles = CandleStore(
            spec,
            f"{seed}:past",
            path_seed=f"{spec.base}:{index.seed}:past",
            start_ms=now_ns // MILLISECOND,
            start_ticks=start,
        )
        self.trades: deque[Print] = deque(maxlen=KEPT_TRADES)
        self.told: deque[tuple[int, int, int]] = deque(maxlen=KEPT_UPDATES)
        self.last = self.high = self.low = start
        self._ids = ids
        self._numbers = 0
        self._sequences = Random(f"{seed}:sequence")  # noqa: S311  (a tape, not a secret)
        self.sequence = 1_000_000_000 + self._sequences.randrange(1_000_000)
        for action in self.crowd.opening():
            self._act(action, now_ns)
        self.engine.take_changes()
        self._shown = {is_bid: dict(self.engine.levels(is_bid=is_bid)) for is_bid in (True, False)}

    # --- reading

    @property
    def mid(self) -> float:
        """Half way between the touches in quote units, or the last price where a side is empty."""
        bid, ask = self.engine.best_bid, self.engine.best_ask
        ticks = float(self.last) if bid is None or ask is None else (bid + ask) / 2
        return ticks * float(self.spec.tick)

    def levels(self, *, is_bid: bool, limit: int | None = None) -> list[tuple[int, int]]:
        """Return (ticks, lots) of the best levels of one side, best first."""
        found: list[tuple[int, int]] = []
        for level in self.engine.levels(is_bid=is_bid):
            if limit is not None and len(found) >= limit:
                break
            found.append(level)
        return found

    def level_texts(self, *, is_bid: bool, limit: int | None = None) -> list[tuple[str, str]]:
        """Return the best levels of one side as the wire writes them."""
        spec = self.spec
        return [
            (spec.price_text(ticks), spec.size_text(lots))
            for ticks, lots in self.levels(is_bid=is_bid, limit=limit)
        ]

    def shown_texts(self, *, is_bid: bool, limit: int | None = None) -> list[tuple[str, str]]:
        """Return levels as they were at the last update, which is the book of `sequence`."""
        spec = self.spec
        rows = sorted(self._shown[is_bid].items(), reverse=is_bid)[:limit]
        return [(spec.price_text(ticks), spec.size_text(lots)) for ticks, lots in rows]

    def checksum(self) -> int:
        """Return the checksum of the book as it was at the last update."""
        return top_checksum(
            self.shown_texts(is_bid=True, limit=CHECKED_LEVELS),
            self.shown_texts(is_bid=False, limit=CHECKED_LEVELS),
        )

    def reach(self, *, is_bid: bool, lots: int) -> int:
        """Return the worst price at which an order of that size would trade now."""
        worst = self.last
        for ticks, there in self.engine.levels(is_bid=not is_bid):
            worst = ticks
            lots -= there
            if lots <= 0:
                break
        return worst

    # --- changing

    def step(self) -> list[tuple[BookOrder, Match, Print]]:
        """Let the crowd's next event happen; return what was traded."""
        now_ns = self.crowd.next_ns
        traded = []
        for action in self.crowd.step():
            traded += self._act(action, now_ns)
        return traded

    def place(
        self, order: BookOrder, lifetime: Lifetime, now_ns: int, *, post_only: bool = False
    ) -> tuple[Execution, list[tuple[BookOrder, Match, Print]]]:
        """Take a user's order."""
        execution = self.engine.place(order, lifetime, post_only=post_only)
        return execution, self._printed(order, execution.matches, now_ns)

    def shake(self, target: int, now_ns: int) -> list[tuple[BookOrder, Match, Print]]:
        """Trade through to a price, then have the crowd quote round the index again.

        Whatever stands in the way is taken, orders of users included.
        """
        traded = []
        for is_bid in (True, False):
            best = self.engine.best_ask if is_bid else self.engine.best_bid
            if best is None or (best > target if is_bid else best < target):
                continue
            wanted = self.engine.fillable(is_bid=is_bid, price=target)
            traded += self._take(is_bid=is_bid, price=target, lots=wanted, now_ns=now_ns)
        self.crowd.recenter()
        for is_bid in (True, False):
            for ticks, _ in self.levels(is_bid=is_bid):
                while (gone := self.engine.newest_at(ticks, is_bid=is_bid, account_prefix=CROWD)) is not None:
                    self.engine.cancel(gone.key)
        for action in self.crowd.opening():
            traded += self._act(action, now_ns)
        if traded and self.last != target:
            traded += self._meet(target, now_ns)
        return traded

    def tell(self, now_ns: int) -> BookUpdate | None:
        """Return what changed in the book since the last time; None when nothing did."""
        self.candles.roll(now_ns // MILLISECOND)
        changes = self.engine.take_changes()
        if not changes:
            return None
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for change in changes:
            (bids if change.is_bid else asks)[change.price] = change.total
            if change.total:
                self._shown[change.is_bid][change.price] = change.total
            else:
                self._shown[change.is_bid].pop(change.price, None)
        previous = self.sequence
        self.sequence += self._sequences.randrange(1, 60)
        at_ms = now_ns // MILLISECOND
        checksum = self.checksum()
        self.told.append((self.sequence, at_ms, checksum))
        return BookUpdate(
            self.sequence,
            previous,
            at_ms,
            tuple(sorted(bids.items(), reverse=True)),
            tuple(sorted(asks.items())),
            checksum,
        )

    def reset_extremes(self) -> None:
        """Start looking for the highest and lowest print afresh."""
        self.high = self.low = self.last

    # --- inside

    def _act(self, action: Action, now_ns: int) -> list[tuple[BookOrder, Match, Print]]:
        if isinstance(action, Pull):
            self.engine.cancel(action.key)
            return []
        self._numbers += 1
        order = BookOrder(
            self._numbers, action.account, is_bid=action.is_bid, price=action.price, size=action.size
        )
        execution = self.engine.place(order, action.lifetime)
        return self._printed(order, execution.matches, now_ns) if execution.matches else []

    def _take(
        self, *, is_bid: bool, price: int, lots: int, now_ns: int
    ) -> list[tuple[BookOrder, Match, Print]]:
        self._numbers += 1
        order = BookOrder(self._numbers, TAKER, is_bid=is_bid, price=price, size=lots)
        execution = self.engine.place(order, Lifetime.FAK)
        return self._printed(order, execution.matches, now_ns)

    def _meet(self, target: int, now_ns: int) -> list[tuple[BookOrder, Match, Print]]:
        """Trade the least size at the touch, so that the last price is where the book is."""
        best = self.engine.best_ask if target >= self.last else self.engine.best_bid
        if best is None:
            return []
        return self._take(is_bid=target >= self.last, price=best, lots=1, now_ns=now_ns)

    def _printed(
        self, taker: BookOrder, matches: Iterable[Match], now_ns: int
    ) -> list[tuple[BookOrder, Match, Print]]:
        traded = []
        at_ms = now_ns // MILLISECOND
        for match in matches:
            each = Print(self._ids.next(), at_ms, match.price, match.size, taker.is_bid)
            self.trades.append(each)
            self.candles.add(at_ms, match.price, match.size)
            self.last = match.price
            self.high = max(self.high, match.price)
            self.low = min(self.low, match.price)
            traded.append((taker, match, each))
        return traded
