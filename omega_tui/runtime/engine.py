"""The engine: one event loop that feeds, orders and the journal live on, in a thread or a process of its own.

The screen has a loop of its own. Measured on Textual 8.2.8: a terminal that stops reading froze its loop for
3.2 of 4 seconds, and a stuck screen must never delay a heartbeat, a cancel or the journal.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import TypeVar

from omega_tui.bus.base import Subscription
from omega_tui.bus.local import LocalBus
from omega_tui.clock import Clock
from omega_tui.domain.alert_messages import ALERT_EVENTS
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.screen import SCREEN_EVENTS
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import OmegaError, ServiceStateError, SubscriberOverrun, SubscriptionClosed
from omega_tui.runtime.supervisor import Supervisor, spoken
from omega_tui.services.base import Platform, Service
from omega_tui.services.registry import ServiceRegistry

T = TypeVar("T")

log = logging.getLogger(__name__)

JOIN_TIMEOUT_S = 10.0
"""How long leaving waits for the services to stop. Longer than any of their own deadlines."""

UNREAD_LIMIT = 50_000
"""How many lossless events may wait for the screen; beyond, it starts afresh from the services' pictures."""

Compose = Callable[[Platform, AsyncExitStack], Awaitable[Sequence[Service]]]
"""Builds the services on the engine's loop; what they stand on is entered into the stack and left last."""


class Engine:
    """Owns the thread, the loop and every service on it.

    Args:
        compose: Builds the services, in start order.
        clock: What time it is.
        platform: What its services are given; of this process alone by default.

    Attributes:
        names: Of its services, in start order; empty until they are composed.
        failure: What ended it; None while nothing did.
        asked: How many commands were given to it.
    """

    def __init__(self, compose: Compose, clock: Clock, platform: Platform | None = None) -> None:
        self.names: tuple[str, ...] = ()
        self.platform = platform or Platform(LocalBus(), clock)
        self.registry = ServiceRegistry()
        self.failure: BaseException | None = None
        self.asked = 0
        self._compose = compose
        self._stopped: dict[str, Future[None]] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._supervisor: Supervisor | None = None

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> bool:
        """Stop the services in reverse order and end the thread. Return whether it ended in time."""
        if self._thread.ident is None:
            return True
        self._ready.wait(JOIN_TIMEOUT_S)
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(stop.set)
            except RuntimeError:
                log.debug("the engine's loop ended by itself")
        self._thread.join(JOIN_TIMEOUT_S)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Ask the services to stop, without waiting; for code on the engine's loop."""
        if self._stop is not None:
            self._stop.set()

    def dispatch(self, command: Command) -> Future[object]:
        """Hand a command to the registry on the engine's loop."""
        return self.call(self.registry.dispatch(command))

    async def ask(self, command: Command) -> object:
        """Hand a command to the registry; for code on the engine's loop.

        Raises:
            ServiceStateError: The engine is still starting, or has ended.
            OmegaError: It was refused.
        """
        self.asked += 1
        refused = self._why_not()
        if refused:
            raise ServiceStateError(refused)
        return await self.registry.dispatch(command)

    def serve(self, name: str) -> Future[None]:
        """Return a future that ends when the service has stopped, or fails with what ended the engine."""
        future = self._stopped.get(name)
        if future is None:
            future = Future()
            future.set_exception(self.failure or ServiceStateError(f"no service is named {name}"))
        return future

    def restart(self, name: str) -> Future[object]:
        """Start a failed service again now."""

        async def restart() -> object:
            self.restart_soon(name)
            return None

        return self.call(restart())

    def restart_soon(self, name: str) -> None:
        """Start a failed service again; for code on the engine's loop.

        Raises:
            ServiceError: There is none of the name, or it has not failed.
            ServiceStateError: The engine is still starting.
        """
        if self._supervisor is None:
            raise ServiceStateError("the engine is still starting")
        self._supervisor.restart(name)

    async def adopt(self, services: Sequence[Service]) -> None:
        """Take up more services, in start order; for code on the engine's loop.

        Raises:
            ServiceError: A name is taken.
            ServiceStateError: The engine is being stopped.
        """
        if self._supervisor is None:
            raise ServiceStateError("the engine is still starting")
        for service in services:
            self._announce(service.name)
            await self._supervisor.adopt(service)

    def publish_picture(self) -> None:
        """Let every service publish what a reader that starts now must know."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._publish_picture)

    def _publish_picture(self) -> None:
        for service in self.registry:
            for event in service.picture():
                self.platform.bus.publish(event)

    def call(self, coroutine: Coroutine[None, None, T]) -> Future[T]:
        """Run a coroutine on the engine's loop; refused while the engine starts, and once it has ended."""
        loop, reason = self._loop, self._why_not()
        if loop is None or reason:
            coroutine.close()
            refused: Future[T] = Future()
            refused.set_exception(ServiceStateError(reason))
            return refused
        return asyncio.run_coroutine_threadsafe(coroutine, loop)

    def _why_not(self) -> str:
        """Return why no call is taken; empty where calls are."""
        if self.failure is not None:
            return f"the engine has ended: {spoken(self.failure)}"
        loop = self._loop
        is_up = loop is not None and self._supervisor is not None and not loop.is_closed()
        return "" if is_up else "the engine is still starting"

    def _main(self) -> None:
        asyncio.run(self.run())

    async def run(self) -> None:
        """Run until the services are asked to stop, on the loop of the caller. What ends it is `failure`."""
        try:
            await self._run()
        except BaseException as error:  # noqa: BLE001 - the thread ends here; the screen must hear why
            self._report(error)
        finally:
            self._ready.set()
            for future in tuple(self._stopped.values()):
                if not future.done():
                    future.set_exception(self.failure or ServiceStateError("the engine has ended"))

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        async with AsyncExitStack() as stack:
            for service in await self._compose(self.platform, stack):
                self.registry.register(service)
                self._announce(service.name)
            self._supervisor = Supervisor(self.registry, self.platform)
            try:
                await self._supervisor.run(self._stop)
            finally:
                for future in tuple(self._stopped.values()):
                    future.set_result(None)

    def _announce(self, name: str) -> None:
        if name not in self._stopped:
            self._stopped[name] = Future()
            self.names = (*self.names, name)

    def _report(self, error: BaseException) -> None:
        self.failure = error
        if isinstance(error, OmegaError):
            log.error("the engine ended: %s", error)
        else:
            log.error("the engine ended", exc_info=error)
        text = f"The engine ended: {spoken(error)}. Restart the console."
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), Severity.ALARM, "ENGINE", text))


