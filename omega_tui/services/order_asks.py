"""What programs ask of the venue about single orders: what it can do with them, and what became of them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from omega_tui.domain.events.status import Severity
from omega_tui.domain.orders import Order, OrderAlarm, OrderRequest
from omega_tui.errors import VenueError
from omega_tui.services.gate import Gate
from omega_tui.services.inquiry import Inquiry
from omega_tui.services.ledger import Ledger
from omega_tui.services.reconcile import Reconciler
from omega_tui.venues.base import Broker, KeepsStops
from omega_tui.venues.editing import EditsOrders

AMEND_LOOKS_S = (0.0, 0.1, 0.3)
"""Pauses before the looks at an order that was changed: some venues take a change first and make it then."""


@dataclass(frozen=True, slots=True)
class OrderAsks:
    """The venue of one account, as far as single orders go.

    Attributes:
        tell: Puts a sentence into the trader's log: severity, code, text, instrument.
    """

    broker: Broker
    gate: Gate
    ledger: Ledger
    reconciler: Reconciler
    inquiry: Inquiry
    tell: Callable[[Severity, str, str, str], None]

    def keeps_stop(self, request: OrderRequest) -> bool:
        """Return whether the venue keeps a stop itself."""
        return isinstance(self.broker, KeepsStops) and self.broker.keeps_stop(request)

    def follows_stop(self, request: OrderRequest) -> bool:
        """Return whether it also tells under the stop's own id what becomes of it."""
        return isinstance(self.broker, KeepsStops) and self.broker.follows_stop(request)

    def edits(self, request: OrderRequest) -> bool:
        """Return whether the venue changes such an order in place."""
        return isinstance(self.broker, EditsOrders) and self.broker.edits_in_place(request)

    async def edit(self, request: OrderRequest) -> Order:
        """Change an order in place, and look what became of it; in doubt it is asked about from then on.

        Raises:
            OrderRefused: As `Gate.amend`.
        """
        order = await self.gate.amend(request)
        for pause_s in AMEND_LOOKS_S:
            await asyncio.sleep(pause_s)
            with suppress(VenueError):
                row = await self.broker.fetch_order(order.venue_order_id)
                if row is not None:
                    self.reconciler.looks.take(row)
            order = self.ledger.orders[request.client_order_id]
            if order.amending is None:
                return order
        text = (
            f"Nobody knows yet whether the venue has made it {request.words}: it counts by the worse of both."
        )
        self.tell(Severity.WARNING, "AMEND_UNKNOWN", text, request.instrument)
        self.inquiry.want()
        return order

    async def settle(self, orders: list[Order]) -> None:
        """Ask the venue how ended orders ended, until every fill of them is known here.

        Raises:
            VenueError: It did not answer.
        """
        rows = [await self.broker.fetch_order(self.ledger.expected_id(order)) for order in orders]
        for row in rows:
            if row is not None:
                self.ledger.reported(row)
        names = [order.request.client_order_id for order in orders]
        told = all(row is not None and row.filled is not None for row in rows)
        if not told or any(OrderAlarm.FILLS_MISSING in self.ledger.orders[name].alarms for name in names):
            await self.inquiry.ask()
