"""The part of the kill switch that talks to the venue: cancel everything, then look until nothing is left.

It needs neither journal nor market data nor a right to trade. Positions are not closed: that is a new risk.
"""

import asyncio

from omega_tui.clock import Clock
from omega_tui.domain.events import Severity
from omega_tui.domain.order_fold import CANCELED, VenueSaid
from omega_tui.domain.orders import Order
from omega_tui.errors import VenueError
from omega_tui.services.ledger import Ledger
from omega_tui.venues.base import Broker

WITHIN_S = 5.0
"""After this whatever is not confirmed is reported as not confirmed."""

LOOK_EVERY_S = 0.25

Words = list[tuple[Severity, str]]


async def cancel_everything(broker: Broker, ledger: Ledger, clock: Clock) -> Words:
    """Cancel every order of the account, known here or not, and return one sentence per order.

    Single cancels of the known orders go on beside this; `cancel-all` reaches those that nobody here knows.
    """
    known = {ledger.expected_id(order): order for order in ledger.working.values()}
    left: set[str] | None = None
    problem = "no answer in time"
    try:
        async with asyncio.timeout(WITHIN_S):
            while left is None or left:
                try:
                    rows = await _cancel_and_look(broker, ledger, clock)
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
    return [_words(order, ledger, works=venue_id in left) for venue_id, order in known.items()] or [
        (Severity.INFO, "No order was working.")
    ]


async def _cancel_and_look(broker: Broker, ledger: Ledger, clock: Clock) -> list[Order]:
    """Cancel everything and return what the venue still lists.

    Raises:
        VenueError: It did not answer.
    """
    outcome = await broker.cancel_all()
    for venue_id in outcome.canceled:
        ledger.said(VenueSaid(ts_ns=clock.now_ns(), venue_order_id=venue_id, status=CANCELED))
    return [ledger.reported(row) for row in await broker.fetch_open_orders()]


def _words(order: Order, ledger: Ledger, *, works: bool) -> tuple[Severity, str]:
    request = order.request
    what = f"{request.side} {request.size} at {request.price}"
    if works:
        return Severity.ALARM, f"Not confirmed: {what} may still work. Canceling goes on."
    status = ledger.orders[request.client_order_id].status
    return Severity.INFO, f"Not working any more: {what}, {status}."
