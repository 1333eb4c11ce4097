"""Candlestick rules of three to five bars; numbers and counting as in `candlesticks_short`."""

from omega_tui.education.candlestick_window import (
    DOJI_BODY,
    EQUAL,
    FAR,
    LONG_BODY,
    LONG_SHADOW,
    NEAR,
    SHORT_BODY,
    SHORT_SHADOW,
    TINY_SHADOW,
    Means,
    Shape,
    Usual,
    Window,
)
from omega_tui.education.candlesticks_short import FULL

INTO_STAR = 0.3
"""How far into the first body the last one of a star must close."""

INTO_MAT = 0.5
"""How far the reaction of a mat hold may come back into the first body."""


def two_crows(bars: Window, mean: Means) -> int:
    """Find a black body above a long white one, then a black one that closes inside the white."""
    first, second, last = bars[2], bars[1], bars[0]
    return -FULL * (
        not second.white
        and not last.white
        and second.gaps_up(first)
        and second.close < last.open < second.open
        and first.open < last.close < first.close
        and _long_white(bars, mean, 2)
    )


def upside_gap_two_crows(bars: Window, mean: Means) -> int:
    """Find a short black body above a long white one, then a black one that holds it and keeps the gap."""
    first, second, last = bars[2], bars[1], bars[0]
    return -FULL * (
        not second.white
        and not last.white
        and second.gaps_up(first)
        and last.open > second.open
        and first.close < last.close < second.close
        and _long_white(bars, mean, 2)
        and second.body <= mean(SHORT_BODY, 1)
    )


def three_inside(bars: Window, mean: Means) -> int:
    """Find a harami, then a close beyond the open of its first bar."""
    first, second, last = bars[2], bars[1], bars[0]
    if not (
        last.color != first.color
        and second.top < first.top
        and second.bottom > first.bottom
        and first.body > mean(LONG_BODY, 2)
        and second.body <= mean(SHORT_BODY, 1)
    ):
        return 0
    beyond = last.close < first.open if first.white else last.close > first.open
    return -first.color * FULL * beyond


def three_outside(bars: Window, _mean: Means) -> int:
    """Find an engulfing without a shared end, then a close further on."""
    first, second, last = bars[2], bars[1], bars[0]
    if second.white:
        found = (
            not first.white
            and second.close > first.open
            and second.open < first.close
            and last.close > second.close
        )
    else:
        found = (
            first.white
            and second.open > first.close
            and second.close < first.open
            and last.close < second.close
        )
    return second.color * FULL * found


def three_stars_in_the_south(bars: Window, mean: Means) -> int:
    """Find three black bars, each inside the reach of the one before, the last a small marubozu."""
    first, second, last = bars[2], bars[1], bars[0]
    tiny = mean(TINY_SHADOW, 0)
    return FULL * (
        not (first.white or second.white or last.white)
        and first.body > mean(LONG_BODY, 2)
        and first.lower > mean(LONG_SHADOW, 2)
        and second.body < first.body
        and first.close < second.open <= first.high
        and first.low <= second.low < first.close
        and second.lower > mean(TINY_SHADOW, 1)
        and last.body < mean(SHORT_BODY, 0)
        and last.lower < tiny
        and last.upper < tiny
        and last.is_inside(second)
    )


def three_white_soldiers(bars: Window, mean: Means) -> int:
    """Find three white bars that open in the body before, close higher at their highs, and do not shrink."""
    first, second, last = bars[2], bars[1], bars[0]
    return FULL * (
        first.white
        and second.white
        and last.white
        and _climbs(bars, mean)
        and all(bars[back].upper < mean(TINY_SHADOW, back) for back in (2, 1, 0))
        and second.body > first.body - mean(FAR, 2)
        and last.body > second.body - mean(FAR, 1)
        and last.body > mean(SHORT_BODY, 0)
    )


