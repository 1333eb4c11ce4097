"""The rows of the portfolio: what each venue holds and earned, and all positions, orders and fills. Pure."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from omega_tui.domain.events.account import TradingMode
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.queue_places import place_id
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.fill_pane import fill_rows
from omega_tui.ui.panes.header_line import MODE_ROLES
from omega_tui.ui.panes.market_words import market_labels
from omega_tui.ui.panes.order_pane import (
    label_cells,
    order_cells,
    order_columns,
    orders_to_show,
    price_cells,
    size_cells,
)
from omega_tui.ui.panes.pane_lines import indented, message, sign_role
from omega_tui.ui.panes.position_pane import position_rows, position_title
from omega_tui.ui.panes.program_pane import program_lines
from omega_tui.ui.panes.status_line import Line, clock_text, padded
from omega_tui.ui.style.glyphs import GlyphSet
from omega_tui.ui.text.formats import fitted, left
from omega_tui.ui.text.money import Totals, amount_text
from omega_tui.ui.text.words import MODE_WORDS, size_text

MOST_ORDERS = 60
MOST_FILLS = 60
MOST_PROGRAMS = 60
"""More are in the journal; this is a screen."""
_VENUE, _MODE, _ORDERS = 14, 10, 8


def portfolio_rows(
    desk: Desk, glyphs: GlyphSet, now_ns: int, width: int, doubted: AbstractSet[str] = frozenset()
) -> tuple[Line, ...]:
    """Return every line of the portfolio, over all venues; of `doubted` as `position_rows` does."""
    blank = padded([], width)
    return (
        *_venue_rows(desk, width),
        blank,
        position_title(desk, width),
        *position_rows(desk, width, doubted),
        *_order_rows(desk, glyphs, now_ns, width),
        blank,
        *_fill_rows(desk, width),
    )


def venue_totals(desk: Desk, venue: str) -> Totals:
    """Return the profit of the day at one venue, as `Desk.day_totals` counts it over all of them."""
    return desk.totals_of(name for name, position in desk.positions.items() if position.venue == venue)


def _venues(desk: Desk) -> Iterator[str]:
    """Yield the venues of the console in their order, then any other that something is known of."""
    others = (*(venue for venue, _ in desk.balances), *(one.venue for one in desk.positions.values()))
    yield from dict.fromkeys((*desk.venues, *desk.arm, *others))


def _venue_rows(desk: Desk, width: int) -> Iterator[Line]:
    head = left(" VENUES", _VENUE) + left("mode", _MODE) + left("orders", _ORDERS)
    yield padded([Piece(f"{head}day, and what is there (free)", "dim")], width)
    for venue in _venues(desk):
        mode = desk.mode(venue)
        working = sum(1 for order in desk.working() if order.request.venue == venue)
        pieces = [
            Piece(left(f" {fitted(venue, _VENUE - 2, '…')}", _VENUE), "strong"),
            *_mode(mode),
            Piece(left(str(working) if working else "-", _ORDERS), ""),
            *_money(venue_totals(desk, venue)),
        ]
        for (owner, asset), balance in desk.balances.items():
            if owner == venue and balance.total:
                text = f"  {size_text(balance.total)} {asset}"
                free = "" if balance.available == balance.total else f" ({size_text(balance.available)})"
                pieces += [Piece(text, ""), Piece(free, "dim")]
        yield padded(pieces, width)


def _mode(mode: TradingMode) -> tuple[Piece, Piece]:
    """Return the mode as a chip as long as its word, and what its column has left."""
    word = MODE_WORDS[mode]
    return Piece(word, MODE_ROLES[mode]), Piece(" " * (_MODE - len(word)), "")


def _money(totals: Totals) -> Iterator[Piece]:
    if not totals.by_asset:
        yield Piece("0.00", "dim")
    for number, (asset, amount) in enumerate(totals.by_asset):
        text = f"{amount_text(amount, asset)} {asset}"
        yield Piece(f"{'  ' if number else ''}{text}", sign_role(amount, "pnl.pos", "pnl.neg"))


def _order_rows(desk: Desk, glyphs: GlyphSet, now_ns: int, width: int) -> Iterator[Line]:
    orders = orders_to_show(desk, MOST_ORDERS)[:MOST_ORDERS]
    known = [(order, desk.instruments.get(order.request.instrument)) for order in orders]
    working = sum(1 for order in orders if not order.is_done)
    yield message(f"ORDERS  {working} working", width)
    yield from program_lines(tuple(desk.programs.values()), desk.instruments, width, most=MOST_PROGRAMS)
    if not known:
        return
    labels = market_labels(instrument for _, instrument in known)
    columns = order_columns(width - 1, price_cells(known), size_cells(known), label_cells(labels))
    titles = [Piece(left(column.title, column.width), "dim") for column in columns]
    yield indented(padded(titles, width - 1), width)
    for order, instrument in known:
        rests, label = desk.queue.ahead(place_id(order)), labels.get(order.request.instrument, "")
        cells = order_cells(order, instrument, columns, glyphs, now_ns, ahead=rests, label=label)
        aligned = (
            Piece(left(cell.text, column.width), cell.role)
            for cell, column in zip(cells, columns, strict=True)
        )
        yield indented(padded(list(aligned), width - 1), width)


def _fill_rows(desk: Desk, width: int) -> Iterator[Line]:
    newest = desk.fills.newest(MOST_FILLS)
    if not newest:
        yield message("FILLS  none in this session", width)
        return
    times = [clock_text(fill.ts_event_ns) for fill in newest]
    yield from fill_rows(desk, newest, times, width, "FILLS")
