"""The embedded Bitget over real sockets: who may ask, the chain of a book, and faults on request."""

import asyncio
import contextlib
import json
from decimal import Decimal

import aiohttp
import pytest

from omega_tui.clock import ManualClock
from omega_tui.errors import SimError
from omega_tui.protocol.bitget.signing import login_signature, rest_signature
from omega_tui.protocol.book_checksum import top_checksum
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coins import BTC_SPOT
from omega_tui.sim.faults import Fault, FaultKind

D = Decimal
BOOKS = {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"}
ASSETS = "/api/v2/spot/account/assets"
PLACE = "/api/v2/spot/trade/place-order"


@pytest.fixture
async def venue():
    async with asyncio.timeout(30), EmbeddedBitget(seed=9, rate=60, still=True) as made:
        yield made


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


def signed(credentials, method, path, *, timestamp="1780000000000", **parts):
    sign = rest_signature(credentials.secret, timestamp_ms=timestamp, method=method, path=path, **parts)
    return {
        "ACCESS-KEY": credentials.api_key,
        "ACCESS-SIGN": sign,
        "ACCESS-TIMESTAMP": timestamp,
        "ACCESS-PASSPHRASE": credentials.passphrase.reveal(),
    }


async def get(venue, http, path, *, query="", headers=None):
    url = f"{venue.base_url}/api.bitget.com{path}" + (f"?{query}" if query else "")
    async with http.get(url, headers=headers or {}) as response:
        return response.status, await response.json()


async def post(venue, http, path, fields, credentials=None):
    body = json.dumps(fields)
    headers = signed(credentials or venue.credentials, "POST", path, body=body)
    async with http.post(f"{venue.base_url}/api.bitget.com{path}", data=body, headers=headers) as response:
        return response.status, await response.json()


class Stream:
    """One socket, read frame by frame."""

    def __init__(self, socket):
        self.socket = socket

    async def ask(self, operation, *args):
        await self.socket.send_str(json.dumps({"op": operation, "args": list(args)}))

    async def next(self):
        return await self.socket.receive_json()

    async def until(self, wanted):
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame


@contextlib.asynccontextmanager
async def stream(venue, http, which="public"):
    async with http.ws_connect(f"{venue.ws_base}/ws.bitget.com/v2/ws/{which}") as socket:
        yield Stream(socket)


def login(credentials, timestamp="1780000000"):
    return {
        "apiKey": credentials.api_key,
        "passphrase": credentials.passphrase.reveal(),
        "timestamp": timestamp,
        "sign": login_signature(credentials.secret, timestamp_s=timestamp),
    }


class Book:
    """What a careful client keeps: levels by price, and whether the chain is whole."""

    def __init__(self):
        self.sides = {"bids": {}, "asks": {}}
        self.sequence = None
        self.gaps = 0

    def apply(self, frame):
        (data,) = frame["data"]
        if frame["action"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
        elif data["pseq"] != self.sequence:
            self.gaps += 1
        self.sequence = data["seq"]
        for side, levels in self.sides.items():
            for price, size in data[side]:
                if D(size):
                    levels[price] = size
                else:
                    levels.pop(price, None)

    def levels(self, side):
        rows = sorted(self.sides[side].items(), key=lambda row: D(row[0]), reverse=side == "bids")
        return [tuple(row) for row in rows]


async def follow(venue, connection, book, updates):
    """Take some updates in, letting time pass at the venue."""
    for _ in range(updates):
        while True:
            await venue.advance(0.1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    frame = await connection.next()
                    break
        book.apply(frame)


# --- REST


async def test_a_good_signature_is_served_and_every_bad_one_has_its_code(venue, http):
    good = signed(venue.credentials, "GET", ASSETS, query="coin=USDT")
    status, body = await get(venue, http, ASSETS, query="coin=USDT", headers=good)
    assert (status, body["code"], body["data"][0]["available"]) == (200, "00000", "100000")
    for change, code in (
        ({"ACCESS-KEY": ""}, "40001"),
        ({"ACCESS-SIGN": ""}, "40003"),
        ({"ACCESS-TIMESTAMP": "soon"}, "40005"),
        ({"ACCESS-KEY": "somebody"}, "40006"),
        ({"ACCESS-SIGN": "nonsense"}, "40009"),
        ({"ACCESS-PASSPHRASE": ""}, "40011"),
        ({"ACCESS-PASSPHRASE": "wrong"}, "40012"),
    ):
        status, body = await get(venue, http, ASSETS, query="coin=USDT", headers=good | change)
        assert (status, body["code"]) == (400, code)
    status, body = await get(venue, http, ASSETS, query="coin=BTC", headers=good)
    assert body["code"] == "40009"


async def test_an_old_timestamp_is_refused_where_time_flows(http):
    clock = ManualClock()
    async with EmbeddedBitget(clock=clock, rate=1) as venue:
        now_ms = clock.now_ns() // 1_000_000
        for offset, code in ((0, "00000"), (-29_000, "00000"), (-31_000, "40008"), (31_000, "40008")):
            headers = signed(venue.credentials, "GET", ASSETS, timestamp=str(now_ms + offset))
            _, body = await get(venue, http, ASSETS, headers=headers)
            assert body["code"] == code
        venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=60))
        headers = signed(venue.credentials, "GET", ASSETS, timestamp=str(now_ms))
        assert (await get(venue, http, ASSETS, headers=headers))[1]["code"] == "40008"
        _, body = await get(venue, http, "/api/v2/public/time")
        assert int(body["data"]["serverTime"]) - now_ms >= 60_000


async def test_unknown_paths_and_parameters_are_refused(venue, http):
    assert (await get(venue, http, "/api/v2/nothing"))[1]["code"] == "40404"
    status, body = await get(venue, http, "/api/v2/spot/market/tickers", query="symbol=XYZUSDT")
    assert (status, body["code"]) == (400, "40034")
    for query, code in (
        ("symbol=BTCUSDT", "40019"),
        ("symbol=BTCUSDT&granularity=7min", "40020"),
        ("symbol=BTCUSDT&granularity=1min&limit=x", "40020"),
    ):
        assert (await get(venue, http, "/api/v2/spot/market/candles", query=query))[1]["code"] == code
    body = json.dumps([1])
    headers = signed(venue.credentials, "POST", PLACE, body=body)
    async with http.post(f"{venue.base_url}/api.bitget.com{PLACE}", data=body, headers=headers) as response:
        assert (await response.json())["code"] == "40017"


async def test_a_key_says_what_it_may_do(venue, http):
    path = "/api/v2/spot/account/info"
    for credentials, may_trade in ((venue.credentials, True), (venue.read_only_credentials, False)):
        _, body = await get(venue, http, path, headers=signed(credentials, "GET", path))
        assert ("stow" in body["data"]["authorities"]) == may_trade
        assert "stor" in body["data"]["authorities"]


@pytest.mark.parametrize("size", ["1e999999999", "1e-999999999", "NaN", "Infinity", "true", "[1]", '"1e5"'])
async def test_numbers_that_are_none_are_refused(venue, http, size):
    body = f'{{"symbol":"BTCUSDT","side":"sell","orderType":"market","size":{size}}}'
    headers = signed(venue.credentials, "POST", PLACE, body=body)
    async with http.post(f"{venue.base_url}/api.bitget.com{PLACE}", data=body, headers=headers) as response:
        assert (await response.json())["code"] in {"40017", "40020"}


async def test_browsers_and_foreign_names_are_turned_away(venue, http):
    url = f"{venue.base_url}/api.bitget.com/api/v2/public/time"
    async with http.get(url, headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
    async with http.get(url, headers={"Host": "evil.example"}) as response:
        assert response.status == 403


async def test_orders_of_one_account_are_nothing_to_another(venue, http):
    fields = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "price": "60000.01", "size": "0.01"}
    _, placed = await post(venue, http, PLACE, fields)
    order_id = placed["data"]["orderId"]
    cancel = {"symbol": "BTCUSDT", "orderId": order_id}
    path = "/api/v2/spot/trade/cancel-order"
    _, body = await post(venue, http, path, cancel, venue.second_credentials)
    assert body["code"] == "43001"
    _, body = await post(venue, http, path, cancel)
    assert body["data"]["orderId"] == order_id


async def test_pages_go_on_where_the_last_one_ended(venue, http):
    for number in range(5):
        fields = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "size": "0.001"}
        await post(venue, http, PLACE, fields | {"price": f"6000{number}"})
    path = "/api/v2/spot/trade/unfilled-orders"
    seen, before = [], ""
    for _ in range(3):
        query = f"idLessThan={before}&limit=2" if before else "limit=2"
        headers = signed(venue.credentials, "GET", path, query=query)
        _, body = await get(venue, http, path, query=query, headers=headers)
        seen += [row["priceAvg"] for row in body["data"]]
        before = body["data"][-1]["orderId"]
    assert seen == ["60004", "60003", "60002", "60001", "60000"]


