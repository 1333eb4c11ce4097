"""How much one order may be at most, whatever it is for: the ceilings that are compiled in. Pure.

A way out of a position passes the limits that a trader sets, which are meant for what opens. These it does
not pass: it goes in several orders instead, one after the other (order safety, section 6).
"""

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from omega_tui.config.ceilings import MAX_ORDER_NOTIONAL, MAX_ORDER_SIZE
from omega_tui.domain.instrument import ONE, ZERO, Instrument, multiple_of


def most_of(instrument: Instrument, price: Decimal, rate: Decimal | None) -> Decimal:
    """Return the largest size of one order at a price, in whole lots and never less than one.

    Args:
        instrument: What is traded.
        price: At most, as the order says it.
        rate: What one unit of the quote is worth in dollars; None counts as one, as in the limits.
    """
    unit = instrument.worth(ONE, price) * (ONE if rate is None else rate)
    most = MAX_ORDER_SIZE if unit <= ZERO else min(MAX_ORDER_SIZE, MAX_ORDER_NOTIONAL / unit)
    return max(instrument.lot_size, multiple_of(most, instrument.lot_size, ROUND_DOWN))


def orders_needed(size: Decimal, instrument: Instrument, price: Decimal, rate: Decimal | None) -> int:
    """Return in how many orders a size can be traded at a price."""
    return int((size / most_of(instrument, price, rate)).to_integral_value(rounding=ROUND_CEILING))
