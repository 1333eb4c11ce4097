"""From what a key means to what it would send, or to the reason why not. Pure.

Every order of the keyboard passes `why_not`: the locks first, then the painted frame.
"""

from omega_tui.domain.commands import Command, PlaceOrder
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ONE
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.own_orders import words_met
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts, Refused
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.build import (
    FLATTEN_PARTS,
    build_flatten,
    build_order,
    check_frame,
    state_words,
    why_locked,
    why_not_flatten,
)
from omega_tui.ui.orders.change import NUDGES, dropped_at_cursor, movable_at_cursor, moved_by
from omega_tui.ui.orders.exits import build_break_even, build_reverse, past_own_orders
from omega_tui.ui.orders.pending import Offer, Pending, Verb, far_touch
from omega_tui.ui.orders.stops import STOPS, build_stop, with_bracket
from omega_tui.ui.text.words import describe_request

_EXITS = {"flatten.reverse": build_reverse, "flatten.break_even": build_break_even}


def why_not(what: str, now_ns: int, frame: PaintedFrame | None, facts: DeskFacts) -> Refused | None:
    """Return why nothing that adds risk can leave now, or why the frame is nothing to order from.

    Args:
        what: The beginning of the sentence, as `BUY `.
        now_ns: When the key is handled.
        frame: The last painted frame.
        facts: The desk now.
    """
    reason = why_locked(facts)
    if reason:
        return Refused("LOCKED", f"{what}refused: {reason}")
    return check_frame(frame, facts, now_ns)


def why_not_armed(facts: DeskFacts) -> Refused | None:
    """Return why nothing can be armed now; None when it can."""
    if facts.is_replay:
        return Refused("REPLAY", "a replay cannot be traded")
    if facts.mode is TradingMode.HALTED:
        return Refused("HALTED", "killed: type :unkill first")
    if facts.too_small:
        return Refused("TOO_SMALL", "the terminal is too small to trade")
    if facts.no_arming:
        return Refused("NO_ARMING", facts.no_arming)
    if not facts.data.state.allows_new_orders:
        return Refused("DATA", f"cannot arm: {state_words(facts)}")
    return None


def why_met(request: OrderRequest, facts: DeskFacts) -> Refused | None:
    """Return why an order would be refused as one that meets another of ours; None when it meets none."""
    complement = facts.instrument.complement_id if facts.instrument is not None else None
    words = words_met(request, facts.orders, complement)
    return Refused("SELF_TRADE", f"refused: {words[0].lower()}{words[1:].rstrip('.')}") if words else None


def is_asked(offer: Offer, facts: DeskFacts) -> bool:
    """Whether Enter is wanted before an offer goes."""
    return bool(offer.why_ask) and (facts.asks_before_taking or not offer.is_plain)


def ordered(
    action: str, side: Side, now_ns: int, frame: PaintedFrame | None, facts: DeskFacts
) -> Offer | Refused:
    """Return the order that `action` (`order.join` and the like) means on what was painted."""
    refused = why_not(f"{side} ", now_ns, frame, facts)
    if refused is not None:
        return refused
    assert frame is not None
    build = build_stop if action in STOPS else build_order
    built = build(action, side, frame, facts)
    if isinstance(built, Refused):
        return built
    met = why_met(built.request, facts)
    if met is not None:
        return met
    command: Command = PlaceOrder(built.request)
    text = describe_request(built.request, facts.instrument)
    if facts.flags.bracket is not None:
        wrapped = with_bracket(built.request, facts.flags.bracket, frame, facts)
        if isinstance(wrapped, Refused):
            return wrapped
        command, words = wrapped
        text = f"{text}, then {words}"
    is_plain = built.takes and action != "order.market"
    size_asks = _why_large(built.request, facts)
    why_ask = "; ".join(why for why in (built.why_ask, size_asks) if why)
    return Offer((command,), text, side, why_ask, built.takes, is_plain and not size_asks)


def _why_large(request: OrderRequest, facts: DeskFacts) -> str:
    """Return why an order is asked about for its size; empty where it is not."""
    assert facts.instrument is not None
    worth = facts.instrument.worth(request.size, request.price)
    if facts.ask_above is None or worth <= facts.ask_above:
        return ""
    return f"worth {worth:,.2f} {facts.instrument.quote}".rstrip()


def nudged(action: str, now_ns: int, frame: PaintedFrame | None, facts: DeskFacts) -> Offer | Refused:
    """Return the own orders at the cursor moved by the ticks of `action`."""
    refused = why_not("", now_ns, frame, facts)
    if refused is not None:
        return refused
    assert frame is not None
    return moved_by(NUDGES[action], frame, facts)


def grabbed(now_ns: int, frame: PaintedFrame | None, facts: DeskFacts) -> Pending | Refused:
    """Return the own orders at the cursor, picked up."""
    refused = why_not("", now_ns, frame, facts)
    if refused is not None:
        return refused
    assert frame is not None
    found = movable_at_cursor(frame, facts)
    if isinstance(found, Refused):
        return found
    if len({own.request.stands_at for own in found}) > 1:
        return Refused("GROUPED", "orders at several prices stand on that row: {view.finer} refines the rows")
    ids = tuple(own.key for own in found)
    return Pending(Verb.GRAB, now_ns, facts.data.state, ids, found[0].request.stands_at)


def let_go(grab: Pending, now_ns: int, frame: PaintedFrame | None, facts: DeskFacts) -> Offer | Refused:
    """Return grabbed orders dropped at the cursor."""
    refused = why_not("", now_ns, frame, facts)
    if refused is not None:
        return refused
    assert frame is not None
    assert grab.origin is not None
    return dropped_at_cursor(grab.grabbed, grab.origin, frame, facts)


def way_out(action: str, now_ns: int, frame: PaintedFrame | None, facts: DeskFacts) -> Offer | Refused:
    """Return the way out of the position that `action` (`flatten.all` and the like) means.

    Closing works disarmed, and down to a stale book; reversing it or putting a stop is judged as any order.
    """
    reason = why_not_flatten(facts)
    if reason:
        return Refused("FLATTEN", reason)
    is_plain = action in FLATTEN_PARTS
    refused = check_frame(frame, facts, now_ns) if is_plain else why_not("", now_ns, frame, facts)
    if refused is not None:
        return refused
    assert frame is not None
    if not is_plain:
        return other_way_out(action, frame, facts)
    built = build_flatten(action, frame, facts)
    if isinstance(built, Refused):
        return built
    text = describe_request(built.request, facts.instrument)
    offer = Offer((PlaceOrder(built.request),), text, built.request.side)
    touch = far_touch(built.request.side, frame)
    assert touch is not None, "built at it"
    is_all = FLATTEN_PARTS[action] == ONE
    return past_own_orders(offer, touch, facts, clears=is_all, whole=is_all)


def other_way_out(action: str, frame: PaintedFrame, facts: DeskFacts) -> Offer | Refused:
    """Return what reversing the position, or putting its stop at break-even, comes to on a painted frame.

    The menu asks this as the key does: what it offers would be taken, unless the frame is old by then.
    """
    reason = why_locked(facts)
    if reason:
        return Refused("LOCKED", f"refused: {reason}")
    return _EXITS[action](frame, facts)
