"""Bars for tests of the teaching engines: made up with a seed, or read from the recordings."""

import csv
import gzip
from decimal import Decimal
from itertools import pairwise

from omega_tui.domain.candle import Candle
from omega_tui.units import NS_PER_S

SERIES = (
    "btcusd_coinbase_1d_2014_2018",
    "btcusd_coinbase_1m_sessions",
    "btcusdt_1d_2018_2022",
    "btcusdt_1h_2018_2022",
    "spy_1d_1998_2021",
)
"""The recordings that lie in `captures/ohlcv`."""


def candle(open_, high, low, close, *, at=0):
    """One bar of no instrument; prices as anything that Decimal takes."""
    prices = [Decimal(str(price)) for price in (open_, high, low, close)]
    return Candle("", 60, at * 60 * NS_PER_S, *prices, Decimal(1))


def walk(rng, count, *, step=20.0, tick="0.01"):
    """A random walk of `count` bars in whole ticks, with gaps; `step` is in ticks."""
    tick = Decimal(tick)
    close = 10_000
    bars = []
    for number in range(count):
        open_ = max(1, close + round(rng.gauss(0, step / 4)))
        close = max(1, open_ + round(rng.gauss(0, step)))
        high = max(open_, close) + int(abs(rng.gauss(0, step / 2)))
        low = max(1, min(open_, close) - int(abs(rng.gauss(0, step / 2))))
        prices = (open_ * tick, high * tick, low * tick, close * tick)
        bars.append(Candle("", 60, number * 60 * NS_PER_S, *prices, Decimal(1)))
    return bars


def gappy(rng, count):
    """Bars in whole ticks with wide gaps and often without a shadow: every candlestick turns up in some."""
    close, bars = 10_000, []
    for at in range(count):
        size = rng.choice((1, 1, 3, 10, 40))
        open_ = close + rng.choice((0, 1, -1)) * rng.randrange(1, 60)
        close = open_ + rng.choice((-1, 1)) * rng.randrange(0, size * 3 + 1)
        high = max(open_, close) + rng.choice((0, 0, 1, rng.randrange(size * 4 + 1)))
        low = min(open_, close) - rng.choice((0, 0, 1, rng.randrange(size * 4 + 1)))
        bars.append(candle(open_, high, low, close, at=at))
    return bars


def recorded(captures, name):
    """The bars of a recording; prices exactly as they are written."""
    with gzip.open(captures / "ohlcv" / f"{name}.csv.gz", "rt") as file:
        rows = csv.DictReader(file)
        return [candle(row["open"], row["high"], row["low"], row["close"]) for row in rows]


def scaled(bars, factor):
    """The same bars with every price times `factor`."""
    return [_made(bar, [price * factor for price in _prices(bar)]) for bar in bars]


def mirrored(bars, about):
    """The same bars upside down: every price `about - price`."""
    return [
        _made(bar, [about - bar.open, about - bar.low, about - bar.high, about - bar.close]) for bar in bars
    ]


def prefixes(rng, length, count):
    """Some lengths of prefixes, in order, without the empty one."""
    return sorted(rng.sample(range(1, length), min(count, length - 1)))


def alternate(values):
    return all(left != right for left, right in pairwise(values))


def _prices(bar):
    return bar.open, bar.high, bar.low, bar.close


def _made(bar, prices):
    return Candle(bar.instrument, bar.timeframe_s, bar.start_ns, *prices, bar.volume)
