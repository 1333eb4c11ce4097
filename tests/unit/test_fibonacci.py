"""Levels: the formulas to the tick, on the safe side, the same for rises and falls."""

from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from bars import mirrored, scaled, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.education import fibonacci as fib
from omega_tui.education.confluence import confluence, confluence_width
from omega_tui.education.fibonacci import Leg, Level, Tool
from omega_tui.education.swing_levels import SwingLevels, levels_of
from omega_tui.education.swings import Pivot, PivotKind, SwingScale, find_pivots

D = Decimal
TICK = D("0.01")

prices = st.decimals(min_value="0.01", max_value="100000", places=2)
ratios = st.sampled_from([D(0), *fib.RETRACEMENT_RATIOS, D("0.65"), D("0.886"), D(1), *fib.EXTENSION_RATIOS])
ticks = st.sampled_from([D("0.01"), D("0.5"), D("0.001"), D("25")])


@st.composite
def legs(draw):
    start = draw(prices)
    return Leg(start, draw(prices.filter(lambda price: price != start)), name="leg")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (lambda: fib.retracement(D(100), D(200), D("0.618")), "138.2"),
        (lambda: fib.retracement(D(200), D(100), D("0.618")), "161.8"),
        (lambda: fib.extension(D(100), D(200), D("1.618")), "261.8"),
        (lambda: fib.projection(D(100), D(200), D(150), D(1)), "250"),
        (lambda: fib.projection(D(200), D(100), D(150), D("0.618")), "88.2"),
        (lambda: fib.retracement(D(6_000), D(60_000), D("0.618")), "26628"),
        (lambda: round(fib.log_retracement(D(6_000), D(60_000), D("0.618"))), "14459"),
        (lambda: fib.retrace_ratio(D(100), D(200), D(150)), "0.5"),
    ],
)
def test_worked_examples(formula, expected):
    assert formula() == D(expected)


@settings(max_examples=20, deadline=None)
@given(legs())
def test_zero_is_the_end_and_one_the_start(leg):
    for formula in (fib.retracement, fib.log_retracement):
        assert formula(leg.start, leg.end, D(0)) == leg.end
        assert abs(formula(leg.start, leg.end, D(1)) - leg.start) < D("1e-15")
    assert fib.extension(leg.start, leg.end, D(1)) == leg.end
    assert fib.projection(leg.start, leg.end, leg.start, D(1)) == leg.end


@settings(max_examples=20, deadline=None)
@given(legs(), ratios)
def test_a_fall_is_a_rise_upside_down(leg, ratio):
    about = leg.start + leg.end
    up, down = fib.retracement(leg.start, leg.end, ratio), fib.retracement(leg.end, leg.start, ratio)
    assert up + down == about
    flipped = Leg(about - leg.start, about - leg.end)
    ours, theirs = fib.retracements(leg, TICK), fib.retracements(flipped, TICK)
    assert [about - level.exact for level in ours] == [level.exact for level in theirs]
    assert [about - level.price for level in ours] == [level.price for level in theirs]


@settings(max_examples=20, deadline=None)
@given(legs(), ratios, st.sampled_from([D(10), D("0.001"), D(8)]))
def test_the_unit_of_the_price_changes_nothing(leg, ratio, factor):
    scaled = fib.retracement(leg.start * factor, leg.end * factor, ratio)
    assert scaled == fib.retracement(leg.start, leg.end, ratio) * factor
    log = fib.log_retracement(leg.start * factor, leg.end * factor, ratio)
    assert abs(log / factor / fib.log_retracement(leg.start, leg.end, ratio) - 1) < D("1e-20")


@settings(max_examples=20, deadline=None)
@given(legs(), ticks)
def test_levels_lie_on_ticks_away_from_where_the_price_comes_from(leg, tick):
    sign = 1 if leg.is_up else -1
    for level in (*fib.retracements(leg, tick), *fib.retracements(leg, tick, log=True)):
        assert level.price % tick == 0
        assert D(0) <= (level.exact - level.price) * sign < tick
    for level in (*fib.extensions(leg, tick), *fib.projections(leg, leg.start, tick)):
        assert level.price % tick == 0
        assert D(0) <= (level.price - level.exact) * sign < tick


