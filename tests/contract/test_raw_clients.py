"""Programs that people write by hand against the venue: plain sockets, plain HTTP, their own hash and HMAC.

Nothing of the package is used on their side; what they check, they compute themselves.
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
import websockets

from omega_tui.sim.polymarket import EmbeddedExchange
from tests.official import official, types

pytestmark = pytest.mark.usefixtures("official_client")

WAIT_S = 20

IMPATIENT = 0.1
"""Seconds for the close: the library does not read it while frames that nobody wanted wait before it."""


@pytest.fixture
async def venue() -> AsyncIterator[EmbeddedExchange]:
    async with EmbeddedExchange(seed=11, rate=300) as exchange:
        yield exchange


@pytest.fixture
async def still() -> AsyncIterator[EmbeddedExchange]:
    async with EmbeddedExchange(seed=11, rate=200, still=True) as exchange:
        yield exchange


def tokens_of(venue: EmbeddedExchange) -> list[str]:
    return [token for market in venue.markets for token, _ in market.tokens]


async def say(socket: Any, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: Any) -> Any:
    async with asyncio.timeout(WAIT_S):
        text = await socket.recv()
    return text if text in {"PONG", "INVALID OPERATION"} else json.loads(text)


async def hear_until(socket: Any, *kinds: str) -> dict[str, Any]:
    while True:
        message = await hear(socket)
        if isinstance(message, dict) and message["event_type"] in kinds:
            return message


# --- an independent reader of books, as in the fact sheet, section 5


class Reader:
    """Follows the market channel and checks every hash; the last trade's price is tried out."""

    def __init__(self, venue: EmbeddedExchange) -> None:
        self.neg_risk = {token: market.neg_risk for market in venue.markets for token, _ in market.tokens}
        self.books: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, tuple[str, str]] = {}
        self.last: dict[str, str] = {}
        self.prices: dict[str, set[str]] = defaultdict(set)
        self.seen: Counter[str] = Counter()

    def digest(self, token: str, stamp: str, last: str) -> str:
        book = self.books[token]
        sides = {}
        for side in ("bids", "asks"):
            prices = sorted(book[side], key=Decimal, reverse=side == "asks")
            sides[side] = [{"price": price, "size": book[side][price]} for price in prices]
        text = {"market": book["market"], "asset_id": token, "timestamp": stamp, "hash": "", **sides}
        text |= {"min_order_size": "5", "tick_size": book["tick"], "neg_risk": self.neg_risk[token]}
        whole = json.dumps({**text, "last_trade_price": last}, separators=(",", ":"))
        return hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()

    def check(self, token: str) -> None:
        if token not in self.pending:
            return
        stated, stamp = self.pending.pop(token)
        market = self.books[token]["market"]
        for last in itertools.chain([self.last[market]], self.prices[market]):
            if self.digest(token, stamp, last) == stated:
                self.last[market] = last
                self.seen["verified"] += 1
                return
        self.seen["wrong"] += 1

    def read(self, frames: list[str]) -> None:
        messages: list[dict[str, Any]] = []
        for frame in frames:
            content = json.loads(frame)
            messages += content if isinstance(content, list) else [content]
        for message in messages:
            if "last_trade_price" in message or message["event_type"] == "last_trade_price":
                whole, _, part = message.get("last_trade_price", message.get("price")).partition(".")
                self.prices[message["market"]].add(f"{whole}.{part:0<3}")
        for message in messages:
            self.seen[message["event_type"]] += 1
            getattr(self, message["event_type"], lambda _: None)(message)
        for token in list(self.pending):
            self.check(token)

    def book(self, message: dict[str, Any]) -> None:
        token = message["asset_id"]
        self.check(token)
        tick = message.get("tick_size") or self.books[token]["tick"]
        sides = {side: {row["price"]: row["size"] for row in message[side]} for side in ("bids", "asks")}
        self.books[token] = {"market": message["market"], "tick": tick, **sides}
        if "last_trade_price" in message:
            self.last[message["market"]] = message["last_trade_price"]
        self.pending[token] = (message["hash"], message["timestamp"])
        self.check(token)

    def price_change(self, message: dict[str, Any]) -> None:
        for change in message["price_changes"]:
            token = change["asset_id"]
            if self.pending.get(token, ("", ""))[0] != change["hash"]:
                self.check(token)
            side = self.books[token]["bids" if change["side"] == "BUY" else "asks"]
            side[change["price"]] = change["size"]
            if change["size"] == "0":
                del side[change["price"]]
            self.pending[token] = (change["hash"], message["timestamp"])

    def tick_size_change(self, message: dict[str, Any]) -> None:
        self.check(message["asset_id"])
        assert self.books[message["asset_id"]]["tick"] == message["old_tick_size"]
        self.books[message["asset_id"]]["tick"] = message["new_tick_size"]


