"""All of trading on real loopback sockets: embedded exchange, both feeds, broker, journal, exchange service.

The exchange's own history is the truth that our view is compared with.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from streamrig import FAST, Watch, endpoints_of

from omega_tui.bus.base import EventBus
from omega_tui.bus.local import LocalBus
from omega_tui.clock import Clock, SystemClock
from omega_tui.config.feeds import IntegrityConfig
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.commands import Arm, PlaceOrder
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.amounts import from_units
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.base import Platform
from omega_tui.services.journal import Journal
from omega_tui.services.reconcile import ReconcileTiming
from omega_tui.services.registry import ServiceRegistry
from omega_tui.services.streaming import StreamerConfig, StreamingService
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.sim.records import OrderRecord, OrderState
from omega_tui.venues.base import DeadManTerms
from omega_tui.venues.http import HttpLimits
from omega_tui.venues.polymarket_broker import PolymarketBroker
from omega_tui.venues.polymarket_heartbeat import DEAD_MAN
from omega_tui.venues.polymarket_rest import PolymarketAccount

LOOSE = RiskConfig(
    orders_per_second=40, orders_per_minute=600, duplicate_window_s=0, max_open_orders_instrument=100
)
QUICK = ReconcileTiming(quiet_s=0.2, quarantine_s=0.5, doubt_every_s=0.1, working_every_s=1, idle_every_s=1)

LIVE_STATUSES = {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_CANCEL}
ABSENT = {OrderStatus.REJECTED, OrderStatus.NOT_PLACED}
STATES: Mapping[OrderState, set[OrderStatus]] = {
    OrderState.LIVE: LIVE_STATUSES,
    OrderState.MATCHED: {OrderStatus.FILLED},
    OrderState.CANCELED: {OrderStatus.CANCELED},
    OrderState.INVALID: {OrderStatus.CANCELED},
}


def broker_of(
    venue: EmbeddedExchange,
    *,
    seed: int = 1,
    deadline_s: float = 1.0,
    clock: Clock | None = None,
    dead_man: DeadManTerms = DEAD_MAN,
) -> PolymarketBroker:
    who = venue.credentials
    return PolymarketBroker(
        venue="sim",
        is_live=False,
        rest_url=venue.rest_url,
        data_url=venue.rest_url,
        account=PolymarketAccount(who.private_key, who.credentials, venue.chain_id),
        clock=clock or SystemClock(),
        rng=random.Random(seed),
        order_deadline_s=deadline_s,
        limits=HttpLimits(deadline_s=2.0, rate=1_000, burst=1_000),
        dead_man=dead_man,
    )


class Console:
    """A console without a screen."""

    def __init__(self, venue: EmbeddedExchange, exchange: AccountService, watch: Watch) -> None:
        self.venue = venue
        self.exchange = exchange
        self.watch = watch
        self.token = venue.markets[0].tokens[0][0]

    async def arm(self) -> None:
        await self.watch.until(lambda: self.exchange.is_ready)
        await self.watch.until(lambda: self.book() is not None)
        await self.watch.until(lambda: not self.exchange._account.journal.problem)
        await self.exchange.process(Arm("sim"))

    def book(self):
        books = [e for e in self.watch.of(BookUpdated) if e.instrument == self.token and e.book is not None]
        book = books[-1].book if books else None
        return book if book is not None and book.best_bid is not None and book.best_ask is not None else None

    def resting(self, ticks: int = 15, size: int = 10, **changes: object) -> OrderRequest:
        """An order far enough below the market to rest."""
        book = self.book()
        price = book.best_bid - ticks * book.tick_size
        request = OrderRequest(
            client_order_id="",
            instrument=self.token,
            venue="sim",
            side=Side.BUY,
            size=Decimal(size),
            price=price,
        )
        return replace(request, **changes)

    def taking(self, size: int = 10, **changes: object) -> OrderRequest:
        """An order that is filled at once."""
        book = self.book()
        price = book.best_ask + 3 * book.tick_size
        request = replace(self.resting(size=size), price=price, time_in_force=TimeInForce.IOC)
        return replace(request, **changes)

    async def place(self, request: OrderRequest) -> Order:
        """Place an order and return it as it is then."""
        known = set(self.exchange.orders)
        await self.exchange.process(PlaceOrder(request))
        [new] = set(self.exchange.orders) - known
        return self.exchange.orders[new]

    def order(self, order: Order) -> Order:
        return self.exchange.orders[order.request.client_order_id]

    def held(self) -> Decimal:
        """What is held of the token that the tests trade."""
        position = self.exchange.positions.get(self.token)
        return position.quantity if position is not None else Decimal(0)

    def is_settled(self) -> bool:
        position = self.exchange.positions.get(self.token)
        return position is not None and position.unsettled == 0

    def truth(self) -> dict[str, OrderRecord]:
        """The account's orders as the venue has them."""
        orders = self.venue.history()["orders"]
        mine = self.venue.credentials.address
        return {key: record for key, record in orders.items() if record.account == mine}

    def disagreements(self) -> list[str]:
        """In what our orders differ from the venue's: nothing lost, nothing doubled, every state equal."""
        return disagreements(self.exchange.orders, self.truth())

    async def agree(self) -> None:
        """Wait until our view is the venue's."""
        try:
            await self.watch.until(lambda: not self.disagreements())
        except TimeoutError:
            raise AssertionError(self.disagreements()) from None


