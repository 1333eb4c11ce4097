"""As `trade_until_killed`, at an exchange of the ccxt library; see `test_kill_nine_library`."""

import asyncio
import contextlib
import importlib
import json
import os
import random
import sys
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from trade_until_killed import RISK, TIMING, is_settled, read_line, say, serve, until, view_of

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import Arm, CancelOrder, PlaceOrder
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
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import OmegaError
from omega_tui.secret import Secret
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.base import Platform
from omega_tui.services.journal import Journal
from omega_tui.services.registry import ServiceRegistry
from omega_tui.venues import ccxt_broker
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_loader import ExchangeAccount
from omega_tui.venues.ccxt_market_data import CcxtMarketData
from omega_tui.venues.ccxt_session import CcxtSession

ROOM = replace(
    RISK,
    max_position_notional=Decimal(500_000),
    max_gross_notional=Decimal(500_000),
    max_total_notional=Decimal(500_000),
)
"""The account begins with coins, which count."""

SIZES = tuple(Decimal(size) for size in ("0.001", "0.002", "0.003"))


@dataclass(frozen=True, slots=True)
class Scene:
    """What is traded, and its book as it was when the life began."""

    instrument: Instrument
    book: BookSnapshot

    def show(self, platform: Platform) -> None:
        """Say that all is well with the book: what prices do is not what this is about."""
        now_ns, venue = platform.clock.now_ns(), self.instrument.venue
        platform.bus.publish(InstrumentUpdated(self.instrument))
        platform.bus.publish(
            ConnectionChanged(Connection(venue, StreamName.BOOK, ConnectionState.UP, ts_ns=now_ns))
        )
        verified = Integrity(IntegrityState.VERIFIED, verified_ns=now_ns)
        platform.bus.publish(BookUpdated(self.instrument.id, self.book, verified, now_ns))

    def request(self, rng: random.Random) -> OrderRequest:
        """Return an order that takes, now and then, or one that rests far below."""
        takes = rng.random() < 0.3
        bid, ask, tick = self.book.best_bid, self.book.best_ask, self.instrument.tick_size
        assert bid is not None
        assert ask is not None
        # Some way up: the book has moved on since.
        price = ask * Decimal("1.004") if takes else bid * Decimal("0.99") - rng.randint(0, 99) * tick
        return OrderRequest(
            client_order_id="",
            instrument=self.instrument.id,
            venue=self.instrument.venue,
            side=Side.BUY,
            size=rng.choice(SIZES),
            price=price // tick * tick,
            time_in_force=TimeInForce.IOC if takes else TimeInForce.GTC,
        )


async def trade(service: AccountService, platform: Platform, scene: Scene, rng: random.Random) -> None:
    """Order and cancel as fast as it goes, several at once, until somebody ends us."""
    venue = scene.instrument.venue
    await service.process(Arm(venue))

    async def hand() -> None:
        while True:
            scene.show(platform)
            try:
                await service.process(PlaceOrder(scene.request(rng)))
            except OmegaError:
                await asyncio.sleep(0.01)
                # A busy machine stands still now and then, which disarms.
                with contextlib.suppress(OmegaError):
                    await service.process(Arm(venue))
            working = [o for o in service.orders.values() if o.status is OrderStatus.ACCEPTED]
            if working and rng.random() < 0.5:
                await service.process(CancelOrder(venue, rng.choice(working).request.client_order_id))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(hand())


async def live(plan: dict[str, str], seed: str) -> None:
    rng = random.Random(seed)
    clock = SystemClock()
    platform = Platform(LocalBus(), clock)
    account = ExchangeAccount(
        venue="here",
        exchange_id=plan["exchange"],
        account_type=plan["account_type"],
        credentials={name: Secret(plan[name]) for name in ("apiKey", "secret", "password") if name in plan},
        loopback=plan["url"],
    )
    session = CcxtSession(account, clock=clock, cache=None, progress=lambda _text: None)
    service = AccountService(
        platform,
        AccountParts(
            broker=CcxtBroker(session, is_live=False),
            journal=Journal(Path(plan["folder"]), clock),
            risk=ROOM,
            data_limits=DataLimits(),
            timing=TIMING,
        ),
        rng=rng,
    )
    registry = ServiceRegistry()
    registry.register(service)
    await registry.start(service)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(service.run())
        book = await CcxtMarketData(session).fetch_book(plan["instrument"])
        scene = Scene(session.instrument(plan["instrument"]), book)
        scene.show(platform)
        # A market that is new to the account can be traded once its holdings were asked for.
        untold = service._account.new_markets.untold
        await until(platform, lambda: is_settled(service) and not untold)
        say({"pid": os.getpid(), "orders": view_of(service)})
        if await asyncio.to_thread(read_line) == "trade\n":
            await trade(service, platform, scene, rng)
        running.cancel()
    await registry.stop(service)
    await session.close()


def main(plan: dict[str, str]) -> None:
    importlib.import_module("ccxt.pro")
    # On loopback nothing comes later: an order that did not arrive need not be waited for as at the real one.
    ccxt_broker.LATENESS_S = {plan["exchange"]: TIMING.quarantine_s}
    serve(plan, live)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
