"""The price axis of a ladder: ticks, bounds, and the scales of its bars. Pure integer arithmetic."""

from decimal import Decimal
from functools import lru_cache
from math import isqrt
from typing import Final

from omega_tui.domain.instrument import Instrument
from omega_tui.ui.ladder.view import View
from omega_tui.ui.text.formats import price_text

EIGHTHS: Final = 8
"""Parts of a cell that a bar is measured in."""


def is_bounded(instrument: Instrument) -> bool:
    """Whether the axis has two ends, so that all of it can be drawn."""
    return instrument.price_min is not None and instrument.price_max is not None


def tick_bounds(instrument: Instrument) -> tuple[int, int] | None:
    """Return the lowest and highest tick that an order may have; None where the axis is open."""
    if instrument.price_min is None or instrument.price_max is None:
        return None
    lowest = tick_below(instrument.price_min, instrument.tick_size) + 1
    return lowest, tick_above(instrument.price_max, instrument.tick_size) - 1


@lru_cache(32_768)
def tick_below(price: Decimal, tick_size: Decimal) -> int:
    """Return the highest tick that is not above `price`, which must not be negative."""
    return int(price // tick_size)


@lru_cache(32_768)
def tick_above(price: Decimal, tick_size: Decimal) -> int:
    """Return the lowest tick that is not below `price`, which must not be negative."""
    quotient, rest = divmod(price, tick_size)
    return int(quotient) + (1 if rest else 0)


def price_cells(instrument: Instrument, view: View) -> int:
    """Return the length of the longest price in `view`, two decimals at least allowed for."""
    top = max(1, view.top_tick)
    bounds = tick_bounds(instrument)
    if bounds is not None:
        top = max(1, min(top, bounds[1]))
    return max(4, len(price_text(instrument.from_ticks(top), instrument.price_decimals)))


def common_prefix(instrument: Instrument, view: View) -> int:
    """Return how many leading characters all prices in `view` share, separators included."""
    bounds = tick_bounds(instrument)
    highest = min(view.anchor_tick, bounds[1]) if bounds else view.anchor_tick
    lowest = max(view.bottom_tick, bounds[0] if bounds else 1)
    if view.rows < 2 or highest <= lowest:
        return 0
    decimals = instrument.price_decimals
    one = price_text(instrument.from_ticks(highest), decimals)
    other = price_text(instrument.from_ticks(lowest), decimals)
    if len(one) != len(other):
        return 0
    return next((index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]), 0)


def rail(instrument: Instrument, view: View, market: Decimal | None) -> tuple[range, int | None] | None:
    """Return which rows of the price bar stand for the window, and which for the market.

    The bar is as high as the ladder and stands for the whole axis of a bounded market. None for an open axis.
    """
    bounds = tick_bounds(instrument)
    if bounds is None or view.rows == 0:
        return None
    lowest, highest = bounds
    span = highest - lowest + 1

    def row(tick: int) -> int:
        return min(view.rows - 1, max(0, (highest - tick) * view.rows // span))

    window = range(row(view.top_tick), row(view.bottom_tick) + 1)
    return window, None if market is None else row(tick_below(market, instrument.tick_size))


@lru_cache(1_024)
def rounded_up(size: Decimal) -> Decimal:
    """Return the smallest of 1, 2 or 5 times a power of ten that is at least `size`, which is above zero."""
    power = Decimal(1).scaleb(size.adjusted())
    for step in (1, 2, 5):
        if power * step >= size:
            return power * step
    return power * 10


@lru_cache(65_536)
def bar_eighths(size: Decimal, scale: Decimal, width: int) -> int:
    """Return the length of a bar in eighths of a cell, by the square root; one too many is an overflow."""
    full = width * EIGHTHS
    return full + 1 if size > scale else isqrt(int(size * full * full / scale))
