"""Spot wallets: what an account has of every coin, and the part of it that open orders hold. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from omega_tui.domain.instrument import ZERO
from omega_tui.errors import SimError


@dataclass(slots=True)
class SpotWallet:
    """The coins of one account.

    Attributes:
        totals: Everything, by coin.
        frozen: The part that open orders hold, by coin.
    """

    totals: dict[str, Decimal] = field(default_factory=dict)
    frozen: dict[str, Decimal] = field(default_factory=dict)

    def coins(self) -> Iterable[str]:
        """Return every coin that ever was there."""
        return self.totals.keys()

    def total(self, coin: str) -> Decimal:
        """Return everything of one coin."""
        return self.totals.get(coin, ZERO)

    def held(self, coin: str) -> Decimal:
        """Return what open orders hold of one coin."""
        return self.frozen.get(coin, ZERO)

    def available(self, coin: str) -> Decimal:
        """Return what a new order may use."""
        return self.total(coin) - self.held(coin)

    def add(self, coin: str, amount: Decimal) -> None:
        """Put `amount` in, or take it out where it is negative.

        Raises:
            SimError: More would go than is free.
        """
        if amount < 0 and self.available(coin) < -amount:
            raise SimError(f"{-amount} {coin} are not there, {self.available(coin)} are free")
        self.totals[coin] = self.total(coin) + amount

    def freeze(self, coin: str, amount: Decimal) -> None:
        """Hold `amount` for an order.

        Raises:
            SimError: That much is not free.
        """
        if self.available(coin) < amount:
            raise SimError(f"{amount} {coin} cannot be held, {self.available(coin)} are free")
        self.frozen[coin] = self.held(coin) + amount

    def release(self, coin: str, amount: Decimal) -> None:
        """Give back what was held.

        Raises:
            SimError: That much is not held.
        """
        if self.held(coin) < amount:
            raise SimError(f"{amount} {coin} cannot be released, {self.held(coin)} are held")
        self.frozen[coin] = self.held(coin) - amount

    def _check(self) -> None:
        """Assert what must be true between two calls."""
        for coin, total in self.totals.items():
            assert 0 <= self.held(coin) <= total, f"{self.held(coin)} of {total} {coin} held"
