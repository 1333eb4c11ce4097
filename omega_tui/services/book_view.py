"""What code outside the console sees of a book: reads of the moment, and a summary that can be kept."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from omega_tui.domain.book import OrderBook
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot


@dataclass(frozen=True, slots=True)
class BookSummary:
    """The state of a book in a few numbers.

    Attributes:
        instrument: Instrument id.
        best_bid: Highest buying price; None while nobody buys.
        best_bid_size: What is bought there.
        best_ask: Lowest selling price; None while nobody sells.
        best_ask_size: What is sold there.
        spread: Best ask minus best bid; None unless both sides are there.
        mid: Half way between; None unless both sides are there.
        bid_levels: Number of prices with buyers.
        ask_levels: Number of prices with sellers.
        bid_depth: Sum of all bids, in base units.
        ask_depth: Sum of all asks.
        last_trade_price: Of the last print of this instrument; None not known.
        tick_size: The tick in force.
        state: How far the book can be trusted.
        ts_event_ns: The venue's time of the last change; 0 not known.
        ts_recv_ns: When it reached us; 0 for a saved book.
    """

    instrument: str
    best_bid: Decimal | None
    best_bid_size: Decimal | None
    best_ask: Decimal | None
    best_ask_size: Decimal | None
    spread: Decimal | None
    mid: Decimal | None
    bid_levels: int
    ask_levels: int
    bid_depth: Decimal
    ask_depth: Decimal
    last_trade_price: Decimal | None
    tick_size: Decimal
    state: IntegrityState
    ts_event_ns: int
    ts_recv_ns: int


class BookView:
    """A book that somebody else writes. Every read is of the moment; two reads may be of two moments.

    Take `snapshot` where several values must belong together. Reading after the instrument was unsubscribed
    raises `StateError`. Belongs to the event loop of its service.

    Attributes:
        instrument: Instrument id.
    """

    __slots__ = ("_book", "_integrity", "instrument")

    def __init__(
        self, instrument: str, book: Callable[[str], OrderBook], integrity: Callable[[str], Integrity]
    ) -> None:
        self.instrument = instrument
        self._book = book
        self._integrity = integrity

    def __repr__(self) -> str:
        return f"BookView({self.instrument[:12]}…, bid {self.best_bid}, ask {self.best_ask})"

    @property
    def best_bid(self) -> Decimal | None:
        """Highest buying price; None while nobody buys."""
        return self._book(self.instrument).best_bid

    @property
    def best_ask(self) -> Decimal | None:
        """Lowest selling price; None while nobody sells."""
        return self._book(self.instrument).best_ask

    @property
    def spread(self) -> Decimal | None:
        """Best ask minus best bid; None unless both sides are there."""
        book = self._book(self.instrument)
        bid, ask = book.best_bid, book.best_ask
        return None if bid is None or ask is None else ask - bid

    @property
    def mid(self) -> Decimal | None:
        """Half way between the touches; None unless both sides are there."""
        book = self._book(self.instrument)
        bid, ask = book.best_bid, book.best_ask
        return None if bid is None or ask is None else (ask + bid) / 2

    @property
    def integrity(self) -> Integrity:
        """How far the book can be trusted; look at it before believing a price."""
        return self._integrity(self.instrument)

    def snapshot(self, levels: int | None = None) -> BookSnapshot:
        """Return the best `levels` of each side, or all, as they are now."""
        return self._book(self.instrument).snapshot(levels)

    def summary(self) -> BookSummary:
        """Return the book in a few numbers, all of one moment."""
        book = self.snapshot()
        return BookSummary(
            instrument=self.instrument,
            best_bid=book.best_bid,
            best_bid_size=book.bids[0].size if book.bids else None,
            best_ask=book.best_ask,
            best_ask_size=book.asks[0].size if book.asks else None,
            spread=book.spread,
            mid=book.mid,
            bid_levels=len(book.bids),
            ask_levels=len(book.asks),
            bid_depth=sum((level.size for level in book.bids), ZERO),
            ask_depth=sum((level.size for level in book.asks), ZERO),
            last_trade_price=book.last_trade_price,
            tick_size=book.tick_size,
            state=self.integrity.state,
            ts_event_ns=book.ts_event_ns,
            ts_recv_ns=book.ts_recv_ns,
        )