async def record(exchange: EmbeddedExchange, seconds: float, step: float) -> list[str]:
    """Let a still venue run while a plain client listens to all of it; return the frames."""
    frames: list[str] = []
    async with websockets.connect(exchange.ws_market_url, max_size=None) as socket:
        await say(socket, type="market", assets_ids=tokens_of(exchange))
        frames.append(await socket.recv())
        for _ in range(round(seconds / step)):
            await exchange.advance(step)
            await socket.send("PING")
            async with asyncio.timeout(WAIT_S):
                while (frame := await socket.recv()) != "PONG":
                    frames.append(frame)
    return frames


async def test_every_hash_verifies_at_five_thousand_updates_a_second():
    async with EmbeddedExchange(seed=7, rate=5_000, still=True) as exchange:
        frames = await record(exchange, 0.5, 0.02)
        reader = Reader(exchange)
    assert len(frames) > 2_000
    reader.read(frames)
    assert reader.seen["wrong"] == 0
    assert reader.seen["verified"] > 2_000
    assert min(reader.seen[kind] for kind in ("book", "price_change", "last_trade_price")) > 25


async def test_every_hash_verifies_when_the_tick_becomes_finer():
    async with EmbeddedExchange(seed=3, rate=20, still=True) as exchange:
        frames = await record(exchange, 120.0, 2.0)
        reader = Reader(exchange)
        reader.read(frames)
        assert reader.seen["tick_size_change"] == 2
        assert reader.seen["wrong"] == 0
        async with aiohttp.ClientSession() as http:
            for token, ours in reader.books.items():
                async with http.get(exchange.rest_url + "/book", params={"token_id": token}) as answer:
                    rest = await answer.json()
                stated, rest["hash"] = rest["hash"], ""
                text = json.dumps(rest, separators=(",", ":"))
                assert hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() == stated
                assert rest["tick_size"] == ours["tick"]
                assert {row["price"]: row["size"] for row in rest["bids"]} == ours["bids"]


async def test_a_plain_client_keeps_up_with_five_thousand_updates_a_second():
    async with (
        EmbeddedExchange(seed=7, rate=5_000) as exchange,
        websockets.connect(exchange.ws_market_url, max_size=None, close_timeout=IMPATIENT) as socket,
    ):
        await say(socket, type="market", assets_ids=tokens_of(exchange))
        frames = 0
        async with asyncio.timeout(WAIT_S):
            while frames < 5_000:
                await socket.recv()
                frames += 1
            await socket.send("PING")
            while await socket.recv() != "PONG":
                frames += 1
        assert socket.close_code is None


# --- the market channel


@pytest.mark.parametrize("kind", ["market", "MARKET", "Market"])
async def test_the_first_message_may_be_spelt_as_people_spell_it(venue, kind):
    tokens = tokens_of(venue)[:2]
    async with websockets.connect(venue.ws_market_url) as socket:
        await say(socket, auth=None, type=kind, markets=[], assets_ids=tokens, level=2)
        assert [book["asset_id"] for book in await hear(socket)] == tokens
        change = await hear_until(socket, "price_change")
        assert {row["asset_id"] for row in change["price_changes"]} == set(tokens)


