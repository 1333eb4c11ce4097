"""The exchange service against the embedded exchange: every way an order can go, compared with the truth."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from tradingrig import LOOSE, QUICK, console

from omega_tui.clock import SystemClock
from omega_tui.domain.commands import (
    Arm,
    CancelOrder,
    CancelOrders,
    Disarm,
    Kill,
    PlaceOrder,
    Reconcile,
    Unkill,
)
from omega_tui.domain.events.account import ArmChanged, OrderChanged, PositionChanged, TradingMode
from omega_tui.domain.events.status import Alert, ServiceState
from omega_tui.domain.orders import OrderAlarm, OrderStatus, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import JournalError, OrderRefused
from omega_tui.protocol.polymarket.order_answers import PlaceAnswer
from omega_tui.protocol.polymarket.posting import decode_posting
from omega_tui.services import auto_disarm
from omega_tui.services.journal import Journal
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.polymarket_broker import OWNER_MARK

PLACE = "POST /order"


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=200) as venue:
        yield venue


@pytest.fixture
async def trading(venue, tmp_path):
    async with console(venue, tmp_path / "journal") as trading:
        await trading.arm()
        yield trading


def statuses(trading, order):
    """Every state that was published of an order, each once in a row."""
    seen = []
    for event in trading.watch.of(OrderChanged):
        status = event.order.status
        if event.order.request.client_order_id == order.request.client_order_id and seen[-1:] != [status]:
            seen.append(status)
    return seen


# ---------------------------------------------------------------------------- all is well


async def test_a_resting_order_is_shown_before_it_is_answered_and_can_be_canceled(trading):
    order = await trading.place(trading.resting())
    assert order.status is OrderStatus.ACCEPTED
    assert statuses(trading, order)[:2] == [OrderStatus.SUBMITTED, OrderStatus.ACCEPTED]
    assert order.request.client_order_id.startswith("o")
    assert order.venue_order_id in trading.truth()
    await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)
    assert OrderStatus.PENDING_CANCEL in statuses(trading, order)
    await trading.agree()


async def test_a_taking_order_fills_and_becomes_a_position_with_its_price_and_fee(trading):
    order = await trading.place(trading.taking(size=20))
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.FILLED)
    await trading.watch.until(trading.is_settled)
    filled = trading.order(order)
    position = trading.exchange.positions[trading.token]
    assert (filled.filled, filled.alarms) == (Decimal(20), frozenset())
    assert (position.quantity, position.entry_price) == (Decimal(20), filled.average_price)
    assert trading.watch.of(PositionChanged)
    await trading.agree()


async def test_flatten_sells_what_is_held_and_not_more(trading):
    await trading.place(trading.taking(size=20))
    await trading.watch.until(lambda: trading.held() == 20)
    book = trading.book()
    sell = replace(
        trading.taking(size=21), side=Side.SELL, price=book.best_bid - 3 * book.tick_size, reduce_only=True
    )
    with pytest.raises(OrderRefused) as refused:
        await trading.place(sell)
    assert refused.value.code == "REDUCE_ONLY"
    await trading.exchange.process(Disarm("sim"))
    await trading.place(replace(sell, size=Decimal(20)))
    await trading.watch.until(lambda: trading.held() == 0)
    await trading.agree()


async def test_orders_of_one_side_or_price_are_canceled_together(trading):
    low = await trading.place(trading.resting(ticks=12))
    lower = await trading.place(trading.resting(ticks=16))
    await trading.exchange.process(CancelOrders(venue="sim", price=lower.request.price))
    await trading.watch.until(lambda: trading.order(lower).status is OrderStatus.CANCELED)
    assert trading.order(low).status is OrderStatus.ACCEPTED
    await trading.exchange.process(CancelOrders(side=Side.SELL))
    await trading.exchange.process(CancelOrders(side=Side.BUY))
    await trading.watch.until(lambda: trading.order(low).status is OrderStatus.CANCELED)
    await trading.agree()


# ---------------------------------------------------------------------------- whatever goes wrong on the way

FAULTS = {
    "time-out, accepted": Fault(FaultKind.SLOW, path=PLACE, seconds=3, times=1),
    "reset, not accepted": Fault(FaultKind.RESET, path=PLACE, times=1),
    "reset after it was accepted": Fault(FaultKind.ACCEPT_THEN_RESET, path=PLACE, times=1),
    "cut body": Fault(FaultKind.ACCEPT_THEN_CUT, path=PLACE, times=1),
    "200 with HTML": Fault(FaultKind.ACCEPT_THEN_HTML, path=PLACE, times=1),
    "500, accepted": Fault(FaultKind.ACCEPT_THEN_STATUS, path=PLACE, status=500, times=1),
    "500, not accepted": Fault(FaultKind.STATUS, path=PLACE, status=500, times=1),
    "425": Fault(FaultKind.STATUS, path=PLACE, status=425, times=1),
    "429": Fault(FaultKind.STATUS, path=PLACE, status=429, times=1),
    "429 after it was accepted": Fault(FaultKind.ACCEPT_THEN_STATUS, path=PLACE, status=429, times=1),
    "events before the answer": Fault(FaultKind.FILL_BEFORE_ACK, path=PLACE, times=1),
    "accepted late": Fault(FaultKind.LATE_ACCEPT, path=PLACE, seconds=0.3, times=1),
    "missing in the lists at first": Fault(FaultKind.STALE_READ, seconds=0.4, times=3),
}


@pytest.mark.parametrize("takes", [False, True], ids=["resting", "taking"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_whatever_happens_to_the_answer_there_is_one_order_at_most_and_we_know_it(
    trading, fault, takes
):
    trading.venue.faults.add(fault)
    await trading.place(trading.taking(size=10) if takes else trading.resting())
    await trading.agree()
    assert len(trading.truth()) <= 1
    await trading.watch.until(lambda: trading.exchange.is_ready)
    orders = trading.exchange.orders.values()
    assert OrderStatus.UNKNOWN not in {order.status for order in orders}
    if fault.status == 425:  # Its engine is away for a while, and what would be refused does not leave.
        with pytest.raises(OrderRefused) as refused:
            await trading.place(trading.resting(ticks=18))
        assert refused.value.code == "VENUE_STATE"
    elif fault.status != 429:  # After that the venue wants to be left alone for a second.
        after = await trading.place(trading.resting(ticks=18))
        assert after.status is OrderStatus.ACCEPTED


async def test_a_venue_that_cannot_be_reached_was_not_sent_anything(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        await trading.place(trading.resting())
        request = trading.resting(ticks=18)
        wire = trading.exchange._account.broker._client._clob._wire
        await wire.close()
        wire._port = 1
        with pytest.raises(OrderRefused) as refused:
            await trading.place(request)
        assert refused.value.code == "NOT_SENT"
        assert [order.status for order in trading.exchange.orders.values()] == [
            OrderStatus.ACCEPTED,
            OrderStatus.REJECTED,
        ]


async def test_what_the_venue_refuses_is_refused(trading):
    with pytest.raises(OrderRefused) as refused:
        await trading.place(
            replace(trading.taking(size=1), price=trading.book().best_bid, time_in_force=TimeInForce.FOK)
        )
    assert refused.value.code in {"FOK", "MIN_NOTIONAL", "MIN_SIZE"}
    await trading.agree()


async def test_an_unknown_order_locks_its_instrument_until_the_venue_was_asked(trading):
    trading.venue.faults.add(Fault(FaultKind.RESET, path="GET /data/*"))
    trading.venue.faults.add(Fault(FaultKind.RESET, path=PLACE, times=1))
    order = await trading.place(trading.resting())
    assert order.status is OrderStatus.UNKNOWN
    with pytest.raises(OrderRefused) as refused:
        await trading.place(trading.resting(ticks=18))
    assert refused.value.code in {"UNKNOWN_ORDER_PRESENT", "RECONCILING"}
    trading.venue.faults.clear()
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.NOT_PLACED)
    await trading.watch.until(lambda: trading.exchange.is_ready)
    assert trading.exchange.mode is TradingMode.ARMED
    await trading.place(trading.resting(ticks=18))
    await trading.agree()


async def test_an_order_that_turns_up_after_it_was_given_up_revives_and_disarms(venue, tmp_path):
    hasty = replace(QUICK, quarantine_s=0.05, quiet_s=0.05)
    async with console(venue, tmp_path, timing=hasty) as trading:
        await trading.arm()
        venue.faults.add(Fault(FaultKind.RESET, path=PLACE, times=1))
        order = await trading.place(trading.resting(ticks=18))
        await trading.watch.until(lambda: trading.order(order).status is OrderStatus.NOT_PLACED)
        take_now(venue, trading.exchange._account.ledger.intent(order))
        await trading.watch.until(lambda: trading.order(order).status is OrderStatus.ACCEPTED)
        assert OrderAlarm.RESURRECTED in trading.order(order).alarms
        assert trading.exchange.mode is TradingMode.DISARMED
        assert "RESURRECTED" in trading.watch.codes()
        await trading.agree()


def take_now(venue, intent):
    """Let the venue take an order that it got when it was sent: when the test says so, not after a time."""
    who = venue.credentials
    key = who.credentials.api_key
    posting = decode_posting(intent.payload.replace(OWNER_MARK, key).encode())
    assert isinstance(venue.venue.place(posting, who.address, key), PlaceAnswer)
    venue._flush()


# ---------------------------------------------------------------------------- races


async def test_a_cancel_of_an_order_that_is_still_under_way_reaches_it(trading):
    trading.venue.faults.add(Fault(FaultKind.SLOW, path=PLACE, seconds=0.5, times=1))
    async with asyncio.TaskGroup() as group:
        group.create_task(trading.exchange.process(PlaceOrder(trading.resting())))
        await trading.watch.until(lambda: trading.exchange.orders)
        [order] = trading.exchange.orders.values()
        await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)
    await trading.agree()


async def test_a_cancel_is_repeated_until_it_is_heard(trading):
    order = await trading.place(trading.resting())
    trading.venue.faults.add(Fault(FaultKind.RESET, path="DELETE /order", times=2))
    await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)
    await trading.agree()


async def test_a_cancel_that_comes_after_the_fill_finds_the_fill(trading):
    trading.venue.faults.add(Fault(FaultKind.MUTE_USER))
    order = await trading.place(replace(trading.taking(), time_in_force=TimeInForce.GTC))
    assert trading.order(order).status is OrderStatus.ACCEPTED
    await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.FILLED)
    await trading.watch.until(lambda: trading.order(order).filled == 10)
    await trading.agree()


async def test_duplicates_and_losses_on_the_private_stream_change_nothing(trading):
    trading.venue.faults.add(Fault(FaultKind.DUPLICATE_USER, probability=0.5))
    trading.venue.faults.add(Fault(FaultKind.DROP_USER, probability=0.3))
    for _ in range(4):
        await trading.place(trading.taking(size=5))
        await trading.place(trading.resting(ticks=12))
    await trading.exchange.process(CancelOrders(venue="sim"))
    trading.venue.faults.clear()
    await trading.agree()
    await trading.watch.until(lambda: trading.held() == 20)


async def test_a_trade_that_fails_on_chain_is_taken_back(trading):
    trading.venue.faults.add(Fault(FaultKind.TRADE_FAILED, times=1))
    order = await trading.place(trading.taking(size=10))
    await trading.watch.until(lambda: OrderAlarm.TRADE_FAILED in trading.order(order).alarms)
    await trading.watch.until(lambda: trading.held() == 0)
    assert trading.order(order).filled == 0
    assert "TRADE_FAILED" in trading.watch.codes()


async def test_an_interruption_is_made_up_for_when_the_stream_is_back(trading):
    order = await trading.place(trading.resting())
    trading.venue.kill_sockets("user")
    trading.venue.venue.cancel(trading.venue.credentials.address, [order.venue_order_id])
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)
    await trading.watch.until(lambda: trading.exchange.is_ready)
    assert trading.exchange.mode is TradingMode.ARMED
    await trading.agree()


# ---------------------------------------------------------------------------- arming and killing


async def test_it_starts_disarmed_and_says_what_to_do(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.watch.until(lambda: trading.book() is not None)
        with pytest.raises(OrderRefused) as refused:
            await trading.place(trading.resting())
        assert refused.value.code == "NOT_ARMED"
        assert "press A" in str(refused.value)
        assert trading.exchange.orders == {}
        await trading.arm()
        await trading.place(trading.resting())
        await trading.exchange.process(Disarm("sim"))
        with pytest.raises(OrderRefused):
            await trading.place(trading.resting(ticks=17))
        assert len(trading.truth()) == 1


async def test_the_kill_switch_cancels_everything_and_survives_a_restart(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        orders = [await trading.place(trading.resting(ticks=ticks)) for ticks in (10, 12, 14)]
        await trading.exchange.process(Kill("test"))
        assert {trading.order(order).status for order in orders} == {OrderStatus.CANCELED}
        assert trading.exchange.mode is TradingMode.HALTED
        assert trading.watch.codes().count("KILL") == 3
        await trading.agree()
    async with console(venue, tmp_path, seed=2) as trading:
        assert trading.exchange.mode is TradingMode.HALTED
        await trading.watch.until(lambda: trading.exchange.is_ready)
        with pytest.raises(OrderRefused) as refused:
            await trading.exchange.process(Arm("sim"))
        assert refused.value.code == "HALTED"
        await trading.exchange.process(Unkill())
        assert trading.exchange.mode is TradingMode.DISARMED
        await trading.arm()
        assert trading.exchange.mode is TradingMode.ARMED


async def test_the_kill_switch_needs_neither_journal_nor_arming_nor_a_known_order(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        await trading.place(trading.resting())
        await trading.exchange.process(Disarm("sim"))
        await trading.exchange._account.journal.close()
        trading.venue.faults.add(Fault(FaultKind.RESET, path="DELETE /cancel-all", times=2))
        await trading.exchange.process(Kill())
        await trading.agree()
        assert not [record for record in trading.truth().values() if record.state == "LIVE"]


async def test_an_order_that_is_under_way_when_the_switch_is_thrown_does_not_stay(trading):
    trading.venue.faults.add(Fault(FaultKind.SLOW, path=PLACE, seconds=0.4, times=1))
    async with asyncio.TaskGroup() as group:
        group.create_task(trading.exchange.process(PlaceOrder(trading.resting())))
        await trading.watch.until(lambda: trading.exchange.orders)
        await trading.exchange.process(Kill())
    [order] = trading.exchange.orders.values()
    await trading.watch.until(lambda: trading.order(order).is_done)
    await trading.agree()
    assert not [record for record in trading.truth().values() if record.state == "LIVE"]


async def test_idle_hands_disarm(venue, tmp_path):
    async with console(venue, tmp_path, risk=replace(LOOSE, arm_idle_minutes=0.5 / 60)) as trading:
        await trading.arm()
        await trading.watch.until(lambda: trading.exchange.mode is TradingMode.DISARMED)
        assert "IDLE" in trading.watch.codes()
        assert trading.watch.of(ArmChanged)[-1].until_ns == 0


# ---------------------------------------------------------------------------- start, restart, trouble


async def test_a_restart_finds_every_order_as_the_venue_has_it(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        stays = await trading.place(trading.resting())
        goes = await trading.place(trading.resting(ticks=18))
        await trading.place(trading.taking(size=10))
        await trading.agree()
        held = trading.exchange.positions[trading.token]
    venue.venue.cancel(venue.credentials.address, [goes.venue_order_id])
    async with console(venue, tmp_path, seed=2) as trading:
        await trading.watch.until(lambda: trading.exchange.is_ready)
        assert trading.exchange.mode is TradingMode.DISARMED
        assert trading.order(stays).status is OrderStatus.ACCEPTED
        await trading.watch.until(lambda: trading.order(goes).status is OrderStatus.CANCELED)
        assert trading.held() == held.quantity
        assert trading.exchange.positions[trading.token].entry_price == held.entry_price
        await trading.agree()


async def test_an_order_from_elsewhere_is_shown_counted_and_can_be_canceled(venue, tmp_path):
    async with console(venue, tmp_path / "one") as one, console(venue, tmp_path / "two", seed=9) as two:
        await one.arm()
        await two.watch.until(lambda: two.exchange.is_ready)
        order = await one.place(one.resting())
        await two.watch.until(lambda: order.venue_order_id in two.exchange.orders)
        seen = two.exchange.orders[order.venue_order_id]
        assert (seen.external, seen.status, seen.request.size) == (True, OrderStatus.ACCEPTED, Decimal(10))
        await two.exchange.process(CancelOrder("sim", venue_order_id=order.venue_order_id))
        await one.watch.until(lambda: one.order(order).status is OrderStatus.CANCELED)
        await two.agree()
        await one.agree()


async def test_without_the_venue_it_is_view_only_and_comes_back_by_itself(venue, tmp_path):
    venue.faults.add(Fault(FaultKind.RESET, path="GET /data/*"))
    async with console(venue, tmp_path) as trading:
        await trading.watch.until(lambda: trading.exchange.state is ServiceState.DEGRADED)
        assert not trading.exchange.is_ready
        with pytest.raises(OrderRefused) as refused:
            await trading.exchange.process(Arm("sim"))
        assert refused.value.code == "RECONCILING"
        venue.faults.clear()
        await trading.watch.until(lambda: trading.exchange.state is ServiceState.RUNNING)
        await trading.arm()


async def test_a_venue_that_is_silent_about_positions_does_not_make_them_vanish(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        await trading.place(trading.taking(size=10))
        await trading.watch.until(lambda: trading.held() == 10)
        await trading.agree()
    venue.faults.add(Fault(FaultKind.RESET, path="GET /positions"))
    async with console(venue, tmp_path, seed=2) as trading:
        await trading.watch.until(lambda: trading.exchange.state is ServiceState.DEGRADED)
        assert trading.held() == 10


async def test_a_journal_that_cannot_be_written_stops_orders_not_cancels(trading):
    order = await trading.place(trading.resting())
    journal = trading.exchange._account.journal
    await journal._call(lambda: journal._file._connection.pragma("max_page_count", 1))
    big = replace(trading.resting(ticks=18), client_order_id="x" * 4_000)
    with pytest.raises(OrderRefused) as refused:
        await trading.place(replace(big, client_order_id="x" * 20_000))
    assert refused.value.code == "JOURNAL"
    assert trading.exchange.mode is TradingMode.DISARMED
    await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
    await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)
    assert len(trading.truth()) == 1


async def test_a_second_console_on_the_same_journal_does_not_start(venue, tmp_path):
    other = Journal(tmp_path, SystemClock())
    await other.open()
    with pytest.raises((JournalError, ExceptionGroup)):
        async with console(venue, tmp_path):
            pass
    await other.close()


async def test_two_orders_at_once_are_both_counted(venue, tmp_path):
    risk = replace(LOOSE, max_open_orders_instrument=1)
    async with console(venue, tmp_path, risk=risk) as trading:
        await trading.arm()
        outcomes = []

        async def try_one(ticks):
            try:
                await trading.exchange.process(PlaceOrder(trading.resting(ticks=ticks)))
            except OrderRefused as error:
                outcomes.append(error.code)

        async with asyncio.TaskGroup() as group:
            for ticks in (12, 14, 16):
                group.create_task(try_one(ticks))
        assert outcomes == ["MAX_OPEN_ORDERS"] * 2
        assert len(trading.truth()) == 1


async def test_a_market_that_ends_pays_out(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        await trading.place(trading.taking(size=10))
        await trading.watch.until(lambda: trading.held() == 10)
        market = next(m for m in venue.venue.markets.values() if trading.token in m.tokens)
        venue.venue._resolve(market, venue.venue.now_ns)
        await trading.watch.until(lambda: "RESOLVED" in trading.watch.codes())
        (told,) = [alert.text for alert in trading.watch.of(Alert) if alert.code == "RESOLVED"]
        name = trading.exchange._account.market.instruments[trading.token].name
        assert told.startswith(f"{name} ended: "), "which of the markets that are traded is said"
        await trading.watch.until(lambda: trading.held() == 0)
        assert "POSITION_DIFFERS" not in trading.watch.codes()
        assert trading.exchange.mode is TradingMode.ARMED


async def test_a_cancel_that_was_asked_for_before_a_restart_is_still_asked_for(venue, tmp_path):
    async with console(venue, tmp_path) as trading:
        await trading.arm()
        order = await trading.place(trading.resting())
        venue.faults.add(Fault(FaultKind.RESET, path="DELETE /order"))
        await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
        await trading.watch.until(lambda: venue.faults.log)
    venue.faults.clear()
    async with console(venue, tmp_path, seed=2) as trading:
        await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)
        await trading.agree()


async def test_the_venue_goes_away_and_comes_back_while_the_console_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(auto_disarm, "DOWN_DISARMS_S", 0.3)
    kept = tmp_path / "exchange.jsonl"
    async with EmbeddedExchange(seed=3, rate=200, state_path=kept) as first:
        port = int(first.rest_url.rsplit(":", 1)[1])
        async with console(first, tmp_path / "journal") as trading:
            await trading.arm()
            order = await trading.place(trading.resting())
            await trading.place(trading.taking(size=10))
            await trading.watch.until(lambda: trading.held() == 10)
            await first.__aexit__(None, None, None)
            await trading.watch.until(lambda: trading.exchange.state is ServiceState.DEGRADED)
            await trading.watch.until(lambda: trading.exchange.mode is TradingMode.DISARMED)
            assert "DISCONNECTED" in trading.watch.codes()
            with pytest.raises(OrderRefused):
                await trading.place(trading.resting(ticks=18))
            assert (trading.held(), trading.order(order).status) == (Decimal(10), OrderStatus.ACCEPTED)
            async with EmbeddedExchange(seed=3, rate=200, port=port, state_path=kept) as second:
                trading.venue = second
                await trading.watch.until(lambda: trading.exchange.is_ready)
                await trading.watch.until(lambda: trading.exchange.state is ServiceState.RUNNING)
                await trading.agree()
                assert trading.held() == 10
                await trading.exchange.process(CancelOrder("sim", order.request.client_order_id))
                await trading.watch.until(lambda: trading.order(order).status is OrderStatus.CANCELED)


async def test_the_balance_follows_a_fill(trading):
    before = trading.exchange.balances["pUSD"].total
    order = await trading.place(trading.taking(size=20))
    await trading.watch.until(lambda: trading.exchange.balances["pUSD"].total < before)
    await trading.watch.until(lambda: trading.held() == 20)
    filled = trading.order(order)
    paid = filled.average_price * filled.filled + filled.fees
    assert trading.exchange.balances["pUSD"].total == before - paid


async def test_asking_twice_writes_nothing_twice(trading):
    await trading.place(trading.resting())
    await trading.exchange.process(Reconcile())
    await trading.exchange._account.journal.probe()  # What was appended before it is written when it answers.
    entries = trading.exchange.metrics()["journal_entries_total"]
    await trading.exchange.process(Reconcile("sim"))
    await trading.exchange._account.journal.probe()
    assert trading.exchange.metrics()["journal_entries_total"] == entries


async def test_a_position_that_nobody_can_explain_is_the_venues_and_disarms(trading):
    await trading.place(trading.taking(size=10))
    await trading.watch.until(lambda: trading.held() == 10)
    trading.exchange._account.ledger.adopt_position(trading.token, Decimal(99), None, "a bug of ours")
    await trading.watch.until(lambda: trading.held() == 10)
    await trading.watch.until(lambda: trading.exchange.mode is TradingMode.DISARMED)
    assert "POSITION_DIFFERS" in trading.watch.codes()


async def test_a_key_that_the_venue_does_not_take_disarms(trading):
    body = '{"error": "Unauthorized/Invalid api key"}'
    trading.venue.faults.add(Fault(FaultKind.STATUS, path=PLACE, status=401, body=body, times=1))
    with pytest.raises(OrderRefused) as refused:
        await trading.place(trading.resting())
    assert refused.value.code == "AUTH"
    assert trading.exchange.mode is TradingMode.DISARMED
    await trading.agree()
