"""The tape: the same for the same seed, clustered, at the rate that was asked for."""

from collections import Counter
from statistics import mean, pvariance

import pytest
from sim_trader import START_NS, make_venue

from omega_tui.sim.catalogue import DEFAULT_MARKETS

SECOND = 1_000_000_000


def tape(seed, seconds, steps_ns, *, rate=40.0):
    venue = make_venue(seed=seed, rate=rate)
    for market in venue.markets.values():
        market.watchers = 1
    frames = []
    end_ns = START_NS + int(seconds * SECOND)
    step = 0
    while venue.now_ns < end_ns:
        venue.advance(min(end_ns, venue.now_ns + steps_ns[step % len(steps_ns)]))
        step += 1
        frames += [emission.text for emission in venue.emissions]
        venue.emissions.clear()
    return venue, frames


def test_the_same_seed_gives_the_same_bytes_however_time_is_cut():
    _, even = tape(5, 20, [10_000_000])
    _, uneven = tape(5, 20, [1, 3_700_000, 250_000_000, 40_000_000])
    _, other = tape(6, 20, [10_000_000])
    assert even == uneven
    assert even != other


@pytest.mark.parametrize("rate", [2.0, 40.0, 1_000.0])
def test_the_rate_is_the_one_asked_for(rate):
    seconds = 4_000 / rate
    _, frames = tape(5, seconds, [50_000_000], rate=rate)
    updates = sum('"event_type":"price_change"' in frame for frame in frames)
    assert 0.6 * rate < updates / seconds < 1.6 * rate


def test_events_come_in_clusters():
    venue = make_venue(rate=30.0, markets=DEFAULT_MARKETS[:1])
    market = next(iter(venue.markets.values()))
    per_second: Counter[int] = Counter()
    while market.crowd.next_ns < START_NS + 200 * SECOND:
        per_second[(market.crowd.next_ns - START_NS) // SECOND] += 1
        market.step()
    counts = [per_second[second] for second in range(200)]
    assert pvariance(counts) > 1.8 * mean(counts)


def test_books_stay_deep_sound_and_alive():
    venue, frames = tape(9, 120, [50_000_000])
    for market in venue.markets.values():
        market.engine._check()
        levels = market.engine.level_count(is_bid=True) + market.engine.level_count(is_bid=False)
        assert levels >= 50, market.spec.slug
        bid, ask = market.best(0)
        assert bid is not None
        assert ask is not None
        assert ask - bid <= 15 * market.engine.rules.tick
    assert sum('"event_type":"last_trade_price"' in frame for frame in frames) > 60


def test_the_fair_price_wanders_without_running_away():
    venue = make_venue(markets=DEFAULT_MARKETS[:1])
    market = next(iter(venue.markets.values()))
    seen = set()
    for _ in range(30):
        venue.advance(venue.now_ns + 20 * SECOND)
        seen.add(market.best(0))
    assert len(seen) > 8
    assert 2_000 < market.crowd.fair < 8_000
