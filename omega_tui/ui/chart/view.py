"""Which bar is in which column of a chart, and which price on which row. Pure arithmetic."""

from decimal import Decimal

from msgspec import Struct

from omega_tui.ui.chart.bars import Zoom
from omega_tui.ui.chart.scale import Scale

LABEL_ROOM = 7
"""Columns right of the newest candle, for the labels of lines."""

LEAST_FOR_ROOM = 30
"""Charts narrower than this give all of their columns to candles."""


class Viewport(Struct, frozen=True):
    """A window of bars and prices.

    Attributes:
        scale: Which price is on which row.
        zoom: How wide a candle is.
        width: Columns for candles and labels, without the axis.
        first: Number of the oldest bar shown.
        stop: Number after that of the newest bar shown.
        left: Column of the oldest one.
    """

    scale: Scale
    zoom: Zoom
    width: int
    first: int
    stop: int
    left: int

    @property
    def rows(self) -> int:
        """Rows for candles."""
        return self.scale.rows

    def column_of(self, bar: int) -> int | None:
        """Return the first column of a bar; None where it is not shown."""
        if not self.first <= bar < self.stop:
            return None
        place = bar - self.first
        return self.left + (place // 2 if self.zoom is Zoom.DENSE else place * self.zoom.pitch)

    def middle_of(self, bar: int) -> int | None:
        """Return the column of a bar's wick; None where it is not shown."""
        column = self.column_of(bar)
        return None if column is None else column + self.zoom.middle

    def bar_at(self, column: int) -> int | None:
        """Return the bar that a column shows; of two in one, the newer. None where there is none."""
        if column < self.left:
            return None
        place = column - self.left
        bar = self.first + (2 * place + 1 if self.zoom is Zoom.DENSE else place // self.zoom.pitch)
        if bar == self.stop and self.zoom is Zoom.DENSE:
            bar -= 1  # The last column may hold one alone.
        return bar if bar < self.stop else None

    def row_of(self, price: Decimal) -> int | None:
        """Return the row of a price; None where it is beyond the edges."""
        return self.scale.row_of(price)

    def price_at(self, row: int) -> Decimal:
        """Return the price in the middle of a row."""
        return self.scale.price_at(row)


class Window(Struct, frozen=True):
    """Which bars are shown, before there is a scale for them; fields as in `Viewport`."""

    first: int
    stop: int
    left: int

    def on(self, scale: Scale, zoom: Zoom, width: int) -> Viewport:
        """Return it as a viewport."""
        return Viewport(scale, zoom, width, self.first, self.stop, self.left)


def label_room(width: int) -> int:
    """Return how many columns at the right stay free of candles."""
    return LABEL_ROOM if width >= LEAST_FOR_ROOM else 0


def capacity(width: int, zoom: Zoom) -> int:
    """Return how many bars fit, at least 1."""
    room = max(1, width - label_room(width))
    if zoom is Zoom.DENSE:
        return 2 * room
    # The gap after the last candle may fall off.
    return max(1, (room + zoom.pitch - 1 - (zoom is Zoom.WIDE) * 2) // zoom.pitch)


def window(count: int, width: int, zoom: Zoom, back: int) -> Window:
    """Return which of `count` bars are shown, the newest at the right.

    Args:
        count: How many there are.
        width: Columns for candles and labels.
        zoom: How wide a candle is.
        back: How many of the newest are scrolled out; never so many that fewer are shown than could be.
    """
    fit = capacity(width, zoom)
    back = max(0, min(back, count - fit))
    stop = count - back
    first = max(0, stop - fit)
    if zoom is Zoom.DENSE:
        first += first % 2  # Pairs stay together while bars are added.
        columns = -(-(stop - first) // 2)
    else:
        columns = (stop - first) * zoom.pitch
    return Window(first, stop, max(0, width - label_room(width) - columns))
