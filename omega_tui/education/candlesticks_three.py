"""Candlestick rules of three bars; numbers and counting as in `candlesticks_short`."""

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
