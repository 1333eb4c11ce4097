"""Levels, pivots and patterns of the bars on a chart, bar by closed bar. Pure.

The engines see closed bars only, so nothing drawn from them is ever taken back. A long past is read a piece
at a time, so that no frame waits for it.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import priced
from omega_tui.education.chart_pattern import ChartPattern, PatternState
from omega_tui.education.chart_patterns import ChartPatternReader
from omega_tui.education.live_swing import ratio_text
from omega_tui.education.swing_levels import SwingLevels
from omega_tui.education.swings import Extreme, Pivot, PivotKind, SwingScale
from omega_tui.ui.chart.model import BarPoint, Drawing, LineKind, MarkKind, Outline, PriceLine

PAST: Final = 300
"""Bars that are read at first; more say nothing about the present leg."""
PIECE: Final = 60
"""Bars that are read at one time."""
PATTERNS: Final = 3
"""Patterns that are drawn, the newest ones: more of them hide the candles."""


class ChartStudy:
    """Reads the bars of one chart.

    Args:
        tick: Smallest step of the price.
        patterns: Whether patterns are looked for as well.
    """

    def __init__(self, tick: Decimal, *, patterns: bool) -> None:
        self._tick = tick
        self._with_patterns = patterns
        self._starts: deque[int] = deque(maxlen=2 * PAST)
        self._begin()

    def _begin(self) -> None:
        self._levels = SwingLevels(self._tick)
        self._reader = ChartPatternReader() if self._with_patterns else None
        self._starts.clear()
        self._number = 0
        self._last: Candle | None = None
        self._drawn: tuple[tuple[int, int, int], Drawing] | None = None

    def read(self, bars: Sequence[Candle]) -> bool:
        """Read closed bars that were not read yet; all but the last one are closed.

        Returns:
            Whether there is more to read, for which it is to be called again.
        """
        closed = len(bars) - 1
        if closed < 1:
            return False
        first = self._next_place(bars, closed)
        for bar in bars[first : min(closed, first + PIECE)]:
            self._levels.push(bar)
            if self._reader is not None:
                self._reader.push(bar)
            self._starts.append(bar.start_ns)
            self._number += 1
            self._last = bar
        return first + PIECE < closed

    def _next_place(self, bars: Sequence[Candle], closed: int) -> int:
        """Return where to go on; from the beginning where what was read is not what happened any more."""
        if self._last is None:
            return max(0, closed - PAST)
        place = next(
            (n for n in range(closed - 1, -1, -1) if bars[n].start_ns <= self._last.start_ns), closed
        )
        if place < closed and bars[place] == self._last:
            return place + 1
        self._begin()
        return max(0, closed - PAST)

    def drawing(self, bars: Sequence[Candle]) -> Drawing:
        """Return what to draw over `bars`, which were read; the same object until another bar is."""
        key = (self._number, bars[0].start_ns if bars else 0, len(bars))
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = key, self._make(bars)
        return self._drawn[1]

    def _make(self, bars: Sequence[Candle]) -> Drawing:
        places = {bar.start_ns: place for place, bar in enumerate(bars)}
        pivots = self._levels.pivots(SwingScale.MAIN)
        points = [point for pivot in pivots for point in self._pivot(pivot, places)]
        forming = self._levels.forming(SwingScale.MAIN)
        if forming is not None:
            points += self._forming(forming, places)
        outlines = self._outlines(places)
        if self._with_patterns:
            return Drawing((), tuple(points), tuple(outlines), "" if outlines else "no pattern")
        lines = self._lines(pivots)
        return Drawing(lines, tuple(points), (), self._leg(pivots) if lines else "no certain leg yet")

    def _lines(self, pivots: Sequence[Pivot]) -> tuple[PriceLine, ...]:
        """Return the levels of the newest certain leg; those of older ones are for the panel."""
        levels = self._levels.levels[SwingScale.MAIN]
        newest = levels[0].source if levels else ""
        lines = [
            PriceLine(level.price, ratio_text(level.ratio), LineKind.LEVEL)
            for level in levels
            if level.source == newest
        ]
        if lines:
            lines += [
                PriceLine(pivot.price, label, LineKind.LEVEL)
                for pivot, label in zip(pivots[-2:], ("1", "0"), strict=True)
            ]
        return tuple(lines)

    def _leg(self, pivots: Sequence[Pivot]) -> str:
        start, end = (priced(pivot.price, self._tick) for pivot in pivots[-2:])
        return f"fib {start} > {end}"

    def _place(self, number: int, places: Mapping[int, int]) -> int | None:
        """Return where a bar that was read is among those shown; None where it is not."""
        at = number - (self._number - len(self._starts))
        return places.get(self._starts[at]) if 0 <= at < len(self._starts) else None

    def _pivot(self, pivot: Pivot, places: Mapping[int, int]) -> list[BarPoint]:
        place = self._place(pivot.bar, places)
        below = pivot.kind is PivotKind.LOW
        return [] if place is None else [BarPoint(place, pivot.price, MarkKind.PIVOT, below)]

    def _forming(self, extreme: Extreme, places: Mapping[int, int]) -> list[BarPoint]:
        place = self._place(extreme.bar, places)
        below = extreme.kind is PivotKind.LOW
        return [] if place is None else [BarPoint(place, extreme.price, MarkKind.FORMING, below)]

    def _outlines(self, places: Mapping[int, int]) -> list[Outline]:
        if self._reader is None:
            return []
        found = [self._outline(pattern, places) for pattern in self._reader.active[-PATTERNS:]]
        return [outline for outline in found if outline is not None]

    def _outline(self, pattern: ChartPattern, places: Mapping[int, int]) -> Outline | None:
        points = [(self._place(pivot.bar, places), pivot.price) for pivot in pattern.pivots]
        shown = [(place, price) for place, price in points if place is not None]
        if len(shown) < 2:
            return None
        state = "" if pattern.state is PatternState.FORMED else f" {pattern.state.value.lower()}"
        return Outline(
            tuple(shown), f"{pattern.kind.words}{state}", pattern.state is not PatternState.FORMING
        )
