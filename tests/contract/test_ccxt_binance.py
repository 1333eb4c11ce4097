"""The unmodified ccxt binance against the embedded one: every unified call that its spot market has."""

import asyncio
import contextlib
from decimal import Decimal

import aiohttp
import ccxt.pro as ccxt
import pytest

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.errors import SimError
from omega_tui.protocol.binance.signing import signature
from omega_tui.sim.binance import EmbeddedBinance
from omega_tui.sim.coin_records import OrderState, PlanState
from omega_tui.sim.coins import BTC_SPOT
from omega_tui.sim.faults import Fault, FaultKind

SPOT = "BTC/USDT"
D = Decimal


@contextlib.asynccontextmanager
async def connected(venue, credentials=None, options=None, **changes):
    key = credentials or venue.credentials
    settings = {
        "apiKey": key.api_key,
        "secret": key.secret.reveal(),
        "enableRateLimit": False,
        "timeout_on_exit": 0,
        "options": {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}}
        | (options or {}),
    }
    exchange = ccxt.binance(settings | changes)
    exchange.urls = venue.urls(exchange.urls)
    try:
        await exchange.load_markets()
        yield exchange
    finally:
        await exchange.close()


@pytest.fixture
async def venue():
    async with EmbeddedBinance(seed=5, rate=60, still=True) as made, asyncio.timeout(60):
        yield made
        made.exchange.venue._check()


@pytest.fixture
async def client(venue):
    async with connected(venue) as exchange:
        yield exchange


def book_of(venue):
    return venue.exchange.venue.markets[BTC_SPOT]


def last(venue):
    return float(book_of(venue).spec.price(book_of(venue).last))


async def until(venue, waiting):
    """Let time pass at the venue until `waiting` has its answer, and return or raise that."""

    async def outcome():
        try:
            return await waiting, None
        except ccxt.BaseError as error:
            return None, error

    async with asyncio.TaskGroup() as group:
        task = group.create_task(outcome())
        while not task.done():
            await venue.advance(0.1)
            await asyncio.sleep(0.002)
    found, error = task.result()
    if error is not None:
        raise error
    return found


async def become(condition):
    """Wait for what a stream leaves in a cache of ccxt, which has no event of its own."""
    while not condition():  # noqa: ASYNC110  (see above)
        await asyncio.sleep(0.002)


# --- public


async def test_markets_have_their_steps_minimums_and_fees(client):
    assert set(client.markets) == {SPOT, "ETH/USDT"}
    market = client.market(SPOT)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.00001)
    assert (market["limits"]["cost"]["min"], market["limits"]["amount"]["min"]) == (5, 0.00001)
    assert market["active"]
    fees = await client.fetch_trading_fees()
    assert (fees[SPOT]["maker"], fees[SPOT]["taker"]) == (0.001, 0.001)
    assert (await client.fetch_trading_fee(SPOT))["taker"] == 0.001
    assert (await client.fetch_status())["status"] == "ok"


async def test_public_data_are_those_of_the_venue(venue, client):
    await venue.advance(20)
    market = book_of(venue)
    book = await client.fetch_order_book(SPOT, 10)
    for side, is_bid in (("bids", True), ("asks", False)):
        levels = [(float(price), float(size)) for price, size in market.level_texts(is_bid=is_bid, limit=10)]
        assert [tuple(level) for level in book[side]] == levels
    assert book["nonce"] == market.sequence
    ticker = await client.fetch_ticker(SPOT)
    assert (ticker["last"], ticker["bid"]) == (last(venue), book["bids"][0][0])
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["percentage"] == pytest.approx((ticker["last"] / ticker["open"] - 1) * 100, abs=0.001)
    trades = await client.fetch_trades(SPOT, limit=20)
    assert [trade["id"] for trade in trades] == [each.trade_id for each in market.trades][-len(trades) :]
    assert [trade["side"] for trade in trades] == [
        "buy" if each.is_buy else "sell" for each in list(market.trades)[-len(trades) :]
    ]
    minutes = await client.fetch_ohlcv(SPOT, "1m", limit=120)
    assert len(minutes) == 120
    assert minutes[-1][4] == ticker["last"]
    hours = await client.fetch_ohlcv(SPOT, "1h", limit=2)
    inside = [row for row in minutes if hours[-1][0] <= row[0]]
    assert hours[-1][2] == max(row[2] for row in inside)
    since = await client.fetch_ohlcv(SPOT, "1m", since=minutes[5][0], limit=3)
    assert since == minutes[5:8]
    assert await client.fetch_time() == venue.exchange.venue.now_ms
    for found in (await client.fetch_tickers([SPOT]), await client.fetch_bids_asks([SPOT])):
        assert found[SPOT]["bid"] == ticker["bid"]
    assert (await client.fetch_last_prices([SPOT]))[SPOT]["price"] == ticker["last"]


