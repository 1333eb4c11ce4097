"""The user protocol: orders and trades in every shape that the venue gives them."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.orders import Settlement
from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.auth import ApiCredentials
from omega_tui.protocol.polymarket.fees import taker_fee
from omega_tui.protocol.polymarket.user import MAX_BROKEN_IN_A_ROW, UserProtocol
from omega_tui.protocol.polymarket.user_events import event_ns, order_status
from omega_tui.secret import Secret
from omega_tui.units import NS_PER_MS, NS_PER_S

OURS, THEIRS = "key-ours", "key-theirs"
YES, NO = "7" * 77, "8" * 77
MARKET = "0x" + "ab" * 32
NOW_NS = 1_790_000_000 * NS_PER_S
CREDENTIALS = ApiCredentials(
    api_key=OURS, secret=Secret("top-secret-of-ours"), passphrase=Secret("pass-of-ours")
)


def order(**fields: object) -> dict:
    message = {
        "event_type": "order",
        "type": "PLACEMENT",
        "id": "0xorder",
        "owner": OURS,
        "order_owner": OURS,
        "market": MARKET,
        "asset_id": YES,
        "side": "BUY",
        "outcome": "Yes",
        "price": "0.41",
        "original_size": "100",
        "size_matched": "0",
        "order_type": "GTC",
        "status": "LIVE",
        "associate_trades": None,
        "maker_address": "0xme",
        "created_at": "1790000000",
        "expiration": "0",
        "timestamp": "1790000000123",
    }
    return message | fields


def maker(**fields: object) -> dict:
    row = {
        "order_id": "0xmaker",
        "owner": OURS,
        "maker_address": "0xme",
        "matched_amount": "40",
        "price": "0.41",
        "fee_rate_bps": "0",
        "asset_id": YES,
        "side": "BUY",
        "outcome": "Yes",
        "outcome_index": 0,
    }
    return row | fields


def trade(**fields: object) -> dict:
    message = {
        "event_type": "trade",
        "type": "TRADE",
        "id": "trade-1",
        "taker_order_id": "0xtaker",
        "market": MARKET,
        "asset_id": YES,
        "side": "SELL",
        "size": "40",
        "price": "0.41",
        "status": "MATCHED",
        "fee_rate_bps": "0",
        "match_time": "1790000001",
        "last_update": "1790000001",
        "timestamp": "1790000001456",
        "outcome": "Yes",
        "owner": THEIRS,
        "trade_owner": THEIRS,
        "maker_address": "0xthem",
        "transaction_hash": "",
        "bucket_index": 0,
        "trader_side": "MAKER",
        "maker_orders": [maker(), maker(order_id="0xother", owner=THEIRS)],
    }
    return message | fields


def connected(**options: object) -> UserProtocol:
    protocol = UserProtocol(venue="polymarket", credentials=CREDENTIALS, **options)
    protocol.connection_made(now_ns=NOW_NS)
    protocol.on_timer(now_ns=NOW_NS)
    return protocol


def say(protocol: UserProtocol, *messages: dict) -> list:
    text = json.dumps(list(messages) if len(messages) > 1 else messages[0])
    return protocol.receive(text, now_ns=NOW_NS)


def fills(protocol: UserProtocol, message: dict) -> list:
    events = say(protocol, message)
    assert all(isinstance(event, FillReported) for event in events)
    return [event.fill for event in events]


# ---------------------------------------------------------------------- connection


def test_the_credentials_come_first_and_are_shown_nowhere():
    protocol = UserProtocol(venue="polymarket", credentials=CREDENTIALS, markets=[MARKET])
    protocol.connection_made(now_ns=NOW_NS)
    (text,) = protocol.to_send()
    assert json.loads(text) == {
        "type": "user",
        "auth": {"apiKey": OURS, "secret": "top-secret-of-ours", "passphrase": "pass-of-ours"},
        "markets": [MARKET],
    }
    shown = repr(protocol) + repr(vars(protocol))
    assert "top-secret" not in shown
    assert "pass-of-ours" not in shown


def test_every_connect_and_every_loss_is_a_gap_of_the_account():
    protocol = UserProtocol(venue="polymarket", credentials=CREDENTIALS)
    assert protocol.next_timer_ns() is None
    protocol.connection_made(now_ns=NOW_NS)
    assert protocol.next_timer_ns() == NOW_NS
    (gap,) = protocol.on_timer(now_ns=NOW_NS)
    assert gap == AccountGap("polymarket", gap.reason, connected=True)
    assert protocol.on_timer(now_ns=NOW_NS) == []
    (loss,) = protocol.connection_lost("gone", now_ns=NOW_NS)
    assert loss == AccountGap("polymarket", "gone", connected=False)
    assert protocol.connection_lost("gone", now_ns=NOW_NS) == []
    protocol.connection_made(now_ns=NOW_NS)
    first, *_ = protocol.receive(json.dumps(order()), now_ns=NOW_NS)
    assert isinstance(first, AccountGap)


def test_ping_and_pong():
    protocol = connected()
    protocol.to_send()
    due_ns = NOW_NS + 10 * NS_PER_S
    assert protocol.next_timer_ns() == due_ns
    protocol.on_timer(now_ns=due_ns)
    assert protocol.to_send() == ["PING"]
    protocol.receive("PONG", now_ns=due_ns + 5 * NS_PER_MS)
    assert protocol.keepalive_ms == 5


def test_markets_can_be_added_and_dropped():
    protocol = connected(markets=[MARKET])
    protocol.to_send()
    protocol.subscribe([MARKET, "0xnew"])
    protocol.unsubscribe([MARKET, "0xunknown"])
    assert [json.loads(text) for text in protocol.to_send()] == [
        {"operation": "subscribe", "markets": ["0xnew"]},
        {"operation": "unsubscribe", "markets": [MARKET]},
    ]


# ---------------------------------------------------------------------- orders


def test_an_order_is_reported_with_what_the_venue_says():
    (report,) = say(connected(), order())
    assert report == OrderReported(
        venue="polymarket",
        venue_order_id="0xorder",
        client_order_id="",
        instrument=YES,
        side=Side.BUY,
        price=Decimal("0.41"),
        size=Decimal(100),
        venue_status="LIVE",
        filled=Decimal(0),
        reason="",
        ts_event_ns=1_790_000_000_123 * NS_PER_MS,
        time_in_force="GTC",
    )


@pytest.mark.parametrize(
    ("status", "event_type", "expected"),
    [
        ("LIVE", "PLACEMENT", ("LIVE", "")),
        ("delayed", "PLACEMENT", ("LIVE", "")),
        ("UNMATCHED", "PLACEMENT", ("LIVE", "")),
        ("MATCHED", "UPDATE", ("MATCHED", "")),
        ("CANCELED", "CANCELLATION", ("CANCELED", "")),
        ("CANCELED_FOK_NOT_FILLED", "CANCELLATION", ("CANCELED", "FOK NOT FILLED")),
        ("INVALID", "CANCELLATION", ("CANCELED", "INVALID")),
        ("EXPIRED", None, ("EXPIRED", "")),
        ("", "UPDATE", ("LIVE", "")),
        (None, "CANCELLATION", ("CANCELED", "")),
        ("MYSTERY", "CANCELLATION", ("CANCELED", "MYSTERY")),
    ],
)
def test_the_venues_words_become_ours(status, event_type, expected):
    assert order_status(status, event_type) == expected


def test_an_order_in_no_known_state_is_unreadable():
    (gap,) = say(connected(), order(status="MYSTERY", type="OMEN"))
    assert isinstance(gap, AccountGap)


def test_a_killed_fok_has_empty_texts_for_numbers():
    killed = order(
        status="CANCELED_\x1b]0;killed",
        type="CANCELLATION",
        size_matched="",
        outcome="",
        created_at="",
        price="",
    )
    (report,) = say(connected(), killed)
    assert (report.venue_status, report.filled, report.price) == ("CANCELED", None, None)
    assert "\x1b" not in report.reason


def test_an_order_is_reported_again_only_when_something_is_new():
    protocol = connected()
    assert len(say(protocol, order(), order(timestamp="1790000000999"))) == 1
    assert protocol.stats.duplicates == 1
    assert len(say(protocol, order(type="UPDATE", size_matched="10"))) == 1
    assert len(say(protocol, order(type="CANCELLATION", status="CANCELED", size_matched="10"))) == 1


# ---------------------------------------------------------------------- trades


def test_as_maker_only_our_rows_are_fills():
    (fill,) = fills(connected(), trade())
    assert (fill.trade_id, fill.venue_order_id, fill.instrument) == ("trade-1", "0xmaker", YES)
    assert (fill.side, fill.price, fill.size, fill.is_maker) == (Side.BUY, Decimal("0.41"), 40, True)
    assert fill.settlement is Settlement.MATCHED
    assert fill.ts_event_ns == 1_790_000_001 * NS_PER_S


def test_as_maker_the_complement_is_what_we_traded():
    rows = [maker(asset_id=NO, side="SELL", price="0.59", outcome="No")]
    (fill,) = fills(connected(), trade(maker_orders=rows))
    assert (fill.instrument, fill.side, fill.price) == (NO, Side.SELL, Decimal("0.59"))


@pytest.mark.parametrize(
    ("token", "side"), [(YES, Side.BUY), (NO, Side.SELL), ("", Side.BUY), (None, Side.BUY)]
)
def test_a_maker_row_without_a_side_implies_it(token, side):
    (fill,) = fills(connected(), trade(maker_orders=[maker(asset_id=token, side=None)]))
    assert fill.side is side
    assert fill.instrument == (token or YES)


def test_as_taker_the_header_is_our_fill_with_its_fee():
    header = trade(trader_side="TAKER", owner=OURS, trade_owner=OURS, fee_rate_bps="100", maker_orders=[])
    (fill,) = fills(connected(), header)
    assert (fill.venue_order_id, fill.side, fill.size, fill.is_maker) == ("0xtaker", Side.SELL, 40, False)
    assert fill.fee == Decimal("0.096760")


def test_without_a_stated_role_the_owner_tells():
    rows = [maker(owner=THEIRS)]
    (fill,) = fills(connected(), trade(trader_side=None, owner=OURS, maker_orders=rows))
    assert not fill.is_maker
    (fill,) = fills(connected(), trade(trader_side=""))
    assert fill.is_maker


def test_trading_with_oneself_is_two_fills():
    both = fills(connected(), trade(trader_side="TAKER", owner=OURS))
    assert [fill.is_maker for fill in both] == [True, False]


def statuses(protocol: UserProtocol, *words: str) -> list[str]:
    return [fill.settlement.value for word in words for fill in fills(protocol, trade(status=word))]


def test_a_trade_is_reported_once_per_status():
    protocol = connected()
    words = (
        "MATCHED",
        "MATCHED",
        "MINED",
        "RETRYING",
        "RETRYING",
        "MATCHED",
        "MINED",
        "CONFIRMED",
        "CONFIRMED",
    )
    assert statuses(protocol, *words) == ["MATCHED", "MINED", "RETRYING", "CONFIRMED"]
    assert statuses(protocol, "MINED", "RETRYING", "MATCHED") == []
    assert protocol.stats.regressions == 4


def test_a_failed_trade_is_reported_for_undoing():
    assert statuses(connected(), "MATCHED", "MINED", "FAILED", "MATCHED") == ["MATCHED", "MINED", "FAILED"]


def test_contradictions_are_passed_on():
    protocol = connected()
    assert statuses(protocol, "CONFIRMED", "FAILED") == ["CONFIRMED", "FAILED"]
    other_price = fills(protocol, trade(maker_orders=[maker(price="0.40")]))
    assert [fill.price for fill in other_price] == [Decimal("0.40")]


def test_repetitions_after_a_reconnect_are_known():
    protocol = connected()
    assert statuses(protocol, "MATCHED") == ["MATCHED"]
    protocol.connection_lost("gone", now_ns=NOW_NS)
    protocol.connection_made(now_ns=NOW_NS)
    protocol.on_timer(now_ns=NOW_NS)
    assert statuses(protocol, "MATCHED", "MINED") == ["MINED"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1790000001", 1_790_000_001 * NS_PER_S),
        (1790000001, 1_790_000_001 * NS_PER_S),
        ("1790000001456", 1_790_000_001_456 * NS_PER_MS),
        ("1790000001456000", 1_790_000_001_456 * NS_PER_MS),
        ("1790000001456000000", 1_790_000_001_456 * NS_PER_MS),
        ("", 0),
        (None, 0),
    ],
)
def test_times_are_told_apart_by_magnitude(value, expected):
    assert event_ns(value) == expected


@pytest.mark.parametrize("value", ["-1", "1e20", "2026-10-04", "1" * 20, "１２"])  # noqa: RUF001  (full-width digits)
def test_what_is_no_time_is_refused(value):
    with pytest.raises(ValueError, match="time"):
        event_ns(value)


def test_the_fee_is_that_of_the_official_client():
    whole = taker_fee(size=Decimal(100), price=Decimal("0.5"), rate_bps=Decimal(1000))
    assert whole == Decimal("2.500000")
    assert taker_fee(size=Decimal(100), price=Decimal("0.5"), rate_bps=Decimal(0)) == 0


# ---------------------------------------------------------------------- nonsense


@pytest.mark.parametrize(
    "message",
    [
        trade(size="-40", trader_side="TAKER", owner=OURS),
        trade(trader_side="TAKER", owner=OURS, price="1.5"),
        trade(maker_orders=[maker(matched_amount="0")]),
        trade(maker_orders=[maker(matched_amount="NaN")]),
        trade(maker_orders=[maker(order_id="../../x")]),
        trade(maker_orders=[]),
        trade(status="DREAMT"),
        trade(id="\x1b[2J"),
        trade(maker_orders=[maker(price=0.41)]),
        order(original_size="1e9"),
        order(size_matched="-1"),
        order(side="HOLD"),
        order(id=""),
        order(asset_id=None),
        {"event_type": "order"},
        {"no": "type"},
        ["not an object"],
    ],
)
def test_what_cannot_be_read_means_that_the_account_must_be_asked(message):
    protocol = connected()
    (gap,) = say(protocol, message)
    assert isinstance(gap, AccountGap)
    assert gap.connected
    assert protocol.stats.parse_errors == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"event_type":"order","price":"0.5","price":"0.9"}',
        '{"event_type":"order","price":NaN}',
        '{"event_type":',
        "[" * 100_000,
        b'{"a":"\xff"}',
    ],
)
def test_a_frame_that_cannot_be_read_is_survived(text):
    protocol = connected()
    (gap,) = protocol.receive(text, now_ns=NOW_NS)
    assert isinstance(gap, AccountGap)
    assert len(say(protocol, order())) == 1


def test_too_many_broken_frames_end_the_connection():
    protocol = connected()
    for _ in range(MAX_BROKEN_IN_A_ROW - 1):
        protocol.receive("{", now_ns=NOW_NS)
    with pytest.raises(RemoteProtocolError, match="in a row"):
        protocol.receive("{", now_ns=NOW_NS)


def test_a_frame_above_the_limit_ends_the_connection():
    with pytest.raises(RemoteProtocolError, match="allowed"):
        connected().receive("[" + " " * 1024 * 1024 + "]", now_ns=NOW_NS)


@pytest.mark.parametrize("text", ["PONG", "", "INVALID OPERATION", "[]", '{"event_type":"balance","x":1}'])
def test_control_text_and_unknown_events_are_survived(text):
    assert connected().receive(text, now_ns=NOW_NS) == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_frames_never_crash_it(data):
    protocol = connected()
    text = json.dumps(data.draw(st.sampled_from([order(), trade(), trade(trader_side="TAKER", owner=OURS)])))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    inserted = data.draw(
        st.one_of(st.text(max_size=6), st.sampled_from(["null", '""', "[]", "{}", "1e999", "-"]))
    )
    for event in protocol.receive(text[:start] + inserted + text[end:], now_ns=NOW_NS):
        assert isinstance(event, (OrderReported, FillReported, AccountGap))
