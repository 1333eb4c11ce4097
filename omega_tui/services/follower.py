"""What another process tells, delivered here; and what is to be believed of it once it is silent: nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from omega_tui.bus.codec import Frame
from omega_tui.bus.redis_bus import RedisBus
from omega_tui.bus.silence import LastHeard
from omega_tui.clock import Clock
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import Alert, LinkChanged, Severity

TOLD_EVERY_NS: Final = 500_000_000
"""How often the latency of a link is told, at least while nothing else about it changes."""


@dataclass(slots=True)
class FollowedClock:
    """The clock of a followed process, from here: ages of its events are told on it.

    Attributes:
        offset_ns: Its wall clock minus the Redis server's; 0 before its first frame.
        server_offset_ns: Where the server's clock minus ours is asked for.
        clock: Ours.
    """

    clock: Clock
    server_offset_ns: Callable[[], int]
    offset_ns: int = 0

    def now_ns(self) -> int:
        return self.clock.now_ns() + self.server_offset_ns() + self.offset_ns

    def mono_ns(self) -> int:
        return self.clock.mono_ns()


class Follower:
    """The reader of an inlet. See `bus.redis_inlet.Reader`.

    Args:
        process: Whom it follows.
        bus: Where its events are delivered.
        clock: Ours.
        commands: Whether requests can be made.

    Attributes:
        followed: The clock of the process.
    """

    def __init__(self, process: str, bus: RedisBus, clock: Clock, *, commands: bool) -> None:
        self.followed = FollowedClock(clock, lambda: bus.time.offset_ns)
        self._process = process
        self._bus = bus
        self._clock = clock
        self._commands = commands
        self._last_heard = LastHeard()
        self._is_up = False
        self._told_ns = 0

    def joined(self, origin: str) -> None:
        """Take nothing of a former run for that of this one."""
        del origin
        self._last_heard.forget()

    def took(self, event: Event) -> None:
        self._last_heard.took(event)
        self._bus.take_in(event)

    def heard(self, frame: Frame, *, latency_ms: float) -> None:
        self.followed.offset_ns = frame.clock_ns - frame.at_ns
        now_ns = self._clock.mono_ns()
        if self._is_up and now_ns - self._told_ns < TOLD_EVERY_NS:
            return
        self._is_up = True
        self._told_ns = now_ns
        self._tell(LinkChanged(self._process, up=True, latency_ms=latency_ms, commands=self._commands))

    def missed(self, reason: str) -> None:
        self._bus.take_in(Alert(self._clock.now_ns(), Severity.WARNING, "BUS_GAP", f"{reason}."))

    def lost(self, reason: str) -> None:
        """Let everything of the process look as what it is now: of no use to trade on."""
        was_up, self._is_up = self._is_up, False
        why = f"{self._process} is not heard: {reason}"
        self._tell(LinkChanged(self._process, up=False, reason=reason, commands=self._commands))
        # The engine disarms what was armed from here; until it is heard again nothing can be ordered.
        for event in self._last_heard.silenced(why):
            self._tell(event)
        if was_up:
            text = f"The link to {self._process} is down: {reason}. Every price is stale."
            self._bus.take_in(Alert(self._clock.now_ns(), Severity.ALARM, "LINK", text))

    def _tell(self, event: Event) -> None:
        self._bus.take_in(event)
