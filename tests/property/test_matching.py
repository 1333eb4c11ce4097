"""Random orders against the matching engine: priority, quantities and the rules of each lifetime hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.sim.book_order import BookOrder, Lifetime, Refusal, Rules
from omega_tui.sim.matching import Execution, MatchingEngine

RULES = Rules(tick=100, lot=10_000, min_size=5_000_000, price_min=100, price_max=9_900)


def order(key, *, account="a", is_bid=True, price=5_000, shares=10):
    return BookOrder(key, account, is_bid=is_bid, price=price, size=shares * 1_000_000)


placements = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.booleans(),
        st.integers(46, 54).map(lambda ticks: ticks * 100),
        st.integers(5, 40),
        st.sampled_from(list(Lifetime)),
        st.booleans(),
        st.integers(0, 12),
    ),
    max_size=40,
)


@settings(max_examples=120, deadline=None)
@given(placements)
def test_every_sequence_of_orders_keeps_the_book_sound(steps):
    engine = MatchingEngine(RULES)
    told: dict[tuple[bool, int], int] = {}
    for number, (account, is_bid, price, shares, lifetime, post_only, cancel) in enumerate(steps):
        now = number
        incoming = order(number, account=account, is_bid=is_bid, price=price, shares=shares)
        offered = engine.fillable(is_bid=is_bid, price=price, account=account)
        execution = engine.place(incoming, lifetime, post_only=post_only, expires_ns=now + cancel, now_ns=now)
        _verify(engine, execution, incoming, lifetime, offered)
        assert sum(match.size for match in execution.matches) + incoming.remaining == shares * 1_000_000
        if cancel == 0:
            engine.cancel(number - 1)
        engine.expire(now)
        engine._check()
        for change in engine.take_changes():
            told[change.is_bid, change.price] = change.total
        for side in (True, False):
            rebuilt = {price: total for (bid, price), total in told.items() if bid is side and total}
            assert rebuilt == dict(engine.levels(is_bid=side))


def _verify(engine, execution: Execution, incoming, lifetime, offered):
    filled = sum(match.size for match in execution.matches)
    size = filled + incoming.remaining
    if execution.refusal is not None:
        assert filled == 0
        assert incoming.key not in engine
        if execution.refusal is Refusal.FOK_NOT_FILLED:
            assert offered < size
        return
    assert filled == min(size, offered)
    assert all(match.maker.account != incoming.account for match in execution.matches)
    prices = [match.price for match in execution.matches]
    assert prices == sorted(prices, reverse=not incoming.is_bid)
    assert execution.rests == (lifetime.rests and filled < size)
    assert (incoming.key in engine) == execution.rests
    if lifetime is Lifetime.FOK:
        assert filled == size


def test_the_oldest_order_at_the_best_price_is_filled_first():
    engine = MatchingEngine(RULES)
    engine.place(order("old", price=5_000))
    engine.place(order("new", price=5_000))
    engine.place(order("better", price=5_100))
    execution = engine.place(order("taker", account="b", is_bid=False, price=5_000, shares=25))
    assert [(match.maker.key, match.price, match.size) for match in execution.matches] == [
        ("better", 5_100, 10_000_000),
        ("old", 5_000, 10_000_000),
        ("new", 5_000, 5_000_000),
    ]
    assert engine.total_at(5_000, is_bid=True) == 5_000_000


def test_rules_are_refused_by_name():
    engine = MatchingEngine(RULES)
    engine.place(order("rests", is_bid=False, price=5_000))
    refusals = {
        Refusal.TICK: engine.place(order(1, account="b", price=5_050)),
        Refusal.PRICE_RANGE: engine.place(order(2, account="b", price=10_000)),
        Refusal.MIN_SIZE: engine.place(order(3, account="b", shares=4)),
        Refusal.LOT: engine.place(BookOrder(4, "b", is_bid=True, price=5_000, size=10_000_001)),
        Refusal.DUPLICATE: engine.place(order("rests", account="b")),
        Refusal.POST_ONLY_CROSSES: engine.place(order(5, account="b"), post_only=True),
        Refusal.POST_ONLY_TYPE: engine.place(order(6, account="b"), Lifetime.FAK, post_only=True),
        Refusal.FOK_NOT_FILLED: engine.place(order(7, account="b", shares=11), Lifetime.FOK),
        Refusal.FAK_NO_MATCH: engine.place(order(8, account="b", price=4_900), Lifetime.FAK),
        Refusal.EXPIRED: engine.place(order(9, account="b"), Lifetime.GTD, expires_ns=5, now_ns=5),
    }
    assert {wanted: execution.refusal for wanted, execution in refusals.items()} == {
        key: key for key in refusals
    }
    assert len(engine) == 1


def test_an_order_never_trades_with_its_owner_whose_resting_order_goes():
    engine = MatchingEngine(RULES)
    engine.place(order("mine", account="a", is_bid=False, price=5_000))
    engine.place(order("theirs", account="b", is_bid=False, price=5_100))
    execution = engine.place(order("new", account="a", price=5_100, shares=15))
    assert [gone.key for gone in execution.self_crossed] == ["mine"]
    assert [match.maker.key for match in execution.matches] == ["theirs"]
    assert execution.rests


def test_a_good_till_date_order_leaves_at_its_end():
    engine = MatchingEngine(RULES)
    engine.place(order("gtd"), Lifetime.GTD, expires_ns=100, now_ns=0)
    assert engine.next_expiry_ns() == 100
    assert engine.expire(99) == []
    assert [gone.key for gone in engine.expire(100)] == ["gtd"]
    assert engine.next_expiry_ns() is None
