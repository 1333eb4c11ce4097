"""Session, market data, broker and feed through the unmodified library against the embedded Bitget."""

import asyncio
import importlib
import random
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from ccxt_lab import until

from omega_tui.clock import SystemClock
from omega_tui.domain.events.account import AccountGap, BalanceChanged, FillReported, OrderReported
from omega_tui.domain.events.market import BookUpdated, CandleUpdated, TickerUpdated, TradePrinted
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import VenueError
from omega_tui.secret import Secret
from omega_tui.services.stated_positions import stated_positions
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.venues.base import Accepted, Refused, Unknown
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_feed import CcxtFeed
from omega_tui.venues.ccxt_loader import ExchangeAccount
from omega_tui.venues.ccxt_market_data import CcxtMarketData
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import FeedLimits, Stream

QUICK = FeedLimits(first_message_s=2.0, silence_s=2.0, frame_s=0.005, first_wait_s=0.02, longest_wait_s=0.1)
INSTRUMENTS = {"spot": "bitget:BTC/USDT", "swap": "bitget:BTC/USDT:USDT"}


@pytest.fixture(scope="module", autouse=True)
def library():
    return importlib.import_module("ccxt.pro")


@asynccontextmanager
async def desk(venue, folder, account_type="spot", *, reader=False):
    keys = venue.read_only_credentials if reader else venue.credentials
    account = ExchangeAccount(
        venue="bitget",
        exchange_id="bitget",
        account_type=account_type,
        credentials={"apiKey": Secret(keys.api_key), "secret": keys.secret, "password": keys.passphrase},
        loopback=venue.base_url,
    )
    session = CcxtSession(account, clock=SystemClock(), cache=folder, progress=lambda _text: None)
    await session.open()
    session.data.timeout_on_exit = session.trade.timeout_on_exit = 1
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def fed(session, *streams):
    events, positions = [], []
    feed = CcxtFeed(
        session,
        clock=SystemClock(),
        rng=random.Random(1),
        publish=events.append,
        positions=positions.append,
        limits=QUICK,
    )
    instrument = INSTRUMENTS[session.account.account_type]
    for stream in streams:
        feed.watch(stream, "" if stream.is_private else instrument)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(feed.run())
        try:
            yield feed, events, positions
        finally:
            running.cancel()


def order(number, book, instrument, **more):
    fields = {
        "client_order_id": f"oe1a2b{number:04d}",
        "instrument": instrument,
        "venue": "bitget",
        "side": Side.BUY,
        "size": Decimal("0.01"),
        "price": book.best_bid - 100,
    }
    return OrderRequest(**(fields | more))


