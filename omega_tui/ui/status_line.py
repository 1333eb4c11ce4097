"""The two lines of the strip, as pieces of text with a role each, and what every line is made with. Pure.

The ends are padded, and what does not fit is left out from the least important on, never cut in the middle of
a number.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.text import cell_width
from omega_tui.ui.formats import fitted
from omega_tui.ui.order_facts import Menu, MenuItem
from omega_tui.ui.row_cells import Piece
from omega_tui.ui.words import price_text, size_text
from omega_tui.units import NS_PER_S

Line = tuple[Piece, ...]


class CursorFacts(Struct, frozen=True):
    """What line 1 of the strip is made of.

    Attributes:
        instrument: What the ladder shows.
        book: Its book.
        cursor_price: Where the cursor is.
        orders: Ours that work there.
        position: Ours in it, signed.
        next_size: Size of the next order.
        ahead: What is thought to rest ahead of ours at the cursor; None where nothing of ours does.
        alert: What is waited for at that price.
        limit: How large the position may be, in units of the instrument; None where that is not known.
        is_past: Whether the book may be bad: it is what was, and looks it.
    """

    instrument: Instrument | None
    book: BookSnapshot | None
    cursor_price: Decimal | None
    orders: tuple[Order, ...]
    position: Decimal
    next_size: Decimal
    ahead: Decimal | None = None
    alert: str = ""
    limit: Decimal | None = None
    is_past: bool = False


def cursor_line(facts: CursorFacts, cursor_glyph: str, width: int) -> Line:
    """Return where the cursor is, what rests there, what is ours, and what could become of the position."""
    instrument, price = facts.instrument, facts.cursor_price
    if instrument is None:
        return padded([Piece(" no market yet: / finds one, g4 lists them", "dim")], width)
    if price is None:
        return padded([Piece(" no cursor yet: it comes with the first book", "dim")], width)
    parts: list[Line] = [
        (
            Piece(f" {cursor_glyph} ", "cursor"),
            Piece(price_text(price, instrument), "strong"),
            _offset(facts, price, instrument),
        )
    ]
    resting = _resting(price, facts.book)
    if resting is not None:
        verb, role = ("rested ", "dim") if facts.is_past else ("rests ", "")
        parts.append((Piece(verb, "dim"), Piece(size_text(resting), role)))
    mine = [order for order in facts.orders if (order.request.trigger_price or order.request.price) == price]
    if mine:
        left = sum((order.remaining for order in mine), Decimal(0))
        side = mine[0].request.side
        role = "side.buy" if side is Side.BUY else "side.sell"
        parts.append((Piece("mine ", "dim"), Piece(f"{side} {size_text(left)}", role)))
        if facts.ahead is not None:
            role = "dim" if facts.is_past else ""
            parts.append((Piece("ahead ", "dim"), Piece(f"~{size_text(facts.ahead)}", role)))
    if facts.alert:
        parts.append((Piece("alert ", "dim"), Piece(facts.alert, "strong")))
    parts.append(_worst(facts))
    line = list(parts[0])
    for part in parts[1:]:
        if cells_of(line) + 3 + cells_of(part) > width:
            return padded(line, width)
        line += [Piece(" · ", "dim"), *part]
    limit = None if facts.limit is None else Piece(f" of {size_text(_whole(facts.limit))}", "dim")
    if limit is not None and cells_of(line) + cell_width(limit.text) < width:
        line.append(limit)
    return padded(line, width)


def menu_line(menu: Menu, width: int) -> Line:
    """Return the resolved verb menu, or the question that waits for Enter.

    Where it is narrow the objects stand closer, then those that would be refused go, then words are short;
    what does not fit even so is told by an ellipsis. Of a question the answers stay, and its end goes.
    """
    role = "question" if menu.is_question else "pending"
    title = [Piece(f" {menu.title} ", role), Piece("▸", "dim")]
    short = [replace(item, text=item.short or item.text) for item in menu.items]
    items: Sequence[MenuItem] = ()
    for items in (menu.items, _possible(menu.items), short, _possible(short)):
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


def _offset(facts: CursorFacts, price: Decimal, instrument: Instrument) -> Piece:
    """Return how far a price is from the touch, and that it was where the book may be bad."""
    where = _from_touch(price, facts.book, instrument)
    if not where:
        return Piece("", "")
    return Piece(f" was {where}", "dim") if facts.is_past else Piece(f" = {where}", "")


def _from_touch(price: Decimal, book: BookSnapshot | None, instrument: Instrument) -> str:
    bid = book.best_bid if book is not None else None
    ask = book.best_ask if book is not None else None
    if bid is None and ask is None:
        return ""
    if ask is not None and price >= ask:
        ticks = instrument.to_ticks(price - ask)
        return f"ask+{ticks}t" if ticks else "ask"
    if bid is None:
        assert ask is not None
        return f"ask-{instrument.to_ticks(ask - price)}t"
    ticks = instrument.to_ticks(price - bid)
    return f"bid{ticks:+}t" if ticks else "bid"


def _resting(price: Decimal, book: BookSnapshot | None) -> Decimal | None:
    if book is None:
        return None
    return next(
        (level.size for side in (book.bids, book.asks) for level in side if level.price == price), None
    )


def _worst(facts: CursorFacts) -> Line:
    """Return position + same-side working + the next order, for both sides (the usual formula of desks).

    A side on which the next order would go beyond the limit of a position is a warning.
    """
    buys = sum((o.remaining for o in facts.orders if o.request.side is Side.BUY), Decimal(0))
    sells = sum((o.remaining for o in facts.orders if o.request.side is Side.SELL), Decimal(0))
    most = facts.position + buys + facts.next_size
    least = facts.position - sells - facts.next_size
    limit = facts.limit
    over = ["warn" if limit is not None and abs(one) > limit else "" for one in (most, least)]
    return (
        Piece("worst case ", "dim"),
        Piece(_signed(most), over[0]),
        Piece("/", ""),
        Piece(_signed(least), over[1]),
    )


def _whole(limit: Decimal) -> Decimal:
    """Return a limit rounded down to three digits, or to all before the point."""
    places = min(0, limit.adjusted() - 2)
    return limit.quantize(Decimal(1).scaleb(places), rounding=ROUND_DOWN)


def _signed(value: Decimal) -> str:
    return f"+{size_text(value)}" if value > 0 else size_text(value) if value else "0"


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
