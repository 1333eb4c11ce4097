"""Each measured trap of the exchange library: that it is there, and that nothing here steps into it."""

import asyncio
import importlib
import json
import logging
import random
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from aiohttp import web
from ccxt_lab import KEYS, Recorder, TinyBitget, make, open_session, secrets, served, until

from omega_tui.clock import ManualClock, SystemClock
from omega_tui.domain.events.account import AccountGap
from omega_tui.domain.events.market import BookUpdated, CandleUpdated, FeedGap
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.integrity import ConnectionState, IntegrityState
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused, VenueError, VenueRefused, VenueUnreachable
from omega_tui.venues.base import Accepted, Refused, Unknown
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_feed import CcxtFeed
from omega_tui.venues.ccxt_guard import BookGuard
from omega_tui.venues.ccxt_loader import ExchangeAccount, make_exchange
from omega_tui.venues.ccxt_markets import _file_name, load_markets
from omega_tui.venues.ccxt_outcome import outcome_of_error
from omega_tui.venues.ccxt_rights import RIGHTS, KeyRights
from omega_tui.venues.ccxt_streams import FeedLimits, Stream

SYMBOL = "BTC/USDT"
INSTRUMENT = "bitget:BTC/USDT"
QUICK = FeedLimits(
    first_message_s=0.3,
    silence_s=0.4,
    frame_s=0.005,
    poll_s=0.02,
    compare_s=0.05,
    first_wait_s=0.02,
    longest_wait_s=0.1,
)


@pytest.fixture(scope="module")
def library():
    return importlib.import_module("ccxt.pro")


@asynccontextmanager
async def tiny(library, folder, exchange_id="bitget", **account):
    venue = TinyBitget()
    async with served(venue.rest, websocket=venue.websocket) as base:
        session = await open_session(library, folder, base, exchange_id, **account)
        try:
            yield venue, session
        finally:
            await session.close()


class Inbox:
    def __init__(self):
        self.events = []

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def book(self):
        books = self.of(BookUpdated)
        return books[-1] if books else None


@asynccontextmanager
async def fed(session, *streams, limits=QUICK):
    inbox = Inbox()
    feed = CcxtFeed(
        session, clock=SystemClock(), rng=random.Random(1), publish=inbox.events.append, limits=limits
    )
    for stream in streams:
        feed.watch(stream, "" if stream.is_private else INSTRUMENT)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(feed.run())
        try:
            yield feed, inbox
        finally:
            running.cancel()


def shows(venue, event):
    """Whether what is on the screen is the venue's book, and called good."""
    if event is None or event.book is None or event.integrity.state is not IntegrityState.VERIFIED:
        return False
    bids, asks = venue.rows()
    return [[str(level.price), str(level.size)] for level in event.book.bids] == bids and [
        [str(level.price), str(level.size)] for level in event.book.asks
    ] == asks


def request_of(number=1, **more):
    fields = {
        "client_order_id": f"oc1a2b{number:04d}",
        "instrument": INSTRUMENT,
        "venue": "bitget",
        "side": Side.BUY,
        "size": Decimal("0.01"),
        "price": Decimal(100),
    }
    return OrderRequest(**(fields | more))


# ------------------------------------------------------------------------------- section 2: books


async def test_the_library_merges_a_new_snapshot_into_the_old_book(library):
    """The trap itself: a level that is gone from the venue survives a new subscription."""
    venue = TinyBitget()
    async with served(venue.rest, websocket=venue.websocket) as base:
        exchange = make(library, "bitget", base)
        await exchange.watch_order_book(SYMBOL)
        del venue.bids["99"]
        await venue.snapshot(venue.sockets[0])
        book = await exchange.watch_order_book(SYMBOL)
        assert [99.0, 2.0] in [row[:2] for row in book["bids"]]
        await exchange.close()


async def test_a_snapshot_drops_the_old_book(library):
    venue = TinyBitget()
    async with served(venue.rest, websocket=venue.websocket) as base:
        exchange = make(library, "bitget", base)
        BookGuard(exchange, clock=SystemClock())
        await exchange.watch_order_book(SYMBOL)
        del venue.bids["99"]
        await venue.snapshot(venue.sockets[0])
        book = await exchange.watch_order_book(SYMBOL)
        assert [row[:2] for row in book["bids"]] == [[100.0, 1.0]]
        await exchange.close()


async def test_the_library_shows_a_wrong_book_after_a_lost_change_without_a_word(library):
    """The trap itself."""
    venue = TinyBitget()
    async with served(venue.rest, websocket=venue.websocket) as base:
        exchange = make(library, "bitget", base)
        await exchange.watch_order_book(SYMBOL)
        await venue.change("bids", "100.5", "7", lose=True)
        await venue.change("asks", "103", "1")
        book = await exchange.watch_order_book(SYMBOL)
        assert book["bids"][0][0] == 100.0
        await exchange.close()


