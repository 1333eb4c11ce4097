"""What is public: books, instruments, summaries, candles, and the raw events of a market feed.

The first four are pictures, of which the latest is enough. Raw events are facts; those that change only a
level or a quote are published only while somebody subscribes to them.
"""

from decimal import Decimal

from omega_tui.domain.candle import Candle
from omega_tui.domain.events.base import Event
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Integrity
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade


class BookUpdated(Event, frozen=True):
    """A book as it stands, or that there is none to show.

    Attributes:
        instrument: Instrument id.
        book: None while there is nothing to show at all.
        integrity: The state of its check.
        last_update_ns: Receive time of the book's last change; 0 never.
    """

    kind = "book_updated"
    lossless = False

    instrument: str
    book: BookSnapshot | None
    integrity: Integrity
    last_update_ns: int

    @property
    def key(self) -> str:
        return self.instrument


class InstrumentUpdated(Event, frozen=True):
    """What is known of an instrument: when first known, when it changes, and when the venue confirms it.

    Attributes:
        instrument: All of it.
        as_of_ns: When the venue told it, wall clock; 0 for now.
    """

    kind = "instrument"
    lossless = False

    instrument: Instrument
    as_of_ns: int = 0

    @property
    def key(self) -> str:
        return self.instrument.id


class TickerUpdated(Event, frozen=True):
    """The venue's own summary of an instrument, as it stands."""

    kind = "ticker"
    lossless = False

    ticker: Ticker

    @property
    def key(self) -> str:
        return self.ticker.instrument


class CandleUpdated(Event, frozen=True):
    """A candle as it stands, the one that is still growing included."""

    kind = "candle"
    lossless = False

    candle: Candle

    @property
    def key(self) -> str:
        return f"{self.candle.instrument}/{self.candle.timeframe_s}/{self.candle.start_ns}"


class MarketEvent(Event, frozen=True):
    """A raw event of one instrument's market feed, one per thing the venue said.

    Attributes:
        instrument: Instrument id.
        ts_event_ns: The venue's time; 0 where it gives none.
        ts_recv_ns: Ours.
    """

    instrument: str
    ts_event_ns: int
    ts_recv_ns: int


class BookReplaced(MarketEvent, frozen=True):
    """The whole book as the venue sent it. Bids highest first, asks lowest first."""

    kind = "book"

    bids: tuple[PriceLevel, ...]
    asks: tuple[PriceLevel, ...]
    integrity: Integrity


class LevelChanged(MarketEvent, frozen=True):
    """One level's new total.

    Attributes:
        side: BUY for bids.
        price: The level.
        size: New total; zero removes it.
        best_bid: The venue's statement after the change; None for an empty side or no statement.
        best_ask: Likewise.
    """

    kind = "price_change"

    side: Side
    price: Decimal
    size: Decimal
    best_bid: Decimal | None
    best_ask: Decimal | None


class TradePrinted(MarketEvent, frozen=True):
    """A public print. Published always: the tape reads it."""

    kind = "trade"

    trade: Trade


class TickSizeChanged(MarketEvent, frozen=True):
    """The venue changed the tick. Published always: tickets and ladders must re-validate."""

    kind = "tick_size_change"

    old_tick_size: Decimal | None
    new_tick_size: Decimal


class BestQuoteChanged(MarketEvent, frozen=True):
    """The venue's own statement of the touch; a cross-check, never the source of a price."""

    kind = "best_bid_ask"

    best_bid: Decimal | None
    best_ask: Decimal | None


class MarketResolved(MarketEvent, frozen=True):
    """The market ended. Published always: no order makes sense any more.

    Attributes:
        market_id: The venue's group.
        winning_instrument: The instrument that pays; empty where the venue does not say.
        winning_outcome: Its name; safe text.
    """

    kind = "market_resolved"

    market_id: str
    winning_instrument: str
    winning_outcome: str


class MarketListed(MarketEvent, frozen=True):
    """A new market came up at the venue; published always. `instrument` is its first outcome."""

    kind = "new_market"

    market_id: str
    name: str
    instruments: tuple[str, ...]


class FeedGap(MarketEvent, frozen=True):
    """Between the event before and the next one the feed was interrupted. Published always.

    `instrument` is empty when the gap is of a whole connection.
    """

    kind = "gap"

    reason: str


MARKET_EVENTS: tuple[type[MarketEvent], ...] = (
    BookReplaced,
    LevelChanged,
    TradePrinted,
    TickSizeChanged,
    BestQuoteChanged,
    MarketResolved,
    MarketListed,
    FeedGap,
)
"""Every raw market event, in the order in which help and JSON list their kinds."""
