"""What stops new orders without a key: idle hands, a lost stream, a journal in trouble, a bad day."""

from collections.abc import Callable
from decimal import Decimal

from omega_tui.domain.events import Severity, TradingMode
from omega_tui.domain.risk import MAX_CLOCK_SKEW_MS, MAX_LOOP_LAG_MS
from omega_tui.services.arming import Arming
from omega_tui.services.day_result import DayResult
from omega_tui.services.journal import Journal
from omega_tui.services.loop_lag import LoopLag
from omega_tui.services.market_view import MarketView

DOWN_DISARMS_S = 10.0
"""A stream that is down for longer disarms (order safety, section 7)."""

Tell = Callable[[Severity, str, str], None]


class AutoDisarm:
    """Looks, and disarms. The arming itself says so in the log."""

    def __init__(  # noqa: PLR0913 - all that it looks at
        self,
        arming: Arming,
        market: MarketView,
        journal: Journal,
        day: DayResult,
        lag: LoopLag,
        *,
        loss_limit: Decimal,
    ) -> None:
        self._arming = arming
        self._market = market
        self._journal = journal
        self._day = day
        self._lag = lag
        self._loss_limit = loss_limit

    @property
    def has_lost(self) -> bool:
        """Whether the day's loss limit is reached."""
        return self._day.is_lost(self._loss_limit)

    def check(self, tell: Tell) -> None:
        """Disarm if anything calls for it."""
        if not self._arming.is_open:
            return
        self._arming.check_idle()
        if self._journal.problem:
            self._arming.disarm(f"the journal cannot be written ({self._journal.problem})", "JOURNAL")
        lag_ms = self._lag.worst_ms()
        if lag_ms > MAX_LOOP_LAG_MS:
            self._arming.disarm(f"the engine stood still for {lag_ms / 1000:.1f} s", "LOOP_LAG")
        skew_ms = self._market.clock_skew_ms()
        if skew_ms is not None and abs(skew_ms) > MAX_CLOCK_SKEW_MS:
            self._arming.disarm(f"the clock is {skew_ms / 1000:+.1f} s off the venue's", "CLOCK_SKEW")
        down_s = self._market.down_for_s()
        if down_s > DOWN_DISARMS_S:
            self._arming.disarm(f"a stream was down for {down_s:.0f} s", "DISCONNECTED")
        if self._arming.mode is TradingMode.ARMED and self.has_lost:
            self._arming.enter(TradingMode.REDUCING, "the day's loss limit was reached")
            text = "The day's loss limit was reached: only orders that shrink a position leave."
            tell(Severity.ALARM, "DAILY_LOSS", text)
