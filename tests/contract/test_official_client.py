"""The official Polymarket client, unmodified, against the embedded exchange."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from omega_tui.sim.polymarket import EmbeddedExchange
from tests.official import official, types

pytestmark = pytest.mark.usefixtures("official_client")

BUY, SELL = "BUY", "SELL"


@pytest.fixture
async def venue() -> AsyncIterator[EmbeddedExchange]:
    async with EmbeddedExchange(seed=11, rate=40) as exchange:
        yield exchange


@pytest.fixture
def client(venue: EmbeddedExchange) -> Any:
    return _client(venue)


def _client(venue: EmbeddedExchange, name: str = "trader") -> Any:
    key = venue.identities[name].private_key.reveal()
    return official.ClobClient(venue.rest_url, venue.chain_id, key=key)


async def run(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call the blocking client without stopping the venue, which lives in this loop."""
    async with asyncio.timeout(20):
        return await asyncio.to_thread(call, *arguments, **named)


async def login(client: Any) -> Any:
    creds = await run(client.create_or_derive_api_key)
    client.set_api_creds(creds)
    return creds


def market(venue: EmbeddedExchange, *, neg_risk: bool = False) -> Any:
    return next(each for each in venue.markets if each.neg_risk is neg_risk)


async def touch(client: Any, token: str) -> tuple[float, float]:
    book = await run(client.get_order_book, token)
    return float(book["bids"][-1]["price"]), float(book["asks"][-1]["price"])


def place(client: Any, token: str, *terms: Any, **more: Any) -> Any:
    arguments = types.OrderArgs(
        token, *terms, **{key: more.pop(key) for key in ("price", "size", "side") if key in more}
    )
    return client.create_and_post_order(arguments, **more)


async def test_it_gets_the_credentials_that_the_venue_announces(venue, client):
    creds = await login(client)
    assert creds.api_key == venue.credentials.credentials.api_key
    assert creds.api_secret == venue.credentials.credentials.secret.reveal()
    keys = await run(client.get_api_keys)
    assert keys["apiKeys"] == [creds.api_key]
    fresh = await run(client.create_api_key, nonce=7)
    assert fresh.api_key != creds.api_key
    assert (await run(client.derive_api_key, nonce=7)).api_key == fresh.api_key
    assert (await run(client.get_closed_only_mode)) == {"closed_only": False}


