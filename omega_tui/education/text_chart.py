"""A chart as lines of plain text, for terminals without a screen. Pure.

A rising bar is hollow (`░` or `:`), a falling one full (`█` or `#`): colour is not needed to tell them apart.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.candle import Candle
from omega_tui.domain.lesson_view import ChartView


class Glyphs(NamedTuple):
    """What a chart is drawn with."""

    wick: str
    up: str
    down: str
    line: str


UNICODE: Final = Glyphs("│", "░", "█", "╌")
ASCII: Final = Glyphs("|", ":", "#", "-")

LEAST_WIDTH: Final = 20
GUTTER: Final = 2


def chart_lines(chart: ChartView, width: int, glyphs: Glyphs = UNICODE) -> list[str]:
    """Return a chart in at most `width` columns: prices on the right, marks above and below their bars.

    Where there are more bars than columns, neighbours are drawn as one bar.
    """
    if not chart.bars:
        return ["(no bars)"]
    prices = [level.price for level in chart.levels]
    low = min(*(bar.low for bar in chart.bars), *prices, chart.bars[0].low)
    high = max(*(bar.high for bar in chart.bars), *prices, chart.bars[0].high)
    labels = {level.price: f"{_short(level.price)} {level.label}" for level in chart.levels}
    edge = max(len(text) for text in (*labels.values(), _short(low), _short(high)))
    columns = max(LEAST_WIDTH, width - edge - GUTTER)
    per_column = -(-len(chart.bars) // columns)
    groups = [chart.bars[at : at + per_column] for at in range(0, len(chart.bars), per_column)]
    height = max(4, chart.height)
    scale = (high - low) or chart.tick

    def row(price: Decimal) -> int:
        return int((high - price) / scale * (height - 1) + Decimal("0.5"))

    grid = [[" "] * len(groups) for _ in range(height)]
    for price in labels:
        grid[row(price)] = [glyphs.line] * len(groups)
    for column, group in enumerate(groups):
        _draw(grid, column, group, row, glyphs)
    gutter = {0: _short(high), height - 1: _short(low)} | {row(price): text for price, text in labels.items()}
    lines = [f"{''.join(cells)}  {gutter.get(at, '')}".rstrip() for at, cells in enumerate(grid)]
    marks = _marks(chart, per_column, len(groups))
    return [*([chart.title] if chart.title else []), *lines, *([marks] if marks else [])]


def _draw(
    grid: list[list[str]],
    column: int,
    group: tuple[Candle, ...],
    row: Callable[[Decimal], int],
    glyphs: Glyphs,
) -> None:
    top, bottom = row(max(bar.high for bar in group)), row(min(bar.low for bar in group))
    first, last = group[0].open, group[-1].close
    body = glyphs.up if last >= first else glyphs.down
    upper, lower = row(max(first, last)), row(min(first, last))
    for at in range(top, bottom + 1):
        grid[at][column] = body if upper <= at <= lower else glyphs.wick


def _marks(chart: ChartView, per_column: int, columns: int) -> str:
    """Return a line with the first letters of marks under their bars; a word where there is room for it."""
    cells = [" "] * columns
    for mark in sorted(chart.marks, key=lambda one: one.bar):
        start = mark.bar // per_column
        for offset, letter in enumerate(mark.label):
            if start + offset < columns and (offset == 0 or cells[start + offset] == " "):
                cells[start + offset] = letter
    return "".join(cells).rstrip()


def _short(price: Decimal) -> str:
    text = f"{price:.4f}".rstrip("0").rstrip(".")
    return text or "0"
