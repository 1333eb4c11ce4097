"""What positions have brought, fees and funding counted: per asset in which they pay, and in a sum. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ZERO, Instrument, InstrumentKind

AT_PAR: Final = frozenset({"USD", "USDT", "USDC", "pUSD", "USDC.e", "USDS", "DAI", "FDUSD"}) | frozenset(
    {"TUSD", "PYUSD", "USDE", "USDG", "RLUSD"}
)
"""The dollar, and tokens that are meant to be worth one: added one to one, and whoever shows it says so."""


@dataclass(frozen=True, slots=True)
class Result:
    """Profit and loss in one asset.

    Attributes:
        asset: In which it is; `USD` for a sum of what stands at par with it.
        realized: Closed, before fees.
        unrealized: What closing everything at the marks would add; of the positions that can be valued.
        fees: Paid.
        funding: Received; negative is paid.
        unvalued: Positions without a mark or an entry price: the sum is not whole while there are any.
    """

    asset: str
    realized: Decimal = ZERO
    unrealized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    unvalued: int = 0

    @property
    def net(self) -> Decimal:
        """All of it together."""
        return self.realized + self.unrealized - self.fees + self.funding

    def plus(self, other: "Result") -> "Result":
        """Return both together, in the asset of this one."""
        return Result(
            self.asset,
            self.realized + other.realized,
            self.unrealized + other.unrealized,
            self.fees + other.fees,
            self.funding + other.funding,
            self.unvalued + other.unvalued,
        )


def results(
    positions: Iterable[Position], marks: Mapping[str, Decimal], instruments: Mapping[str, Instrument]
) -> dict[str, Result]:
    """Return what positions have brought, by the asset in which they pay; empty for one not known.

    A position on margin counts at the venue's mark, where it says one, as it is liquidated by that.
    """
    found: dict[str, Result] = {}
    for position in positions:
        instrument = instruments.get(position.instrument)
        asset = "" if instrument is None else asset_of(instrument)
        mark = position.terms.mark_price if position.terms is not None else None
        mark = mark if mark is not None else marks.get(position.instrument)
        if not position.quantity:
            gain: Decimal | None = ZERO
        else:
            gain = None if mark is None else position.unrealized_pnl(mark)
        one = Result(
            asset,
            position.realized_pnl,
            ZERO if gain is None else gain,
            position.fees,
            position.funding,
            int(gain is None),
        )
        found[asset] = found[asset].plus(one) if asset in found else one
        for other, paid in position.other_fees:
            found[other] = found.get(other, Result(other)).plus(Result(other, fees=paid))
    return found


def asset_of(instrument: Instrument) -> str:
    """Return the asset in which positions of an instrument pay."""
    if instrument.kind is InstrumentKind.INVERSE:
        return instrument.settle or instrument.base
    return instrument.settle or instrument.quote


def total(accounts: Iterable[Mapping[str, Result]]) -> dict[str, Result]:
    """Return what several accounts have brought together; what stands at par with the dollar as `USD`."""
    found: dict[str, Result] = {}
    for account in accounts:
        for asset, one in account.items():
            name = "USD" if asset in AT_PAR else asset
            found[name] = found.get(name, Result(name)).plus(one)
    return found
