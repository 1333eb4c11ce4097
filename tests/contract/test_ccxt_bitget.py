"""The unmodified ccxt bitget against the embedded one: every unified call, in both kinds of markets."""

import asyncio
import contextlib
import math
from decimal import Decimal

import ccxt.pro as ccxt
import pytest

from omega_tui.protocol.ccxt.urls import loopback_urls
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coin_records import OrderState, PlanState
from omega_tui.sim.coins import BTC_PERP, BTC_SPOT
from omega_tui.sim.faults import Fault, FaultKind

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
KEYS = {SPOT: BTC_SPOT, SWAP: BTC_PERP}
D = Decimal

both = pytest.mark.parametrize("symbol", [SPOT, SWAP])


@contextlib.asynccontextmanager
async def connected(venue, credentials=None, **changes):
    key = credentials or venue.credentials
    settings = {
        "apiKey": key.api_key,
        "secret": key.secret.reveal(),
        "password": key.passphrase.reveal(),
        "enableRateLimit": False,
        "timeout_on_exit": 0,
        "options": {"uta": False},
    }
    exchange = ccxt.bitget(settings | changes)
    exchange.urls = loopback_urls(exchange.urls, venue.base_url, hostname=exchange.hostname)
    try:
        await exchange.load_markets()
        yield exchange
    finally:
        await exchange.close()


@pytest.fixture
async def venue():
    async with EmbeddedBitget(seed=5, rate=60, still=True) as made, asyncio.timeout(60):
        yield made


@pytest.fixture
async def client(venue):
    async with connected(venue) as exchange:
        yield exchange


def last(venue, symbol):
    market = venue.exchange.venue.markets[KEYS[symbol]]
    return float(market.spec.price(market.last))


def mark(venue):
    return float(venue.exchange.venue.marks["BTCUSDT"])


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
    assert set(client.markets) == {SPOT, SWAP, "ETH/USDT", "ETH/USDT:USDT"}
    spot, swap = client.market(SPOT), client.market(SWAP)
    assert (spot["precision"]["price"], spot["precision"]["amount"]) == (0.01, 0.000001)
    assert (swap["precision"]["price"], swap["precision"]["amount"]) == (0.1, 0.0001)
    assert (swap["taker"], swap["maker"], swap["limits"]["leverage"]["max"]) == (0.0006, 0.0002, 125)
    assert swap["linear"]
    assert swap["settle"] == "USDT"


@both
async def test_public_data_are_those_of_the_venue(venue, client, symbol):
    await venue.advance(20)
    market = venue.exchange.venue.markets[KEYS[symbol]]
    book = await client.fetch_order_book(symbol, 10)
    for side, is_bid in (("bids", True), ("asks", False)):
        levels = [(float(price), float(size)) for price, size in market.level_texts(is_bid=is_bid, limit=10)]
        assert [tuple(level) for level in book[side]] == levels
    ticker = await client.fetch_ticker(symbol)
    assert (ticker["last"], ticker["bid"]) == (last(venue, symbol), book["bids"][0][0])
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["percentage"] == pytest.approx((ticker["last"] / ticker["open"] - 1) * 100, abs=0.001)
    trades = await client.fetch_trades(symbol, limit=20)
    assert [trade["id"] for trade in trades] == [each.trade_id for each in market.trades][-len(trades) :]
    minutes = await client.fetch_ohlcv(symbol, "1m", limit=120)
    assert len(minutes) == 120
    assert minutes[-1][4] == ticker["last"]
    hours = await client.fetch_ohlcv(symbol, "1h", limit=2)
    inside = [row for row in minutes if hours[-1][0] <= row[0]]
    assert hours[-1][2] == max(row[2] for row in inside)
    assert await client.fetch_time() == venue.exchange.venue.now_ms
    tickers = await client.fetch_tickers([symbol])
    assert tickers[symbol]["last"] == ticker["last"]


