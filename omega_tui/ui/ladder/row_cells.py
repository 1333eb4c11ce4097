"""One row of a ladder, from its facts to styled pieces of text."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from omega_tui.domain.side import Side
from omega_tui.ui.ladder.axis import EIGHTHS
from omega_tui.ui.ladder.columns import Columns
from omega_tui.ui.ladder.model import LastSize
from omega_tui.ui.ladder.own_cells import OwnCell, ahead_text, own_role, own_text
from omega_tui.ui.ladder.pointers import Pointer, pointer_text
from omega_tui.ui.style.glyphs import GLYPH_SETS, GlyphSet
from omega_tui.ui.style.size_scale import SizeGrid
from omega_tui.ui.text.formats import fitted, left, right, size_text

_SEEN_WHEN_BLANK: Final = ("bar.", "edge.", "own.", "price.cursor", "chip.", "title", "lock")
"""Roles with a ground or a line of their own: a blank in them is not nothing."""


class Piece(NamedTuple):
    """A run of cells in one style.

    Attributes:
        text: What is drawn.
        role: What it means, as `size` or `own.buy`; the theme has a style for each.
    """

    text: str
    role: str


class LadderRow(NamedTuple):
    """One line of a ladder.

    Attributes:
        pieces: Left to right; together exactly as wide as the ladder.
        layer: What lies on the whole row: `cursor`, `cursor.idle`, `cursor.buy`, `cursor.sell` or nothing;
            with `stale` or `stale.` before it while the prices are not to be trusted.
    """

    pieces: tuple[Piece, ...]
    layer: str = ""

    @property
    def text(self) -> str:
        """The row without its styles."""
        return "".join(piece.text for piece in self.pieces)


class RowFacts(NamedTuple):
    """All that a row is made of.

    Attributes:
        price: As shown; empty where no order can have this price.
        prefix: How many characters of it are the same in every row.
        slots: The two characters before and after the price.
        price_role: Style role of the price.
        layer: As in `LadderRow`.
        mark: The cursor's mark, or a space.
        bid: Resting size; None where there is none.
        ask: The same.
        bid_bar: Length of its bar in eighths of a cell.
        ask_bar: The same.
        own_buy: Own orders; None where there are none.
        own_sell: The same.
        delta: Stacked or pulled, as shown; empty for none.
        delta_is_bid: Whether that belongs to the left half.
        volume_bar: Length of the bar of traded volume, in eighths of a cell.
        last: The newest print here; None where it is no news any more.
        rail: What the price bar shows here: `window`, `market`, `axis`, or nothing where there is no bar.
        above: What lies beyond the upper edge, on the top row only.
        below: What lies beyond the lower edge, on the lowest row only.
        locked: Whether the prices are not to be trusted.
    """

    price: str
    prefix: int
    slots: str
    price_role: str
    layer: str
    mark: str
    bid: Decimal | None
    ask: Decimal | None
    bid_bar: int
    ask_bar: int
    own_buy: OwnCell | None
    own_sell: OwnCell | None
    delta: str
    delta_is_bid: bool
    volume_bar: int
    last: LastSize | None
    rail: str
    above: tuple[Pointer, ...]
    below: tuple[Pointer, ...]
    locked: bool


@lru_cache(8_192)
def ladder_row(facts: RowFacts, columns: Columns, glyph_set: str, grid: SizeGrid) -> LadderRow:
    """Return one row, `columns.total` cells wide; the same facts give the same object."""
    glyphs = GLYPH_SETS[glyph_set]
    decimals = grid.decimals
    buys = _own(facts.own_buy, Side.BUY, columns.own, decimals, glyphs)
    sells = _own(facts.own_sell, Side.SELL, columns.own, decimals, glyphs)
    bids = [
        Piece(_bid_delta(facts, columns.delta), _delta_role(facts.delta)),
        *_bid(facts, columns.bid, decimals, glyphs),
    ]
    asks = [
        *_ask(facts, columns.ask, grid, glyphs),
        Piece(_ask_delta(facts, columns), _delta_role(facts.delta)),
    ]
    bar = _volume(facts.volume_bar, columns.volume, glyphs)
    volume = Piece(bar, "volume" if glyphs.eighths else "dim")  # Letters need the contrast of text.
    items, arrow = (facts.above, glyphs.above) if facts.above else (facts.below, glyphs.below)
    if items:
        # The half of the row on which nothing rests has room.
        if facts.bid is None:
            room = columns.delta + columns.bid + (columns.own if facts.own_buy is None else 0)
            bids = [Piece(right(pointer_text(items, arrow, room - 1) + " ", room), "pointer")]
            buys = [] if facts.own_buy is None else buys
        elif facts.ask is None:
            room = columns.ask + columns.delta + (columns.own if facts.own_sell is None else 0)
            asks = [Piece(left(pointer_text(items, arrow, room), room), "pointer")]
            sells = [] if facts.own_sell is None else sells
    rail = {"": "", "axis": glyphs.rail, "window": glyphs.rail_window, "market": glyphs.rail_market}[
        facts.rail
    ]
    return LadderRow(
        merged(
            [
                Piece(facts.mark, "mark"),
                *buys,
                *bids,
                *_price(facts, columns.price, glyphs),
                *asks,
                *sells,
                volume,
                _last(facts.last, columns.last, decimals),
                Piece(_ahead(facts, columns.ahead, decimals), "own.ahead"),
                Piece(rail, f"rail.{facts.rail}"),
            ]
        ),
        facts.layer,
    )


def merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return `pieces` without empty ones and with neighbours of one role joined.

    Blanks join what is before them where that does not show: fewer pieces are fewer escape sequences.
    """
    out: list[Piece] = []
    for text, role in pieces:
        if not text:
            continue
        style = role
        if text.isspace() and not role.startswith(_SEEN_WHEN_BLANK):
            style = "plain" if not out or out[-1].role.startswith(_SEEN_WHEN_BLANK) else out[-1].role
        if out and out[-1].role == style:
            out[-1] = Piece(out[-1].text + text, style)
        else:
            out.append(Piece(text, style))
    return tuple(out)


