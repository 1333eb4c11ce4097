"""The two WebSockets of the embedded Bitget: who listens to what, and frames that go wrong on request."""

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiohttp import web

from omega_tui.protocol.bitget.session import Login, Send, Session, Subscribed, Unsubscribed
from omega_tui.protocol.bitget.wire import DEFAULT, PING, PONG, Action, Arg, push
from omega_tui.sim.bitget_accounts import AccountViews
from omega_tui.sim.bitget_clients import Client
from omega_tui.sim.bitget_pushes import BOOK_DEPTHS, INST_TYPES, Pushes, key_of
from omega_tui.sim.coin_events import (
    AccountTold,
    BookTold,
    OrderTold,
    PictureTold,
    PlanTold,
    PrintsTold,
)
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coins import CoinKind, MarketKey
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.socket_hub import Bend, SocketHub

HOST: Final = "ws.bitget.com"
"""The first segment of every path."""

OWN: Final = frozenset({"orders", "orders-algo", "fill", "account", "positions"})
"""Channels of an account."""

_SIZE: Final = re.compile(r'("[0-9.]+"),"([1-9][0-9.]*|0\.[0-9.]*[1-9][0-9]*)"\]')
_CHECKSUM: Final = re.compile(r'"checksum":(-?[0-9]+)')


