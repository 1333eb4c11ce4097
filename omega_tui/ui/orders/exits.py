"""Ways out of a position beside flattening it: reversed, or its stop at break-even. Pure."""

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import structs

from omega_tui.domain.commands import PlaceOrder, StartProgram
from omega_tui.domain.instrument import ONE, Instrument, InstrumentKind
from omega_tui.domain.one_order import most_of, orders_needed
from omega_tui.domain.orders import OrderRequest, TimeInForce
from omega_tui.domain.program_changes import in_the_way
from omega_tui.domain.program_cover import room_for
from omega_tui.domain.program_scene import stop_cap_ticks
from omega_tui.domain.programs import Close, Program, Stop
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts, Refused
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.build import TAKES, worst_price
from omega_tui.ui.orders.change import owned
from omega_tui.ui.orders.pending import Offer, far_touch
from omega_tui.ui.orders.stops import stop_request, why_not_there
from omega_tui.ui.text.words import describe_request, outcome, price_text, size_text


def build_reverse(frame: PaintedFrame, facts: DeskFacts) -> Offer | Refused:
    """Return the one order that closes the position and opens as large a one on the other side.

    It is always asked about, and only offered where something can be sold that is not held: for contracts,
    not for coins and outcomes.
    """
    instrument = facts.instrument
    assert instrument is not None
    if instrument.kind is InstrumentKind.SPOT and facts.position > 0:
        what = outcome(instrument)
        other = "; flip the market and buy the other outcome" if instrument.complement_id else ""
        return Refused("NO_SHORT", f"{what} cannot be sold short: flatten it instead{other}")
    side = Side.SELL if facts.position > 0 else Side.BUY
    touch = far_touch(side, frame)
    if touch is None:
        return Refused("NO_TOUCH", "that side of the book is empty: the position cannot be reversed now")
    if not facts.data.state.allows_crossing or not frame.data_state.allows_crossing:
        return Refused("PASSIVE_ONLY", f"the book is {facts.data.state}: only orders that rest")
    price = worst_price(touch, side, facts, instrument)
    request = OrderRequest(
        client_order_id="",
        instrument=instrument.id,
        venue=instrument.venue,
        side=side,
        size=abs(facts.position) * 2,
        price=price,
        time_in_force=TimeInForce.IOC,
        frame=frame.to_stamp(price),
    )
    after = size_text(abs(facts.position))
    word = "short" if side is Side.SELL else "long"
    text = f"REVERSE {describe_request(request, instrument)}, {word} {after} afterwards"
    return past_own_orders(Offer((PlaceOrder(request),), text, side, TAKES, takes=True), touch, facts)


def past_own_orders(
    offer: Offer, touch: Decimal, facts: DeskFacts, *, clears: bool = True, whole: bool = False
) -> Offer:
    """Return an offer to leave a position that first cancels what of ours is in the way, where there is such.

    That is what rests at the touch, which would be met, and that is refused: the only touch may be our own.
    And it is every other way out where nothing of the position is to be left. Where a part is closed and the
    venue locks what other ways out offer of it, a program's shrink to what is left, and others go. What is
    more than one order may be is closed in several. What is canceled and what is sent are both in the words.

    Args:
        offer: One order that takes.
        touch: The painted price that it takes at.
        facts: As of now.
        clears: Whether nothing of the position is left, so that its other ways out go too.
        whole: Whether all that is held is to be closed.
    """
    (command,) = offer.commands
    assert isinstance(command, PlaceOrder), "an order that takes"
    instrument, request = facts.instrument, command.request
    assert instrument is not None
    place = {"instrument": instrument.id, "venue": instrument.venue}
    at_touch = Close(order=replace(request, price=touch), clears=clears, whole=whole, **place)
    ending = [one.kind for one in facts.programs if clears and _closes(one, request)]
    shrinks = not clears and _is_offered(request, facts, instrument)
    count = orders_needed(request.size, instrument, request.price, facts.rate) if request.reduce_only else 1
    blocked = in_the_way(at_touch, facts.orders, instrument, facts.position)
    if not (ending or shrinks or blocked or count > 1):
        return offer
    spec = Close(order=request, clears=clears, whole=whole, **place)
    going = in_the_way(spec, facts.orders, instrument, facts.position)
    words = [*ending, *(f"{one.request.side} {size_text(one.remaining)}" for one in going)]
    first = [f"cancel {', '.join(words)} in the way"] if words else []
    if shrinks and not going:
        left = size_text(abs(facts.position) - request.size)
        first.append(f"ways out shrink to {left}")
    text = offer.text + (f" in {count} orders" if count > 1 else "")
    text += f" · first {', '.join(first)}" if first else ""  # Last: a narrow strip cuts the end.
    return structs.replace(offer, commands=(StartProgram(spec, request.frame),), text=text)


