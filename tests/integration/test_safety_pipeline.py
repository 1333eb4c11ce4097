"""Every way by which an order can reach the engine, in every state in which none may leave.

The market is published by hand, so that a state holds; broker, journal, sockets and exchange are real, and
the exchange's own history says whether anything came. The keys' and the typed line's own guards (settling,
held keys, pastes, backlogs) stand in front of this and are tested in `tests/unit/test_safety_of_hands.py`.
"""

import asyncio
import contextlib
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from tradingrig import LOOSE, QUICK, broker_of

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import AmendOrder, Arm, Disarm, Kill, PlaceOrder, StartProgram, Unkill
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import ConnectionChanged, ServiceState, ServiceStateChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataLimits,
    Integrity,
    IntegrityState,
    StreamName,
)
from omega_tui.domain.orders import OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.programs import Bracket, Chase, Close, Oco, Scale, Twap
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.errors import OrderRefused
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.base import Platform
from omega_tui.services.journal import Journal
from omega_tui.services.registry import ServiceRegistry
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.base import Refused

TICK = Decimal("0.01")
DISARMS = "NOT_ARMED"
"""The code where the state also disarms, should the timer that looks for it have been quicker."""
NS = 1_000_000_000


class Desk:
    """An exchange service with a market that stands as it is told to."""

    def __init__(self, venue, service, bus):
        self.venue = venue
        self.service = service
        self.bus = bus
        self.token = venue.markets[0].tokens[0][0]
        self.other = venue.markets[0].tokens[1][0]
        self.sequence = 0
        self.skew_ms = 1.0

    def show(  # noqa: PLR0913 - what a market may be like
        self,
        integrity=IntegrityState.VERIFIED,
        *,
        age_s=0.0,
        connection=ConnectionState.UP,
        lag_ms=5.0,
        told_s=0.0,
        bid="0.30",
        ask="0.32",
    ):
        """Publish the market, now, in a state."""
        now_ns = self.service.platform.clock.now_ns()
        self.sequence += 1
        last_ns = now_ns - round(age_s * NS)
        book = BookSnapshot(
            self.token,
            bids=(PriceLevel(Decimal(bid), Decimal(500)),),
            asks=(PriceLevel(Decimal(ask), Decimal(500)),),
            tick_size=TICK,
            sequence=self.sequence,
        )
        link = Connection(
            "sim",
            StreamName.BOOK,
            connection,
            last_recv_ns=last_ns,
            lag_ms=lag_ms,
            clock_skew_ms=self.skew_ms,
            ts_ns=now_ns,
        )
        self.bus.publish(
            InstrumentUpdated(
                Instrument(
                    self.token,
                    "sim",
                    "Will it?",
                    TICK,
                    min_size=Decimal(5),
                    base="YES",
                    quote="pUSD",
                    complement_id=self.other,
                    price_min=Decimal(0),
                    price_max=Decimal(1),
                ),
                now_ns - round(told_s * NS),
            )
        )
        self.bus.publish(ConnectionChanged(link))
        verified_ns = last_ns if integrity is IntegrityState.VERIFIED else 0
        checked = Integrity(integrity, since_ns=last_ns, verified_ns=verified_ns)
        self.bus.publish(BookUpdated(self.token, book, checked, last_ns))

    def order(self, price="0.10", size=10, **changes):
        request = OrderRequest(
            client_order_id="",
            instrument=self.token,
            venue="sim",
            side=Side.BUY,
            size=Decimal(size),
            price=Decimal(price),
        )
        return replace(request, **changes)

    def where(self):
        return {"instrument": self.token, "venue": "sim"}

    def truth(self):
        """How many orders ever came to the venue from us."""
        mine = self.venue.credentials.address
        return sum(record.account == mine for record in self.venue.history()["orders"].values())


def placed(desk):
    return PlaceOrder(desk.order())


def crossing(desk):
    return PlaceOrder(desk.order("0.33", time_in_force=TimeInForce.IOC))