@pytest.mark.parametrize(("status", "code"), [(429, "429"), (503, "40200"), (500, "40015")])
async def test_a_status_is_answered_in_the_venues_words_and_nothing_is_done(venue, http, status, code):
    venue.faults.add(Fault(FaultKind.STATUS, status=status, times=1, path="POST *"))
    fields = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "price": "60000", "size": "0.01"}
    answered, body = await post(venue, http, PLACE, fields)
    assert (answered, body["code"]) == (status, code)
    assert venue.history().orders == ()


async def test_stale_reads_leave_young_orders_out(venue, http):
    fields = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "price": "60000", "size": "0.01"}
    venue.faults.add(Fault(FaultKind.STALE_READ, seconds=2))
    await post(venue, http, PLACE, fields)
    path = "/api/v2/spot/trade/unfilled-orders"
    headers = signed(venue.credentials, "GET", path)
    assert (await get(venue, http, path, headers=headers))[1]["data"] == []
    await venue.advance(2.5)
    assert len((await get(venue, http, path, headers=headers))[1]["data"]) == 1


async def test_a_late_order_is_taken_after_its_connection_is_gone(venue, http):
    venue.faults.add(Fault(FaultKind.LATE_ACCEPT, seconds=0.05, times=1))
    fields = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "price": "60000", "size": "0.01"}
    with pytest.raises(aiohttp.ClientError):
        await post(venue, http, PLACE, fields | {"clientOid": "late"})
    assert venue.history().orders == ()
    path, query = "/api/v2/spot/trade/orderInfo", "clientOid=late"
    headers = signed(venue.credentials, "GET", path, query=query)
    async with asyncio.timeout(5):
        found = []
        while not found:
            found = (await get(venue, http, path, query=query, headers=headers))[1]["data"]
    assert len(venue.history().orders) == 1


