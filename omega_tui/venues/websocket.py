"""The pump: the only loop that touches a market-data socket. It connects, drives a sans-IO feed, reconnects.

Everything between the socket and the feed is a plain call on the reader's stack; what waits is only the
attempt to connect, the pause before the next one, and the end of a connection. Time-outs are on the monotonic
clock and are looked at `TICK_S` apart, so a clock held by a test moves them too.
"""

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from websockets.exceptions import WebSocketException
from websockets.frames import CloseCode

from omega_tui.clock import Clock
from omega_tui.domain.events.base import Event
from omega_tui.domain.integrity import ConnectionState
from omega_tui.errors import RemoteProtocolError
from omega_tui.units import NS_PER_S
from omega_tui.venues.backoff import Backoff
from omega_tui.venues.base import Feed
from omega_tui.venues.direct_socket import DirectConnection, PinnedConnect
from omega_tui.venues.socket_ending import Ending, Next, ending_of_close, ending_of_error
from omega_tui.venues.tls import client_context

log = logging.getLogger(__name__)

_library_log = logging.getLogger(f"{__name__}.library")
_library_log.setLevel(logging.WARNING)
"""At DEBUG the library writes frames to the log, and the first frame of a private feed is a secret."""

TICK_S: Final = 0.05
"""How far apart timers are looked at. Keep-alives and silences are seconds: a twentieth is fine enough."""

PROVEN_S: Final = 30.0
"""The schedule starts again only after a connection has been in sync for this long (fault model, F8)."""

CLOCK_JUMP_NS: Final = 2 * NS_PER_S
"""Wall clock and monotonic clock parting by this between two ticks: a step or a suspend (faults C1, C3)."""

CLOSE_TIMEOUT_S: Final = 1.0
"""How long a polite close may take before the socket is dropped."""

Record = Callable[[int, str, str], None]
"""Takes the receive time, the channel's word and the text of every frame, before it is looked at."""


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """Bounds of one connection.

    Attributes:
        open_timeout_s: For everything up to the switch to WebSocket: name, TCP, TLS, HTTP (faults F2-F4).
        silence_timeout_s: Without any frame for this long the connection is dead, whatever TCP thinks (F13).
        max_frame_bytes: A longer message closes the connection (F31).
    """

    open_timeout_s: float = 5.0
    silence_timeout_s: float = 30.0
    max_frame_bytes: int = 1 << 25


