"""Who is served by an embedded venue, and where it listens: loopback only, and no browser."""

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
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SimError(f"port {port} on {host} is in use by another program") from error
        raise SimError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    return int(runner.addresses[0][1])
