"""Who is here, in which order they start and stop, and who takes which command."""

import asyncio
from collections.abc import Iterator

from omega_tui.domain.commands import Command, is_for_every_venue
from omega_tui.domain.events.status import ServiceState
from omega_tui.errors import NoHandler, OmegaError, ServiceError, ServiceStateError
from omega_tui.services.base import LIVE_STATES, Service


class ServiceRegistry:
    """The services of one engine. Registration order is start order; the reverse is stop order."""

    def __init__(self) -> None:
        self._services: dict[str, Service] = {}

    def register(self, service: Service) -> None:
        """Add `service` at the end.

        Raises:
            ServiceError: The name is taken.
        """
        if service.name in self._services:
            raise ServiceError(f"there is a service named {service.name} already")
        self._services[service.name] = service

    def __iter__(self) -> Iterator[Service]:
        return iter(self._services.values())

    def __reversed__(self) -> Iterator[Service]:
        return reversed(self._services.values())

    def __len__(self) -> int:
        return len(self._services)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, in start order."""
        return tuple(self._services)

    def get(self, name: str) -> Service:
        """Return the service called `name`.

        Raises:
            ServiceError: There is none.
        """
        try:
            return self._services[name]
        except KeyError:
            raise ServiceError(f"no service is named {name}; there are {', '.join(self._services)}") from None

    async def dispatch(self, command: Command) -> object:
        """Give `command` to the first service that takes it, and wait until it is carried out.

        One that is for every venue goes to all that take it, at the same time: what one of them refuses
        keeps it from no other.

        Raises:
            NoHandler: Nobody takes it.
            ServiceStateError: Who takes it is not running.
            OmegaError: It was refused; by several, in one sentence each.
        """
        takers = [service for service in self._services.values() if service.can_handle(command)]
        if not takers:
            raise NoHandler(f"no service takes {type(command).__name__}")
        if not is_for_every_venue(command):
            return await self._give(takers[0], command)
        refusals: list[OmegaError] = []

        async def give(service: Service) -> None:
            try:
                await self._give(service, command)
            except OmegaError as error:
                refusals.append(error)

        async with asyncio.TaskGroup() as group:
            for service in takers:
                group.create_task(give(service), name=f"{type(command).__name__} {service.name}")
        if len(refusals) == 1:
            raise refusals[0]
        if refusals:
            raise ServiceError("; ".join(str(error) for error in refusals))
        return None

    @staticmethod
    async def _give(service: Service, command: Command) -> object:
        if service.state not in LIVE_STATES:
            raise ServiceStateError(f"{service.name} is {service.state}: {service.health().reason or 'wait'}")
        return await service.process(command)

    async def start(self, service: Service) -> None:
        """Bring one service up; a failure leaves it FAILED with the reason and is raised."""
        service.enter(ServiceState.INITIALIZING)
        try:
            await service.initialize()
        except BaseException as error:
            service.enter(ServiceState.FAILED, str(error) or type(error).__name__)
            raise
        service.enter(ServiceState.RUNNING)

    async def stop(self, service: Service) -> None:
        """Take one service down, whatever state it is in."""
        if service.state in {ServiceState.STOPPED, ServiceState.STOPPING}:
            return
        service.enter(ServiceState.STOPPING)
        await service.shutdown()
        service.enter(ServiceState.STOPPED)
