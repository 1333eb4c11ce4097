"""A ladder as rows of text: pure, exact to the cell, and tested without a terminal.

A row that does not change between two models comes back as the very same object, so that finding the changed
rows costs next to nothing. What stands on which row follows from the view alone.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from omega_tui.domain.break_even import break_even
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import PriceLevel
from omega_tui.text import cell_width
from omega_tui.ui.ladder.axis import (
    bar_eighths,
    common_prefix,
    is_bounded,
    price_cells,
    rail,
    rounded_up,
    tick_above,
    tick_below,
    tick_bounds,
)
from omega_tui.ui.ladder.columns import FULL_WIDTH, Columns, columns_for
from omega_tui.ui.ladder.model import LadderModel, LastSize
from omega_tui.ui.ladder.own_cells import OwnCell, OwnOrder, OwnState, own_cell, own_order
from omega_tui.ui.ladder.pointers import pointers
from omega_tui.ui.ladder.row_cells import LadderRow, Piece, RowFacts, ladder_row, merged
from omega_tui.ui.ladder.standing_orders import mirror_price
from omega_tui.ui.ladder.view import View
from omega_tui.ui.style.glyphs import GLYPH_SETS, GlyphSet
from omega_tui.ui.style.size_scale import SizeScale, size_grid
from omega_tui.ui.text.formats import fitted, price_text, signed_text, size_decimals

_PERCENTILE: Final = 95
"""Size that fills a bar: one wall must not flatten all the others (colour conventions, section 5)."""


def ladder_rows(
    model: LadderModel, width: int = FULL_WIDTH, *, scale: SizeScale | None = None
) -> tuple[LadderRow, ...]:
    """Return the rows of a ladder, top first: exactly `model.view.rows` of them, each `width` cells wide.

    Args:
        model: What is shown.
        width: Cells of a row.
        scale: What sizes are drawn by; the default is `size_scale(model)`. A caller that keeps it between
            frames keeps bars comparable over time and decimal points where they were.
    """
    columns = ladder_columns(model, width)
    scale = size_scale(model) if scale is None else scale
    grid = size_grid(scale, size_decimals(model.instrument), columns.bid)
    glyphs = model.glyphs
    facts = _facts(model, columns, scale)
    rows = tuple([ladder_row(fact, columns, glyphs, grid) for fact in facts])
    return rows if columns.total == width else tuple([cut(row, width) for row in rows])


def row_prices(model: LadderModel) -> tuple[Decimal, ...]:
    """Return the price that each row stands for, top first; of a grouped row its lowest."""
    instrument = model.instrument
    bounds = tick_bounds(instrument)
    return tuple([instrument.tick_size * tick for tick in _row_ticks(model.view, bounds)])


def ladder_columns(model: LadderModel, width: int) -> Columns:
    """Return the columns of `model` at `width`. They depend on the view, never on the market."""
    instrument = model.instrument
    return columns_for(
        width,
        price_cells(instrument, model.view),
        bounded=is_bounded(instrument),
        last=model.last_sizes is not None,
    )


def size_scale(model: LadderModel) -> SizeScale:
    """Return what the sizes in view are drawn by: the 95th percentile fills a bar, rounded up."""
    if model.book is None:
        return SizeScale(Decimal(1), Decimal(1), Decimal(1))
    tick_size = model.instrument.tick_size
    bids = _levels(model.book.bids, model.view, tick_size, is_bid=True)
    asks = _levels(model.book.asks, model.view, tick_size, is_bid=False)
    sizes = sorted([*bids.values(), *asks.values()])
    if not sizes:
        return SizeScale(Decimal(1), Decimal(1), Decimal(1))
    usual = sizes[(len(sizes) - 1) * _PERCENTILE // 100]
    return SizeScale(rounded_up(usual), usual, sizes[-1])


def cut(row: LadderRow, width: int) -> LadderRow:
    """Return `row` in exactly `width` cells, cut off or filled up at the right."""
    pieces: list[Piece] = []
    if cell_width(row.text) == width:
        return row
    for text, role in row.pieces:
        kept = fitted(text, width)
        width -= cell_width(kept)
        pieces.append(Piece(kept, role))
        if kept != text:
            break
    return LadderRow(merged([*pieces, Piece(" " * width, "plain")]), row.layer)


def _facts(model: LadderModel, columns: Columns, scale: SizeScale) -> list[RowFacts]:
    instrument, view, book = model.instrument, model.view, model.book
    tick_size, decimals = instrument.tick_size, instrument.price_decimals
    glyphs = GLYPH_SETS[model.glyphs]
    locked = not model.status.state.allows_new_orders
    bids = _levels(book.bids, view, tick_size, is_bid=True) if book else {}
    asks = _levels(book.asks, view, tick_size, is_bid=False) if book else {}
    best_bid = tick_below(book.bids[0].price, tick_size) if book and book.bids else None
    best_ask = tick_above(book.asks[0].price, tick_size) if book and book.asks else None
    own = _own(model)
    deltas = _by_row(model.deltas, view) if columns.delta else {}
    volumes = _by_row(model.traded, view) if columns.volume else {}
    volume_scale = rounded_up(max((size for _, size in model.traded if size > 0), default=Decimal(1)))
    cursor_row = None if model.cursor_tick is None else view.row_of(model.cursor_tick)
    last = model.last_trade
    last_row = None if last is None else view.row_of(instrument.to_ticks(last.price))
    up = _last_up(model)
    position = _position_slots(model, glyphs)
    levels = frozenset() if locked or not model.levels else frozenset(map(view.row_of, model.levels))
    last_sizes = _last_sizes(model, columns)
    drawn = model.bars and not locked
    bar = rail(instrument, view, book.mid if book else None)
    prefix = common_prefix(instrument, view)
    above, below = pointers(model, best_bid, best_ask)
    sizes = size_decimals(instrument)
    stale = "stale" if locked else ""
    low, high = (best_bid, best_ask) if best_bid is not None and best_ask is not None else (0, 0)
    bid_side = -1 if best_bid is None else best_bid
    facts: list[RowFacts] = []
    for row, (tick, text) in enumerate(_axis(instrument.tick_size, view, decimals, tick_bounds(instrument))):
        on_cursor = row == cursor_row
        if on_cursor and text and model.cursor_tick is not None:
            text = price_text(instrument.from_ticks(model.cursor_tick), decimals)  # noqa: PLW2901 - exact
        is_last = row == last_row
        spread = low < tick and tick + view.group <= high
        bid, ask, volume = bids.get(row), asks.get(row), volumes.get(row)
        facts.append(
            RowFacts(
                text,
                prefix,
                _slots(
                    glyphs,
                    up if is_last else None,
                    spread=spread,
                    position=position.get(row),
                    level=row in levels,
                ),
                _price_role(up, cursor=on_cursor, last=is_last, spread=spread),
                _cursor_layer(model, stale) if on_cursor else stale,
                _mark(model, glyphs) if on_cursor else " ",
                bid,
                ask,
                bar_eighths(bid, scale.full, columns.bid) if drawn and bid is not None else 0,
                bar_eighths(ask, scale.full, columns.ask) if drawn and ask is not None else 0,
                own.get((row, Side.BUY)) if own else None,
                own.get((row, Side.SELL)) if own else None,
                signed_text(deltas[row], columns.delta - 1, sizes) if row in deltas else "",
                tick <= bid_side,
                0 if volume is None else bar_eighths(volume, volume_scale, columns.volume - 1),
                last_sizes.get(row),
                "" if bar is None else "market" if row == bar[1] else "window" if row in bar[0] else "axis",
                above if row == 0 else (),
                below if row == view.rows - 1 else (),
                locked,
            )
        )
    return facts


@lru_cache(256)
def _axis(
    tick_size: Decimal, view: View, decimals: int, bounds: tuple[int, int] | None
) -> tuple[tuple[int, str], ...]:
    """Return the tick and the price text of each row; no text where no order can have such a price."""
    highest = None if bounds is None else bounds[1]
    lowest = 1 if bounds is None else bounds[0]
    return tuple(
        (view.tick_at(row), price_text(tick_size * tick, decimals))
        if lowest <= tick and (highest is None or tick <= highest)
        else (view.tick_at(row), "")
        for row, tick in enumerate(_row_ticks(view, bounds))
    )


def _row_ticks(view: View, bounds: tuple[int, int] | None) -> list[int]:
    """Return the tick that each row is called by: its lowest, or the market's if that lies within the row."""
    lowest = 1 if bounds is None else bounds[0]
    ticks = [view.tick_at(row) for row in range(view.rows)]
    return [lowest if tick < lowest < tick + view.group else tick for tick in ticks]


