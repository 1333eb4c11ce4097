"""REST of the embedded Binance: who asks, what is signed, who serves it, and answers that go wrong."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from aiohttp import web

from omega_tui.errors import VenueRefused
from omega_tui.protocol.binance.refusals import KEY_INVALID, STATUSES
from omega_tui.protocol.binance.signing import request_payload
from omega_tui.protocol.binance.wire import encoded, failure
from omega_tui.sim.binance_keys import Keyring
from omega_tui.sim.binance_orders import ReplaceFailed
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_routes import KEY, PUBLIC, TRADE, Routes
from omega_tui.sim.faults import Fault, FaultKind, FaultPlan
from omega_tui.sim.rest_faults import HTML, LOOPBACK_NAMES, reset

HOST: Final = "api.binance.com"
"""The first segment of every path: who was meant."""

JSON: Final = "application/json"

MAX_BODY: Final = 256 * 1024

AFTER: Final = (
    FaultKind.ACCEPT_THEN_RESET,
    FaultKind.ACCEPT_THEN_CUT,
    FaultKind.ACCEPT_THEN_HTML,
    FaultKind.ACCEPT_THEN_STATUS,
    FaultKind.FILL_BEFORE_ACK,
    FaultKind.SLOW,
)
"""What may happen once a request was served."""

WORDS: Final = {
    418: (-1003, "Way too many requests; IP banned. Please use the websocket for live updates."),
    429: (-1003, "Too many requests; current request has limited."),
    503: (-1008, "Request throttled by system-level protection. Reduce-only orders are exempt."),
    504: (-1007, "Timeout waiting for response from backend server. Send status unknown."),
}


class Asked(NamedTuple):
    """One request.

    Attributes:
        method: In capitals.
        path: Without the host.
        query: As it arrived.
        body: As it arrived.
        api_key: Named in the header; empty for none.
    """

    method: str
    path: str
    query: str
    body: str
    api_key: str


class Rest:
    """Serves every path below the host's segment, and the same calls over WebSocket.

    Attributes:
        served: Who serves what.
    """

    def __init__(
        self,
        keys: Keyring,
        plan: FaultPlan,
        *,
        shown_ms: Callable[[], int],
        catch_up: Callable[[], None],
        flush: Callable[[], None],
    ) -> None:
        self.served: Routes = {}
        self._keys = keys
        self._plan = plan
        self._shown_ms = shown_ms
        self._catch_up = catch_up
        self._flush = flush

    def routes(self) -> list[web.RouteDef]:
        """Return the one route for all of them."""
        return [web.route("*", f"/{HOST}/{{tail:.*}}", self._serve)]

    def call(self, route: tuple[str, str], api_key: str, payload: str, params: Params) -> Any:  # noqa: ANN401
        """Return what a request is answered.

        Args:
            route: Method and path of something that is served.
            api_key: The name of a key.
            payload: What is signed.
            params: Of the request.

        Raises:
            VenueRefused: The venue says no.
        """
        security, handler = self.served[route]
        if security is PUBLIC:
            return handler("", params)
        if security is KEY:
            return handler(self._keys.known(api_key).account, params)
        key = self._keys.identify(api_key, payload, params, now_ms=self._shown_ms())
        if security is TRADE and not key.may_trade:
            raise KEY_INVALID.error()
        return handler(key.account, params)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers or request.url.host not in LOOPBACK_NAMES:
            return web.Response(status=403, text="only programs on this machine are served")
        asked = Asked(
            request.method,
            request.path.removeprefix(f"/{HOST}"),
            request.raw_path.partition("?")[2],
            await request.text(),
            request.headers.get("X-MBX-APIKEY", ""),
        )
        refused = self._fires(FaultKind.STATUS, asked)
        if refused is not None:
            return self._status(refused)
        if self._fires(FaultKind.RESET, asked) is not None:
            reset(request)
            return web.Response(status=500)
        late = self._fires(FaultKind.LATE_ACCEPT, asked)
        if late is not None:
            asyncio.get_running_loop().call_later(late.seconds, self._answer, asked)
            reset(request)
            return web.Response(status=500)
        response = self._answer(asked)
        for kind in AFTER:
            fault = self._fires(kind, asked)
            if fault is not None:
                return await self._spoil(request, response, fault)
        return response

    def _answer(self, asked: Asked) -> web.Response:
        self._catch_up()
        # Where a name comes twice, the one of the query counts.
        texts = [
            *parse_qsl(asked.body, keep_blank_values=True),
            *parse_qsl(asked.query, keep_blank_values=True),
        ]
        payload, route = request_payload(asked.query, asked.body), (asked.method, asked.path)
        if route not in self.served:
            return web.Response(status=404, text=HTML, content_type="text/html")
        try:
            data = self.call(route, asked.api_key, payload, Params(dict(texts)))
        except VenueRefused as refused:
            status, body = refused_with(refused)
            return web.Response(body=encoded(body), status=status, content_type=JSON)
        finally:
            self._flush()
        return web.Response(body=encoded(data), content_type=JSON)

    # --- faults

    def _fires(self, kind: FaultKind, asked: Asked) -> Fault | None:
        if not self._plan:
            return None
        path = f"{asked.method} {asked.path}"
        return self._plan.fires(kind, at_ns=self._shown_ms() * 1_000_000, path=path)

    def _status(self, fault: Fault) -> web.Response:
        status = fault.status or 503
        headers = {"Retry-After": str(int(fault.seconds))} if fault.seconds else None
        if fault.body:
            kind = JSON if fault.body.startswith(("{", "[")) else "text/html"
            return web.Response(status=status, text=fault.body, content_type=kind, headers=headers)
        code, words = WORDS.get(status, (-1000, "An unknown error occurred while processing the request."))
        return web.Response(
            status=status, body=encoded(failure(code, words)), content_type=JSON, headers=headers
        )

    async def _spoil(self, request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
        """Return what is answered in the place of `response`, which tells what really happened."""
        match fault.kind:
            case FaultKind.ACCEPT_THEN_RESET:
                reset(request)
            case FaultKind.ACCEPT_THEN_HTML:
                return web.Response(status=200, text=fault.body or HTML, content_type="text/html")
            case FaultKind.ACCEPT_THEN_STATUS:
                return self._status(fault)
            case FaultKind.ACCEPT_THEN_CUT:
                return await _cut(request, response)
            case _:
                await asyncio.sleep(fault.seconds or 0.3)
        return response


def refused_with(refused: VenueRefused) -> tuple[int, dict[str, Any]]:
    """Return HTTP status and body of a refusal."""
    body = failure(int(refused.code), str(refused))
    if isinstance(refused, ReplaceFailed):
        body["data"] = refused.data
    return STATUSES.get(refused.code, 400), body


async def _cut(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Promise the whole body, send half of it, and end the connection."""
    body = response.body if isinstance(response.body, bytes) else b"{}"
    partial = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    partial.content_length = len(body)
    await partial.prepare(request)
    await partial.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return partial
