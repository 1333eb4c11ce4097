"""The sequence checks on frames that exchanges really sent."""

import gzip
import json
from decimal import Decimal

import pytest

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.protocol.book_families import FAMILIES, Precision, family_of
from omega_tui.protocol.book_sequence import Outcome, SequenceCheck, kraken_crc


def frames(path):
    """The frames of a recording of cryptofeed: `time: json`, other lines left out."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            head, _, text = line.partition(": ")
            if head.replace(".", "").isdigit():
                yield json.loads(text, parse_float=str)


def judge_all(messages, family, key):
    checks, verdicts = {}, []
    for message in messages:
        check = checks.setdefault(key(message), FAMILIES[family].make(Precision()))
        verdicts.append(check.judge(message))
    compared = sum(check._checksum.checked_total for check in checks.values())
    return verdicts, compared


def test_bitget_checksums_hold(captures):
    books = [
        frame
        for frame in frames(captures / "exchanges" / "BITGET.ws.1.0.gz")
        if "data" in frame and frame["arg"]["channel"] == "books"
    ]
    verdicts, compared = judge_all(books, "bitget", lambda frame: frame["arg"]["instId"])
    assert {verdict.outcome for verdict in verdicts} == {Outcome.APPLIED}
    assert compared == len(books) > 200


def test_okx_checksums_hold(captures):
    books = [
        frame
        for frame in frames(captures / "exchanges" / "OKX.ws.1.0.gz")
        if "data" in frame and frame["arg"]["channel"] == "books"
    ]
    verdicts, compared = judge_all(books, "okx", lambda frame: frame["arg"]["instId"])
    assert {verdict.outcome for verdict in verdicts} == {Outcome.APPLIED}
    assert compared == len(books) > 100


@pytest.mark.parametrize("file", ["BITGET.ws.1.0.gz", "OKX.ws.1.0.gz"])
def test_one_lost_message_is_found_at_the_next_checksum(captures, file):
    books = [
        frame
        for frame in frames(captures / "exchanges" / file)
        if "data" in frame and frame["arg"]["channel"] == "books"
    ]
    instrument = max(
        {frame["arg"]["instId"] for frame in books},
        key=lambda name: sum(frame["arg"]["instId"] == name for frame in books),
    )
    stream = [frame for frame in books if frame["arg"]["instId"] == instrument]
    found = 0
    for lost in range(1, min(20, len(stream) - 1)):
        check = family_of(file.partition(".")[0].lower()).make(Precision())
        outcomes = [check.judge(frame).outcome for number, frame in enumerate(stream) if number != lost]
        found += Outcome.GAP in outcomes
    assert found >= min(20, len(stream) - 1) * 0.8, "a lost change beyond level 25 may stay unseen, few do"


def kraken_frames(captures):
    # As the exchange library decodes them: prices are floats, their zeros at the end are gone.
    text = (captures / "exchanges" / "kraken_v2" / "kraken_btcusd_book.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_kraken_checksums_hold_from_the_precision_of_the_pair(captures):
    check = FAMILIES["kraken"].make(Precision(price_decimals=1, size_decimals=8))
    verdicts = [check.judge(frame) for frame in kraken_frames(captures)]
    assert [verdict.outcome for verdict in verdicts] == [Outcome.APPLIED] * 11
    assert check.checked_total == 11


def test_kraken_checksums_never_hold_from_the_text_of_floats(captures):
    """What the exchange library would compute if its check were on (fact sheet: 0 of 11)."""
    book, right = OrderBook(""), 0
    for frame in kraken_frames(captures):
        part = frame["data"][0]
        for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks")):
            for level in part[name]:
                book.set_level(side, str(level["price"]), format(Decimal(repr(level["qty"])), "f"))
        right += kraken_crc(book) == part["checksum"]
    assert right == 0


def test_kraken_v1_texts_give_the_checksums_of_their_time(captures):
    """The recipe of v1 is that of v2 on the texts as sent; 2021, thousands of updates at depth 1,000."""
    books, right, wrong = {}, 0, 0
    for frame in frames(captures / "exchanges" / "KRAKEN.ws.50.0.gz"):
        if not (isinstance(frame, list) and str(frame[-2]).startswith("book")):
            continue
        book = books.setdefault(frame[-1], OrderBook(""))
        checksum = None
        for part in frame[1:-2]:
            checksum = part.get("c", checksum)
            for names, side in ((("b", "bs"), Side.BUY), (("a", "as"), Side.SELL)):
                for name in names:
                    for price, size, *_ in part.get(name, ()):
                        book.set_level(side, price, size)
                for price, _ in list(book.levels(side))[1000:]:
                    book.set_level(side, price, "0")
        if checksum is not None:
            right, wrong = (right + 1, wrong) if kraken_crc(book) == int(checksum) else (right, wrong + 1)
    assert wrong == 0
    assert right > 1_000


def binance_frames(captures):
    with gzip.open(captures / "exchanges" / "spot_btcusdt_20240808.gz", "rt") as lines:
        for line in lines:
            yield json.loads(line.partition(" ")[2])


def test_binance_has_no_gap_and_its_books_equal_the_touch_where_numbers_match(captures):  # noqa: C901
    check = family_of("binance").make(Precision())
    assert isinstance(check, SequenceCheck)
    book, outcomes, waiting, matched, touches = None, [], [], 0, {}
    for frame in binance_frames(captures):
        data = frame.get("data", frame)
        if "lastUpdateId" in data:
            check.start_after(data["lastUpdateId"])
            book = OrderBook("")
            book.replace(data["bids"], data["asks"])
            changes, waiting = waiting, []
        elif frame.get("stream", "").endswith("@depth@100ms"):
            changes = [data]
        else:
            if frame.get("stream", "").endswith("@bookTicker"):
                touches[data["u"]] = (Decimal(data["b"]), Decimal(data["a"]))
            continue
        if book is None:
            waiting += changes
            continue
        for change in changes:
            outcome = check.judge(change).outcome
            outcomes.append(outcome)
            if outcome is not Outcome.APPLIED:
                continue
            for side, name in ((Side.BUY, "b"), (Side.SELL, "a")):
                for price, size in change[name]:
                    book.set_level(side, price, size)
            touch = touches.get(change["u"])
            if touch is not None:
                assert (book.best_bid, book.best_ask) == touch
                matched += 1
    assert Outcome.GAP not in outcomes
    assert outcomes.count(Outcome.APPLIED) > 3_000
    assert matched > 100


def test_every_lost_change_of_binance_is_a_gap(captures):
    changes = [
        frame["data"]
        for frame in binance_frames(captures)
        if frame.get("stream", "").endswith("@depth@100ms")
    ][:400]
    for lost in range(1, 399, 7):
        check = family_of("binance").make(Precision())
        verdicts = [check.judge(change) for number, change in enumerate(changes) if number != lost]
        gaps = [number for number, verdict in enumerate(verdicts) if verdict.outcome is Outcome.GAP]
        assert gaps == [lost], "once, at the change after the lost one"
