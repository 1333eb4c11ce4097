"""Every kind of program through the real exchange library: embedded Bitget futures and Binance spot."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from ccxt_lab import until

from omega_tui.config.model import OmegaConfig
from omega_tui.config.risk import RiskConfig
from omega_tui.config.venues import SimConfig
from omega_tui.domain.commands import (
    CancelOrder,
    CancelProgram,
    HoldProgram,
    ResumeProgram,
    StartProgram,
)
from omega_tui.domain.orders import OrderStatus, OrderType, TimeInForce
from omega_tui.domain.programs import Bracket, Chase, Oco, ProgramStatus, Role, Scale, Twap
from omega_tui.domain.side import Side
from omega_tui.secret import Secret
from omega_tui.services.exchange import ExchangeService
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.faults import Fault, FaultKind

D = Decimal
SIZE = D("0.02")
SETTINGS = OmegaConfig(
    sim=SimConfig(rate=20),
    risk=RiskConfig(duplicate_window_s=0, orders_per_second=40, orders_per_minute=600),
)
VENUES = {
    "bitget": ({"exchange": "bitget", "account_type": "swap"}, "BTC/USDT:USDT", Role.TAKE),
    "binance": ({"exchange": "binance"}, "BTC/USDT", Role.STOP),
}
"""The choice, what is traded, and which way out rests: where a stop stays the same order, that."""


class Desk:
    """A service of one account whose market is told again and again."""

    def __init__(self, service, instrument):
        self.service = service
        self.instrument = instrument

    async def look(self):
        self.instrument, self.book = await self.service._publish_book(self.instrument)

    async def keep_looking(self):
        while True:
            await self.look()
            await asyncio.sleep(0.1)

    def at(self, share):
        """A price so far from the market, on the tick."""
        return self.instrument.from_ticks(self.instrument.to_ticks(self.book.mid * (1 + D(share))))

    def order(self, side, share, size=SIZE, **changes):
        resting = self.service.orders[next(iter(self.service.orders))].request
        return replace(
            resting,
            client_order_id="",
            side=side,
            size=size,
            price=self.at(share),
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            **changes,
        )

    def ways(self, size, gain, loss):
        take = self.order(Side.SELL, gain, size, reduce_only=True)
        trigger = self.at(loss)
        stop = replace(take, price=trigger, trigger_price=trigger, order_type=OrderType.MARKET)
        return take, stop

    async def start(self, spec):
        known = set(self.service._account.programs._used)
        await self.service.process(StartProgram(spec))
        [program] = set(self.service._account.programs._used) - known
        return program

    def program(self, name):
        return self.service._account.programs.programs.get(name)

    def legs(self, name, role=None):
        orders = [one for one in self.service.orders.values() if one.request.program == name]
        return [one for one in orders if role in {None, one.request.role}]

    def works(self, name, role):
        return [one for one in self.legs(name, role) if one.status is OrderStatus.ACCEPTED]


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("exchange", VENUES)
async def test_every_program_runs_is_held_goes_on_and_ends_without_a_trace(tmp_path, exchange):
    choice, symbol, rests = VENUES[exchange]
    service = ExchangeService(
        config={**choice, "sandbox": "embedded", "state_dir": tmp_path, "settings": SETTINGS}
    )
    await service.initialize()
    try:
        async with asyncio.TaskGroup() as group:
            desk = Desk(service, await service.get_market(symbol))
            await desk.look()
            looking = group.create_task(desk.keep_looking())
            await service.place_order(symbol, "buy", SIZE * 2, kind="market")
            await run_everything(desk, rests)
            looking.cancel()
        assert await service._account.broker.fetch_open_orders() == []
    finally:
        await service.shutdown()


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_bracket_whose_entry_was_never_answered_is_protected_by_its_ways_out(tmp_path):
    choice, symbol, rests = VENUES["bitget"]
    async with EmbeddedBitget(seed=5, rate=20) as venue:
        who = venue.credentials
        keys = {
            "api_key": Secret(who.api_key),
            "api_secret": who.secret,
            "passphrase": who.passphrase,
        }
        given = {"sandbox": venue.base_url, "credentials": keys, "state_dir": tmp_path, "settings": SETTINGS}
        service = ExchangeService(config=choice | given)
        await service.initialize()
        try:
            async with asyncio.TaskGroup() as group:
                desk = Desk(service, await service.get_market(symbol))
                await desk.look()
                looking = group.create_task(desk.keep_looking())
                await service.place_order(symbol, "buy", SIZE, kind="market")
                entry = replace(desk.order(Side.BUY, "0.005"), time_in_force=TimeInForce.IOC)
                take, stop = desk.ways(SIZE, "0.03", "-0.03")
                venue.faults.add(Fault(FaultKind.ACCEPT_THEN_RESET, times=1, path="POST *order"))
                place = {"instrument": desk.instrument.id, "venue": desk.instrument.venue}
                bracket = await desk.start(Bracket(entry=entry, take=take, stop=stop, cap_ticks=100, **place))
                await until(lambda: desk.works(bracket, rests), seconds=30)
                [entered] = desk.legs(bracket, Role.ENTRY)
                assert (entered.status, entered.filled) == (OrderStatus.FILLED, SIZE)
                assert not [one for one in service.orders.values() if one.external]
                assert venue.faults.log
                looking.cancel()
        finally:
            await service.shutdown()


async def run_everything(desk, rests):
    service, place = desk.service, {"instrument": desk.instrument.id, "venue": desk.instrument.venue}

    scale = await desk.start(
        Scale(orders=tuple(desk.order(Side.BUY, f"-0.0{n}") for n in (1, 2, 3)), **place)
    )
    await until(lambda: len([one for one in desk.legs(scale) if one.status is OrderStatus.ACCEPTED]) == 3)
    await service.process(CancelProgram(place["venue"], scale))

    take, stop = desk.ways(SIZE, "0.03", "-0.03")
    oco = await desk.start(Oco(take=take, stop=stop, cap_ticks=100, **place))
    await until(lambda: desk.works(oco, rests))
    waits = {one.role for one in desk.program(oco).held}
    assert waits == {Role.TAKE, Role.STOP} - {rests}, "the other way out waits here"
    [leg] = desk.works(oco, rests)
    await service.process(CancelOrder(place["venue"], leg.request.client_order_id))
    await until(lambda: desk.service.orders[leg.request.client_order_id].is_done)
    [other] = waits
    await until(lambda: desk.program(oco).held or desk.works(oco, other))
    assert len(desk.legs(oco, rests)) == 1, "what the trader cancels is not sent again"
    await service.process(CancelProgram(place["venue"], oco))

    entry = desk.order(Side.BUY, "0.005", SIZE)
    entry = replace(entry, time_in_force=TimeInForce.IOC)
    take, stop = desk.ways(SIZE, "0.03", "-0.03")
    bracket = await desk.start(Bracket(entry=entry, take=take, stop=stop, cap_ticks=100, **place))
    await until(lambda: desk.works(bracket, rests), seconds=15)
    [entered] = desk.legs(bracket, Role.ENTRY)
    assert entered.filled == SIZE
    assert sum(one.remaining for one in desk.works(bracket, rests)) <= SIZE
    await service.process(CancelProgram(place["venue"], bracket))

    twap = await desk.start(
        Twap(
            side=Side.BUY, size=SIZE, limit_price=desk.at("0.04"), slices=2, seconds=2, cap_ticks=500, **place
        )
    )
    await until(lambda: desk.program(twap) is None, seconds=20)
    slices = desk.legs(twap)
    assert sum(one.filled for one in slices) == SIZE
    assert len(slices) == 2

    chase = await desk.start(
        Chase(side=Side.BUY, size=SIZE, limit_price=desk.at("-0.01"), seconds=60, **place)
    )
    await until(lambda: desk.works(chase, Role.CHASE))
    await service.process(HoldProgram(place["venue"], chase))
    assert desk.program(chase).status is ProgramStatus.HELD
    [resting] = desk.works(chase, Role.CHASE)
    await service.process(ResumeProgram(place["venue"], chase))
    assert desk.program(chase).status is ProgramStatus.WORKING
    assert desk.works(chase, Role.CHASE) == [resting], "its order never left"
    await service.process(CancelProgram(place["venue"], chase))
    await until(lambda: not service._account.programs.programs, seconds=20)
    assert not service._account.ledger.working
