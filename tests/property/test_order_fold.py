"""The same facts give the same order, whatever their order and number; the table allows every step."""

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.order_facts import (
    FACTS,
    Acknowledged,
    Amended,
    AmendFailed,
    AmendRequested,
    CancelFailed,
    CancelRequested,
    External,
    Filled,
    Intent,
    NotFound,
    OutcomeLost,
    Rejected,
    Sent,
    VenueSaid,
)
from omega_tui.domain.order_fold import fold, submitted
from omega_tui.domain.orders import (
    TRANSITIONS,
    Fill,
    OrderAlarm,
    OrderRequest,
    OrderStatus,
    OrderType,
    Settlement,
    TimeInForce,
)
from omega_tui.domain.side import Side

SIZE = Decimal(10)
VENUE_ID = "0xabc"

REQUEST = OrderRequest(
    client_order_id="o1", instrument="I", venue="sim", side=Side.BUY, size=SIZE, price=Decimal("0.5")
)
INTENT = Intent(ts_ns=1, request=REQUEST, expected_venue_order_id=VENUE_ID)

AMENDS = tuple(
    AmendRequested(
        ts_ns=number + 1, number=number, price=Decimal(price), size=Decimal(size), lateness_bound_s=5
    )
    for number, price, size in ((1, "0.51", 10), (2, "0.52", 12), (3, "0.49", 6))
)
"""A number is used once, and so always means one price and one size."""

stamps = st.integers(2, 9)
sizes = st.sampled_from([Decimal(n) for n in (1, 3, 4, 6, 10)])


def fill(trade_id="t1", size=3, settlement=Settlement.MATCHED, price="0.5", ts=5):
    return Fill(
        trade_id=trade_id,
        venue_order_id=VENUE_ID,
        instrument="I",
        side=Side.BUY,
        price=Decimal(price),
        size=Decimal(size),
        settlement=settlement,
        ts_event_ns=ts,
    )


def said(status, filled=None, reason="", ts=5):
    number = None if filled is None else Decimal(filled)
    return VenueSaid(ts_ns=ts, venue_order_id=VENUE_ID, status=status, filled=number, reason=reason)


fills = st.builds(
    fill,
    trade_id=st.sampled_from(["t1", "t2", "t3"]),
    size=sizes,
    settlement=st.sampled_from(Settlement),
    ts=stamps,
)
facts = st.one_of(
    st.builds(Sent, ts_ns=stamps, mono_ns=stamps),
    st.builds(
        Acknowledged, ts_ns=stamps, venue_order_id=st.just(VENUE_ID), filled=st.none() | st.just(Decimal(0))
    ),
    st.builds(Rejected, ts_ns=stamps, code=st.just("X"), reason=st.sampled_from(["no", "never"])),
    st.builds(OutcomeLost, ts_ns=stamps, reason=st.just("time-out")),
    st.builds(NotFound, ts_ns=stamps, reason=st.just("looked three times")),
    st.builds(
        said,
        status=st.sampled_from(["LIVE", "MATCHED", "CANCELED", "EXPIRED", "REJECTED"]),
        filled=st.none() | sizes,
        reason=st.sampled_from(["", "a", "b"]),
        ts=stamps,
    ),
    st.builds(Filled, ts_ns=stamps, fill=fills),
    st.builds(CancelRequested, ts_ns=stamps, number=st.integers(1, 3)),
    st.builds(CancelFailed, ts_ns=stamps, number=st.integers(1, 3)),
    st.sampled_from(AMENDS),
    st.builds(Amended, ts_ns=stamps, number=st.integers(1, 3)),
    st.builds(AmendFailed, ts_ns=stamps, number=st.integers(1, 3), reason=st.sampled_from(["", "no"])),
)
requests = st.builds(
    replace,
    st.just(REQUEST),
    side=st.sampled_from(Side),
    time_in_force=st.sampled_from(TimeInForce),
    order_type=st.sampled_from(OrderType),
)


@settings(max_examples=300)
@given(st.data(), st.lists(facts, max_size=8), requests)
def test_order_and_repetition_do_not_matter(data, some, request):
    intent = replace(INTENT, request=request)
    whole = [intent, *some]
    again = data.draw(st.permutations(whole + data.draw(st.lists(st.sampled_from(whole), max_size=6))))
    assert fold(again) == fold(whole)


@settings(max_examples=300)
@given(st.lists(facts, max_size=10), requests)
def test_every_step_is_in_the_table(some, request):
    known = [replace(INTENT, request=request), Sent(ts_ns=1, mono_ns=1)]
    before = fold(known).status
    for fact in some:
        # The service concludes an absence only of an order whose outcome was lost.
        if isinstance(fact, NotFound) and before is not OrderStatus.UNKNOWN:
            continue
        # And it asks for a change only of an order that is not over.
        if isinstance(fact, AmendRequested) and before.is_done:
            continue
        known.append(fact)
        after = fold(known).status
        assert after is before or after in TRANSITIONS[before], (before, after, fact)
        before = after


