"""What the quiet panes share: lines of an exact width, signs, broken sentences. Pure."""

import re
from collections.abc import Sequence
from decimal import Decimal

from omega_tui.domain.side import Side
from omega_tui.text import cell_width
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import fitted
from omega_tui.ui.text.words import size_text

SIDE_ROLE = {Side.BUY: "side.buy", Side.SELL: "side.sell"}
OUTCOME_ROLE = {"YES": "outcome.yes", "NO": "outcome.no"}


_BREAK = re.compile(r" (?!%)").split
"""Between words, but not before a percent sign: a number and its unit stay on one line."""


def message(text: str, width: int, role: str = "dim") -> Line:
    """Return one dim sentence as a line."""
    return padded([Piece(f" {fitted(text, max(1, width - 1), '…')}", role)], width)


def indented(line: Line, width: int) -> Line:
    """Return a line moved one cell to the right, in `width` cells."""
    return padded([Piece(" ", ""), *line], width)


def filled(lines: Sequence[Line], width: int, rows: int) -> tuple[Line, ...]:
    """Return exactly `rows` lines: blank ones follow, or the last are left out."""
    blank = padded([], width)
    return (*lines[:rows], *(blank for _ in range(rows - len(lines))))


def sign_role(value: Decimal, positive: str, negative: str) -> str:
    """Return the role for the sign of a number; zero is dim."""
    return positive if value > 0 else negative if value < 0 else "dim"


def quantity_text(quantity: Decimal) -> str:
    """Return a position's size with its sign always shown."""
    return f"+{size_text(quantity)}" if quantity > 0 else size_text(quantity) if quantity else "0"


def wrapped(text: str, width: int) -> list[str]:
    """Return `text` as lines of at most `width` cells, broken at spaces where that can be."""
    lines: list[str] = []
    line = ""
    for word in _BREAK(text):
        piece = fitted(word, width, "…")
        if not line:
            line = piece
        elif cell_width(line) + 1 + cell_width(piece) <= width:
            line = f"{line} {piece}"
        else:
            lines.append(line)
            line = piece
    return [*lines, line]


def title_line(text: str, width: int, horizontal: str, role: str = "dim") -> Line:
    """Return the title of a pane, and a rule as far as the pane goes; one that is cut shows that it is."""
    return padded([Piece(fitted(f" {text} ", width, "…"), role), Piece(horizontal * width, "rule")], width)
