"""The venue's role of both channels, without a socket."""

import json

import pytest

from omega_tui.protocol.polymarket.channel_requests import encode_market_operation, encode_market_subscription
from omega_tui.protocol.polymarket.server import Close, MarketSession, Send, SendBooks, UserSession


def test_the_first_message_brings_the_books():
    session = MarketSession()
    reactions = session.receive(encode_market_subscription(["1", "2"], custom_features=True))
    assert reactions == [SendBooks(("1", "2"))]
    assert session.custom_features
    assert list(session.assets) == ["1", "2"]


def test_subscribing_again_changes_the_flag_and_nothing_else():
    session = MarketSession()
    session.receive(encode_market_subscription(["1"], custom_features=False))
    assert not session.custom_features
    assert session.receive(encode_market_operation("subscribe", ["1"], custom_features=True)) == []
    assert session.custom_features
    assert session.receive(encode_market_operation("subscribe", ["1", "3"], custom_features=True)) == [
        SendBooks(("3",))
    ]


def test_unsubscribing_and_coming_back_brings_a_fresh_book():
    session = MarketSession()
    session.receive(encode_market_subscription(["1"], custom_features=False))
    assert session.receive(encode_market_operation("unsubscribe", ["1"], custom_features=False)) == []
    assert session.assets == {}
    again = session.receive(encode_market_operation("subscribe", ["1"], custom_features=False))
    assert again == [SendBooks(("1",))]


def test_an_initial_dump_can_be_declined():
    session = MarketSession()
    assert session.receive('{"type":"MARKET","assets_ids":["1"],"initial_dump":false}') == []
    assert list(session.assets) == ["1"]


def test_ping_is_answered_and_nonsense_is_called_so():
    session = MarketSession()
    assert session.receive("PING") == [Send("PONG")]
    for nonsense in ("{", "[]", "hello", '{"type":"user"}', '{"operation":"dance","assets_ids":[]}'):
        assert session.receive(nonsense) == [Send("INVALID OPERATION")]


def test_no_books_come_beyond_the_limit_of_a_connection():
    session = MarketSession()
    ids = [str(number) for number in range(510)]
    reactions = session.receive(encode_market_subscription(ids, custom_features=False))
    assert reactions == [SendBooks(tuple(ids[:500]))]
    assert len(session.assets) == 510


def user_message(**more):
    auth = {"apiKey": "key", "secret": "secret", "passphrase": "phrase"}
    return json.dumps({"type": "user", "auth": auth, **more})


@pytest.fixture
def session():
    return UserSession(lambda *words: words == ("key", "secret", "phrase"))


def test_right_credentials_are_not_acknowledged(session):
    assert session.receive(user_message()) == []
    assert session.api_key == "key"
    assert session.wants("0xany")


def test_wrong_credentials_close(session):
    wrong = json.dumps({"type": "user", "auth": {"apiKey": "key", "secret": "x", "passphrase": "phrase"}})
    assert session.receive(wrong) == [Close(1008, "invalid credentials")]
    assert session.receive('{"type":"user"}') == [Close(1008, "authentication required")]
    assert not session.wants("0xany")


def test_markets_narrow_what_is_told(session):
    session.receive(user_message(markets=["0xa"]))
    assert session.wants("0xa")
    assert not session.wants("0xb")
    session.receive('{"operation":"subscribe","markets":["0xb"]}')
    assert session.wants("0xb")
    session.receive('{"operation":"unsubscribe","markets":["0xa"]}')
    assert not session.wants("0xa")
    assert session.receive("PING") == [Send("PONG")]
