"""Lengths of candles by their words, and where a candle of a length begins."""

from typing import Final

from omega_tui.units import NS_PER_S

TIMEFRAMES: Final = {
    "1s": 1,
    "5s": 5,
    "15s": 15,
    "30s": 30,
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1h": 3_600,
    "2h": 7_200,
    "4h": 14_400,
    "12h": 43_200,
    "1d": 86_400,
    "1w": 604_800,
}
"""Seconds by word, the shortest first; the words are the exchange library's."""

_WEEK_S: Final = 604_800
_MONDAY_NS: Final = 4 * 86_400 * NS_PER_S
"""The first Monday, 1970-01-05: weeks begin on Mondays, days and everything shorter at the epoch."""


def phase_ns(timeframe_s: int) -> int:
    """Return how long after the epoch, UTC, the first candle of a length begins."""
    return _MONDAY_NS if timeframe_s % _WEEK_S == 0 else 0


def candle_start_ns(ts_ns: int, timeframe_s: int, phase: int) -> int:
    """Return the first nanosecond of the candle that a moment belongs to.

    Args:
        ts_ns: The moment.
        timeframe_s: Length of the candle, seconds.
        phase: The beginning of any candle of the row, as venues may begin their days at another hour.
    """
    return ts_ns - (ts_ns - phase) % (timeframe_s * NS_PER_S)
