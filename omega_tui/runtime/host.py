"""What a link to other processes needs of this one: its registry, seen from the bus."""

from collections.abc import Sequence

from omega_tui.bus.base import EventBus
from omega_tui.bus.card import ServiceStatus, finite
from omega_tui.domain.commands import Command
from omega_tui.services.registry import ServiceRegistry


class RegistryHost:
    """See `services.bus_link.Host`. Belongs to the loop of the services."""

    def __init__(self, registry: ServiceRegistry, bus: EventBus) -> None:
        self._registry = registry
        self._bus = bus

    async def dispatch(self, command: Command) -> object:
        return await self._registry.dispatch(command)

    def publish_picture(self) -> None:
        for service in self._registry:
            for event in service.picture():
                self._bus.publish(event)

    def statuses(self) -> Sequence[ServiceStatus]:
        found = []
        for service in self._registry:
            health = service.health()
            status = ServiceStatus(
                service.name,
                health.state,
                health.reason,
                health.restarts,
                health.since_ns,
                finite(service.metrics()),
            )
            found.append(status)
        return found