async def test_additional_events_come_to_those_who_ask_and_only_to_them(venue):
    tokens = tokens_of(venue)[:2]
    url, close = venue.ws_market_url, IMPATIENT
    async with (
        websockets.connect(url, close_timeout=close) as plain,
        websockets.connect(url, close_timeout=close) as custom,
    ):
        await say(plain, type="market", assets_ids=tokens)
        await say(custom, type="market", assets_ids=tokens, custom_feature_enabled=True)
        assert (await hear_until(custom, "best_bid_ask"))["asset_id"] in tokens
        kinds = {(await hear_until(plain, *EVENTS))["event_type"] for _ in range(60)}
        assert "best_bid_ask" not in kinds
        assert "price_change" in kinds


EVENTS = ("book", "price_change", "last_trade_price", "best_bid_ask")


async def test_subscriptions_change_while_a_connection_lasts(still):
    first, second, third = tokens_of(still)[:6:2]
    async with websockets.connect(still.ws_market_url) as socket:
        await say(socket, type="market", assets_ids=[])
        assert await hear(socket) == []
        await say(socket, type="market", operation="subscribe", markets=[], assets_ids=[first])
        assert [book["asset_id"] for book in await hear(socket)] == [first]
        await say(socket, operation="subscribe", assets_ids=[first, second])
        assert [book["asset_id"] for book in await hear(socket)] == [second]
        await say(socket, operation="subscribe", assets_ids=[third], initial_dump=False)
        await say(socket, operation="unsubscribe", assets_ids=[first, second])
        await say(socket, operation="subscribe", assets_ids=None)
        await socket.send("PING")
        assert await hear(socket) == "PONG"
        await still.advance(3)
        market = {(await hear_until(socket, "price_change"))["market"] for _ in range(5)}
        assert market == {still.markets[2].market_id}
        await say(socket, operation="unsubscribe", assets_ids=[third])
        await socket.send("PING")
        while await hear(socket) != "PONG":
            pass
        await still.advance(3)
        await socket.send("PING")
        assert await hear(socket) == "PONG"


async def test_nonsense_gets_a_word_and_the_connection_lasts(venue):
    async with websockets.connect(venue.ws_market_url) as socket:
        for text in ("hello", "{", "[]", '{"type":"user"}', '{"type":"market","assets_ids":"1"}'):
            await socket.send(text)
            assert await hear(socket) == "INVALID OPERATION"
        await say(socket, type="market", assets_ids=["123"])
        assert await hear(socket) == []
        await socket.send("PING")
        assert await hear(socket) == "PONG"


@pytest.mark.parametrize("origin", ["own", "https://polymarket.com"])
async def test_libraries_that_name_an_origin_are_let_in(still, origin):
    named = still.rest_url if origin == "own" else origin
    async with websockets.connect(still.ws_market_url, origin=named, compression=None) as socket:
        await say(socket, type="market", assets_ids=tokens_of(still)[:1])
        assert len(await hear(socket)) == 1


# --- the user channel


def wire_auth(venue: EmbeddedExchange) -> dict[str, str]:
    own = venue.credentials.credentials
    return {
        "apiKey": own.api_key,
        "secret": own.secret.reveal(),
        "passphrase": own.passphrase.reveal(),
    }


async def place(venue: EmbeddedExchange, market: int = 0) -> dict[str, Any]:
    """Rest an order at 0.1 with the official client, without stopping the venue."""
    client = trader(venue)
    terms = types.OrderArgs(venue.markets[market].tokens[0][0], price=0.1, size=10, side="BUY")
    async with asyncio.timeout(WAIT_S):
        answer: dict[str, Any] = await asyncio.to_thread(client.create_and_post_order, terms)
    return answer


def trader(venue: EmbeddedExchange) -> Any:
    own = venue.credentials.credentials
    creds = types.ApiCreds(own.api_key, own.secret.reveal(), own.passphrase.reveal())
    key = venue.credentials.private_key.reveal()
    return official.ClobClient(venue.rest_url, venue.chain_id, key=key, creds=creds)


