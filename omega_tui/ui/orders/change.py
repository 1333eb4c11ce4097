"""Own orders moved by the keyboard: nudged by ticks, or grabbed and dropped. Pure.

A moved order is judged as a new one would be, on the painted frame (ladder specification, section 5).
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.commands import AmendOrder, AmendProgram
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderRequest, OrderStatus
from omega_tui.ui.desk.order_facts import DeskFacts, Refused
from omega_tui.ui.ladder.facts import amending_orders
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.standing_orders import held_here, mirrored_here, orders_here, outcome_name
from omega_tui.ui.orders.build import cursor_price
from omega_tui.ui.orders.pending import Offer, far_touch
from omega_tui.ui.text.words import outcome, price_text, size_text

NUDGES = {"amend.up": 1, "amend.down": -1, "amend.up_ten": 10, "amend.down_ten": -10}
"""Ticks by binding."""
FAR_TICKS = 10
"""A drop further away than this is asked about (ladder specification, section 5)."""

MOVABLE = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})


class Own(Struct, frozen=True):
    """An order of ours that can be moved.

    Attributes:
        request: As it stands.
        size: What is left of it.
        key: Names it, as long as it stands.
        program: The program that holds it; empty for an order at the venue.
    """

    request: OrderRequest
    size: Decimal
    key: str
    program: str = ""

    def at(self, price: Decimal, frame: PaintedFrame) -> AmendOrder | AmendProgram:
        """Return the command that moves it to a price."""
        request = self.request
        if self.program:
            return AmendProgram(request.venue, self.program, request.role, price)
        return AmendOrder(request.venue, request.client_order_id, price, None, frame.to_stamp(price))


def owned(facts: DeskFacts, instrument: Instrument) -> list[Own]:
    """Return what can be moved: orders that work at the venue, and those that programs hold."""
    working = [
        Own(order.request, order.remaining, order.request.client_order_id)
        for order in orders_here(facts, instrument)
        if order.status in MOVABLE
    ]
    held = [
        Own(request, request.size, f"{program.id}/{request.role}", program.id)
        for program, request in held_here(facts, instrument)
    ]
    return working + held


def movable_at_cursor(frame: PaintedFrame, facts: DeskFacts) -> tuple[Own, ...] | Refused:
    """Return the own orders on the painted cursor's row that can be moved, or why there are none.

    An order on its way is refused and the wish for more is not kept: by the time the venue has answered, the
    picture for which the key was pressed is gone, and nothing is sent for a picture that is gone. One of the
    other outcome is never moved from here: up is down for it, and its price is another.
    """
    instrument = facts.instrument
    assert instrument is not None
    price = cursor_price(frame, instrument)
    if isinstance(price, Refused):
        return price
    low, high = price, price
    if facts.group > 1 and frame.cursor_row is not None:
        low = frame.prices[frame.cursor_row]
        high = low + instrument.tick_size * (facts.group - 1)
    there = [order for order in orders_here(facts, instrument) if low <= order.request.stands_at <= high]
    found = tuple(own for own in owned(facts, instrument) if low <= own.request.stands_at <= high)
    if any(order.external for order in there):
        return Refused("EXTERNAL", "an order there was placed elsewhere: it can be canceled here, not moved")
    coming = amending_orders(facts.programs, facts.orders, instrument.id)
    if not found and (there or any(low <= to <= high for _, to in coming)):
        return Refused("IN_FLIGHT", "the order there is on its way: again when the venue has answered")
    if found:
        return found
    first, last = instrument.to_ticks(low), instrument.to_ticks(high)
    mirrored = mirrored_here(facts.orders, facts.programs, instrument)
    if any(first <= instrument.to_ticks(one.price) <= last for one in mirrored):
        name = outcome_name(facts.other)
        return Refused("OTHER_OUTCOME", f"that order is one of {name}: {{market.framing}}, then move it")
    return Refused("NO_ORDER", f"no order of yours at {price_text(price, instrument)}")


def moved_by(ticks: int, frame: PaintedFrame, facts: DeskFacts) -> Offer | Refused:
    """Return the own orders at the cursor `ticks` further up, or down where negative."""
    found = movable_at_cursor(frame, facts)
    if isinstance(found, Refused):
        return found
    assert facts.instrument is not None
    return _moved(found, facts.instrument.tick_size * ticks, frame, facts)


def dropped_at_cursor(
    ids: Sequence[str], origin: Decimal, frame: PaintedFrame, facts: DeskFacts
) -> Offer | Refused:
    """Return the grabbed orders at the painted cursor, as far as they still work."""
    instrument = facts.instrument
    assert instrument is not None
    price = cursor_price(frame, instrument)
    if isinstance(price, Refused):
        return price
    if facts.group > 1:
        return Refused("GROUPED", "an order is dropped on an exact price: {view.finer} refines the rows")
    if price == origin:
        return Refused("NOT_MOVED", f"it stays at {price_text(price, instrument)}")
    left = [own for own in owned(facts, instrument) if own.key in ids]
    if not left:
        return Refused("NO_ORDER", "the order is gone: filled, canceled or being canceled")
    offer = _moved(left, price - origin, frame, facts)
    ticks = abs(instrument.to_ticks(price) - instrument.to_ticks(origin))
    if isinstance(offer, Refused) or offer.why_ask or ticks <= FAR_TICKS:
        return offer
    return replace(offer, why_ask=f"that is {ticks} ticks away")


def _moved(orders: Sequence[Own], by: Decimal, frame: PaintedFrame, facts: DeskFacts) -> Offer | Refused:
    instrument = facts.instrument
    assert instrument is not None
    state = max(facts.data.state, frame.data_state, key=list(DataState).index)
    if not state.allows_new_orders:
        return Refused("DATA", f"refused: the book was painted {state}")
    takes = False
    commands = []
    for order in orders:
        price = order.request.stands_at + by
        if not instrument.contains(price):
            return Refused("PRICE_BOUND", f"{price_text(price, instrument)} is outside the market's prices")
        crosses = _crosses(order.request, price, frame)
        refused = _why_not_crossing(order.request, price, facts, state) if crosses else None
        if refused is not None:
            return refused
        takes = takes or crosses
        commands.append(order.at(price, frame))
    first = orders[0].request
    target = first.stands_at + by
    size = size_text(sum((order.size for order in orders), Decimal(0)))
    many = f" ({len(orders)} orders)" if len(orders) > 1 else ""
    what = f"{first.side} {size} {outcome(instrument)}{many}"
    from_to = f"{price_text(first.stands_at, instrument)} → {price_text(target, instrument)}"
    queue = "" if all(order.program for order in orders) else f", {how_it_moves(orders, instrument)}"
    text = f"{what} {from_to}{queue}"
    why = "there it takes what rests" if takes else "the data lag" if state is DataState.LAG else ""
    return Offer(tuple(commands), text, first.side, why, takes, takes, target)


def how_it_moves(orders: Sequence[Own], instrument: Instrument) -> str:
    """Return how a move is made: by the venue on the same order, or by a cancel and then a new order."""
    in_place = instrument.amends_in_place and all(own.request.trigger_price is None for own in orders)
    return "changed in place" if in_place else "canceled, then sent anew"


def _crosses(request: OrderRequest, price: Decimal, frame: PaintedFrame) -> bool:
    """Whether the order would take what was painted; a stop where it would go off at once."""
    far = far_touch(request.side, frame)
    if far is None:
        return False
    beyond = (price - far) * request.side.sign
    return beyond >= 0 if request.trigger_price is None else beyond <= 0


def _why_not_crossing(
    request: OrderRequest, price: Decimal, facts: DeskFacts, state: DataState
) -> Refused | None:
    shown = price_text(price, facts.instrument)
    if request.trigger_price is not None:
        return Refused("FIRES_NOW", f"the stop would go off at once at {shown}")
    if request.post_only:
        return Refused("POST_ONLY", f"post-only at {shown} would cross")
    if not state.allows_crossing:
        return Refused("PASSIVE_ONLY", f"the book is {state}: only orders that rest")
    return None