# --- streams


async def test_a_book_is_a_chain_whose_end_is_the_venues_book(venue, http):
    await venue.advance(1.05)
    async with stream(venue, http) as connection:
        await connection.ask("subscribe", BOOKS)
        assert await connection.next() == {"event": "subscribe", "arg": BOOKS}
        book, market = Book(), venue.exchange.venue.markets[BTC_SPOT]
        book.apply(await connection.next())
        for _ in range(40):
            told = {sequence: checksum for sequence, _, checksum in market.told}
            assert top_checksum(book.levels("bids"), book.levels("asks")) == told[book.sequence]
            await follow(venue, connection, book, 1)
    assert book.gaps == 0


async def test_every_lost_or_swapped_update_is_a_gap_in_the_chain(venue, http):
    async with stream(venue, http) as connection:
        await connection.ask("subscribe", BOOKS)
        await connection.next()
        book = Book()
        book.apply(await connection.next())
        await follow(venue, connection, book, 5)
        venue.faults.add(Fault(FaultKind.DROP, times=1, path="SPOT/books"))
        await follow(venue, connection, book, 5)
        assert book.gaps == 1
        venue.faults.add(Fault(FaultKind.DELAY, times=1, path="SPOT/books"))
        await follow(venue, connection, book, 8)
        assert book.gaps == 4  # the later one first, the earlier one after it, and the one after that
        await connection.ask("unsubscribe", BOOKS)
        await connection.until(lambda frame: frame.get("event") == "unsubscribe")
        await connection.ask("subscribe", BOOKS)
        fresh = Book()
        fresh.apply(await connection.until(lambda frame: frame.get("action") == "snapshot"))
        await follow(venue, connection, fresh, 5)
        assert fresh.gaps == 0
    assert [each.kind for each in venue.faults.log] == [FaultKind.DROP, FaultKind.DELAY]


