"""The REST interface in both roles: requests, bodies, answers, pages, and values from a careless wire."""

import dataclasses
import json
from decimal import Decimal

import msgspec
import pytest

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.polymarket import (
    account_answers,
    fact_answers,
    market_answers,
    order_answers,
    rest,
    trade_answers,
)
from omega_tui.protocol.polymarket.account_answers import BalanceRow, PositionRow
from omega_tui.protocol.polymarket.fact_answers import ClobMarket
from omega_tui.protocol.polymarket.market_answers import BookLevel, BookRow, MarketRow, OutcomeToken
from omega_tui.protocol.polymarket.order_answers import CancelAnswer, OrderRow, PlaceAnswer
from omega_tui.protocol.polymarket.paging import (
    END_CURSOR,
    START_CURSOR,
    CursorWalk,
    Page,
    cursor_of,
    offset_of,
)
from omega_tui.protocol.polymarket.posting import (
    MAX_BATCH,
    ORDER_TYPE_WORDS,
    Posting,
    decode_cancel,
    decode_cancel_many,
    decode_cancel_market,
    decode_posting,
    decode_postings,
    decode_token_ids,
    encode_posting,
    encode_postings,
    time_in_force_of,
)
from omega_tui.protocol.polymarket.request import Auth, RestRequest
from omega_tui.protocol.polymarket.signing import (
    MAX_SALT,
    Exchange,
    OrderStruct,
    SignatureType,
    order_domain,
    recover_order_signer,
)
from omega_tui.protocol.polymarket.trade_answers import MakerOrder, TradeRow
from omega_tui.protocol.polymarket.values import computed_number, milliseconds, number_or_none

TOKEN = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
CONDITION = "0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1"
ORDER_ID = "0xc667cca204efe1d9cf376d775e52199f5f32be7e2fddee5d6da31e7d95f98094"
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

POSTING = Posting(
    order=OrderStruct(
        salt=479249096354,
        maker=ADDRESS,
        signer=ADDRESS,
        token_id=TOKEN,
        maker_amount=50_000_000,
        taker_amount=100_000_000,
        side=Side.BUY,
        timestamp_ms=1780449126930,
    ),
    signature="0x" + "11" * 65,
    owner="the-key",
    time_in_force=TimeInForce.GTC,
)


# --- requests


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (rest.time_request(), RestRequest("GET", "/time")),
        (rest.version_request(), RestRequest("GET", "/version")),
        (rest.book_request(TOKEN), RestRequest("GET", "/book", (("token_id", TOKEN),))),
        (
            rest.books_request(["1", "2"]),
            RestRequest("POST", "/books", (), b'[{"token_id":"1"},{"token_id":"2"}]'),
        ),
        (
            rest.price_request("1", Side.SELL),
            RestRequest("GET", "/price", (("token_id", "1"), ("side", "SELL"))),
        ),
        (rest.markets_request(), RestRequest("GET", "/markets", (("next_cursor", "MA=="),))),
        (rest.market_request(CONDITION), RestRequest("GET", f"/markets/{CONDITION}")),
        (rest.create_credentials_request(), RestRequest("POST", "/auth/api-key", auth=Auth.L1)),
        (rest.derive_credentials_request(), RestRequest("GET", "/auth/derive-api-key", auth=Auth.L1)),
        (
            rest.cancel_request(ORDER_ID),
            RestRequest("DELETE", "/order", (), b'{"orderID":"' + ORDER_ID.encode() + b'"}', Auth.L2),
        ),
        (
            rest.cancel_many_request(["0x1", "0x2"]),
            RestRequest("DELETE", "/orders", (), b'["0x1","0x2"]', Auth.L2),
        ),
        (rest.cancel_all_request(), RestRequest("DELETE", "/cancel-all", auth=Auth.L2)),
        (
            rest.cancel_market_request(condition_id="0x1", token_id="2"),
            RestRequest("DELETE", "/cancel-market-orders", (), b'{"market":"0x1","asset_id":"2"}', Auth.L2),
        ),
        (
            rest.open_orders_request(token_id="2"),
            RestRequest("GET", "/data/orders", (("asset_id", "2"), ("next_cursor", "MA==")), auth=Auth.L2),
        ),
        (
            rest.trades_request(after_s=17, cursor="MTAw"),
            RestRequest("GET", "/data/trades", (("after", "17"), ("next_cursor", "MTAw")), auth=Auth.L2),
        ),
        (rest.order_request("0x1"), RestRequest("GET", "/data/order/0x1", auth=Auth.L2)),
        (
            rest.balance_request(SignatureType.EOA),
            RestRequest(
                "GET",
                "/balance-allowance",
                (("signature_type", "0"), ("asset_type", "COLLATERAL")),
                auth=Auth.L2,
            ),
        ),
        (
            rest.balance_request(SignatureType.GNOSIS_SAFE, "2"),
            RestRequest(
                "GET",
                "/balance-allowance",
                (("signature_type", "2"), ("asset_type", "CONDITIONAL"), ("token_id", "2")),
                auth=Auth.L2,
            ),
        ),
        (
            rest.heartbeat_request(),
            RestRequest("POST", "/v1/heartbeats", (), b'{"heartbeat_id":""}', Auth.L2),
        ),
        (
            rest.positions_request("0x1"),
            RestRequest("GET", "/positions", (("user", "0x1"), ("limit", "500"))),
        ),
    ],
)
def test_requests(request_: RestRequest, expected: RestRequest) -> None:
    assert request_ == expected