def advance_block(bars: Window, mean: Means) -> int:
    """Find three white bars that climb, but with ever less: smaller bodies or longer upper shadows."""
    first, second, last = bars[2], bars[1], bars[0]
    if not (
        first.white
        and second.white
        and last.white
        and _climbs(bars, mean)
        and first.body > mean(LONG_BODY, 2)
        and first.upper < mean(SHORT_SHADOW, 2)
    ):
        return 0
    smaller = last.body < second.body
    shadowed = last.upper > mean(SHORT_SHADOW, 0) or second.upper > mean(SHORT_SHADOW, 1)
    return -FULL * (
        (second.body < first.body - mean(FAR, 2) and last.body < second.body + mean(NEAR, 1))
        or last.body < second.body - mean(FAR, 1)
        or (smaller and second.body < first.body and shadowed)
        or (smaller and last.upper > mean(LONG_SHADOW, 0))
    )


def stalled_pattern(bars: Window, mean: Means) -> int:
    """Find two long white bars and a small one that rides on the shoulder of the second."""
    first, second, last = bars[2], bars[1], bars[0]
    return -FULL * (
        first.white
        and second.white
        and last.white
        and last.close > second.close > first.close
        and first.body > mean(LONG_BODY, 2)
        and second.body > mean(LONG_BODY, 1)
        and second.upper < mean(TINY_SHADOW, 1)
        and first.open < second.open <= first.close + mean(NEAR, 2)
        and last.body < mean(SHORT_BODY, 0)
        and last.open >= second.close - last.body - mean(NEAR, 1)
    )


def abandoned_baby(bars: Window, mean: Means) -> int:
    """Find a doji that stands apart on both sides, shadows included, then a close in the first body."""
    first, second, last = bars[2], bars[1], bars[0]
    if last.color == first.color:
        return 0
    if first.white:
        apart = second.clears_up(first) and last.clears_down(second)
    else:
        apart = second.clears_down(first) and last.clears_up(second)
    found = (
        apart
        and _comes_back(first, last)
        and first.body > mean(LONG_BODY, 2)
        and second.body <= mean(DOJI_BODY, 1)
        and last.body > mean(SHORT_BODY, 0)
    )
    return last.color * FULL * found


def morning_star(bars: Window, mean: Means) -> int:
    """Find a long black body, a short one below it, and a white one that closes back into the first."""
    return FULL * (not bars[2].white and _star(bars, mean, SHORT_BODY))


def morning_doji_star(bars: Window, mean: Means) -> int:
    """Find a morning star whose middle is a doji."""
    return FULL * (not bars[2].white and _star(bars, mean, DOJI_BODY))


def evening_star(bars: Window, mean: Means) -> int:
    """Find a long white body, a short one above it, and a black one that closes back into the first."""
    return -FULL * (bars[2].white and _star(bars, mean, SHORT_BODY))


def evening_doji_star(bars: Window, mean: Means) -> int:
    """Find an evening star whose middle is a doji."""
    return -FULL * (bars[2].white and _star(bars, mean, DOJI_BODY))


def tristar(bars: Window, mean: Means) -> int:
    """Find three doji, the middle one apart; all are measured by what was usual before the first."""
    first, second, last = bars[2], bars[1], bars[0]
    if second.gaps_up(first) and last.top < second.top:
        value = -FULL
    elif second.gaps_down(first) and last.bottom > second.bottom:
        value = FULL
    else:
        return 0
    return value * (max(first.body, second.body, last.body) <= mean(DOJI_BODY, 2))


def gap_side_side_white(bars: Window, mean: Means) -> int:
    """Find two like white bodies side by side beyond a gap."""
    first, second, last = bars[2], bars[1], bars[0]
    up = second.gaps_up(first) and last.gaps_up(first)
    if not (up or (second.gaps_down(first) and last.gaps_down(first))):
        return 0
    near, equal = mean(NEAR, 1), mean(EQUAL, 1)
    alike = (
        second.white
        and last.white
        and second.body - near <= last.body <= second.body + near
        and second.open - equal <= last.open <= second.open + equal
    )
    return (FULL if up else -FULL) * alike


