"""Every command: one handler each, may be refused by raising an `OmegaError`."""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side


class Command(Struct, frozen=True):
    """Something that somebody wants done."""


class PlaceOrder(Command, frozen=True):
    """Send this order, once. Refused with `OrderRefused` before anything is written or sent."""

    request: OrderRequest


class CancelOrder(Command, frozen=True):
    """Cancel one order, by our id or, for one placed elsewhere, by the venue's."""

    venue: str
    client_order_id: str = ""
    venue_order_id: str = ""


class CancelOrders(Command, frozen=True):
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


class Arm(Command, frozen=True):
    """Let new orders of a venue through."""

    venue: str


class Disarm(Command, frozen=True):
    """Stop new orders; None for every venue. Working orders stay."""

    venue: str | None = None
    reason: str = ""


class Kill(Command, frozen=True):
    """Disarm, halt, and cancel everything everywhere. Always works."""

    reason: str = ""


class Unkill(Command, frozen=True):
    """Leave the halt; the venues are DISARMED afterwards."""


class Reconcile(Command, frozen=True):
    """Ask the venue for orders, trades, positions and balances now, and believe it."""

    venue: str | None = None


class WatchInstrument(Command, frozen=True):
    """Subscribe to an instrument's market data (and its complement's, where the check needs it)."""

    instrument: str


class UnwatchInstrument(Command, frozen=True):
    """Unsubscribe."""

    instrument: str


class ResyncBook(Command, frozen=True):
    """Fetch the book afresh."""

    instrument: str
    reason: str = "asked for"


class ReplayControl(Command, frozen=True):
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
