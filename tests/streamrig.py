"""A streaming service on real loopback sockets against the embedded exchange, and ways to wait for facts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace

from omega_tui.bus.local import LocalBus, LocalSubscription
from omega_tui.clock import Clock, ManualClock, SystemClock
from omega_tui.config.feeds import IntegrityConfig, StreamingConfig
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.integrity import IntegrityState
from omega_tui.services.base import Platform
from omega_tui.services.registry import ServiceRegistry
from omega_tui.services.streaming import Endpoints, StreamerConfig, StreamingService
from omega_tui.sim.polymarket import STILL_START_NS, EmbeddedExchange

PATIENCE_S = 45

FAST = replace(
    StreamingConfig(), backoff_initial_s=0.05, backoff_max_s=0.2, first_book_timeout_s=0.4, open_timeout_s=2.0
)


def endpoints_of(venue: EmbeddedExchange, port: int | None = None) -> Endpoints:
    """Where the exchange listens; the sockets through a proxy on `port`, REST always directly."""
    market, user = venue.ws_market_url, venue.ws_user_url
    if port is not None:
        market, user = f"ws://127.0.0.1:{port}/ws/market", f"ws://127.0.0.1:{port}/ws/user"
    return Endpoints(venue.rest_url, market, user)


def tokens_of(venue: EmbeddedExchange, markets: int | None = None) -> list[str]:
    """The first token of each market."""
    return [market.tokens[0][0] for market in venue.markets[:markets]]


def complement_of(venue: EmbeddedExchange, token: str) -> str:
    for market in venue.markets:
        ids = [each for each, _ in market.tokens]
        if token in ids:
            return ids[1 - ids.index(token)]
    raise AssertionError(token)


class Watch:
    """Everything that the bus says from now on, and a way to wait for something in it or elsewhere."""

    def __init__(self, service: StreamingService) -> None:
        self.seen: list[Event] = []
        self._inbox: LocalSubscription = service.platform.bus.subscribe(limit=200_000)

    def take(self) -> list[Event]:
        self.seen += self._inbox.drain()
        return self.seen

    def of(self, event_type: type[Event]) -> list[Event]:
        return [event for event in self.take() if isinstance(event, event_type)]

    def codes(self) -> list[str]:
        """Codes of the alerts so far."""
        return [event.code for event in self.take() if event.kind == "alert"]

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait until `fact` holds; it is looked at after every event, and at least 50 times a second."""
        async with asyncio.timeout(PATIENCE_S):
            while not fact():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        self.seen.append(await self._inbox.next())
                self.take()


def states(service: StreamingService) -> set[IntegrityState]:
    return {view.integrity.state for view in service.get_all_order_books().values()}


def all_verified(service: StreamingService, count: int | None = None) -> bool:
    books = service.get_all_order_books()
    if count is not None and len(books) != count:
        return False
    return bool(books) and states(service) == {IntegrityState.VERIFIED}


def settled(service: StreamingService, count: int) -> bool:
    """Whether so many books are verified and the service says that all is well.

    It is asked to judge now: it does so once a heartbeat, and a clock that stands still brings none.
    """
    if not all_verified(service, count):
        return False
    service._judge(service._feeds)
    return service.state is ServiceState.RUNNING


@contextlib.asynccontextmanager
async def streaming(  # noqa: PLR0913 - what differs between tests
    venue: EmbeddedExchange,
    assets: Iterable[str],
    *,
    clock: Clock | None = None,
    port: int | None = None,
    streaming_config: StreamingConfig = FAST,
    integrity: IntegrityConfig | None = None,
    **config: object,
) -> AsyncIterator[tuple[StreamingService, Watch]]:
    """Run a service as the runtime does, on a platform with this clock, to its clean end."""
    settings = {"venue": "sim", "seed": 1, "endpoints": endpoints_of(venue, port)} | config
    service = StreamingService(
        StreamerConfig(
            market_assets=tuple(assets),
            streaming=streaming_config,
            integrity=integrity or IntegrityConfig(),
            **settings,
        ),
        Platform(LocalBus(), clock or SystemClock()),
    )
    watch = Watch(service)
    registry = ServiceRegistry()
    registry.register(service)
    async with asyncio.TaskGroup() as group:
        await registry.start(service)
        task = group.create_task(service.run())
        try:
            yield service, watch
        finally:
            task.cancel()
            await asyncio.wait({task})
            await registry.stop(service)


def still_clock() -> ManualClock:
    """A clock that stands where a still exchange begins."""
    return ManualClock(STILL_START_NS)
