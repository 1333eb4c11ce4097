"""Hostile numbers and structures of a venue: refused, counted, in bounded time (security, lists C, D and F).

The numbers of the cases are those of the list of nasty inputs.
"""

import json
import time
from contextlib import contextmanager

import pytest

from omega_tui.clock import ManualClock
from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.events.market import BestQuoteChanged, TradePrinted
from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.account_answers import decode_balance, decode_positions
from omega_tui.protocol.polymarket.auth import ApiCredentials
from omega_tui.protocol.polymarket.fact_answers import decode_tick_size, decode_time, decode_version
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.protocol.polymarket.market_answers import MAX_ROWS, decode_market, decode_markets
from omega_tui.protocol.polymarket.order_answers import decode_open_orders, decode_order, decode_place
from omega_tui.protocol.polymarket.paging import CursorWalk
from omega_tui.protocol.polymarket.trade_answers import decode_trades
from omega_tui.protocol.polymarket.user import UserProtocol
from omega_tui.protocol.polymarket.user_wire import MAX_BATCH
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.secret import Secret
from omega_tui.text import is_safe

TOKEN, OTHER, MARKET, KEY = "77", "78", "0xaa", "own-key"
NOW = ManualClock().now_ns()

ALLOWED_S = 0.2
"""What one input may keep the engine's loop busy for; of its own time, the best of three runs."""

NUMBERS = {
    "51 NaN": "NaN",
    "51 NaN as text": '"NaN"',
    "51 sNaN": '"sNaN"',
    "52 Infinity": "Infinity",
    "52 -Infinity as text": '"-Infinity"',
    "53 1e400": "1e400",
    "54 1E+999999": '"1E+999999"',
    "55 1E-999999": '"1E-999999"',
    "57 negative": '"-0.5"',
    "58 above one": '"1.0001"',
    "59 5,000 digits": "9" * 5_000,
    "60 4,000 digits": "9" * 4_000,
    "60 4,000 digits as text": f'"{"9" * 4_000}"',
    "61 Arabic digits": '"\u0660\u066b\u0665"',
    "61 wide digits": '"\uff11\uff12"',
    "61 underscore": '" 1_000 "',
    "61 hex": '"0x10"',
    "61 plus": '"+5"',
    "61 no digit after the point": '"5."',
    "62 thousands": '"1,000.5"',
    "62 comma": '"0,5"',
    "64 too many digits": '"0.3000000000000000400001"',
    "65 exponent": '"1e3"',
    "67 true": "true",
    "67 array": "[]",
    "67 object": "{}",
    "escape sequence": '"\\u001b[2J"',
    "lone surrogate": '"\\ud800"',
}
PRICES = {name: text for name, text in NUMBERS.items() if name != "57 negative"} | {"57": '"-0.5"'}
AMOUNTS = {name: text for name, text in NUMBERS.items() if name not in {"57 negative", "58 above one"}}


@contextmanager
def quickly(times=1):
    began = time.thread_time()
    yield
    assert (time.thread_time() - began) / times < ALLOWED_S


def in_time(work):
    """Run three times; the quickest must be quick enough. Return what the last gave."""
    spent = []
    for _ in range(3):
        began = time.thread_time()
        result = work()
        spent.append(time.thread_time() - began)
    assert min(spent) < ALLOWED_S, f"{min(spent) * 1000:.0f} ms"
    return result


def book(bids="[]", asks="[]", **fields):
    rest = {"market": MARKET, "asset_id": TOKEN, "timestamp": "1", "hash": "a" * 40, **fields}
    return json.dumps(rest)[:-1] + f',"bids":{bids},"asks":{asks},"event_type":"book"}}'


def connected():
    protocol = MarketProtocol(venue="sim", policy=HashPolicy(), publish_raw=True)
    protocol.subscribe([TOKEN])
    protocol.connection_made(now_ns=NOW)
    protocol.to_send()
    opening = book('[{"price":"0.40","size":"5"}]', '[{"price":"0.60","size":"7"}]', tick_size="0.01")
    protocol.receive(opening, now_ns=NOW)
    assert levels(protocol) == (["0.40"], ["0.60"])
    return protocol