def tasuki_gap(bars: Window, mean: Means) -> int:
    """Find a gap, a body beyond it, and a like body of the other colour that comes back into the gap."""
    first, second, last = bars[2], bars[1], bars[0]
    if second.white:
        found = (
            second.gaps_up(first)
            and not last.white
            and second.open < last.open < second.close
            and first.top < last.close < second.open
        )
    else:
        found = (
            second.gaps_down(first)
            and last.white
            and second.close < last.open < second.open
            and second.open < last.close < first.bottom
        )
    return second.color * FULL * (found and abs(second.body - last.body) < mean(NEAR, 1))


def gap_three_methods(bars: Window, _mean: Means) -> int:
    """Find two bodies of one colour with a gap between them that a third one closes."""
    first, second, last = bars[2], bars[1], bars[0]
    if first.color != second.color or second.color == last.color:
        return 0
    gap = second.gaps_up(first) if first.white else second.gaps_down(first)
    closed = second.bottom < last.open < second.top and first.bottom < last.close < first.top
    return first.color * FULL * (gap and closed)


def identical_three_crows(bars: Window, mean: Means) -> int:
    """Find three black bars that close lower at their lows, each opening where the last one closed."""
    first, second, last = bars[2], bars[1], bars[0]
    return -FULL * (
        first.close > second.close > last.close
        and all(not bars[back].white and bars[back].lower < mean(TINY_SHADOW, back) for back in (2, 1, 0))
        and first.close - mean(EQUAL, 2) <= second.open <= first.close + mean(EQUAL, 2)
        and second.close - mean(EQUAL, 1) <= last.open <= second.close + mean(EQUAL, 1)
    )


def stick_sandwich(bars: Window, mean: Means) -> int:
    """Find a white bar above the close of a black one, and a black one that closes there again."""
    first, second, last = bars[2], bars[1], bars[0]
    equal = mean(EQUAL, 2)
    return FULL * (
        not first.white
        and second.white
        and not last.white
        and second.low > first.close
        and first.close - equal <= last.close <= first.close + equal
    )


def unique_three_river(bars: Window, mean: Means) -> int:
    """Find a long black body, a black one inside it with a new low, and a small white one below."""
    first, second, last = bars[2], bars[1], bars[0]
    return FULL * (
        not first.white
        and first.body > mean(LONG_BODY, 2)
        and not second.white
        and second.close > first.close
        and second.open <= first.open
        and second.low < first.low
        and last.white
        and last.body < mean(SHORT_BODY, 0)
        and last.open > second.low
    )


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
        and _long_white(bars, mean, 4)
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


def _long_white(bars: Window, mean: Means, back: int) -> bool:
    return bars[back].white and bars[back].body > mean(LONG_BODY, back)


def _climbs(bars: Window, mean: Means) -> bool:
    """Whether each of three bars closes higher and opens in the body before or near it."""
    first, second, last = bars[2], bars[1], bars[0]
    return (
        last.close > second.close > first.close
        and first.open < second.open <= first.close + mean(NEAR, 2)
        and second.open < last.open <= second.close + mean(NEAR, 1)
    )


def _comes_back(first: Shape, last: Shape) -> bool:
    depth = first.body * INTO_STAR
    return last.close < first.close - depth if first.white else last.close > first.close + depth


def _star(bars: Window, mean: Means, middle: Usual) -> bool:
    first, second, last = bars[2], bars[1], bars[0]
    return (
        last.color != first.color
        and (second.gaps_up(first) if first.white else second.gaps_down(first))
        and _comes_back(first, last)
        and first.body > mean(LONG_BODY, 2)
        and second.body <= mean(middle, 1)
        and last.body > mean(SHORT_BODY, 0)
    )


def _opens_near(bar: Shape, before: Shape, near: float) -> bool:
    return before.bottom - near <= bar.open <= before.top + near