async def test_a_lost_change_is_a_gap_and_the_book_is_right_again_by_a_new_snapshot(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (feed, inbox):
        await until(lambda: shows(venue, inbox.book()))
        await venue.change("bids", "100.5", "7", lose=True)
        await venue.change("asks", "103", "1")
        await until(lambda: shows(venue, inbox.book()))
        assert venue.connections == 1, "on the same socket"
        assert venue.subscriptions == 2
        assert feed.metrics()["gaps_total"] == 1
        assert any("follows" in event.reason for event in inbox.of(FeedGap))


async def test_a_gap_that_nobody_waits_on_leaves_no_rejection_behind(library):
    """Found by a later watch, it would swallow the subscription of that watch, and the snapshot with it."""
    venue = TinyBitget()
    async with served(venue.rest, websocket=venue.websocket) as base:
        exchange = make(library, "bitget", base)
        guard = BookGuard(exchange, clock=SystemClock())
        await exchange.watch_order_book(SYMBOL)
        await venue.change("bids", "100.5", "7", lose=True)
        await venue.change("asks", "103", "1")
        await until(lambda: guard.book(SYMBOL).gaps_total == 1)
        book = await exchange.watch_order_book(SYMBOL)
        assert book["bids"][0][0] == 100.5
        await exchange.close()


async def test_okx_is_unsubscribed_before_it_is_asked_for_a_new_snapshot(library):
    """It sends a snapshot only when a subscription begins, so a second subscription would bring nothing."""
    sent, socket = [], None

    async def websocket(request):
        nonlocal socket
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            body = json.loads(message.data)
            sent.append(body["op"])
            (arg,) = body["args"]
            await socket.send_json({"event": body["op"], "arg": arg})
            if body["op"] == "subscribe":
                number = 10 * len(sent)
                await say("snapshot", number, -1, [[str(number), "1", "0", "1"]])
        return socket

    async def say(action, number, previous, bids):
        row = {"bids": bids, "asks": [], "ts": "1", "checksum": 0, "seqId": number, "prevSeqId": previous}
        arg = {"channel": "books", "instId": "BTC-USDT"}
        await socket.send_json({"arg": arg, "action": action, "data": [row]})

    async with served(Recorder().handle, websocket=websocket) as base:
        exchange = make(library, "okx", base, symbols=(SYMBOL,))
        guard = BookGuard(exchange, clock=SystemClock())
        assert (await exchange.watch_order_book(SYMBOL))["bids"][0][0] == 10.0
        await say("update", 12, 11, [])
        await until(lambda: guard.book(SYMBOL).gaps_total == 1)
        assert (await exchange.watch_order_book(SYMBOL))["bids"][0][0] == 30.0
        assert sent == ["subscribe", "unsubscribe", "subscribe"]
        await exchange.close()


@pytest.mark.parametrize("fault", ["lose", "swap", "repeat", "checksum", "kill"])
async def test_no_fault_ever_shows_a_wrong_book_as_good(library, tmp_path, fault):
    """Forty changes with a fault at every fifth; each picture called good is one that the venue had."""
    true = set()

    def remember(venue):
        bids, asks = venue.rows()
        true.add((str(bids), str(asks)))

    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (feed, inbox):
        remember(venue)
        await until(lambda: shows(venue, inbox.book()))
        for number in range(41):
            extra = {"lose": fault == "lose"} if number % 5 == 4 else {}
            if number % 5 == 4:
                await until(lambda: shows(venue, inbox.book()))
                match fault:
                    case "repeat":
                        extra = {"repeat": 2}
                    case "swap":
                        venue.seq += 1  # A number that the next change does not follow.
                    case "checksum":
                        extra = {"checksum": 12345}
                    case "kill":
                        await venue.kill()
            await venue.change(
                "bids" if number % 2 else "asks",
                str(90 + number % 7 + 20 * (1 - number % 2)),
                str(number + 1),
                **extra,
            )
            remember(venue)
            await asyncio.sleep(0.003)
        await until(lambda: shows(venue, inbox.book()))
    good = [event.book for event in inbox.of(BookUpdated) if event.integrity.state is IntegrityState.VERIFIED]
    assert len(good) > 5
    for book in good:
        picture = tuple(
            str([[str(price), str(size)] for price, size in side]) for side in (book.bids, book.asks)
        )
        assert picture in true, "a book that the venue never had"
    if fault in {"lose", "swap"}:
        assert feed.metrics()["gaps_total"] == 8, "each of them, once"


async def test_a_lost_last_change_is_found_by_silence(library, tmp_path):
    """No later message shows the gap; the book of REST does."""
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (_, inbox):
        await until(lambda: shows(venue, inbox.book()))
        await venue.change("bids", "100.5", "7", lose=True)
        await until(lambda: shows(venue, inbox.book()))
        assert venue.connections == 2


async def test_the_last_of_many_changes_is_shown_although_the_library_wakes_nobody_for_it(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (_, inbox):
        await until(lambda: shows(venue, inbox.book()))
        for number in range(300):
            await venue.change("bids", f"{90 + number % 9}", str(number + 1))
        await until(lambda: shows(venue, inbox.book()))
        assert len(inbox.of(BookUpdated)) < 200, "a frame at a time, not a message at a time"


async def test_a_crossed_book_is_a_gap_whatever_the_numbers_say(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (_, inbox):
        await until(lambda: shows(venue, inbox.book()))
        await venue.change("bids", "105", "1")
        await until(lambda: any("crossed" in event.reason for event in inbox.of(FeedGap)))
        await venue.change("bids", "105", "0")
        await until(lambda: shows(venue, inbox.book()))
        assert not any(event.book.is_crossed for event in inbox.of(BookUpdated) if event.book)


async def test_a_venue_without_a_check_is_compared_with_rest_and_a_wrong_book_is_found(library, tmp_path):
    """Bitget with its check taken away stands for the venues that offer none."""
    async with tiny(library, tmp_path) as (venue, session):
        session.guard._family = None
        # On a busy machine silence would find it first.
        patient = replace(QUICK, first_message_s=20.0, silence_s=20.0)
        async with fed(session, Stream.BOOK, limits=patient) as (_, inbox):
            await until(lambda: inbox.book() is not None)
            await venue.change("asks", "103", "1")
            await until(lambda: inbox.book().integrity.verified_ns > 0)
            assert inbox.book().integrity.state is IntegrityState.UNCHECKED
            await venue.change("bids", "100.5", "7", lose=True)
            async with asyncio.timeout(9):
                while not any("differs" in event.reason for event in inbox.of(FeedGap)):
                    await venue.change("asks", "104", str(random.Random(1).randrange(1, 99)))
                    await asyncio.sleep(0.05)
            await until(lambda: str(inbox.book().book.best_bid) == "100.5")


async def test_what_cannot_be_watched_is_asked_over_rest_and_says_so(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):
        session.data.has["watchOrderBook"] = False
        async with fed(session, Stream.BOOK) as (feed, inbox):
            await until(lambda: shows(venue, inbox.book()))
            assert inbox.book().integrity.check == "rest"
            assert feed.polled == ["OrderBook BTC/USDT"]
            venue.bids["100.5"] = "3"
            await until(lambda: shows(venue, inbox.book()))
            assert any(event.connection.reason == "asked over REST" for event in inbox.of(ConnectionChanged))
    assert venue.connections == 0


async def test_candles_that_cannot_be_watched_are_built_from_prints_and_never_from_a_half_minute(
    library, tmp_path
):
    minute = 60_000
    prints = [
        [(0, 59_000, 100.0, 1.0)],  # The rest of this minute was before we listened.
        [(1, minute, 101.0, 2.0), (1, minute, 101.0, 2.0), (2, minute + 9, 99.0, 1.0)],
        [(3, 2 * minute + 1, 98.0, 0.5)],
    ]
    async with tiny(library, tmp_path) as (_, session):
        session.data.has["watchOHLCV"] = False

        async def watch_trades(_symbol):
            if not prints:
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(0.01)
            return [
                {"id": str(number), "timestamp": at, "price": price, "amount": size, "side": "buy"}
                for number, at, price, size in prints.pop(0)
            ]

        session.data.watch_trades = watch_trades
        async with fed(session, Stream.CANDLES) as (feed, inbox):
            await until(lambda: len(inbox.of(CandleUpdated)) == 2)
            assert feed.built == ["OHLCV BTC/USDT"]
            assert feed.polled == []
        first, second = (event.candle for event in inbox.of(CandleUpdated))
        assert (first.open, first.low, first.close, first.volume) == (101, 99, 99, 3)
        assert (second.start_ns, second.volume) == (2 * minute * 10**6, Decimal("0.5"))


# ------------------------------------------------------------------ section 3: loops that must be supervised


async def test_a_rejection_that_stays_cached_does_not_starve_the_loop(library, tmp_path):
    """`while True: try: await watch(...) except: continue` made 35,000 calls in 3 s (measured)."""
    async with tiny(library, tmp_path) as (_, session):
        calls = 0

        async def always_rejected(*_args):
            nonlocal calls
            calls += 1
            raise library.ChecksumError("rejected before anything could wait")

        session.data.watch_order_book = always_rejected
        async with fed(session, Stream.BOOK):
            for _ in range(100):
                await asyncio.sleep(0.003)
        assert 2 <= calls < 12


async def test_an_exception_in_a_handler_is_heard_and_the_stream_begins_again(library, tmp_path, caplog):
    """The library's receive loop would end there, and its watcher wait for ever."""
    caplog.set_level(logging.CRITICAL, logger="asyncio")
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (feed, inbox):
        await until(lambda: shows(venue, inbox.book()))
        await venue.sockets[0].send_json(
            {
                "action": "update",
                "arg": {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"},
                "data": [{"seq": 101, "pseq": 100, "bids": [["not a number"]], "asks": []}],
            }
        )
        await until(lambda: venue.connections == 2)
        await until(lambda: shows(venue, inbox.book()))
        assert feed.metrics()["handler_failures_total"] == 1
        assert feed.loop_errors_total == 1


async def test_a_subscription_that_is_never_acknowledged_is_made_again_on_a_new_connection(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):
        venue.mute = True
        async with fed(session, Stream.BOOK) as (_, inbox):
            await until(lambda: venue.connections >= 2)
            venue.mute = False
            await until(lambda: shows(venue, inbox.book()))
            reasons = [event.connection.reason for event in inbox.of(ConnectionChanged)]
            assert any("no message for 0.3 s" in reason for reason in reasons)


async def test_a_half_open_socket_is_found_by_silence_long_before_the_library_would(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (_, inbox):
        await until(lambda: shows(venue, inbox.book()))
        venue.frozen = True
        await venue.change("bids", "100.5", "7")
        await until(
            lambda: any(
                event.connection.state is ConnectionState.DOWN for event in inbox.of(ConnectionChanged)
            )
        )
        venue.frozen = False
        await until(lambda: shows(venue, inbox.book()))


async def test_a_book_that_is_merely_quiet_keeps_its_connection(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (_, inbox):
        await until(lambda: shows(venue, inbox.book()))
        await until(lambda: sum(path.endswith("/orderbook") for _, path in venue.requests) >= 2)
        assert venue.connections == 1
        assert shows(venue, inbox.book())


async def test_a_killed_socket_is_replaced_and_the_account_hears_of_the_gap(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):

        async def no_orders(*_args):
            await asyncio.sleep(0.05)
            raise library.NetworkError("Connection closed by remote server, closing code 1006")

        session.data.watch_orders = no_orders
        async with fed(session, Stream.BOOK, Stream.ORDERS) as (_, inbox):
            await until(lambda: shows(venue, inbox.book()))
            await venue.kill()
            await until(lambda: venue.connections == 2)
            await until(lambda: shows(venue, inbox.book()))
            await until(lambda: any(not event.connected for event in inbox.of(AccountGap)))


async def test_an_end_of_a_subscription_is_no_network_error_and_still_begins_again(library, tmp_path):
    assert not issubclass(library.UnsubscribeError, library.NetworkError)
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (_, inbox):
        await until(lambda: shows(venue, inbox.book()))
        (client,) = session.data.clients.values()
        client.subscriptions.clear()
        client.reject(library.UnsubscribeError("unsubscribed by somebody"), f"orderbook:{SYMBOL}")
        await until(lambda: venue.subscriptions == 2)
        await until(lambda: shows(venue, inbox.book()))


async def test_a_socket_that_closes_under_a_subscription_ends_that_stream_alone(library, tmp_path):
    """The library rejects whoever waits with Python's own error, which is none of its exceptions."""
    async with tiny(library, tmp_path) as (venue, session), fed(session, Stream.BOOK) as (feed, inbox):
        await until(lambda: shows(venue, inbox.book()))
        (client,) = session.data.clients.values()
        await until(lambda: client.futures)
        client.on_error(ConnectionError("Cannot Send Message: Connection closed before send"))
        await until(lambda: feed.restarts_total == 1)
        await until(lambda: venue.connections == 2 and shows(venue, inbox.book()))


async def test_a_close_cancels_watchers_whom_nobody_cancelled_and_they_end_in_peace(library, tmp_path):
    """After it a watch would open the session again without a word; none is made."""
    async with (
        tiny(library, tmp_path) as (venue, session),
        fed(session, Stream.BOOK, Stream.TRADES) as (feed, inbox),
    ):
        await until(lambda: shows(venue, inbox.book()))
        exchange = session.data
        await session.close()
        await until(lambda: all(task.done() for task in feed._tasks.values()))
        assert exchange.session is None
        assert all(task.exception() is None for task in feed._tasks.values())


async def test_unwatch_ends_one_stream_and_leaves_the_others(library, tmp_path):
    async with (
        tiny(library, tmp_path) as (venue, session),
        fed(session, Stream.BOOK, Stream.TICKER) as (feed, inbox),
    ):
        await until(lambda: shows(venue, inbox.book()))
        feed.unwatch(Stream.TICKER, INSTRUMENT)
        await venue.change("bids", "98", "1")
        await until(lambda: shows(venue, inbox.book()))
        assert feed.metrics()["streams"] == 1


# ------------------------------------------------------------------------------- section 4: placing orders


@pytest.mark.parametrize(
    "after", ["reset", "503", "slow", "504", "429", "cut", "html", "empty", "418", "404"]
)
async def test_an_order_that_the_venue_has_is_never_called_refused(library, tmp_path, after):
    """Every row of the table: the order was accepted, then the answer went wrong. It is found again, once."""
    timeout = {"timeout_ms": 300} if after == "slow" else {}
    async with tiny(library, tmp_path, **timeout) as (venue, session):
        broker = CcxtBroker(session, is_live=False)
        venue.after = after
        outcome = await broker.place(await broker.prepare(request_of()))
        assert isinstance(outcome, Unknown), outcome
        assert len(venue.orders) == 1
        assert sum("place-order" in path for _, path in venue.requests) == 1, "nothing is retried"
        if after in {"418", "429"}:
            assert session.health().rests_until_ns > 0
            assert (await broker.place(await broker.prepare(request_of(2)))).code == "RATE_LIMIT"
            session.rests_until_ns = 0
        found = await broker.fetch_order_by_client_id("oc1a2b0001", INSTRUMENT)
        assert found.client_order_id == "oc1a2b0001"
        assert found.venue_status == "LIVE"


async def test_an_order_that_was_certainly_not_sent_is_called_so(library, tmp_path):
    async with tiny(library, tmp_path) as (_, session):
        broker = CcxtBroker(session, is_live=False)
        prepared = await broker.prepare(request_of())
        for exchange in (session.data, session.trade):
            exchange.urls["api"]["spot"] = "http://127.0.0.1:1/nobody"
        assert (await broker.place(prepared)).code == "NOT_SENT"
        with pytest.raises(VenueUnreachable):
            await broker.fetch_balances()


async def test_an_acknowledgement_without_status_and_price_is_one_all_the_same(library, tmp_path):
    async with tiny(library, tmp_path) as (_, session):
        broker = CcxtBroker(session, is_live=False)
        raw = await session.trade.create_order(SYMBOL, "limit", "buy", 0.01, 100.0, {"clientOrderId": "raw"})
        assert (raw["status"], raw["price"], raw["amount"]) == (None, None, None)
        assert await broker.place(await broker.prepare(request_of())) == Accepted("1001", "LIVE")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ('{"code":"43012","msg":"Insufficient balance","data":null}', 400, Refused),
        ('{"code":"40762","msg":"The order size is greater than the max","data":null}', 400, Refused),
        ('{"code":"40757","msg":"Not enough position is available.","data":null}', 400, Refused),
        ('{"code":"40757","msg":"Not enough position is av', 400, Unknown),
        ('{"code":"45111","msg":"less than the minimum order quantity 0.001","data":null}', 400, Refused),
        ('{"code":"40010","msg":"Request timed out","data":null}', 400, Unknown),
        ('{"code":"40786","msg":"Duplicate clientOid","data":null}', 400, Unknown),
        ('{"code":"43001","msg":"The order does not exist","data":null}', 400, Unknown),
        ('{"code":"99999","msg":"never seen before","data":null}', 400, Unknown),
        ('{"code":"00000","data":{"orderId":"7","clientOid":"of-somebody-else"}}', 200, Unknown),
        ('{"code":"00000","data":{"orderId":null}}', 200, Unknown),
    ],
)
async def test_only_the_venues_own_no_is_a_no(library, tmp_path, body, status, outcome):
    recorder = Recorder(body, status)
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base)
        broker = CcxtBroker(session, is_live=False)
        assert isinstance(await broker.place(await broker.prepare(request_of())), outcome)
        await session.close()


REFUSED = {
    "InsufficientFunds", "InvalidOrder", "OrderImmediatelyFillable", "OrderNotFillable",
    "ContractUnavailable",
    "BadSymbol", "ArgumentsRequired", "PermissionDenied", "AccountNotEnabled", "AuthenticationError",
    "AccountSuspended", "MarketClosed", "NotSupported",
}  # fmt: skip


def test_of_all_exceptions_of_the_library_exactly_these_prove_that_there_is_no_order():
    errors = importlib.import_module("ccxt.base.errors")
    names = [name for name in errors.__all__ if name != "error_hierarchy"]
    assert len(names) > 35
    found = {
        name for name in names if isinstance(outcome_of_error(getattr(errors, name)("said no")), Refused)
    }
    assert found == REFUSED


async def test_a_cancel_is_the_next_to_leave_while_two_hundred_questions_wait(library, tmp_path):
    """The library's own limiter is a queue: its cancel would leave as the two hundred and first.

    Counted, not timed: what leaves between the key and the cancel is what already was on its way.
    `benchmarks/cancel.py` prints the milliseconds.
    """
    async with tiny(library, tmp_path) as (venue, session):
        broker = CcxtBroker(session, is_live=False)
        await broker.place(await broker.prepare(request_of()))
        session.data.enableRateLimit = session.trade.enableRateLimit = True
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(broker.fetch_balances()) for _ in range(200)]
            await until(lambda: len(venue.requests) > 2)
            assert session.health().waiting > 150
            left, before = len(venue.requests), len(venue.requests) - len(asking)
            outcome = await broker.cancel(["1000"])
            names = [path.rpartition("/")[2] for _, path in venue.requests]
            for task in asking:
                task.cancel()
        assert outcome.canceled == ("1000",)
        assert before < 0
        assert names.index("cancel-order") <= left + 1, "one question may have left in the same instant"
        assert session.health().rate_used > 0


async def test_an_order_goes_before_questions_and_is_not_sent_when_the_budget_holds_it_up(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):
        broker = CcxtBroker(session, is_live=False)
        session.data.enableRateLimit = session.trade.enableRateLimit = True
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(broker.fetch_balances()) for _ in range(100)]
            await until(lambda: len(venue.requests) > 1)
            left = len(venue.requests)
            assert isinstance(await broker.place(await broker.prepare(request_of())), Accepted)
            assert [path for _, path in venue.requests[left : left + 3] if path.endswith("place-order")]
            broker = CcxtBroker(session, is_live=False, order_patience_s=0.01)
            session.gate._line.budget.spend(1_000, SystemClock().mono_ns())
            refused = await broker.place(await broker.prepare(request_of(2)))
            for task in asking:
                task.cancel()
        assert (refused.code, len(venue.orders)) == ("NOT_SENT", 1)
        assert "no room for it within 0.01 s" in refused.reason


async def test_after_429_questions_rest_and_a_cancel_does_not(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):
        broker = CcxtBroker(session, is_live=False)
        await broker.place(await broker.prepare(request_of()))

        async def too_many(*_args):
            raise library.RateLimitExceeded("bitget 429 Too Many Requests")

        session.data.fetch_balance = too_many
        with pytest.raises(VenueError) as first:
            await broker.fetch_balances()
        assert first.value.code == "RATE_LIMIT"
        sent = len(venue.requests)
        with pytest.raises(VenueError, match="questions rest for"):
            await broker.fetch_open_orders()
        assert len(venue.requests) == sent, "not even asked"
        health = session.health()
        assert health.rests_until_ns > SystemClock().now_ns()
        assert "429 Too Many Requests" in health.rests_reason, "the screen can say why"
        assert (await broker.cancel(["1000"])).canceled == ("1000",)
        broker._orders.clear()
        assert (await broker.cancel(["1000"])).canceled == ("1000",), "what a cancel must ask does not rest"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": Decimal("0.0000015")}, "LOT"),
        ({"price": Decimal("100.001")}, "TICK"),
        ({"size": Decimal("0.000001")}, "MIN_NOTIONAL"),
        ({"trigger_price": Decimal("99.999")}, "TICK"),
        ({"instrument": "bitget:DOGE/USDT"}, "INSTRUMENT"),
        ({"client_order_id": ""}, "CLIENT_ID"),
        ({"client_order_id": "o" * 41}, "CLIENT_ID"),
        ({"reduce_only": True}, "REDUCE_ONLY"),
    ],
)
async def test_nothing_is_rounded_in_silence_and_limits_are_checked_before_anything_is_sent(
    library, tmp_path, change, code
):
    async with tiny(library, tmp_path) as (venue, session):
        assert session.data.amount_to_precision(SYMBOL, 0.0000015) == "0.000001", "the library cuts"
        broker = CcxtBroker(session, is_live=False)
        with pytest.raises(OrderRefused) as refused:
            await broker.prepare(request_of(**change))
        assert refused.value.code == code
        assert not venue.requests


