"""The market-data service of an account at an exchange of the library, against the embedded Bitget."""

import asyncio
import importlib
import random
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import FetchCandles, ResyncBook, UnwatchInstrument, WatchInstrument
from omega_tui.domain.events.account import AccountGap
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated, TradePrinted
from omega_tui.domain.events.status import ConnectionChanged, ServiceState, ServiceStateChanged
from omega_tui.domain.integrity import ConnectionState, IntegrityState, StreamName
from omega_tui.domain.timeframe import TIMEFRAMES
from omega_tui.errors import ServiceStateError, VenueRefused
from omega_tui.runtime.lineup import VenueSpec
from omega_tui.runtime.listings import embedded_listing, listing_on_disk
from omega_tui.secret import Secret
from omega_tui.services.base import Platform
from omega_tui.services.ccxt_streaming import CcxtStreamingService
from omega_tui.services.registry import ServiceRegistry
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.units import NS_PER_S
from omega_tui.venues.ccxt_loader import ExchangeAccount
from omega_tui.venues.ccxt_markets import Markets, _file_name, _write
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import FeedLimits

QUICK = FeedLimits(
    first_message_s=5.0,
    silent_first_s=0.2,
    silence_s=5.0,
    frame_s=0.005,
    first_wait_s=0.02,
    longest_wait_s=0.1,
)
SPOT = "here:BTC/USDT"

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module", autouse=True)
def library():
    return importlib.import_module("ccxt.pro")


@asynccontextmanager
async def streaming(venue, account_type, *, has_account=True, limits=QUICK):
    keys = venue.credentials
    account = ExchangeAccount(
        venue="here",
        exchange_id="bitget",
        account_type=account_type,
        credentials={"apiKey": Secret(keys.api_key), "secret": keys.secret, "password": keys.passphrase},
        loopback=venue.base_url,
    )
    platform = Platform(LocalBus(), SystemClock())
    session = CcxtSession(account, clock=platform.clock, cache=None, progress=lambda _text: None)
    service = CcxtStreamingService(
        platform, session, rng=random.Random(1), has_account=has_account, limits=limits
    )
    registry = ServiceRegistry()
    registry.register(service)
    events = platform.bus.subscribe(BookUpdated, TradePrinted, ConnectionChanged, InstrumentUpdated)
    async with asyncio.timeout(50), asyncio.TaskGroup() as group:
        await registry.start(service)
        session.data.timeout_on_exit = session.trade.timeout_on_exit = 1
        running = group.create_task(service.run())
        try:
            yield registry, service, events
        finally:
            running.cancel()
            await asyncio.wait((running,))
            await registry.stop(service)
            await session.close()


async def until(events, holds):
    """Return the first event of which `holds` is true."""
    while True:
        for event in events.drain():
            if holds(event):
                return event
        await asyncio.sleep(0.01)


def is_connection(event, stream, state=ConnectionState.UP):
    return (
        isinstance(event, ConnectionChanged)
        and event.connection.stream is stream
        and (event.connection.state is state)
    )


async def candles_of_every_length_come_whole(registry):
    for word in ("1m", "15m", "1h"):
        history = await registry.dispatch(FetchCandles(SPOT, word, limit=300))
        starts = [candle.start_ns for candle in history.candles]
        step_ns = TIMEFRAMES[word] * NS_PER_S
        assert starts == list(range(starts[0], starts[-1] + 1, step_ns))
        assert 70 < len(starts) <= 300
    with pytest.raises(VenueRefused, match="no candles of 5s"):
        await registry.dispatch(FetchCandles(SPOT, "5s"))


async def test_it_tells_of_an_exchange_what_every_venue_tells():
    async with EmbeddedBitget(rate=200) as venue, streaming(venue, "spot") as (registry, service, events):
        listed = {each.instrument.id for each in events.drain() if isinstance(each, InstrumentUpdated)}
        assert SPOT in listed
        await registry.dispatch(WatchInstrument(SPOT))
        found = await until(events, lambda one: isinstance(one, BookUpdated) and one.book is not None)
        assert found.instrument == SPOT
        assert found.integrity.state is IntegrityState.VERIFIED
        assert found.integrity.check == "seq"
        await until(events, lambda one: isinstance(one, TradePrinted))
        up = await until(
            events,
            lambda one: is_connection(one, StreamName.BOOK) and one.connection.clock_skew_ms is not None,
        )
        assert abs(up.connection.clock_skew_ms) < 5_000
        assert up.connection.keepalive_ms > 0
        assert up.connection.last_recv_ns > 0
        await until(events, lambda one: is_connection(one, StreamName.ACCOUNT))
        kinds = {type(each) for each in service.picture()}
        assert kinds == {InstrumentUpdated, ConnectionChanged, BookUpdated}
        assert service.metrics()["latency_ms"] > 0
        await candles_of_every_length_come_whole(registry)
        with pytest.raises(VenueRefused, match="does not list"):
            await registry.dispatch(WatchInstrument("here:DOGE/USDT"))
        await registry.dispatch(ResyncBook(SPOT))
        await until(
            events,
            lambda one: isinstance(one, BookUpdated) and one.integrity.state is IntegrityState.RESYNCING,
        )
        await until(
            events,
            lambda one: isinstance(one, BookUpdated) and one.integrity.state is IntegrityState.VERIFIED,
        )
        await registry.dispatch(UnwatchInstrument(SPOT))
        assert BookUpdated not in {type(each) for each in service.picture()}