@pytest.mark.parametrize("account_type", ["spot", "swap"])
async def test_everything_a_trader_asks_and_orders(tmp_path, account_type):
    instrument = INSTRUMENTS[account_type]
    async with EmbeddedBitget() as venue, desk(venue, tmp_path, account_type) as session:
        data, broker = CcxtMarketData(session), CcxtBroker(session, is_live=False)
        assert instrument in {one.id for one in await data.fetch_instruments()}
        assert abs(await data.fetch_server_time_ns() - SystemClock().now_ns()) < 5 * 10**9
        book = await data.fetch_book(instrument)
        assert not book.is_crossed
        assert (await data.fetch_ticker(instrument)).last > 0
        assert len(await data.fetch_candles(instrument)) > 10
        assert isinstance(await data.fetch_trades(instrument), list)
        taking = {"price": book.best_ask + 200}
        requests = [
            order(1, book, instrument),
            order(2, book, instrument, post_only=True),
            order(3, book, instrument, time_in_force=TimeInForce.IOC, **taking),
            order(4, book, instrument, order_type=OrderType.MARKET, **taking),
            order(5, book, instrument, trigger_price=book.best_ask + 900, price=book.best_ask + 901),
        ]
        for request in requests:
            assert isinstance(await broker.place(await broker.prepare(request)), Accepted)
        shown = {report.client_order_id: report for report in await broker.fetch_open_orders()}
        assert set(shown) == {"oe1a2b0001", "oe1a2b0002", "oe1a2b0005"}, "the stop is in a list of its own"
        for request in (requests[0], requests[4]):
            found = await broker.fetch_order_by_client_id(request.client_order_id, instrument)
            assert (found.price, found.size) == (request.price, request.size)
        assert await broker.fetch_order_by_client_id("oe1a2b9999", instrument) is None
        first = shown["oe1a2b0001"].venue_order_id
        assert (await broker.cancel([first])).canceled == (first,)
        gone = await broker.cancel([first])
        assert gone.canceled == ()
        assert gone.not_canceled[0][0] == first
        await broker.cancel_by_client_id("oe1a2b0002", instrument)
        assert (await broker.cancel_all(instrument)).canceled == (shown["oe1a2b0005"].venue_order_id,)
        assert await broker.fetch_open_orders() == []
        fills = await broker.fetch_fills(since_s=SystemClock().now_ns() // 10**9 - 600)
        assert sum(report.fill.size for report in fills) == Decimal("0.02")
        assert all(report.fill.fee > 0 for report in fills)
        assert {balance.asset for balance in await broker.fetch_balances()} >= {"USDT"}
        (held,) = [one for one in await broker.fetch_positions() if one.instrument == instrument]
        assert (
            held.quantity >= Decimal("0.019") if account_type == "spot" else held.quantity == Decimal("0.02")
        )


async def test_markets_are_told_afresh_while_orders_go_on(tmp_path):
    instrument = INSTRUMENTS["spot"]
    async with EmbeddedBitget() as venue, desk(venue, tmp_path) as session:
        broker, told_ns = CcxtBroker(session, is_live=False), session.markets_ns
        await session.refresh_markets()
        assert session.markets_ns > told_ns
        book = await CcxtMarketData(session).fetch_book(instrument)
        placed = await broker.place(await broker.prepare(order(1, book, instrument)))
        assert isinstance(placed, Accepted)
        listed = dict(session.instruments)
        venue.faults.add(Fault(FaultKind.RESET))
        with pytest.raises(VenueError):
            await session.refresh_markets()
        assert session.instruments == listed, "what was known stays"


@pytest.mark.parametrize("account_type", ["spot", "swap"])
async def test_a_resting_order_is_changed_in_one_step_and_found_under_its_new_id(tmp_path, account_type):
    instrument = INSTRUMENTS[account_type]
    async with EmbeddedBitget() as venue, desk(venue, tmp_path, account_type) as session:
        broker = CcxtBroker(session, is_live=False)
        book = await CcxtMarketData(session).fetch_book(instrument)
        placed = await broker.place(await broker.prepare(order(1, book, instrument)))
        assert broker.edit_replaces(instrument)
        changed = order(2, book, instrument, price=book.best_bid - 200, size=Decimal("0.02"))
        outcome = await broker.edit(await broker.prepare_edit(placed.venue_order_id, changed))
        assert isinstance(outcome, Accepted), outcome
        (report,) = await broker.fetch_open_orders()
        assert (report.client_order_id, report.price, report.size) == (
            "oe1a2b0002",
            changed.price,
            changed.size,
        )


async def test_every_stream_of_an_account_speaks(tmp_path):
    async with EmbeddedBitget() as venue, desk(venue, tmp_path, "swap") as session:
        broker, instrument = CcxtBroker(session, is_live=False), INSTRUMENTS["swap"]
        async with fed(session, *Stream) as (feed, events, positions):

            def seen(kind):
                return [event for event in events if isinstance(event, kind)]

            await until(lambda: seen(BookUpdated) and sum(event.connected for event in seen(AccountGap)) >= 0)
            await asyncio.sleep(0.3)  # The private subscriptions say nothing when they stand.
            book = seen(BookUpdated)[-1].book
            taking = order(1, book, instrument, price=book.best_ask + 200, time_in_force=TimeInForce.IOC)
            assert isinstance(await broker.place(await broker.prepare(taking)), Accepted)
            for kind in (
                TradePrinted,
                TickerUpdated,
                CandleUpdated,
                OrderReported,
                FillReported,
                BalanceChanged,
            ):
                await until(lambda kind=kind: seen(kind), seconds=10)
            await until(lambda: positions and positions[-1])
            assert all(event.filled is None for event in seen(OrderReported)), "never from a stream"
            assert sum(event.fill.size for event in seen(FillReported)) == Decimal("0.01")
            assert positions[-1][0].quantity == Decimal("0.01")
            assert feed.metrics()["rejected_total"] == 0


def dropped_of(venue):
    return sum(entry.kind is FaultKind.DROP for entry in venue.faults.log)


async def test_in_a_storm_every_picture_called_good_is_one_that_the_venue_had(tmp_path):
    """Lost, doubled and late frames and killed sockets; at the end the screen equals the venue."""
    async with (
        EmbeddedBitget(rate=300.0) as venue,
        desk(venue, tmp_path) as session,
        fed(session, Stream.BOOK) as (feed, events, _),
    ):
        await until(lambda: any(isinstance(event, BookUpdated) for event in events))
        for kind, probability in (
            (FaultKind.DROP, 0.1),
            (FaultKind.DUPLICATE, 0.1),
            (FaultKind.DELAY, 0.05),
        ):
            venue.faults.add(Fault(kind, probability=probability, seconds=0.05))
        for _ in range(6):
            await asyncio.sleep(0.4)
            venue.kill_sockets("public")
        await until(lambda: feed.metrics()["gaps_total"] > 0 and dropped_of(venue) > 0, seconds=20)
        venue.faults.clear()
        await asyncio.sleep(0.5)
        good = [
            event.book
            for event in events
            if isinstance(event, BookUpdated) and event.integrity.state is IntegrityState.VERIFIED
        ]
        assert len(good) > 10
        assert not any(book.is_crossed for book in good)

        async def equal():
            rest = await CcxtMarketData(session).fetch_book(INSTRUMENTS["spot"], levels=10)
            await asyncio.sleep(0.05)
            recent = [event.book for event in events if isinstance(event, BookUpdated) and event.book][-200:]
            return any((book.bids[:10], book.asks[:10]) == (rest.bids, rest.asks) for book in recent)

        async with asyncio.timeout(10):
            while not await equal():  # noqa: ASYNC110 - two moving books are compared until they meet
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "kind", [FaultKind.ACCEPT_THEN_RESET, FaultKind.ACCEPT_THEN_CUT, FaultKind.ACCEPT_THEN_HTML]
)
async def test_an_order_whose_answer_was_lost_is_unknown_and_then_found(tmp_path, kind):
    instrument = INSTRUMENTS["spot"]
    async with EmbeddedBitget() as venue, desk(venue, tmp_path) as session:
        broker = CcxtBroker(session, is_live=False)
        book = await CcxtMarketData(session).fetch_book(instrument)
        venue.faults.add(Fault(kind, times=1, path="POST *place-order"))
        outcome = await broker.place(await broker.prepare(order(1, book, instrument)))
        assert isinstance(outcome, Unknown), outcome
        found = await broker.fetch_order_by_client_id("oe1a2b0001", instrument)
        assert found.client_order_id == "oe1a2b0001"
        assert len(await broker.fetch_open_orders()) == 1


