"""The whole numbers that the embedded exchange counts in, and their text on the wire.

Prices are ten-thousandths of one unit of collateral (`ONE_PRICE` is 1), shares and money are millionths, as
they are on chain.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Final

ONE_PRICE: Final = 10_000
"""A price of 1. The finest tick of the venue is 0.0001 (fact sheet, section 7, table of ticks)."""

ONE: Final = 1_000_000
"""One share, or one unit of collateral."""

LOT: Final = 10_000
"""0.01 share: the step of the size of a resting order."""


def price_from(value: Decimal) -> int | None:
    """Return a price in ten-thousandths, None when it has more than four decimals."""
    scaled = value * ONE_PRICE
    return int(scaled) if scaled == int(scaled) else None


@lru_cache(maxsize=ONE_PRICE + 1)
def price_text(price: int) -> str:
    """Return a price as the wire writes it: no trailing zeros, `0` and `1` at the ends."""
    return _decimal_text(price, ONE_PRICE, 4)


@lru_cache(maxsize=ONE_PRICE + 1)
def last_trade_text(price: int) -> str:
    """Return a price with three decimals at least, as `last_trade_price` has inside books."""
    text = f"{price // ONE_PRICE}.{price % ONE_PRICE:04}"
    return text.removesuffix("0")


@lru_cache(maxsize=65_536)
def amount_text(amount: int) -> str:
    """Return shares or money as the wire writes them: up to six decimals, no trailing zeros."""
    return _decimal_text(amount, ONE, 6)


def amount_decimal(amount: int) -> Decimal:
    """Return shares or money as a number."""
    return Decimal(amount) / ONE


def price_decimal(price: int) -> Decimal:
    """Return a price as a number."""
    return Decimal(price) / ONE_PRICE


def cost_of(shares: int, price: int) -> int:
    """Return what `shares` cost at `price`, rounded half up to a millionth."""
    return (shares * price + ONE_PRICE // 2) // ONE_PRICE


def _decimal_text(value: int, one: int, digits: int) -> str:
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, one)
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{rest:0{digits}}".rstrip("0")
