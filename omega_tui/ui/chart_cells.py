"""A row of a chart while it is made: characters with their roles, then runs of one role. Pure."""

from collections.abc import Iterable

from omega_tui.ui.chart_layers import Cell
from omega_tui.ui.row_cells import Piece


def put_all(chars: list[str], roles: list[str], cells: Iterable[Cell]) -> None:
    """Write cells, the later ones over the earlier ones; their rows are known to be this one."""
    for _, column, text, role in cells:
        put(chars, roles, column, text, role)


def put(chars: list[str], roles: list[str], column: int, text: str, role: str) -> None:
    """Write text over what is there; what is beyond the edge is cut.

    Blanks at its ends leave what is under them, as those beside a candle; blanks inside are part of it.
    """
    if len(text) == 1 and column < len(chars):
        chars[column] = text
        roles[column] = role
        return
    inside = range(column + len(text) - len(text.lstrip()), column + len(text.rstrip()))
    for place, character in enumerate(text[: len(chars) - column], column):
        if character != " " or place in inside:
            chars[place] = character
            roles[place] = role


def pieces_of(chars: list[str], roles: list[str]) -> tuple[Piece, ...]:
    """Return runs of one role; blanks belong to what is before them, so that there are few runs."""
    pieces = []
    start, role = 0, roles[0]
    for place, other in enumerate(roles):
        if other and other != role:
            if role:
                pieces.append(Piece("".join(chars[start:place]), role))
                start = place
            role = other
    pieces.append(Piece("".join(chars[start:]), role or "plain"))
    return tuple(pieces)
