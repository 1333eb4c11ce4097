"""REST calls that end in one of three ways: an answer, certainly not sent, or nobody knows.

A call to a venue may move money, so "it failed" is not an answer. `HttpSession` never raises for the network:
it returns `HttpAnswer`, `NotSent` or `NoAnswer`, and `NotSent` is only said when no connection was made that
could have carried a byte of the request. Nothing but a GET is ever sent twice. Where orders are placed, what
is no GET goes over connections of its own (`order_wire`).

Limits (fault model, section 2): one deadline over the whole call, a bounded body, no redirects, one host, no
proxies or certificates from the environment.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from omega_tui.errors import LocalProtocolError
from omega_tui.text import safe_text
from omega_tui.venues.failure_words import BROKE_OFF, NO_HTTP, failure_words
from omega_tui.venues.http_answers import HttpAnswer, HttpResult, NoAnswer, NotSent
from omega_tui.venues.tls import client_context

if TYPE_CHECKING:
    import aiohttp

    from omega_tui.venues.order_wire import OrderWire

HEADERS: Final = {"User-Agent": "omega-tui", "Accept": "application/json"}
"""Of every request."""

RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Statuses after which a GET may be asked again."""

RETRY_BASE_S = 0.2
"""The first retry waits between zero and this; the bound doubles each time."""

PAUSE_CAP_S = 60.0
"""The longest that a venue's Retry-After can hold us back."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds of a session.

    Attributes:
        deadline_s: For one call from first to last, retries included, unless the call names its own.
        connect_s: For making a connection, name resolution included.
        body_bytes: A longer body is no answer.
        rate: Calls per second that the budget gives back.
        burst: Calls that the budget holds.
        reserve: Share of the burst that only cancels may use.
        connections: Open connections at most.
        keepalive_s: An idle connection is dropped after this, before the venue's side does it.
    """

    deadline_s: float = 10.0
    connect_s: float = 5.0
    body_bytes: int = 8 * 1024 * 1024
    rate: float = 40.0
    burst: float = 60.0
    reserve: float = 0.2
    connections: int = 16
    keepalive_s: float = 30.0


class Budget:
    """A token bucket whose last part is reserved for cancels. Pure: time is an argument, in seconds."""

    def __init__(self, rate: float, burst: float, reserve: float) -> None:
        self.rate = rate
        self.burst = burst
        self.reserved = burst * reserve
        self._tokens = burst
        self._at_s: float | None = None
        self._paused_until_s = 0.0

    def wait_s(self, now_s: float, *, urgent: bool) -> float:
        """Take one token and return 0, or take nothing and return after how long to ask again.

        Urgent calls (cancels) may use the reserve and are not held back by a pause.
        """
        if self._at_s is not None:
            self._tokens = min(self.burst, self._tokens + max(0.0, now_s - self._at_s) * self.rate)
        self._at_s = now_s
        if not urgent and now_s < self._paused_until_s:
            return self._paused_until_s - now_s
        floor = 1.0 if urgent else 1.0 + self.reserved
        if self._tokens >= floor - 1e-9:
            self._tokens -= 1.0
            return 0.0
        return max(0.001, (floor - self._tokens) / self.rate)

    def used(self, now_s: float) -> float:
        """Return which part of the bucket is used up now."""
        back = 0.0 if self._at_s is None else max(0.0, now_s - self._at_s) * self.rate
        return 1.0 - min(self.burst, self._tokens + back) / self.burst

    def pauses_s(self, now_s: float) -> float:
        """Return for how long everything but urgent calls is held back."""
        return max(0.0, self._paused_until_s - now_s)

    def pause(self, now_s: float, seconds: float) -> None:
        """Hold back everything but urgent calls for `seconds`, as the venue's Retry-After asks."""
        self._paused_until_s = max(self._paused_until_s, now_s + min(max(0.0, seconds), PAUSE_CAP_S))


@dataclass(slots=True)
class _Trace:
    """Whether the call under way got a connection; set by aiohttp's trace hooks before a byte is written."""

    connected: bool = False


@dataclass(slots=True)
class HttpCounters:
    """What happened in a session, for metrics."""

    calls: int = 0
    retries: int = 0
    not_sent: int = 0
    no_answer: int = 0
    throttled: int = 0
    by_status: dict[int, int] = field(default_factory=dict)


