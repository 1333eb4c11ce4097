"""What the prints add up to: cumulative volume delta, and the average price by volume. Pure.

It counts what this screen has seen since a market came onto the ladder or its volume was last reset, and says
since when: nothing is known of what was printed before.
"""

from decimal import Decimal
from typing import NamedTuple

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade


class Flow(NamedTuple):
    """Sums over prints.

    Attributes:
        delta: What buyers took less what sellers took; a print without a known aggressor counts as neither.
        volume: All that was traded.
        notional: Price times size of it.
        since_ns: The venue's time of the first print; 0 before it.
    """

    delta: Decimal = ZERO
    volume: Decimal = ZERO
    notional: Decimal = ZERO
    since_ns: int = 0

    def plus(self, trade: Trade) -> "Flow":
        """Return the sums with one more print."""
        sign = {Side.BUY: 1, Side.SELL: -1, None: 0}[trade.aggressor]
        return Flow(
            self.delta + sign * trade.size,
            self.volume + trade.size,
            self.notional + trade.price * trade.size,
            self.since_ns or trade.ts_event_ns,
        )

    @property
    def average(self) -> Decimal | None:
        """The average price by volume; None before the first print."""
        return self.notional / self.volume if self.volume else None
