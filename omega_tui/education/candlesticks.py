"""Candlestick patterns bar by bar, each with the sign that TA-Lib gives it on the same bars.

A pattern is known at the close of its last bar and never taken back. It says what shape the bars have and
nothing of what follows: over 82 % of all bars complete at least one of the 61 on every market that was
measured.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.education.bars import Atr, Ohlc
from omega_tui.education.candlestick_names import NEUTRAL, SPECS, Candlestick
from omega_tui.education.candlestick_window import DEEPEST, DOJI_BODY, LONG_BODY, Means, Shapes

TREND_BARS: Final = 10
"""The trend before a pattern is where its first bar's predecessor closed against this many bars earlier."""


@dataclass(frozen=True, slots=True)
class CandlestickMatch:
    """One pattern at one place.

    Attributes:
        pattern: Which.
        value: TA-Lib's number: its sign is a direction except for neutral shapes (`direction`); 100, 80 for
            bodies that share an end, 200 for a confirmed hikkake.
        start: Number of its first bar.
        known_at: Number of its last bar; nobody could know before its close.
        trend: Where the price came from: 1 up, -1 down, 0 where it moved less than one ATR. TA-Lib leaves
            this to the reader, and so does the match: a hammer after a rise is a match with a trend of 1.
        reason: The last bar in numbers, beside what was usual before it.
    """

    pattern: Candlestick
    value: int
    start: int
    known_at: int
    trend: int
    reason: str

    @property
    def direction(self) -> int:
        """1 for a shape that textbooks call bullish, -1 for bearish, 0 for one that is neither."""
        return 0 if self.pattern in NEUTRAL else 1 if self.value > 0 else -1


class CandlestickReader:
    """Finds patterns bar by bar; some 60 microseconds a bar for all of them.

    The numbers of its bars begin at 0 with the first one that it is given.
    """

    __slots__ = ("_atr", "_closes", "_means", "_number", "_rules", "_shapes", "_usual")

    def __init__(self, patterns: Iterable[Candlestick] = tuple(Candlestick)) -> None:
        self._shapes = Shapes()
        self._number = -1
        self._atr = Atr()
        self._closes: deque[Decimal] = deque(maxlen=TREND_BARS + DEEPEST + 1)
        self._usual = Means(self._shapes, LONG_BODY.period, ((LONG_BODY, 0), (DOJI_BODY, 0)))
        self._rules = []
        for pattern in dict.fromkeys(patterns):
            spec = SPECS[pattern]
            watch = spec.first - spec.early
            means = Means(self._shapes, watch, spec.needs)
            self._rules.append((watch, pattern, spec, spec.begin(), means))

    def push(self, bar: Ohlc) -> tuple[CandlestickMatch, ...]:
        """Take the next closed bar in and return the patterns that it completes."""
        self._number += 1
        number = self._number
        window = self._shapes.window
        self._shapes.push(bar)
        self._closes.append(bar.close)
        atr = self._atr.push(bar)
        found = []
        for watch, pattern, spec, rule, means in self._rules:
            if number < watch:
                continue
            value = rule(window, means)
            if value and number >= spec.first:
                found.append((pattern, value, spec.bars))
        if not found:
            return ()
        reason = self._reason()
        return tuple(
            CandlestickMatch(pattern, value, number - bars + 1, number, self._trend(bars, atr), reason)
            for pattern, value, bars in found
        )

    def _trend(self, bars: int, atr: Decimal | None) -> int:
        if atr is None or len(self._closes) <= bars + TREND_BARS:
            return 0
        move = self._closes[-1 - bars] - self._closes[-1 - bars - TREND_BARS]
        return 0 if abs(move) < atr else 1 if move > 0 else -1

    def _reason(self) -> str:
        bar = self._shapes.window[0]
        shape = (
            f"body {bar.body:g}, upper shadow {bar.upper:g}, lower shadow {bar.lower:g}, range {bar.reach:g}"
        )
        if self._number < LONG_BODY.period:
            return shape
        body, reach = self._usual(LONG_BODY, 0), self._usual(DOJI_BODY, 0) / DOJI_BODY.factor
        return f"{shape}; usual body {body:.4g}, usual range {reach:.4g}"


def find_candlesticks(
    bars: Iterable[Ohlc], patterns: Iterable[Candlestick] = tuple(Candlestick)
) -> list[CandlestickMatch]:
    """Return every match of a series, in the order in which they are known."""
    reader = CandlestickReader(patterns)
    return [match for bar in bars for match in reader.push(bar)]
