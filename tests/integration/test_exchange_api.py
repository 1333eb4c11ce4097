"""The exchange service as code uses it, outside of the console, against both embedded exchanges."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from ccxt_lab import until

from omega_tui.config.model import OmegaConfig
from omega_tui.config.risk import RiskConfig
from omega_tui.config.venues import SimConfig
from omega_tui.domain.account import Balance
from omega_tui.domain.events.status import Alert, VenueHealthChanged
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.orders import Fill, Order, OrderStatus
from omega_tui.domain.result import total
from omega_tui.domain.side import Side
from omega_tui.errors import (
    ConfigError,
    JournalError,
    OrderRefused,
    OrderRejected,
    StateError,
    VenueError,
    VenueRefused,
    VenueUnreachable,
)
from omega_tui.secret import Secret
from omega_tui.services.exchange import ExchangeService
from omega_tui.services.tickets import Kind, Ticket
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coin_records import OrderState
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.base import VenuePosition

D = Decimal
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
SETTINGS = OmegaConfig(sim=SimConfig(rate=20), risk=RiskConfig(duplicate_window_s=0, orders_per_second=40))


def keys_of(venue):
    who = venue.credentials
    if isinstance(venue, EmbeddedBitget):
        return {"api_key": who.api_key, "api_secret": who.secret, "passphrase": who.passphrase}
    api = who.credentials
    return {
        "private_key": who.private_key,
        "api_key": api.api_key,
        "api_secret": api.secret,
        "passphrase": api.passphrase,
    }


@asynccontextmanager
async def exchange_at(venue, folder, **more):
    """A service that talks to an embedded exchange which runs elsewhere, as to a real one."""
    is_bitget = isinstance(venue, EmbeddedBitget)
    config = {
        "exchange": "bitget" if is_bitget else "polymarket",
        "sandbox": venue.base_url if is_bitget else venue.rest_url,
        "credentials": keys_of(venue),
        "state_dir": folder,
        "settings": SETTINGS,
    }
    service = ExchangeService(config=config | more)
    await service.initialize()
    if is_bitget:
        session = service._alone.parts.data._session
        for instance in (session.data, session.trade):
            instance.enableRateLimit = False  # The venue is ours and bears it.
            instance.timeout_on_exit = 1  # The library waits a quarter of a second for its sockets.
    try:
        yield service
    finally:
        await service.shutdown()


@asynccontextmanager
async def bitget(folder, **more):
    async with EmbeddedBitget(seed=5, rate=5) as venue, exchange_at(venue, folder, **more) as exchange:
        yield venue, exchange


@asynccontextmanager
async def polymarket(folder, **more):
    async with EmbeddedExchange(seed=5, rate=20) as venue, exchange_at(venue, folder, **more) as exchange:
        yield venue, exchange


# ------------------------------------------------------------------------------------------ as written


@pytest.mark.parametrize("name", ["bitget", "polymarket"])
async def test_the_example_runs_as_written(name, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    exchange = ExchangeService(config={"exchange": name, "sandbox": "embedded"})
    await exchange.initialize()
    positions = await exchange.get_positions()
    await exchange.shutdown()
    assert all(isinstance(position, VenuePosition) for position in positions)
    assert bool(positions) == (name == "bitget")
    assert not list(tmp_path.rglob("journal*")), "an embedded exchange leaves no journal behind"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "exchange: found nothing; allowed: the name of an exchange"),
        ({"exchang": "bitget"}, "exchang: found an unknown key; allowed: exchange?"),
        ({"exchange": 5}, "exchange: found 5"),
        ({"exchange": "Bit get"}, "exchange: found 'Bit get'"),
        (
            {"exchange": "bitget", "account_type": "margin"},
            "account_type: found 'margin'; allowed: spot or swap",
        ),
        (
            {"exchange": "bitget", "sandbox": "https://api.bitget.com"},
            "sandbox: found 'https://api.bitget.com'",
        ),
        ({"exchange": "bitget", "sandbox": "http://10.0.0.1:80"}, "sandbox: found 'http://10.0.0.1:80'"),
        ({"exchange": "bitget", "sandbox": True}, "sandbox: found True"),
        ({"exchange": "bitget", "live": "yes"}, "live: found 'yes'; allowed: True or False"),
        ({"exchange": "polymarket", "sandbox": "venue"}, "Polymarket has no test system"),
        ({"exchange": "bitget", "credentials": "hunter2"}, "credentials: found a str (not shown)"),
        ({"exchange": "bitget", "credentials": {"apikey": "hunter2"}}, "an unknown name (not shown)"),
        ({"exchange": "bitget", "credentials": {"api_key": 5}}, "credentials.api_key: found a int"),
        ({"exchange": "bitget", "settings": {}}, "settings: found {}"),
    ],
)
def test_a_wrong_configuration_is_refused_in_words(config, words):
    with pytest.raises(ConfigError) as caught:
        ExchangeService(config=config)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_without_keys_public_data_works_and_the_account_says_why_it_does_not(tmp_path):
    async with EmbeddedExchange(seed=5) as venue, exchange_at(venue, tmp_path, credentials={}) as exchange:
        [market, *_] = await exchange.get_markets()
        assert (await exchange.get_ticker(market.id)).bid is not None
        with pytest.raises(StateError, match="omega-tui keys add polymarket"):
            await exchange.get_positions()
        with pytest.raises(StateError, match="no keys of polymarket"):
            await exchange.place_order(market.id, "buy", 5, "0.10")


async def test_some_of_the_keys_are_none(tmp_path):
    async with EmbeddedExchange(seed=5) as venue:
        service = ExchangeService(
            config={
                "exchange": "polymarket",
                "sandbox": venue.rest_url,
                "credentials": {"api_key": "x"},
                "state_dir": tmp_path,
            }
        )
        with pytest.raises(ConfigError, match="found no private_key, api_secret, passphrase"):
            await service.initialize()
        await service.shutdown()


# ------------------------------------------------------------------------------------------ questions


@pytest.mark.parametrize("account_type", ["spot", "swap"])
async def test_every_question_is_answered_in_the_words_of_the_domain(tmp_path, account_type):
    symbol = SPOT if account_type == "spot" else SWAP
    async with bitget(tmp_path, account_type=account_type) as (_, exchange):
        market = await exchange.get_market(symbol.lower())
        assert isinstance(market, Instrument)
        assert market.kind is (InstrumentKind.SPOT if account_type == "spot" else InstrumentKind.LINEAR)
        ticker, book = await exchange.get_ticker(symbol), await exchange.get_order_book(symbol, levels=3)
        assert ticker.instrument == book.instrument == market.id
        assert len(book.bids) == len(book.asks) == 3
        assert book.best_bid < book.best_ask
        candles, trades = await exchange.get_candles(symbol, "1m"), await exchange.get_trades(symbol)
        assert candles[0].low <= candles[0].high
        assert trades[0].ts_event_ns <= trades[-1].ts_event_ns
        balances = await exchange.get_balances()
        assert all(isinstance(one, Balance) for one in balances)
        assert await exchange.get_open_orders() == []
        assert await exchange.get_my_trades(symbol) == []
        numbers = [ticker.last, book.best_bid, candles[0].open, trades[0].price, balances[0].total]
        assert {type(one) for one in numbers} == {Decimal}
        with pytest.raises(VenueRefused, match="does not list 'NOPE/USDT'"):
            await exchange.get_ticker("NOPE/USDT")


async def test_spot_holdings_are_positions(tmp_path):
    async with bitget(tmp_path) as (_, exchange):
        held = {one.instrument: one.quantity for one in await exchange.get_positions()}
        assert held == {"bitget:BTC/USDT": D(2), "bitget:ETH/USDT": D(30)}


async def test_a_fee_in_the_base_coin_leaves_the_position_equal_to_the_venues(tmp_path):
    """Bitget keeps a part of what was bought; fills alone would explain more than there is."""
    async with bitget(tmp_path) as (_, exchange):
        alerts = exchange.platform.bus.subscribe(Alert)
        for side, size in (("buy", "0.05"), ("buy", "0.01"), ("sell", "0.02")):
            order = await exchange.place_order(SPOT, side, size, kind="market")
            await until(lambda: exchange.orders[order.request.client_order_id].is_done)  # noqa: B023
        looks = exchange.metrics()["reconciled_total"]
        await exchange.get_open_orders()
        await exchange.get_open_orders()
        assert exchange.metrics()["reconciled_total"] >= looks + 2
        [held] = [one for one in await exchange.get_positions() if one.asset == "BTC"]
        ours = exchange.positions["bitget:BTC/USDT"]
        fees = [fill for fill in await exchange.get_my_trades(SPOT) if fill.base_fee]
        assert sum(fill.base_fee for fill in fees) > 0
        assert ours.quantity == held.quantity < D("2.04")
        assert not [event for event in alerts.drain() if event.code.startswith("POSITION")]
        assert ours.fees > 0


async def test_a_venue_that_is_away_never_looks_like_an_empty_account(tmp_path):
    async with EmbeddedBitget(seed=5, rate=5) as venue:
        service = exchange_at(venue, tmp_path)
        exchange = await service.__aenter__()
    try:
        for question in (
            exchange.get_positions(),
            exchange.get_open_orders(),
            exchange.get_balances(),
            exchange.get_my_trades(SPOT),
            exchange.get_ticker(SPOT),
        ):
            with pytest.raises(VenueUnreachable):
                await question
    finally:
        await service.__aexit__(None, None, None)


async def test_a_venue_that_was_never_there_is_said_at_the_start(tmp_path):
    service = ExchangeService(
        config={
            "exchange": "bitget",
            "sandbox": "http://127.0.0.1:1",
            "state_dir": tmp_path,
            "read_only": True,
        }
    )
    with pytest.raises(VenueError):
        await service.initialize()
    await service.shutdown()


# ------------------------------------------------------------------------------------------ orders


@pytest.mark.parametrize("account_type", ["spot", "swap"])
async def test_orders_of_every_kind_are_at_the_venue_once_and_end_as_they_should(tmp_path, account_type):
    symbol = SPOT if account_type == "spot" else SWAP
    size = D("0.01")
    async with bitget(tmp_path, account_type=account_type) as (venue, exchange):
        book = await exchange.get_order_book(symbol)
        low, high = (book.best_bid * D("0.97")).quantize(D(1)), (book.best_ask * D("1.02")).quantize(D(1))
        rests = [
            await exchange.place_order(symbol, "buy", size, low, client_order_id="mine-1"),
            await exchange.place_order(symbol, "buy", size, low - 1, post_only=True),
            await exchange.place_order(symbol, "buy", size, high + 5, kind="stop-limit", trigger_price=high),
            await exchange.place_order(symbol, "sell", size, kind=Kind.STOP, trigger_price=low + 50),
        ]
        assert [order.status for order in rests] == [OrderStatus.ACCEPTED] * 4
        for force, price, status in (
            ("IOC", high, OrderStatus.FILLED),
            ("FOK", high, OrderStatus.FILLED),
            ("IOC", low, OrderStatus.CANCELED),
        ):
            order = await exchange.place_order(symbol, "buy", size, price, time_in_force=force)
            await until(lambda: exchange.orders[order.request.client_order_id].is_done)  # noqa: B023
            assert exchange.orders[order.request.client_order_id].status is status
        taken = await exchange.place_order(symbol, Side.BUY, size, kind="market")
        assert (taken.status, taken.filled) == (OrderStatus.FILLED, size)
        assert {order.venue_order_id for order in await exchange.get_open_orders(symbol)} == {
            order.venue_order_id for order in rests
        }
        assert (await exchange.get_order("mine-1")).venue_order_id == rests[0].venue_order_id
        fills = await exchange.get_my_trades(symbol)
        assert sum(fill.size for fill in fills) == 3 * size
        assert all(isinstance(fill, Fill) for fill in fills)

        [gone] = await exchange.cancel_orders(symbol=symbol, side="sell")
        assert (gone.venue_order_id, gone.status) == (rests[3].venue_order_id, OrderStatus.CANCELED)
        assert (await exchange.cancel_order("mine-1")).status is OrderStatus.CANCELED
        assert {order.status for order in await exchange.cancel_orders()} == {OrderStatus.CANCELED}
        assert await exchange.get_open_orders() == []
        assert len(venue.history().orders) == 6
        assert len(venue.history().plans) == 2


async def test_reduce_only_leverage_and_margin_mode(tmp_path):
    async with bitget(tmp_path, account_type="swap") as (_, exchange):
        await exchange.set_leverage(SWAP, 5)
        await exchange.set_margin_mode(SWAP, "cross")
        await exchange.place_order(SWAP, "sell", "0.02", kind="market")
        [short] = await exchange.get_positions()
        assert (short.quantity, short.leverage, short.margin_mode) == (D("-0.02"), D(5), "cross")
        assert short.entry_price is not None
        with pytest.raises(OrderRefused) as caught:
            await exchange.place_order(SWAP, "buy", "0.03", kind="market", reduce_only=True)
        assert caught.value.code == "REDUCE_ONLY"
        await exchange.place_order(SWAP, "buy", "0.02", kind="market", reduce_only=True)
        assert await exchange.get_positions() == []


async def test_an_edit_places_what_is_left_only_after_the_old_order_is_gone(tmp_path):
    async with polymarket(tmp_path) as (venue, exchange):
        token = venue.markets[0].tokens[0][0]
        bid = (await exchange.get_order_book(token)).best_bid
        old = await exchange.place_order(token, "buy", 10, bid - D("0.10"))
        with pytest.raises(OrderRefused) as caught:
            await exchange.edit_order(old.request.client_order_id, size=1)
        assert caught.value.code == "MIN_SIZE"
        assert (await exchange.get_order(old.venue_order_id)).status is OrderStatus.ACCEPTED
        new = await exchange.edit_order(old.request.client_order_id, price=bid - D("0.12"), size=20)
        assert (new.status, new.request.size, new.request.price) == (
            OrderStatus.ACCEPTED,
            D(20),
            bid - D("0.12"),
        )
        assert exchange.orders[old.request.client_order_id].status is OrderStatus.CANCELED
        assert [order.venue_order_id for order in await exchange.get_open_orders()] == [new.venue_order_id]
        with pytest.raises(OrderRefused, match="No open order is called"):
            await exchange.edit_order(old.request.client_order_id, price=bid)


async def test_nothing_is_rounded_in_silence(tmp_path):
    async with bitget(tmp_path) as (venue, exchange):
        book = await exchange.get_order_book(SPOT)
        for size, price, code in (
            ("0.0000015", book.best_bid, "LOT"),
            ("0.01", book.best_bid + D("0.001"), "TICK"),
            (0.01, book.best_bid, "NUMBER"),
            ("-1", book.best_bid, "NUMBER"),
        ):
            with pytest.raises(OrderRefused) as caught:
                await exchange.place_order(SPOT, "buy", size, price)
            assert caught.value.code == code
        ticket = Ticket(
            symbol=SPOT, side=Side.BUY, size=D("0.0100005"), price=book.best_bid - 100 + D("0.009")
        )
        preview = await exchange.preview(ticket)
        assert preview.request.size == D("0.01")
        assert preview.request.price <= ticket.price
        assert len(preview.changes) == 2
        assert '"createOrder"' not in preview.payload
        assert "limit" in preview.payload
        assert not venue.history().orders
        order = await exchange.place_preview(preview)
        assert order.request.price == preview.request.price


CONTRADICTIONS = [
    ({"kind": "stop"}, "INTENT"),
    ({"trigger_price": 5}, "INTENT"),
    ({"kind": "trailing"}, "INTENT"),
    ({"time_in_force": "DAY"}, "INTENT"),
    ({"kind": "stop", "price": None, "trigger_price": 10}, "TRIGGER"),
    ({"price": None}, "INTENT"),
    ({"post_only": True, "time_in_force": "IOC"}, "INTENT"),
    ({"client_order_id": "has spaces"}, "CLIENT_ID"),
]


async def test_what_a_perpetual_pays_next_is_told_and_spot_pays_nothing(tmp_path):
    async with bitget(tmp_path, account_type="swap") as (venue, exchange):
        funding = await exchange.get_funding_rate(SWAP)
        assert isinstance(funding.rate, D)
        assert funding.at_ns > venue.exchange.venue.now_ns
    async with bitget(tmp_path) as (_, exchange):
        assert await exchange.get_funding_rate(SPOT) is None


async def test_what_contradicts_itself_does_not_leave(tmp_path):
    async with bitget(tmp_path, account_type="swap") as (venue, exchange):
        bid = (await exchange.get_order_book(SWAP)).best_bid
        for terms, code in CONTRADICTIONS:
            with pytest.raises(OrderRefused) as caught:
                await exchange.place_order(SWAP, "buy", "0.01", **({"price": bid - 100} | terms))
            assert caught.value.code == code, terms
        assert not venue.history().orders


async def test_the_venues_refusal_is_told_from_our_own(tmp_path):
    async with polymarket(tmp_path) as (venue, exchange):
        token = venue.markets[0].tokens[0][0]
        ask = (await exchange.get_order_book(token)).best_ask
        with pytest.raises(OrderRejected) as caught:
            await exchange.place_order(token, "buy", 10, ask + D("0.02"), post_only=True)
        assert caught.value.code == "POST_ONLY"
        with pytest.raises(OrderRefused) as caught:
            await exchange.place_order(token, "buy", 10, ask + D("0.20"))
        assert not isinstance(caught.value, OrderRejected)
        with pytest.raises(OrderRefused, match="no stop orders"):
            await exchange.place_order(token, "buy", 10, D("0.90"), kind="stop-limit", trigger_price="0.88")


LOST_ANSWERS = {
    "connection reset": Fault(FaultKind.ACCEPT_THEN_RESET),
    "slow": Fault(FaultKind.SLOW, seconds=2.0),
    "504": Fault(FaultKind.ACCEPT_THEN_STATUS, status=504),
    "429": Fault(FaultKind.ACCEPT_THEN_STATUS, status=429),
    "body cut": Fault(FaultKind.ACCEPT_THEN_CUT),
    "200 and a page": Fault(FaultKind.ACCEPT_THEN_HTML),
    # The last one: its words are of maintenance, and new orders wait until that is over.
    "503": Fault(FaultKind.ACCEPT_THEN_STATUS, status=503),
}


async def test_every_row_of_placing_orders_is_one_order_at_the_venue_and_ends_as_it_is_there(tmp_path):
    """Fact sheet, section 4: in each row the order was accepted, and the answer went wrong after that."""
    async with bitget(tmp_path) as (venue, exchange):
        session = exchange._alone.parts.data._session
        session.data.timeout = session.trade.timeout = 500
        bid = (await exchange.get_order_book(SPOT)).best_bid
        for number, (row, fault) in enumerate(LOST_ANSWERS.items(), 1):
            venue.faults.add(replace(fault, times=1, path="POST /api/v2/spot/trade/place-order"))
            order = await exchange.place_order(SPOT, "buy", "0.01", bid - 500 - number)
            order = await exchange.settled(order)
            assert order.status is OrderStatus.ACCEPTED, row
            assert len(venue.history().orders) == number, row
            assert not venue.faults.faults(), row
        theirs = {order.order_id: order for order in venue.history().orders}
        ours = {order.venue_order_id: order for order in exchange.orders.values()}
        assert ours.keys() == theirs.keys()
        assert {order.ticket.client_id for order in theirs.values()} == set(exchange.orders)
        assert exchange.metrics()["orders_unknown_total"] == len(LOST_ANSWERS)
        await exchange.cancel_orders()
        assert all(order.status is OrderStatus.CANCELED for order in exchange.orders.values())


async def test_a_stop_that_fires_is_one_order_with_its_fill_whatever_id_it_goes_on_with(tmp_path):
    """Bitget makes another order of it; shown were a stop that never ended, and an order of elsewhere."""
    async with EmbeddedBitget(seed=5, rate=5) as venue, exchange_at(venue, tmp_path) as exchange:
        bid = (await exchange.get_order_book(SPOT)).best_bid
        stop = await exchange.place_order(SPOT, "sell", "0.01", kind="stop", trigger_price=bid - 500)
        venue.shock("BTC", bid - 1_000)
        await until(lambda: venue.history().orders, seconds=60)
        await exchange.get_open_orders()
        [order] = exchange.orders.values()
        assert (order.status, order.filled, order.external) == (OrderStatus.FILLED, D("0.01"), False)
        assert order.venue_order_id == stop.venue_order_id != venue.history().orders[0].order_id
        [fill] = await exchange.get_my_trades(SPOT)
        assert (fill.venue_order_id, fill.size) == (stop.venue_order_id, D("0.01"))


async def test_an_order_placed_elsewhere_is_shown_as_such_and_can_be_canceled(tmp_path):
    async with bitget(tmp_path) as (venue, exchange):
        bid = (await exchange.get_order_book(SPOT)).best_bid
        mine = await exchange.place_order(SPOT, "buy", "0.01", bid - 500)
        elsewhere = exchange._alone.parts.data._session.data
        raw = await elsewhere.create_order(SPOT, "limit", "buy", 0.02, float(bid - 600))
        [other] = [order for order in await exchange.get_open_orders() if order.external]
        assert (other.venue_order_id, other.request.size) == (raw["id"], D("0.02"))
        assert not exchange.orders[mine.request.client_order_id].external
        with pytest.raises(OrderRefused, match="placed elsewhere"):
            await exchange.edit_order(other.venue_order_id, price=bid - 700)
        assert (await exchange.cancel_order(other.venue_order_id)).status is OrderStatus.CANCELED
        assert [order.order_id for order in venue.history().orders if order.state is OrderState.LIVE] == [
            mine.venue_order_id
        ]


# --------------------------------------------------------------------------- one account, one journal


async def test_orders_are_found_again_by_the_next_service_and_one_at_a_time_may_order(tmp_path):
    async with EmbeddedBitget(seed=5, rate=5) as venue:
        async with exchange_at(venue, tmp_path) as exchange:
            bid = (await exchange.get_order_book(SPOT)).best_bid
            mine = await exchange.place_order(SPOT, "buy", "0.01", bid - 500)
            second = exchange_at(venue, tmp_path)
            with pytest.raises(JournalError, match="another console uses"):
                await second.__aenter__()
            async with exchange_at(venue, tmp_path, read_only=True) as reader:
                [seen] = await reader.get_open_orders()
                assert isinstance(seen, Order)
                assert seen.request.client_order_id == mine.request.client_order_id
                with pytest.raises(StateError, match="only asks"):
                    await reader.place_order(SPOT, "buy", "0.01", bid - 500)
                [gone] = await reader.cancel_orders()
                assert gone.status is OrderStatus.CANCELED
            async with asyncio.timeout(5):
                assert await exchange.get_open_orders() == [] or await exchange.cancel_orders()
        async with exchange_at(venue, tmp_path) as exchange:
            assert mine.request.client_order_id in exchange.orders
            with pytest.raises(OrderRefused):
                await exchange.place_order(
                    SPOT, "buy", "0.01", bid - 500, client_order_id=mine.request.client_order_id
                )


async def heard(exchange, kind, holds=lambda _event: True):
    """Wait for an event of the service; what was published before is not seen."""
    events = exchange.platform.bus.subscribe(kind)
    try:
        async with asyncio.timeout(20):
            while not holds(event := await events.next()):
                pass
    finally:
        events.close()
    return event


async def test_an_order_with_a_key_that_only_reads_is_refused_here(tmp_path):
    async with EmbeddedBitget(seed=5, rate=5) as venue:
        who = venue.read_only_credentials
        keys = {"api_key": who.api_key, "api_secret": who.secret, "passphrase": who.passphrase}
        async with exchange_at(venue, tmp_path, credentials=keys) as exchange:
            bid = (await exchange.get_order_book(SPOT)).best_bid
            with pytest.raises(OrderRefused, match="key of bitget only reads") as refused:
                await exchange.place_order(SPOT, "buy", "0.01", bid - 500)
        assert refused.value.code == "READ_ONLY_KEY"
        assert not exchange.orders, "it is not in the journal: nothing could have left"


async def test_how_the_venue_answers_is_published_and_a_key_that_only_reads_is_told(tmp_path):
    async with EmbeddedBitget(seed=5, rate=5) as venue:
        venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=-3))
        who = venue.read_only_credentials
        keys = {"api_key": who.api_key, "api_secret": who.secret, "passphrase": who.passphrase}
        async with exchange_at(venue, tmp_path, credentials=keys) as exchange, asyncio.TaskGroup() as group:
            alert = group.create_task(heard(exchange, Alert, lambda event: event.code == "READ_ONLY_KEY"))
            knows = group.create_task(
                heard(exchange, VenueHealthChanged, lambda event: event.health.may_trade is not None)
            )
        health = knows.result().health
        assert (health.may_trade, health.may_withdraw) == (False, False)
        assert health.latency_ms > 0
        assert health.clock_skew_ms == pytest.approx(3_000, abs=900)
        assert health.rate_used is not None
        assert "only reads" in alert.result().text
        assert exchange.metrics()["clock_skew_ms"] > 2_000


async def test_money_that_is_real_is_not_spent_by_mistake(tmp_path):
    async with EmbeddedExchange(seed=5) as venue, exchange_at(venue, tmp_path) as exchange:
        # The same service, told that what it talks to is no sandbox.
        object.__setattr__(exchange._alone.choice, "sandbox", "")
        token = venue.markets[0].tokens[0][0]
        with pytest.raises(OrderRefused) as caught:
            await exchange.place_order(token, "buy", 10, "0.10")
        assert caught.value.code == "NOT_LIVE"


async def test_no_secret_is_in_any_word_about_the_service():
    secret = "5e" * 32
    config = {"exchange": "bitget", "credentials": {"api_key": "k", "api_secret": Secret(secret)}}
    service = ExchangeService(config=config)
    assert secret not in repr(service._alone.choice)
    assert secret not in repr(vars(service))
    await service.shutdown()


async def test_several_exchanges_and_accounts_stand_side_by_side_with_one_result(tmp_path):
    """Spot and contracts of one exchange, and another one: each with its own journal, clock and budget."""
    async with (
        EmbeddedBitget(seed=5, rate=5) as coins,
        EmbeddedExchange(seed=5, rate=20) as markets,
        exchange_at(coins, tmp_path) as spot,
        exchange_at(coins, tmp_path, account_type="swap") as swap,
        exchange_at(markets, tmp_path) as events,
    ):
        token = markets.markets[0].tokens[0][0]
        ask = (await events.get_order_book(token)).best_ask
        placed = [
            await spot.place_order(SPOT, "buy", "0.01", kind="market"),
            await swap.place_order(SWAP, "sell", "0.02", kind="market"),
            await events.place_order(token, "buy", 10, ask + D("0.02"), time_in_force="IOC"),
        ]
        services = (spot, swap, events)
        for service, order in zip(services, placed, strict=True):
            await until(lambda: service.orders[order.request.client_order_id].filled > 0)  # noqa: B023
            assert [one.request.client_order_id for one in service.orders.values() if not one.external] == [
                order.request.client_order_id
            ]
        await until(lambda: swap.positions["bitget:BTC/USDT:USDT"].terms is not None)
        terms = swap.positions["bitget:BTC/USDT:USDT"].terms
        assert (terms.short_quantity, terms.hedged) == (D("0.02"), False)
        assert terms.leverage is not None
        assert terms.mark_price is not None
        found = total(service.result for service in services)
        assert set(found) == {"USD"}
        assert found["USD"].unvalued == 1, "the coins that were held before have no cost that is known"
        assert found["USD"].fees == sum(
            position.fees for service in services for position in service.positions.values()
        )
        health = {type(service._account.broker).__name__ for service in services}
        assert health == {"CcxtBroker", "PolymarketBroker"}
