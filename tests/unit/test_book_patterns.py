"""Book and tape: what the engine planted is told, with little else; totals and prints alone say the rest."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.detectors import books
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import PriceLevel
from omega_tui.education.book_flow import GRACE_NS, MS, SECOND, BookFlow, FlowKind
from omega_tui.education.book_measures import (
    delta_divergence,
    imbalance,
    micro_price,
    order_flow_imbalance,
)
from omega_tui.education.book_patterns import BookWatch
from omega_tui.education.book_signal import BookPattern
from omega_tui.education.swings import Pivot, PivotKind
from omega_tui.sim.planted_tape import PlanKind, PlantedTape

D = Decimal
TICK = D("0.01")
BUY, SELL = Side.BUY, Side.SELL


def test_what_the_engine_planted_is_told():
    """Precision and recall of each kind; the benchmark prints them on more tapes."""
    told = books(["tape 0"], plans=18)
    assert told["all"]["events"] > 12
    for kind, row in told.items():
        assert row["precision"] >= 0.9, kind
        assert row["recall"] >= 0.8, kind


def test_the_same_seed_plants_the_same():
    tapes = [PlantedTape("a"), PlantedTape("a")]
    for tape in tapes:
        tape.run([PlanKind.SWEEP], plans=1)
    assert tapes[0].told == tapes[1].told
    assert tapes[0].truths == tapes[1].truths
    assert {truth.kind for truth in tapes[0].truths} == {PlanKind.SWEEP}


def watched(tick=TICK, **options):
    """A watch over a calm book of ten levels a side, 100 at each, known for a while."""
    watch = BookWatch(tick, **options)
    for level in range(10):
        watch.level(BUY, D("0.50") - level * tick, D(100), SECOND)
        watch.level(SELL, D("0.51") + level * tick, D(100), SECOND)
    watch.until(60 * SECOND)
    watch.until(61 * SECOND)
    return watch


def take(watch, price, size, now_ns, *, left):
    """Somebody buys at an asking price: the print first, then the total."""
    signals = watch.trade(price, size, BUY, now_ns)
    return signals + watch.level(SELL, price, left, now_ns)


def names(signals):
    return [signal.pattern for signal in signals]


def test_a_sweep_is_told_at_its_third_price_and_once():
    watch = watched()
    now = 62 * SECOND
    signals = []
    for level in range(4):
        signals += take(watch, D("0.51") + level * TICK, D(100), now + level * MS, left=D(0))
    (sweep,) = signals
    assert (sweep.pattern, sweep.side, sweep.price) == (BookPattern.SWEEP, BUY, D("0.53"))
    assert (sweep.started_ns, sweep.known_at_ns) == (now, now + 2 * MS)
    assert "300 through 3 prices in 2 ms, 60% of the best 5 levels" in sweep.reason
    assert sweep.pattern.caveat


def test_where_updates_come_in_batches_sweeps_are_not_told():
    watch = watched(batched=True)
    signals = []
    for level in range(4):
        signals += take(watch, D("0.51") + level * TICK, D(100), 62 * SECOND, left=D(0))
    assert BookPattern.SWEEP not in names(signals)


def test_sweeps_that_grow_are_a_cascade():
    watch = watched()
    signals = []
    for number, size in enumerate((260, 300, 340)):
        now = (62 + number) * SECOND
        signals += watch.trade(D("0.51"), D(size), BUY, now)
    assert names(signals) == [BookPattern.SWEEP] * 3 + [BookPattern.CASCADE]


def test_an_iceberg_refills_alike_after_every_fill():
    watch = watched()
    signals = []
    for number in range(6):
        now = 62 * SECOND + number * SECOND
        signals += take(watch, D("0.51"), D(100), now, left=D(0))
        signals += watch.level(SELL, D("0.51"), D(100), now + 100 * MS)
    icebergs = [signal for signal in signals if signal.pattern is BookPattern.ICEBERG]
    assert [signal.side for signal in icebergs] == [SELL]
    assert icebergs[0].known_at_ns == 65 * SECOND + 100 * MS
    assert "400 executed, never more than 100 shown" in icebergs[0].reason


def test_small_fills_between_its_own_leave_an_iceberg_standing():
    watch = watched()
    signals = []
    for number in range(5):
        now = 62 * SECOND + number * SECOND
        signals += take(watch, D("0.51"), D(100), now, left=D(0))
        signals += watch.level(SELL, D("0.51"), D(100), now + 100 * MS)
        signals += take(watch, D("0.51"), D(10), now + 200 * MS, left=D(90))
        signals += watch.level(SELL, D("0.51"), D(100), now + 300 * MS)
    assert names(signals).count(BookPattern.ICEBERG) == 1


@pytest.mark.parametrize(("fills", "told"), [(4, 0), (6, 1)])
def test_refills_that_differ_a_little_need_to_be_more(fills, told):
    watch = watched()
    signals = []
    for number, size in enumerate((100, 110, 95, 108, 93, 100)[:fills]):
        now = 62 * SECOND + number * SECOND
        shown = watch.book.size_at(SELL, D("0.51"))
        signals += take(watch, D("0.51"), shown, now, left=D(0))
        signals += watch.level(SELL, D("0.51"), D(size), now + 100 * MS)
    assert names(signals).count(BookPattern.ICEBERG) == told


def test_refills_of_other_sizes_are_no_iceberg():
    watch = watched()
    signals = []
    for number, size in enumerate((100, 40, 160, 70, 30, 150)):
        now = 62 * SECOND + number * SECOND
        signals += take(watch, D("0.51"), D(100), now, left=D(0))
        signals += watch.level(SELL, D("0.51"), D(size), now + 100 * MS)
    assert BookPattern.ICEBERG not in names(signals)


def test_large_levels_that_leave_when_the_price_is_near_are_pulled():
    watch = watched()
    signals = []
    for number in range(3):
        now = (62 + 5 * number) * SECOND
        signals += watch.level(BUY, D("0.48"), D(900), now)
        signals += watch.level(SELL, D("0.60"), D(100 + number), now + 100 * MS)
        signals += watch.level(BUY, D("0.48"), D(0), now + SECOND)
        signals += watch.until(now + SECOND + GRACE_NS + 1)
    pulls = [signal for signal in signals if signal.pattern is BookPattern.PULLING]
    assert [(signal.side, signal.price) for signal in pulls] == [(BUY, D("0.48"))]
    assert "intent is not observable" in pulls[0].pattern.caveat


def test_neighbours_that_grow_together_are_stacked():
    watch = watched()
    signals = []
    for number, price in enumerate(("0.49", "0.48", "0.47")):
        signals += watch.level(BUY, D(price), D(300), 62 * SECOND + number * MS)
    assert names(signals) == [BookPattern.STACKING]


def test_a_small_neighbour_that_grows_as_well_hides_no_stack():
    watch = watched()
    watch.level(BUY, D("0.50"), D(10), 62 * SECOND)
    signals = watch.level(BUY, D("0.50"), D(40), 63 * SECOND)
    for number, price in enumerate(("0.49", "0.48", "0.47")):
        signals += watch.level(BUY, D(price), D(300), 63 * SECOND + number * MS)
    (stack,) = [signal for signal in signals if signal.pattern is BookPattern.STACKING]
    assert stack.reason == "0.47 from 100 to 300, 0.48 from 100 to 300, 0.49 from 100 to 300 in 5 s"


def test_a_book_that_comes_back_is_not_stacked():
    """All levels had gone to a fifth for a while, and grow to what they were before."""
    watch = watched()
    for second in range(62, 72):
        watch.until(second * SECOND)
    prices = [D("0.50") - level * TICK for level in range(10)]
    signals = []
    for second, size in ((72, 20), (75, 45), (76, 150)):
        for price in prices:
            signals += watch.level(BUY, price, D(size), second * SECOND)
    assert BookPattern.STACKING not in names(signals)


def test_a_level_that_takes_much_and_shows_hardly_anything_absorbs_nothing():
    watch = watched()
    for number in range(5):
        take(watch, D("0.51") + number * TICK, D(50), (62 + number) * SECOND, left=D(50))
    signals = watch.level(SELL, D("0.51"), D(10), 125 * SECOND)
    for number in range(40):
        now = (126 * SECOND) + number * 500 * MS
        signals += take(watch, D("0.51"), D(10), now, left=D(0))
        signals += watch.level(SELL, D("0.51"), D(10), now + 10 * MS)
    assert BookPattern.ABSORPTION not in names(signals)


def test_a_book_that_leans_for_two_seconds_is_told_once():
    watch = watched()
    signals = watch.level(BUY, D("0.50"), D(2_000), 62 * SECOND)
    for number in range(1, 40):
        signals += watch.until(62 * SECOND + number * 100 * MS)
    (lean,) = [signal for signal in signals if signal.pattern is BookPattern.IMBALANCE]
    assert lean.side is BUY
    assert lean.known_at_ns - lean.started_ns >= 2 * SECOND


@pytest.mark.parametrize("held", [True, False])
def test_absorption_is_told_with_its_end(held):
    watch = watched()
    for number in range(5):
        take(watch, D("0.51") + number * TICK, D(10), (62 + number) * SECOND, left=D(90))
    signals = watch.level(SELL, D("0.51"), D(500), 125 * SECOND)
    for number in range(8):
        signals += take(watch, D("0.51"), D(10), (126 + number) * SECOND, left=D(490 - 10 * number))
    assert names(signals) == [BookPattern.ABSORPTION]
    if held:
        end = watch.level(SELL, D("0.49"), D(50), 140 * SECOND)
    else:
        end = watch.level(SELL, D("0.51"), D(0), 140 * SECOND)
    end += watch.until(141 * SECOND)
    assert names(end) == [BookPattern.ABSORPTION_HELD if held else BookPattern.ABSORPTION_BROKEN]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["level", "trade"]), st.integers(1, 3), st.integers(0, 50)), max_size=60
    )
)
def test_what_is_added_traded_and_canceled_makes_the_totals(steps):
    """Every change of a total is added, traded or canceled: nothing is counted twice or lost."""
    flow = BookFlow(TICK)
    totals, seen, now = {}, [], SECOND
    printed = dict.fromkeys((1, 2, 3), 0)
    for kind, price, size in steps:
        now += 10 * MS
        if kind == "level":
            seen += flow.level(SELL, D(price), D(size), now)
            totals[price] = size
        elif totals.get(price, 0) >= size > 0:
            seen += flow.trade(D(price), D(size), BUY, now)
            seen += flow.level(SELL, D(price), D(totals[price] - size), now)
            totals[price] -= size
            printed[price] += size
    seen += flow.settle(now + 10 * SECOND)
    for price in printed:
        by_kind = {
            kind: sum(one.size for one in seen if one.kind is kind and one.price == price)
            for kind in FlowKind
        }
        assert by_kind[FlowKind.TRADED] == printed[price]
        assert by_kind[FlowKind.ADDED] - by_kind[FlowKind.TRADED] - by_kind[
            FlowKind.CANCELED
        ] == flow.size_at(SELL, D(price))


def test_a_print_explains_a_total_that_came_before_it():
    flow = BookFlow(TICK)
    flow.level(SELL, D(1), D(10), SECOND)
    assert flow.level(SELL, D(1), D(4), 2 * SECOND) == []
    (traded,) = flow.trade(D(1), D(6), BUY, 2 * SECOND + 100 * MS)
    assert (traded.kind, traded.before) == (FlowKind.TRADED, 10)
    assert flow.settle(9 * SECOND) == []
    assert flow.trade(D(1), D(6), None, 9 * SECOND) == []
    assert flow.unsided_total == 1


def test_measures_of_one_instant():
    bids = [PriceLevel(D("0.50"), D(300)), PriceLevel(D("0.49"), D(100))]
    asks = [PriceLevel(D("0.52"), D(100)), PriceLevel(D("0.53"), D(100))]
    lean = imbalance(bids, asks)
    assert lean == pytest.approx(D("0.3836"), abs=D("0.0001"))
    assert imbalance(asks, bids) == -lean
    assert imbalance([], []) is None
    assert micro_price(bids[0], asks[0]) == D("0.515")
    more = PriceLevel(D("0.50"), D(350))
    assert order_flow_imbalance((bids[0], asks[0]), (more, asks[0])) == 50
    higher = PriceLevel(D("0.51"), D(20))
    assert order_flow_imbalance((bids[0], asks[0]), (higher, asks[0])) == 20


def test_a_higher_high_on_less_delta_diverges():
    first = Pivot(5, D(10), PivotKind.HIGH, 8, D(1))
    second = Pivot(15, D(11), PivotKind.HIGH, 18, D(1))
    assert delta_divergence(first, second, {5: D(100), 15: D(80)}) == -1
    assert delta_divergence(first, second, {5: D(100), 15: D(120)}) == 0
    with pytest.raises(ValueError, match="two highs or two lows"):
        delta_divergence(first, Pivot(15, D(9), PivotKind.LOW, 18, D(1)), {5: D(1), 15: D(1)})
