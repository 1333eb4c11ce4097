"""Levels of a leg: where its fractions and multiples lie, exact and rounded to the tick on the safe side.

A leg goes from A to B, up or down alike, because the sign is in B - A; a projection starts anew at C.
Whatever is drawn names its prices and its ratio: platforms disagree on which end is 0 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

from omega_tui.domain.instrument import ZERO, multiple_of
from omega_tui.education.swings import Pivot

RETRACEMENT_RATIOS: Final = tuple(map(Decimal, ("0.236", "0.382", "0.5", "0.618", "0.786")))
"""0.5 is Dow's, no Fibonacci ratio; 0.786 is the root of 0.618."""

EXTENSION_RATIOS: Final = tuple(map(Decimal, ("1.272", "1.414", "1.618", "2", "2.618", "4.236")))
PROJECTION_RATIOS: Final = tuple(map(Decimal, ("0.618", "1", "1.272", "1.618")))
"""1 is the measured move."""

FAN_RATIOS: Final = tuple(map(Decimal, ("0.382", "0.5", "0.618")))
TIME_RATIOS: Final = tuple(map(Decimal, ("0.382", "0.618", "1", "1.618")))
PIVOT_RATIOS: Final = tuple(map(Decimal, ("0.382", "0.618", "1")))

POCKET: Final = (Decimal("0.618"), Decimal("0.65"))
"""The golden pocket. 0.65 is a convention of traders, no Fibonacci ratio."""

MAX_ZONES: Final = 40
"""The 40th Fibonacci number is past a hundred million bars."""


class Tool(StrEnum):
    """What a level was drawn with."""

    RETRACEMENT = "RETRACEMENT"
    EXTENSION = "EXTENSION"
    PROJECTION = "PROJECTION"
    PIVOT = "PIVOT"


@dataclass(frozen=True, slots=True)
class Level:
    """One price that a tool marks.

    Attributes:
        tool: What drew it.
        ratio: Which fraction or multiple; for pivots of a session below zero under the middle.
        exact: The formula's price.
        price: The same on a tick, rounded away from where the price comes from: a print at it is a touch of
            the exact level, too.
        source: The leg it belongs to: two levels of one source are no confluence.
        weight: How much it counts in a confluence; older legs less.
    """

    tool: Tool
    ratio: Decimal
    exact: Decimal
    price: Decimal
    source: str = ""
    weight: Decimal = Decimal(1)

    def as_stop(self, *, entry: Decimal, tick: Decimal) -> Decimal:
        """Return it as the price of a stop: on a tick, never nearer to the entry than the level."""
        return on_tick(self.exact, tick, up=self.exact >= entry)

    def as_target(self, *, entry: Decimal, tick: Decimal) -> Decimal:
        """Return it as the price of a target: on a tick, never beyond the level."""
        return on_tick(self.exact, tick, up=self.exact < entry)


@dataclass(frozen=True, slots=True)
class Leg:
    """One move, from A to B.

    Attributes:
        start: Price A.
        end: Price B.
        start_bar: Bar of A; None where it is not from a chart.
        end_bar: Bar of B.
        name: What its levels give as their source.
    """

    start: Decimal
    end: Decimal
    start_bar: int | None = None
    end_bar: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not (self.start.is_finite() and self.end.is_finite()):
            raise ValueError(f"a leg needs two prices, not {self.start} and {self.end}")
        if self.start == self.end:
            raise ValueError(f"a leg from {self.start} to {self.end} has no length")

    @classmethod
    def between(cls, start: Pivot, end: Pivot, *, name: str = "") -> "Leg":
        """Return the leg between two pivots, the older one first."""
        if start.bar >= end.bar or start.kind is end.kind:
            raise ValueError("a leg goes from one pivot to a later one of the other kind")
        return cls(start.price, end.price, start.bar, end.bar, name or f"{start.price}>{end.price}")

    @property
    def is_up(self) -> bool:
        """Whether it rose."""
        return self.end > self.start

    @property
    def move(self) -> Decimal:
        """B - A: above zero for a rise."""
        return self.end - self.start


def on_tick(price: Decimal, tick: Decimal, *, up: bool) -> Decimal:
    """Return the nearest multiple of `tick` that is not below `price` (`up`), or not above it."""
    if tick <= 0:
        raise ValueError(f"a tick of {tick}")
    return multiple_of(price, tick, ROUND_CEILING if up else ROUND_FLOOR)


def retracement(start: Decimal, end: Decimal, ratio: Decimal) -> Decimal:
    """Return B - r (B - A): 0 is the end of the move, 1 its start."""
    return end - ratio * (end - start)


def extension(start: Decimal, end: Decimal, ratio: Decimal) -> Decimal:
    """Return A + r (B - A): 1 is the end of the move, more is beyond it."""
    return start + ratio * (end - start)


def projection(start: Decimal, end: Decimal, third: Decimal, ratio: Decimal) -> Decimal:
    """Return C + r (B - A): the same move again from C, times `ratio`."""
    return third + ratio * (end - start)


def log_retracement(start: Decimal, end: Decimal, ratio: Decimal) -> Decimal:
    """Return B (A / B)^r: equal fractions are equal percentages. Worth it where B / A passes 1.5.

    Raises:
        ValueError: A price is not above zero.
    """
    _need_positive(start, end)
    return end * (start / end) ** ratio


