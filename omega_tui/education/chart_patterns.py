"""Chart patterns bar by bar, on pivots that are certain; nothing is told early or taken back."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Final

from omega_tui.education.bars import Atr, Ohlc
from omega_tui.education.chart_flags import MAX_REST_BARS, FlagWatch
from omega_tui.education.chart_pattern import ChartPattern, PatternState
from omega_tui.education.chart_shapes import LINE_PIVOTS, Shape, shapes
from omega_tui.education.swings import Pivot, SwingScale, ZigZag

SCALES: Final = (SwingScale.MINOR.factor, SwingScale.MAIN.factor, SwingScale.MAJOR.factor)

SAME: Final = Decimal("0.5")
"""Two of a kind that have more of their bars in common than this are one, seen again."""

MAX_ACTIVE: Final = 64
"""Patterns that are followed at once; the oldest ones expire for more."""

REMEMBERED: Final = 32
"""Patterns that are over, kept so that none is told twice."""


class ChartPatternReader:
    """Finds patterns bar by bar, at several scales, and follows each to its end."""

    __slots__ = ("_active", "_atr", "_flags", "_number", "_over", "_pivots", "_told", "_zigzags")

    def __init__(self, factors: Sequence[Decimal] = SCALES) -> None:
        self._number = -1
        self._told = 0
        self._atr = Atr()
        self._zigzags = tuple(ZigZag(factor) for factor in factors)
        self._pivots = tuple(deque[Pivot](maxlen=LINE_PIVOTS[0]) for _ in factors)
        self._flags = (FlagWatch(1), FlagWatch(-1))
        self._active: list[ChartPattern] = []
        self._over: deque[ChartPattern] = deque(maxlen=REMEMBERED)

    @property
    def active(self) -> tuple[ChartPattern, ...]:
        """The patterns of which something can still become, oldest first."""
        return tuple(self._active)

    def push(self, bar: Ohlc) -> tuple[ChartPattern, ...]:
        """Take the next closed bar in and return every pattern that came into a new state, in that state.

        A pattern whose line was broken before its last pivot was certain is told twice: formed, then
        confirmed. Where two lines get a further pivot before anything became of them, they are told as formed
        again, under their number, laid through all of them; what was told before stays as it was known then.
        """
        self._number += 1
        changed = self._follow(bar)
        for factor, shape in self._formed(bar):
            same = [known for known in self._known() if _is_same(known, shape)]
            if any(known.end >= shape.pivots[-1].bar or not _is_open_to(shape) for known in same):
                continue
            pattern = self._pattern(shape, factor, PatternState.FORMED)
            grown = next((known for known in same if known.state is PatternState.FORMED), None)
            if grown is None:
                self._told += 1
            else:
                pattern = replace(pattern, number=grown.number)
                self._active.remove(grown)
            changed.append(pattern)
            after = pattern.after(self._number, bar)
            if after is not pattern:
                changed.append(after)
            self._keep(after)
        while len(self._active) > MAX_ACTIVE:
            oldest = self._active.pop(0).expired(self._number)
            self._over.append(oldest)
            changed.append(oldest)
        return tuple(changed)

    def forming(self) -> tuple[ChartPattern, ...]:
        """Return what would be formed if the present end of each leg were a pivot; it may still move."""
        found: list[ChartPattern] = []
        for zigzag, pivots in zip(self._zigzags, self._pivots, strict=True):
            end = zigzag.forming
            if end is None or zigzag.atr is None:
                continue
            last = Pivot(end.bar, end.price, end.kind, self._number, zigzag.atr)
            for shape in shapes((*pivots, last)):
                if not any(_is_same(known, shape) for known in found):
                    found.append(self._pattern(shape, zigzag.factor, PatternState.FORMING))
        return tuple(found)

    def _follow(self, bar: Ohlc) -> list[ChartPattern]:
        changed = []
        following, self._active = self._active, []
        for pattern in following:
            after = pattern.after(self._number, bar)
            if after is not pattern:
                changed.append(after)
            self._keep(after)
        return changed

    def _formed(self, bar: Ohlc) -> Iterable[tuple[Decimal, Shape]]:
        for zigzag, pivots in zip(self._zigzags, self._pivots, strict=True):
            pivot = zigzag.push(bar)
            if pivot is not None:
                pivots.append(pivot)
                for shape in shapes(tuple(pivots)):
                    yield zigzag.factor, shape
        atr = self._atr.push(bar)
        for flags in self._flags:
            flag = flags.push(self._number, bar, atr)
            if flag is not None:
                yield Decimal(0), flag

    def _known(self) -> Iterable[ChartPattern]:
        return chain(self._active, self._over)

    def _keep(self, pattern: ChartPattern) -> None:
        (self._over if pattern.is_over else self._active).append(pattern)

    def _pattern(self, shape: Shape, factor: Decimal, state: PatternState) -> ChartPattern:
        number = self._number
        last = shape.pivots[-1].bar
        return ChartPattern(
            number=self._told,
            kind=shape.kind,
            state=state,
            factor=factor,
            pivots=shape.pivots,
            start=shape.pivots[0].bar,
            end=last,
            known_at=number,
            changed_at=number,
            height=shape.height,
            above=shape.above,
            below=shape.below,
            void_above=shape.void_above,
            void_below=shape.void_below,
            expires_at=max(number + 1, _last_bar(shape, number) if factor else last + MAX_REST_BARS),
            reason=shape.reason,
        )


def _last_bar(shape: Shape, number: int) -> int:
    """Return when a pattern expires: after its own width, or where its lines meet."""
    last = number + shape.width
    above, below = shape.above, shape.below
    if above is None or below is None or above.slope >= below.slope:
        return last
    meet = (above.at(0) - below.at(0)) / (below.slope - above.slope)
    return min(last, int(meet))


def _is_same(known: ChartPattern, shape: Shape) -> bool:
    return known.kind is shape.kind and known.overlap(shape.pivots[0].bar, shape.pivots[-1].bar) >= SAME


def _is_open_to(shape: Shape) -> bool:
    """Whether a further pivot makes more of the shape: two lines go on, a top is over with its last peak."""
    return shape.above is not None and shape.below is not None


def find_chart_patterns(bars: Iterable[Ohlc], factors: Sequence[Decimal] = SCALES) -> list[ChartPattern]:
    """Return every change of state of every pattern of a series, in the order in which they are known."""
    reader = ChartPatternReader(factors)
    return [pattern for bar in bars for pattern in reader.push(bar)]