class Sockets(SocketHub[Client]):
    """Every open WebSocket of the venue."""

    def __init__(
        self,
        exchange: CoinExchange,
        plan: FaultPlan,
        pushes: Pushes,
        *,
        log_in: Callable[[Login], str | int],
        catch_up: Callable[[], None],
    ) -> None:
        super().__init__(exchange, plan, catch_up=catch_up)
        self._pushes = pushes
        self._views = AccountViews(exchange.venue)
        self._log_in = log_in
        self._listeners: dict[Arg, dict[Client, None]] = {}

    # --- connections

    def routes(self) -> list[web.RouteDef]:
        """Return the two paths."""
        return [
            web.get(f"/{HOST}/v2/ws/public", self._public),
            web.get(f"/{HOST}/v2/ws/private", self._private),
        ]

    def chosen(self, channel: str = "") -> list[Client]:
        """Return the clients of one socket, `public` or `private`, or all."""
        wanted = {"public": (False,), "private": (True,)}.get(channel, (False, True))
        return [client for client in self._clients if client.is_private in wanted]

    async def _public(self, request: web.Request) -> web.StreamResponse:
        return await self._connected(request, is_private=False)

    async def _private(self, request: web.Request) -> web.StreamResponse:
        return await self._connected(request, is_private=True)

    async def _connected(self, request: web.Request, *, is_private: bool) -> web.StreamResponse:
        def make() -> Client:
            session = Session(
                is_private=is_private,
                knows=lambda arg: self._pushes.knows(arg, is_private=is_private),
                login=self._log_in,
            )
            return Client(session, is_private=is_private, limit=self.buffer_limit)

        return await self._serve(request, make, self._hear, path=request.path.removeprefix(f"/{HOST}"))

    def _left(self, client: Client) -> None:
        for clients in self._listeners.values():
            clients.pop(client, None)

    def _hear(self, client: Client, text: str) -> None:
        if text == PING and self._swallows_ping(client):
            return
        self._catch_up()
        # What happened before must be told before the listener is added, or it would be told twice.
        self.flush()
        for reaction in client.session.receive(text):
            match reaction:
                case Send(text=answer):
                    client.send(answer)
                case Unsubscribed(arg=arg):
                    self._listeners.get(arg, {}).pop(client, None)
                case Subscribed(arg=arg):
                    self._subscribe(client, arg)

    def _swallows_ping(self, client: Client) -> bool:
        now_ns = self._exchange.venue.now_ns
        if self._plan.fires(FaultKind.NO_PONG, at_ns=now_ns) is not None:
            return True
        slow = self._plan.fires(FaultKind.SLOW_PONG, at_ns=now_ns)
        if slow is not None:
            asyncio.get_running_loop().call_later(slow.seconds, client.send, PONG)
        return slow is not None

    def _subscribe(self, client: Client, arg: Arg) -> None:
        if self._fires(FaultKind.IGNORE_SUBSCRIBE, _path(arg), arg.inst_id):
            return
        client.send(client.session.confirm(arg))
        self._listeners.setdefault(arg, {})[client] = None
        if self._is_mute(arg.inst_id):
            return
        now_ms = self._exchange.venue.now_ms
        if not client.is_private:
            for action, rows in self._pushes.opening(arg):
                text = push(action, arg, rows, now_ms)
                if self._fires(FaultKind.CUT_SNAPSHOT, _path(arg), arg.inst_id):
                    client.send_half(text)
                else:
                    client.send(text)
        elif arg.channel in {"account", "positions"}:
            client.send(push(Action.SNAPSHOT, arg, self._owned(client.session.account, arg), now_ms))

    # --- sending

    def flush(self) -> None:
        """Take what the exchange has to say and queue it for those who listen."""
        owned: dict[tuple[str, CoinKind], None] = {}
        for event in self._exchange.take_events():
            match event:
                case BookTold():
                    self._tell_book(event)
                case PrintsTold(key=key, prints=prints):
                    arg = Arg(INST_TYPES[key.kind], "trade", key.symbol)
                    if self._listeners.get(arg):
                        market = self._exchange.venue.markets[key]
                        self._push(arg, Action.UPDATE, self._pushes.trades(market, list(prints)))
                case PictureTold():
                    self._tell_pictures()
                case OrderTold():
                    self._tell_order(event)
                case PlanTold(plan=plan):
                    mode = self._exchange.venue.traders[plan.account].perpetual.hold_mode
                    self._tell(plan.account, "orders-algo", plan.key, self._pushes.plan(plan, mode))
                case AccountTold(account=account, kind=kind):
                    owned[account, kind] = None
        for account, kind in owned:
            self._tell_owned(account, kind)

    def _tell_book(self, event: BookTold) -> None:
        inst_type, symbol = INST_TYPES[event.key.kind], event.key.symbol
        market = self._exchange.venue.markets[event.key]
        update = event.update
        arg = Arg(inst_type, "books", symbol)
        if self._listeners.get(arg):
            loses = self._fires(FaultKind.LOST_LEVEL, _path(arg), arg.inst_id)
            self._push(arg, Action.UPDATE, [self._pushes.update(market, update, touch_only=loses)])
        for channel, depth in BOOK_DEPTHS.items():
            arg = Arg(inst_type, channel, symbol)
            if self._listeners.get(arg):
                self._push(arg, Action.SNAPSHOT, [self._pushes.top_book(market, depth)])

    def _tell_pictures(self) -> None:
        for arg, clients in list(self._listeners.items()):
            key = key_of(arg)
            market = None if key is None or not clients else self._exchange.venue.markets.get(key)
            if market is None:
                continue
            if arg.channel == "ticker":
                self._push(arg, Action.SNAPSHOT, [self._pushes.ticker(market)])
            elif arg.channel.startswith("candle"):
                self._push(arg, Action.UPDATE, self._pushes.candles(market, arg.channel, 1))

    def _tell_order(self, event: OrderTold) -> None:
        order, fill = event.order, event.fill
        self._tell(order.account, "orders", order.key, self._pushes.order(order, fill))
        if fill is not None:
            self._tell(order.account, "fill", order.key, self._pushes.fill(fill))

    def _tell_owned(self, account: str, kind: CoinKind) -> None:
        for arg, clients in list(self._listeners.items()):
            mine = [client for client in clients if client.session.account == account]
            is_owned = arg.channel in {"account", "positions"} and arg.inst_type == INST_TYPES[kind]
            if mine and is_owned:
                self._push(arg, Action.SNAPSHOT, self._owned(account, arg), mine)

    def _owned(self, account: str, arg: Arg) -> list[Any]:
        trader = self._exchange.venue.traders[account]
        if arg.channel == "positions":
            return self._views.pushed_positions(trader, arg.inst_id or DEFAULT)
        if arg.inst_type == INST_TYPES[CoinKind.SPOT]:
            return self._views.assets(trader, arg.coin)
        return [self._views.pushed_account(trader)]

    def _tell(self, account: str, channel: str, key: MarketKey, row: dict[str, Any]) -> None:
        for name in (key.symbol, DEFAULT):
            arg = Arg(INST_TYPES[key.kind], channel, name)
            mine = [client for client in self._listeners.get(arg, ()) if client.session.account == account]
            if mine:
                self._push(arg, Action.SNAPSHOT, [row], mine)

    def _push(
        self, arg: Arg, action: Action, rows: list[Any], clients: Iterable[Client] | None = None
    ) -> None:
        """Send a frame to some listeners, or to all."""
        frame = push(action, arg, rows, self._exchange.venue.now_ms).encode()
        chosen = self._listeners.get(arg, ()) if clients is None else clients
        frames = [(client, frame) for client in chosen]
        self._spread(_path(arg), arg.inst_id, arg, frames, is_own=arg.channel in OWN)

    def _bend(self, path: str, symbol: str) -> Bend | None:
        if not path.partition("/")[2].startswith("books"):
            return None
        is_corrupt = self._fires(FaultKind.CORRUPT, path, symbol)
        has_wrong_sum = self._fires(FaultKind.WRONG_HASH, path, symbol)

        def bent(text: str) -> str:
            if is_corrupt:
                text = _SIZE.sub(r'\1,"1\2"]', text)
            if has_wrong_sum:
                text = _CHECKSUM.sub(lambda found: f'"checksum":{int(found[1]) ^ 1}', text)
            return text

        return bent if is_corrupt or has_wrong_sum else None


def _path(arg: Arg) -> str:
    """Return what a fault chooses a frame by."""
    return f"{arg.inst_type}/{arg.channel}"
