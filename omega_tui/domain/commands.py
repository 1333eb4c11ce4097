"""Every command: one handler each, may be refused by raising an `OmegaError`."""

from dataclasses import dataclass
from decimal import Decimal

from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side


@dataclass(frozen=True, slots=True)
class Command:
    """Something that somebody wants done."""


@dataclass(frozen=True, slots=True)
class PlaceOrder(Command):
    """Send this order, once. Refused with `OrderRefused` before anything is written or sent."""

    request: OrderRequest


@dataclass(frozen=True, slots=True)
class CancelOrder(Command):
    """Cancel one order, by our id or, for one placed elsewhere, by the venue's."""

    venue: str
    client_order_id: str = ""
    venue_order_id: str = ""


@dataclass(frozen=True, slots=True)
class CancelOrders(Command):
    """Cancel all working orders that match; every field that is None matches all.

    Attributes:
        venue: Venue name; None for every venue.
        instrument: Instrument id.
        side: One side only.
        price: One price only.
    """

    venue: str | None = None
    instrument: str | None = None
    side: Side | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Arm(Command):
    """Let new orders of a venue through."""

    venue: str


@dataclass(frozen=True, slots=True)
class Disarm(Command):
    """Stop new orders; None for every venue. Working orders stay."""

    venue: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kill(Command):
    """Disarm, halt, and cancel everything everywhere. Always works."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unkill(Command):
    """Leave the halt; the venues are DISARMED afterwards."""


@dataclass(frozen=True, slots=True)
class Reconcile(Command):
    """Ask the venue for orders, trades, positions and balances now, and believe it."""

    venue: str | None = None


@dataclass(frozen=True, slots=True)
class WatchInstrument(Command):
    """Subscribe to an instrument's market data (and its complement's, where the check needs it)."""

    instrument: str


@dataclass(frozen=True, slots=True)
class UnwatchInstrument(Command):
    """Unsubscribe."""

    instrument: str


@dataclass(frozen=True, slots=True)
class ResyncBook(Command):
    """Fetch the book afresh."""

    instrument: str
    reason: str = "asked for"


@dataclass(frozen=True, slots=True)
class ReplayControl(Command):
    """Steer a replay; fields that are None stay as they are.

    Attributes:
        paused: Stand still or go on.
        speed: Times real time; 0 is as fast as it goes.
        step: Play so many frames and stand still.
        seek_s: Go forward (positive) or back by so many seconds of the recording.
    """

    paused: bool | None = None
    speed: float | None = None
    step: int = 0
    seek_s: float = 0.0
