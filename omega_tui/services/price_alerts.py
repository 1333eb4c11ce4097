"""Keeps the prices that are waited for, and tells when one is reached. It sends nothing to any venue.

While nothing is waited for it reads nothing from the bus. A market that nobody watches reaches no price:
whoever shows the alerts has it watched.
"""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Final

from omega_tui.domain.alert_messages import ALERTING, AlertReached, AlertsChanged, DropAlerts, SetAlert
from omega_tui.domain.alerts import MAX_ALERTS, MAX_NOTE, AlertBook, PriceAlert
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, TradePrinted
from omega_tui.domain.events.status import Alert, ServiceState, Severity
from omega_tui.errors import AlertsError, SubscriberOverrun
from omega_tui.services.alert_file import read_alerts, write_alerts
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.text import safe_text

LOOK_S: Final = 0.05
"""Prints and books are looked at in one go so often: a bell is not heard sooner."""


class PriceAlerts(Service):
    """Single writer of the alerts; they are on disk before a command about them is answered.

    One that is reached in a crash may be told again afterwards: twice is better than never.
    """

    name = "alerts"

    def __init__(self, platform: Platform, path: Path | None) -> None:
        """Keep them in `path`; None keeps them for this session only."""
        super().__init__(platform)
        self._path = path
        self._book = AlertBook()
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()
        self._reached_total = 0

    async def initialize(self) -> None:
        """Read what was set before. A file that cannot be read is told of, and is no reason not to start."""
        if self._path is not None:
            try:
                self._book = AlertBook(await asyncio.to_thread(read_alerts, self._path))
            except AlertsError as error:
                self._tell(f"The price alerts of before are not there: {error}.")
        self._publish()

    async def run(self) -> None:
        """Wait for the prices, as long as there are any."""
        while True:
            await self._some.wait()
            inbox = self.platform.bus.subscribe(BookUpdated, TradePrinted)
            try:
                while len(self._book):
                    await self._look((await inbox.next(), *inbox.drain()))
                    await asyncio.sleep(LOOK_S)
            except SubscriberOverrun:
                self._tell("Prints came faster than the price alerts could read; they go on with the next.")
            finally:
                inbox.close()

    async def _look(self, events: tuple[Event, ...]) -> None:
        reached = 0
        now_ns = self.platform.clock.now_ns()
        for event in events:
            found: list[tuple[PriceAlert, Decimal]] = []
            match event:
                case TradePrinted(trade=trade):
                    found = self._book.take_print(trade)
                case BookUpdated(book=book, integrity=integrity):
                    found = self._book.take_book(book, integrity.state)
            for alert, price in found:
                self.platform.bus.publish(AlertReached(alert, price, now_ns))
            reached += len(found)
        if reached:
            self._reached_total += reached
            self._publish()
            try:
                await self._write()
            except AlertsError as error:
                self._degrade(str(error))

    def can_handle(self, command: Command) -> bool:
        return isinstance(command, ALERTING)

    async def process(self, command: Command) -> object:
        """Set or drop alerts; the answer to `DropAlerts` is how many there were.

        Raises:
            AlertsError: The price or the note is none, there are too many, or they cannot be kept.
        """
        answer: object = None
        match command:
            case SetAlert():
                self._set(command)
            case DropAlerts(instrument=instrument, price=price):
                answer = self._book.drop(instrument, price)
            case _:
                await super().process(command)
        self._publish()
        await self._write()
        return answer

    def picture(self) -> tuple[Event, ...]:
        return (AlertsChanged(tuple(self._book)),)

    def metrics(self) -> dict[str, float]:
        return {"waiting": len(self._book), "reached_total": self._reached_total}

    def _set(self, command: SetAlert) -> None:
        if not command.price.is_finite() or command.price <= 0:
            raise AlertsError(f"{command.price} is no price: it must be above zero")
        if not command.instrument:
            raise AlertsError("an alert belongs to a market: none was named")
        if len(command.note) > MAX_NOTE:
            raise AlertsError(f"a note has at most {MAX_NOTE} characters, not {len(command.note)}")
        alert = PriceAlert(
            command.instrument,
            command.venue,
            command.price,
            command.cross,
            safe_text(command.note) if command.note else "",
            self.platform.clock.now_ns(),
        )
        if self._book.is_full and not self._book.holds(alert):
            raise AlertsError(f"{MAX_ALERTS} prices are waited for already: drop one first")
        self._book.put(alert)

    def _publish(self) -> None:
        if len(self._book):
            self._some.set()
        else:
            self._some.clear()
        for event in self.picture():
            self.platform.bus.publish(event)

    async def _write(self) -> None:
        """Write all of them; whoever comes meanwhile waits, and what is written last is the newest."""
        if self._path is None:
            return
        async with self._writing:
            await asyncio.to_thread(write_alerts, self._path, tuple(self._book))
        if self.state is ServiceState.DEGRADED:
            self.enter(ServiceState.RUNNING)

    def _degrade(self, reason: str) -> None:
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED, reason)

    def _tell(self, text: str) -> None:
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), Severity.WARNING, "PRICE_ALERTS", text))