async def test_krakens_cancel_of_one_instrument_cancels_only_its_orders(library, tmp_path):
    """The library's `cancel_all_orders(symbol)` would cancel every instrument's."""
    recorder = Recorder('{"error":[],"result":{"count":1,"open":{}}}')
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base, "kraken")
        broker = CcxtBroker(session, is_live=False)
        rows = [
            {"id": "A", "symbol": SYMBOL, "side": "buy", "status": "open", "price": 1.0, "amount": 1.0},
            {"id": "B", "symbol": "ETH/USDT", "side": "buy", "status": "open", "price": 1.0, "amount": 1.0},
        ]

        async def open_orders(*_args):
            return rows

        session.trade.fetch_open_orders = open_orders
        outcome = await broker.cancel_all("kraken:BTC/USDT")
        await session.close()
    assert outcome.canceled == ("A",)
    assert [(path.rpartition("/")[2], fields.get("txid")) for _, path, fields, _ in recorder.calls] == [
        ("CancelOrder", "A")
    ]


async def test_an_unknown_order_can_be_cancelled_by_our_id(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):
        broker = CcxtBroker(session, is_live=False)
        await broker.cancel_by_client_id("oc1a2b0001", INSTRUMENT)
        assert venue.requests == [("POST", "/api/v2/spot/trade/cancel-order")]


