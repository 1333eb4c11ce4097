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
        allowance: The most of it that an order may make the venue's contracts move; None where nothing but
            the balance bounds them, or where it was not told.
    """

    venue: str
    asset: str
    total: Decimal
    available: Decimal
    allowance: Decimal | None = None

    @property
    def locked(self) -> Decimal:
        """What working orders hold."""
        return self.total - self.available


@dataclass(frozen=True, slots=True)
class MarginTerms:
    """What the venue says of a position on margin; None for what it does not say.

    Attributes:
        long_quantity: What is held long; with `short_quantity` told apart only in hedge mode.
        short_quantity: What is held short, above zero.
        hedged: Whether the account keeps long and short apart.
        leverage: How many times its margin the position may be worth.
        margin_mode: `cross` or `isolated`; empty where it is not said.
        mark_price: What the venue values it at, and liquidates by.
        liquidation_price: Where the venue closes it; in hedge mode the nearer of the two.
        unrealized_pnl: As the venue computes it, in the settling asset.
    """

    long_quantity: Decimal = ZERO
    short_quantity: Decimal = ZERO
    hedged: bool = False
    leverage: Decimal | None = None
    margin_mode: str = ""
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    unrealized_pnl: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What we hold of one instrument.

    Attributes:
        venue: Venue name.
        instrument: Instrument id.
        quantity: In base units; positive is long.
        entry_price: Average price of what is held; None while flat or not known.
        realized_pnl: In quote units (of a contract: in the settling asset), before fees.
        fees: Paid, in the same.
        unsettled: The part of `quantity` whose trades are matched but not yet final.
        funding: Received between the holders of perpetuals, in the settling asset; negative is paid.
        contract_value: What one unit of an inverse contract is worth in quote units: quantities are then
            contracts, and profit, fees and funding are in the base asset. Zero for everything else.
        terms: What the venue says of it; None where there is no margin, or nothing was said yet.
        other_fees: Paid in a third asset, as BNB, by asset: not part of `fees`, and of no known price here.
        earned_before: Of the sums above, what came of positions that were closed before this one was opened.
    """

    venue: str
    instrument: str
    quantity: Decimal = ZERO
    entry_price: Decimal | None = None
    realized_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    unsettled: Decimal = ZERO
    funding: Decimal = ZERO
    contract_value: Decimal = ZERO
    terms: MarginTerms | None = None
    other_fees: tuple[tuple[str, Decimal], ...] = ()
    earned_before: Decimal = ZERO

    def unrealized_pnl(self, mark: Decimal) -> Decimal | None:
        """Return what closing at `mark` would add, before fees; None while the entry price is not known."""
        if self.quantity == 0:
            return ZERO
        if self.entry_price is None:
            return None
        return _gain(self, self.quantity, self.entry_price, mark)

    def net_pnl(self, mark: Decimal | None) -> Decimal | None:
        """Return realized and unrealized together, fees and funding counted; None while it is not known."""
        if self.quantity == 0:
            return self._earned
        unrealized = None if mark is None else self.unrealized_pnl(mark)
        return None if unrealized is None else self._earned + unrealized

    @property
    def _earned(self) -> Decimal:
        """What was realized here so far, fees and funding counted."""
        return self.realized_pnl + self.funding - self.fees

    def break_even(self) -> Decimal | None:
        """Return the price at which closing pays back entry, fees, funding and what parts of it realized.

        What earlier positions in the instrument gained or lost has no say. None while flat, and for an
        inverse contract that no price pays back.
        """
        if self.quantity == 0 or self.entry_price is None:
            return None
        owed = self.earned_before - self._earned
        if not self.contract_value:
            return self.entry_price + owed / self.quantity
        inverse = 1 / self.entry_price - owed / (self.quantity * self.contract_value)
        return 1 / inverse if inverse > 0 else None

    def after_fill(  # noqa: PLR0913 - what a fill is
        self,
        side: Side,
        price: Decimal,
        size: Decimal,
        fee: Decimal = ZERO,
        *,
        base_fee: Decimal = ZERO,
        other_fee: tuple[str, Decimal] | None = None,
    ) -> "Position":
        """Return the position after buying or selling `size` at `price`.

        Reducing realizes against the average entry; crossing through zero opens the rest at `price`. What the
        venue keeps of the base asset leaves the position at `price`: it is part of `fee`, so nothing is
        counted twice, and the average cost stays what was paid.

        Args:
            side: Ours.
            price: Of the fill.
            size: Of the fill, before any fee.
            fee: All fees of it, in quote units.
            base_fee: The part of the fee that was kept in the base asset, in units of that.
            other_fee: A fee that was taken in a third asset: which, and how much.
        """
        after = _moved(self, size * side.sign, price)
        if base_fee:
            after = _moved(after, -base_fee, price)
        if after.quantity and (self.quantity == 0 or (after.quantity > 0) != (self.quantity > 0)):
            # A fill that crosses zero paid for both: its fee is parted by size.
            for_closing = fee * abs(self.quantity) / size
            after = replace(after, earned_before=after.realized_pnl + self.funding - self.fees - for_closing)
        if other_fee is None:
            return replace(after, fees=self.fees + fee)
        asset, paid = other_fee
        others = dict(self.other_fees)
        others[asset] = others.get(asset, ZERO) + paid
        return replace(after, fees=self.fees + fee, other_fees=tuple(sorted(others.items())))


def _moved(before: Position, signed: Decimal, price: Decimal) -> Position:
    """Return the position after `signed` more of it, at `price`, without any fee."""
    quantity, entry = before.quantity + signed, before.entry_price
    if before.quantity == 0 or (before.quantity > 0) == (signed > 0):
        if before.quantity == 0:
            return replace(before, quantity=quantity, entry_price=price)
        # What was held at a cost that nobody knows has no average with what is added.
        average = None if entry is None else _average(before, signed, price)
        return replace(before, quantity=quantity, entry_price=average)
    closed = min(abs(signed), abs(before.quantity)) * (1 if before.quantity > 0 else -1)
    gained = _gain(before, closed, entry if entry is not None else price, price)
    if quantity == 0:
        left: Decimal | None = None
    elif (quantity > 0) == (before.quantity > 0):
        left = entry
    else:
        left = price
    return replace(before, quantity=quantity, entry_price=left, realized_pnl=before.realized_pnl + gained)


def _average(before: Position, signed: Decimal, price: Decimal) -> Decimal:
    """Return the entry after adding to a position: an inverse contract averages what it is worth in base."""
    assert before.entry_price is not None, "asked only with one"
    total = before.quantity + signed
    if before.contract_value:
        return total / (before.quantity / before.entry_price + signed / price)
    return (before.entry_price * before.quantity + price * signed) / total


def _gain(position: Position, quantity: Decimal, entry: Decimal, close: Decimal) -> Decimal:
    """Return what `quantity`, positive for long, gains from `entry` to `close`."""
    if position.contract_value:
        return quantity * position.contract_value * (1 / entry - 1 / close)
    return (close - entry) * quantity
