"""Curves by the drawing of the chart: the book as cumulated sizes, and profit over time. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.instrument import ZERO
from omega_tui.ui.chart.glyphs import CHART_GLYPHS, ChartGlyphs
from omega_tui.ui.chart.layout import LEAST_HEIGHT, LEAST_WIDTH
from omega_tui.ui.chart.scale import PriceScale, axis_prices, fitted_scale
from omega_tui.ui.ladder.row_cells import LadderRow, Piece, merged
from omega_tui.ui.text.formats import centred, fitted, left, price_text, right

_HALVES: Final = {"unicode": ("▀", "▄", "█")}
_PLAIN: Final = {"cjk": "▐", "ascii": "#"}


class CurveModel(Struct, frozen=True):
    """Values in a row, and how they are drawn.

    Attributes:
        values: From left to right; None where there is nothing.
        roles: Style role of each.
        step: The step of the axis, above zero.
        title: Over the curve.
        note: Where it comes from.
        state: A word for data that may be bad; empty while they are good.
        ends: Written under the first, the middle and the last value.
        filled: Whether everything between the value and zero is drawn.
        empty: Why there is nothing, while there is nothing.
        glyphs: Name of the glyph set.
    """

    values: tuple[Decimal | None, ...]
    roles: tuple[str, ...]
    step: Decimal
    title: str = ""
    note: str = ""
    state: str = ""
    ends: tuple[str, str, str] = ("", "", "")
    filled: bool = False
    empty: str = "nothing yet"
    glyphs: str = "unicode"


def curve_rows(model: CurveModel, width: int, height: int) -> tuple[LadderRow, ...]:
    """Return `height` rows of exactly `width` cells; each value has the columns that its share comes to."""
    layer = "stale" if model.state else ""
    known = [value for value in model.values if value is not None]
    if width < LEAST_WIDTH or height < LEAST_HEIGHT or not known:
        rows = [LadderRow((Piece(" " * width, "dim"),), layer)] * height
        if height and width >= LEAST_WIDTH:
            rows[0] = _title(model, width)
            if height > 1:
                text = centred(fitted(model.empty, width), width)
                rows[height // 2] = LadderRow((Piece(text, "dim"),), layer)
        return tuple(rows)
    low, high = min(*known, ZERO), max(*known, ZERO)
    rows_of_values = height - 2
    scale = fitted_scale(low, high, rows_of_values, model.step)
    axis = dict(axis_prices(scale, model.step))
    texts = {row: _amount(price, model.step) for row, price in axis.items()}
    room = min(width // 2, 1 + max((len(text) for text in texts.values()), default=0))
    columns = _columns(model, width - room)
    glyphs = CHART_GLYPHS[model.glyphs]
    drawn = [
        LadderRow((*_row(model, columns, scale, row), *_beside(texts.get(row, ""), room, glyphs)), layer)
        for row in range(rows_of_values)
    ]
    below = LadderRow((Piece(_ends(model.ends, width - room) + " " * room, "chart.axis"),), layer)
    return (_title(model, width), *drawn, below)


def _title(model: CurveModel, width: int) -> LadderRow:
    pieces = [Piece(f" {model.title}", "title.name")]
    if model.state:
        pieces += [Piece(" ", "title"), Piece(model.state, "chip.stale")]
    rest = max(0, width - sum(len(piece.text) for piece in pieces))
    pieces.append(Piece(left(f" {model.note}" if model.note else "", rest), "title"))
    return LadderRow(merged([Piece(fitted(pieces[0].text, width), "title.name"), *pieces[1:]]), "title")


def _columns(model: CurveModel, width: int) -> list[tuple[Decimal | None, str]]:
    """Return a value and its role for each column; several values in one are told by the last."""
    count = len(model.values)
    places = [min(count - 1, ((column + 1) * count - 1) // width) for column in range(width)]
    return [(model.values[place], model.roles[place]) for place in places]


def _row(
    model: CurveModel, columns: Sequence[tuple[Decimal | None, str]], scale: PriceScale, row: int
) -> tuple[Piece, ...]:
    zero = scale.half_of(ZERO)
    pieces = []
    before: int | None = None
    for value, role in columns:
        half = None if value is None else scale.half_of(value)
        if half is None:
            text = " "
        else:
            other = zero if model.filled else half if before is None else before
            text = _glyph(min(half, other), max(half, other), row, model.glyphs)
        if text == " " and not model.filled and zero // 2 == row:
            text, role = CHART_GLYPHS[model.glyphs].level, "chart.level.line"  # noqa: PLW2901 - the zero line
        pieces.append(Piece(text, role))
        before = half
    return merged(pieces)


def _glyph(first: int, last: int, row: int, glyph_set: str) -> str:
    upper, lower = first <= 2 * row <= last, first <= 2 * row + 1 <= last
    if glyph_set in _PLAIN:
        return _PLAIN[glyph_set] if upper or lower else " "
    above, below, both = _HALVES[glyph_set]
    return both if upper and lower else above if upper else below if lower else " "


def _beside(text: str, room: int, glyphs: ChartGlyphs) -> tuple[Piece, ...]:
    return (Piece(glyphs.axis + right(text, room - 1), "chart.axis"),)


def _amount(value: Decimal, step: Decimal) -> str:
    exponent = step.normalize().as_tuple().exponent
    return price_text(value, max(0, -exponent if isinstance(exponent, int) else 0))


def _ends(ends: tuple[str, str, str], width: int) -> str:
    first, middle, last = (fitted(text, width) for text in ends)
    line = list(left(first, width))
    for text, start in ((middle, (width - len(middle)) // 2), (last, width - len(last))):
        if text and "".join(line[max(0, start - 1) : start + len(text)]).isspace():
            line[start : start + len(text)] = text
    return "".join(line)
