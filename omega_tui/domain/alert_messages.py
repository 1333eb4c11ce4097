"""The commands and events of price alerts."""

from decimal import Decimal

from omega_tui.domain.alerts import Cross, PriceAlert
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event


class SetAlert(Command, frozen=True):
    """Wait for a price; what waits there already takes the new words. Fields as in `PriceAlert`."""

    instrument: str
    venue: str
    price: Decimal
    cross: Cross
    note: str = ""


class DropAlerts(Command, frozen=True):
    """Wait no more; a field that is None matches all. The answer is how many there were."""

    instrument: str | None = None
    price: Decimal | None = None


class AlertsChanged(Event, frozen=True):
    """All the prices that are waited for, in the order in which they were set."""

    kind = "price_alerts"
    lossless = False

    alerts: tuple[PriceAlert, ...]


class AlertReached(Event, frozen=True):
    """A price was reached; it is waited for no more.

    Attributes:
        alert: As it was set.
        price: The print, bid or ask that reached it; may be beyond it.
        ts_ns: When, wall clock of the engine.
    """

    kind = "price_reached"

    alert: PriceAlert
    price: Decimal
    ts_ns: int


ALERTING: tuple[type[Command], ...] = (SetAlert, DropAlerts)
"""What the keeper of the alerts takes."""
ALERT_EVENTS: tuple[type[Event], ...] = (AlertsChanged, AlertReached)
"""What it tells."""