async def test_the_balances_of_one_account_type_are_asked_for(library, tmp_path):
    """The library's `watch_balance` mixes spot and swap in one dict; an instance has one type."""
    async with tiny(library, tmp_path, account_type="swap") as (venue, session):
        await CcxtBroker(session, is_live=False).fetch_balances()
        assert [path for _, path in venue.requests] == ["/api/v2/mix/account/accounts"]
        assert set(session.instruments) == {"bitget:BTC/USDT:USDT"}


async def test_the_clock_is_measured_now_and_then_and_again_when_the_venue_finds_it_wrong(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):

        def asked():
            return sum(path.endswith("/public/time") for _, path in venue.requests)

        for _ in range(3):
            await session.look_after()
        assert asked() == 1
        error = library.InvalidNonce("40008 Request timestamp expired")
        assert session.failed(error, session.data, "an order").code == "CLOCK"
        await session.look_after()
        assert asked() == 2
        assert session.health().clock_skew_ms > 1_000


RIGHTS_ANSWERS = {
    "bitget": (
        '{"code":"00000","data":{"authorities":["sto%s","cor","wiw"]}}', "w", "r",
        "/api/v2/spot/account/info",
    ),
    "okx": ('{"code":"0","data":[{"perm":"read_only%s,withdraw"}]}', ",trade", "", "/api/v5/account/config"),
    "bybit": (
        '{"retCode":0,"result":{"readOnly":%s,"permissions":{"Spot":["SpotTrade"],"Wallet":["Withdraw"]}}}',
        "0", "1", "/v5/user/query-api",
    ),
    "binance": (
        '{"enableSpotAndMarginTrading":%s,"enableWithdrawals":true}', "true", "false",
        "/sapi/v1/account/apiRestrictions",
    ),
    "kucoin": (
        '{"code":"200000","data":{"permission":"General%s,Withdrawal"}}', ",Spot", "", "/api/v1/user/api-key",
    ),
    "kraken": (
        '{"error":[],"result":{"permissions":["query-funds","withdraw-funds"%s]}}', ',"modify-trades"', "",
        "/0/private/GetApiKeyInfo",
    ),
    "gate": (
        ('[{"key":"other-*****","perms":[]},{"key":"key-01*****","perms":[{"name":"spot","read_only":%s},'
        '{"name":"withdraw","read_only":false}]}]'),
        "false", "true", "/api/v4/account/main_keys",
    ),
}  # fmt: skip


