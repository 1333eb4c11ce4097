"""The menu and the sentences of the strip, and what every line of pieces is made with. Pure.

The ends are padded, and what does not fit is left out from the least important on, never cut in the middle of
a number.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from omega_tui.text import cell_width
from omega_tui.ui.desk.order_facts import Menu, MenuItem
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.text.formats import fitted
from omega_tui.units import NS_PER_S

Line = tuple[Piece, ...]


def menu_line(menu: Menu, width: int) -> Line:
    """Return the resolved verb menu, or the question that waits for Enter.

    Where it is narrow the objects stand closer, then those that would be refused say less and then go, then
    words are short; what does not fit even so is told by an ellipsis. Of a question the answers stay, and its
    end goes.
    """
    role = "question" if menu.is_question else "pending"
    title = [Piece(f" {menu.title} ", role), Piece("▸", "dim")]
    short = [replace(item, text=item.short or item.text) for item in menu.items]
    items: Sequence[MenuItem] = ()
    briefly = [one if one.enabled else brief for one, brief in zip(menu.items, short, strict=True)]
    for items in (menu.items, briefly, _possible(menu.items), short, _possible(short)):
        for gap in (" │ ", "  ", " "):
            line = [*title, *_items(items, gap)]
            if cells_of(line) <= width:
                return padded(line, width)
    if menu.is_question:
        answers = _items(items, " ")
        room = max(1, width - cells_of(answers) - 3)
        return padded([Piece(f" {fitted(menu.title, room, '…')} ", role), title[1], *answers], width)
    line = list(title)
    for number, item in enumerate(items):
        piece = _item(item, "" if number == 0 else " ")
        if cells_of(line) + cells_of(piece) > width - 2:
            return padded([*line, Piece(" …", "dim")], width)
        line += piece
    return padded(line, width)


def spread_menu(menu: Menu, width: int) -> tuple[Line, Line] | None:
    """Return a menu that names no price on both lines of the strip; None for another, or where one is enough.

    The second line goes on under the first object. What does not fit even so is left to `menu_line`.
    """
    title = [Piece(f" {menu.title} ", "pending"), Piece("▸", "dim")]
    one = cells_of(title) + cells_of(_items(menu.items, " "))
    if not menu.may_spread or one <= width:
        return None
    indent = Piece(" " * cells_of(title), "")
    short = [replace(item, text=item.short or item.text) for item in menu.items]
    for items, gap in ((menu.items, "  "), (short, "  "), (short, " ")):
        for first in range(len(items) - 1, 0, -1):
            upper = [*title, *_items(items[:first], gap)]
            if cells_of(upper) <= width:
                lower = [indent, *_items(items[first:], gap)]
                if cells_of(lower) <= width:
                    return padded(upper, width), padded(lower, width)
                break
    return None


def _possible(items: Sequence[MenuItem]) -> list[MenuItem]:
    return [item for item in items if item.enabled] or list(items)


def _items(items: Sequence[MenuItem], gap: str) -> list[Piece]:
    return [piece for number, item in enumerate(items) for piece in _item(item, gap if number else "")]


def _item(item: MenuItem, gap: str) -> Line:
    return (
        Piece(gap or " ", "dim"),
        Piece(item.key, "key" if item.enabled else "dim"),
        Piece(f" {item.text}", "strong" if item.enabled else "dim"),
    )


def message_line(text: str, role: str, width: int) -> Line:
    """Return one sentence as a whole line, cut with an ellipsis where it does not fit."""
    return padded([Piece(" " + fitted(text, max(1, width - 2), "…"), role)], width)


def two_lines(text: str, role: str, width: int) -> tuple[Line, Line] | None:
    """Return a sentence on both lines of the strip; None where one is enough."""
    room = max(1, width - 2)
    if cell_width(text) <= room:
        return None
    first, rest = text, ""
    while cell_width(first) > room and " " in first:
        first, _, word = first.rpartition(" ")
        rest = f"{word} {rest}"
    return message_line(first, role, width), message_line(rest.rstrip(), role, width)


# ------------------------------------------------------------------------------------------- shared


def clock_text(ns: int) -> str:
    """Return the time of day, UTC, as `14:02:11`, of nanoseconds since the epoch."""
    seconds = ns // NS_PER_S % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def cells_of(pieces: Sequence[Piece]) -> int:
    """Return how many cells the pieces take."""
    return sum(cell_width(piece.text) for piece in pieces)


def padded(pieces: Sequence[Piece], width: int) -> Line:
    """Return the pieces in exactly `width` cells: the end is padded, or the last pieces are cut."""
    line: list[Piece] = []
    room = width
    for piece in pieces:
        text = fitted(piece.text, room)
        if text:
            line.append(Piece(text, piece.role))
            room -= cell_width(text)
        if room <= 0:
            break
    if room > 0:
        line.append(Piece(" " * room, ""))
    return tuple(line)
