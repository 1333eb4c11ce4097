"""The heat of a book under the candles of a chart: where much rested, as long as it did. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.ui.chart.bars import Zoom
from omega_tui.ui.chart.layers import Cell
from omega_tui.ui.chart.view import Viewport
from omega_tui.ui.ladder.depth_memory import HeatMap

_SHADES: Final = (Decimal("0.81"), Decimal("0.36"), Decimal("0.12"))
"""Parts of the full size from which a shade begins, the darkest first: the scale is of square roots."""
ROLE: Final = "chart.heat"


def heat_cells(heat: HeatMap | None, bars: Sequence[Candle], view: Viewport, shades: str) -> list[Cell]:
    """Return a shade for each row of each bar where much rested at the last picture within the bar.

    Args:
        heat: What rested; None for nothing.
        bars: Of the chart.
        view: Which of them is where.
        shades: Glyphs, the lightest first; a blank one is not drawn.
    """
    if heat is None or not heat.full:
        return []
    cells = []
    times = [column.ts_ns for column in heat.columns]
    wide = 1 if view.zoom is Zoom.DENSE else view.zoom.pitch
    from_size = [(heat.full * part, shades[-1 - place]) for place, part in enumerate(_SHADES)]
    for bar in range(view.first, view.stop):
        column, candle = view.column_of(bar), bars[bar]
        at = bisect_left(times, candle.end_ns) - 1
        if column is None or at < 0 or times[at] < candle.start_ns:
            continue
        largest: dict[int, Decimal] = {}
        for price, size in heat.columns[at].levels:
            row = view.row_of(price)
            if row is not None and size > largest.get(row, Decimal(0)):
                largest[row] = size
        for row, size in largest.items():
            shade = next((glyph for least, glyph in from_size if size >= least), " ")
            if shade != " ":
                cells.append(Cell(row, column, shade * wide, ROLE))
    return cells
