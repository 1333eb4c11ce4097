"""The swing in force: the last certain leg, for as long as the price stays between its two ends. Pure.

Once a price has passed one of the ends, the next turn draws another leg: its levels then say nothing of the
market as it is, and there is no swing in force until that turn is certain.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from omega_tui.education.fibonacci import Leg, on_tick, retracements
from omega_tui.education.swings import Pivot, PivotKind


class Reach(NamedTuple):
    """How far prices went.

    Attributes:
        low: The lowest.
        high: The highest.
    """

    low: Decimal
    high: Decimal

    def over(self, low: Decimal, high: Decimal) -> "Reach":
        """Return the reach of both."""
        return Reach(min(self.low, low), max(self.high, high))


class SwingMark(NamedTuple):
    """One price that the swing marks.

    Attributes:
        price: On a tick.
        label: Its ratio as people write it: `.618`; `0` at the end of the leg and `1` at its start.
    """

    price: Decimal
    label: str


class LiveSwing(NamedTuple):
    """A leg in force.

    Attributes:
        start: Price where it began.
        end: Price where it ended, for certain.
        marks: Both ends and the retracements between them, each price once, nearest to the end first.
    """

    start: Decimal
    end: Decimal
    marks: tuple[SwingMark, ...]


def passed_end(pivots: Sequence[Pivot], reach: Reach) -> Decimal | None:
    """Return the end of the last certain leg that prices have passed since; None where they stayed inside.

    Args:
        pivots: The last two, older first.
        reach: Of the prices since the newer one.
    """
    start, end = (pivot.price for pivot in pivots[-2:])
    low, high = sorted((start, end))
    if reach.high > high:
        return high
    return low if reach.low < low else None


def swing_in_force(pivots: Sequence[Pivot], reach: Reach, tick: Decimal) -> LiveSwing | None:
    """Return the last certain leg with its levels; None before there is one, and once an end was passed.

    Args:
        pivots: The last certain ones of one scale, older first; fewer than two make no leg.
        reach: Of the prices since the newest pivot.
        tick: Smallest step of the price.
    """
    if len(pivots) < 2 or passed_end(pivots, reach) is not None:
        return None
    start, end = pivots[-2:]
    ends = [SwingMark(_outward(end, tick), "0"), SwingMark(_outward(start, tick), "1")]
    levels = retracements(Leg.between(start, end), tick)
    # Of a leg of a few ticks several levels fall on one price: the ends go first, then what is near the end.
    marks: dict[Decimal, SwingMark] = {}
    for mark in (*ends, *(SwingMark(level.price, ratio_text(level.ratio)) for level in levels)):
        marks.setdefault(mark.price, mark)
    ordered = sorted(marks.values(), key=lambda mark: abs(mark.price - end.price))
    return LiveSwing(start.price, end.price, tuple(ordered))


def ratio_text(ratio: Decimal) -> str:
    """Return a ratio as people write it: `.618`, `1.272`."""
    text = f"{ratio.normalize():f}"
    return text.removeprefix("0") if text.startswith("0.") else text


def _outward(pivot: Pivot, tick: Decimal) -> Decimal:
    """Return the price of a pivot on a tick: the tick may have become coarser since."""
    return on_tick(pivot.price, tick, up=pivot.kind is PivotKind.HIGH)
