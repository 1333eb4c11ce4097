"""What was stacked and pulled at each price since it was last the touch. Pure.

The size at a price when it stops being the best is its base; what is there now, less the base, plus what
traded there, is what people added (+) or took away (-) by themselves. The touch itself shows nothing: there,
trades and cancels cannot be told apart in time.
"""

from decimal import Decimal

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.trade import Trade


class LevelDeltas:
    """Net size stacked or pulled per price of one instrument; forgets everything on `reset`."""

    def __init__(self) -> None:
        self._base: dict[Decimal, Decimal] = {}
        self._traded: dict[Decimal, Decimal] = {}
        self._values: dict[Decimal, Decimal] = {}

    @property
    def values(self) -> dict[Decimal, Decimal]:
        """Net size by price, without zeros; a new dictionary after each `update`."""
        return self._values

    def reset(self) -> None:
        """Start afresh: another instrument, or a gap after which the base means nothing."""
        self._base, self._traded, self._values = {}, {}, {}

    def trade(self, trade: Trade) -> None:
        """Count a print, so that it does not pass for a pulled order."""
        if trade.price in self._base:
            self._traded[trade.price] = self._traded.get(trade.price, ZERO) + trade.size

    def update(self, book: BookSnapshot) -> None:
        """Take the next picture of the book. Prices that left the picture are forgotten."""
        base: dict[Decimal, Decimal] = {}
        traded: dict[Decimal, Decimal] = {}
        values: dict[Decimal, Decimal] = {}
        for side in (book.bids, book.asks):
            for place, (price, size) in enumerate(side):
                known = self._base.get(price)
                if place == 0 or known is None:
                    base[price] = size
                    continue
                base[price] = known
                there = self._traded.get(price, ZERO)
                if there:
                    traded[price] = there
                net = size - known + there
                if net:
                    values[price] = net
        self._gone(book.bids, book.asks, base, traded, values)
        self._base, self._traded, self._values = base, traded, values

    def _gone(
        self,
        bids: tuple[PriceLevel, ...],
        asks: tuple[PriceLevel, ...],
        base: dict[Decimal, Decimal],
        traded: dict[Decimal, Decimal],
        values: dict[Decimal, Decimal],
    ) -> None:
        """Keep the levels that emptied inside the picture: all of them was pulled, less what traded."""
        lowest = bids[-1].price if bids else None
        highest = asks[-1].price if asks else None
        best_bid = bids[0].price if bids else None
        best_ask = asks[0].price if asks else None
        for price, size in self._base.items():
            if price in base or not size:
                continue
            under = best_bid is not None and lowest is not None and lowest <= price < best_bid
            over = best_ask is not None and highest is not None and best_ask < price <= highest
            if under or over:
                there = self._traded.get(price, ZERO)
                base[price] = size
                if there:
                    traded[price] = there
                if there != size:
                    values[price] = there - size
