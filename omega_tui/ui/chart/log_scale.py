"""A vertical axis on which equal ratios are equally high, for prices that moved by large parts of them.

Halves are numbered and bounded as those of `chart.scale`; here each reaches down by the same share of its
price.
"""

from bisect import bisect_right
from decimal import Decimal
from typing import Final

from msgspec import Struct

_LEAST_SPAN_TICKS: Final = 4
_NICE: Final = (Decimal(5), Decimal(2), Decimal(1))


class LogScale(Struct, frozen=True):
    """The prices on the rows of a chart.

    Attributes:
        edges: The prices between the halves, highest first: one more than there are halves, all above zero.
        falls: The same times -1, for the search.
    """

    edges: tuple[Decimal, ...]
    falls: tuple[Decimal, ...]

    @property
    def top(self) -> Decimal:
        """The price at the upper edge of the first row."""
        return self.edges[0]

    @property
    def bottom(self) -> Decimal:
        """The price at the lower edge of the last row, which is not on it any more."""
        return self.edges[-1]

    @property
    def halves(self) -> int:
        """How many halves there are."""
        return len(self.edges) - 1

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.halves // 2

    def holds(self, price: Decimal) -> bool:
        """Whether a price is on a row."""
        return self.bottom < price <= self.top

    def half_of(self, price: Decimal) -> int:
        """Return the half that a price is on; of one beyond an edge, that edge's."""
        return max(0, min(self.halves, bisect_right(self.falls, -price)) - 1)

    def row_of(self, price: Decimal) -> int | None:
        """Return the row that a price is on; None where it is on none."""
        return self.half_of(price) // 2 if self.holds(price) else None

    def price_at(self, row: int) -> Decimal:
        """Return the price in the middle of a row, by ratio; `row_of` gives the row back."""
        return self.edges[2 * row + 1]


def fitted_log_scale(
    low: Decimal, high: Decimal, rows: int, tick: Decimal, before: LogScale | None = None
) -> LogScale:
    """Return the scale on which `low` and `high` are equally far from the edges, half a row or more.

    Args:
        low: Lowest price to show, above zero.
        high: Highest, at least as high.
        rows: How many rows there are, at least 1.
        tick: Smallest step of the price, above zero.
        before: The scale so far. It is kept as long as both prices are on it and fill half of it.
    """
    span = max(high / low, 1 + tick * _LEAST_SPAN_TICKS / low)
    if (
        before is not None
        and before.rows == rows
        and before.bottom < low
        and high <= before.top
        and span * span >= before.top / before.bottom
    ):
        return before
    usable = max(1, 2 * rows - 2)
    ratio = (span.ln() / usable).exp()
    edges = [high * (ratio ** (2 * rows) / (high / low)).sqrt()]
    for _ in range(2 * rows):
        edges.append(edges[-1] / ratio)
    return LogScale(tuple(edges), tuple(-edge for edge in edges))


def log_axis_prices(scale: LogScale, tick: Decimal, rows_apart: int) -> tuple[tuple[int, Decimal], ...]:
    """Return the roundest price of every so many rows, as pairs of row and price, highest first."""
    found = []
    for row in range(rows_apart // 2, scale.rows, rows_apart):
        price = _roundest(scale.edges[2 * row + 2], scale.edges[2 * row], tick)
        if price is not None:
            found.append((row, price))
    return tuple(found)


def _roundest(low: Decimal, high: Decimal, tick: Decimal) -> Decimal | None:
    """Return the price above `low`, up to `high`, that is a multiple of most; None where no tick is there."""
    power = Decimal(1).scaleb((high / tick).adjusted())
    while power >= 1:
        for digit in _NICE:
            unit = power * digit * tick
            price = high // unit * unit
            if price > low:
                return price
        power /= 10
    return None
