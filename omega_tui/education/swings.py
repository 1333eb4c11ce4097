"""Swings: the turning points of a price, told only when they are certain.

ZigZag by ATR. A high becomes a pivot when a later bar's low is `factor` x ATR or more below it; mirrored for
lows. What was told is never taken back: the last leg, which may still grow, is `forming` and nothing else may
be built on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from omega_tui.education.bars import ATR_PERIOD, Atr, Ohlc


class PivotKind(StrEnum):
    """Which way the price turned."""

    HIGH = "HIGH"
    LOW = "LOW"

    @property
    def opposite(self) -> "PivotKind":
        """The other kind."""
        return PivotKind.LOW if self is PivotKind.HIGH else PivotKind.HIGH

    @property
    def sign(self) -> int:
        """+1 for a high, -1 for a low: multiplied by it, every pivot is a maximum."""
        return 1 if self is PivotKind.HIGH else -1


class SwingScale(StrEnum):
    """How large a turn counts."""

    MINOR = "MINOR"
    MAIN = "MAIN"
    MAJOR = "MAJOR"

    @property
    def factor(self) -> Decimal:
        """Multiples of the ATR."""
        return _FACTORS[self]


_FACTORS: Final = {
    SwingScale.MINOR: Decimal(2),
    SwingScale.MAIN: Decimal(3),
    SwingScale.MAJOR: Decimal(5),
}


@dataclass(frozen=True, slots=True)
class Extreme:
    """The highest or lowest price of a leg so far; it may still move.

    Attributes:
        bar: Number of the bar that made it.
        price: Its high or low.
        kind: Which.
    """

    bar: int
    price: Decimal
    kind: PivotKind


@dataclass(frozen=True, slots=True)
class Pivot:
    """A turning point that is certain.

    Attributes:
        bar: Number of the bar that made the extreme.
        price: Its high or low.
        kind: Which.
        known_at: Number of the later bar that made it certain; nobody could know before its close.
        atr: Average true range at that bar.
    """

    bar: int
    price: Decimal
    kind: PivotKind
    known_at: int
    atr: Decimal


class ZigZag:
    """Finds pivots bar by bar; costs a few microseconds a bar and keeps nothing of the past but one leg.

    Pivots alternate, and each is the extreme of its leg. A bar that makes a new extreme never confirms it,
    whatever its other end did: which end came first is not known. Of equal extremes the first one counts.
    """

    __slots__ = ("_atr", "_bar", "_chain", "_rival", "factor")

    def __init__(self, factor: Decimal = _FACTORS[SwingScale.MAIN], *, atr_period: int = ATR_PERIOD) -> None:
        if not factor.is_finite() or factor <= 0:
            raise ValueError(f"a swing of {factor} ATR")
        self.factor = factor
        self._atr = Atr(atr_period)
        self._bar = -1
        self._chain = _Chain(PivotKind.HIGH)
        self._rival: _Chain | None = _Chain(PivotKind.LOW)

    @property
    def atr(self) -> Decimal | None:
        """Average true range at the last bar; None until it is known."""
        return self._atr.value

    @property
    def forming(self) -> Extreme | None:
        """Where the leg that is not certain yet ends for now; None before the first pivot."""
        return self._chain.head if self._rival is None else None

    def push(self, bar: Ohlc) -> Pivot | None:
        """Take the next closed bar in and return the pivot that it makes certain, if any."""
        self._bar += 1
        atr = self._atr.push(bar)
        self._chain.push(self._bar, bar)
        if self._rival is not None:
            self._rival.push(self._bar, bar)
            if atr is not None:
                self._choose_direction(bar, atr)
        if self._rival is not None or atr is None:
            return None
        head = self._chain.head
        if not self._turned(self._chain, bar, atr):
            return None
        self._chain.drop_head()
        return Pivot(head.bar, head.price, head.kind, self._bar, atr)

    def _turned(self, chain: "_Chain", bar: Ohlc, atr: Decimal) -> bool:
        distance = chain.distance(bar)
        return chain.head.bar < self._bar and distance > 0 and distance >= self.factor * atr

    def _choose_direction(self, bar: Ohlc, atr: Decimal) -> None:
        """Keep the chain whose extreme is the first to be certain; of two at once the one further away."""
        rival = self._rival
        assert rival is not None, "there is nothing to choose"
        ours, theirs = self._turned(self._chain, bar, atr), self._turned(rival, bar, atr)
        if ours and theirs:
            difference = self._chain.distance(bar) - rival.distance(bar)
            age = rival.head.bar - self._chain.head.bar
            # Neither is first where both are the same: the next bar decides.
            ours, theirs = (difference, age) > (0, 0), (difference, age) < (0, 0)
        if theirs:
            self._chain = rival
        if ours or theirs:
            self._rival = None


class _Chain:
    """Extremes nested in each other: the head, the opposite extreme since, the one since that, and so on.

    When the head becomes a pivot the next link is the extreme of the new leg, even if it was made before the
    bar that confirmed. Links lie strictly inside each other, so there are few.
    """

    __slots__ = ("_kind", "_links")

    def __init__(self, kind: PivotKind) -> None:
        self._kind = kind
        self._links: list[Extreme] = []

    @property
    def head(self) -> Extreme:
        return self._links[0]

    def push(self, number: int, bar: Ohlc) -> None:
        kind = self._kind
        for place, link in enumerate(self._links):
            price = bar.high if kind is PivotKind.HIGH else bar.low
            if price > link.price if kind is PivotKind.HIGH else price < link.price:
                self._links[place:] = (Extreme(number, price, kind),)
                return
            kind = kind.opposite
        self._links.append(Extreme(number, bar.high if kind is PivotKind.HIGH else bar.low, kind))

    def drop_head(self) -> None:
        del self._links[0]
        self._kind = self._kind.opposite

    def distance(self, bar: Ohlc) -> Decimal:
        """Return how far `bar` has come back from the head."""
        return self.head.price - bar.low if self._kind is PivotKind.HIGH else bar.high - self.head.price


class Swings:
    """The three scales side by side."""

    __slots__ = ("_scales",)

    def __init__(self) -> None:
        self._scales = {scale: ZigZag(scale.factor) for scale in SwingScale}

    def push(self, bar: Ohlc) -> tuple[tuple[SwingScale, Pivot], ...]:
        """Take the next closed bar in and return what became certain, the smallest scale first."""
        found = ((scale, zigzag.push(bar)) for scale, zigzag in self._scales.items())
        return tuple((scale, pivot) for scale, pivot in found if pivot is not None)

    def forming(self, scale: SwingScale) -> Extreme | None:
        """Return where the leg of a scale that is not certain yet ends for now."""
        return self._scales[scale].forming


def find_pivots(bars: Iterable[Ohlc], factor: Decimal = _FACTORS[SwingScale.MAIN]) -> list[Pivot]:
    """Return every pivot of a series, oldest first."""
    zigzag = ZigZag(factor)
    found = (zigzag.push(bar) for bar in bars)
    return [pivot for pivot in found if pivot is not None]
