"""How the lines of a chart are shared out between heading, candles, volume and times. Pure."""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.instrument import decimals_of
from omega_tui.ui.chart.model import ChartModel
from omega_tui.ui.text.formats import price_text

LEAST_WIDTH: Final = 12
LEAST_HEIGHT: Final = 3
"""Below these there is no chart."""

_VOLUME: Final = ((16, 3), (11, 2), (9, 1))
"""From so many lines on, so many of them are volume."""
_TIMES_FROM: Final = 7


class Layout(Struct, frozen=True):
    """Shares of a chart's lines and columns.

    Attributes:
        width: All columns.
        heading: Lines of the heading, 0 or 1.
        rows: Lines of candles.
        volume: Lines of volume.
        times: Lines of times, 0 or 1.
        axis: Columns of prices at the right, their rule included.
        decimals: How many decimals a price is written with.
    """

    width: int
    heading: int
    rows: int
    volume: int
    times: int
    axis: int
    decimals: int

    @property
    def plot(self) -> int:
        """Columns of candles and labels."""
        return self.width - self.axis


def layout_of(model: ChartModel, width: int, height: int, prices: tuple[Decimal, ...]) -> Layout:
    """Return how a chart is laid out.

    Args:
        model: What is shown.
        width: Columns, at least `LEAST_WIDTH`.
        height: Lines, at least `LEAST_HEIGHT`.
        prices: Every price that may have to be written beside the rows.
    """
    decimals = decimals_of(model.tick)
    axis = 1 + max((len(price_text(price, decimals)) for price in prices), default=0)
    axis = min(axis, width // 2)
    volume = next((rows for least, rows in _VOLUME if height >= least), 0) if model.has_volume else 0
    times = int(height >= _TIMES_FROM)
    return Layout(width, 1, height - 1 - volume - times, volume, times, axis, decimals)