@pytest.mark.parametrize("exchange_id", RIGHTS_ANSWERS)
async def test_a_key_that_only_reads_is_recognised(library, tmp_path, exchange_id):
    answer, trades, reads, path = RIGHTS_ANSWERS[exchange_id]
    recorder = Recorder()
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base, exchange_id)
        assert session.health().may_trade is None, "not known is not no"
        for word, may_trade in ((trades, True), (reads, False)):
            recorder.answer = answer % word
            assert await session.fetch_rights() == KeyRights(may_trade, True)
            assert recorder.calls[-1][1] == path
        assert (session.health().may_trade, session.health().may_withdraw) == (False, True)
        await session.close()


@pytest.mark.parametrize(
    ("answer", "rights"),
    [
        ("agent", KeyRights(True, False)),
        ("user", KeyRights(True, True)),
        ("missing", KeyRights(False, False)),
        ("vault", None),
    ],
)
async def test_the_signer_of_hyperliquid_is_asked_for_its_role(library, tmp_path, answer, rights):
    recorder = Recorder(f'{{"role":"{answer}"}}')
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base, "hyperliquid")
        session.data.privateKey = "0x" + "11" * 32
        assert await session.fetch_rights() == rights
        fields = recorder.calls[-1][2]
        assert (fields["type"], fields["user"][:4]) == ("userRole", "0x19")
        await session.close()


