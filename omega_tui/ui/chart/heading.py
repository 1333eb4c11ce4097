"""The line above a chart: which bars, whether they are good, where they come from, one in numbers. Pure."""

from collections.abc import Iterable

from omega_tui.domain.candle import Candle
from omega_tui.text import cell_width
from omega_tui.ui.chart.axis import bar_time
from omega_tui.ui.chart.bars import direction_role
from omega_tui.ui.chart.model import ChartModel
from omega_tui.ui.ladder.row_cells import LadderRow, Piece, merged
from omega_tui.ui.text.formats import fitted, left, price_text, size_text

_VOLUME_CELLS = 7


def heading(model: ChartModel, bar: Candle | None, number: int, width: int, decimals: int) -> LadderRow:
    """Return the line, `width` cells wide.

    What says that data may be bad comes first, then where they come from; the numbers go where room is left.

    Args:
        model: What is shown.
        bar: The bar under the cursor, or else the last one shown; None where there is none.
        number: Its number.
        width: Cells.
        decimals: How many decimals a price is written with.
    """
    pieces = [Piece(f" {model.title}" if model.title else "", "title.name")]
    if model.state:
        pieces += [Piece(" ", "title"), Piece(model.state, "chip.stale")]
    if bar is not None and model.cursor is not None:
        when = bar_time(bar) if model.has_times else f"bar {number}"
        pieces.append(Piece(f" {when}", "mark"))
    used = sum(cell_width(piece.text) for piece in pieces)
    note = f" {model.note}" if model.note else ""
    numbers: list[Piece] = []
    if bar is not None and (model.is_live or model.cursor is not None):
        numbers = _numbers(bar, decimals, is_partial=bar.start_ns in model.incomplete)
    if not model.has_volume:
        numbers = numbers[:4]
    # As many of the numbers as fit beside the note; the close is the last to go.
    for shown in (numbers, numbers[:4], numbers[3:4], []):
        room = width - used - cell_width(note) - sum(cell_width(piece.text) for piece in shown)
        if room >= 0:
            pieces += shown
            break
    rest = max(0, width - sum(cell_width(piece.text) for piece in pieces))
    pieces.append(Piece(left(fitted(note, rest, "~" if model.glyphs != "unicode" else "…"), rest), "title"))
    return LadderRow(_cut(merged(pieces), width), "stale.title" if model.state else "title")


def _numbers(bar: Candle, decimals: int, *, is_partial: bool) -> list[Piece]:
    direction = (bar.close > bar.open) - (bar.close < bar.open)
    role = direction_role(direction)
    prices = (("O", bar.open), ("H", bar.high), ("L", bar.low), ("C", bar.close))
    pieces = [Piece(f" {letter}{price_text(price, decimals)}", "title") for letter, price in prices]
    sign = {1: "+", -1: "-", 0: "="}[direction]
    pieces[3] = Piece(f" C{price_text(bar.close, decimals)}{sign}", role)
    pieces.append(Piece(f" V{size_text(bar.volume, _VOLUME_CELLS, 2).strip()}", "title"))
    if is_partial:
        pieces.append(Piece(" (not whole)", "check.bad"))
    return pieces


def _cut(pieces: Iterable[Piece], width: int) -> tuple[Piece, ...]:
    cut: list[Piece] = []
    for piece in pieces:
        text = fitted(piece.text, width)
        width -= cell_width(text)
        if text:
            cut.append(Piece(text, piece.role))
    return tuple(cut)