def log_extension(start: Decimal, end: Decimal, ratio: Decimal) -> Decimal:
    """Return A (B / A)^r; errors as in `log_retracement`."""
    _need_positive(start, end)
    return start * (end / start) ** ratio


def log_projection(start: Decimal, end: Decimal, third: Decimal, ratio: Decimal) -> Decimal:
    """Return C (B / A)^r; errors as in `log_retracement`."""
    _need_positive(start, end, third)
    return third * (end / start) ** ratio


def retrace_ratio(start: Decimal, end: Decimal, third: Decimal) -> Decimal:
    """Return how much of the move from A to B the price took back until C: |B - C| / |B - A|."""
    return abs(end - third) / abs(end - start)


def retracements(
    leg: Leg, tick: Decimal, *, ratios: Sequence[Decimal] = RETRACEMENT_RATIOS, log: bool = False
) -> tuple[Level, ...]:
    """Return the retracement levels of a leg, nearest to its end first."""
    formula = log_retracement if log else retracement
    # The price comes back from B: away from it is down in a rise.
    return tuple(
        _level(Tool.RETRACEMENT, ratio, formula(leg.start, leg.end, ratio), tick, leg.name, up=not leg.is_up)
        for ratio in ratios
    )


def extensions(
    leg: Leg, tick: Decimal, *, ratios: Sequence[Decimal] = EXTENSION_RATIOS, log: bool = False
) -> tuple[Level, ...]:
    """Return the levels beyond the end of a leg, nearest first."""
    formula = log_extension if log else extension
    return tuple(
        _level(Tool.EXTENSION, ratio, formula(leg.start, leg.end, ratio), tick, leg.name, up=leg.is_up)
        for ratio in ratios
    )


def projections(
    leg: Leg,
    third: Decimal,
    tick: Decimal,
    *,
    ratios: Sequence[Decimal] = PROJECTION_RATIOS,
    log: bool = False,
) -> tuple[Level, ...]:
    """Return where the move of a leg ends if it is made again from C, nearest first."""
    levels = []
    for ratio in ratios:
        if log:
            exact = log_projection(leg.start, leg.end, third, ratio)
        else:
            exact = projection(leg.start, leg.end, third, ratio)
        levels.append(_level(Tool.PROJECTION, ratio, exact, tick, leg.name, up=leg.is_up))
    return tuple(levels)


def golden_pocket(leg: Leg, tick: Decimal, *, log: bool = False) -> tuple[Level, Level]:
    """Return the two edges of the golden pocket, the one nearer to the end of the leg first."""
    near, far = retracements(leg, tick, ratios=POCKET, log=log)
    return near, far


def session_pivots(high: Decimal, low: Decimal, close: Decimal, tick: Decimal) -> tuple[Level, ...]:
    """Return the Fibonacci pivots of the last session, lowest first: S3, S2, S1, the middle, R1, R2, R3.

    The middle is (H + L + C) / 3, the others lie 0.382, 0.618 and 1 ranges from it; each is rounded away from
    the middle.

    Raises:
        ValueError: The close is not between low and high.
    """
    if not low <= close <= high:
        raise ValueError(f"the close {close} is not between the low {low} and the high {high}")
    middle = (high + low + close) / 3
    ratios = (*(-ratio for ratio in reversed(PIVOT_RATIOS)), ZERO, *PIVOT_RATIOS)
    return tuple(
        _level(Tool.PIVOT, ratio, middle + ratio * (high - low), tick, "session", up=ratio > 0)
        for ratio in ratios
    )


def time_zones(start_bar: int, unit: int, *, last_bar: int) -> tuple[int, ...]:
    """Return the bars at A + F x unit for F = 1, 2, 3, 5, 8 ... up to `last_bar`; bars, not hours."""
    if unit < 1:
        raise ValueError(f"a time zone of {unit} bars")
    bars: list[int] = []
    number, following = 1, 2
    while start_bar + number * unit <= last_bar and len(bars) < MAX_ZONES:
        bars.append(start_bar + number * unit)
        number, following = following, number + following
    return tuple(bars)


def time_retracements(
    start_bar: int, end_bar: int, *, ratios: Sequence[Decimal] = TIME_RATIOS
) -> tuple[Decimal, ...]:
    """Return B + r (B - A) in bars: when the answer to a move has taken that fraction of its time."""
    return tuple(end_bar + ratio * (end_bar - start_bar) for ratio in ratios)


def fan_price(leg: Leg, ratio: Decimal, bar: Decimal) -> Decimal:
    """Return where the fan line of `ratio` is at `bar`: from A through the retracement at the bar of B.

    Raises:
        ValueError: The leg is not from a chart.
    """
    if leg.start_bar is None or leg.end_bar is None or leg.start_bar == leg.end_bar:
        raise ValueError("a fan needs the bars of its leg")
    level = retracement(leg.start, leg.end, ratio)
    return leg.start + (level - leg.start) * (bar - leg.start_bar) / (leg.end_bar - leg.start_bar)


def _level(  # noqa: PLR0913 - it makes the value that has these fields
    tool: Tool, ratio: Decimal, exact: Decimal, tick: Decimal, source: str, *, up: bool
) -> Level:
    return Level(tool, ratio, exact, on_tick(exact, tick, up=up), source)


def _need_positive(*prices: Decimal) -> None:
    if min(prices) <= 0:
        raise ValueError(f"a logarithm needs prices above zero, not {min(prices)}")