@pytest.mark.parametrize("text", ["", "..", ".", "a/b", "a?b", "a b", "a\nb", "é", "x" * 129])
def test_what_is_no_id_never_reaches_a_path(text: str) -> None:
    for make in (rest.market_request, rest.order_request, rest.book_request, rest.cancel_request):
        with pytest.raises(LocalProtocolError):
            make(text)


def test_cancel_market_without_a_market_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        rest.cancel_market_request()


# --- bodies


def test_the_body_of_a_place_is_what_the_fact_sheet_says() -> None:
    request = rest.place_request(POSTING)
    assert (request.method, request.path, request.auth) == ("POST", "/order", Auth.L2)
    assert b" " not in request.body
    body = json.loads(request.body)
    assert body == {
        "deferExec": False,
        "postOnly": False,
        "owner": "the-key",
        "orderType": "GTC",
        "order": {
            "salt": 479249096354,
            "maker": ADDRESS,
            "signer": ADDRESS,
            "tokenId": TOKEN,
            "makerAmount": "50000000",
            "takerAmount": "100000000",
            "side": "BUY",
            "signatureType": 0,
            "timestamp": "1780449126930",
            "expiration": "0",
            "metadata": "0x" + "00" * 32,
            "builder": "0x" + "00" * 32,
            "signature": "0x" + "11" * 65,
        },
    }
    assert rest.place_request(POSTING).body == request.body


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"time_in_force": TimeInForce.GTD, "expiration_s": 1_800_000_000, "post_only": True},
        {"time_in_force": TimeInForce.IOC},
        {"time_in_force": TimeInForce.FOK, "defer_exec": True},
    ],
)
def test_the_venue_reads_what_the_trader_wrote(change: dict[str, object]) -> None:
    posting = dataclasses.replace(POSTING, **change)
    assert decode_posting(encode_posting(posting)) == posting
    assert decode_postings(encode_postings([posting, POSTING])) == (posting, POSTING)


@pytest.mark.parametrize(
    "change",
    [
        {"time_in_force": TimeInForce.GTD},
        {"expiration_s": 1_800_000_000},
        {"time_in_force": TimeInForce.IOC, "post_only": True},
        {"order": dataclasses.replace(POSTING.order, salt=MAX_SALT + 1)},
    ],
)
def test_a_posting_that_makes_no_sense_is_not_written(change: dict[str, object]) -> None:
    with pytest.raises(LocalProtocolError):
        encode_posting(dataclasses.replace(POSTING, **change))


