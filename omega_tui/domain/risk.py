"""The checks before an order leaves: pure, in a fixed order, each with a stable code and a way out.

The table is order safety, section 6. A check answers with a `Denial` or with None; the first denial counts.
Nothing here rounds, repairs or remembers: the gate gathers a `RiskView` and asks.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from omega_tui.domain import risk_gate
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import TAKES_ONLY, OrderRequest, OrderType, SizeUnit
from omega_tui.domain.own_orders import words_met
from omega_tui.domain.price_band import price_band
from omega_tui.domain.risk_account import (
    balance,
    daily_loss,
    depth,
    duplicate,
    gross,
    open_orders,
    order_limits,
    position,
    reduce_only,
    throttle,
)
from omega_tui.domain.risk_view import (
    Denial,
    RiskLimits,
    RiskView,
    is_marketable,
    reduces,
)
from omega_tui.domain.side import Side
from omega_tui.text import number_text

MAX_DIGITS = 18
"""Digits and exponent that a price or a size may have (check NUMBER)."""

LAST_LOOK_TICKS = 2
LAST_LOOK_SHARE = Decimal("0.0002")
"""So far the touch may move against the trader between the frame and the check."""

MAX_METADATA_AGE_S = 600.0
"""Tick, lot and bounds that nobody confirmed for longer may have changed (order safety, check 8)."""

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


# ------------------------------------------------------------------------------- the order by itself


def _instrument(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    if view.instrument is None:
        return Denial("INSTRUMENT", "Nothing is known of this instrument yet: open it, then order.")
    if not view.instrument.active or view.instrument.venue != request.venue:
        return Denial("INSTRUMENT", f"{view.instrument.name} is closed: the venue takes no orders in it.")
    age_s = view.metadata_age_s
    if age_s is not None and age_s > MAX_METADATA_AGE_S and not reduces(request, view):
        # What gets out may go: off a tick that has changed the venue refuses it, and nothing is lost.
        return Denial(
            "INSTRUMENT",
            f"The rules of {view.instrument.name} were last told {age_s / 60:.0f} min ago: "
            "wait until the venue has told them afresh.",
        )
    return None


def _unit(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse a size in money: limits, exposures and fills count base units alone."""
    del limits
    if request.unit is not SizeUnit.BASE:
        base = view.instrument.base if view.instrument is not None and view.instrument.base else "base units"
        return Denial(
            "QUANTITY_SEMANTICS", f"The size {request.size} is in money and not in {base}: give it in {base}."
        )
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
            "TICK",
            f"{number_text(request.price)} is not a multiple of the tick {instrument.tick_size}: "
            "move the cursor.",
        )
    if not instrument.contains(request.price):
        return Denial(
            "TICK",
            f"{instrument.price_text(request.price)} is outside the prices that this market allows: "
            "move the cursor.",
        )
    if not instrument.is_on_lot(request.size):
        return Denial(
            "LOT",
            f"{number_text(request.size)} is not a multiple of the lot {instrument.lot_size}: "
            "change the size.",
        )
    return None


def words_small(request: OrderRequest, instrument: Instrument) -> str:
    """Return the sentence that refuses an order below the smallest that may rest; empty where it is not."""
    rests = request.order_type is not OrderType.MARKET and request.time_in_force not in TAKES_ONLY
    if not rests or request.size >= instrument.min_size:
        return ""
    least = number_text(instrument.min_size)
    return f"{number_text(request.size)} is less than the smallest order, {least}: order more."


def _smallest(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    del limits
    instrument = view.instrument
    assert instrument is not None, "checked before"
    marketable = is_marketable(request, view.book)
    small = words_small(request, instrument)
    if small:
        return Denial("MIN_SIZE", small)
    notional = instrument.worth(request.size, request.price)
    if marketable and request.side is Side.BUY and notional < instrument.min_notional:
        return Denial(
            "MIN_NOTIONAL",
            f"An order that takes must be worth {number_text(instrument.min_notional)} {instrument.quote} "
            f"at least, and this one is worth {number_text(notional)}: order more.",
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
        at, touch = instrument.price_text(trigger), instrument.price_text(best)
        return Denial("TRIGGER", f"A stop to {request.side} at {at} must be {word} {touch}: move it.")
    return None


def _collar(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    book = view.book
    assert book is not None, "checked before"
    band = price_band(request.side, book, view.instrument, limits, trigger=request.trigger_price)
    if band is None and "PRICE_COLLAR" in view.passes:
        return None
    if band is None:
        text = "The book is empty, so that no price can be judged: wait for a quote, or type :pass collar."
        return Denial("PRICE_COLLAR", text)
    if not band.holds(request.price):
        word = "above" if request.side is Side.BUY else "below"
        assert view.instrument is not None, "checked before"
        written = view.instrument.price_text
        return Denial(
            "PRICE_COLLAR",
            f"{written(request.price)} is more than {written(band.width)} {word} {written(band.reference)}: "
            "move the cursor nearer to the market.",
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
        assert view.instrument is not None, "checked before"
        was, is_now = view.instrument.price_text(seen), view.instrument.price_text(now)
        return Denial(
            "LAST_LOOK", f"The best price went from {was} to {is_now} since you looked: look and press again."
        )
    return None


def _self_trade(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what would meet an own order, also across the two outcomes of one market."""
    del limits
    instrument = view.instrument
    assert instrument is not None, "checked before"
    words = words_met(request, view.orders, instrument.complement_id)
    return Denial("SELF_TRADE", words) if words else None


CHECKS: tuple[Check, ...] = (
    risk_gate.mode,
    risk_gate.venue_state,
    risk_gate.dead_man,
    risk_gate.unknown_orders,
    risk_gate.journal,
    risk_gate.clock,
    risk_gate.loop_lag,
    risk_gate.first_order,
    _instrument,
    _unit,
    _market_bound,
    _numbers,
    _smallest,
    _data,
    _trigger,
    _collar,
    _last_look,
    order_limits,
    depth,
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

ALONE: tuple[Check, ...] = (_instrument, _unit, _market_bound, _numbers)
EXPOSURE: tuple[Check, ...] = (position, gross, reduce_only, balance)


def _is_plain(value: Decimal) -> bool:
    if not value.is_finite() or value <= 0:
        return False
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "finite"
    return abs(exponent) <= MAX_DIGITS and len(value.as_tuple().digits) <= MAX_DIGITS
