"""The private feed: what happens to our own orders, as the venue tells it.

It says nothing on success and closes on wrong credentials, so being authenticated is a conclusion: any frame,
or a second without being closed.
"""

import logging
from collections.abc import Callable, Iterable
from random import Random
from typing import Final, Protocol

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.config.feeds import StreamingConfig
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ConnectionChanged, Severity
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.errors import AuthenticationError
from omega_tui.services.alerts import Alerts
from omega_tui.services.market_stream import socket_options
from omega_tui.units import NS_PER_S
from omega_tui.venues.backoff import Backoff
from omega_tui.venues.base import Feed
from omega_tui.venues.socket_ending import Next
from omega_tui.venues.websocket import Pump, Record

log = logging.getLogger(__name__)

ACCEPTED_AFTER_NS: Final = NS_PER_S
"""A connection that was not closed for so long after the credentials were sent has accepted them."""

SUSPICIOUS_CLOSES: Final = 3
"""Connections closed in a row without one word after the credentials: they are probably wrong."""


class AccountFeed(Feed, Protocol):
    """The client's role of a private channel."""

    @property
    def keepalive_ms(self) -> float | None:
        """Round trip of the last answered keep-alive; None not known."""
        ...

    @property
    def keepalives_missed(self) -> int:
        """Keep-alives without an answer, less the one under way."""
        ...


class AccountStream:
    """Keeps the private feed of one account connected. Belongs to one event loop.

    Attributes:
        pump: Keeps it connected.
        reconnects: Connections that were lost and had to be replaced.
        failure: Why the venue does not take the credentials; None while nothing speaks against them.
        clock_skew_ms: Our clock minus the venue's; None not measured.
    """

    def __init__(  # noqa: PLR0913 - the parts it joins
        self,
        feed: AccountFeed,
        *,
        venue: str,
        url: str,
        streaming: StreamingConfig,
        bus: EventBus,
        clock: Clock,
        alerts: Alerts,
        rng: Random,
        deliver: Callable[[Iterable[Event]], None],
        failed: Callable[[AuthenticationError], None],
        record: Record | None = None,
    ) -> None:
        self.reconnects = 0
        self.failure: AuthenticationError | None = None
        self.clock_skew_ms: float | None = None
        self._feed = feed
        self._venue = venue
        self._bus = bus
        self._clock = clock
        self._alerts = alerts
        self._failed = failed
        self._was_up = False
        self._closes = 0
        self._open_mono_ns: int | None = None
        self.pump = Pump(
            url,
            feed,
            channel="user",
            clock=clock,
            backoff=Backoff(initial_s=streaming.backoff_initial_s, max_s=streaming.backoff_max_s, rng=rng),
            options=socket_options(streaming),
            deliver=deliver,
            changed=self._changed,
            record=record,
        )

    @property
    def is_up(self) -> bool:
        """Whether what happens to our orders comes in."""
        return self.pump.state is ConnectionState.UP

    async def run(self) -> None:
        """Keep the feed connected until canceled, or until the venue refuses the credentials."""
        ending = await self.pump.run()
        if ending.next is not Next.FINISHED:
            self._refuse(ending.reason)

    def frame(self) -> None:
        """Conclude from silence that the credentials were taken."""
        pump = self.pump
        if pump.state is ConnectionState.SYNCING and self._open_mono_ns is not None:
            waited_ns = self._clock.mono_ns() - self._open_mono_ns
            if pump.heard or waited_ns >= ACCEPTED_AFTER_NS:
                pump.mark_synced()

    def connection(self) -> Connection:
        """Return the health of the feed."""
        pump = self.pump
        return Connection(
            venue=self._venue,
            stream=StreamName.ACCOUNT,
            state=pump.state,
            reason=pump.reason,
            attempt=pump.attempt,
            retry_at_ns=pump.retry_at_ns,
            last_recv_ns=pump.last_recv_ns,
            keepalive_ms=self._feed.keepalive_ms,
            keepalives_missed=self._feed.keepalives_missed if pump.connected else 0,
            clock_skew_ms=self.clock_skew_ms,
            ts_ns=self._clock.now_ns(),
        )

    def publish_connection(self) -> None:
        """Publish the health of the feed."""
        self._bus.publish(ConnectionChanged(self.connection()))

    def _changed(self) -> None:
        match self.pump.state:
            case ConnectionState.SYNCING:
                self._open_mono_ns = self._clock.mono_ns()
            case ConnectionState.UP:
                self._accepted()
            case ConnectionState.DOWN:
                self._lost()
            case _:
                pass
        self.publish_connection()

    def _accepted(self) -> None:
        self._closes = 0
        self.failure = None
        if self.reconnects and not self._was_up:
            self._alerts.tell(
                Severity.INFO, "ACCOUNT_BACK", "The account feed is back; orders are reconciled."
            )
        self._was_up = True

    def _lost(self) -> None:
        pump = self.pump
        if self._was_up:
            self._was_up = False
            self.reconnects += 1
            text = f"The account feed is lost: {pump.reason}. Until it is back, fills come unseen."
            self._alerts.tell(Severity.WARNING, "ACCOUNT_LOST", text)
        elif self._open_mono_ns is not None and not pump.heard:
            self._closes += 1
            if self._closes == SUSPICIOUS_CLOSES:
                self._refuse(f"it closed {self._closes} connections after the credentials were sent")
        self._open_mono_ns = None

    def _refuse(self, reason: str) -> None:
        """Tell everybody that the credentials do not work."""
        self.failure = AuthenticationError(f"{self._venue} does not accept the credentials: {reason}")
        log.warning("%s", self.failure)
        text = (
            f"The account feed does not accept the credentials: {reason}. Check key, secret and passphrase."
        )
        self._alerts.tell(Severity.ALARM, "AUTHENTICATION", text)
        self._failed(self.failure)
