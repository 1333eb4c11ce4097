"""The private feed against the embedded exchange: orders, fills, interruptions, wrong credentials."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from sim_trader import Trader
from streamrig import FAST, PATIENCE_S, all_verified, endpoints_of, still_clock, streaming, tokens_of
from websockets.asyncio.server import serve

from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.events.market import TradePrinted
from omega_tui.domain.events.status import Alert, ConnectionChanged, ServiceState, Severity
from omega_tui.domain.integrity import ConnectionState, StreamName
from omega_tui.domain.side import Side
from omega_tui.errors import AuthenticationError
from omega_tui.secret import Secret
from omega_tui.services.streaming import StreamerConfig, StreamingService, UserAuth
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=100) as venue:
        yield venue


def auth_of(venue: EmbeddedExchange) -> UserAuth:
    return venue.credentials.credentials


WRONG = UserAuth("1622b29b-0000-0000-0000-000000000000", Secret("d3Jvbmc="), Secret("wrong"))


def account_state(watch) -> ConnectionState | None:
    found = [
        event.connection.state
        for event in watch.of(ConnectionChanged)
        if event.connection.stream is StreamName.ACCOUNT
    ]
    return found[-1] if found else None


async def test_orders_and_fills_of_the_account_are_reported(venue):
    [token] = tokens_of(venue, 1)
    async with streaming(venue, [token], user_auth=auth_of(venue)) as (service, watch):
        await watch.until(lambda: account_state(watch) is ConnectionState.UP and all_verified(service, 2))
        assert watch.of(AccountGap)[0].connected, "what was missed before must be asked for"
        reader = service.events(kinds=["order_report", "fill_report"], assets=[token])
        trader = Trader(venue.venue)
        trader.place(token, Side.BUY, "0.02", "100")
        await watch.until(lambda: watch.of(OrderReported))
        report = watch.of(OrderReported)[0]
        assert (report.instrument, report.side, report.price) == (token, Side.BUY, Decimal("0.02"))
        ask = service.get_order_book(token).best_ask
        trader.place(token, Side.BUY, str(ask + Decimal("0.02")), "5")
        await watch.until(lambda: watch.of(FillReported))
        fill = watch.of(FillReported)[0].fill
        assert (fill.instrument, fill.side) == (token, Side.BUY)
        async with asyncio.timeout(PATIENCE_S):
            seen = [await reader.next()]
            while not isinstance(seen[-1], FillReported):
                seen.append(await reader.next())
        assert isinstance(seen[0], OrderReported)


async def test_one_market_can_be_chosen_and_more_added(venue):
    first, second = tokens_of(venue, 2)
    markets = [market.market_id for market in venue.markets]
    async with streaming(venue, [first], user_auth=auth_of(venue), user_markets=markets[:1]) as (
        service,
        watch,
    ):
        await watch.until(lambda: account_state(watch) is ConnectionState.UP)
        trader = Trader(venue.venue)
        trader.place(second, Side.BUY, "0.02", "50")
        trader.place(first, Side.BUY, "0.02", "50")
        await watch.until(lambda: watch.of(OrderReported))
        assert {event.instrument for event in watch.of(OrderReported)} == {first}
        service.subscribe(user_markets=[markets[1]])
        placed = 0
        while second not in {event.instrument for event in watch.of(OrderReported)} and placed < 50:
            placed += 1
            trader.place(second, Side.BUY, "0.02", "50")
            count = len(watch.of(OrderReported))
            trader.place(first, Side.BUY, "0.02", "50")
            await watch.until(lambda n=count: len(watch.of(OrderReported)) > n)
        assert second in {event.instrument for event in watch.of(OrderReported)}


async def test_an_interruption_is_told_before_and_after(venue):
    async with streaming(venue, tokens_of(venue, 1), user_auth=auth_of(venue)) as (service, watch):
        await watch.until(lambda: account_state(watch) is ConnectionState.UP)
        await watch.until(lambda: service.state is ServiceState.RUNNING)
        watch.seen.clear()
        venue.kill_sockets("user")
        await watch.until(lambda: [event.connected for event in watch.of(AccountGap)] == [False, True])
        await watch.until(lambda: account_state(watch) is ConnectionState.UP)
        assert "ACCOUNT_LOST" in watch.codes()
        assert service.metrics()["losses_total"] == 0, "the market feed did not notice"
        assert service.metrics()["reconnects_total"] == 1


async def test_wrong_credentials_are_said_and_not_tried_again(venue):
    async with streaming(venue, tokens_of(venue, 1), user_auth=WRONG) as (service, watch):
        mine = service.events(kinds=["fill_report"])
        everything = service.events()
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(AuthenticationError, match="invalid credentials"):
                await mine.next()
        assert isinstance(service.failure, AuthenticationError)
        [alarm] = [event for event in watch.of(Alert) if event.code == "AUTHENTICATION"]
        assert alarm.severity is Severity.ALARM
        await watch.until(lambda: all_verified(service, 2))
        assert service.state is ServiceState.DEGRADED
        assert "account feed" in service.health().reason
        async with asyncio.timeout(PATIENCE_S):
            while not isinstance(await everything.next(), TradePrinted):
                pass
        assert service._feeds.account.pump.connects == 1
        with pytest.raises(AuthenticationError):
            await service.events(kinds=["order_report"]).next()


async def test_without_a_market_every_consumer_hears_of_wrong_credentials(venue):
    streamer = StreamingService(
        StreamerConfig(
            user_auth=WRONG, endpoints=endpoints_of(venue), streaming=FAST, user_markets=["0x1"], venue="sim"
        )
    )
    await streamer.initialize()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(AuthenticationError):
            async for _ in streamer.events():
                pass
    await streamer.shutdown()


async def test_a_venue_that_only_hangs_up_makes_the_credentials_suspicious(venue):
    """Nothing is said, so it may be a fault of the venue: the trader is told, and it is tried on."""
    async with serve(lambda ws: ws.close(1000, ""), "127.0.0.1", 0) as hangs_up:
        port = hangs_up.sockets[0].getsockname()[1]
        endpoints = replace(endpoints_of(venue), ws_user_url=f"ws://127.0.0.1:{port}/ws/user")
        async with streaming(venue, [], user_auth=auth_of(venue), endpoints=endpoints) as (service, watch):
            await watch.until(lambda: service.failure is not None)
            attempts = service._feeds.account.pump.connects
            assert attempts == 3
            assert "AUTHENTICATION" in watch.codes()
            await watch.until(lambda: service._feeds.account.pump.connects > attempts)


async def test_a_venue_that_is_away_says_nothing_about_credentials(venue):
    endpoints = replace(endpoints_of(venue), ws_user_url="ws://127.0.0.1:1/ws/user")
    async with streaming(venue, [], user_auth=auth_of(venue), endpoints=endpoints) as (service, watch):
        await watch.until(lambda: service._feeds.account.pump.attempt >= 4)
        assert service.failure is None


async def test_missed_keep_alives_show_in_the_health_of_the_feed():
    clock = still_clock()
    async with EmbeddedExchange(seed=3, rate=100, still=True) as venue:
        venue.faults.add(Fault(FaultKind.NO_PONG))
        async with streaming(venue, [], user_auth=auth_of(venue), clock=clock) as (service, watch):
            await watch.until(lambda: service._feeds.account.pump.connected)
            clock.advance(1.1)
            await watch.until(lambda: account_state(watch) is ConnectionState.UP)
            for pings in (1, 2):
                clock.advance(10)
                await watch.until(lambda n=pings: service._feeds.account_protocol._keep_alive.unanswered == n)
            assert service._feeds.account.connection().keepalives_missed == 1
            clock.advance(12)
            await watch.until(lambda: [e for e in watch.of(AccountGap) if not e.connected])


async def test_no_secret_is_ever_shown(venue, caplog):
    caplog.set_level("DEBUG")
    auth = auth_of(venue)
    async with streaming(venue, tokens_of(venue, 1), user_auth=auth) as (service, watch):
        await watch.until(lambda: account_state(watch) is ConnectionState.UP and all_verified(service, 2))
        shown = f"{service.configuration()}{service.metrics()}{service._config!r}{watch.seen!r}{caplog.text}"
        assert auth.secret.reveal() not in shown
        assert auth.passphrase.reveal() not in shown
