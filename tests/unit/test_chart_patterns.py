"""Chart patterns: found where they were planted, known when they could be known, the same in every unit."""

from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from bars import candle, mirrored, prefixes, scaled
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.education.chart_pattern import TRANSITIONS, ChartPatternKind, PatternState
from omega_tui.education.chart_patterns import ChartPatternReader, find_chart_patterns
from omega_tui.education.chart_shapes import between_lines
from omega_tui.education.planting import PLANTABLE, noise_bars, plant, resampled
from omega_tui.education.swings import Pivot, PivotKind

Kind = ChartPatternKind
LEAST_RECALL = (
    dict.fromkeys((Kind.HEAD_AND_SHOULDERS, Kind.INVERSE_HEAD_AND_SHOULDERS), 0.9)
    | dict.fromkeys((Kind.DOUBLE_TOP, Kind.DOUBLE_BOTTOM), 0.85)
    | dict.fromkeys((Kind.SYMMETRIC_TRIANGLE, Kind.ASCENDING_TRIANGLE, Kind.DESCENDING_TRIANGLE), 0.75)
)


def told(patterns):
    return [
        (one.number, one.kind, one.state, one.start, one.end, one.known_at, one.changed_at)
        for one in patterns
    ]


def series(seed):
    """Bars in which something is to be found: a planted shape, then chance."""
    rng = Random(seed)
    return plant(rng.choice(PLANTABLE), rng, noise=0.3, around=60).bars


@pytest.mark.parametrize("kind", PLANTABLE)
def test_what_was_planted_is_found(kind):
    """Recall at an overlap of a half and a noise of 0.3 ATR; the benchmark prints more of it."""
    found = 0
    for seed in range(20):
        planted = plant(kind, Random(f"{kind}{seed}"), noise=0.3)
        found += any(
            one.kind is kind and one.overlap(planted.start, planted.end) >= Decimal("0.5")
            for one in find_chart_patterns(planted.bars)
            if one.state is PatternState.FORMED
        )
    assert found / 20 >= LEAST_RECALL[kind]


def turns(*points):
    """Pivots that alternate, beginning with a low, of a market whose ATR is one."""
    kinds = (PivotKind.LOW, PivotKind.HIGH)
    return [
        Pivot(bar, Decimal(str(price)), kinds[number % 2], bar + 3, Decimal(1))
        for number, (bar, price) in enumerate(points)
    ]


def test_a_turn_before_a_triangle_does_not_tilt_its_flat_line():
    """The first high is 2.4 ATR above the flat line, which is within a tenth of the width of a tilted one."""
    triangle = ((30, 0), (40, 10), (50, 3), (60, 10), (70, 6))
    assert between_lines(turns(*triangle)).kind is Kind.ASCENDING_TRIANGLE
    before = turns((10, 5), (20, 12.4), *triangle)
    shape = between_lines(before[1:])
    assert (shape.kind, len(shape.pivots)) == (Kind.ASCENDING_TRIANGLE, 5)