async def test_it_reads_markets_books_and_prices(venue, client):
    listed = await run(client.get_markets)
    assert [row["condition_id"] for row in listed["data"]] == [each.market_id for each in venue.markets]
    assert listed["next_cursor"] == "LTE="
    assert await run(client.get_ok) == "OK"
    assert await run(client.get_version) == 2
    assert abs(int(await run(client.get_server_time)) - venue.venue.now_ns // 10**9) < 5
    for each in venue.markets:
        token = each.tokens[0][0]
        info = await run(client.get_clob_market_info, each.market_id)
        assert [row["t"] for row in info["t"]] == [token_id for token_id, _ in each.tokens]
        assert (await run(client.get_market, each.market_id))["question"] == each.question
        assert float(await run(client.get_tick_size, token)) == float(each.tick_size)
        assert await run(client.get_neg_risk, token) is each.neg_risk
        bid, ask = await touch(client, token)
        assert 0 < bid < ask < 1
        assert 0 < float((await run(client.get_midpoint, token))["mid"]) < 1
        assert float((await run(client.get_price, token, BUY))["price"]) < 1
        assert float((await run(client.get_spread, token))["spread"]) > 0
    tokens = [token for each in venue.markets for token, _ in each.tokens]
    params = [types.BookParams(token_id=token, side=BUY) for token in tokens]
    assert {book["asset_id"] for book in await run(client.get_order_books, params)} == set(tokens)
    assert set(await run(client.get_midpoints, params)) == set(tokens)
    assert set(await run(client.get_prices, params)) == set(tokens)
    history = types.PricesHistoryParams(market=tokens[0], interval="1d")
    assert len((await run(client.get_prices_history, history))["history"]) > 100


async def test_its_own_hash_agrees_with_every_book(venue, client):
    for each in venue.markets:
        for token, _ in each.tokens:
            book = await run(client.get_order_book, token)
            stated = book["hash"]
            assert await run(client.get_order_book_hash, book) == stated


@pytest.mark.parametrize("neg_risk", [False, True])
async def test_limit_orders_rest_are_listed_and_cancelled(venue, client, neg_risk):
    await login(client)
    chosen = market(venue, neg_risk=neg_risk)
    token, other = chosen.tokens[0][0], chosen.tokens[1][0]
    tick = float(chosen.tick_size)
    placed = [await run(place, client, token, (number + 1) * tick, 20, BUY) for number in range(5)]
    placed += [await run(place, client, other, 2 * tick, 10.5, BUY)]
    assert all(answer["success"] and answer["status"] == "live" for answer in placed)
    ids = [answer["orderID"] for answer in placed]
    rows = await run(client.get_open_orders)
    assert [row["id"] for row in rows] == ids
    assert rows[0]["original_size"] == "20"
    assert rows[0]["price"] == f"{tick:g}"
    only = await run(client.get_open_orders, types.OpenOrderParams(asset_id=other))
    assert [row["id"] for row in only] == [ids[5]]
    assert (await run(client.get_order, ids[0]))["status"] == "LIVE"

    one = await run(client.cancel_order, types.OrderPayload(orderID=ids[0]))
    assert one == {"canceled": [ids[0]], "not_canceled": {}}
    again = await run(client.cancel_order, types.OrderPayload(orderID=ids[0]))
    assert "already canceled" in again["not_canceled"][ids[0]]
    many = await run(client.cancel_orders, ids[1:3])
    assert many["canceled"] == ids[1:3]
    whole = await run(client.cancel_market_orders, types.OrderMarketCancelParams(asset_id=token))
    assert whole["canceled"] == ids[3:5]
    rest = await run(client.cancel_all)
    assert rest["canceled"] == [ids[5]]
    assert await run(client.get_open_orders) == []


@pytest.mark.parametrize("neg_risk", [False, True])
async def test_orders_that_take_are_filled_and_become_trades(venue, client, neg_risk):
    await login(client)
    chosen = market(venue, neg_risk=neg_risk)
    token = chosen.tokens[0][0]
    tick = float(chosen.tick_size)
    _, ask = await touch(client, token)
    worst = round(ask + 5 * tick, 4)
    bought = await run(place, client, token, worst, 30, BUY, order_type="FOK")
    assert bought["status"] == "matched"
    assert bought["takingAmount"] == "30"
    assert bought["transactionsHashes"]
    bid, _ = await touch(client, token)
    sold = await run(place, client, token, round(bid - 5 * tick, 4), 10, SELL, order_type="FAK")
    assert (sold["status"], sold["makingAmount"]) == ("matched", "10")
    trades = await run(client.get_trades)
    named = set(bought["tradeIDs"]) | set(sold["tradeIDs"])
    assert {row["id"] for row in trades} == named
    assert {row["trader_side"] for row in trades} == {"TAKER"}
    params = types.BalanceAllowanceParams(asset_type=types.AssetType.CONDITIONAL, token_id=token)
    held = await run(client.get_balance_allowance, params)
    assert held["balance"] == "20000000"
    money = await run(
        client.get_balance_allowance, types.BalanceAllowanceParams(asset_type=types.AssetType.COLLATERAL)
    )
    assert int(money["balance"]) < 10_000 * 10**6
    assert await run(client.update_balance_allowance, params) == held


async def test_market_orders_are_taken_with_the_amounts_that_it_makes(venue, client):
    await login(client)
    for chosen in venue.markets[:4]:
        token = chosen.tokens[1][0]
        buy = types.MarketOrderArgs(token_id=token, amount=25.37, side=BUY, order_type="FAK")
        bought = await run(client.create_and_post_market_order, buy, order_type="FAK")
        assert bought["status"] == "matched", bought
        shares = int(float(bought["takingAmount"]) * 100) / 100
        sell = types.MarketOrderArgs(token_id=token, amount=shares, side=SELL, order_type="FAK")
        sold = await run(client.create_and_post_market_order, sell, order_type="FAK")
        assert sold["status"] == "matched", sold
    assert venue.venue.conserves_value()


async def test_refusals_carry_the_venues_words(venue, client):
    await login(client)
    chosen = market(venue)
    token = chosen.tokens[0][0]
    bid, ask = await touch(client, token)

    async def refused(**order: Any) -> str:
        with pytest.raises(official.exceptions.PolyApiException) as caught:
            await run(place, client, token, **order)
        assert caught.value.status_code == 400
        return str(caught.value.error_msg["error"])

    assert "lower than the minimum: 5" in await refused(price=0.1, size=4, side=BUY)
    assert "not enough balance / allowance" in await refused(price=0.5, size=1_000_000, side=BUY)
    assert "not enough balance / allowance" in await refused(price=0.9, size=10, side=SELL)
    crossing = round(ask + 0.05, 2)
    assert "order crosses book" in await refused(price=crossing, size=10, side=BUY, post_only=True)
    assert "fully filled or killed" in await refused(price=0.02, size=100, side=BUY, order_type="FOK")
    assert "no orders found to match" in await refused(price=0.02, size=100, side=BUY, order_type="FAK")
    assert bid > 0.02


async def test_the_same_order_twice_is_a_duplicate(venue, client):
    await login(client)
    token = market(venue).tokens[0][0]
    signed = await run(client.create_order, types.OrderArgs(token_id=token, price=0.1, size=10, side=BUY))
    first = await run(client.post_order, signed)
    with pytest.raises(official.exceptions.PolyApiException) as caught:
        await run(client.post_order, signed)
    assert "Duplicated" in caught.value.error_msg["error"]
    assert first["orderID"] in caught.value.error_msg["error"]
    assert len(await run(client.get_open_orders)) == 1


async def test_batches_heartbeats_and_the_small_paths(venue, client):
    await login(client)
    token = market(venue).tokens[0][0]
    orders = [
        await run(client.create_order, types.OrderArgs(token_id=token, price=price, size=size, side=BUY))
        for price, size in ((0.1, 10), (0.11, 10), (0.12, 1))
    ]
    answers = await run(client.post_orders, [types.PostOrdersV2Args(order=order) for order in orders])
    assert [answer["success"] for answer in answers] == [True, True, False]
    assert "lower than the minimum" in answers[2]["errorMsg"]
    first = await run(client.post_heartbeat)
    assert (await run(client.post_heartbeat, first["heartbeat_id"]))["heartbeat_id"] != first["heartbeat_id"]
    assert await run(client.get_notifications) == []
    order_id = answers[0]["orderID"]
    assert await run(client.is_order_scoring, types.OrderScoringParams(orderId=order_id)) == {
        "scoring": False
    }


async def test_a_stranger_is_turned_away(venue, client):
    await login(client)
    client.set_api_creds(types.ApiCreds("nobody", client.creds.api_secret, client.creds.api_passphrase))
    with pytest.raises(official.exceptions.PolyApiException) as caught:
        await run(client.get_open_orders)
    assert caught.value.status_code == 401
    other = _client(venue, "second")
    other.set_api_creds(
        types.ApiCreds(
            venue.credentials.credentials.api_key,
            venue.identities["second"].credentials.secret.reveal(),
            venue.identities["second"].credentials.passphrase.reveal(),
        )
    )
    with pytest.raises(official.exceptions.PolyApiException) as caught:
        await run(other.get_open_orders)
    assert caught.value.status_code == 401


async def test_a_killed_venue_comes_back_with_everything_it_acknowledged(tmp_path):
    arguments = ("--json", "--seed", "3", "--state", str(tmp_path / "venue.jsonl"))

    async def start(*more: str) -> Any:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "omega_tui.sim", *arguments, *more, stdout=asyncio.subprocess.PIPE
        )
        return program, json.loads(await program.stdout.readline())

    async with asyncio.timeout(40):
        program, said = await start()
        client = official.ClobClient(said["rest"], said["chain_id"], key=said["credentials"]["private_key"])
        await login(client)
        token = said["markets"][0]["tokens"][0]["token_id"]
        resting = await run(place, client, token, price=0.05, size=20, side=BUY)
        bought = await run(place, client, token, price=0.9, size=30, side=BUY, order_type="FAK")
        program.kill()
        await program.communicate()
        program, again = await start("--port", said["rest"].rsplit(":", 1)[1])
        assert again["rest"] == said["rest"]
        assert again["credentials"] == said["credentials"]
        assert [row["id"] for row in await run(client.get_open_orders)] == [resting["orderID"]]
        assert {row["id"] for row in await run(client.get_trades)} == set(bought["tradeIDs"])
        params = types.BalanceAllowanceParams(asset_type=types.AssetType.CONDITIONAL, token_id=token)
        assert (await run(client.get_balance_allowance, params))["balance"] == "30000000"
        program.terminate()
        await program.communicate()
        assert program.returncode == 0
