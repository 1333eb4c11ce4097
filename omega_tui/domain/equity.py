"""What an account is worth, by the asset that it is counted in. Pure.

What was paid for is worth its mark beside the cash; a position on margin is in the balance that its venue
states already.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.instrument import ZERO, Instrument, InstrumentKind
from omega_tui.domain.result import AT_PAR, asset_of

Account = tuple[str, str]
"""Venue name and the asset in which it is counted."""


def equities(
    balances: Iterable[Balance],
    positions: Iterable[Position],
    instruments: Mapping[str, Instrument],
    marks: Mapping[str, Decimal],
) -> dict[Account, Decimal]:
    """Return the equity of each account with a balance.

    Args:
        balances: Of every venue and asset.
        positions: Own; one of an unknown instrument is left out.
        instruments: By id.
        marks: Prices to value positions with; without one the entry price stands for it.
    """
    found = {(balance.venue, balance.asset): balance.total for balance in balances}
    for position in positions:
        instrument = instruments.get(position.instrument)
        if instrument is None or instrument.kind is not InstrumentKind.SPOT or not position.quantity:
            continue
        account = account_of(instrument)
        price = marks.get(instrument.id, position.entry_price)
        if account in found and price is not None:
            found[account] += position.quantity * price
    return found


def account_of(instrument: Instrument) -> Account:
    """Return the account that an instrument is traded in."""
    return instrument.venue, asset_of(instrument)


def total_at_par(equity: Mapping[Account, Decimal]) -> Decimal | None:
    """Return the sum of what is counted in dollars, one for one; None where nothing is."""
    amounts = [amount for (_, asset), amount in equity.items() if asset in AT_PAR]
    return sum(amounts, ZERO) if amounts else None
