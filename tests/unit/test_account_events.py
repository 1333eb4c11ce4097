"""Reports of a venue that come in an order that nobody promised."""

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from test_reconcile import REQUEST, fill, row

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.events.account import FillReported
from omega_tui.domain.order_facts import Intent
from omega_tui.domain.orders import OrderStatus
from omega_tui.services.account_events import AccountEvents
from omega_tui.services.ledger import Ledger
from omega_tui.services.order_owners import MOST_EARLY

D = Decimal


@dataclass
class Asked:
    """As much of an inquiry as is told of reports."""

    times: int = 0

    def want(self):
        self.times += 1


@dataclass
class Account:
    """As much of a trading account as takes reports, with the real ledger."""

    venue: str = "sim"
    ledger: Ledger = field(init=False)
    inquiry: Asked = field(default_factory=Asked)

    def __post_init__(self):
        self.ledger = Ledger("sim", LocalBus(), ManualClock(), lambda _: None, lambda *_: None)


@pytest.fixture
def account():
    account = Account()
    account.ledger.begin(Intent(ts_ns=1, request=replace(REQUEST, client_order_id="o1")))
    return account


async def hear(account, *events):
    """Have the account read these reports, and no more."""
    bus = LocalBus()
    reading = AccountEvents(bus)
    for event in events:
        bus.publish(event)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(reading.run(account))
        for _ in events:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()


def fill_of(venue_order_id, trade_id="t1", size=10, **changes):
    return FillReported("sim", fill(trade_id, venue_order_id, size, **changes))


async def test_a_fill_that_overtakes_the_word_on_its_order_waits_for_it(account):
    await hear(account, fill_of("v7", "t1", 4), fill_of("v7", "t2", 6))
    assert account.ledger.orders["o1"].filled == 0
    assert list(account.ledger.orders) == ["o1"], "it is taken for no order from elsewhere"
    assert account.inquiry.times == 2, "the venue is asked whose it is"
    await hear(account, row("v7", "MATCHED", "10", client_order_id="o1"))
    order = account.ledger.orders["o1"]
    assert (order.status, order.filled) == (OrderStatus.FILLED, D(10))
    assert list(account.ledger.orders) == ["o1"]
    assert account.ledger.positions["I"].quantity == D(10)


async def test_a_fill_of_another_market_is_taken_at_once(account):
    await hear(account, fill_of("v7", instrument="J"))
    assert account.ledger.orders["v7"].external
    assert account.inquiry.times == 0


async def test_what_waits_is_bounded(account):
    await hear(account, *(fill_of("v7", f"t{number}", 1) for number in range(MOST_EARLY + 5)))
    await hear(account, row("v7", "LIVE", client_order_id="o1"))
    assert account.ledger.fills_booked == MOST_EARLY, "for the others the venue is asked"
