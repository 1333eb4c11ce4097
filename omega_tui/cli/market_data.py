"""The public side of any venue, as headless commands use it: no command about a market reads a secret."""

import argparse
import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final, Protocol

from omega_tui.bus.base import Subscription
from omega_tui.bus.local import LocalBus
from omega_tui.cli.exchange_market import ExchangeMarket
from omega_tui.cli.venue_options import choice_of, loaded_for, tell
from omega_tui.clock import SystemClock
from omega_tui.config.folders import state_folder
from omega_tui.config.loading import LoadedConfig
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import MARKET_EVENTS, BookUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import StateError, VenueRefused
from omega_tui.runtime.access import POLYMARKET, VenueAccess
from omega_tui.runtime.compose import Plan, enter_venue
from omega_tui.services.base import Platform
from omega_tui.services.exchange_config import instrument_named, read_choice
from omega_tui.services.recorder import Recorder
from omega_tui.services.streaming import StreamerConfig, StreamingService
from omega_tui.text import safe_text
from omega_tui.venues.market_data import MarketPictures
from omega_tui.venues.polymarket_data import PolymarketData
from omega_tui.venues.polymarket_pictures import PolymarketPictures

MOST_CANDIDATES: Final = 8
"""How many markets an ambiguous name lists."""

STREAMED: Final[Sequence[type[Event]]] = (*MARKET_EVENTS, BookUpdated, ConnectionChanged)
"""What Polymarket's dialect streams."""

MOST_UNNAMED: Final = 64
"""So many instruments are streamed when none is named; the embedded exchanges have fewer."""


class PublicMarket(Protocol):
    """The public side of a venue, open.

    Attributes:
        venue: Its name.
        pictures: What it answers over REST.
        kinds: What it streams, by the word for it.
        usual: Those that are streamed when none is asked for.
    """

    venue: str
    pictures: MarketPictures
    kinds: Mapping[str, type[Event]]
    usual: Collection[str]

    async def watch(
        self, instruments: Sequence[Instrument], kinds: Collection[str], *, record: Path | None = None
    ) -> Subscription:
        """Stream some instruments until the market is closed, once; events of the given kinds are read.

        Args:
            instruments: What is streamed.
            kinds: Keys of `kinds`.
            record: File for every received frame.

        Raises:
            VenueRefused: Frames of this venue cannot be recorded.
        """
        ...


@asynccontextmanager
async def market_at(arguments: argparse.Namespace) -> AsyncIterator[PublicMarket]:
    """Open the public side of the chosen venue; an embedded exchange ends with it and leaves no trace.

    Raises:
        ConfigError: The options contradict each other, or the configuration is wrong.
        VenueError: It does not answer.
    """
    loaded = loaded_for(arguments)
    choice = read_choice(choice_of(arguments, read_only=True, loaded=loaded))
    platform = Platform(LocalBus(), SystemClock())
    async with AsyncExitStack() as stack:
        if choice.exchange != POLYMARKET:
            choice = replace(choice, state_dir=state_folder(loaded.config.storage, os.environ))
            yield await ExchangeMarket.enter(choice, loaded.config, platform, stack, progress=tell)
            return
        plan = Plan(loaded, Path(), sim_file=arguments.sim, fresh=True, trades=False)
        access = await enter_venue(plan, platform, stack)
        data = PolymarketData(access.endpoints.rest_url, venue=access.venue, rng=Random())  # noqa: S311 - jitter
        await data.open()
        stack.push_async_callback(data.close)
        yield TokenMarket(access, loaded, PolymarketPictures(data, platform.clock), stack)