# --- orders


async def test_a_limit_order_from_its_placing_to_its_cancel(venue, client):
    price = client.price_to_precision(SPOT, last(venue) * 0.99)
    options = {"postOnly": True, "clientOrderId": "mine-1"}
    placed = await client.create_order(SPOT, "limit", "buy", 0.01, float(price), options)
    for found in (
        placed,
        await client.fetch_order(placed["id"], SPOT),
        await client.fetch_order(None, SPOT, {"origClientOrderId": "mine-1"}),
        await client.fetch_order(None, SPOT, {"clientOrderId": "mine-1"}),
        (await client.fetch_open_orders(SPOT))[0],
    ):
        assert (found["id"], found["clientOrderId"]) == (placed["id"], "mine-1")
        assert (found["status"], found["side"], found["type"]) == ("open", "buy", "limit")
        assert (found["price"], found["amount"], found["filled"]) == (float(price), 0.01, 0)
        assert found["postOnly"]
    await client.cancel_order(placed["id"], SPOT)
    assert await client.fetch_open_orders(SPOT) == []
    (canceled,) = await client.fetch_canceled_orders(SPOT)
    assert (canceled["id"], canceled["status"]) == (placed["id"], "canceled")
    (truth,) = venue.history().orders
    assert truth.state is OrderState.CANCELED


async def test_an_edit_cancels_one_order_and_places_another(venue, client):
    price = last(venue)
    placed = await client.create_order(SPOT, "limit", "buy", 0.01, price * 0.99)
    edited = await client.edit_order(placed["id"], SPOT, "limit", "buy", 0.02, price * 0.98)
    assert edited["id"] not in {None, placed["id"]}
    (found,) = await client.fetch_open_orders(SPOT)
    assert (found["id"], found["amount"]) == (edited["id"], 0.02)
    # The first half is done before the second is looked at, and is not undone.
    with pytest.raises(ccxt.ExchangeError, match="-2021"):
        await client.edit_order(edited["id"], SPOT, "limit", "buy", 9, price * 0.98)
    assert await client.fetch_open_orders(SPOT) == []
    with pytest.raises(ccxt.ExchangeError, match="-2022"):
        await client.edit_order(edited["id"], SPOT, "limit", "buy", 0.01, price * 0.98)
    assert await client.fetch_open_orders(SPOT) == []


async def test_orders_are_canceled_by_client_id_and_all_at_once(venue, client):
    price = last(venue)
    for number in range(4):
        options = {"clientOrderId": f"c{number}"}
        await client.create_order(SPOT, "limit", "sell", 0.01, price * (1.01 + number / 100), options)
    await client.cancel_order(None, SPOT, {"clientOrderId": "c2"})
    left = {order["clientOrderId"] for order in await client.fetch_open_orders(SPOT)}
    assert left == {"c0", "c1", "c3"}
    await client.cancel_all_orders(SPOT)
    assert await client.fetch_open_orders(SPOT) == []


