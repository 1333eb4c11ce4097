"""What a trade costs."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO

MAX_FEE_BPS: Final = Decimal(10_000)
"""A fee above the whole amount is none; nor is one below zero."""

_BASIS_POINT: Final = Decimal("0.0001")
_MILLIONTH: Final = Decimal("0.000001")


def taker_fee(*, size: Decimal, price: Decimal, rate_bps: Decimal, exponent: int = 1) -> Decimal:
    """Return what the taker pays in collateral: size x rate x (p(1 - p))^exponent, in whole millionths.

    The formula of py-clob-client-v2 1.2.1, `fees.py`. Makers pay nothing. The exponent is not on the user
    channel; it is 1 where the market does not say otherwise.
    """
    if not rate_bps:
        return ZERO
    fee = size * rate_bps * _BASIS_POINT * (price * (ONE - price)) ** exponent
    return fee.quantize(_MILLIONTH, rounding=ROUND_HALF_UP)
