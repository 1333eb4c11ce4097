"""The strip of volume under the candles. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ZERO
from omega_tui.ui.chart.glyphs import CHART_GLYPHS
from omega_tui.ui.chart.layout import Layout
from omega_tui.ui.chart.view import Viewport
from omega_tui.ui.ladder.row_cells import LadderRow, Piece
from omega_tui.ui.text.formats import right, size_text


def volume_rows(  # noqa: PLR0913 - what is shown, and how
    bars: Sequence[Candle], view: Viewport, layout: Layout, *, most: Decimal, glyph_set: str, layer: str
) -> list[LadderRow]:
    """Return the rows of the strip, from the top.

    Args:
        bars: Those that the view shows.
        view: Which bar is in which column.
        layout: How many rows there are, and how wide.
        most: The volume that fills the strip.
        glyph_set: Name of the glyph set.
        layer: Of the rows.
    """
    if not layout.volume:
        return []
    glyphs = CHART_GLYPHS[glyph_set]
    groups = view.zoom.per_column
    volumes = [bar.volume for bar in bars]
    if groups > 1:
        volumes = [sum(volumes[place : place + groups], ZERO) for place in range(0, len(bars), groups)]
    most *= groups
    heights = volume_heights(volumes, most, layout.volume, len(glyphs.volume))
    columns = range(view.middle_of(view.first) or 0, layout.plot, view.zoom.pitch)
    # Letters that stand for a bar are read as text: they need the contrast of text.
    role = "volume" if glyph_set == "unicode" else "dim"
    rows = []
    for from_below in reversed(range(layout.volume)):
        chars = [" "] * layout.plot
        for column, sign in zip(columns, volume_glyphs(heights, from_below, glyphs.volume), strict=False):
            chars[column] = sign
        is_top = from_below == layout.volume - 1
        room = max(0, layout.axis - 1)
        label = right(size_text(most, room, 2), room) if is_top and room and most else " " * room
        pieces = [Piece("".join(chars), role)]
        if layout.axis:
            pieces.append(Piece(glyphs.axis + label, "chart.axis"))
        rows.append(LadderRow(tuple(pieces), layer))
    return rows


def volume_heights(volumes: Sequence[Decimal], most: Decimal, rows: int, parts: int) -> list[int]:
    """Return how high each volume is drawn, in parts of a row; what is not zero has one part at least."""
    if most <= 0 or rows == 0:
        return [0] * len(volumes)
    full = rows * parts
    return [min(full, max(1, int(volume * full / most))) if volume > 0 else 0 for volume in volumes]


def volume_glyphs(heights: Iterable[int], row_from_below: int, glyphs: str) -> list[str]:
    """Return the characters of volumes on one row of the strip, counted from its lowest."""
    below, parts = row_from_below * len(glyphs), len(glyphs)
    signs = " " + glyphs
    return [signs[min(parts, height - below)] if height > below else " " for height in heights]


def most_volume(bars: Sequence[Candle]) -> Decimal:
    """Return the largest volume; zero where there is none."""
    return max((bar.volume for bar in bars), default=ZERO)