async def test_a_user_hears_of_all_markets_or_of_those_that_are_named(venue):
    ids = [market.market_id for market in venue.markets]
    async with (
        websockets.connect(venue.ws_user_url) as everything,
        websockets.connect(venue.ws_user_url) as second,
    ):
        await say(everything, type="USER", auth=wire_auth(venue), markets=[])
        await say(second, type="user", auth=wire_auth(venue), markets=[ids[1].upper().replace("0X", "0x")])
        for socket in (everything, second):
            await socket.send("PING")
            assert await hear(socket) == "PONG"
        orders = [(await place(venue, market))["orderID"] for market in (0, 1)]
        assert [(await hear_until(everything, "order"))["id"] for _ in orders] == orders
        assert (await hear_until(second, "order"))["id"] == orders[1]
        # As the official clients do it: no market left means all of them.
        await say(second, operation="unsubscribe", markets=[ids[1]])
        await second.send("PING")
        assert await hear(second) == "PONG"
        third = (await place(venue))["orderID"]
        told = await hear_until(second, "order")
        assert (told["id"], told["type"], told["status"]) == (third, "PLACEMENT", "LIVE")


async def test_wrong_credentials_end_the_connection(venue):
    async with websockets.connect(venue.ws_user_url) as socket:
        await say(socket, type="user", auth={**wire_auth(venue), "secret": "AAAA"}, markets=None)
        with pytest.raises(websockets.ConnectionClosed):
            await hear(socket)


# --- REST, by hand