@given(st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_what_was_told_stays_told(seed):
    bars = series(seed)
    every = told(find_chart_patterns(bars))
    for length in prefixes(Random(seed), len(bars), 4):
        assert told(find_chart_patterns(bars[:length])) == [one for one in every if one[-1] < length]


@given(st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_nothing_is_known_before_its_pivots(seed):
    for pattern in find_chart_patterns(series(seed)):
        assert pattern.known_at >= max(pivot.known_at for pivot in pattern.pivots)
        assert pattern.start <= pattern.end < pattern.known_at <= pattern.changed_at <= pattern.expires_at
        assert all(left.kind is not right.kind for left, right in pairwise(pattern.pivots))
        assert pattern.reason
        assert (pattern.target is None) == (pattern.direction == 0)


@given(st.integers(0, 2**32), st.sampled_from([Decimal(10), Decimal("0.001")]))
@settings(max_examples=4, deadline=None)
def test_the_unit_of_the_price_changes_nothing(seed, factor):
    bars = series(seed)
    assert told(find_chart_patterns(scaled(bars, factor))) == told(find_chart_patterns(bars))


@given(st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_upside_down_tops_are_bottoms(seed):
    bars = series(seed)
    ours = sorted(
        (one.changed_at, one.kind.mirrored, one.state, one.start, one.end)
        for one in find_chart_patterns(bars)
    )
    theirs = find_chart_patterns(mirrored(bars, Decimal(1_000)))
    assert sorted((one.changed_at, one.kind, one.state, one.start, one.end) for one in theirs) == ours


@given(st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_states_follow_the_table(seed):
    reader = ChartPatternReader()
    states = {}
    for bar in series(seed):
        for pattern in reader.push(bar):
            before = states.get(pattern.number)
            if pattern.state is PatternState.FORMED:
                assert before in {None, PatternState.FORMED}
            else:
                assert pattern.state in TRANSITIONS[before]
            states[pattern.number] = pattern.state
        assert {one.number for one in reader.active} == {
            number for number, state in states.items() if TRANSITIONS[state]
        }


def line(*points, bars=6):
    """Bars that run straight from point to point, each a little wide."""
    closes = [points[0]] * 20
    for start, end in pairwise(points):
        closes += [start + (end - start) * step / bars for step in range(1, bars + 1)]
    return [
        candle(open_, max(open_, close) + 0.1, min(open_, close) - 0.1, close)
        for open_, close in pairwise(closes)
    ]


def test_a_double_top_from_its_forming_to_its_target():
    reader = ChartPatternReader()
    seen, forming = [], []
    for bar in line(100, 112, 104, 112, 107, 103, 95):
        seen += reader.push(bar)
        forming += reader.forming()
    doubles = [one for one in seen if one.kind is Kind.DOUBLE_TOP]
    assert [one.state for one in doubles] == [
        PatternState.FORMED,
        PatternState.CONFIRMED,
        PatternState.TARGET,
    ]
    last = doubles[-1]
    assert (last.direction, last.height) == (-1, Decimal("8.2"))
    assert last.below is not None
    assert last.target == last.below.price - last.height == Decimal("95.7")
    assert last.target_on_tick(Decimal("0.5")) == Decimal("96.0")
    early = [one for one in forming if one.kind is Kind.DOUBLE_TOP]
    assert early
    assert early[0].state is PatternState.FORMING
    assert early[0].known_at < doubles[0].known_at


def test_a_double_top_that_is_passed_has_failed():
    states = [
        one.state
        for one in find_chart_patterns(line(100, 112, 104, 112, 107, 118))
        if one.kind is Kind.DOUBLE_TOP
    ]
    assert states == [PatternState.FORMED, PatternState.FAILED]


def test_a_flag_needs_a_steep_move_and_a_shallow_rest():
    pole = [candle(100, 100.4, 99.6, 100)] * 20 + [
        candle(100 + at, 101.2 + at, 99.8 + at, 101 + at) for at in range(6)
    ]
    rest = [candle(106, 106.2, 104.8 - at / 10, 105) for at in range(5)]
    found = find_chart_patterns([*pole, *rest, candle(105, 108, 105, 107.5), candle(108, 114, 108, 114)])
    flags = [one for one in found if one.kind is Kind.BULL_FLAG]
    assert [one.state for one in flags] == [PatternState.FORMED, PatternState.CONFIRMED, PatternState.TARGET]
    assert flags[0].known_at == len(pole) + 2
    deep = [candle(106, 106.2, 101, 102) for _ in range(5)]
    assert all(one.kind is not Kind.BULL_FLAG for one in find_chart_patterns([*pole, *deep]))


def test_shuffled_bars_keep_their_shapes_and_lose_their_order():
    bars = noise_bars(Random(1), 300)
    shuffled = resampled(bars, Random(2))
    assert len(shuffled) == len(bars)
    assert shuffled == resampled(bars, Random(2)) != bars
    assert all(
        one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high for one in shuffled
    )
    assert [one.start_ns for one in shuffled] == [one.start_ns for one in bars]


def test_what_cannot_be_planted_is_refused():
    with pytest.raises(ValueError, match="bull flag cannot be planted"):
        plant(Kind.BULL_FLAG, Random(1), noise=0.3)
