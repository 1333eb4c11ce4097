"""The rows of the table of orders. Pure. Columns leave from the least important on in a narrow pane."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order, OrderStatus, OrderType
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.queue_places import place_id
from omega_tui.ui.ladder.own_cells import OwnState, state_glyph
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import OUTCOME_ROLE, SIDE_ROLE
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.style.glyphs import GlyphSet
from omega_tui.ui.text.formats import fitted, left, minutes_text, price_text, right
from omega_tui.ui.text.state_words import state_word
from omega_tui.ui.text.words import average_text, outcome, size_text, status_word, token

_MOST_SECONDS = 6_000
_FEW_SECONDS = 600
"""Ages below this are told in minutes and seconds, in five cells and in four."""

_STATUS_ROLE = {
    OrderStatus.INTENT: "dim",
    OrderStatus.SUBMITTED: "waiting",
    OrderStatus.UNKNOWN: "alarm",
    OrderStatus.PENDING_CANCEL: "waiting",
    OrderStatus.REJECTED: "alarm",
    OrderStatus.NOT_PLACED: "alarm",
    OrderStatus.CANCELED: "dim",
    OrderStatus.EXPIRED: "dim",
}


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        key: Stable name.
        title: As shown.
        width: Cells, the gap to the next column included.
    """

    key: str
    title: str
    width: int


_ORDER_COLUMNS = {
    "side": Column("side", "side", 5),
    "side1": Column("side1", "", 2),
    "market": Column("market", "market", 16),
    "market1": Column("market1", "market", 12),
    "token": Column("token", "token", 6),
    "state": Column("state", "state", 11),
    "glyph": Column("glyph", "", 2),
    "age": Column("age", "  age", 6),
    "age1": Column("age1", " age", 4),
    "ahead": Column("ahead", "   ahead", 9),
    "type": Column("type", "type", 7),
    "average": Column("average", " avg fill", 11),
    "id": Column("id", "id", 14),
}
_ORDER_SETS = (
    ("side", "token", "price", "rem", "state", "age", "ahead", "type", "average", "market1"),
    ("side", "token", "price", "rem", "state", "age", "type", "average", "market"),
    ("side", "token", "price", "rem", "state", "age", "type", "average"),
    ("side", "token", "price", "rem", "state", "age", "type"),
    ("side", "token", "price", "rem", "state", "age"),
    ("side1", "price", "rem", "state", "age"),
    ("side1", "price", "rem", "state", "age1"),
    ("side1", "price", "rem1", "state"),
)
_LABELED_SETS = (
    *_ORDER_SETS[:2],
    ("side", "label", "price", "rem", "state", "age", "type", "average"),
    ("side", "label", "price", "rem", "state", "age", "type"),
    ("side", "label", "price", "rem", "state", "age"),
    ("side1", "label", "price", "rem", "state", "age"),
    ("side1", "label", "price", "rem", "state"),
    ("side1", "label", "price", "rem1", "state"),
    ("side1", "label", "price", "rem1", "glyph"),
)
"""Where the orders are of several instruments: no price stands without what it is a price of."""
_MOST_LABEL = 9


def order_columns(
    width: int, price_cells: int = 4, size_cells: int = 4, label_cells: int = 0
) -> tuple[Column, ...]:
    """Return the columns that fit in `width` cells; the last takes what is left over.

    Args:
        width: Of the table.
        price_cells: Of the longest price, so that the prices end in one column.
        size_cells: Of the longest size, so that none is cut.
        label_cells: Of the longest label; 0 where all orders are of the instrument on the ladder.
    """
    fitting = {
        "price": Column("price", "price".rjust(max(5, price_cells)), max(5, price_cells) + 1),
        "rem": Column("rem", "rem/size", max(10, 2 * size_cells + 2)),
        "rem1": Column("rem1", "qty", max(6, size_cells + 1)),
        "label": Column("label", "token", min(_MOST_LABEL, max(5, label_cells)) + 1),
    }
    for names in _LABELED_SETS if label_cells else _ORDER_SETS:
        columns = tuple(fitting.get(name) or _ORDER_COLUMNS[name] for name in names)
        if sum(column.width for column in columns) <= width:
            break
    spare = width - sum(column.width for column in columns)
    return (*columns[:-1], columns[-1]._replace(width=max(1, columns[-1].width + spare)))


