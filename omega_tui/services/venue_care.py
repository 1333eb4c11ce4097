"""Looks after the connection to a venue: its clock, the rights of the key, and what is shown of both."""

from collections.abc import Callable, Coroutine

from msgspec.structs import replace

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.status import Alert, Severity, VenueHealthChanged
from omega_tui.domain.venue_health import VenueHealth
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Broker, ReportsHealth

SHOW_EVERY_S = 1.0
"""How often the health is published at most."""


class VenueCare:
    """Publishes how a venue answers, and has measured what is due; nothing where the broker does not tell.

    Args:
        broker: The venue.
        bus: Told of the health.
        clock: For the pace.
        start: Begins work that is owned elsewhere.
    """

    def __init__(
        self,
        broker: Broker,
        bus: EventBus,
        clock: Clock,
        start: Callable[[Coroutine[None, None, None], str], None],
    ) -> None:
        self._broker = broker if isinstance(broker, ReportsHealth) else None
        self._bus = bus
        self._clock = clock
        self._start = start
        self._shown: VenueHealth | None = None
        self._shown_ns = 0
        self._is_asking = False

    def check(self) -> None:
        """Publish what changed, and begin what is due. Called some times a second."""
        if self._broker is None:
            return
        now_ns = self._clock.mono_ns()
        if self._shown is not None and now_ns - self._shown_ns < SHOW_EVERY_S * NS_PER_S:
            return
        self._shown_ns = now_ns
        self._show(self._broker.health())
        if not self._is_asking:
            self._is_asking = True
            self._start(self._look_after(self._broker), "look after the venue")

    def worst_skew_ms(self, measured: float | None) -> float | None:
        """Return the larger of a clock skew and the one that the broker measured; None when neither was."""
        own = self._shown.clock_skew_ms if self._shown is not None else None
        return max((skew for skew in (measured, own) if skew is not None), key=abs, default=None)

    def metrics(self) -> dict[str, float]:
        """Return what is shown, as numbers."""
        shown = self._shown
        if shown is None:
            return {}
        numbers = {
            "latency_ms": shown.latency_ms,
            "clock_skew_ms": shown.clock_skew_ms,
            "rate_used": shown.rate_used,
            "requests_waiting": float(shown.waiting),
            "resting": float(bool(shown.rests_until_ns)),
        }
        return {name: value for name, value in numbers.items() if value is not None}

    async def _look_after(self, broker: ReportsHealth) -> None:
        try:
            await broker.look_after()
        finally:
            self._is_asking = False

    def _show(self, health: VenueHealth) -> None:
        before = self._shown
        self._shown = health
        if before is not None and replace(health, ts_ns=0) == replace(before, ts_ns=0):
            return
        self._bus.publish(VenueHealthChanged(health))
        if health.rests_until_ns and not (before is not None and before.rests_until_ns):
            text = f"{health.venue} asked for less: questions and orders rest, cancels do not."
            self._bus.publish(Alert(health.ts_ns, Severity.WARNING, "RATE_LIMIT", text))
        if health.may_trade is False and (before is None or before.may_trade is not False):
            text = f"The key of {health.venue} only reads: orders would be refused."
            self._bus.publish(Alert(health.ts_ns, Severity.WARNING, "READ_ONLY_KEY", text))
        if health.may_withdraw and not (before is not None and before.may_withdraw):
            text = f"The key of {health.venue} may withdraw money: use one that may not."
            self._bus.publish(Alert(health.ts_ns, Severity.WARNING, "KEY_WITHDRAWS", text))