def test_a_key_of_gate_that_is_not_listed_alone_is_of_unknown_rights():
    read = RIGHTS["gate"].read
    rows = [{"key": "key-01*****", "perms": [{"name": "spot", "read_only": True}]}]
    assert read({"keys": rows * 2, "ours": "key-0123"}, True) is None
    assert read({"keys": rows, "ours": "sub-0123"}, True) is None
    assert read({"keys": rows, "ours": "key-0123"}, True) == KeyRights(False, False)


async def test_the_skew_is_measured_shown_and_used_by_both_instances(library, tmp_path):
    async with tiny(library, tmp_path) as (_, session):
        assert await session.fetch_server_time_ns() == 1_700_000_000_000_000_000
        assert session.skew_ms > 1_000
        for exchange in (session.data, session.trade):
            assert abs(exchange.nonce() - 1_700_000_000_000) < 5_000


@pytest.mark.parametrize("exchange_id", ["kraken", "kucoin", "coinbase", "mexc", "htx"])
def test_a_venue_without_a_sandbox_says_so(library, exchange_id):
    with pytest.raises(VenueRefused, match=f"{exchange_id} has no sandbox"):
        make_exchange(library, ExchangeAccount(exchange_id, exchange_id, sandbox=True))


def test_the_librarys_polymarket_is_another_venue_and_is_never_taken_for_it(library):
    assert "perps" in str(library.polymarket().urls).lower()
    with pytest.raises(VenueRefused, match="venue for perpetuals"):
        make_exchange(library, ExchangeAccount("polymarket", "polymarket"))


