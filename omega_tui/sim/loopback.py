"""Who is served by an embedded venue, and where it listens: loopback only, and no browser."""

import asyncio
import errno
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from aiohttp import web

from omega_tui.errors import SimError

LOOPBACK: Final = "127.0.0.1"
LOOPBACK_NAMES: Final = frozenset({LOOPBACK, "localhost", "::1", "[::1]"})


class Heard(NamedTuple):
    """What a client sent, as it arrived: signatures and keys included.

    Attributes:
        method: Of a request, in capitals; `WS` for a frame, `OPEN` for a new WebSocket.
        path: With the host that was meant as its first segment.
        query: Of a request.
        body: Of a request, or the frame.
    """

    method: str
    path: str
    query: str
    body: str


Ear = Callable[[Heard], None]
"""Is told everything that clients send, before it is served."""


def turned_away(request: web.Request) -> web.Response | None:
    """Return the answer to those who are not served: browsers, and who asks for another host."""
    if "Origin" not in request.headers and request.url.host in LOOPBACK_NAMES:
        return None
    return web.Response(status=403, text="only programs on this machine are served")


async def listening(stack: AsyncExitStack, app: web.Application, port: int, *, host: str = LOOPBACK) -> int:
    """Serve `app` on an address of this machine until the stack is closed; return the port.

    Raises:
        SimError: The port is in use, or cannot be had.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server is not None  # It is there once the runner is set up.
    try:
        server = await asyncio.get_running_loop().create_server(runner.server, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SimError(f"port {port} on {host} is in use by another program") from error
        raise SimError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    stack.push_async_callback(_take_no_more, server)
    return int(server.sockets[0].getsockname()[1])


async def _take_no_more(server: asyncio.Server) -> None:
    """Accept no more clients, and let those that were accepted in this turn of the loop reach their server.

    asyncio leaves the socket of a client to the interpreter if the server is closed between the two.
    """
    for listener in server.sockets:
        asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0)
    server.close()
