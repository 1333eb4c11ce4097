"""A screen on an engine that runs in another process: what it tells is shown, what is asked goes to it.

The same thread and loop as with an engine of one's own, but the only service in it is the link.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack

from omega_tui.bus.card import Card
from omega_tui.bus.redis_bus import RedisBus
from omega_tui.clock import Clock, SystemClock
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event
from omega_tui.domain.lesson_commands import DRILLING
from omega_tui.errors import ServiceStateError
from omega_tui.runtime.engine import Engine, LocalBackend
from omega_tui.runtime.host import RegistryHost
from omega_tui.services.base import Platform, Service
from omega_tui.services.bus_link import BusLink

GOOD_FOR_S = 5.0
"""How long a command from a screen may be carried out; an order that is later is not what was seen."""


class AttachedBackend:
    """The engine of another process, as the screen knows it. See `ui.backend.Backend`.

    Args:
        bus: Follows the engine, the one process that it follows.
        card: What the engine says of itself.

    Attributes:
        engine: Runs the link; the caller stops it when the screen is gone.
    """

    def __init__(self, bus: RedisBus, card: Card) -> None:
        (self._process,) = bus.choice.follow
        self._may_ask = bus.choice.key is not None and card.accepts_commands
        no_key = "this screen has no shared key (bus.key_file)"
        self._why_not = no_key if card.accepts_commands else "it takes no commands"
        self._link: BusLink | None = None
        self._bus = bus
        clock = SystemClock()
        self.engine = Engine(self._compose, clock, Platform(bus, clock, bus.state, bus.cache))
        self._local = LocalBackend(self.engine, venue=card.venue, is_live=card.is_live)
        self.venue = card.venue
        self.is_live = card.is_live
        self.is_replay = False
        self.clock: Clock = SystemClock()

    async def _compose(self, platform: Platform, _stack: AsyncExitStack) -> Sequence[Service]:
        link = BusLink(platform, self._bus, RegistryHost(self.engine.registry, self._bus))
        self.clock = link.followers[self._process].followed
        self._link = link
        return [link]

    @property
    def service_names(self) -> Sequence[str]:
        return self._local.service_names

    def start(self) -> None:
        self._local.start()

    def drain(self) -> Sequence[Event]:
        return self._local.drain()

    def look_at(self, instruments: Collection[str]) -> None:
        self._local.look_at(instruments)

    def dispatch(self, command: Command) -> Future[object]:
        link = self._link
        if isinstance(command, DRILLING):
            return _refused("a drill needs an engine here, for its clock: start omega-tui without --attach")
        if not self._may_ask:
            return _refused(f"{self._process} only lets us look: {self._why_not}")
        if link is None:
            return _refused("the link is still starting")
        return self.engine.call(link.ask(command, to=self._process, good_for_s=GOOD_FOR_S))

    def serve(self, name: str) -> Future[None]:
        # The services of the engine end there, which its events tell; nobody here knows more.
        return self._local.serve(name) if name in self.engine.names else Future()

    def restart(self, name: str) -> Future[object]:
        if name in self.engine.names:
            return self._local.restart(name)
        return _refused(f"{name} runs in {self._process}: restart it there")


def _refused(why: str) -> Future[object]:
    future: Future[object] = Future()
    future.set_exception(ServiceStateError(why))
    return future
