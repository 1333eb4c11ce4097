"""REST of an embedded exchange: one route for everything, in front of it the faults in force."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from aiohttp import web

from omega_tui.sim.faults import Fault, FaultKind, FaultPlan
from omega_tui.sim.loopback import Ear, Heard, turned_away
from omega_tui.sim.rest_faults import AFTER, reset, spoil

JSON: Final = "application/json"

MAX_BODY: Final = 256 * 1024


class Asked(NamedTuple):
    """One request.

    Attributes:
        method: In capitals.
        path: Without the host.
        query: As it arrived.
        body: As it arrived.
        headers: By name, in any case.
    """

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]


class RestGate:
    """Serves every path below the segment of one host.

    Attributes:
        ear: Told every request before it is served; None: nobody.
    """

    def __init__(
        self,
        host: str,
        plan: FaultPlan,
        *,
        shown_ms: Callable[[], int],
        answer: Callable[[Asked], web.Response],
        failed: Callable[[int], bytes],
    ) -> None:
        """Make one.

        Args:
            host: First segment of every path: who was meant.
            plan: What goes wrong; requests are chosen by `METHOD /path`.
            shown_ms: The venue's time.
            answer: Serves a request, now.
            failed: The venue's words for a status of HTTP.
        """
        self.ear: Ear | None = None
        self._host = host
        self._plan = plan
        self._shown_ms = shown_ms
        self._answer = answer
        self._failed = failed

    def routes(self) -> list[web.RouteDef]:
        """Return the one route for all of them."""
        return [web.route("*", f"/{self._host}/{{tail:.*}}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        away = turned_away(request)
        if away is not None:
            return away
        asked = Asked(
            request.method,
            request.path.removeprefix(f"/{self._host}"),
            request.raw_path.partition("?")[2],
            (await request.read()).decode(errors="replace"),
            request.headers.copy(),
        )
        if self.ear is not None:
            self.ear(Heard(asked.method, request.path, asked.query, asked.body))
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
                return await spoil(request, response, fault, status=self._status)
        return response

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
        return web.Response(status=status, body=self._failed(status), content_type=JSON, headers=headers)
