"""Candles of one book: a made-up past up to the first moment, then what was really traded. Pure."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import exp
from random import Random
from typing import Final

from omega_tui.sim.coins import CoinSpec

MINUTE_MS: Final = 60_000
DAY_MINUTES: Final = 1_440

PAST_MINUTES: Final = 3 * DAY_MINUTES
"""How much past is made up."""

KEPT_MINUTES: Final = 2 * PAST_MINUTES
"""Older ones are forgotten."""


@dataclass(slots=True)
class Candle:
    """One span of time, in ticks and lots.

    Attributes:
        start_ms: Beginning of the span, inclusive.
        open: First price.
        high: Highest.
        low: Lowest.
        close: Last.
        volume: Lots traded.
        value: Sum of ticks x lots.
    """

    start_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    value: int = 0

    def add(self, ticks: int, lots: int) -> None:
        """Take one trade in."""
        self.high = max(self.high, ticks)
        self.low = min(self.low, ticks)
        self.close = ticks
        self.volume += lots
        self.value += ticks * lots


def merged(candles: Iterable[Candle], start_ms: int) -> Candle:
    """Return one candle over several in a row, of which there is at least one."""
    row = list(candles)
    return Candle(
        start_ms,
        row[0].open,
        max(candle.high for candle in row),
        min(candle.low for candle in row),
        row[-1].close,
        sum(candle.volume for candle in row),
        sum(candle.value for candle in row),
    )


class CandleStore:
    """Minutes of one book, without a gap: a minute in which nothing was traded is flat.

    The past before the first moment is made up once somebody asks for it: that takes longer than all the rest
    of an exchange. It is the same whenever that is.
    """

    def __init__(self, spec: CoinSpec, seed: str, *, path_seed: str, start_ms: int, start_ticks: int) -> None:
        """Begin with the minute of the first moment.

        Args:
            spec: Of the book.
            seed: Of what is this book's alone.
            path_seed: Of the way of the price: the same for all books of a coin, which go the same way.
            start_ms: The first moment.
            start_ticks: The first price.
        """
        first = start_ms // MINUTE_MS * MINUTE_MS
        path, rng = Random(path_seed), Random(seed)  # noqa: S311  (a tape)
        self._past: Callable[[], list[Candle]] | None = partial(_past, spec, path, rng, first, start_ticks)
        self._since: deque[Candle] = deque(maxlen=KEPT_MINUTES)
        self._since.append(Candle(first, start_ticks, start_ticks, start_ticks, start_ticks))
        self._day_before: tuple[int, Candle] | None = None

    @property
    def _minutes(self) -> deque[Candle]:
        """Every minute that is kept, oldest first, those before the first moment included."""
        if self._past is not None:
            past, self._past = self._past(), None
            room = KEPT_MINUTES - len(self._since)
            self._since.extendleft(reversed(past[-room:] if room else []))
        return self._since

    def add(self, at_ms: int, ticks: int, lots: int) -> None:
        """Take one trade in, at a time that never goes back."""
        self.roll(at_ms)
        self._since[-1].add(ticks, lots)

    def roll(self, at_ms: int) -> None:
        """Bring the last minute up to `at_ms`."""
        last = self._since[-1]
        minute = at_ms // MINUTE_MS * MINUTE_MS
        missing = (minute - last.start_ms) // MINUTE_MS
        if missing > KEPT_MINUTES:
            last.start_ms = minute - KEPT_MINUTES * MINUTE_MS
            missing = KEPT_MINUTES
        for number in range(1, missing + 1):
            start = last.start_ms + number * MINUTE_MS
            self._since.append(Candle(start, last.close, last.close, last.close, last.close))

    def rows(self, span_ms: int, *, limit: int, start_ms: int = 0, end_ms: int | None = None) -> list[Candle]:
        """Return the last `limit` candles of a span of whole minutes, oldest first, the last one unfinished.

        Those count whose beginning is at or after `start_ms` and at or before `end_ms`.
        """
        found: list[Candle] = []
        group: list[Candle] = []
        for minute in self._minutes:
            begin = minute.start_ms // span_ms * span_ms
            if group and group[0].start_ms // span_ms * span_ms != begin:
                found.append(merged(group, group[0].start_ms // span_ms * span_ms))
                group = []
            group.append(minute)
        found.append(merged(group, group[0].start_ms // span_ms * span_ms))
        wanted = [
            row for row in found if row.start_ms >= start_ms and (end_ms is None or row.start_ms <= end_ms)
        ]
        return wanted[-limit:]

    def last(self, span_ms: int) -> Candle:
        """Return the candle of the present span."""
        count = span_ms // MINUTE_MS
        begin = self._since[-1].start_ms // span_ms * span_ms
        minutes = self._since if self._since[0].start_ms <= begin else self._minutes
        tail = list(islice(reversed(minutes), count))
        return merged([row for row in reversed(tail) if row.start_ms >= begin], begin)

    def opened(self, start_ms: int) -> int:
        """Return the first price of the minute at `start_ms`, or of the oldest one that is kept."""
        behind = (self._minutes[-1].start_ms - start_ms) // MINUTE_MS
        return self._minutes[max(0, len(self._minutes) - 1 - behind)].open

    def day(self) -> Candle:
        """Return the last 24 hours as one candle."""
        present = self._minutes[-1]
        if self._day_before is None or self._day_before[0] != present.start_ms:
            tail = list(islice(reversed(self._minutes), 1, DAY_MINUTES))
            self._day_before = (present.start_ms, merged(reversed(tail), present.start_ms))
        return merged((self._day_before[1], present), present.start_ms)


def _past(spec: CoinSpec, path: Random, rng: Random, end_ms: int, end_ticks: int) -> list[Candle]:
    """Return invented minutes that end at the first price: a walk, drawn backwards."""
    spread = spec.volatility * MINUTE_MS**0.5 / 1_000**0.5
    volume = float(spec.depth / spec.lot) * 4
    price = float(end_ticks)
    rows = []
    for number in range(1, PAST_MINUTES + 1):
        close = price
        price *= exp(-spread * path.gauss(0.0, 1.0))
        ends = (max(1, round(price)), max(1, round(close)))
        reach = spread * close * abs(rng.gauss(0.0, 0.5))
        lots = max(1, int(volume * rng.lognormvariate(0.0, 0.7)))
        rows.append(
            Candle(
                end_ms - number * MINUTE_MS,
                ends[0],
                max(ends) + round(reach * rng.random()),
                max(1, min(ends) - round(reach * rng.random())),
                ends[1],
                lots,
                lots * (ends[0] + ends[1]) // 2,
            )
        )
    rows.reverse()
    return rows
