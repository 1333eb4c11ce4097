"""Time as an argument: the only module that asks the machine what time it is.

Everything that needs the time takes a `Clock`, so that a test or a replay can hold the hand.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in integer nanoseconds."""

    def now_ns(self) -> int:
        """Return the wall clock, nanoseconds since the epoch, UTC. It may step."""
        ...

    def mono_ns(self) -> int:
        """Return a clock that never goes back and means nothing by itself. For ages and time-outs."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ns(self) -> int:
        return time.time_ns()

    def mono_ns(self) -> int:
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told; both readings move together.

    Attributes:
        wall_ns: What `now_ns` returns.
    """

    def __init__(self, wall_ns: int = 1_700_000_000_000_000_000) -> None:
        self.wall_ns = wall_ns
        self._mono_ns = 0

    def now_ns(self) -> int:
        return self.wall_ns

    def mono_ns(self) -> int:
        return self._mono_ns

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds`."""
        self.advance_ns(round(seconds * 1_000_000_000))

    def advance_ns(self, step_ns: int) -> None:
        """Move both readings forward by `step_ns`, which must not be negative."""
        if step_ns < 0:
            raise ValueError(f"a clock does not go back: {step_ns} ns")
        self.wall_ns += step_ns
        self._mono_ns += step_ns

    def set_wall_ns(self, wall_ns: int) -> None:
        """Let the wall clock stand at `wall_ns`; the monotonic reading follows it forward, never back."""
        self._mono_ns += max(0, wall_ns - self.wall_ns)
        self.wall_ns = wall_ns
