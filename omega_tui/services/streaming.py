"""Live market and account data of one venue: typed events, checked books, and a word on how good they are.

Inside the console the runtime runs it. Anywhere else it runs itself:

```python
streamer = StreamingService(config=StreamerConfig(market_assets=["7132…"]))
await streamer.initialize()
async for event in streamer.events(kinds=["trade"]):
    print(event, streamer.get_order_book("7132…").best_bid)
await streamer.shutdown()
```
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from random import Random
from typing import Final

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import Command, ResyncBook, UnwatchInstrument, WatchInstrument
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, MarketResolved, TickSizeChanged
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.integrity import ConnectionState
from omega_tui.errors import AuthenticationError, NoHandler, StateError, WebSocketError
from omega_tui.services.alerts import Alerts
from omega_tui.services.background import Background
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.book_view import BookView
from omega_tui.services.event_reader import ACCOUNT_EVENTS, EventReader, types_of
from omega_tui.services.event_readers import EventReaders
from omega_tui.services.feeds import Feeds, make_feeds
from omega_tui.services.saved_books import SavedBooks
from omega_tui.services.streamer_config import Endpoints, StreamerConfig, UserAuth, settle
from omega_tui.units import NS_PER_S

__all__ = ["Endpoints", "StreamerConfig", "StreamingService", "UserAuth"]

HEARTBEAT_NS: Final = NS_PER_S
"""How often the health of the feeds is published though nothing changed."""
LOOK_NS: Final = NS_PER_S // 10
"""How often a service that is DEGRADED looks whether all is well again."""

ROUNDS: Final = 16
"""How often a few books are published per frame at most; what has changed meanwhile is for the next one."""

_ENDED: Final = frozenset({ServiceState.STOPPING, ServiceState.STOPPED})


class StreamingService(Service):
    """Streams one venue.

    Without a platform it makes its own bus and clock; `initialize` starts the body and `shutdown` ends it.
    With one, `run` is the body and the runtime owns it. All methods belong to one event loop.
    """

    name = "streaming"

    def __init__(self, config: StreamerConfig, platform: Platform | None = None) -> None:
        super().__init__(platform or Platform(LocalBus(), SystemClock()))
        self._config = config
        self._background = Background() if platform is None else None
        self._rng = Random(config.seed)  # noqa: S311 - jitter, not secrets
        self._alerts = Alerts(self.platform.bus, self.platform.clock)
        self._readers = EventReaders(self.platform.bus)
        self._saved = SavedBooks(config.store_path, venue=config.venue, clock=self.platform.clock)
        self._watched: tuple[str, ...] = tuple(config.market_assets)
        self._feeds: Feeds | None = None
        self._beat_due_ns = 0
        self._look_due_ns = 0
        self._gives_way = False
        self._states: tuple[ConnectionState, ...] = ()

    # ------------------------------------------------------------------------ life cycle

    async def initialize(self) -> None:
        """Make ready; without a platform, also start. May be called again after a failure.

        Books are not there yet when this returns: watch the events, or `get_order_book(…).integrity`.

        Raises:
            ConfigError: The configuration is wrong.
            AuthenticationError: The account is asked for without credentials.
            StateError: An asset is no token id, or the service runs already.
        """
        if self._background is None:
            await self._prepare()
            return
        if self.state not in {ServiceState.CREATED, ServiceState.FAILED}:
            raise StateError(f"the streaming service is {self.state} and cannot be initialized")
        self.enter(ServiceState.INITIALIZING)
        try:
            await self._prepare()
        except BaseException as error:
            await self._release()
            self.enter(ServiceState.FAILED, str(error) or type(error).__name__)
            raise
        self.enter(ServiceState.RUNNING)
        await self._background.start(self.run(), self.name)

    async def run(self) -> None:
        """Serve the feeds until canceled."""
        feeds = self._initialized()
        self._judge(feeds)
        async with asyncio.TaskGroup() as group:
            group.create_task(feeds.run(), name="feeds")
            group.create_task(self._saved.save_regularly(feeds.market.pictures), name="saved books")
            group.create_task(self._frames(feeds), name="frames")

    async def shutdown(self) -> None:
        """End everything, save the books, close every reader."""
        if self._background is not None:
            if self.state in _ENDED:
                return
            self.enter(ServiceState.STOPPING)
            await self._background.stop()
        if self._feeds is not None:
            await self._saved.save(self._feeds.market.pictures())
        await self._release()
        self._readers.close()
        if self._background is not None:
            self.enter(ServiceState.STOPPED)

    # ------------------------------------------------------------------------ events

    def events(
        self,
        *,
        kinds: Collection[str | type[Event]] | str | None = None,
        assets: Collection[str] | str | None = None,
        buffer_size: int | None = None,
    ) -> EventReader:
        """Return a new consumer of raw events, from this moment on; iterate over it with `async for`.

        Any number of them may be open. Each has its own buffer: one that falls behind is closed alone, with
        `SubscriberOverrun`. It ends with `shutdown`. A consumer of account events, and every one while no
        market is subscribed, gets the `AuthenticationError` when the venue does not take the credentials.

        Args:
            kinds: Words as `trade`, or event classes; None for all.
            assets: Instrument ids; None for all.
            buffer_size: Events that may wait unread; None for the configured number.

        Raises:
            StateError: There is no such kind.
        """
        types = types_of((kinds,) if isinstance(kinds, str) else kinds)
        only = (assets,) if isinstance(assets, str) else assets
        if buffer_size is None:
            settings = self._feeds.settings if self._feeds is not None else settle(self._config)
            buffer_size = settings.event_buffer_size
        reader = EventReader(
            types,
            None if only is None else frozenset(only),
            limit=buffer_size,
            wants_account=kinds is not None and not types.isdisjoint(ACCOUNT_EVENTS),
        )
        self._readers.add(reader)
        feeds = self._feeds
        if self.state in _ENDED:
            reader.close()
        elif feeds is not None:
            if feeds.account is not None and feeds.account.failure is not None:
                self._refused(feeds.account.failure)
            feeds.market.set_publish_raw(wanted=self._readers.want_costly())
        return reader

    # ------------------------------------------------------------------------ books

    def get_order_book(self, instrument: str) -> BookView:
        """Return a live view of a book.

        Raises:
            StateError: It is not subscribed, or the service is not initialized.
        """
        market = self._initialized().market
        market.book(instrument)
        return BookView(instrument, market.book, market.integrity)

    def get_all_order_books(self) -> dict[str, BookView]:
        """Return a live view of every book that is kept, by instrument.

        Raises:
            StateError: The service is not initialized.
        """
        market = self._initialized().market
        return {token: BookView(token, market.book, market.integrity) for token in sorted(market.tokens)}

    # ------------------------------------------------------------------------ subscriptions

    def subscribe(
        self, market_assets: Iterable[str] | str = (), *, user_markets: Iterable[str] | str = ()
    ) -> None:
        """Stream more: tokens on the market feed, condition ids on the account's.

        Raises:
            StateError: The service is not initialized, has no account feed, or an id is none.
        """
        feeds, assets, markets = self._initialized(), _several(market_assets), _several(user_markets)
        if assets:
            feeds.care.watch(assets)
            self._watched = tuple(feeds.care.watched)
        if markets:
            feeds.hear_of(markets)

    def unsubscribe(
        self, market_assets: Iterable[str] | str = (), *, user_markets: Iterable[str] | str = ()
    ) -> None:
        """Stream less; the other outcome of a market goes with the one that was asked for.

        Raises:
            StateError: The service is not initialized, or one of them was not subscribed.
        """
        feeds, assets, markets = self._initialized(), _several(market_assets), _several(user_markets)
        if assets:
            feeds.care.unwatch(assets)
            self._watched = tuple(feeds.care.watched)
        if markets:
            feeds.hear_no_more_of(markets)

    # ------------------------------------------------------------------------ commands and state

    def can_handle(self, command: Command) -> bool:
        if not isinstance(command, WatchInstrument | UnwatchInstrument | ResyncBook):
            return False
        return command.venue in {"", self._config.venue}

    async def process(self, command: Command) -> None:
        match command:
            case WatchInstrument(instrument=instrument):
                self.subscribe(instrument)
            case UnwatchInstrument(instrument=instrument):
                self.unsubscribe(instrument)
            case ResyncBook(instrument=instrument, reason=reason):
                feeds = self._initialized()
                feeds.care.resync(instrument, reason)
                feeds.hurry()
            case _:
                raise NoHandler(f"{self.name} does not take {type(command).__name__}")

    @property
    def failure(self) -> AuthenticationError | WebSocketError | None:
        """What keeps a feed from coming back by itself: refused credentials or a refused connection."""
        feeds = self._feeds
        if feeds is None:
            return None
        if feeds.account is not None and feeds.account.failure is not None:
            return feeds.account.failure
        if feeds.market.refused:
            return WebSocketError(f"{self._config.venue} refuses the market feed: {feeds.market.refused}")
        return None

    def picture(self) -> Sequence[Event]:
        return () if self._feeds is None else self._feeds.picture()

    def metrics(self) -> dict[str, float]:
        values = {"readers": float(len(self._readers)), "overruns_total": float(self._readers.overruns)}
        return values if self._feeds is None else values | self._feeds.metrics()

    def configuration(self) -> dict[str, str]:
        if self._feeds is None:
            return {"venue": self._config.venue}
        settings = self._feeds.settings
        return {
            "venue": self._config.venue,
            "rest_url": settings.endpoints.rest_url,
            "ws_market_url": settings.endpoints.ws_market_url,
            "ws_user_url": settings.endpoints.ws_user_url if self._feeds.account is not None else "",
            "auto_sync_on_hash_mismatch": str(settings.auto_sync).lower(),
            "event_buffer_size": str(settings.event_buffer_size),
            "store": str(self._config.store_path or ""),
        }

    # ------------------------------------------------------------------------ inside

    async def _prepare(self) -> None:
        """Build the feeds; nothing is connected yet."""
        await self._release()
        feeds = make_feeds(
            self._config,
            settle(self._config),
            self.platform,
            alerts=self._alerts,
            rng=self._rng,
            deliver=self._deliver,
            failed=self._refused,
        )
        self._feeds = feeds
        await feeds.data.open()
        feeds.market.offer_saved(await self._saved.load())
        await feeds.describe_first(self._watched)
        feeds.market.set_publish_raw(wanted=self._readers.want_costly())
        feeds.care.watch(self._watched)

    async def _release(self) -> None:
        if self._feeds is not None:
            await self._feeds.data.close()

    def _initialized(self) -> Feeds:
        if self._feeds is None or self.state in _ENDED:
            raise StateError(f"the streaming service is {self.state}; initialize it first")
        return self._feeds

    def _deliver(self, events: Iterable[Event]) -> None:
        """Hand events on, and take from them what changes the description of an instrument."""
        self._readers.offer(events)
        for event in events:
            if isinstance(event, TickSizeChanged | MarketResolved) and self._feeds is not None:
                self._feeds.facts.note(event)

    def _refused(self, error: AuthenticationError) -> None:
        """Tell the readers that the account stays silent."""
        self._readers.fail(error, everybody=self._feeds is None or not self._feeds.market.tokens)

    def give_way(self, *, now: bool) -> None:
        """Read no market data and publish no books, or go on; what happens to orders is read always."""
        self._gives_way = now
        if self._feeds is not None:
            self._feeds.market.give_way(now=now)

    async def _frames(self, feeds: Feeds) -> None:
        period_s = 1.0 / feeds.settings.streaming.book_publish_hz
        while True:
            await asyncio.sleep(period_s)
            if self._gives_way:
                continue
            self._frame(feeds)
            if self.platform.bus.has_readers(BookUpdated):
                for _ in range(ROUNDS):
                    if not feeds.market.publish_some_books():
                        break
                    await asyncio.sleep(0)

    def _frame(self, feeds: Feeds) -> None:
        """Do what is done many times a second; nothing in it waits."""
        feeds.frame(publish_raw=self._readers.want_costly())
        states, mono_ns = feeds.states(), self.platform.clock.mono_ns()
        if mono_ns >= self._beat_due_ns or states != self._states:
            self._states = states
            self._beat_due_ns = mono_ns + HEARTBEAT_NS
            feeds.publish_connections()
            self._judge(feeds)
        elif self.state is ServiceState.DEGRADED and mono_ns >= self._look_due_ns:
            # Nobody waits for the next beat to see that the books are fresh again.
            self._look_due_ns = mono_ns + LOOK_NS
            self._judge(feeds)

    def _judge(self, feeds: Feeds) -> None:
        """Be RUNNING or DEGRADED, as the feeds are."""
        if self.state in LIVE_STATES:
            worries = feeds.worries()
            self.enter(ServiceState.DEGRADED if worries else ServiceState.RUNNING, worries)


def _several(ids: Iterable[str] | str) -> tuple[str, ...]:
    """Return ids as a tuple; one alone is not taken for its letters."""
    return (ids,) if isinstance(ids, str) else tuple(ids)