async def test_a_lost_level_leaves_the_chain_whole_and_the_book_wrong(venue, http):
    async with stream(venue, http) as connection:
        await connection.ask("subscribe", BOOKS)
        await connection.next()
        book, market = Book(), venue.exchange.venue.markets[BTC_SPOT]
        book.apply(await connection.next())
        venue.faults.add(Fault(FaultKind.LOST_LEVEL, path="SPOT/books"))
        await follow(venue, connection, book, 10)
        assert book.gaps == 0
        assert book.levels("bids") != market.shown_texts(is_bid=True)


async def test_a_snapshot_may_be_cut_in_the_middle(venue, http):
    venue.faults.add(Fault(FaultKind.CUT_SNAPSHOT, times=1))
    async with stream(venue, http) as connection:
        await connection.ask("subscribe", BOOKS)
        whole = []
        frame = await connection.socket.receive()
        while frame.type is aiohttp.WSMsgType.TEXT:
            whole.append(frame.data)
            frame = await connection.socket.receive()
        assert not any("snapshot" in text for text in whole)
    assert len(venue.faults.log) == 1


async def test_a_mute_acknowledgement_leaves_only_silence(venue, http):
    venue.faults.add(Fault(FaultKind.IGNORE_SUBSCRIBE, times=1))
    async with stream(venue, http) as connection:
        await connection.ask("subscribe", BOOKS)
        await venue.advance(1)
        await connection.socket.send_str("ping")
        assert await connection.socket.receive_str() == "pong"


async def test_a_half_open_socket_hears_and_says_nothing_while_a_new_one_is_well(venue, http):
    async with stream(venue, http) as dead, stream(venue, http) as alive:
        await dead.ask("subscribe", BOOKS)
        await dead.next()
        await dead.next()
        assert venue.freeze_sockets("public") == 2
        await venue.advance(1)
        await dead.socket.send_str("ping")
        await alive.socket.send_str("ping")
        async with stream(venue, http) as fresh:
            await fresh.socket.send_str("ping")
            assert await fresh.socket.receive_str() == "pong"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await dead.socket.receive()


