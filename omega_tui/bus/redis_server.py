"""Reaching a Redis server: which addresses are taken, and with which patience.

The library's own defaults wait and retry for minutes (measured: over 150 s on a stopped server). Here nothing
is retried below us, and every answer has a quarter of a second.
"""

import asyncio
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from omega_tui.errors import ConfigError
from omega_tui.secret import Secret
from omega_tui.text import safe_text

ANSWER_S: Final = 0.25
"""How long any answer may take."""

CONNECT_S: Final = 2.0
"""How long a connection may take to open, TLS and all."""

BACKOFF_FIRST_S: Final = 0.25
BACKOFF_MOST_S: Final = 5.0
"""Pause before the next attempt to reach the server: it doubles from the first to the most."""

TROUBLES: Final = (RedisError, OSError, TimeoutError)
"""What any call on a client can end with when the server is away, full, slow or set up otherwise."""

STANDARD_PORT: Final = 6379

_NOT_LET_IN: Final = (AuthenticationError, NoPermissionError)

ALLOWED: Final = (
    "redis://127.0.0.1:PORT/DB, unix:///PATH, or rediss://USER:PASSWORD@HOST:PORT/DB; "
    "beyond this machine only with TLS and a password"
)


class RedisAddress:
    """Where a server listens; prints without user and password."""

    __slots__ = ("_url", "shown")

    def __init__(self, url: Secret, shown: str) -> None:
        self._url = url
        self.shown = shown

    def __repr__(self) -> str:
        return f"RedisAddress({self.shown!r})"

    def known(self) -> tuple[Secret, ...]:
        """Return what must never be shown, for the redactor."""
        password = urlsplit(self._url.reveal()).password
        return (Secret(password),) if password else ()

    def client(self, *, answer_s: float | None = ANSWER_S) -> "Redis":
        """Return a client that has not connected yet; the caller closes it.

        Args:
            answer_s: How long an answer may take; None for calls that wait at the server by themselves.
        """
        return Redis.from_url(
            self._url.reveal(),
            socket_timeout=answer_s,
            socket_connect_timeout=CONNECT_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            decode_responses=False,
        )


def parse_address(text: str, *, source: str, key: str, may_hold_secret: bool) -> RedisAddress:
    """Read the address of a server.

    Args:
        text: A URL: `redis`, `rediss` or `unix`.
        source: Where it comes from, for the complaint.
        key: The setting or variable.
        may_hold_secret: Whether a password may stand in it; not where other users could read it.

    Raises:
        ConfigError: It is no such URL, or would send what we know over a network in the clear. The message
            never quotes it.
    """

    def wrong(found: str) -> ConfigError:
        return ConfigError(source=source, key=key, found=found, allowed=ALLOWED)

    try:
        url = urlsplit(text)
        port, host = url.port, url.hostname or ""
    except ValueError:
        raise wrong("no URL") from None
    if url.scheme not in {"redis", "rediss", "unix"}:
        raise wrong("another kind of address")
    if url.password and not may_hold_secret:
        raise ConfigError(
            source=source,
            key=key,
            found="a password, which others could read there",
            allowed="the URL with its password in the environment variable OMEGA_REDIS_URL",
        )
    if url.scheme == "unix":
        if not url.path.startswith("/"):
            raise wrong("no path of a socket")
        return RedisAddress(Secret(text), f"unix://{safe_text(url.path, max_cells=120)}")
    if not host:
        raise wrong("no host")
    if not _is_loopback(host) and (url.scheme != "rediss" or not url.password):
        raise wrong("a server beyond this machine without TLS or without a password")
    database = safe_text(url.path, max_cells=20) if url.path else ""
    place = f"{safe_text(host, max_cells=120)}:{port or STANDARD_PORT}"
    return RedisAddress(Secret(text), f"{url.scheme}://{place}{database}")


def words(error: BaseException) -> str:
    """Return why a call failed, for people; the library's own texts are not shown as they are."""
    match error:
        case _ if isinstance(error, _NOT_LET_IN) or isinstance(error.__cause__, _NOT_LET_IN):
            told = "Redis does not let us: check user, password and the rights on our prefix"
        case OutOfMemoryError():
            told = "Redis is full"
        case ResponseError() if str(error).startswith("MISCONF"):
            told = "Redis cannot write to its disk"
        case ResponseError():
            told = f"Redis refused: {safe_text(str(error), max_cells=120)}"
        case _ if isinstance(error, TimeoutError) or "imeout" in str(error):
            told = "Redis does not answer in time"
        case _:
            told = "Redis cannot be reached"
    return told


def is_canceled() -> bool:
    """Whether the running task was asked to end.

    The library can lose a cancellation that meets it inside a call (seen with 8.1: 1 in 20 of short-lived
    clients), so every loop around its calls asks.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