async def test_market_orders_fill_and_are_found_as_trades(venue, client):
    bought = await client.create_order(SPOT, "market", "buy", 0.02)
    spent = await client.create_market_buy_order_with_cost(SPOT, 500)
    sold = await client.create_order(SPOT, "market", "sell", 0.01)
    got = await client.create_market_sell_order_with_cost(SPOT, 300)
    assert (bought["status"], bought["filled"]) == ("closed", 0.02)
    assert bought["cost"] == pytest.approx(sum(trade["cost"] for trade in bought["trades"]))
    assert spent["cost"] == pytest.approx(500, abs=2)
    assert spent["cost"] <= 500
    assert got["cost"] == pytest.approx(300, abs=2)
    closed = {order["id"]: order for order in await client.fetch_closed_orders(SPOT)}
    assert set(closed) == {each["id"] for each in (bought, spent, sold, got)}
    trades = await client.fetch_my_trades(SPOT)
    truth = {fill.trade_id: fill for fill in venue.history().fills}
    assert {trade["id"] for trade in trades} == set(truth)
    assert {trade["order"] for trade in trades} == set(closed)
    for trade in trades:
        fill = truth[trade["id"]]
        assert (D(repr(trade["price"])), D(repr(trade["amount"]))) == (fill.price, fill.size)
        assert trade["fee"]["cost"] == pytest.approx(float(fill.fee))
        assert trade["fee"]["currency"] == fill.order.fee_coin
        assert trade["takerOrMaker"] == "taker"
    assert [t["order"] for t in await client.fetch_order_trades(sold["id"], SPOT)] == [sold["id"]] * len(
        sold["trades"]
    )


async def test_ioc_and_fok_take_what_is_there_or_nothing(venue, client):
    market = book_of(venue)
    best = float(market.spec.price(market.engine.best_ask))
    touch = float(market.spec.size(market.engine.total_at(market.engine.best_ask, is_bid=False)))
    amount = round(touch + 0.3, 4)
    killed = await client.create_order(SPOT, "limit", "buy", amount, best, {"timeInForce": "FOK"})
    taken = await client.create_order(SPOT, "limit", "buy", amount, best, {"timeInForce": "IOC"})
    found = {order["id"]: order for order in await client.fetch_orders(SPOT)}
    assert (found[killed["id"]]["status"], found[killed["id"]]["filled"]) == ("expired", 0)
    assert (found[taken["id"]]["status"], found[taken["id"]]["filled"]) == ("expired", pytest.approx(touch))
    with pytest.raises(ccxt.OrderImmediatelyFillable, match="match and take"):
        await client.create_order(SPOT, "limit", "buy", 0.01, last(venue) * 1.01, {"postOnly": True})
    assert len(venue.history().orders) == 2


# --- stops


async def test_a_stop_waits_fires_and_stays_the_same_order(venue, client):
    price = last(venue)
    trigger = float(client.price_to_precision(SPOT, price * 0.97))
    options = {"triggerPrice": trigger, "clientOrderId": "stop-1"}
    stop = await client.create_order(SPOT, "market", "sell", 0.01, None, options)
    (waiting,) = await client.fetch_open_orders(SPOT)
    assert (waiting["id"], waiting["triggerPrice"], waiting["status"]) == (stop["id"], trigger, "open")
    assert (waiting["info"]["type"], waiting["info"]["isWorking"]) == ("STOP_LOSS", False)
    assert await client.fetch_my_trades(SPOT) == []
    venue.shock("BTC", D(repr(price)) * D("0.95"))
    await venue.advance(0.5)
    assert await client.fetch_open_orders(SPOT) == []
    trades = await client.fetch_my_trades(SPOT)
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.01)
    assert {trade["order"] for trade in trades} == {stop["id"]}
    found = await client.fetch_order(None, SPOT, {"clientOrderId": "stop-1"})
    assert (found["id"], found["status"], found["filled"]) == (stop["id"], "closed", 0.01)
    (truth,) = venue.history().plans
    assert truth.state is PlanState.EXECUTED
    assert len(await client.fetch_orders(SPOT)) == 1


async def test_a_stop_limit_is_edited_fires_and_is_canceled_in_the_book(venue, client):
    price = last(venue)
    trigger, limit, later = (
        float(client.price_to_precision(SPOT, price * factor)) for factor in (1.02, 1.015, 1.025)
    )
    stop = await client.create_order(SPOT, "limit", "buy", 0.01, limit, {"triggerPrice": trigger})
    assert (stop["type"], stop["triggerPrice"]) == ("limit", trigger)
    stop = await client.edit_order(stop["id"], SPOT, "limit", "buy", 0.02, limit, {"stopPrice": later})
    (waiting,) = await client.fetch_open_orders(SPOT)
    assert (waiting["id"], waiting["triggerPrice"], waiting["amount"]) == (stop["id"], later, 0.02)
    assert waiting["info"]["type"] == "STOP_LOSS_LIMIT"
    venue.shock("BTC", D(repr(later)) * D("1.01"))
    await venue.advance(0.5)
    (resting,) = await client.fetch_open_orders(SPOT)
    assert (resting["id"], resting["info"]["isWorking"], resting["price"]) == (stop["id"], True, limit)
    await client.cancel_order(stop["id"], SPOT)
    assert (await client.fetch_order(stop["id"], SPOT))["status"] == "canceled"


