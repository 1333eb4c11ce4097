"""Where a position is closed at neither gain nor loss, all that it cost and earned counted. Pure."""

from decimal import Decimal

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ONE, ZERO, Instrument, InstrumentKind


def break_even(position: Position, instrument: Instrument | None) -> Decimal | None:
    """Return the price at which closing at once pays back all that a position cost, closing it included.

    A stop takes, and so pays the taker's fee: without it "nothing is lost" would be wrong by that much.

    Args:
        position: Its own fees, funding and results are counted as `Position.break_even` says.
        instrument: States the fee; where it is not known none is counted.

    Returns:
        An exact price, not on the tick; None while flat, while the entry price is not known, and where no
        price pays it back.
    """
    paid_back = position.break_even()
    rate = instrument.taker_fee_rate if instrument is not None else ZERO
    if paid_back is None or instrument is None or not rate:
        return paid_back
    share = rate if position.quantity > 0 else -rate
    if instrument.kind is InstrumentKind.INVERSE:
        return paid_back * (ONE + share)  # Paid in the base asset: 1 / price is what grows by it.
    if instrument.price_max == ONE:
        # A share costs rate x p (1 - p) to sell, so that p - rate x p (1 - p) must pay it back.
        half = (ONE - share) / 2
        root = half * half + share * paid_back
        return (root.sqrt() - half) / share if root >= 0 else None
    return paid_back / (ONE - share) if share < ONE else None