def levels(protocol):
    kept = protocol.book(TOKEN)
    return [price for price, _ in kept.levels(Side.BUY)], [price for price, _ in kept.levels(Side.SELL)]


def errors(protocol):
    return sum(protocol.stats.parse_errors.values())


def change(price='"0.41"', size='"3"', timestamp='"2"', stated='"b"', side='"BUY"'):
    entry = f'{{"asset_id":"{TOKEN}","price":{price},"size":{size},"side":{side},"hash":{stated}}}'
    head = f'"market":"{MARKET}","timestamp":{timestamp}'
    return f'{{{head},"price_changes":[{entry}],"event_type":"price_change"}}'


def printed(price='"0.5"', size='"3"', timestamp='"2"', asset=TOKEN, transaction="0x1"):
    return (
        f'{{"market":"{MARKET}","asset_id":"{asset}","price":{price},"size":{size},"timestamp":{timestamp},'
        f'"transaction_hash":"{transaction}","event_type":"last_trade_price"}}'
    )


# ------------------------------------------------------------------------------ market frames


FRAMES = {
    "level": lambda text: book(f'[{{"price":{text},"size":"1"}}]'),
    "level change": lambda text: change(price=text),
    "print": lambda text: printed(price=text),
    "tick": lambda text: (
        f'{{"market":"{MARKET}","asset_id":"{TOKEN}","new_tick_size":{text},"event_type":"tick_size_change"}}'
    ),
}
SIZES = {
    "size of a level": lambda text: book(f'[{{"price":"0.4","size":{text}}}]'),
    "size of a change": lambda text: change(size=text),
    "size of a print": lambda text: printed(size=text),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("text", PRICES.values(), ids=PRICES)
def test_a_price_that_is_none_reaches_no_book(frame, text):
    protocol = connected()
    events = in_time(lambda: protocol.receive(frame(text), now_ns=NOW))
    assert not [event for event in events if isinstance(event, TradePrinted | BestQuoteChanged)]
    assert errors(protocol) == 3
    assert levels(protocol) in ((["0.40"], ["0.60"]), ([], []))
    assert str(protocol.book(TOKEN).tick_size) == "0.01"


@pytest.mark.parametrize("frame", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("text", [*AMOUNTS.values(), '"-3"'], ids=[*AMOUNTS, "57 negative"])
def test_a_size_that_is_none_reaches_no_book(frame, text):
    protocol = connected()
    events = in_time(lambda: protocol.receive(frame(text), now_ns=NOW))
    assert not [event for event in events if isinstance(event, TradePrinted)]
    assert errors(protocol) == 3
    assert levels(protocol) in ((["0.40"], ["0.60"]), ([], []))


@pytest.mark.parametrize("text", ['"-1"', '"1e20"', '"2026-01-01T00:00:00Z"', "NaN", f'"{"9" * 17}"', "{}"])
def test_a_time_that_is_none_changes_no_book(text):
    """66."""
    for frame in (change(timestamp=text), printed(timestamp=text), book().replace('"1"', text, 1)):
        protocol = connected()
        in_time(lambda frame=frame, protocol=protocol: protocol.receive(frame, now_ns=NOW))
        assert errors(protocol) == 3
        assert levels(protocol) == (["0.40"], ["0.60"])


@pytest.mark.parametrize("tick", ["0", "1", "5", "-0.01", "0.000000000000000001", "0.0000001"])
def test_a_tick_that_nothing_could_be_paid_in_is_refused(tick):
    """A tick of 1e-18 would make a ladder of 10^18 rows."""
    protocol = connected()
    assert protocol.receive(FRAMES["tick"](f'"{tick}"'), now_ns=NOW) == []
    assert errors(protocol) == 1
    assert str(protocol.book(TOKEN).tick_size) == "0.01"


STRUCTURES = {
    "70 deep arrays": "[" * 100_000,
    "70 deep objects": '{"a":' * 100_000,
    "72 two values": '{"event_type":"x"}{"event_type":"x"}',
    "72 trailing garbage": '{"event_type":"x"} x',
    "73 invalid UTF-8": b'{"event_type":"\xff"}',
    "73 UTF-16 in braces": '{"a'.encode("utf-16-le"),
    "77 half a million numbers": "[" + "1," * 500_000 + "1]",
    "77 a third of a million objects": "[" + "{}," * 333_000 + "{}]",
    "77 ten thousand events": "[" + ",".join([change()] * 6_000) + "]",
    "no event type": "{}" * 2,
    "cut": '{"event_type":"book","market":"0xaa"',
}


@pytest.mark.parametrize("text", STRUCTURES.values(), ids=STRUCTURES)
def test_a_structure_that_is_none_is_one_broken_frame(text):
    protocol = connected()
    assert in_time(lambda: protocol.receive(text, now_ns=NOW)) == []
    assert errors(protocol) == 3
    assert levels(protocol) == (["0.40"], ["0.60"])


def test_broken_frames_in_a_row_end_the_connection():
    protocol = connected()
    for _ in range(7):
        protocol.receive('{"\x1b]52;c;QQ==\x07', now_ns=NOW)
    with pytest.raises(RemoteProtocolError, match="8 broken frames in a row") as caught:
        protocol.receive('{"\x1b]52;c;QQ==\x07', now_ns=NOW)
    assert is_safe(str(caught.value))


def test_a_million_levels_are_refused_by_their_size_alone():
    """71: 30 MB would keep the loop busy for two seconds."""
    protocol = connected()
    text = book("[" + ",".join(['{"price":"0.41","size":"1"}'] * 1_000_000) + "]")
    with pytest.raises(RemoteProtocolError, match="are allowed"), quickly():
        protocol.receive(text, now_ns=NOW)


def test_an_honest_opening_of_many_books_is_within_the_limit():
    """The largest recorded opening has 10 kB a token; a socket has 200 tokens at most by default."""
    protocol = MarketProtocol(venue="sim", policy=HashPolicy())
    protocol.subscribe([str(number) for number in range(1, 201)])
    protocol.connection_made(now_ns=NOW)
    protocol.receive("[" + ",".join([book(pad="x" * 20_000)] * 200) + "]", now_ns=NOW)
    assert protocol.stats.events["book"] == 200


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_more_levels_than_the_cap_are_refused(side):
    protocol = connected()
    rows = ",".join(f'{{"price":"0.{number:06d}","size":"1"}}' for number in range(1, 5_002))
    protocol.receive(book(**{side: f"[{rows}]"}), now_ns=NOW)
    assert errors(protocol) == 1
    assert levels(protocol) == ([], [])


def test_a_price_change_of_thousands_of_entries_costs_a_fresh_book():
    protocol = connected()
    entry = change().partition("[")[2].partition("]")[0]
    text = change().replace(entry, ",".join([entry] * 6_000))
    in_time(lambda: protocol.receive(text, now_ns=NOW))
    assert protocol.stats.parse_errors["price_change"] == 3
    assert levels(protocol) == (["0.40"], ["0.60"])


@pytest.mark.parametrize(
    "text",
    [
        '{"event_type":"comet","asset_id":"77"}',
        '{"event_type":"\\u001b[2J"}',
        change().replace(TOKEN, OTHER),
        book().replace(TOKEN, OTHER),
        change().replace('"event_type"', '"__proto__":{"a":1},"__class__":"x","\\u001b[2J":1,"event_type"'),
    ],
    ids=["74 unknown type", "74 type with ESC", "74 change of others", "74 book of others", "78 odd keys"],
)
def test_what_is_merely_unknown_is_survived(text):
    protocol = connected()
    in_time(lambda: protocol.receive(text, now_ns=NOW))
    assert errors(protocol) == 0


def test_ten_thousand_keys_are_survived():
    """78."""
    protocol = connected()
    keys = ",".join(f'"k{number}":1' for number in range(10_000))
    in_time(lambda: protocol.receive(f'{{{keys},"event_type":"comet"}}', now_ns=NOW))
    assert protocol.stats.events["unknown"] == 3


@pytest.mark.parametrize("stated", ["null", '""', '"x"', f'"{"A" * 40}"', f'"{"a" * 41}"'])
def test_a_hash_that_is_none_leaves_the_book_unverified(stated):
    """79."""
    protocol = connected()
    protocol.receive(change(stated=stated), now_ns=NOW)
    assert protocol.stats.groups_at_once == 0


def test_nothing_that_a_venue_says_is_remembered_without_bound():
    """36 and C7: texts of any length that come with every message must not fill the memory."""
    protocol = connected()
    for number in range(50):
        long = f"{number}" * 100_000
        protocol.receive(book(market=long, last_trade_price="0.5"), now_ns=NOW)
        protocol.receive(printed(transaction=long), now_ns=NOW)
        protocol.receive(printed(asset=long), now_ns=NOW)
        protocol.receive(change(stated=f'"{long}"'), now_ns=NOW)
    assert errors(protocol) == 200
    kept = (protocol._books.prices, protocol._messages._prints, protocol._books.token(TOKEN).log)
    assert sum(len(repr(each)) for each in kept) < 10_000


def test_another_market_with_every_book_is_not_remembered_for_ever():
    protocol = connected()
    for number in range(5_000):
        protocol.receive(book(market=f"0x{number}"), now_ns=NOW)
    assert len(protocol._books.prices) <= 2_000
    assert protocol._books.token(TOKEN).market == "0x4999"


def test_swapped_unsorted_and_crossed_sides_are_seen_as_what_they_are():
    """76."""
    protocol = connected()
    protocol.receive(book('[{"price":"0.7","size":"1"},{"price":"0.2","size":"1"}]',
                          '[{"price":"0.3","size":"1"},{"price":"0.3","size":"2"}]'), now_ns=NOW)  # fmt: skip
    assert levels(protocol) == (["0.7", "0.2"], ["0.3"])
    assert protocol.book(TOKEN).is_crossed
    protocol.on_timer(now_ns=NOW + 60 * 10**9)
    assert protocol.take_resync_requests()


# ------------------------------------------------------------------------------ REST answers


def order_row(**fields):
    row = {
        "id": "0x1",
        "status": "LIVE",
        "side": "BUY",
        "asset_id": TOKEN,
        "price": "0.5",
        "original_size": "5",
    }
    return {**row, **fields}


def trade_row(**fields):
    row = {"id": "t", "status": "MATCHED", "side": "BUY", "asset_id": TOKEN, "price": "0.5", "size": "5"}
    return {**row, **fields}


def filled(row, text):
    """Return JSON in which the value `@` is replaced by a raw text."""
    return json.dumps(row).replace('"@"', text).encode(errors="surrogatepass")


REST = {
    "price of an order": lambda text: decode_order(filled(order_row(price="@"), text)),
    "size of an order": lambda text: decode_open_orders(
        filled({"data": [order_row(original_size="@")], "next_cursor": "LTE="}, text)
    ),
    "matched of an order": lambda text: decode_order(filled(order_row(size_matched="@"), text)),
    "price of a trade": lambda text: decode_trades(filled({"data": [trade_row(price="@")]}, text)),
    "size of a trade": lambda text: decode_trades(filled({"data": [trade_row(size="@")]}, text)),
    "104 balance": lambda text: decode_balance(filled({"balance": "@"}, text)),
    "amount of an answer": lambda text: decode_place(filled({"success": True, "makingAmount": "@"}, text)),
    "tick size": lambda text: decode_tick_size(filled({"minimum_tick_size": "@"}, text)),
    "tick size of a market": lambda text: decode_market(
        filled({"condition_id": MARKET, "minimum_tick_size": "@"}, text)
    ),
    "version": lambda text: decode_version(filled({"version": "@"}, text)),
    "time": lambda text: decode_time(filled({"time": "@"}, text)),
}


@pytest.mark.parametrize("decode", REST.values(), ids=REST)
@pytest.mark.parametrize("text", AMOUNTS.values(), ids=AMOUNTS)
def test_a_number_that_is_none_is_refused_in_every_answer(decode, text):
    def refused():
        with pytest.raises(RemoteProtocolError) as caught:
            decode(text)
        return str(caught.value)

    message = in_time(refused)
    assert is_safe(message)
    assert len(message) < 400


@pytest.mark.parametrize("text", ['"1E+999999"', "1e99", "NaN", '"Infinity"', "1e30", "9" * 5_000, "true"])
def test_a_position_of_no_amount_is_refused(text):
    """103: numbers of the Data API may have an exponent, but no size of their own."""

    def refused():
        with pytest.raises(RemoteProtocolError):
            decode_positions(filled([{"asset": TOKEN, "size": "@"}], text))

    in_time(refused)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[" * 100_000, b"\xef\xbb\xbf{}", b"{}{}", b"\xff", b"7"]
)
@pytest.mark.parametrize(
    "decode", [decode_market, decode_markets, decode_trades, decode_open_orders, decode_place]
)
def test_a_body_that_is_no_answer_is_refused(decode, body):
    """70, 72, 73, 95."""

    def refused():
        with pytest.raises(RemoteProtocolError) as caught:
            decode(body)
        return str(caught.value)

    assert is_safe(in_time(refused))


@pytest.mark.parametrize("text", ["x\x1b[2J", "../../etc/passwd", "a b", "", "1" * 129, "\u202e", "\ud800"])
def test_an_order_id_that_is_none_is_refused(text):
    """101."""
    for row in (order_row(id=text), order_row(asset_id=text)):
        with pytest.raises(RemoteProtocolError):
            decode_order(json.dumps(row).encode())


def test_a_page_of_a_hundred_thousand_markets_is_cut_and_says_so():
    """36: titles are cut in the codec, and so is the number of rows."""
    row = {"condition_id": MARKET, "question": "x" * 60, "tokens": [{"token_id": "1"}]}
    page = decode_markets(json.dumps({"data": [row] * 50_000, "next_cursor": "LTE="}).encode())
    assert (len(page.rows), page.skipped) == (MAX_ROWS, 50_000 - MAX_ROWS)


@pytest.mark.parametrize(
    "fields",
    [
        {"tokens": [{"token_id": "1"}] * 1_000},
        {"tags": ["x"] * 10_000},
        {"question": 7},
        {"question": {"a": 1}},
        {"tokens": {"token_id": "1"}},
        {"condition_id": None},
        {"end_date_iso": "9999-99-99"},
    ],
)
def test_a_market_that_is_none_costs_its_row_only(fields):
    """37 and 77."""
    good = {"condition_id": MARKET, "question": "Good?"}
    page = decode_markets(json.dumps({"data": [{**good, **fields}, good]}).encode())
    assert [row.question for row in page.rows] == ["Good?"]
    assert page.skipped == 1


def test_half_a_surrogate_pair_in_one_title_costs_neither_the_page_nor_the_row():
    """32: whoever names a market could empty the whole list."""
    titles = [
        "\ud800",
        "\udfff x",
        "\ud83d\ude00 \ud83d",
        r"\ud800 as written",
        "\\\ud800",
        "fine \U0001f600",
    ]
    rows = [{"condition_id": MARKET, "question": title} for title in titles]
    page = in_time(lambda: decode_markets(json.dumps({"data": rows}).encode()))
    assert page.skipped == 0
    shown = [row.question for row in page.rows]
    assert all(map(is_safe, shown))
    assert shown[3:] == [r"\ud800 as written", "\\\ufffd", "fine \U0001f600"]
    with pytest.raises(RemoteProtocolError):
        decode_markets(b'{"data":[{"question":"\\ud800"]')


def test_pages_that_go_in_circles_or_never_end_are_given_up():
    """80."""
    walk = CursorWalk()
    walk.advance("MQ==")
    walk.advance("Mg==")
    with pytest.raises(RemoteProtocolError, match="circles"):
        walk.advance("MQ==")
    walk = CursorWalk(max_pages=50)
    for number in range(49):
        walk.advance(f"c{number}")
    with pytest.raises(RemoteProtocolError, match="pages"):
        walk.advance("one more")


# ------------------------------------------------------------------------------ user frames


def account():
    credentials = ApiCredentials(KEY, Secret("c2VjcmV0"), Secret("passphrase"))
    protocol = UserProtocol(venue="sim", credentials=credentials)
    protocol.connection_made(now_ns=NOW)
    protocol.to_send()
    protocol.on_timer(now_ns=NOW)
    return protocol


def user_order(**fields):
    return {**order_row(), "type": "PLACEMENT", "event_type": "order", "timestamp": "1", **fields}


def user_trade(**fields):
    taken = {"taker_order_id": "0x1", "trader_side": "TAKER", "event_type": "trade", "match_time": "1"}
    return {**trade_row(), **taken, **fields}


MONEY = {
    "price of an order": lambda: user_order(price="@"),
    "size of an order": lambda: user_order(original_size="@"),
    "matched of an order": lambda: user_order(size_matched="@"),
    "time of an order": lambda: user_order(timestamp="@"),
    "price of a trade": lambda: user_trade(price="@"),
    "size of a trade": lambda: user_trade(size="@"),
    "fee of a trade": lambda: user_trade(fee_rate_bps="@"),
    "part of a maker": lambda: user_trade(
        trader_side="MAKER",
        maker_orders=[{"order_id": "0x1", "owner": KEY, "matched_amount": "@", "price": "0.5"}],
    ),
}


@pytest.mark.parametrize("row", MONEY.values(), ids=MONEY)
@pytest.mark.parametrize("text", [*AMOUNTS.values(), '"-3"'], ids=[*AMOUNTS, "57 negative"])
def test_no_nonsense_becomes_a_report_of_an_order_or_a_fill(row, text):
    protocol = account()
    frame = filled(row(), text).decode(errors="surrogatepass")
    events = in_time(lambda: protocol.receive(frame, now_ns=NOW))
    assert [type(event) for event in events] == [AccountGap], events
    assert protocol.stats.parse_errors == 3


@pytest.mark.parametrize(
    "row",
    [
        user_trade(price="1.0001"),
        user_trade(size="0"),
        user_trade(fee_rate_bps="999999999999999"),
        user_trade(fee_rate_bps="-1"),
        user_trade(side="SIDEWAYS"),
        user_trade(status="\x1b[2J"),
        user_trade(id="a\nb"),
        user_trade(taker_order_id="../x"),
        user_order(id="\x1b"),
        user_order(side="\ud800"),
        user_order(status="\x1b]52;c;QQ==\x07", type=None),
        user_order(asset_id="x" * 1_000),
    ],
)
def test_an_event_with_a_word_that_is_none_is_a_gap(row):
    protocol = account()
    (gap,) = protocol.receive(json.dumps(row), now_ns=NOW)
    assert isinstance(gap, AccountGap)
    assert is_safe(gap.reason)


def test_a_key_that_comes_twice_is_refused():
    """68."""
    protocol = account()
    (gap,) = protocol.receive(json.dumps(user_trade())[:-1] + ',"price":"0.9"}', now_ns=NOW)
    assert isinstance(gap, AccountGap)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" + "{}," * 300_000 + "{}]",
        "[" + "1," * 500_000 + "1]",
        '{"a":NaN}',
        "{}x",
        '{"a":1e999,}',
    ],
    ids=["deep", "many objects", "many numbers", "NaN", "garbage", "comma"],
)
def test_a_frame_of_the_account_that_is_none_costs_one_question(text):
    """A gap for each of 300,000 objects would drown everybody who listens."""
    protocol = account()
    events = protocol.receive(text, now_ns=NOW)
    assert [type(event) for event in events] == [AccountGap]


def test_a_frame_of_the_account_has_a_bound():
    protocol = account()
    with pytest.raises(RemoteProtocolError, match="are allowed"):
        protocol.receive("[" + " " * 2_000_000 + "]", now_ns=NOW)
    rows = [user_order(id=f"0x{number}") for number in range(MAX_BATCH)]
    assert len(protocol.receive(json.dumps(rows), now_ns=NOW)) == MAX_BATCH


def test_the_good_is_taken():
    """All that is refused above is refused for what is wrong with it."""
    protocol = connected()
    assert protocol.receive(change(price='".41"'), now_ns=NOW)
    assert protocol.receive(printed(), now_ns=NOW)
    assert errors(protocol) == 0
    reports = account().receive(json.dumps([user_order(), user_trade(fee_rate_bps="100")]), now_ns=NOW)
    assert [type(report) for report in reports] == [OrderReported, FillReported]
    for decode in REST.values():
        decode('"1"')
    assert wire.decode_rest_book(book().replace('"event_type":"book"', '"neg_risk":true')).neg_risk
