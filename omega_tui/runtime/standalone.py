"""Services in a process of their own, on the bus of others: what it takes to add one.

Write a service in one file: inherit from `services.base.Service`, say in `can_handle` which commands it
takes, and answer them in `process`. Then:

```python
asyncio.run(run_services([MyService], choice))
```

Every other process on the bus with the shared key can ask it (`BusLink.ask(command, to="my-service")`).
"""

import asyncio
import signal
from collections.abc import Callable, Sequence

from omega_tui.bus.redis_bus import BusChoice, RedisBus
from omega_tui.clock import SystemClock
from omega_tui.runtime.host import RegistryHost
from omega_tui.runtime.supervisor import Supervisor
from omega_tui.services.base import Platform, Service
from omega_tui.services.bus_link import BusLink
from omega_tui.services.registry import ServiceRegistry


async def run_services(makers: Sequence[Callable[[Platform], Service]], choice: BusChoice) -> None:
    """Run services until SIGINT or SIGTERM; one that fails is started again.

    Args:
        makers: Each makes a service, given bus and clock; in start order.
        choice: How this process is on the bus.
    """
    bus = RedisBus(choice, SystemClock())
    platform = Platform(bus, SystemClock(), bus.state, bus.cache)
    registry = ServiceRegistry()
    for make in makers:
        registry.register(make(platform))
    registry.register(BusLink(platform, bus, RegistryHost(registry, bus)))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await Supervisor(registry, platform).run(stop)