def amended(desk):
    [order] = [o for o in desk.service.orders.values() if o.status is OrderStatus.ACCEPTED]
    return AmendOrder("sim", order.request.client_order_id, price=Decimal("0.09"))


def a_stop(desk):
    return PlaceOrder(desk.order("0.40", trigger_price=Decimal("0.40"), order_type=OrderType.MARKET))


def scale(desk):
    return StartProgram(Scale(orders=(desk.order("0.10"), desk.order("0.11")), **desk.where()))


def chase(desk):
    spec = Chase(side=Side.BUY, size=Decimal(10), limit_price=Decimal("0.30"), seconds=60, **desk.where())
    return StartProgram(spec)


def twap(desk):
    spec = Twap(
        side=Side.BUY,
        size=Decimal(20),
        limit_price=Decimal("0.35"),
        slices=2,
        seconds=60,
        cap_ticks=3,
        **desk.where(),
    )
    return StartProgram(spec)


def bracket(desk):
    way = desk.order("0.50", side=Side.SELL, reduce_only=True)
    stop = replace(way, price=TICK, trigger_price=TICK, order_type=OrderType.MARKET)
    return StartProgram(Bracket(entry=desk.order(), take=way, stop=stop, cap_ticks=5, **desk.where()))


def oco(desk):
    take = desk.order("0.10")
    stop = replace(take, price=Decimal("0.40"), trigger_price=Decimal("0.40"), order_type=OrderType.MARKET)
    return StartProgram(Oco(take=take, stop=stop, cap_ticks=5, **desk.where()))


def closing(desk):
    order = desk.order("0.33", time_in_force=TimeInForce.IOC)
    return StartProgram(Close(order=order, clears=False, whole=False, **desk.where()))


PATHS = {
    path.__name__: path
    for path in (placed, crossing, amended, a_stop, scale, chase, twap, bracket, oco, closing)
}


async def disarmed(desk):
    desk.show()
    await desk.service.process(Disarm("sim"))
    return {"NOT_ARMED"}


async def killed(desk):
    desk.show()
    await desk.service.process(Kill())
    return {"HALTED", "NO_SUCH_ORDER"}


async def stale(desk):
    desk.show(age_s=60)
    return {"DATA_STALE"}


async def resyncing(desk):
    desk.show(IntegrityState.RESYNCING)
    return {"BOOK_UNTRUSTED"}


async def down(desk):
    desk.show(connection=ConnectionState.DOWN)
    return {"DATA_STALE"}


async def clock_off(desk):
    desk.skew_ms = 1_500.0
    desk.show()
    return {"CLOCK_SKEW", DISARMS}


async def engine_lagging(desk):
    desk.show()
    desk.service._account.loop_lag._late.append((desk.service.platform.clock.mono_ns(), 3 * NS))
    return {"LOOP_LAG", DISARMS}


async def reconciling(desk):
    desk.show()
    inquiry = desk.service._account.inquiry
    async with inquiry._one_at_a_time:  # On a busy machine the next one may be due, or under way.
        inquiry.asked_ns = desk.service.platform.clock.mono_ns()
        inquiry.is_fresh = False
    return {"RECONCILING"}


async def venue_takes_cancels_alone(desk):
    desk.show()
    desk.service._account.venue_state.heard(Refused("CANCEL_ONLY", "the venue is cancel-only"))
    return {"VENUE_STATE"}


async def told_long_ago(desk):
    desk.show(told_s=601)
    return {"INSTRUMENT"}


async def without_a_journal(desk):
    desk.show()
    desk.service._account._probed_ns = desk.service.platform.clock.mono_ns()  # Else it may be found well.
    desk.service._account.journal.problem = "the disk is full"
    return {"JOURNAL", DISARMS}


STATES = (
    disarmed,
    stale,
    resyncing,
    down,
    clock_off,
    engine_lagging,
    reconciling,
    venue_takes_cancels_alone,
    told_long_ago,
    without_a_journal,
    killed,
)


