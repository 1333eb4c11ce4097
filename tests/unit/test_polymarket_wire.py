"""The shapes of the wire, read as the venue writes them and written as it reads them."""

import json

import msgspec
import pytest

from omega_tui.protocol.polymarket import user_wire, wire
from omega_tui.protocol.polymarket.channel_requests import (
    decode_market_request,
    decode_user_request,
    encode_market_operation,
    encode_market_subscription,
    encode_user_operation,
    encode_user_subscription,
)

BOOK = {
    "market": "0xabc",
    "asset_id": "77",
    "timestamp": "1783200945539",
    "hash": "d" * 40,
    "bids": [{"price": "0.06", "size": "10.5"}],
    "asks": [],
    "tick_size": "0.001",
    "event_type": "book",
    "last_trade_price": "0.060",
}
CHANGE = {
    "market": "0xabc",
    "price_changes": [
        {
            "asset_id": "77",
            "price": "0.06",
            "size": "0",
            "side": "BUY",
            "hash": "e" * 40,
            "best_bid": "0",
            "best_ask": "1",
        }
    ],
    "timestamp": "1783200945540",
    "event_type": "price_change",
}
TRADE = {
    "market": "0xabc",
    "asset_id": "77",
    "price": "0.06",
    "size": "3",
    "fee_rate_bps": "0",
    "side": "SELL",
    "timestamp": "1783200945541",
    "event_type": "last_trade_price",
    "transaction_hash": "0xdef",
}
TICK = {
    "market": "0xabc",
    "asset_id": "77",
    "old_tick_size": "0.01",
    "new_tick_size": "0.001",
    "timestamp": "1",
    "event_type": "tick_size_change",
}
TOUCH = {
    "market": "0xabc",
    "asset_id": "77",
    "best_bid": "0.4",
    "best_ask": "0.5",
    "spread": "0.1",
    "timestamp": "1",
    "event_type": "best_bid_ask",
}
RESOLVED = {
    "market": "0xabc",
    "assets_ids": ["77", "78"],
    "winning_asset_id": "77",
    "winning_outcome": "Yes",
    "timestamp": "1",
    "event_type": "market_resolved",
}
MESSAGES = [BOOK, CHANGE, TRADE, TICK, TOUCH, RESOLVED]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["event_type"])
def test_what_is_read_is_written_again(message):
    read = wire.decode_market_message(json.dumps(message))
    written = wire.encode_message(read)
    assert json.loads(written) == message
    assert written.endswith(f'"event_type":"{message["event_type"]}"}}')
    assert wire.decode_market_message(written) == read


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["event_type"])
def test_the_type_may_stand_anywhere_with_any_spacing(message):
    first = {"event_type": message["event_type"]} | message
    texts = [
        json.dumps(message),
        json.dumps(message, separators=(",", ":")),
        json.dumps(first),
        json.dumps(first, indent=1),
        json.dumps(message).encode(),
    ]
    assert len({msgspec.json.encode(wire.decode_market_message(text)) for text in texts}) == 1


def test_a_batch_is_read_one_by_one():
    text = wire.encode_batch([wire.decode_market_message(json.dumps(each)) for each in MESSAGES])
    assert [json.loads(raw) for raw in map(bytes, wire.decode_market_batch(text))] == MESSAGES
    with pytest.raises(wire.DecodeError, match="array"):
        wire.decode_market_batch("[1,")


def test_a_type_in_the_tail_of_another_message_deceives_nobody():
    text = json.dumps({"event_type": "comet", "inner": {"event_type": "price_change"}}, separators=(",", ":"))
    assert wire.decode_market_message(text) == wire.UnknownMessage("comet")
    text = json.dumps(BOOK | {"inner": 1}).removesuffix("}") + ',"x":{"event_type":"price_change"}}'
    assert isinstance(wire.decode_market_message(text), wire.Book)


def test_a_broken_message_names_its_type_and_its_tokens():
    broken = CHANGE | {"price_changes": [{"asset_id": "77", "price": 0.5}, {"asset_id": "78"}, 5]}
    with pytest.raises(wire.DecodeError) as caught:
        wire.decode_market_message(json.dumps(broken))
    assert caught.value.event_type == "price_change"
    assert caught.value.assets == ("77", "78")


@pytest.mark.parametrize(
    "text", ["", "7", "nonsense", "{", "[" * 100_000, '{"event_type":5}', b"\xff", '{"a":1} x']
)
def test_what_is_no_message_is_said_to_be_none(text):
    with pytest.raises(wire.DecodeError) as caught:
        wire.decode_market_message(text)
    assert caught.value.event_type == ""


def test_lists_may_come_as_text():
    assert wire.text_list('["a","b"]') == ["a", "b"]
    assert wire.text_list(["a"]) == ["a"]
    assert wire.text_list(None) == wire.text_list("nonsense") == wire.text_list('{"a":1}') == []


def test_requests_are_read_by_the_venue_as_the_client_writes_them():
    first = decode_market_request(encode_market_subscription(["1", "2"], custom_features=True))
    assert (first.type, first.assets_ids, first.custom_feature_enabled) == ("market", ["1", "2"], True)
    later = decode_market_request(encode_market_operation("unsubscribe", ["1"], custom_features=False))
    assert (later.operation, later.assets_ids, later.custom_feature_enabled) == ("unsubscribe", ["1"], None)
    auth = {"apiKey": "k", "secret": "hidden", "passphrase": "hidden too"}
    user = decode_user_request(encode_user_subscription(auth, ["0xabc"]))
    assert (user.type, user.auth.secret, user.markets) == ("user", "hidden", ["0xabc"])
    assert "hidden" not in repr(user)
    operation = decode_user_request(encode_user_operation("subscribe", ["0xabc"]))
    assert (operation.operation, operation.auth) == ("subscribe", None)


def test_a_broken_request_with_secrets_in_it_is_not_quoted():
    with pytest.raises(wire.DecodeError) as caught:
        decode_user_request('{"type":"user","auth":{"apiKey":"k","secret":5,"passphrase":"hidden"}}')
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(wire.DecodeError):
        decode_market_request("[]")


def test_rest_books_are_read():
    rest = {key: value for key, value in BOOK.items() if key != "event_type"}
    rest |= {"min_order_size": "5", "neg_risk": True}
    read = wire.decode_rest_book(json.dumps(rest))
    assert (read.min_order_size, read.neg_risk, read.bids[0].price) == ("5", True, "0.06")
    assert wire.decode_rest_books(json.dumps([rest, rest])) == [read, read]
    for call in (wire.decode_rest_book, wire.decode_rest_books):
        with pytest.raises(wire.DecodeError):
            call('"nothing"')


def test_user_messages_are_read_whatever_their_order():
    first = '{"id":"1","asset_id":"7","side":"BUY","event_type":"order"}'
    text = f'[{first},{{"event_type":"comet"}},{{"event_type":"trade"}},5]'
    order, unknown, broken, nothing = user_wire.decode_user_frame(text)
    assert isinstance(order, user_wire.UserOrder)
    assert unknown == wire.UnknownMessage("comet")
    assert broken.event_type == "trade"
    assert isinstance(nothing, wire.DecodeError)
