"""The sequence checks on frames that exchanges really sent."""

import asyncio
import gzip
import importlib
import json
from decimal import Decimal

import pytest
from aiohttp import web
from ccxt_lab import make, market, served, until

from omega_tui.clock import SystemClock
from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.protocol.book_families import FAMILIES, Precision, family_of
from omega_tui.protocol.book_sequence import Outcome, SequenceCheck, kraken_crc
from omega_tui.protocol.ccxt.values import number_of
from omega_tui.venues.ccxt_guard import BookGuard


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


# ------------------------------------------------------------- the same frames through the real library


class Replayer:
    """Serves recorded frames of one book to the library, and the recorded snapshot over REST."""

    def __init__(self, frames, *, before=0, snapshot=None):
        self.frames = frames
        self.before = before
        self.snapshot = snapshot
        self.asked = asyncio.Event()
        self.done = asyncio.Event()

    async def rest(self, _request):
        self.asked.set()
        return web.json_response(self.snapshot)

    async def websocket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        subscription = await socket.receive_json()
        await socket.send_json({"result": None, "id": subscription.get("id")})
        for number, frame in enumerate(self.frames):
            if number == self.before and self.snapshot is not None:
                await self.asked.wait()
            await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        self.done.set()
        async for _ in socket:
            pass
        return socket


@pytest.fixture(scope="module")
def library():
    return importlib.import_module("ccxt.pro")


@pytest.mark.parametrize("lost", [None, 1500])
async def test_recorded_binance_through_the_real_class_ends_on_our_book(library, captures, lost):
    """With nothing lost both end alike without a gap; a lost change is one gap, and no book is left."""
    changes, snapshot, before = [], None, 0
    for frame in binance_frames(captures):
        data = frame.get("data", frame)
        if "lastUpdateId" in data:
            snapshot, before = data, len(changes)
        elif frame.get("stream", "").endswith("@depth@100ms"):
            changes.append(data)
    ours = OrderBook("")
    ours.replace(snapshot["bids"], snapshot["asks"])
    for change in changes:
        if change["u"] > snapshot["lastUpdateId"]:
            for side, name in ((Side.BUY, "b"), (Side.SELL, "a")):
                for price, size in change[name]:
                    ours.set_level(side, price, size)
    played = [change for number, change in enumerate(changes) if number != lost]
    replayer = Replayer(played, before=before, snapshot=snapshot)
    async with served(replayer.rest, websocket=replayer.websocket) as base:
        exchange = make(library, "binance", base, symbols=("BTC/USDT",))
        guard = BookGuard(exchange, clock=SystemClock())
        await exchange.watch_order_book("BTC/USDT")
        watch = guard.book("BTC/USDT")
        if lost is None:
            last = changes[-1]["u"]
            await until(lambda: exchange.orderbooks["BTC/USDT"]["nonce"] == last, seconds=20)
            theirs = exchange.orderbooks["BTC/USDT"]
            for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks")):
                levels = [(Decimal(price), Decimal(size)) for price, size in ours.levels(side)][:100]
                assert [(number_of(row[0]), number_of(row[1])) for row in theirs[name][:100]] == levels
            assert (watch.gaps_total, watch.reason) == (0, "")
        else:
            await until(lambda: watch.gaps_total > 0, seconds=20)
            assert watch.gaps_total == 1
            assert "BTC/USDT" not in exchange.orderbooks
        await exchange.close()


@pytest.mark.parametrize("lost", [None, 4])
async def test_recorded_kraken_through_the_real_class_is_checked_on_every_message(library, captures, lost):
    text = (captures / "exchanges" / "kraken_v2" / "kraken_btcusd_book.jsonl").read_text().splitlines()
    replayer = Replayer([line for number, line in enumerate(text) if number != lost])
    async with served(replayer.rest, websocket=replayer.websocket) as base:
        exchange = make(library, "kraken", base, symbols=())
        exchange.set_markets([market(exchange, "BTC/USD", tick=0.1, lot=1e-08)])
        guard = BookGuard(exchange, clock=SystemClock())
        watch = guard.book("BTC/USD")
        if lost is None:
            await exchange.watch_order_book("BTC/USD")
            await until(lambda: watch.applied_total == 11)
            assert watch.gaps_total == 0
            assert watch.integrity().check == "crc"
        else:
            watching = asyncio.wait_for(exchange.watch_order_book("BTC/USD"), 5)
            await watching
            await until(lambda: watch.gaps_total == 1)
            assert "checksum" in watch.reason
            assert "BTC/USD" not in exchange.orderbooks
        await exchange.close()
