"""What the headless commands share: a venue, a streaming service, and which instrument is meant."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.config import LoadedConfig
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import StateError
from omega_tui.runtime.access import VenueAccess
from omega_tui.runtime.compose import Plan, enter_venue
from omega_tui.services.base import Platform
from omega_tui.services.recorder import Recorder
from omega_tui.services.streaming import StreamerConfig, StreamingService
from omega_tui.text import safe_text
from omega_tui.venues.polymarket_data import PolymarketData

MOST_CANDIDATES = 8
"""How many markets an ambiguous name lists."""


@dataclass(frozen=True, slots=True)
class PublicVenue:
    """The public side of a venue, open.

    Attributes:
        access: Where it listens.
        data: Its REST.
        platform: Bus and clock of this command.
    """

    access: VenueAccess
    data: PolymarketData
    platform: Platform


@asynccontextmanager
async def public_venue(loaded: LoadedConfig, sim_file: Path | None) -> AsyncIterator[PublicVenue]:
    """Open the public side of the configured venue; an embedded exchange ends with it and leaves no trace."""
    async with AsyncExitStack() as stack:
        platform = Platform(LocalBus(), SystemClock())
        plan = Plan(loaded, Path(), sim_file=sim_file, fresh=True, trades=False)
        access = await enter_venue(plan, platform, stack)
        data = PolymarketData(access.endpoints.rest_url, venue=access.venue, rng=Random())  # noqa: S311 - jitter
        await data.open()
        stack.push_async_callback(data.close)
        yield PublicVenue(access, data, platform)


async def streaming(
    venue: PublicVenue, loaded: LoadedConfig, assets: Sequence[str], recorder: Recorder | None = None
) -> StreamingService:
    """Return a streaming service that runs by itself; the caller shuts it down."""
    service = StreamingService(
        StreamerConfig(
            market_assets=assets,
            endpoints=venue.access.endpoints,
            streaming=loaded.config.streaming,
            integrity=loaded.config.integrity,
            venue=venue.access.venue,
            record=recorder.write if recorder is not None else None,
        )
    )
    await service.initialize()
    return service


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