def disagreements(orders: Mapping[str, Order], truth: Mapping[str, OrderRecord]) -> list[str]:
    found = []
    ours = {order.venue_order_id: order for order in orders.values()}
    if len(ours) != len(orders):
        found.append("two orders here are one at the venue")
    for venue_id, record in truth.items():
        order = ours.get(venue_id)
        if order is None:
            found.append(f"lost: {venue_id[:12]} {record.state}")
            continue
        killed = record.state is OrderState.CANCELED and not record.matched
        if order.status not in STATES[record.state] and not (killed and order.status in ABSENT):
            found.append(f"{venue_id[:12]}: {order.status} here, {record.state} there")
        if order.filled != from_units(record.matched):
            found.append(f"{venue_id[:12]}: {order.filled} filled here, {from_units(record.matched)} there")
    for venue_id, order in ours.items():
        if venue_id not in truth and order.status not in ABSENT:
            found.append(f"{venue_id[:12]}: {order.status} here, unknown there")
    return found


@contextlib.asynccontextmanager
async def console(  # noqa: PLR0913 - what tests vary
    venue: EmbeddedExchange,
    folder: Path,
    *,
    risk: RiskConfig = LOOSE,
    timing: ReconcileTiming = QUICK,
    deadline_s: float = 1.0,
    clock: Clock | None = None,
    seed: int = 1,
    dead_man: DeadManTerms = DEAD_MAN,
    bus: EventBus | None = None,
) -> AsyncIterator[Console]:
    """Run the services as the runtime does, to their clean end."""
    clock = clock or SystemClock()
    platform = Platform(bus or LocalBus(), clock)
    who = venue.credentials
    exchange = AccountService(
        platform,
        AccountParts(
            broker=broker_of(venue, seed=seed, deadline_s=deadline_s, clock=clock, dead_man=dead_man),
            journal=Journal(folder, clock),
            risk=risk,
            data_limits=DataLimits(),
            timing=timing,
        ),
        rng=random.Random(seed),
    )
    streaming = StreamingService(
        StreamerConfig(
            market_assets=(venue.markets[0].tokens[0][0],),
            user_auth=who.credentials,
            streaming=FAST,
            integrity=IntegrityConfig(),
            endpoints=endpoints_of(venue),
            venue="sim",
            seed=seed,
        ),
        platform,
    )
    registry = ServiceRegistry()
    registry.register(exchange)
    registry.register(streaming)
    watch = Watch(streaming)
    async with asyncio.TaskGroup() as group:
        tasks = []
        try:
            for service in registry:
                await registry.start(service)
                tasks.append(group.create_task(service.run()))
            yield Console(venue, exchange, watch)
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            for service in reversed(registry):
                await registry.stop(service)