def order_cells(  # noqa: PLR0913 - what a row is made of
    order: Order,
    instrument: Instrument | None,
    columns: Sequence[Column],
    glyphs: GlyphSet,
    now_ns: int,
    *,
    ahead: Decimal | None = None,
    label: str = "",
) -> tuple[Piece, ...]:
    """Return one order as a cell for each column.

    Args:
        order: Which.
        instrument: What it is of; None where that is not known.
        columns: Of the table.
        glyphs: In use.
        now_ns: Wall clock, for the age.
        ahead: What is thought to rest before it.
        label: What tells its instrument from those of the other orders.
    """
    request = order.request
    role = "dim" if order.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED} else ""
    side_role = role or SIDE_ROLE[request.side]
    outcome_role = role or OUTCOME_ROLE.get(outcome(instrument).upper(), "")
    state = f"{state_glyph(order.status, glyphs)} {status_word(order)}"
    if order.amending is not None and not order.is_done:
        state = f"{state_glyph(OwnState.AMENDING, glyphs)} moving"
    texts = {
        "side": Piece(request.side.value, side_role),
        "side1": Piece(request.side.value[0], side_role),
        "market": Piece(_market(order, instrument), role or "dim"),
        "market1": Piece(_market(order, instrument), role or "dim"),
        "token": Piece(outcome(instrument), outcome_role),
        "label": Piece(fitted(label, _width_of("label", columns) - 1, glyphs.ellipsis), outcome_role),
        "price": Piece(_price(order, instrument, columns), role or "strong"),
        "rem": Piece(_remaining(order, columns), role),
        "rem1": Piece(size_text(order.remaining if not order.is_done else request.size), role),
        "state": Piece(state, _STATUS_ROLE.get(order.status, side_role)),
        "glyph": Piece(state[:1], _STATUS_ROLE.get(order.status, side_role)),
        "age": Piece(right(_age(order, now_ns, _MOST_SECONDS), 5), "dim"),
        "age1": Piece(right(_age(order, now_ns, _FEW_SECONDS), 4), "dim"),
        "ahead": Piece(right("" if ahead is None else f"~{size_text(ahead)}", 8), "dim"),
        "type": Piece(_flags(order), role or "dim"),
        "average": Piece(right(average_text(order.average_price, instrument), 9), role),
    }
    return tuple(
        Piece(fitted(texts[column.key].text, column.width, glyphs.ellipsis), role)
        for column in columns
        for role in (texts[column.key].role,)
    )


def order_table(  # noqa: PLR0913 - what a table is made of
    orders: Sequence[tuple[Order, Instrument | None]],
    width: int,
    height: int,
    glyphs: GlyphSet,
    now_ns: int,
    *,
    ahead: Mapping[str, Decimal],
    labels: Mapping[str, str],
) -> tuple[Line, ...]:
    """Return the heading and a row for each order, as many as there is room for, indented by a cell.

    Args:
        orders: Top first.
        width: Of the table in cells.
        height: Of the table in rows; the title above it counts what does not fit.
        glyphs: In use.
        now_ns: Wall clock, for the ages.
        ahead: What is thought to rest ahead of an order, by its id.
        labels: What tells the instruments from each other, as of `market_labels`.
    """
    columns = order_columns(width - 1, price_cells(orders), size_cells(orders), label_cells(labels))
    indent = Piece(" ", "")
    heading = "".join(left(column.title, column.width) for column in columns)
    rows: list[Line] = []
    for order, instrument in orders[: max(0, height - 1)]:
        rests = ahead.get(place_id(order))
        label = labels.get(order.request.instrument, "")
        cells = order_cells(order, instrument, columns, glyphs, now_ns, ahead=rests, label=label)
        padded = (
            Piece(left(text, column.width), role) for column, (text, role) in zip(columns, cells, strict=True)
        )
        rows.append((indent, *padded))
    return ((indent, Piece(heading, "faint")), *rows)