async def test_the_library_makes_two_orders_of_one_call_if_it_may_retry(library, tmp_path):
    """The trap itself; `make_exchange` sets it to 0, and what `config` says cannot change that."""
    async with tiny(library, tmp_path) as (venue, session):
        venue.after = "503"
        session.trade.options |= {"maxRetriesOnFailure": 3, "maxRetriesOnFailureDelay": 0}
        with pytest.raises(library.ExchangeNotAvailable):
            await session.trade.create_order(SYMBOL, "limit", "buy", 0.01, 100.0, {"clientOrderId": "x"})
        assert sum("place-order" in path for _, path in venue.requests) == 4
        assert make(library, "bitget").options["maxRetriesOnFailure"] == 0


async def test_a_closed_session_is_used_no_more(library, tmp_path):
    async with tiny(library, tmp_path) as (venue, session):
        broker = CcxtBroker(session, is_live=False)
        prepared = await broker.prepare(request_of())
        await broker.close()
        await broker.close()
        assert (await broker.place(prepared)).code == "NOT_SENT"
        with pytest.raises(VenueError, match="is not open"):
            await broker.fetch_positions()
        assert not venue.orders


@pytest.mark.parametrize("question", ["fetch_open_orders", "fetch_balances", "fetch_positions"])
async def test_an_unreachable_venue_never_looks_like_an_empty_account(library, tmp_path, question):
    async with tiny(library, tmp_path) as (_, session):
        session.data.urls["api"]["spot"] = session.data.urls["api"]["mix"] = "http://127.0.0.1:1/nobody"
        with pytest.raises(VenueError):
            await getattr(CcxtBroker(session, is_live=False), question)()


