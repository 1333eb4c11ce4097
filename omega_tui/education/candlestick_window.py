"""What the candlestick rules see: the shapes of the last bars, and what is usual for them.

The arithmetic is TA-Lib's, in binary floats and in its order of additions: "longer than the mean body" is
often an exact tie on a market with ticks, and a tie falls as the last bit of the mean falls. Only the same
sums fall the same way; exact decimals would differ from the oracle about once in a thousand bars.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from omega_tui.education.bars import Ohlc

DEEPEST: Final = 5
"""No pattern is longer."""


class Shape:
    """One bar as candlestick rules speak of it; all in quote units.

    Attributes:
        open: First price.
        high: Highest.
        low: Lowest.
        close: Last.
        white: Whether it closed at its open or above.
        color: 1 white, -1 black.
        body: Distance from open to close.
        top: The higher of open and close.
        bottom: The lower of them.
        upper: Shadow above the body.
        lower: Shadow below it.
        reach: From low to high.
    """

    __slots__ = (
        "body", "bottom", "close", "color", "high", "low", "lower", "open", "reach", "shadows", "top",
        "upper", "white",
    )  # fmt: skip

    def __init__(self, bar: Ohlc) -> None:
        self.open, self.high = float(bar.open), float(bar.high)
        self.low, self.close = float(bar.low), float(bar.close)
        self.white = self.close >= self.open
        self.color = 1 if self.white else -1
        self.body = abs(self.close - self.open)
        self.top, self.bottom = (self.close, self.open) if self.white else (self.open, self.close)
        self.upper = self.high - self.top
        self.lower = self.bottom - self.low
        self.reach = self.high - self.low
        self.shadows = self.upper + self.lower

    def gaps_up(self, before: "Shape") -> bool:
        """Whether the whole body lies above the body of `before`."""
        return self.bottom > before.top

    def gaps_down(self, before: "Shape") -> bool:
        """Whether the whole body lies below the body of `before`."""
        return self.top < before.bottom

    def clears_up(self, before: "Shape") -> bool:
        """Whether the whole bar, shadows included, lies above `before`."""
        return self.low > before.high

    def clears_down(self, before: "Shape") -> bool:
        """Whether the whole bar, shadows included, lies below `before`."""
        return self.high < before.low

    def is_inside(self, before: "Shape") -> bool:
        """Whether the bar, shadows included, lies strictly within `before`."""
        return self.high < before.high and self.low > before.low


class Measure(Enum):
    """What a mean is taken of; the value is the attribute of `Shape`."""

    BODY = "body"
    REACH = "reach"
    SHADOWS = "shadows"


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """A length that is compared with: `factor` x the mean over the `period` bars before the one in question.

    With a period of 0 it is the bar's own. Shadows count half, because there are two of them.
    """

    measure: Measure
    period: int
    factor: float


LONG_BODY: Final = Usual(Measure.BODY, 10, 1.0)
SHORT_BODY: Final = Usual(Measure.BODY, 10, 1.0)
DOJI_BODY: Final = Usual(Measure.REACH, 10, 0.1)
LONG_SHADOW: Final = Usual(Measure.BODY, 0, 1.0)
VERY_LONG_SHADOW: Final = Usual(Measure.BODY, 0, 2.0)
SHORT_SHADOW: Final = Usual(Measure.SHADOWS, 10, 1.0)
TINY_SHADOW: Final = Usual(Measure.REACH, 10, 0.1)
NEAR: Final = Usual(Measure.REACH, 5, 0.2)
FAR: Final = Usual(Measure.REACH, 5, 0.6)
EQUAL: Final = Usual(Measure.REACH, 5, 0.05)
"""TA-Lib's defaults (ta_global.c, `TA_CandleDefaultSettings`)."""

Need = tuple[Usual, int]
"""A length that a rule compares with, and how many bars back."""

Window = list[Shape]
"""The shapes of the last bars: 0 is the last one, 1 the one before it."""

Sums = deque[float]
"""What was summed for the last bars, the newest one at the end."""


class RunningSums:
    """Sums of one measure over `period` bars before each bar, each begun at a bar of its own and carried on.

    Every beginning makes a sum of its own: floats keep what was rounded away on the way.
    """

    __slots__ = ("_attribute", "_number", "_past", "_period", "_sums")

    def __init__(self, measure: Measure, period: int) -> None:
        self._attribute = measure.value
        self._period = period
        self._past: deque[float] = deque(maxlen=period + 1)
        self._sums: dict[int, Sums] = {}
        self._number = -1

    def begun_at(self, first: int) -> Sums:
        """Return the sums of which bar `first` is the first; to be asked before any bar is there."""
        assert self._number < 0, "sums begin with the first bar"
        return self._sums.setdefault(first, deque([0.0] * DEEPEST, maxlen=DEEPEST))

    def push(self, shape: Shape) -> None:
        """Keep the sums as they are for this bar, which is not in them, and take it in for the next one."""
        self._number += 1
        if self._number:
            newest = self._past[-1]
            change = newest - self._past[0]
            for first, sums in self._sums.items():
                if self._number > first:
                    sums.append(sums[-1] + change)
                elif self._number > first - self._period:
                    sums.append(sums[-1] + newest)
        self._past.append(getattr(shape, self._attribute))


class Means:
    """What is usual, as one pattern sees it: its sums begin where TA-Lib begins them for this pattern."""

    __slots__ = ("_sums", "_window")

    def __init__(self, shapes: "Shapes", first: int, needs: Iterable[Need]) -> None:
        """Prepare to answer.

        Args:
            shapes: That the bars are pushed to; nothing may be in it yet.
            first: Number of the first bar that the pattern looks at.
            needs: What it will ask for.
        """
        self._window = shapes.window
        self._sums = {
            (usual, back): shapes.sums(usual).begun_at(first - back) for usual, back in needs if usual.period
        }

    def __call__(self, usual: Usual, back: int) -> float:
        """Return what is usual for the bar `back` bars ago."""
        period = usual.period
        if not period:
            return usual.factor * self._window[back].body
        length = usual.factor * (self._sums[usual, back][-1 - back] / period)
        return length / 2.0 if usual.measure is Measure.SHADOWS else length


class Shapes:
    """The last bars and the sums over them.

    Attributes:
        window: The last shapes; changed in place.
    """

    __slots__ = ("_sums", "window")

    def __init__(self) -> None:
        self.window: Window = []
        self._sums: dict[tuple[Measure, int], RunningSums] = {}

    def sums(self, usual: Usual) -> RunningSums:
        """Return the sums that a length is a mean of."""
        key = (usual.measure, usual.period)
        return self._sums.setdefault(key, RunningSums(*key))

    def push(self, bar: Ohlc) -> None:
        """Take the next bar in."""
        shape = Shape(bar)
        for sums in self._sums.values():
            sums.push(shape)
        self.window.insert(0, shape)
        del self.window[DEEPEST:]
