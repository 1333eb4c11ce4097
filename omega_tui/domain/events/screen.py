"""Which of all events a screen reads."""

from omega_tui.domain.events.account import (
    ArmChanged,
    BalanceChanged,
    DeadManChanged,
    FillRecorded,
    OrderChanged,
    PositionChanged,
    ProgramChanged,
    VenueStateChanged,
)
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import (
    BookUpdated,
    FeedGap,
    InstrumentUpdated,
    MarketListed,
    MarketResolved,
    TickSizeChanged,
    TradePrinted,
)
from omega_tui.domain.events.status import (
    Alert,
    ConnectionChanged,
    LinkChanged,
    MetricsSampled,
    ReplayChanged,
    ServiceStateChanged,
    VenueChanged,
    VenueHealthChanged,
)

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
    VenueStateChanged,
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