async def test_funding_rates_and_their_history(venue, client):
    rate = await client.fetch_funding_rate(SWAP)
    assert D(repr(rate["fundingRate"])) == venue.exchange.risk.rate("BTCUSDT")
    assert rate["interval"] == "8h"
    past = await client.fetch_funding_rate_history(SWAP, limit=5)
    assert len(past) == 5
    assert rate["fundingTimestamp"] - past[-1]["timestamp"] == 8 * 3_600_000


# --- orders


@both
async def test_a_limit_order_from_its_placing_to_its_cancel(venue, client, symbol):
    price = client.price_to_precision(symbol, last(venue, symbol) * 0.99)
    options = {"postOnly": True, "clientOrderId": "mine-1"}
    placed = await client.create_order(symbol, "limit", "buy", 0.01, float(price), options)
    for found in (
        await client.fetch_order(placed["id"], symbol),
        await client.fetch_order(None, symbol, {"clientOrderId": "mine-1"}),
        (await client.fetch_open_orders(symbol))[0],
    ):
        assert (found["id"], found["clientOrderId"]) == (placed["id"], "mine-1")
        assert (found["status"], found["side"], found["type"]) == ("open", "buy", "limit")
        assert (found["price"], found["amount"], found["filled"]) == (float(price), 0.01, 0)
    assert (await client.fetch_order(placed["id"], symbol))["postOnly"]
    await client.cancel_order(placed["id"], symbol)
    assert await client.fetch_open_orders(symbol) == []
    (canceled,) = await client.fetch_canceled_orders(symbol)
    assert (canceled["id"], canceled["status"]) == (placed["id"], "canceled")
    (truth,) = venue.history().orders
    assert truth.state is OrderState.CANCELED


@both
async def test_an_edit_cancels_one_order_and_places_another(venue, client, symbol):
    price = last(venue, symbol)
    placed = await client.create_order(symbol, "limit", "buy", 0.01, price * 0.99)
    edited = await client.edit_order(placed["id"], symbol, "limit", "buy", 0.02, price * 0.98)
    assert edited["id"] not in {None, placed["id"]}
    (found,) = await client.fetch_open_orders(symbol)
    assert (found["id"], found["amount"]) == (edited["id"], 0.02)


@both
async def test_orders_are_canceled_by_client_id_and_all_at_once(venue, client, symbol):
    price = last(venue, symbol)
    for number in range(4):
        options = {"clientOrderId": f"c{number}"}
        await client.create_order(symbol, "limit", "sell", 0.01, price * (1.01 + number / 100), options)
    await client.cancel_order(None, symbol, {"clientOrderId": "c2"})
    left = {order["clientOrderId"] for order in await client.fetch_open_orders(symbol)}
    assert left == {"c0", "c1", "c3"}
    await client.cancel_all_orders(symbol)
    assert await client.fetch_open_orders(symbol) == []


@both
async def test_market_orders_fill_and_are_found_as_trades(venue, client, symbol):
    bought = await client.create_order(symbol, "market", "buy", 0.02, last(venue, symbol))
    sold = await client.create_order(symbol, "market", "sell", 0.01)
    closed = {order["id"]: order for order in await client.fetch_closed_orders(symbol)}
    assert (closed[sold["id"]]["status"], closed[sold["id"]]["filled"]) == ("closed", 0.01)
    for order in venue.history().orders:
        assert closed[order.order_id]["fee"]["cost"] == pytest.approx(float(order.fee))
        assert closed[order.order_id]["fee"]["currency"] == order.fee_coin
    trades = await client.fetch_my_trades(symbol)
    truth = {fill.trade_id: fill for fill in venue.history().fills}
    assert {trade["id"] for trade in trades} == set(truth)
    assert {trade["order"] for trade in trades} == {bought["id"], sold["id"]}
    for trade in trades:
        fill = truth[trade["id"]]
        assert (D(repr(trade["price"])), D(repr(trade["amount"]))) == (fill.price, fill.size)
        assert trade["fee"]["cost"] == pytest.approx(float(fill.fee))
        assert trade["takerOrMaker"] == "taker"