async def test_a_take_profit_waits_for_the_better_side_and_is_canceled(venue, client):
    price = last(venue)
    options = {"takeProfitPrice": price * 1.03}
    order = await client.create_order(SPOT, "limit", "sell", 0.01, price * 1.03, options)
    (waiting,) = await client.fetch_open_orders(SPOT)
    assert (waiting["id"], waiting["info"]["type"]) == (order["id"], "TAKE_PROFIT_LIMIT")
    await client.cancel_order(order["id"], SPOT)
    assert await client.fetch_open_orders(SPOT) == []
    assert (await client.fetch_order(order["id"], SPOT))["status"] == "canceled"
    with pytest.raises(ccxt.ExchangeError, match="trigger immediately"):
        await client.create_order(SPOT, "market", "sell", 0.01, None, {"triggerPrice": price * 1.02})


# --- account


async def test_balances_show_what_orders_hold(venue, client):
    price = float(client.price_to_precision(SPOT, last(venue) * 0.99))
    await client.create_order(SPOT, "limit", "buy", 0.1, price)
    balance = await client.fetch_balance()
    assert balance["USDT"]["used"] == pytest.approx(price * 0.1)
    assert balance["USDT"]["total"] == 100_000
    assert balance["BTC"]["free"] == 2


# --- streams


async def test_watched_books_are_the_venues_books(venue, client):
    book = await until(venue, client.watch_order_book(SPOT, 5000))
    for _ in range(30):
        book = await until(venue, client.watch_order_book(SPOT, 5000))
    venue.exchange.venue.beat()
    venue._sockets.flush()
    market = book_of(venue)
    await become(lambda: client.orderbooks[SPOT]["nonce"] == market.sequence)
    for side, is_bid in (("bids", True), ("asks", False)):
        truth = [(float(price), float(size)) for price, size in market.level_texts(is_bid=is_bid)]
        assert [(level[0], level[1]) for level in client.orderbooks[SPOT][side]] == truth
    await client.un_watch_order_book(SPOT)
    assert venue._sockets._wanted("BTCUSDT") == set()
    assert book["bids"]


async def watch_books(venue, client, times):
    for _ in range(times):
        await until(venue, client.watch_order_book(SPOT))


async def test_a_lost_change_is_noticed_and_the_next_call_begins_anew(venue, client):
    await until(venue, client.watch_order_book(SPOT))
    venue.faults.add(Fault(FaultKind.DROP, times=1, path="depth@100ms"))
    with pytest.raises(ccxt.ChecksumError):
        await watch_books(venue, client, 10)
    assert [injected.kind for injected in venue.faults.log] == [FaultKind.DROP]
    book = await until(venue, client.watch_order_book(SPOT))
    assert book["nonce"] <= book_of(venue).sequence


async def test_trades_tickers_touches_and_candles_are_watched(venue, client):
    await venue.advance(5)
    trades = await until(venue, client.watch_trades(SPOT))
    known = {each.trade_id: each for each in book_of(venue).trades}
    assert {trade["id"] for trade in trades} <= set(known)
    assert trades[0]["side"] == ("buy" if known[trades[0]["id"]].is_buy else "sell")
    newer = await until(venue, client.watch_trades(SPOT))
    assert newer[-1]["timestamp"] >= trades[-1]["timestamp"]
    assert (await until(venue, client.watch_ticker(SPOT)))["last"] > 0
    ticker = await until(venue, client.watch_ticker(SPOT, {"name": "ticker"}))
    assert ticker["bid"] < ticker["ask"]
    assert (await until(venue, client.watch_tickers([SPOT])))[SPOT]["last"] > 0
    candles = await until(venue, client.watch_ohlcv(SPOT, "1m"))
    rest = await client.fetch_ohlcv(SPOT, "1m", limit=5)
    assert candles[-1][0] in {row[0] for row in rest}
    top = await until(venue, client.watch_bids_asks([SPOT]))
    assert top[SPOT]["bid"] > 0