@settings(max_examples=300)
@given(st.lists(facts, max_size=8))
def test_positive_evidence_wins(some):
    order = fold([INTENT, *some, said("LIVE")])
    assert order.status not in {
        OrderStatus.INTENT,
        OrderStatus.SUBMITTED,
        OrderStatus.UNKNOWN,
        OrderStatus.REJECTED,
        OrderStatus.NOT_PLACED,
    }
    denied = any(isinstance(fact, Rejected | NotFound) for fact in some)
    assert (OrderAlarm.RESURRECTED in order.alarms) == denied


@settings(max_examples=200)
@given(st.lists(fills, max_size=8))
def test_each_trade_counts_once_and_a_failed_one_not_at_all(some):
    order = fold([INTENT, *(Filled(ts_ns=2, fill=one) for one in some)])
    expected = Decimal(0)
    for trade_id in {one.trade_id for one in some}:
        same = [one for one in some if one.trade_id == trade_id]
        if all(one.settlement is not Settlement.FAILED for one in same):
            expected += max(one.size for one in same)
    assert order.filled == expected
    assert (OrderAlarm.OVERFILL in order.alarms) == (expected > SIZE)


@settings(max_examples=200)
@given(st.lists(facts, max_size=6), requests)
def test_facts_survive_the_journal(some, request):
    kinds = {kind: word for word, kind in FACTS.items()}
    kept = [fact for fact in (replace(INTENT, request=request), *some) if not isinstance(fact, Sent)]
    texts = [(kinds[type(fact)], msgspec.json.encode(fact)) for fact in kept]
    assert [msgspec.json.decode(text, type=FACTS[word]) for word, text in texts] == kept


CASES = {
    "written down": ([], OrderStatus.INTENT),
    "sent": ([Sent(ts_ns=2, mono_ns=2)], OrderStatus.SUBMITTED),
    "lost": ([Sent(ts_ns=2, mono_ns=2), OutcomeLost(ts_ns=3, reason="x")], OrderStatus.UNKNOWN),
    "taken": ([Acknowledged(ts_ns=3, venue_order_id=VENUE_ID)], OrderStatus.ACCEPTED),
    "partly filled": ([said("LIVE"), Filled(ts_ns=3, fill=fill())], OrderStatus.PARTIALLY_FILLED),
    "filled": ([Filled(ts_ns=3, fill=fill(size=10))], OrderStatus.FILLED),
    "filled says the venue alone": ([said("MATCHED")], OrderStatus.FILLED),
    "cancel under way": ([said("LIVE"), CancelRequested(ts_ns=4, number=1)], OrderStatus.PENDING_CANCEL),
    "cancel refused": (
        [said("LIVE"), CancelRequested(ts_ns=4, number=1), CancelFailed(ts_ns=5, number=1)],
        OrderStatus.ACCEPTED,
    ),
    "cancel of what may not exist": (
        [OutcomeLost(ts_ns=3, reason="x"), CancelRequested(ts_ns=4, number=1)],
        OrderStatus.UNKNOWN,
    ),
    "canceled, then filled late": (
        [said("CANCELED"), Filled(ts_ns=3, fill=fill(size=10))],
        OrderStatus.FILLED,
    ),
    "canceled with a part": ([said("CANCELED"), Filled(ts_ns=3, fill=fill())], OrderStatus.CANCELED),
    "expired": ([said("LIVE"), said("EXPIRED")], OrderStatus.EXPIRED),
    "refused": ([Rejected(ts_ns=3, code="X", reason="no")], OrderStatus.REJECTED),
    "refused, and a row that says so too": (
        [Rejected(ts_ns=3, code="X", reason="no"), said("CANCELED", 0)],
        OrderStatus.CANCELED,
    ),
    "absent": ([OutcomeLost(ts_ns=3, reason="x"), NotFound(ts_ns=4, reason="y")], OrderStatus.NOT_PLACED),
    "withdrawn by the venue": ([said("LIVE"), said("REJECTED", reason="closed")], OrderStatus.CANCELED),
    "filled, then one part failed on chain": (
        [
            Filled(ts_ns=3, fill=fill("t1", 6)),
            Filled(ts_ns=3, fill=fill("t2", 4)),
            Filled(ts_ns=4, fill=fill("t2", 4, Settlement.FAILED)),
        ],
        OrderStatus.CANCELED,
    ),
}


@pytest.mark.parametrize(("some", "status"), CASES.values(), ids=CASES)
def test_states(some, status):
    assert fold([INTENT, *some]).status is status


@given(requests, stamps, stamps, st.integers(1, 1 << 60), st.sampled_from(["", VENUE_ID]))
def test_what_an_order_begins_with_is_the_fold_of_it(request, ts_ns, sent_ns, mono_ns, venue_order_id):
    intent = Intent(ts_ns=ts_ns, request=request, expected_venue_order_id=venue_order_id)
    sent = Sent(ts_ns=sent_ns, mono_ns=mono_ns)
    assert submitted(intent, sent) == fold((intent, sent))


