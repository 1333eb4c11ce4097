"""What the teaching engines read: bars, their true range, and the average of it.

Engines take anything with an open, high, low and close (`Ohlc`), so a `domain.candle.Candle` goes in as it
is. Bars are numbered from 0 in the order in which they are pushed; every `known_at` is such a number.
"""

from decimal import Decimal
from typing import Final, Protocol

from omega_tui.domain.instrument import ZERO

ATR_PERIOD: Final = 14
"""Wilder's own (New Concepts in Technical Trading Systems, 1978)."""


class Ohlc(Protocol):
    """One bar; prices in quote units, exact."""

    @property
    def open(self) -> Decimal:
        """First price."""

    @property
    def high(self) -> Decimal:
        """Highest price, at least open and close."""

    @property
    def low(self) -> Decimal:
        """Lowest price, at most open and close."""

    @property
    def close(self) -> Decimal:
        """Last price."""


def check_bar(bar: Ohlc) -> None:
    """Refuse a bar that no market can have made.

    Raises:
        ValueError: A price is not finite, the high is not the highest, or the low not the lowest.
    """
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not all(price.is_finite() for price in prices):
        raise ValueError(f"a price that is no number: open, high, low, close = {_list(prices)}")
    if bar.high < max(prices) or bar.low > min(prices):
        raise ValueError(f"the high is not highest or the low not lowest: {_list(prices)}")


def true_range(bar: Ohlc, previous_close: Decimal) -> Decimal:
    """Return how far the price went since the last close, gaps included (Wilder)."""
    return max(bar.high, previous_close) - min(bar.low, previous_close)


class Atr:
    """Wilder's average true range, bar by bar, equal to TA-Lib's `ATR`.

    The first true range is that of bar 1, because it needs a close before it; the first average is the plain
    mean of `period` of them, known at bar `period`.

    Attributes:
        value: In quote units; None until it is known.
    """

    __slots__ = ("_close", "_count", "_period", "_sum", "value")

    def __init__(self, period: int = ATR_PERIOD) -> None:
        if period < 1:
            raise ValueError(f"an average over {period} bars")
        self._period = period
        self._close: Decimal | None = None
        self._count = 0
        self._sum = ZERO
        self.value: Decimal | None = None

    def push(self, bar: Ohlc) -> Decimal | None:
        """Take the next closed bar in and return the average, None until it is known."""
        previous, self._close = self._close, bar.close
        if previous is None:
            return None
        reach = true_range(bar, previous)
        if self.value is not None:
            self.value = (self.value * (self._period - 1) + reach) / self._period
            return self.value
        self._sum += reach
        self._count += 1
        if self._count == self._period:
            self.value = self._sum / self._period
        return self.value


def _list(prices: tuple[Decimal, ...]) -> str:
    return ", ".join(str(price) for price in prices)
