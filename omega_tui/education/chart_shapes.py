"""The geometry of chart patterns on alternating pivots, the last of which may still be forming.

Everything is measured in the pattern's own height or in ATR, so that neither the unit of the price nor the
timeframe matters. Shapes at the top are described; at the bottom every price is taken times -1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.education.chart_pattern import ChartPatternKind, Line
from omega_tui.education.swings import Pivot, PivotKind

MIN_HEIGHT: Final = Decimal(3)
"""In ATR: what is lower is noise."""

PEAK_TOLERANCE: Final = Decimal("0.15")
"""Peaks of a double or triple top differ by at most this share of its height."""

MIN_DOUBLE_BARS: Final = 8

SHOULDER_TOLERANCE: Final = Decimal("0.35")
TIME_SYMMETRY: Final = Decimal("2.5")
"""Osler 1998: one half of a head and shoulders takes at most so many times as long as the other."""

VOID_ABOVE_TOP: Final = Decimal("0.1")

TOUCH: Final = Decimal("0.5")
TOUCH_SHARE: Final = Decimal("0.1")
"""A pivot is on a line if it is within half an ATR of it, or a tenth of the width where that is more. The
wider measure is used only where no lines are found by the narrower one: with it a turn from before the
pattern passes for a touch, and tilts the line so much that a flat one is not flat any more."""

FLAT: Final = Decimal("0.15")
"""A line that rises by less than this share of the first width, from end to end, is flat."""

CONVERGED: Final = Decimal("0.65")
PARALLEL: Final = (Decimal("0.8"), Decimal("1.25"))
BROADENED: Final = 1 / CONVERGED
"""The last width in shares of the first one."""

LINE_PIVOTS: Final = (7, 6, 5)
"""How many pivots two lines are laid through; the most first."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern that was recognised; attributes as those of `ChartPattern`."""

    kind: ChartPatternKind
    pivots: tuple[Pivot, ...]
    height: Decimal
    above: Line | None
    below: Line | None
    void_above: Line | None
    void_below: Line | None
    reason: str

    @property
    def width(self) -> int:
        """Bars from its first pivot to its last."""
        return self.pivots[-1].bar - self.pivots[0].bar


def shapes(pivots: Sequence[Pivot]) -> Iterator[Shape]:
    """Yield what the last pivots form; they alternate, the newest one at the end."""
    for find in (head_and_shoulders, triple, double, between_lines):
        shape = find(pivots)
        if shape is not None:
            yield shape


def double(pivots: Sequence[Pivot]) -> Shape | None:
    """Find a double top: two like peaks after a rise that is as high as what lies between them."""
    if len(pivots) < 4:
        return None
    before, first, trough, last = pivots[-4:]
    sign, atr = last.kind.sign, last.atr
    height = sign * (first.price - trough.price)
    apart = abs(first.price - last.price)
    if (
        height < MIN_HEIGHT * atr
        or apart > PEAK_TOLERANCE * height
        or sign * (first.price - before.price) < height
        or last.bar - first.bar < MIN_DOUBLE_BARS
    ):
        return None
    reason = (
        f"peaks {first.price} and {last.price} differ by {apart} <= {PEAK_TOLERANCE} x height {height}, "
        f"which is {height / atr:.1f} >= {MIN_HEIGHT} ATR; before it {abs(first.price - before.price)}"
    )
    kinds = (ChartPatternKind.DOUBLE_TOP, ChartPatternKind.DOUBLE_BOTTOM)
    return _turn(kinds, (first, trough, last), height, Line(trough.bar, trough.price), reason)


def triple(pivots: Sequence[Pivot]) -> Shape | None:
    """Find a triple top: three like peaks over two like troughs, after a rise as high as it is deep."""
    if len(pivots) < 6:
        return None
    before, *five = pivots[-6:]
    first, left, middle, right, last = five
    sign, atr = last.kind.sign, last.atr
    deepest = min(left, right, key=lambda trough: sign * trough.price)
    peaks = [sign * peak.price for peak in (first, middle, last)]
    height = max(peaks) - sign * deepest.price
    apart = max(peaks) - min(peaks)
    if (
        height < MIN_HEIGHT * atr
        or apart > PEAK_TOLERANCE * height
        or abs(left.price - right.price) > SHOULDER_TOLERANCE * height
        or sign * (first.price - before.price) < height
    ):
        return None
    reason = (
        f"three peaks within {apart} <= {PEAK_TOLERANCE} x height {height}, "
        f"which is {height / atr:.1f} >= {MIN_HEIGHT} ATR"
    )
    kinds = (ChartPatternKind.TRIPLE_TOP, ChartPatternKind.TRIPLE_BOTTOM)
    return _turn(kinds, tuple(five), height, Line(deepest.bar, deepest.price), reason)


def head_and_shoulders(pivots: Sequence[Pivot]) -> Shape | None:
    """Find a head between two like shoulders after a rise (Osler 1998, with heights in ATR)."""
    if len(pivots) < 6:
        return None
    before, *five = pivots[-6:]
    left, dip, head, rise, right = five
    sign, atr = right.kind.sign, right.atr
    neckline = _through(dip, rise)
    height = sign * (head.price - neckline.at(head.bar))
    tops = (sign * left.price, sign * head.price, sign * right.price)
    troughs = (sign * dip.price, sign * rise.price)
    halves = (head.bar - left.bar, right.bar - head.bar)
    if (
        height < MIN_HEIGHT * atr
        or tops[1] <= max(tops[0], tops[2])
        or abs(left.price - right.price) > SHOULDER_TOLERANCE * height
        or max(halves) > TIME_SYMMETRY * min(halves)
        or sign * before.price > troughs[0]
    ):
        return None
    # Each shoulder above, and each trough below, the middle between the other shoulder and its trough.
    first_middle, second_middle = (tops[0] + troughs[0]) / 2, (tops[2] + troughs[1]) / 2
    if (
        tops[0] <= second_middle
        or tops[2] <= first_middle
        or troughs[0] >= second_middle
        or troughs[1] >= first_middle
    ):
        return None
    reason = (
        f"head {head.price} between shoulders {left.price} and {right.price}, which differ by "
        f"{abs(left.price - right.price)} <= {SHOULDER_TOLERANCE} x height {height:.6g}, "
        f"{height / atr:.1f} >= {MIN_HEIGHT} ATR; halves of {halves[0]} and {halves[1]} bars"
    )
    kinds = (ChartPatternKind.HEAD_AND_SHOULDERS, ChartPatternKind.INVERSE_HEAD_AND_SHOULDERS)
    return _turn(kinds, tuple(five), height, neckline, reason, void=Line(head.bar, head.price))


