"""The WebSockets of the embedded Binance: market streams, calls with a user's events, listen keys.

A user's events come on the connection for calls after `userDataStream.subscribe.signature`, and on
`/ws/LISTEN_KEY` as they used to.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from omega_tui.errors import VenueRefused
from omega_tui.protocol.binance.refusals import ILLEGAL, KEY_INVALID, LISTEN_KEY_UNKNOWN
from omega_tui.protocol.binance.signing import call_payload
from omega_tui.protocol.binance.streams import StreamSession
from omega_tui.protocol.binance.wire import Row, call_answer, call_refusal, encoded, user_event
from omega_tui.sim.binance_clients import Client
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_pushes import Pushes
from omega_tui.sim.binance_rest import Rest, refused_with
from omega_tui.sim.binance_routes import KEY, READ, Route, Routes
from omega_tui.sim.coin_events import AccountTold, BookTold, OrderTold, PictureTold, PlanTold, PrintsTold
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coins import CoinKind
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.socket_hub import Bend, SocketHub

STREAMS: Final = r"/{host:stream\.binance\.com(?::\d+)?}"
CALLS: Final = r"/{host:ws-api\.binance\.com(?::\d+)?}/ws-api/v3"
"""First segments of the paths, with the port that was meant."""

SUBSCRIBE_USER: Final = "userDataStream.subscribe.signature"
UNSUBSCRIBE_USER: Final = "userDataStream.unsubscribe"

METHODS: Final[dict[str, Route]] = {
    "ping": ("GET", "/api/v3/ping"),
    "time": ("GET", "/api/v3/time"),
    "exchangeInfo": ("GET", "/api/v3/exchangeInfo"),
    "depth": ("GET", "/api/v3/depth"),
    "trades.recent": ("GET", "/api/v3/trades"),
    "trades.aggregate": ("GET", "/api/v3/aggTrades"),
    "klines": ("GET", "/api/v3/klines"),
    "ticker.24hr": ("GET", "/api/v3/ticker/24hr"),
    "ticker.price": ("GET", "/api/v3/ticker/price"),
    "ticker.book": ("GET", "/api/v3/ticker/bookTicker"),
    "order.place": ("POST", "/api/v3/order"),
    "order.test": ("POST", "/api/v3/order/test"),
    "order.status": ("GET", "/api/v3/order"),
    "order.cancel": ("DELETE", "/api/v3/order"),
    "order.cancelReplace": ("POST", "/api/v3/order/cancelReplace"),
    "openOrders.status": ("GET", "/api/v3/openOrders"),
    "openOrders.cancelAll": ("DELETE", "/api/v3/openOrders"),
    "allOrders": ("GET", "/api/v3/allOrders"),
    "myTrades": ("GET", "/api/v3/myTrades"),
    "account.status": ("GET", "/api/v3/account"),
    "account.commission": ("GET", "/api/v3/account/commission"),
}
"""Calls over WebSocket that are the same as requests."""

USER_STREAM: Final = "/api/v3/userDataStream"

_SIZE = re.compile(r'("[0-9.]+"),"([0-9.]*[1-9][0-9.]*)"\]')


class Sockets(SocketHub[Client]):
    """Every open WebSocket of the venue."""

    def __init__(
        self,
        exchange: CoinExchange,
        plan: FaultPlan,
        pushes: Pushes,
        rest: Rest,
        *,
        catch_up: Callable[[], None],
    ) -> None:
        super().__init__(exchange, plan, catch_up=catch_up)
        self._pushes = pushes
        self._rest = rest
        self._listen_keys: dict[str, str] = {}

    def user_routes(self) -> Routes:
        """Return the requests about listen keys, and the one that signs in for calls."""
        return {
            ("POST", USER_STREAM): (KEY, self._make_listen_key),
            ("PUT", USER_STREAM): (KEY, self._keep_listen_key),
            ("DELETE", USER_STREAM): (KEY, self._drop_listen_key),
            ("CALL", SUBSCRIBE_USER): (READ, lambda account, _: account),
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        return [
            web.get(f"{STREAMS}/ws", self._stream),
            web.get(STREAMS + "/ws/{names:.+}", self._stream),
            web.get(f"{STREAMS}/stream", self._combined),
            web.get(CALLS, self._calls),
        ]

    def chosen(self, channel: str = "") -> list[Client]:
        """Return the clients of `streams`, of `user` events, or all."""
        wanted = {"streams": (False,), "user": (True,)}.get(channel, (False, True))
        return [client for client in self._clients if (client.session is None) in wanted]

    # --- connections

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        names = request.match_info.get("names", "")
        account = self._listen_keys.get(names)
        if account is None:
            return await self._connected(request, StreamSession(names))
        return await self._connected(request, account=account)

    async def _combined(self, request: web.Request) -> web.StreamResponse:
        session = StreamSession(unquote(request.query.get("streams", "")), is_combined=True)
        return await self._connected(request, session)

    async def _calls(self, request: web.Request) -> web.StreamResponse:
        return await self._connected(request)

    async def _connected(
        self, request: web.Request, session: StreamSession | None = None, *, account: str = ""
    ) -> web.StreamResponse:
        def make() -> Client:
            client = Client(session, limit=self.buffer_limit)
            if account:
                client.accounts[account] = -1
            return client

        return await self._serve(request, make, self._hear, path=request.path)

    def _hear(self, client: Client, text: str) -> None:
        self._catch_up()
        # What happened before must be told before the listener is added, or it would be told twice.
        self.flush()
        if client.session is None:
            answer = self._call(client, text)
            # The answer to an order comes before its events, as it usually does.
            client.send(answer)
            self.flush()
        elif not self._fires(FaultKind.IGNORE_SUBSCRIBE, "streams"):
            client.send(client.session.receive(text))

    # --- calls

    def _call(self, client: Client, text: str) -> bytes:
        try:
            message = json.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("params", {}), dict):
            return call_refusal(None, 400, {"code": -1135, "msg": "Invalid JSON Request"})
        call_id, method = message.get("id"), message.get("method")
        fields = {name: _word(value) for name, value in message.get("params", {}).items()}
        try:
            return call_answer(call_id, self._answered(client, str(method), fields))
        except VenueRefused as refused:
            status, body = refused_with(refused)
            return call_refusal(call_id, status, body)

    def _answered(self, client: Client, method: str, fields: dict[str, str]) -> Any:  # noqa: ANN401
        if method == UNSUBSCRIBE_USER:
            client.accounts.clear()
            return {}
        route = ("CALL", method) if method == SUBSCRIBE_USER else METHODS.get(method)
        if route is None:
            raise ILLEGAL.error("method")
        payload = call_payload(fields.items())
        result = self._rest.call(route, fields.get("apiKey", ""), payload, Params(fields))
        if method != SUBSCRIBE_USER:
            return result
        number = client.accounts.setdefault(result, len(client.accounts))
        return {"subscriptionId": number}

    # --- listen keys

    def _make_listen_key(self, account: str, params: Params) -> Row:
        del params
        for key, owner in self._listen_keys.items():
            if owner == account:
                return {"listenKey": key}
        key = f"{account}{self._exchange.venue.ids.next()}"
        self._listen_keys[key] = account
        return {"listenKey": key}

    def _keep_listen_key(self, account: str, params: Params) -> Row:
        self._owned_key(account, params)
        return {}

    def _drop_listen_key(self, account: str, params: Params) -> Row:
        del self._listen_keys[self._owned_key(account, params)]
        return {}

    def _owned_key(self, account: str, params: Params) -> str:
        key = params.text("listenKey")
        owner = self._listen_keys.get(key)
        if owner is None:
            raise LISTEN_KEY_UNKNOWN.error()
        if owner != account:
            raise KEY_INVALID.error()
        return key

    # --- sending

    def flush(self) -> None:
        """Take what the exchange has to say and queue it for those who listen."""
        owners: dict[str, None] = {}
        for event in self._exchange.take_events():
            if isinstance(event, AccountTold):
                if event.kind is CoinKind.SPOT:
                    owners[event.account] = None
            elif isinstance(event, OrderTold):
                self._tell_user(event.order.account, self._pushes.order(event))
            elif isinstance(event, PlanTold):
                told = self._pushes.plan(event)
                if told is not None:
                    self._tell_user(event.plan.account, told)
            else:
                self._tell_all(event)
        for account in owners:
            self._tell_user(account, self._pushes.account(self._exchange.venue.traders[account]))

    def _tell_all(self, event: BookTold | PrintsTold | PictureTold) -> None:
        if isinstance(event, PictureTold):
            self._tell_pictures()
            return
        wanted = self._wanted(event.key.symbol)
        if isinstance(event, BookTold):
            told = self._pushes.book(event, wanted)
        elif wanted & {"trade", "aggTrade"}:
            told = self._pushes.prints(event)
        else:
            return
        for channel, row in told:
            if channel in wanted:
                self._tell(event.key.symbol, channel, row)

    def _wanted(self, symbol: str) -> set[str]:
        """Return the channels of a symbol that somebody listens to."""
        prefix = f"{symbol.lower()}@"
        return {
            stream.removeprefix(prefix)
            for client in self._clients
            if client.session is not None
            for stream in client.session.streams
            if stream.startswith(prefix)
        }

    def _tell_pictures(self) -> None:
        for key in self._exchange.venue.markets:
            for channel in self._wanted(key.symbol):
                if self._pushes.knows(key.symbol, channel):
                    row = self._pushes.picture(key.symbol, channel)
                    if row is not None:
                        self._tell(key.symbol, channel, row)

    def _tell(self, symbol: str, channel: str, row: Row) -> None:
        stream = f"{symbol.lower()}@{channel}"
        data = encoded(row)
        frames = [
            (client, client.session.frame(stream, data))
            for client in self._clients
            if client.session is not None and stream in client.session.streams
        ]
        self._spread(channel, symbol, stream, frames, is_own=False)

    def _tell_user(self, account: str, row: Row) -> None:
        data = encoded(row)
        frames = []
        for client in self._clients:
            number = client.accounts.get(account)
            if number is not None:
                frames.append((client, data if number < 0 else user_event(number, data)))
        if frames:
            kind, symbol = str(row["e"]), str(row.get("s", ""))
            self._spread(kind, symbol, f"{symbol}@{kind}", frames, is_own=True)

    def _bend(self, path: str, symbol: str) -> Bend | None:
        if path.startswith("depth") and self._fires(FaultKind.CORRUPT, path, symbol):
            return lambda text: _SIZE.sub(r'\1,"1\2"]', text)
        return None


def _word(value: object) -> str:
    """Return a parameter of a call as the text that was signed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
