"""Bars with a pattern at a known place, and bars whose order means nothing: for proofs, quizzes and lessons.

All chance comes from the generator that is passed in, so that the same seed makes the same bars. Lengths are
in ATR of the made-up market, which is one by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from random import Random
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ONE
from omega_tui.education.chart_pattern import ChartPatternKind
from omega_tui.units import NS_PER_S

STEP: Final = 0.62
WICK: Final = 0.22
"""Standard deviation of a close from the one before, and mean length of a shadow: an ATR of about one."""

TIMEFRAME_S: Final = 60

BLOCK_BARS: Final = 20
"""Mean length of the pieces that the stationary bootstrap keeps whole (Politis and Romano 1994)."""

PLANTABLE: Final = (
    ChartPatternKind.HEAD_AND_SHOULDERS,
    ChartPatternKind.INVERSE_HEAD_AND_SHOULDERS,
    ChartPatternKind.DOUBLE_TOP,
    ChartPatternKind.DOUBLE_BOTTOM,
    ChartPatternKind.SYMMETRIC_TRIANGLE,
    ChartPatternKind.ASCENDING_TRIANGLE,
    ChartPatternKind.DESCENDING_TRIANGLE,
)


@dataclass(frozen=True, slots=True)
class Planted:
    """Bars in which somebody put a pattern.

    Attributes:
        bars: All of them, the noise before and after included.
        kind: What was put there.
        start: Bar of its first turning point.
        end: Bar of its last.
    """

    bars: tuple[Candle, ...]
    kind: ChartPatternKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The made-up market: prices in whole ticks.

    Attributes:
        price: Where it begins.
        atr: What one ATR is.
        tick: Smallest step.
    """

    price: Decimal = Decimal(100)
    atr: Decimal = Decimal("0.5")
    tick: Decimal = Decimal("0.01")


def noise_bars(rng: Random, count: int, grid: Grid = Grid()) -> tuple[Candle, ...]:
    """Return bars of a random walk: whatever is seen in them is chance."""
    return _bars(_walk(rng, 0.0, count), rng, grid)


def plant(
    kind: ChartPatternKind,
    rng: Random,
    *,
    noise: float,
    around: int = 80,
    grid: Grid = Grid(),
) -> Planted:
    """Return bars with one pattern of a chance size between two random walks.

    Args:
        kind: One of `PLANTABLE`.
        rng: Source of all chance.
        noise: Standard deviation of each close about the drawn shape, in ATR.
        around: Bars of walk before and after.
        grid: Of the prices.

    Raises:
        ValueError: The kind cannot be planted.
    """
    if kind not in PLANTABLE:
        raise ValueError(f"a {kind.words} cannot be planted")
    is_mirror = kind in _BOTTOMS
    levels, first, last = _DRAWINGS[kind.mirrored if is_mirror else kind](rng)
    if is_mirror:
        levels = [(bar, -level) for bar, level in levels]
    before = _walk(rng, 0.0, around)
    origin = before[-1] - levels[0][1]
    drawn = [origin + level + rng.gauss(0.0, noise) for level in _along(levels)][1:]
    after = _walk(rng, drawn[-1], around)
    bars = _bars([*before, *drawn, *after], rng, grid)
    begin = around - 1
    return Planted(bars, kind, begin + levels[first][0], begin + levels[last][0])


def resampled(bars: Sequence[Candle], rng: Random) -> tuple[Candle, ...]:
    """Return as many bars whose changes are pieces of the given ones, in a chance order.

    The stationary bootstrap: what is in a piece stays together, what reaches further is destroyed. Each bar
    keeps its shape in shares of the close before it.
    """
    if len(bars) < 2:
        return tuple(bars)
    made = [bars[0]]
    place = rng.randrange(1, len(bars))
    for number in range(1, len(bars)):
        if rng.random() < 1 / BLOCK_BARS:
            place = rng.randrange(1, len(bars))
        source, before, last = bars[place], bars[place - 1].close, made[-1].close
        open_, high, low, close = (
            last * price / before for price in (source.open, source.high, source.low, source.close)
        )
        start_ns = bars[0].start_ns + number * source.timeframe_s * NS_PER_S
        made.append(
            Candle(source.instrument, source.timeframe_s, start_ns, open_, high, low, close, source.volume)
        )
        place = place + 1 if place + 1 < len(bars) else 1
    return tuple(made)


_Levels = list[tuple[int, float]]
_Drawing = tuple[_Levels, int, int]


