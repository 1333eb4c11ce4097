"""What an order gives and takes, in the integers that are signed (fact sheet, section 7, "Amounts").

Rules:

1. Amounts are whole millionths. BUY gives collateral and takes shares, SELL the reverse.
2. The price is a multiple of the tick, and tick <= price <= 1 - tick.
3. Shares have 2 decimals. Money has as many as the tick allows (`AMOUNT_DECIMALS`).
4. A market BUY is sized in collateral, a market SELL in shares.
5. Of a market order the venue accepts 2 decimals on what is given and 4 on what is taken, whatever the tick.

Nothing is rounded behind the trader's back: a result that differs from what was asked says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, Inexact
from typing import Final

from omega_tui.domain.orders import TAKES_ONLY, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused

AMOUNT_DECIMALS: Final[Mapping[Decimal, int]] = {
    Decimal("0.1"): 3,
    Decimal("0.01"): 4,
    Decimal("0.005"): 5,
    Decimal("0.0025"): 6,
    Decimal("0.001"): 5,
    Decimal("0.0001"): 6,
}
"""Decimals of the money side of an order, by tick."""

SHARE_DECIMALS: Final = 2
MARKET_GIVE_DECIMALS: Final = 2
MARKET_TAKE_DECIMALS: Final = 4

UNITS: Final = 1_000_000
"""Millionths in one share and in one unit of collateral."""

GTD_MARGIN_S: Final = 60
"""The venue treats an order as expired this long before its expiration."""

_EXACT = Context(prec=60, traps=[Inexact])
_CUT = Context(prec=40, rounding=ROUND_DOWN)
_SHARE_STEP = Decimal(1).scaleb(-SHARE_DECIMALS)


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """The two sides of an order as they are signed.

    Attributes:
        side: Buying or selling shares.
        maker_amount: What the maker gives, in millionths.
        taker_amount: What the maker gets, in millionths.
        asked: What the trader asked for: shares, or for `market_amounts` of a BUY collateral.
        sent: What of it is in the order; less than `asked` when that has too many decimals.
    """

    side: Side
    maker_amount: int
    taker_amount: int
    asked: Decimal
    sent: Decimal

    @property
    def is_exact(self) -> bool:
        """Whether the order is for just what was asked."""
        return self.asked == self.sent

    @property
    def shares(self) -> Decimal:
        """Shares bought or sold; for a market BUY the fewest that its price allows."""
        return from_units(self.taker_amount if self.side is Side.BUY else self.maker_amount)

    @property
    def money(self) -> Decimal:
        """Collateral given, or for a SELL the least that is taken."""
        return from_units(self.maker_amount if self.side is Side.BUY else self.taker_amount)


def order_amounts(
    side: Side, price: Decimal, shares: Decimal, tick: Decimal, time_in_force: TimeInForce
) -> OrderAmounts:
    """Return the amounts of an order for `shares` at `price` or better, as its time in force wants them.

    Raises:
        OrderRefused: as `limit_amounts` and `immediate_amounts`.
    """
    if time_in_force in TAKES_ONLY:
        return immediate_amounts(side, price, shares, tick)
    return limit_amounts(side, price, shares, tick)


def check_price(price: Decimal, tick: Decimal) -> None:
    """Let pass a price that an order may carry.

    Raises:
        OrderRefused: TICK: the tick is none of the venue's, or the price is between ticks or outside rule 2.
    """
    if tick not in AMOUNT_DECIMALS:
        known = ", ".join(f"{known}" for known in AMOUNT_DECIMALS)
        raise OrderRefused("TICK", f"the tick {tick} is none that this venue uses: {known}")
    if not tick <= price <= 1 - tick:
        raise OrderRefused("TICK", f"the price {price} is outside {tick} to {1 - tick}")
    if price % tick:
        raise OrderRefused("TICK", f"the price {price} is not a multiple of the tick {tick}")


def limit_amounts(side: Side, price: Decimal, shares: Decimal, tick: Decimal) -> OrderAmounts:
    """Return the amounts of a limit order.

    Decimals of the shares beyond the second are cut off. The money is exact then: a price on the tick times
    shares of two decimals never has more decimals than `AMOUNT_DECIMALS` gives.

    Raises:
        OrderRefused: TICK as `check_price`; SIZE: less than a hundredth of a share.
    """
    check_price(price, tick)
    sent = _floor(shares, SHARE_DECIMALS)
    _check_size(shares, sent)
    given, taken = (sent * price, sent) if side is Side.BUY else (sent, sent * price)
    return OrderAmounts(side, to_units(given), to_units(taken), asked=shares, sent=_same_or(shares, sent))


def immediate_amounts(side: Side, price: Decimal, shares: Decimal, tick: Decimal) -> OrderAmounts:
    """Return the amounts of a FOK or FAK order for `shares` at `price` or better.

    Selling, that is a market SELL. Buying, the venue counts the collateral (rule 4): the money for `shares`
    is cut to rule 5's decimals, which makes `sent` a little less than `asked` where the product has more. At
    better prices than `price` the same money buys more shares than `asked`.

    Raises:
        OrderRefused: as `market_amounts`.
    """
    if side is Side.SELL:
        return market_amounts(side, price, shares, tick)
    check_price(price, tick)
    money = _floor(_floor(shares, SHARE_DECIMALS) * price, MARKET_GIVE_DECIMALS)
    if money <= 0:
        raise OrderRefused("SIZE", f"{shares} at {price} is less than the smallest amount of money, 0.01")
    amounts = market_amounts(side, price, money, tick)
    return replace(amounts, asked=shares, sent=_same_or(shares, amounts.shares))


def market_amounts(side: Side, worst_price: Decimal, amount: Decimal, tick: Decimal) -> OrderAmounts:
    """Return the amounts of a market order (FOK or FAK) that is filled at `worst_price` or better.

    What is taken is cut to rule 5's decimals, so the signed ratio may differ from `worst_price`, by less than
    one unit of the last decimal taken. `limit_price` reads it back.

    Args:
        side: Buying or selling.
        worst_price: The highest to pay, the lowest to take.
        amount: Collateral to spend when buying, shares when selling.
        tick: Of the instrument.

    Raises:
        OrderRefused: TICK as `check_price`; SIZE: less than a hundredth, or so little that nothing is taken.
    """
    check_price(worst_price, tick)
    sent = _floor(amount, MARKET_GIVE_DECIMALS)
    _check_size(amount, sent)
    exact = _CUT.divide(sent, worst_price) if side is Side.BUY else sent * worst_price
    taken = _floor(exact, min(AMOUNT_DECIMALS[tick], MARKET_TAKE_DECIMALS))
    if not taken:
        raise OrderRefused("SIZE", f"{amount} is so little that nothing would be taken for it")
    return OrderAmounts(side, to_units(sent), to_units(taken), asked=amount, sent=_same_or(amount, sent))


def limit_price(side: Side, maker_amount: int, taker_amount: int, tick: Decimal) -> Decimal:
    """Return the price that two signed amounts mean, as the venue reads it: their ratio, to the nearest tick.

    Whether the ratio *is* that price, which the venue asks of resting orders, is `is_on_price`.

    Raises:
        OrderRefused: SIZE: an amount is not positive.
    """
    if maker_amount <= 0 or taker_amount <= 0:
        raise OrderRefused("SIZE", f"both amounts must be positive, not {maker_amount} and {taker_amount}")
    money, shares = (maker_amount, taker_amount) if side is Side.BUY else (taker_amount, maker_amount)
    ticks = (Decimal(money) / (shares * tick)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return ticks * tick


def is_on_price(side: Side, maker_amount: int, taker_amount: int, price: Decimal) -> bool:
    """Whether two signed amounts have exactly the ratio `price`."""
    money, shares = (maker_amount, taker_amount) if side is Side.BUY else (taker_amount, maker_amount)
    return shares * price == money


def expiration_of(now_s: int, life_s: int) -> int:
    """Return the expiration of a GTD order that is to live `life_s` seconds from `now_s`, margin included.

    Raises:
        OrderRefused: EXPIRATION: a life of no length.
    """
    if life_s <= 0:
        raise OrderRefused("EXPIRATION", f"an order cannot live {life_s} s")
    return now_s + GTD_MARGIN_S + life_s


def effective_life_s(expiration_s: int, now_s: int) -> int:
    """Return how many seconds an order with that expiration still lives; negative when it is over."""
    return expiration_s - GTD_MARGIN_S - now_s


def to_units(value: Decimal) -> int:
    """Return `value` in millionths.

    Raises:
        OrderRefused: SIZE: it has more than six decimals, or more digits than any real amount.
    """
    try:
        units = _EXACT.multiply(value, UNITS)
        whole = _EXACT.to_integral_exact(units)
    except Inexact:
        raise OrderRefused("SIZE", f"{value} has more than six decimals") from None
    return int(whole)


def from_units(units: int) -> Decimal:
    """Return what `units` millionths are, without trailing zeros."""
    whole, rest = divmod(units, UNITS)
    return Decimal(f"{whole}.{rest:06}".rstrip("0").rstrip(".")) if rest else Decimal(whole)


def _floor(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)


def _check_size(asked: Decimal, sent: Decimal) -> None:
    if sent < _SHARE_STEP:
        raise OrderRefused("SIZE", f"{asked} is less than the smallest amount, {_SHARE_STEP}")


def _same_or(asked: Decimal, sent: Decimal) -> Decimal:
    """Return `asked` where nothing was cut, so that it prints as it was typed."""
    return asked if asked == sent else sent
