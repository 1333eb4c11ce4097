"""`omega-tui stream --bus`: what an engine of another process tells, one line each.

Every kind of event is there, orders and positions too; the raw changes of books are told only while somebody
asks for their kinds. Silence, gaps and a lost server are told on standard
error, so that a program that reads the lines knows what they are worth.
"""

import argparse
import asyncio
import secrets
import sys
from contextlib import suppress

from omega_tui.bus.base import Subscription
from omega_tui.bus.codec import event_types
from omega_tui.bus.redis_bus import RedisBus
from omega_tui.bus.redis_outlet import RAW_EVENTS
from omega_tui.cli.event_lines import print_all
from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.options import configuration
from omega_tui.clock import SystemClock
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import Alert, LinkChanged
from omega_tui.errors import StateError
from omega_tui.runtime.attaching import needed_address
from omega_tui.runtime.bus_access import bus_choice, bus_key
from omega_tui.runtime.host import RegistryHost
from omega_tui.secret import Redactor
from omega_tui.services.base import Platform
from omega_tui.services.bus_link import BusLink
from omega_tui.services.registry import ServiceRegistry


async def follow(arguments: argparse.Namespace) -> int:
    """Print what the engine tells until interrupted, or for a time.

    Raises:
        ConfigError: The address is wrong.
        StateError: There is no such kind of event.
    """
    known = event_types()
    for kind in arguments.kind or ():
        if kind not in known:
            raise StateError(f"there are no {kind} events; there are {', '.join(known)}")
    kinds = tuple(known[kind] for kind in arguments.kind or ())
    loaded = configuration(arguments)
    engine = arguments.engine or loaded.config.bus.process
    choice = bus_choice(
        loaded,
        needed_address(loaded, arguments.bus),
        Redactor(),
        process=f"stream-{secrets.token_hex(3)}",
        key=bus_key(loaded),
        follow=(engine,),
        wants_raw=not RAW_EVENTS.isdisjoint(kinds),
    )
    bus, clock = RedisBus(choice, SystemClock()), SystemClock()
    inbox = bus.subscribe(*kinds)
    health = bus.subscribe(LinkChanged, Alert)
    registry = ServiceRegistry()
    link = BusLink(Platform(bus, clock), bus, RegistryHost(registry, bus))
    registry.register(link)
    await registry.start(link)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(link.run(), name="bus"),
                group.create_task(_say_health(health), name="health"),
            ]
            with suppress(TimeoutError):
                async with asyncio.timeout(arguments.duration_s):
                    await print_all(inbox, arguments.asset, levels=arguments.levels, as_json=arguments.json)
            for task in tasks:
                task.cancel()
    finally:
        await registry.stop(link)
    return DONE


async def _say_health(health: Subscription) -> None:
    """Tell on standard error when the engine is not heard, and when it is again."""
    was_up: bool | None = None
    while True:
        event: Event = await health.next()
        if isinstance(event, LinkChanged) and event.up != was_up:
            was_up = event.up
            state = "is heard" if event.up else f"is not heard: {event.reason}"
            sys.stderr.write(f"omega-tui stream: {event.engine} {state}\n")
        elif isinstance(event, Alert) and event.code == "BUS_GAP":
            sys.stderr.write(f"omega-tui stream: {event.text}\n")
