"""The dead-man switch: Polymarket's with real parts, and which request leaves for every other venue."""

import importlib
from dataclasses import replace

import pytest
from ccxt_lab import Recorder, make, open_session, served, until
from tradingrig import LOOSE, broker_of, console

from omega_tui.domain.commands import Arm, CancelOrder, Disarm, PlaceOrder, SetDeadMan
from omega_tui.domain.events.account import ArmChanged, DeadManChanged, TradingMode
from omega_tui.domain.events.status import Alert
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.venue_health import DeadManState
from omega_tui.errors import OrderRefused, VenueError
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.base import DeadManTerms
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_dead_man import DEAD_MAN, NOT_USED, dead_man_of

QUICK = DeadManTerms(every_s=0.3, timeout_s=1.2, can_release=False, warning="It cancels everything.")
FEED = "POST /v1/heartbeats"


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=40) as venue:
        venue.venue.switches.wait_s = QUICK.timeout_s
        yield venue


@pytest.fixture
async def trading(venue, tmp_path):
    async with console(venue, tmp_path, risk=replace(LOOSE, dead_man=True), dead_man=QUICK) as trading:
        yield trading


def codes(trading):
    return [event.code for event in trading.watch.of(Alert)]


def states(trading):
    seen = []
    for event in trading.watch.of(DeadManChanged):
        if seen[-1:] != [event.dead_man.state]:
            seen.append(event.dead_man.state)
    return seen


async def is_on(trading):
    await trading.watch.until(lambda: trading.exchange._account.dead_man.state is DeadManState.ON)


async def test_orders_live_while_it_is_fed_and_die_at_the_venue_when_the_console_does(venue, tmp_path):
    """Both ways with real parts; nobody sends a cancel."""
    async with console(venue, tmp_path, risk=replace(LOOSE, dead_man=True), dead_man=QUICK) as trading:
        await trading.arm()
        await is_on(trading)
        order = await trading.place(trading.resting())
        assert trading.watch.of(DeadManChanged)[-1].dead_man.until_ns > 0
        # Disarming ends no feeding while an order rests.
        await trading.exchange.process(Disarm("sim"))
        fed = venue.venue.switches.count
        await trading.watch.until(lambda: venue.venue.switches.count > fed + 5)  # Past the time-out.
        assert trading.order(order).status is OrderStatus.ACCEPTED
        with pytest.raises(OrderRefused, match="cancels every order"):
            await trading.exchange.process(SetDeadMan("sim", on=False))
        trader = venue.credentials.address
    assert venue.venue.clearing.open_orders(trader)
    await until(lambda: not venue.venue.clearing.open_orders(trader), seconds=20)


async def test_without_an_acknowledgement_no_order_leaves_and_cancels_do(venue, trading):
    await trading.arm()
    await is_on(trading)
    order = await trading.place(trading.resting())
    broken = venue.faults.add(Fault(FaultKind.STATUS, path=FEED, status=503))
    await trading.watch.until(lambda: trading.exchange._account.dead_man.state is DeadManState.LOST)
    before = len(trading.truth())
    with pytest.raises(OrderRefused) as refused:
        await trading.exchange.process(PlaceOrder(trading.resting(20)))
    assert refused.value.code in {"HEARTBEAT_LOST", "NOT_ARMED"}
    assert len(trading.truth()) == before
    await trading.watch.until(lambda: "HEARTBEAT_LOST" in codes(trading))
    assert trading.exchange.mode is TradingMode.DISARMED
    assert "not acknowledged" in trading.watch.of(ArmChanged)[-1].reason
    await trading.exchange.process(Arm("sim"))
    with pytest.raises(OrderRefused) as refused:
        await trading.exchange.process(PlaceOrder(trading.resting(20)))
    assert refused.value.code == "HEARTBEAT_LOST", "armed again, and still closed"
    await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.watch.until(lambda: trading.order(order).is_done)
    venue.faults.remove(broken)
    await is_on(trading)
    await trading.place(trading.resting(20))
    await trading.agree()


async def test_it_is_off_until_asked_for_and_the_wish_outlives_the_program(venue, tmp_path):
    async with console(venue, tmp_path, dead_man=QUICK) as trading:
        await trading.arm()
        await trading.place(trading.resting())
        assert states(trading) == [DeadManState.OFF]
        assert venue.venue.switches.count == 0, "nothing is sent to it, for once used it cancels"
        await trading.exchange.process(SetDeadMan("sim", on=True))
        assert "DEAD_MAN" in codes(trading), "what it costs is said aloud"
        await is_on(trading)
    async with console(venue, tmp_path, dead_man=QUICK) as trading:
        await trading.arm()
        await is_on(trading)
        assert states(trading)[0] in {DeadManState.IDLE, DeadManState.LOST}


async def test_a_second_program_on_the_same_switch_is_noticed(venue):
    one, other = broker_of(venue, dead_man=QUICK), broker_of(venue, seed=2, dead_man=QUICK)
    await one.open()
    await other.open()
    notes = []
    for _ in range(4):
        notes += [await one.feed_dead_man(), await other.feed_dead_man()]
    assert any("Another program" in note for note in notes)
    await one.close()
    await other.close()


# --------------------------------------------------------------------------------- through the library


@pytest.fixture(scope="module")
def library():
    return importlib.import_module("ccxt.pro")


@pytest.mark.parametrize("exchange_id", DEAD_MAN)
async def test_the_timer_leaves_as_the_table_says(library, tmp_path, exchange_id):
    row = DEAD_MAN[exchange_id]
    recorder = Recorder('{"code":"0","success":true,"error":[],"result":"success","data":[{}]}')
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base, exchange_id, account_type=row.only or "spot")
        broker = CcxtBroker(session, is_live=False)
        assert (broker.dead_man.every_s, broker.dead_man.timeout_s) == (row.every_s, row.timeout_s)
        await broker.feed_dead_man()
        await broker.release_dead_man()
        await session.close()
    (_, fed, feeding, _), (_, released, releasing, _) = recorder.calls
    assert fed == released == row.path
    for fields, wire in ((feeding, row.wire), (releasing, row.release)):
        assert {name: fields[name] for name in wire} == wire


async def test_a_timer_that_the_venue_does_not_acknowledge_is_not_on(library, tmp_path):
    recorder = Recorder('{"code":"50013","msg":"Systems are busy","data":[]}')
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base, "okx")
        with pytest.raises(VenueError):
            await CcxtBroker(session, is_live=False).feed_dead_man()
        await session.close()


async def test_bybits_call_is_no_timer_whatever_the_library_says(library):
    """The trap: it sets a window for the loss of bybit's own socket, so feeding it guards nothing."""
    recorder = Recorder('{"retCode":0,"result":{}}')
    async with served(recorder.handle) as base:
        exchange = make(library, "bybit", base)
        await exchange.cancel_all_orders_after(45_000)
        await exchange.close()
    assert exchange.has["cancelAllOrdersAfter"]
    assert recorder.calls[-1][1].endswith("disconnected-cancel-all")
    assert dead_man_of("bybit", "spot") is None
    assert "bybit" in NOT_USED


def test_what_the_library_offers_is_used_or_said_why_not(library):
    for name in {*DEAD_MAN, *NOT_USED}:
        assert getattr(library, name)().has.get("cancelAllOrdersAfter"), name
    assert not set(DEAD_MAN) & set(NOT_USED)
