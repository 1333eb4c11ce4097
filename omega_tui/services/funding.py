"""Asks now and then for what the holders of perpetuals paid each other: money, on which no order depends."""

from dataclasses import dataclass

from omega_tui.clock import Clock
from omega_tui.domain.holdings import Funded
from omega_tui.errors import VenueError
from omega_tui.services.ledger import Ledger
from omega_tui.units import NS_PER_S
from omega_tui.venues.base import Broker, PaysFunding

EVERY_S = 300
BACK_S = 7 * 86_400
"""How often it is asked for while something is held, and how far back at most."""


@dataclass(slots=True)
class Funding:
    """The payments of one account.

    Attributes:
        opened_s: When the journal was begun, seconds since the epoch; older payments are in the positions.
    """

    broker: Broker
    ledger: Ledger
    clock: Clock
    opened_s: int
    _due_ns: int = 0

    async def take(self) -> None:
        """Ask where that is due, and book what is new. A venue that does not answer is asked again later."""
        now_ns, broker = self.clock.mono_ns(), self.broker
        if not isinstance(broker, PaysFunding) or now_ns < self._due_ns:
            return
        held = [name for name, position in self.ledger.positions.items() if position.quantity]
        if not held:
            return
        self._due_ns = now_ns + EVERY_S * NS_PER_S
        since_s = max(self.opened_s, self.clock.now_ns() // NS_PER_S - BACK_S)
        try:
            payments = await broker.fetch_funding(held, since_s=since_s)
        except VenueError:
            return
        for one in payments:
            self.ledger.funded(
                Funded(
                    instrument=one.instrument,
                    amount=one.amount,
                    payment_id=one.payment_id,
                    ts_ns=one.ts_event_ns,
                )
            )