async def test_own_orders_trades_and_balances_are_watched(venue, client):
    price = float(client.price_to_precision(SPOT, last(venue) * 0.99))
    async with asyncio.TaskGroup() as group:
        orders = group.create_task(client.watch_orders(SPOT))
        trades = group.create_task(client.watch_my_trades(SPOT))
        balance = group.create_task(client.watch_balance())
        await become(lambda: any(each.accounts for each in venue._sockets.chosen("user")))
        placed = await client.create_order(SPOT, "market", "buy", 0.02)
    assert {order["id"] for order in orders.result()} == {placed["id"]}
    fills = venue.history().fills
    assert {trade["id"] for trade in trades.result()} <= {fill.trade_id for fill in fills}
    await become(lambda: len(client.myTrades) == len(fills))
    assert {trade["id"] for trade in client.myTrades} == {fill.trade_id for fill in fills}
    assert all(trade["takerOrMaker"] == "taker" and trade["side"] == "buy" for trade in client.myTrades)
    owned = float(venue.history().wallets[venue.account]["BTC"])
    await become(lambda: client.balance["spot"]["BTC"]["total"] == pytest.approx(owned))
    assert balance.result()["BTC"]["total"] == pytest.approx(owned)
    resting = await client.create_order(SPOT, "limit", "buy", 0.01, price, {"clientOrderId": "rest-1"})
    seen = client.orders.hashmap[SPOT]
    await become(lambda: resting["id"] in seen)
    assert seen[resting["id"]]["status"] == "open"
    await client.cancel_order(resting["id"], SPOT)
    await become(lambda: seen[resting["id"]]["status"] == "canceled")
    assert seen[resting["id"]]["clientOrderId"] == "rest-1"
    assert seen[placed["id"]]["filled"] == 0.02


async def test_a_watched_stop_keeps_its_ids_when_it_fires(venue, client):
    trigger = float(client.price_to_precision(SPOT, last(venue) * 0.97))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.watch_orders(SPOT))
        await become(lambda: any(each.accounts for each in venue._sockets.chosen("user")))
        options = {"triggerPrice": trigger, "clientOrderId": "stop-2"}
        stop = await client.create_order(SPOT, "market", "sell", 0.01, None, options)
    (seen,) = task.result()
    assert (seen["id"], seen["triggerPrice"], seen["status"]) == (stop["id"], trigger, "open")
    venue.shock("BTC", D(repr(trigger)) * D("0.99"))
    await venue.advance(0.5)
    orders = client.orders.hashmap[SPOT]
    await become(lambda: orders[stop["id"]]["status"] == "closed")
    assert set(orders) == {stop["id"]}
    assert orders[stop["id"]]["clientOrderId"] == "stop-2"


async def test_calls_over_the_websocket_are_the_same_as_requests(venue, client):
    price = last(venue) * 0.99
    placed = await client.create_order_ws(SPOT, "limit", "buy", 0.01, price, {"clientOrderId": "ws-1"})
    (found,) = await client.fetch_open_orders_ws(SPOT)
    assert (found["id"], found["clientOrderId"]) == (placed["id"], "ws-1")
    await client.cancel_order_ws(placed["id"], SPOT)
    assert (await client.fetch_order_ws(placed["id"], SPOT))["status"] == "canceled"
    (order,) = await client.fetch_orders_ws(SPOT)
    assert order["id"] == placed["id"]
    with pytest.raises(ccxt.OrderNotFound):
        await client.cancel_order_ws("123", SPOT)


async def test_a_listen_key_opens_the_old_user_stream(venue, client):
    key = (await client.public_post_userdatastream())["listenKey"]
    await client.public_put_userdatastream({"listenKey": key})
    url = f"{venue.ws_base}/stream.binance.com:9443/ws/{key}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        placed = await client.create_order(SPOT, "market", "buy", 0.01)
        events = [await socket.receive_json() for _ in range(2)]
        assert [event["x"] for event in events] == ["NEW", "TRADE"]
        assert {str(event["i"]) for event in events} == {placed["id"]}
        await client.public_delete_userdatastream({"listenKey": key})
    with pytest.raises(ccxt.ExchangeError, match="-1125"):
        await client.public_put_userdatastream({"listenKey": key})


