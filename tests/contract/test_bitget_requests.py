"""The whole list of recorded requests, walked with the unmodified ccxt against the embedded Bitget.

Every unified call of the list must pass, and what our server heard must be what the list has: path, query and
body, key by key. Only what names one order, one price or one moment may differ, and its type may not. That
signatures are good is proven by the answers: the venue serves nobody else.
"""

import asyncio
import contextlib
import json
from pathlib import Path
from urllib.parse import parse_qsl

import ccxt.pro as ccxt
import pytest

from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coins import BTC_PERP, BTC_SPOT
from tests.contract.test_ccxt_bitget import become, connected, until

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
KEYS = {SPOT: BTC_SPOT, SWAP: BTC_PERP}
RECORDED = Path(__file__).resolve().parents[3] / "shared" / "protocols" / "bitget-requests.json"

OF_THE_ORDER = {"orderId", "clientOid", "newClientOid", "price", "newPrice", "triggerPrice"}
OF_THE_MOMENT = {"apiKey", "passphrase", "timestamp", "sign", "url"}

pytestmark = [
    pytest.mark.skipif(not RECORDED.exists(), reason="the recorded requests are not on this machine"),
    pytest.mark.timeout(120),
]


@pytest.fixture(scope="module")
def recorded():
    return json.loads(RECORDED.read_text())["bitget"]


