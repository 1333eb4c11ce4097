"""How often the price went where a shape is said to send it, beside how often it does so anyway.

Counted in the bars of one market, bar by bar; some microseconds a bar beside the recogniser's own.
"""

from collections import Counter, deque
from dataclasses import dataclass
from math import sqrt
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.education.candlestick_names import Candlestick
from omega_tui.education.candlesticks import CandlestickMatch, CandlestickReader
from omega_tui.education.signals import PATTERNS

HORIZON: Final = 10
"""Bars after which it is judged."""
LEAST_CASES: Final = 30
"""With fewer nothing is said but their number."""
_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class BaseRate:
    """One shape in one market.

    Attributes:
        pattern: Which.
        direction: 1 for the shape that textbooks call bullish, -1 for bearish.
        cases: How often it was seen, and its horizon is over.
        hits: How often the close then lay in its direction.
        usual: Share of all bars after which it did.
    """

    pattern: Candlestick
    direction: int
    cases: int
    hits: int
    usual: float

    @property
    def rate(self) -> float | None:
        """Share of hits; None without a case."""
        return self.hits / self.cases if self.cases else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95 %."""
        if not self.cases:
            return 0.0, 1.0
        n, p, z2 = self.cases, self.hits / self.cases, _Z * _Z
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return centre - half, centre + half

    @property
    def words(self) -> str:
        """What can be said of it, honestly."""
        if self.rate is None or self.cases < LEAST_CASES:
            return f"seen {self.cases} times here: too few to say anything"
        low, high = self.interval
        verdict = "not an edge" if low <= self.usual <= high else "differs from usual here, before costs"
        return (
            f"{self.hits} of {self.cases} closed its way after {HORIZON} bars, {self.rate:.0%} ({low:.0%} to "
            f"{high:.0%}); usual {self.usual:.0%}: {verdict}"
        )


class BaseRates:
    """Counts shapes and what followed, bar by bar.

    Attributes:
        last: The shapes at the last bar.
    """

    def __init__(self) -> None:
        self.last: tuple[CandlestickMatch, ...] = ()
        self._reader = CandlestickReader(PATTERNS)
        self._waiting: deque[tuple[Candle, tuple[CandlestickMatch, ...]]] = deque(maxlen=HORIZON)
        self._cases: Counter[tuple[Candlestick, int]] = Counter()
        self._hits: Counter[tuple[Candlestick, int]] = Counter()
        self._moves: Counter[int] = Counter()

    def push(self, bar: Candle) -> tuple[CandlestickMatch, ...]:
        """Take the next closed bar in and return the shapes that it completes."""
        if len(self._waiting) == HORIZON:
            then, matches = self._waiting[0]
            move = (bar.close > then.close) - (bar.close < then.close)
            self._moves[move] += 1
            for match in matches:
                if match.direction:
                    key = (match.pattern, match.direction)
                    self._cases[key] += 1
                    self._hits[key] += move == match.direction
        self.last = self._reader.push(bar)
        self._waiting.append((bar, self.last))
        return self.last

    def rate(self, match: CandlestickMatch) -> BaseRate:
        """Return what is known of a shape here."""
        key = (match.pattern, match.direction)
        seen = sum(self._moves.values())
        usual = self._moves[match.direction] / seen if seen else 0.5
        return BaseRate(match.pattern, match.direction, self._cases[key], self._hits[key], usual)
