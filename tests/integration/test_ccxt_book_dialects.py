"""Every exchange whose books the library can stream: checked by us, or named with the reason why it is not.

The frames are made by hand after the venues' documents and the library's own comments; the real class of the
library applies them, so the guard reads the same fields as it does.
"""

import importlib
import json
from zlib import crc32

import pytest

from omega_tui.clock import SystemClock
from omega_tui.domain.integrity import IntegrityState
from omega_tui.protocol.book_families import ALIASES, FAMILIES, MISREAD, UNOFFERED, family_of, why_unchecked
from omega_tui.venues.ccxt_guard import BookGuard
from omega_tui.venues.ccxt_places import PLACES
from omega_tui.venues.ccxt_streams import Stream, watched_at
from tests.ccxt_lab import make, market

SYMBOL = "BTC/USDT"


@pytest.fixture(scope="module")
def library():
    return importlib.import_module("ccxt.pro")


def test_no_exchange_of_the_library_is_forgotten(library):
    streaming = {name for name in library.exchanges if getattr(library, name)().has["watchOrderBook"]}
    known = FAMILIES.keys() | ALIASES.keys() | UNOFFERED.keys()
    assert streaming - known == set(), "each is checked, or says why not"
    assert not (FAMILIES.keys() | ALIASES.keys()) & UNOFFERED.keys(), "not both"
    assert set(ALIASES.values()) <= FAMILIES.keys()
    assert UNOFFERED.keys() >= MISREAD


def test_every_check_knows_which_book_a_message_is_about():
    for name, family in FAMILIES.items():
        assert (name in PLACES) is (family.check != "whole"), name


def row(side, price, size):
    bids = [[price, size]] if side == "bids" else []
    asks = [[price, size]] if side == "asks" else []
    return bids, asks


def named(levels, price="price", size="size"):
    return [{price: level[0], size: level[1]} for level in levels]


WHOLE = ([["100", "1"]], [["101", "1"]])


def apex(number, bids, asks, *, whole):
    data = {"s": "BTCUSDT", "b": bids, "a": asks, "u": number}
    return {"topic": "orderBook25.H.BTCUSDT", "type": "snapshot" if whole else "delta", "ts": 1, "data": data}


def bybit(number, bids, asks, *, whole):
    data = {"s": "BTCUSDT", "b": bids, "a": asks, "u": number, "seq": 1}
    return {"topic": "orderbook.50.BTCUSDT", "type": "snapshot" if whole else "delta", "ts": 1, "data": data}


def blockchaincom(number, bids, asks, *, whole):
    sides = {
        name: [{"px": float(p), "qty": float(s), "num": 1 if float(s) else 0} for p, s in levels]
        for name, levels in (("bids", bids), ("asks", asks))
    }
    event = "snapshot" if whole else "updated"
    return {"seqnum": number, "event": event, "channel": "l2", "symbol": "BTC-USDT", **sides}


def bitvavo(number, bids, asks, **_):
    return {"event": "book", "market": "BTC-USDT", "nonce": number, "bids": bids, "asks": asks}


def bittrade(number, bids, asks, **_):
    tick = {"seqNum": number, "prevSeqNum": number - 1, "bids": bids, "asks": asks}
    return {"ch": "market.btcusdt.mbp.150", "ts": 1, "tick": tick}


def cex(number, bids, asks, *, whole):
    floats = [[[float(p), float(s)] for p, s in levels] for levels in (bids, asks)]
    data = {"id": number, "pair": "BTC:USDT", "bids": floats[0], "asks": floats[1], "time": 1}
    return {"e": "order-book-subscribe" if whole else "md_update", "data": data, "oid": "1", "ok": "ok"}


def coinbase(number, bids, asks, *, whole):
    updates = [
        {"side": side, "price_level": price, "new_quantity": size}
        for side, levels in (("bid", bids), ("offer", asks))
        for price, size in levels
    ]
    event = {"type": "snapshot" if whole else "update", "product_id": "BTC-USDT", "updates": updates}
    return {"channel": "l2_data", "sequence_num": number, "events": [event]}


def coinbaseinternational(number, bids, asks, *, whole):
    sides = {
        name: [["new", float(p), float(s)] for p, s in levels]
        for name, levels in (("bids", bids), ("asks", asks))
    }
    data = {"type": "snapshot" if whole else "change", "instrument_name": "BTC-USDT", "change_id": number}
    data |= {"timestamp": 1} | sides | ({} if whole else {"prev_change_id": number - 1})
    return {"method": "subscription", "params": {"channel": "book.BTC-USDT.100ms", "data": data}}


