"""Reconciliation against a venue made of lists: what is concluded, when, and that it is concluded once."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.account import Balance, MarginTerms
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.order_facts import Acknowledged, Intent, OutcomeLost
from omega_tui.domain.orders import Fill, OrderAlarm, OrderRequest, OrderStatus, Settlement, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OutcomeUnknown, VenueError
from omega_tui.services.ledger import Ledger
from omega_tui.services.reconcile import Reconciler, ReconcileTiming
from omega_tui.venues.base import CancelOutcome, FundingPayment, VenuePosition

D = Decimal
REQUEST = OrderRequest(
    client_order_id="o1", instrument="I", venue="sim", side=Side.BUY, size=D(10), price=D("0.5")
)


@dataclass
class ListedVenue:
    """The reading half of a broker, over plain lists."""

    venue: str = "sim"
    open_orders: list[OrderReported] = field(default_factory=list)
    others: dict[str, OrderReported] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    positions: list[VenuePosition] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    since: list[int] = field(default_factory=list)

    def _answer(self, question):
        if question in self.silent:
            raise VenueError(f"no answer to {question}")

    async def fetch_open_orders(self):
        self._answer("open orders")
        return list(self.open_orders)

    async def fetch_order(self, venue_order_id):
        self._answer("order")
        return self.others.get(venue_order_id)

    async def fetch_fills(self, *, since_s):
        self._answer("fills")
        self.since.append(since_s)
        return [FillReported("sim", fill) for fill in self.fills]

    async def fetch_balances(self):
        self._answer("balances")
        return [Balance("sim", "pUSD", D(100), D(100))]

    async def fetch_positions(self):
        self._answer("positions")
        return list(self.positions)

    async def cancel(self, venue_order_ids):
        if "cancel" in self.silent:
            raise OutcomeUnknown("no answer")
        self.canceled += venue_order_ids
        return CancelOutcome((), tuple((each, "not found") for each in venue_order_ids))


class Rig:
    def __init__(self):
        self.clock = ManualClock()
        self.clock.advance(1_000)
        self.written = []
        self.alarms = []
        self.venue = ListedVenue()
        self.ledger = Ledger(
            "sim", LocalBus(), self.clock, self.written.append, lambda _, alarm: self.alarms.append(alarm)
        )
        self.reconciler = Reconciler(
            broker=self.venue,
            ledger=self.ledger,
            clock=self.clock,
            timing=ReconcileTiming(),
            opened_s=0,
            resolved={},
        )

    def send(self, client_order_id="o1", *facts, expected="0x{}", **changes):
        request = replace(REQUEST, client_order_id=client_order_id, **changes)
        now_ns = self.clock.now_ns()
        expected_id = expected.format(client_order_id)
        intent = Intent(ts_ns=now_ns, request=request, expected_venue_order_id=expected_id)
        self.ledger.begin(intent)
        for fact in facts:
            self.ledger.add(client_order_id, fact)

    def lost(self, client_order_id="o1", **changes):
        self.send(client_order_id, OutcomeLost(ts_ns=self.clock.now_ns(), reason="time-out"), **changes)

    def status(self, client_order_id="o1"):
        return self.ledger.orders[client_order_id].status

    async def look(self, seconds=2.0, *, healthy=True, at_start=False):
        self.clock.advance(seconds)
        return await self.reconciler.run(stream_healthy=healthy, at_start=at_start)


@pytest.fixture
def rig():
    return Rig()


def row(venue_order_id="0xo1", status="LIVE", filled="0", **changes):
    report = OrderReported(
        venue="sim",
        venue_order_id=venue_order_id,
        client_order_id="",
        instrument="I",
        side=Side.BUY,
        price=D("0.5"),
        size=D(10),
        venue_status=status,
        filled=D(filled),
        reason="",
        ts_event_ns=1,
    )
    return structs.replace(report, **changes)


def fill(trade_id="t1", venue_order_id="0xo1", size=3, **changes):
    made = Fill(
        trade_id=trade_id,
        venue_order_id=venue_order_id,
        instrument="I",
        side=Side.BUY,
        price=D("0.5"),
        size=D(size),
        settlement=Settlement.CONFIRMED,
        ts_event_ns=1,
    )
    return replace(made, **changes)


# ---------------------------------------------------------------------------- orders of unknown outcome


async def test_not_found_is_no_answer_before_the_bound_and_three_clean_looks(rig):
    rig.lost()
    for _ in range(59):
        await rig.look()
        assert rig.status() is OrderStatus.UNKNOWN
    await rig.look()
    assert rig.status() is OrderStatus.NOT_PLACED
    assert rig.venue.canceled == ["0xo1"], "a cancel by its id goes out once, first"


async def test_looks_while_the_stream_is_not_healthy_do_not_count(rig):
    rig.lost()
    for _ in range(100):
        await rig.look(healthy=False)
    assert rig.status() is OrderStatus.UNKNOWN
    await rig.look()
    await rig.look(healthy=False)
    await rig.look()
    await rig.look()
    assert rig.status() is OrderStatus.UNKNOWN
    await rig.look()
    assert rig.status() is OrderStatus.NOT_PLACED


async def test_without_an_answer_nothing_is_concluded(rig):
    rig.lost()
    for question in ("open orders", "fills", "order", "balances"):
        rig.venue.silent = {question}
        for _ in range(5):
            with pytest.raises(VenueError):
                await rig.look(60)
    assert rig.status() is OrderStatus.UNKNOWN
    rig.venue.silent = {"cancel"}
    for _ in range(5):
        await rig.look(60)
    assert rig.status() is OrderStatus.UNKNOWN


async def test_an_order_that_expires_needs_no_longer_bound(rig):
    rig.lost(time_in_force=TimeInForce.GTD, expires_at_s=rig.clock.now_ns() // 10**9 + 10)
    for _ in range(4):
        await rig.look()
    assert rig.status() is OrderStatus.UNKNOWN
    await rig.look(10)
    assert rig.status() is OrderStatus.NOT_PLACED


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ("listed", OrderStatus.ACCEPTED),
        ("by id", OrderStatus.CANCELED),
        ("filled", OrderStatus.PARTIALLY_FILLED),
    ],
)
async def test_whatever_proves_it_ends_the_doubt_and_cancels_nothing(rig, found, status):
    rig.lost()
    if found == "listed":
        rig.venue.open_orders = [row()]
    elif found == "by id":
        rig.venue.others = {"0xo1": row(status="CANCELED")}
    else:
        rig.venue.fills = [fill()]
        rig.venue.open_orders = [row(filled="3")]
        rig.venue.positions = [VenuePosition("I", D(3))]
    differences = await rig.look()
    assert rig.status() is status
    assert rig.venue.canceled == []
    assert [difference.code for difference in differences] == ["ORDER_RECONCILED"]


async def test_an_order_under_way_is_left_alone(rig):
    rig.send()
    for _ in range(20):
        await rig.look(10)
    assert rig.status() is OrderStatus.SUBMITTED
    assert rig.venue.canceled == []


async def test_what_the_stream_told_while_the_venue_was_asked_is_no_difference(rig):
    rig.send()
    listed = rig.venue.fetch_open_orders

    async def filled_meanwhile():
        rig.ledger.reported(row(status="MATCHED", filled="10"))
        return await listed()

    rig.venue.fetch_open_orders = filled_meanwhile
    assert await rig.look() == []
    assert rig.status() is not OrderStatus.SUBMITTED


async def test_evidence_after_the_verdict_revives_and_alarms(rig):
    rig.lost()
    for _ in range(70):
        await rig.look()
    assert rig.status() is OrderStatus.NOT_PLACED
    rig.venue.open_orders = [row()]
    await rig.look()
    assert rig.status() is OrderStatus.ACCEPTED
    assert OrderAlarm.RESURRECTED in rig.alarms


# ---------------------------------------------------------------------------- orders that were there


async def test_an_order_that_is_gone_is_asked_for_by_its_id_after_a_while(rig):
    rig.send("o1", Acknowledged(ts_ns=1, venue_order_id="0xo1"))
    rig.venue.others = {"0xo1": row(status="CANCELED", reason="resolved")}
    await rig.look(1)
    assert rig.status() is OrderStatus.ACCEPTED, "lists lag behind answers"
    await rig.look(5)
    assert (rig.status(), rig.ledger.orders["o1"].reason) == (OrderStatus.CANCELED, "resolved")


async def test_an_order_that_the_venue_forgot_is_over_after_three_looks(rig):
    rig.send("o1", Acknowledged(ts_ns=1, venue_order_id="0xo1"))
    rig.clock.advance(10)
    for _ in range(2):
        await rig.look()
        assert rig.status() is OrderStatus.ACCEPTED
    await rig.look()
    assert rig.status() is OrderStatus.CANCELED
    rig.venue.fills = [fill(size=10)]
    rig.venue.positions = [VenuePosition("I", D(10))]
    await rig.look()
    assert rig.status() is OrderStatus.FILLED, "late fills still count"


async def test_orders_from_elsewhere_are_taken_in_once(rig):
    rig.venue.open_orders = [row("0xother", size=D(7))]
    [difference] = await rig.look()
    assert difference.code == "EXTERNAL_ORDER"
    assert rig.ledger.orders["0xother"].external
    assert await rig.look() == []
    # Met first by one of its fills, it has its whole size when its row comes.
    rig.venue.fills = [fill("t9", "0xnew", 2)]
    rig.venue.positions = [VenuePosition("I", D(2))]
    await rig.look()
    rig.venue.open_orders.append(row("0xnew", filled="2"))
    await rig.look()
    order = rig.ledger.orders["0xnew"]
    assert (order.request.size, order.filled, order.status) == (D(10), D(2), OrderStatus.PARTIALLY_FILLED)


async def test_trades_are_asked_for_from_before_the_oldest_doubt(rig):
    rig.lost()
    sent_s = rig.clock.now_ns() // 10**9
    await rig.look(1_000)
    assert rig.venue.since == [sent_s - 300]
    rig.reconciler.opened_s = sent_s + 500
    await rig.look(1_000)
    assert rig.venue.since[-1] == sent_s + 200


async def test_a_trade_of_our_order_counts_where_the_venues_clock_is_behind_our_first_second(rig):
    """It was asked for from that second on, and missed for good; trades of others are in the positions."""
    rig.reconciler.opened_s = rig.clock.now_ns() // 10**9
    rig.lost()
    early_ns = (rig.reconciler.opened_s - 2) * 10**9
    rig.venue.fills = [
        fill(size=10, ts_event_ns=early_ns),
        fill("t8", "0xelsewhere", 3, ts_event_ns=early_ns),
    ]
    rig.venue.positions = [VenuePosition("I", D(13))]
    await rig.look()
    assert rig.ledger.orders["o1"].filled == D(10)
    assert "0xelsewhere" not in rig.ledger.orders


# ---------------------------------------------------------------------------- positions


async def test_a_fill_is_of_our_order_though_the_venue_never_told_its_id(rig):
    """As after a crash between the order and its answer, at a venue that gives out the ids."""
    rig.lost(expected="")
    rig.venue.fills = [fill(venue_order_id="v7", size=10)]
    rig.venue.others = {"v7": row("v7", "MATCHED", "10", client_order_id="o1")}
    await rig.look()
    assert list(rig.ledger.orders) == ["o1"]
    assert (rig.status(), rig.ledger.orders["o1"].filled) == (OrderStatus.FILLED, D(10))
    assert rig.ledger.positions["I"].quantity == D(10)


async def test_a_fill_of_an_order_from_elsewhere_is_not_ours_though_one_of_ours_is_in_doubt(rig):
    rig.lost(expected="")
    rig.venue.fills = [fill(venue_order_id="v7", size=4), fill("t2", "v8", size=5)]
    rig.venue.others = {"v7": row("v7", "LIVE", "4", client_order_id="theirs")}
    await rig.look()
    assert (rig.status(), rig.ledger.orders["o1"].filled) == (OrderStatus.UNKNOWN, D(0))
    assert (rig.ledger.orders["v7"].request.size, rig.ledger.orders["v7"].filled) == (D(10), D(4))
    assert rig.ledger.orders["v8"].filled == D(5), "the venue does not know that order any more"


async def test_whose_a_fill_is_stays_open_while_the_venue_does_not_say(rig):
    rig.lost(expected="")
    rig.venue.fills = [fill(venue_order_id="v7")]
    rig.venue.silent = {"order"}
    with pytest.raises(VenueError):
        await rig.look()
    assert list(rig.ledger.orders) == ["o1"]
    assert not rig.ledger.positions


def test_a_fill_that_overtakes_the_answer_is_taken_with_it(rig):
    rig.send(expected="")
    early = [FillReported("sim", fill("t1", "v7", size=4)), FillReported("sim", fill("t2", "v7", size=6))]
    other = FillReported("sim", fill("t3", "v9", size=1))
    for each in (*early, other):
        assert rig.ledger.may_be_ours(each.fill)
        rig.ledger.owners.keep(each)
    rig.ledger.add("o1", Acknowledged(ts_ns=rig.clock.now_ns(), venue_order_id="v7"))
    assert rig.ledger.orders["o1"].filled == D(10)
    assert not rig.ledger.may_be_ours(other.fill), "whatever it is of, nothing of ours is without an id"
    rig.ledger.filled(other)
    assert rig.ledger.orders["v9"].external
    assert rig.ledger.positions["I"].quantity == D(11)


@pytest.mark.parametrize("changes", [{"instrument": "J"}, {"side": Side.SELL}])
def test_a_fill_elsewhere_or_of_the_other_side_waits_for_nobody(rig, changes):
    rig.send(expected="")
    assert not rig.ledger.may_be_ours(fill(venue_order_id="v7", **changes))


async def test_what_is_held_of_a_market_nobody_traded_is_taken_at_the_first_look(rig):
    await rig.look(at_start=True)
    rig.venue.positions = [VenuePosition("I", D(2), None)]
    assert await rig.look() == []
    assert rig.ledger.positions["I"].quantity == D(2)


async def test_more_than_the_fills_explain_has_no_entry_price(rig):
    rig.send()
    rig.ledger.filled(FillReported("sim", fill(size=1)))
    assert rig.ledger.positions["I"].entry_price == D("0.5")
    rig.venue.positions = [VenuePosition("I", D(3), None)]
    for _ in range(3):
        await rig.look(6)
    position = rig.ledger.positions["I"]
    assert (position.quantity, position.entry_price) == (D(3), None), "nobody knows what the rest cost"


async def test_what_was_held_before_is_adopted_in_silence(rig):
    rig.venue.positions = [VenuePosition("I", D(10), D("0.4"))]
    assert await rig.look(at_start=True) == []
    assert rig.reconciler.settling
    assert await rig.look(0, at_start=True) == []
    position = rig.ledger.positions["I"]
    assert (position.quantity, position.entry_price) == (D(10), D("0.4"))


async def test_a_position_that_the_fills_do_not_explain_is_the_venues_and_disarms(rig):
    rig.send("o1", Acknowledged(ts_ns=1, venue_order_id="0xo1"))
    rig.venue.fills = [fill(size=10)]
    rig.venue.positions = [VenuePosition("I", D(10))]
    assert await rig.look() != []
    rig.venue.positions = [VenuePosition("I", D(12))]
    assert await rig.look() == [], "once is no difference: lists come apart in time"
    assert await rig.look() == []
    [difference] = await rig.look(5)
    assert (difference.code, difference.disarms) == ("POSITION_DIFFERS", True)
    assert rig.ledger.positions["I"].quantity == D(12)
    assert await rig.look(5) == []


HEDGED = [
    VenuePosition("I", D(5), D(100), D(110), D(60), D(10), "cross", D(50), hedged=True),
    VenuePosition("I", D(-2), D(120), D(110), D(150), D(10), "cross", D(20), hedged=True),
]


async def test_long_and_short_of_hedge_mode_are_one_position_and_its_terms_keep_them_apart(rig):
    rig.venue.fills = [fill("t1", size=5), fill("t2", "0xo2", size=2, side=Side.SELL)]
    rig.venue.positions = HEDGED
    assert not [one for one in await rig.look() if one.code == "POSITION_DIFFERS"]
    assert await rig.look() == []
    position = rig.ledger.positions["I"]
    assert position.quantity == D(3)
    assert position.terms == MarginTerms(D(5), D(2), True, D(10), "cross", D(110), D(150), D(70))
    rig.venue.positions = []
    rig.venue.fills += [fill("t3", "0xo3", size=3, side=Side.SELL)]
    await rig.look()
    assert rig.ledger.positions["I"].terms is None, "nothing is said of a position that is gone"


async def test_an_asset_that_two_markets_hold_is_compared_as_one(rig):
    rig.venue.fills = [fill("t1", size=5), fill("t2", "0xo2", size=3, side=Side.SELL, instrument="J")]
    rig.venue.positions = [VenuePosition("I", D(2), asset="BTC", shares=("J",))]
    for _ in range(4):
        assert not [one for one in await rig.look(6) if "POSITION" in one.code]
    assert (rig.ledger.positions["I"].quantity, rig.ledger.positions["J"].quantity) == (D(5), D(-3))


async def test_an_asset_that_was_spent_in_another_market_is_taken_without_an_alarm(rig):
    rig.venue.fills = [fill("t1", size=5), fill("t2", "0xo2", size=100, price=D("0.01"), instrument="K")]
    rig.venue.positions = [VenuePosition("I", D(4), asset="BTC", spends=("K",))]
    rig.venue.positions += [VenuePosition("K", D(100), asset="ETH")]
    found = [one for _ in range(4) for one in await rig.look(6) if "POSITION" in one.code]
    assert [(one.code, one.disarms) for one in found] == [("POSITION_SPENT", False)]
    assert rig.ledger.positions["I"].quantity == D(4)


async def test_funding_is_asked_for_now_and_then_and_counted_once(rig):
    asked = []

    async def fetch_funding(instruments, *, since_s):
        asked.append((list(instruments), since_s))
        return [FundingPayment("I", D("-0.5"), "f1", 7)]

    rig.venue.fetch_funding = fetch_funding
    await rig.look()
    assert asked == [], "nothing is held"
    rig.venue.fills = [fill("t1", size=5)]
    rig.venue.positions = [VenuePosition("I", D(5))]
    for _ in range(5):
        await rig.look(100)
    assert [instruments for instruments, _ in asked] == [["I"], ["I"]]
    assert rig.ledger.positions["I"].funding == D("-0.5")
    again = Ledger("sim", LocalBus(), rig.clock, lambda _entry: None, lambda *_: None)
    again.restore(rig.written)
    assert again.positions["I"].funding == D("-0.5"), "and it is in the journal"


async def test_what_is_not_settled_may_be_missing_at_the_venue(rig):
    rig.send("o1", Acknowledged(ts_ns=1, venue_order_id="0xo1"))
    rig.venue.fills = [fill(size=10, settlement=Settlement.MATCHED)]
    for held in (D(0), D(4), D(10)):
        rig.venue.positions = [VenuePosition("I", held)]
        for _ in range(4):
            differences = await rig.look(10)
            assert "POSITION_DIFFERS" not in {difference.code for difference in differences}
    assert rig.ledger.positions["I"].quantity == D(10)


async def test_a_resolved_position_that_is_gone_was_paid_out(rig):
    rig.venue.fills = [fill("t1", "0xold", 10)]
    rig.venue.positions = [VenuePosition("I", D(10))]
    await rig.look()
    rig.reconciler.resolved = {"I": D(1)}
    rig.venue.positions = []
    for _ in range(3):
        assert [d.code for d in await rig.look(10)] == []
    position = rig.ledger.positions["I"]
    assert (position.quantity, position.realized_pnl) == (D(0), D(5))


# ---------------------------------------------------------------------------- once is enough

rows_of_venue = st.lists(
    st.builds(
        row,
        venue_order_id=st.sampled_from(["0xo1", "0xo2", "0xx"]),
        status=st.sampled_from(["LIVE", "MATCHED", "CANCELED"]),
        filled=st.sampled_from(["0", "3", "10"]),
    ),
    max_size=4,
)
fills_of_venue = st.lists(
    st.builds(
        fill,
        trade_id=st.sampled_from(["t1", "t2"]),
        venue_order_id=st.sampled_from(["0xo1", "0xo2", "0xx"]),
        size=st.sampled_from([3, 10]),
        settlement=st.sampled_from([Settlement.MATCHED, Settlement.CONFIRMED, Settlement.FAILED]),
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(rows_of_venue, fills_of_venue)
async def test_a_second_run_on_the_same_answers_adds_nothing(rows, fills):
    rig = Rig()
    rig.lost("o1")
    rig.send("o2", Acknowledged(ts_ns=1, venue_order_id="0xo2"))
    rig.venue.open_orders = rows
    rig.venue.fills = fills
    await rig.look(1)
    rig.venue.positions = [
        VenuePosition(name, position.quantity) for name, position in rig.ledger.positions.items()
    ]
    orders = dict(rig.ledger.orders)
    written = len(rig.written)
    await rig.look(0)
    assert len(rig.written) == written
    assert rig.ledger.orders == orders
