"""The link of this process to a Redis server: events out, others' events in, requests both ways.

It is a tap and never on the order path: what it does not manage is counted and shown, and everything comes
back by itself. The parts live in `omega_tui.bus`; here is who runs them.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Final, Protocol

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from omega_tui import __version__
from omega_tui.bus.card import CARD_EXPIRES_S, Card, ServiceStatus, encode_card
from omega_tui.bus.codec import VERSION, seal
from omega_tui.bus.redis_bus import RedisBus
from omega_tui.bus.redis_inlet import Inlet
from omega_tui.bus.redis_outlet import HEARTBEAT_S
from omega_tui.bus.redis_requests import WAIT_MS, RequestClient, RequestServer
from omega_tui.bus.redis_server import ANSWER_S, BACKOFF_FIRST_S, BACKOFF_MOST_S, TROUBLES, is_canceled, words
from omega_tui.domain.commands import Arm, Command, Disarm
from omega_tui.domain.events.status import Alert, ServiceState, Severity
from omega_tui.errors import BusError, ConfigError, OmegaError, RequestRefused, ServiceError, StateError
from omega_tui.services.base import LIVE_STATES, Platform, Service
from omega_tui.services.follower import Follower

OWNER_EXPIRES_MS: Final = 4_000
"""How long a name stays taken when its process is killed."""

PRESENCE_EXPIRES_MS: Final = 3_000
"""How long a screen that armed may be silent before what it armed is disarmed."""

HEALTHY_S: Final = 5.0
"""A connection that held so long is followed by the shortest pause."""

PICTURE_EVERY_S: Final = 1.0
"""How often those who join can make us tell everything once more, at most."""

REFUSAL_ALERT_NS: Final = 1_000_000_000
"""Refused requests raise one alert in this time, at most; all of them are counted and in the log."""


class Host(Protocol):
    """The process that a link serves. Everything but `dispatch` returns at once."""

    async def dispatch(self, command: Command) -> object:
        """Carry out a command; what it returns is the answer."""
        ...

    def publish_picture(self) -> None:
        """Publish what a reader that starts now must know."""
        ...

    def statuses(self) -> Sequence[ServiceStatus]:
        """Return how every service is."""
        ...


class BusLink(Service):
    """Runs the link of one `RedisBus`.

    Args:
        platform: Its bus is the `RedisBus`.
        bus: The same.
        host: Whom it serves.

    Attributes:
        followers: By followed process; what is known of it here.

    Raises:
        ConfigError: Commands are accepted without a shared key.
    """

    name = "bus"

    def __init__(self, platform: Platform, bus: RedisBus, host: Host) -> None:
        super().__init__(platform)
        self._bus = bus
        self._host = host
        self._started_ns = platform.clock.now_ns()
        self._told_ns: int | None = None
        self._armed_by: set[str] = set()
        self._clients = AsyncExitStack()
        choice, key = bus.choice, bus.choice.key_bytes()
        self.followers = {
            process: Follower(process, bus, platform.clock, commands=key is not None)
            for process in choice.follow
        }
        self._inlets = {
            process: Inlet(bus.names, process, reader, time=bus.time, key=key, wants_raw=choice.wants_raw)
            for process, reader in self.followers.items()
        }
        self._requests = None if key is None else RequestClient(bus.names, bus.origin, key=key, time=bus.time)
        self._server: RequestServer | None = None
        if choice.accepts_commands:
            if key is None:
                raise ConfigError(
                    source="", key="bus.key_file", found="no shared key", allowed="a key, to accept commands"
                )
            self._server = RequestServer(
                bus.names,
                choice.process,
                key=key,
                time=bus.time,
                dispatch=self._dispatch,
                refused=self._refused,
            )

    # ------------------------------------------------------------------------------ what code may use

    async def ask(self, command: Command, *, to: str, good_for_s: float = 5.0) -> msgspec.Raw:
        """Ask another process; see `RequestClient.ask`.

        Raises:
            StateError: There is no shared key.
            BusError: The server cannot be reached; nothing was asked.
        """
        if self._requests is None:
            raise StateError("another process can be asked only with a shared key (bus.key_file)")
        if self._bus.outlet.trouble:
            raise BusError(f"nothing was asked: {self._bus.outlet.trouble}")
        return await self._requests.ask(self._bus.client, command, to=to, good_for_s=good_for_s)

    # ------------------------------------------------------------------------------ life cycle

    async def initialize(self) -> None:
        """Make ready; the server is reached for in `run`, which goes on trying."""
        await self._clients.aclose()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(group, lambda: self._serve(group), self._lost), name="bus link")
            for process, inlet in self._inlets.items():
                client = await self._new_client()
                follow, lost = self._following(inlet, client), self.followers[process].lost
                group.create_task(self._keep(group, follow, lost), name=f"bus follows {process}")
            if self._requests is not None:
                client = await self._new_client(answer_s=WAIT_MS / 1_000 + ANSWER_S)
                hear = self._hearing(self._requests, client)
                group.create_task(self._keep(group, hear, lambda _: None), name="bus answers")

    async def shutdown(self) -> None:
        if not self._bus.outlet.trouble:
            names, process = self._bus.names, self._bus.choice.process
            with suppress(*TROUBLES):  # They go by themselves.
                await self._bus.client.delete(names.card(process), names.owner(process))
        await self._clients.aclose()
        await self._bus.client.aclose()
        await asyncio.sleep(0)  # The library closes its sockets on the next turn of the loop.

    def metrics(self) -> dict[str, float]:
        outlet, server = self._bus.outlet, self._server
        values = {
            "frames_sent_total": float(outlet.sent_frames),
            "events_sent_total": float(outlet.sent_events),
            "events_dropped_total": float(outlet.dropped),
            "calls_refused_total": float(outlet.refused),
            "events_waiting": float(outlet.waiting),
            "server_ms": self._bus.time.round_trip_ns / 1e6,
        }
        if server is not None:
            values["requests_total"] = float(server.handled)
            values["requests_refused_total"] = float(server.refused)
        for process, inlet in self._inlets.items():
            values |= {
                f"{process}_events_total": float(inlet.events),
                f"{process}_gaps_total": float(inlet.gaps),
                f"{process}_foreign_total": float(inlet.foreign),
                f"{process}_latency_ms": inlet.latency_ms,
            }
        return values

    def configuration(self) -> dict[str, str]:
        choice = self._bus.choice
        return {
            "server": choice.address.shown,
            "process": choice.process,
            "prefix": choice.space,
            "sealed": str(choice.key is not None).lower(),
            "accepts_commands": str(choice.accepts_commands).lower(),
            "follows": ", ".join(choice.follow),
        }

    # ------------------------------------------------------------------------------ inside

    async def _new_client(self, *, answer_s: float = ANSWER_S) -> Redis:
        client = self._bus.choice.address.client(answer_s=answer_s)
        self._clients.push_async_callback(client.aclose)
        return client

    async def _keep(
        self, group: asyncio.TaskGroup, attempt: Callable[[], Awaitable[None]], lost: Callable[[str], None]
    ) -> None:
        """Attempt again and again, with growing pauses, whatever the server does."""
        loop = asyncio.get_running_loop()
        pause_s = BACKOFF_FIRST_S
        while not is_canceled():
            began = loop.time()
            reason = await group.create_task(_reason_of(attempt), name="bus attempt")
            if is_canceled():
                break
            lost(reason)
            if loop.time() - began > HEALTHY_S:
                pause_s = BACKOFF_FIRST_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, BACKOFF_MOST_S)

    def _lost(self, reason: str) -> None:
        self._bus.outlet.trouble = reason
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED, reason)

    def _found(self) -> None:
        """The server is there: tell everything, since it may have forgotten."""
        self._judge()
        self._host.publish_picture()

    def _judge(self) -> None:
        trouble = self._bus.outlet.trouble
        if self.state in LIVE_STATES:
            self.enter(ServiceState.DEGRADED if trouble else ServiceState.RUNNING, trouble)

    async def _serve(self, carrying: asyncio.TaskGroup) -> None:
        try:
            await self._link(carrying)
        finally:
            await self._disarm("the bus to the screen that armed is down")

    async def _link(self, carrying: asyncio.TaskGroup) -> None:
        writing = self._bus.client
        await self._bus.time.measure(writing)
        await self._own_name(writing)
        if self._server is not None:
            self._server.begin()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            group.create_task(self._bus.outlet.run(writing, self._found), name="bus outlet")
            group.create_task(self._show_card(writing), name="bus card")
            group.create_task(self._hear_wishes(writing), name="bus wishes")
            if self._requests is not None and self._server is None:
                group.create_task(self._say_present(writing), name="bus presence")
            if self._server is not None:
                reading = self._bus.choice.address.client(answer_s=WAIT_MS / 1_000 + ANSWER_S)
                stack.push_async_callback(reading.aclose)
                group.create_task(self._server.run(reading, writing, carrying), name="bus requests")

    async def _own_name(self, client: Redis) -> None:
        """Take our name, or keep it.

        Raises:
            ServiceError: Another running process has it.
        """
        key, origin = self._bus.names.owner(self._bus.choice.process), self._bus.origin
        if await client.set(key, origin, nx=True, px=OWNER_EXPIRES_MS):
            return
        owner = await client.get(key)
        if owner == origin.encode():
            await client.pexpire(key, OWNER_EXPIRES_MS)
        elif owner is not None:
            taken = self._bus.choice.process
            raise ServiceError(f"another process is called {taken} on this bus; give this one another name")

    async def _show_card(self, client: Redis) -> None:
        """Say once a second who we are and how our services do; keep the name."""
        choice = self._bus.choice
        while not is_canceled():
            card = Card(
                VERSION,
                choice.process,
                self._bus.origin,
                os.getpid(),
                socket.gethostname(),
                __version__,
                self._started_ns,
                self._bus.time.offset_ns,
                choice.venue,
                choice.is_live,
                choice.accepts_commands,
                tuple(self._host.statuses()),
            )
            text = seal(encode_card(card), choice.key_bytes())
            with suppress(ResponseError):  # A full server is told by the outlet, and is no reason to leave.
                await client.set(self._bus.names.card(choice.process), text, ex=CARD_EXPIRES_S)
            await asyncio.sleep(HEARTBEAT_S)
            with suppress(ResponseError):
                await self._own_name(client)
            self._judge()
            for origin in tuple(self._armed_by):
                if not await client.exists(self._bus.names.presence(origin)):
                    await self._disarm("the screen that armed is gone")

    async def _hear_wishes(self, client: Redis) -> None:
        """Tell everything once more when somebody who joined asks for it."""
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(self._bus.names.wishes(self._bus.choice.process))
            while not is_canceled():
                if await pubsub.get_message(ignore_subscribe_messages=True, timeout=HEARTBEAT_S) is None:
                    continue
                while await pubsub.get_message(ignore_subscribe_messages=True, timeout=0) is not None:
                    pass  # One picture answers all who have asked by now.
                self._host.publish_picture()
                await asyncio.sleep(PICTURE_EVERY_S)
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _dispatch(self, command: Command, origin: str) -> object:
        """Carry out a request, and remember whose screen must be there while something is armed."""
        result = await self._host.dispatch(command)
        if isinstance(command, Arm):
            self._armed_by.add(origin)
        return result

    async def _disarm(self, reason: str) -> None:
        """Let no new order leave: who armed from afar can no longer see what they trade on."""
        if self._armed_by:
            self._armed_by.clear()
            with suppress(OmegaError):  # An exchange service that does not run has nothing armed.
                await self._host.dispatch(Disarm(None, reason))

    async def _say_present(self, client: Redis) -> None:
        """Say that a screen is here, for as long as it is."""
        while not is_canceled():
            await client.set(self._bus.names.presence(self._bus.origin), b"1", px=PRESENCE_EXPIRES_MS)
            await asyncio.sleep(HEARTBEAT_S)

    def _following(self, inlet: Inlet, client: Redis) -> Callable[[], Awaitable[None]]:
        return lambda: inlet.run(client)

    def _hearing(self, requests: RequestClient, client: Redis) -> Callable[[], Awaitable[None]]:
        return lambda: requests.run(client)

    def _refused(self, error: RequestRefused) -> None:
        now_ns = self.platform.clock.mono_ns()
        if self._told_ns is None or now_ns - self._told_ns >= REFUSAL_ALERT_NS:
            self._told_ns = now_ns
            text = f"A request over the bus was refused ({error.code}): {error}."
            alert = Alert(self.platform.clock.now_ns(), Severity.WARNING, "BUS_REQUEST", text)
            self.platform.bus.publish(alert)


async def _reason_of(attempt: Callable[[], Awaitable[None]]) -> str:
    """Return why an attempt ended.

    It is a task of its own: a task group (3.11) whose child fails leaves a cancellation behind in its task,
    which would look like one that was asked for.
    """
    reason = "the link ended"
    try:
        await attempt()
    except* TROUBLES as group:
        reason = words(_first(group))
    return reason


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