class TokenMarket:
    """Polymarket or the exchange that speaks its dialect: `PublicMarket` over the streaming service."""

    kinds: Mapping[str, type[Event]] = {kind.kind: kind for kind in STREAMED}
    usual: Collection[str] = tuple(kind.kind for kind in MARKET_EVENTS)

    def __init__(
        self, access: VenueAccess, loaded: LoadedConfig, pictures: MarketPictures, stack: AsyncExitStack
    ) -> None:
        self.venue = access.venue
        self.pictures = pictures
        self._access = access
        self._loaded = loaded
        self._stack = stack

    async def watch(
        self, instruments: Sequence[Instrument], kinds: Collection[str], *, record: Path | None = None
    ) -> Subscription:
        config = self._loaded.config
        recorder = None
        if record is not None:
            recorder = Recorder(Platform(LocalBus(), SystemClock()), record, self.venue)
            await recorder.initialize()
            for instrument in instruments:
                recorder.describe(instrument)
            self._stack.push_async_callback(recorder.shutdown)
        service = StreamingService(
            StreamerConfig(
                market_assets=[one.id for one in instruments],
                endpoints=self._access.endpoints,
                streaming=config.streaming,
                integrity=config.integrity,
                venue=self.venue,
                record=recorder.write if recorder is not None else None,
            )
        )
        types = [self.kinds[kind] for kind in kinds]
        events = service.platform.bus.subscribe(*types, limit=config.streaming.event_buffer_size)
        await service.initialize()
        self._stack.push_async_callback(service.shutdown)
        return events


async def instruments_of(market: PublicMarket, words: Sequence[str]) -> list[Instrument]:
    """Return what a person means, each once, by id, symbol or words of the name; all if nothing is named.

    Raises:
        StateError: Words mean nothing or more than one market, or nothing is named and there are too many.
        VenueError: There is no answer.
    """
    listed = await market.pictures.fetch_instruments()
    if not words and len(listed) > MOST_UNNAMED:
        raise StateError(f"{market.venue} lists {len(listed)} instruments: name those that are meant")
    found = [await _instrument(market, listed, text) for text in words]
    return list({one.id: one for one in found or listed}.values())


async def instrument_of(market: PublicMarket, words: str) -> Instrument:
    """Return the one instrument that a person means; errors as in `instruments_of`."""
    return await _instrument(market, await market.pictures.fetch_instruments(), words)


async def _instrument(market: PublicMarket, listed: Sequence[Instrument], words: str) -> Instrument:
    found = instrument_named({one.id: one for one in listed}, words)
    if found is not None:
        return found
    if any(one.market_id for one in listed):
        try:
            return meant(listed, words)
        except StateError:
            # What is not listed any more can still be asked for by its id.
            if not (words.isascii() and words.isdecimal() and len(words) < 80):
                raise
            try:
                return await market.pictures.fetch_instrument(words)
            except VenueRefused:
                pass
            raise
    shown = safe_text(words, max_cells=60)
    where = f"omega-tui markets --venue {market.venue}"
    raise StateError(f"{market.venue} lists no {shown!r}; `{where}` shows what it lists")


def meant(instruments: Sequence[Instrument], words: str) -> Instrument:
    """Return the instrument that a person means: by id, by the beginning of its id, or by words of its name.

    An outcome may follow the words of the name, as in `telescope no`; without one the first is meant.

    Raises:
        StateError: Nothing fits, or more than one market does; the sentence names candidates.
    """
    for instrument in instruments:
        if instrument.id == words:
            return instrument
    asked = words.casefold().split()
    if not asked:
        raise StateError("name an instrument: `omega-tui markets` lists them")
    fits = [one for one in instruments if one.id.startswith(words) or _fits(one, asked)]
    markets = {one.market_id for one in fits}
    shown = safe_text(words, max_cells=60)
    if not fits:
        raise StateError(f"no instrument is called {shown!r}; `omega-tui markets` lists them")
    if len(markets) > 1:
        names = "; ".join(sorted({one.name for one in fits})[:MOST_CANDIDATES])
        raise StateError(f"{shown!r} could be more than one market: {names}")
    return fits[0]


def _fits(instrument: Instrument, asked: Sequence[str]) -> bool:
    name = f"{instrument.name} {instrument.base}".casefold()
    return all(word in name for word in asked)
