"""Sweeps, cascades, vacuums and imbalances: what happens to a book as a whole."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.education.book_flow import MS, SECOND, BookFlow, Flow, FlowKind
from omega_tui.education.book_measures import IMBALANCE_LEVELS, imbalance
from omega_tui.education.book_signal import BookPattern, BookSignal

SWEEP_GAP_NS: Final = 50 * MS
SWEEP_LEVELS: Final = 3
SWEEP_DEPTH: Final = Decimal("0.5")
DEPTH_LEVELS: Final = 5
"""A sweep takes three prices, or half of what the best five levels showed, in prints 50 ms apart at most."""

CASCADE_NS: Final = 5 * SECOND
CASCADE_SWEEPS: Final = 3

LOOK_NS: Final = 100 * MS
"""How often those look that only look at the book."""

LEAN: Final = Decimal("0.6")
LEAN_NS: Final = 2 * SECOND

SAMPLE_NS: Final = SECOND
SAMPLES: Final = 300
VACUUM_NS: Final = 400 * MS
THIN: Final = 0.3
WIDE: Final = 3
NEAR_TICKS: Final = 5
NEAR_SHARE: Final = Decimal("0.001")
MIN_SAMPLES: Final = 30
"""A vacuum: what rests within 10 bp (or 5 ticks) of the mid is under 30 % of its 5-minute average, and the
spread over 3 times its median, for 0.4 s. Nothing is said before half a minute was seen."""


class SweepDetector:
    """Finds bursts of takers that go through the book, and cascades of them."""

    def __init__(self) -> None:
        self._side: Side | None = None
        self._start_ns = self._last_ns = self._looked_ns = 0
        self._prices: set[Decimal] = set()
        self._size = ZERO
        self._depth = ZERO
        self._told = True
        self._calm_depth = dict.fromkeys(Side, ZERO)
        self._sweeps: deque[tuple[Side, int, Decimal]] = deque(maxlen=16)

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take one change in."""
        del book
        if flow.kind is not FlowKind.TRADED:
            return
        taker = flow.side.opposite
        if taker is not self._side or flow.at_ns - self._last_ns > SWEEP_GAP_NS:
            self._side, self._start_ns, self._told = taker, flow.at_ns, False
            self._prices, self._size = set(), ZERO
            self._depth = self._calm_depth[flow.side]
        self._last_ns = flow.at_ns
        self._prices.add(flow.price)
        self._size += flow.size
        through = len(self._prices) >= SWEEP_LEVELS
        if self._told or not (through or (self._depth and self._size >= SWEEP_DEPTH * self._depth)):
            return
        self._told = True
        share = f"{self._size / self._depth:.0%}" if self._depth else "all"
        reason = (
            f"{self._size} through {len(self._prices)} prices in "
            f"{(flow.at_ns - self._start_ns) // MS} ms, {share} of the best {DEPTH_LEVELS} levels"
        )
        yield BookSignal(BookPattern.SWEEP, taker, flow.price, self._start_ns, flow.at_ns, reason)
        yield from self._cascade(taker, flow)

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Remember the depth, unless a burst is going on."""
        if now_ns - max(self._last_ns, self._looked_ns) > SWEEP_GAP_NS:
            self._looked_ns = now_ns
            for side in Side:
                self._calm_depth[side] = book.depth(side, DEPTH_LEVELS)
        return iter(())

    def _cascade(self, taker: Side, flow: Flow) -> Iterator[BookSignal]:
        self._sweeps.append((taker, flow.at_ns, self._size))
        since = flow.at_ns - CASCADE_NS
        row = [(at, size) for side, at, size in self._sweeps if side is taker and at >= since]
        last = row[-CASCADE_SWEEPS:]
        if len(last) == CASCADE_SWEEPS and last[0][1] < last[1][1] < last[2][1]:
            sizes = ", ".join(str(size) for _, size in last)
            reason = f"sweeps of {sizes} within 5 s"
            yield BookSignal(BookPattern.CASCADE, taker, flow.price, last[0][0], flow.at_ns, reason)


class ImbalanceDetector:
    """Finds a book that leans to one side for a while."""

    def __init__(self) -> None:
        self._side: Side | None = None
        self._since_ns = self._looked_ns = 0
        self._told = False

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take nothing in: it looks at the book alone."""
        del book, flow
        return iter(())

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Look at the book, ten times a second at most."""
        if now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        bids, asks = book.top(Side.BUY, IMBALANCE_LEVELS), book.top(Side.SELL, IMBALANCE_LEVELS)
        lean = imbalance(bids, asks)
        side = None
        if lean is not None and abs(lean) > LEAN:
            side = Side.BUY if lean > 0 else Side.SELL
        if side is not self._side:
            self._side, self._since_ns, self._told = side, now_ns, False
        if side is None or self._told or now_ns - self._since_ns < LEAN_NS:
            return
        self._told = True
        reason = f"imbalance {lean:.2f} beyond {LEAN} for {(now_ns - self._since_ns) / SECOND:.1f} s"
        yield BookSignal(BookPattern.IMBALANCE, side, None, self._since_ns, now_ns, reason)


class VacuumDetector:
    """Finds a book that has hardly anything near the mid. Looks once a second at what is usual."""

    def __init__(self) -> None:
        self._sampled_ns = 0
        self._usual = 0.0
        self._count = 0
        self._spreads: deque[Decimal] = deque(maxlen=SAMPLES)
        self._wide = ZERO
        self._since_ns: int | None = None
        self._told = False

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take nothing in: it looks at the book alone."""
        del book, flow
        return iter(())

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Look at the book."""
        bid, ask = book.best(Side.BUY), book.best(Side.SELL)
        if bid is None or ask is None:
            return
        spread = ask - bid
        if now_ns - self._sampled_ns >= SAMPLE_NS:
            self._sampled_ns = now_ns
            self._count += 1
            self._usual += (float(_near(book, bid, ask)) - self._usual) / min(self._count, SAMPLES)
            self._spreads.append(spread)
            self._wide = WIDE * median(self._spreads)
        if self._count < MIN_SAMPLES or spread <= self._wide:
            self._told, self._since_ns = False, None
            return
        near = float(_near(book, bid, ask))
        if near >= THIN * self._usual:
            self._told, self._since_ns = False, None
            return
        if self._since_ns is None:
            self._since_ns = now_ns
        if not self._told and now_ns - self._since_ns >= VACUUM_NS:
            self._told = True
            reason = (
                f"{near:g} near the mid is under {THIN:.0%} of the usual {self._usual:.4g}, and the spread "
                f"{spread} over {self._wide}"
            )
            yield BookSignal(BookPattern.VACUUM, None, None, self._since_ns, now_ns, reason)


def _near(book: BookFlow, bid: Decimal, ask: Decimal) -> Decimal:
    """Return what rests within 10 bp or 5 ticks of the mid, whatever is more."""
    mid = (bid + ask) / 2
    reach = max(mid * NEAR_SHARE, NEAR_TICKS * book.tick)
    total = ZERO
    for side in Side:
        for level in book.top(side, 50):
            if abs(level.price - mid) > reach:
                break
            total += level.size
    return total
