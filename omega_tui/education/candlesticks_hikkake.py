"""The hikkake patterns: an inside bar, a break out of it that fails, and the confirmation some bars later.

They remember what they wait for, so every reader has its own.
"""

from omega_tui.education.candlestick_window import NEAR, Means, Window
from omega_tui.education.candlesticks_short import FULL

CONFIRMED = 200
PATIENCE = 3
"""Bars that a confirmation may take."""


class Hikkake:
    """An inside bar and a bar that leaves it; confirmed by a close beyond the inside bar's other end."""

    def __init__(self) -> None:
        self._found = 0
        self._left = 0
        self._above = self._below = 0.0

    def __call__(self, bars: Window, mean: Means) -> int:
        """Return 100 where it appears and 200 where it is confirmed, with its sign."""
        self._left -= 1
        found = self._appears(bars, mean)
        if found:
            self._found, self._left = found, PATIENCE
            self._above, self._below = bars[1].high, bars[1].low
            return found * FULL
        close = bars[0].close
        if self._left >= 0 and (close > self._above if self._found > 0 else close < self._below):
            self._left = 0
            return self._found * CONFIRMED
        return 0

    def _appears(self, bars: Window, _mean: Means) -> int:
        return _failure(bars) if bars[1].is_inside(bars[2]) else 0


class ModifiedHikkake(Hikkake):
    """Two inside bars in each other, the first of which closes near the end that the break goes to."""

    def _appears(self, bars: Window, mean: Means) -> int:
        inside = bars[2]
        if not (inside.is_inside(bars[3]) and bars[1].is_inside(inside)):
            return 0
        sign = _failure(bars)
        near = mean(NEAR, 2)
        fits = inside.close <= inside.low + near if sign > 0 else inside.close >= inside.high - near
        return sign * fits


def _failure(bars: Window) -> int:
    """Return the direction against which the last bar left the inside bar; 0 where it did not."""
    inside, last = bars[1], bars[0]
    if last.high < inside.high and last.low < inside.low:
        return 1
    if last.high > inside.high and last.low > inside.low:
        return -1
    return 0
