"""Orders that wait for a price: stops at the cursor, and the bracket round another order. Pure.

What a venue does not know itself the engine holds; here that makes no difference.
"""

from decimal import Decimal

from omega_tui.domain.commands import Command, StartProgram
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.own_orders import only_closes
from omega_tui.domain.programs import Bracket
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import BracketTemplate, DeskFacts, Refused
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.standing_orders import held_here, orders_here
from omega_tui.ui.orders.build import Built, capped, cursor_price, why_not_reducing
from omega_tui.ui.orders.pending import far_touch
from omega_tui.ui.text.words import price_text

STOPS = frozenset({"order.stop", "order.stop_limit"})


def build_stop(action: str, side: Side, frame: PaintedFrame, facts: DeskFacts) -> Built | Refused:
    """Return the stop (`order.stop`) or stop-limit (`order.stop_limit`) at the painted cursor.

    A stop takes once its price is reached, down to a worst price; a stop-limit becomes a limit order at that
    worst price. One that would go off at once is refused: that would be a cross. One that can only close the
    position is reduce-only: it protects, and stays where everything else is canceled.
    """
    instrument = facts.instrument
    assert instrument is not None
    trigger = cursor_price(frame, instrument)
    if isinstance(trigger, Refused):
        return trigger
    refused = why_not_there(trigger, side, frame, facts, instrument) or why_not_reducing(side, facts)
    if refused is not None:
        return refused
    size = facts.sizing.size
    held = [request for _, request in held_here(facts, instrument)]
    protects = only_closes(side, size, facts.position, orders_here(facts, instrument), held)
    reduce_only = facts.flags.reduce_only or protects
    return Built(stop_request(action, side, trigger, size, frame, facts, reduce_only=reduce_only))


def why_not_there(
    trigger: Decimal, side: Side, frame: PaintedFrame, facts: DeskFacts, instrument: Instrument
) -> Refused | None:
    """Return why no stop of `side` can wait at `trigger`; None when it can."""
    if not instrument.contains(trigger):
        return Refused("PRICE_BOUND", f"{price_text(trigger, instrument)} is outside the market's prices")
    if not facts.data.state.allows_new_orders or not frame.data_state.allows_new_orders:
        return Refused("DATA", f"refused: the book was painted {frame.data_state}")
    far = far_touch(side, frame)
    if far is None:
        return Refused("NO_TOUCH", "that side is empty: nobody knows whether a stop would go off at once")
    if (trigger - far) * side.sign <= 0:
        where = "above the ask" if side is Side.BUY else "below the bid"
        touch = price_text(far, instrument)
        return Refused(
            "FIRES_NOW", f"a stop to {side} belongs {where} {touch}: there it would go off at once"
        )
    return None


def stop_request(  # noqa: PLR0913, PLR0917 - the parts of a stop
    action: str,
    side: Side,
    trigger: Decimal,
    size: Decimal,
    frame: PaintedFrame,
    facts: DeskFacts,
    *,
    reduce_only: bool,
) -> OrderRequest:
    """Return a stop at `trigger`, its worst price `cross_cap_ticks` beyond it."""
    instrument = facts.instrument
    assert instrument is not None
    return OrderRequest(
        client_order_id="",
        instrument=instrument.id,
        venue=instrument.venue,
        side=side,
        size=size,
        price=capped(trigger, side, facts.cross_cap_ticks, instrument),
        order_type=OrderType.LIMIT if action == "order.stop_limit" else OrderType.MARKET,
        time_in_force=TimeInForce.GTC,
        reduce_only=reduce_only,
        trigger_price=trigger,
        frame=frame.to_stamp(trigger),
    )


def with_bracket(
    entry: OrderRequest, template: BracketTemplate, frame: PaintedFrame, facts: DeskFacts
) -> tuple[Command, str] | Refused:
    """Return the command that sends `entry` with a way out on both sides, and what to call it.

    The ways out count from where the entry is expected to fill, and not from its worst price: what takes at
    once from the far touch, what rests from its limit.
    """
    wrong = why_no_bracket(entry, facts)
    if wrong is not None:
        return wrong
    instrument = facts.instrument
    assert instrument is not None
    sign, tick = entry.side.sign, instrument.tick_size
    taken = _taken_at(entry, frame)
    base = taken or entry.price
    take_price = base + tick * template.take_ticks * sign
    stop_price = base - tick * template.stop_ticks * sign
    for price in (take_price, stop_price):
        if not instrument.contains(price):
            what = price_text(price, instrument)
            return Refused(
                "PRICE_BOUND", f"the bracket {template} would reach {what}, outside the market's prices"
            )
    out = entry.side.opposite
    if taken is not None:
        refused = why_not_there(stop_price, out, frame, facts, instrument)
        if refused is not None:
            what = f"the bracket's stop would be at {price_text(stop_price, instrument)}"
            return Refused(refused.code, f"{what}: {refused.text}")
    take = OrderRequest(
        client_order_id="",
        instrument=instrument.id,
        venue=instrument.venue,
        side=out,
        size=entry.size,
        price=take_price,
        reduce_only=True,
        frame=frame.to_stamp(take_price),
    )
    stop = stop_request("order.stop", out, stop_price, entry.size, frame, facts, reduce_only=True)
    spec = Bracket(
        instrument=instrument.id,
        venue=instrument.venue,
        entry=entry,
        take=take,
        stop=stop,
        cap_ticks=facts.cross_cap_ticks,
    )
    words = f"take {price_text(take_price, instrument)}, stop {price_text(stop_price, instrument)}"
    return StartProgram(spec, entry.frame), words


def why_no_bracket(entry: OrderRequest, facts: DeskFacts) -> Refused | None:
    """Return why an order cannot be the entry of a bracket, or None.

    Its ways out close what it opened: one that closes leaves them nothing, and they would wait unwatched.
    """
    if entry.trigger_price is not None:
        why = "a limit order, not round a stop"
    elif facts.position * entry.side.sign < 0:
        side = entry.side
        why = f"what opens, and this {side} closes"
    else:
        return None
    return Refused("BRACKET", f"a bracket goes round {why}: {{flag.bracket}} takes it off")


def _taken_at(entry: OrderRequest, frame: PaintedFrame) -> Decimal | None:
    """Return the painted touch from which an order takes at once; None for one that rests."""
    far = far_touch(entry.side, frame)
    if far is None or (entry.price - far) * entry.side.sign < 0:
        return None
    return far
