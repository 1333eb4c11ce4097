"""Every event on the bus.

The class of an event says how it may be buffered: with `conflate_by` the latest per key is enough,
otherwise every one of them is delivered. The raw market events at the end are published only while
somebody subscribes to them.
"""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Connection, Integrity
from omega_tui.domain.orders import Fill, Order
from omega_tui.domain.programs import Program
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.teaching import Answer, Tip
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade
from omega_tui.domain.venue_health import DeadMan, VenueHealth


class Event(Struct, frozen=True):
    """Something that happened. It cannot be refused, and it is never changed."""

    kind: ClassVar[str] = ""
    """The stable word for it in JSON and filters."""
    lossless: ClassVar[bool] = True
    """Whether every one of them must be delivered; otherwise the latest per `key`."""

    @property
    def key(self) -> str:
        """What the latest is kept per, for an event that is not lossless."""
        return ""


# ---------------------------------------------------------------------------------- pictures: conflated


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


class ConnectionChanged(Event, frozen=True):
    """A stream's health, on every change and at least once a second while anything is open."""

    kind = "connection"
    lossless = False

    connection: Connection

    @property
    def key(self) -> str:
        return f"{self.connection.venue}/{self.connection.stream}"


class ServiceState(StrEnum):
    """Where a service stands; the table of what may follow what is in `services.base`."""

    CREATED = "CREATED"
    INITIALIZING = "INITIALIZING"
    RUNNING = "RUNNING"
    DEGRADED = "DEGRADED"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


class ServiceStateChanged(Event, frozen=True):
    """A service moved in its life cycle."""

    kind = "service"
    lossless = False

    service: str
    state: ServiceState
    reason: str = ""

    @property
    def key(self) -> str:
        return self.service


class MetricsSampled(Event, frozen=True):
    """Counters and gauges of one service, taken once a second.

    Attributes:
        service: Its name.
        values: Pairs of name and value, sorted by name; `_total` counts, `_ms` are times, the rest gauges.
    """

    kind = "metrics"
    lossless = False

    service: str
    values: tuple[tuple[str, float], ...]

    @property
    def key(self) -> str:
        return self.service


class BalanceChanged(Event, frozen=True):
    """A balance as it stands."""

    kind = "balance"
    lossless = False

    balance: Balance

    @property
    def key(self) -> str:
        return f"{self.balance.venue}/{self.balance.asset}"


class VenuePhase(StrEnum):
    """How far a console has come with a venue."""

    LISTED = "LISTED"
    OPENING = "OPENING"
    OPEN = "OPEN"
    FAILED = "FAILED"


class VenueChanged(Event, frozen=True):
    """A venue of this console, as it stands.

    Attributes:
        venue: Its name here, unique; orders and instruments carry it.
        exchange: What it is, as `polymarket` or `bitget`.
        account_type: `spot` or `swap`; empty where there is only one kind.
        phase: LISTED is known but not connected, OPENING and FAILED (to be tried again) are on the way.
        text: What is waited for, or what went wrong, or where the markets come from; for people.
        is_live: Whether real money is behind it.
        view_only: Why nothing can be ordered there; empty where orders can leave.
    """

    kind = "venue"
    lossless = False

    venue: str
    exchange: str
    account_type: str
    phase: VenuePhase
    text: str = ""
    is_live: bool = False
    view_only: str = ""

    @property
    def key(self) -> str:
        return self.venue


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


class TradingMode(StrEnum):
    """What the order gate lets through."""

    DISARMED = "DISARMED"
    ARMED = "ARMED"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class ArmChanged(Event, frozen=True):
    """What the order gate of a venue lets through changed. Written by the exchange service alone.

    Attributes:
        venue: Venue name.
        mode: The new mode.
        reason: Why, when nobody pressed a key; for people.
        until_ns: When it disarms by itself, wall clock; 0 while not armed.
        is_live: Whether real money is behind it.
    """

    kind = "arm"
    lossless = False

    venue: str
    mode: TradingMode
    reason: str = ""
    until_ns: int = 0
    is_live: bool = False

    @property
    def key(self) -> str:
        return self.venue


class VenueHealthChanged(Event, frozen=True):
    """How a venue answers, whenever it changes and at most once a second."""

    kind = "venue_health"
    lossless = False

    health: VenueHealth

    @property
    def key(self) -> str:
        return self.health.venue


class DeadManChanged(Event, frozen=True):
    """The dead-man switch of a venue moved, or was fed. Written by the exchange service alone."""

    kind = "dead_man"
    lossless = False

    dead_man: DeadMan

    @property
    def key(self) -> str:
        return self.dead_man.venue