@settings(max_examples=20, deadline=None)
@given(prices, prices, ticks)
def test_a_stop_is_never_nearer_and_a_target_never_beyond(exact, entry, tick):
    level = Level(Tool.RETRACEMENT, D("0.5"), exact, exact)
    stop, target = level.as_stop(entry=entry, tick=tick), level.as_target(entry=entry, tick=tick)
    assert stop % tick == target % tick == 0
    if exact >= entry:
        assert exact <= stop < exact + tick
        assert exact - tick < target <= exact
    else:
        assert exact - tick < stop <= exact
        assert exact <= target < exact + tick


@settings(max_examples=20, deadline=None)
@given(legs())
def test_levels_run_from_the_end_of_the_leg_without_turning(leg):
    sign = 1 if leg.is_up else -1
    for log in (False, True):
        back = [level.exact * sign for level in fib.retracements(leg, TICK, log=log)]
        on = [level.exact * sign for level in fib.extensions(leg, TICK, log=log)]
        assert all(near > far for near, far in pairwise(back))
        assert all(near < far for near, far in pairwise(on))


def test_the_golden_pocket_has_the_nearer_edge_first():
    near, far = fib.golden_pocket(Leg(D(100), D(200)), TICK)
    assert (near.price, far.price) == (D("138.20"), D("135.00"))


def test_pivots_of_a_session_lie_around_its_middle():
    levels = fib.session_pivots(D(110), D(100), D(108), TICK)
    assert [level.price for level in levels] == list(
        map(D, ("96.00", "99.82", "102.18", "106.00", "109.82", "112.18", "116.00"))
    )
    with pytest.raises(ValueError, match="not between"):
        fib.session_pivots(D(110), D(100), D(111), TICK)


def test_time_zones_count_bars():
    assert fib.time_zones(10, 4, last_bar=70) == (14, 18, 22, 30, 42, 62)
    assert fib.time_retracements(10, 60)[:2] == (D("79.1"), D("90.9"))
    with pytest.raises(ValueError, match="zone"):
        fib.time_zones(10, 0, last_bar=70)


def test_a_fan_goes_through_the_level_below_the_end():
    leg = Leg(D(100), D(200), 10, 60)
    assert fib.fan_price(leg, D("0.5"), D(60)) == D(150)
    assert fib.fan_price(leg, D("0.5"), D(110)) == D(200)
    with pytest.raises(ValueError, match="bars"):
        fib.fan_price(Leg(D(1), D(2)), D("0.5"), D(3))


def test_a_leg_is_between_two_pivots_of_different_kinds():
    low = Pivot(3, D(100), PivotKind.LOW, 7, D(1))
    high = Pivot(9, D(120), PivotKind.HIGH, 12, D(1))
    leg = Leg.between(low, high)
    assert (leg.start, leg.end, leg.start_bar, leg.end_bar, leg.is_up) == (D(100), D(120), 3, 9, True)
    for pair in ((high, low), (low, low)):
        with pytest.raises(ValueError, match="leg"):
            Leg.between(*pair)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Leg(D(1), D(1)),
        lambda: Leg(D("NaN"), D(1)),
        lambda: fib.log_retracement(D(-1), D(1), D("0.5")),
        lambda: fib.on_tick(D(1), D(0), up=True),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"leg|logarithm|tick"):
        wrong()


def level(price, source, weight=1):
    return Level(Tool.RETRACEMENT, D("0.5"), D(str(price)), D(str(price)), source, D(weight))


