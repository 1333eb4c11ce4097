"""What is known of the last prices of markets: both tokens of one share it, and their hashes depend on it."""

from collections.abc import Callable, Collection
from decimal import Decimal

from omega_tui.protocol.polymarket.validator import HashPolicy, MarketPrice
from omega_tui.text import is_venue_id


class MarketPrices:
    """Last prices by condition id.

    Args:
        policy: Which prices are tried.
        most: How many are kept; beyond it those of markets that `in_use` does not name go.
        in_use: The markets of the books that are kept.
    """

    def __init__(self, policy: HashPolicy, *, most: int, in_use: Callable[[], Collection[str]]) -> None:
        self._policy = policy
        self._most = most
        self._in_use = in_use
        self._known: dict[str, MarketPrice] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, market: str) -> MarketPrice:
        """Return what is known of one.

        Raises:
            ValueError: It is no condition id.
        """
        price = self._known.get(market)
        if price is None:
            if not is_venue_id(market):
                raise ValueError("the condition id is no id")
            if len(self._known) >= self._most:
                # A venue that names another market with every book would fill the memory.
                kept = self._in_use()
                self._known = {name: known for name, known in self._known.items() if name in kept}
            price = self._known[market] = MarketPrice(self._policy)
        return price

    def announce(self, market: str, price: Decimal) -> None:
        """Take over the price of a print, if anything is kept of its market."""
        known = self._known.get(market)
        if known is not None:
            known.announce(price)

    def drop(self, market: str) -> None:
        """Forget a market."""
        self._known.pop(market, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._known.clear()
