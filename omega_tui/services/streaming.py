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
import logging
import weakref
from collections.abc import Collection, Iterable, Sequence
from random import Random
from typing import ClassVar, Final

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import Command, ResyncBook, UnwatchInstrument, WatchInstrument
from omega_tui.domain.events import (
    BestQuoteChanged,
    BookReplaced,
    BookUpdated,
    ConnectionChanged,
    Event,
    InstrumentUpdated,
    LevelChanged,
    MarketResolved,
    ServiceState,
    TickSizeChanged,
)
from omega_tui.domain.integrity import NS_PER_S, ConnectionState, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import (
    AuthenticationError,
    NoHandler,
    ParsingError,
    StateError,
    WebSocketError,
)
from omega_tui.protocol.polymarket.user import UserProtocol
from omega_tui.services.account_stream import AccountStream
from omega_tui.services.alerts import Alerts
from omega_tui.services.background import Background
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.book_store import BookStore
from omega_tui.services.book_view import BookView
from omega_tui.services.event_reader import ACCOUNT_EVENTS, EventReader, types_of
from omega_tui.services.market_care import MarketCare
from omega_tui.services.market_stream import MarketFeedOptions, MarketStream
from omega_tui.services.streamer_config import Endpoints, Settings, StreamerConfig, UserAuth, settle
from omega_tui.venues.polymarket_data import PolymarketData

__all__ = ["Endpoints", "StreamerConfig", "StreamingService", "UserAuth"]

log = logging.getLogger(__name__)

DESCRIBE_FIRST_S: Final = 5.0
"""How long a long list of tokens may wait for the other outcomes, which belong on the same sockets."""

HEARTBEAT_NS: Final = NS_PER_S
"""How often the health of the feeds is published though nothing changed."""

SAVE_INTERVAL_S: Final = 30.0
"""How often books are saved; a crash loses no more than this."""

_COSTLY_RAW: Final = (LevelChanged, BookReplaced, BestQuoteChanged)
"""Raw events that are made only while somebody reads one of them."""

_NOT_FRESH: Final = frozenset({IntegrityState.STALE, IntegrityState.RESYNCING})


