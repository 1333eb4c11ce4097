"""Orders come before market data: while one is on its way to the wire, everything else on the loop waits."""

import asyncio
from collections.abc import Iterable
from typing import Final

from omega_tui.domain.commands import (
    AmendOrder,
    AmendProgram,
    CancelOrder,
    CancelOrders,
    CancelProgram,
    Command,
    Kill,
    PlaceOrder,
    StartProgram,
)
from omega_tui.services.base import Service

URGENT: Final = (
    PlaceOrder,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    StartProgram,
    AmendProgram,
    CancelProgram,
    Kill,
)
"""What ends in a request to a venue."""

MOST_S: Final = 0.015
"""How long services give way at most: an order is sent within 3 to 5 ms, its answer takes up to seconds."""


class OrdersFirst:
    """Lets the services of one loop give way while urgent commands are carried out.

    Between two steps of an order (check, sign, journal, send) the loop would otherwise read a piece of the
    feed, of one or two milliseconds each time (`benchmarks/key_to_wire.py`).
    """

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = services
        self._under_way = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_free = asyncio.Event()
        self._is_free.set()

    def begin(self, command: Command) -> bool:
        """Have everything give way to an urgent command. Return whether it is one: `end` must follow."""
        if not isinstance(command, URGENT):
            return False
        self._under_way += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MOST_S, self._go_on)
            self._is_free.clear()
            for service in self._services:
                service.give_way(now=True)
        return True

    def end(self) -> None:
        """Note that an urgent command has been answered."""
        self._under_way -= 1
        if not self._under_way:
            self._go_on()

    async def free(self) -> None:
        """Wait until nothing has to give way."""
        await self._is_free.wait()

    def _go_on(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._is_free.set()
            for service in self._services:
                service.give_way(now=False)
