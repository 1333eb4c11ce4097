"""Candlesticks: every sign is TA-Lib's, on every bar; nothing is known early or taken back."""

from random import Random

import pytest
from bars import SERIES, candle, gappy, recorded, walk

from omega_tui.education.candlestick_names import CURATED, SPECS, Candlestick
from omega_tui.education.candlesticks import CandlestickReader, find_candlesticks


def differences(bars):
    """What TA-Lib and we say differently of these bars, and how often TA-Lib says anything."""
    talib = pytest.importorskip("talib", reason="TA-Lib, the oracle, is not installed")
    import numpy as np

    ours = {pattern: np.zeros(len(bars), int) for pattern in Candlestick}
    for match in find_candlesticks(bars):
        assert match.start == match.known_at - SPECS[match.pattern].bars + 1
        ours[match.pattern][match.known_at] = match.value
    columns = [
        np.array([float(getattr(bar, name)) for bar in bars]) for name in ("open", "high", "low", "close")
    ]
    wrong, signals = {}, 0
    for pattern in Candlestick:
        theirs = getattr(talib, f"CDL{pattern.value}")(*columns)
        signals += int((theirs != 0).sum())
        places = np.nonzero(theirs != ours[pattern])[0]
        if len(places):
            wrong[pattern] = places[:5]
    return wrong, signals


def test_all_of_talibs_patterns_are_there():
    talib = pytest.importorskip("talib", reason="TA-Lib, the oracle, is not installed")
    from talib import abstract

    theirs = {name.removeprefix("CDL") for name in talib.get_function_groups()["Pattern Recognition"]}
    assert {str(pattern) for pattern in Candlestick} == theirs == {str(pattern) for pattern in SPECS}
    for pattern, spec in SPECS.items():
        assert abstract.Function(f"CDL{pattern}").lookback == spec.first, pattern


@pytest.mark.parametrize("name", SERIES)
def test_recorded_bars_are_read_as_talib_reads_them(captures, name):
    bars = recorded(captures, name)
    wrong, signals = differences(bars)
    assert not wrong
    assert signals > len(bars)


@pytest.mark.parametrize(("seed", "step", "tick"), [(1, 20, "0.01"), (2, 3, "0.5"), (3, 200, "0.001")])
def test_random_bars_are_read_as_talib_reads_them(seed, step, tick):
    """Small steps in whole ticks make many exact ties with the mean, which fall as its last bit falls."""
    wrong, signals = differences(walk(Random(seed), 4_000, step=step, tick=tick))
    assert not wrong
    assert signals > 4_000


RARE = (0, 1, 2, 3, 4, 10, 18, 19, 21, 28, 43, 51, 55, 74, 78, 87, 128, 310, 437, 756, 1252, 2223, 2272)
"""Seeds of `gappy` whose bars have all of the 61 between them, some of which never come on recorded bars."""


def test_each_of_the_61_is_known_at_its_last_bar_and_has_talibs_sign():
    """A reader that is given bar by bar cannot know a later one: what it tells ends with the newest."""
    seen = set()
    for seed in RARE:
        bars = gappy(Random(seed), 60)
        assert not differences(bars)[0]
        reader = CandlestickReader()
        for number, bar in enumerate(bars):
            for match in reader.push(bar):
                assert match.known_at == number
                seen.add(match.pattern)
    assert seen == set(Candlestick)


def test_what_was_told_stays_told():
    bars = walk(Random(4), 300)
    every = find_candlesticks(bars)
    for length in (30, 111, 250):
        assert find_candlesticks(bars[:length]) == [match for match in every if match.known_at < length]


def test_a_few_are_found_without_the_others():
    bars = walk(Random(5), 400)
    some = [match for match in find_candlesticks(bars) if match.pattern in CURATED]
    assert some
    key = [(match.known_at, match.pattern) for match in find_candlesticks(bars, CURATED)]
    assert sorted(key) == sorted((match.known_at, match.pattern) for match in some)


def test_a_match_says_where_the_price_came_from_and_how_the_bar_looks():
    fall = [candle(150 - at, 150.5 - at, 148.5 - at, 149 - at) for at in range(25)]
    reader = CandlestickReader([Candlestick.HAMMER])
    for bar in fall:
        assert reader.push(bar) == ()
    (match,) = reader.push(candle("124.4", "124.55", "121.5", "124.5"))
    assert (match.value, match.start, match.known_at, match.trend) == (100, 24, 25, -1)
    assert match.reason == (
        "body 0.1, upper shadow 0.05, lower shadow 2.9, range 3.05; usual body 1, usual range 2"
    )
    assert match.pattern.words == "hammer"
