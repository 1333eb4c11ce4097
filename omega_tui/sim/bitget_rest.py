"""REST of the embedded Bitget: who asks, what is signed, who serves it, and answers that go wrong."""

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

from aiohttp import web

from omega_tui.errors import VenueRefused
from omega_tui.protocol.bitget.refusals import PARAMETER_WRONG, PERMISSION, URL_UNKNOWN
from omega_tui.protocol.bitget.wire import answer, failure
from omega_tui.sim.bitget_common import AccountHandler, Handler, Route
from omega_tui.sim.bitget_keys import Asked, Keyring, account_info
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.faults import Fault, FaultKind, FaultPlan
from omega_tui.sim.rest_faults import HTML, LOOPBACK_NAMES, reset

HOST: Final = "api.bitget.com"
"""The first segment of every path: who was meant."""

JSON: Final = "application/json"

MAX_BODY: Final = 256 * 1024

REFUSED_STATUS: Final = {URL_UNKNOWN.code: URL_UNKNOWN.status}

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
    429: ("429", "Too Many Requests"),
    503: ("40200", "Server upgrade, please try again later"),
}


INFO: Final = ("GET", "/api/v2/spot/account/info")
"""The one answer that depends on the key rather than on its account."""


class Rest:
    """Serves every path below the host's segment.

    Attributes:
        public: Who serves what to everybody.
        private: Who serves what to the owner of a key.
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
        self.public: dict[Route, Handler] = {}
        self.private: dict[Route, AccountHandler] = {}
        self._keys = keys
        self._plan = plan
        self._shown_ms = shown_ms
        self._catch_up = catch_up
        self._flush = flush

    def routes(self) -> list[web.RouteDef]:
        """Return the one route for all of them."""
        return [web.route("*", f"/{HOST}/{{tail:.*}}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers or request.url.host not in LOOPBACK_NAMES:
            return web.Response(status=403, text="only programs on this machine are served")
        asked = Asked(
            request.method,
            request.path.removeprefix(f"/{HOST}"),
            request.raw_path.partition("?")[2],
            (await request.read()).decode(errors="replace"),
        )
        refused = self._fires(FaultKind.STATUS, asked)
        if refused is not None:
            return self._status(refused)
        if self._fires(FaultKind.RESET, asked) is not None:
            reset(request)
            return web.Response(status=500)
        late = self._fires(FaultKind.LATE_ACCEPT, asked)
        if late is not None:
            headers = request.headers.copy()
            asyncio.get_running_loop().call_later(late.seconds, self._answer, asked, headers)
            reset(request)
            return web.Response(status=500)
        response = self._answer(asked, request.headers)
        for kind in AFTER:
            fault = self._fires(kind, asked)
            if fault is not None:
                return await self._spoil(request, response, fault)
        return response

    def _answer(self, asked: Asked, headers: Any) -> web.Response:  # noqa: ANN401  (any mapping of aiohttp)
        self._catch_up()
        try:
            data = self._data(asked, headers)
        except VenueRefused as refused:
            body = failure(refused.code, str(refused), self._shown_ms())
            status = REFUSED_STATUS.get(refused.code, 400)
            return web.Response(body=body, status=status, content_type=JSON)
        finally:
            self._flush()
        return web.Response(body=answer(data, self._shown_ms()), content_type=JSON)

    def _data(self, asked: Asked, headers: Any) -> Any:  # noqa: ANN401
        route = (asked.method, asked.path)
        served = self.public.get(route)
        if served is not None:
            return served(_params(asked))
        handler = self.private.get(route)
        if handler is None and route != INFO:
            raise URL_UNKNOWN.error()
        key = self._keys.identify(headers, asked, now_ms=self._shown_ms())
        if asked.method != "GET" and not key.may_trade:
            raise PERMISSION.error("trade")
        return account_info(key) if handler is None else handler(key.account, _params(asked))

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
        code, words = WORDS.get(status, ("40015", "System is abnormal, please try again later"))
        body = failure(code, words, self._shown_ms())
        return web.Response(status=status, body=body, content_type=JSON, headers=headers)

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


def _params(asked: Asked) -> Params:
    """Return the parameters of a request, floats as the numbers they were written as.

    Raises:
        VenueRefused: The body is no JSON object.
    """
    if asked.method == "GET":
        return Params(dict(parse_qsl(asked.query, keep_blank_values=True)))
    try:
        fields = json.loads(asked.body or "{}", parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise PARAMETER_WRONG.error("body") from error
    if not isinstance(fields, dict):
        raise PARAMETER_WRONG.error("body")
    return Params(fields)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")