def test_what_takes_and_is_matched_in_part_is_over():
    request = replace(REQUEST, time_in_force=TimeInForce.IOC)
    order = fold([replace(INTENT, request=request), said("MATCHED", 4), Filled(ts_ns=3, fill=fill(size=4))])
    assert (order.status, order.filled, order.alarms) == (OrderStatus.CANCELED, Decimal(4), frozenset())


def amended(*numbers, made=(), refused=(), plus=()):
    """An order that rests, with these changes sent and what is known of them."""
    known = [AMENDS[number - 1] for number in numbers]
    known += [Amended(ts_ns=8, number=number) for number in made]
    known += [AmendFailed(ts_ns=8, number=number, reason="no") for number in refused]
    return fold([INTENT, said("LIVE"), *known, *plus])


def wants(order):
    return (order.request.price, order.request.size)


def test_a_change_in_doubt_leaves_the_order_as_it_was_and_counts_at_its_worst():
    order = amended(2)
    assert wants(order) == (Decimal("0.5"), Decimal(10))
    assert (order.amending.price, order.amending.size) == (Decimal("0.52"), Decimal(12))
    assert order.remaining == 12
    assert wants(order.at_worst()) == (Decimal("0.52"), Decimal(12))
    down = fold([replace(INTENT, request=replace(REQUEST, side=Side.SELL)), said("LIVE"), AMENDS[2]])
    assert wants(down.at_worst()) == (Decimal("0.49"), Decimal(10)), "selling lower is worse, and less is not"


def test_a_change_that_is_proven_or_refused_is_in_doubt_no_more():
    made = amended(1, 2, made=(1, 2))
    assert (wants(made), made.amending, made.amends) == ((Decimal("0.52"), Decimal(12)), None, 2)
    refused = amended(1, 2, made=(1,), refused=(2,))
    assert (wants(refused), refused.amend_refused) == ((Decimal("0.51"), Decimal(10)), "no")
    both = amended(1, made=(1,), refused=(1,))
    assert (wants(both), both.amend_refused) == ((Decimal("0.51"), Decimal(10)), ""), "what is seen wins"


def test_an_order_that_may_be_larger_is_not_over_before_it_is_filled_as_such():
    order = amended(2, plus=[Filled(ts_ns=9, fill=fill(size=10))])
    assert order.status is OrderStatus.PARTIALLY_FILLED
    more = amended(2, plus=[Filled(ts_ns=9, fill=fill("t1", 10)), Filled(ts_ns=9, fill=fill("t2", 1))])
    assert (wants(more)[1], more.amending, more.alarms) == (Decimal(12), None, frozenset()), "that proves it"
    over = amended(2, refused=(2,), plus=[Filled(ts_ns=9, fill=fill(size=12))])
    assert over.alarms == {OrderAlarm.OVERFILL}


def test_an_order_that_may_be_smaller_is_over_once_the_venue_says_so():
    order = amended(3, plus=[Filled(ts_ns=9, fill=fill(size=6))])
    assert order.status is OrderStatus.PARTIALLY_FILLED
    done = amended(3, plus=[Filled(ts_ns=9, fill=fill(size=6)), said("MATCHED", 6)])
    assert (done.status, wants(done)[1], done.remaining) == (OrderStatus.FILLED, Decimal(6), 0)


def test_missing_fills_are_said_and_not_invented():
    order = fold([INTENT, said("LIVE", 7), Filled(ts_ns=3, fill=fill(size=3))])
    assert (order.filled, order.venue_filled) == (Decimal(3), Decimal(7))
    assert order.alarms == {OrderAlarm.FILLS_MISSING}


def test_an_order_from_elsewhere_is_what_the_venue_says():
    row = External(ts_ns=1, request=REQUEST, venue_order_id=VENUE_ID)
    order = fold([row, said("LIVE", 4)])
    assert (order.external, order.filled, order.status) == (True, Decimal(4), OrderStatus.PARTIALLY_FILLED)
    assert order.alarms == frozenset()


def test_a_trade_that_fails_after_it_was_final_is_a_conflict():
    confirmed = Filled(ts_ns=3, fill=fill(settlement=Settlement.CONFIRMED))
    failed = Filled(ts_ns=4, fill=fill(settlement=Settlement.FAILED))
    order = fold([INTENT, confirmed, failed])
    assert order.filled == 0
    assert order.alarms == {OrderAlarm.TRADE_FAILED, OrderAlarm.TRADE_FINALITY_CONFLICT}


def test_a_market_buy_may_get_more_for_its_money():
    request = replace(REQUEST, order_type=OrderType.MARKET, time_in_force=TimeInForce.FOK)
    cheap = Filled(ts_ns=3, fill=fill(size=12, price="0.4"))
    assert fold([replace(INTENT, request=request), cheap]).alarms == frozenset()
    assert fold([INTENT, cheap]).alarms == {OrderAlarm.OVERFILL}


def test_no_facts_are_no_order():
    with pytest.raises(ValueError, match="intent"):
        fold([said("LIVE")])