@both
async def test_ioc_and_fok_take_what_is_there_or_nothing(venue, client, symbol):
    price = last(venue, symbol)
    market = venue.exchange.venue.markets[KEYS[symbol]]
    best = float(market.spec.price(market.engine.best_ask))
    touch = float(market.spec.size(market.engine.total_at(market.engine.best_ask, is_bid=False)))
    amount = round(touch + 0.3, 4)
    killed = await client.create_order(symbol, "limit", "buy", amount, best, {"timeInForce": "FOK"})
    taken = await client.create_order(symbol, "limit", "buy", amount, best, {"timeInForce": "IOC"})
    found = {order["id"]: order for order in await client.fetch_canceled_orders(symbol)}
    assert (found[killed["id"]]["status"], found[killed["id"]]["filled"]) == ("canceled", 0)
    assert (found[taken["id"]]["status"], found[taken["id"]]["filled"]) == ("canceled", pytest.approx(touch))
    crossing = await client.create_order(symbol, "limit", "buy", 0.01, price * 1.01, {"postOnly": True})
    assert (await client.fetch_order(crossing["id"], symbol))["status"] == "canceled"


# --- plans


@both
async def test_a_stop_waits_fires_and_leaves_an_order_behind(venue, client, symbol):
    price = last(venue, symbol)
    trigger = float(client.price_to_precision(symbol, price * 0.97))
    plan = await client.create_order(symbol, "market", "sell", 0.01, None, {"triggerPrice": trigger})
    (waiting,) = await client.fetch_open_orders(symbol, params={"trigger": True})
    assert (waiting["id"], waiting["triggerPrice"], waiting["status"]) == (plan["id"], trigger, "open")
    assert await client.fetch_my_trades(symbol) == []
    venue.shock("BTC", D(repr(price)) * D("0.95"))
    await venue.advance(0.5)
    assert await client.fetch_open_orders(symbol, params={"trigger": True}) == []
    assert sum(trade["amount"] for trade in await client.fetch_my_trades(symbol)) == pytest.approx(0.01)
    (truth,) = venue.history().plans
    assert truth.state is PlanState.EXECUTED
    (sent,) = await client.fetch_closed_orders(symbol)
    assert sent["id"] == truth.order_id


@both
async def test_a_stop_limit_is_edited_and_canceled(venue, client, symbol):
    price = last(venue, symbol)
    trigger, limit, later = (
        float(client.price_to_precision(symbol, price * factor)) for factor in (1.02, 1.03, 1.025)
    )
    plan = await client.create_order(symbol, "limit", "buy", 0.01, limit, {"triggerPrice": trigger})
    await client.edit_order(plan["id"], symbol, "limit", "buy", 0.02, limit, {"triggerPrice": later})
    (waiting,) = await client.fetch_open_orders(symbol, params={"trigger": True})
    assert (waiting["triggerPrice"], waiting["price"], waiting["amount"]) == (later, limit, 0.02)
    await client.cancel_order(plan["id"], symbol, {"trigger": True})
    assert await client.fetch_open_orders(symbol, params={"trigger": True}) == []


async def test_a_stop_loss_ends_the_position(venue, client):
    await client.create_order(SWAP, "market", "buy", 0.05)
    trigger = float(client.price_to_precision(SWAP, mark(venue) * 0.98))
    await client.create_order(SWAP, "market", "sell", 0.05, None, {"stopLossPrice": trigger})
    (waiting,) = await client.fetch_open_orders(SWAP, params={"planType": "profit_loss"})
    assert waiting["stopLossPrice"] == trigger
    venue.shock("BTC", D(repr(mark(venue))) * D("0.97"))
    await venue.advance(0.5)
    assert await client.fetch_positions([SWAP]) == []


