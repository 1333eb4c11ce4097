"""The kill switch from outside: a socket file, for its owner alone, that a second terminal can reach.

It lives on the engine's loop, so that it works while the screen hangs. One line comes in, `kill` or
`kill all`; what the kill reports goes out, a line each, and `done` at the end. It takes nothing else.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from omega_tui.domain.commands import Command, Kill
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import OmegaError, ServiceError
from omega_tui.services.base import Platform, Service

PREFIX: Final = "kill-"
SUFFIX: Final = ".sock"
"""The file is `kill-PID.sock` in the state folder: several consoles may run."""

ASKED_WITHIN_S: Final = 2.0
"""A caller that says nothing for so long is left."""

MOST_BYTES: Final = 64
DONE: Final = "done"
MOST_ADDRESS: Final = 100
"""Bytes of a path that every system takes as the address of a socket: Linux 107, macOS 103."""


def socket_path(state: Path) -> Path:
    """Return where this process listens."""
    return state / f"{PREFIX}{os.getpid()}{SUFFIX}"


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """Yield a spelling of a socket file that fits into a socket's address, however deep its folder is.

    Raises:
        OSError: The folder cannot be opened.
    """
    if len(os.fsencode(path)) <= MOST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class KillSocket(Service):
    """Listens for a kill from another terminal.

    Args:
        platform: The bus on which a kill reports.
        path: The socket file; its folder is private.
        dispatch: Hands a command to every service that takes it.
    """

    name = "kill"

    def __init__(
        self, platform: Platform, path: Path, dispatch: Callable[[Command], Awaitable[object]]
    ) -> None:
        super().__init__(platform)
        self._path = path
        self._dispatch = dispatch
        self._socket: socket.socket | None = None

    async def initialize(self) -> None:
        """Listen.

        Raises:
            ServiceError: The file cannot be made.
        """
        await self.shutdown()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.setblocking(False)
        mask = os.umask(0o177)
        try:
            with address_of(self._path) as address:
                listening.bind(address)
            listening.listen(4)
        except OSError as error:
            listening.close()
            raise ServiceError(
                f"`omega-tui kill` cannot reach this console: {error.strerror or error}"
            ) from error
        finally:
            os.umask(mask)
        self._socket = listening

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        assert self._socket is not None, "initialized before"
        async with asyncio.TaskGroup() as group:
            while True:
                caller, _ = await loop.sock_accept(self._socket)
                group.create_task(self._answer(caller), name="kill from outside")

    async def shutdown(self) -> None:
        listening, self._socket = self._socket, None
        if listening is not None:
            listening.close()
        self._path.unlink(missing_ok=True)

    async def _answer(self, caller: socket.socket) -> None:
        """Read one line, kill if it says so, and tell what came of it. A caller that left changes nothing."""
        loop = asyncio.get_running_loop()
        with caller, suppress(OSError, TimeoutError):
            caller.setblocking(False)
            async with asyncio.timeout(ASKED_WITHIN_S):
                words = (await loop.sock_recv(caller, MOST_BYTES)).decode(errors="replace").split()
            if words not in (["kill"], ["kill", "all"]):
                await loop.sock_sendall(caller, f"there is kill, and kill all\n{DONE}\n".encode())
                return
            await self._kill(caller, everything=len(words) > 1)

    async def _kill(self, caller: socket.socket, *, everything: bool) -> None:
        loop = asyncio.get_running_loop()
        reports = self.platform.bus.subscribe(Alert)
        said: list[str] = []
        try:
            await self._dispatch(Kill("omega-tui kill", everything))
        except OmegaError as error:
            said.append(f"{Severity.ALARM} {error}")
        finally:
            told = [event for event in reports.drain() if isinstance(event, Alert) and event.code == "KILL"]
            reports.close()
        said += [f"{event.severity} {event.text}" for event in told]
        await loop.sock_sendall(caller, "".join(f"{line}\n" for line in (*said, DONE)).encode())
