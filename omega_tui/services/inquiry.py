"""When the venue is asked, and whether its last answer still holds.

It is asked at the start, after every interruption of the private stream, while anything is in doubt, and now
and then (order safety, 5.1). Until it has answered, nothing that is shown is the venue's.
"""

import asyncio
import random
from collections.abc import Callable

from omega_tui.clock import Clock
from omega_tui.errors import VenueError
from omega_tui.services.reconcile import Difference, Reconciler
from omega_tui.units import NS_PER_S

RETRY_FIRST_S = 0.5
RETRY_MOST_S = 10.0
"""Pause after a venue that did not answer: it doubles from the first to the most, with jitter."""


class Inquiry:
    """Asks one venue, again and again.

    Attributes:
        is_fresh: Whether the account was read from the venue since the last interruption.
        asked_ns: When the last question began, monotonic clock.
    """

    def __init__(
        self,
        reconciler: Reconciler,
        clock: Clock,
        rng: random.Random,
        *,
        on_read: Callable[[list[Difference]], None],
        on_unread: Callable[[str], None],
    ) -> None:
        self.is_fresh = False
        self._reconciler = reconciler
        self._clock = clock
        self._rng = rng
        self._on_read = on_read
        self._on_unread = on_unread
        self._wanted = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._stream_up = True
        self._gaps = 0
        self._gaps_before = 0
        self.asked_ns = 0

    async def run(self) -> None:
        """Ask when due or wanted, until canceled."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                await self.ask()
            except VenueError:
                await self._wait(self._rng.uniform(pause_s / 2, pause_s))
                pause_s = min(RETRY_MOST_S, pause_s * 2)
            else:
                pause_s = RETRY_FIRST_S
                await self._wait(self._reconciler.ask_again_s())
            self._wanted.clear()

    def want(self) -> None:
        """Have the venue asked now."""
        self._wanted.set()

    def interrupted(self, *, connected: bool) -> None:
        """Take note that the private stream was lost, or is back and may have missed something."""
        self._gaps += 1
        self._stream_up = connected
        if connected:
            self._wanted.set()
        else:
            self.is_fresh = False

    def check_due(self) -> None:
        """Have the venue asked if something came into doubt since the last time."""
        if self._clock.mono_ns() - self.asked_ns > self._reconciler.ask_again_s() * NS_PER_S:
            self._wanted.set()

    async def ask(self) -> None:
        """Compare with the venue once.

        Raises:
            VenueError: It did not answer everything; what we hold stays as it is.
        """
        async with self._one_at_a_time:
            self.asked_ns = self._clock.mono_ns()
            first = self._reconciler.runs == 0
            gaps = self._gaps
            healthy = self._stream_up and gaps == self._gaps_before
            try:
                differences = await self._reconciler.run(stream_healthy=healthy, at_start=first)
                if first and self._reconciler.settling:
                    differences += await self._reconciler.run(stream_healthy=healthy, at_start=True)
            except VenueError as error:
                self.is_fresh = False
                self._on_unread(str(error))
                raise
            self._gaps_before = gaps
        if gaps != self._gaps:
            self._wanted.set()
        else:
            self.is_fresh = self._stream_up
        self._on_read(differences)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return
