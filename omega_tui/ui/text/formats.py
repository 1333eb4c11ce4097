"""Numbers as text, in a width that is known beforehand. The only place where a price or size becomes digits.

Prices are never rounded: a price with more decimals than its tick shows them all. Sizes may be compacted,
since the exact one stands in the strip.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from omega_tui.domain.instrument import Instrument, decimals_of
from omega_tui.text import cell_width
from omega_tui.units import NS_PER_MS, NS_PER_S

_SUFFIXES: Final = ((Decimal(1_000), "k"), (Decimal(1_000_000), "M"), (Decimal(1_000_000_000), "B"))
_MAX_SIZE_DECIMALS: Final = 3
"""Decimals of a resting size; finer ones say nothing in a column of eight cells."""


@lru_cache(16_384)
def price_text(price: Decimal, decimals: int) -> str:
    """Return `price` with at least `decimals` decimals and thousands separators, never rounded."""
    own = decimals_of(price) if price else 0
    return f"{price:,.{max(decimals, own)}f}"


def size_decimals(instrument: Instrument) -> int:
    """Return how many decimals a column of sizes has: those of the smallest order, or else of the lot."""
    step = instrument.min_size if instrument.min_size > 0 else instrument.lot_size
    return min(_MAX_SIZE_DECIMALS, decimals_of(step))


@lru_cache(16_384)
def size_text(size: Decimal, width: int, decimals: int) -> str:
    """Return a size in at most `width` cells: `1,234`, `12.50`, `123.4k`, or `<1` for less than is shown.

    Thousands and decimals go before precision does. A size that fits in no way is `width` times `#`.
    """
    text = f"{size:,.{decimals}f}"
    if len(text) <= width:
        if size > 0 and not text.strip("0.,"):
            least = Decimal(1).scaleb(-decimals)
            return fitted(f"<{least:f}".replace("<0.", "<."), width)
        return text
    for fewer in range(decimals - 1, -1, -1):
        text = f"{size:,.{fewer}f}"
        if len(text) <= width and size >= 1:
            return text
    for places in range(decimals, 0, -1):  # Of less than one, the digits after the point are all there is.
        text = f"{size:.{places}f}".removeprefix("0")
        if len(text) <= width and 0 < size < 1 and text.strip("0.,"):
            return text
    for unit, suffix in _SUFFIXES:
        for places in (1, 0):
            text = f"{size / unit:.{places}f}{suffix}"
            if len(text) <= width and unit <= size < unit * 1_000:
                return text
    return "#" * width


@lru_cache(4_096)
def exact_size_text(size: Decimal, width: int, decimals: int) -> str:
    """Return a size to the last digit where that fits (`.25`, `3.57`), compacted as `size_text` where not."""
    text = f"{size.normalize():,f}"
    if len(text) > width and text.startswith("0."):
        text = text[1:]
    return text if len(text) <= width else size_text(size, width, decimals)


@lru_cache(4_096)
def signed_text(value: Decimal, width: int, decimals: int) -> str:
    """Return a size with its sign always printed, in at most `width` cells; nothing for zero."""
    if not value:
        return ""
    return ("+" if value > 0 else "-") + size_text(abs(value), width - 1, decimals)


@lru_cache(4_096)
def money_text(value: Decimal, decimals: int = 2) -> str:
    """Return an amount of money with its sign always printed, as `+1,234.50`; zero is `0.00`."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return f"{rounded:+,f}" if rounded else f"{abs(rounded):,f}"


def age_text(age_ns: int | None) -> str:
    """Return an age in a few cells: `38ms`, `4.1s`, `75s`, `12m`, `3h`; `-` where it is not known."""
    if age_ns is None:
        return "-"
    ms = age_ns // NS_PER_MS
    if ms < 1_000:
        return f"{ms}ms"
    if ms < 10_000:
        return f"{ms // 1_000}.{ms % 1_000 // 100}s"
    seconds = ms // 1_000
    if seconds < 100:
        return f"{seconds}s"
    if seconds < 6_000:
        return f"{seconds // 60}m"
    return f"{seconds // 3_600}h"


def steady_age_text(age_ns: int) -> str:
    """Return an age as `age_text` does, but from one second on in whole seconds: it seldom changes."""
    seconds = age_ns // NS_PER_S
    return age_text(seconds * NS_PER_S).replace(".0s", "s") if seconds else age_text(age_ns)


def minutes_text(age_ns: int, seconds_until: int) -> str:
    """Return an age as `3:12`, and as `age_text` does once it has lasted for `seconds_until`."""
    seconds = max(0, age_ns) // NS_PER_S
    return f"{seconds // 60}:{seconds % 60:02}" if seconds < seconds_until else age_text(seconds * NS_PER_S)


def fitted(text: str, width: int, ellipsis: str = "") -> str:
    """Return `text` cut to at most `width` cells; `ellipsis`, one cell, stands for what is gone."""
    if cell_width(text) <= width:
        return text
    room = width - cell_width(ellipsis)
    kept = ""
    for character in text:
        room -= cell_width(character)
        if room < 0:
            break
        kept += character
    if ellipsis and cell_width(ellipsis) <= width:
        return kept.rstrip() + ellipsis
    return kept


def left(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, flush left."""
    if len(text) <= width and text.isascii() and text.isprintable():
        return text.ljust(width)
    text = fitted(text, width)
    return text + " " * (width - cell_width(text))


def right(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, flush right."""
    if len(text) <= width and text.isascii() and text.isprintable():
        return text.rjust(width)
    text = fitted(text, width)
    return " " * (width - cell_width(text)) + text


def centred(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, in the middle, the odd cell on the right."""
    text = fitted(text, width)
    spare = width - cell_width(text)
    return " " * (spare // 2) + text + " " * (spare - spare // 2)
