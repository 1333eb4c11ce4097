"""Candlestick rules of one and two bars; 0 is no match, else TA-Lib's number: its sign is the direction.

Bar 0 is the last one. None of them looks at the trend before.
"""

from omega_tui.education.candlestick_window import (
    DOJI_BODY,
    EQUAL,
    LONG_BODY,
    LONG_SHADOW,
    NEAR,
    SHORT_BODY,
    SHORT_SHADOW,
    TINY_SHADOW,
    VERY_LONG_SHADOW,
    Means,
    Shape,
    Usual,
    Window,
)

FULL = 100
TOUCHING = 80
"""What an engulfing or a harami is worth whose bodies end at the same price on one side."""

HALF = 0.5
"""How far into the first body a piercing line or a dark cloud must reach."""


def belt_hold(bars: Window, mean: Means) -> int:
    """Find a long body that opens at its extreme."""
    bar = bars[0]
    if bar.body <= mean(LONG_BODY, 0):
        return 0
    opens_at_end = (bar.lower if bar.white else bar.upper) < mean(TINY_SHADOW, 0)
    return FULL * bar.color * opens_at_end


def closing_marubozu(bars: Window, mean: Means) -> int:
    """Find a long body that closes at its extreme."""
    bar = bars[0]
    if bar.body <= mean(LONG_BODY, 0):
        return 0
    closes_at_end = (bar.upper if bar.white else bar.lower) < mean(TINY_SHADOW, 0)
    return FULL * bar.color * closes_at_end


def marubozu(bars: Window, mean: Means) -> int:
    """Find a long body with hardly any shadow."""
    bar = bars[0]
    return FULL * bar.color * (bar.body > mean(LONG_BODY, 0) and _within(bar, mean(TINY_SHADOW, 0)))


def long_line(bars: Window, mean: Means) -> int:
    """Find a long body with short shadows."""
    bar = bars[0]
    return FULL * bar.color * (bar.body > mean(LONG_BODY, 0) and _within(bar, mean(SHORT_SHADOW, 0)))


def short_line(bars: Window, mean: Means) -> int:
    """Find a short body with short shadows."""
    bar = bars[0]
    return FULL * bar.color * (bar.body < mean(SHORT_BODY, 0) and _within(bar, mean(SHORT_SHADOW, 0)))


def spinning_top(bars: Window, mean: Means) -> int:
    """Find a short body between two shadows that are longer than it."""
    bar = bars[0]
    return FULL * bar.color * (_beyond(bar, bar.body) and bar.body < mean(SHORT_BODY, 0))


def high_wave(bars: Window, mean: Means) -> int:
    """Find a short body between two shadows twice as long as it."""
    bar = bars[0]
    return FULL * bar.color * (_beyond(bar, mean(VERY_LONG_SHADOW, 0)) and bar.body < mean(SHORT_BODY, 0))


def doji(bars: Window, mean: Means) -> int:
    """Find a bar that closed where it opened."""
    return FULL * _is_doji(bars, mean)


def dragonfly_doji(bars: Window, mean: Means) -> int:
    """Find a doji with a shadow below and none above."""
    bar = bars[0]
    fits = bar.upper < bar.lower and _is_doji(bars, mean) and bar.upper < mean(TINY_SHADOW, 0) < bar.lower
    return FULL * fits


def gravestone_doji(bars: Window, mean: Means) -> int:
    """Find a doji with a shadow above and none below."""
    bar = bars[0]
    fits = bar.lower < bar.upper and _is_doji(bars, mean) and bar.lower < mean(TINY_SHADOW, 0) < bar.upper
    return FULL * fits


def long_legged_doji(bars: Window, mean: Means) -> int:
    """Find a doji with a long shadow on one side at least."""
    bar = bars[0]
    return FULL * (max(bar.lower, bar.upper) > mean(LONG_SHADOW, 0) and _is_doji(bars, mean))


def rickshaw_man(bars: Window, mean: Means) -> int:
    """Find a doji with long shadows on both sides and its body near the middle."""
    bar = bars[0]
    if not (_beyond(bar, mean(LONG_SHADOW, 0)) and _is_doji(bars, mean)):
        return 0
    middle, near = bar.low + bar.reach / 2, mean(NEAR, 0)
    return FULL * (bar.bottom <= middle + near and bar.top >= middle - near)


