"""The list of venues: what sleeps, what is opened by itself, and what a kill forbids."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.commands import OpenVenue, WatchInstrument
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import Alert, ServiceState, VenueChanged, VenuePhase
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import OrderRefused, StateError, VenueUnreachable
from omega_tui.services.base import Platform, Service
from omega_tui.services.registry import ServiceRegistry
from omega_tui.services.venues import Listing, Opened, Stand, Venues

BTC = Instrument(id="coins:BTC/USDT", venue="coins", name="BTC/USDT", tick_size=Decimal("0.1"))


class Feed(Service):
    name = "streaming"

    def __init__(self, platform):
        super().__init__(platform)
        self.watched = []

    def can_handle(self, command):
        return isinstance(command, WatchInstrument) and self.name.endswith(f"/{command.venue}")

    async def process(self, command):
        self.watched.append(command.instrument)


async def listing():
    return Listing([BTC], "1 market from the disk, 3 h 0 min old")


STANDS = (
    Stand(venue="first", exchange="polymarket", is_open=True),
    Stand(venue="coins", exchange="bitget", account_type="spot", sleeps=True, listing=listing),
    Stand(venue="money", exchange="okx", account_type="swap", is_live=True, listing=listing),
)


@asynccontextmanager
async def desk(*, fails=()):
    platform = Platform(LocalBus(), ManualClock())
    registry = ServiceRegistry()
    failures = list(fails)
    opened = {}

    async def open_venue(venue, progress):
        progress("Loading the exchange library.")
        if failures:
            raise failures.pop()
        feed = opened[venue] = Feed(platform).of(venue)
        registry.register(feed)
        await registry.start(feed)
        return Opened(feed, "there are no keys" if venue == "money" else "")

    venues = Venues(platform, STANDS, open_venue)
    registry.register(venues)
    events = platform.bus.subscribe(VenueChanged, InstrumentUpdated, Alert)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        await registry.start(venues)
        task = group.create_task(venues.run())
        try:
            yield platform, registry, events, opened
        finally:
            task.cancel()
            await asyncio.wait((task,))
            await registry.stop(venues)


def first_book(platform):
    integrity = Integrity(IntegrityState.VERIFIED, "hash")
    empty = BookSnapshot(
        instrument="1", bids=(), asks=(), tick_size=Decimal("0.01"), sequence=1, ts_event_ns=1, ts_recv_ns=1
    )
    platform.bus.publish(BookUpdated("1", empty, integrity, 1))


async def until(events, venue, phase):
    """Return the event that tells so, and all that came before."""
    seen = []
    while True:
        event = await events.next()
        seen.append(event)
        if isinstance(event, VenueChanged) and event.venue == venue and event.phase is phase:
            return event, seen


async def test_nothing_is_touched_before_the_first_book_and_then_only_what_money_is_in():
    async with desk() as (platform, _registry, events, opened):
        for venue in ("first", "coins", "money"):
            told = await events.next()
            assert (told.venue, told.phase is VenuePhase.OPEN) == (venue, venue == "first")
        await asyncio.sleep(0)
        assert not events.drain()
        assert not opened
        first_book(platform)
        told, _ = await until(events, "money", VenuePhase.OPEN)
        assert told.is_live
        assert told.view_only == "there are no keys"
        assert set(opened) == {"money"}, "the one that sleeps was let be"


async def test_a_market_that_is_looked_at_opens_its_venue():
    async with desk() as (platform, registry, events, opened):
        first_book(platform)
        _, seen = await until(events, "money", VenuePhase.OPEN)
        assert InstrumentUpdated(BTC) in seen
        assert "from the disk" in next(e.text for e in seen if getattr(e, "venue", "") == "coins" and e.text)
        await registry.dispatch(WatchInstrument(BTC.id, "coins"))
        await registry.dispatch(WatchInstrument(BTC.id, "coins"))
        _, seen = await until(events, "coins", VenuePhase.OPEN)
        progress = [event.text for event in seen if isinstance(event, VenueChanged | Alert)]
        assert "coins: Loading the exchange library." in progress
        assert opened["coins"].watched == [BTC.id]
        await registry.dispatch(WatchInstrument("coins:ETH/USDT", "coins"))
        assert opened["coins"].watched == [BTC.id, "coins:ETH/USDT"], "it is asked itself from now on"
        with pytest.raises(StateError, match="there are first, coins, money"):
            await registry.dispatch(OpenVenue("nowhere"))


async def test_what_fails_says_why_and_is_tried_again_when_asked():
    unreachable = VenueUnreachable("the port is taken", venue="coins", code="NOT_SENT")
    async with desk(fails=[unreachable]) as (_platform, registry, events, opened):
        await registry.dispatch(OpenVenue("coins"))
        told, _ = await until(events, "coins", VenuePhase.FAILED)
        assert told.text == "the port is taken"
        await registry.dispatch(OpenVenue("coins"))
        await until(events, "coins", VenuePhase.OPEN)
        opened["coins"].enter(ServiceState.FAILED, "no route")
        told, _ = await until(events, "coins", VenuePhase.FAILED)
        assert told.text == "it is tried again; no route"


async def test_a_kill_keeps_venues_closed_until_it_is_lifted():
    async with desk() as (platform, registry, events, opened):
        platform.bus.publish(ArmChanged("first", TradingMode.HALTED))
        with pytest.raises(OrderRefused, match=":unkill first"):
            await registry.dispatch(OpenVenue("coins"))
        assert not opened
        platform.bus.publish(ArmChanged("first", TradingMode.DISARMED))
        await registry.dispatch(OpenVenue("coins"))
        await until(events, "coins", VenuePhase.OPEN)