def dydx(number, bids, asks, *, whole):
    contents = {"bids": named(bids), "asks": named(asks)} if whole else {"bids": bids, "asks": asks}
    kind = "subscribed" if whole else "channel_data"
    return {
        "type": kind, "message_id": number, "channel": "v4_orderbook", "id": "BTC-USDT", "contents": contents
    }  # fmt: skip


def extended(number, bids, asks, *, whole):
    data = {"m": "BTC-USDT", "b": named(bids, "p", "q"), "a": named(asks, "p", "q")}
    return {"ts": 1, "type": "SNAPSHOT" if whole else "DELTA", "data": data, "seq": number}


def grvt(number, bids, asks, *, whole):
    feed = {"event_time": "1", "instrument": "BTC_USDT", "bids": named(bids), "asks": named(asks)}
    last = 0 if whole else number - FIRST
    return {
        "stream": "v1.book.d", "selector": "BTC_USDT@500", "feed": feed, "sequence_number": str(last),
        "prev_sequence_number": str(max(0, last - 1)),
    }  # fmt: skip


def hitbtc(number, bids, asks, *, whole):
    item = {"t": 1, "s": number, "b": bids, "a": asks}
    return {"ch": "orderbook/full", "snapshot" if whole else "update": {"BTCUSDT": item}}


def lighter(number, bids, asks, *, whole):
    book = {"bids": named(bids), "asks": named(asks), "nonce": number, "begin_nonce": number - 1, "offset": 1}
    kind = "subscribed/order_book" if whole else "update/order_book"
    return {"channel": "order_book:7", "order_book": book, "timestamp": 1, "type": kind}


def luno(number, bids, asks, *, whole):
    if whole:
        sides = {
            name: [{"id": f"{name}{p}", "price": p, "volume": s} for p, s in levels]
            for name, levels in (("bids", bids), ("asks", asks))
        }
        return {"sequence": str(number), "timestamp": 1, **sides}
    side, (price, size) = ("BID", bids[0]) if bids else ("ASK", asks[0])
    new = {"order_id": f"n{number}", "type": side, "price": price, "volume": size}
    return {"sequence": str(number), "timestamp": 1, "create_update": new, "trade_updates": []}


def nado(number, bids, asks, **_):
    sides = {
        name: [[f"{int(float(p) * 10)}{'0' * 17}", f"{int(float(s))}{'0' * 18}"] for p, s in levels]
        for name, levels in (("bids", bids), ("asks", asks))
    }
    stamps = {
        "min_timestamp": str(number),
        "max_timestamp": str(number),
        "last_max_timestamp": str(number - 1),
    }
    return {"type": "book_depth", "product_id": 1, **stamps, **sides}


def poloniex(number, bids, asks, *, whole):
    data = {"symbol": "BTC_USDT", "bids": bids, "asks": asks, "lastId": number - 1, "id": number, "ts": 1}
    return {"channel": "book_lv2", "data": [data], "action": "snapshot" if whole else "update"}


def whitebit(number, bids, asks, *, whole):
    data = {"timestamp": 1.5, "bids": bids, "asks": asks, "update_id": number}
    if not whole:
        data["past_update_id"] = number - 1
    return {"method": "depth_update", "params": [whole, data, "BTC_USDT"], "id": None}


def woo(number, bids, asks, **_):
    data = {"symbol": "SPOT_BTC_USDT", "prevTs": number - 1, "bids": bids, "asks": asks}
    return {"topic": "SPOT_BTC_USDT@orderbookupdate", "ts": number, "data": data}


def xt(number, bids, asks, **_):
    data = {"s": "btc_usdt", "fi": number, "i": number, "a": asks, "b": bids}
    return {"topic": "depth_update", "event": "depth_update@btc_usdt", "data": data}


FIRST = 10
"""Number of the snapshot of each stream that follows."""

DIALECTS = {
    "apex": (apex, "BTCUSDT"),
    "bybitid": (bybit, "BTCUSDT"),
    "blockchaincom": (blockchaincom, "BTC-USDT"),
    "bitvavo": (bitvavo, "BTC-USDT"),
    "bittrade": (bittrade, "btcusdt"),
    "cex": (cex, "BTC:USDT"),
    "coinbase": (coinbase, "BTC-USDT"),
    "coinbaseinternational": (coinbaseinternational, "BTC-USDT"),
    "dydx": (dydx, "BTC-USDT"),
    "extended": (extended, "BTC-USDT"),
    "grvt": (grvt, "BTC_USDT"),
    "bequant": (hitbtc, "BTCUSDT"),
    "hitbtc": (hitbtc, "BTCUSDT"),
    "lighter": (lighter, "7"),
    "luno": (luno, "BTCUSDT"),
    "nado": (nado, "1"),
    "poloniex": (poloniex, "BTC_USDT"),
    "whitebit": (whitebit, "BTC_USDT"),
    "woo": (woo, "SPOT_BTC_USDT"),
    "xt": (xt, "btc_usdt"),
}
SUBSCRIBED = {
    "luno": {"/stream/BTCUSDT": {"symbol": SYMBOL}},
    "cex": {f"orderbook:{SYMBOL}": True},
    "extended": {f"orderbook:{SYMBOL}": {}},
}