async def speak(venue: EmbeddedExchange, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes and read one answer to the end of the connection."""
    host, port = venue.rest_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.replace(b": HOST", b": " + f"{host}:{port}".encode()))
    async with asyncio.timeout(WAIT_S):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(first.split()[1]), headers, body


def signed(venue: EmbeddedExchange, method: str, path: str, body: str = "") -> dict[str, str]:
    """Return L2 headers, made as the documents say."""
    auth, stamp = wire_auth(venue), str(venue.venue.now_ns // 10**9)
    message = f"{stamp}{method}{path}{body}".encode()
    digest = hmac.digest(base64.urlsafe_b64decode(auth["secret"]), message, "sha256")
    return {
        "POLY_ADDRESS": venue.credentials.address,
        "POLY_SIGNATURE": base64.urlsafe_b64encode(digest).decode(),
        "POLY_TIMESTAMP": stamp,
        "POLY_API_KEY": auth["apiKey"],
        "POLY_PASSPHRASE": auth["passphrase"],
    }


async def test_requests_may_look_as_any_library_makes_them(venue):
    token = tokens_of(venue)[0]
    ways = [
        f"GET /book?token_id={token} HTTP/1.1\r\naccept-encoding: gzip, br\r\nconnection: close\r\n",
        f"GET /book/?token_id={token}&x=1 HTTP/1.1\r\nACCEPT: */*\r\nCONNECTION: Close\r\n",
        f"GET /book?token_id={token} HTTP/1.0\r\n",
    ]
    for way in ways:
        status, headers, body = await speak(venue, f"{way}hOsT: HOST\r\n\r\n".encode())
        assert status == 200
        assert headers["content-type"].startswith("application/json")
        assert json.loads(body)["asset_id"] == token


async def test_a_body_may_come_in_chunks_and_with_spaces(venue):
    tokens = tokens_of(venue)[:2]
    body = json.dumps([{"token_id": token} for token in tokens], indent=1).encode()
    parts = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:])) + b"0\r\n\r\n"
    head = (
        b"POST /books HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    status, _, answer = await speak(venue, head + parts)
    assert status == 200
    assert tokens == [book["asset_id"] for book in json.loads(answer)] or b"chunk" in answer.lower()


async def test_heads_options_and_wrong_ways_have_answers_of_their_own(venue):
    for method, path, expected in (
        ("HEAD", "/time", 200),
        ("OPTIONS", "/order", 204),
        ("GET", "/nowhere", 404),
        ("PUT", "/order", 405),
        ("GET", "/ws/market", 400),
        ("GET", "/book?token_id=1", 404),
        ("GET", "/data/orders", 401),
    ):
        request = f"{method} {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
        status, headers, body = await speak(venue, request.encode())
        assert status == expected, path
        if status >= 400:
            assert json.loads(body)["error"]
        if status in {204, 405}:
            assert set(headers["allow"].split(",")) == {"POST", "DELETE"}


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
async def test_hand_signed_orders_are_taken_listed_and_cancelled(venue, compact, case):
    client = trader(venue)
    terms = types.OrderArgs(tokens_of(venue)[0], price=0.1, size=10, side="BUY")
    order = await asyncio.to_thread(client.create_order, terms)
    separators = (",", ":") if compact else (", ", ": ")
    whole = {
        "order": {
            "salt": int(order.salt),
            "maker": order.maker,
            "signer": order.signer,
            "tokenId": order.tokenId,
            "makerAmount": order.makerAmount,
            "takerAmount": order.takerAmount,
            "side": order.side if isinstance(order.side, str) else ("BUY", "SELL")[int(order.side)],
            "signatureType": int(order.signatureType),
            "timestamp": order.timestamp,
            "expiration": "0",
            "taker": "0x" + "0" * 40,
            "metadata": order.metadata,
            "builder": order.builder,
            "signature": order.signature,
        },
        "owner": venue.credentials.credentials.api_key,
        "orderType": "GTC",
    }

    async with aiohttp.ClientSession() as http:

        async def ask(method: str, path: str, body: object = None, **query: str) -> Any:
            text = "" if body is None else json.dumps(body, separators=separators)
            headers = {case(name): value for name, value in signed(venue, method, path, text).items()}
            data = text.encode() or None
            url = venue.rest_url + path
            async with http.request(method, url, params=query, data=data, headers=headers) as answer:
                return await answer.json()

        placed = await ask("POST", "/order", whole)
        assert placed.get("status") == "live", placed
        listed = await ask("GET", "/data/orders", next_cursor="MA==", market=venue.markets[0].market_id)
        assert [row["id"] for row in listed["data"]] == [placed["orderID"]]
        scoring = await ask("POST", "/orders-scoring", [placed["orderID"]])
        assert scoring == {placed["orderID"]: False}
        gone = await ask("DELETE", "/order", {"orderID": placed["orderID"]})
        assert gone == {"canceled": [placed["orderID"]], "not_canceled": {}}
        assert await ask("DELETE", "/cancel-all") == {"canceled": [], "not_canceled": {}}


async def test_an_order_of_the_first_version_is_called_so(venue):
    old = {"salt": 1, "nonce": "0", "feeRateBps": "0", "side": "BUY", "signature": "0x"}
    for path, content in (("/order", {"order": old}), ("/orders", [{"order": old}])):
        body = json.dumps(content)
        headers = signed(venue, "POST", path, body)
        async with aiohttp.ClientSession() as http:
            answer = await http.post(venue.rest_url + path, data=body, headers=headers)
            assert answer.status == 400
            assert await answer.json() == {"error": "order_version_mismatch"}


# --- market discovery and the Data API


async def test_markets_and_events_are_discovered_as_with_gamma(venue):
    market = venue.markets[2]
    async with aiohttp.ClientSession() as http:

        async def get(path: str, **query: str) -> Any:
            async with http.get(venue.rest_url + path, params=query) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.json()

        rows = await get("/gamma/markets", closed="false", limit="500")
        assert [row["conditionId"] for row in rows] == [each.market_id for each in venue.markets]
        (row,) = await get("/gamma/markets", condition_ids=market.market_id)
        assert json.loads(row["clobTokenIds"]) == [token for token, _ in market.tokens]
        assert json.loads(row["outcomes"]) == ["Yes", "No"]
        assert sum(map(Decimal, json.loads(row["outcomePrices"]))) == 1
        for path in (f"/markets/{row['id']}", f"/gamma/markets/slug/{row['slug']}"):
            assert (await get(path))["conditionId"] == market.market_id
        assert (await get(f"/markets/{market.market_id}"))["condition_id"] == market.market_id
        seen, page = [], await get("/markets/keyset", limit="4")
        while True:
            seen += [each["id"] for each in page["markets"]]
            if "next_cursor" not in page:
                break
            page = await get("/markets/keyset", limit="4", after_cursor=page["next_cursor"])
        assert seen == [each["id"] for each in rows]
        ordered = await get("/gamma/markets", order="liquidityNum", ascending="false")
        amounts = [each["liquidityNum"] for each in ordered]
        assert amounts == sorted(amounts, reverse=True)
        (event,) = (await get("/events/keyset", slug="harbour-regatta-winner"))["events"]
        assert [each["negRisk"] for each in event["markets"]] == [True, True]
        found = await get("/public-search", q="regatta")
        assert [each["id"] for each in found["events"]] == [event["id"]]


async def test_what_was_traded_is_told_by_both_contracts_of_the_data_api(venue):
    client, market = trader(venue), venue.markets[0]
    token, wallet = market.tokens[0][0], venue.credentials.address
    terms = types.OrderArgs(token, price=0.9, size=30, side="BUY")
    answer = await asyncio.to_thread(client.create_and_post_order, terms, order_type="FAK")
    async with aiohttp.ClientSession() as http:

        async def get(path: str, **query: str) -> Any:
            async with http.get(venue.rest_url + path, params={"user": wallet.lower(), **query}) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.json()

        (old,) = await get("/positions")
        (new,) = (await get("/v2/positions", sort_by="CURRENT_VALUE"))["data"]
        assert (old["asset"], old["size"]) == (new["token_id"], new["current_size"]) == (token, 30)
        assert old["avgPrice"] == new["avg_price"]
        assert Decimal(str(new["total_cost_usdc"])) == Decimal(answer["makingAmount"])
        assert new["proxy_wallet"] == wallet
        trades = await get("/v2/trades", limit="1")
        rows = trades["data"]
        while trades["pagination"]["has_more"]:
            trades = await get("/v2/trades", limit="1", cursor=trades["pagination"]["next_cursor"])
            rows += trades["data"]
        assert {row["transaction_hash"] for row in rows} == set(answer["transactionsHashes"])
        assert sum(Decimal(str(row["size"])) for row in rows) == 30
        activity = (await get("/v2/activity", type="TRADE"))["data"]
        assert [row["usdc_size"] for row in activity] == [
            pytest.approx(row["size"] * row["price"]) for row in rows
        ]
        assert (await get("/v2/user-volume"))["data"]["trade_count"] == len(rows)
        holders = (await get("/v2/holders", condition_id=market.market_id))["data"]
        assert [row["amount"] for row in holders[0]["holders"]] == [30]
        (*_, shown) = await get(f"/live-activity/events/{market.market_id}")
        assert shown["market"]["question"] == market.question
        assert shown["user"]["address"].startswith("0x")
        nobody = await get("/v2/positions", user="0x" + "1" * 40)
        assert nobody == {"data": [], "pagination": {"has_more": False, "next_cursor": None}}


async def test_prices_of_the_past_come_in_the_spans_asked_for(still):
    token = tokens_of(still)[0]
    now_s = still.venue.now_ns // 10**9
    async with aiohttp.ClientSession() as http:
        for path, name, value in (
            ("/prices-history", "market", lambda body: [row["t"] for row in body["history"]]),
            ("/v2/prices-history", "token_id", lambda body: [row["timestamp"] for row in body["data"]]),
        ):
            counts = {}
            for interval in ("1h", "6h", "1d"):
                query = {name: token, "interval": interval, "fidelity": "1", "limit": "2000"}
                async with http.get(still.rest_url + path, params=query) as answer:
                    times = value(await answer.json())
                assert times == sorted(times)
                assert times[-1] <= now_s
                counts[interval] = len(times)
            assert counts == {"1h": 61, "6h": 361, "1d": 1440}
