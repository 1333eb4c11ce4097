"""What stops new orders without a key: idle hands, a lost stream, a sleep, a failure, a bad day."""

from collections.abc import Callable
from decimal import Decimal

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.events.status import Severity
from omega_tui.domain.risk_gate import MAX_CLOCK_SKEW_MS, MAX_LOOP_LAG_MS
from omega_tui.services.pauses import Pauses
from omega_tui.services.risk_views import RiskViews

DOWN_DISARMS_S = 10.0
"""A stream that is down for longer disarms (order safety, section 7)."""

Tell = Callable[[Severity, str, str], None]


class AutoDisarm:
    """Looks, and disarms. The arming itself says so in the log.

    Args:
        views: Everything that the checks of an order look at.
        loss_limit: Of a day; reaching it leaves only what shrinks a position.
        on_away: Told that the program or the machine was away, armed or not: what is known may be old.
    """

    def __init__(
        self, views: RiskViews, *, loss_limit: Callable[[], Decimal], on_away: Callable[[], None]
    ) -> None:
        self._views = views
        self._loss_limit = loss_limit
        self._on_away = on_away
        self._pauses = Pauses(views.clock)

    @property
    def has_lost(self) -> bool:
        """Whether the day's loss limit is reached."""
        return self._views.day.is_lost(self._loss_limit())

    def check(self, tell: Tell) -> None:
        """Disarm if anything calls for it; called some times a second."""
        views, arming = self._views, self._views.arming
        away = self._pauses.look()
        if away:
            self._on_away()
        if not arming.is_open:
            return
        arming.check_idle()
        if away:
            arming.disarm(away, "AWAY")
        if views.journal.problem:
            arming.disarm(f"the journal cannot be written ({views.journal.problem})", "JOURNAL")
        lag_ms = views.loop_lag.worst_ms()
        if lag_ms > MAX_LOOP_LAG_MS:
            arming.disarm(f"the engine stood still for {lag_ms / 1000:.1f} s", "LOOP_LAG")
        skew_ms = views.care.worst_skew_ms(views.market.clock_skew_ms())
        if skew_ms is not None and abs(skew_ms) > MAX_CLOCK_SKEW_MS:
            arming.disarm(f"the clock is {skew_ms / 1000:+.1f} s off the venue's", "CLOCK_SKEW")
        down_s = views.market.down_for_s()
        if down_s > DOWN_DISARMS_S:
            arming.disarm(f"a stream was down for {down_s:.0f} s", "DISCONNECTED")
        if arming.mode is TradingMode.ARMED and self.has_lost:
            arming.enter(TradingMode.REDUCING, "the day's loss limit was reached")
            text = "The day's loss limit was reached: only orders that shrink a position leave."
            tell(Severity.ALARM, "DAILY_LOSS", text)

    def failed(self, service: str) -> None:
        """Disarm because a service of this venue, or one that serves every venue, has failed."""
        owner, _, venue = service.partition("/")
        if venue in {"", self._views.ledger.venue}:
            self._views.arming.disarm(f"the service {owner} failed", "SERVICE")