async def test_a_combined_stream_names_each_frame_and_its_numbers_have_no_gap(venue):
    url = f"{venue.ws_base}/stream.binance.com:9443/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker"
    snapshot = f"{venue.base_url}/api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000"
    book, touches, previous, matched = OrderBook("BTCUSDT"), {}, None, 0
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await venue.advance(0.5)
        async with session.get(snapshot) as response:
            whole = await response.json()
        book.replace(whole["bids"], whole["asks"])
        await venue.advance(3)
        while matched < 20:
            frame = await socket.receive_json()
            data = frame["data"]
            if frame["stream"] == "btcusdt@bookTicker":
                touches[data["u"]] = (D(data["b"]), D(data["a"]))
                if previous == data["u"] and previous >= whole["lastUpdateId"]:
                    assert (book.best_bid, book.best_ask) == touches[previous]
                    matched += 1
                continue
            assert previous is None or data["U"] == previous + 1
            previous = data["u"]
            if previous <= whole["lastUpdateId"]:
                continue  # The snapshot has it already.
            for side, name in ((Side.BUY, "b"), (Side.SELL, "a")):
                for price, size in data[name]:
                    book.set_level(side, price, size)


async def test_the_best_levels_and_aggregated_trades_are_streamed(venue):
    url = f"{venue.ws_base}/stream.binance.com:9443/stream?streams=btcusdt@depth5@100ms/btcusdt@aggTrade"
    found = {}
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await venue.advance(5)
        while len(found) < 2:
            frame = await socket.receive_json()
            found[frame["stream"]] = frame["data"]
    whole, trade = found["btcusdt@depth5@100ms"], found["btcusdt@aggTrade"]
    assert (len(whole["bids"]), len(whole["asks"])) == (5, 5)
    printed = {each.trade_id: each for each in book_of(venue).trades}
    assert printed[str(trade["a"])].is_buy is not trade["m"]