async def test_an_attached_stop_loss_follows_the_fill(venue, client):
    trigger = float(client.price_to_precision(SWAP, mark(venue) * 0.98))
    await client.create_order(SWAP, "market", "buy", 0.05, None, {"stopLoss": {"triggerPrice": trigger}})
    (waiting,) = await client.fetch_open_orders(SWAP, params={"planType": "profit_loss"})
    assert (waiting["stopLossPrice"], waiting["amount"]) == (trigger, 0.05)


async def test_a_trailing_stop_waits_among_its_kind(venue, client):
    start = client.price_to_precision(SWAP, mark(venue) * 1.01)
    options = {"trailingPercent": "1", "trailingTriggerPrice": start}
    plan = await client.create_order(SWAP, "market", "sell", 0.01, None, options)
    (waiting,) = await client.fetch_open_orders(SWAP, params={"trailing": True})
    assert (waiting["id"], waiting["info"]["callbackRatio"]) == (plan["id"], "1")
    await client.cancel_order(plan["id"], SWAP, {"trailing": True})
    assert await client.fetch_open_orders(SWAP, params={"trailing": True}) == []


@both
async def test_of_a_batch_what_can_be_done_is_done(venue, client, symbol):
    price = float(client.price_to_precision(symbol, last(venue, symbol) * 0.99))
    order = {"symbol": symbol, "type": "limit", "side": "buy", "price": price}
    # The venue names the refused one, but ccxt leaves it out of what it returns.
    (good,) = await client.create_orders([order | {"amount": 0.01}, order | {"amount": 900}])
    assert "errorMsg" in client.last_http_response
    canceled = await client.cancel_orders([good["id"], "123"], symbol)
    assert canceled[0]["id"] == good["id"]
    assert await client.fetch_open_orders(symbol) == []


# --- accounts and positions


async def test_spot_balances_show_what_orders_hold(venue, client):
    price = float(client.price_to_precision(SPOT, last(venue, SPOT) * 0.99))
    await client.create_order(SPOT, "limit", "buy", 0.1, price)
    balance = await client.fetch_balance()
    assert balance["USDT"]["used"] == pytest.approx(price * 0.1)
    assert balance["USDT"]["total"] == 100_000
    assert balance["BTC"]["free"] == 2


async def test_a_one_way_position_grows_shrinks_turns_and_closes(venue, client):
    await client.set_leverage(10, SWAP)
    await client.create_order(SWAP, "market", "buy", 0.3)
    (position,) = await client.fetch_positions([SWAP])
    assert (position["side"], position["contracts"], position["leverage"]) == ("long", 0.3, 10)
    assert (position["hedged"], position["marginMode"]) == (False, "cross")
    held = venue.exchange.venue.traders[venue.account].perpetual.holdings
    ((key, truth),) = held.items()
    assert position["entryPrice"] == pytest.approx(float(truth.entry_price))
    assert position["unrealizedPnl"] == pytest.approx(float(truth.unrealized(D(repr(mark(venue))))), abs=1e-6)
    assert position["initialMargin"] == pytest.approx(float(truth.cost) / 10)
    closing = await client.create_order(SWAP, "limit", "sell", 0.9, mark(venue) * 1.02, {"reduceOnly": True})
    found = await client.fetch_order(closing["id"], SWAP)
    assert (found["reduceOnly"], found["amount"]) == (True, 0.3)
    await client.create_order(SWAP, "market", "sell", 0.5)
    (position,) = await client.fetch_positions([SWAP])
    assert (position["side"], position["contracts"]) == ("short", 0.2)
    assert await client.fetch_open_orders(SWAP) == []
    await client.close_position(SWAP)
    assert await client.fetch_positions([SWAP]) == []
    assert key[0] == "BTCUSDT"
    ended = await client.fetch_positions_history([SWAP])
    assert {row["side"] for row in ended} == {"long", "short"}


