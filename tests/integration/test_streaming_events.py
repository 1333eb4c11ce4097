"""The streaming service as code outside the console uses it: alone, with any number of consumers."""

import asyncio
import gc
from dataclasses import replace
from itertools import pairwise

import pytest
from streamrig import FAST, PATIENCE_S, all_verified, endpoints_of, states, streaming, tokens_of

from omega_tui.domain.events.market import (
    BookReplaced,
    BookUpdated,
    FeedGap,
    LevelChanged,
    MarketEvent,
    TickSizeChanged,
    TradePrinted,
)
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.integrity import IntegrityState
from omega_tui.errors import AuthenticationError, ConfigError, StateError, SubscriberOverrun
from omega_tui.services.streaming import StreamerConfig, StreamingService
from omega_tui.sim.polymarket import EmbeddedExchange


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=5, rate=400) as venue:
        yield venue


@pytest.fixture
async def streamer(venue):
    """A service of its own, as a script would have it."""
    streamer = StreamingService(
        config=StreamerConfig(
            market_assets=tokens_of(venue, 2),
            event_buffer_size=5_000,
            endpoints=endpoints_of(venue),
            streaming=FAST,
            venue="sim",
            seed=1,
        )
    )
    await streamer.initialize()
    yield streamer
    await streamer.shutdown()


async def take(reader, count):
    found = []
    async with asyncio.timeout(PATIENCE_S):
        async for event in reader:
            found.append(event)
            if len(found) == count:
                break
    return found


async def test_a_script_can_match_on_typed_events(streamer):
    kinds = set()
    async with asyncio.timeout(PATIENCE_S):
        async for event in streamer.events():
            match event:
                case BookReplaced(bids=bids, asks=asks):
                    assert all(a.price > b.price for a, b in pairwise(bids))
                    assert all(a.price < b.price for a, b in pairwise(asks))
                case LevelChanged(price=price):
                    assert 0 < price < 1
                case TradePrinted(trade=trade):
                    assert trade.size > 0
            kinds.add(event.kind)
            if kinds >= {"book", "price_change", "trade", "best_bid_ask"}:
                break
    assert streamer.state in {ServiceState.RUNNING, ServiceState.DEGRADED}
    token = event.instrument
    assert streamer.get_order_book(token).best_bid < streamer.get_order_book(token).best_ask
    assert set(streamer.get_all_order_books()) >= {token}


async def test_consumers_choose_kinds_and_assets(streamer, venue):
    token = tokens_of(venue, 1)[0]
    trades = streamer.events(kinds=["trade"])
    of_one = streamer.events(assets=[token])
    both = streamer.events(kinds=[LevelChanged, "book"], assets=token)
    assert {type(event) for event in await take(trades, 5)} == {TradePrinted}
    assert {event.instrument for event in await take(of_one, 50)} == {token}
    found = await take(both, 50)
    assert {type(event) for event in found} <= {LevelChanged, BookReplaced}
    assert {event.instrument for event in found} == {token}


async def test_events_of_one_asset_keep_their_order(streamer, venue):
    found = await take(streamer.events(kinds=["price_change"], assets=tokens_of(venue, 1)), 300)
    stamps = [event.ts_event_ns for event in found]
    assert stamps == sorted(stamps)
    received = [event.ts_recv_ns for event in found]
    assert received == sorted(received)


async def test_a_kind_that_does_not_exist_is_refused_with_those_that_do(streamer):
    with pytest.raises(StateError, match="price_change"):
        streamer.events(kinds=["candles"])


async def test_a_consumer_that_falls_behind_is_closed_alone(streamer):
    slow = streamer.events(buffer_size=10)
    fast = streamer.events()
    assert len(await take(fast, 200)) == 200
    with pytest.raises(SubscriberOverrun, match="10"):
        await slow.next()
    assert len(await take(fast, 200)) == 200
    assert slow.high_water <= 10
    assert streamer.metrics()["overruns_total"] == 1
    assert (await take(streamer.events(), 1))[0].kind


async def test_costly_events_are_made_only_while_somebody_reads_them(streamer):
    [shard] = streamer._feeds.market.shards
    assert not shard.protocol.publish_raw
    trades = streamer.events(kinds=["trade"])
    assert not shard.protocol.publish_raw
    levels = streamer.events(kinds=["price_change"])
    assert shard.protocol.publish_raw
    await take(levels, 1)
    del levels
    gc.collect()
    await take(trades, 2)
    streamer._frame(streamer._feeds)
    assert not shard.protocol.publish_raw


async def test_readers_on_the_bus_get_raw_events_too(streamer):
    inbox = streamer.platform.bus.subscribe(LevelChanged)
    async with asyncio.timeout(PATIENCE_S):
        assert isinstance(await inbox.next(), LevelChanged)
    inbox.close()