async def test_sockets_are_closed_with_a_code_or_cut(venue, http):
    async with stream(venue, http) as first, stream(venue, http, "private") as second:
        for connection in (first, second):
            await connection.socket.send_str("ping")
            assert await connection.socket.receive_str() == "pong"
        assert venue.kill_sockets("public", 1012, "restart") == 1
        closed = await first.socket.receive()
        assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1012)
        assert venue.kill_sockets("private") == 1
        assert (await second.socket.receive()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def test_a_client_that_does_not_read_is_closed_as_too_slow(venue, http):
    venue._sockets.buffer_limit = 1_000
    async with stream(venue, http) as connection:
        await connection.ask("subscribe", BOOKS)
        closed = await connection.socket.receive()
        while closed.type is aiohttp.WSMsgType.TEXT:
            closed = await connection.socket.receive()
        assert closed.data == 1013


async def test_logins_are_verified(venue, http):
    good = login(venue.credentials)
    async with stream(venue, http, "private") as connection:
        for change, code in (
            ({"apiKey": "x"}, 30011),
            ({"passphrase": "x"}, 30012),
            ({"timestamp": "x"}, 30013),
            ({"sign": "x"}, 30015),
        ):
            await connection.ask("login", good | change)
            assert (await connection.next())["code"] == code
        await connection.ask("subscribe", {"instType": "SPOT", "channel": "orders", "instId": "default"})
        assert (await connection.next())["code"] == 30004
        await connection.ask("login", good)
        assert await connection.next() == {"event": "login", "code": 0, "msg": ""}


async def test_nobody_hears_of_the_orders_of_others(venue, http):
    channels = [
        {"instType": "SPOT", "channel": "orders", "instId": "default"},
        {"instType": "SPOT", "channel": "orders", "instId": "BTCUSDT"},
        {"instType": "SPOT", "channel": "fill", "instId": "default"},
        {"instType": "SPOT", "channel": "account", "coin": "default"},
    ]
    async with stream(venue, http, "private") as mine, stream(venue, http, "private") as other:
        for connection, who in ((mine, venue.credentials), (other, venue.second_credentials)):
            await connection.ask("login", login(who))
            await connection.ask("subscribe", *channels)
            await connection.until(lambda frame: frame.get("action") == "snapshot")
        await post(
            venue, http, PLACE, {"symbol": "BTCUSDT", "side": "sell", "orderType": "market", "size": "1"}
        )
        for channel in ("orders", "fill", "account"):
            await mine.until(lambda frame, wanted=channel: frame["arg"]["channel"] == wanted)
        await other.socket.send_str("ping")
        assert await other.socket.receive_str() == "pong"


async def test_fills_may_be_told_twice_or_not_at_all(venue, http):
    fill = {"instType": "SPOT", "channel": "fill", "instId": "default"}
    async with stream(venue, http, "private") as connection:
        await connection.ask("login", login(venue.credentials))
        await connection.ask("subscribe", fill)
        await connection.until(lambda frame: frame.get("event") == "subscribe")
        sell = {"symbol": "BTCUSDT", "side": "sell", "orderType": "market", "size": "0.0001"}
        venue.faults.add(Fault(FaultKind.DROP_USER, times=1, path="SPOT/fill"))
        await post(venue, http, PLACE, sell)
        venue.faults.add(Fault(FaultKind.DUPLICATE_USER, times=1, path="SPOT/fill"))
        await post(venue, http, PLACE, sell)
        told = [(await connection.next())["data"][0]["tradeId"] for _ in range(2)]
    (_, second) = venue.history().fills
    assert told == [second.trade_id, second.trade_id]


async def test_the_same_seed_and_calls_give_the_same_bytes(http):
    async def tape(seed):
        frames = []
        venue = EmbeddedBitget(seed=seed, rate=60, still=True)
        async with venue, stream(venue, http) as connection:
            for channel in ("books", "trade", "ticker", "candle1m"):
                await connection.ask("subscribe", BOOKS | {"channel": channel})
                await connection.until(lambda frame: frame.get("event") == "subscribe")
            await venue.advance(3)
            await connection.socket.send_str("ping")
            while (text := await connection.socket.receive_str()) != "pong":
                frames.append(text)
        return frames

    first = await tape(1)
    assert len(first) > 40
    assert first == await tape(1)
    assert first != await tape(2)


async def test_time_is_moved_only_where_it_stands_still():
    async with EmbeddedBitget(rate=1) as venue:
        with pytest.raises(SimError):
            await venue.advance(1)
    with pytest.raises(SimError):
        EmbeddedBitget(rate=0)
