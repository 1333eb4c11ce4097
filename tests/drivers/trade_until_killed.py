"""A console without a screen that orders and cancels until it is killed; see `test_kill_nine`.

Takes one JSON object: the venue and the account. Then reads lines of JSON, each a life: a seed and where to
crash. A fork starts, waits until its view of every order is final or at rest, and prints its process id and
the view as one JSON line. Then it reads a line: `trade` lets it arm and send until it is killed, others end
it; how it ended is the next line. Everything is imported once, before the first fork.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path

import aiohttp  # noqa: F401 - what a life imports late is there before the first fork

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.commands import Arm, CancelOrder, PlaceOrder
from omega_tui.domain.events.account import FillRecorded, OrderChanged
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataLimits,
    Integrity,
    IntegrityState,
    StreamName,
)
from omega_tui.domain.orders import OrderRequest, OrderStatus, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.errors import OmegaError
from omega_tui.protocol.polymarket.auth import ApiCredentials, address_of
from omega_tui.secret import Secret
from omega_tui.services import crash_points
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.base import Platform
from omega_tui.services.journal import Journal
from omega_tui.services.reconcile import ReconcileTiming
from omega_tui.services.registry import ServiceRegistry
from omega_tui.venues.http import HttpLimits
from omega_tui.venues.polymarket_broker import PolymarketBroker
from omega_tui.venues.polymarket_rest import PolymarketAccount

RISK = RiskConfig(
    orders_per_second=40,
    orders_per_minute=600,
    duplicate_window_s=0,
    max_open_orders_instrument=100,
    max_open_orders_account=500,
)
TIMING = ReconcileTiming(
    quiet_s=0.05, quarantine_s=0.8, doubt_every_s=0.03, working_every_s=0.2, idle_every_s=0.2
)
ASK = Decimal("0.60")


def show_market(platform: Platform, token: str, bid: str = "0.40") -> None:
    """Say that all is well with a book: what prices do is not what this is about."""
    now_ns = platform.clock.now_ns()
    tick = Decimal("0.01")
    book = BookSnapshot(
        token, (PriceLevel(Decimal(bid), Decimal(100)),), (PriceLevel(ASK, Decimal(100)),), tick
    )
    instrument = Instrument(
        id=token,
        venue="sim",
        name="a market",
        tick_size=tick,
        quote="pUSD",
        price_min=Decimal(0),
        price_max=Decimal(1),
    )
    up = Connection("sim", StreamName.BOOK, ConnectionState.UP, ts_ns=now_ns)
    platform.bus.publish(InstrumentUpdated(instrument))
    platform.bus.publish(ConnectionChanged(up))
    verified = Integrity(IntegrityState.VERIFIED, verified_ns=now_ns)
    platform.bus.publish(BookUpdated(token, book, verified, now_ns))


async def trade(service: AccountService, platform: Platform, token: str, rng: random.Random) -> None:
    """Order and cancel as fast as it goes, several at once, until somebody ends us."""
    await service.process(Arm("sim"))

    async def hand() -> None:
        while True:
            show_market(platform, token)
            takes = rng.random() < 0.3
            request = OrderRequest(
                client_order_id="",
                instrument=token,
                venue="sim",
                side=Side.BUY,
                size=Decimal(rng.randint(5, 9)),
                price=ASK if takes else Decimal(rng.randint(2, 9)) / 100,
                time_in_force=TimeInForce.IOC if takes else TimeInForce.GTC,
            )
            try:
                await service.process(PlaceOrder(request))
            except OmegaError:
                await asyncio.sleep(0.01)
                # A busy machine stands still now and then, which disarms.
                with contextlib.suppress(OmegaError):
                    await service.process(Arm("sim"))
            working = [o for o in service.orders.values() if o.status is OrderStatus.ACCEPTED]
            if working and rng.random() < 0.5:
                await service.process(CancelOrder("sim", rng.choice(working).request.client_order_id))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(hand())


def view_of(service: AccountService) -> list[dict[str, object]]:
    return [
        {
            "client_order_id": order.request.client_order_id,
            "venue_order_id": order.venue_order_id,
            "status": order.status.value,
            "filled": str(order.filled),
            "external": order.external,
        }
        for order in service.orders.values()
    ]


def is_settled(service: AccountService) -> bool:
    doubtful = {OrderStatus.INTENT, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.PENDING_CANCEL}
    orders = service.orders.values()
    return service.is_ready and not any(
        order.status in doubtful or order.venue_filled > order.filled for order in orders
    )


def make_service(
    plan: dict[str, str], rng: random.Random, limits: HttpLimits | None = None
) -> tuple[Platform, AccountService]:
    """Compose the account of a plan."""
    clock = SystemClock()
    platform = Platform(LocalBus(), clock)
    credentials = ApiCredentials(plan["api_key"], Secret(plan["secret"]), Secret(plan["passphrase"]))
    broker = PolymarketBroker(
        venue="sim",
        is_live=False,
        rest_url=plan["url"],
        data_url=plan["url"],
        account=PolymarketAccount(Secret(plan["private_key"]), credentials, int(plan["chain_id"])),
        clock=clock,
        rng=rng,
        limits=limits or HttpLimits(),
    )
    service = AccountService(
        platform,
        AccountParts(
            broker=broker,
            journal=Journal(Path(plan["folder"]), clock),
            risk=RISK,
            data_limits=DataLimits(),
            timing=TIMING,
        ),
        rng=rng,
    )
    return platform, service


async def until(platform: Platform, fact: Callable[[], bool]) -> None:
    """Wait until a fact about orders holds."""
    news = platform.bus.subscribe(OrderChanged, FillRecorded)
    while not fact():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.005):
                await news.next()
    news.close()


def read_line() -> str:
    """Read a line and nothing behind it: what follows may be for another process."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line.decode()


def say(message: object) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


async def live(plan: dict[str, str], seed: str) -> None:
    rng = random.Random(seed)
    platform, service = make_service(plan, rng)
    registry = ServiceRegistry()
    registry.register(service)
    await registry.start(service)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(service.run())
        await until(platform, lambda: is_settled(service))
        say({"pid": os.getpid(), "orders": view_of(service)})
        if await asyncio.to_thread(read_line) == "trade\n":
            await trade(service, platform, plan["token"], rng)
        running.cancel()
    await registry.stop(service)


def serve(plan: dict[str, str], live: Callable[[dict[str, str], str], Coroutine[None, None, None]]) -> None:
    """Have one fork after the other live, as it is told on standard input."""
    while line := read_line():
        if not line.startswith("{"):
            continue  # For a life that was killed before it had read it.
        life = json.loads(line)
        child = os.fork()
        if not child:
            crash_points._CRASH_AT, _, crash_points._nth = life["crash_at"].partition(":")
            asyncio.run(live(plan, life["seed"]))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say({"ended": os.waitstatus_to_exitcode(status)})


def main(plan: dict[str, str]) -> None:
    # Loads the native libraries: a thread that does so must not be there when it is forked.
    address_of(Secret(plan["private_key"]))
    serve(plan, live)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
