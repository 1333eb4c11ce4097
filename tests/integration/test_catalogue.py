"""What can be traded, kept fresh against an exchange that goes down, comes back, and whose markets end."""

import asyncio
import contextlib
from dataclasses import replace
from random import Random

import pytest
from streamrig import FAST, Watch, still_clock, streaming, tokens_of

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import WatchInstrument
from omega_tui.domain.events.market import InstrumentUpdated, MarketListed
from omega_tui.domain.events.status import ServiceState
from omega_tui.services.base import Platform
from omega_tui.services.catalogue import Catalogue
from omega_tui.services.registry import ServiceRegistry
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.polymarket_data import PolymarketData


@contextlib.asynccontextmanager
async def catalogue_at(rest_url, platform=None, watch_first=None):
    """Run a catalogue as the runtime does, to its clean end; yield it with a watch on its bus."""
    first = []

    async def remember(instruments):
        first.append([instrument.id for instrument in instruments])

    platform = platform or Platform(LocalBus(), SystemClock())
    data = PolymarketData(rest_url, venue="sim", rng=Random(1))
    service = Catalogue(platform, data, watch_first or remember)
    service.first = first
    watch = Watch(service)
    registry = ServiceRegistry()
    registry.register(service)
    async with asyncio.TaskGroup() as group:
        await registry.start(service)
        body = group.create_task(service.run())
        try:
            yield service, watch
        finally:
            body.cancel()
            await asyncio.wait({body})
            await registry.stop(service)


def all_tokens(venue):
    return [token for market in venue.markets for token, _ in market.tokens]


def listed(token):
    return MarketListed(
        instrument=token, ts_event_ns=1, ts_recv_ns=1, market_id="0xab", name="Will it?", instruments=(token,)
    )


def published(watch):
    return {event.instrument.id: event.instrument for event in watch.of(InstrumentUpdated)}


async def test_every_instrument_is_published_and_the_list_is_watched_once():
    async with EmbeddedExchange(seed=3, rate=1) as venue, catalogue_at(venue.rest_url) as (service, watch):
        await watch.until(lambda: service.first)
        tokens = all_tokens(venue)
        assert list(published(watch)) == list(service.instruments) == tokens
        assert service.first == [tokens]
        for market in venue.markets:
            (yes, outcome), (no, _) = market.tokens
            instrument = service.instruments[yes]
            assert (instrument.name, instrument.base) == (market.question, outcome)
            assert (instrument.complement_id, instrument.market_id) == (no, market.market_id)
            assert instrument.tick_size == market.tick_size
            assert instrument.active
        assert [event.instrument.id for event in service.picture()] == tokens
        assert service.metrics() == {"instruments": 12.0, "fetches_total": 1.0}

        watch.seen.clear()
        platform = service.platform
        platform.bus.publish(listed(tokens[0]))
        await watch.until(lambda: service.metrics()["fetches_total"] == 2)
        assert watch.of(InstrumentUpdated) == [], "what has not changed is not told again"
        assert len(service.first) == 1


async def test_a_venue_that_is_down_degrades_it_and_nothing_is_forgotten():
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        port, tokens = int(venue.rest_url.rpartition(":")[2]), all_tokens(venue)
    async with catalogue_at(f"http://127.0.0.1:{port}") as (service, watch):
        await watch.until(lambda: service.state is ServiceState.DEGRADED)
        assert "the list of markets did not come" in service.health().reason
        assert service.picture() == []
        for times in (1, 2):
            async with EmbeddedExchange(seed=3, rate=1, port=port):
                await watch.until(lambda: service.state is ServiceState.RUNNING)
                assert list(service.instruments) == tokens
            if times == 1:
                service.platform.bus.publish(listed(tokens[0]))
                await watch.until(lambda: service.state is ServiceState.DEGRADED)
                assert list(service.instruments) == tokens
        assert service.first == [tokens], "it is watched once, and not before there is a list"


@pytest.mark.timeout(60)
async def test_a_market_that_ends_becomes_inactive_and_the_next_one_is_listed():
    """The last market of the list is a series whose rounds are short; the streaming service hears of both."""
    clock = still_clock()
    async with (
        EmbeddedExchange(seed=3, rate=10, still=True) as venue,
        streaming(venue, tokens_of(venue), clock=clock, streaming_config=replace(FAST)) as (streamer, _),
    ):

        async def watch_all(instruments):
            for instrument in instruments:
                await streamer.process(WatchInstrument(instrument.id))

        async with catalogue_at(venue.rest_url, streamer.platform, watch_all) as (service, watch):
            await watch.until(lambda: len(service.instruments) == 12)
            [old, _] = [token for token, _ in venue.markets[-1].tokens]
            assert service.instruments[old].active
            async with asyncio.timeout(30):
                while venue.venue.find(old) is not None:
                    await venue.advance(10.0)
            await watch.until(lambda: len(service.instruments) > 12)
            await watch.until(lambda: not service.instruments[old].active)
            new = [one for key, one in service.instruments.items() if key in all_tokens(venue)[-2:]]
            assert len(new) == 2
            assert all(one.active and one.name != service.instruments[old].name for one in new)
            assert published(watch)[old] == service.instruments[old]
            assert sum(one.active for one in service.instruments.values()) == 12


async def test_it_can_be_started_again_after_a_failure():
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        data = PolymarketData(venue.rest_url, venue="sim", rng=Random(1))
        platform = Platform(LocalBus(), SystemClock())

        async def nobody(_):
            return None

        service = Catalogue(platform, data, nobody)
        for _ in range(3):
            await service.initialize()
        assert platform.bus.has_readers(MarketListed)
        await service.shutdown()
        assert not platform.bus.has_readers(MarketListed), "no reader is left behind"
