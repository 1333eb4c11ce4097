"""The checks before the order is looked at: may anything leave at all. Pure; their order is in `risk`."""

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.orders import OrderRequest, OrderStatus
from omega_tui.domain.risk_view import Denial, RiskLimits, RiskView, reduces
from omega_tui.domain.venue_health import DeadManState
from omega_tui.domain.venue_state import VenueState

MAX_UNKNOWN = 3
"""With so many orders of unknown outcome in an account, no instrument takes new ones."""

MAX_CLOCK_SKEW_MS = 1_000.0

MAX_LOOP_LAG_MS = 2_000.0
"""An engine that stood still for longer within the last ten seconds sends nothing new."""


def mode(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what the arming does not let through."""
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


def venue_state(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what the venue has just said that it does not take."""
    del limits
    status = view.venue_status
    said = f" ({status.reason})" if status.reason else ""
    again = f"try again in {status.left_s:.0f} s"
    match status.state:
        case VenueState.OPEN:
            return None
        case VenueState.POST_ONLY:
            if request.post_only:
                return None
            text = f"{request.venue} takes only post-only orders now{said}: make it post-only, or {again}."
        case VenueState.CANCEL_ONLY:
            text = f"{request.venue} takes only cancels now{said}: {again}."
        case VenueState.RESTARTING:
            text = f"{request.venue} restarts its engine{said}: {again}; cancels are repeated all the time."
        case VenueState.HALTED:
            text = f"{request.venue} has stopped trading{said}: {again}."
    return Denial("VENUE_STATE", text)


def dead_man(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse while a dead-man switch is wanted that the venue does not acknowledge."""
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


def unknown_orders(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse while nobody knows what the account has."""
    del limits
    if not view.ready:
        return Denial("RECONCILING", "The account is being compared with the venue: wait until that is done.")
    unknown = [order for order in view.orders if order.status is OrderStatus.UNKNOWN]
    here = sum(order.request.instrument == request.instrument for order in unknown)
    if here and "UNKNOWN_ORDER_PRESENT" not in view.passes:
        return Denial(
            "UNKNOWN_ORDER_PRESENT",
            f"Orders here with an unknown outcome: {here}. Wait until the venue was asked, cancel "
            "them, or type :pass unknown.",
        )
    if len(unknown) >= MAX_UNKNOWN:
        return Denial(
            "UNKNOWN_ORDER_PRESENT",
            f"{len(unknown)} orders of the account have an unknown outcome: wait until the venue was asked.",
        )
    return None


def journal(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse what could not be written down."""
    del request, limits
    if view.journal_problem:
        return Denial(
            "JOURNAL",
            f"The journal cannot be written ({view.journal_problem}): free the disk, then arm again.",
        )
    return None


def loop_lag(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse from an engine that stood still a moment ago: what it knows may be old."""
    del request, limits
    if view.loop_lag_ms > MAX_LOOP_LAG_MS:
        return Denial(
            "LOOP_LAG",
            f"The engine stood still for {view.loop_lag_ms / 1000:.1f} s just now: wait ten seconds.",
        )
    return None


def first_order(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse the first order of a day with real money until its market was typed."""
    del limits
    if view.first_order_due and not reduces(request, view):
        name = view.instrument.name if view.instrument is not None else "the market's name"
        return Denial(
            "FIRST_ORDER",
            f"The first order of the day at {request.venue} is with real money: "
            f"type :first {name}, then order again.",
        )
    return None


def clock(request: OrderRequest, view: RiskView, limits: RiskLimits) -> Denial | None:
    """Refuse with a clock that is off the venue's."""
    del request, limits
    skew_ms = view.clock_skew_ms
    if skew_ms is not None and abs(skew_ms) > MAX_CLOCK_SKEW_MS:
        return Denial(
            "CLOCK_SKEW", f"This machine's clock is {skew_ms / 1000:+.1f} s off the venue's: set the clock."
        )
    return None
