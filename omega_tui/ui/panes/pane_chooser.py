"""The panes of the side column: their names, and the line that says which one is shown. Pure."""

from typing import Final

from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.status_line import Line, cells_of, padded

PANES: Final = ("tape", "chart", "orders", "positions", "log", "learn", "markets")
_SHORT: Final = {"chart": "cht", "orders": "ord", "positions": "pos", "learn": "lrn", "markets": "mkt"}
"""What the chooser calls them, where a name is too long for it."""


def pane_after(pane: str, step: int) -> str:
    """Return the next pane, or the previous one where `step` is -1."""
    return PANES[(PANES.index(pane) + step) % len(PANES)]


def pane_called(word: str) -> str:
    """Return the pane that the chooser calls so; empty for none."""
    return next((name for name in PANES if word == _SHORT.get(name, name)), "")


def chooser_line(pane: str, width: int) -> Line:
    """Return the names of the panes, the shown one among them however narrow it is."""
    names = [_SHORT.get(name, name) for name in PANES]
    at = PANES.index(pane)
    first = 0
    while first < at and sum(len(name) + 1 for name in names[first : at + 1]) > width:
        first += 1
    pieces = [
        Piece(f" {name.upper() if number == at else name}", "strong" if number == at else "dim")
        for number, name in enumerate(names)
        if number >= first
    ]
    while pieces and cells_of(pieces) > width:
        pieces.pop()
    return padded(pieces, width)
