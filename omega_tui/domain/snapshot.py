"""A picture of an order book at one instant: immutable, shared by everyone who reads."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


class PriceLevel(NamedTuple):
    """The total resting size at one price.

    Attributes:
        price: In quote units.
        size: In base units, always above zero.
    """

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """The best levels of one book at one instant.

    Attributes:
        instrument: Instrument id.
        bids: Highest price first.
        asks: Lowest price first.
        tick_size: The tick in force when it was taken.
        sequence: Counts the changes of this book in this process; equal sequences are equal books.
        ts_event_ns: The venue's time of the last change; 0 not known.
        ts_recv_ns: When the last change reached us; 0 for a book restored from disk.
        last_trade_price: Price of the last public print of this instrument; None not known.
    """

    instrument: str
    bids: tuple[PriceLevel, ...]
    asks: tuple[PriceLevel, ...]
    tick_size: Decimal
    sequence: int = 0
    ts_event_ns: int = 0
    ts_recv_ns: int = 0
    last_trade_price: Decimal | None = None

    @property
    def best_bid(self) -> Decimal | None:
        """Highest buying price; None while nobody buys."""
        return self.bids[0].price if self.bids else None

    @property
    def best_ask(self) -> Decimal | None:
        """Lowest selling price; None while nobody sells."""
        return self.asks[0].price if self.asks else None

    @property
    def spread(self) -> Decimal | None:
        """Best ask minus best bid; None unless both sides are there."""
        if not (self.bids and self.asks):
            return None
        return self.asks[0].price - self.bids[0].price

    @property
    def mid(self) -> Decimal | None:
        """Half way between the touches; None unless both sides are there."""
        if not (self.bids and self.asks):
            return None
        return (self.asks[0].price + self.bids[0].price) / 2

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid is at or above the best ask, which no true book shows."""
        return bool(self.bids and self.asks and self.bids[0].price >= self.asks[0].price)
