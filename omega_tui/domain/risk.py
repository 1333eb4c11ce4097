"""The checks before an order leaves: pure, in a fixed order, each with a stable code and a way out.

The table is order safety, section 6. A check answers with a `Denial` or with None; the first denial counts.
Nothing here rounds, repairs or remembers: the gate gathers a `RiskView` and asks.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from omega_tui.domain.events import TradingMode
from omega_tui.domain.instrument import ONE
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderRequest, OrderStatus, OrderType
from omega_tui.domain.risk_account import (
    balance,
    daily_loss,
    duplicate,
    gross,
    open_orders,
    order_limits,
    position,
    reduce_only,
    throttle,
)
from omega_tui.domain.risk_view import (
    TAKES_ONLY,
    Denial,
    RiskLimits,
    RiskView,
    is_marketable,
    reduces,
    working_orders,
)
from omega_tui.domain.side import Side
from omega_tui.domain.venue_health import DeadManState

NS_PER_S = 1_000_000_000

MAX_DIGITS = 18
"""Digits and exponent that a price or a size may have (check NUMBER)."""

LAST_LOOK_TICKS = 2
LAST_LOOK_SHARE = Decimal("0.0002")
"""So far the touch may move against the trader between the frame and the check."""

MAX_UNKNOWN = 3
"""With so many orders of unknown outcome in an account, no instrument takes new ones."""

MAX_CLOCK_SKEW_MS = 1_000.0

MAX_LOOP_LAG_MS = 2_000.0
"""An engine that stood still for longer within the last ten seconds sends nothing new."""

UNBOUNDED_COLLAR = Decimal("0.05")
"""The collar as a part of the price, where prices have no bounds (order safety, check 13)."""

Check = Callable[[OrderRequest, RiskView, RiskLimits], Denial | None]


def check_order(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Return the first reason why `request` must not leave, or None when it may."""
    for check in CHECKS:
        denial = check(request, view, limits)
        if denial is not None:
            return denial
    return None


