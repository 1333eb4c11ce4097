"""Live market and account data of one account at an exchange of the library, as the events of every venue.

The feed keeps the streams; here is what makes them look like any other venue's: instruments, one connection
per stream with its age, lag, round trip and clock, and commands to watch, drop and fetch afresh.
"""

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from omega_tui.domain.candle import CandleHistory
from omega_tui.domain.commands import Command, FetchCandles, ResyncBook, UnwatchInstrument, WatchInstrument
from omega_tui.domain.events.account import BalanceChanged, FillReported, OrderReported
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated, TradePrinted
from omega_tui.domain.events.status import ConnectionChanged, ServiceState
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.errors import NoHandler, VenueError
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.units import NS_PER_MS, NS_PER_S
from omega_tui.venues.ccxt_feed import CcxtFeed
from omega_tui.venues.ccxt_market_data import CcxtMarketData
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import FeedLimits, Stream

log = logging.getLogger(__name__)

BEAT_S: Final = 1.0
"""How often the health of the streams is published though nothing changed."""

CLOCK_EVERY_S: Final = 30.0
"""How often the venue's clock is asked for; the answer is the round trip and the skew."""

MARKETS_EVERY_S: Final = 480.0
MARKETS_FIRST_S: Final = 2.0
MARKETS_RETRY_S: Final = 30.0
"""How often the markets are told afresh, not within the first seconds of a start, and after a failure."""

FIRST_NAMES: Final = (
    "BTC/USDT",
    "BTC/USDT:USDT",
    "BTC/USD",
    "BTC/USD:USD",
    "BTC/USDC",
    "BTC/USDC:USDC",
    "BTC/EUR",
)

_OF_ACCOUNT: Final = (Stream.ORDERS, Stream.FILLS, Stream.BALANCE)
"""Orders and fills are silent until something happens; the balance is told at once: the account is heard."""

_OF_MARKET: Final = (Stream.BOOK, Stream.TRADES)


