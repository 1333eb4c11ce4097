"""The engine's end of the pair of sockets between the two processes of a console."""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Final, cast

import msgspec

from omega_tui.bus.codec import decode_command, encode_event
from omega_tui.bus.held_back import HeldBack
from omega_tui.bus.local import LocalSubscription
from omega_tui.bus.pipe import Asked, Kind, Restarted, Splitter, Stopped, frame
from omega_tui.bus.requests import answer_done, answer_refused
from omega_tui.bus.silence import LastHeard
from omega_tui.clock import Clock
from omega_tui.domain.alert_messages import ALERT_EVENTS
from omega_tui.domain.commands import (
    AmendOrder,
    AmendProgram,
    Arm,
    Command,
    Disarm,
    PlaceOrder,
    ResumeProgram,
    StartProgram,
)
from omega_tui.domain.events.screen import SCREEN_EVENTS
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import OmegaError, RequestRefused, SubscriberOverrun
from omega_tui.runtime.engine import UNREAD_LIMIT, Engine
from omega_tui.runtime.orders_first import OrdersFirst
from omega_tui.runtime.supervisor import spoken
from omega_tui.secret import Redactor
from omega_tui.units import NS_PER_S

log = logging.getLogger(__name__)

LATE_NS: Final = 2 * NS_PER_S
"""An order that waited so long to be taken is not what the trader sees."""
BOUND_TO_THE_MOMENT: Final = (PlaceOrder, AmendOrder, StartProgram, AmendProgram, ResumeProgram, Arm)
"""What is refused when it is late. A cancel, a disarm and a kill never are."""

SILENT_NS: Final = 3 * NS_PER_S
"""A screen that takes nothing for so long shows nothing true: what it armed is disarmed."""

MOST_AT_ONCE: Final = 1 << 20
"""Bytes of events in one frame, roughly."""
EARLY_S: Final = 0.008
"""What was published is told so long before the screen will look, and no sooner."""


