"""Candles: what the prints of a stretch of time came to, from a venue or from the prints themselves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.timeframe import candle_start_ns, phase_ns
from omega_tui.domain.trade import Trade
from omega_tui.units import NS_PER_S


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low and close of one stretch of time.

    Attributes:
        instrument: Instrument id.
        timeframe_s: Length of the stretch, seconds.
        start_ns: Its first nanosecond: a multiple of its length since the epoch, or where a venue begins it.
        open: First price.
        high: Highest price.
        low: Lowest price.
        close: Last price so far.
        volume: Sum of the sizes.
    """

    instrument: str
    timeframe_s: int
    start_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def end_ns(self) -> int:
        """The first nanosecond after it."""
        return self.start_ns + self.timeframe_s * NS_PER_S


class CandleHistory(Struct, frozen=True):
    """What a venue answers to the question for candles: oldest first, the last one may still grow."""

    candles: tuple[Candle, ...]


def joined(candles: Iterable[Candle], timeframe_s: int) -> list[Candle]:
    """Return candles, oldest first, put together to longer ones, whose length is a multiple of theirs."""
    made: list[Candle] = []
    phase = phase_ns(timeframe_s)
    for one in candles:
        start_ns = candle_start_ns(one.start_ns, timeframe_s, phase)
        if made and made[-1].start_ns == start_ns:
            last = made[-1]
            made[-1] = replace(
                last,
                high=max(last.high, one.high),
                low=min(last.low, one.low),
                close=one.close,
                volume=last.volume + one.volume,
            )
        else:
            made.append(replace(one, timeframe_s=timeframe_s, start_ns=start_ns))
    return made


class CandleMaker:
    """Makes candles of one instrument from its prints, in the order of their arrival.

    A stretch without a print has no candle. A print older than the present candle is counted in `late_total`
    and changes nothing: a candle that was shown as closed stays as it was.

    Attributes:
        late_total: Prints that came too late.
        whole_from_ns: From when on candles have every print since their beginning: the first one was joined
            midway; 0 before the first print.
    """

    def __init__(self, timeframe_s: int, *, goes_on: Candle | None = None) -> None:
        """Begin without a candle, or go on with one.

        Args:
            timeframe_s: Length of a candle.
            goes_on: One that further prints belong to or follow; the later ones begin where it says.
        """
        if timeframe_s < 1:
            raise ValueError(f"a candle of {timeframe_s} s has no length")
        self.late_total = 0
        self.whole_from_ns = goes_on.start_ns if goes_on is not None else 0
        self._timeframe_s = timeframe_s
        self._phase_ns = goes_on.start_ns if goes_on is not None else phase_ns(timeframe_s)
        self._candle = goes_on

    def add(self, trade: Trade) -> Candle | None:
        """Return the candle as it stands with this print in it; None for a print that came too late."""
        step_ns = self._timeframe_s * NS_PER_S
        start_ns = candle_start_ns(trade.ts_event_ns, self._timeframe_s, self._phase_ns)
        before = self._candle
        if before is None:
            self.whole_from_ns = start_ns + step_ns
        if before is not None and start_ns < before.start_ns:
            self.late_total += 1
            return None
        if before is None or start_ns > before.start_ns:
            price = trade.price
            before = Candle(trade.instrument, self._timeframe_s, start_ns, price, price, price, price, ZERO)
        self._candle = replace(
            before,
            high=max(before.high, trade.price),
            low=min(before.low, trade.price),
            close=trade.price,
            volume=before.volume + trade.size,
        )
        return self._candle