async def test_a_key_that_may_not_trade_is_refused_and_reads(tmp_path):
    instrument = INSTRUMENTS["spot"]
    async with EmbeddedBitget() as venue, desk(venue, tmp_path, reader=True) as session:
        broker = CcxtBroker(session, is_live=False)
        book = await CcxtMarketData(session).fetch_book(instrument)
        outcome = await broker.place(await broker.prepare(order(1, book, instrument)))
        assert isinstance(outcome, Refused), outcome
        assert await broker.fetch_open_orders() == []


async def test_in_hedge_mode_long_and_short_stand_side_by_side_and_each_is_closed_alone(tmp_path):
    instrument = INSTRUMENTS["swap"]
    async with EmbeddedBitget() as venue, desk(venue, tmp_path, "swap") as session:
        await session.trade.set_position_mode(True, "BTC/USDT:USDT")
        broker = CcxtBroker(session, is_live=False)
        book = await CcxtMarketData(session).fetch_book(instrument)
        high, low = book.best_ask + 200, book.best_bid - 200
        stop = order(9, book, instrument, trigger_price=low, side=Side.SELL, price=low, reduce_only=True)
        assert broker.keeps_stop(stop), "as far as is known"
        await broker.warm(instrument)  # As soon as the market is looked at, before the first order.
        assert not broker.keeps_stop(stop), "such a stop is held here and leaves as an order that closes"

        async def take(number, side, size, *, closes=False):
            price = high if side is Side.BUY else low
            terms = {"side": side, "size": Decimal(size), "price": price, "reduce_only": closes}
            request = order(number, book, instrument, time_in_force=TimeInForce.IOC, **terms)
            assert isinstance(await broker.place(await broker.prepare(request)), Accepted)
            return {row.quantity: row.hedged for row in await broker.fetch_positions()}

        assert await take(1, Side.BUY, "0.03") == {Decimal("0.03"): True}
        assert set(await take(2, Side.SELL, "0.01")) == {Decimal("0.03"), Decimal("-0.01")}
        assert set(await take(3, Side.SELL, "0.02", closes=True)) == {Decimal("0.01"), Decimal("-0.01")}
        assert set(await take(4, Side.BUY, "0.01", closes=True)) == {Decimal("0.01")}
        [stated] = stated_positions(await broker.fetch_positions())
        assert (stated.quantity, stated.terms.long_quantity, stated.terms.hedged) == (
            Decimal("0.01"), Decimal("0.01"), True,
        )  # fmt: skip
        fills = await broker.fetch_fills(since_s=SystemClock().now_ns() // 10**9 - 600)
        assert sum(one.fill.size * one.fill.side.sign for one in fills) == stated.quantity, "the ledger nets"
