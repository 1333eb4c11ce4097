"""How long orders took from being written down to the venue's answer. Pure."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.units import NS_PER_MS, NS_PER_S

KEPT: Final = 200
"""Orders that are remembered; the oldest goes first."""
LONGEST_NS: Final = 60 * NS_PER_S
"""What took longer was found out later, as after a restart, and says nothing of the way to the venue."""

_ON_ITS_WAY: Final = frozenset({OrderStatus.INTENT, OrderStatus.SUBMITTED})
_ANSWERED: Final = frozenset(
    {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED, OrderStatus.REJECTED}
)


class AckTimes:
    """The newest times, in milliseconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._times)

    def take(self, before: Order | None, order: Order) -> None:
        """Look whether an order was just answered, and remember how long that took."""
        if before is None or before.status not in _ON_ITS_WAY or order.status not in _ANSWERED:
            return
        took_ns = order.ts_changed_ns - order.ts_intent_ns
        if 0 < took_ns < LONGEST_NS:
            self._times.append(took_ns / NS_PER_MS)

    def shares(self, *percents: int) -> Sequence[float]:
        """Return the times that so many percent of the orders did not exceed; nothing before the first."""
        times = sorted(self._times)
        return [times[max(0, -(-len(times) * percent // 100) - 1)] for percent in percents] if times else []
