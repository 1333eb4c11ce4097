"""The cards of the panel in whatever room there is: of each the first sentence, then more of them. Pure."""

from collections.abc import Sequence
from typing import Final

from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.learn.learn_panel import PanelCard
from omega_tui.ui.panes.pane_lines import wrapped
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import fitted

TAGS: Final = {
    "risk": "RISK",
    "fibonacci": "FIB",
    "pattern": "SHAPE",
    "flow": "FLOW",
    "mistakes": "RECORD",
}
NOTHING: Final = "nothing to say yet"
_WIDE: Final = 46
"""From this width on the tags have a column of their own."""
_COLUMN: Final = 8


def panel_lines(cards: Sequence[PanelCard], tip: str, width: int, rows: int) -> tuple[Line, ...]:
    """Return as much of the cards as fits, in their order; a sentence is shown whole or not at all."""
    if not width or rows < 1:
        return ()
    if not (cards or tip):
        return (padded([Piece(f" {fitted(NOTHING, width - 1, '…')}", "dim")], width),)
    room = rows
    blocks: list[list[Line]] = []
    waiting: list[tuple[int, str]] = []
    if tip:
        lines = _sentence("TIP", tip, width, "warn")
        blocks.append(lines[:room])
        room -= len(blocks[0])
    for card in cards:
        first, *more = card.lines
        lines = _sentence(TAGS.get(card.kind, card.kind.upper()), first, width)
        if len(lines) > room:
            break
        room -= len(lines)
        blocks.append(lines)
        waiting += ((len(blocks) - 1, line) for line in more)
    for at, line in waiting:
        lines = _sentence("", line, width)
        if len(lines) <= room:
            room -= len(lines)
            blocks[at] += lines
    return tuple(line for block in blocks for line in block)


def _sentence(tag: str, text: str, width: int, role: str = "") -> list[Line]:
    """Return one sentence with its tag before it: in a column where there is room, else in the line."""
    if width >= _WIDE:
        rows = wrapped(text, width - _COLUMN - 2)
        heads = [tag, *("" for _ in rows[1:])]
        return [
            padded([Piece(f" {head:<{_COLUMN}}", "title"), Piece(row, role)], width)
            for head, row in zip(heads, rows, strict=True)
        ]
    rows = wrapped(f"{tag} {text}".strip(), max(1, width - 2))
    lines = []
    for number, row in enumerate(rows):
        if number == 0 and tag and row.startswith(tag):
            pieces = [Piece(f" {tag}", "title"), Piece(row[len(tag) :], role)]
        else:
            pieces = [Piece(f" {row}", role)]
        lines.append(padded(pieces, width))
    return lines


def panel_title(width: int, horizontal: str, keys: str) -> Line:
    """Return the title of the panel with its keys, as far as they fit."""
    title = [Piece(" LEARN ", "dim")]
    if len(keys) + 12 <= width:
        title.append(Piece(f" {keys} ", "faint"))
    return padded([*title, Piece(horizontal * width, "rule")], width)