def test_a_batch_has_its_bounds() -> None:
    for count in (0, MAX_BATCH + 1):
        with pytest.raises(LocalProtocolError):
            rest.place_many_request([POSTING] * count)
        with pytest.raises(RemoteProtocolError):
            decode_postings(b"[" + b",".join([encode_posting(POSTING)] * count) + b"]")
    assert len(decode_postings(rest.place_many_request([POSTING] * MAX_BATCH).body)) == MAX_BATCH


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("salt", -1),
        ("salt", 2**53),
        ("salt", "x"),
        ("maker", "0x12"),
        ("signer", None),
        ("tokenId", "1e5"),
        ("tokenId", "9" * 78),
        ("makerAmount", "-1"),
        ("makerAmount", "1.5"),
        ("takerAmount", ""),
        ("takerAmount", "٣"),
        ("takerAmount", "1" * 20),
        ("side", "buy"),
        ("side", 0),
        ("signatureType", 4),
        ("timestamp", "soon"),
        ("metadata", "0x12"),
        ("builder", "0x" + "zz" * 32),
        ("expiration", "-5"),
    ],
)
def test_the_venue_refuses_a_malformed_order(field: str, value: object) -> None:
    body = json.loads(encode_posting(POSTING))
    body["order"][field] = value
    with pytest.raises(RemoteProtocolError):
        decode_posting(json.dumps(body).encode())


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"order":{}}'])
def test_the_venue_refuses_a_body_that_is_no_order(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_posting(body)
    with pytest.raises(RemoteProtocolError):
        decode_cancel(body)


def test_the_venue_reads_the_other_bodies() -> None:
    assert decode_cancel(rest.cancel_request(ORDER_ID).body) == ORDER_ID
    assert decode_cancel_many(rest.cancel_many_request(["0x1", "0x2"]).body) == ("0x1", "0x2")
    assert decode_cancel_market(rest.cancel_market_request(token_id="2").body) == ("", "2")
    assert decode_cancel_market(b"{}") == ("", "")
    assert decode_token_ids(rest.books_request(["1", "2"]).body) == ("1", "2")
    assert decode_token_ids(b'[{"token_id":"1","side":"BUY"}]') == ("1",)


def test_words_for_the_time_in_force() -> None:
    assert {word: time_in_force_of(word) for word in ("GTC", "GTD", "FAK", "IOC", "FOK")} == {
        "GTC": TimeInForce.GTC,
        "GTD": TimeInForce.GTD,
        "FAK": TimeInForce.IOC,
        "IOC": TimeInForce.IOC,
        "FOK": TimeInForce.FOK,
    }
    assert ORDER_TYPE_WORDS.keys() == set(TimeInForce)
    with pytest.raises(RemoteProtocolError):
        time_in_force_of("DAY")


@pytest.mark.usefixtures("official_client")
@pytest.mark.parametrize("order_type", ["GTC", "GTD", "FAK", "FOK"])
def test_bodies_equal_the_official_clients_byte_for_byte(order_type: str) -> None:
    from py_clob_client_v2.clob_types import CreateOrderOptions, OrderArgsV2
    from py_clob_client_v2.order_builder.builder import OrderBuilder
    from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2
    from py_clob_client_v2.signer import Signer

    expiration_s = 1_800_000_000 if order_type == "GTD" else 0
    signed = OrderBuilder(Signer(KEY, 80002)).build_order(
        OrderArgsV2(token_id=TOKEN, price=0.56, size=21.04, side="SELL", expiration=expiration_s),
        CreateOrderOptions(tick_size="0.01", neg_risk=True),
    )
    payload = order_to_json_v2(signed, "the-key", order_type, post_only=False)
    theirs = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    posting = decode_posting(theirs)
    assert encode_posting(posting) == theirs
    assert posting.expiration_s == expiration_s
    domain = order_domain(80002, Exchange.NEG_RISK)
    assert recover_order_signer(posting.order, domain, posting.signature) == ADDRESS


# --- answers: each role reads the other


ROW = OrderRow(
    order_id=ORDER_ID,
    status="LIVE",
    owner="the-key",
    maker=ADDRESS,
    condition_id=CONDITION,
    token_id=TOKEN,
    outcome="Yes",
    side=Side.SELL,
    price=Decimal("0.50"),
    original_size=Decimal(100),
    size_matched=Decimal("12.5"),
    time_in_force=TimeInForce.IOC,
    expiration_s=1_800_000_000,
    created_ms=1_780_449_126_000,
    trade_ids=("t-1",),
)

TRADE = TradeRow(
    trade_id="28c4d2eb-bbea-40e7-a9f0-b2fdb56b2c2e",
    status="CONFIRMED",
    taker_order_id=ORDER_ID,
    trader_side="MAKER",
    owner="another-key",
    maker=ADDRESS,
    condition_id=CONDITION,
    token_id=TOKEN,
    side=Side.BUY,
    outcome="Yes",
    price=Decimal("0.57"),
    size=Decimal(10),
    fee_rate_bps=Decimal(0),
    matched_ms=1_780_449_126_000,
    updated_ms=1_780_449_127_000,
    transaction_hash="0xff354cd7ca7539dfa9c28d90943ab5779a4eac9b9b37a917d7b32bdfb11750fd",
    maker_orders=(
        MakerOrder(
            order_id="0x1",
            owner="the-key",
            maker=ADDRESS,
            token_id="2",
            side=Side.BUY,
            outcome="No",
            price=Decimal("0.43"),
            matched=Decimal(10),
        ),
    ),
)

BOOK = BookRow(
    market=CONDITION,
    asset_id=TOKEN,
    timestamp="1780449126930",
    hash="0458ea5755c9f73d64a14636fa5c36ed460ec394",
    bids=(BookLevel("0.3", "100"), BookLevel("0.40", "100")),
    asks=(BookLevel("0.7", "100"), BookLevel("0.6", "100")),
    min_order_size="5",
    tick_size="0.01",
    neg_risk=True,
    last_trade_price="0.500",
)

MARKET = MarketRow(
    condition_id=CONDITION,
    question="Will it rain?",
    slug="will-it-rain",
    tokens=(OutcomeToken(TOKEN, "Yes", Decimal("0.5")), OutcomeToken("2", "No", None, winner=True)),
    tick_size=Decimal("0.0001"),
    min_order_size=Decimal(5),
    neg_risk=True,
    closed=True,
    accepting_orders=False,
    end_ms=1_793_664_000_000,
    maker_fee_bps=Decimal(0),
    taker_fee_bps=Decimal(200),
    tags=("Weather",),
)

POSITION = PositionRow(
    wallet=ADDRESS,
    condition_id=CONDITION,
    token_id=TOKEN,
    outcome="Yes",
    title="Will it rain?",
    size=Decimal("12.5"),
    average_price=Decimal("0.413333333333"),
    current_price=Decimal("0.5"),
    realized_pnl=Decimal("-1.25"),
    redeemable=True,
    opposite_token_id="2",
    neg_risk=True,
)


def test_answers_to_places_and_cancels_round_trip() -> None:
    for answer in [
        PlaceAnswer(success=True, order_id=ORDER_ID, status="live"),
        PlaceAnswer(
            success=True,
            order_id=ORDER_ID,
            status="matched",
            making_amount=Decimal("5.2"),
            taking_amount=Decimal(10),
            trade_ids=("t",),
            transaction_hashes=("0x1",),
        ),
        PlaceAnswer(success=False, error_message="invalid nonce"),
    ]:
        assert order_answers.decode_place(order_answers.encode_place(answer)) == answer
        assert order_answers.decode_places(order_answers.encode_places([answer])) == (answer,)
    canceled = CancelAnswer((ORDER_ID,), {"0x1": "order already matched"})
    assert order_answers.decode_cancel_answer(order_answers.encode_cancel_answer(canceled)) == canceled


def test_rows_round_trip() -> None:
    assert order_answers.decode_order(order_answers.encode_order(ROW)) == ROW
    orders = Page((ROW, ROW), END_CURSOR)
    assert order_answers.decode_open_orders(order_answers.encode_open_orders(orders)) == orders
    trades = Page((TRADE,), "MTAw")
    assert trade_answers.decode_trades(trade_answers.encode_trades(trades)) == trades
    balance = BalanceRow(Decimal("12.345678"), {ADDRESS: Decimal(1000)})
    assert account_answers.decode_balance(account_answers.encode_balance(balance)) == balance
    assert balance.largest_allowance == max(balance.allowances.values())
    assert BalanceRow(Decimal(1), {}).largest_allowance is None
    assert account_answers.decode_positions(account_answers.encode_positions([POSITION])) == Page(
        (POSITION,), ""
    )
    assert market_answers.decode_book(market_answers.encode_book(BOOK)) == BOOK
    assert market_answers.decode_books(market_answers.encode_books([BOOK, BOOK])) == (BOOK, BOOK)
    assert market_answers.decode_market(market_answers.encode_market(MARKET)) == MARKET
    page = market_answers.decode_markets(market_answers.encode_markets(Page((MARKET,), "MQ==")))
    assert (page.rows, page.next_cursor, page.skipped) == ((MARKET,), "MQ==", 0)
    clob = ClobMarket(
        tokens=(OutcomeToken(TOKEN, "Yes"), OutcomeToken("2", "No")),
        tick_size=Decimal("0.001"),
        min_order_size=Decimal(5),
        neg_risk=True,
        fee_rate=Decimal("0.02"),
        fee_exponent=Decimal(1),
    )
    assert fact_answers.decode_clob_market(fact_answers.encode_clob_market(clob)) == clob


def test_prices_keep_their_digits() -> None:
    row = order_answers.decode_order(order_answers.encode_order(ROW))
    assert row is not None
    assert f"{row.price}" == "0.50"


# --- answers: from a careless wire


def test_a_sparse_order_is_read() -> None:
    """A killed FOK has "" for numbers; fields are added and left out without notice."""
    body = {
        "id": ORDER_ID,
        "status": "CANCELED_order couldn't be fully filled",
        "side": "BUY",
        "asset_id": TOKEN,
        "price": "0.57",
        "original_size": "10",
        "size_matched": "",
        "outcome": "",
        "created_at": "",
        "expiration": None,
        "associate_trades": None,
        "next_year": {"a": []},
    }
    row = order_answers.decode_order(json.dumps(body).encode())
    assert row is not None
    assert (row.size_matched, row.created_ms, row.expiration_s, row.trade_ids) == (Decimal(0), 0, 0, ())
    assert row.time_in_force is TimeInForce.GTC
    assert order_answers.decode_order(b" null ") is None


@pytest.mark.parametrize("created", [1_780_449_126, "1780449126", 1_780_449_126_000, "1780449126000"])
def test_seconds_and_milliseconds_are_told_apart(created: object) -> None:
    body = json.loads(order_answers.encode_order(ROW)) | {"created_at": created}
    row = order_answers.decode_order(json.dumps(body).encode())
    assert row is not None
    assert row.created_ms == 1_780_449_126_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ('""', 0),
        ("null", 0),
        ("1780449126.5", 1_780_449_126_000),
        ("1780449126930", 1_780_449_126_930),
        ("1780449126930000", 1_780_449_126_930),
        ("1780449126930000000", 1_780_449_126_930),
        ('"2026-11-03T00:00:00Z"', 1_793_664_000_000),
        ('"2026-11-03 00:00:00+00"', 1_793_664_000_000),
        ('"2026-11-03"', 1_793_664_000_000),
        ("-5", -5000),
    ],
)
def test_times(text: str, expected: int) -> None:
    assert milliseconds(msgspec.Raw(text.encode()), "time") == expected