class LinkChanged(Event, frozen=True):
    """How a screen is linked to the engine of another process, at most twice a second.

    Attributes:
        engine: Name of the process.
        up: Whether its events come; while not, every price is as old as the last one.
        reason: Why not; for people.
        latency_ms: Age of the last frame when it came.
        commands: Whether this screen may ask the engine for anything; else it only looks.
    """

    kind = "link"
    lossless = False

    engine: str
    up: bool
    reason: str = ""
    latency_ms: float = 0.0
    commands: bool = False

    @property
    def key(self) -> str:
        return self.engine


class ReplayChanged(Event, frozen=True):
    """Where a replay stands.

    Attributes:
        position_ns: The recording's own time.
        start_ns: Its first frame.
        end_ns: Its last frame.
        speed: Times real time; 0 is as fast as it goes.
        paused: Whether it stands still.
        finished: Whether every frame has been played.
        frame: Number of the last frame played, from 1.
        frames: How many there are.
    """

    kind = "replay"
    lossless = False

    position_ns: int
    start_ns: int
    end_ns: int
    speed: float
    paused: bool
    finished: bool
    frame: int
    frames: int


# ---------------------------------------------------------------------------------- facts: lossless


class OrderChanged(Event, frozen=True):
    """An order as we hold it now."""

    kind = "order"

    order: Order


class ProgramChanged(Event, frozen=True):
    """A program as it stands. Its orders are told by `OrderChanged` as all others."""

    kind = "program"

    program: Program


class FillRecorded(Event, frozen=True):
    """A fill was booked, moved on in its settlement, or was undone (settlement FAILED).

    Attributes:
        fill: The fill as it stands.
        client_order_id: The order it belongs to.
        is_new: Whether it changed quantities for the first time.
    """

    kind = "fill"

    fill: Fill
    client_order_id: str
    is_new: bool


class PositionChanged(Event, frozen=True):
    """A position as we hold it now."""

    kind = "position"

    position: Position


class Severity(StrEnum):
    """How loud an alert is."""

    INFO = "INFO"
    WARNING = "WARNING"
    ALARM = "ALARM"


class Alert(Event, frozen=True):
    """Something that the trader should read in the log.

    Attributes:
        ts_ns: When, wall clock.
        severity: How loud.
        code: Stable word, as `RECONNECT`.
        text: A sentence; safe.
        instrument: What it is about; empty for none.
    """

    kind = "alert"

    ts_ns: int
    severity: Severity
    code: str
    text: str
    instrument: str = ""


# ---------------------------------------------------------------------------------- the user's own stream


class OrderReported(Event, frozen=True):
    """What the venue said of an order on its private stream or over REST.

    Attributes:
        venue: Venue name.
        venue_order_id: The venue's id.
        client_order_id: Ours, where the venue carries it; empty otherwise.
        instrument: Instrument id.
        side: Side of the order.
        price: Its limit; None where the venue left it out.
        size: Its original size; None where the venue left it out.
        venue_status: LIVE, MATCHED, CANCELED, EXPIRED or REJECTED, normalised by the protocol.
        filled: Cumulative, as the venue says; None where it does not.
        reason: The venue's words; safe text.
        ts_event_ns: The venue's time.
        time_in_force: As the venue words it; empty where it does not.
    """

    kind = "order_report"

    venue: str
    venue_order_id: str
    client_order_id: str
    instrument: str
    side: Side
    price: Decimal | None
    size: Decimal | None
    venue_status: str
    filled: Decimal | None
    reason: str
    ts_event_ns: int
    time_in_force: str = ""


class FillReported(Event, frozen=True):
    """What the venue said of a fill of one of our orders."""

    kind = "fill_report"

    venue: str
    fill: Fill


class AccountGap(Event, frozen=True):
    """The private stream was interrupted or is fresh: what it missed must be asked for.

    Attributes:
        venue: Venue name.
        reason: Why.
        connected: True when the stream is (again) up, False when it was lost.
    """

    kind = "account_gap"

    venue: str
    reason: str
    connected: bool


# ---------------------------------------------------------------------------------- the teacher


class Taught(Event, frozen=True):
    """What the teacher answers to a command that carried this request id."""

    kind = "taught"

    request_id: str
    answer: Answer


class TipOffered(Event, frozen=True):
    """A tip to show; it was not shown before it came, and counts as shown now."""

    kind = "tip"

    tip: Tip


# ---------------------------------------------------------------------------------- raw market events


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

SCREEN_EVENTS: tuple[type[Event], ...] = (
    BookUpdated,
    ConnectionChanged,
    ServiceStateChanged,
    MetricsSampled,
    BalanceChanged,
    VenueChanged,
    InstrumentUpdated,
    ArmChanged,
    VenueHealthChanged,
    DeadManChanged,
    LinkChanged,
    ReplayChanged,
    OrderChanged,
    ProgramChanged,
    FillRecorded,
    PositionChanged,
    Alert,
    TradePrinted,
    TickSizeChanged,
    MarketResolved,
    MarketListed,
    FeedGap,
)
"""What a screen reads: everything but the raw changes of levels, which `BookUpdated` sums up for it."""
