"""Finds out whether a change in place was made: the venue is asked, and what it shows counts.

An answer to the change only says that it was taken, and events on a stream may be older than it; so only rows
that were asked for afterwards decide. That the order is unchanged is believed once the venue cannot change it
any more.
"""

from dataclasses import dataclass, field

from omega_tui.clock import Clock
from omega_tui.domain.events.account import OrderReported
from omega_tui.domain.order_facts import Amended, AmendFailed, AmendRequested
from omega_tui.domain.orders import Order
from omega_tui.services.ledger import Ledger
from omega_tui.units import NS_PER_S


@dataclass(slots=True)
class AmendLooks:
    """Takes what the venue shows of orders, and weighs the changes that are in doubt."""

    ledger: Ledger
    clock: Clock
    _first_ns: dict[tuple[str, int], int] = field(default_factory=dict)

    def take(self, row: OrderReported) -> None:
        """Take a row that was just asked for."""
        order = self.ledger.reported(row)
        amending, client_order_id = order.amending, order.request.client_order_id
        if amending is None:
            return
        now_ns, key = self.clock.mono_ns(), (client_order_id, amending.number)
        first_ns = self._first_ns.setdefault(key, now_ns)
        fact: Amended | AmendFailed | None = None
        if row.price == amending.price and row.size in {None, amending.size}:
            fact = Amended(ts_ns=self.clock.now_ns(), number=amending.number)
        elif (
            row.price == order.request.price
            and row.size in {None, order.request.size}
            and now_ns - first_ns >= self._bound_s(order) * NS_PER_S
        ):
            reason = "the venue shows the order unchanged"
            fact = AmendFailed(ts_ns=self.clock.now_ns(), number=amending.number, reason=reason)
        if fact is not None:
            del self._first_ns[key]
            self.ledger.add(client_order_id, fact)

    def _bound_s(self, order: Order) -> float:
        """Return after how long its newest change cannot be made any more."""
        facts = self.ledger.facts_of(order)
        found = (fact for fact in facts if isinstance(fact, AmendRequested) and fact.number == order.amends)
        return next((fact.lateness_bound_s for fact in found), 0.0)
