"""Swings: certain, alternating, the extremes of their legs, and never taken back."""

from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from bars import SERIES, alternate, candle, mirrored, prefixes, recorded, scaled, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.education.bars import Atr, check_bar
from omega_tui.education.swings import PivotKind, Swings, SwingScale, ZigZag, find_pivots


def told(pivots):
    return [(pivot.bar, pivot.price, pivot.kind, pivot.known_at) for pivot in pivots]


@given(st.integers(0, 2**32), st.sampled_from(list(SwingScale)))
@settings(max_examples=12, deadline=None)
def test_what_was_told_stays_told(seed, scale):
    rng = Random(seed)
    bars = walk(rng, 400)
    every = find_pivots(bars, scale.factor)
    for length in prefixes(rng, len(bars), 6):
        assert find_pivots(bars[:length], scale.factor) == [
            pivot for pivot in every if pivot.known_at < length
        ]


@given(st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_pivots_alternate_and_are_the_extremes_of_their_legs(seed):
    bars = walk(Random(seed), 500)
    pivots = find_pivots(bars, Decimal(2))
    assert alternate([pivot.kind for pivot in pivots])
    for before, pivot in pairwise(pivots):
        assert before.bar < pivot.bar < pivot.known_at
        leg = bars[before.bar + 1 : pivot.known_at + 1]
        if pivot.kind is PivotKind.HIGH:
            assert pivot.price == max(bar.high for bar in leg) == bars[pivot.bar].high
        else:
            assert pivot.price == min(bar.low for bar in leg) == bars[pivot.bar].low
        back = bars[pivot.known_at].low if pivot.kind is PivotKind.HIGH else bars[pivot.known_at].high
        assert abs(pivot.price - back) >= 2 * pivot.atr


@given(st.integers(0, 2**32), st.sampled_from([Decimal(10), Decimal("0.001"), Decimal(8)]))
@settings(max_examples=10, deadline=None)
def test_the_unit_of_the_price_changes_nothing(seed, factor):
    bars = walk(Random(seed), 400)
    ours = [(bar, price * factor, kind, known) for bar, price, kind, known in told(find_pivots(bars))]
    assert told(find_pivots(scaled(bars, factor))) == ours


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_upside_down_highs_are_lows(seed):
    bars = walk(Random(seed), 400)
    about = Decimal(1_000)
    ours = [(bar, about - price, kind.opposite, known) for bar, price, kind, known in told(find_pivots(bars))]
    assert told(find_pivots(mirrored(bars, about))) == ours


def test_a_bar_that_makes_a_new_extreme_confirms_nothing():
    calm = [candle(100, 101, 99, 100) for _ in range(20)]
    wide = candle(100, 130, 60, 100)
    zigzag = ZigZag()
    assert [zigzag.push(bar) for bar in [*calm, wide]] == [None] * 21
    # The low of the same bar is not taken back at by the next one, but its high is.
    pivot = zigzag.push(candle(100, 100.5, 80, 99))
    assert pivot is not None
    assert (pivot.bar, pivot.price, pivot.kind) == (20, Decimal(130), PivotKind.HIGH)


def test_a_flat_price_has_no_swings():
    assert find_pivots([candle(5, 5, 5, 5)] * 100) == []


def test_the_last_leg_is_forming_until_it_is_certain():
    zigzag = ZigZag()
    bars = [candle(100, 101, 99, 100) for _ in range(20)]
    for bar in bars:
        zigzag.push(bar)
    assert zigzag.forming is None
    for step in range(1, 12):
        zigzag.push(candle(100 + step, 101 + step, 99 + step, 100 + step))
    assert zigzag.forming is not None
    assert zigzag.forming.kind is PivotKind.HIGH
    assert zigzag.forming.price == 112


def test_three_scales_find_fewer_and_fewer():
    swings = Swings()
    counts = dict.fromkeys(SwingScale, 0)
    for bar in walk(Random(7), 2_000):
        for scale, _ in swings.push(bar):
            counts[scale] += 1
    assert counts[SwingScale.MINOR] > counts[SwingScale.MAIN] > counts[SwingScale.MAJOR] > 0


@pytest.mark.parametrize("name", SERIES)
def test_the_average_true_range_is_that_of_talib(captures, name):
    talib = pytest.importorskip("talib", reason="TA-Lib, the oracle, is not installed")
    import numpy as np

    bars = recorded(captures, name)[:6_000]
    columns = [np.array([float(getattr(bar, field)) for bar in bars]) for field in ("high", "low", "close")]
    atr = Atr()
    ours = [float(value) if (value := atr.push(bar)) is not None else float("nan") for bar in bars]
    np.testing.assert_allclose(ours, talib.ATR(*columns, timeperiod=14), rtol=1e-9)


@pytest.mark.parametrize(
    "bar",
    [candle(1, 0.5, 0.4, 0.45), candle(1, 2, 1.5, 1.7), candle("NaN", 1, 1, 1), candle(1, "Infinity", 1, 1)],
)
def test_a_bar_that_cannot_be_is_refused(bar):
    with pytest.raises(ValueError, match=r"price|highest"):
        check_bar(bar)


@pytest.mark.parametrize("factor", [Decimal(0), Decimal(-1), Decimal("NaN")])
def test_a_swing_needs_a_size(factor):
    with pytest.raises(ValueError, match="swing"):
        ZigZag(factor)