async def test_hedge_mode_holds_both_directions_side_by_side(venue, client):
    await client.set_position_mode(True, SWAP)
    hedged = {"hedged": True}
    await client.create_order(SWAP, "market", "buy", 0.3, None, hedged)
    await client.create_order(SWAP, "market", "sell", 0.2, None, hedged)
    positions = {row["side"]: row for row in await client.fetch_positions([SWAP])}
    assert {side: row["contracts"] for side, row in positions.items()} == {"long": 0.3, "short": 0.2}
    assert all(row["hedged"] for row in positions.values())
    await client.create_order(SWAP, "market", "sell", 0.1, None, hedged | {"reduceOnly": True})
    await client.create_order(SWAP, "market", "buy", 0.2, None, hedged | {"reduceOnly": True})
    (position,) = await client.fetch_positions([SWAP])
    assert (position["side"], position["contracts"]) == ("long", pytest.approx(0.2))
    with pytest.raises(ccxt.InvalidOrder, match="40774"):
        await client.create_order(SWAP, "market", "buy", 0.3)
    with pytest.raises(ccxt.ExchangeError, match="40920"):
        await client.set_position_mode(False, SWAP)
    assert mark(venue) > 0


async def test_isolated_margin_has_a_liquidation_price_of_its_own(venue, client):
    await client.set_margin_mode("isolated", SWAP)
    await client.set_leverage(20, SWAP)
    assert (await client.fetch_margin_mode(SWAP))["marginMode"] == "isolated"
    assert (await client.fetch_leverage(SWAP))["longLeverage"] == 20
    await client.create_order(SWAP, "market", "buy", 0.1, None, {"marginMode": "isolated"})
    (position,) = await client.fetch_positions([SWAP])
    assert position["marginMode"] == "isolated"
    assert position["liquidationPrice"] == pytest.approx(position["entryPrice"] * 0.9545, rel=0.002)
    with pytest.raises(ccxt.ExchangeError, match="45117"):
        await client.set_margin_mode("cross", SWAP)
    assert (await client.fetch_position(SWAP))["contracts"] == 0.1
    assert last(venue, SWAP) > 0


async def test_liquidation_is_seen_as_a_trade_and_an_empty_position(venue, client):
    await client.set_leverage(100, SWAP)
    await client.create_order(SWAP, "market", "buy", 40)
    (position,) = await client.fetch_positions([SWAP])
    assert position["liquidationPrice"] > mark(venue) * 0.95
    first = await until(venue, client.watch_positions([SWAP]))
    assert [row["side"] for row in first] == ["long"]
    venue.shock("BTC", D(repr(mark(venue))) * D("0.9"))
    assert await until(venue, client.watch_positions([SWAP])) == []
    trades = await client.fetch_my_trades(SWAP)
    assert trades[-1]["info"]["tradeSide"] == "burst_sell_single"
    assert (await client.fetch_balance({"type": "swap"}))["USDT"]["total"] == 0


async def test_funding_is_a_bill(venue, client):
    await client.create_order(SWAP, "market", "buy", 1)
    seconds = (venue.exchange.risk.next_funding_ns - venue.exchange.venue.now_ns) / 1e9
    await venue.advance(seconds + 1)
    (paid,) = await client.fetch_funding_history(SWAP)
    (bill,) = venue.history().bills
    assert (paid["id"], D(repr(paid["amount"]))) == (bill.bill_id, bill.amount)


async def test_everything_is_closed_at_once(venue, client):
    await client.create_order(SWAP, "market", "buy", 0.2)
    await client.create_order("ETH/USDT:USDT", "market", "sell", 3)
    closed = await client.close_all_positions({"productType": "USDT-FUTURES"})
    assert {row["symbol"] for row in closed} == {SWAP, "ETH/USDT:USDT"}
    assert await client.fetch_positions() == []
    assert len({order.ticket.client_id for order in venue.history().orders}) == 4


