"""The engine as a process of its own, and the screen's end of the pair of sockets between the two.

With both in one process, screen and engine take turns at one interpreter: of the time from a key to its order
on the wire, half was waiting for the other one (`benchmarks/key_to_wire.py`).
"""

import asyncio
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

import msgspec

from omega_tui.bus.codec import decode_event, encode_command
from omega_tui.bus.pipe import Asked, Kind, Restarted, Splitter, Stopped, frame
from omega_tui.bus.requests import read_answer, refusal
from omega_tui.bus.silence import LastHeard
from omega_tui.clock import Clock
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import OutcomeUnknown, ServiceError, ServiceStateError
from omega_tui.secret import Redactor

log = logging.getLogger(__name__)

STOP_S: Final = 12.0
"""How long leaving waits for the engine's end. Longer than `runtime.engine.JOIN_TIMEOUT_S`."""
REAP_S: Final = 0.1
"""How long a process whose socket has closed may take to be gone."""
MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait for an engine that does not read; then nothing more is asked of it."""
READ_SIZE: Final = 1 << 18

WITHOUT_ENGINE: Final = "`omega-tui cancel --all` cancels, the console started anew shows what there is"
"""What a trader can do when the engine is gone."""

Serve = Callable[[socket.socket], None]
"""Runs an engine on its end of a pair of sockets, in the process of its own, until that is over."""


class EngineProcess:
    """The engine's process, from the screen's. Forked: made before this process has any thread.

    Its standard streams are nobody's, and the signals of the terminal do not reach it: it ends with the
    screen, when the socket does.

    Attributes:
        socket: The screen's end.
    """

    def __init__(self, serve: Serve) -> None:
        self.socket, theirs = socket.socketpair()
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            code = 1
            try:
                self.socket.close()
                _leave_terminal()
                serve(theirs)
                code = 0
            except BaseException:
                log.exception("the engine's process ended on an error")
            finally:
                os._exit(code)
        theirs.close()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._pid

    def stop(self) -> bool:
        """Let the services stop in reverse order and end the process. Return whether it ended in time.

        A second call does nothing.
        """
        if self.socket.fileno() < 0:
            return True
        deadline = time.monotonic() + STOP_S
        try:
            self.socket.setblocking(False)
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has ended, or never began.
        while (left := deadline - time.monotonic()) > 0:
            # What it still tells is read, or it would wait for that instead of ending.
            if select.select([self.socket], [], [], left)[0] and not self._read():
                break
        in_time = self._reaped(max(0.5, deadline - time.monotonic()))
        if not in_time:
            os.kill(self._pid, signal.SIGKILL)
            self._reaped(STOP_S)
        self.socket.close()
        return in_time

    def ended(self) -> str:
        """Return how the process ended, for people; empty while it runs."""
        if not self._reaped(REAP_S):
            return ""
        code = os.waitstatus_to_exitcode(self._status or 0)
        return f"by the signal {signal.Signals(-code).name}" if code < 0 else f"with the code {code}"

    def _read(self) -> bool:
        try:
            return bool(self.socket.recv(READ_SIZE))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _reaped(self, timeout_s: float) -> bool:
        """Wait for its end. Return whether it has."""
        deadline = time.monotonic() + timeout_s
        while self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = status
            elif time.monotonic() >= deadline:
                return False
            else:
                time.sleep(0.01)
        return True


def _leave_terminal() -> None:
    """Keep nothing of the terminal: not its streams, nor what it signals to all who were started in it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.close(nothing)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTSTP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Whoever ends it gives no terminal back.


