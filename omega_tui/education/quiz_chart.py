"""Charts of made questions: the bars of the screen where there are enough of them, made ones otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.lesson_view import BarMark, ChartView, LevelLine
from omega_tui.domain.on_screen import OnScreen
from omega_tui.education.bars import Atr
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.swings import Pivot, find_pivots

SHOWN: Final = 60
"""Bars of a question about a chart."""
MOST_SHOWN: Final = 150
"""Bars where the live swing needs more of them."""


class Window:
    """A stretch of bars with the pivots that are certain in it.

    Attributes:
        bars: What is shown.
        pivots: Numbered by those bars.
        is_own: Whether they are from the screen.
    """

    def __init__(self, bars: Sequence[Candle], pivots: Sequence[Pivot], *, is_own: bool) -> None:
        self.bars = tuple(bars)
        self.pivots = list(pivots)
        self.is_own = is_own


def window_with_pivots(rng: Random, screen: OnScreen, least: int) -> Window:
    """Return the newest bars of the screen with so many pivots at least; made ones where there are none.

    What is certain is found in all bars that the screen has, so that it is what the chart marks.
    """
    found = find_pivots(screen.bars) if len(screen.bars) >= SHOWN else []
    if len(found) >= least:
        first = max(0, min(len(screen.bars) - SHOWN, found[-least].bar - 3))
        if len(screen.bars) - first <= MOST_SHOWN:
            shifted = [
                replace(one, bar=one.bar - first, known_at=one.known_at - first)
                for one in found
                if one.bar >= first
            ]
            return Window(screen.bars[first:], shifted, is_own=True)
    while True:
        made = make_series(SeriesSpec("trend", rng.randrange(10**6), bars=SHOWN))
        pivots = find_pivots(made)
        if len(pivots) >= least:
            return Window(made, pivots, is_own=False)


def tick_of(bars: Sequence[Candle]) -> Decimal:
    """Return the finest step of the prices: a power of ten."""
    exponents = [price.normalize().as_tuple().exponent for bar in bars for price in (bar.high, bar.low)]
    finest = min(exponent for exponent in exponents if isinstance(exponent, int))
    return Decimal(1).scaleb(min(finest, 0))


def atr_of(bars: Sequence[Candle]) -> Decimal:
    """Return the average true range at the last of some bars."""
    atr = Atr()
    for bar in bars:
        atr.push(bar)
    assert atr.value is not None, "a question has enough bars"
    return atr.value


def chart_of(
    bars: Sequence[Candle], *, marks: tuple[BarMark, ...] = (), levels: tuple[LevelLine, ...] = ()
) -> ChartView:
    """Return the chart of a question."""
    return ChartView("question", "", tuple(bars), tick_of(bars), 14, levels, marks)


def mark_of(pivot: Pivot, label: str) -> BarMark:
    """Return a word at a pivot."""
    return BarMark(pivot.bar, label, pivot.price)
