"""The vertical axis of a chart: which price is on which half of which row. Exact, and independent of a book.

A row has two halves, because the characters of a candle do. Halves are numbered from 0 at the top; half `k`
holds the prices from `top - k * step` down to, but without, `top - (k + 1) * step`.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.instrument import ZERO
from omega_tui.ui.chart.log_scale import LogScale, log_axis_prices

_DIGITS: Final = 2
"""A step keeps so many digits after its first: its multiples stay short numbers."""

_LEAST_SPAN_TICKS: Final = 4
"""A price that does not move is drawn as if it moved by so many ticks."""

_KEEPS: Final = Decimal("0.5")
"""A scale is kept while what it shows fills at least this part of it: one that rescales cannot be read."""


class PriceScale(Struct, frozen=True):
    """The prices on the rows of a chart.

    Attributes:
        top: The price at the upper edge of the first row.
        step: How far the price falls over half a row, above zero.
        rows: How many rows there are, at least 1.
    """

    top: Decimal
    step: Decimal
    rows: int

    @property
    def halves(self) -> int:
        """How many halves there are."""
        return 2 * self.rows

    @property
    def bottom(self) -> Decimal:
        """The price at the lower edge of the last row, which is not on it any more."""
        return self.top - self.step * self.halves

    def holds(self, price: Decimal) -> bool:
        """Whether a price is on a row."""
        return self.bottom < price <= self.top

    def half_of(self, price: Decimal) -> int:
        """Return the half that a price is on; of one beyond an edge, that edge's."""
        if price >= self.top:
            return 0
        if price <= self.bottom:
            return self.halves - 1
        return int((self.top - price) // self.step)

    def row_of(self, price: Decimal) -> int | None:
        """Return the row that a price is on; None where it is on none."""
        return self.half_of(price) // 2 if self.holds(price) else None

    def price_at(self, row: int) -> Decimal:
        """Return the price in the middle of a row; `row_of` gives the row back."""
        return self.top - self.step * (2 * row + 1)


def fitted_scale(
    low: Decimal, high: Decimal, rows: int, tick: Decimal, before: PriceScale | None = None
) -> PriceScale:
    """Return the scale on which `low` and `high` are half a row away from the edges.

    Args:
        low: Lowest price to show, finite.
        high: Highest, at least as high.
        rows: How many rows there are, at least 1.
        tick: Smallest step of the price, above zero.
        before: The scale so far. It is kept as long as both prices are on it and fill it well enough.
    """
    span = max(high - low, tick * _LEAST_SPAN_TICKS)
    if (
        before is not None
        and before.rows == rows
        and before.bottom < low
        and high <= before.top
        and span >= before.step * before.halves * _KEEPS
    ):
        return before
    usable = max(1, 2 * rows - 2)
    step = span / usable
    unit = Decimal(1).scaleb(step.adjusted() - _DIGITS)
    step = step.quantize(unit, rounding=ROUND_CEILING)
    spare = step * 2 * rows - (high - low)
    top = (high + spare / 2).quantize(unit, rounding=ROUND_CEILING)
    return PriceScale(top, step, rows)


Scale = PriceScale | LogScale
"""The vertical axis of a chart, of equal steps or of equal ratios."""


def axis_prices(scale: Scale, tick: Decimal, rows_apart: int = 3) -> tuple[tuple[int, Decimal], ...]:
    """Return round prices to write beside the rows, as pairs of row and price, highest first.

    They are multiples of 1, 2 or 5 times a power of ten ticks, and at least `rows_apart` rows apart.
    """
    if isinstance(scale, LogScale):
        return log_axis_prices(scale, tick, rows_apart)
    least = max(tick, scale.step * 2 * rows_apart)
    ticks = least / tick
    power = Decimal(1).scaleb(ticks.adjusted())
    nice = next(power * digit for digit in (1, 2, 5, 10) if power * digit >= ticks) * tick
    price = scale.top // nice * nice
    found: list[tuple[int, Decimal]] = []
    while price > scale.bottom and len(found) <= scale.rows:
        row = scale.row_of(price)
        if row is not None and (price > 0 or scale.bottom < ZERO):
            found.append((row, price))
        price -= nice
    return tuple(found)
