"""The levels of the last certain legs, bar by bar: what a chart or a panel draws."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from omega_tui.education.bars import Ohlc
from omega_tui.education.confluence import Confluence, confluence
from omega_tui.education.fibonacci import Leg, Level, retracements
from omega_tui.education.swings import Extreme, Pivot, SwingScale, ZigZag

MAX_LEGS: Final = 2
"""Legs that get levels: with two of five levels each, chance already covers much of a chart."""

OLDER: Final = Decimal("0.5")
"""What a level counts in a confluence, for each leg that it is older than the last one."""


def levels_of(pivots: Sequence[Pivot], tick: Decimal, *, scale: str, log: bool = False) -> tuple[Level, ...]:
    """Return the retracements of the last certain legs, those of the newest leg first.

    Args:
        pivots: Alternating, the newest one at the end.
        tick: Smallest step of the price.
        scale: Name of the scale of the pivots; it is in the source of every level.
        log: Whether equal fractions are equal percentages.
    """
    levels: list[Level] = []
    weight = Decimal(1)
    for start, end in list(pairwise(pivots))[: -MAX_LEGS - 1 : -1]:
        leg = Leg.between(start, end, name=f"{scale} {start.price}>{end.price}")
        levels += (replace(level, weight=weight) for level in retracements(leg, tick, log=log))
        weight *= OLDER
    return tuple(levels)


class SwingLevels:
    """Pivots, the forming leg and the levels at the three scales, for one series.

    Levels change only when a pivot becomes certain; the leg that is still forming never has any.
    """

    __slots__ = ("_levels", "_log", "_pivots", "_tick", "_zigzags")

    def __init__(self, tick: Decimal, *, log: bool = False) -> None:
        self._tick = tick
        self._log = log
        self._zigzags = {scale: ZigZag(scale.factor) for scale in SwingScale}
        self._pivots = {scale: deque[Pivot](maxlen=MAX_LEGS + 1) for scale in SwingScale}
        self._levels: dict[SwingScale, tuple[Level, ...]] = dict.fromkeys(SwingScale, ())

    @property
    def atr(self) -> Decimal | None:
        """Average true range at the last bar; None until it is known."""
        return self._zigzags[SwingScale.MAIN].atr

    @property
    def levels(self) -> Mapping[SwingScale, tuple[Level, ...]]:
        """The levels of each scale as they are known now."""
        return self._levels

    def pivots(self, scale: SwingScale) -> tuple[Pivot, ...]:
        """Return the last certain pivots of a scale, oldest first."""
        return tuple(self._pivots[scale])

    def forming(self, scale: SwingScale) -> Extreme | None:
        """Return where the leg that is not certain yet ends for now."""
        return self._zigzags[scale].forming

    def push(self, bar: Ohlc) -> tuple[SwingScale, ...]:
        """Take the next closed bar in and return the scales whose levels it changed."""
        changed = []
        for scale, zigzag in self._zigzags.items():
            pivot = zigzag.push(bar)
            if pivot is not None:
                self._pivots[scale].append(pivot)
                self._levels[scale] = levels_of(
                    self._pivots[scale], self._tick, scale=scale.lower(), log=self._log
                )
                changed.append(scale)
        return tuple(changed)

    def confluence(self, *, low: Decimal, high: Decimal) -> Confluence | None:
        """Find where levels of different legs and scales coincide; None until the ATR is known.

        Raises:
            ValueError: The range is empty.
        """
        if self.atr is None:
            return None
        levels = [level for row in self._levels.values() for level in row]
        return confluence(levels, atr=self.atr, tick=self._tick, low=low, high=high)
