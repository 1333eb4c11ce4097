"""A chart of a lesson or a question, by the drawing of the trade screen's chart. Pure.

Rising candles are outlines: a lesson may be read on a terminal without colour, or on paper.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.lesson_view import ChartView
from omega_tui.ui.chart.bars import Zoom, zooms
from omega_tui.ui.chart.layout import LEAST_WIDTH
from omega_tui.ui.chart.model import BarPoint, ChartModel, LineKind, PriceLine
from omega_tui.ui.chart.painter import ChartPainter
from omega_tui.ui.chart.view import capacity
from omega_tui.ui.ladder.row_cells import LadderRow

BESIDE: Final = 12
"""The most columns that prices beside the candles take, when the width of a candle is chosen."""
LEAST_ROWS: Final = 4
ABOUT: Final = 2
"""Lines above and below the candles: title, and numbers of bars."""


def chart_rows(chart: ChartView, width: int, glyphs: str) -> tuple[LadderRow, ...]:
    """Return a chart with its title and the numbers of its bars, counted from 0.

    Candles are as wide as lets all of them be seen; where there are too many for the narrowest, neighbours
    are drawn as one.

    Args:
        chart: What is shown.
        width: Columns.
        glyphs: Name of the glyph set.
    """
    width = max(LEAST_WIDTH, width)
    widths = zooms(glyphs)[1:]  # The widest is for single candles, not for a course of them.
    fitting = [zoom for zoom in widths if _least(width, zoom) > len(chart.bars)]
    zoom = fitting[0] if fitting else widths[-1]
    group = 1 if fitting else -(-len(chart.bars) // max(1, _least(width, zoom) - 1))
    bars = chart.bars if group == 1 else _grouped(chart.bars, group)
    together = f"{group} bars drawn as one" if group > 1 else ""
    model = ChartModel(
        bars=bars,
        tick=chart.tick,
        title=chart.title,
        note=together,
        empty="no bars",
        zoom=zoom,
        lines=tuple(PriceLine(level.price, level.label, LineKind.LEVEL, fits=True) for level in chart.levels),
        points=tuple(
            BarPoint(
                mark.bar // group,
                mark.price,
                is_below=mark.price is not None and _is_low(bars, mark.bar // group, mark.price),
                label=mark.label,
            )
            for mark in chart.marks
        ),
        has_times=False,
        has_volume=False,
        glyphs=glyphs,
        hollow=True,
    )
    rows = ChartPainter().paint(model, width, max(LEAST_ROWS, chart.height) + ABOUT)
    return rows if group == 1 else rows[:-1]


def _least(width: int, zoom: Zoom) -> int:
    """Return how many bars fit beside prices of any length: with more columns room is left free for names."""
    return min(capacity(width - beside, zoom) for beside in range(1, BESIDE + 1))


def _grouped(bars: Sequence[Candle], group: int) -> tuple[Candle, ...]:
    made = []
    for start in range(0, len(bars), group):
        part = bars[start : start + group]
        made.append(
            replace(
                part[0],
                high=max(bar.high for bar in part),
                low=min(bar.low for bar in part),
                close=part[-1].close,
                volume=sum((bar.volume for bar in part[1:]), part[0].volume),
            )
        )
    return tuple(made)


def _is_low(bars: Sequence[Candle], number: int, price: Decimal) -> bool:
    """Whether a price is nearer to the low of its bar than to its high."""
    if not 0 <= number < len(bars):
        return False
    bar = bars[number]
    return 2 * price < bar.high + bar.low
