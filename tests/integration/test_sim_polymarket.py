"""The embedded exchange over real sockets: who may come in, what streams, faults on request, restarts."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import chain, pairwise

import aiohttp
import pytest

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import SimError
from omega_tui.protocol.ethereum import SigningKey
from omega_tui.protocol.polymarket.amounts import limit_amounts
from omega_tui.protocol.polymarket.auth import l2_headers
from omega_tui.protocol.polymarket.book_hash import book_hash
from omega_tui.protocol.polymarket.posting import Posting, encode_posting
from omega_tui.protocol.polymarket.request import RestRequest
from omega_tui.protocol.polymarket.signing import Exchange, OrderStruct, order_domain, order_id, sign_order
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange

MAX_FRAME = 2**25

OPEN: dict[aiohttp.ClientSession, list[aiohttp.ClientWebSocketResponse]] = {}
"""Sockets to be closed at the end of a test."""


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=21, rate=60) as exchange:
        yield exchange


@pytest.fixture
async def still():
    async with EmbeddedExchange(seed=21, rate=60, still=True) as exchange:
        yield exchange


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
        yield session
        for socket in OPEN.pop(session, []):
            await socket.close()


class Desk:
    """A trader over HTTP, with our own signatures."""

    def __init__(self, venue, http, name="trader"):
        self.venue, self.http, self.who = venue, http, venue.identities[name]
        self.salt = 0

    def sign(self, token, price, shares, *, side=Side.BUY, time_in_force=TimeInForce.GTC):
        market, _ = self.venue.venue.find(token)
        amounts = limit_amounts(side, Decimal(price), Decimal(shares), Decimal(market.tick_text))
        self.salt += 1
        order = OrderStruct(
            salt=self.salt,
            maker=self.who.address,
            signer=self.who.address,
            token_id=token,
            maker_amount=amounts.maker_amount,
            taker_amount=amounts.taker_amount,
            side=side,
            timestamp_ms=self.venue.venue.now_ns // 1_000_000,
        )
        domain = order_domain(self.venue.chain_id, Exchange.of_market(neg_risk=market.spec.neg_risk))
        owner = self.who.credentials.api_key
        signature = sign_order(order, domain, SigningKey(self.who.private_key))
        posting = Posting(order=order, signature=signature, owner=owner, time_in_force=time_in_force)
        return order_id(order, domain), encode_posting(posting)

    async def ask(self, method, path, body=b"", **query):
        request = RestRequest(method, path, body=body)
        stamp_s = self.venue.venue.now_ns // 1_000_000_000
        headers = l2_headers(self.who.credentials, self.who.address, request, timestamp_s=stamp_s)
        url = self.venue.rest_url + path
        async with self.http.request(method, url, data=body, headers=headers, params=query) as answer:
            return answer.status, await answer.json()

    async def place(self, *terms, **more):
        identifier, body = self.sign(*terms, **more)
        status, answer = await self.ask("POST", "/order", body)
        assert status == 200, answer
        assert answer["orderID"] == identifier
        return answer


def tokens_of(venue):
    return [token for market in venue.markets for token, _ in market.tokens]


async def subscribe(venue, http, tokens, *, custom=True):
    socket = await http.ws_connect(venue.ws_market_url, max_msg_size=MAX_FRAME)
    OPEN.setdefault(http, []).append(socket)
    message = {"type": "market", "assets_ids": tokens, "custom_feature_enabled": custom}
    await socket.send_str(json.dumps(message))
    return socket


async def user_stream(venue, http, name="trader", **wrong):
    socket = await http.ws_connect(venue.ws_user_url)
    OPEN.setdefault(http, []).append(socket)
    credentials = venue.identities[name].credentials
    words = {
        "apiKey": credentials.api_key,
        "secret": credentials.secret.reveal(),
        "passphrase": credentials.passphrase.reveal(),
    }
    await socket.send_str(json.dumps({"type": "user", "auth": words | wrong}))
    await socket.send_str("PING")
    return socket


async def next_event(socket, kind):
    """Return the next object of a kind; other frames are passed over."""
    async with asyncio.timeout(10):
        while True:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.TEXT, message
            if message.data.startswith("{"):
                event = json.loads(message.data)
                if event["event_type"] == kind:
                    return event


async def closing(socket):
    """Read to the end and return the close code; 1006 when the connection was cut."""
    async with asyncio.timeout(10):
        while True:
            message = await socket.receive()
            if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}:
                return socket.close_code
            if message.type is aiohttp.WSMsgType.ERROR:
                return 1006


# --- who may come in


async def test_browsers_and_foreign_names_are_turned_away(venue, http):
    for headers in ({"Origin": "http://localhost"}, {"Host": "evil.example"}):
        async with http.get(venue.rest_url + "/markets", headers=headers) as answer:
            assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(venue.ws_market_url, headers=headers)
        assert caught.value.status == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_only_loopback_is_listened_on(host):
    with pytest.raises(SimError, match="loopback only"):
        EmbeddedExchange(host=host)


async def test_a_port_in_use_is_said_in_a_sentence(venue):
    port = int(venue.rest_url.rsplit(":", 1)[1])
    with pytest.raises(SimError, match=f"port {port} on 127.0.0.1 is in use"):
        async with EmbeddedExchange(port=port):
            pass


async def test_requests_of_yesterday_are_not_proof(venue, http):
    who = venue.credentials
    request = RestRequest("GET", "/data/orders")
    stale_s = venue.venue.now_ns // 10**9 - 3_600
    headers = l2_headers(who.credentials, who.address, request, timestamp_s=stale_s)
    async with http.get(venue.rest_url + "/data/orders", headers=headers) as answer:
        assert (answer.status, await answer.json()) == (401, {"error": "Unauthorized/Invalid api key"})


# --- the market channel


async def test_one_array_opens_and_every_book_in_it_hashes(venue, http):
    socket = await subscribe(venue, http, [*tokens_of(venue), "123"])
    opening = await socket.receive_json()
    assert [book["asset_id"] for book in opening] == tokens_of(venue)
    neg_risk = {token: market.neg_risk for market in venue.markets for token, _ in market.tokens}
    for book in opening:
        sides = {side: [(row["price"], row["size"]) for row in book[side]] for side in ("bids", "asks")}
        rest = {
            key: book[key] for key in ("market", "asset_id", "timestamp", "tick_size", "last_trade_price")
        }
        assert book["hash"] == book_hash(
            **sides, **rest, min_order_size="5", neg_risk=neg_risk[book["asset_id"]]
        )
    change = await next_event(socket, "price_change")
    assert len(change["price_changes"]) == 2
    assert {row["side"] for row in change["price_changes"]} == {"BUY", "SELL"}
    await next_event(socket, "book")
    await next_event(socket, "last_trade_price")
    await next_event(socket, "best_bid_ask")


async def test_unknown_tokens_alone_get_an_empty_array(venue, http):
    socket = await subscribe(venue, http, ["123"])
    assert (await socket.receive()).data == "[]"


async def test_additional_events_come_only_to_who_asked(still, http):
    plain = await subscribe(still, http, tokens_of(still), custom=False)
    full = await subscribe(still, http, tokens_of(still), custom=True)
    for socket in (plain, full):
        await socket.receive()
    await still.advance(5)
    await next_event(full, "best_bid_ask")
    for socket in (plain, full):
        await socket.send_str("PING")
    kinds = []
    while (message := await plain.receive()).data != "PONG":
        kinds.append(json.loads(message.data)["event_type"])
    assert "price_change" in kinds
    assert "best_bid_ask" not in kinds


async def test_one_token_brings_both_legs_but_only_its_own_books(still, http):
    token, other = tokens_of(still)[:2]
    socket = await subscribe(still, http, [token])
    assert [book["asset_id"] for book in await socket.receive_json()] == [token]
    await still.advance(30)
    await socket.send_str("PING")
    seen = set()
    while (message := await socket.receive()).data != "PONG":
        event = json.loads(message.data)
        if event["event_type"] == "price_change":
            assert {row["asset_id"] for row in event["price_changes"]} == {token, other}
        else:
            assert event["asset_id"] == token
        seen.add(event["event_type"])
    assert {"price_change", "book"} <= seen


async def test_many_clients_hear_the_same(still, http):
    sockets = [await subscribe(still, http, tokens_of(still)) for _ in range(12)]
    heard = []
    for socket in sockets:
        await socket.receive()
    await still.advance(3)
    for socket in sockets:
        await socket.send_str("PING")
        frames = []
        while (message := await socket.receive()).data != "PONG":
            frames.append(message.data)
        heard.append(frames)
    assert len(heard[0]) > 100
    assert all(frames == heard[0] for frames in heard)


async def test_a_still_venue_says_the_same_bytes_every_time(http):
    async def listen():
        async with EmbeddedExchange(seed=8, rate=80, still=True) as venue:
            socket = await subscribe(venue, http, tokens_of(venue))
            frames = [(await socket.receive()).data]
            await venue.advance(4)
            await socket.send_str("PING")
            while (message := await socket.receive()).data != "PONG":
                frames.append(message.data)
            return frames

    first = await listen()
    assert len(first) > 200
    assert first == await listen()


async def test_a_client_that_does_not_read_is_closed_as_slow(http):
    async with EmbeddedExchange(seed=3, rate=5_000, still=True) as venue:
        venue.send_buffer = 200_000
        socket = await subscribe(venue, http, tokens_of(venue))
        await socket.receive()
        other = await subscribe(venue, http, tokens_of(venue)[:2])
        await other.receive()
        # More than the kernel's buffers and the venue's bound hold, made before anybody gets a turn to read.
        venue.venue.advance(venue.venue.now_ns + 2 * 10**9)
        await venue.advance(0)
        assert await closing(socket) == 1013
        async with http.get(venue.rest_url + "/ok") as answer:
            assert answer.status == 200


async def test_a_client_that_has_stopped_is_cut_off(http):
    async with EmbeddedExchange(seed=3, rate=5_000, still=True) as venue:
        venue.send_buffer = 1_000_000
        socket = await subscribe(venue, http, tokens_of(venue))
        await socket.receive()
        async with asyncio.timeout(15):
            # Step by step, so that the venue is in the middle of sending when the bound is reached.
            while venue.socket_count:
                await venue.advance(0.2)
        assert socket.close_code in {None, 1013}


async def test_the_connection_closes_when_its_last_market_has_resolved(http):
    spec = replace(next(spec for spec in DEFAULT_MARKETS if spec.lifetime_s), lifetime_s=50.0)
    async with EmbeddedExchange(seed=3, rate=5, still=True, markets=(spec,)) as venue:
        tokens = tokens_of(venue)
        socket = await subscribe(venue, http, tokens)
        await socket.receive()
        await venue.advance(51)
        assert (await next_event(socket, "new_market"))["condition_id"] == venue.markets[0].market_id
        resolved = await next_event(socket, "market_resolved")
        assert resolved["winning_asset_id"] == tokens[spec.winner]
        assert await closing(socket) == 1000
        async with http.get(venue.rest_url + "/book", params={"token_id": tokens[0]}) as answer:
            body = await answer.json()
            assert (answer.status, body["error"]) == (404, "No orderbook exists for the requested token id")


# --- the user channel


async def test_owners_hear_of_their_orders_and_nobody_else_does(still, http):
    mine, theirs = await user_stream(still, http), await user_stream(still, http, "second")
    for socket in (mine, theirs):
        assert (await socket.receive()).data == "PONG"
    token = tokens_of(still)[0]
    answer = await Desk(still, http).place(token, "0.05", "20")
    event = await next_event(mine, "order")
    assert (event["id"], event["type"], event["status"]) == (answer["orderID"], "PLACEMENT", "LIVE")
    bought = await Desk(still, http).place(token, "0.9", "20", time_in_force=TimeInForce.IOC)
    await still.advance(12)
    statuses = []
    while "CONFIRMED" not in statuses:
        trade = await next_event(mine, "trade")
        if trade["id"] == bought["tradeIDs"][0]:
            assert trade["taker_order_id"] == bought["orderID"]
            statuses.append(trade["status"])
    assert statuses == ["MATCHED", "MINED", "CONFIRMED"]
    await theirs.send_str("PING")
    assert (await theirs.receive()).data == "PONG"


async def test_wrong_credentials_close_the_user_channel(venue, http):
    socket = await user_stream(venue, http, secret="wrong")
    assert await closing(socket) == 1008


# --- faults


async def test_a_mute_socket_answers_ping_and_says_nothing(still, http):
    socket = await subscribe(still, http, tokens_of(still))
    await socket.receive()
    still.faults.add(Fault(FaultKind.MUTE))
    await still.advance(5)
    await socket.send_str("PING")
    assert (await socket.receive()).data == "PONG"
    still.faults.clear()
    await still.advance(2)
    await next_event(socket, "price_change")


async def test_spoiled_frames_are_spoiled_as_the_log_says(still, http):
    socket = await subscribe(still, http, tokens_of(still)[:2], custom=True)
    await socket.receive()
    for kind in (
        FaultKind.DROP,
        FaultKind.DUPLICATE,
        FaultKind.GARBLE,
        FaultKind.WRONG_HASH,
        FaultKind.CORRUPT,
    ):
        still.faults.add(Fault(kind, probability=0.1))
    still.faults.add(Fault(FaultKind.LOST_LEVEL, times=1))
    await still.advance(30)
    counts = dict.fromkeys(FaultKind, 0)
    for injection in still.faults.log:
        counts[injection.kind] += 1
    assert counts[FaultKind.LOST_LEVEL] == 1
    assert min(counts[kind] for kind in (FaultKind.DROP, FaultKind.DUPLICATE, FaultKind.GARBLE)) > 5
    await socket.send_str("PING")
    broken, frames = 0, []
    while (message := await socket.receive()).data != "PONG":
        frames.append(message.data)
        try:
            json.loads(message.data)
        except ValueError:
            broken += 1
    assert broken >= counts[FaultKind.GARBLE]
    doubled = sum(first == second for first, second in pairwise(frames))
    assert doubled >= counts[FaultKind.DUPLICATE] // 2


async def test_books_can_be_crossed_and_snapshots_late(still, http):
    still.faults.add(Fault(FaultKind.DELAY_SNAPSHOT, seconds=0.05, times=1))
    still.faults.add(Fault(FaultKind.CROSS))
    socket = await subscribe(still, http, tokens_of(still)[:2], custom=False)
    await socket.send_str("PING")
    assert (await socket.receive()).data == "PONG"
    await still.advance(1)
    change = await next_event(socket, "price_change")
    assert {(row["side"], row["price"]) for row in change["price_changes"]} == {
        ("BUY", "0.99"),
        ("SELL", "0.01"),
    }
    async with asyncio.timeout(5):
        while not (message := await socket.receive()).data.startswith("["):
            pass
    assert len(json.loads(message.data)) == 2


async def test_sockets_can_be_cut_and_closed(venue, http):
    cut, closed = [await subscribe(venue, http, tokens_of(venue)) for _ in range(2)]
    await cut.receive()
    await closed.receive()
    assert venue.socket_count == 2
    assert venue.kill_sockets() == 2
    assert await closing(cut) == 1006
    again = await subscribe(venue, http, tokens_of(venue))
    await again.receive()
    venue.kill_sockets("market", 1012, "service restart")
    assert await closing(again) == 1012


async def test_a_snapshot_can_end_in_its_middle(venue, http):
    venue.faults.add(Fault(FaultKind.CUT_SNAPSHOT, times=1))
    socket = await subscribe(venue, http, tokens_of(venue))
    assert await closing(socket) == 1006
    again = await subscribe(venue, http, tokens_of(venue))
    assert len(await again.receive_json()) == len(tokens_of(venue))


async def test_pings_and_upgrades_can_go_unanswered(venue, http):
    socket = await subscribe(venue, http, ["1"])
    await socket.receive()
    venue.faults.add(Fault(FaultKind.NO_PONG, times=1))
    await socket.send_str("PING")
    await socket.send_str('{"operation":"dance"}')
    assert (await socket.receive()).data == "INVALID OPERATION"
    venue.faults.add(Fault(FaultKind.REFUSE_SOCKET, status=429, times=1))
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await http.ws_connect(venue.ws_market_url)
    assert caught.value.status == 429


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.ACCEPT_THEN_RESET,
        FaultKind.ACCEPT_THEN_CUT,
        FaultKind.ACCEPT_THEN_HTML,
        FaultKind.ACCEPT_THEN_STATUS,
    ],
)
async def test_an_order_can_be_taken_and_its_answer_lost(venue, http, kind):
    desk = Desk(venue, http)
    identifier, body = desk.sign(tokens_of(venue)[0], "0.05", "20")
    venue.faults.add(Fault(kind, times=1, path="POST /order", status=502))
    if kind is FaultKind.ACCEPT_THEN_STATUS:
        assert (await desk.ask("POST", "/order", body))[0] == 502
    else:
        with pytest.raises(aiohttp.ClientError):
            await desk.ask("POST", "/order", body)
    status, row = await desk.ask("GET", f"/data/order/{identifier}")
    assert (status, row["status"]) == (200, "LIVE")
    assert venue.history()["orders"][identifier].size == 20_000_000


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.STATUS])
async def test_a_request_can_be_lost_without_an_effect(venue, http, kind):
    desk = Desk(venue, http)
    identifier, body = desk.sign(tokens_of(venue)[0], "0.05", "20")
    venue.faults.add(Fault(kind, times=1, path="POST /order", status=425))
    if kind is FaultKind.RESET:
        with pytest.raises(aiohttp.ClientError):
            await desk.ask("POST", "/order", body)
    else:
        assert (await desk.ask("POST", "/order", body))[0] == 425
    assert await desk.ask("GET", f"/data/order/{identifier}") == (200, None)
    assert (await desk.ask("POST", "/order", body))[0] == 200


async def test_an_order_can_be_taken_long_after_its_connection_broke(still, http):
    desk = Desk(still, http)
    identifier, body = desk.sign(tokens_of(still)[0], "0.05", "20")
    still.faults.add(Fault(FaultKind.LATE_ACCEPT, times=1, seconds=40))
    with pytest.raises(aiohttp.ClientError):
        await desk.ask("POST", "/order", body)
    await still.advance(39)
    assert identifier not in still.history()["orders"]
    await still.advance(2)
    assert identifier in still.history()["orders"]


async def test_a_fill_can_come_before_the_answer(venue, http):
    stream = await user_stream(venue, http)
    await stream.receive()
    venue.faults.add(Fault(FaultKind.FILL_BEFORE_ACK, times=1, path="POST /order"))
    _, body = Desk(venue, http).sign(tokens_of(venue)[0], "0.9", "20", time_in_force=TimeInForce.IOC)
    desk = Desk(venue, http)
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(desk.ask("POST", "/order", body))
        trade = await next_event(stream, "trade")
        assert not answer.done()
    assert answer.result()[1]["tradeIDs"] == [trade["id"]]


async def test_user_events_can_be_lost_or_doubled(venue, http):
    stream = await user_stream(venue, http)
    await stream.receive()
    desk = Desk(venue, http)
    venue.faults.add(Fault(FaultKind.DUPLICATE_USER, times=1, path="order"))
    first = await desk.place(tokens_of(venue)[0], "0.05", "20")
    assert [(await next_event(stream, "order"))["id"] for _ in range(2)] == [first["orderID"]] * 2
    venue.faults.add(Fault(FaultKind.DROP_USER, times=1))
    await desk.place(tokens_of(venue)[0], "0.05", "20")
    third = await desk.place(tokens_of(venue)[0], "0.05", "20")
    assert (await next_event(stream, "order"))["id"] == third["orderID"]


async def test_fills_can_be_too_large_and_answers_endless(venue, http):
    stream = await user_stream(venue, http)
    await stream.receive()
    desk = Desk(venue, http)
    venue.faults.add(Fault(FaultKind.CORRUPT_USER, times=1))
    venue.faults.add(Fault(FaultKind.TRICKLE, times=1, path="POST /order", seconds=0.001))
    answer = await desk.place(tokens_of(venue)[0], "0.9", "20", time_in_force=TimeInForce.IOC)
    assert answer["takingAmount"] == "20"
    assert float((await next_event(stream, "trade"))["size"]) >= 100


async def test_lists_can_be_stale_and_the_clock_wrong(venue, http):
    desk = Desk(venue, http)
    answer = await desk.place(tokens_of(venue)[0], "0.05", "20")
    number = venue.faults.add(Fault(FaultKind.STALE_READ, seconds=60))
    assert (await desk.ask("GET", "/data/orders"))[1]["data"] == []
    venue.faults.remove(number)
    assert [row["id"] for row in (await desk.ask("GET", "/data/orders"))[1]["data"]] == [answer["orderID"]]
    venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=100))
    async with http.get(venue.rest_url + "/time") as shown:
        assert int(await shown.text()) - venue.venue.now_ns // 10**9 >= 99
    assert (await desk.ask("GET", "/data/orders"))[0] == 401


async def test_lists_come_in_pages(venue, http):
    venue.page_size = 2
    desk = Desk(venue, http)
    placed = [(await desk.place(tokens_of(venue)[0], "0.05", "20"))["orderID"] for _ in range(5)]
    cursor, pages = "MA==", []
    while cursor != "LTE=":
        _, page = await desk.ask("GET", "/data/orders", next_cursor=cursor)
        pages.append([row["id"] for row in page["data"]])
        cursor = page["next_cursor"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert list(chain.from_iterable(pages)) == placed


async def test_positions_follow_trades(venue, http):
    desk = Desk(venue, http)
    token = tokens_of(venue)[2]
    bought = await desk.place(token, "0.9", "40", time_in_force=TimeInForce.IOC)
    params = {"user": desk.who.address.lower()}
    async with http.get(venue.rest_url + "/positions", params=params) as answer:
        rows = await answer.json()
    assert [(row["asset"], row["size"]) for row in rows] == [(token, 40)]
    assert abs(rows[0]["avgPrice"] * 40 - float(bought["makingAmount"])) < 0.001
    async with http.get(venue.rest_url + "/value", params=params) as answer:
        assert (await answer.json())[0]["value"] > 0
    async with http.get(venue.rest_url + "/trades", params=params) as answer:
        assert sum(row["size"] for row in await answer.json()) == 40


# --- the back door


async def test_the_back_door_needs_its_token(still, http):
    headers = {"Authorization": f"Bearer {still.admin_token}"}
    async with http.get(still.admin_url + "/history") as answer:
        assert answer.status == 401
    fault = {"kind": "drop", "probability": 0.5}
    async with http.post(still.admin_url + "/faults", json=fault, headers=headers) as answer:
        number = (await answer.json())["number"]
    assert still.faults.faults() == {number: Fault(FaultKind.DROP, probability=0.5)}
    async with http.delete(f"{still.admin_url}/faults/{number}", headers=headers) as answer:
        assert answer.status == 200
    assert not still.faults
    before_ns = still.venue.now_ns
    async with http.post(still.admin_url + "/advance", json={"seconds": 2.5}, headers=headers) as answer:
        assert answer.status == 200
    assert still.venue.now_ns == before_ns + 2_500_000_000
    placed = await Desk(still, http).place(tokens_of(still)[0], "0.05", "20")
    async with http.get(still.admin_url + "/history", headers=headers) as answer:
        history = await answer.json()
    assert history["orders"][placed["orderID"]]["state"] == "LIVE"


# --- restarts


async def test_orders_money_and_trades_survive_a_restart(tmp_path, http):
    path = tmp_path / "venue.jsonl"
    settings = {"seed": 4, "rate": 20, "still": True, "state_path": path}
    async with EmbeddedExchange(**settings) as venue:
        desk = Desk(venue, http)
        token, other = tokens_of(venue)[:2]
        bought = await desk.place(token, "0.9", "40", time_in_force=TimeInForce.IOC)
        resting = await desk.place(other, "0.05", "20")
        gone = await desk.place(token, "0.05", "20")
        await desk.ask("DELETE", "/order", json.dumps({"orderID": gone["orderID"]}).encode())
        before = venue.history()
        money = venue.venue.clearing.ledger[desk.who.address]
        spent = (dict(money.assets), dict(money.reserved))
    # A kill may cut the last line short.
    with path.open("ab") as file:
        file.write(b'{"kind":"order","value":{"order_i')
    async with EmbeddedExchange(**settings) as venue:
        desk = Desk(venue, http)
        after = venue.history()
        assert after["orders"] == before["orders"]
        assert after["trades"].keys() == before["trades"].keys()
        money = venue.venue.clearing.ledger[desk.who.address]
        assert (dict(money.assets), dict(money.reserved)) == spent
        _, page = await desk.ask("GET", "/data/orders")
        assert [row["id"] for row in page["data"]] == [resting["orderID"]]
        assert venue.venue.conserves_value()
        await venue.advance(12)
        trades = (await desk.ask("GET", "/data/trades"))[1]["data"]
        assert {row["status"] for row in trades} == {"CONFIRMED"}
        assert {row["id"] for row in trades} == set(bought["tradeIDs"])
        _, answer = await desk.ask("DELETE", "/order", json.dumps({"orderID": resting["orderID"]}).encode())
        assert answer["canceled"] == [resting["orderID"]]
        assert venue.venue.conserves_value()


async def test_a_state_of_other_settings_or_none_at_all_is_refused(tmp_path):
    path = tmp_path / "venue.jsonl"
    async with EmbeddedExchange(seed=1, state_path=path):
        pass
    with pytest.raises(SimError, match="other settings"):
        EmbeddedExchange(seed=2, state_path=path)
    path.write_text("hello\nworld\n")
    with pytest.raises(SimError, match="line 1"):
        async with EmbeddedExchange(seed=1, state_path=path):
            pass
    with pytest.raises(SimError, match="cannot be kept"):
        async with EmbeddedExchange(seed=1, state_path=tmp_path / "no" / "folder"):
            pass


# --- the command


async def start(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "omega_tui.sim",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_says_one_line_serves_and_ends_cleanly(http, number):
    async with asyncio.timeout(20):
        program = await start("--json", "--seed", "9")
        said = json.loads(await program.stdout.readline())
        assert said["chain_id"] == 80_002
        assert {"private_key", "api_key", "secret", "passphrase", "address"} <= said["credentials"].keys()
        assert {"market_id", "question", "tokens", "tick_size", "neg_risk"} <= said["markets"][0].keys()
        async with http.get(
            said["rest"] + "/book", params=said["markets"][0]["tokens"][0] | {"outcome": ""}
        ) as answer:
            assert answer.status == 200
        port = said["rest"].rsplit(":", 1)[1]
        second = await start("--port", port)
        output, errors = await second.communicate()
        assert second.returncode == 2
        assert f"port {port}" in errors.decode()
        assert output == b""
        program.send_signal(number)
        rest, errors = await program.communicate()
        assert (program.returncode, rest, errors) == (0, b"", b"")