def _draw_head_and_shoulders(rng: Random) -> _Drawing:
    height = rng.uniform(6.0, 12.0)
    left = rng.uniform(0.45, 0.75)
    right = min(0.75, max(0.45, left + rng.uniform(-0.2, 0.2)))
    dips = rng.uniform(-0.06, 0.06), rng.uniform(-0.06, 0.06)
    shares = (-rng.uniform(0.5, 1.0), left, dips[0], 1.0, dips[1], right, -rng.uniform(0.5, 1.0))
    return _with_bars(rng, [share * height for share in shares], 7, 14), 1, 5


def _draw_double_top(rng: Random) -> _Drawing:
    height = rng.uniform(6.0, 12.0)
    shares = (-rng.uniform(1.25, 1.8), 0.0, -1.0, rng.uniform(-0.08, 0.08), -rng.uniform(1.3, 1.8))
    return _with_bars(rng, [share * height for share in shares], 8, 18), 1, 3


def _draw_triangle(rng: Random, top: float, bottom: float) -> _Drawing:
    """Draw legs between two lines; `top` and `bottom` are the shares of the closing that each line does."""
    width, count = rng.uniform(9.0, 14.0), rng.randint(5, 7)
    closing = rng.uniform(0.5, 0.65)
    going_up = rng.random() < 0.5
    points = [0.0 if going_up else width]
    for number in range(count):
        done = closing * number / (count - 1) * width
        is_high = (number % 2 == 0) == going_up
        points.append(width - top * done if is_high else bottom * done)
    points[0] = points[1] - (1 if going_up else -1) * width * rng.uniform(0.8, 1.4)
    out = rng.choice((-1, 1)) * width * rng.uniform(0.6, 1.0)
    points.append(points[-1] + out if (out > 0) != (points[-1] > points[-2]) else points[-1] - out)
    return _with_bars(rng, points, 7, 13), 1, count


def _draw_symmetric(rng: Random) -> _Drawing:
    share = rng.uniform(0.42, 0.58)
    return _draw_triangle(rng, share, 1.0 - share)


def _draw_ascending(rng: Random) -> _Drawing:
    return _draw_triangle(rng, 0.0, 1.0)


_DRAWINGS: Final = {
    ChartPatternKind.HEAD_AND_SHOULDERS: _draw_head_and_shoulders,
    ChartPatternKind.DOUBLE_TOP: _draw_double_top,
    ChartPatternKind.SYMMETRIC_TRIANGLE: _draw_symmetric,
    ChartPatternKind.ASCENDING_TRIANGLE: _draw_ascending,
}
_BOTTOMS: Final = frozenset(kind for kind in PLANTABLE if kind not in _DRAWINGS)


def _with_bars(rng: Random, points: Sequence[float], least: int, most: int) -> _Levels:
    """Give each turning point its bar: legs are `least` to `most` bars long."""
    levels = [(0, points[0])]
    for point in points[1:]:
        levels.append((levels[-1][0] + rng.randint(least, most), point))
    return levels


def _along(levels: _Levels) -> list[float]:
    drawn = [levels[0][1]]
    for (start, low), (end, high) in pairwise(levels):
        drawn.extend(low + (high - low) * step / (end - start) for step in range(1, end - start + 1))
    return drawn


def _walk(rng: Random, start: float, count: int) -> list[float]:
    closes = []
    close = start
    for _ in range(count):
        close += rng.gauss(0.0, STEP)
        closes.append(close)
    return closes


def _bars(closes: Sequence[float], rng: Random, grid: Grid) -> tuple[Candle, ...]:
    """Make bars of closes in ATR; each opens where the last one closed."""
    made = []
    open_ = closes[0]
    for number, close in enumerate(closes):
        high = max(open_, close) + rng.expovariate(1 / WICK)
        low = min(open_, close) - rng.expovariate(1 / WICK)
        start_ns = number * TIMEFRAME_S * NS_PER_S
        first, highest, lowest, last = (_on_grid(level, grid) for level in (open_, high, low, close))
        made.append(Candle("", TIMEFRAME_S, start_ns, first, highest, lowest, last, ONE))
        open_ = close
    return tuple(made)


def _on_grid(level: float, grid: Grid) -> Decimal:
    price = grid.price + Decimal(repr(level)) * grid.atr
    return (price / grid.tick).quantize(ONE, ROUND_HALF_EVEN) * grid.tick
