"""What the end of a WebSocket, or a failed attempt to open one, means for the next attempt.

One table for close codes and one for HTTP answers (fault model, F1-F12); nothing else decides.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from websockets.exceptions import InvalidStatus

from omega_tui.text import safe_text
from omega_tui.venues.failure_words import failure_words

QUARANTINE_S = 60.0
"""How long a venue is left alone after frames that look like an attack (fault model, F31)."""

RETRY_AFTER_CAP_S = 300.0
"""The longest that a venue's Retry-After can hold an attempt back."""


class Next(StrEnum):
    """What to do after a connection ended.

    RETRY waits as the schedule says, SLOW its longest wait; the others are not followed by an attempt:
    FINISHED because there is nothing more to receive, REFUSED because the venue does not accept who we are,
    BROKEN because it does not accept what we sent.
    """

    RETRY = "RETRY"
    SLOW = "SLOW"
    FINISHED = "FINISHED"
    REFUSED = "REFUSED"
    BROKEN = "BROKEN"

    @property
    def is_final(self) -> bool:
        """Whether no attempt follows by itself."""
        return self in {Next.FINISHED, Next.REFUSED, Next.BROKEN}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ended.

    Attributes:
        next: What to do now.
        reason: For people; safe text.
        at_least_s: The next attempt waits no less than this.
    """

    next: Next
    reason: str
    at_least_s: float = 0.0


CLOSE_CODES: Mapping[int, tuple[Next, str]] = MappingProxyType(
    {
        1000: (Next.RETRY, "the venue closed the connection"),
        1001: (Next.RETRY, "the venue goes away"),
        1003: (Next.RETRY, "the venue does not take this kind of data"),
        1006: (Next.RETRY, "the connection broke"),
        1007: (Next.RETRY, "a frame was not text"),
        1008: (Next.BROKEN, "the venue refuses our subscription"),
        1009: (Next.RETRY, "a frame was too large"),
        1011: (Next.RETRY, "the venue had an internal error"),
        1012: (Next.RETRY, "the venue restarts"),
        1013: (Next.RETRY, "the venue is overloaded, or we read too slowly"),
        4001: (Next.REFUSED, "the venue refuses the credentials"),
        4003: (Next.REFUSED, "the venue refuses the credentials"),
        4401: (Next.REFUSED, "the venue refuses the credentials"),
        4403: (Next.REFUSED, "the venue refuses the credentials"),
    }
)
"""What follows a close code; any other is retried (fault model, F12)."""

AT_LEAST_S: Mapping[int, float] = MappingProxyType({1009: QUARANTINE_S, 1012: 0.5, 1013: 1.0})
"""Close codes after which even the first attempt waits: the others may draw almost nothing."""

NO_WEBSOCKET = "what answers there does not speak WebSocket"

_ALL_RESOLVED = "all subscribed assets resolved"
_CREDENTIAL_WORDS = ("unauthorized", "unauthorised", "auth", "api key", "apikey", "credential", "passphrase")


def ending_of_close(code: int | None, reason: str) -> Ending:
    """Return what follows a close frame, or its absence (`code` None or 1006)."""
    said = safe_text(reason, max_cells=80) if reason else ""
    lower = reason.lower()
    if code == 1000 and _ALL_RESOLVED in lower:
        return Ending(Next.FINISHED, "every subscribed market is resolved")
    next_, words = CLOSE_CODES.get(code or 1006, (Next.RETRY, f"closed with code {code}"))
    if code == 1008 and any(word in lower for word in _CREDENTIAL_WORDS):
        next_, words = CLOSE_CODES[4001]
    return Ending(next_, f"{words}: {said}" if said else words, AT_LEAST_S.get(code or 1006, 0.0))


def ending_of_error(error: Exception) -> Ending:
    """Return what follows a failed attempt to connect."""
    if isinstance(error, InvalidStatus):
        headers = error.response.headers
        # The header may come twice, and `get` raises then.
        after = next(iter(headers.get_all("Retry-After")), "")
        return ending_of_status(error.response.status_code, retry_after=after)
    words = failure_words(error) or NO_WEBSOCKET
    return Ending(Next.SLOW if isinstance(error, ssl.SSLError) else Next.RETRY, words)


def ending_of_status(status: int, *, retry_after: str = "") -> Ending:
    """Return what follows an HTTP answer that is not the switch to WebSocket.

    Args:
        status: The HTTP status.
        retry_after: The header's text; read in its numeric form only.
    """
    if status in {401, 403}:
        return Ending(Next.REFUSED, f"the venue refuses us: HTTP {status}")
    if 300 <= status < 400:
        return Ending(
            Next.SLOW, f"the venue answers with a redirect (HTTP {status}), which is never followed"
        )
    wait_s = 0.0
    if status in {429, 503} and retry_after.isascii() and retry_after.isdigit():
        wait_s = min(float(retry_after), RETRY_AFTER_CAP_S)
    return Ending(Next.RETRY, f"the venue answers HTTP {status}", wait_s)
