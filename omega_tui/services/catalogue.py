"""What can be traded at the venue: fetched at start, kept fresh, and told to whoever searches."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from omega_tui.bus.base import Subscription
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import InstrumentUpdated, MarketListed, MarketResolved
from omega_tui.domain.events.status import Alert, ServiceState, Severity
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import SubscriberOverrun, VenueError
from omega_tui.services.base import Platform, Service
from omega_tui.venues.market_data import MarketData

log = logging.getLogger(__name__)

REFRESH_S = 600.0
"""How often the list is fetched again; the venue's own announcements come in between."""

SETTLE_S = 3.0
"""A venue may announce five markets a second: so long they are gathered before the list is fetched."""

RETRY_FIRST_S = 0.5
RETRY_MOST_S = 30.0

WatchFirst = Callable[[Sequence[Instrument]], Awaitable[None]]
"""Called once, with the first list."""


class Catalogue(Service):
    """Publishes every instrument of one venue.

    DEGRADED while the venue does not answer; what was known before stays known.

    Args:
        platform: Bus and clock.
        data: The venue's public side; this service opens and closes it.
        watch_first: Told the first list, so that the first ladder has a book without a key pressed.
    """

    name = "catalogue"

    def __init__(self, platform: Platform, data: MarketData, watch_first: WatchFirst) -> None:
        super().__init__(platform)
        self._data = data
        self._watch_first: WatchFirst | None = watch_first
        self._instruments: dict[str, Instrument] = {}
        self._fetches = 0
        self._news: Subscription | None = None

    @property
    def instruments(self) -> dict[str, Instrument]:
        """Everything known, by id, in the venue's order."""
        return dict(self._instruments)

    def metrics(self) -> dict[str, float]:
        return {"instruments": float(len(self._instruments)), "fetches_total": float(self._fetches)}

    def picture(self) -> list[Event]:
        return [InstrumentUpdated(instrument) for instrument in self._instruments.values()]

    async def initialize(self) -> None:
        await self._data.open()
        if self._news is not None:
            self._news.close()
        self._news = self.platform.bus.subscribe(MarketListed, MarketResolved)

    async def run(self) -> None:
        pause_s = RETRY_FIRST_S
        while True:
            try:
                await self._fetch()
            except VenueError as error:
                if self.state is ServiceState.RUNNING:
                    text = f"The list of markets did not come: {error}. It is asked for again until it does."
                    self._tell(Severity.WARNING, text)
                self.enter(ServiceState.DEGRADED, f"the list of markets did not come: {error}")
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, RETRY_MOST_S)
                continue
            self.enter(ServiceState.RUNNING)
            pause_s = RETRY_FIRST_S
            await self._wait_for_news()

    async def shutdown(self) -> None:
        if self._news is not None:
            self._news.close()
        await self._data.close()

    async def _fetch(self) -> None:
        instruments = await self._data.fetch_instruments()
        self._fetches += 1
        listed = {instrument.id for instrument in instruments}
        ended = [replace(one, active=False) for one in self._instruments.values() if one.id not in listed]
        for instrument in (*instruments, *ended):
            if self._instruments.get(instrument.id) != instrument:
                self._instruments[instrument.id] = instrument
                self.platform.bus.publish(InstrumentUpdated(instrument))
        if self._watch_first is not None and instruments:
            await self._watch_first(instruments)
            self._watch_first = None
        log.info("the venue lists %d instruments", len(instruments))

    async def _wait_for_news(self) -> None:
        """Wait for the next refresh, or for the venue to announce or end a market."""
        assert self._news is not None, "initialize came first"
        try:
            async with asyncio.timeout(REFRESH_S):
                await self._news.next()
            await asyncio.sleep(SETTLE_S)
            self._news.drain()
        except TimeoutError:
            return
        except SubscriberOverrun:
            text = "Markets were announced faster than they could be listed; the list is fetched afresh."
            self._tell(Severity.INFO, text)
            self._news = self.platform.bus.subscribe(MarketListed, MarketResolved)

    def _tell(self, severity: Severity, text: str) -> None:
        self.platform.bus.publish(Alert(self.platform.clock.now_ns(), severity, "CATALOGUE", text))
