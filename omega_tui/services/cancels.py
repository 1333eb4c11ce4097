"""Cancels: asked for once by the trader, repeated here until the venue confirms or the order is over.

Nothing blocks them: not the journal, not the arming, not a limit. A cancel of an order whose id the venue has
not told yet goes out under the expected id, or as soon as one is known.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine

from omega_tui.clock import Clock
from omega_tui.domain.order_facts import CANCELED, LIVE, CancelFailed, CancelRequested, VenueSaid
from omega_tui.domain.orders import Order
from omega_tui.errors import VenueError
from omega_tui.services.crash_points import point
from omega_tui.services.ledger import Ledger
from omega_tui.venues.base import Broker

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
"""Pause between repetitions; it doubles from the first to the longest (order safety, section 4)."""

REFUSALS = 3
"""So often the venue must refuse and still list the order before the trader is told that it will not go."""


class Canceler:
    """Cancels orders of one venue.

    Attributes:
        sent: Cancels that went out.
    """

    def __init__(  # noqa: PLR0913 - it joins the parts of a cancel
        self,
        *,
        broker: Broker,
        ledger: Ledger,
        clock: Clock,
        rng: random.Random,
        start: Callable[[Coroutine[None, None, None], str], None],
        on_failed: Callable[[Order, str], None],
    ) -> None:
        self.sent = 0
        self._broker = broker
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._start = start
        self._on_failed = on_failed
        self._under_way: set[str] = set()

    def request(self, order: Order) -> None:
        """Begin to cancel an order; returns at once. Does nothing while a cancel of it is under way."""
        client_order_id = order.request.client_order_id
        if order.is_done or client_order_id in self._under_way:
            return
        self._under_way.add(client_order_id)
        numbers = (one.number for one in self._ledger.facts_of(order) if isinstance(one, CancelRequested))
        number = max(numbers, default=0) + 1
        fact = CancelRequested(ts_ns=self._clock.now_ns(), number=number)
        self._ledger.add(client_order_id, fact)
        self._start(self._until_over(client_order_id, number), f"cancel {client_order_id}")

    async def _until_over(self, client_order_id: str, number: int) -> None:
        pause_s = FIRST_PAUSE_S
        refusals = 0
        try:
            while not (order := self._ledger.orders[client_order_id]).is_done:
                venue_id = self._ledger.expected_id(order)
                reason = await self._once(venue_id) if venue_id else ""
                if self._ledger.orders[client_order_id].is_done:
                    return
                refusals += bool(reason)
                if refusals >= REFUSALS:
                    fact = CancelFailed(ts_ns=self._clock.now_ns(), number=number, reason=reason)
                    self._on_failed(self._ledger.add(client_order_id, fact), reason)
                    return
                await asyncio.sleep(self._rng.uniform(pause_s / 2, pause_s))
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        finally:
            self._under_way.discard(client_order_id)

    async def _once(self, venue_id: str) -> str:
        """Send one cancel; return why the venue refuses although it lists the order, else nothing."""
        self.sent += 1
        try:
            outcome = await self._broker.cancel([venue_id])
            point("cancel-answered")
            if venue_id in outcome.canceled:
                said = VenueSaid(ts_ns=self._clock.now_ns(), venue_order_id=venue_id, status=CANCELED)
                self._ledger.said(said)
                return ""
            reason = dict(outcome.not_canceled).get(venue_id, "")
            # "Already gone" is no failure and no answer: how did it end?
            row = await self._broker.fetch_order(venue_id)
        except VenueError:
            return ""
        if row is None:
            return ""
        self._ledger.reported(row)
        return reason or "the venue did not say why" if row.venue_status == LIVE else ""
