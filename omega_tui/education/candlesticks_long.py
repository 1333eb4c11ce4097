"""Candlestick rules of four and five bars; numbers and counting as in `candlesticks_short`."""

from omega_tui.education.candlestick_window import (
    LONG_BODY,
    NEAR,
    SHORT_BODY,
    TINY_SHADOW,
    Means,
    Shape,
    Window,
)
from omega_tui.education.candlesticks_short import FULL

INTO_MAT = 0.5
"""How far the reaction of a mat hold may come back into the first body."""


def three_black_crows(bars: Window, mean: Means) -> int:
    """Find three black bars after a white one, opening in the body before and closing lower at their lows."""
    before, first, second, last = bars[3], bars[2], bars[1], bars[0]
    return -FULL * (
        before.white
        and before.high > first.close > second.close > last.close
        and first.close < second.open < first.open
        and second.close < last.open < second.open
        and all(not bars[back].white and bars[back].lower < mean(TINY_SHADOW, back) for back in (2, 1, 0))
    )


def three_line_strike(bars: Window, mean: Means) -> int:
    """Find three bars on their way in one direction, and one that takes all of them back."""
    first, second, third, last = bars[3], bars[2], bars[1], bars[0]
    if not (first.color == second.color == third.color != last.color):
        return 0
    if not (_opens_near(second, first, mean(NEAR, 3)) and _opens_near(third, second, mean(NEAR, 2))):
        return 0
    if third.white:
        found = (
            third.close > second.close > first.close and last.open > third.close and last.close < first.open
        )
    else:
        found = (
            third.close < second.close < first.close and last.open < third.close and last.close > first.open
        )
    return third.color * FULL * found


def concealing_baby_swallow(bars: Window, mean: Means) -> int:
    """Find two black marubozu, a black bar with a gap and an upper shadow, and a black one that holds it."""
    second, third, last = bars[2], bars[1], bars[0]
    return FULL * (
        third.is_inside(last)
        and third.gaps_down(second)
        and third.high > second.close
        and not any(bars[back].white for back in (3, 2, 1, 0))
        and third.upper > mean(TINY_SHADOW, 1)
        and all(
            bars[back].lower < mean(TINY_SHADOW, back) and bars[back].upper < mean(TINY_SHADOW, back)
            for back in (3, 2)
        )
    )


def breakaway(bars: Window, mean: Means) -> int:
    """Find a long body, a gap, two more bars that way, and a body back into the gap."""
    first, second, third, fourth, last = bars[4], bars[3], bars[2], bars[1], bars[0]
    if not (first.color == second.color == fourth.color != last.color and first.body > mean(LONG_BODY, 4)):
        return 0
    if first.white:
        found = (
            second.gaps_up(first)
            and fourth.high > third.high > second.high
            and fourth.low > third.low > second.low
            and first.close < last.close < second.open
        )
    else:
        found = (
            second.gaps_down(first)
            and fourth.high < third.high < second.high
            and fourth.low < third.low < second.low
            and second.open < last.close < first.close
        )
    return last.color * FULL * found


def ladder_bottom(bars: Window, mean: Means) -> int:
    """Find three black bars lower and lower, a black one with an upper shadow, and a white one above it."""
    first, second, third, fourth, last = bars[4], bars[3], bars[2], bars[1], bars[0]
    return FULL * (
        not (first.white or second.white or third.white or fourth.white)
        and first.open > second.open > third.open
        and first.close > second.close > third.close
        and fourth.upper > mean(TINY_SHADOW, 1)
        and last.white
        and last.open > fourth.open
        and last.close > fourth.high
    )


def mat_hold(bars: Window, mean: Means) -> int:
    """Find a long white body, a gap, a small reaction that keeps half of it, and a white new high."""
    first, second, third, fourth, last = bars[4], bars[3], bars[2], bars[1], bars[0]
    floor = first.close - first.body * INTO_MAT
    return FULL * (
        not second.white
        and last.white
        and second.gaps_up(first)
        and floor < third.bottom < first.close
        and floor < fourth.bottom < first.close
        and third.top < second.open
        and fourth.top < third.top
        and last.open > fourth.close
        and last.close > max(second.high, third.high, fourth.high)
        and first.white
        and first.body > mean(LONG_BODY, 4)
        and all(bars[back].body < mean(SHORT_BODY, back) for back in (3, 2, 1))
    )


def three_methods(bars: Window, mean: Means) -> int:
    """Find a long body, three small ones against it inside its reach, and a long one further on."""
    first, last = bars[4], bars[0]
    second, third, fourth = bars[3], bars[2], bars[1]
    sign = first.color
    found = (
        second.color == third.color == fourth.color == -sign
        and last.color == sign
        and all(bar.bottom < first.high and bar.top > first.low for bar in (second, third, fourth))
        and third.close * sign < second.close * sign
        and fourth.close * sign < third.close * sign
        and last.open * sign > fourth.close * sign
        and last.close * sign > first.close * sign
        and first.body > mean(LONG_BODY, 4)
        and all(bars[back].body < mean(SHORT_BODY, back) for back in (3, 2, 1))
        and last.body > mean(LONG_BODY, 0)
    )
    return sign * FULL * found


def _opens_near(bar: Shape, before: Shape, near: float) -> bool:
    return before.bottom - near <= bar.open <= before.top + near
