"""How much of each limit of the account is used, for the screen: what the next order would be judged by."""

from omega_tui.domain.events.status import (
    COLLAR_TICKS,
    GROSS,
    GROSS_LIMIT,
    OPEN_ORDERS,
    OPEN_ORDERS_LIMIT,
    ORDERS_A_MINUTE,
    ORDERS_A_MINUTE_LIMIT,
    POSITION_LIMIT,
    PRICE_COLLAR,
)
from omega_tui.domain.risk_view import RiskLimits, RiskView, gross_exposure
from omega_tui.units import NS_PER_S

MINUTE_NS = 60 * NS_PER_S


def risk_gauges(view: RiskView, limits: RiskLimits) -> dict[str, float]:
    """Return what the account does beside what it may do; in dollars, numbers of orders, and units of price.

    Args:
        view: Of the whole account.
        limits: Those in force.
    """
    since_ns = view.mono_ns - MINUTE_NS
    return {
        GROSS: float(gross_exposure(view)),
        GROSS_LIMIT: float(limits.max_gross_notional),
        POSITION_LIMIT: float(limits.max_position_notional),
        PRICE_COLLAR: float(limits.price_collar),
        COLLAR_TICKS: limits.collar_ticks,
        OPEN_ORDERS: len(view.orders),
        OPEN_ORDERS_LIMIT: limits.max_open_orders_account,
        ORDERS_A_MINUTE: sum(1 for one in view.recent if one.mono_ns > since_ns),
        ORDERS_A_MINUTE_LIMIT: limits.orders_per_minute,
    }