def masked(value):
    """Return a value with the type in the place of what differs from run to run."""
    if isinstance(value, list):
        return [masked(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: masked(one) for name, one in value.items() if name not in OF_THE_ORDER | OF_THE_MOMENT}
    return kept | {name: type(value[name]).__name__ for name in value if name not in kept}


def shape_of_line(line):
    """Return a line of the list as `(method, path, query, body)`."""
    kind, _, rest = line.partition(" ")
    if kind == "WS":
        verb, path, *frame = rest.split(" ", 2)
        method = "OPEN" if verb == "OPEN" else "WS"
        return method, path, {}, masked(json.loads(frame[0])) if frame else None
    target, _, body = rest.partition("  BODY ")
    path, _, query = target.partition("?")
    return kind, path, masked(dict(parse_qsl(query))), masked(json.loads(body)) if body else None


def shape_of(heard):
    """Return what the server heard in the same form."""
    body = masked(json.loads(heard.body)) if heard.body else None
    return heard.method, heard.path, masked(dict(parse_qsl(heard.query))), body


class Walk:
    """One account of one market, and the calls of the list by their names there."""

    def __init__(self, venue, client, symbol):
        self.venue, self.client, self.symbol = venue, client, symbol
        market = venue.exchange.venue.markets[KEYS[symbol]]
        self.price = float(market.spec.price(market.last))
        self.kind = {} if symbol == SPOT else {"type": "swap"}

    def at(self, factor):
        return float(self.client.price_to_precision(self.symbol, self.price * factor))

    async def prepare(self, name):
        """Have what a call needs at the venue; return the id of an order that it is about."""
        if name in {"edit_order", "cancel_order", "fetch_order", "cancel_all_orders"}:
            return (await self.client.create_order(self.symbol, "limit", "buy", 0.01, self.at(0.97)))["id"]
        if name in {"create stopLossPrice", "create reduceOnly"} and self.symbol == SWAP:
            await self.client.create_order(self.symbol, "market", "buy", 0.02)
        return None

    def call(self, name, order_id):
        c, symbol = self.client, self.symbol
        create = lambda kind, side, price=None, **options: c.create_order(  # noqa: E731 - a table below
            symbol, kind, side, 0.01, price, options
        )
        return {
            "create limit postOnly+cid": lambda: create(
                "limit", "buy", self.at(0.97), postOnly=True, clientOrderId="abc123"
            ),
            "create market": lambda: create("market", "sell"),
            "create stop (triggerPrice, market)": lambda: create("market", "sell", triggerPrice=self.at(0.9)),
            "create stopLossPrice": lambda: create("market", "sell", stopLossPrice=self.at(0.9)),
            "create reduceOnly": lambda: create("limit", "sell", self.at(1.03), reduceOnly=True),
            "edit_order": lambda: c.edit_order(order_id, symbol, "limit", "buy", 0.02, self.at(0.96)),
            "cancel_order": lambda: c.cancel_order(order_id, symbol),
            "cancel_order by cid": lambda: c.cancel_order(None, symbol, {"clientOrderId": "abc123"}),
            "cancel_all_orders": lambda: c.cancel_all_orders(symbol),
            "fetch_order": lambda: c.fetch_order(order_id, symbol),
            "fetch_open_orders": lambda: c.fetch_open_orders(symbol),
            "fetch_closed_orders": lambda: c.fetch_closed_orders(symbol),
            "fetch_my_trades": lambda: c.fetch_my_trades(symbol),
            "fetch_balance": lambda: c.fetch_balance(dict(self.kind)),
            "fetch_positions": c.fetch_positions,
            "set_leverage": lambda: c.set_leverage(5, symbol),
            "fetch_ticker": lambda: c.fetch_ticker(symbol),
            "fetch_order_book": lambda: c.fetch_order_book(symbol),
            "fetch_trades": lambda: c.fetch_trades(symbol),
            "fetch_ohlcv": lambda: c.fetch_ohlcv(symbol, "1m"),
            "fetch_time": c.fetch_time,
        }[name]()

    async def watch(self, name):
        """Watch with an instance of its own, which connects and logs in, until there is something to see."""
        options = {
            "apiKey": self.client.apiKey,
            "secret": self.client.secret,
            "password": self.client.password,
            "enableRateLimit": False,
            "timeout_on_exit": 0,
            "options": {"uta": False},
        }
        other = ccxt.bitget(options)
        other.urls = self.venue.urls(ccxt.bitget().urls)
        other.set_markets_from_exchange(self.client)
        waiting = {
            "watch_order_book": lambda: other.watch_order_book(self.symbol),
            "watch_trades": lambda: other.watch_trades(self.symbol),
            "watch_ticker": lambda: other.watch_ticker(self.symbol),
            "watch_ohlcv": lambda: other.watch_ohlcv(self.symbol, "1m"),
            "watch_orders": lambda: other.watch_orders(self.symbol),
            "watch_my_trades": lambda: other.watch_my_trades(self.symbol),
            "watch_balance": lambda: other.watch_balance(dict(self.kind)),
            "watch_positions": lambda: other.watch_positions([self.symbol]),
        }[name]()
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(other.close)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(until(self.venue, waiting))
                channel = {"watch_orders": "orders", "watch_my_trades": "fill"}.get(name)
                if channel is not None:
                    listeners = self.venue._sockets._listeners
                    await become(lambda: any(arg.channel == channel and listeners[arg] for arg in listeners))
                    await self.client.create_order(self.symbol, "market", "buy", 0.01, self.price)
            return watching.result()


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
async def test_every_recorded_call_passes_and_leaves_as_it_was_recorded(recorded, symbol):
    calls = recorded[symbol]
    assert len(calls) > 20
    heard = []
    async with asyncio.timeout(60), EmbeddedBitget(seed=5, rate=60, still=True) as venue:
        async with connected(venue) as client:
            walk = Walk(venue, client, symbol)
            for name, (outcome, *lines) in calls.items():
                order_id = await walk.prepare(name)
                heard.clear()
                venue.listen_in(heard.append)
                if outcome.startswith("InvalidOrder"):
                    with pytest.raises(ccxt.InvalidOrder):
                        await walk.call(name, order_id)
                elif name.startswith("watch"):
                    await walk.watch(name)
                else:
                    await walk.call(name, order_id)
                venue.listen_in(None)
                kinds = {"OPEN", "WS"} if name.startswith("watch") else {"GET", "POST"}
                seen = [shape_of(one) for one in heard if one.method in kinds and one.body != "ping"]
                assert seen == [shape_of_line(line) for line in lines], name
        venue.exchange.venue._check()


@pytest.mark.parametrize("name", ["load_markets no keys", "load_markets with keys"])
async def test_markets_are_asked_for_as_recorded(recorded, name):
    heard = []
    async with asyncio.timeout(60), EmbeddedBitget(seed=5, still=True) as venue:
        venue.listen_in(heard.append)
        none = {"apiKey": None, "secret": None, "password": None} if name.endswith("no keys") else {}
        async with connected(venue, **none) as client:
            assert client.markets
        outcome, *lines = recorded[name]
        assert outcome == "ok"
        key = str
        assert sorted(map(shape_of, heard), key=key) == sorted(map(shape_of_line, lines), key=key)