async def test_shutdown_ends_every_consumer_after_what_waits(venue):
    streamer = StreamingService(
        StreamerConfig(market_assets=tokens_of(venue, 1), endpoints=endpoints_of(venue), streaming=FAST)
    )
    await streamer.initialize()
    reader = streamer.events()
    await take(reader, 10)
    await streamer.shutdown()
    async with asyncio.timeout(PATIENCE_S):
        rest = [event async for event in reader]
    assert all(isinstance(event, MarketEvent) for event in rest)
    assert streamer.state is ServiceState.STOPPED
    await streamer.shutdown()
    with pytest.raises(StateError):
        streamer.get_all_order_books()
    assert [event async for event in streamer.events()] == []


async def test_calls_that_do_not_fit_the_state_say_so(venue):
    streamer = StreamingService(StreamerConfig(endpoints=endpoints_of(venue), streaming=FAST))
    with pytest.raises(StateError, match="initialize it first"):
        streamer.get_order_book("1")
    with pytest.raises(StateError, match="initialize it first"):
        streamer.subscribe(["1"])
    await streamer.initialize()
    with pytest.raises(StateError, match="cannot be initialized"):
        await streamer.initialize()
    with pytest.raises(StateError, match="not subscribed"):
        streamer.get_order_book("1")
    with pytest.raises(StateError, match="not the id"):
        streamer.subscribe(["not an id!"])
    with pytest.raises(StateError, match="user_auth"):
        streamer.subscribe(user_markets=["0x1"])
    await streamer.shutdown()


async def test_markets_of_an_account_need_its_credentials(venue):
    streamer = StreamingService(StreamerConfig(user_markets=["0x1"], endpoints=endpoints_of(venue)))
    with pytest.raises(AuthenticationError, match="user_auth"):
        await streamer.initialize()
    assert streamer.state is ServiceState.FAILED
    await streamer.shutdown()


async def test_an_asset_that_is_none_fails_and_may_be_corrected_by_starting_again(venue):
    streamer = StreamingService(StreamerConfig(market_assets=["what?"], endpoints=endpoints_of(venue)))
    for _ in range(2):
        with pytest.raises(StateError, match="not the id"):
            await streamer.initialize()
        assert streamer.state is ServiceState.FAILED
    await streamer.shutdown()


async def test_left_out_settings_come_from_the_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OMEGA_STREAMING__EVENT_BUFFER_SIZE", "77")
    streamer = StreamingService(StreamerConfig())
    await streamer.initialize()
    assert streamer.configuration()["event_buffer_size"] == "77"
    assert streamer.configuration()["rest_url"] == "https://clob.polymarket.com"
    await streamer.shutdown()
    monkeypatch.setenv("OMEGA_STREAMING__EVENT_BUFFER_SIZE", "many")
    with pytest.raises(ConfigError):
        await StreamingService(StreamerConfig()).initialize()


async def test_canceling_who_waits_leaves_the_service_running(streamer):
    reader = streamer.events(kinds=["tick_size_change"])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reader.next()
    assert (await take(streamer.events(), 5))[0].kind
    assert TickSizeChanged in reader.types


async def test_every_frame_can_be_recorded(venue):
    frames = []
    async with streaming(
        venue, tokens_of(venue, 1), record=lambda ns, channel, text: frames.append((ns, channel, text))
    ) as (service, watch):
        await watch.until(lambda: all_verified(service, 2) and len(frames) > 20)
        assert frames[0][2].startswith("[")
        assert {channel for _, channel, _ in frames} == {"market"}
        assert [ns for ns, _, _ in frames] == sorted(ns for ns, _, _ in frames)


async def test_a_gap_reaches_consumers_of_any_asset(streamer, venue):
    await take(streamer.events(), 1)
    reader = streamer.events(kinds=["gap"], assets=tokens_of(venue, 1))
    venue.kill_sockets("market")
    [gap] = await take(reader, 1)
    assert isinstance(gap, FeedGap)
    assert gap.instrument == ""


# ---------------------------------------------------------------------------- saved books


async def test_saved_books_are_shown_as_stale_until_fresh_ones_come(venue, tmp_path):
    path, tokens = tmp_path / "books", tokens_of(venue, 2)
    async with streaming(venue, tokens, store_path=path) as (service, watch):
        await watch.until(lambda: all_verified(service, 4))
    assert path.is_file()
    nowhere = replace(endpoints_of(venue), ws_market_url="ws://127.0.0.1:1/ws/market")
    async with streaming(venue, tokens, store_path=path, endpoints=nowhere) as (service, watch):
        assert states(service) == {IntegrityState.STALE}
        shown = [event for event in watch.of(BookUpdated) if event.book is not None]
        assert {event.instrument for event in shown} >= set(tokens)
        assert all(event.integrity.state is IntegrityState.STALE for event in shown)
        assert all(event.last_update_ns == 0 for event in shown)
        assert service.get_order_book(tokens[0]).best_bid is not None
        saved = service.get_order_book(tokens[0]).snapshot()
    async with streaming(venue, tokens, store_path=path) as (service, watch):
        assert service.get_order_book(tokens[0]).snapshot().bids == saved.bids
        await watch.until(lambda: all_verified(service, 4))


async def test_a_broken_store_is_no_reason_not_to_start(venue, tmp_path):
    path = tmp_path / "books"
    path.write_bytes(b"\x00not books")
    async with streaming(venue, tokens_of(venue, 1), store_path=path) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
