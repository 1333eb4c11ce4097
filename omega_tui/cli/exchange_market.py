"""The public side of an exchange of the library: REST, and its guarded streams on a bus."""

import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from omega_tui.bus.base import Subscription
from omega_tui.config.model import OmegaConfig
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, CandleUpdated, FeedGap, TickerUpdated, TradePrinted
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import VenueRefused
from omega_tui.services.background import Background
from omega_tui.services.base import Platform
from omega_tui.services.exchange_config import ExchangeChoice
from omega_tui.services.venue_factory import Progress, enter_public_session
from omega_tui.venues.ccxt_feed import CcxtFeed
from omega_tui.venues.ccxt_market_data import CcxtMarketData
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import FeedLimits, Stream
from omega_tui.venues.market_data import MarketPictures

STREAMS: Final[Mapping[str, Stream]] = {
    BookUpdated.kind: Stream.BOOK,
    TradePrinted.kind: Stream.TRADES,
    TickerUpdated.kind: Stream.TICKER,
    CandleUpdated.kind: Stream.CANDLES,
}
"""What is watched for a kind of event; the other kinds come with any of them."""

LEVELS: Final = 500
"""Levels of each side that a streamed book has at most."""


class ExchangeMarket:
    """`cli.market_data.PublicMarket` over one session without keys."""

    kinds: Mapping[str, type[Event]] = {
        kind.kind: kind
        for kind in (BookUpdated, TradePrinted, TickerUpdated, CandleUpdated, FeedGap, ConnectionChanged)
    }
    usual: Collection[str] = (BookUpdated.kind, TradePrinted.kind, FeedGap.kind, ConnectionChanged.kind)

    def __init__(
        self, session: CcxtSession, settings: OmegaConfig, platform: Platform, stack: AsyncExitStack
    ) -> None:
        self.venue = session.venue
        self.pictures: MarketPictures = CcxtMarketData(session)
        self._session = session
        self._settings = settings
        self._platform = platform
        self._stack = stack

    @classmethod
    async def enter(
        cls,
        choice: ExchangeChoice,
        settings: OmegaConfig,
        platform: Platform,
        stack: AsyncExitStack,
        *,
        progress: Progress,
    ) -> Self:
        """Open the exchange for as long as `stack` is entered.

        Raises:
            ConfigError: It has no embedded one, though that is asked for.
            VenueError: It does not answer, or there is no such exchange.
        """
        session = await enter_public_session(choice, settings, platform, stack, progress=progress)
        stack.push_async_callback(session.close)
        await session.open()
        return cls(session, settings, platform, stack)

    async def watch(
        self, instruments: Sequence[Instrument], kinds: Collection[str], *, record: Path | None = None
    ) -> Subscription:
        if record is not None:
            raise VenueRefused(
                f"frames of {self.venue} are read by the exchange library: only events can be had of it, "
                "as --json",
                venue=self.venue,
                code="NOT_SUPPORTED",
            )
        bus = self._platform.bus
        limit = self._settings.streaming.event_buffer_size
        events = bus.subscribe(*(self.kinds[kind] for kind in kinds), limit=limit)
        feed = CcxtFeed(
            self._session,
            clock=self._platform.clock,
            rng=random.Random(),  # noqa: S311 - jitter
            publish=bus.publish,
            limits=replace(FeedLimits(), levels=LEVELS),
        )
        streams = {STREAMS[kind] for kind in kinds if kind in STREAMS} or {Stream.BOOK}
        for instrument in instruments:
            for stream in sorted(streams):
                feed.watch(stream, instrument.id)
        background = Background()
        await background.start(feed.run(), f"streams of {self.venue}")
        self._stack.push_async_callback(background.stop)
        return events