def _own(cell: OwnCell | None, side: Side, width: int, decimals: int, glyphs: GlyphSet) -> list[Piece]:
    if cell is None:
        return [Piece(" " * width, "plain")]
    text = own_text(cell, side, width, decimals, glyphs.name)
    blank = Piece(" " * (width - len(text.strip(" "))), "plain")
    piece = Piece(text.strip(" "), own_role(cell, side))
    return [blank, piece] if side is Side.BUY else [piece, blank]


def _bid(facts: RowFacts, width: int, decimals: int, glyphs: GlyphSet) -> list[Piece]:
    """Return the resting bid with a bar that grows to the left, away from the price."""
    if facts.bid is None:
        return [Piece(" " * width, "plain")]
    text = right(size_text(facts.bid, width, decimals), width)
    if facts.bid_bar > width * EIGHTHS and text[0] == " ":
        text = glyphs.overflow + text[1:]
    whole, part = _cells(facts.bid_bar, width, blank=lambda cell: text[-1 - cell] == " ", glyphs=glyphs)
    inner = width - whole
    pieces = [Piece(text[inner:], "bar.buy")]
    if part:
        # Left blocks cover the outer part of the cell; the theme swaps ground and figure of this role.
        pieces.insert(0, Piece(glyphs.eighths[EIGHTHS - part - 1], "edge.buy"))
        inner -= 1
    return [Piece(text[:inner], "size"), *pieces]


def _ask(facts: RowFacts, width: int, grid: SizeGrid, glyphs: GlyphSet) -> list[Piece]:
    """Return the resting ask with a bar that grows to the right, away from the price."""
    if facts.ask is None:
        return [Piece(" " * width, "plain")]
    text = left(size_text(facts.ask, width, grid.decimals).rjust(grid.cells), width)
    if facts.ask_bar > width * EIGHTHS and text[-1] == " ":
        text = text[:-1] + glyphs.overflow
    whole, part = _cells(facts.ask_bar, width, blank=lambda cell: text[cell] == " ", glyphs=glyphs)
    pieces = [Piece(text[:whole], "bar.sell")]
    if part:
        pieces.append(Piece(glyphs.eighths[part - 1], "edge.sell"))
        whole += 1
    return [*pieces, Piece(text[whole:], "size")]


