"""The venue's back door for tests in another process: faults, the whole history, sockets, time.

Loopback only, behind a token that is made anew at every start.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from aiohttp import web

from omega_tui.errors import SimError
from omega_tui.sim.faults import Fault, FaultPlan


class Steerable(Protocol):
    """What can be done with a venue from behind."""

    def history(self) -> dict[str, object]:
        """Return everything that users ordered, traded and own."""
        ...

    def kill_sockets(self, channel: str = "", code: int | None = None, reason: str = "") -> int:
        """End WebSockets; return how many."""
        ...

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        ...


class _Advance(msgspec.Struct):
    seconds: float


class Admin:
    """Handlers under `/admin`, for who knows the token."""

    def __init__(self, exchange: Steerable, plan: FaultPlan, token: str) -> None:
        self._exchange = exchange
        self._plan = plan
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/admin/history", self._for_owner(self._history)),
            web.get("/admin/faults", self._for_owner(self._faults)),
            web.post("/admin/faults", self._for_owner(self._add_fault)),
            web.delete("/admin/faults", self._for_owner(self._clear_faults)),
            web.delete("/admin/faults/{number}", self._for_owner(self._remove_fault)),
            web.delete("/admin/sockets", self._for_owner(self._kill_sockets)),
            web.post("/admin/advance", self._for_owner(self._advance)),
        ]

    def _for_owner(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        expected = f"Bearer {self._token}".encode()

        async def checked(request: web.Request) -> web.Response:
            if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
                return web.json_response({"error": "the admin token is missing or wrong"}, status=401)
            return await handler(request)

        return checked

    async def _history(self, _request: web.Request) -> web.Response:
        return _answer(self._exchange.history())

    async def _faults(self, _request: web.Request) -> web.Response:
        return _answer({"faults": self._plan.faults(), "log": list(self._plan.log)})

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = msgspec.json.decode(await request.read(), type=Fault)
        except msgspec.MsgspecError as error:
            return web.json_response({"error": f"no fault: {error}"}, status=400)
        return _answer({"number": self._plan.add(fault)})

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._plan.clear()
        return _answer({})

    async def _remove_fault(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if not number.isdecimal():
            return web.json_response({"error": "the number of a fault is a whole number"}, status=400)
        self._plan.remove(int(number))
        return _answer({})

    async def _kill_sockets(self, request: web.Request) -> web.Response:
        code = request.query.get("code", "")
        killed = self._exchange.kill_sockets(
            request.query.get("channel", ""), int(code) if code.isdecimal() else None
        )
        return _answer({"killed": killed})

    async def _advance(self, request: web.Request) -> web.Response:
        try:
            wanted = msgspec.json.decode(await request.read(), type=_Advance)
            await self._exchange.advance(wanted.seconds)
        except (msgspec.MsgspecError, SimError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return _answer({})


def _answer(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
