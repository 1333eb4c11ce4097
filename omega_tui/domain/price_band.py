"""How far beyond the market an order may be priced: the gate's collar, which the strip tells, too. Pure.

Order safety, check 13. A price on the passive side of the market is never outside: only one that would pay
too much, or take too little, is.
"""

from decimal import Decimal
from typing import NamedTuple, Protocol

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot

UNBOUNDED_SHARE = Decimal("0.05")
"""The band as a part of the price, where prices have no bounds."""


class BandLimits(Protocol):
    """The limits that make a band; `RiskLimits` are some."""

    @property
    def price_collar(self) -> Decimal:
        """Furthest price beyond the other side's best, where prices are bounded."""
        ...

    @property
    def collar_ticks(self) -> int:
        """The band is never narrower than this."""
        ...


class PriceBand(NamedTuple):
    """What an order of one side may be priced at.

    Attributes:
        side: Of the order.
        reference: What the band is measured from.
        width: How far beyond it a price may be.
    """

    side: Side
    reference: Decimal
    width: Decimal

    @property
    def bound(self) -> Decimal:
        """The last price that is inside."""
        return self.reference + self.width * self.side.sign

    def holds(self, price: Decimal) -> bool:
        """Whether a price is inside."""
        return (price - self.bound) * self.side.sign <= 0


def band_width(
    reference: Decimal, instrument: Instrument | None, tick_size: Decimal, limits: BandLimits
) -> Decimal:
    """Return how far beyond `reference` an order may be priced.

    Args:
        reference: A price of the market.
        instrument: Says whether prices are bounded; taken to be where it is not known.
        tick_size: Of the live book.
        limits: Those in force.
    """
    unbounded = instrument is not None and instrument.price_max is None
    widest = reference * UNBOUNDED_SHARE if unbounded else limits.price_collar
    return max(widest, tick_size * limits.collar_ticks)


def price_band(
    side: Side,
    book: BookSnapshot,
    instrument: Instrument | None,
    limits: BandLimits,
    *,
    trigger: Decimal | None = None,
) -> PriceBand | None:
    """Return the band of an order; None where the market has no price to measure it from.

    Args:
        side: Of the order.
        book: Of its instrument.
        instrument: What it is for.
        limits: Those in force.
        trigger: Of a stop: that is where the market will be when the order is made.
    """
    other, own = (book.best_ask, book.best_bid) if side is Side.BUY else (book.best_bid, book.best_ask)
    known = (trigger, other, own, book.last_trade_price)
    reference = next((price for price in known if price is not None), None)
    if reference is None:
        return None
    return PriceBand(side, reference, band_width(reference, instrument, book.tick_size, limits))
