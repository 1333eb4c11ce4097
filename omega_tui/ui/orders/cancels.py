"""What a cancel cancels: at the cursor, on a side of the ladder, in a market, everywhere, the last. Pure.

Where the two outcomes of a market are one book, what is canceled is what stands on the ladder, whichever
outcome it was sent for.
"""

from omega_tui.domain.commands import CancelOrder, CancelOrders, Command
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts, Refused
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.standing_orders import (
    as_sent,
    held_here,
    mirrored_here,
    mirrored_id,
    orders_here,
    outcome_name,
)
from omega_tui.ui.orders.build import NOT_PAINTED, cursor_price
from omega_tui.ui.text.words import describe_order, price_text


def build_cancels(  # noqa: PLR0911 - one answer per key
    action: str, frame: PaintedFrame | None, facts: DeskFacts
) -> tuple[tuple[Command, ...], str] | Refused:
    """Return the commands of a cancel and what they do, in words. Data state and arming never matter here."""
    if facts.is_replay:
        return Refused("REPLAY", "a replay has no orders to cancel")
    if action == "cancel.all":
        return (CancelOrders(spare_protective=True),), "canceling all, everywhere; what protects stays"
    instrument = facts.instrument
    if action == "cancel.last":
        return _cancel_last(facts)
    if instrument is None:
        return Refused("NO_MARKET", "no market is on screen; {cancel.verb}{cancel.all} cancels everywhere")
    here = instrument.id
    match action:
        case "cancel.buys" | "cancel.sells":
            return _cancel_side(Side.BUY if action == "cancel.buys" else Side.SELL, facts, instrument)
        case "cancel.market" | "cancel.market_now" | "cancel.protective" | "panic.cancel_market":
            ids = (here,) if facts.complement is None else (here, facts.complement)
            spares = action in {"cancel.market", "cancel.market_now"}
            commands = tuple(CancelOrders(instrument.venue, one, spare_protective=spares) for one in ids)
            return commands, f"canceling all in this market{'; what protects stays' if spares else ''}"
        case _:
            return _cancel_here(frame, facts, instrument)


def _cancel_side(side: Side, facts: DeskFacts, instrument: Instrument) -> tuple[tuple[Command, ...], str]:
    """Cancel what stands on one side of the ladder: of the other outcome, what was sent as the opposite."""
    commands: tuple[Command, ...] = (CancelOrders(instrument.venue, instrument.id, side),)
    text = f"canceling every {side} here"
    there = mirrored_id(instrument)
    if there is not None:
        commands += (CancelOrders(instrument.venue, there, side.opposite),)
        mirrored = mirrored_here(facts.orders, facts.programs, instrument)
        if any(one.request.side is side.opposite for one in mirrored):
            text += f", and every {side.opposite} of {outcome_name(facts.other)}, which stands beside them"
    return commands, text


def _cancel_here(
    frame: PaintedFrame | None, facts: DeskFacts, instrument: Instrument
) -> tuple[tuple[Command, ...], str] | Refused:
    if frame is None or frame.instrument != instrument.id:
        return NOT_PAINTED
    price = cursor_price(frame, instrument)
    if isinstance(price, Refused):
        return price
    prices = [price]
    if facts.group > 1 and frame.cursor_row is not None:
        lowest = frame.prices[frame.cursor_row]
        prices = [lowest + instrument.tick_size * step for step in range(facts.group)]
    standing = [order.request for order in orders_here(facts, instrument)]
    standing += [request for _, request in held_here(facts, instrument)]
    # By tick, as the ladder draws them: a price that a new tick left between two must be cancelable too.
    ticks = {instrument.to_ticks(one) for one in prices}
    shown = {request.stands_at for request in standing}
    mine = sorted(one for one in shown if instrument.to_ticks(one) in ticks)
    there = [
        one
        for one in mirrored_here(facts.orders, facts.programs, instrument)
        if instrument.to_ticks(one.price) in ticks
    ]
    if not (mine or there):
        return Refused("NO_ORDER", f"no order of yours at {price_text(price, instrument)}")
    commands = [CancelOrders(instrument.venue, instrument.id, None, one) for one in mine]
    commands += [
        CancelOrders(instrument.venue, instrument.complement_id, None, one)
        for one in sorted({one.request.stands_at for one in there})
    ]
    words = [f"at {', '.join(price_text(one, instrument) for one in mine)}"] if mine else []
    return tuple(commands), f"canceling {' and '.join([*words, *as_sent(there, facts.other)])}"


def _cancel_last(facts: DeskFacts) -> tuple[tuple[Command, ...], str] | Refused:
    own = [order for order in facts.orders if order.status.may_rest and not order.external]
    if not own:
        return Refused("NO_ORDER", "no order of yours is working")
    last = max(own, key=lambda order: order.ts_intent_ns)
    command = CancelOrder(last.request.venue, last.request.client_order_id, last.venue_order_id)
    known = (one for one in (facts.instrument, facts.other) if one is not None)
    instrument = next((one for one in known if one.id == last.request.instrument), None)
    where = "" if instrument is not None else ", in another market"
    return (command,), f"canceling the last order: {describe_order(last, instrument)}{where}"
