"""How the parts of the program stand: services, streams, venues, links and replays; and alerts."""

from enum import StrEnum

from omega_tui.domain.events.base import Event
from omega_tui.domain.integrity import Connection
from omega_tui.domain.venue_health import VenueHealth


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


DAY_RESULT = "day_result_usd"
DAY_LIMIT = "daily_loss_limit_usd"
"""Gauges of an exchange service: the day's profit as the gate counts it, and the loss that ends trading."""

GROSS = "gross_usd"
GROSS_LIMIT = "gross_limit_usd"
"""Likewise: what all positions would be worth if every order filled, and how much that may be."""

POSITION_LIMIT = "position_limit_usd"
"""Likewise: what the position in one instrument may be worth if every order in it filled."""

PRICE_COLLAR = "price_collar"
COLLAR_TICKS = "collar_ticks"
"""Likewise: how far beyond the market an order may be priced, in the price's own units and in ticks."""

OPEN_ORDERS = "open_orders"
OPEN_ORDERS_LIMIT = "open_orders_limit"
"""Likewise: orders of the account that may rest, and how many there may be."""

ORDERS_A_MINUTE = "orders_last_minute"
ORDERS_A_MINUTE_LIMIT = "orders_per_minute_limit"
"""Likewise: new orders let through in the last minute, and how many there may be."""


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


class ConnectionChanged(Event, frozen=True):
    """A stream's health, on every change and at least once a second while anything is open."""

    kind = "connection"
    lossless = False

    connection: Connection

    @property
    def key(self) -> str:
        return f"{self.connection.venue}/{self.connection.stream}"


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


class VenueHealthChanged(Event, frozen=True):
    """How a venue answers, whenever it changes and at most once a second."""

    kind = "venue_health"
    lossless = False

    health: VenueHealth

    @property
    def key(self) -> str:
        return self.health.venue


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
