"""Profit and loss over several venues, which pay in different assets. Pure.

Nothing is converted: there is no rate here that a trader could check. What is worth about one US dollar is
added at par, and said to be; everything else stands apart.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.result import AT_PAR, asset_of
from omega_tui.ui.text.formats import money_text

USD: Final = "USD"
UNTOLD: Final = "?"
"""Instead of an asset: of a position in a market of which nothing was told yet."""


class Totals(Struct, frozen=True):
    """Amounts of money over all venues.

    Attributes:
        by_asset: Each asset with its sum, in the order in which they became known.
    """

    by_asset: tuple[tuple[str, Decimal], ...] = ()

    @property
    def at_par(self) -> tuple[tuple[str, Decimal], ...]:
        """What is worth about a dollar each."""
        return tuple((asset, amount) for asset, amount in self.by_asset if asset in AT_PAR)

    @property
    def apart(self) -> tuple[tuple[str, Decimal], ...]:
        """What stands by itself."""
        return tuple((asset, amount) for asset, amount in self.by_asset if asset not in AT_PAR)

    @property
    def usd(self) -> Decimal:
        """The sum of `at_par`, one for one."""
        return sum((amount for _, amount in self.at_par), ZERO)

    @property
    def unit(self) -> str:
        """What `usd` is counted in: the asset itself where there is one only."""
        assets = [asset for asset, _ in self.at_par]
        return assets[0] if len(assets) == 1 else f"{USD} at par"

    @property
    def is_mixed(self) -> bool:
        """Whether different assets were added."""
        return len(self.at_par) > 1


def totals_of(amounts: Mapping[str, Decimal]) -> Totals:
    """Return the totals of amounts by asset; an asset without any amount says nothing."""
    return Totals(tuple((asset, amount) for asset, amount in amounts.items() if amount))


def pays_in(instrument: Instrument | None) -> str:
    """Return the asset in which a position of `instrument` wins and loses; empty where nothing is known."""
    return "" if instrument is None else asset_of(instrument)


def is_dollar(asset: str) -> bool:
    """Whether an amount needs no unit: it is in dollars or what is meant to be worth one, or in nothing."""
    return not asset or asset in AT_PAR


def amount_text(amount: Decimal, asset: str) -> str:
    """Return an amount with its sign, to what its asset is counted in: cents, or millionths of a coin."""
    return money_text(amount, 2 if is_dollar(asset) else 6)
