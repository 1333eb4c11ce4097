"""What concerns one account: facts as we hold them, and reports of the venue that they are made of.

The exchange service alone writes the facts. A report is what a venue said on its private stream or over
REST; the service folds it into a fact, once.
"""

from decimal import Decimal
from enum import StrEnum

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.events.base import Event
from omega_tui.domain.orders import Fill, Order
from omega_tui.domain.programs import Program
from omega_tui.domain.side import Side
from omega_tui.domain.venue_health import DeadMan
from omega_tui.domain.venue_state import VenueState


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


class BalanceChanged(Event, frozen=True):
    """A balance as it stands."""

    kind = "balance"
    lossless = False

    balance: Balance

    @property
    def key(self) -> str:
        return f"{self.balance.venue}/{self.balance.asset}"


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


class DeadManChanged(Event, frozen=True):
    """The dead-man switch of a venue moved, or was fed. Written by the exchange service alone."""

    kind = "dead_man"
    lossless = False

    dead_man: DeadMan

    @property
    def key(self) -> str:
        return self.dead_man.venue


class VenueStateChanged(Event, frozen=True):
    """What a venue takes has changed. Written by the exchange service alone.

    Attributes:
        venue: Venue name.
        state: What it takes now.
        until_ns: Until when that is believed, wall clock; 0 while it is open.
        reason: The venue's words; safe text, empty where it said none.
    """

    kind = "venue_state"
    lossless = False

    venue: str
    state: VenueState
    until_ns: int = 0
    reason: str = ""

    @property
    def key(self) -> str:
        return self.venue


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