def orders_to_show(desk: Desk, at_most: int) -> list[Order]:
    """Return the working orders, newest first, then as many of the done ones as there is room for."""
    newest = list(reversed(desk.orders.values()))
    working = [order for order in newest if not order.is_done]
    done = (order for order in newest if order.is_done)
    return [*working, *islice(done, max(0, at_most - len(working)))]


def unheard(desk: Desk) -> str:
    """Return which venues with working orders do not tell now what becomes of them; empty where all do."""
    venues = dict.fromkeys(order.request.venue for order in desk.orders.values() if not order.is_done)
    accounts = {venue: desk.account(venue) for venue in venues}
    return ", ".join(
        f"{venue} {state_word(account.state)}"
        for venue, account in accounts.items()
        if account is not None and not account.is_up
    )


def orders_title(working: int, rows: int, unheard_of: str = "") -> str:
    """Return the heading of a table with room for `rows` orders: it tells of those that are not shown.

    Args:
        working: How many work.
        rows: Of the table.
        unheard_of: As `unheard`: what is shown is then what was heard last.
    """
    if not working:
        return "ORDERS"
    if unheard_of:
        return f"ORDERS {working} as last heard: {unheard_of}"
    return f"ORDERS {working}" if working <= rows else f"ORDERS {working}, the newest {rows} shown"


def price_cells(orders: Sequence[tuple[Order, Instrument | None]]) -> int:
    """Return the length of the longest price among the orders."""
    return max((len(_price_text(order, instrument)) for order, instrument in orders), default=4)


def size_cells(orders: Sequence[tuple[Order, Instrument | None]]) -> int:
    """Return the length of the longest size among the orders."""
    return max((len(size_text(order.request.size)) for order, _ in orders), default=4)


def label_cells(labels: Mapping[str, str]) -> int:
    """Return the length of the longest label; 0 where there is none."""
    return max(map(len, labels.values()), default=0)


def _width_of(key: str, columns: Sequence[Column]) -> int:
    return next((column.width for column in columns if column.key == key), 0)


def _price(order: Order, instrument: Instrument | None, columns: Sequence[Column]) -> str:
    return right(_price_text(order, instrument), _width_of("price", columns) - 1)


def _price_text(order: Order, instrument: Instrument | None) -> str:
    """Return the price at which something happens: of a stop what sets it off, as the ladder does."""
    decimals = instrument.price_decimals if instrument is not None else 2
    return price_text(order.request.stands_at, decimals)


def _remaining(order: Order, columns: Sequence[Column]) -> str:
    """Return what is left of what was asked for, the strokes of all rows below each other."""
    left_of_stroke = (_width_of("rem", columns) - 2) // 2
    return f"{right(size_text(order.remaining), left_of_stroke)}/{size_text(order.request.size)}"


def _market(order: Order, instrument: Instrument | None) -> str:
    """Return the market of an order, and of a venue that names its instruments, the venue."""
    if instrument is None:
        return order.request.instrument
    return instrument.name if token(instrument) else f"{instrument.venue} {instrument.name}"


def _age(order: Order, now_ns: int, seconds_until: int) -> str:
    return minutes_text(now_ns - order.ts_intent_ns, seconds_until) if order.ts_intent_ns else "-"


def _flags(order: Order) -> str:
    """Return what kind of order it is: of one that waits for its price that, else how long it works."""
    request = order.request
    extra = " PO" if request.post_only else " RO" if request.reduce_only else ""
    if request.trigger_price is not None:
        kind = "STP" if request.order_type is OrderType.MARKET else "STL"
        return f"{kind} ext" if order.external else f"{kind}{extra}"
    return "extern" if order.external else f"{request.time_in_force}{extra}"
