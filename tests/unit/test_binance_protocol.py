"""The wire of Binance: signatures against the vectors of its documentation, the venue's role on a stream."""

import json

import pytest

from omega_tui.protocol.binance.signing import (
    BinanceCredentials,
    call_payload,
    is_same_signature,
    request_payload,
    signature,
)
from omega_tui.protocol.binance.streams import MAX_STREAMS, StreamSession
from omega_tui.secret import Secret

# Binance Spot API docs, "SIGNED endpoint examples for POST /api/v3/order": public test vectors.
SECRET = Secret("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
FIRST = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
REST = "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("", f"{FIRST}&{REST}", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (f"{FIRST}&{REST}", "", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (FIRST, REST, "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"),
    ],
)
def test_signatures_are_those_of_the_documentation(query, body, expected):
    assert signature(SECRET, request_payload(query, body)) == expected
    signed = f"{body}&signature={expected}" if body else body
    assert signature(SECRET, request_payload(query, signed)) == expected


def test_calls_are_signed_in_the_order_of_their_names():
    fields = [("timestamp", "2"), ("apiKey", "k"), ("signature", "x")]
    assert call_payload(fields) == "apiKey=k&timestamp=2"
    assert is_same_signature("AB12", "ab12")
    assert not is_same_signature("ab13", "ab12")


def test_a_secret_is_not_shown():
    assert SECRET.reveal() not in repr(BinanceCredentials("name", SECRET))


def ask(session, **message):
    return json.loads(session.receive(json.dumps(message)))


def test_streams_are_subscribed_listed_and_left():
    session = StreamSession("0")
    assert session.streams == {}
    names = ["btcusdt@trade", "btcusdt@depth@100ms"]
    assert ask(session, method="SUBSCRIBE", params=names, id=1) == {"result": None, "id": 1}
    assert ask(session, method="LIST_SUBSCRIPTIONS", id="x") == {"result": names, "id": "x"}
    assert ask(session, method="UNSUBSCRIBE", params=names[:1], id=2) == {"result": None, "id": 2}
    assert list(session.streams) == names[1:]


def test_frames_name_their_stream_where_that_is_wanted():
    session = StreamSession("btcusdt@trade/ethusdt@trade", is_combined=True)
    assert list(session.streams) == ["btcusdt@trade", "ethusdt@trade"]
    assert json.loads(session.frame("btcusdt@trade", b'{"p":"1"}')) == {
        "stream": "btcusdt@trade",
        "data": {"p": "1"},
    }
    assert ask(session, method="SET_PROPERTY", params=["combined", False], id=1)["result"] is None
    assert session.frame("btcusdt@trade", b"{}") == b"{}"
    assert ask(session, method="GET_PROPERTY", params=["combined"], id=2)["result"] is False


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[1]",
        '{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}',
        '{"method":"SUBSCRIBE","params":["nothing"],"id":1}',
        '{"method":"SUBSCRIBE","params":[7],"id":1}',
        '{"method":"DANCE","params":[],"id":1}',
        '{"method":"SET_PROPERTY","params":["other",true],"id":1}',
        '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":{}}',
    ],
)
def test_what_is_not_understood_is_refused_and_changes_nothing(text):
    session = StreamSession()
    assert json.loads(session.receive(text))["error"]["code"] in {2, 3}
    assert session.streams == {}


def test_one_connection_has_a_bound_of_streams():
    session = StreamSession()
    names = [f"a{number}@trade" for number in range(MAX_STREAMS)]
    assert ask(session, method="SUBSCRIBE", params=names, id=1)["result"] is None
    assert "too many" in ask(session, method="SUBSCRIBE", params=["b@trade"], id=2)["error"]["msg"]
    assert ask(session, method="SUBSCRIBE", params=names[:1], id=3)["result"] is None
