"""Balances and positions: fills in, profit and loss out. The only code that does P&L."""

from dataclasses import dataclass, replace
from decimal import Decimal

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.side import Side


@dataclass(frozen=True, slots=True)
class Balance:
    """What is there of one asset at one venue.

    Attributes:
        venue: Venue name.
        asset: As `pUSD` or `USDT`.
        total: Everything.
        available: What an order may use.
    """

    venue: str
    asset: str
    total: Decimal
    available: Decimal

    @property
    def locked(self) -> Decimal:
        """What working orders hold."""
        return self.total - self.available


@dataclass(frozen=True, slots=True)
class Position:
    """What we hold of one instrument.

    Attributes:
        venue: Venue name.
        instrument: Instrument id.
        quantity: In base units; positive is long.
        entry_price: Average price of what is held; None while flat or not known.
        realized_pnl: In quote units, before fees.
        fees: Paid, in quote units.
        unsettled: The part of `quantity` whose trades are matched but not yet final.
    """

    venue: str
    instrument: str
    quantity: Decimal = ZERO
    entry_price: Decimal | None = None
    realized_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    unsettled: Decimal = ZERO

    def unrealized_pnl(self, mark: Decimal) -> Decimal | None:
        """Return what closing at `mark` would add, before fees; None while the entry price is not known."""
        if self.quantity == 0:
            return ZERO
        if self.entry_price is None:
            return None
        return (mark - self.entry_price) * self.quantity

    def break_even(self) -> Decimal | None:
        """Return the price at which closing pays back entry, fees and what was realized; None while flat."""
        if self.quantity == 0 or self.entry_price is None:
            return None
        return self.entry_price + (self.fees - self.realized_pnl) / self.quantity

    def after_fill(self, side: Side, price: Decimal, size: Decimal, fee: Decimal = ZERO) -> "Position":
        """Return the position after buying or selling `size` at `price`.

        Reducing realizes against the average entry; crossing through zero opens the rest at `price`.
        """
        signed = size * side.sign
        quantity = self.quantity + signed
        fees = self.fees + fee
        opening = self.quantity == 0 or (self.quantity > 0) == (signed > 0)
        if opening:
            held = abs(self.quantity)
            entry = (
                price
                if self.entry_price is None
                else (self.entry_price * held + price * size) / (held + size)
            )
            return replace(self, quantity=quantity, entry_price=entry, fees=fees)
        closed = min(size, abs(self.quantity))
        entry_price = self.entry_price if self.entry_price is not None else price
        gained = (price - entry_price) * closed * (1 if self.quantity > 0 else -1)
        if quantity == 0:
            left: Decimal | None = None
        elif (quantity > 0) == (self.quantity > 0):
            left = self.entry_price
        else:
            left = price
        return replace(
            self, quantity=quantity, entry_price=left, realized_pnl=self.realized_pnl + gained, fees=fees
        )
