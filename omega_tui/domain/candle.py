"""Candles: what the prints of a stretch of time came to, from a venue or from the prints themselves."""

from dataclasses import dataclass, replace
from decimal import Decimal

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.trade import Trade

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low and close of one stretch of time.

    Attributes:
        instrument: Instrument id.
        timeframe_s: Length of the stretch, seconds.
        start_ns: Its first nanosecond, a multiple of its length since the epoch.
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


class CandleMaker:
    """Makes candles of one instrument from its prints, in the order of their arrival.

    A stretch without a print has no candle. A print older than the present candle is counted in `late_total`
    and changes nothing: a candle that was shown as closed stays as it was.

    Attributes:
        late_total: Prints that came too late.
        whole_from_ns: From when on candles have every print since their beginning: the first one was joined
            midway; 0 before the first print.
    """

    def __init__(self, timeframe_s: int) -> None:
        if timeframe_s < 1:
            raise ValueError(f"a candle of {timeframe_s} s has no length")
        self.late_total = 0
        self.whole_from_ns = 0
        self._timeframe_s = timeframe_s
        self._candle: Candle | None = None

    def add(self, trade: Trade) -> Candle | None:
        """Return the candle as it stands with this print in it; None for a print that came too late."""
        step_ns = self._timeframe_s * NS_PER_S
        start_ns = trade.ts_event_ns - trade.ts_event_ns % step_ns
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