def _is_offered(request: OrderRequest, facts: DeskFacts, instrument: Instrument) -> bool:
    """Whether working orders offer so much of the position that the venue has too little left to close."""
    return room_for(request, facts.orders, facts.position, instrument) < request.size


def _closes(program: Program, request: OrderRequest) -> bool:
    """Whether a program holds a way out that closes the same side."""
    return any((one.instrument, one.side) == (request.instrument, request.side) for one in program.held)


def break_even_price(facts: DeskFacts) -> Decimal | None:
    """Return the price at which the position pays back entry and fees, on the tick that loses nothing."""
    instrument = facts.instrument
    if instrument is None or facts.break_even is None or not facts.position:
        return None
    rounding = ROUND_CEILING if facts.position > 0 else ROUND_FLOOR
    return (facts.break_even / instrument.tick_size).quantize(ONE, rounding=rounding) * instrument.tick_size


def build_break_even(frame: PaintedFrame, facts: DeskFacts) -> Offer | Refused:
    """Return what puts the position's stop where nothing is lost: moved, or placed if there is none."""
    instrument, trigger = facts.instrument, break_even_price(facts)
    assert instrument is not None
    if trigger is None:
        return Refused("NO_ENTRY", "the entry price of this position is not known: put the stop by hand")
    side = Side.SELL if facts.position > 0 else Side.BUY
    refused = why_not_there(trigger, side, frame, facts, instrument)
    if refused is not None and refused.code == "FIRES_NOW":
        text = f"break-even is {price_text(trigger, instrument)}, and the market is not beyond it yet"
        return Refused("FIRES_NOW", text)
    if refused is not None:
        return refused
    price = price_text(trigger, instrument)
    stops = [own for own in owned(facts, instrument) if _protects(own.request, side)]
    moved = tuple(own.at(trigger, frame) for own in stops if own.request.trigger_price != trigger)
    if stops and not moved:
        return Refused("THERE", f"the stop is at break-even {price} already")
    if moved:
        return Offer(moved, f"stop to break-even {price}", side)
    return _new_stop(trigger, side, frame, facts, instrument)


def _new_stop(
    trigger: Decimal, side: Side, frame: PaintedFrame, facts: DeskFacts, instrument: Instrument
) -> Offer:
    """Return the stop of a position that has none; held here where it is more than one order may be."""
    price = price_text(trigger, instrument)
    request = stop_request("order.stop", side, trigger, abs(facts.position), frame, facts, reduce_only=True)
    if request.size > most_of(instrument, request.price, facts.rate):
        order, cap_ticks = replace(request, frame=None), stop_cap_ticks(trigger, instrument)
        spec = Stop(instrument=instrument.id, venue=instrument.venue, order=order, cap_ticks=cap_ticks)
        text = f"stop at break-even {price}, held here: it is more than one order may be"
        return Offer((StartProgram(spec, request.frame),), text, side)
    return Offer((PlaceOrder(request),), f"stop at break-even {price}", side)


def _protects(request: OrderRequest, side: Side) -> bool:
    return request.trigger_price is not None and request.reduce_only and request.side is side