@pytest.mark.parametrize(
    "text", ["1e3", "NaN", '"1_0"', '"0x1"', '"٣"', '"1,5"', "true", "{}", '"1\\u0030"', "1" * 17]
)
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        number_or_none(msgspec.Raw(text.encode()), "price")
    with pytest.raises(RemoteProtocolError):
        milliseconds(msgspec.Raw(b'"later-on"'), "time")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.30000000000000004", "0.3"),
        ("1e-7", "1E-7"),
        ("12", "12"),
        ("null", "0"),
        ("-0.0", "0"),
        ("1.5E2", "1.5E+2"),
    ],
)
def test_computed_numbers_are_rounded_for_display(text: str, expected: str) -> None:
    assert computed_number(msgspec.Raw(text.encode()), "size") == Decimal(expected)
    with pytest.raises(RemoteProtocolError):
        computed_number(msgspec.Raw(b"1e99"), "size")


def test_markets_of_the_wild() -> None:
    """Old rows have no condition id and JSON numbers for everything; one bad row does not hide the others."""
    good = {
        "condition_id": CONDITION,
        "question": "\x1b[31m[red]Will \u202eit?\n",
        "minimum_tick_size": 0.01,
        "minimum_order_size": 5,
        "tokens": [{"token_id": TOKEN, "outcome": "Yes", "price": 0.505, "winner": False}, {"token_id": ""}],
        "tags": None,
        "end_date_iso": "2026-11-03T00:00:00Z",
        "rewards": {"rates": None},
    }
    bad = {"condition_id": "", "question": "old"}
    worse = good | {"minimum_tick_size": "1e-2"}
    body = {"data": [good, bad, 17, worse], "next_cursor": "LTE=", "limit": 500, "count": 4}
    page = market_answers.decode_markets(json.dumps(body).encode())
    assert page.skipped == 3
    [row] = page.rows
    assert (f"{row.tick_size}", f"{row.min_order_size}") == ("0.01", "5")
    assert [f"{token.price}" for token in row.tokens] == ["0.505"]
    assert row.question.isprintable()
    assert row.end_ms == 1_793_664_000_000
    assert market_answers.decode_markets(b'{"data":null}').rows == ()