def takuri(bars: Window, mean: Means) -> int:
    """Find a dragonfly doji with a very long shadow."""
    bar = bars[0]
    return FULL * (
        bar.lower > mean(VERY_LONG_SHADOW, 0) and _is_doji(bars, mean) and bar.upper < mean(TINY_SHADOW, 0)
    )


def hammer(bars: Window, mean: Means) -> int:
    """Find a short body over a long shadow, low against the bar before."""
    return FULL * (_hangs(bars, mean) and bars[0].bottom <= bars[1].low + mean(NEAR, 1))


def hanging_man(bars: Window, mean: Means) -> int:
    """Find a short body over a long shadow, high against the bar before."""
    return -FULL * (_hangs(bars, mean) and bars[0].bottom >= bars[1].high - mean(NEAR, 1))


def inverted_hammer(bars: Window, mean: Means) -> int:
    """Find a short body under a long shadow that gaps down."""
    return FULL * (bars[0].gaps_down(bars[1]) and _stands(bars, mean))


def shooting_star(bars: Window, mean: Means) -> int:
    """Find a short body under a long shadow that gaps up."""
    return -FULL * (bars[0].gaps_up(bars[1]) and _stands(bars, mean))


def engulfing(bars: Window, _mean: Means) -> int:
    """Find a body that holds the one before, of the other colour; one end may be shared."""
    first, last = bars[1], bars[0]
    if first.color == last.color or not _holds(last, first):
        return 0
    return last.color * (TOUCHING if last.open == first.close or last.close == first.open else FULL)


def harami(bars: Window, mean: Means) -> int:
    """Find a short body inside the long one before."""
    return _harami(bars, mean, SHORT_BODY)


def harami_cross(bars: Window, mean: Means) -> int:
    """Find a doji inside the long body before."""
    return _harami(bars, mean, DOJI_BODY)


def doji_star(bars: Window, mean: Means) -> int:
    """Find a doji that gaps away from a long body."""
    first, last = bars[1], bars[0]
    apart = last.gaps_up(first) if first.white else last.gaps_down(first)
    return -first.color * FULL * (apart and first.body > mean(LONG_BODY, 1) and _is_doji(bars, mean))


def counterattack(bars: Window, mean: Means) -> int:
    """Find two long bodies of different colours that close at the same price."""
    first, last = bars[1], bars[0]
    if first.color == last.color or first.body <= mean(LONG_BODY, 1) or last.body <= mean(LONG_BODY, 0):
        return 0
    return last.color * FULL * _meets(last.close, first.close, mean(EQUAL, 1))


def separating_lines(bars: Window, mean: Means) -> int:
    """Find two bodies of different colours that open at the same price; the second opens at its extreme."""
    first, last = bars[1], bars[0]
    if first.color == last.color or not _meets(last.open, first.open, mean(EQUAL, 1)):
        return 0
    opens_at_end = (last.lower if last.white else last.upper) < mean(TINY_SHADOW, 0)
    return last.color * FULL * (last.body > mean(LONG_BODY, 0) and opens_at_end)


def piercing(bars: Window, mean: Means) -> int:
    """Find a long white body that opens below a long black bar and closes above its middle."""
    first, last = bars[1], bars[0]
    return FULL * (
        _long_black_then_lower(bars, mean)
        and last.body > mean(LONG_BODY, 0)
        and first.close + first.body * HALF < last.close < first.open
    )


def dark_cloud_cover(bars: Window, mean: Means) -> int:
    """Find a black body that opens above a long white bar and closes below its middle."""
    first, last = bars[1], bars[0]
    return -FULL * (
        first.white
        and not last.white
        and last.open > first.high
        and first.open < last.close < first.close - first.body * HALF
        and first.body > mean(LONG_BODY, 1)
    )


def in_neck(bars: Window, mean: Means) -> int:
    """Find a white body that opens below a long black bar and closes just into its body."""
    close = bars[1].close
    inside = _long_black_then_lower(bars, mean) and close <= bars[0].close <= close + mean(EQUAL, 1)
    return -FULL * inside