def guarded(library, exchange_id, market_id):
    exchange = make(library, exchange_id, symbols=(SYMBOL,))
    listed = market(exchange, SYMBOL) | {"id": market_id}
    exchange.set_markets([listed])
    guard = BookGuard(exchange, clock=SystemClock())
    client = exchange.client("ws://127.0.0.1:9/public/spot")
    client.subscriptions.update(SUBSCRIBED.get(exchange_id, {}))
    family = family_of(exchange_id)
    if family.snapshot_from_rest:
        book = exchange.orderbooks[SYMBOL] = exchange.order_book()
        levels = {"bids": [[100.0, 1.0]], "asks": [[101.0, 1.0]], "symbol": SYMBOL}
        book.reset(levels | {"nonce": FIRST, "timestamp": FIRST})
    return exchange, guard, client


@pytest.mark.parametrize("exchange_id", DIALECTS)
async def test_a_lost_message_is_found_in_the_frames_that_the_library_reads(library, exchange_id):
    make_message, market_id = DIALECTS[exchange_id]
    exchange, guard, client = guarded(library, exchange_id, market_id)
    try:
        if not family_of(exchange_id).snapshot_from_rest:
            exchange.handle_message(client, make_message(FIRST, *WHOLE, whole=True))
        exchange.handle_message(client, make_message(FIRST + 1, *row("bids", "100.5", "2"), whole=False))
        watch, book = guard.book(SYMBOL), exchange.orderbooks[SYMBOL]
        assert (book["bids"][0][:2], book["asks"][0][:2]) == ([100.5, 2.0], [101.0, 1.0])
        assert watch.reason == ""
        assert watch.integrity().state is IntegrityState.VERIFIED
        exchange.handle_message(client, make_message(FIRST + 3, *row("asks", "100.8", "1"), whole=False))
        assert watch.gaps_total == 1
        assert str(FIRST + 1) in watch.reason or exchange_id == "grvt", watch.reason
        assert SYMBOL not in exchange.orderbooks, "nobody may go on with it"
        assert client.url not in exchange.clients, "the next watch begins afresh"
    finally:
        await exchange.close()


HEARTBEAT = {"channel": "heartbeats", "events": [{"heartbeat_counter": "3049"}]}


async def test_a_message_lost_in_another_channel_costs_coinbase_every_book_of_the_connection(library):
    exchange, guard, client = guarded(library, "coinbase", "BTC-USDT")
    other = market(exchange, "ETH/USDT") | {"id": "ETH-USDT"}
    exchange.set_markets([*exchange.markets.values(), other])
    gaps = []
    guard.tell_gaps_to(lambda symbol, reason: gaps.append((symbol, reason)))
    try:
        exchange.handle_message(client, coinbase(0, *WHOLE, whole=True))
        second = json.loads(json.dumps(coinbase(1, *WHOLE, whole=True)).replace("BTC-USDT", "ETH-USDT"))
        exchange.handle_message(client, second)
        exchange.handle_message(client, {"sequence_num": 2} | HEARTBEAT)
        assert not gaps, "messages of other channels are counted, too"
        exchange.handle_message(client, {"sequence_num": 4} | HEARTBEAT)
        assert sorted(symbol for symbol, _ in gaps) == [SYMBOL, "ETH/USDT"]
        assert not exchange.orderbooks
    finally:
        await exchange.close()


async def test_the_book_of_a_dollar_is_that_of_its_coin_too_at_coinbase(library):
    """It answers a subscription to BTC-USDC with the book of BTC-USD."""
    exchange, guard, client = guarded(library, "coinbase", "BTC-USDT")
    pairs = {"BTC/USD": "BTC-USD", "BTC/USDC": "BTC-USDC"}
    exchange.set_markets([market(exchange, symbol) | {"id": name} for symbol, name in pairs.items()])
    client.subscriptions["level2::BTC/USDC"] = {}
    try:
        frame = json.loads(json.dumps(coinbase(0, *WHOLE, whole=True)).replace("USDT", "USD"))
        exchange.handle_message(client, frame)
        assert guard.book("BTC/USDC").integrity().state is IntegrityState.VERIFIED
        exchange.handle_message(client, frame | {"sequence_num": 5})
        assert guard.book("BTC/USDC").integrity().state is IntegrityState.RESYNCING
    finally:
        await exchange.close()