def test_a_book_with_a_bad_level_is_refused() -> None:
    body = json.loads(market_answers.encode_book(BOOK))
    body["bids"][0]["size"] = "1e9"
    with pytest.raises(RemoteProtocolError):
        market_answers.decode_book(json.dumps(body).encode())
    empty = market_answers.decode_book(json.dumps(body | {"bids": None, "asks": []}).encode())
    assert (empty.bids, empty.asks) == ((), ())


def test_an_endless_allowance_is_read() -> None:
    body = {"balance": "1500000", "allowances": {ADDRESS: str(2**256 - 1)}}
    row = account_answers.decode_balance(json.dumps(body).encode())
    assert row.balance == Decimal("1.5")
    assert row.allowances[ADDRESS] == Decimal(10**15)
    with pytest.raises(RemoteProtocolError):
        account_answers.decode_balance(b'{"balance":"1.5"}')


def test_positions_of_both_contracts() -> None:
    rows = json.loads(account_answers.encode_positions([POSITION]))
    for key in ("data", "positions"):
        page = account_answers.decode_positions(json.dumps({key: rows, "nextCursor": "abc"}).encode())
        assert (page.rows, page.next_cursor) == ((POSITION,), "abc")


def test_small_facts() -> None:
    assert fact_answers.decode_tick_size(b'{"minimum_tick_size":0.01}') == Decimal("0.01")
    assert fact_answers.decode_tick_size(b'{"minimum_tick_size":"0.001"}') == Decimal("0.001")
    assert fact_answers.encode_tick_size(Decimal("0.0001")) == b'{"minimum_tick_size":0.0001}'
    assert fact_answers.decode_neg_risk(b'{"neg_risk":false}') is False
    assert fact_answers.decode_fee_rate(b'{"base_fee":null}') == Decimal(0)
    assert fact_answers.decode_version(b'{"version":2}') == 2
    assert fact_answers.decode_price(b'{"mid":"0.505"}') == Decimal("0.505")
    assert fact_answers.decode_price(b'{"price":"0.50","side":"BUY"}') == Decimal("0.50")
    assert fact_answers.decode_condition_id(b'{"condition_id":"0x1"}') == "0x1"
    assert fact_answers.decode_closed_only(b'{"closed_only":true}') is True
    assert fact_answers.decode_heartbeat(b'{"heartbeat_id":"h"}') == "h"
    for body in [b"1780449126", b'"1780449126"', b'{"time":1780449126}', b'{"timestamp":"1780449126"}']:
        assert fact_answers.decode_time(body) == 1_780_449_126_000