class ScreenLink(asyncio.Protocol):
    """Tells the screen what is published, and has carried out what it asks for.

    Events are told once per frame of the screen, shortly before it looks: what would be replaced before
    anybody sees it is never encoded. Answers are told at once.

    Overflow: pictures replace each other; a screen that leaves more than `UNREAD_LIMIT` facts unread starts
    afresh from the services' pictures.

    Args:
        engine: Whose end this is; runs on the same loop.
        clock: What time it is.
        frame_s: How often the screen looks.
        redactor: Learns secrets when venues are opened; the screen is told, for its log and its history.
        leaves: Called once, when the engine is to end.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        frame_s: float,
        redactor: Redactor,
        leaves: Callable[[], object] = lambda: None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._pause_ns = max(0, round((frame_s - EARLY_S) * NS_PER_S))
        self._redactor = redactor
        self._leaves = leaves
        self._known = 0
        self._splitter = Splitter()
        self._inbox = self._subscribe()
        self._told = LastHeard()
        self._held_back = HeldBack()
        self._orders_first = OrdersFirst(engine.registry)
        self._untaken = 0
        self._all_taken = asyncio.Event()
        self._all_taken.set()
        self._taken_ns = clock.mono_ns()
        self._began = asyncio.Event()
        self._gone = asyncio.Event()
        self._closed = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._group: asyncio.TaskGroup | None = None
        self._served: set[str] = set()

    def _subscribe(self) -> LocalSubscription:
        bus = self._engine.platform.bus
        return cast("LocalSubscription", bus.subscribe(*SCREEN_EVENTS, *ALERT_EVENTS, limit=UNREAD_LIMIT))

    # ------------------------------------------------------------------------------ life

    async def run(self) -> None:
        """Run the engine from when the screen wants it to until the screen is gone, or asks no more."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            tasks = [
                group.create_task(self._keep_telling(), name="screen told"),
                group.create_task(self._watch_screen(), name="screen watched"),
                group.create_task(self._end_with_screen(), name="screen gone"),
            ]
            await self._began.wait()
            if not self._gone.is_set():
                await self._engine.run()
            if self._engine.failure is not None:
                why = f"the engine ended: {spoken(self._engine.failure)}"
                for event in self._told.ended(why):
                    self._engine.platform.bus.publish(event)
            self.flush()
            await self._gone.wait()  # An engine that failed still says so to whoever asks.
            self._group = None
            for task in tasks:
                task.cancel()
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()

    def leave(self) -> None:
        """End as when the screen is gone; for a signal, too."""
        if not self._gone.is_set():
            self._leaves()
        self._gone.set()
        self._began.set()

    async def _keep_telling(self) -> None:
        while True:
            await self._tell()
            await asyncio.sleep(0)

    async def _end_with_screen(self) -> None:
        await self._gone.wait()
        self._engine.end()

    async def _watch_screen(self) -> None:
        """Disarm when the screen has stopped looking: it hangs, or was stopped by a signal."""
        while True:
            await asyncio.sleep(1)
            silent_ns = self._clock.mono_ns() - self._taken_ns
            if self._untaken and silent_ns > SILENT_NS:
                why = f"the screen has stood still for {silent_ns / NS_PER_S:.0f} s"
                for venue in self._told.armed:
                    await self._carry_out(Disarm(venue, why))

    # ------------------------------------------------------------------------------ out

    async def _tell(self) -> None:
        """Tell what waits when the screen has taken what it was told before, and will look again soon."""
        await self._inbox.pending()
        await self._all_taken.wait()
        left_ns = self._taken_ns + self._pause_ns - self._clock.mono_ns()
        if left_ns > 0:
            await asyncio.sleep(left_ns / NS_PER_S)
        await self._orders_first.free()
        self.flush()

    def flush(self) -> None:
        """Tell all that waits now."""
        try:
            events = self._inbox.drain()
        except SubscriberOverrun:
            self._inbox = self._subscribe()
            self._engine.publish_picture()
            text = "The screen fell behind and starts afresh: what scrolled by in between is in the log file."
            events = [Alert(self._clock.now_ns(), Severity.WARNING, "SCREEN", text)]
        self._tell_secrets()
        size, texts = 0, list[msgspec.Raw]()
        for event in self._held_back.sift(events):
            self._told.took(event)
            encoded = encode_event(event)
            texts.append(msgspec.Raw(encoded))
            size += len(encoded)
            if size > MOST_AT_ONCE:
                self._write_events(texts)
                size, texts = 0, []
        self._write_events(texts)
        self._await_services()

    def _write_events(self, texts: list[msgspec.Raw]) -> None:
        if texts:
            if not self._untaken:
                self._taken_ns = self._clock.mono_ns()
                self._all_taken.clear()
            self._untaken += 1
            self._write(frame(Kind.EVENTS, texts))

    def _tell_secrets(self) -> None:
        forms = self._redactor.forms
        if len(forms) != self._known:
            self._known = len(forms)
            self._write(frame(Kind.SECRETS, forms))

    def _await_services(self) -> None:
        """Follow the end of every service that has come up since the last look."""
        for name in self._engine.names:
            if name not in self._served:
                self._served.add(name)
                self._engine.serve(name).add_done_callback(partial(self._stopped, name))

    def _stopped(self, name: str, done: Future[None]) -> None:
        failure = done.exception()
        self._write(frame(Kind.STOPPED, Stopped(name, spoken(failure) if failure is not None else "")))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # ------------------------------------------------------------------------------ in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def eof_received(self) -> bool:
        """Keep the other direction open: services that stop have something to tell."""
        self.leave()
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        self.leave()
        self._closed.set()

    def data_received(self, data: bytes) -> None:
        for kind, body in self._splitter.feed(data):
            self._take(kind, body)

    def _take(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.COMMAND:
                asked = msgspec.json.decode(body, type=Asked)
                command = decode_command(asked.command)
                is_urgent = self._orders_first.begin(command)
                self._spawn(self._answer(asked, command, is_urgent=is_urgent))
            case Kind.TAKEN:
                self._taken_ns = self._clock.mono_ns()
                self._untaken -= int(body)
                if self._untaken <= 0:
                    self._all_taken.set()
            case Kind.LOOKED_AT:
                self._held_back.looked_at = frozenset(msgspec.json.decode(body, type=list[str]))
            case Kind.BEGIN:
                self._began.set()
            case Kind.RESTART:
                wanted = msgspec.json.decode(body, type=Restarted)
                self._spawn(self._restart(wanted))
            case _:
                log.error("the screen sent a frame of the kind %s", kind)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        if self._group is None:
            work.close()  # The engine has ended, and the screen hears that.
        else:
            self._group.create_task(work)

    async def _answer(self, asked: Asked, command: Command, *, is_urgent: bool) -> None:
        try:
            await self._reply(asked.number, self._carried_out(asked, command))
        finally:
            if is_urgent:
                self._orders_first.end()

    async def _carried_out(self, asked: Asked, command: Command) -> object:
        late_ns = self._clock.mono_ns() - asked.asked_ns
        if late_ns > LATE_NS and isinstance(command, BOUND_TO_THE_MOMENT):
            raise RequestRefused("LATE", f"it was taken only after {late_ns / NS_PER_S:.1f} s: look again")
        return await self._engine.ask(command)

    async def _restart(self, wanted: Restarted) -> None:
        async def restart() -> None:
            self._engine.restart_soon(wanted.service)

        await self._reply(wanted.number, restart())

    async def _reply(self, number: int, work: Coroutine[None, None, object]) -> None:
        """Send what comes of `work`, whatever that is: somebody waits for it."""
        nonce = str(number)
        try:
            text = answer_done(nonce, await work, None)
        except OmegaError as error:
            text = answer_refused(nonce, error, None)
        except Exception as error:
            log.exception("a command ended in an error of the program")
            text = answer_refused(nonce, OmegaError(spoken(error)), None)
        self._write(frame(Kind.ANSWER, text))

    async def _carry_out(self, command: Command) -> None:
        try:
            await self._engine.ask(command)
        except OmegaError as error:
            log.warning("%s was refused: %s", type(command).__name__, error)


def serve_screen(  # noqa: PLR0913 - as `ScreenLink`
    engine: Engine,
    screen: socket.socket,
    clock: Clock,
    *,
    frame_s: float,
    redactor: Redactor,
    leaves: Callable[[], object],
) -> None:
    """Run an engine in this process for the screen at the other end, until that is gone; see `ScreenLink`."""

    async def serve() -> None:
        link = ScreenLink(engine, clock, frame_s=frame_s, redactor=redactor, leaves=leaves)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, link.leave)
        await loop.create_unix_connection(lambda: link, sock=screen)
        await link.run()

    threading.current_thread().name = "engine"
    asyncio.run(serve())
