"""Recorded Binance, replayed through the real ccxt and through our own check: the same books at the end."""

import asyncio
import contextlib
import json
from decimal import Decimal

import aiohttp
import ccxt.pro as ccxt
import pytest

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.errors import SimError
from omega_tui.protocol.book_families import Precision, family_of
from omega_tui.protocol.book_sequence import Outcome, SequenceCheck
from omega_tui.sim.binance_replay import BinanceReplay, read_recording
from omega_tui.sim.faults import Fault, FaultKind

SPOT = "BTC/USDT"
DEPTH = "btcusdt@depth@100ms"
TOUCH = "btcusdt@bookTicker"
D = Decimal


@pytest.fixture
async def replay(captures):
    path = captures / "exchanges" / "spot_btcusdt_20240808.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    async with BinanceReplay(path) as made, asyncio.timeout(120):
        yield made


@contextlib.asynccontextmanager
async def library(replay):
    options = {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}}
    exchange = ccxt.binance({"enableRateLimit": False, "timeout_on_exit": 0, "options": options})
    exchange.urls = replay.urls(exchange.urls)
    try:
        await exchange.load_markets()
        yield exchange
    finally:
        await exchange.close()


async def become(condition):
    """Wait for what ccxt leaves in a cache, which has no event of its own."""
    while not condition():  # noqa: ASYNC110  (see above)
        await asyncio.sleep(0.001)


class Ours:
    """A reader of our own: frames in, judged by the sequence check, applied to our book."""

    def __init__(self, replay):
        self.replay = replay
        self.book = OrderBook("BTCUSDT")
        self.check = None
        self.gaps = self.changes = self.matched = 0
        self.last = 0
        self.touches = {}
        self._waiting = []

    async def run(self, final):
        """Read up to the change numbered `final`."""
        url = f"{self.replay.ws_base}/stream.binance.com:9443/stream?streams={DEPTH}/{TOUCH}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            await self.begin(session)
            while self.last < final:
                frame = json.loads(await socket.receive_str())
                if frame["stream"] == TOUCH:
                    self.touched(frame["data"])
                elif self.take(frame["data"]) is Outcome.GAP:
                    self.gaps += 1
                    await self.begin(session)

    async def begin(self, session):
        """Take the book afresh."""
        url = f"{self.replay.base_url}/api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000"
        async with session.get(url) as response:
            whole = await response.json()
        self.check = family_of("binance").make(Precision())
        assert isinstance(self.check, SequenceCheck)
        self.check.start_after(whole["lastUpdateId"])
        self.last = whole["lastUpdateId"]
        self.book.replace(whole["bids"], whole["asks"])

    def take(self, change):
        outcome = self.check.judge(change).outcome
        if outcome is Outcome.APPLIED:
            self.changes += 1
            for side, name in ((Side.BUY, "b"), (Side.SELL, "a")):
                for price, size in change[name]:
                    self.book.set_level(side, price, size)
            self.last = change["u"]
            self.compare(self.touches.get(self.last))
        return outcome

    def touched(self, data):
        touch = (D(data["b"]), D(data["B"]), D(data["a"]), D(data["A"]))
        self.touches[data["u"]] = touch
        if data["u"] == self.last:
            self.compare(touch)

    def compare(self, touch):
        if touch is None:
            return
        assert touch_of(self.book) == touch
        self.matched += 1


def touch_of(book):
    bid, ask = book.best_bid, book.best_ask
    return bid, book.size_at(Side.BUY, bid), ask, book.size_at(Side.SELL, ask)


def levels_of(book):
    """Both sides of our book, as ccxt would show them."""
    sides = {"bids": Side.BUY, "asks": Side.SELL}
    return {
        name: [[float(price), float(size)] for price, size in book.levels(side)]
        for name, side in sides.items()
    }


def changes_of(replay):
    return [frame for frame in replay.recording.frames if frame.stream == DEPTH]


async def test_the_library_and_our_check_end_on_the_same_books(replay):
    changes = changes_of(replay)
    ours = Ours(replay)
    async with library(replay) as exchange, asyncio.TaskGroup() as group:
        reading = group.create_task(ours.run(changes[-1].last))
        first = group.create_task(exchange.watch_order_book(SPOT, 5000))
        await become(lambda: {DEPTH, TOUCH} <= replay.streams and SPOT in exchange.orderbooks)
        await become(lambda: ours.last)
        await replay.play_to()
        await first
        await reading
        await become(lambda: exchange.orderbooks[SPOT]["nonce"] == changes[-1].last)
        theirs = exchange.orderbooks[SPOT]
        assert {name: [list(level) for level in theirs[name]] for name in ("bids", "asks")} == levels_of(
            ours.book
        )
    assert (ours.gaps, ours.book.is_crossed) == (0, False)
    assert ours.changes > 3_400
    assert ours.matched > 500
    assert len(theirs["bids"]) > 1_000


async def test_the_librarys_books_equal_the_touch_wherever_numbers_match(replay):
    frames = replay.recording.frames
    touches = {}
    for frame in frames:
        if frame.stream == TOUCH:
            data = json.loads(frame.data)
            touches[frame.last] = [[float(data[price]), float(data[size])] for price, size in ("bB", "aA")]
    start = replay.recording.snapshot["lastUpdateId"]
    stops = [
        (position + 1, frame.last)
        for position, frame in enumerate(frames)
        if frame.stream == DEPTH and frame.last in touches and frame.last > start
    ]
    async with library(replay) as exchange:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(exchange.watch_order_book(SPOT, 5000))
            await become(lambda: DEPTH in replay.streams)
            await replay.play_to(stops[0][0])
            await first
        book = exchange.orderbooks[SPOT]
        for position, number in stops:
            await replay.play_to(position)
            await become(lambda number=number: book["nonce"] == number)
            assert [list(book[name][0]) for name in ("bids", "asks")] == touches[number]
    assert len(stops) > 500


async def test_after_lost_changes_both_begin_anew_and_end_on_the_same_books(replay):
    final, count = changes_of(replay)[-1].last, len(replay.recording.frames)
    replay.faults.add(Fault(FaultKind.DROP, probability=0.01, path="depth@100ms"))
    ours, errors = Ours(replay), []
    async with library(replay) as exchange, asyncio.TaskGroup() as group:
        reading = group.create_task(ours.run(final))
        watching = group.create_task(watch(exchange, errors))
        await become(lambda: {DEPTH, TOUCH} <= replay.streams and ours.last)
        await replay.play_to(count * 9 // 10)
        replay.faults.clear()
        await become(lambda: SPOT in exchange.orderbooks)
        await replay.play_to()
        await reading
        await become(lambda: exchange.orderbooks[SPOT]["nonce"] == final)
        watching.cancel()
        theirs = {
            name: [list(level) for level in exchange.orderbooks[SPOT][name]] for name in ("bids", "asks")
        }
    lost = len(replay.faults.log)
    assert lost > 10
    assert 0 < ours.gaps <= lost
    assert errors, "the library notices gaps of this venue"
    assert levels_of(ours.book) == theirs


async def watch(exchange, errors):
    """Watch the book and begin anew after every gap, as the library asks for."""
    while True:
        try:
            await exchange.watch_order_book(SPOT, 5000)
        except ccxt.ChecksumError as error:
            errors.append(error)
            await asyncio.sleep(0.01)  # Without a pause the library starves the loop: its error is cached.


def test_a_file_that_is_no_recording_is_refused(tmp_path):
    path = tmp_path / "broken.gz"
    path.write_bytes(b"no gzip")
    with pytest.raises(SimError, match=r"broken\.gz cannot be read"):
        read_recording(path)
