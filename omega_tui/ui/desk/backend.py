"""All that the screen sees of the engine.

The engine runs in a process of its own, or in a thread; a stuck terminal must never delay it. The two meet
here and nowhere else. Implementations: in `runtime`, and a fake for tests and screenshots.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from typing import Protocol

from omega_tui.clock import Clock
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event


class Backend(Protocol):
    """The engine, as the screen knows it. Every method may be called from the screen's thread.

    Attributes:
        clock: The engine's clock; in a replay it is the recording's.
        venue: Name of the venue that new orders go to.
        is_live: Whether real money is behind it.
        is_replay: Whether the events come from a recording, so that nothing can be traded.
    """

    clock: Clock
    venue: str
    is_live: bool
    is_replay: bool

    def start(self) -> None:
        """Start the engine, once; the screen calls it after its first paint."""
        ...

    def drain(self) -> Sequence[Event]:
        """Take every event that waits, oldest first; never waits."""
        ...

    def look_at(self, instruments: Collection[str]) -> None:
        """Say whose books are on ladders, by id. Those of others may be told later than they change."""
        ...

    def dispatch(self, command: Command) -> Future[object]:
        """Hand a command to the engine. The future ends with the answer when it is done, or the refusal."""
        ...

    def serve(self, name: str) -> Future[None]:
        """Return a future that ends when the service called `name` has stopped; it raises if that failed."""
        ...

    def restart(self, name: str) -> Future[object]:
        """Start a FAILED service again now."""
        ...

    @property
    def service_names(self) -> Sequence[str]:
        """Names of the services, in start order."""
        ...
