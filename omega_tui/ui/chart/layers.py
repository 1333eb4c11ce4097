"""What lies under and over the candles of a chart, as cells. Each layer is a pure function of a viewport."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.candle import Candle
from omega_tui.text import cell_width
from omega_tui.ui.chart.glyphs import ChartGlyphs
from omega_tui.ui.chart.model import BarPoint, LineKind, MarkKind, Outline, PriceLine
from omega_tui.ui.chart.view import Viewport, label_room
from omega_tui.ui.text.formats import fitted, price_text

LINE_ROLE: Final = {
    LineKind.POSITION: "mark",
    LineKind.LIQUIDATION: "chart.loud",
    LineKind.STOP: "own.held",
    LineKind.BUY: "own.buy",
    LineKind.SELL: "own.sell",
    LineKind.ALERT: "chart.alert",
    LineKind.LEVEL: "chart.level",
}

_MARK_ROLE: Final = {
    MarkKind.PIVOT: "chart.pivot",
    MarkKind.FORMING: "chart.forming",
    MarkKind.WORD: "chart.word",
    MarkKind.BUY: "own.buy",
    MarkKind.SELL: "own.sell",
}


_NAME_STEPS: Final = (-1, 1, -2, 2, -3, 3)
"""Rows from the last point of an outline on which its name may stand, the best first."""


class Cell(NamedTuple):
    """Characters at a place; cells that come later lie over those that come earlier."""

    row: int
    column: int
    text: str
    role: str


class Placed(NamedTuple):
    """A line on its row.

    Attributes:
        row: The row.
        line: What it is.
        edge: -1 where its price is above the chart and it stands on the first row; 1 below it; 0 on its row.
    """

    row: int
    line: PriceLine
    edge: int


def placed(lines: Iterable[PriceLine], view: Viewport) -> tuple[Placed, ...]:
    """Return the lines that are told, at most one for a row: the one that matters most, then the first."""
    best: dict[int, Placed] = {}
    for line in lines:
        row, edge = view.row_of(line.price), 0
        if row is None:
            if not line.kind.is_own:
                continue
            row, edge = (0, -1) if line.price > view.scale.top else (view.rows - 1, 1)
        known = best.get(row)
        if known is None or (abs(edge), line.kind) < (abs(known.edge), known.line.kind):
            best[row] = Placed(row, line, edge)
    return tuple(best[row] for row in sorted(best))


def line_cells(lines: Sequence[Placed], view: Viewport, glyphs: ChartGlyphs) -> list[Cell]:
    """Return the lines themselves, which lie under the candles."""
    cells = []
    for row, line, edge in lines:
        if edge:
            continue
        match line.kind:
            case LineKind.LEVEL:
                glyph, role = glyphs.level, "chart.level.line"
            case LineKind.POSITION | LineKind.LIQUIDATION:
                glyph, role = glyphs.line, LINE_ROLE[line.kind]
            case _:
                glyph, role = glyphs.order, LINE_ROLE[line.kind]
        cells.append(Cell(row, 0, glyph * view.width, role))
    return cells


def label_cells(lines: Sequence[Placed], view: Viewport, glyphs: ChartGlyphs, *, decimals: int) -> list[Cell]:
    """Return what lines are called, at the right, over the candles; beyond an edge with their prices."""
    cells = []
    room = max(label_room(view.width), view.width // 3)
    for row, line, edge in lines:
        label = line.label
        if edge:
            label = f"{glyphs.above if edge < 0 else glyphs.below}{price_text(line.price, decimals)} {label}"
        text = _words(label, room, glyphs)
        if text:
            cells.append(Cell(row, view.width - len(text), text, LINE_ROLE[line.kind]))
    return cells


def point_cells(
    points: Iterable[BarPoint], bars: Sequence[Candle], view: Viewport, glyphs: ChartGlyphs
) -> list[Cell]:
    """Return the marks at bars: one row beyond the price that they point at, where there is one."""
    cells = []
    for point in points:
        column = view.middle_of(point.bar)
        if column is None or point.bar >= len(bars):
            continue
        bar = bars[point.bar]
        price = point.price if point.price is not None else bar.low if point.is_below else bar.high
        at = view.row_of(price)
        if at is None:
            continue
        row = min(view.rows - 1, max(0, at + (1 if point.is_below else -1)))
        sign = _sign(point, glyphs)
        text = _words(sign + point.label, max(1, view.width - column), glyphs)
        cells.append(Cell(row, column, text, _MARK_ROLE[point.kind]))
    return cells


def outline_cells(
    outlines: Iterable[Outline], view: Viewport, glyphs: ChartGlyphs, labels: Sequence[Cell] = ()
) -> list[Cell]:
    """Return lines through points, dotted, and what they are called near their last point.

    Where names would lie on each other or on `labels`, that of the later outline stays and the earlier one
    goes to a row nearby; a name that finds none is left out.
    """
    cells, names = [], []
    for outline in outlines:
        role = "chart.pattern" if outline.is_certain else "chart.forming"
        places: list[tuple[int, int]] = []
        for (bar, price), (later, there) in zip(outline.points, outline.points[1:], strict=False):
            places += _between(bar, price, later, there, view)
        cells += [Cell(row, column, glyphs.dot, role) for column, row in places]
        if places and outline.label:
            column, row = places[-1]
            text = _words(outline.label, max(1, view.width - column - 1), glyphs)
            start = max(0, min(column + 1, view.width - len(text)))
            names.append(Cell(row, start, text, role))
    return cells + _apart(reversed(names), labels, view.rows)


def _apart(names: Iterable[Cell], labels: Sequence[Cell], rows: int) -> list[Cell]:
    """Return names on rows beside their own, each clear by a column of labels and of those before it."""
    taken = list(labels)
    for name in names:
        end = name.column + len(name.text)
        for row in (name.row + step for step in _NAME_STEPS):
            near = (one for one in taken if one.row == row)
            if 0 <= row < rows and all(
                end < one.column or one.column + len(one.text) < name.column for one in near
            ):
                taken.append(name._replace(row=row))
                break
    return taken[len(labels) :]


def _between(bar: int, price: Decimal, later: int, there: Decimal, view: Viewport) -> list[tuple[int, int]]:
    """Return the columns and rows of a straight line over bars, as far as they are shown."""
    places = []
    length = max(1, later - bar)
    for number in range(max(bar, view.first), min(later, view.stop - 1) + 1):
        row = view.row_of(price + (there - price) * (number - bar) / length)
        column = view.middle_of(number)
        if row is not None and column is not None:
            places.append((column, row))
    return places


def _words(text: str, width: int, glyphs: ChartGlyphs) -> str:
    """Return a label of at most `width` cells; a character that is not one cell wide cannot stand in it."""
    if not text.isascii():
        text = "".join(one if cell_width(one) == 1 else glyphs.ellipsis for one in text)
    return fitted(text, width, glyphs.ellipsis)


def _sign(point: BarPoint, glyphs: ChartGlyphs) -> str:
    match point.kind:
        case MarkKind.PIVOT:
            return glyphs.pivot_low if point.is_below else glyphs.pivot_high
        case MarkKind.FORMING:
            return glyphs.forming
        case MarkKind.BUY:
            return glyphs.bought
        case MarkKind.SELL:
            return glyphs.sold
        case MarkKind.WORD:
            return ""
