"""What every service is: a life cycle, a body, and the commands it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from omega_tui.bus.base import Cache, EventBus, SharedState
from omega_tui.bus.local_store import LocalCache, LocalState
from omega_tui.clock import Clock, SystemClock
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ServiceState, ServiceStateChanged
from omega_tui.errors import NoHandler, ServiceStateError

TRANSITIONS: dict[ServiceState, frozenset[ServiceState]] = {
    ServiceState.CREATED: frozenset({ServiceState.INITIALIZING, ServiceState.STOPPING}),
    ServiceState.INITIALIZING: frozenset({ServiceState.RUNNING, ServiceState.FAILED, ServiceState.STOPPING}),
    ServiceState.RUNNING: frozenset({ServiceState.DEGRADED, ServiceState.FAILED, ServiceState.STOPPING}),
    ServiceState.DEGRADED: frozenset({ServiceState.RUNNING, ServiceState.FAILED, ServiceState.STOPPING}),
    ServiceState.FAILED: frozenset({ServiceState.INITIALIZING, ServiceState.STOPPING}),
    ServiceState.STOPPING: frozenset({ServiceState.STOPPED}),
    ServiceState.STOPPED: frozenset(),
}
"""What may follow what; nothing else decides."""

LIVE_STATES = frozenset({ServiceState.RUNNING, ServiceState.DEGRADED})


@dataclass(frozen=True, slots=True)
class Platform:
    """What every service is given.

    Attributes:
        bus: Where it publishes and reads events.
        clock: What time it is.
        state: Values that every process on the bus may read; of this process alone where there is no server.
        cache: Values that are kept for a while; likewise.
    """

    bus: EventBus
    clock: Clock
    state: SharedState = field(default_factory=LocalState)
    cache: Cache = field(default_factory=lambda: LocalCache(SystemClock()))


@dataclass(frozen=True, slots=True)
class Health:
    """How a service is.

    Attributes:
        state: Where it stands in its life cycle.
        reason: Why it is not RUNNING; for people.
        restarts: How often its supervisor started it again.
        since_ns: When it entered the state, wall clock.
    """

    state: ServiceState
    reason: str
    restarts: int
    since_ns: int


class Service:
    """A long-running owner of state.

    The life cycle is `TRANSITIONS`; every step is published. `initialize` acquires and may be called again
    after a failure; `run` is the body until it is canceled; `process` handles one command and raises
    `OmegaError` to refuse it; `shutdown` releases, is always called last, and never raises.

    Attributes:
        name: Unique among the services of a registry; one that is of a venue is called so by `of`.
    """

    name: str = "service"

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._state = ServiceState.CREATED
        self._reason = ""
        self._since_ns = platform.clock.now_ns()
        self._restarts = 0

    def of(self, venue: str) -> Self:
        """Add the venue to the name, as `exchange/sim`: there is one such service for each. Return itself."""
        self.name = f"{self.name}/{venue}"
        return self

    @property
    def state(self) -> ServiceState:
        """Where it stands."""
        return self._state

    def enter(self, state: ServiceState, reason: str = "") -> None:
        """Move to `state` and publish it; the same state with another reason is published too.

        Raises:
            ServiceStateError: The table does not have this step.
        """
        if state is self._state:
            if reason == self._reason:
                return
        elif state not in TRANSITIONS[self._state]:
            raise ServiceStateError(f"{self.name}: {self._state} cannot become {state}")
        else:
            self._restarts += state is ServiceState.INITIALIZING and self._state is ServiceState.FAILED
            self._since_ns = self.platform.clock.now_ns()
        self._state = state
        self._reason = reason
        self.platform.bus.publish(ServiceStateChanged(self.name, state, reason))

    def health(self) -> Health:
        """Return how it is now."""
        return Health(self._state, self._reason, self._restarts, self._since_ns)

    async def initialize(self) -> None:
        """Acquire what is needed. May be called again after a failure."""

    async def run(self) -> None:
        """Do the work until canceled. A service without a body returns at once and stays RUNNING."""

    def can_handle(self, command: Command) -> bool:
        """Whether `process` takes this command."""
        del command
        return False

    async def process(self, command: Command) -> object:
        """Carry out one command; return the answer, None where there is nothing to say.

        An answer is plain data or a `msgspec` struct, so that it can cross to another process.

        Raises:
            OmegaError: It is refused.
        """
        raise NoHandler(f"{self.name} does not take {type(command).__name__}")

    def give_way(self, *, now: bool) -> None:
        """Put off what can wait for some milliseconds, since an order is on its way; or go on.

        Called on the loop of the services; nothing in it waits.
        """
        del now

    async def shutdown(self) -> None:
        """Release everything. Called once, last; never raises."""

    def picture(self) -> Sequence[Event]:
        """Return what a reader that starts now must know, as the events that would have told it."""
        return ()

    def metrics(self) -> dict[str, float]:
        """Return counters (`_total`), times (`_ms`) and gauges."""
        return {}

    def configuration(self) -> dict[str, str]:
        """Return the settings in force, as text; never a secret."""
        return {}