async def test_a_venue_that_goes_away_is_told_of_and_comes_back_by_itself():
    async with EmbeddedBitget(rate=200) as venue, streaming(venue, "spot") as (registry, service, events):
        await registry.dispatch(WatchInstrument(SPOT))
        await until(events, lambda one: is_connection(one, StreamName.BOOK))
        venue.kill_sockets()
        await until(events, lambda one: is_connection(one, StreamName.BOOK, ConnectionState.DOWN))
        await until(events, lambda one: is_connection(one, StreamName.BOOK))
        changes = service.platform.bus.subscribe(ServiceStateChanged)
        while service.state is not ServiceState.RUNNING:
            await changes.next()


async def test_a_resync_by_hand_ends_the_wait_for_the_next_attempt():
    patient = replace(QUICK, first_wait_s=600.0, longest_wait_s=600.0)
    async with (
        EmbeddedBitget(rate=200) as venue,
        streaming(venue, "spot", limits=patient) as (registry, _service, events),
    ):
        await registry.dispatch(WatchInstrument(SPOT))
        await until(events, lambda one: is_connection(one, StreamName.BOOK))
        venue.kill_sockets()
        down = await until(events, lambda one: is_connection(one, StreamName.BOOK, ConnectionState.DOWN))
        assert down.connection.retry_at_ns - SystemClock().now_ns() > 60 * NS_PER_S
        await registry.dispatch(ResyncBook(SPOT))
        await until(events, lambda one: is_connection(one, StreamName.BOOK))


async def test_an_instrument_of_another_venue_is_not_its_business():
    platform = Platform(LocalBus(), SystemClock())
    account = ExchangeAccount(venue="here", exchange_id="bitget")
    session = CcxtSession(account, clock=platform.clock, cache=None, progress=lambda _text: None)
    service = CcxtStreamingService(platform, session, rng=random.Random(1), has_account=False)
    assert service.can_handle(WatchInstrument(SPOT))
    assert not service.can_handle(WatchInstrument("hereafter:BTC/USDT"))
    assert not service.can_handle(WatchInstrument("1001"))
    registry = ServiceRegistry()
    registry.register(service)
    with pytest.raises(ServiceStateError, match="CREATED"):
        await registry.dispatch(WatchInstrument(SPOT))


@pytest.mark.parametrize("account_type", ["spot", "swap"])
async def test_what_is_listed_before_anybody_asks_is_what_the_exchange_lists(tmp_path, account_type):
    """Only the name in the ids differs, and what a listing cannot know: whether the key may trade."""
    spec = VenueSpec(name="here", exchange="bitget", account_type=account_type, sandbox="embedded")
    async with EmbeddedBitget() as venue, streaming(venue, account_type) as (_registry, service, _events):
        asked = service._session.instruments
        listed = {one.id: one for one in embedded_listing(spec).instruments}
        assert listed == asked
        # The same again from the disk, as for an exchange that was asked yesterday.
        session = CcxtSession(
            ExchangeAccount(venue="here", exchange_id="bitget", account_type=account_type),
            clock=SystemClock(),
            cache=None,
            progress=lambda _text: None,
        )
        folder = tmp_path / "markets"
        folder.mkdir()
        markets = Markets(service._session.data.markets, None, SystemClock().now_ns(), 4)
        _write(folder / _file_name(service._session.library.__version__, session.account), markets)
        real = VenueSpec(name="here", exchange="bitget", account_type=account_type)
        kept = await listing_on_disk(real, tmp_path, SystemClock())
        assert {one.id: one for one in kept.instruments} == asked
        assert kept.text == f"{len(asked)} markets from the disk, 0 min old"
        other = VenueSpec(name="other", exchange="okx", account_type="spot")
        assert await listing_on_disk(other, tmp_path, SystemClock()) is None


async def test_an_account_whose_streams_have_nothing_to_say_is_up_all_the_same():
    """Orders and fills are silent for hours: that they are heard again must be told, or nothing is armed."""
    async with EmbeddedBitget(rate=60) as venue, streaming(venue, "spot") as (_registry, service, _events):
        gaps = service.platform.bus.subscribe(AccountGap)
        assert (await gaps.next()).connected
        venue.kill_sockets("private")
        while (await gaps.next()).connected:
            continue
        while not (await gaps.next()).connected:
            continue