class StreamingService(Service):
    """Streams one venue.

    Without a platform it makes its own bus and clock; `initialize` starts the body and `shutdown` ends it.
    With one, `run` is the body and the runtime owns it. All methods belong to one event loop.
    """

    name: ClassVar[str] = "streaming"

    def __init__(self, config: StreamerConfig, platform: Platform | None = None) -> None:
        super().__init__(platform or Platform(LocalBus(), SystemClock()))
        self._config = config
        self._background = Background() if platform is None else None
        self._rng = Random(config.seed)  # noqa: S311 - jitter, not secrets
        self._alerts = Alerts(self.platform.bus, self.platform.clock)
        self._readers: tuple[weakref.ref[EventReader], ...] = ()
        self._watched: tuple[str, ...] = tuple(config.market_assets)
        self._settings: Settings | None = None
        self._data: PolymarketData | None = None
        self._market: MarketStream | None = None
        self._care: MarketCare | None = None
        self._account: AccountStream | None = None
        self._store: BookStore | None = None
        self._overruns = 0
        self._publish_raw = False
        self._beat_due_ns = 0
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
        assert self._market is not None, "initialize comes first"
        assert self._care is not None, "initialize comes first"
        self._look_at_states()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._market.run(), name="market feed")
            group.create_task(self._care.run(), name="market care")
            if self._account is not None:
                group.create_task(self._account.run(), name="account feed")
            if self._store is not None:
                group.create_task(self._save_regularly(), name="saved books")
            group.create_task(self._frames(), name="frames")

    async def shutdown(self) -> None:
        """End everything, save the books, close every reader."""
        if self._background is not None:
            if self.state in {ServiceState.STOPPING, ServiceState.STOPPED}:
                return
            self.enter(ServiceState.STOPPING)
            await self._background.stop()
        await self._save()
        await self._release()
        for reader in self._living_readers():
            reader.close()
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
        if buffer_size is None:
            settings = self._settings or settle(self._config)
            buffer_size = settings.event_buffer_size
        types = types_of((kinds,) if isinstance(kinds, str) else kinds)
        only = (assets,) if isinstance(assets, str) else assets
        reader = EventReader(
            types,
            None if only is None else frozenset(only),
            limit=buffer_size,
            wants_account=kinds is not None and not types.isdisjoint(ACCOUNT_EVENTS),
        )
        self._readers = (*(ref for ref in self._readers if ref() is not None), weakref.ref(reader))
        if self.state in {ServiceState.STOPPING, ServiceState.STOPPED}:
            reader.close()
        elif self._account is not None and self._account.failure is not None:
            self._fail_readers(self._account.failure)
        self._set_raw()
        return reader

    # ------------------------------------------------------------------------ books

    def get_order_book(self, instrument: str) -> BookView:
        """Return a live view of a book.

        Raises:
            StateError: It is not subscribed, or the service is not initialized.
        """
        market = self._running_market()
        market.book(instrument)
        return BookView(instrument, market.book, market.integrity)

    def get_all_order_books(self) -> dict[str, BookView]:
        """Return a live view of every book that is kept, by instrument.

        Raises:
            StateError: The service is not initialized.
        """
        market = self._running_market()
        return {token: BookView(token, market.book, market.integrity) for token in sorted(market.tokens)}

    # ------------------------------------------------------------------------ subscriptions

    def subscribe(self, market_assets: Iterable[str] | str = (), *, user_markets: Iterable[str] = ()) -> None:
        """Stream more: tokens on the market feed, condition ids on the account's.

        Raises:
            StateError: The service is not initialized, has no account feed, or an id is none.
        """
        assert self._care is not None or self._market is None, "they come together"
        assets = (market_assets,) if isinstance(market_assets, str) else tuple(market_assets)
        markets = tuple(user_markets)
        self._running_market()
        if self._care is not None and assets:
            self._care.watch(assets)
            self._watched = tuple(self._care.watched)
        if markets:
            account = self._account_for_markets()
            account.subscribe(markets)

    def unsubscribe(
        self, market_assets: Iterable[str] | str = (), *, user_markets: Iterable[str] = ()
    ) -> None:
        """Stream less; the other outcome of a market goes with the one that was asked for.

        Raises:
            StateError: The service is not initialized, or one of them was not subscribed.
        """
        assets = (market_assets,) if isinstance(market_assets, str) else tuple(market_assets)
        markets = tuple(user_markets)
        self._running_market()
        if self._care is not None and assets:
            self._care.unwatch(assets)
            self._watched = tuple(self._care.watched)
        if markets:
            self._account_for_markets().unsubscribe(markets)

    # ------------------------------------------------------------------------ commands and state

    def can_handle(self, command: Command) -> bool:
        return isinstance(command, WatchInstrument | UnwatchInstrument | ResyncBook)

    async def process(self, command: Command) -> None:
        match command:
            case WatchInstrument(instrument=instrument):
                self.subscribe(instrument)
            case UnwatchInstrument(instrument=instrument):
                self.unsubscribe(instrument)
            case ResyncBook(instrument=instrument, reason=reason):
                self._running_market()
                assert self._care is not None
                self._care.resync(instrument, reason)
            case _:
                raise NoHandler(f"{self.name} does not take {type(command).__name__}")

    @property
    def failure(self) -> AuthenticationError | WebSocketError | None:
        """What keeps a feed from coming back by itself: refused credentials or a refused connection."""
        if self._account is not None and self._account.failure is not None:
            return self._account.failure
        if self._market is not None and self._market.refused:
            return WebSocketError(f"{self._config.venue} refuses the market feed: {self._market.refused}")
        return None

    def picture(self) -> Sequence[Event]:
        if self._market is None or self._care is None:
            return ()
        events: list[Event] = [ConnectionChanged(self._market.connection())]
        if self._account is not None:
            events.append(ConnectionChanged(self._account.connection()))
        events += [InstrumentUpdated(each) for each in self._care.instruments.values()]
        return (*events, *self._market.pictures())

    def metrics(self) -> dict[str, float]:
        values: dict[str, float] = {"readers": float(len(self._living_readers()))}
        market, care, account = self._market, self._care, self._account
        if market is None or care is None:
            return values
        values |= market.counts()
        values |= {
            "sockets": float(len(market.shards)),
            "books": float(len(market.tokens)),
            "reconnects_total": float(market.reconnects + (account.reconnects if account else 0)),
            "rest_compares_total": float(care.comparisons),
            "rest_differences_total": float(care.differences),
            "missed_changes_total": float(care.adopted),
            "silent_tokens_total": float(care.resubscribed),
            "rest_failures_total": float(care.rest_failures),
            "overruns_total": float(self._overruns),
        }
        shares = {"lag_p50_ms": 0.5, "lag_p95_ms": 0.95, "lag_p99_ms": 0.99, "lag_max_ms": 1.0}
        for name, value in zip(shares, market.lags.percentiles(*shares.values()), strict=True):
            if value is not None:
                values[name] = value
        connection = market.connection()
        for name, gauge in (
            ("keepalive_ms", connection.keepalive_ms),
            ("clock_skew_ms", market.clock_skew_ms),
            ("resync_ms", care.resync_ms),
        ):
            if gauge is not None:
                values[name] = gauge
        if account is not None:
            values["account_frames_total"] = float(account.pump.frames)
        return values

    def configuration(self) -> dict[str, str]:
        settings = self._settings
        if settings is None:
            return {"venue": self._config.venue}
        return {
            "venue": self._config.venue,
            "rest_url": settings.endpoints.rest_url,
            "ws_market_url": settings.endpoints.ws_market_url,
            "ws_user_url": settings.endpoints.ws_user_url if self._account is not None else "",
            "auto_sync_on_hash_mismatch": str(settings.auto_sync).lower(),
            "event_buffer_size": str(settings.event_buffer_size),
            "store": str(self._config.store_path or ""),
        }

    # ------------------------------------------------------------------------ inside

    async def _prepare(self) -> None:
        """Build the feeds; nothing is connected yet."""
        await self._release()
        config, platform = self._config, self.platform
        settings = self._settings = settle(config)
        self._data = PolymarketData(settings.endpoints.rest_url, venue=config.venue, rng=self._rng)
        await self._data.open()
        market = MarketStream(
            MarketFeedOptions(
                venue=config.venue,
                url=settings.endpoints.ws_market_url,
                streaming=settings.streaming,
                policy=settings.policy,
                record=config.record,
            ),
            bus=platform.bus,
            clock=platform.clock,
            alerts=self._alerts,
            rng=self._rng,
            deliver=self._deliver,
        )
        care = MarketCare(
            market,
            self._data,
            bus=platform.bus,
            clock=platform.clock,
            alerts=self._alerts,
            rng=self._rng,
            compare_interval_s=settings.streaming.rest_compare_interval_s,
            auto_sync=settings.auto_sync,
        )
        market.offer_saved(await self._load())
        if len(self._watched) > settings.streaming.tokens_per_socket // 2:
            await self._describe_first(care)
        self._market, self._care = market, care
        self._account = self._new_account(settings)
        self._set_raw()
        care.watch(self._watched)

    def _new_account(self, settings: Settings) -> AccountStream | None:
        config = self._config
        if config.user_auth is None:
            return None
        feed = UserProtocol(
            venue=config.venue,
            credentials=config.user_auth,
            markets=config.user_markets,
            ping_interval_s=settings.streaming.ping_interval_s,
        )
        return AccountStream(
            feed,
            venue=config.venue,
            url=settings.endpoints.ws_user_url,
            streaming=settings.streaming,
            bus=self.platform.bus,
            clock=self.platform.clock,
            alerts=self._alerts,
            rng=self._rng,
            deliver=self._deliver,
            failed=self._fail_readers,
            record=config.record,
        )

    async def _describe_first(self, care: MarketCare) -> None:
        try:
            async with asyncio.timeout(DESCRIBE_FIRST_S):
                await care.describe_first(self._watched)
        except TimeoutError:
            log.info("the instruments are not described yet; the sockets open without")

    async def _release(self) -> None:
        data, self._data = self._data, None
        if data is not None:
            await data.close()

    def _running_market(self) -> MarketStream:
        if self._market is None or self.state in {ServiceState.STOPPING, ServiceState.STOPPED}:
            raise StateError(f"the streaming service is {self.state}; initialize it first")
        return self._market

    def _account_for_markets(self) -> UserProtocol:
        """Return the account's protocol, to change what it hears of.

        Raises:
            StateError: There is no account feed.
        """
        if self._account is None or not isinstance(self._account.feed, UserProtocol):
            raise StateError("there is no account feed: user_auth was not given")
        return self._account.feed

    def _deliver(self, events: Iterable[Event]) -> None:
        """Hand events to the bus and the readers. Runs on the socket's read callback."""
        publish, readers = self.platform.bus.publish, self._readers
        for event in events:
            publish(event)
            for ref in readers:
                reader = ref()
                if reader is not None:
                    reader.offer(event)
            if isinstance(event, TickSizeChanged | MarketResolved) and self._care is not None:
                self._care.note(event)

    def _living_readers(self) -> list[EventReader]:
        return [reader for ref in self._readers if (reader := ref()) is not None]

    def _set_raw(self) -> None:
        """Make costly raw events from now on if, and only if, anybody reads them."""
        bus = self.platform.bus
        wanted = any(bus.has_readers(kind) for kind in _COSTLY_RAW) or any(
            not reader.types.isdisjoint(_COSTLY_RAW) for reader in self._living_readers()
        )
        if self._market is not None:
            self._market.set_publish_raw(wanted=wanted)

    def _fail_readers(self, error: AuthenticationError) -> None:
        nothing_else = self._market is None or not self._market.tokens
        for reader in self._living_readers():
            if reader.wants_account or nothing_else:
                reader.fail(error)

    # ------------------------------------------------------------------------ the frame

    async def _frames(self) -> None:
        assert self._settings is not None
        period_s = 1.0 / self._settings.streaming.book_publish_hz
        while True:
            await asyncio.sleep(period_s)
            self._frame()

    def _frame(self) -> None:
        """Do what is done many times a second; nothing in it waits."""
        market, care, account = self._market, self._care, self._account
        assert market is not None
        assert care is not None
        care.look()
        self._set_raw()
        market.frame(read_books=self.platform.bus.has_readers(BookUpdated))
        if account is not None:
            account.clock_skew_ms = market.clock_skew_ms
            account.frame()
        mono_ns = self.platform.clock.mono_ns()
        states = tuple(shard.pump.state for shard in market.shards)
        if account is not None:
            states = (*states, account.pump.state)
        if mono_ns >= self._beat_due_ns or states != self._states:
            self._states = states
            self._beat_due_ns = mono_ns + HEARTBEAT_NS
            market.publish_connection()
            if account is not None:
                account.publish_connection()
            self._look_at_states()

    def _look_at_states(self) -> None:
        """Be RUNNING or DEGRADED, as the feeds are."""
        if self.state not in LIVE_STATES or self._market is None:
            return
        reasons: list[str] = []
        tokens = self._market.tokens
        connection = self._market.connection()
        if tokens and connection.reason:
            reasons.append(f"market feed: {connection.reason}")
        elif tokens:
            stale = sum(self._market.integrity(token).state in _NOT_FRESH for token in tokens)
            if stale:
                reasons.append(f"{stale} of {len(tokens)} books are not fresh")
        if self._account is not None and not self._account.is_up:
            reasons.append(f"account feed: {self._account.pump.reason}")
        state = ServiceState.DEGRADED if reasons else ServiceState.RUNNING
        self.enter(state, "; ".join(reasons))

    # ------------------------------------------------------------------------ saved books

    async def _load(self) -> list[BookSnapshot]:
        path = self._config.store_path
        if path is None:
            return []
        self._store = BookStore(path, venue=self._config.venue)
        try:
            return await asyncio.to_thread(self._store.load)
        except ParsingError as error:
            log.warning("%s", error)
            return []

    async def _save_regularly(self) -> None:
        while True:
            await asyncio.sleep(SAVE_INTERVAL_S)
            await self._save()

    async def _save(self) -> None:
        """Save the books as they are; one that was loaded and never became fresh is kept, too."""
        if self._store is None or self._market is None:
            return
        books = [picture.book for picture in self._market.pictures() if picture.book is not None]
        if not books:
            return
        try:
            await asyncio.to_thread(self._store.save, books, now_ns=self.platform.clock.now_ns())
        except OSError as error:
            log.warning("the books could not be saved: %s", error)
