"""From a painted frame and a key's meaning to an order, or to the reason why not. Pure functions.

Prices come from the painted frame, never from the newest book: what was seen is what is sent (ladder
specification, section 2, rules 4 to 6). What is checked here is what the trader can see; the gate of the
engine checks everything again.
"""

from decimal import ROUND_DOWN, Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.own_orders import short_of_own
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts, Refused
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.text.words import price_text

FRAME_NS = 250_000_000
"""A painted frame older than this counts only while the book has not changed since."""

NOT_PAINTED: Final = Refused(
    "NOT_PAINTED", "dropped: this market is not painted yet; wait for it, then press again"
)

TAKES: Final = "it takes what rests there now"
"""Why an order that crosses is asked about."""

FLATTEN_STATES = frozenset({DataState.LIVE, DataState.QUIET, DataState.LAG, DataState.STALE})
"""Where a flatten is let through, capped at the last painted touch (section 7 of the specification)."""

FLATTEN_PARTS: dict[str, Decimal] = {
    "flatten.all": ONE,
    "flatten.quarter": Decimal("0.25"),
    "flatten.half": Decimal("0.5"),
    "flatten.most": Decimal("0.75"),
}


class Built(Struct, frozen=True):
    """An order ready to go.

    Attributes:
        request: With the frame that it was made from.
        why_ask: Why Enter is asked for first; empty when it is not.
        takes: Whether it crosses what was painted.
    """

    request: OrderRequest
    why_ask: str = ""
    takes: bool = False


def why_locked(facts: DeskFacts) -> str:  # noqa: PLR0911 - a list of reasons, the most important first
    """Return why no new order can leave now, for people; empty when one can."""
    if facts.is_replay:
        return "a replay cannot be traded"
    if facts.too_small:
        return "the terminal is too small to trade"
    if facts.instrument is None:
        return "no market is on screen; {find} finds one"
    if not facts.instrument.active:
        return "the market takes no orders"
    if facts.mode is TradingMode.HALTED:
        return "killed; :unkill ends that"
    data = why_data_locked(facts)
    if data:
        return data
    if facts.mode is TradingMode.DISARMED:
        return "disarmed; {arm.verb} then {arm.confirm} arms"
    return ""


def why_data_locked(facts: DeskFacts) -> str:
    """Return why what is known of the book or of our orders forbids new orders; empty when it does not."""
    if not facts.data.state.allows_new_orders:
        return state_words(facts)
    if facts.instrument is not None:
        unknown = [
            order
            for order in facts.orders
            if order.status is OrderStatus.UNKNOWN and order.request.instrument == facts.instrument.id
        ]
        if unknown:
            return "an order of yours here is unknown; the venue is being asked"
    return ""


def state_words(facts: DeskFacts) -> str:
    """Return the data state with its reason, as `the book is STALE: no update`."""
    why = f": {facts.data.reason}" if facts.data.reason else ""
    return f"the book is {facts.data.state}{why}"


def check_frame(frame: PaintedFrame | None, facts: DeskFacts, now_ns: int) -> Refused | None:
    """Return why the painted frame is nothing to order from; None when it is."""
    if frame is None or facts.instrument is None or frame.instrument != facts.instrument.id:
        return NOT_PAINTED
    if now_ns - frame.painted_ns > FRAME_NS and frame.book_sequence != facts.book_sequence:
        return Refused("STALE_FRAME", "dropped: the book moved since the screen was painted; press again")
    return None


def cursor_price(frame: PaintedFrame, instrument: Instrument) -> Decimal | Refused:
    """Return the price painted under the cursor, or why there is none."""
    price = frame.cursor_price
    if price is None:
        return Refused("NO_CURSOR", "there is no cursor; Home or End sets it")
    if frame.cursor_row is None:
        above = not frame.prices or price > frame.prices[0]
        where = "above" if above else "below"
        return Refused(
            "OFF_VIEW",
            f"cursor {price_text(price, instrument)} is {where} the view: {{view.cursor}} shows it",
        )
    return price


def build_order(  # noqa: PLR0911 - one answer per reason
    action: str, side: Side, frame: PaintedFrame, facts: DeskFacts
) -> Built | Refused:
    """Return the order that `action` (`order.join` and the like) means on what was painted.

    Args:
        action: Binding id of the object key.
        side: Of the verb.
        frame: A frame that `check_frame` passed.
        facts: The desk now; `instrument` is known.
    """
    instrument = facts.instrument
    assert instrument is not None
    takes = action in {"order.cross", "order.market"}
    price = _price(action, side, frame, facts, instrument)
    if isinstance(price, Refused):
        return price
    if not instrument.contains(price):
        return Refused("PRICE_BOUND", f"{price_text(price, instrument)} is outside the market's prices")
    far = frame.best_ask if side is Side.BUY else frame.best_bid
    crosses = takes or (far is not None and (price - far) * side.sign >= 0)
    state = max(facts.data.state, frame.data_state, key=_rank)
    if not state.allows_new_orders:
        return Refused("DATA", f"refused: the book was painted {state}")
    if crosses and not state.allows_crossing:
        return Refused("PASSIVE_ONLY", f"the book is {state}: only orders that rest")
    if not takes:
        refused = _why_not_at(price, far, facts, crosses=crosses, state=state)
        if refused is not None:
            return refused
    refused = why_not_reducing(side, facts)
    if refused is not None:
        return refused
    passive_only = not state.allows_crossing
    request = OrderRequest(
        client_order_id="",
        instrument=instrument.id,
        venue=instrument.venue,
        side=side,
        size=facts.sizing.size,
        price=price,
        order_type=OrderType.MARKET if action == "order.market" else OrderType.LIMIT,
        time_in_force=TimeInForce.IOC if takes else facts.flags.time_in_force,
        post_only=not takes and (facts.flags.post_only or passive_only),
        reduce_only=facts.flags.reduce_only,
        frame=frame.to_stamp(price),
    )
    if crosses:
        return Built(request, TAKES, takes=True)
    if state is DataState.LAG:
        return Built(request, "the data lag")
    return Built(request)


