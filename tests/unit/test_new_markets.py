"""A market that is new here: read before an order in it is judged, whenever its book appeared."""

import asyncio
from types import SimpleNamespace

from omega_tui.clock import ManualClock
from omega_tui.errors import VenueUnreachable
from omega_tui.services.errands import Errands
from omega_tui.services.new_markets import NewMarkets

NAME = "v:BTC/USDT"


class Broker:
    """Only what a broker that is asked market by market has."""

    def __init__(self):
        self.warmed, self.fails = [], False

    def remember(self, venue_order_id, instrument, client_order_id=""):
        raise NotImplementedError

    async def fetch_order_by_client_id(self, client_order_id, instrument):
        raise NotImplementedError

    async def cancel_by_client_id(self, client_order_id, instrument):
        raise NotImplementedError

    async def warm(self, instrument):
        if self.fails:
            raise VenueUnreachable("away", venue="v")
        self.warmed.append(instrument)


class Market:
    def __init__(self):
        self.fresh = []

    def catch_up(self):
        pass

    def take_fresh(self):
        fresh, self.fresh = self.fresh, []
        return fresh


class Rig:
    def __init__(self):
        self.broker, self.market, self.clock = Broker(), Market(), ManualClock()
        self.errands = Errands()
        self.wanted = 0
        inquiry = SimpleNamespace(want=self.want)
        self.markets = NewMarkets(self.broker, self.market, self.clock, self.errands, inquiry)

    def want(self):
        self.wanted += 1

    def appear(self):
        self.market.fresh.append(SimpleNamespace(id=NAME))


async def test_a_market_whose_book_appears_is_warmed_and_then_asked_for():
    rig = Rig()
    async with asyncio.TaskGroup() as group:
        rig.errands.open(group)
        rig.appear()
        rig.markets.look()
        assert NAME in rig.markets.untold, "no order in it before that"
    assert (rig.broker.warmed, rig.wanted) == ([NAME], 1)
    rig.markets.told(rig.clock.mono_ns() - 1)
    assert NAME in rig.markets.untold, "that question was asked before it was warm"
    rig.markets.told(rig.clock.mono_ns())
    assert not rig.markets.untold


async def test_an_order_in_a_market_that_appears_just_now_waits_for_it_and_is_not_denied():
    rig = Rig()
    rig.appear()
    assert await rig.markets.meet(NAME), "the account is to be asked"
    assert rig.broker.warmed == [NAME]
    rig.markets.told(rig.clock.mono_ns())
    assert not await rig.markets.meet(NAME)


async def test_a_market_that_cannot_be_warmed_is_left_to_its_first_order():
    rig = Rig()
    rig.broker.fails = True
    async with asyncio.TaskGroup() as group:
        rig.errands.open(group)
        rig.appear()
        rig.markets.look()
    assert not rig.markets.untold
    assert rig.wanted == 0