async def test_an_answer_of_nonsense_never_looks_like_an_empty_account(library, tmp_path):
    recorder = Recorder('{"code":"00000","data":"<html>"}')
    async with served(recorder.handle) as base:
        session = await open_session(library, tmp_path, base)
        with pytest.raises(VenueError):
            await CcxtBroker(session, is_live=False).fetch_open_orders()
        await session.close()


async def test_a_row_that_cannot_be_read_is_never_left_out_of_an_answer(library, tmp_path):
    async with tiny(library, tmp_path) as (_, session):
        broker = CcxtBroker(session, is_live=False)
        order = {"id": "1", "symbol": SYMBOL, "side": None, "status": "open", "price": 1.0, "amount": 1.0}
        trade = {"id": "1", "symbol": SYMBOL, "side": "buy", "order": None, "price": 1.0, "amount": 1.0}

        async def answer(*_args):
            return [order, trade]

        session.data.fetch_open_orders = session.data.fetch_my_trades = answer
        await broker.warm(INSTRUMENT)
        for question in (broker.fetch_open_orders(), broker.fetch_fills(since_s=0)):
            with pytest.raises(VenueError, match="cannot be read"):
                await question


# ----------------------------------------------------------------------------- section 5, and secrets


async def test_no_secret_is_in_an_error_a_log_or_a_repr(library, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    async with tiny(library, tmp_path, "binance") as (_, session):
        session.data.urls["api"]["private"] = "http://127.0.0.1:1/nobody"
        with pytest.raises(VenueError) as failed:
            await session.ask("an order", lambda exchange: exchange.fetch_order("1", SYMBOL))
        texts = [
            str(failed.value),
            repr(failed.value),
            repr(session.account),
            repr(session.data),
            caplog.text,
        ]
        assert "signature" not in str(failed.value), "the address carries it"
        assert not any(secret in text for text in texts for name, secret in KEYS.items() if name != "uid")
        assert failed.value.__cause__ is None


def test_nothing_here_imports_the_exchange_library_by_itself():
    modules = [
        f"omega_tui.venues.ccxt_{name}"
        for name in ("broker", "feed", "guard", "intents", "loader", "market_data", "outcome", "session")
    ]
    code = f"import sys, omega_tui.__main__, {', '.join(modules)}; sys.exit('ccxt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


MARKETS_PATHS = ("/api/v2/spot/public/symbols", "/api/v2/spot/public/coins")
SPOT_SYMBOL = (
    '{"code":"00000","data":[{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeAmount":"0",'
    '"takerFeeRate":"0.001","makerFeeRate":"0.001","pricePrecision":"2","quantityPrecision":"6",'
    '"minTradeUSDT":"1","status":"online","coin":"BTC","chains":[]}]}'
)


async def test_markets_are_fetched_once_a_day_and_the_screen_is_told(library, tmp_path):
    recorder, clock, told = Recorder(SPOT_SYMBOL), ManualClock(), []
    async with served(recorder.handle) as base:
        account = ExchangeAccount("bitget", "bitget", loopback=base)

        async def load():
            return await load_markets(library, account, folder=tmp_path, clock=clock, progress=told.append)

        fetched = await load()
        assert (fetched.from_disk, set(fetched.markets)) == (False, {SYMBOL})
        asked = len(recorder.calls)
        clock.advance(3 * 3600)
        kept = await load()
        assert kept.from_disk
        assert kept.markets[SYMBOL]["precision"] == fetched.markets[SYMBOL]["precision"]
        assert len(recorder.calls) == asked
        assert told[-1] == "Markets of bitget are from the disk, 3 h 0 min old."
        clock.advance(22 * 3600)
        assert not (await load()).from_disk
        (tmp_path / _file_name(library.__version__, account)).write_text("{broken")
        assert not (await load()).from_disk
        recorder.status, recorder.answer = 503, "sorry"
        clock.advance(25 * 3600)
        assert (await load()).from_disk, "old ones are better than none, and said to be old"
        assert "gave no markets" in told[-1]


async def test_without_markets_on_disk_an_unreachable_venue_is_an_error(library, tmp_path):
    account = ExchangeAccount("bitget", "bitget", loopback="http://127.0.0.1:1", credentials=secrets())
    with pytest.raises(VenueUnreachable):
        await load_markets(
            library, account, folder=tmp_path, clock=ManualClock(), progress=lambda _text: None
        )
    with pytest.raises(VenueRefused, match="no exchange 'polymarkt'"):
        make_exchange(library, ExchangeAccount("x", "polymarkt"))
