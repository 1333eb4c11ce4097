"""A row of a chart while it is made: characters with their roles, then runs of one role. Pure."""

from collections.abc import Iterable

from omega_tui.ui.chart.layers import Cell
from omega_tui.ui.ladder.row_cells import Piece

Spot = tuple[int, str, str]
"""Column, text and role of what is drawn on a row; a plain tuple, for a chart has a thousand of them."""


def spots_by_row(cells: Iterable[Cell], rows: int) -> list[list[Spot]]:
    """Return what is on each of `rows` rows, in the order of the cells."""
    spots: list[list[Spot]] = [[] for _ in range(rows)]
    for row, column, text, role in cells:
        spots[row].append((column, text, role))
    return spots


def put_all(chars: list[str], roles: list[str], spots: Iterable[Spot]) -> None:
    """Write what is on a row, the later over the earlier."""
    width = len(chars)
    for column, text, role in spots:
        if len(text) == 1 and column < width:
            chars[column] = text
            roles[column] = role
        else:
            put(chars, roles, column, text, role)


def put(chars: list[str], roles: list[str], column: int, text: str, role: str) -> None:
    """Write text over what is there; what is beyond the edge is cut.

    Blanks at its ends leave what is under them, as those beside a candle; blanks inside are part of it.
    """
    inside = range(column + len(text) - len(text.lstrip()), column + len(text.rstrip()))
    for place, character in enumerate(text[: len(chars) - column], column):
        if character != " " or place in inside:
            chars[place] = character
            roles[place] = role


def pieces_of(chars: list[str], roles: list[str]) -> tuple[Piece, ...]:
    """Return runs of one role; blanks belong to what is before them, so that there are few runs."""
    text = "".join(chars)
    pieces = []
    start, role = 0, roles[0]
    for place, other in enumerate(roles):
        if other != role and other:
            if role:
                pieces.append(Piece(text[start:place], role))
                start = place
            role = other
    pieces.append(Piece(text[start:], role or "plain"))
    return tuple(pieces)