def _levels(
    levels: Sequence[PriceLevel], view: View, tick_size: Decimal, *, is_bid: bool
) -> dict[int, Decimal]:
    """Return the resting size by row. A price between ticks counts for the passive tick beside it."""
    to_tick = tick_below if is_bid else tick_above
    top, group, count = view.top_tick, view.group, view.rows
    sizes: dict[int, Decimal] = {}
    for price, size in levels:
        row = (top - to_tick(price, tick_size)) // group
        if 0 <= row < count:
            sizes[row] = sizes[row] + size if row in sizes else size
        elif (row >= count) is is_bid:
            break  # Levels come best first: all that follow lie further out.
    return sizes


def _by_row(pairs: Sequence[tuple[int, Decimal]], view: View) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for tick, size in pairs:
        row = view.row_of(tick)
        if row is not None:
            sums[row] = sums[row] + size if row in sums else size
    return sums


def _own(model: LadderModel) -> dict[tuple[int, Side], OwnCell]:
    """Return our orders by row and side; one that is being replaced stands on its new row, too."""
    if not (model.orders or model.held or model.mirrored or model.mirrored_held):
        return {}
    grouped: dict[tuple[int, Side], list[OwnOrder]] = {}
    instrument, row_of = model.instrument, model.view.row_of
    amending, ahead = dict(model.amending), dict(model.ahead)

    def put(price: Decimal, side: Side, order: OwnOrder | None, *, mirror: bool) -> None:
        if order is None:
            return
        if mirror:
            price, side, order = (
                mirror_price(price, instrument),
                side.opposite,
                order._replace(is_mirrored=True),
            )
        row = row_of(instrument.to_ticks(price))
        if row is not None:
            grouped.setdefault((row, side), []).append(order)

    for order, mirror in [(one, False) for one in model.orders] + [(one, True) for one in model.mirrored]:
        request = order.request
        key = request.client_order_id or order.venue_order_id
        goes_to = amending.get(key)
        drawn = own_order(order, late=key in model.late, amending=goes_to is not None, ahead=ahead.get(key))
        at = request.stands_at
        put(at, request.side, drawn, mirror=mirror)
        if goes_to is not None and goes_to != at and not order.is_done:
            moved = OwnOrder(OwnState.AMENDING, order.remaining, request.size)
            put(goes_to, request.side, moved, mirror=mirror)
    for held, mirror in [(one, False) for one in model.held] + [(one, True) for one in model.mirrored_held]:
        put(held.price, held.side, OwnOrder(OwnState.HELD, held.size, held.size), mirror=mirror)
    flashes, mark = model.flashes, model.mirrored_mark
    cells = {key: own_cell(orders, flashes=flashes, mark=mark) for key, orders in grouped.items()}
    return {key: cell for key, cell in cells.items() if cell is not None}