def check_alone(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Return what is wrong with an order that leaves later, whatever the market is then."""
    return next((denial for check in ALONE if (denial := check(request, view, limits))), None)


def check_exposure(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Return why the account is not good for an order as large as several that follow each other."""
    return next((denial for check in EXPOSURE if (denial := check(request, view, limits))), None)


# ------------------------------------------------------------------------------- may anything leave at all


def _mode(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    match view.mode:
        case TradingMode.HALTED:
            return Denial(
                "HALTED", "The kill switch is on: only cancels leave. Type :unkill, then arm again."
            )
        case TradingMode.DISARMED if not (request.reduce_only and reduces(request, view)):
            # Getting out is confirmed by itself and needs no arming (ladder, section 5, F7).
            return Denial("NOT_ARMED", f"{request.venue} is not armed: press A and Enter, then order again.")
        case TradingMode.REDUCING if not reduces(request, view):
            return Denial(
                "REDUCE_ONLY", "The day's loss limit was reached: only orders that shrink a position leave."
            )
    return None


def _dead_man(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    match view.dead_man:
        case DeadManState.LOST:
            return Denial(
                "HEARTBEAT_LOST",
                f"{request.venue} does not acknowledge the dead-man switch: wait for it, or switch it off.",
            )
        case DeadManState.IDLE:
            return Denial(
                "DEAD_MAN_OFF",
                f"The dead-man switch of {request.venue} is not acknowledged yet: order again in a moment.",
            )
    return None


def _unknown_orders(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    if not view.ready:
        return Denial("RECONCILING", "The account is being compared with the venue: wait until that is done.")
    unknown = [order for order in view.orders if order.status is OrderStatus.UNKNOWN]
    here = sum(order.request.instrument == request.instrument for order in unknown)
    if here:
        return Denial(
            "UNKNOWN_ORDER_PRESENT",
            f"Orders here with an unknown outcome: {here}. Wait until the venue was asked, or cancel them.",
        )
    if len(unknown) >= MAX_UNKNOWN:
        return Denial(
            "UNKNOWN_ORDER_PRESENT",
            f"{len(unknown)} orders of the account have an unknown outcome: wait until the venue was asked.",
        )
    return None


def _journal(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del request, limits
    if view.journal_problem:
        return Denial(
            "JOURNAL",
            f"The journal cannot be written ({view.journal_problem}): free the disk, then arm again.",
        )
    return None


def _loop_lag(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del request, limits
    if view.loop_lag_ms > MAX_LOOP_LAG_MS:
        return Denial(
            "LOOP_LAG",
            f"The engine stood still for {view.loop_lag_ms / 1000:.1f} s just now: wait ten seconds.",
        )
    return None


def _first_order(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    if view.first_order_due and not reduces(request, view):
        name = view.instrument.name if view.instrument is not None else "the market's name"
        return Denial(
            "FIRST_ORDER",
            f"The first order of the day at {request.venue} is with real money: "
            f"type :first {name}, then order again.",
        )
    return None


def _clock(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del request, limits
    skew_ms = view.clock_skew_ms
    if skew_ms is not None and abs(skew_ms) > MAX_CLOCK_SKEW_MS:
        return Denial(
            "CLOCK_SKEW", f"This machine's clock is {skew_ms / 1000:+.1f} s off the venue's: set the clock."
        )
    return None


# ------------------------------------------------------------------------------- the order by itself


def _instrument(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    if view.instrument is None:
        return Denial("INSTRUMENT", "Nothing is known of this instrument yet: open it, then order.")
    if not view.instrument.active or view.instrument.venue != request.venue:
        return Denial("INSTRUMENT", f"{view.instrument.name} is closed: the venue takes no orders in it.")
    return None


def _market_bound(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del view, limits
    takes = request.order_type is OrderType.MARKET or request.time_in_force in TAKES_ONLY
    if takes and not (request.price.is_finite() and request.price > 0):
        return Denial("MARKET_WITHOUT_BOUND", "An order that takes needs a worst price: give it one.")
    return None


def _numbers(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    instrument = view.instrument
    assert instrument is not None, "checked before"
    for word, value in (("price", request.price), ("size", request.size)):
        if not _is_plain(value):
            return Denial("NUMBER", f"The {word} {value} is no number above zero: give another.")
    if not instrument.is_on_tick(request.price):
        return Denial(
            "TICK", f"{request.price} is not a multiple of the tick {instrument.tick_size}: move the cursor."
        )
    if not instrument.contains(request.price):
        return Denial(
            "TICK", f"{request.price} is outside the prices that this market allows: move the cursor."
        )
    if not instrument.is_on_lot(request.size):
        return Denial(
            "LOT", f"{request.size} is not a multiple of the lot {instrument.lot_size}: change the size."
        )
    return None


def _smallest(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    instrument = view.instrument
    assert instrument is not None, "checked before"
    marketable = is_marketable(request, view.book)
    rests = request.order_type is not OrderType.MARKET and request.time_in_force not in TAKES_ONLY
    if rests and request.size < instrument.min_size:
        return Denial(
            "MIN_SIZE", f"{request.size} is less than the smallest order, {instrument.min_size}: order more."
        )
    notional = instrument.worth(request.size, request.price)
    if marketable and request.side is Side.BUY and notional < instrument.min_notional:
        return Denial(
            "MIN_NOTIONAL",
            f"An order that takes must be worth {instrument.min_notional} {instrument.quote} at least, "
            f"and this one is worth {notional}: order more.",
        )
    return None


# ------------------------------------------------------------------------------- against the market


def _data(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    data = view.data
    why = f" ({data.reason})" if data.reason else ""
    if data.state is DataState.RESYNC or (view.book is not None and view.book.is_crossed):
        return Denial("BOOK_UNTRUSTED", f"The book is not trusted now{why}: wait until it is checked again.")
    if data.state is DataState.STALE and request.reduce_only and view.book is not None:
        return None  # Getting out is allowed on old prices, inside the collar (ladder, section 7).
    if view.book is None or not data.state.allows_new_orders:
        return Denial("DATA_STALE", f"The prices are not live, {data.state}{why}: wait until they are.")
    if not data.state.allows_crossing and is_marketable(request, view.book) and not request.reduce_only:
        return Denial(
            "DATA_STALE", f"On prices that are {data.state}{why} only resting orders leave: join instead."
        )
    return None


def _trigger(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse a stop that would be set off at once: it buys after a rise, and sells after a fall."""
    del limits
    book, trigger, instrument = view.book, request.trigger_price, view.instrument
    assert book is not None, "checked before"
    assert instrument is not None, "checked before"
    if trigger is None:
        return None
    if not (_is_plain(trigger) and instrument.is_on_tick(trigger)):
        return Denial(
            "TICK", f"The trigger {trigger} is not a multiple of the tick {instrument.tick_size}: change it."
        )
    best = book.best_ask if request.side is Side.BUY else book.best_bid
    if best is not None and (trigger - best) * request.side.sign <= 0:
        word = "above" if request.side is Side.BUY else "below"
        return Denial("TRIGGER", f"A stop to {request.side} at {trigger} must be {word} {best}: move it.")
    return None


def _collar(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    book = view.book
    assert book is not None, "checked before"
    buying = request.side is Side.BUY
    other, own = (book.best_ask, book.best_bid) if buying else (book.best_bid, book.best_ask)
    reference = next((price for price in (other, own, book.last_trade_price) if price is not None), None)
    if request.trigger_price is not None:
        reference = request.trigger_price  # That is where the market will be when the order is made.
    if reference is None:
        return Denial("PRICE_COLLAR", "The book is empty, so that no price can be judged: wait for a quote.")
    unbounded = view.instrument is not None and view.instrument.price_max is None
    widest = reference * UNBOUNDED_COLLAR if unbounded else limits.price_collar
    width = max(widest, book.tick_size * limits.collar_ticks)
    bound = reference + width * request.side.sign
    if (request.price - bound) * request.side.sign > 0:
        word = "above" if buying else "below"
        return Denial(
            "PRICE_COLLAR",
            f"{request.price} is more than {width} {word} {reference}: move the cursor nearer to the market.",
        )
    return None


def _last_look_width(seen: Decimal, view: RiskView) -> Decimal:
    assert view.instrument is not None, "checked before"
    assert view.book is not None, "checked before"
    now = replace(view.instrument, tick_size=view.book.tick_size)
    return now.near(seen, ticks=LAST_LOOK_TICKS, share=LAST_LOOK_SHARE)


def _last_look(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    book, frame = view.book, request.frame
    assert book is not None, "checked before"
    if frame is None:
        return None
    buying = request.side is Side.BUY
    seen, now = (frame.best_ask, book.best_ask) if buying else (frame.best_bid, book.best_bid)
    if seen is None or now is None or not is_marketable(request, book):
        return None
    moved = (now - seen) * request.side.sign
    if moved > _last_look_width(seen, view):
        return Denial(
            "LAST_LOOK", f"The best price went from {seen} to {now} since you looked: look and press again."
        )
    return None


def _self_trade(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what would meet an own order, also across the two outcomes of one market."""
    del limits
    instrument = view.instrument
    assert instrument is not None, "checked before"
    if request.trigger_price is not None:
        return None  # A stop waits outside the book: nobody knows yet what it will meet.
    for order in working_orders(view, request.instrument, request.side.opposite):
        reaches = (request.price - order.request.price) * request.side.sign >= 0
        if reaches and order.request.trigger_price is None:
            return Denial(
                "SELF_TRADE", f"It would meet your own order at {order.request.price}: cancel that first."
            )
    if instrument.complement_id is None:
        return None
    for order in working_orders(view, instrument.complement_id, request.side):
        if (request.price + order.request.price - ONE) * request.side.sign >= 0:
            return Denial(
                "SELF_TRADE",
                f"It would meet your own order at {order.request.price} in the other outcome: "
                "cancel that first.",
            )
    return None


CHECKS: tuple[Check, ...] = (
    _mode,
    _dead_man,
    _unknown_orders,
    _journal,
    _clock,
    _loop_lag,
    _first_order,
    _instrument,
    _market_bound,
    _numbers,
    _smallest,
    _data,
    _trigger,
    _collar,
    _last_look,
    order_limits,
    position,
    gross,
    open_orders,
    throttle,
    duplicate,
    _self_trade,
    reduce_only,
    balance,
    daily_loss,
)
"""Every check, in the order of order safety, section 6."""

ALONE: tuple[Check, ...] = (_instrument, _market_bound, _numbers)
EXPOSURE: tuple[Check, ...] = (position, gross, reduce_only, balance)


def _is_plain(value: Decimal) -> bool:
    if not value.is_finite() or value <= 0:
        return False
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "finite"
    return abs(exponent) <= MAX_DIGITS and len(value.as_tuple().digits) <= MAX_DIGITS
