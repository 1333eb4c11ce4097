"""Order programs that are killed in the middle and found again; see `test_kill_nine_programs`.

Takes one JSON object: the venue and the account. Then reads lines: `crash POINT PROGRAM` forks a child that
runs the program until it dies there, as if by kill -9; `find` forks one that finds what was left, prints it,
lets it go on for a while, ends it, and prints it again. Everything is imported once, before the first fork.
"""

import asyncio
import json
import os
import random
import sys
import time
from decimal import Decimal

from trade_until_killed import ASK, is_settled, make_service, show_market, until, view_of

from omega_tui.domain.commands import Arm, CancelProgram, PlaceOrder, ResumeProgram, StartProgram
from omega_tui.domain.orders import OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.programs import Bracket, Chase, Close, Oco, Scale, Twap
from omega_tui.domain.side import Side
from omega_tui.errors import OmegaError
from omega_tui.protocol.polymarket.auth import address_of
from omega_tui.secret import Secret
from omega_tui.services import crash_points
from omega_tui.services.registry import ServiceRegistry
from omega_tui.venues.http import HttpLimits

LONGEST_S = 40.0
"""A child that has not come to its crash point by then ends otherwise than by a kill."""

GOES_ON_S = 0.5
"""How long a program that was found goes on before it is ended."""

FAST = HttpLimits(rate=1_000, burst=1_000)
"""The venue is asked many times a second here, and a budget would make a life last longer."""

D = Decimal


def order(token, side, size, price, **changes):
    return OrderRequest(
        client_order_id="", instrument=token, venue="sim", side=side, size=D(size), price=D(price), **changes
    )


def spec_of(kind, token):
    place = {"instrument": token, "venue": "sim"}
    take = order(token, Side.SELL, 10, "0.90", reduce_only=True)
    stop = order(
        token,
        Side.SELL,
        10,
        "0.02",
        reduce_only=True,
        trigger_price=D("0.02"),
        order_type=OrderType.MARKET,
    )
    entry = order(token, Side.BUY, 10, ASK, time_in_force=TimeInForce.IOC)
    way_out = order(token, Side.SELL, 10, "0.04", time_in_force=TimeInForce.IOC, reduce_only=True)
    return {
        "scale": lambda: Scale(
            orders=tuple(order(token, Side.BUY, 10, D(2 + at) / 100) for at in range(3)), **place
        ),
        "chase": lambda: Chase(side=Side.BUY, size=D(10), limit_price=D("0.07"), seconds=60, **place),
        "twap": lambda: Twap(
            side=Side.BUY, size=D(10), limit_price=ASK, slices=2, seconds=2, cap_ticks=2, **place
        ),
        "bracket": lambda: Bracket(entry=entry, take=take, stop=stop, cap_ticks=2, **place),
        "oco": lambda: Oco(take=take, stop=stop, cap_ticks=2, **place),
        "close": lambda: Close(order=way_out, clears=False, whole=False, **place),
    }[kind]()


def told(service):
    """The orders and the programs, as they stand."""
    programs = [
        {"id": one.id, "kind": one.kind, "status": one.status.value, "reason": one.reason}
        for one in service._account.programs.programs.values()
    ]
    orders = view_of(service)
    for row, one in zip(orders, service.orders.values(), strict=True):
        row |= {"program": one.request.program, "role": one.request.role}
    return {"orders": orders, "programs": programs}


async def keep_showing(platform, token):
    """Let the bid rise now and then, so that what follows it must move."""
    for step in range(10**6):
        show_market(platform, token, f"0.0{5 + step // 6 % 2}")
        await asyncio.sleep(0.1)


async def live(plan, body):
    platform, service = make_service(plan, random.Random(plan["seed"] + str(os.getpid())), FAST)
    registry = ServiceRegistry()
    registry.register(service)
    await registry.start(service)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(service.run()),
            group.create_task(keep_showing(platform, plan["token"])),
        ]
        await until(platform, lambda: is_settled(service))
        await body(platform, service)
        for task in tasks:
            task.cancel()
    await registry.stop(service)


async def crash(plan, kind):
    token = plan["token"]

    async def body(platform, service):
        await service.process(Arm("sim"))
        if kind in {"oco", "close"}:
            bought = order(token, Side.BUY, 10, ASK, time_in_force=TimeInForce.IOC)
            await service.process(PlaceOrder(bought))
            await until(
                platform, lambda: token in service.positions and service.positions[token].quantity >= 10
            )
        if kind == "close":
            await service.process(PlaceOrder(order(token, Side.BUY, 10, "0.05")))
        await until(platform, lambda: is_settled(service))
        await service.process(StartProgram(spec_of(kind, token)))
        await asyncio.sleep(LONGEST_S)

    await live(plan, body)


async def find(plan):
    async def body(platform, service):
        say(told(service))
        await service.process(Arm("sim"))
        for name in list(service._account.programs.programs):
            await service.process(ResumeProgram("sim", name))
        ends = time.monotonic() + GOES_ON_S
        await until(platform, lambda: time.monotonic() > ends)
        for name in list(service._account.programs.programs):
            await service.process(CancelProgram("sim", name))
        await until(platform, lambda: not service._account.programs.programs and is_settled(service))
        for one in list(service._account.ledger.working.values()):
            if one.status is OrderStatus.ACCEPTED:
                service._account.canceler.request(one)
        await until(platform, lambda: not service._account.ledger.working and is_settled(service))
        say(told(service))

    await live(plan, body)


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(plan):
    # Loads the native libraries: a thread that does so must not be there when it is forked.
    address_of(Secret(plan["private_key"]))
    for line in sys.stdin:
        word, *rest = line.split()
        child = os.fork()
        if not child:
            try:
                if word == "crash":
                    crash_points._CRASH_AT, _, crash_points._nth = rest[0].partition(":")
                    asyncio.run(crash(plan, rest[1]))
                else:
                    asyncio.run(find(plan))
            except OmegaError as error:
                sys.stderr.write(f"{line.strip()}: {error}\n")
                os._exit(3)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say({"ended": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