def between_lines(pivots: Sequence[Pivot]) -> Shape | None:
    """Find a triangle, wedge, rectangle, channel or broadening: pivots that lie on two lines.

    Of several readings the one that needs the narrower tolerance counts, and of those the one of most pivots.
    """
    newest = [tuple(pivots[-count:]) for count in LINE_PIVOTS if len(pivots) >= count]
    found = (_between_lines(some, share) for share in (ZERO, TOUCH_SHARE) for some in newest)
    return next((shape for shape in found if shape is not None), None)


def _between_lines(pivots: tuple[Pivot, ...], touch_share: Decimal) -> Shape | None:
    highs = [pivot for pivot in pivots if pivot.kind is PivotKind.HIGH]
    lows = [pivot for pivot in pivots if pivot.kind is PivotKind.LOW]
    upper, lower = _fit(highs), _fit(lows)
    start, end = pivots[0].bar, pivots[-1].bar
    first, last = upper.at(start) - lower.at(start), upper.at(end) - lower.at(end)
    widest, atr = max(first, last), pivots[-1].atr
    if min(first, last) <= 0 or widest < MIN_HEIGHT * atr:
        return None
    tolerance = max(TOUCH * atr, touch_share * widest)
    misses = [abs(pivot.price - upper.at(pivot.bar)) for pivot in highs]
    misses += [abs(pivot.price - lower.at(pivot.bar)) for pivot in lows]
    if max(misses) > tolerance:
        return None
    kind = _kind_of(upper.slope * (end - start) / widest, lower.slope * (end - start) / widest, last / first)
    if kind is None:
        return None
    reason = (
        f"{len(pivots)} pivots within {max(misses):.6g} <= {tolerance:.6g} of two lines; width {first:.6g} "
        f"to {last:.6g}, at most {widest / atr:.1f} >= {MIN_HEIGHT} ATR"
    )
    return Shape(kind, pivots, widest, upper, lower, upper, lower, reason)


def _kind_of(up: Decimal, down: Decimal, ratio: Decimal) -> ChartPatternKind | None:
    """Name two lines by how much they rise, in widths, and by the ratio of the last width to the first."""
    top, bottom = (0 if abs(rise) <= FLAT else 1 if rise > 0 else -1 for rise in (up, down))
    if ratio <= CONVERGED:
        return _CONVERGING.get((top, bottom))
    if PARALLEL[0] <= ratio <= PARALLEL[1]:
        return _PARALLEL.get((top, bottom))
    return ChartPatternKind.BROADENING if ratio >= BROADENED and (top, bottom) == (1, -1) else None


_CONVERGING: Final = {
    (-1, 1): ChartPatternKind.SYMMETRIC_TRIANGLE,
    (0, 1): ChartPatternKind.ASCENDING_TRIANGLE,
    (-1, 0): ChartPatternKind.DESCENDING_TRIANGLE,
    (1, 1): ChartPatternKind.RISING_WEDGE,
    (-1, -1): ChartPatternKind.FALLING_WEDGE,
}
_PARALLEL: Final = {
    (0, 0): ChartPatternKind.RECTANGLE,
    (1, 1): ChartPatternKind.RISING_CHANNEL,
    (-1, -1): ChartPatternKind.FALLING_CHANNEL,
}


def _turn(  # noqa: PLR0913 - the two kinds of void are the difference
    kinds: tuple[ChartPatternKind, ChartPatternKind],
    pivots: tuple[Pivot, ...],
    height: Decimal,
    trigger: Line,
    reason: str,
    *,
    void: Line | None = None,
) -> Shape:
    """Return a top (the first kind) or a bottom, by the kind of its first pivot."""
    sign = pivots[0].kind.sign
    if void is None:
        peak = max(pivots, key=lambda pivot: sign * pivot.price)
        void = Line(peak.bar, peak.price + sign * VOID_ABOVE_TOP * height)
    if sign > 0:
        return Shape(kinds[0], pivots, height, None, trigger, void, None, reason)
    return Shape(kinds[1], pivots, height, trigger, None, None, void, reason)


def _through(first: Pivot, second: Pivot) -> Line:
    return Line(first.bar, first.price, (second.price - first.price) / (second.bar - first.bar))


def _fit(pivots: Sequence[Pivot]) -> Line:
    """Return the line of least squares through pivots, of which there are at least two."""
    count = len(pivots)
    origin = pivots[0].bar
    middle = Decimal(sum(pivot.bar - origin for pivot in pivots)) / count
    mean = sum((pivot.price for pivot in pivots), ZERO) / count
    spread = sum(((pivot.bar - origin - middle) ** 2 for pivot in pivots), ZERO)
    slope = sum(((pivot.bar - origin - middle) * (pivot.price - mean) for pivot in pivots), ZERO) / spread
    return Line(origin, mean - slope * middle, slope)
