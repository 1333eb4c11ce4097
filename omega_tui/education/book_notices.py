"""What is noticed in a book that is only looked at now and then: its pictures and the prints between them.

Whatever came and went between two pictures is not seen, and no moment within them is told apart: what
is counted here is counted too low, never too high.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade
from omega_tui.education.book_bursts import SweepDetector
from omega_tui.education.book_flow import BookFlow, Flow, FlowKind
from omega_tui.education.book_patterns import BookWatch
from omega_tui.education.book_signal import BookPattern, BookSignal
from omega_tui.education.signals import Signal

LEVELS: Final = 10
"""Levels of each side that are compared; further ones say little of what happens at the touch."""
MOST_PRINTS: Final = 200
"""Prints between two pictures that are read; the oldest of more are left out."""

TOLD: Final = frozenset({BookPattern.ABSORPTION, BookPattern.PULLING, BookPattern.SWEEP})
"""Patterns that a rule listens to."""


class BookNotices:
    """Reads one book by its pictures."""

    def __init__(self, tick: Decimal) -> None:
        self._tick = tick
        self._watch = BookWatch(tick, batched=True)
        self._sweeps = SweepDetector()
        self._flow = BookFlow(tick)
        self._levels: dict[tuple[Side, Decimal], Decimal] = {}
        self._seen_ns = 0

    def look(self, book: BookSnapshot, trades: Sequence[Trade], now_ns: int) -> list[Signal]:
        """Return what was noticed since the picture before; the first picture is only remembered."""
        fresh = [trade for trade in trades if trade.ts_recv_ns > self._seen_ns][-MOST_PRINTS:]
        is_first, self._seen_ns = not self._seen_ns, max(now_ns, self._seen_ns + 1)
        if is_first:
            fresh = []
        found: list[BookSignal] = []
        for trade in fresh:
            # Stamped alike, so that a print and the size that it took are known to belong together.
            found += self._watch.trade(trade.price, trade.size, trade.aggressor, self._seen_ns)
            found += self._swept(trade)
        for side, price, size in self._changes(book):
            found += self._watch.level(side, price, size, self._seen_ns)
        return [_signal(one, book.instrument) for one in found if one.pattern in TOLD]

    def _swept(self, trade: Trade) -> Iterator[BookSignal]:
        """Yield a burst of takers, by the times at which the prints came."""
        if trade.aggressor is None:
            return
        side = trade.aggressor.opposite
        flow = Flow(FlowKind.TRADED, side, trade.price, trade.size, trade.ts_recv_ns, trade.size)
        yield from self._sweeps.on_flow(self._flow, flow)

    def _changes(self, book: BookSnapshot) -> Iterator[tuple[Side, Decimal, Decimal]]:
        """Yield the levels that are others than in the picture before; what left the view is not gone."""
        now: dict[tuple[Side, Decimal], Decimal] = {}
        for side, levels in ((Side.BUY, book.bids[:LEVELS]), (Side.SELL, book.asks[:LEVELS])):
            now |= {(side, level.price): level.size for level in levels}
            last = levels[-1].price if levels else None
            for (known, price), size in self._levels.items():
                is_in_view = last is None or (price - last) * side.sign >= 0
                if known is side and size and is_in_view and (side, price) not in now:
                    yield side, price, Decimal(0)
        for (side, price), size in now.items():
            if self._levels.get((side, price)) != size:
                yield side, price, size
        self._levels = now


def _signal(found: BookSignal, instrument: str) -> Signal:
    price = found.price if found.price is not None else Decimal(0)
    name = f"book.{found.pattern.value.lower()}"
    return Signal(name, {"price": price, "what": found.reason}, instrument)
