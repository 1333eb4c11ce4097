"""REST of the embedded Binance: who asks, what is signed, who serves it, and answers that go wrong."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from omega_tui.errors import VenueRefused
from omega_tui.protocol.binance.refusals import KEY_INVALID, STATUSES
from omega_tui.protocol.binance.signing import request_payload
from omega_tui.protocol.binance.wire import encoded, failure
from omega_tui.sim.binance_keys import Key, Keyring
from omega_tui.sim.binance_orders import ReplaceFailed
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_routes import KEY, PUBLIC, TRADE, Routes
from omega_tui.sim.faults import FaultPlan
from omega_tui.sim.rest_faults import HTML
from omega_tui.sim.rest_gate import JSON, Asked, RestGate

HOST: Final = "api.binance.com"
"""The first segment of every path: who was meant."""

KEY_HEADER: Final = "X-MBX-APIKEY"

WORDS: Final = {
    418: (-1003, "Way too many requests; IP banned. Please use the websocket for live updates."),
    429: (-1003, "Too many requests; current request has limited."),
    503: (-1008, "Request throttled by system-level protection. Reduce-only orders are exempt."),
    504: (-1007, "Timeout waiting for response from backend server. Send status unknown."),
}


RESTRICTIONS: Final = ("GET", "/sapi/v1/account/apiRestrictions")
"""What is asked of a key and not of its account."""


class Rest:
    """Serves every path below the host's segment, and the same calls over WebSocket.

    Attributes:
        gate: What is in front of it.
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
        self.gate = RestGate(HOST, plan, shown_ms=shown_ms, answer=self._answer, failed=_failed)
        self._keys = keys
        self._shown_ms = shown_ms
        self._catch_up = catch_up
        self._flush = flush

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
        if route == RESTRICTIONS:
            return _restrictions(self._keys.identify(api_key, payload, params, now_ms=self._shown_ms()))
        security, handler = self.served[route]
        if security is PUBLIC:
            return handler("", params)
        if security is KEY:
            return handler(self._keys.known(api_key).account, params)
        key = self._keys.identify(api_key, payload, params, now_ms=self._shown_ms())
        if security is TRADE and not key.may_trade:
            raise KEY_INVALID.error()
        return handler(key.account, params)

    def _answer(self, asked: Asked) -> web.Response:
        self._catch_up()
        # Where a name comes twice, the one of the query counts.
        texts = [
            *parse_qsl(asked.body, keep_blank_values=True),
            *parse_qsl(asked.query, keep_blank_values=True),
        ]
        payload, route = request_payload(asked.query, asked.body), (asked.method, asked.path)
        if route not in self.served and route != RESTRICTIONS:
            return web.Response(status=404, text=HTML, content_type="text/html")
        try:
            data = self.call(route, asked.headers.get(KEY_HEADER, ""), payload, Params(dict(texts)))
        except VenueRefused as refused:
            status, body = refused_with(refused)
            return web.Response(body=encoded(body), status=status, content_type=JSON)
        finally:
            self._flush()
        return web.Response(body=encoded(data), content_type=JSON)


def _restrictions(key: Key) -> dict[str, Any]:
    return {
        "ipRestrict": False,
        "enableReading": True,
        "enableSpotAndMarginTrading": key.may_trade,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
    }


def _failed(status: int) -> bytes:
    code, words = WORDS.get(status, (-1000, "An unknown error occurred while processing the request."))
    return encoded(failure(code, words))


def refused_with(refused: VenueRefused) -> tuple[int, dict[str, Any]]:
    """Return HTTP status and body of a refusal."""
    body = failure(int(refused.code), str(refused))
    if isinstance(refused, ReplaceFailed):
        body["data"] = refused.data
    return STATUSES.get(refused.code, 400), body