async def test_a_mute_acknowledgement_leaves_the_library_waiting(venue, client):
    venue.faults.add(Fault(FaultKind.IGNORE_SUBSCRIBE, times=1, path="streams"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await until(venue, client.watch_trades(SPOT))
    assert [injected.kind for injected in venue.faults.log] == [FaultKind.IGNORE_SUBSCRIBE]


async def test_a_lost_event_of_a_user_is_found_by_asking(venue, client):
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(client.watch_my_trades(SPOT))
        await become(lambda: any(each.accounts for each in venue._sockets.chosen("user")))
        venue.faults.add(Fault(FaultKind.DROP_USER, times=2, path="executionReport"))
        lost = await client.create_order(SPOT, "market", "buy", 0.00002 * 20)
        seen = await client.create_order(SPOT, "market", "buy", 0.0005)
    assert {trade["order"] for trade in watching.result()} == {seen["id"]}
    assert {trade["order"] for trade in await client.fetch_my_trades(SPOT)} == {lost["id"], seen["id"]}


async def test_a_snapshot_is_the_book_of_its_number_also_between_two_changes(venue, client):
    url = f"{venue.ws_base}/stream.binance.com:9443/ws/btcusdt@depth@100ms"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        whole = await client.public_get_depth({"symbol": "BTCUSDT", "limit": 5000})
        book = OrderBook("BTCUSDT")
        book.replace(whole["bids"], whole["asks"])
        for step in (0.13, 0.27, 0.34):
            await venue.advance(step)
            await client.create_order(SPOT, "limit", "buy", 0.01, last(venue) * 0.99)
            whole = await client.public_get_depth({"symbol": "BTCUSDT", "limit": 5000})
            number = 0
            while number < whole["lastUpdateId"]:
                change = await socket.receive_json()
                number = change["u"]
                for side, name in ((Side.BUY, "b"), (Side.SELL, "a")):
                    for price, size in change[name]:
                        book.set_level(side, price, size)
            assert number == whole["lastUpdateId"]
            for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks")):
                assert [list(level) for level in book.levels(side)] == whole[name]


# --- refusals


async def test_refusals_become_the_exceptions_that_callers_look_for(venue, client):
    price = last(venue)
    with pytest.raises(ccxt.InsufficientFunds, match="insufficient balance"):
        await client.create_order(SPOT, "limit", "buy", 5, price * 0.99)
    with pytest.raises(ccxt.InsufficientFunds):
        await client.create_order(SPOT, "market", "buy", 5)
    with pytest.raises(ccxt.InsufficientFunds):
        await client.create_order(SPOT, "market", "sell", 5, None, {"triggerPrice": price * 0.97})
    with pytest.raises(ccxt.BadRequest, match="NOTIONAL"):
        await client.create_order(SPOT, "limit", "buy", 0.00002, price * 0.99)
    with pytest.raises(ccxt.InvalidOrder, match="PERCENT_PRICE_BY_SIDE"):
        await client.create_order(SPOT, "limit", "buy", 0.01, price * 1.2)
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        await client.cancel_order("123", SPOT)
    with pytest.raises(ccxt.OrderNotFound, match="-2011"):
        await client.cancel_all_orders(SPOT)
    with pytest.raises(ccxt.OrderNotFound, match="-2013"):
        await client.fetch_order("123", SPOT)
    same = (SPOT, "limit", "buy", 0.01, price * 0.99, {"clientOrderId": "same"})
    first = await client.create_order(*same)
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
        await client.create_order(*same)
    await client.cancel_order(first["id"], SPOT)
    again = await client.create_order(*same)
    assert again["id"] != first["id"]
    assert (await client.fetch_order(None, SPOT, {"clientOrderId": "same"}))["id"] == again["id"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"symbol": "NONE"}, "-1121"),
        ({"side": "HOLD"}, "-1117"),
        ({"type": "MAGIC"}, "-1116"),
        ({"timeInForce": "NOW"}, "-1115"),
        ({"timeInForce": ""}, "-1102"),
        ({"price": "abc"}, "-1100"),
        ({"price": "60000.123456789"}, "-1111"),
        ({"price": "60000.001"}, "PRICE_FILTER"),
        ({"quantity": "0.0100001"}, "LOT_SIZE"),
        ({"type": "MARKET", "price": ""}, "-1106"),
        ({"newClientOrderId": "not/ok!"}, "-1100"),
        ({"recvWindow": "60001"}, "-1131"),
    ],
)
async def test_wrong_parameters_are_named_by_their_codes(venue, client, fields, code):
    good = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "price": "62000", "quantity": "0.01",
    }  # fmt: skip
    assert await client.private_post_order_test(good) == {}
    with pytest.raises(ccxt.ExchangeError, match=code):
        await client.private_post_order(good | fields)
    assert venue.history().orders == ()


async def test_the_signature_is_over_query_and_body_as_sent(venue):
    key = venue.credentials
    url = f"{venue.base_url}/api.binance.com/api/v3/account"
    async with aiohttp.ClientSession(headers={"X-MBX-APIKEY": key.api_key}) as session:

        async def asked(query):
            async with session.get(f"{url}?{query}") as response:
                return response.status, await response.json()

        query = "recvWindow=5000&timestamp=1"
        good = signature(key.secret, query)
        assert (await asked(f"{query}&signature={good}"))[0] == 200
        assert (await asked(f"{query}&signature={good.upper()}"))[0] == 200
        assert (await asked(f"timestamp=1&recvWindow=5000&signature={good}"))[1]["code"] == -1022
        assert (await asked(f"{query}&omitZeroBalances=true&signature={good}"))[1]["code"] == -1022
        assert (await asked(query))[1] == {
            "code": -1102,
            "msg": "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
        }
        assert (await asked(f"recvWindow=5000&signature={good}"))[1]["code"] == -1102


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"secret": "wrong"}, ccxt.AuthenticationError, "-1022"),
        ({"apiKey": "wrong"}, ccxt.AuthenticationError, "-2015"),
    ],
)
async def test_wrong_credentials_are_refused(venue, change, error, code):
    async with connected(venue, **change) as client:
        with pytest.raises(error, match=code):
            await client.fetch_balance()
        # The library stumbles over its own cleaning up: what was said is only in the context of that.
        with pytest.raises(KeyError, match="spot") as stumbled:
            await client.watch_balance()
        assert isinstance(stumbled.value.__context__, error)
        assert code in str(stumbled.value.__context__)