class CcxtStreamingService(Service):
    """Streams one account of one exchange. Belongs to one event loop.

    Args:
        platform: Bus and clock.
        session: Opened here if it is not open; closed by its owner.
        rng: For the pauses of the feed.
        has_account: Whether the private streams are to be watched.
        watches_first: Whether a market is watched before anybody asks for one.
        limits: Deadlines of the feed.
    """

    name = "streaming"

    def __init__(  # noqa: PLR0913 - what an account is streamed with
        self,
        platform: Platform,
        session: CcxtSession,
        *,
        rng: random.Random,
        has_account: bool,
        watches_first: bool = False,
        limits: FeedLimits | None = None,
    ) -> None:
        super().__init__(platform)
        self._session = session
        self._rng = rng
        self._has_account = has_account
        self._watches_first = watches_first
        self._limits = limits
        self._feed: CcxtFeed | None = None
        self._watched: dict[str, None] = {}
        self._books: dict[str, BookUpdated] = {}
        self._connections: dict[StreamName, Connection] = {}
        self._lag_ms: float | None = None

    # ------------------------------------------------------------------------------ life cycle

    async def initialize(self) -> None:
        """Open the session and tell what can be traded; streams begin in `run`.

        Raises:
            VenueError: The exchange does not answer, or is none.
        """
        await self._session.open()
        for event in self._listed():
            self.platform.bus.publish(event)
        feed = self._feed = CcxtFeed(
            self._session,
            clock=self.platform.clock,
            rng=self._rng,
            publish=self._take,
            limits=self._limits,
        )
        if self._has_account:
            for stream in _OF_ACCOUNT:
                feed.watch(stream)
        if self._watches_first and not self._watched and self._session.instruments:
            self._watched[_first_of(self._session.instruments)] = None
        for instrument_id in tuple(self._watched):
            self._begin(feed, instrument_id)

    async def run(self) -> None:
        feed = self._feed
        assert feed is not None, "initialize came first"
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.run(), name="feed")
            group.create_task(self._keep_clock(), name="clock")
            group.create_task(self._beat(), name="beat")
            group.create_task(self._keep_markets(), name="markets")

    async def shutdown(self) -> None:
        self._feed = None

    # ------------------------------------------------------------------------------ commands

    def can_handle(self, command: Command) -> bool:
        if not isinstance(command, WatchInstrument | UnwatchInstrument | ResyncBook | FetchCandles):
            return False
        venue = self._session.venue
        return command.venue == venue or (not command.venue and command.instrument.startswith(f"{venue}:"))

    async def process(self, command: Command) -> object:
        feed = self._feed
        assert feed is not None, "commands are given to running services"
        match command:
            case WatchInstrument(instrument=instrument):
                self._begin(feed, instrument)
            case UnwatchInstrument(instrument=instrument):
                self._watched.pop(instrument, None)
                self._books.pop(instrument, None)
                for stream in _OF_MARKET:
                    feed.unwatch(stream, instrument)
            case ResyncBook(instrument=instrument, reason=reason):
                feed.resync(instrument, reason)
            case FetchCandles():
                return await self._candles(command)
            case _:
                raise NoHandler(f"{self.name} does not take {type(command).__name__}")
        return None

    async def _candles(self, asked: FetchCandles) -> CandleHistory:
        """Return the newest candles that the venue has.

        Raises:
            VenueError: The venue has none of that length, or does not answer.
        """
        data = CcxtMarketData(self._session)
        found = await data.fetch_candles(asked.instrument, asked.timeframe, limit=asked.limit)
        return CandleHistory(tuple(found[-asked.limit :]))

    def _begin(self, feed: CcxtFeed, instrument: str) -> None:
        """Watch what a ladder and a tape need of an instrument.

        Raises:
            VenueRefused: The venue does not list it.
        """
        for stream in _OF_MARKET:
            feed.watch(stream, instrument)
        self._watched[instrument] = None
        if StreamName.BOOK not in self._connections:
            self._connect(StreamName.BOOK, ConnectionState.CONNECTING, "waiting for the first book")

    # ------------------------------------------------------------------------------ what it says

    def picture(self) -> Sequence[Event]:
        events: list[Event] = self._listed()
        events += [ConnectionChanged(each) for each in self._connections.values()]
        return (*events, *self._books.values())

    def _listed(self) -> list[Event]:
        session = self._session
        return [InstrumentUpdated(each, session.markets_ns) for each in session.instruments.values()]

    def metrics(self) -> dict[str, float]:
        feed, session = self._feed, self._session
        values = {} if feed is None or not session.is_open else feed.metrics()
        times = {
            "latency_ms": session.latency_ms,
            "clock_skew_ms": session.skew_ms,
            "lag_ms": self._lag_ms,
        }
        return values | {name: value for name, value in times.items() if value is not None}

    def configuration(self) -> dict[str, str]:
        account = self._session.account
        polled = self._feed.polled if self._feed is not None else []
        return {
            "venue": account.venue,
            "exchange": account.exchange_id,
            "account_type": account.account_type,
            "asked_over_rest": ", ".join(polled),
        }

    def _take(self, event: Event) -> None:
        """Pass on what the feed says, with what only this service knows of a connection."""
        match event:
            case ConnectionChanged(connection=connection):
                self._keep(connection)
                self._publish(connection.stream)
                self._judge()
                return
            case BookUpdated(instrument=instrument, book=book):
                self._books[instrument] = event
                if book is not None and book.ts_event_ns:
                    self._lag_ms = max(0.0, (book.ts_recv_ns - book.ts_event_ns) / NS_PER_MS)
                self._heard(StreamName.BOOK)
            case TradePrinted():
                self._heard(StreamName.BOOK)
            case BalanceChanged():
                self._heard(StreamName.ACCOUNT)
                return  # The exchange service asks for balances and is the one that tells them.
            case OrderReported() | FillReported():
                self._heard(StreamName.ACCOUNT)
            case _:
                pass
        self.platform.bus.publish(event)

    # ------------------------------------------------------------------------------ connections

    def _keep(self, connection: Connection) -> None:
        before = self._connections.get(connection.stream)
        if not connection.last_recv_ns and before is not None:
            connection = replace(connection, last_recv_ns=before.last_recv_ns)
        self._connections[connection.stream] = connection

    def _heard(self, stream: StreamName) -> None:
        known = self._connections.get(stream)
        if known is not None:
            self._connections[stream] = replace(known, last_recv_ns=self.platform.clock.now_ns())

    def _connect(self, stream: StreamName, state: ConnectionState, reason: str) -> None:
        now_ns = self.platform.clock.now_ns()
        self._connections[stream] = Connection(self._session.venue, stream, state, reason, ts_ns=now_ns)
        self._publish(stream)
        self._judge()

    def _publish(self, stream: StreamName) -> None:
        session, known = self._session, self._connections[stream]
        self._connections[stream] = connection = replace(
            known,
            lag_ms=self._lag_ms if stream is StreamName.BOOK and known.is_up else None,
            keepalive_ms=session.latency_ms,
            clock_skew_ms=session.skew_ms,
            ts_ns=self.platform.clock.now_ns(),
        )
        self.platform.bus.publish(ConnectionChanged(connection))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            for stream in self._connections:
                self._publish(stream)
            self._judge()

    def _judge(self) -> None:
        """Be RUNNING or DEGRADED, as the streams are: at once where one comes or goes."""
        if self.state in LIVE_STATES:
            worries = self._worries()
            self.enter(ServiceState.DEGRADED if worries else ServiceState.RUNNING, worries)

    def _worries(self) -> str:
        down = [one for one in self._connections.values() if one.state is ConnectionState.DOWN]
        return "; ".join(f"{one.stream}: {one.reason}" for one in down)

    # ------------------------------------------------------------------------------ what is asked regularly

    async def _keep_clock(self) -> None:
        if not self._session.data.has.get("fetchTime"):
            return
        while True:
            with suppress(VenueError):  # The streams say that the venue is away; its clock is no news.
                await self._session.fetch_server_time_ns()
            await asyncio.sleep(CLOCK_EVERY_S)

    async def _keep_markets(self) -> None:
        """Have the markets told afresh before the order gate calls what is known of them too old."""
        session, clock = self._session, self.platform.clock
        while True:
            age_s = (clock.now_ns() - session.markets_ns) / NS_PER_S
            await asyncio.sleep(max(MARKETS_FIRST_S, MARKETS_EVERY_S - age_s))
            try:
                await session.refresh_markets()
            except VenueError as error:
                log.info("the markets are not told afresh; again in %d s: %s", MARKETS_RETRY_S, error)
                await asyncio.sleep(MARKETS_RETRY_S)
            else:
                for event in self._listed():
                    self.platform.bus.publish(event)


def _first_of(instruments: Mapping[str, Instrument]) -> str:
    """Return the id of a market that most traders look at first: bitcoin, else the first by name."""
    names = {one.name: one.id for one in instruments.values() if one.active}
    return next((names[name] for name in FIRST_NAMES if name in names), names.get(min(names, default=""), ""))
