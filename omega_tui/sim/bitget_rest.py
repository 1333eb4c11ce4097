"""REST of the embedded Bitget: who asks, what is signed, who serves it, and answers that go wrong."""

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
from omega_tui.sim.bitget_keys import Keyring, account_info
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.faults import FaultPlan
from omega_tui.sim.rest_gate import JSON, Asked, RestGate

HOST: Final = "api.bitget.com"
"""The first segment of every path: who was meant."""

REFUSED_STATUS: Final = {URL_UNKNOWN.code: URL_UNKNOWN.status}

WORDS: Final = {
    429: ("429", "Too Many Requests"),
    503: ("40200", "Server upgrade, please try again later"),
}


INFO: Final = ("GET", "/api/v2/spot/account/info")
"""The one answer that depends on the key rather than on its account."""


class Rest:
    """Serves every path below the host's segment.

    Attributes:
        gate: What is in front of it.
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
        self.gate = RestGate(HOST, plan, shown_ms=shown_ms, answer=self._answer, failed=self._failed)
        self._keys = keys
        self._shown_ms = shown_ms
        self._catch_up = catch_up
        self._flush = flush

    def _answer(self, asked: Asked) -> web.Response:
        self._catch_up()
        try:
            data = self._data(asked)
        except VenueRefused as refused:
            body = failure(refused.code, str(refused), self._shown_ms())
            status = REFUSED_STATUS.get(refused.code, 400)
            return web.Response(body=body, status=status, content_type=JSON)
        finally:
            self._flush()
        return web.Response(body=answer(data, self._shown_ms()), content_type=JSON)

    def _data(self, asked: Asked) -> Any:  # noqa: ANN401
        route = (asked.method, asked.path)
        served = self.public.get(route)
        if served is not None:
            return served(_params(asked))
        handler = self.private.get(route)
        if handler is None and route != INFO:
            raise URL_UNKNOWN.error()
        key = self._keys.identify(asked, now_ms=self._shown_ms())
        if asked.method != "GET" and not key.may_trade:
            raise PERMISSION.error("trade")
        return account_info(key) if handler is None else handler(key.account, _params(asked))

    def _failed(self, status: int) -> bytes:
        code, words = WORDS.get(status, ("40015", "System is abnormal, please try again later"))
        return failure(code, words, self._shown_ms())


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