async def test_a_key_that_only_reads_may_not_trade(venue):
    async with connected(venue, venue.read_only_credentials) as client:
        assert (await client.fetch_balance())["BTC"]["total"] == 2
        # The library takes the refusal for a ban, since the key was good a moment ago.
        with pytest.raises(ccxt.DDoSProtection, match="-2015"):
            await client.create_order(SPOT, "market", "sell", 0.01)
    async with connected(venue, venue.read_only_credentials) as client:
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await client.create_order(SPOT, "market", "sell", 0.01)
    assert venue.history().orders == ()


async def test_accounts_do_not_see_each_other(venue, client):
    placed = await client.create_order(SPOT, "limit", "buy", 0.01, last(venue) * 0.99)
    async with connected(venue, venue.second_credentials) as other:
        assert await other.fetch_open_orders(SPOT) == []
        with pytest.raises(ccxt.OrderNotFound):
            await other.cancel_order(placed["id"], SPOT)


@pytest.mark.parametrize("seconds", [45, -45])
async def test_a_clock_that_is_off_is_refused_until_it_is_corrected(seconds):
    async with EmbeddedBinance(seed=5, rate=5) as venue, asyncio.timeout(60):
        venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=seconds))
        async with connected(venue) as client:
            with pytest.raises(ccxt.InvalidNonce, match="-1021"):
                await client.fetch_balance()
            await client.load_time_difference()
            assert client.options["timeDifference"] == pytest.approx(-1_000 * seconds, abs=2_000)
            assert (await client.fetch_balance())["BTC"]["total"] == 2


# --- faults: in every row the order is at the venue


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.ACCEPT_THEN_RESET, times=1, path="POST *"), ccxt.ExchangeNotAvailable),
        (Fault(FaultKind.ACCEPT_THEN_STATUS, times=1, status=503, path="POST *"), ccxt.BaseError),
        (
            Fault(FaultKind.ACCEPT_THEN_STATUS, times=1, status=504, body="<html/>", path="POST *"),
            ccxt.RequestTimeout,
        ),
        (Fault(FaultKind.ACCEPT_THEN_STATUS, times=1, status=429, path="POST *"), ccxt.DDoSProtection),
        (Fault(FaultKind.ACCEPT_THEN_STATUS, times=1, status=418, path="POST *"), ccxt.DDoSProtection),
        (Fault(FaultKind.ACCEPT_THEN_CUT, times=1, path="POST *"), ccxt.ExchangeError),
        (Fault(FaultKind.SLOW, times=1, seconds=1.2, path="POST *"), ccxt.RequestTimeout),
    ],
    ids=["reset", "503", "504", "429", "418", "cut", "slow"],
)
async def test_an_order_whose_answer_is_lost_is_there_all_the_same(venue, fault, error):
    async with connected(venue) as client:
        if fault.kind is FaultKind.SLOW:
            client.timeout = 600
        venue.faults.add(fault)
        price = last(venue) * 0.99
        with pytest.raises(error):
            await client.create_order(SPOT, "limit", "buy", 0.01, price, {"clientOrderId": "lost"})
        found = await client.fetch_order(None, SPOT, {"clientOrderId": "lost"})
        assert (found["status"], found["clientOrderId"]) == ("open", "lost")
    assert len(venue.history().orders) == 1
    assert [injected.kind for injected in venue.faults.log] == [fault.kind]


async def test_an_order_that_the_venue_never_took_is_not_there(venue, client):
    venue.faults.add(Fault(FaultKind.STATUS, times=1, status=503, path="POST */order"))
    with pytest.raises(ccxt.BaseError):
        await client.create_order(SPOT, "limit", "buy", 0.01, last(venue) * 0.99)
    assert venue.history().orders == ()


async def test_killed_and_frozen_sockets_are_chosen_by_kind(venue, client):
    await until(venue, client.watch_order_book(SPOT))
    assert (venue.freeze_sockets("user"), venue.freeze_sockets("streams")) == (0, 1)
    waiting = client.watch_order_book(SPOT)
    assert venue.kill_sockets("streams") == 1
    with pytest.raises(ccxt.NetworkError):
        await waiting
    assert (await until(venue, client.watch_order_book(SPOT)))["bids"]


def test_it_trades_spot_only():
    with pytest.raises(SimError, match="rate"):
        EmbeddedBinance(rate=0)