def bitfinex_sum(*texts):
    value = crc32(":".join(texts).encode())
    return value - 2**32 if value >= 2**31 else value


async def test_the_sum_of_bitfinex_is_compared_and_until_it_comes_the_book_is_unchecked(library):
    exchange, guard, client = guarded(library, "bitfinex", "tBTCUST")
    client.subscriptions["17"] = {"channel": "book", "symbol": "tBTCUST", "prec": "P0"}
    client.subscriptions["book:tBTCUST"] = {}
    watch = guard.book(SYMBOL)
    try:
        exchange.handle_message(client, [17, [[100, 2, 1.5], [99.5, 1, 0.0000025], [101, 1, -2]]])
        assert watch.integrity().state is IntegrityState.UNCHECKED
        exchange.handle_message(client, [17, [99.7, 1, 0.0000001]])
        texts = ("100", "1.5", "101", "-2", "99.7", "1e-7", "99.5", "0.0000025")
        exchange.handle_message(client, [17, "cs", bitfinex_sum(*texts)])
        assert watch.integrity().state is IntegrityState.VERIFIED
        exchange.handle_message(client, [17, [99.7, 0, 1]])
        exchange.handle_message(
            client, [17, "cs", bitfinex_sum("100", "1.5", "101", "-2", "99.5", "0.0000025")]
        )
        assert watch.gaps_total == 0
        exchange.handle_message(client, [17, "cs", 12345])
        assert watch.gaps_total == 1
        assert watch.integrity().state is IntegrityState.RESYNCING
        assert "12345" in watch.reason
        assert SYMBOL not in exchange.orderbooks
    finally:
        await exchange.close()


def independent(event, bids, asks, checksum):
    data = {
        "Bids": named(bids, "Price", "Volume"),
        "Offers": named(asks, "Price", "Volume"),
        "Crc32": checksum,
    }
    return {"Channel": "orderbook/10/xbt/usd", "Event": event, "Time": 1, "Data": data}


async def test_the_sum_of_independent_reserve_is_compared(library):
    exchange, guard, client = guarded(library, "independentreserve", "BTCUSDT")
    exchange.set_markets([market(exchange, "BTC/USD")])
    client.subscriptions["orderbook:BTC/USD:10"] = {}
    watch = guard.book("BTC/USD")
    try:
        first = crc32(b"10000000000" + b"150000000" + b"10100000000" + b"16143952")
        frame = independent("OrderBookSnapshot", [[100, 1.5]], [[101, 0.16143952]], first)
        exchange.handle_message(client, frame)
        assert watch.integrity().state is IntegrityState.VERIFIED
        second = crc32(b"10050000000" + b"1" + b"10000000000" + b"150000000" + b"10100000000" + b"16143952")
        exchange.handle_message(client, independent("OrderBookChange", [[100.5, 1e-8]], [], second))
        assert (watch.gaps_total, exchange.orderbooks["BTC/USD"]["bids"][0][0]) == (0, 100.5)
        exchange.handle_message(client, independent("OrderBookChange", [[100.2, 1]], [], second))
        assert watch.gaps_total == 1
    finally:
        await exchange.close()


async def test_a_crossed_book_of_dydx_is_not_to_be_traded_on_and_not_asked_for_again(library):
    exchange, guard, client = guarded(library, "dydx", "BTC-USDT")
    watch = guard.book(SYMBOL)
    try:
        exchange.handle_message(client, dydx(1, *WHOLE, whole=True))
        exchange.handle_message(client, dydx(2, *row("bids", "102", "1"), whole=False))
        assert watch.integrity().state is IntegrityState.UNVERIFIED
        assert watch.integrity().beyond_policy
        exchange.handle_message(client, dydx(3, *row("bids", "102", "0"), whole=False))
        assert watch.integrity().state is IntegrityState.VERIFIED
        assert watch.gaps_total == 0
    finally:
        await exchange.close()


def test_what_is_not_checked_says_why(library):
    guard = BookGuard(make(library, "phemex", symbols=(SYMBOL,)), clock=SystemClock())
    guard.received(SYMBOL)
    integrity = guard.book(SYMBOL).integrity()
    assert (integrity.state, integrity.reason) == (IntegrityState.UNCHECKED, UNOFFERED["phemex"])
    assert "not known" in why_unchecked("a new one")


def test_a_book_stream_that_the_library_misreads_is_asked_over_rest(library):
    assert library.coincheck().has["watchOrderBook"]
    assert watched_at(library.coincheck(), Stream.BOOK, None).is_polled
    assert not watched_at(library.coincheck(), Stream.TRADES, None).is_polled
    assert not watched_at(library.bitfinex(), Stream.BOOK, None).is_polled