async def test_fees_interest_tiers_and_marks_of_a_contract(venue, client):
    assert (await client.fetch_trading_fee(SWAP))["taker"] == 0.0006
    assert (await client.fetch_open_interest(SWAP))["openInterestAmount"] > 0
    (tier,) = await client.fetch_market_leverage_tiers(SWAP)
    assert (tier["maxLeverage"], tier["maintenanceMarginRate"]) == (125, 0.004)
    assert (await client.fetch_mark_price(SWAP))["markPrice"] == mark(venue)
    assert (await client.fetch_funding_rates([SWAP]))[SWAP]["markPrice"] == mark(venue)
    with pytest.raises(ccxt.BadRequest, match="kLineType"):
        await client.fetch_mark_ohlcv(SWAP, "1m", limit=3)


async def test_a_buyer_at_the_market_may_name_the_cost(venue, client):
    bought = await client.create_market_buy_order_with_cost(SPOT, 250)
    (truth,) = venue.history().orders
    assert truth.order_id == bought["id"]
    assert 0 <= 250 - truth.filled_value < D("0.1")


async def test_money_moves_between_the_accounts(client):
    await client.transfer("USDT", 2_500, "spot", "swap")
    assert (await client.fetch_balance())["USDT"]["total"] == 97_500
    assert (await client.fetch_balance({"type": "swap"}))["USDT"]["total"] == 52_500


# --- streams


@both
async def test_watched_books_are_the_venues_books(venue, client, symbol):
    market = venue.exchange.venue.markets[KEYS[symbol]]
    book = await until(venue, client.watch_order_book(symbol))
    for _ in range(30):
        book = await until(venue, client.watch_order_book(symbol))
    venue.exchange.venue.beat()
    venue._sockets.flush()
    async with asyncio.timeout(10):
        while book["timestamp"] < venue.exchange.venue.now_ms:
            book = await client.watch_order_book(symbol)
    for side, is_bid in (("bids", True), ("asks", False)):
        truth = [(float(price), float(size)) for price, size in market.level_texts(is_bid=is_bid)]
        assert [(level[0], level[1]) for level in book[side]] == truth


@both
async def test_trades_tickers_and_candles_are_watched(venue, client, symbol):
    market = venue.exchange.venue.markets[KEYS[symbol]]
    await venue.advance(5)
    trades = await until(venue, client.watch_trades(symbol))
    known = {each.trade_id for each in market.trades}
    assert {trade["id"] for trade in trades} <= known
    newer = await until(venue, client.watch_trades(symbol))
    assert newer[-1]["timestamp"] >= trades[-1]["timestamp"]
    ticker = await until(venue, client.watch_ticker(symbol))
    assert ticker["bid"] < ticker["ask"]
    candles = await until(venue, client.watch_ohlcv(symbol, "1m"))
    rest = await client.fetch_ohlcv(symbol, "1m", limit=5)
    assert candles[-1][0] in {row[0] for row in rest}
    top = await until(venue, client.watch_bids_asks([symbol]))
    assert top[symbol]["bid"] > 0


@both
async def test_own_orders_trades_balances_and_positions_are_watched(venue, client, symbol):
    kind = "spot" if symbol == SPOT else "swap"
    balance = await client.watch_balance({"type": kind})
    if kind == "swap":
        assert await client.watch_positions([symbol]) == []
    else:
        assert balance["BTC"]["total"] == 2
    async with asyncio.TaskGroup() as group:
        orders = group.create_task(client.watch_orders(symbol))
        trades = group.create_task(client.watch_my_trades(symbol))
        await become(lambda: len(venue._sockets._listeners) == (4 if kind == "swap" else 3))
        placed = await client.create_order(symbol, "market", "buy", 0.02, last(venue, symbol))
    assert {order["id"] for order in orders.result()} == {placed["id"]}
    fills = venue.history().fills
    assert {trade["id"] for trade in trades.result()} <= {fill.trade_id for fill in fills}
    await become(lambda: len(client.myTrades) == len(fills))
    assert {trade["id"] for trade in client.myTrades} == {fill.trade_id for fill in fills}
    if kind == "spot":
        owned = float(venue.history().wallets[venue.account]["BTC"])
        await become(lambda: client.balance["BTC"]["total"] == pytest.approx(owned))
    else:
        await become(lambda: len(client.positions["USDT-FUTURES"]) == 1)
        (position,) = client.positions["USDT-FUTURES"]
        assert (position["side"], position["contracts"]) == ("long", 0.02)


