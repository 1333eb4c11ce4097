"""The two WebSockets of the embedded Bitget: who listens to what, and frames that go wrong on request."""

import asyncio
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiohttp import web

from omega_tui.protocol.bitget.session import Login, Send, Session, Subscribed, Unsubscribed
from omega_tui.protocol.bitget.wire import DEFAULT, PING, PONG, Action, Arg, push
from omega_tui.sim.bitget_accounts import AccountViews
from omega_tui.sim.bitget_clients import SEND_BUFFER, Client
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
from omega_tui.sim.rest_faults import LOOPBACK_NAMES

HOST: Final = "ws.bitget.com"
"""The first segment of every path."""

_SIZE: Final = re.compile(r'("[0-9.]+"),"([1-9][0-9.]*|0\.[0-9.]*[1-9][0-9]*)"\]')
_CHECKSUM: Final = re.compile(r'"checksum":(-?[0-9]+)')


class Sockets:
    """Every open WebSocket of the venue.

    Attributes:
        buffer_limit: Bytes that may wait for a client that connects from now on.
    """

    def __init__(
        self,
        exchange: CoinExchange,
        plan: FaultPlan,
        pushes: Pushes,
        *,
        log_in: Callable[[Login], str | int],
        catch_up: Callable[[], None],
    ) -> None:
        self._exchange = exchange
        self._plan = plan
        self._pushes = pushes
        self._views = AccountViews(exchange.venue)
        self._log_in = log_in
        self._catch_up = catch_up
        self._clients: dict[Client, None] = {}
        self._listeners: dict[Arg, dict[Client, None]] = {}
        self._held: dict[Arg, str] = {}
        self.buffer_limit = SEND_BUFFER

    def __len__(self) -> int:
        return len(self._clients)

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
        return await self._serve(request, is_private=False)

    async def _private(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, is_private=True)

    async def _serve(self, request: web.Request, *, is_private: bool) -> web.StreamResponse:
        if "Origin" in request.headers or request.url.host not in LOOPBACK_NAMES:
            return web.Response(status=403, text="only programs on this machine are served")
        path = request.path.removeprefix(f"/{HOST}")
        fault = self._plan.fires(FaultKind.REFUSE_SOCKET, at_ns=self._exchange.venue.now_ns, path=path)
        if fault is not None:
            return web.Response(status=fault.status or 503, text=fault.body)
        session = Session(
            is_private=is_private,
            knows=lambda arg: self._pushes.knows(arg, is_private=is_private),
            login=self._log_in,
        )
        client = Client(session, is_private=is_private, limit=self.buffer_limit)
        self._clients[client] = None
        try:
            return await client.run(request, self._hear)
        finally:
            self._clients.pop(client, None)
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
        if self._fires(FaultKind.IGNORE_SUBSCRIBE, arg):
            return
        client.send(client.session.confirm(arg))
        self._listeners.setdefault(arg, {})[client] = None
        if self._is_mute(arg):
            return
        now_ms = self._exchange.venue.now_ms
        if not client.is_private:
            for action, rows in self._pushes.opening(arg):
                text = push(action, arg, rows, now_ms)
                if self._fires(FaultKind.CUT_SNAPSHOT, arg):
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
                        self._spread(arg, Action.UPDATE, self._pushes.trades(market, list(prints)))
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
            loses = self._fires(FaultKind.LOST_LEVEL, arg)
            self._spread(arg, Action.UPDATE, [self._pushes.update(market, update, touch_only=loses)])
        for channel, depth in BOOK_DEPTHS.items():
            arg = Arg(inst_type, channel, symbol)
            if self._listeners.get(arg):
                self._spread(arg, Action.SNAPSHOT, [self._pushes.top_book(market, depth)])

    def _tell_pictures(self) -> None:
        for arg, clients in list(self._listeners.items()):
            key = key_of(arg)
            market = None if key is None or not clients else self._exchange.venue.markets.get(key)
            if market is None:
                continue
            if arg.channel == "ticker":
                self._spread(arg, Action.SNAPSHOT, [self._pushes.ticker(market)])
            elif arg.channel.startswith("candle"):
                self._spread(arg, Action.UPDATE, self._pushes.candles(market, arg.channel, 1))

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
                self._spread(arg, Action.SNAPSHOT, self._owned(account, arg), mine)

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
                self._spread(arg, Action.SNAPSHOT, [row], mine)

    def _spread(
        self, arg: Arg, action: Action, rows: list[Any], clients: Iterable[Client] | None = None
    ) -> None:
        """Send a frame to some listeners, or to all, after the faults in force."""
        text = push(action, arg, rows, self._exchange.venue.now_ms)
        chosen = list(self._listeners.get(arg, ()) if clients is None else clients)
        for frame in self._spoiled(arg, text, chosen) if self._plan or self._held else [text]:
            for client in chosen:
                client.send(frame)

    # --- faults

    def _spoiled(self, arg: Arg, text: str, clients: list[Client]) -> list[str]:
        """Return the frames that are sent in the place of one."""
        is_own = arg.channel in {"orders", "orders-algo", "fill", "account", "positions"}
        if self._is_mute(arg) or (is_own and self._plan.standing(FaultKind.MUTE_USER)):
            return []
        if self._fires(FaultKind.DROP_USER if is_own else FaultKind.DROP, arg):
            return []
        if arg.channel.startswith("books"):
            text = self._bent(arg, text)
        if self._fires(FaultKind.GARBLE, arg):
            text = text[: len(text) // 2]
        late = self._plan.fires(FaultKind.DELAY_USER if is_own else FaultKind.DELAY, **self._opportunity(arg))
        if late is not None:
            self._postpone(arg, text, late.seconds, clients)
            return []
        twice = self._fires(FaultKind.DUPLICATE_USER if is_own else FaultKind.DUPLICATE, arg)
        held = self._held.pop(arg, None)
        return [text, *([text] if twice else []), *([held] if held is not None else [])]

    def _bent(self, arg: Arg, text: str) -> str:
        if self._fires(FaultKind.CORRUPT, arg):
            text = _SIZE.sub(r'\1,"1\2"]', text)
        if self._fires(FaultKind.WRONG_HASH, arg):
            text = _CHECKSUM.sub(lambda found: f'"checksum":{int(found[1]) ^ 1}', text)
        return text

    def _postpone(self, arg: Arg, text: str, seconds: float, clients: list[Client]) -> None:
        """Send a frame later; without a time, right after the next one of its channel."""
        if not seconds:
            self._held.setdefault(arg, text)
            return
        loop = asyncio.get_running_loop()
        for client in clients:
            loop.call_later(seconds, client.send, text)

    def _is_mute(self, arg: Arg) -> bool:
        fault = self._plan.standing(FaultKind.MUTE) if self._plan else None
        return fault is not None and fault.asset in {"", arg.inst_id}

    def _fires(self, kind: FaultKind, arg: Arg) -> bool:
        return bool(self._plan) and self._plan.fires(kind, **self._opportunity(arg)) is not None

    def _opportunity(self, arg: Arg) -> dict[str, Any]:
        """Return what a fault is chosen by: `INSTTYPE/channel` as the path, and the symbol."""
        return {
            "at_ns": self._exchange.venue.now_ns,
            "path": f"{arg.inst_type}/{arg.channel}",
            "assets": (arg.inst_id,),
        }
