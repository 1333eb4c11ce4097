"""The limits that an order is checked against, where money is pretended and where it is real."""
# ruff: noqa: RUF009  setting() and its like are dataclasses.field()

from dataclasses import dataclass
from decimal import Decimal

from omega_tui.config.ceilings import (
    MAX_GROSS_NOTIONAL,
    MAX_OPEN_ORDERS_ACCOUNT,
    MAX_OPEN_ORDERS_INSTRUMENT,
    MAX_ORDER_NOTIONAL,
    MAX_ORDER_SIZE,
    MAX_ORDERS_PER_DAY,
    MAX_ORDERS_PER_MINUTE,
    MAX_ORDERS_PER_SECOND,
    MAX_POSITION_NOTIONAL,
    MAX_PRICE_COLLAR,
    MAX_TOTAL_NOTIONAL,
)
from omega_tui.settings import setting

D = Decimal


@dataclass(frozen=True, slots=True)
class RiskConfig:
    """Limits checked before an order leaves; the defaults are those of the embedded exchange."""

    max_order_notional: Decimal = setting(
        D(10_000), low=D(1), high=MAX_ORDER_NOTIONAL, unit="USD", doc="Value of one order."
    )
    ask_order_notional: Decimal = setting(
        D(2_500),
        low=D(0),
        high=MAX_ORDER_NOTIONAL,
        unit="USD",
        doc="An order worth more, sent by a key, is asked about first; 0 asks about every one.",
    )
    max_order_size: Decimal = setting(
        D(100_000), low=D(1), high=MAX_ORDER_SIZE, unit="shares", doc="Size of one order."
    )
    max_depth_share: Decimal = setting(
        D("0.25"),
        low=D("0.001"),
        high=D(10),
        doc="Size of an order that takes, as a part of what rests within the collar of both sides.",
    )
    max_position_notional: Decimal = setting(
        D(50_000),
        low=D(1),
        high=MAX_POSITION_NOTIONAL,
        unit="USD",
        doc="Position in one instrument if every open and unknown order filled.",
    )
    max_gross_notional: Decimal = setting(
        D(100_000),
        low=D(1),
        high=MAX_GROSS_NOTIONAL,
        unit="USD",
        doc="All positions together, without netting.",
    )
    max_total_notional: Decimal = setting(
        D(200_000),
        low=D(1),
        high=MAX_TOTAL_NOTIONAL,
        unit="USD",
        doc="All positions of every account of one console together, without netting.",
    )
    max_open_orders_instrument: int = setting(
        10, low=1, high=MAX_OPEN_ORDERS_INSTRUMENT, doc="Open orders in one instrument."
    )
    max_open_orders_account: int = setting(
        50, low=1, high=MAX_OPEN_ORDERS_ACCOUNT, doc="Open orders in the account."
    )
    orders_per_second: int = setting(
        5, low=1, high=MAX_ORDERS_PER_SECOND, doc="New orders in any second; cancels never count."
    )
    orders_per_minute: int = setting(
        60, low=1, high=MAX_ORDERS_PER_MINUTE, doc="New orders in any minute; cancels never count."
    )
    orders_per_day: int = setting(
        500, low=1, high=MAX_ORDERS_PER_DAY, doc="New orders of a day, UTC; cancels never count."
    )
    price_collar: Decimal = setting(
        D("0.05"), low=D("0.001"), high=MAX_PRICE_COLLAR, doc="Furthest price beyond the other side's best."
    )
    collar_ticks: int = setting(
        5, low=1, high=100, unit="ticks", doc="The collar is never narrower than this."
    )
    duplicate_window_s: float = setting(
        2.0, low=0, high=60, unit="s", doc="An order equal to one this recent is a slip of the hand."
    )
    daily_loss_limit: Decimal = setting(
        D(10_000),
        low=D(1),
        high=D(100_000),
        unit="USD",
        doc="Loss of a day that ends trading but for reducing.",
    )
    arm_idle_minutes: float = setting(30.0, low=1, high=720, unit="min", doc="Idle time that disarms.")
    dead_man: bool = setting(
        default=False,
        doc="Have the venue cancel every order of the account when it hears of this program no more.",
    )
    quarantine_s: float = setting(
        120.0,
        low=10,
        high=3600,
        unit="s",
        doc="How long an order of unknown outcome keeps its instrument locked.",
    )
    order_deadline_s: float = setting(
        10.0,
        low=1,
        high=60,
        unit="s",
        doc="Time for the venue's answer before the outcome counts as unknown.",
    )


LIVE_RISK = RiskConfig(
    max_order_notional=D(100),
    ask_order_notional=D(50),
    max_order_size=D(1000),
    max_depth_share=D("0.05"),
    max_position_notional=D(500),
    max_gross_notional=D(1000),
    max_total_notional=D(2000),
    daily_loss_limit=D(100),
)
"""The defaults where money is real."""