@both
async def test_the_top_of_a_book_is_watched_whole_and_a_book_can_be_watched_again(venue, client, symbol):
    top = await until(venue, client.watch_order_book(symbol, 5))
    assert (len(top["bids"]), len(top["asks"])) == (5, 5)
    assert await client.un_watch_order_book(symbol, {"limit": 5})
    full = await until(venue, client.watch_order_book(symbol))
    assert len(full["bids"]) > 20


async def test_plans_are_watched(venue, client):
    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.watch_orders(SWAP, params={"trigger": True}))
        await become(lambda: venue._sockets._listeners)
        trigger = float(client.price_to_precision(SWAP, mark(venue) * 0.97))
        plan = await client.create_order(SWAP, "market", "sell", 0.01, None, {"triggerPrice": trigger})
    (seen,) = task.result()
    assert (seen["id"], seen["triggerPrice"], seen["status"]) == (plan["id"], trigger, "open")


async def watch_books(venue, client, times):
    for _ in range(times):
        book = await until(venue, client.watch_order_book(SPOT))
    return book


async def test_checksums_agree_with_ccxt_and_a_wrong_one_is_noticed():
    settings = {"seed": 5, "rate": 60, "still": True, "checksums": True}
    async with asyncio.timeout(60), EmbeddedBitget(**settings) as venue, connected(venue) as client:
        assert (await watch_books(venue, client, 40))["bids"]
        venue.faults.add(Fault(FaultKind.WRONG_HASH, times=1, path="SPOT/books"))
        with pytest.raises((ccxt.ChecksumError, ccxt.UnsubscribeError)):
            await watch_books(venue, client, 10)


async def test_without_checksums_ccxt_does_not_notice_a_lost_update(venue, client):
    """What our own guard is for: the sequence numbers tell, and ccxt does not look at them."""
    await watch_books(venue, client, 3)
    venue.faults.add(Fault(FaultKind.DROP, times=3, path="SPOT/books"))
    book = await watch_books(venue, client, 10)
    assert len(venue.faults.log) == 3
    assert book["bids"]


# --- refusals


async def test_refusals_become_the_exceptions_that_callers_look_for(venue, client):
    price = last(venue, SPOT)
    with pytest.raises(ccxt.InsufficientFunds, match="43012"):
        await client.create_order(SPOT, "limit", "buy", 5, price * 0.99)
    with pytest.raises(ccxt.InsufficientFunds, match="40762"):
        await client.create_order(SWAP, "market", "buy", 400)
    with pytest.raises(ccxt.InvalidOrder, match="45110"):
        await client.create_order(SPOT, "limit", "buy", 0.000002, price * 0.99)
    with pytest.raises(ccxt.OrderNotFound, match="43001"):
        await client.cancel_order("123", SPOT)
    with pytest.raises(ccxt.OrderNotFound, match="40768"):
        await client.cancel_order("123", SWAP)
    with pytest.raises(ccxt.OrderNotFound):
        await client.fetch_order("123", SPOT)
    with pytest.raises(ccxt.ExchangeError, match="22001"):
        await client.cancel_all_orders(SWAP)
    with pytest.raises(ccxt.ExchangeError, match="22002"):
        await client.create_order(SWAP, "market", "sell", 0.1, None, {"reduceOnly": True})
    same = (SPOT, "limit", "buy", 0.01, price * 0.99, {"clientOrderId": "same"})
    await client.create_order(*same)
    with pytest.raises(ccxt.ExchangeError, match="43118"):
        await client.create_order(*same)
    # ccxt sends a trigger as it is given, not rounded to the tick: the venue refuses it.
    with pytest.raises(ccxt.ExchangeError, match="45115"):
        await client.create_order(SWAP, "market", "sell", 0.1, None, {"triggerPrice": 60_000.123})


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"secret": "wrong"}, ccxt.AuthenticationError, "40009"),
        ({"apiKey": "wrong"}, ccxt.AuthenticationError, "40006"),
        ({"password": "wrong"}, ccxt.AuthenticationError, "40012"),
    ],
)
async def test_wrong_credentials_are_refused(venue, change, error, code):
    async with connected(venue, **change) as client:
        with pytest.raises(error, match=code):
            await client.fetch_balance()
        with pytest.raises(ccxt.AuthenticationError):
            await client.watch_balance({"type": "swap"})


