"""What the alarms of an order are in words, and which of them stop new orders."""

from collections.abc import Mapping

from omega_tui.domain.orders import OrderAlarm

DISARMING_ALARMS = frozenset({OrderAlarm.OVERFILL, OrderAlarm.RESURRECTED, OrderAlarm.TRADE_ID_CONFLICT})

ALARM_WORDS: Mapping[OrderAlarm, str] = {
    OrderAlarm.OVERFILL: "was filled for more than it asked for",
    OrderAlarm.RESURRECTED: "works although it was held for refused or absent",
    OrderAlarm.TRADE_ID_CONFLICT: "has two different trades under one id",
    OrderAlarm.TRADE_FINALITY_CONFLICT: "has a trade that was final and then failed",
    OrderAlarm.TRADE_FAILED: "has a trade that failed to settle: it is taken back",
}
"""Completes "The order ...". Missing fills are asked for, not complained about."""
