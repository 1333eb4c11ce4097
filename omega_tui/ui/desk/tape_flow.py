"""What the prints add up to: cumulative volume delta, and the average price by volume. Pure.

It counts what this screen has seen since a market came onto the ladder or its volume was last reset, and says
since when: nothing is known of what was printed before.
"""

from collections import deque
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.units import NS_PER_S

WINDOWS_S: Final = (60, 300)
"""How far back the volume delta of late goes."""


class Flow(NamedTuple):
    """Sums over prints.

    Attributes:
        delta: What buyers took less what sellers took; a print without a known aggressor counts as neither.
        volume: All that was traded.
        notional: Price times size of it.
        since_ns: The venue's time of the first print; 0 before it.
    """

    delta: Decimal = ZERO
    volume: Decimal = ZERO
    notional: Decimal = ZERO
    since_ns: int = 0

    def plus(self, trade: Trade) -> "Flow":
        """Return the sums with one more print."""
        return Flow(
            self.delta + _signed(trade),
            self.volume + trade.size,
            self.notional + trade.price * trade.size,
            self.since_ns or trade.ts_event_ns,
        )

    @property
    def average(self) -> Decimal | None:
        """The average price by volume; None before the first print."""
        return self.notional / self.volume if self.volume else None


class Window(NamedTuple):
    """The volume delta of late.

    Attributes:
        seen_s: How far back it goes: as far as prints were seen, and at most one of `WINDOWS_S`.
        delta: As in `Flow`.
    """

    seen_s: int
    delta: Decimal


class RecentFlow:
    """The volume delta of the last minutes, in a bucket for each second of the longest window.

    Times are ours (`ts_recv_ns`): the venue's clock says nothing of how long this screen has been looking.
    """

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, Decimal]] = deque(maxlen=WINDOWS_S[-1] + 1)
        self._since_s: int | None = None
        self._known: tuple[int, tuple[Window, ...]] | None = None

    def add(self, trade: Trade) -> None:
        """Take a print; they come in the order in which they were received."""
        second = trade.ts_recv_ns // NS_PER_S
        self._known = None
        if self._since_s is None:
            self._since_s = second
        if self._buckets and self._buckets[-1][0] >= second:
            second, delta = self._buckets.pop()
            self._buckets.append((second, delta + _signed(trade)))
        else:
            self._buckets.append((second, _signed(trade)))

    def windows(self, now_ns: int) -> tuple[Window, ...]:
        """Return the delta of each window that ends now, the shortest first; the same object within a second.

        Of windows that go back no further than what was seen, one is left: it says how far that is.
        """
        now_s = now_ns // NS_PER_S
        if self._known is None or self._known[0] != now_s:
            self._known = now_s, self._count(now_s)
        return self._known[1]

    def _count(self, now_s: int) -> tuple[Window, ...]:
        if self._since_s is None:
            return ()
        seen_s = max(1, now_s - self._since_s + 1)
        lengths = dict.fromkeys(min(length, seen_s) for length in WINDOWS_S)
        sums = dict.fromkeys(lengths, ZERO)
        for second, delta in self._buckets:
            for length in lengths:
                if now_s - second < length:
                    sums[length] += delta
        return tuple(Window(length, delta) for length, delta in sums.items())


def _signed(trade: Trade) -> Decimal:
    """Return the size of a print, below zero where a seller took; zero where nobody knows who did."""
    if trade.aggressor is None:
        return ZERO
    return trade.size if trade.aggressor is Side.BUY else -trade.size