class HttpSession:
    """Calls to one host. Every method belongs to one event loop.

    Attributes:
        base_url: Scheme, host and port; nothing else is ever called.
        counters: What happened so far.
    """

    def __init__(
        self, base_url: str, *, rng: random.Random, limits: HttpLimits | None = None, has_orders: bool = False
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            base_url: Scheme, host and port, and a path that all others are below.
            rng: Of the pauses before a GET is asked again.
            limits: Bounds.
            has_orders: Whether anything but a GET may be about an order, and has no time to lose.

        Raises:
            LocalProtocolError: That is no base URL.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise LocalProtocolError(f"not a base URL: {safe_text(base_url)}")
        self._host = parts.netloc
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self.base_url = self._origin + self._path
        self.counters = HttpCounters()
        self._has_orders = has_orders
        self._secure = parts.scheme == "https"
        self._address = parts.hostname, parts.port or (443 if self._secure else 80)
        self._rng = rng
        self._limits = limits or HttpLimits()
        self._budget = Budget(self._limits.rate, self._limits.burst, self._limits.reserve)
        self._session: aiohttp.ClientSession | None = None
        self._wire: OrderWire | None = None

    async def open(self) -> None:
        """Make the session; no connection is made yet. Does nothing when it is open."""
        if self._session is None or self._session.closed:
            # 150 ms that must not stop the loop.
            await asyncio.to_thread(_load_libraries)
            self._session = self._new_session()
            if self._has_orders:
                self._wire = self._new_wire()

    async def warm(self) -> None:
        """Keep a connection open for the next order or cancel, if any come here. Never raises."""
        if self._wire is not None:
            await self._wire.warm()

    @property
    def budget_used(self) -> float:
        """Which part of the request budget is used up now."""
        return self._budget.used(self._now_s())

    @property
    def pauses_s(self) -> float:
        """For how long everything but urgent calls is held back, as the venue asked."""
        return self._budget.pauses_s(self._now_s())

    async def close(self) -> None:
        """Close the connections; never raises."""
        session, self._session = self._session, None
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()
        if session is not None:
            await session.close()

    async def call(  # noqa: PLR0913 - a call has these parts
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        deadline_s: float | None = None,
        attempts: int = 1,
        urgent: bool = False,
        budget_wait_s: float | None = None,
    ) -> HttpResult:
        """Send one request and return how it ended. Raises for nothing that happens on the network.

        Cancellation is passed on; whoever cancels must treat the request as possibly sent.

        Args:
            method: As on the request line.
            path: From the host's root, starting with a slash.
            query: Names and values, not yet URL-encoded.
            headers: In addition to the usual ones.
            body: The exact bytes; empty for none.
            deadline_s: For everything: budget, connection, answer, retries. Default: the session's.
            attempts: How often a GET may be asked in all.
            urgent: May use the reserve of the budget: cancels.
            budget_wait_s: Longest wait for the budget; past it nothing is sent. Default: the deadline.

        Raises:
            LocalProtocolError: The session is not open, the path is none, or anything but a GET should be
                sent more than once.
        """
        if not path.startswith("/") or path.startswith("//"):
            raise LocalProtocolError(f"a path must start with one slash: {safe_text(path)}")
        if attempts != 1 and method != "GET":
            raise LocalProtocolError(f"{method} {safe_text(path)} must not be sent more than once")
        if self._session is None:
            raise LocalProtocolError(f"the session with {self.base_url} is not open")
        target = self._path + path + (f"?{urlencode(query)}" if query else "")
        deadline_s = self._limits.deadline_s if deadline_s is None else deadline_s
        deadline = self._now_s() + deadline_s
        self.counters.calls += 1
        bound_s = RETRY_BASE_S
        while True:
            budget_until = deadline if budget_wait_s is None else min(deadline, self._now_s() + budget_wait_s)
            result: HttpResult
            if await self._take_budget(budget_until, urgent=urgent):
                result = await self._once(method, target, headers or {}, body, deadline - self._now_s())
            else:
                result = NotSent("the request budget of this venue is used up")
            self._count(result)
            attempts -= 1
            pause_s = self._rng.uniform(0, bound_s)
            if attempts == 0 or not _may_retry(result) or self._now_s() + pause_s >= deadline:
                return result
            self.counters.retries += 1
            bound_s *= 2
            await asyncio.sleep(pause_s)

    async def _once(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, left_s: float
    ) -> HttpResult:
        if method != "GET" and self._wire is not None:
            return await self._wire.call(method, target, headers, body, left_s=left_s)
        import aiohttp  # noqa: PLC0415 - 150 ms to load; `open` has done it in a thread
        from yarl import URL  # noqa: PLC0415 - comes with aiohttp

        assert self._session is not None
        trace = _Trace()
        try:
            async with (
                asyncio.timeout(max(0.0, left_s)),
                self._session.request(
                    method,
                    URL(self._origin + target, encoded=True),  # What was signed is what is sent.
                    headers=headers,
                    data=body or None,
                    allow_redirects=False,
                    trace_request_ctx=trace,
                ) as response,
            ):
                text = bytearray()
                async for chunk in response.content.iter_chunked(65_536):
                    text += chunk
                    if len(text) > self._limits.body_bytes:
                        response.close()
                        return NoAnswer(f"the answer is longer than {self._limits.body_bytes} bytes")
                found = {name.lower(): value for name, value in response.headers.items()}
                return HttpAnswer(response.status, found, bytes(text))
        except TimeoutError:
            reason = "no answer in time" if trace.connected else "no connection in time"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # ValueError: aiohttp passes some malformed headers and lengths through as such.
            broke_off = isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError)
            reason = BROKE_OFF if broke_off else failure_words(error) or NO_HTTP
        return NoAnswer(reason) if trace.connected else NotSent(f"{reason} ({self._host})")

    async def _take_budget(self, until_s: float, *, urgent: bool) -> bool:
        """Wait for a token; False when there is none before `until_s`."""
        while wait_s := self._budget.wait_s(self._now_s(), urgent=urgent):
            self.counters.throttled += 1
            if self._now_s() + wait_s > until_s:
                return False
            await asyncio.sleep(wait_s)
        return True

    def _count(self, result: HttpResult) -> None:
        counters = self.counters
        match result:
            case NotSent():
                counters.not_sent += 1
            case NoAnswer():
                counters.no_answer += 1
            case HttpAnswer(status=status, headers=headers):
                counters.by_status[status] = counters.by_status.get(status, 0) + 1
                if status in {418, 429}:
                    self._budget.pause(self._now_s(), retry_after_s(headers))

    def _new_session(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415 - 150 ms to load; `open` has done it in a thread

        async def connected(session: object, context: SimpleNamespace, parameters: object) -> None:
            del session, parameters
            context.trace_request_ctx.connected = True

        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(connected)
        trace.on_connection_reuseconn.append(connected)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._limits.connections,
                keepalive_timeout=self._limits.keepalive_s,
                ssl=client_context() if self._secure else True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect_s),
            trace_configs=[trace],
            trust_env=False,
            raise_for_status=False,
            headers=HEADERS,
            skip_auto_headers=("Content-Type",),
        )

    def _new_wire(self) -> "OrderWire":
        from omega_tui.venues.order_wire import OrderWire  # noqa: PLC0415 - as in `_new_session`

        host, port = self._address
        limits = self._limits
        return OrderWire(
            host,
            port,
            security=client_context() if self._secure else None,
            headers={"Host": self._host, **HEADERS},
            connect_s=limits.connect_s,
            body_bytes=limits.body_bytes,
            connections=limits.connections,
            keepalive_s=limits.keepalive_s,
        )

    def _now_s(self) -> float:
        """Return the loop's own monotonic time: these deadlines are the network's, not the market's."""
        return asyncio.get_running_loop().time()


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds of a numeric Retry-After header, up to the cap; 1 where there is none to read."""
    text = headers.get("retry-after", "")
    return min(float(text), PAUSE_CAP_S) if text.isascii() and text.isdigit() else 1.0


def _may_retry(result: HttpResult) -> bool:
    return not isinstance(result, HttpAnswer) or result.status in RETRY_STATUS


def _load_libraries() -> None:
    """Load what only those who call need, and what takes 150 ms."""
    import aiohttp  # noqa: F401, PLC0415
    import h11  # noqa: F401, PLC0415