class ProcessBackend:
    """The engine of another process, as the screen knows it. See `ui.backend.Backend`.

    Everything is done on the screen's loop: what was told is read when it comes, and handed over when the
    screen looks.

    Args:
        process: The engine's.
        clock: Ours; that of the engine, too.
        venue: Where new orders go.
        is_live: Whether real money is behind it.
        redactor: Learns the secrets that the engine knows.
        painted: Called once, when the engine begins.
    """

    def __init__(  # noqa: PLR0913 - a composition
        self,
        process: EngineProcess,
        clock: Clock,
        *,
        venue: str,
        is_live: bool,
        redactor: Redactor,
        painted: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock
        self.venue = venue
        self.is_live = is_live
        self.is_replay = False
        self._process = process
        self._socket = process.socket
        self._socket.setblocking(False)
        self._redactor = redactor
        self._painted = painted
        self._splitter = Splitter()
        self._last_heard = LastHeard()
        self._told: list[Event] = []
        self._untaken = 0
        self._unsent = bytearray()
        self._number = 0
        self._looked_at: list[str] = []
        self._asked: dict[str, Future[object]] = {}
        self._stopped: dict[str, Future[None]] = {}
        self._why_not = "the engine is still starting"
        self._has_begun = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_words: list[Event] = []

    @property
    def service_names(self) -> Sequence[str]:
        return tuple(self._stopped)

    @property
    def asked(self) -> int:
        """How often something was asked of the engine."""
        return self._number

    def begin(self) -> None:
        """Have the engine begin, once, while the screen still makes its first picture.

        What it tells until `start` waits in the socket, which bounds it; nothing can be asked of it yet.
        """
        if not self._has_begun:
            self._has_begun = True
            with suppress(OSError):  # It has ended already, as whoever reads will find.
                self._socket.send(frame(Kind.BEGIN))

    def start(self) -> None:
        if self._loop is None:
            self._painted()
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._socket.fileno(), self._receive)
            self._why_not = ""
            self.begin()

    def drain(self) -> Sequence[Event]:
        self._receive()
        events, self._told = self._told, []
        if self._last_words:
            events += self._last_words
            self._last_words = []
        if self._untaken:
            self._send(frame(Kind.TAKEN, self._untaken))
            self._untaken = 0
        return events

    def look_at(self, instruments: Collection[str]) -> None:
        wanted = sorted(instruments)
        if wanted != self._looked_at and not self._why_not:
            self._looked_at = wanted
            self._send(frame(Kind.LOOKED_AT, wanted))

    def dispatch(self, command: Command) -> Future[object]:
        self._number += 1
        asked = Asked(self._number, self.clock.mono_ns(), msgspec.Raw(encode_command(command)))
        return self._ask(frame(Kind.COMMAND, asked))

    def serve(self, name: str) -> Future[None]:
        future = self._stopped.setdefault(name, Future())
        if self._has_ended and not future.done():
            future.set_exception(ServiceStateError(self._why_not))
        return future

    def restart(self, name: str) -> Future[object]:
        self._number += 1
        return self._ask(frame(Kind.RESTART, Restarted(self._number, name)))

    def _ask(self, data: bytes) -> Future[object]:
        future: Future[object] = Future()
        if self._why_not:
            future.set_exception(ServiceStateError(self._why_not))
        elif len(self._unsent) > MOST_UNSENT:
            future.set_exception(ServiceStateError("the engine does not read: nothing was asked of it"))
        else:
            self._asked[str(self._number)] = future
            self._send(data)
        return future

    # ------------------------------------------------------------------------------ the socket

    def _send(self, data: bytes) -> None:
        """Send now what the socket takes, and the rest when it takes more."""
        if self._why_not or self._loop is None:
            return
        if not self._unsent:
            data = data[self._written(data) :]
            if data and not self._why_not:
                self._loop.add_writer(self._socket.fileno(), self._send_rest)
        self._unsent += data

    def _send_rest(self) -> None:
        del self._unsent[: self._written(self._unsent)]
        if not self._unsent and self._loop is not None:
            self._loop.remove_writer(self._socket.fileno())

    def _written(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._end()
            return 0

    def _receive(self) -> None:
        """Take all that is there: answers now, events at the next look."""
        while not self._why_not:
            try:
                data = self._socket.recv(READ_SIZE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._end()
                return
            for kind, body in self._splitter.feed(data):
                self._take(kind, body)

    def _take(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.EVENTS:
                self._untaken += 1
                self._told += self._read(body)
            case Kind.ANSWER:
                answer = read_answer(body, None)
                future = self._asked.pop(answer.nonce)
                if not future.set_running_or_notify_cancel():
                    return
                if answer.done:
                    future.set_result(answer.result)
                else:
                    future.set_exception(refusal(answer))
            case Kind.STOPPED:
                stopped = msgspec.json.decode(body, type=Stopped)
                end = self._stopped.setdefault(stopped.service, Future())
                if stopped.reason:
                    end.set_exception(ServiceError(stopped.reason))
                else:
                    end.set_result(None)
            case Kind.SECRETS:
                self._redactor.learn(msgspec.json.decode(body, type=list[str]))
            case _:
                log.error("the engine sent a frame of the kind %s", kind)

    def _read(self, batch: bytes) -> Iterator[Event]:
        """Read what was told, as soon as it has come: a frame that is drawn later has the less to do."""
        for text in msgspec.json.decode(batch, type=list[msgspec.Raw]):
            event = decode_event(text, plain=True)
            if event is not None:
                self._last_heard.took(event)
                yield event

    @property
    def _has_ended(self) -> bool:
        return self._loop is not None and bool(self._why_not)

    def _end(self) -> None:
        """Let everything look as what it is without an engine: of no use to trade on."""
        if self._has_ended or self._loop is None:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        why = f"the engine ended {self._process.ended() or 'without a word'}"
        self._why_not = f"{why}: {WITHOUT_ENGINE}"
        log.error("%s", why)
        stays = "Orders stay at the venue, nothing held here is watched"
        text = f"{why[0].upper()}{why[1:]}. {stays}: {WITHOUT_ENGINE}."
        alert = Alert(self.clock.now_ns(), Severity.ALARM, "ENGINE", text)
        self._last_words = [*self._last_heard.ended(why), alert]
        for waiting in self._asked.values():
            if waiting.set_running_or_notify_cancel():
                waiting.set_exception(OutcomeUnknown(f"{why} before it answered"))
        self._asked.clear()
        for stopped in self._stopped.values():
            if not stopped.done():
                stopped.set_exception(ServiceStateError(why))
