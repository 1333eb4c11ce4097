"""The pure parts of the Bitget dialect: addresses, signatures, checksums, the venue's role on a socket."""

import json
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.errors import VenueRefused
from omega_tui.protocol.bitget import refusals
from omega_tui.protocol.bitget.session import Send, Session, Subscribed, Unsubscribed
from omega_tui.protocol.bitget.signing import is_same_signature, login_signature, rest_signature
from omega_tui.protocol.bitget.wire import Action, Arg, answer, book_data, failure, push
from omega_tui.protocol.book_checksum import top_checksum
from omega_tui.protocol.ccxt.urls import loopback_urls
from omega_tui.secret import Secret

BOOKS = Arg("SPOT", "books", "BTCUSDT")
ORDERS = Arg("SPOT", "orders", "default")


def test_every_requested_address_moves_and_the_others_stay():
    urls = {
        "logo": "https://example.org/logo.png",
        "doc": ["https://www.bitget.com/docs"],
        "api": {
            "spot": "https://api.{hostname}",
            "ws": {"public": "wss://ws.bitget.com/v2/ws/public", "streams": ["wss://a.b/c?d=1"]},
        },
        "test": "http://testnet.{hostname}/v1",
        "demo": None,
    }
    moved = loopback_urls(urls, "http://127.0.0.1:4242", hostname="bitget.com")
    assert moved == {
        "logo": "https://example.org/logo.png",
        "doc": ["https://www.bitget.com/docs"],
        "api": {
            "spot": "http://127.0.0.1:4242/api.bitget.com",
            "ws": {
                "public": "ws://127.0.0.1:4242/ws.bitget.com/v2/ws/public",
                "streams": ["ws://127.0.0.1:4242/a.b/c?d=1"],
            },
        },
        "test": "http://127.0.0.1:4242/testnet.bitget.com/v1",
        "demo": None,
    }
    assert urls["test"] == "http://testnet.{hostname}/v1"


def test_a_base_without_a_host_is_refused():
    with pytest.raises(ValueError, match="not the address"):
        loopback_urls({}, "nonsense")


def test_signatures_cover_time_method_path_query_and_body():
    parts = {
        "timestamp_ms": "1700000000000",
        "method": "GET",
        "path": "/api/v2/x",
        "query": "a=1",
        "body": "",
    }
    made = rest_signature(Secret("s3cret"), **parts)
    assert made == "ryYw8PsbO0SqiHNvyd/YvAIJ+fpoTtC3/vV+flWkoXk="
    for name, other in (
        ("timestamp_ms", "1"),
        ("method", "POST"),
        ("path", "/"),
        ("query", ""),
        ("body", "{}"),
    ):
        assert rest_signature(Secret("s3cret"), **(parts | {name: other})) != made
    assert not is_same_signature(made, rest_signature(Secret("other"), **parts))
    assert login_signature(Secret("s3cret"), timestamp_s="1700000000") == (
        "8LcGmOXDARD0wgwrhAqPVRMg0pYl2Un/JFKe8IMrLfo="
    )


def test_the_checksum_goes_level_by_level_and_on_where_one_side_ends():
    bids, asks = [("100.1", "2"), ("100.0", "3")], [("100.2", "1")]
    value = crc32(b"100.1:2:100.2:1:100.0:3")
    assert top_checksum(bids, asks) == (value - 2**32 if value >= 2**31 else value)


@given(st.lists(st.tuples(st.sampled_from(["1", "2.5"]), st.sampled_from(["1", "0.2"])), max_size=40))
def test_levels_beyond_the_25th_do_not_change_the_checksum(levels):
    assert top_checksum(levels, levels) == top_checksum(levels[:25], levels[:25])
    assert -(2**31) <= top_checksum(levels, []) < 2**31


def test_frames_and_envelopes_have_the_shapes_of_the_wire():
    data = book_data([("1", "2")], [], at_ms=7, sequence=9, previous=8)
    assert json.loads(push(Action.UPDATE, BOOKS, [data], 7)) == {
        "action": "update",
        "arg": {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"},
        "data": [{"asks": [], "bids": [["1", "2"]], "seq": 9, "pseq": 8, "ts": "7"}],
        "ts": 7,
    }
    assert json.loads(answer([1], 5)) == {"code": "00000", "msg": "success", "requestTime": 5, "data": [1]}
    assert json.loads(failure("40034", "no", 5))["code"] == "40034"
    refused = refusals.NOT_THERE.error("XUSDT")
    assert isinstance(refused, VenueRefused)
    assert (refused.code, str(refused)) == ("40034", "Parameter XUSDT does not exist")


def session(*, is_private=False, account="me"):
    return Session(
        is_private=is_private,
        knows=lambda arg: arg.channel in {"books", "orders"},
        login=lambda login: account if login.sign == "good" else refusals.WS_SIGN_WRONG,
    )


def ask(made, operation, *args):
    return made.receive(json.dumps({"op": operation, "args": list(args)}))


def code_of(reaction):
    assert isinstance(reaction, Send)
    return json.loads(reaction.text)["code"]


def test_a_public_session_answers_pings_subscribes_and_unsubscribes():
    made = session()
    assert made.receive("ping") == [Send("pong")]
    assert ask(made, "subscribe", BOOKS.fields()) == [Subscribed(BOOKS)]
    assert json.loads(made.confirm(BOOKS))["event"] == "subscribe"
    assert list(made.args) == [BOOKS]
    gone, confirmed = ask(made, "unsubscribe", BOOKS.fields())
    assert gone == Unsubscribed(BOOKS)
    assert json.loads(confirmed.text)["event"] == "unsubscribe"
    assert made.args == {}


def test_a_private_session_wants_a_login_first():
    made = session(is_private=True)
    assert code_of(ask(made, "subscribe", ORDERS.fields())[0]) == refusals.WS_LOGIN_NEEDED
    assert code_of(ask(made, "login", {"sign": "bad"})[0]) == refusals.WS_SIGN_WRONG
    assert made.account == ""
    assert code_of(ask(made, "login", {"sign": "good"})[0]) == 0
    assert made.account == "me"
    assert ask(made, "subscribe", ORDERS.fields()) == [Subscribed(ORDERS)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", refusals.WS_BAD_OPERATION),
        ("[]", refusals.WS_BAD_OPERATION),
        ('{"op":["x"],"args":[1]}', refusals.WS_BAD_OPERATION),
        ('{"op":"buy","args":[{}]}', refusals.WS_BAD_OPERATION),
        ('{"op":"subscribe"}', refusals.WS_BAD_PARAMETER),
        ('{"op":"subscribe","args":[]}', refusals.WS_BAD_PARAMETER),
        ('{"op":"subscribe","args":[7]}', refusals.WS_BAD_PARAMETER),
        ('{"op":"subscribe","args":[{"instType":1}]}', refusals.WS_BAD_PARAMETER),
        ('{"op":"login","args":[7]}', refusals.WS_BAD_PARAMETER),
        (
            '{"op":"subscribe","args":[{"instType":"SPOT","channel":"x","instId":"B"}]}',
            refusals.WS_BAD_CHANNEL,
        ),
    ],
)
def test_nonsense_is_refused_with_a_code(text, code):
    (reaction,) = session().receive(text)
    assert code_of(reaction) == code


@given(st.text(max_size=200))
def test_no_frame_breaks_a_session(text):
    for reaction in session().receive(text):
        assert isinstance(reaction, Send | Subscribed | Unsubscribed)
