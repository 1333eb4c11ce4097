"""Numbers, texts and times of ccxt: the one place where a float becomes a `Decimal`, and back.

ccxt parses most numbers into floats. Their shortest text (`repr`) is what the venue wrote, up to 15 digits;
what is left of rounding is taken away by the market's tick or lot, and nothing else ever moves a number.

A field that ccxt leaves out is `None` here: "not known", never zero.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from omega_tui.domain.instrument import ONE, multiple_of
from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError
from omega_tui.text import safe_text
from omega_tui.units import NS_PER_MS

MAX_EXPONENT: Final = 18
"""Numbers beyond 10 to the 18 either way are no prices or sizes (security, control C6)."""


NOISE: Final = Decimal("1e-12")
"""What a chain of float operations may have added, relative to the number."""


SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
"""Its words for a side."""


def number_of(value: object) -> Decimal | None:
    """Return what ccxt gave as a number; None for None and for an empty text.

    Raises:
        RemoteProtocolError: It is no finite number of a magnitude that prices and sizes have.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RemoteProtocolError(f"a number was expected, not {safe_text(repr(value), max_cells=40)}")
    return _number(value)


def number_for_ccxt(value: Decimal) -> float:
    """Return the float that ccxt takes, if its text is the very number.

    Raises:
        ValueError: A float cannot carry it; what would leave is another number than the one on the screen.
    """
    given = float(value)
    if Decimal(repr(given)) != value:
        raise ValueError(f"{value} has more digits than the exchange library carries")
    return given


@lru_cache(65_536)
def without_noise(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of `step` that `value` means; a value truly between two multiples as it is.

    For numbers that come from ccxt. A level that rests between ticks (the tick was changed under it) must not
    be moved onto its neighbour.
    """
    nearest = multiple_of(value, step, ROUND_HALF_EVEN)
    return nearest if abs(value - nearest) <= NOISE * max(ONE, abs(value)) else value


def text_of(value: object) -> str:
    """Return a text of the venue made safe; empty for nothing, which `safe_text` would name."""
    return safe_text(value) if value else ""


def ns_of(milliseconds: object) -> int:
    """Return a time in nanoseconds; 0 where there is none."""
    return int(milliseconds * NS_PER_MS) if isinstance(milliseconds, int | float) else 0


def oldest_first(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows oldest first, whatever the order in which the venue gave them."""
    return sorted(rows, key=lambda row: (row.get("timestamp") or 0, str(row.get("id") or "")))


@lru_cache(65_536)
def _number(value: float | str) -> Decimal:
    try:
        number = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_EXPONENT):
        shown = safe_text(repr(value), max_cells=40)
        raise RemoteProtocolError(f"a finite number of usual size was expected, not {shown}")
    # One writing of each value: 1e-08 and 0.00000001 must print alike, and 5.0 like 5.
    number = number.normalize()
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return number.quantize(ONE) if exponent > 0 else number + 0