def test_only_different_sources_are_a_confluence():
    found = confluence(
        [level(100, "a"), level("100.1", "a"), level(110, "a"), level("110.2", "b", 2), level(150, "b")],
        atr=D(1),
        tick=TICK,
        low=D(90),
        high=D(190),
    )
    assert found.width == D("0.25")
    assert (found.level_count, found.pairs) == (5, 1)
    (cluster,) = found.clusters
    assert (cluster.low, cluster.high, cluster.score) == (D(110), D("110.2"), D(3))
    # Six pairs of different sources; each is close with the probability 2 w/R.
    assert found.expected_pairs == 6 * (2 * D("0.0025") - D("0.0025") ** 2)


def test_chance_alone_makes_the_pairs_that_the_sheet_says():
    levels = [level(number, str(number)) for number in range(25)]
    found = confluence(levels, atr=D(5), tick=TICK, low=D(0), high=D(100))
    # n (n - 1) w / R = 7.5 with w = 0.25 ATR in a range of 20 ATR, less the second-order term.
    assert D("7.3") < found.expected_pairs < D("7.5")


def test_coverage_counts_what_is_near_a_level_once():
    found = confluence([level(10, "a"), level(11, "b")], atr=D(8), tick=TICK, low=D(0), high=D(100))
    assert (found.width, found.coverage) == (D(2), D("0.05"))


def test_two_ticks_are_always_close():
    assert confluence_width(D("0.01"), TICK) == D("0.02")


def test_a_range_must_not_be_empty():
    with pytest.raises(ValueError, match="range"):
        confluence([], atr=D(1), tick=TICK, low=D(1), high=D(1))


def test_levels_of_a_chart_are_those_of_its_last_certain_legs():
    bars = walk(Random(8), 600)
    swings = SwingLevels(TICK)
    for number, bar in enumerate(bars):
        before = dict(swings.levels)
        changed = swings.push(bar)
        assert {scale for scale in SwingScale if swings.levels[scale] != before[scale]} <= set(changed)
        assert all(pivot.known_at <= number for scale in SwingScale for pivot in swings.pivots(scale))
    for scale in SwingScale:
        pivots = find_pivots(bars, scale.factor)[-3:]
        assert swings.pivots(scale) == tuple(pivots)
        newest = fib.retracements(Leg.between(*pivots[-2:]), TICK)
        levels = swings.levels[scale]
        assert [level.exact for level in levels[:5]] == [level.exact for level in newest]
        assert {level.weight for level in levels[5:]} == {D("0.5")}
        assert levels[0].source.startswith(scale.lower())
    found = swings.confluence(low=min(bar.low for bar in bars), high=max(bar.high for bar in bars))
    assert found is not None
    assert found.level_count <= 30
    assert found.expected_pairs > 0


def exact_levels(bars, tick=TICK):
    """The prices of the levels of every scale after each bar."""
    swings = SwingLevels(tick)
    found = []
    for bar in bars:
        swings.push(bar)
        found.append({scale: [level.exact for level in swings.levels[scale]] for scale in SwingScale})
    return found


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_levels_are_those_of_the_pivots_that_were_certain_then(seed):
    """Whatever came later: after any number of bars they are drawn from pivots that were known."""
    bars = walk(Random(seed), 260)
    every = {scale: find_pivots(bars, scale.factor) for scale in SwingScale}
    for length, levels in enumerate(exact_levels(bars), 1):
        for scale, pivots in every.items():
            known = [pivot for pivot in pivots if pivot.known_at < length][-3:]
            assert levels[scale] == [level.exact for level in levels_of(known, TICK, scale="")]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([D(10), D("0.001")]))
def test_levels_of_a_chart_move_with_its_unit_and_turn_with_it(seed, factor):
    bars = walk(Random(seed), 200)
    plain = exact_levels(bars)
    other = exact_levels(scaled(bars, factor), TICK * factor)
    about = D(1_000)
    turned = exact_levels(mirrored(bars, about))
    for ours, larger, upside_down in zip(plain, other, turned, strict=True):
        for scale in SwingScale:
            assert larger[scale] == [price * factor for price in ours[scale]]
            assert upside_down[scale] == [about - price for price in ours[scale]]


def test_there_is_no_confluence_before_there_is_a_range():
    assert SwingLevels(TICK).confluence(low=D(1), high=D(2)) is None