def _price(  # noqa: PLR0911 - one answer per key
    action: str, side: Side, frame: PaintedFrame, facts: DeskFacts, instrument: Instrument
) -> Decimal | Refused:
    near = frame.best_bid if side is Side.BUY else frame.best_ask
    far = frame.best_ask if side is Side.BUY else frame.best_bid
    tick = instrument.tick_size
    match action:
        case "order.cursor":
            price = cursor_price(frame, instrument)
            if isinstance(price, Refused) or facts.group == 1:
                return price
            assert frame.cursor_row is not None
            lowest = frame.prices[frame.cursor_row]
            return lowest if side is Side.BUY else lowest + (facts.group - 1) * tick
        case "order.join" | "order.improve":
            if near is None:
                who = "bids" if side is Side.BUY else "offers"
                return Refused("NO_TOUCH", f"nobody {who}: there is nothing to join")
            better = near + tick * side.sign
            if action == "order.join" or (far is not None and (better - far) * side.sign >= 0):
                return near
            return better
        case _:
            if far is None:
                who = "offers" if side is Side.BUY else "bids"
                return Refused("NO_TOUCH", f"nobody {who}: there is nothing to take")
            return worst_price(far, side, facts, instrument)


def _why_not_at(
    price: Decimal, far: Decimal | None, facts: DeskFacts, *, crosses: bool, state: DataState
) -> Refused | None:
    if crosses and facts.group > 1:
        return Refused(
            "GROUPED", "at the cursor nothing can cross while rows are grouped; {view.finer} refines"
        )
    if crosses and facts.flags.post_only:
        touch = price_text(far, facts.instrument)
        return Refused("POST_ONLY", f"post-only at {price_text(price, facts.instrument)} would cross {touch}")
    if not state.allows_crossing and facts.flags.time_in_force is not TimeInForce.GTC:
        return Refused("PASSIVE_ONLY", f"the book is {state}: a {facts.flags.time_in_force} order takes")
    return None


def why_not_reducing(side: Side, facts: DeskFacts) -> Refused | None:
    """Return why a reduce-only order would not only reduce; None when it does, or need not."""
    if not facts.flags.reduce_only:
        return None
    if facts.position * side.sign >= 0:
        return Refused("REDUCE_ONLY", f"reduce-only: a {side} makes no position here smaller")
    if facts.sizing.size > abs(facts.position):
        held = f"{abs(facts.position).normalize():f}"
        return Refused(
            "REDUCE_ONLY",
            f"reduce-only: more than the {held} held; {{size.position}} takes that size",
        )
    return None


def capped(touch: Decimal, side: Side, ticks: int, instrument: Instrument) -> Decimal:
    """Return the worst price of an order that takes: `ticks` beyond the far touch, inside the bounds."""
    price = touch + instrument.tick_size * ticks * side.sign
    if instrument.price_max is not None:
        price = min(price, instrument.price_max - instrument.tick_size)
    return max(price, (instrument.price_min or Decimal(0)) + instrument.tick_size)


def worst_price(touch: Decimal, side: Side, facts: DeskFacts, instrument: Instrument) -> Decimal:
    """Return how far an order that takes may go: `cross_cap_ticks` beyond the touch, and short of our own.

    Where one of ours is at the touch, all of them go first (`past_own_orders`).
    """
    furthest = capped(touch, side, facts.cross_cap_ticks, instrument)
    return short_of_own(furthest, touch, side, facts.orders, instrument)


def why_not_flatten(facts: DeskFacts) -> str:
    """Return why the position cannot be closed now; empty when it can. Being disarmed is no reason."""
    if facts.is_replay:
        return "a replay cannot be traded"
    if facts.instrument is None:
        return "no market is on screen"
    if facts.position == 0:
        return "there is no position here to flatten"
    if facts.mode is TradingMode.HALTED:
        return "killed; :unkill ends that, {panic.kill} cancels again"
    if facts.data.state not in FLATTEN_STATES:
        return f"cannot flatten: {state_words(facts)}"
    return ""


def build_flatten(action: str, frame: PaintedFrame, facts: DeskFacts) -> Built | Refused:
    """Return the order that closes the position or a part of it: capped, IOC, reduce-only."""
    instrument = facts.instrument
    assert instrument is not None
    side = Side.SELL if facts.position > 0 else Side.BUY
    touch = frame.best_bid if side is Side.SELL else frame.best_ask
    if touch is None:
        who = "bids" if side is Side.SELL else "offers"
        return Refused("NO_TOUCH", f"nobody {who}: the position cannot be closed now")
    lots = abs(facts.position) * FLATTEN_PARTS[action] / instrument.lot_size
    size = lots.quantize(ONE, rounding=ROUND_DOWN) * instrument.lot_size
    if size <= 0:
        return Refused("LOT", "that part of the position is less than one lot")
    price = worst_price(touch, side, facts, instrument)
    return Built(
        OrderRequest(
            client_order_id="",
            instrument=instrument.id,
            venue=instrument.venue,
            side=side,
            size=size,
            price=price,
            time_in_force=TimeInForce.IOC,
            reduce_only=True,
            frame=frame.to_stamp(price),
        )
    )


def _rank(state: DataState) -> int:
    return list(DataState).index(state)