class Pump:
    """Keeps one feed connected to one URL.

    The feed is told of every connection and of every loss; what it wants to send is written after each call
    to it. `deliver` gets its events, `changed` is called when a public attribute changed; both are called on
    the reader's stack and must not wait.

    Attributes:
        state: CONNECTING, SYNCING (connected, nothing valid yet), UP or DOWN.
        reason: Why it is not up; for people.
        attempt: Number of the present attempt; 0 once in sync.
        retry_at_ns: When the next attempt is due, wall clock; 0 while none waits.
        last_recv_ns: When the last frame of any kind came, wall clock; 0 never.
        frames: Frames received.
        connects: Connections that were opened.
        losses: Connections that were lost.
        heard: Whether any frame came on the present or, while there is none, the last connection.
    """

    def __init__(  # noqa: PLR0913 - the parts it joins
        self,
        url: str,
        feed: Feed,
        *,
        channel: str,
        clock: Clock,
        backoff: Backoff,
        options: SocketOptions,
        deliver: Callable[[list[Event]], None],
        changed: Callable[[], None],
        record: Record | None = None,
    ) -> None:
        self.state = ConnectionState.DOWN
        self.reason = "not started"
        self.attempt = 0
        self.retry_at_ns = 0
        self.last_recv_ns = 0
        self.frames = 0
        self.connects = 0
        self.losses = 0
        self.heard = False
        self._url = url
        self._feed = feed
        self._channel = channel
        self._clock = clock
        self._backoff = backoff
        self._options = options
        self._deliver = deliver
        self._changed = changed
        self._record = record
        self._connection: DirectConnection | None = None
        self._hurry = asyncio.Event()
        self._may_hurry = False
        self._own_ending: Ending | None = None
        self._heard_mono_ns = 0
        self._synced_mono_ns: int | None = None
        self._last_wall_ns = 0
        self._last_mono_ns = 0

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""
        return self._connection is not None

    async def run(self) -> Ending:
        """Keep the feed connected until canceled; return when no further attempt makes sense."""
        while True:
            self.attempt += 1
            self._enter(ConnectionState.CONNECTING, self.reason if self.attempt > 1 else "connecting")
            ending = await self._attempt()
            if ending.next.is_final:
                log.warning("%s: stopped: %s", self._channel, ending.reason)
                self._enter(ConnectionState.DOWN, ending.reason)
                return ending
            slow = ending.next is Next.SLOW
            delay_s = self._backoff.next_delay_s(
                at_least_s=self._backoff.longest_s if slow else ending.at_least_s
            )
            self.retry_at_ns = self._clock.now_ns() + round(delay_s * NS_PER_S)
            log.info("%s: %s; next attempt in %.1f s", self._channel, ending.reason, delay_s)
            self._may_hurry = not slow and not ending.at_least_s
            self._enter(ConnectionState.DOWN, ending.reason)
            await self._pause(delay_s)
            self._may_hurry = False
            self.retry_at_ns = 0

    def mark_synced(self) -> None:
        """Say that the connection has delivered what it is for: it is UP."""
        if self._connection is not None and self.state is ConnectionState.SYNCING:
            self._synced_mono_ns = self._clock.mono_ns()
            self.attempt = 0
            self._enter(ConnectionState.UP, "")

    def mark_syncing(self, reason: str) -> None:
        """Say that the connection does not deliver what it is for at present."""
        if self._connection is not None and self.state is ConnectionState.UP:
            self._enter(ConnectionState.SYNCING, reason)

    def flush(self) -> None:
        """Write what the feed wants to send; call after everything that may have queued something."""
        connection = self._connection
        if connection is None:
            return
        for text in self._feed.to_send():
            if not connection.write_text(text):
                self._break(Ending(Next.RETRY, "the venue does not read what we send"))
                return

    def pause(self) -> None:
        """Read nothing for a moment; what comes meanwhile waits in the socket."""
        if self._connection is not None:
            self._connection.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._connection is not None:
            self._connection.transport.resume_reading()

    def reconnect(self, reason: str) -> None:
        """Replace the connection, or try again at once while there is none."""
        self._hurry.set()
        if self._connection is not None:
            self._break(Ending(Next.RETRY, reason))

    def hurry(self) -> None:
        """End the wait for the next attempt, if there is one; what the venue asked us to wait is waited."""
        if self._may_hurry:
            self._hurry.set()

    async def _attempt(self) -> Ending:
        """Connect once and serve the connection to its end; return how it ended."""
        try:
            connection = await _open(self._url, self._options)
        except (OSError, WebSocketException, EOFError) as error:
            return ending_of_error(error)
        try:
            self._begin(connection)
            async with asyncio.TaskGroup() as group:
                ticks = group.create_task(self._ticks(), name=f"{self._channel} timers")
                await connection.wait_closed()
                ticks.cancel()
        finally:
            self._end(connection)
            try:
                await connection.close()
            finally:
                connection.transport.abort()
        fault = connection.connection_exc
        if fault is not None and not isinstance(fault, OSError):
            raise fault  # A bug of ours on the reader's stack; asyncio has merely closed the socket.
        ending = self._own_ending or _ending_of(connection)
        self.losses += 1
        lost = self._feed.connection_lost(ending.reason, now_ns=self._clock.now_ns())
        if lost:
            self._deliver(lost)
        return ending

    def _begin(self, connection: DirectConnection) -> None:
        clock = self._clock
        self._connection = connection
        self._own_ending = None
        self.connects += 1
        self.heard = False
        self._last_wall_ns = clock.now_ns()
        self._last_mono_ns = self._heard_mono_ns = clock.mono_ns()
        self._synced_mono_ns = None
        self._enter(ConnectionState.SYNCING, "waiting for the first data")
        self._feed.connection_made(now_ns=self._last_wall_ns)
        self.flush()
        connection.attach(self._receive)

    def _end(self, connection: DirectConnection) -> None:
        self._credit()
        self._connection = None
        connection.detach()

    def _receive(self, text: str) -> None:
        """Handle one frame. Runs inside the socket's read callback."""
        now_ns = self._clock.now_ns()
        self.last_recv_ns = now_ns
        self._heard_mono_ns = self._clock.mono_ns()
        self.frames += 1
        self.heard = True
        if self._record is not None:
            self._record(now_ns, self._channel, text)
        try:
            events = self._feed.receive(text, now_ns=now_ns)
        except RemoteProtocolError as error:
            self._break(Ending(Next.RETRY, str(error)), code=CloseCode.PROTOCOL_ERROR)
            return
        if events:
            self._deliver(events)
        self.flush()

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._tick()

    def _tick(self) -> None:
        """Look at every timer of the connection."""
        wall_ns, mono_ns = self._clock.now_ns(), self._clock.mono_ns()
        parted_ns = (wall_ns - self._last_wall_ns) - (mono_ns - self._last_mono_ns)
        self._last_wall_ns, self._last_mono_ns = wall_ns, mono_ns
        if abs(parted_ns) > CLOCK_JUMP_NS:
            self._hurry.set()
            self._break(Ending(Next.RETRY, "the clock jumped, or the machine slept"))
            return
        if mono_ns - self._heard_mono_ns > self._options.silence_timeout_s * NS_PER_S:
            self._break(Ending(Next.RETRY, f"no word for {self._options.silence_timeout_s:g} s"))
            return
        self._credit()
        due_ns = self._feed.next_timer_ns()
        if due_ns is not None and due_ns <= wall_ns:
            events = self._feed.on_timer(now_ns=wall_ns)
            if events:
                self._deliver(events)
        self.flush()

    def _credit(self) -> None:
        """Let the schedule start again once the connection has proved itself."""
        if (
            self._synced_mono_ns is not None
            and self._clock.mono_ns() - self._synced_mono_ns >= PROVEN_S * NS_PER_S
            and self._backoff.attempts
        ):
            self._backoff.reset()

    def _break(self, ending: Ending, *, code: int = CloseCode.GOING_AWAY) -> None:
        """End the connection ourselves, for this reason."""
        if self._connection is not None and self._own_ending is None:
            self._own_ending = ending
            self._connection.fail(code, "")

    def _enter(self, state: ConnectionState, reason: str) -> None:
        self.state = state
        self.reason = reason
        self._changed()

    async def _pause(self, delay_s: float) -> None:
        """Wait for the next attempt; `reconnect` cuts it short."""
        try:
            async with asyncio.timeout(delay_s):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()


async def _open(url: str, options: SocketOptions) -> DirectConnection:
    """Connect with our bounds; nothing of the environment (proxies, key logs) has a say."""
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    connection = await PinnedConnect(
        url,
        compression=None if _is_loopback(parts.hostname or "") else "deflate",
        user_agent_header="omega-tui",
        proxy=None,
        open_timeout=options.open_timeout_s,
        ping_interval=None,  # The venue's keep-alive is a text message, which the feed sends.
        close_timeout=CLOSE_TIMEOUT_S,
        max_size=options.max_frame_bytes,
        create_connection=DirectConnection,
        logger=_library_log,
        ssl=client_context() if secure else None,
    )
    assert isinstance(connection, DirectConnection)
    return connection


def _ending_of(connection: DirectConnection) -> Ending:
    closed = connection.protocol.close_exc
    frame = closed.rcvd or closed.sent
    return ending_of_close(frame.code, frame.reason) if frame else ending_of_close(None, "")


def _is_loopback(host: str) -> bool:
    """Whether frames stay on this machine, where compressing them only costs."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
