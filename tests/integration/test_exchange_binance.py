"""The exchange service at the embedded Binance: every method that it offers to code, by the real library."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from omega_tui.config.model import OmegaConfig
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.account import Balance
from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Fill, OrderStatus
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade
from omega_tui.errors import ConfigError, OrderRefused, VenueRefused
from omega_tui.runtime.lineup import VenueSpec
from omega_tui.runtime.listings import embedded_listing
from omega_tui.secret import Secret
from omega_tui.services.exchange import ExchangeService
from omega_tui.sim.binance import EmbeddedBinance
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.venues.base import VenuePosition
from omega_tui.venues.ccxt_rights import KeyRights

SPOT = "BTC/USDT"
SETTINGS = OmegaConfig(risk=RiskConfig(orders_per_second=50, orders_per_minute=1_000))


@asynccontextmanager
async def binance(folder, *, reads=False):
    async with EmbeddedBinance(seed=5, rate=5) as venue:
        who = venue.read_only_credentials if reads else venue.credentials
        keys = {"api_key": Secret(who.api_key), "api_secret": who.secret}
        exchange = ExchangeService(
            config={
                "exchange": "binance",
                "sandbox": venue.base_url,
                "credentials": keys,
                "state_dir": folder,
                "settings": SETTINGS,
            }
        )
        await exchange.initialize()
        session = exchange._alone.parts.data._session
        for instance in (session.data, session.trade):
            instance.enableRateLimit = False  # The venue is ours and bears it.
            instance.timeout_on_exit = 1
        try:
            yield venue, exchange
        finally:
            await exchange.shutdown()


async def test_what_is_asked_has_an_answer_with_a_type(tmp_path):
    async with binance(tmp_path) as (_, exchange):
        assert {type(one) for one in await exchange.get_markets()} == {Instrument}
        ticker, book = await exchange.get_ticker(SPOT), await exchange.get_order_book(SPOT)
        assert (type(ticker), type(book)) == (Ticker, BookSnapshot)
        assert all(isinstance(level.price, Decimal) for level in (*book.bids, *book.asks))
        trades, candles = await exchange.get_trades(SPOT), await exchange.get_candles(SPOT)
        assert {type(one) for one in trades} <= {Trade}
        assert {type(one) for one in candles} == {Candle}
        assert {type(one) for one in await exchange.get_balances()} == {Balance}
        assert {type(one) for one in await exchange.get_positions()} == {VenuePosition}
        assert await exchange.get_open_orders() == [], "all of them: the library must not ask for a symbol"
        assert await exchange.get_key_rights() == KeyRights(may_trade=True, may_withdraw=False)
        assert abs(await exchange.get_clock_skew_ms()) < 1_000
        with pytest.raises(VenueRefused, match="leverage"):
            await exchange.set_leverage(SPOT, 5)


async def test_orders_of_every_kind_are_at_the_venue_once_and_end_as_they_should(tmp_path):
    async with binance(tmp_path) as (venue, exchange):
        book = await exchange.get_order_book(SPOT)
        bid, ask = book.best_bid, book.best_ask
        taken = await exchange.place_order(SPOT, "buy", "0.002", kind="market")
        assert (taken.status, taken.filled) == (OrderStatus.FILLED, Decimal("0.002"))
        fills = await exchange.get_my_trades(SPOT)
        assert {type(fill) for fill in fills} == {Fill}
        assert sum(fill.size for fill in fills) == Decimal("0.002")
        killed = await exchange.place_order(SPOT, "buy", "0.002", bid - 900, time_in_force="IOC")
        assert killed.status is OrderStatus.EXPIRED
        with pytest.raises(OrderRefused):
            await exchange.place_order(SPOT, "buy", "0.002", ask + 50, post_only=True)
        named = await exchange.place_order(
            SPOT, "buy", "0.002", bid - 910, post_only=True, client_order_id="mine-1"
        )
        assert (await exchange.get_order("mine-1")).venue_order_id == named.venue_order_id
        stop = await exchange.place_order(
            SPOT, "sell", "0.002", bid - 2_000, kind="stop-limit", trigger_price=bid - 1_900
        )
        resting = {order.request.client_order_id for order in await exchange.get_open_orders()}
        assert resting == {"mine-1", stop.request.client_order_id}
        edited = await exchange.edit_order("mine-1", price=bid - 800)
        assert (edited.status, edited.request.price) == (OrderStatus.ACCEPTED, bid - 800)
        [gone] = await exchange.cancel_orders(side="sell")
        assert (gone.request.client_order_id, gone.status) == (
            stop.request.client_order_id, OrderStatus.CANCELED,
        )  # fmt: skip
        assert (await exchange.cancel_order(edited.request.client_order_id)).status is OrderStatus.CANCELED
        await exchange.place_order(SPOT, "buy", "0.002", bid - 950)
        assert [order.status for order in await exchange.cancel_orders()] == [OrderStatus.CANCELED]
        assert await exchange.get_open_orders() == []
        placed = [order.ticket.client_id for order in venue.history().orders]
        assert len(placed) == len(set(placed)), "each of them once"
        assert set(placed) <= set(exchange.orders), "and nothing else"


async def test_the_fill_of_an_order_whose_answer_was_lost_is_that_orders(tmp_path):
    async with binance(tmp_path) as (venue, exchange):
        ask = (await exchange.get_order_book(SPOT)).best_ask
        venue.faults.add(Fault(FaultKind.ACCEPT_THEN_RESET, times=1, path="POST *order"))
        order = await exchange.place_order(SPOT, "buy", "0.002", ask + 100, time_in_force="IOC")
        async with asyncio.timeout(40):
            while order.status is not OrderStatus.FILLED or not order.filled:  # It asks by itself.
                await asyncio.sleep(0.02)
                order = exchange.orders[order.request.client_order_id]
        assert order.filled == Decimal("0.002")
        assert list(exchange.orders) == [order.request.client_order_id], "and of no order from elsewhere"


async def test_what_is_listed_before_anybody_asks_is_what_it_lists(tmp_path):
    spec = VenueSpec(name="binance", exchange="binance", account_type="spot", sandbox="embedded")
    async with binance(tmp_path) as (_, exchange):
        listed = {one.id: one for one in embedded_listing(spec).instruments}
        assert listed == {one.id: one for one in await exchange.get_markets()}


async def test_a_key_that_only_reads_is_recognised_and_orders_nothing(tmp_path):
    async with binance(tmp_path, reads=True) as (venue, exchange):
        assert await exchange.get_key_rights() == KeyRights(may_trade=False, may_withdraw=False)
        bid = (await exchange.get_order_book(SPOT)).best_bid
        with pytest.raises(OrderRefused, match="only reads"):
            await exchange.place_order(SPOT, "buy", "0.002", bid - 900)
        assert not venue.history().orders


async def test_it_is_there_without_an_account_and_without_its_perpetuals():
    exchange = ExchangeService(config={"exchange": "binance", "sandbox": "embedded"})
    await exchange.initialize()
    assert await exchange.get_positions()
    await exchange.shutdown()
    perpetuals = ExchangeService(
        config={"exchange": "binance", "account_type": "swap", "sandbox": "embedded"}
    )
    with pytest.raises(ConfigError, match=r"binance \(spot\)"):
        await perpetuals.initialize()
