"""Whether this program, or the whole machine, was away: a sleep, a stop signal, a clock that was set.

While a machine sleeps its monotonic clock stands, so that no timer is late; the wall clock tells.
"""

from typing import Final

from omega_tui.clock import Clock
from omega_tui.units import NS_PER_S

PARTED_NS: Final = 2 * NS_PER_S
"""Wall clock and monotonic clock parting by more between two looks: a sleep, or a step (faults C1, C3)."""

AWAY_NS: Final = 2 * NS_PER_S
"""Longer between two looks, which are some a second, means that the program stood still."""


class Pauses:
    """Looks at both clocks.

    Args:
        clock: The machine's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: tuple[int, int] | None = None

    def look(self) -> str:
        """Return what happened since the last look, as the end of a sentence; empty for nothing."""
        now = (self._clock.now_ns(), self._clock.mono_ns())
        before, self._seen = self._seen, now
        if before is None:
            return ""
        wall_ns, mono_ns = now[0] - before[0], now[1] - before[1]
        if abs(wall_ns - mono_ns) > PARTED_NS:
            return f"the machine slept or its clock was set: it shows {wall_ns / NS_PER_S:+.0f} s"
        if mono_ns > AWAY_NS:
            return f"the program stood still for {mono_ns / NS_PER_S:.1f} s"
        return ""
