"""How long the engine's loop stood still: measured by a timer that should have been on time."""

import asyncio
from collections import deque

from omega_tui.clock import Clock
from omega_tui.units import NS_PER_S

REMEMBERED_S = 10

EVERY_S = 0.25
EVERY_NS = round(EVERY_S * NS_PER_S)


class LoopLag:
    """The worst delay of the last ten seconds.

    Args:
        clock: Whose monotonic time counts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticked_ns: int | None = None
        self._late: deque[tuple[int, int]] = deque()

    async def run(self) -> None:
        """Tick until canceled."""
        while True:
            await asyncio.sleep(EVERY_S)
            self.tick()

    def tick(self) -> None:
        """The timer went off."""
        now_ns = self._clock.mono_ns()
        late_ns = self._late_ns(now_ns)
        self._ticked_ns = now_ns
        self._forget(now_ns)
        if late_ns > 0:
            self._late.append((now_ns, late_ns))

    def worst_ms(self) -> float:
        """Return the worst delay of the last ten seconds, one that still goes on included."""
        now_ns = self._clock.mono_ns()
        self._forget(now_ns)
        return max([0, self._late_ns(now_ns), *(late_ns for _, late_ns in self._late)]) / 1e6

    def _late_ns(self, now_ns: int) -> int:
        """A command that was waiting behind whatever stood in the way is handled before the timer."""
        return 0 if self._ticked_ns is None else now_ns - self._ticked_ns - EVERY_NS

    def _forget(self, now_ns: int) -> None:
        while self._late and self._late[0][0] < now_ns - REMEMBERED_S * NS_PER_S:
            self._late.popleft()
