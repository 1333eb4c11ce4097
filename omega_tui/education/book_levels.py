"""Pulling and stacking: levels that go or grow by themselves, without a print."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side
from omega_tui.education.book_flow import SECOND, BookFlow, Flow, FlowKind
from omega_tui.education.book_places import BEST_LEVELS, MAX_PLACES, Place, forget_oldest
from omega_tui.education.book_signal import BookPattern, BookSignal

LARGE_TIMES: Final = 5
PULLED_SHARE: Final = Decimal("0.9")
PULL_NS: Final = 3 * SECOND
PULL_TICKS: Final = 3
PULLS: Final = 3
PULLS_NS: Final = 120 * SECOND

STACK_NS: Final = 5 * SECOND
STACK_LEVELS: Final = 3
STACK_TIMES: Final = 2
STACK_FROM: Final = Decimal("0.5")
STACK_LOOKS: Final = 60
"""Stacking: within 5 s three neighbours double, each from half a usual level's size, by all of it. Usual is
the median of the best ten levels, and of a minute."""


@dataclass(slots=True)
class _Large:
    size: Decimal
    seen_ns: int
    near_ns: int | None = None
    traded: Decimal = ZERO
    canceled: Decimal = ZERO


class PullingDetector:
    """Finds large levels that leave, again and again, when the price comes near."""

    def __init__(self) -> None:
        self._large: dict[Place, _Large] = {}
        self._pulls: dict[Side, deque[tuple[int, Decimal]]] = {side: deque(maxlen=16) for side in Side}

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take one change in."""
        place = (flow.side, flow.price)
        large = self._large.get(place)
        if flow.kind is FlowKind.ADDED:
            self._look_at(book, flow, large)
            return
        if large is None:
            return
        if flow.kind is FlowKind.TRADED:
            large.traded += flow.size
            return
        large.canceled += flow.size
        if large.canceled < PULLED_SHARE * large.size:
            return
        del self._large[place]
        if large.near_ns is None or flow.at_ns - large.near_ns > PULL_NS:
            return
        pulls = self._pulls[flow.side]
        pulls.append((flow.at_ns, large.canceled))
        recent = [pull for pull in pulls if flow.at_ns - pull[0] <= PULLS_NS]
        if len(recent) >= PULLS:
            pulls.clear()
            reason = (
                f"{len(recent)} levels of {', '.join(str(size) for _, size in recent)}, each over "
                f"{LARGE_TIMES} x the usual, left untraded within 3 s of the price {PULL_TICKS} ticks away"
            )
            yield BookSignal(BookPattern.PULLING, flow.side, flow.price, recent[0][0], flow.at_ns, reason)

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Look which large levels the price has come near to."""
        for place, large in list(self._large.items()):
            behind = book.ticks_from_best(place[0].opposite, place[1])
            own = book.ticks_from_best(*place)
            gone = not book.size_at(*place) and large.traded > (1 - PULLED_SHARE) * large.size
            if behind is None or own is None or gone:
                del self._large[place]
            elif own <= PULL_TICKS:
                large.near_ns = now_ns if large.near_ns is None else large.near_ns
            else:
                large.near_ns = None
        return iter(())

    def _look_at(self, book: BookFlow, flow: Flow, large: _Large | None) -> None:
        size = book.size_at(flow.side, flow.price)
        if large is not None:
            large.size = max(large.size, size)
            return
        levels = book.top(flow.side, BEST_LEVELS + 1)
        others = [level.size for level in levels if level.price != flow.price]
        if len(others) >= BEST_LEVELS // 2 and size >= LARGE_TIMES * median(others):
            self._large[flow.side, flow.price] = _Large(size, flow.at_ns)
            forget_oldest(self._large)


class StackingDetector:
    """Finds neighbouring levels that grow together, beyond what their side of the book usually shows.

    A book that comes back after a vacuum grows on all levels at once: each of them must grow from what is not
    small, measured by the last minute and not by a book that is thin or stacked just now.
    """

    def __init__(self) -> None:
        self._grown: dict[Side, deque[tuple[int, Decimal, Decimal]]] = {
            side: deque(maxlen=MAX_PLACES) for side in Side
        }
        self._quiet_ns: dict[Side, int] = {}
        self._looked_ns = 0
        self._medians: dict[Side, deque[Decimal]] = {side: deque(maxlen=STACK_LOOKS) for side in Side}

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take one change in."""
        if flow.kind is not FlowKind.ADDED:
            return
        side, grown = flow.side, self._grown[flow.side]
        # A book that is just being filled is not stacked.
        quiet_ns = self._quiet_ns.setdefault(side, flow.at_ns + STACK_NS)
        if not flow.before:
            return
        grown.append((flow.at_ns, flow.price, flow.before))
        while grown[0][0] < flow.at_ns - STACK_NS:
            grown.popleft()
        if flow.at_ns < quiet_ns or not self._medians[side]:
            return
        stacked = self._stacked(book, side)
        row = _run_through(flow.price, stacked.keys(), book.tick)
        if len(row) < STACK_LEVELS:
            return
        self._quiet_ns[side] = flow.at_ns + STACK_NS
        reason = ", ".join(f"{price} from {stacked[price]} to {book.size_at(side, price)}" for price in row)
        yield BookSignal(BookPattern.STACKING, side, flow.price, grown[0][0], flow.at_ns, f"{reason} in 5 s")

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Remember once a second what a level usually shows."""
        if now_ns - self._looked_ns >= SECOND:
            self._looked_ns = now_ns
            for side, medians in self._medians.items():
                best = book.top(side, BEST_LEVELS)
                if best:
                    medians.append(median(level.size for level in best))
        return iter(())

    def _stacked(self, book: BookFlow, side: Side) -> dict[Decimal, Decimal]:
        """Return the levels that grew enough each by itself, with the size from which they did.

        One that grew in several steps is taken from the first of them at which it was not small.
        """
        usual = median(self._medians[side])
        stacked: dict[Decimal, Decimal] = {}
        for _, price, before in self._grown[side]:
            if price not in stacked and before >= STACK_FROM * usual:
                size = book.size_at(side, price)
                if size >= STACK_TIMES * before and size - before >= usual:
                    stacked[price] = before
        return stacked


def _run_through(price: Decimal, prices: Collection[Decimal], tick: Decimal) -> list[Decimal]:
    """Return the unbroken row of prices, a tick apart, that `price` is in; lowest first."""
    if price not in prices:
        return []
    low = high = price
    while low - tick in prices:
        low -= tick
    while high + tick in prices:
        high += tick
    return [low + tick * step for step in range(int((high - low) / tick) + 1)]
