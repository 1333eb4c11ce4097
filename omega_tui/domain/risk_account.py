"""The checks that look at the account: sizes, exposures, hands and purses. Pure; their order is in `risk`."""

from decimal import Decimal

from omega_tui.config.ceilings import MAX_ORDER_NOTIONAL, MAX_ORDER_SIZE
from omega_tui.domain.instrument import ONE, ZERO, Instrument
from omega_tui.domain.one_order import most_of
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderRequest
from omega_tui.domain.price_band import band_width
from omega_tui.domain.risk_view import (
    Denial,
    RiskLimits,
    RiskView,
    are_alternatives,
    dollar_rate,
    gross_exposure,
    held_of,
    instrument_of,
    is_marketable,
    reduces,
    working_orders,
    worst_exposure,
)
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.text import number_text
from omega_tui.units import NS_PER_S

# ------------------------------------------------------------------------------- sizes and exposures


def order_limits(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse an order that is too large by itself, or of which nobody here knows how large it is.

    For a way out the limits do not count, which are meant for what opens; the ceilings count for every order.
    """
    instrument, rate = view.instrument, dollar_rate(request.instrument, view)
    assert instrument is not None, "checked before"
    if _is_way_out(request, view):
        return _over_ceiling(request, instrument, rate)
    if rate is None and not reduces(request, view):
        return Denial(
            "NO_RATE",
            f"What one {instrument.quote} is worth in dollars is not known here, so that no limit can be "
            f"applied: look at a market of {instrument.quote} in dollars at this venue first.",
        )
    notional = instrument.worth(request.size, request.price) * (ONE if rate is None else rate)
    if notional > limits.max_order_notional:
        return Denial(
            "MAX_ORDER_NOTIONAL",
            f"The order is worth {number_text(notional)}, "
            f"the limit is {number_text(limits.max_order_notional)}: order less.",
        )
    if request.size > limits.max_order_size:
        return Denial(
            "MAX_ORDER_QTY",
            f"The size {number_text(request.size)} is over the limit "
            f"{number_text(limits.max_order_size)}: order less.",
        )
    return None


def _over_ceiling(request: OrderRequest, instrument: Instrument, rate: Decimal | None) -> Denial | None:
    most = most_of(instrument, request.price, rate)
    if request.size <= most:
        return None
    by_size = most >= MAX_ORDER_SIZE
    bound = f"{MAX_ORDER_SIZE:,}" if by_size else f"{MAX_ORDER_NOTIONAL:,} USD"
    return Denial(
        "MAX_ORDER_QTY" if by_size else "MAX_ORDER_NOTIONAL",
        f"No one order may be more than {bound}, a way out neither, so {most:f} at most here: "
        "flatten, which goes in as many orders as it takes, or close parts.",
    )


def _is_way_out(request: OrderRequest, view: RiskView) -> bool:
    """Whether an order was asked to do nothing but close, and can do nothing else."""
    return request.reduce_only and reduces(request, view)


def depth(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse an order that would take, or is a stop, and is too large for what the book shows.

    What rests is not asked: it moves no price, and in a thin market every order is large. The smallest order
    always passes, or nothing could be bought where little is offered.
    """
    book, instrument = view.book, view.instrument
    assert book is not None, "checked before"
    assert instrument is not None, "checked before"
    takes = request.trigger_price is not None or is_marketable(request, book)
    if not takes or reduces(request, view):
        return None
    shown = _shown_depth(book, view, limits)
    most = max(shown * limits.max_depth_share, instrument.min_size, instrument.lot_size)
    if request.size > most and instrument.worth(request.size, request.price) > instrument.min_notional:
        return Denial(
            "MAX_ORDER_QTY",
            f"{number_text(request.size)} is over {limits.max_depth_share * 100:g} % of "
            f"the {number_text(shown)} that rest near the market, {most:f}: order less, or rest.",
        )
    return None


def _shown_depth(book: BookSnapshot, view: RiskView, limits: RiskLimits) -> Decimal:
    """Return what rests within the collar, both sides together."""
    total = ZERO
    for levels in (book.bids, book.asks):
        if levels:
            width = band_width(levels[0].price, view.instrument, book.tick_size, limits)
            total += sum(
                (level.size for level in levels if abs(level.price - levels[0].price) <= width), ZERO
            )
    return total


def position(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what could make the position too large."""
    if reduces(request, view):
        return None
    worst = worst_exposure(request.instrument, view, request)
    if worst > limits.max_position_notional:
        return Denial(
            "MAX_POSITION",
            f"If every order filled, the position would be worth {number_text(worst)}, "
            f"the limit is {number_text(limits.max_position_notional)}: order less or cancel others.",
        )
    return None


def gross(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what could make all positions together too large."""
    if reduces(request, view):
        return None
    gross = gross_exposure(view, request.instrument) + worst_exposure(request.instrument, view, request)
    if gross > limits.max_gross_notional:
        return Denial(
            "MAX_GROSS",
            f"If every order filled, all positions would be worth {number_text(gross)}, "
            f"the limit is {number_text(limits.max_gross_notional)}: order less or cancel others.",
        )
    total = gross + view.gross_elsewhere
    if total > limits.max_total_notional:
        return Denial(
            "MAX_TOTAL",
            f"If every order of every account filled, all positions would be worth {number_text(total)}, "
            f"the limit is {number_text(limits.max_total_notional)}: order less, "
            "or cancel orders here or elsewhere.",
        )
    return None


def open_orders(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse more working orders than may be. What closes a position and never rests does not add to them."""
    if _is_way_out(request, view) and request.time_in_force in TAKES_ONLY:
        return None
    here = sum(order.request.instrument == request.instrument for order in view.orders)
    if here >= limits.max_open_orders_instrument:
        return Denial(
            "MAX_OPEN_ORDERS",
            f"{here} orders work here, the limit is {limits.max_open_orders_instrument}: cancel one first.",
        )
    if len(view.orders) >= limits.max_open_orders_account:
        return Denial(
            "MAX_OPEN_ORDERS",
            f"{len(view.orders)} orders work in the account, "
            f"the limit is {limits.max_open_orders_account}: cancel one first.",
        )
    return None


# ------------------------------------------------------------------------------- hands and purses


def throttle(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse more new orders than hands send. A way out is only held to the second."""
    for seconds, most in ((1, limits.orders_per_second), (60, limits.orders_per_minute)):
        since = view.mono_ns - seconds * NS_PER_S
        count = sum(recent.mono_ns > since for recent in view.recent)
        if count >= most and (seconds == 1 or not _is_way_out(request, view)):
            return Denial(
                "THROTTLE", f"{count} new orders in {seconds} s, the limit is {most}: wait a moment."
            )
    if view.orders_today >= limits.orders_per_day and not reduces(request, view):
        return Denial(
            "MAX_ORDERS_DAY",
            f"{view.orders_today} new orders today, the limit is {limits.orders_per_day}: only orders that "
            "shrink a position leave until midnight UTC.",
        )
    return None


def duplicate(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse a slip of the hand: the same order again."""
    since = view.mono_ns - round(limits.duplicate_window_s * NS_PER_S)
    for recent in reversed(view.recent):
        other = recent.request
        if request.client_order_id and other.client_order_id == request.client_order_id:
            return Denial("DUPLICATE", "This very ticket was sent before: make a new one.")
        if request.program:
            continue  # An order of a program is no slip of the hand: its program was looked at.
        same = (other.instrument, other.side, other.price, other.size) == (
            request.instrument,
            request.side,
            request.price,
            request.size,
        )
        if same and recent.mono_ns > since:
            return Denial(
                "DUPLICATE",
                f"The same order left less than {limits.duplicate_window_s:g} s ago: "
                "wait, or change price or size.",
            )
    return None


def reduce_only(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse a reduce-only order that would do more."""
    del limits
    if request.reduce_only and not reduces(request, view):
        held = held_of(request.instrument, view)
        return Denial(
            "REDUCE_ONLY",
            f"The position is {number_text(held)}, so that this order, with those already working, would "
            "not only reduce it: order less or cancel those first.",
        )
    return None


def balance(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what the account does not hold."""
    del limits
    if view.is_margin:
        return None
    return _goods(request, view) if request.side is Side.SELL else _money(request, view)


def _goods(request: OrderRequest, view: RiskView) -> Denial | None:
    """Refuse to sell what is not held, or is offered already."""
    if reduces(request, view):
        return None
    held = max(ZERO, held_of(request.instrument, view))
    working = sum(
        (
            order.remaining
            for order in working_orders(view, request.instrument, Side.SELL)
            if not are_alternatives(order.request, request)
        ),
        ZERO,
    )
    free, all_held = max(ZERO, held - working), number_text(held)
    if not held:
        text = "Nothing is held here that could be sold: buy first."
    elif not free:
        text = f"Working orders offer all {all_held} that are held: cancel one of them first."
    else:
        some = number_text(free)
        text = f"Only {some} of {all_held} held are free to sell: sell less, or cancel a selling order."
    return Denial("BALANCE", text)


def _money(request: OrderRequest, view: RiskView) -> Denial | None:
    """Refuse what the account cannot pay, or the venue may not take from it."""
    instrument = view.instrument
    assert instrument is not None, "checked before"
    balance = view.balances.get(instrument.quote)
    if balance is None:
        return Denial("BALANCE", f"How much {instrument.quote} is there is not known yet: wait or press R.")
    # What works at another venue of the account is paid from the purse there.
    here = [order for order in view.orders if order.request.venue == request.venue]
    buying = [order for order in here if order.request.side is Side.BUY]
    buying = [order for order in buying if _quote_of(order, view) in {instrument.quote, ""}]
    reserved = sum((order.remaining * order.request.price for order in buying), ZERO)
    # What is free is computed from the orders known now: the venue's own figure is from the last reading.
    free = balance.total - reserved
    cost = request.size * request.price
    if is_marketable(request, view.book):
        # Fees are charged on what takes; a rate that the venue applies otherwise is never more than this.
        cost += cost * instrument.taker_fee_rate
    if cost > free:
        return Denial(
            "BALANCE",
            f"It costs {number_text(cost)} and {number_text(max(ZERO, free))} {instrument.quote} are free: "
            "order less or cancel others.",
        )
    if balance.allowance is not None and cost > balance.allowance:
        return Denial(
            "ALLOWANCE",
            f"It costs {number_text(cost)}, and {request.venue} may move {number_text(balance.allowance)} "
            f"of your {instrument.quote}: raise the allowance there, or order less.",
        )
    return None


def _quote_of(order: Order, view: RiskView) -> str:
    """Return what a working order pays in; empty where that is not known."""
    instrument = instrument_of(order.request.instrument, view)
    return "" if instrument is None else instrument.quote


def daily_loss(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse risk after a bad day."""
    if view.day_pnl is not None and -view.day_pnl >= limits.daily_loss_limit and not reduces(request, view):
        return Denial(
            "DAILY_LOSS",
            f"The day's loss is {number_text(-view.day_pnl)}, "
            f"the limit is {number_text(limits.daily_loss_limit)}: "
            "only orders that shrink a position leave today.",
        )
    return None
