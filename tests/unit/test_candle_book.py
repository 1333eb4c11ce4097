"""Candles of prints and of a venue, in any length: nothing counted twice, nothing made up."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.domain.candle import Candle, CandleMaker, joined
from omega_tui.domain.candle_book import BARS, LENGTHS, CandleBook
from omega_tui.domain.timeframe import TIMEFRAMES, candle_start_ns, phase_ns
from omega_tui.domain.trade import Trade
from omega_tui.units import NS_PER_S

D = Decimal
T0 = 1_783_339_200 * NS_PER_S
"""A whole minute."""


def at(second, price, size=1):
    ts_ns = T0 + round(second * NS_PER_S)
    return Trade("x", D(str(price)), D(size), None, "", ts_ns, ts_ns)


def bar(second, *prices, timeframe_s=60, volume=10):
    ohlc = [D(str(price)) for price in prices]
    return Candle("x", timeframe_s, T0 + second * NS_PER_S, *ohlc, D(volume))


def book(*trades):
    made = CandleBook()
    for trade in trades:
        made.add(trade)
    return made


def numbers(candles):
    return [(one.open, one.high, one.low, one.close, one.volume) for one in candles.bars]


prints = st.lists(
    st.tuples(st.integers(0, 4_000), st.integers(90, 110), st.integers(1, 9)), min_size=1, max_size=60
)


@given(prints, st.sampled_from([word for word, seconds in TIMEFRAMES.items() if seconds < 86_400]))
def test_any_length_is_what_its_prints_come_to(rows, word):
    trades = [at(second / 10, price, size) for second, price, size in sorted(rows)]
    timeframe_s = TIMEFRAMES[word]
    maker, expected = CandleMaker(timeframe_s), {}
    early, late = book(), book(*trades)
    early.candles(timeframe_s)  # Asked for before there are prints, it is kept up with each.
    for trade in trades:
        candle = maker.add(trade)
        expected[candle.start_ns] = candle
        early.add(trade)
    assert list(early.candles(timeframe_s).bars) == list(expected.values())
    assert list(late.candles(timeframe_s).bars) == list(expected.values())
    assert sum(one.volume for one in late.candles(timeframe_s).bars) == sum(trade.size for trade in trades)


def test_weeks_begin_on_monday_and_a_venue_may_begin_its_days_where_it_likes():
    monday = 1_783_296_000 * NS_PER_S  # 2026-07-06 00:00 UTC
    assert candle_start_ns(T0, TIMEFRAMES["1w"], phase_ns(TIMEFRAMES["1w"])) == monday
    odd = replace(bar(0, 1, 1, 1, 1, timeframe_s=86_400), start_ns=monday - 8 * 3_600 * NS_PER_S)
    made = CandleMaker(86_400, goes_on=odd)
    assert made.add(at(20 * 3_600, 2)).start_ns == odd.start_ns + 86_400 * NS_PER_S


def test_the_first_candle_lacks_what_was_printed_before_anybody_looked():
    watched = book(at(30, 100), at(70, 101))
    minutes = watched.candles(60)
    assert minutes.incomplete == {T0}
    assert minutes.since_ns == T0 + 30 * NS_PER_S
    assert not minutes.of_venue
    assert watched.candles(1).incomplete == frozenset()
    asked_early = book()
    asked_early.candles(60)
    asked_early.add(at(30, 100))
    assert asked_early.candles(60).incomplete == {T0}


def test_a_gap_makes_the_candles_that_it_touches_incomplete_and_an_answer_mends_them():
    watched = book(at(0, 100), at(10, 101))
    watched.gap()
    assert watched.candles(60).incomplete == {T0}
    watched.add(at(130, 102))
    watched.add(at(190, 102))
    assert watched.candles(60).incomplete == {T0, T0 + 120 * NS_PER_S}
    history = [bar(0, 100, 104, 99, 101), bar(60, 101, 105, 101, 103), bar(120, 103, 103, 102, 102)]
    watched.take_history(60, [*history, bar(180, 102, 102, 102, 102)])
    assert watched.candles(60).incomplete == frozenset()


def test_the_venues_candles_go_on_with_our_prints_and_count_none_twice():
    watched = book(at(50, 100, 7), at(61, 101, 5))
    watched.take_history(60, [bar(0, 90, 100, 90, 100), bar(60, 100, 102, 100, 101, volume=8)])
    found = watched.candles(60)
    assert found.of_venue
    assert numbers(found)[-1] == (100, 102, 100, 101, 8)
    watched.add(at(62, 99, 2))
    assert numbers(watched.candles(60))[-1] == (100, 102, 99, 99, 10)
    watched.add(at(121, 98, 1))
    assert numbers(watched.candles(60))[-1] == (98, 98, 98, 98, 1)
    assert len(watched.candles(60).bars) == 3


def test_what_was_printed_after_the_venues_last_candle_is_not_lost():
    watched = book(at(10, 100), at(70, 101, 3), at(130, 102, 4))
    watched.take_history(60, [bar(0, 99, 100, 98, 100)])
    assert [one.volume for one in watched.candles(60).bars] == [10, 3, 4]


def test_an_empty_answer_changes_nothing():
    watched = book(at(10, 100))
    before = watched.candles(60)
    watched.take_history(60, [])
    assert watched.candles(60) == before


def test_all_that_is_kept_is_bounded():
    watched = CandleBook()
    watched.candles(1)
    for second in range(BARS + 200):
        watched.add(at(second, 100))
    assert len(watched.candles(1).bars) == BARS
    for seconds in list(TIMEFRAMES.values())[:6]:
        watched.candles(seconds)
    assert len(watched._series) == LENGTHS
    # Made again of the seconds that are left, the oldest lacks those that are gone.
    again = watched.candles(5)
    assert again.bars[0].start_ns > T0


@pytest.mark.parametrize("timeframe_s", [60, 300])
def test_the_same_tuple_is_given_until_something_changes(timeframe_s):
    watched = book(at(0, 100))
    first = watched.candles(timeframe_s).bars
    assert watched.candles(timeframe_s).bars is first
    watched.add(at(1, 101))
    assert watched.candles(timeframe_s).bars is not first


def test_longer_ones_of_shorter_ones():
    minutes = [bar(0, 1, 5, 1, 2), bar(60, 2, 3, 0, 3), bar(300, 4, 4, 4, 4)]
    fives = joined(minutes, 300)
    assert [(one.open, one.high, one.low, one.close, one.volume) for one in fives] == [
        (1, 5, 0, 3, 20),
        (4, 4, 4, 4, 10),
    ]
