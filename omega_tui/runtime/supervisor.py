"""Keeps services running: starts them in order, restarts what fails, stops them in reverse.

A bug in one service must not take the console down: here any exception is caught, as it is where a command of
the screen is answered (`screen_link`) and where the engine ends.
"""

import asyncio
import logging

from omega_tui.bus.card import finite
from omega_tui.domain.events.status import Alert, MetricsSampled, ServiceState, Severity
from omega_tui.errors import OmegaError, ServiceStateError
from omega_tui.services.base import Platform, Service
from omega_tui.services.registry import ServiceRegistry
from omega_tui.text import safe_text

log = logging.getLogger(__name__)

RESTART_FIRST_S = 1.0
RESTART_MOST_S = 60.0
"""Pause before a failed service is started again: it doubles from the first to the most."""

HEALTHY_AFTER_S = 60.0
"""A service that ran so long before it failed starts again with the first pause."""

METRICS_INTERVAL_S = 1.0


def spoken(error: BaseException) -> str:
    """Return what may be shown of an error: the words of our own, of a bug only its kind.

    The text of a foreign exception may hold anything, secrets too; it goes to the log, which is redacted.
    """
    if isinstance(error, OmegaError):
        return safe_text(str(error) or type(error).__name__, max_cells=300)
    return f"{safe_text(type(error).__name__)}, an error in the program: the log file has it"


class Supervisor:
    """Runs the services of one registry on the running loop.

    Args:
        registry: The services, in start order.
        platform: Bus and clock.
        restart_first_s: The first pause before a restart.
    """

    def __init__(
        self, registry: ServiceRegistry, platform: Platform, *, restart_first_s: float = RESTART_FIRST_S
    ) -> None:
        self._registry = registry
        self._platform = platform
        self._restart_first_s = restart_first_s
        self._settled = {name: asyncio.Event() for name in registry.names}
        self._restart = {name: asyncio.Event() for name in registry.names}
        self._stopped = {name: asyncio.Event() for name in registry.names}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Run every service until `stop` is set, then stop them in reverse order.

        A canceled run stops them too, in the same order, before it ends.
        """
        async with asyncio.TaskGroup() as group:
            sampler = group.create_task(self._sample(), name="metrics")
            self._group = group
            try:
                for service in tuple(self._registry):
                    await self._begin(service, group)
                await stop.wait()
            finally:
                self._group = None
                sampler.cancel()
                for service in tuple(reversed(self._registry)):
                    await self._stop(service, self._tasks.get(service.name))

    async def adopt(self, service: Service) -> None:
        """Take up one more service while the others run, and wait until it is RUNNING or FAILED.

        It is stopped before those that were there first.

        Raises:
            ServiceError: The name is taken.
            ServiceStateError: The services are being stopped.
        """
        if self._group is None:
            raise ServiceStateError("the engine is not running: no service can be added")
        self._registry.register(service)
        for events in (self._settled, self._restart, self._stopped):
            events[service.name] = asyncio.Event()
        await self._begin(service, self._group)

    def restart(self, name: str) -> None:
        """Start a failed service again now instead of after its pause.

        Raises:
            ServiceError: No service has that name.
        """
        service = self._registry.get(name)
        self._restart[service.name].set()

    async def wait_stopped(self, name: str) -> None:
        """Wait until the service called `name` has stopped for good."""
        await self._stopped[self._registry.get(name).name].wait()

    async def _begin(self, service: Service, group: asyncio.TaskGroup) -> None:
        name = service.name
        self._tasks[name] = group.create_task(self._supervise(service), name=f"service {name}")
        await self._settled[name].wait()

    async def _supervise(self, service: Service) -> None:
        pause_s = self._restart_first_s
        clock = self._platform.clock
        while True:
            began_ns = clock.mono_ns()
            try:
                await self._registry.start(service)
                self._settled[service.name].set()
                await service.run()
            except Exception as error:  # noqa: BLE001 - the one place that outlives a bug in a service
                self._failed(service, error)
            else:
                return
            if clock.mono_ns() - began_ns > HEALTHY_AFTER_S * 1e9:
                pause_s = self._restart_first_s
            restart = self._restart[service.name]
            restart.clear()
            try:
                async with asyncio.timeout(pause_s):
                    await restart.wait()
            except TimeoutError:
                pause_s = min(pause_s * 2, RESTART_MOST_S)

    def _failed(self, service: Service, error: Exception) -> None:
        reason = spoken(error)
        if service.state is not ServiceState.FAILED:
            service.enter(ServiceState.FAILED, reason)
        self._settled[service.name].set()
        if isinstance(error, OmegaError):
            log.warning("service %s failed: %s", service.name, reason)
        else:
            log.error("service %s failed", service.name, exc_info=error)
        alert = Alert(
            self._platform.clock.now_ns(), Severity.ALARM, "SERVICE", f"{service.name} failed: {reason}"
        )
        self._platform.bus.publish(alert)

    async def _stop(self, service: Service, task: asyncio.Task[None] | None) -> None:
        """End a service's task, then release what it holds, whatever the task ended with."""
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        try:
            await self._registry.stop(service)
        finally:
            self._stopped[service.name].set()

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(METRICS_INTERVAL_S)
            for service in self._registry:
                values = tuple(sorted(finite(service.metrics()).items()))
                self._platform.bus.publish(MetricsSampled(service.name, values))
