"""The real exchange library on loopback: markets by hand, and a server that writes down what leaves."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from omega_tui.clock import SystemClock
from omega_tui.secret import Secret
from omega_tui.venues.ccxt_loader import ExchangeAccount, make_exchange
from omega_tui.venues.ccxt_markets import Markets, _file_name, _write
from omega_tui.venues.ccxt_session import CcxtSession

KEYS = {
    "apiKey": "key-0123456789",
    "secret": "c2VjcmV0LTAxMjM0NTY3ODk=",
    "password": "passphrase-01",
    "uid": "uid",
}


def secrets(**more):
    return {name: Secret(value) for name, value in (KEYS | more).items()}


BASE_IDS = {"hyperliquid": "0"}
"""Where an asset goes by a number."""

BINANCE_TYPES = [
    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
    "STOP", "STOP_MARKET",
]  # fmt: skip

LOTS = {"gate": (1.0, 0.001), "kucoin": (1.0, 0.001), "hyperliquid": (0.001, 1.0)}
"""Lot in contracts and base units of a contract, where contracts come in whole numbers only."""

IDS = {
    "hyperliquid": {"BTC/USDT:USDT": "0"},
    "kraken": {"BTC/USDT": "XBTUSDT"},
    "okx": {"BTC/USDT": "BTC-USDT", "BTC/USDT:USDT": "BTC-USDT-SWAP"},
    "gate": {"BTC/USDT": "BTC_USDT", "BTC/USDT:USDT": "BTC_USDT"},
    "kucoin": {"BTC/USDT": "BTC-USDT", "BTC/USDT:USDT": "XBTUSDTM"},
}


def market(exchange, symbol="BTC/USDT", *, tick=0.01, lot=0.000001, contract_size=1.0):
    """A market structure as the library's own `safe_market_structure` makes it."""
    base, _, rest = symbol.partition("/")
    quote, _, settle = rest.partition(":")
    contract = bool(settle)
    inverse = contract and settle == base
    market_id = IDS.get(exchange.id, {}).get(symbol, base + quote)
    base_id = BASE_IDS.get(exchange.id, base)
    if contract and exchange.id in LOTS:
        lot, contract_size = LOTS[exchange.id]
    return exchange.safe_market_structure(
        {
            "id": market_id, "lowercaseId": market_id.lower(), "symbol": symbol, "base": base, "quote": quote,
            "settle": settle or None, "baseId": base_id, "quoteId": quote, "settleId": settle or None,
            "type": "swap" if contract else "spot", "spot": not contract, "swap": contract, "margin": False,
            "future": False, "option": False, "active": True, "contract": contract,
            "linear": not inverse if contract else None, "inverse": inverse if contract else None,
            "taker": 0.001, "maker": 0.001, "contractSize": contract_size if contract else None,
            "precision": {"amount": lot, "price": tick},
            "limits": {
                "amount": {"min": lot, "max": None}, "price": {"min": None, "max": None},
                "cost": {"min": 1.0, "max": None}, "leverage": {"min": 1, "max": 100},
            },
            "info": {"wsname": f"{base}/{quote}", "altname": market_id, "orderTypes": BINANCE_TYPES},
        }
    )  # fmt: skip


def make(
    library, exchange_id, base="http://127.0.0.1:9", *, symbols=("BTC/USDT", "BTC/USDT:USDT"), **account
):
    """An instance with keys, its addresses on loopback, its markets set by hand."""
    account = {"credentials": secrets(), "timeout_ms": 2_000} | account
    exchange = make_exchange(
        library, ExchangeAccount(venue=exchange_id, exchange_id=exchange_id, loopback=base, **account)
    )
    if exchange_id == "hyperliquid":
        exchange.privateKey, exchange.walletAddress = "0x" + "11" * 32, "0x" + "22" * 20
    exchange.timeout_on_exit = 1  # The library waits a quarter of a second for sockets of its own making.
    exchange.set_markets([market(exchange, symbol) for symbol in symbols])
    return exchange


class Recorder:
    """Answers everything with one body and keeps what came: method, path, fields, headers."""

    def __init__(self, answer="{}", status=200):
        self.calls = []
        self.answer = answer
        self.status = status
        self.base = ""

    async def handle(self, request):
        body = await request.text()
        fields = json.loads(body) if body.startswith(("{", "[")) else dict(parse_qsl(body))
        if isinstance(fields, list):
            fields = fields[0] if fields else {}
        fields = dict(request.query) | fields
        path = "/" + request.path.lstrip("/").partition("/")[2]
        self.calls.append((request.method, path, fields, dict(request.headers)))
        return web.Response(text=self.answer, status=self.status, content_type="application/json")

    def sent(self):
        """Everything but questions of the library about the account itself."""
        return [
            call
            for call in self.calls
            if not any(word in call[1] for word in ("user/query-api", "account/info"))
            and "userAbstraction" not in str(call[2])
        ]


@asynccontextmanager
async def served(handler, *, websocket=None):
    """A server on loopback; yields its base address."""
    app = web.Application()

    async def dispatch(request):
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await websocket(request)
        return await handler(request)

    app.router.add_route("*", "/{tail:.*}", dispatch)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    finally:
        await runner.cleanup()