def _cells(eighths: int, width: int, *, blank: Callable[[int], bool], glyphs: GlyphSet) -> tuple[int, int]:
    """Return the whole cells of a bar and the eighths of the next one; rounded where a digit stands there."""
    whole, part = divmod(min(eighths, width * EIGHTHS), EIGHTHS)
    if part and (not glyphs.eighths or not blank(whole)):
        return whole + (part >= EIGHTHS // 2), 0
    return whole, part


def _price(facts: RowFacts, width: int, glyphs: GlyphSet) -> list[Piece]:
    """Return the price in the middle of its column, its two slots close to it.

    The hatch of a price that is not to be trusted leaves a cell to the sizes on either side: it must not run
    into their digits. Where there is no cell to leave, it is drawn only where no size stands.
    """
    fill = glyphs.hatch if facts.locked and facts.price else " "
    slots = facts.slots if facts.price else "  "
    before, after = slots[0], slots[1]
    text = fitted(facts.price, width - 2)
    spare = width - 2 - len(text)
    prefix = facts.prefix if facts.price_role in {"price", "price.spread"} else 0
    last = facts.price_role if facts.price_role.startswith("price.last") else "slot"
    is_bare_right = facts.ask is None and not (facts.above or facts.below)
    near = fill if spare > 1 or facts.bid is None else " "
    far = fill if spare or is_bare_right else " "
    return [
        Piece((fill * (spare // 2)).replace(fill, " ", 1), "hatch"),
        _slot(before, near, "slot.level" if before == glyphs.level else last),
        Piece(text[:prefix], "price.prefix"),
        Piece(text[prefix:], facts.price_role),
        _slot(after, far, _after_role(after, glyphs)),
        Piece(fill * (spare - spare // 2 - 1) + " " if spare else "", "hatch"),
    ]


def _after_role(glyph: str, glyphs: GlyphSet) -> str:
    return {glyphs.spread: "slot", glyphs.level: "slot.level"}.get(glyph, "slot.own")


def _slot(glyph: str, fill: str, role: str) -> Piece:
    return Piece(fill, "hatch") if glyph == " " else Piece(glyph, role)


def _bid_delta(facts: RowFacts, width: int) -> str:
    """Return the change beside a bid, a cell before the size; right at it where our orders stand before."""
    text = facts.delta if facts.delta_is_bid else ""
    has_room = len(text) < width - 1 or facts.own_buy is None
    return right(text, width - 1) + " " if width and has_room else right(text, width)


def _ask_delta(facts: RowFacts, columns: Columns) -> str:
    """Return the change beside an ask, a cell before our orders there unless the bar is too long for that."""
    text, width = "" if facts.delta_is_bid else facts.delta, columns.delta
    is_long = facts.ask is not None and facts.ask_bar > columns.ask * EIGHTHS
    if facts.own_sell is None or is_long or len(text) >= width:
        return right(text, width)
    return right(text, width - 1) + " "


def _delta_role(text: str) -> str:
    return "delta.neg" if text.startswith("-") else "delta.pos"


def _last(last: LastSize | None, width: int, decimals: int) -> Piece:
    if last is None or not width:
        return Piece(" " * width, "plain")
    word = "none" if last.aggressor is None else last.aggressor.value.lower()
    role = "last.fades" if last.fades else f"print.{word}"
    return Piece(right(size_text(last.size, width - 1, decimals), width), role)


def _ahead(facts: RowFacts, width: int, decimals: int) -> str:
    room = max(0, width - 1)
    text = ahead_text(facts.own_buy, room, decimals) or ahead_text(facts.own_sell, room, decimals)
    return left(right(text, room), width)


def _volume(eighths: int, width: int, glyphs: GlyphSet) -> str:
    if width == 0:
        return ""
    whole, part = divmod(min(eighths, (width - 1) * EIGHTHS), EIGHTHS)
    if part and not glyphs.eighths:
        whole, part = whole + (part >= EIGHTHS // 2), 0
    return " " + left(glyphs.block * whole + (glyphs.eighths[part - 1] if part else ""), width - 1)
