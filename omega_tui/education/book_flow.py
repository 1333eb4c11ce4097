"""What happened at each price of a book: added, traded, canceled. Told apart from totals and prints alone.

A feed says totals, not orders: a level that shrinks was traded or canceled, and the print may come before the
total or after it. What no print explains within `GRACE_NS` was canceled.
"""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Final

from sortedcontainers import SortedDict

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import PriceLevel

MS: Final = 1_000_000
SECOND: Final = 1_000 * MS

GRACE_NS: Final = 250 * MS
"""How far a print and the total that reflects it may be apart."""

MAX_PENDING: Final = 10_000
"""Prints and shrinkages that wait for each other; for more, the oldest are given up before their time."""


class FlowKind(StrEnum):
    """What became of some size at a price."""

    ADDED = "ADDED"
    TRADED = "TRADED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class Flow:
    """Some size that came to a level or left it.

    Attributes:
        kind: How.
        side: Of the resting orders.
        price: Of the level.
        size: How much.
        at_ns: When the feed said it.
        before: Total of the level before it; for a print, as far as it was known.
    """

    kind: FlowKind
    side: Side
    price: Decimal
    size: Decimal
    at_ns: int
    before: Decimal


@dataclass(slots=True)
class _Pending:
    side: Side
    price: Decimal
    size: Decimal
    at_ns: int
    before: Decimal


class BookFlow:
    """Keeps one book and says what its changes were; single writer, in the order of the feed.

    Attributes:
        tick: Smallest step of the price.
        unsided_total: Prints without an aggressor, which explain nothing.
    """

    def __init__(self, tick: Decimal) -> None:
        self.tick = tick
        self.unsided_total = 0
        self._levels: dict[Side, SortedDict[Decimal, Decimal]] = {side: SortedDict() for side in Side}
        self._prints: deque[_Pending] = deque()
        self._shrunk: deque[_Pending] = deque()

    def best(self, side: Side) -> Decimal | None:
        """Return the best price of a side; None while it is empty."""
        levels = self._levels[side]
        if not levels:
            return None
        best: Decimal = levels.peekitem(-1 if side is Side.BUY else 0)[0]
        return best

    def size_at(self, side: Side, price: Decimal) -> Decimal:
        """Return the total at a price; zero where nobody is."""
        size: Decimal = self._levels[side].get(price, ZERO)
        return size

    def top(self, side: Side, count: int) -> list[PriceLevel]:
        """Return the best levels of a side, best first."""
        levels = self._levels[side]
        prices = reversed(levels) if side is Side.BUY else iter(levels)
        return [PriceLevel(price, levels[price]) for price in islice(prices, count)]

    def depth(self, side: Side, count: int) -> Decimal:
        """Return what rests at the best levels of a side."""
        return sum((level.size for level in self.top(side, count)), ZERO)

    def ticks_from_best(self, side: Side, price: Decimal) -> Decimal | None:
        """Return how many ticks a price of a side is behind its best; below zero if it is better."""
        best = self.best(side)
        return None if best is None else (best - price) * side.sign / self.tick

    def level(self, side: Side, price: Decimal, size: Decimal, now_ns: int) -> list[Flow]:
        """Take the new total of a level and return what is known of it by now, and of older changes."""
        flows = self.settle(now_ns)
        levels = self._levels[side]
        before: Decimal = levels.get(price, ZERO)
        if size:
            levels[price] = size
        else:
            levels.pop(price, None)
        if size > before:
            flows.append(Flow(FlowKind.ADDED, side, price, size - before, now_ns, before))
        elif size < before:
            left = self._match(self._prints, side, price, before - size)
            if left:
                self._shrunk.append(_Pending(side, price, left, now_ns, before))
                flows += self._give_up()
        return flows

    def trade(self, price: Decimal, size: Decimal, aggressor: Side | None, now_ns: int) -> list[Flow]:
        """Take a print and return it as what it did to its level, after what is known of older changes."""
        flows = self.settle(now_ns)
        if aggressor is None:
            self.unsided_total += 1
            return flows
        side = aggressor.opposite
        left = self._match(self._shrunk, side, price, size)
        before = self.size_at(side, price) + size - left
        if left:
            self._prints.append(_Pending(side, price, left, now_ns, before))
        flows.append(Flow(FlowKind.TRADED, side, price, size, now_ns, before))
        return flows + self._give_up()

    def settle(self, now_ns: int) -> list[Flow]:
        """Return what was canceled, now that no print can explain it any more."""
        while self._prints and self._prints[0].at_ns < now_ns - GRACE_NS:
            self._prints.popleft()
        flows = []
        while self._shrunk and self._shrunk[0].at_ns < now_ns - GRACE_NS:
            flows.append(_canceled(self._shrunk.popleft()))
        return [flow for flow in flows if flow.size]

    def _give_up(self) -> list[Flow]:
        while len(self._prints) > MAX_PENDING:
            self._prints.popleft()
        flows = []
        while len(self._shrunk) > MAX_PENDING:
            flows.append(_canceled(self._shrunk.popleft()))
        return flows

    def _match(self, pending: deque[_Pending], side: Side, price: Decimal, size: Decimal) -> Decimal:
        """Take `size` from what waits at a level, oldest first; return what is left of it."""
        for waiting in pending:
            if not size:
                break
            if waiting.side is side and waiting.price == price:
                taken = min(size, waiting.size)
                waiting.size -= taken
                size -= taken
        return size


def _canceled(pending: _Pending) -> Flow:
    return Flow(FlowKind.CANCELED, pending.side, pending.price, pending.size, pending.at_ns, pending.before)
