"""Keeps what a venue said that it takes at the moment: learned from its answers, believed for a while.

No venue announces the end of it here, so each state ends by itself. An order that leaves too early is refused
once more, which proves that it does not exist, and the state is believed anew.
"""

from collections.abc import Callable, Mapping
from typing import Final

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.account import VenueStateChanged
from omega_tui.domain.events.status import Severity
from omega_tui.domain.venue_state import VenueState, VenueStatus
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import PlaceOutcome, Refused, Unknown

RESTART_S: Final = 90
POST_ONLY_S: Final = 120
"""How long a matching engine is away, and then takes only what rests (fault model, R8)."""

AGAIN_S: Final = 30
"""A venue that refuses every order is tried again after so long."""

_SAID: Final[Mapping[str, tuple[tuple[VenueState, int], ...]]] = {
    "RESTARTING": ((VenueState.RESTARTING, RESTART_S), (VenueState.POST_ONLY, POST_ONLY_S)),
    "CANCEL_ONLY": ((VenueState.CANCEL_ONLY, AGAIN_S),),
    "TRADING_DISABLED": ((VenueState.HALTED, AGAIN_S),),
    "MAINTENANCE": ((VenueState.HALTED, AGAIN_S),),
}
"""What follows from the code of an answer: states and their seconds, one after the other."""

_WORDS: Final[Mapping[VenueState, str]] = {
    VenueState.OPEN: "takes orders again, as far as is known",
    VenueState.POST_ONLY: "takes only post-only orders for now",
    VenueState.CANCEL_ONLY: "takes only cancels for now",
    VenueState.RESTARTING: "restarts its matching engine: no order leaves, cancels are repeated",
    VenueState.HALTED: "has stopped trading: no order leaves",
}

Tell = Callable[[Severity, str, str], None]


class VenueStateWatch:
    """What one venue takes. Single writer.

    Args:
        venue: Its name.
        clock: For how long something is believed.
        tell: Puts a sentence into the trader's log: severity, code, text.
        bus: Where changes are published.
    """

    def __init__(self, venue: str, clock: Clock, tell: Tell, bus: EventBus) -> None:
        self._venue = venue
        self._clock = clock
        self._tell = tell
        self._bus = bus
        self._stages: list[tuple[VenueState, int]] = []
        self._reason = ""
        self._told = VenueState.OPEN

    def heard(self, outcome: PlaceOutcome) -> None:
        """Take what the answer to an order says of the venue itself."""
        if not isinstance(outcome, Refused | Unknown) or outcome.code not in _SAID:
            return
        self._reason = outcome.reason
        until_ns = self._clock.mono_ns()
        self._stages = []
        for state, seconds in _SAID[outcome.code]:
            until_ns += seconds * NS_PER_S
            self._stages.append((state, until_ns))
        now = self.status()
        if now.state is self._told:
            self._publish(now)  # It is believed for longer.
        self.check()

    def status(self) -> VenueStatus:
        """Return what the venue takes now."""
        now_ns = self._clock.mono_ns()
        for state, until_ns in self._stages:
            if now_ns < until_ns:
                return VenueStatus(state, (until_ns - now_ns) / NS_PER_S, self._reason)
        return VenueStatus()

    def check(self) -> None:
        """Tell the trader of a change; called some times a second."""
        now = self.status()
        state = now.state
        if state is self._told:
            return
        self._told = state
        self._publish(now)
        severity = Severity.INFO if state is VenueState.OPEN else Severity.WARNING
        self._tell(severity, "VENUE_STATE", f"{self._venue} {_WORDS[state]}.")

    def _publish(self, now: VenueStatus) -> None:
        until_ns = self._clock.now_ns() + round(now.left_s * NS_PER_S) if now.left_s else 0
        self._bus.publish(VenueStateChanged(self._venue, now.state, until_ns, now.reason))
