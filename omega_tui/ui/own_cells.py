"""Own orders as a cell of a ladder: size, and a glyph that says where they stand.

The glyphs are those of the ladder specification, section 8. Several orders at one price are one cell; its
glyph is that of the order that most needs looking at.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.ui.formats import exact_size_text, left, right
from omega_tui.ui.glyphs import GLYPH_SETS, GlyphSet

_URGENCY: Final = (
    OrderStatus.UNKNOWN,
    OrderStatus.REJECTED,
    OrderStatus.PENDING_CANCEL,
    OrderStatus.SUBMITTED,
    OrderStatus.INTENT,
    OrderStatus.PARTIALLY_FILLED,
    OrderStatus.ACCEPTED,
    OrderStatus.FILLED,
)
"""Statuses that a ladder shows, the most urgent first. The others left no trace at the venue."""
_RANK: Final = {status: rank for rank, status in enumerate(_URGENCY)}

_ROLES: Final = {
    OrderStatus.UNKNOWN: "own.alarm",
    OrderStatus.REJECTED: "own.alarm",
    OrderStatus.PENDING_CANCEL: "own.canceling",
    OrderStatus.SUBMITTED: "own.sent",
    OrderStatus.INTENT: "own.intent",
}


class OwnCell(NamedTuple):
    """What a ladder shows of our orders at one price, on one side.

    Attributes:
        status: The most urgent status among them.
        size: What may still rest; of orders that are over, what was asked for.
        asked: What was asked for.
        orders: How many orders these sizes are of.
        late: Whether one of them waits for an answer longer than it should.
    """

    status: OrderStatus
    size: Decimal
    asked: Decimal
    orders: int
    late: bool


def own_cell(orders: Iterable[Order], late: frozenset[str]) -> OwnCell | None:
    """Return the cell for the orders at one price and side; None where none of them is to be shown."""
    shown = [order for order in orders if order.status in _RANK]
    if not shown:
        return None
    status = min((order.status for order in shown), key=_RANK.__getitem__)
    counted: Sequence[Order] = [order for order in shown if not order.is_done] or shown
    return OwnCell(
        status=status,
        size=sum((order.request.size if order.is_done else order.remaining for order in counted), ZERO),
        asked=sum((order.request.size for order in counted), ZERO),
        orders=len(counted),
        late=any(order.request.client_order_id in late for order in counted),
    )


def state_glyph(status: OrderStatus, glyphs: GlyphSet) -> str:
    """Return the glyph of a status; of one that is over without a trace, nothing."""
    return {
        OrderStatus.UNKNOWN: glyphs.unknown,
        OrderStatus.REJECTED: glyphs.rejected,
        OrderStatus.PENDING_CANCEL: glyphs.canceling,
        OrderStatus.SUBMITTED: glyphs.sent,
        OrderStatus.INTENT: glyphs.intent,
        OrderStatus.PARTIALLY_FILLED: glyphs.partial,
        OrderStatus.ACCEPTED: glyphs.working,
        OrderStatus.FILLED: glyphs.filled,
    }.get(status, " ")


def own_role(cell: OwnCell, side: Side) -> str:
    """Return the style role of a cell."""
    if cell.late:
        return "own.late"
    word = "buy" if side is Side.BUY else "sell"
    if cell.status is OrderStatus.FILLED:
        return f"own.filled.{word}"
    return _ROLES.get(cell.status, f"own.{word}")


@lru_cache(4_096)
def own_text(cell: OwnCell, side: Side, width: int, decimals: int, glyphs: str) -> str:
    """Return a cell in exactly `width` cells, its glyph on the side of the book: `300▐` and `▐300`."""
    known = GLYPH_SETS[glyphs]
    glyph = state_glyph(cell.status, known)
    if side is Side.SELL and glyph == known.working:
        glyph = known.working_sell
    room = width - 1
    count = f"x{cell.orders}" if cell.orders > 1 else ""
    size = exact_size_text(cell.size, room - len(count), decimals) + count
    if "#" in size:
        size = exact_size_text(cell.size, room, decimals)  # The sum says more than how many it is of.
    if cell.status is OrderStatus.PARTIALLY_FILLED and cell.orders == 1:
        both = f"{cell.size.normalize():f}/{cell.asked.normalize():f}"
        size = both if len(both) <= room else size
    return right(size + glyph, width) if side is Side.BUY else left(glyph + size, width)
