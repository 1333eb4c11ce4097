"""The candles of one instrument in any length: the venue's where it has them, else those of the prints seen.

Nothing is made up: a stretch without a print has no candle, and one that lacks prints, because nobody
listened, is said to.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from msgspec import Struct

from omega_tui.domain.candle import Candle, CandleMaker, joined
from omega_tui.domain.trade import Trade

BARS: Final = 1_000
"""Candles that are kept of a length; the oldest go first."""
SECONDS: Final = 900
MINUTES: Final = 1_440
"""Candles of one second and of one minute that are kept, of which all longer ones can be made."""
LENGTHS: Final = 3
"""Lengths that are kept up with each print; the one that was not asked for longest goes first."""
HOLES: Final = 64
_MINUTE_S: Final = 60


class Candles(Struct, frozen=True):
    """Candles of one length.

    Attributes:
        bars: Oldest first, the last one still grows.
        incomplete: Beginnings of those that lack prints.
        of_venue: Whether the venue gave those of the past.
        since_ns: When the first print was seen, the venue's time; 0 for none yet.
    """

    bars: tuple[Candle, ...] = ()
    incomplete: frozenset[int] = frozenset()
    of_venue: bool = False
    since_ns: int = 0


class CandleBook:
    """Keeps the candles of one instrument up with its prints.

    Every print is taken once, in the order of arrival. What is kept is bounded: see the constants.
    """

    def __init__(self) -> None:
        self._since_ns = 0
        self._last_ns = 0
        self._seconds = _Tier(1, SECONDS)
        self._minutes = _Tier(_MINUTE_S, MINUTES)
        self._series: OrderedDict[int, _Series] = OrderedDict()
        self._holes: deque[tuple[int, int]] = deque(maxlen=HOLES)
        self._hole_from_ns = 0

    def add(self, trade: Trade) -> None:
        """Take a print."""
        if not self._since_ns:
            self._since_ns = trade.ts_event_ns
        if self._hole_from_ns:
            self._holes.append((self._hole_from_ns, trade.ts_event_ns))
            self._hole_from_ns = 0
        self._last_ns = max(self._last_ns, trade.ts_event_ns)
        self._seconds.add(trade)
        self._minutes.add(trade)
        for series in self._series.values():
            series.add(trade)

    def gap(self) -> None:
        """Take note that prints may be missing from the last one on, up to the next."""
        if self._last_ns and not self._hole_from_ns:
            self._hole_from_ns = self._last_ns

    def take_history(self, timeframe_s: int, candles: Sequence[Candle]) -> None:
        """Put the venue's candles, oldest first, in the place of ours; ours go on after the last of them.

        Sizes that were printed while the question was on its way are counted by the venue or not at all: the
        next answer corrects them.
        """
        if candles:
            ours = self._own(timeframe_s)
            self._keep(_Series(timeframe_s, _continued(candles, ours.bars), of_venue=True))

    def candles(self, timeframe_s: int) -> Candles:
        """Return the candles of a length as they stand now; the same tuple until one changes."""
        series = self._series.get(timeframe_s) or self._keep(self._own(timeframe_s))
        self._series.move_to_end(timeframe_s)
        bars = series.tuple()
        return Candles(bars, self._incomplete(series), series.of_venue, self._since_ns)

    def _own(self, timeframe_s: int) -> "_Series":
        """Return what the prints come to."""
        tier = self._minutes if timeframe_s % _MINUTE_S == 0 else self._seconds
        return _Series(timeframe_s, joined(tier.bars, timeframe_s), whole_from_ns=self._known_from(tier))

    def _known_from(self, tier: "_Tier") -> int:
        """Return from when on a tier has every print that was seen."""
        return max(self._since_ns, tier.bars[0].start_ns) if tier.has_dropped else self._since_ns

    def _keep(self, series: "_Series") -> "_Series":
        self._series[series.timeframe_s] = series
        self._series.move_to_end(series.timeframe_s)
        while len(self._series) > LENGTHS:
            self._series.popitem(last=False)
        return series

    def _incomplete(self, series: "_Series") -> frozenset[int]:
        bars, found = series.bars, set()
        whole_from_ns = series.whole_from_ns or self._since_ns
        if not series.of_venue and bars and bars[0].start_ns < whole_from_ns:
            found.add(bars[0].start_ns)
        holes = [hole for hole in self._holes if hole[1] >= series.asked_ns]
        if self._hole_from_ns:
            holes.append((self._hole_from_ns, self._last_ns))
        for begin_ns, end_ns in holes:
            found |= {bar.start_ns for bar in _overlapping(bars, begin_ns, end_ns)}
        return frozenset(found)


class _Tier:
    """The newest candles of a short length."""

    __slots__ = ("_maker", "bars", "has_dropped")

    def __init__(self, timeframe_s: int, most: int) -> None:
        self.bars: deque[Candle] = deque(maxlen=most)
        self.has_dropped = False
        self._maker = CandleMaker(timeframe_s)

    def add(self, trade: Trade) -> None:
        candle = self._maker.add(trade)
        if candle is None:
            return
        if self.bars and self.bars[-1].start_ns == candle.start_ns:
            self.bars[-1] = candle
        else:
            self.has_dropped = self.has_dropped or len(self.bars) == self.bars.maxlen
            self.bars.append(candle)


class _Series:
    """Candles of one length, kept up with the prints."""

    __slots__ = ("_maker", "_tuple", "asked_ns", "bars", "of_venue", "timeframe_s", "whole_from_ns")

    def __init__(
        self, timeframe_s: int, bars: list[Candle], *, of_venue: bool = False, whole_from_ns: int = 0
    ) -> None:
        self.timeframe_s = timeframe_s
        self.bars = bars[-BARS:]
        self.of_venue = of_venue
        self.whole_from_ns = whole_from_ns
        # What was missed before the venue was asked is in its answer.
        self.asked_ns = self.bars[-1].start_ns if of_venue and self.bars else 0
        self._maker = CandleMaker(timeframe_s, goes_on=self.bars[-1] if self.bars else None)
        self._tuple: tuple[Candle, ...] | None = None

    def add(self, trade: Trade) -> None:
        candle = self._maker.add(trade)
        if candle is None:
            return
        self._tuple = None
        if self.bars and self.bars[-1].start_ns == candle.start_ns:
            self.bars[-1] = candle
            return
        self.bars.append(candle)
        if len(self.bars) > BARS:
            del self.bars[0]

    def tuple(self) -> tuple[Candle, ...]:
        if self._tuple is None:
            self._tuple = tuple(self.bars)
        return self._tuple


def _continued(history: Sequence[Candle], ours: Sequence[Candle]) -> list[Candle]:
    """Return the venue's candles with what we saw after the last of them."""
    bars = list(history)
    last = bars[-1]
    for one in ours:
        if one.start_ns == last.start_ns:
            bars[-1] = replace(last, high=max(last.high, one.high), low=min(last.low, one.low))
        elif one.start_ns >= last.end_ns:
            bars.append(one)
    return bars


def _overlapping(bars: Iterable[Candle], begin_ns: int, end_ns: int) -> Iterable[Candle]:
    return (bar for bar in bars if bar.start_ns <= end_ns and begin_ns < bar.end_ns)
