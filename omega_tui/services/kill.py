"""The part of the kill switch that talks to the venue: cancel, then look until nothing is left.

What only takes risk away stays unless it is to go too: then nothing is canceled wholesale, but each order
that the venue lists, known here or not. It needs neither journal nor market data nor a right to trade.
Positions are not closed: that is a new risk.
"""

import asyncio

from omega_tui.clock import Clock
from omega_tui.domain.events.status import Severity
from omega_tui.domain.order_facts import CANCELED, VenueSaid
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.errors import VenueError
from omega_tui.services.ledger import Ledger
from omega_tui.venues.base import Broker

WITHIN_S = 5.0
"""After this whatever is not confirmed is reported as not confirmed."""

LOOK_EVERY_S = 0.25

Words = list[tuple[Severity, str]]


def protective(ledger: Ledger) -> dict[str, str]:
    """Return our orders that certainly rest at the venue and only take risk away: our id by the venue's."""
    return {
        order.venue_order_id: client_order_id
        for client_order_id, order in ledger.working.items()
        if order.request.is_protective
        and not order.external
        and order.venue_order_id
        and order.status in {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}
    }


async def cancel_everything(
    broker: Broker, ledger: Ledger, clock: Clock, spared: frozenset[str] = frozenset()
) -> Words:
    """Cancel every order of the account, known here or not, and return one sentence per order.

    `spared` are venue ids of orders that stay. Single cancels of the known orders go on beside this;
    `cancel-all` reaches those that nobody here knows.
    """
    working = {ledger.expected_id(order): order for order in ledger.working.values()}
    known = {venue_id: order for venue_id, order in working.items() if venue_id not in spared}
    left: set[str] | None = None
    problem = "no answer in time"
    try:
        async with asyncio.timeout(WITHIN_S):
            while left is None or left:
                try:
                    rows = await _cancel_and_look(broker, ledger, clock, spared)
                except VenueError as error:
                    problem = str(error)
                else:
                    for order in rows:
                        known.setdefault(order.venue_order_id, order)
                    left = {order.venue_order_id for order in rows}
                if left is None or left:
                    await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        pass
    if left is None:
        return [(Severity.ALARM, f"Nobody knows whether orders still work: {problem}.")]
    said = [_words(order, ledger, works=venue_id in left) for venue_id, order in known.items()]
    said += [
        (Severity.WARNING, f"Left to protect: {working[venue_id].request.words}.") for venue_id in spared
    ]
    return said or [(Severity.INFO, "No order was working.")]


async def _cancel_and_look(
    broker: Broker, ledger: Ledger, clock: Clock, spared: frozenset[str]
) -> list[Order]:
    """Cancel and return what the venue still lists of what is to go.

    Raises:
        VenueError: It did not answer.
    """
    if spared:
        rows = await broker.fetch_open_orders()
        outcome = await broker.cancel(
            [row.venue_order_id for row in rows if row.venue_order_id not in spared]
        )
    else:
        outcome = await broker.cancel_all()
    for venue_id in outcome.canceled:
        ledger.said(VenueSaid(ts_ns=clock.now_ns(), venue_order_id=venue_id, status=CANCELED))
    rows = await broker.fetch_open_orders()
    return [ledger.reported(row) for row in rows if row.venue_order_id not in spared]


def _words(order: Order, ledger: Ledger, *, works: bool) -> tuple[Severity, str]:
    request = order.request
    what = request.words
    if works:
        return Severity.ALARM, f"Not confirmed: {what} may still work. Canceling goes on."
    status = ledger.orders[request.client_order_id].status
    return Severity.INFO, f"Not working any more: {what}, {status}."
