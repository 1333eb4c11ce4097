"""Our own fills of this session, and what each of them realized. Pure.

What a fill realized is told by the positions before and after it, which the engine publishes with every fill:
the account alone does profit and loss.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import Fill, Settlement

FILLS: Final = 500
"""Fills that are kept; the oldest goes first."""

_Key = tuple[str, str]


class Gain(NamedTuple):
    """What a fill did to the position that it met.

    Attributes:
        closes: Whether it took something off it.
        realized: What that brought, before fees; None where it is not known.
    """

    closes: bool
    realized: Decimal | None = None


OPENED: Final = Gain(closes=False)


class OwnFills:
    """Fills, each in its last known settlement; those that count are iterated over, oldest first."""

    def __init__(self) -> None:
        self._fills: dict[_Key, Fill] = {}
        self._gains: dict[_Key, Gain] = {}
        self._met: dict[str, tuple[_Key, Position]] = {}

    def __iter__(self) -> Iterator[Fill]:
        return (fill for fill in self._fills.values() if fill.settlement is not Settlement.FAILED)

    def newest(self, at_most: int) -> list[Fill]:
        """Return the newest fills, the newest first; those that were undone, too."""
        newest: deque[Fill] = deque(maxlen=at_most)
        newest.extend(self._fills.values())
        newest.reverse()
        return list(newest)

    def gain(self, fill: Fill) -> Gain:
        """Return what a fill realized."""
        return self._gains.get(_key(fill), OPENED)

    def take(self, fill: Fill, *, is_new: bool, before: Position | None) -> None:
        """Take a fill, or a step of its settlement.

        Args:
            fill: As it stands.
            is_new: Whether it changed quantities for the first time; others of no known fill are not ours to
                list.
            before: The position that it met; None where none was known.
        """
        key = _key(fill)
        if not is_new:
            if key in self._fills:
                self._fills[key] = fill
            return
        self._fills[key] = fill
        if before is not None and before.quantity * fill.side.sign < 0:
            # Of two fills between two positions nobody can tell which realized what.
            apart = self._met.pop(fill.instrument, None) is None
            self._gains[key] = Gain(closes=True)
            if apart:
                self._met[fill.instrument] = key, before
        if len(self._fills) > FILLS:
            oldest = next(iter(self._fills))
            del self._fills[oldest]
            self._gains.pop(oldest, None)

    def met(self, after: Position) -> None:
        """Take the position that a fill left behind; any other is of no interest here."""
        met = self._met.pop(after.instrument, None)
        if met is None:
            return
        key, before = met
        if key in self._gains and before.entry_price is not None:
            self._gains[key] = Gain(closes=True, realized=after.realized_pnl - before.realized_pnl or ZERO)


def _key(fill: Fill) -> _Key:
    return fill.trade_id, fill.venue_order_id
