"""The venue's dead-man switch: fed while orders may rest, shown, and fail-closed.

It is off until the trader asks for it, since it cancels every order of the account once the venue hears of us
no more. While it is wanted and not acknowledged no new order leaves; cancels do. It is fed from the arming on
and for as long as an order rests, disarmed or not: not to feed it would cancel those.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

import msgspec

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.account import DeadManChanged
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.venue_health import DeadMan, DeadManState
from omega_tui.errors import OrderRefused, VenueError
from omega_tui.services.journal import Entry, Journal
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Broker, DeadManSwitch, DeadManTerms

DEAD_MAN: Final = "dead_man"
"""The journal's word for the trader's wish."""

HEARTBEAT_LOST: Final = "HEARTBEAT_LOST"

MISSES: Final = 2
"""So many in a row alarm and disarm (order safety, section 8); the first alone denies new orders."""

RETRY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class DeadManLinks:
    """What the switch moves in the service around it.

    Attributes:
        is_needed: Whether new orders may leave or any rests.
        start: Begins work that is owned elsewhere.
        on_lost: Told, as the end of a sentence, that the venue does not acknowledge any more.
        on_late: Told that the venue may have canceled everything meanwhile.
    """

    is_needed: Callable[[], bool]
    start: Callable[[Coroutine[None, None, None], str], None]
    on_lost: Callable[[str], None]
    on_late: Callable[[], None]


class DeadManWatch:
    """The switch of one venue. Single writer of its state.

    Attributes:
        state: What the order gate looks at.
        misses: Attempts in a row that the venue did not acknowledge.
    """

    def __init__(
        self, broker: Broker, bus: EventBus, clock: Clock, journal: Journal, links: DeadManLinks
    ) -> None:
        switch = broker if isinstance(broker, DeadManSwitch) else None
        self.misses = 0
        self._switch = switch
        self._terms: DeadManTerms | None = switch.dead_man if switch is not None else None
        self._venue = broker.venue
        self._bus = bus
        self._clock = clock
        self._journal = journal
        self._links = links
        self._is_wanted = False
        self._is_on = False
        self._one_at_a_time = asyncio.Lock()
        self._acked_ns = 0
        self._due_ns = 0
        self._reason = ""
        self._told: DeadMan | None = None
        self.state = DeadManState.NONE if self._terms is None else DeadManState.OFF

    def restore(self, entries: list[Entry], *, wanted: bool) -> None:
        """Take up the trader's last wish, or that of the configuration where there was none."""
        self._is_wanted = wanted and self._terms is not None
        for entry in entries:
            if entry.kind == DEAD_MAN and entry.venue == self._venue and self._terms is not None:
                self._is_wanted = msgspec.json.decode(entry.body, type=bool)
        self._settle()

    def switch(self, *, on: bool) -> None:
        """Begin or end to use it; the wish is written down and holds after a restart.

        Raises:
            OrderRefused: The venue has none, or ending it now would cancel what rests.
        """
        if self._terms is None:
            raise OrderRefused("NO_DEAD_MAN", f"{self._venue} has no dead-man switch that can be used here.")
        if not on and self._is_on and not self._terms.can_release and self._links.is_needed():
            raise OrderRefused(
                "DEAD_MAN",
                f"{self._venue} cancels every order {self._terms.timeout_s:g} s after it is fed no more: "
                "cancel them and disarm first, or leave it on.",
            )
        if on is self._is_wanted:
            return
        self._is_wanted = on
        now_ns = self._clock.now_ns()
        self._journal.append(Entry(now_ns, self._venue, "", DEAD_MAN, msgspec.json.encode(on)))
        if on:
            self._tell(Severity.WARNING, "DEAD_MAN", self._terms.warning)
        self.check()

    async def feed_now(self) -> None:
        """Have it acknowledged before an order, where it is wanted and is not yet. Never raises."""
        if self._is_due:
            await self._feed(unless_on=True)

    def check(self) -> None:
        """Feed it when that is due, or end it; called some times a second."""
        if self._terms is None:
            self._settle()
            return
        now_ns = self._clock.mono_ns()
        if self._is_wanted and self._links.is_needed():
            if now_ns >= self._due_ns:
                self._due_ns = now_ns + self._every_ns
                self._links.start(self._feed(), "dead-man switch")
        elif self._is_on and now_ns >= self._due_ns:
            self._due_ns = now_ns + self._every_ns
            self._links.start(self._release(), "end of the dead-man switch")
        if self.misses == 0 and self._is_on and now_ns - self._acked_ns > 2 * self._every_ns:
            # Something holds the question up, and nobody knows whether the venue still counts on us.
            self._missed("nothing came back for an interval")
        self._settle()

    def metrics(self) -> dict[str, float]:
        """Return what is counted."""
        return {} if self._terms is None else {"dead_man_misses": float(self.misses)}

    # --- inside

    @property
    def _is_due(self) -> bool:
        """Whether it should be on and is not."""
        return self._is_wanted and self._links.is_needed() and self.state is not DeadManState.ON

    @property
    def _every_ns(self) -> int:
        return round(self._terms.every_s * NS_PER_S) if self._terms is not None else 0

    async def _feed(self, *, unless_on: bool = False) -> None:
        assert self._switch is not None, "asked only where there is one"
        assert self._terms is not None, "likewise"
        async with self._one_at_a_time:
            if unless_on and not self._is_due:
                return
            asked_ns = self._clock.mono_ns()
            self._due_ns = asked_ns + self._every_ns
            try:
                note = await self._switch.feed_dead_man()
            except VenueError as error:
                self._due_ns = self._clock.mono_ns() + round(min(RETRY_S, self._terms.every_s) * NS_PER_S)
                self._missed(str(error))
            else:
                self._acknowledged(asked_ns, note)
        self._settle()

    async def _release(self) -> None:
        assert self._switch is not None, "asked only where there is one"
        async with self._one_at_a_time:
            try:
                await self._switch.release_dead_man()
            except VenueError as error:
                self._reason = str(error)
            else:
                self._is_on, self.misses, self._due_ns, self._reason = False, 0, 0, ""
        self._settle()

    def _acknowledged(self, asked_ns: int, note: str) -> None:
        assert self._terms is not None, "there is a switch"
        late = self._is_on and asked_ns - self._acked_ns > self._terms.timeout_s * NS_PER_S
        was_lost = self.misses > 0
        self._is_on, self.misses, self._acked_ns, self._reason = True, 0, asked_ns, ""
        if late:
            text = "The dead-man switch was not fed in time: the venue may have canceled every order."
            self._tell(Severity.ALARM, "DEAD_MAN_FIRED", text)
            self._links.on_late()
        elif was_lost:
            self._tell(Severity.INFO, "DEAD_MAN", "The dead-man switch is acknowledged again.")
        if note:
            self._tell(Severity.ALARM, "DEAD_MAN_CONTESTED", note)

    def _missed(self, reason: str) -> None:
        self.misses += 1
        self._reason = reason
        if self.misses == MISSES:
            text = f"The venue does not acknowledge the dead-man switch ({reason}): only cancels leave."
            self._tell(Severity.ALARM, HEARTBEAT_LOST, text)
            self._links.on_lost("the dead-man switch is not acknowledged")

    def _settle(self) -> None:
        """Derive the state and publish what changed."""
        if self._terms is None:
            self.state = DeadManState.NONE
        elif self.misses:
            self.state = DeadManState.LOST
        elif self._is_on:
            self.state = DeadManState.ON
        else:
            self.state = DeadManState.IDLE if self._is_wanted else DeadManState.OFF
        until_ns, timeout_s = 0, self._terms.timeout_s if self._terms is not None else 0.0
        if self._is_on:
            left_ns = self._acked_ns + round(timeout_s * NS_PER_S) - self._clock.mono_ns()
            until_ns = self._clock.now_ns() + max(0, left_ns)
        now = DeadMan(self._venue, self.state, timeout_s, until_ns, self._reason)
        told = self._told
        if told is None or (told.state, told.reason) != (now.state, now.reason) or self._was_fed(now, told):
            self._told = now
            self._bus.publish(DeadManChanged(now))

    def _was_fed(self, now: DeadMan, told: DeadMan) -> bool:
        return now.until_ns - told.until_ns > self._every_ns // 2

    def _tell(self, severity: Severity, code: str, text: str) -> None:
        self._bus.publish(Alert(self._clock.now_ns(), severity, code, text))
