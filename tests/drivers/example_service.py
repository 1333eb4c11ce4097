"""A service as anybody would add one: one file, and it answers over Redis from a process of its own."""

import asyncio
import sys
from decimal import Decimal

from msgspec import Struct

from omega_tui.bus.redis_bus import BusChoice
from omega_tui.bus.redis_server import parse_address
from omega_tui.domain.commands import Command
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import OmegaError
from omega_tui.runtime.standalone import run_services
from omega_tui.secret import Secret
from omega_tui.services.base import Service


class Convert(Command, frozen=True):
    """How much an amount is in another asset."""

    amount: Decimal
    rate: Decimal


class Converted(Struct, frozen=True):
    """The answer to `Convert`."""

    amount: Decimal


class Converter(Service):
    """Multiplies; uses all that a bus has: requests, cache, shared state and events."""

    name = "converter"

    async def initialize(self) -> None:
        self.asked = 0

    def can_handle(self, command: Command) -> bool:
        return isinstance(command, Convert)

    async def process(self, command: Command) -> Converted:
        assert isinstance(command, Convert)
        if command.rate <= 0:
            raise OmegaError("a rate is above zero")
        self.asked += 1
        known = await self.platform.cache.get(f"converter/{command.amount}/{command.rate}", Converted)
        answer = known or Converted(command.amount * command.rate)
        await self.platform.cache.put(f"converter/{command.amount}/{command.rate}", answer, ttl_s=60)
        await self.platform.state.put("converter", "last", answer)
        told = Alert(self.platform.clock.now_ns(), Severity.INFO, "CONVERTED", f"{answer.amount}")
        self.platform.bus.publish(told)
        return answer

    def metrics(self) -> dict[str, float]:
        return {"asked_total": float(self.asked)}


if __name__ == "__main__":
    url, key = sys.argv[1:]
    address = parse_address(url, source="test", key="url", may_hold_secret=True)
    choice = BusChoice(address, "converter", "omega", key=Secret(key), accepts_commands=True)
    asyncio.run(run_services([Converter], choice))
