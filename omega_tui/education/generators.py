"""Bars that are made, not recorded: a function of a kind and a seed, so that they may ship.

Moves have fat tails and spells of calm and storm, as markets have; shapes are planted along way-points with
noise around them. Every price is a whole number of ticks.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from math import exp
from random import Random
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.education.lesson import SeriesSpec
from omega_tui.errors import ExpressionError
from omega_tui.units import NS_PER_S

START_NS: Final = 1_767_225_600 * NS_PER_S
"""The first bar of every series: 1 January 2026, 00:00 UTC."""

STEPS: Final = 8
"""Moves inside one bar."""

MAX_BARS: Final = 100_000

SHAPES: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "leg": ((0, 0.3), (0.12, 0.0), (0.62, 1.0), (1, 0.45)),
    "leg-down": ((0, 0.7), (0.12, 1.0), (0.62, 0.0), (1, 0.55)),
    "abc": ((0, 0.15), (0.1, 0.0), (0.4, 0.6), (0.58, 0.3), (0.92, 0.92), (1, 0.8)),
    "double-top": ((0, 0.0), (0.3, 1.0), (0.5, 0.55), (0.7, 0.98), (0.9, 0.45), (1, 0.3)),
    "double-bottom": ((0, 1.0), (0.3, 0.0), (0.5, 0.45), (0.7, 0.02), (0.9, 0.55), (1, 0.7)),
    "head-and-shoulders": (
        (0, 0.0), (0.18, 0.72), (0.32, 0.45), (0.48, 1.0), (0.64, 0.46), (0.78, 0.73),
        (0.92, 0.35), (1, 0.25),
    ),
    "triangle": (
        (0, 0.1), (0.16, 1.0), (0.33, 0.2), (0.5, 0.82), (0.66, 0.36), (0.8, 0.68), (0.9, 0.5), (1, 0.6),
    ),
    "ascending-triangle": (
        (0, 0.0), (0.18, 0.9), (0.34, 0.3), (0.5, 0.9), (0.66, 0.52), (0.8, 0.9), (0.9, 0.74), (1, 0.95),
    ),
    "rising-wedge": (
        (0, 0.0), (0.18, 0.5), (0.34, 0.26), (0.5, 0.72), (0.66, 0.55), (0.82, 0.9), (0.92, 0.78), (1, 0.7),
    ),
    "rectangle": (
        (0, 0.4), (0.14, 1.0), (0.3, 0.0), (0.46, 1.0), (0.62, 0.0), (0.78, 1.0), (0.92, 0.1), (1, 0.5),
    ),
    "channel": (
        (0, 0.0), (0.16, 0.42), (0.3, 0.18), (0.46, 0.64), (0.6, 0.4), (0.76, 0.86), (0.88, 0.64), (1, 0.95),
    ),
    "flag": (
        (0, 0.05), (0.25, 0.0), (0.45, 1.0), (0.58, 0.78), (0.68, 0.9), (0.8, 0.7), (0.88, 0.8), (1, 0.95),
    ),
    "structure": (
        (0, 0.1), (0.12, 0.0), (0.3, 0.4), (0.42, 0.22), (0.62, 0.75), (0.74, 0.5), (0.92, 1.0), (1, 0.88),
    ),
}  # fmt: skip
"""Way-points of planted shapes: share of the time, share of the height."""

SHAPE_BARS_HIGH: Final = 9
"""The height of a planted shape, in typical bars."""


def make_series(spec: SeriesSpec) -> tuple[Candle, ...]:
    """Return the bars that a specification means.

    Raises:
        ExpressionError: There is no such kind, or a number is out of range.
    """
    if not 1 <= spec.bars <= MAX_BARS:
        raise ExpressionError(f"bars: {spec.bars} is out of range; allowed: 1 to {MAX_BARS}")
    start, tick = Decimal(spec.start), Decimal(spec.tick)
    rng = Random(f"{spec.kind}:{spec.seed}")  # noqa: S311 - an example, not a secret
    if spec.kind in SHAPES:
        path = _shape_path(SHAPES[spec.kind], rng, spec.bars, spec.bar_ticks)
        rows = _along(path, rng, spec.bar_ticks)
    elif spec.kind in {"walk", "trend", "range"}:
        rows = _wander(spec.kind, rng, spec.bars, spec.bar_ticks)
    else:
        known = ", ".join(("walk", "trend", "range", *SHAPES))
        raise ExpressionError(f"there is no series {spec.kind!r}; there are: {known}")
    first = int((start / tick).to_integral_value(ROUND_HALF_EVEN))
    lowest = min(low for _, _, low, _, _ in rows)
    if first + lowest < 1:
        raise ExpressionError(f"a series of {spec.kind!r} from {start} falls below one tick")
    return tuple(
        Candle(
            "lesson",
            spec.timeframe_s,
            START_NS + number * spec.timeframe_s * NS_PER_S,
            (first + o) * tick,
            (first + h) * tick,
            (first + low) * tick,
            (first + c) * tick,
            Decimal(volume),
        )
        for number, (o, h, low, c, volume) in enumerate(rows)
    )


def shuffled(bars: Sequence[Candle], rng: Random, *, mean_block: int = 20) -> tuple[Candle, ...]:
    """Return the same moves in another order: the stationary bootstrap (Politis and Romano 1994).

    Blocks of geometric length (mean `mean_block`) are drawn with replacement; each bar keeps its own shape
    relative to the close before it, so that memory beyond a block is gone and everything else stays.
    """
    if len(bars) < 2:
        return tuple(bars)
    place = 0
    close = bars[0].close
    made = [bars[0]]
    for number in range(1, len(bars)):
        if number == 1 or rng.random() < 1 / mean_block:
            place = rng.randrange(1, len(bars))
        before, bar = bars[place - 1].close, bars[place]
        shift = close - before
        made.append(
            Candle(
                bar.instrument,
                bar.timeframe_s,
                bars[number].start_ns,
                bar.open + shift,
                bar.high + shift,
                bar.low + shift,
                bar.close + shift,
                bar.volume,
            )
        )
        close = made[-1].close
        place = place + 1 if place + 1 < len(bars) else 1
    return tuple(made)


Row = tuple[int, int, int, int, int]


def _wander(kind: str, rng: Random, bars: int, bar_ticks: int) -> list[Row]:
    """Return open, high, low, close (ticks from the start) and volume of a hidden price that wanders."""
    storm = 0.0
    price, anchor, drift, spell = 0.0, 0.0, 0.0, 0
    step = bar_ticks / (1.6 * STEPS**0.5)
    rows: list[Row] = []
    close = 0
    for _ in range(bars):
        if spell == 0:
            spell = 8 + int(rng.expovariate(1 / 14))
            strength = {"walk": 0.16, "trend": 0.5, "range": 0.0}[kind]
            sign = 1 if kind == "trend" and rng.random() < 0.75 else rng.choice((-1, 1))
            drift = sign * strength * step * STEPS**0.5 * rng.random()
        spell -= 1
        storm = 0.92 * storm + 0.28 * rng.gauss(0.0, 1.0)
        height = step * exp(0.6 * storm)
        opened = price
        points = [opened]
        for _ in range(STEPS):
            fat = 3.0 if rng.random() < 0.01 else 1.0
            price += drift / STEPS + height * fat * rng.gauss(0.0, 1.0)
            if kind == "range":
                price += (anchor - price) * 0.02
            points.append(price)
        here = [round(point) for point in points]
        row_open = close
        close = here[-1]
        volume = 1 + int(40 * exp(0.5 * storm) * rng.uniform(0.5, 1.5))
        rows.append((row_open, max(*here, row_open), min(*here, row_open), close, volume))
    return rows


def _shape_path(points: Sequence[tuple[float, float]], rng: Random, bars: int, bar_ticks: int) -> list[float]:
    """Return the closes along the way-points, which lie a little off where they are written."""
    height = SHAPE_BARS_HIGH * bar_ticks
    moved = [
        (at, level + (0.0 if number in {0, len(points) - 1} else rng.uniform(-0.02, 0.02)))
        for number, (at, level) in enumerate(points)
    ]
    path = []
    for bar in range(bars):
        share = bar / max(1, bars - 1)
        number = next(n for n in range(1, len(moved)) if share <= moved[n][0] or n == len(moved) - 1)
        (left, low), (right, high) = moved[number - 1], moved[number]
        part = (share - left) / (right - left)
        path.append((low + (high - low) * part) * height)
    return [level - path[0] for level in path]


def _along(path: Sequence[float], rng: Random, bar_ticks: int) -> list[Row]:
    noise = 0.3 * bar_ticks
    rows: list[Row] = []
    close = 0
    for level in path:
        opened = close
        close = round(level + rng.gauss(0.0, noise))
        high = max(opened, close) + round(abs(rng.gauss(0.0, noise)))
        low = min(opened, close) - round(abs(rng.gauss(0.0, noise)))
        volume = 10 + int(rng.expovariate(1 / 30))
        rows.append((opened, high, low, close, volume))
    return rows
