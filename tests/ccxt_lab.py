"""The real exchange library on loopback: markets by hand, and a server that writes down what leaves."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from aiohttp import web

from omega_tui.secret import Secret
from omega_tui.venues.ccxt_loader import ExchangeAccount, make_exchange

KEYS = {
    "apiKey": "key-0123456789",
    "secret": "c2VjcmV0LTAxMjM0NTY3ODk=",
    "password": "passphrase-01",
    "uid": "uid",
}


def secrets(**more):
    return {name: Secret(value) for name, value in (KEYS | more).items()}


BINANCE_TYPES = [
    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
    "STOP", "STOP_MARKET",
]  # fmt: skip

IDS = {
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
    return exchange.safe_market_structure(
        {
            "id": market_id, "lowercaseId": market_id.lower(), "symbol": symbol, "base": base, "quote": quote,
            "settle": settle or None, "baseId": base, "quoteId": quote, "settleId": settle or None,
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