def on_neck(bars: Window, mean: Means) -> int:
    """Find a white body that opens below a long black bar and closes at its low."""
    return -FULL * (_long_black_then_lower(bars, mean) and _meets(bars[0].close, bars[1].low, mean(EQUAL, 1)))


def thrusting(bars: Window, mean: Means) -> int:
    """Find a white body that opens below a long black bar and closes in the lower half of its body."""
    first, close = bars[1], bars[0].close
    return -FULL * (
        _long_black_then_lower(bars, mean)
        and first.close + mean(EQUAL, 1) < close <= first.close + first.body * HALF
    )


def homing_pigeon(bars: Window, mean: Means) -> int:
    """Find a short black body inside a long black one."""
    first, last = bars[1], bars[0]
    return FULL * (
        not first.white
        and not last.white
        and first.body > mean(LONG_BODY, 1)
        and last.body <= mean(SHORT_BODY, 0)
        and last.open < first.open
        and last.close > first.close
    )


def matching_low(bars: Window, mean: Means) -> int:
    """Find two black bodies that close at the same price."""
    first, last = bars[1], bars[0]
    return FULL * (not first.white and not last.white and _meets(last.close, first.close, mean(EQUAL, 1)))


def kicking(bars: Window, mean: Means) -> int:
    """Find two marubozu of different colours with a gap between them."""
    return FULL * bars[0].color * _kicks(bars, mean)


def kicking_by_length(bars: Window, mean: Means) -> int:
    """Find the same; the longer body says the direction."""
    longer = bars[0] if bars[0].body > bars[1].body else bars[1]
    return FULL * longer.color * _kicks(bars, mean)


def _within(bar: Shape, length: float) -> bool:
    """Whether both shadows are shorter than that."""
    return bar.upper < length and bar.lower < length


def _beyond(bar: Shape, length: float) -> bool:
    """Whether both shadows are longer than that."""
    return bar.upper > length and bar.lower > length


def _is_doji(bars: Window, mean: Means) -> bool:
    return bars[0].body <= mean(DOJI_BODY, 0)


def _hangs(bars: Window, mean: Means) -> bool:
    bar = bars[0]
    return (
        bar.lower > mean(LONG_SHADOW, 0)
        and bar.body < mean(SHORT_BODY, 0)
        and bar.upper < mean(TINY_SHADOW, 0)
    )


def _stands(bars: Window, mean: Means) -> bool:
    bar = bars[0]
    return (
        bar.upper > mean(LONG_SHADOW, 0)
        and bar.body < mean(SHORT_BODY, 0)
        and bar.lower < mean(TINY_SHADOW, 0)
    )


def _holds(outer: Shape, inner: Shape) -> bool:
    """Whether a body holds another, with at most one end in common."""
    return (
        outer.top >= inner.top
        and outer.bottom <= inner.bottom
        and (outer.top > inner.top or outer.bottom < inner.bottom)
    )


def _harami(bars: Window, mean: Means, small: Usual) -> int:
    first, last = bars[1], bars[0]
    if last.top > first.top or last.bottom < first.bottom:
        return 0
    if first.body <= mean(LONG_BODY, 1) or last.body > mean(small, 0):
        return 0
    inside = last.top < first.top and last.bottom > first.bottom
    return -first.color * (FULL if inside else TOUCHING)


def _meets(price: float, other: float, width: float) -> bool:
    return other - width <= price <= other + width


def _long_black_then_lower(bars: Window, mean: Means) -> bool:
    """Whether a white body opens below the low of a long black one."""
    first, last = bars[1], bars[0]
    return not first.white and last.white and last.open < first.low and first.body > mean(LONG_BODY, 1)


def _kicks(bars: Window, mean: Means) -> bool:
    first, last = bars[1], bars[0]
    apart = last.clears_down(first) if first.white else last.clears_up(first)
    return (
        apart
        and first.color != last.color
        and all(
            bars[back].body > mean(LONG_BODY, back) and _within(bars[back], mean(TINY_SHADOW, back))
            for back in (1, 0)
        )
    )
