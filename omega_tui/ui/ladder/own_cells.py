"""Own orders as a cell of a ladder: size, and a glyph that says where they stand.

The glyphs are those of the ladder specification, section 8. Several orders at one price are one cell; its
glyph is that of the order that most needs looking at. Orders of the other outcome of a binary market stand on
the same rows; the initial of that outcome, on the side of the book, tells them from those of this one.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.ui.style.glyphs import GLYPH_SETS, GlyphSet
from omega_tui.ui.text.formats import exact_size_text, left, right, size_text


class OwnState(StrEnum):
    """What a ladder says of an order of ours, the most urgent first."""

    UNKNOWN = "UNKNOWN"
    REJECTED = "REJECTED"
    PENDING_CANCEL = "PENDING_CANCEL"
    AMENDING = "AMENDING"
    SUBMITTED = "SUBMITTED"
    INTENT = "INTENT"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    HELD = "HELD"
    ACCEPTED = "ACCEPTED"
    FILLED = "FILLED"


_RANK: Final = {state: rank for rank, state in enumerate(OwnState)}
_STATES: Final = {status: OwnState(status.value) for status in OrderStatus if status.value in set(OwnState)}
"""Statuses that a ladder shows. The others left no trace at the venue."""

_ROLES: Final = {
    OwnState.UNKNOWN: "own.alarm",
    OwnState.REJECTED: "own.alarm",
    OwnState.PENDING_CANCEL: "own.canceling",
    OwnState.AMENDING: "own.amending",
    OwnState.SUBMITTED: "own.sent",
    OwnState.INTENT: "own.intent",
    OwnState.HELD: "own.held",
}


class OwnCell(NamedTuple):
    """What a ladder shows of our orders at one price, on one side.

    Attributes:
        state: The most urgent state among them.
        size: What may still rest; of orders that are over, what was asked for.
        asked: What was asked for.
        orders: How many orders these sizes are of.
        late: Whether one of them waits for an answer longer than it should.
        ahead: What is thought to rest ahead of the first of them; None while that is not known.
        flashes: Whether a fill may stand out for its moment.
        mirrored: How much of the size is of the other outcome; None where no order here is.
        mark: The character that says so.
    """

    state: OwnState
    size: Decimal
    asked: Decimal
    orders: int
    late: bool
    ahead: Decimal | None = None
    flashes: bool = True
    mirrored: Decimal | None = None
    mark: str = ""

    @property
    def is_mixed(self) -> bool:
        """Whether orders of both outcomes are in it."""
        return self.mirrored is not None and self.mirrored != self.size


class OwnOrder(NamedTuple):
    """One order as it is to be drawn on a row.

    Attributes:
        state: What is said of it.
        size: What may still rest; of one that is over, what was asked for.
        asked: What was asked for.
        is_over: Whether it rests no more.
        late: As in `OwnCell`.
        ahead: As in `OwnCell`.
        is_mirrored: Whether it is one of the other outcome.
    """

    state: OwnState
    size: Decimal
    asked: Decimal
    is_over: bool = False
    late: bool = False
    ahead: Decimal | None = None
    is_mirrored: bool = False


def own_order(
    order: Order, *, late: bool = False, amending: bool = False, ahead: Decimal | None = None
) -> OwnOrder | None:
    """Return an order as it is drawn; None where it is not to be shown."""
    state = _STATES.get(order.status)
    if state is None:
        return None
    if amending and not order.is_done and _RANK[OwnState.AMENDING] < _RANK[state]:
        state = OwnState.AMENDING
    size = order.request.size if order.is_done else order.remaining
    return OwnOrder(state, size, order.request.size, order.is_done, late, ahead)


def own_cell(orders: Iterable[OwnOrder], *, flashes: bool = True, mark: str = "") -> OwnCell | None:
    """Return the cell for the orders at one price and side; None where there are none.

    Where orders of both outcomes meet, nothing is said of what is ahead: an estimate is made in the book of
    one outcome, and takes an order of ours in the other for somebody else's.

    Args:
        orders: Those at the price.
        flashes: As in `OwnCell`.
        mark: Tells orders of the other outcome.
    """
    shown = list(orders)
    if not shown:
        return None
    counted: Sequence[OwnOrder] = [order for order in shown if not order.is_over] or shown
    is_mirrored = any(order.is_mirrored for order in shown)
    is_mixed = is_mirrored and not all(order.is_mirrored for order in shown)
    known = [order.ahead for order in counted if order.ahead is not None and not is_mixed]
    return OwnCell(
        state=min((order.state for order in shown), key=_RANK.__getitem__),
        size=sum((order.size for order in counted), ZERO),
        asked=sum((order.asked for order in counted), ZERO),
        orders=len(counted),
        late=any(order.late for order in counted),
        ahead=min(known, default=None),
        flashes=flashes,
        mirrored=sum((order.size for order in counted if order.is_mirrored), ZERO) if is_mirrored else None,
        mark=mark if is_mirrored else "",
    )


def state_glyph(state: OwnState | OrderStatus, glyphs: GlyphSet) -> str:
    """Return the glyph of a state; of an order that is over without a trace, nothing."""
    return {
        "UNKNOWN": glyphs.unknown,
        "REJECTED": glyphs.rejected,
        "PENDING_CANCEL": glyphs.canceling,
        "AMENDING": glyphs.amending,
        "SUBMITTED": glyphs.sent,
        "INTENT": glyphs.intent,
        "PARTIALLY_FILLED": glyphs.partial,
        "HELD": glyphs.held,
        "ACCEPTED": glyphs.working,
        "FILLED": glyphs.filled,
    }.get(state.value, " ")


def own_role(cell: OwnCell, side: Side) -> str:
    """Return the style role of a cell."""
    if cell.late:
        return "own.late"
    word = "buy" if side is Side.BUY else "sell"
    if cell.state is OwnState.FILLED and cell.flashes:
        return f"own.filled.{word}"
    kind = "own" if cell.mirrored is None or cell.is_mixed else "own.mirrored"
    return _ROLES.get(cell.state, f"{kind}.{word}")


@lru_cache(4_096)
def own_text(cell: OwnCell, side: Side, width: int, decimals: int, glyphs: str) -> str:
    """Return a cell in exactly `width` cells, its glyph on the side of the book: `300▐` and `▐300`.

    Orders of the other outcome have its mark beside the glyph, `300▐Y`. Together with orders of this one they
    are a sum of their own behind it, `300+50▐Y`, or where that is too long are added to it under the mark.
    """
    known = GLYPH_SETS[glyphs]
    glyph = state_glyph(cell.state, known)
    if side is Side.SELL and glyph == known.working:
        glyph = known.working_sell
    glyph = glyph + cell.mark if side is Side.BUY else cell.mark + glyph
    room = width - len(glyph)
    count = f"x{cell.orders}" if cell.orders > 1 else ""
    size = exact_size_text(cell.size, room - len(count), decimals) + count
    if "#" in size:
        size = exact_size_text(cell.size, room, decimals)  # The sum says more than how many it is of.
    if cell.state is OwnState.PARTIALLY_FILLED and cell.orders == 1:
        both = f"{cell.size.normalize():f}/{cell.asked.normalize():f}"
        size = both if len(both) <= room else size
    if cell.is_mixed and cell.mirrored:
        both = f"{(cell.size - cell.mirrored).normalize():f}+{cell.mirrored.normalize():f}"
        size = both if len(both) <= room else size
    return right(size + glyph, width) if side is Side.BUY else left(glyph + size, width)


def ahead_text(cell: OwnCell | None, width: int, decimals: int) -> str:
    """Return the estimate of what rests ahead, always marked as one: `~3.1`; nothing where not known."""
    if cell is None or cell.ahead is None or width < 3:
        return ""
    return "~" + size_text(cell.ahead, width - 1, decimals)
