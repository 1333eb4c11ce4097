"""Flags and pennants: a steep move in a few bars, and a short rest that gives little of it back.

The two are told as one: with three to sixteen bars there is nothing to lay two lines through.
"""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.education.bars import Ohlc
from omega_tui.education.chart_pattern import ChartPatternKind, Line
from omega_tui.education.chart_shapes import Shape
from omega_tui.education.swings import Pivot, PivotKind

POLE_ATR: Final = Decimal(4)
POLE_BARS: Final = 10
"""The move before is at least so high, in ATR from before it, in at most so many bars."""

REST_BARS: Final = 3
MAX_REST_BARS: Final = 16
"""Bars of rest after which a flag is formed, and after which it is none any more."""

MAX_RETRACE: Final = Decimal("0.5")
VOID_RETRACE: Final = Decimal("0.6")
"""Shares of the move that the rest may give back while it forms, and that void it afterwards."""


@dataclass(frozen=True, slots=True)
class _Past:
    number: int
    worst: Decimal
    atr: Decimal


@dataclass(slots=True)
class _Pole:
    base: _Past
    tip_bar: int
    tip: Decimal
    deepest: Decimal
    told: bool = False

    @property
    def height(self) -> Decimal:
        return self.tip - self.base.worst


class FlagWatch:
    """Looks for flags in one direction: 1 after a rise, -1 after a fall. Keeps ten bars."""

    __slots__ = ("_past", "_pole", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._past: deque[_Past] = deque(maxlen=POLE_BARS)
        self._pole: _Pole | None = None

    def push(self, number: int, bar: Ohlc, atr: Decimal | None) -> Shape | None:
        """Take the next closed bar in, with the ATR at its close, and return the flag that it forms."""
        best, worst = (bar.high, bar.low) if self._sign > 0 else (-bar.low, -bar.high)
        pole = self._pole
        if pole is None or best > pole.tip:
            self._raise_pole(number, best, worst)
        else:
            pole.deepest = min(pole.deepest, worst)
            if pole.tip - pole.deepest > MAX_RETRACE * pole.height or number - pole.tip_bar > MAX_REST_BARS:
                self._pole = None
        if atr is not None:
            self._past.append(_Past(number, worst, atr))
        pole = self._pole
        if pole is None or pole.told or number - pole.tip_bar < REST_BARS:
            return None
        pole.told = True
        return self._shape(pole, number)

    def _raise_pole(self, number: int, best: Decimal, worst: Decimal) -> None:
        self._pole = None
        if self._past:
            base = min(self._past, key=lambda past: past.worst)
            if best - base.worst >= POLE_ATR * base.atr and base.worst < worst:
                self._pole = _Pole(base, number, best, best)

    def _shape(self, pole: _Pole, number: int) -> Shape:
        sign = self._sign
        base, tip = sign * pole.base.worst, sign * pole.tip
        low_kind, high_kind = (PivotKind.LOW, PivotKind.HIGH) if sign > 0 else (PivotKind.HIGH, PivotKind.LOW)
        pivots = (
            Pivot(pole.base.number, base, low_kind, number, pole.base.atr),
            Pivot(pole.tip_bar, tip, high_kind, number, pole.base.atr),
        )
        given_back = pole.tip - pole.deepest
        trigger = Line(pole.tip_bar, tip)
        void = Line(pole.tip_bar, tip - sign * VOID_RETRACE * pole.height)
        reason = (
            f"{pole.height} in {pole.tip_bar - pole.base.number} bars is {pole.height / pole.base.atr:.1f} "
            f">= {POLE_ATR} ATR; {number - pole.tip_bar} bars gave back {given_back / pole.height:.0%} "
            f"<= {MAX_RETRACE:.0%}"
        )
        if sign > 0:
            return Shape(ChartPatternKind.BULL_FLAG, pivots, pole.height, trigger, None, None, void, reason)
        return Shape(ChartPatternKind.BEAR_FLAG, pivots, pole.height, None, trigger, void, None, reason)
