"""Absorption and icebergs: levels from which more is taken than they show."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Final

from omega_tui.domain.instrument import ZERO
from omega_tui.education.book_flow import MS, SECOND, BookFlow, Flow, FlowKind
from omega_tui.education.book_places import BEST_LEVELS, MAX_PLACES, Place, forget_oldest
from omega_tui.education.book_signal import BookPattern, BookSignal

ABSORB_NS: Final = 30 * SECOND
ABSORB_TIMES: Final = 4
ABSORB_KEPT: Final = Decimal("0.5")
ABSORB_REFILLS: Final = 2
ABSORB_AWAY: Final = 2
ABSORB_WARM_NS: Final = 60 * SECOND
HOUR_NS: Final = 3_600 * SECOND
MIN_TRADED_LEVELS: Final = 5
"""Absorption: within 30 s a level takes 4 times the usual volume of a level in an hour and still stands: half
of it, or twice as much was added, and no less than that usual volume. Nothing is said before a minute was
seen."""

ICEBERG_TIMES: Final = Decimal("1.5")
REFILL_NS: Final = 500 * MS
REFILLS: Final = 4
LOOSE_REFILLS: Final = 6
REFILL_EXACT: Final = Decimal("0.05")
REFILL_ALIKE: Final = Decimal("0.2")
REFILL_GAPS: Final = 1
TIP_TAKEN: Final = Decimal("0.8")
MAX_ADDED: Final = 20
ICEBERG_NS: Final = 30 * SECOND
FILLS: Final = 12
TIP_SHARE: Final = Decimal("0.2")
"""An iceberg: within 30 s 1.5 times what was ever shown is executed, with refills soon after as much was
taken, each no smaller than a fifth of a usual level. Four that are the same within 5 %, or six within 20 %: a
crowd makes four alike by chance. One may be missing, because others rest at the price, too."""


@dataclass(slots=True)
class _Absorber:
    prints: deque[tuple[int, Decimal]] = field(default_factory=lambda: deque(maxlen=1_000))
    total: Decimal = ZERO
    start_size: Decimal = ZERO
    added: Decimal = ZERO
    told_ns: int | None = None


class AbsorptionDetector:
    """Finds levels that take much and do not give way, and says how it ended."""

    def __init__(self) -> None:
        self._places: dict[Place, _Absorber] = {}
        self._volumes: tuple[dict[Place, Decimal], dict[Place, Decimal]] = ({}, {})
        self._half_hour = 0
        self._begun_ns: int | None = None

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take one change in."""
        place = (flow.side, flow.price)
        absorber = self._places.get(place)
        if flow.kind is FlowKind.ADDED and absorber is not None:
            absorber.added += flow.size
        if flow.kind is not FlowKind.TRADED:
            return
        if self._begun_ns is None:
            self._begun_ns = flow.at_ns
        usual = self._usual() if flow.at_ns - self._begun_ns >= ABSORB_WARM_NS else None
        self._count(place, flow)
        if absorber is None:
            absorber = self._places[place] = _Absorber(start_size=flow.before)
            forget_oldest(self._places)
        while absorber.prints and absorber.prints[0][0] < flow.at_ns - ABSORB_NS:
            absorber.total -= absorber.prints.popleft()[1]
        if not absorber.prints:
            absorber.start_size, absorber.added, absorber.told_ns = flow.before, ZERO, None
        absorber.prints.append((flow.at_ns, flow.size))
        absorber.total += flow.size
        behind = book.ticks_from_best(flow.side, flow.price)
        if absorber.told_ns is not None or usual is None or behind is None:
            return
        shown = book.size_at(flow.side, flow.price)
        kept, refilled = ABSORB_KEPT * absorber.start_size, ABSORB_REFILLS * absorber.start_size
        stands = shown >= usual and (shown >= kept or absorber.added >= refilled)
        if absorber.total >= ABSORB_TIMES * usual and stands and -1 <= behind <= 1 and shown:
            absorber.told_ns = flow.at_ns
            reason = (
                f"{absorber.total} in 30 s is {absorber.total / usual:.1f} x the {usual} of a usual level; "
                f"{shown} stand, {absorber.start_size} did before, {absorber.added} were added"
            )
            started = absorber.prints[0][0]
            yield BookSignal(BookPattern.ABSORPTION, flow.side, flow.price, started, flow.at_ns, reason)

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Look how those that were told end."""
        for (side, price), absorber in list(self._places.items()):
            started = absorber.told_ns
            if started is None:
                continue
            behind = book.ticks_from_best(side, price)
            if behind is None or (behind < 0 and not book.size_at(side, price)):
                pattern, words = BookPattern.ABSORPTION_BROKEN, "the level is gone, the best price behind it"
            elif behind >= ABSORB_AWAY:
                pattern, words = BookPattern.ABSORPTION_HELD, f"the best price is {behind:.0f} ticks away"
            else:
                continue
            del self._places[side, price]
            yield BookSignal(pattern, side, price, started, now_ns, words)

    def _usual(self) -> Decimal | None:
        """Return the median volume of a level of the last hour or so; None before there are some."""
        old, new = self._volumes
        volumes = [new.get(place, ZERO) + old.get(place, ZERO) for place in old.keys() | new.keys()]
        return median(volumes) if len(volumes) >= MIN_TRADED_LEVELS else None

    def _count(self, place: Place, flow: Flow) -> None:
        half_hour = flow.at_ns // (HOUR_NS // 2)
        if half_hour != self._half_hour:
            self._half_hour = half_hour
            self._volumes = (self._volumes[1], {})
        newest = self._volumes[1]
        if place in newest or len(newest) < MAX_PLACES:
            newest[place] = newest.get(place, ZERO) + flow.size


@dataclass(slots=True)
class _Fill:
    """What was taken from a level in a row, what came to it soon after, and the most that it then showed."""

    at_ns: int
    shown: Decimal
    taken: Decimal = ZERO
    added: list[Decimal] = field(default_factory=list)

    def refill(self, size: Decimal) -> Decimal | None:
        """Return what was added that is like `size`; None where there is none."""
        return next((added for added in self.added if abs(added - size) <= REFILL_ALIKE * size), None)


@dataclass(slots=True)
class _Tip:
    fills: deque[_Fill] = field(default_factory=lambda: deque(maxlen=FILLS))
    filled_ns: int = 0
    quiet_ns: int = 0


class IcebergDetector:
    """Finds levels that are refilled after every fill, and always by the same size."""

    def __init__(self) -> None:
        self._tips: dict[Place, _Tip] = {}

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take one change in."""
        place = (flow.side, flow.price)
        tip = self._tips.get(place)
        if flow.kind is FlowKind.TRADED:
            if tip is None:
                tip = self._tips[place] = _Tip()
                forget_oldest(self._tips)
            if not tip.fills or tip.fills[-1].added:
                tip.fills.append(_Fill(flow.at_ns, flow.before))
            tip.fills[-1].taken += flow.size
            tip.filled_ns = flow.at_ns
        elif flow.kind is FlowKind.ADDED and tip is not None:
            fill = tip.fills[-1]
            fill.shown = max(fill.shown, book.size_at(flow.side, flow.price))
            if flow.at_ns - tip.filled_ns <= REFILL_NS and len(fill.added) < MAX_ADDED:
                fill.added.append(flow.size)
                yield from self._judge(book, tip, flow)

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Wait for changes alone."""
        del book, now_ns
        return iter(())

    def _judge(self, book: BookFlow, tip: _Tip, flow: Flow) -> Iterator[BookSignal]:
        if flow.at_ns < tip.quiet_ns:
            return
        fills, refills = _row_of_fills(tip.fills, flow)
        is_exact = bool(refills) and max(refills) - min(refills) <= REFILL_EXACT * flow.size
        if len(refills) < (REFILLS if is_exact else LOOSE_REFILLS):
            return
        executed, shown = sum((fill.taken for fill in fills), ZERO), max(fill.shown for fill in fills)
        if executed <= ICEBERG_TIMES * shown:
            return
        usual = median(level.size for level in book.top(flow.side, BEST_LEVELS))
        if flow.size < TIP_SHARE * usual:
            return
        tip.quiet_ns = flow.at_ns + ICEBERG_NS
        reason = (
            f"{executed} executed, never more than {shown} shown; refills of {', '.join(map(str, refills))}, "
            "each within 500 ms of a fill as large"
        )
        yield BookSignal(BookPattern.ICEBERG, flow.side, flow.price, fills[-1].at_ns, flow.at_ns, reason)


def _row_of_fills(fills: deque[_Fill], flow: Flow) -> tuple[list[_Fill], list[Decimal]]:
    """Return the fills that the newest refill goes on from, newest first, and the refills of them."""
    row, refills, gaps = [], [], 0
    for fill in reversed(fills):
        if flow.at_ns - fill.at_ns > ICEBERG_NS:
            break
        # What takes less than the tip leaves it standing: nothing has to come back.
        if fill.taken >= TIP_TAKEN * flow.size:
            refill = fill.refill(flow.size)
            if refill is not None:
                refills.append(refill)
            elif gaps == REFILL_GAPS:
                break
            else:
                gaps += 1
        row.append(fill)
    return row, refills