async def until(condition, *, seconds=5.0):
    """Wait for a fact that nothing announces; each look gives the loop a turn."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the library announces nothing
            await asyncio.sleep(0.005)


async def open_session(library, folder, base, exchange_id="bitget", **account):
    """A session as the program makes it, its markets from the disk, where they are put by hand before."""
    account = ExchangeAccount(
        venue=exchange_id,
        exchange_id=exchange_id,
        loopback=base,
        **({"credentials": secrets(), "timeout_ms": 2_000} | account),
    )
    donor = make(library, exchange_id, base)
    markets = Markets(donor.markets, None, SystemClock().now_ns())
    _write(folder / _file_name(library.__version__, account), markets)
    session = CcxtSession(account, clock=SystemClock(), cache=folder, progress=lambda _text: None)
    await session.open()
    for exchange in (session.data, session.trade):
        exchange.timeout_on_exit = 1
        exchange.enableRateLimit = False
    return session


class TinyBitget:
    """Just enough of bitget: a numbered book on a socket, the same over REST, and orders that can go wrong.

    Attributes:
        mute: Subscriptions are neither acknowledged nor served.
        frozen: Sockets stay open and say nothing any more.
        orders: Orders that the venue accepted, by client id.
        after: How the answer to the next orders goes wrong, after the order was accepted.
    """

    def __init__(self):
        self.seq = 100
        self.bids = {"100": "1", "99": "2"}
        self.asks = {"101": "1", "102": "2"}
        self.sockets = []
        self.subscriptions = 0
        self.connections = 0
        self.mute = False
        self.frozen = False
        self.orders = {}
        self.after = ""
        self.requests = []

    def rows(self):
        bids = sorted(self.bids.items(), key=lambda level: -float(level[0]))
        asks = sorted(self.asks.items(), key=lambda level: float(level[0]))
        return [list(level) for level in bids], [list(level) for level in asks]

    async def websocket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        self.sockets.append(socket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT or self.mute or self.frozen:
                continue
            if message.data == "ping":
                await socket.send_str("pong")
                continue
            body = json.loads(message.data)
            if body.get("op") != "subscribe":
                continue
            for arg in body["args"]:
                self.subscriptions += 1
                await socket.send_json({"event": "subscribe", "arg": arg})
                if arg["channel"] == "books":
                    await self.snapshot(socket)
        return socket

    async def snapshot(self, socket):
        bids, asks = self.rows()
        await self._say(socket, "snapshot", {"bids": bids, "asks": asks, "seq": self.seq, "pseq": 0})

    async def _say(self, socket, action, row):
        arg = {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"}
        await socket.send_json(
            {"action": action, "arg": arg, "data": [{"ts": "1700000000000", **row}], "ts": 1}
        )

    async def change(self, side, price, size, *, lose=False, repeat=1, **extra):
        """Change a level; `lose` it on the way, or send it more than once."""
        levels = self.bids if side == "bids" else self.asks
        if size == "0":
            levels.pop(price, None)
        else:
            levels[price] = size
        before, self.seq = self.seq, self.seq + 1
        row = {"bids": [], "asks": [], side: [[price, size]], "seq": self.seq, "pseq": before} | extra
        for socket in self.sockets:
            for _ in range(0 if lose or self.frozen else repeat):
                if not socket.closed:
                    await self._say(socket, "update", row)

    async def kill(self):
        """End every socket without a word."""
        for socket in self.sockets:
            if socket._req.transport is not None:
                socket._req.transport.abort()
        self.sockets.clear()

    async def rest(self, request):  # noqa: PLR0911 - one answer per path
        path = "/" + request.path.lstrip("/").partition("/")[2]
        self.requests.append((request.method, path))
        body = await request.text()
        if path.endswith(("place-order", "place-plan-order")):
            return await self._place(request, json.loads(body))
        if path.endswith("cancel-order"):
            fields = json.loads(body)
            return self._answer({"orderId": fields.get("orderId"), "clientOid": fields.get("clientOid")})
        if path.endswith("/orderbook"):
            bids, asks = self.rows()
            return self._answer({"bids": bids, "asks": asks, "ts": "1700000000000"})
        if path.endswith("/public/time"):
            return self._answer({"serverTime": str(1_700_000_000_000)})
        if path.endswith("/orderInfo"):
            found = self.orders.get(request.query.get("clientOid"))
            return self._answer([self._row(found)] if found else [])
        if path.endswith(("unfilled-orders", "orders-pending")):
            return self._answer([self._row(order) for order in self.orders.values()])
        if path.endswith("current-plan-order"):
            return self._answer({"orderList": []})
        return self._answer([])

    async def _place(self, request, fields):
        number = str(1_000 + len(self.orders))
        self.orders[fields["clientOid"]] = fields | {"orderId": number}
        match self.after:
            case "reset":
                request.transport.abort()
            case "slow":
                await asyncio.sleep(30)
            case "cut":
                response = web.StreamResponse(
                    headers={"Content-Length": "500", "Content-Type": "application/json"}
                )
                await response.prepare(request)
                await response.write(b'{"code":"00000","da')
                request.transport.abort()
                return response
            case "html":
                return web.Response(text="<html>All is well</html>", content_type="text/html")
            case "empty":
                return web.Response(text="", content_type="application/json")
            case status if status.isdigit():
                return web.Response(text="sorry", status=int(status))
        return self._answer({"orderId": number, "clientOid": fields["clientOid"]})

    @staticmethod
    def _row(order):
        return {
            "symbol": order["symbol"], "orderId": order["orderId"], "clientOid": order["clientOid"],
            "price": order.get("price"), "size": order["size"], "orderType": order["orderType"],
            "side": order["side"], "status": "live", "baseVolume": "0", "cTime": "1700000000000",
        }  # fmt: skip

    @staticmethod
    def _answer(data):
        return web.json_response({"code": "00000", "msg": "success", "requestTime": 1, "data": data})
