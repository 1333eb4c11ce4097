"""The gate in front of every REST path: who may come in at all, and answers that go wrong on request."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from omega_tui.sim.faults import Fault, FaultKind, FaultPlan
from omega_tui.sim.loopback import LOOPBACK_NAMES
from omega_tui.sim.venue import Venue

VENUE_ORIGIN: Final = "https://polymarket.com"
"""What programs name that want to look like the venue's own page."""

HTML: Final = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"

_WORDS: Final = {
    425: "matching engine is restarting, please retry",
    429: "Too Many Requests",
    500: "Internal server error",
    503: "Trading is currently disabled. Check polymarket.com for updates",
}

AFTER: Final = (
    FaultKind.ACCEPT_THEN_RESET,
    FaultKind.ACCEPT_THEN_CUT,
    FaultKind.ACCEPT_THEN_HTML,
    FaultKind.ACCEPT_THEN_STATUS,
    FaultKind.FILL_BEFORE_ACK,
    FaultKind.TRICKLE,
    FaultKind.SLOW,
)
"""What may happen once a request was served."""

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """Middleware. Browsers and foreign host names are turned away; the rest meets the faults in force.

    Some WebSocket libraries name the address they connect to as their origin; no page of a browser can, since
    the venue serves none.
    """

    def __init__(
        self, venue: Venue, plan: FaultPlan, *, catch_up: Callable[[], None], flush: Callable[[], None]
    ) -> None:
        self._venue = venue
        self._plan = plan
        self._catch_up = catch_up
        self._flush = flush

    async def __call__(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """Serve one request."""
        if request.headers.get("Origin", VENUE_ORIGIN) not in {VENUE_ORIGIN, f"http://{request.host}"}:
            return web.json_response({"error": "browsers are not served"}, status=403)
        if request.url.host not in LOOPBACK_NAMES:
            return web.json_response({"error": "only loopback names are served"}, status=403)
        self._catch_up()
        if not self._plan or request.path.startswith(("/admin", "/ws/")):
            return await self._served(request, handler)
        return await self._faulty(request, handler)

    async def _served(self, request: web.Request, handler: Next) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPMethodNotAllowed as wrong:
            if request.method == "OPTIONS":
                return web.Response(status=204, headers={"Allow": wrong.headers["Allow"]})
            return _refused(wrong)
        except web.HTTPError as wrong:
            return _refused(wrong)
        finally:
            self._flush()

    async def _faulty(self, request: web.Request, handler: Next) -> web.StreamResponse:
        refused = self._fires(FaultKind.STATUS, request)
        if refused is not None:
            return _status(refused)
        if self._fires(FaultKind.RESET, request):
            reset(request)
            return web.Response(status=500)
        response = await self._served(request, handler)
        for kind in AFTER:
            fault = self._fires(kind, request)
            if fault is not None:
                return await spoil(request, response, fault, status=_status)
        return response

    def _fires(self, kind: FaultKind, request: web.Request) -> Fault | None:
        return self._plan.fires(kind, at_ns=self._venue.now_ns, path=f"{request.method} {request.path}")


def _refused(wrong: web.HTTPError) -> web.Response:
    """Return a refusal of the server itself, as an object with a sentence like every other one."""
    headers = {"Allow": wrong.headers["Allow"]} if "Allow" in wrong.headers else None
    return web.json_response({"error": wrong.reason.lower()}, status=wrong.status, headers=headers)


def reset(request: web.Request) -> None:
    """End the connection of a request with RST, at once."""
    transport = request.transport
    if transport is None:
        return
    peer = transport.get_extra_info("socket")
    if peer is not None:
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _status(fault: Fault) -> web.Response:
    status = fault.status or 503
    headers = {"Retry-After": str(int(fault.seconds))} if fault.seconds else None
    if fault.body:
        kind = "application/json" if fault.body.startswith(("{", "[")) else "text/html"
        return web.Response(status=status, text=fault.body, content_type=kind, headers=headers)
    return web.json_response({"error": _WORDS.get(status, "error")}, status=status, headers=headers)


async def spoil(
    request: web.Request,
    response: web.StreamResponse,
    fault: Fault,
    *,
    status: Callable[[Fault], web.Response],
) -> web.StreamResponse:
    """Return what is answered in the place of `response`, which tells what really happened.

    Args:
        request: What was served.
        response: The honest answer.
        fault: One of `AFTER`.
        status: Makes the answer of a fault that is a status.
    """
    match fault.kind:
        case FaultKind.ACCEPT_THEN_RESET:
            reset(request)
        case FaultKind.ACCEPT_THEN_HTML:
            return web.Response(status=200, text=fault.body or HTML, content_type="text/html")
        case FaultKind.ACCEPT_THEN_STATUS:
            return status(fault)
        case FaultKind.ACCEPT_THEN_CUT if isinstance(response, web.Response):
            return await _in_part(request, response)
        case FaultKind.TRICKLE if isinstance(response, web.Response):
            return await _trickle(request, response, fault.seconds)
        case _:
            await asyncio.sleep(fault.seconds or 0.3)
    return response


async def _in_part(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Promise the whole body, send half of it, and end the connection."""
    partial, body = await _begin(request, response)
    await partial.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return partial


async def _trickle(request: web.Request, response: web.Response, pause_s: float) -> web.StreamResponse:
    """Send the body byte by byte."""
    partial, body = await _begin(request, response)
    for position in range(len(body)):
        await partial.write(body[position : position + 1])
        await asyncio.sleep(pause_s)
    return partial


async def _begin(request: web.Request, response: web.Response) -> tuple[web.StreamResponse, bytes]:
    """Send the headers of `response`; return what the body can be written to, and the body."""
    body = response.body if isinstance(response.body, bytes) else b"{}"
    partial = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    partial.content_length = len(body)
    await partial.prepare(request)
    return partial, body
