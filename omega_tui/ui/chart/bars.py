"""One candle as a column of characters, in every width and glyph set. Pure.

Two halves of a row are told apart where the glyphs can: a candle covers the halves from its high to its low,
no more and no fewer. In a half that a body shares with a wick in one cell only the body is drawn, except in
the compact width, whose lines show both.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from omega_tui.domain.candle import Candle
from omega_tui.ui.chart.scale import PriceScale, Scale

_NONE, _WICK, _BODY = ".", "|", "#"
_LOW, _HIGH = attrgetter("low"), attrgetter("high")

Halves = str
"""What is in the upper and the lower half of a cell: nothing `.`, wick `|` or body `#`."""


class Zoom(IntEnum):
    """How wide a candle is drawn, the widest first."""

    WIDE = 0
    NORMAL = 1
    COMPACT = 2
    DENSE = 3

    @property
    def pitch(self) -> int:
        """Columns from one candle to the next; DENSE has two candles to a column."""
        return _PITCH[self]

    @property
    def per_column(self) -> int:
        """How many candles share a column."""
        return 2 if self is Zoom.DENSE else 1

    @property
    def middle(self) -> int:
        """The column of a candle that its wick is in, counted from its first."""
        return 1 if self is Zoom.WIDE else 0


_PITCH: Final = {Zoom.WIDE: 3, Zoom.NORMAL: 2, Zoom.COMPACT: 1, Zoom.DENSE: 1}


class BarShape(NamedTuple):
    """Where a candle is on a scale, in halves of rows from the top.

    Attributes:
        high: Half of its highest price.
        upper: Upper end of its body.
        lower: Lower end of its body, at least `upper`.
        low: Half of its lowest price.
        direction: 1 where it closed above its open, -1 below, 0 where it came back.
    """

    high: int
    upper: int
    lower: int
    low: int
    direction: int


_NOBODY: Final = BarShape(0, 0, 0, -1, 0)
"""A candle that is in no half."""


class Column(NamedTuple):
    """The characters of a candle.

    Attributes:
        row: Of the first text.
        texts: One for each row that the candle is on, from the top; all of one length.
    """

    row: int
    texts: tuple[str, ...]


_SOLID: Final[Mapping[Halves, str]] = {
    "..": " ",
    "|.": "╵",
    ".|": "╷",
    "||": "│",
    "#.": "▀",
    ".#": "▄",
    "##": "█",
    "|#": "▄",
    "#|": "▀",
}
_LINES: Final[Mapping[Halves, str]] = {**_SOLID, "#.": "╹", ".#": "╻", "##": "┃", "|#": "╽", "#|": "╿"}
_HOLLOW: Final[Mapping[Halves, str]] = {**_SOLID, "#.": "╨", ".#": "╥", "##": "║", "|#": "╥", "#|": "╨"}
_LEFT: Final[Mapping[Halves, str]] = {"..": " ", "#.": "▝", ".#": "▗", "##": "▐"}
_RIGHT: Final[Mapping[Halves, str]] = {"..": " ", "#.": "▘", ".#": "▖", "##": "▌"}
_QUADRANTS: Final[Mapping[Halves, str]] = {
    left + right: glyph
    for left, row in zip(("..", "|.", ".|", "||"), (" ▝▗▐", "▘▀▚▜", "▖▞▄▟", "▌▛▙█"), strict=True)
    for right, glyph in zip(("..", "|.", ".|", "||"), row, strict=True)
}
"""Halves of the candle on the left, then those of the one on the right; bodies are drawn as wicks are."""

_PLAIN: Final = {"cjk": ("|", "░", "▐"), "ascii": ("|", ":", "#")}
"""Wick, rising body and falling body of the sets that draw whole cells."""


def zooms(glyph_set: str) -> tuple[Zoom, ...]:
    """Return the widths that a glyph set can draw, the widest first."""
    return tuple(Zoom) if glyph_set == "unicode" else (Zoom.WIDE, Zoom.NORMAL, Zoom.COMPACT)


def bar_shapes(bars: Sequence[Candle], scale: Scale) -> list[BarShape]:
    """Return where candles are on a scale; what is beyond its edges is drawn at them."""
    top, bottom = scale.top, scale.bottom
    step = scale.step if isinstance(scale, PriceScale) else None
    shapes = []
    for bar in bars:
        first, last, high, low = bar.open, bar.close, bar.high, bar.low
        direction = (last > first) - (last < first)
        upper, lower = (last, first) if direction >= 0 else (first, last)
        if step is not None and high <= top and low > bottom:
            # The usual case, without asking for every price whether it is beyond an edge.
            shapes.append(
                BarShape(
                    int((top - high) // step),
                    int((top - upper) // step),
                    int((top - lower) // step),
                    int((top - low) // step),
                    direction,
                )
            )
        else:
            half_of = scale.half_of
            shapes.append(BarShape(half_of(high), half_of(upper), half_of(lower), half_of(low), direction))
    return shapes


@lru_cache(16_384)
def bar_column(shape: BarShape, zoom: Zoom, glyph_set: str, *, hollow: bool = False) -> Column:
    """Return the characters of one candle, as wide as the zoom's pitch; DENSE is `pair_column`'s business.

    Args:
        shape: Where it is.
        zoom: How wide it is drawn.
        glyph_set: As in `GLYPH_SETS`. Those without halves tell rising from falling by the character.
        hollow: Whether a candle that rose is drawn as an outline, for screens without colour.
    """
    first, cells = shape.high // 2, _cells(shape)
    if glyph_set in _PLAIN:
        return Column(first, tuple(_plain(shape, halves, zoom, glyph_set) for halves in cells))
    outlined = hollow and shape.direction > 0
    if zoom is Zoom.WIDE:
        texts = [
            _outline(shape, row) if outlined and _BODY in halves else _wide(halves)
            for row, halves in enumerate(cells, first)
        ]
    else:
        table = _HOLLOW if outlined else _LINES if zoom is Zoom.COMPACT else _SOLID
        texts = [table[halves] for halves in cells]
        if zoom is Zoom.NORMAL:
            texts = [f"{text} " for text in texts]
    return Column(first, tuple(texts))


@lru_cache(16_384)
def pair_column(left: BarShape, right: BarShape | None) -> Column:
    """Return two candles in one column: from high to low, and no body, for there is no room for one."""
    if right is None:
        right = _NOBODY
        first, last = left.high // 2, left.low // 2
    else:
        first, last = min(left.high, right.high) // 2, max(left.low, right.low) // 2
    one, other = _reach(left, first, last), _reach(right, first, last)
    places = range(0, len(one), 2)
    return Column(first, tuple(_QUADRANTS[one[at : at + 2] + other[at : at + 2]] for at in places))


def _reach(shape: BarShape, first: int, last: int) -> str:
    """Return the halves of rows, from `first` to `last`, that a candle is in."""
    above, inside = shape.high - 2 * first, shape.low - shape.high + 1
    return (_NONE * above + _WICK * inside).ljust(2 * (last - first + 1), _NONE)


def _cells(shape: BarShape) -> list[Halves]:
    """Return what is in each of the cells of a candle, from the top."""
    high, upper, lower, low, _ = shape
    halves = _NONE * (high % 2) + _WICK * (upper - high) + _BODY * (lower - upper + 1) + _WICK * (low - lower)
    if low % 2 == 0:
        halves += _NONE
    return [halves[at : at + 2] for at in range(0, len(halves), 2)]


def _wide(halves: Halves) -> str:
    sides = halves.replace(_WICK, _NONE)
    return f"{_LEFT[sides]}{_SOLID[halves]}{_RIGHT[sides]}"


def _outline(shape: BarShape, row: int) -> str:
    """Return a row of a box; its lines are in the middle of their cells."""
    is_first, is_last = row == shape.upper // 2, row == shape.lower // 2
    above, below = shape.high < shape.upper, shape.lower < shape.low
    if is_first and is_last:
        return f"╞{'╪' if above and below else '╧' if above else '╤' if below else '═'}╡"
    if is_first:
        return f"┌{'┴' if above else '─'}┐"
    return f"└{'┬' if below else '─'}┘" if is_last else "│ │"


def _plain(shape: BarShape, halves: Halves, zoom: Zoom, glyph_set: str) -> str:
    wick, rising, falling = _PLAIN[glyph_set]
    is_body = _BODY in halves
    text = wick if not is_body else falling if shape.direction < 0 else rising
    return (text * 2 if is_body and zoom is Zoom.WIDE else text).ljust(zoom.pitch)


def direction_role(direction: int) -> str:
    """Return the style role of a candle of a direction."""
    return ("candle.flat", "candle.up", "candle.down")[direction]


def price_range(bars: Sequence[Candle]) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest price of bars, of which there is at least one."""
    return min(map(_LOW, bars)), max(map(_HIGH, bars))