async def test_a_key_that_only_reads_may_not_trade(venue):
    async with connected(venue, venue.read_only_credentials) as client:
        assert (await client.fetch_balance())["BTC"]["total"] == 2
        with pytest.raises(ccxt.PermissionDenied, match="40014"):
            await client.create_order(SPOT, "market", "sell", 0.01)
    assert venue.history().orders == ()


async def test_a_clock_that_is_off_is_refused_until_it_is_corrected():
    async with EmbeddedBitget(seed=5, rate=5) as venue, asyncio.timeout(60):
        venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=45))
        async with connected(venue) as client:
            with pytest.raises(ccxt.InvalidNonce, match="40008"):
                await client.fetch_balance()
            await client.load_time_difference()
            assert client.options["timeDifference"] == pytest.approx(-45_000, abs=2_000)
            assert (await client.fetch_balance())["BTC"]["total"] == 2


async def test_a_wrong_tick_and_a_wrong_side_never_leave_a_trace(venue, client):
    for change in ({"triggerPrice": math.pi}, {"timeInForce": "FOK"}):
        with contextlib.suppress(ccxt.ExchangeError):
            await client.create_order(SWAP, "limit", "buy", 0.01, mark(venue) * 0.97, change)
    assert await client.fetch_positions([SWAP]) == []


# --- faults: in every row the order is at the venue


@both
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
        (Fault(FaultKind.ACCEPT_THEN_CUT, times=1, path="POST *"), ccxt.ExchangeError),
        (Fault(FaultKind.SLOW, times=1, seconds=1.2, path="POST *"), ccxt.RequestTimeout),
    ],
    ids=["reset", "503", "504", "429", "cut", "slow"],
)
async def test_an_order_whose_answer_is_lost_is_there_all_the_same(venue, symbol, fault, error):
    async with connected(venue) as client:
        if fault.kind is FaultKind.SLOW:
            client.timeout = 600
        venue.faults.add(fault)
        price = last(venue, symbol) * 0.99
        with pytest.raises(error):
            await client.create_order(symbol, "limit", "buy", 0.01, price, {"clientOrderId": "lost"})
        found = await client.fetch_order(None, symbol, {"clientOrderId": "lost"})
        assert (found["status"], found["clientOrderId"]) == ("open", "lost")
    assert len(venue.history().orders) == 1
    assert [injected.kind for injected in venue.faults.log] == [fault.kind]


async def test_an_order_that_the_venue_never_took_is_not_there(venue, client):
    venue.faults.add(Fault(FaultKind.STATUS, times=1, status=503, path="POST */place-order"))
    with pytest.raises(ccxt.BaseError):
        await client.create_order(SPOT, "limit", "buy", 0.01, last(venue, SPOT) * 0.99)
    assert venue.history().orders == ()