@pytest.mark.parametrize(
    ("decode", "body"),
    [
        (fact_answers.decode_tick_size, b"{}"),
        (fact_answers.decode_neg_risk, b"{}"),
        (fact_answers.decode_price, b'{"price":""}'),
        (fact_answers.decode_time, b"{}"),
        (fact_answers.decode_time, b""),
        (fact_answers.decode_time, b"null"),
        (fact_answers.decode_version, b'{"version":2.5}'),
        (fact_answers.decode_condition_id, b"{}"),
        (fact_answers.decode_clob_market, b'{"t":[],"mts":null}'),
        (order_answers.decode_cancel_answer, b"{}"),
    ],
)
def test_what_must_be_there_is_asked_for(decode: object, body: bytes) -> None:
    assert callable(decode)
    with pytest.raises(RemoteProtocolError):
        decode(body)


# --- pages


def test_a_walk_through_the_pages() -> None:
    walk = CursorWalk()
    asked = []
    while walk.cursor is not None:
        asked.append(walk.cursor)
        walk.advance(cursor_of(offset_of(walk.cursor) + 100, total=250))
    assert asked == [START_CURSOR, "MTAw", "MjAw"]


def test_pages_that_go_in_circles_are_left() -> None:
    walk = CursorWalk()
    walk.advance("MTAw")
    with pytest.raises(RemoteProtocolError, match="circles"):
        walk.advance(START_CURSOR)
    endless = CursorWalk(max_pages=3)
    endless.advance("a")
    endless.advance("b")
    with pytest.raises(RemoteProtocolError, match="more than 3"):
        endless.advance("c")


def test_an_empty_cursor_is_the_end() -> None:
    walk = CursorWalk()
    walk.advance("")
    assert walk.cursor is None
    assert (cursor_of(0, 1), cursor_of(1, 1), offset_of("")) == (START_CURSOR, END_CURSOR, 0)


@pytest.mark.parametrize(
    "cursor", [END_CURSOR, "!", "é", "MTAw MTAw", "/w==", "OTk5OTk5OTk5OTk5OTk5OTk5OTk="]
)
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(RemoteProtocolError):
        offset_of(cursor)