def _last_sizes(model: LadderModel, columns: Columns) -> dict[int, LastSize]:
    """Return the newest print by row."""
    if not columns.last or not model.last_sizes:
        return {}
    newest: dict[int, LastSize] = {}
    for one in model.last_sizes:
        row = model.view.row_of(one.tick)
        if row is not None:
            newest.setdefault(row, one)
    return newest


def _position_slots(model: LadderModel, glyphs: GlyphSet) -> dict[int, str]:
    """Return the sign of the average entry or break-even price, by row; the entry wins where both meet."""
    position = model.position
    if position is None or not position.quantity:
        return {}
    slots: dict[int, str] = {}
    for price, glyph in (
        (break_even(position, model.instrument), glyphs.break_even),
        (position.entry_price, glyphs.entry),
    ):
        row = None if price is None else model.view.row_of(model.instrument.to_ticks(price))
        if row is not None:
            slots[row] = glyph
    return slots


def _last_up(model: LadderModel) -> bool | None:
    """Return whether the last print went up: against the one before, or else by the side that crossed."""
    if model.last_up is not None or model.last_trade is None or model.last_trade.aggressor is None:
        return model.last_up
    return model.last_trade.aggressor is Side.BUY


def _slots(
    glyphs: GlyphSet,
    up: bool | None,  # noqa: FBT001
    *,
    spread: bool,
    position: str | None,
    level: bool,
) -> str:
    """Return the two characters before and after a price; `up` is None unless the last print was there.

    A level takes the place of a dot of the spread, after the price or else before it, and gives way to what
    is a fact: with the last print and the position at one price nothing is left for it.
    """
    before = after = glyphs.spread if spread else " "
    if level:
        before, after = (before, glyphs.level) if position is None else (glyphs.level, after)
    if up is not None:
        before = glyphs.up if up else glyphs.down
    return before + (position or after)


def _price_role(up: bool | None, *, cursor: bool, last: bool, spread: bool) -> str:  # noqa: FBT001
    if cursor:
        return "price.cursor"
    if last:
        return "price.last" if up is None else "price.last.up" if up else "price.last.down"
    return "price.spread" if spread else "price"


def _cursor_layer(model: LadderModel, stale: str) -> str:
    if not model.focused:
        word = "cursor.idle"
    elif model.pending_side is None:
        word = "cursor"
    else:
        word = "cursor.buy" if model.pending_side is Side.BUY else "cursor.sell"
    return f"{stale}.{word}" if stale else word


def _mark(model: LadderModel, glyphs: GlyphSet) -> str:
    return glyphs.cursor if model.pending_side is None else glyphs.pending