async def restore(desk):
    """Be armed on a live market again."""
    desk.skew_ms = 1.0
    desk.service._account.loop_lag._late.clear()
    desk.service._account.journal.problem = ""
    desk.service._account.venue_state._stages.clear()
    desk.service._account.inquiry.is_fresh = True
    await desk.service.process(Unkill())
    desk.show()
    await desk.service.process(Arm("sim"))


@contextlib.asynccontextmanager
async def desk_at(folder):
    clock = SystemClock()
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        bus = LocalBus()
        service = AccountService(
            Platform(bus, clock),
            AccountParts(
                broker=broker_of(venue),
                journal=Journal(folder, clock),
                risk=LOOSE,
                data_limits=DataLimits(),
                timing=replace(QUICK, idle_every_s=600, working_every_s=600),
            ),
            rng=random.Random(1),
        )
        registry = ServiceRegistry()
        registry.register(service)
        async with asyncio.TaskGroup() as group:
            await registry.start(service)
            task = group.create_task(service.run())
            try:
                await service._account.inquiry.ask()
                desk = Desk(venue, service, bus)
                desk.show()
                yield desk
            finally:
                task.cancel()
                await asyncio.wait({task})
                await registry.stop(service)


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_leaves_by_this_path_in_any_state_that_forbids_it(path, tmp_path):
    async with desk_at(tmp_path / "journal") as desk:
        await restore(desk)
        if path == "amended":
            await desk.service.process(PlaceOrder(desk.order()))
        desk.show()
        before = desk.truth()
        for state in STATES:
            if state is killed and path == "amended":
                continue  # The kill has canceled the order that would be moved.
            codes = await state(desk)
            with pytest.raises(OrderRefused) as refused:
                await desk.service.process(PATHS[path](desk))
            assert refused.value.code in codes, (path, state.__name__)
            assert desk.truth() == before, (path, state.__name__)
            assert not desk.service._account.programs.programs, "nothing waits to be sent later"
            if state is not killed:
                await restore(desk)
        if path == "amended":
            assert any(o.status is OrderStatus.ACCEPTED for o in desk.service.orders.values()), "untouched"


@pytest.mark.parametrize("path", ["crossing", "twap"])
async def test_what_takes_does_not_leave_on_data_that_lag(path, tmp_path):
    async with desk_at(tmp_path / "journal") as desk:
        await restore(desk)
        desk.show(lag_ms=1_500.0)
        with pytest.raises(OrderRefused) as refused:
            await desk.service.process(PATHS[path](desk))
        assert refused.value.code == "DATA_STALE"
        assert desk.truth() == 0


async def service_fails(desk):
    desk.show()
    desk.bus.publish(ServiceStateChanged("streaming/sim", ServiceState.FAILED, "a bug"))


async def machine_sleeps(desk):
    desk.show()
    pauses = desk.service._account.auto_disarm._pauses
    wall_ns, mono_ns = pauses._seen or (desk.service.platform.clock.now_ns(), 0)
    pauses._seen = (wall_ns - 600 * NS, mono_ns)


@pytest.mark.parametrize("state", [clock_off, engine_lagging, service_fails, machine_sleeps])
async def test_what_shakes_the_ground_disarms_by_itself(state, tmp_path):
    async with desk_at(tmp_path / "journal") as desk:
        await restore(desk)
        changes = desk.bus.subscribe(ArmChanged)
        await state(desk)
        async with asyncio.timeout(20):
            while (event := await changes.next()).mode is not TradingMode.DISARMED:
                pass
        assert event.reason


async def test_the_same_paths_leave_when_all_is_well(tmp_path):
    """Without this the test above could pass for any reason."""
    async with desk_at(tmp_path / "journal") as desk:
        await restore(desk)
        for path in ("placed", "amended", "scale", "bracket", "twap", "a_stop"):
            desk.show()
            await desk.service.process(PATHS[path](desk))
        assert desk.truth() >= 1
        assert len(desk.service._account.programs.programs) >= 4