class LocalBackend:
    """The engine of this process, as the screen knows it. See `ui.backend.Backend`."""

    def __init__(self, engine: Engine, *, venue: str, is_live: bool, is_replay: bool = False) -> None:
        self.clock = engine.platform.clock
        self.venue = venue
        self.is_live = is_live
        self.is_replay = is_replay
        self._engine = engine
        self._inbox = self._subscribe()

    def _subscribe(self) -> Subscription:
        return self._engine.platform.bus.subscribe(*SCREEN_EVENTS, *ALERT_EVENTS, limit=UNREAD_LIMIT)

    @property
    def service_names(self) -> Sequence[str]:
        return self._engine.names

    def start(self) -> None:
        self._engine.start()

    def drain(self) -> Sequence[Event]:
        try:
            return self._inbox.drain()
        except (SubscriberOverrun, SubscriptionClosed):
            self._inbox = self._subscribe()
            self._engine.publish_picture()
            text = "The screen fell behind and starts afresh: what scrolled by in between is in the log file."
            return (Alert(self.clock.now_ns(), Severity.WARNING, "SCREEN", text),)

    def look_at(self, instruments: Collection[str]) -> None:
        del instruments  # Every book is told at every frame.

    def dispatch(self, command: Command) -> Future[object]:
        return self._engine.dispatch(command)

    def serve(self, name: str) -> Future[None]:
        return self._engine.serve(name)

    def restart(self, name: str) -> Future[object]:
        return self._engine.restart(name)
