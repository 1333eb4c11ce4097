"""The broker on the wire: what is signed, what is sent, what every answer becomes."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from tradingrig import broker_of

from omega_tui.clock import SystemClock
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused, OutcomeUnknown, VenueError, VenueUnreachable
from omega_tui.protocol.polymarket.posting import decode_posting
from omega_tui.protocol.polymarket.signing import Exchange, order_domain, order_id, recover_order_signer
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.base import Accepted, Refused, Unknown

D = Decimal


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        yield venue


@pytest.fixture
async def broker(venue):
    broker = broker_of(venue)
    await broker.open()
    yield broker
    await broker.close()


def request_of(venue, **changes):
    request = OrderRequest(
        client_order_id="o1",
        instrument=venue.markets[0].tokens[0][0],
        venue="sim",
        side=Side.BUY,
        size=D(10),
        price=D("0.05"),
    )
    return replace(request, **changes)


async def test_the_id_is_known_before_anything_is_sent(venue, broker):
    prepared = await broker.prepare(request_of(venue))
    assert venue.history()["orders"] == {}
    outcome = await broker.place(prepared)
    assert outcome == Accepted(prepared.expected_venue_order_id, "live")
    assert list(venue.history()["orders"]) == [prepared.expected_venue_order_id]


async def test_the_bytes_are_signed_by_the_account_and_hold_no_credential(venue, broker):
    prepared = await broker.prepare(request_of(venue))
    who = venue.credentials
    for secret in (who.credentials.api_key, who.credentials.secret.reveal(), who.private_key.reveal()[2:]):
        assert secret.encode() not in prepared.payload
    posting = decode_posting(prepared.payload)
    domain = order_domain(venue.chain_id, Exchange.of_market(neg_risk=venue.markets[0].neg_risk))
    assert order_id(posting.order, domain) == prepared.expected_venue_order_id
    assert recover_order_signer(posting.order, domain, posting.signature) == who.address


async def test_two_equal_requests_are_two_orders(venue, broker):
    one, two = [await broker.prepare(request_of(venue)) for _ in range(2)]
    assert one.expected_venue_order_id != two.expected_venue_order_id


async def test_an_exchange_without_a_state_file_remembers_no_changes_for_it(venue, broker):
    await broker.place(await broker.prepare(request_of(venue)))
    assert not venue.venue.clearing.touched


async def test_the_same_bytes_a_second_time_are_the_same_order(venue, broker):
    prepared = await broker.prepare(request_of(venue))
    assert isinstance(await broker.place(prepared), Accepted)
    assert isinstance(await broker.place(prepared), Accepted)
    assert len(venue.history()["orders"]) == 1


@pytest.mark.parametrize("market", range(5))
async def test_every_market_takes_our_signature(venue, broker, market):
    token = venue.markets[market].tokens[1][0]
    prepared = await broker.prepare(request_of(venue, instrument=token, price=D("0.02")))
    assert isinstance(await broker.place(prepared), Accepted)


@pytest.mark.parametrize(
    ("size", "price", "sent"),
    [("10", "0.40", "10"), ("10.05", "0.37", "10.0270"), ("7.77", "0.125", "7.76")],
)
async def test_what_takes_is_sized_as_the_venue_allows_and_says_so(venue, broker, size, price, sent):
    request = request_of(venue, size=D(size), price=D(price), time_in_force=TimeInForce.IOC)
    prepared = await broker.prepare(request)
    order = json.loads(prepared.payload)["order"]
    assert int(order["makerAmount"]) % 10_000 == 0
    assert int(order["takerAmount"]) % 100 == 0
    assert prepared.request.size == D(sent)
    assert D(order["takerAmount"]) / 1_000_000 == D(sent)


async def test_a_good_till_date_carries_the_margin_and_its_bound(venue, broker):
    now_s = SystemClock().now_ns() // 1_000_000_000
    prepared = await broker.prepare(
        request_of(venue, time_in_force=TimeInForce.GTD, expires_at_s=now_s + 300)
    )
    assert json.loads(prepared.payload)["order"]["expiration"] == str(now_s + 360)
    assert 350 <= prepared.lateness_bound_s <= 361
    assert isinstance(await broker.place(prepared), Accepted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": D("0.00005")}, "TICK"),
        ({"size": D("0.001")}, "SIZE"),
        ({"order_type": OrderType.MARKET}, "TIME_IN_FORCE"),
        ({"time_in_force": TimeInForce.GTD, "expires_at_s": 1}, "EXPIRATION"),
    ],
)
async def test_what_cannot_be_an_order_is_refused_before_it_is_signed(venue, broker, changes, code):
    with pytest.raises(OrderRefused) as refused:
        await broker.prepare(request_of(venue, **changes))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("fault", "kind", "exists"),
    [
        (Fault(FaultKind.SLOW, path="POST /order", seconds=3), Unknown, True),
        (Fault(FaultKind.RESET, path="POST /order"), Unknown, False),
        (Fault(FaultKind.ACCEPT_THEN_RESET, path="POST /order"), Unknown, True),
        (Fault(FaultKind.ACCEPT_THEN_CUT, path="POST /order"), Unknown, True),
        (Fault(FaultKind.ACCEPT_THEN_HTML, path="POST /order"), Unknown, True),
        (Fault(FaultKind.STATUS, path="POST /order", status=500), Unknown, False),
        (Fault(FaultKind.STATUS, path="POST /order", status=425), Unknown, False),
        (Fault(FaultKind.STATUS, path="POST /order", status=429), Unknown, False),
        (Fault(FaultKind.STATUS, path="POST /order", status=502, body="<html>"), Unknown, False),
        (
            Fault(FaultKind.STATUS, path="POST /order", status=400, body='{"error": "invalid nonce"}'),
            Refused,
            False,
        ),
        (Fault(FaultKind.STATUS, path="POST /order", status=400, body="<html>"), Unknown, False),
    ],
    ids=lambda value: f"{value.kind} {value.status}" if isinstance(value, Fault) else "",
)
async def test_what_an_answer_proves(venue, broker, fault, kind, exists):
    prepared = await broker.prepare(request_of(venue))
    venue.faults.add(fault)
    outcome = await broker.place(prepared)
    assert isinstance(outcome, kind), outcome
    assert (prepared.expected_venue_order_id in venue.history()["orders"]) == exists
    assert len(venue.faults.log) == 1, "an order is sent once"


async def test_without_a_connection_nothing_was_sent(venue, broker):
    prepared = await broker.prepare(request_of(venue))
    wire = broker._client._clob._wire
    await wire.close()
    wire._port = 1
    assert isinstance(await broker.place(prepared), Refused)
    with pytest.raises(VenueUnreachable):
        await broker.cancel(["0x01"])


async def test_cancels_say_what_is_gone_and_what_is_not(venue, broker):
    ids = []
    for _ in range(2):
        prepared = await broker.prepare(request_of(venue))
        await broker.place(prepared)
        ids.append(prepared.expected_venue_order_id)
    first = await broker.cancel(ids[:1])
    assert first.canceled == (ids[0],)
    both = await broker.cancel(ids)
    assert both.canceled == (ids[1],)
    assert [key for key, _ in both.not_canceled] == [ids[0]]
    await broker.place(await broker.prepare(request_of(venue)))
    assert len((await broker.cancel_all()).canceled) == 1
    await broker.place(await broker.prepare(request_of(venue)))
    assert len((await broker.cancel_all(venue.markets[0].tokens[0][0])).canceled) == 1
    venue.faults.add(Fault(FaultKind.RESET, path="DELETE /order"))
    with pytest.raises(OutcomeUnknown):
        await broker.cancel(ids[:1])


async def test_every_page_of_the_lists_is_read(venue, broker):
    venue.page_size = 2
    for _ in range(5):
        await broker.place(await broker.prepare(request_of(venue)))
    rows = await broker.fetch_open_orders()
    assert len({row.venue_order_id for row in rows}) == 5
    assert (await broker.fetch_balances())[0].available == D(10_000) - 5 * D("0.5")
    assert {row.venue_status for row in rows} == {"LIVE"}
    one = await broker.fetch_order(rows[0].venue_order_id)
    assert one == rows[0]
    assert await broker.fetch_order("0x" + "00" * 32) is None


async def test_fills_and_positions_are_ours_with_price_size_and_side(venue, broker):
    taking = request_of(venue, price=D("0.90"), size=D(20), time_in_force=TimeInForce.IOC)
    prepared = await broker.prepare(taking)
    await broker.place(prepared)
    fills = [report.fill for report in await broker.fetch_fills(since_s=0)]
    # A market order is sized in money: at a better price it brings more than the size asked for.
    assert {(fill.venue_order_id, fill.side, fill.is_maker) for fill in fills} == {
        (prepared.expected_venue_order_id, Side.BUY, False)
    }
    bought = sum(fill.size for fill in fills)
    [position] = await broker.fetch_positions()
    assert (position.instrument, position.quantity) == (taking.instrument, bought)
    assert position.entry_price is not None


@pytest.mark.parametrize("path", ["GET /data/*", "GET /balance-allowance", "GET /positions"])
async def test_what_is_not_answered_is_never_empty(venue, broker, path):
    venue.faults.add(Fault(FaultKind.RESET, path=path))
    questions = {
        "GET /data/*": [
            broker.fetch_open_orders(),
            broker.fetch_fills(since_s=0),
            broker.fetch_order("0x01"),
        ],
        "GET /balance-allowance": [broker.fetch_balances()],
        "GET /positions": [broker.fetch_positions()],
    }
    for path_of, asked in questions.items():
        for question in asked:
            if path_of != path:
                question.close()
                continue
            with pytest.raises(VenueError):
                await question


async def test_a_clock_that_is_off_is_corrected_in_what_is_signed(venue):
    class Late(SystemClock):
        def now_ns(self):
            return super().now_ns() - 3_600 * 1_000_000_000

    broker = broker_of(venue, clock=Late())
    await broker.open()
    await broker.fetch_open_orders()
    prepared = await broker.prepare(request_of(venue))
    signed_ms = int(json.loads(prepared.payload)["order"]["timestamp"])
    assert abs(signed_ms - SystemClock().now_ns() // 1_000_000) < 5_000
    assert isinstance(await broker.place(prepared), Accepted)
    await broker.close()


async def test_how_the_venue_answers_can_be_shown(venue, broker):
    before = broker.health()
    assert (before.latency_ms, before.clock_skew_ms, before.rests_until_ns) == (None, None, 0)
    venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=-5))
    await broker.look_after()
    after = broker.health()
    assert after.latency_ms > 0
    assert 3_000 < after.clock_skew_ms < 7_000
    assert 0 <= after.rate_used < 1
    venue.faults.add(Fault(FaultKind.STATUS, status=429, path="GET *"))
    with pytest.raises(VenueError):
        await broker.fetch_open_orders()
    assert broker.health().rests_until_ns > 0
