"""What the venue does wrong on purpose: a seeded plan that can be changed at any time, and a log of it.

The log is the ground truth of the tests: what was detected must be what was injected.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from typing import Final

MAX_LOG: Final = 100_000
"""Injections that are remembered; older ones are forgotten."""


class FaultKind(StrEnum):
    """What can go wrong. Fields of `Fault` that matter are named."""

    # Frames of the market channel (probability, times, asset).
    DROP = "drop"
    """A frame is not sent."""
    DUPLICATE = "duplicate"
    """A frame is sent twice."""
    DELAY = "delay"
    """A frame is sent `seconds` late, after others that came later."""
    CORRUPT = "corrupt"
    """Sizes in a frame are wrong, in valid JSON."""
    CROSS = "cross"
    """A change names a price far through the other side: the reader's book is crossed."""
    GARBLE = "garble"
    """A frame is cut off: no JSON any more."""
    WRONG_HASH = "wrong_hash"
    """The data are right, the hashes are not."""
    LOST_LEVEL = "lost_level"
    """A change away from the touch is not sent, so that best bid and ask agree all the same."""
    MUTE = "mute"
    """No data are sent, of `asset` or at all; sockets stay open and answer PING."""

    # Sockets.
    NO_PONG = "no_pong"
    """PING is not answered."""
    SLOW_PONG = "slow_pong"
    """PING is answered after `seconds`."""
    CUT_SNAPSHOT = "cut_snapshot"
    """The connection ends in the middle of the opening books."""
    DELAY_SNAPSHOT = "delay_snapshot"
    """Opening books come `seconds` late, after changes that they do not have."""
    IGNORE_SUBSCRIBE = "ignore_subscribe"
    """A subscription is taken, but its opening books never come."""
    REFUSE_SOCKET = "refuse_socket"
    """A WebSocket is refused with `status`, 503 unless said otherwise."""

    # The user channel.
    MUTE_USER = "mute_user"
    """The user channel says nothing."""
    DROP_USER = "drop_user"
    """A user event is not sent."""
    DUPLICATE_USER = "duplicate_user"
    """A user event is sent twice."""
    DELAY_USER = "delay_user"
    """A user event is sent `seconds` late."""
    CORRUPT_USER = "corrupt_user"
    """A trade names ten times and more of what was filled."""
    TRADE_FAILED = "trade_failed"
    """A trade goes MATCHED, RETRYING, FAILED."""

    # REST (path).
    STATUS = "status"
    """Nothing is done and `status` with `body` is answered."""
    RESET = "reset"
    """Nothing is done and the connection is reset."""
    SLOW = "slow"
    """It is done, and answered after `seconds`."""
    TRICKLE = "trickle"
    """It is done, and answered byte by byte, one every `seconds`."""
    FILL_BEFORE_ACK = "fill_before_ack"
    """An order is taken and its events are out; its answer follows after `seconds`, 0.3 if unsaid."""
    ACCEPT_THEN_RESET = "accept_then_reset"
    """It is done, then the connection is reset."""
    ACCEPT_THEN_CUT = "accept_then_cut"
    """It is done, then half of the answer is sent and the connection ends."""
    ACCEPT_THEN_HTML = "accept_then_html"
    """It is done, then a page of HTML is answered with status 200."""
    ACCEPT_THEN_STATUS = "accept_then_status"
    """It is done, then `status` with `body` is answered."""
    LATE_ACCEPT = "late_accept"
    """An order is taken after `seconds`; its connection is reset at once."""
    STALE_READ = "stale_read"
    """Lists of orders leave out those younger than `seconds`."""

    # Time.
    CLOCK_SKEW = "clock_skew"
    """The venue's clock is ahead by `seconds`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: What.
        probability: That it happens at an opportunity.
        times: How often at most; None for always.
        path: Of REST requests, `METHOD /path`, or of user events, `order` or `trade`; with wildcards.
        asset: Token that it is about; empty for all.
        seconds: How long or how late.
        status: HTTP status.
        body: Of the answer; empty for the venue's usual words.
    """

    kind: FaultKind
    probability: float = 1.0
    times: int | None = None
    path: str = "*"
    asset: str = ""
    seconds: float = 0.0
    status: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class Injection:
    """Something that was done wrong: what, when by the venue's clock, and to what."""

    kind: FaultKind
    at_ns: int
    detail: str


class FaultPlan:
    """The faults in force. Without any, asking costs one look at an empty dict.

    Attributes:
        log: What was injected, oldest first.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = Random(f"{seed}:faults")  # noqa: S311  (reproducible faults, not secrets)
        self._faults: dict[int, Fault] = {}
        self._count = 0
        self.log: deque[Injection] = deque(maxlen=MAX_LOG)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, fault: Fault) -> int:
        """Put a fault in force and return its number."""
        self._count += 1
        self._faults[self._count] = fault
        return self._count

    def remove(self, number: int) -> None:
        """Take a fault out of force; nothing happens when it is not."""
        self._faults.pop(number, None)

    def clear(self) -> None:
        """Take every fault out of force. The log stays."""
        self._faults.clear()

    def faults(self) -> dict[int, Fault]:
        """Return what is in force, by number."""
        return dict(self._faults)

    def standing(self, kind: FaultKind) -> Fault | None:
        """Return a fault of this kind that is in force, without using it up."""
        return next((fault for fault in self._faults.values() if fault.kind is kind), None)

    def fires(
        self, kind: FaultKind, *, at_ns: int, path: str = "", assets: Sequence[str] = (), detail: str = ""
    ) -> Fault | None:
        """Return the fault that happens at this opportunity, if one does, use it up once and log it."""
        if not self._faults:
            return None
        for number, fault in self._faults.items():
            if fault.kind is not kind or not fnmatchcase(path, fault.path):
                continue
            if fault.asset and fault.asset not in assets:
                continue
            if fault.probability < 1.0 and self._rng.random() >= fault.probability:
                continue
            if fault.times is not None:
                if fault.times <= 1:
                    del self._faults[number]
                else:
                    self._faults[number] = replace(fault, times=fault.times - 1)
            self.log.append(Injection(kind, at_ns, detail or path or ",".join(assets)))
            return fault
        return None
