"""The market feed against the embedded exchange: books, and everything that can go wrong with them."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from faultproxy import FaultProxy
from streamrig import (
    FAST,
    Watch,
    all_verified,
    complement_of,
    endpoints_of,
    settled,
    states,
    still_clock,
    streaming,
    tokens_of,
)

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.config.feeds import StreamingConfig
from omega_tui.domain.commands import ResyncBook, UnwatchInstrument, WatchInstrument
from omega_tui.domain.events.market import (
    BookUpdated,
    FeedGap,
    InstrumentUpdated,
    MarketResolved,
    TradePrinted,
)
from omega_tui.domain.events.status import Alert, ConnectionChanged, ServiceState, Severity
from omega_tui.domain.integrity import ConnectionState, IntegrityState
from omega_tui.errors import StateError, WebSocketError
from omega_tui.services.base import Platform
from omega_tui.services.registry import ServiceRegistry
from omega_tui.services.streaming import StreamerConfig, StreamingService
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.polymarket_data import PolymarketData


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=200) as venue:
        yield venue


@pytest.fixture
async def still():
    """An exchange whose time stands."""
    async with EmbeddedExchange(seed=3, rate=200, still=True) as venue:
        yield venue


def fresh_books(watch) -> int:
    """How many instruments were last published with a verified book."""
    last = {event.instrument: event.integrity.state for event in watch.of(BookUpdated)}
    return sum(state is IntegrityState.VERIFIED for state in last.values())


async def rest_equals(service, venue, token) -> bool:
    """Whether our book is, level by level, what a still exchange has."""
    data = PolymarketData(venue.rest_url, venue="sim", rng=service._rng)
    await data.open()
    try:
        rest = await data.fetch_book(token)
    finally:
        await data.close()
    ours = service.get_order_book(token).snapshot()
    return {(level.price, level.size) for level in (*ours.bids, *ours.asks)} == {
        (Decimal(level.price), Decimal(level.size)) for level in (*(rest.bids or ()), *(rest.asks or ()))
    }


# ---------------------------------------------------------------------------- all is well


async def test_every_book_comes_and_verifies_with_the_other_outcome_beside_it(venue):
    tokens = tokens_of(venue)
    async with streaming(venue, tokens) as (service, watch):
        await watch.until(lambda: settled(service, 2 * len(tokens)))
        assert {complement_of(venue, token) for token in tokens} < set(service.get_all_order_books())
        described = {event.instrument.id for event in watch.of(InstrumentUpdated)}
        assert described == set(service.get_all_order_books())
        [instrument] = {e.instrument for e in watch.of(InstrumentUpdated) if e.instrument.id == tokens[0]}
        assert instrument.complement_id == complement_of(venue, tokens[0])
        assert (instrument.price_min, instrument.price_max) == (Decimal(0), Decimal(1))
        await watch.until(lambda: watch.of(TradePrinted) and service.metrics().get("clock_skew_ms") == 0.0)
        await watch.until(lambda: watch.of(ConnectionChanged)[-1].connection.clock_skew_ms == 0.0)
        last = watch.of(ConnectionChanged)[-1].connection
        assert (last.venue, last.state, last.clock_skew_ms) == ("sim", ConnectionState.UP, 0.0)


async def test_views_agree_with_what_is_published(still):
    token = tokens_of(still)[0]
    clock = still_clock()
    async with streaming(still, [token], clock=clock) as (service, watch):
        await watch.until(lambda: settled(service, 2) and fresh_books(watch) == 2)
        view = service.get_order_book(token)
        book = [event for event in watch.of(BookUpdated) if event.instrument == token][-1].book
        assert (view.best_bid, view.best_ask) == (book.best_bid, book.best_ask)
        assert view.spread == view.best_ask - view.best_bid
        assert view.mid == (view.best_ask + view.best_bid) / 2
        summary = view.summary()
        assert (summary.bid_levels, summary.ask_levels) == (len(book.bids), len(book.asks))
        assert summary.bid_depth == sum(level.size for level in book.bids)
        assert view.snapshot(1).bids == book.bids[:1]
        assert await rest_equals(service, still, token)


async def test_only_changed_books_are_published(still):
    tokens = tokens_of(still, 2)
    async with streaming(still, tokens, clock=still_clock()) as (service, watch):
        await watch.until(lambda: settled(service, 4) and fresh_books(watch) == 4)
        watch.seen.clear()
        service._frame(service._feeds)
        service._frame(service._feeds)
        assert watch.of(BookUpdated) == []
        await still.advance(1.0)
        await watch.until(lambda: watch.of(BookUpdated))
        assert {event.instrument for event in watch.of(BookUpdated)} <= set(service.get_all_order_books())


async def test_the_picture_tells_a_late_reader_everything(venue):
    async with streaming(venue, tokens_of(venue, 1)) as (service, watch):
        await watch.until(lambda: all_verified(service, 2) and len(watch.of(InstrumentUpdated)) >= 1)
        picture = service.picture()
        assert [type(event) for event in picture if isinstance(event, ConnectionChanged)]
        assert len([event for event in picture if isinstance(event, BookUpdated) and event.book]) == 2
        assert [event for event in picture if isinstance(event, InstrumentUpdated)]


async def test_metrics_count_what_happened(venue):
    async with streaming(venue, tokens_of(venue, 2)) as (service, watch):
        await watch.until(lambda: all_verified(service, 4) and watch.of(TradePrinted))
        metrics = service.metrics()
        assert metrics["books"] == 4
        assert metrics["sockets"] == metrics["connects_total"] == 1
        assert metrics["frames_total"] > 1
        assert metrics["hash_verified_total"] > 4
        assert 0 <= metrics["lag_p50_ms"] <= metrics["lag_p99_ms"] <= metrics["lag_max_ms"]
        assert service.configuration()["venue"] == "sim"


# ---------------------------------------------------------------------------- sockets


async def test_a_killed_socket_makes_prices_stale_at_once_and_comes_back_by_itself(venue):
    tokens = tokens_of(venue, 2)
    async with streaming(venue, tokens) as (service, watch):
        await watch.until(lambda: settled(service, 4))
        watch.seen.clear()
        venue.kill_sockets("market")
        await watch.until(lambda: watch.of(FeedGap))
        gap = next(index for index, event in enumerate(watch.seen) if isinstance(event, FeedGap))
        after = [e for e in watch.seen[gap:] if isinstance(e, BookUpdated)][:4]
        assert {event.integrity.state for event in after} == {IntegrityState.STALE}
        assert all(event.book is not None for event in after), "the last known prices stay visible"
        await watch.until(lambda: all_verified(service, 4) and service.state is ServiceState.RUNNING)
        assert service.metrics()["reconnects_total"] == 1
        assert watch.codes()[:2] == ["FEED_LOST", "FEED_BACK"]


async def test_an_exchange_that_went_away_and_came_back_needs_no_key():
    async with EmbeddedExchange(seed=3, rate=200) as venue:
        endpoints, tokens = endpoints_of(venue), tokens_of(venue, 2)
        port = int(venue.rest_url.rpartition(":")[2])
        leave = venue.__aexit__
        async with streaming(venue, tokens, endpoints=endpoints) as (service, watch):
            await watch.until(lambda: all_verified(service, 4))
            await leave(None, None, None)
            await watch.until(lambda: service.state is ServiceState.DEGRADED)
            await watch.until(
                lambda: watch.of(ConnectionChanged)[-1].connection.state is ConnectionState.DOWN
            )
            assert states(service) == {IntegrityState.STALE}
            async with EmbeddedExchange(seed=3, rate=200, port=port):
                await watch.until(lambda: all_verified(service, 4))
                await watch.until(lambda: service.state is ServiceState.RUNNING)


async def test_a_service_whose_books_are_well_again_says_so_before_its_next_beat(still):
    clock = still_clock()
    async with streaming(still, tokens_of(still, 1), clock=clock) as (service, watch):
        await watch.until(lambda: settled(service, 2))
        service.enter(ServiceState.DEGRADED, "a book was bad")
        clock.advance(0.15)  # A beat comes once a second.
        await watch.until(lambda: service.state is ServiceState.RUNNING)


async def test_a_half_open_socket_is_found_and_replaced(still):
    clock = still_clock()
    async with (
        FaultProxy(int(still.rest_url.rpartition(":")[2])) as proxy,
        streaming(
            still,
            tokens_of(still, 1),
            clock=clock,
            port=proxy.port,
            streaming_config=replace(FAST, ping_interval_s=5),
        ) as (service, watch),
    ):
        await watch.until(lambda: settled(service, 2))
        proxy.down.blackhole = True
        [shard] = service._feeds.market.shards
        for pings in (1, 2, 3):
            clock.advance(9.9)
            await watch.until(lambda n=pings: shard.protocol._keep_alive.unanswered == n)
        assert service._feeds.market.connection().keepalives_missed == 2
        clock.advance(2)
        await watch.until(lambda: watch.of(FeedGap))
        assert "no word for 30 s" in watch.of(FeedGap)[0].reason
        proxy.down.blackhole = False
        await watch.until(lambda: all_verified(service, 2))
        assert [fault for fault in proxy.log if fault.fault == "blackhole"]


async def test_a_refused_upgrade_stops_and_says_so(venue):
    venue.faults.add(Fault(FaultKind.REFUSE_SOCKET, status=401))
    async with streaming(venue, tokens_of(venue, 1)) as (service, watch):
        await watch.until(lambda: "FEED_REFUSED" in watch.codes())
        assert isinstance(service.failure, WebSocketError)
        await watch.until(lambda: "401" in service.health().reason)
        assert service.state is ServiceState.DEGRADED
        assert service.metrics()["connects_total"] == 0
        [alarm] = [event for event in watch.of(Alert) if event.code == "FEED_REFUSED"]
        assert alarm.severity is Severity.ALARM


async def test_an_overloaded_venue_is_asked_again(venue):
    venue.faults.add(Fault(FaultKind.REFUSE_SOCKET, status=503, times=3))
    async with streaming(venue, tokens_of(venue, 1)) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        assert len(venue.faults.log) == 3


async def test_a_resync_by_hand_ends_the_wait_for_the_next_attempt(venue):
    token = tokens_of(venue, 1)[0]
    patient = StreamingConfig(backoff_initial_s=600.0, backoff_max_s=600.0)
    async with streaming(venue, [token], streaming_config=patient) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        venue.kill_sockets("market")
        await watch.until(lambda: states(service) == {IntegrityState.STALE})
        waiting = [event.connection for event in watch.of(ConnectionChanged)][-1]
        assert waiting.retry_at_ns - SystemClock().now_ns() > 60_000_000_000
        await service.process(ResyncBook(token))
        await watch.until(lambda: service.metrics()["connects_total"] == 2 and all_verified(service, 2))


@pytest.mark.parametrize(
    ("code", "reason", "alert"),
    [
        (1008, "invalid subscription payload", "SUBSCRIPTION_REFUSED"),
        (1000, "all subscribed assets resolved", "FEED_FINISHED"),
    ],
)
async def test_after_the_end_of_a_feed_only_a_new_subscription_opens_it_again(venue, code, reason, alert):
    first, second = tokens_of(venue, 2)
    async with streaming(venue, [first]) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        venue.kill_sockets("market", code, reason)
        await watch.until(lambda: alert in watch.codes())
        assert service.metrics()["connects_total"] == 1
        service.subscribe([second])
        await watch.until(lambda: all_verified(service, 4))
        assert service.metrics()["connects_total"] == 2


async def test_a_snapshot_cut_in_the_middle_is_never_half_applied(venue):
    venue.faults.add(Fault(FaultKind.CUT_SNAPSHOT, times=2))
    async with streaming(venue, tokens_of(venue, 3)) as (service, watch):
        await watch.until(lambda: all_verified(service, 6))
        assert service.metrics()["connects_total"] >= 3


# ---------------------------------------------------------------------------- many tokens


async def test_long_lists_are_spread_over_sockets_with_both_outcomes_together(venue):
    tokens = [token for market in venue.markets for token, _ in market.tokens]
    config = replace(FAST, tokens_per_socket=4)
    async with streaming(venue, tokens, streaming_config=config) as (service, watch):
        await watch.until(lambda: all_verified(service, len(tokens)))
        shards = service._feeds.market.shards
        assert [len(shard.protocol.subscribed) for shard in shards] == [4] * (len(tokens) // 4)
        for shard in shards:
            assert {complement_of(venue, token) for token in shard.protocol.subscribed} == set(
                shard.protocol.subscribed
            )
        assert venue.socket_count == len(shards)


async def test_one_lost_socket_of_several_does_not_touch_the_others(venue):
    tokens = tokens_of(venue, 4)
    config = replace(FAST, tokens_per_socket=4)
    async with streaming(venue, tokens, streaming_config=config) as (service, watch):
        await watch.until(lambda: settled(service, 8))
        first, second = service._feeds.market.shards
        watch.seen.clear()
        first.pump.reconnect("the test wants it")
        await watch.until(lambda: watch.of(FeedGap))
        assert {
            event.instrument
            for event in watch.of(BookUpdated)
            if event.integrity.state is IntegrityState.STALE
        } == (set(first.protocol.subscribed))
        states_seen = {event.connection.state for event in watch.of(ConnectionChanged)}
        assert states_seen == {ConnectionState.UP}, "the feed is as good as its best socket"
        assert second.pump.losses == 0
        await watch.until(lambda: all_verified(service, 8))


async def test_subscribing_and_unsubscribing_while_it_runs(venue):
    first, second = tokens_of(venue, 2)
    async with streaming(venue, [first]) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        await service.process(WatchInstrument(second))
        await watch.until(lambda: all_verified(service, 4))
        await service.process(UnwatchInstrument(first))
        assert set(service.get_all_order_books()) == {second, complement_of(venue, second)}
        with pytest.raises(StateError, match="not subscribed"):
            service.get_order_book(first)
        watch.seen.clear()
        await watch.until(lambda: len(watch.of(TradePrinted)) >= 2)
        assert first not in {event.instrument for event in watch.of(TradePrinted)}
        with pytest.raises(StateError, match="not subscribed"):
            await service.process(UnwatchInstrument(first))
        await service.process(UnwatchInstrument(second))
        await watch.until(lambda: venue.socket_count == 0)
        assert service.get_all_order_books() == {}


async def test_an_outcome_that_both_sides_want_stays_until_both_are_gone(venue):
    [yes] = tokens_of(venue, 1)
    no = complement_of(venue, yes)
    async with streaming(venue, [yes, no]) as (service, watch):
        await watch.until(lambda: all_verified(service, 2) and len(watch.of(InstrumentUpdated)) == 2)
        service.unsubscribe([yes])
        assert set(service.get_all_order_books()) == {yes, no}
        service.unsubscribe([no])
        assert service.get_all_order_books() == {}


async def test_a_restarted_service_remembers_what_was_watched(venue):
    first, second = tokens_of(venue, 2)
    service = StreamingService(
        StreamerConfig(market_assets=[first], endpoints=endpoints_of(venue), streaming=FAST, venue="sim"),
        Platform(LocalBus(), SystemClock()),
    )
    registry, watch = ServiceRegistry(), Watch(service)
    registry.register(service)
    reader = service.events(kinds=["trade"])
    async with asyncio.TaskGroup() as group:
        for start in (1, 2):
            await registry.start(service)
            body = group.create_task(service.run())
            if start == 1:
                service.subscribe(second)
            await watch.until(lambda: settled(service, 4))
            body.cancel()
            await asyncio.wait({body})
            service.enter(ServiceState.FAILED, "the test wants it")
        assert service.health().restarts == 1
        await registry.start(service)
        body = group.create_task(service.run())
        assert isinstance(await reader.next(), TradePrinted), "readers outlive a restart"
        await watch.until(lambda: settled(service, 4))
        body.cancel()
        await asyncio.wait({body})
        await registry.stop(service)


async def test_a_market_that_resolves_is_told_and_is_no_worry():
    clock = still_clock()
    markets = (DEFAULT_MARKETS[0], replace(DEFAULT_MARKETS[-1], lifetime_s=3.0))
    async with EmbeddedExchange(seed=3, rate=20, still=True, markets=markets) as still:
        lasting, ending = tokens_of(still)
        async with streaming(still, [lasting, ending], clock=clock) as (service, watch):
            await watch.until(lambda: settled(service, 4) and ending in service._feeds.facts.known)
            await still.advance(4.0)
            await watch.until(lambda: watch.of(MarketResolved))
            assert ending in {event.instrument for event in watch.of(MarketResolved)}
            known = {event.instrument.id: event.instrument for event in watch.of(InstrumentUpdated)}
            assert (known[ending].active, known[lasting].active) == (False, True)
            clock.advance(21)
            await watch.until(
                lambda: service.get_order_book(ending).integrity.reason == "its market has ended"
            )
            await watch.until(lambda: service.state is ServiceState.RUNNING)
            assert "NO_BOOK" not in watch.codes(), "that a market which ended has no book is no news"


# ---------------------------------------------------------------------------- books


async def test_books_that_the_opening_leaves_out_come_over_rest(still):
    clock = still_clock()
    still.faults.add(Fault(FaultKind.IGNORE_SUBSCRIBE))
    async with streaming(still, tokens_of(still, 1), clock=clock) as (service, watch):
        await watch.until(lambda: len(service.get_all_order_books()) == 2 and still.faults.log)
        assert states(service) == {IntegrityState.RESYNCING}
        clock.advance(0.5)
        await watch.until(lambda: service.metrics()["resyncs_total"] >= 2)
        await watch.until(lambda: [view for view in service.get_all_order_books().values() if view.best_bid])
        clock.advance(2.5)  # A REST book that the stream does not confirm counts after two seconds.
        await watch.until(lambda: all_verified(service, 2))
        assert service.metrics()["rest_books_total"] == 2


async def test_a_token_that_the_venue_does_not_know_is_said_to_be_unknown(venue):
    async with streaming(venue, ["123456789", *tokens_of(venue, 1)]) as (service, watch):
        await watch.until(lambda: "NO_BOOK" in watch.codes())
        assert service.get_order_book("123456789").integrity.state is IntegrityState.STALE
        assert service.get_order_book("123456789").best_bid is None
        await watch.until(lambda: "1 of 3 books" in service.health().reason)
        asked = service._feeds.data._session.counters.calls
        wished = service.metrics()["resyncs_total"]
        await watch.until(lambda: service.metrics()["resyncs_total"] >= wished + 2)
        assert service._feeds.data._session.counters.calls == asked, "the venue is not asked again and again"
        assert watch.codes().count("NO_BOOK") == 1


async def test_a_lost_level_is_found_by_its_hash_and_fetched_again(venue):
    token = tokens_of(venue, 1)[0]
    async with streaming(venue, [token]) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        number = venue.faults.add(Fault(FaultKind.LOST_LEVEL, probability=0.5, asset=token))
        await watch.until(lambda: "RESYNC" in watch.codes())
        venue.faults.remove(number)
        await watch.until(lambda: all_verified(service, 2))
        assert {entry.kind for entry in venue.faults.log} == {FaultKind.LOST_LEVEL}


async def test_wrong_hashes_lead_to_a_resync_and_back_to_verified(venue):
    token = tokens_of(venue, 1)[0]
    async with streaming(venue, [token]) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        number = venue.faults.add(Fault(FaultKind.WRONG_HASH, asset=token))
        await watch.until(lambda: "RESYNC" in watch.codes())
        venue.faults.remove(number)
        await watch.until(lambda: all_verified(service, 2))
        reasons = [event.text for event in watch.of(Alert) if event.code == "RESYNC"]
        assert all("hashes" in reason or "verified" in reason for reason in reasons)


async def test_without_automatic_resync_a_wrong_book_waits_for_a_hand(venue):
    token = tokens_of(venue, 1)[0]
    async with streaming(venue, [token], auto_sync_on_hash_mismatch=False) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        number = venue.faults.add(Fault(FaultKind.WRONG_HASH))
        await watch.until(lambda: service.get_order_book(token).integrity.beyond_policy)
        await watch.until(lambda: service.metrics()["resyncs_total"] >= 1)
        assert service.metrics()["rest_books_total"] == 0
        venue.faults.remove(number)
        await service.process(ResyncBook(token))
        await watch.until(lambda: service.get_order_book(token).integrity.state is IntegrityState.VERIFIED)


async def test_quiet_books_are_compared_with_rest_and_stay_verified(still):
    clock = still_clock()
    async with streaming(still, tokens_of(still, 2), clock=clock) as (service, watch):
        await watch.until(lambda: all_verified(service, 4))
        before = {token: view.integrity.verified_ns for token, view in service.get_all_order_books().items()}
        clock.advance(21)
        await watch.until(lambda: service.metrics()["rest_compares_total"] >= 4)
        after = {token: view.integrity.verified_ns for token, view in service.get_all_order_books().items()}
        assert all(after[token] - before[token] >= 21_000_000_000 for token in before)
        assert service.metrics()["rest_differences_total"] == 0


async def test_a_change_that_never_came_is_found_by_comparing(still):
    """Fault F16: one token is silent; its neighbours are not."""
    clock = still_clock()
    [token] = tokens_of(still, 1)
    async with streaming(still, [token], clock=clock) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        still.faults.add(Fault(FaultKind.MUTE, asset=token))
        await still.advance(3.0)
        still.faults.clear()
        assert not await rest_equals(service, still, token)
        clock.advance(21)
        await watch.until(lambda: service.metrics()["rest_differences_total"] >= 1)
        clock.advance(1.5)
        await watch.until(lambda: "MISSED_CHANGES" in watch.codes())
        clock.advance(3)  # What waits for its hash on the stream is taken over after two seconds.
        await watch.until(lambda: all_verified(service, 2))
        assert await rest_equals(service, still, token)


async def test_a_token_that_has_fallen_silent_is_subscribed_afresh(venue):
    """Fault F16, with a book that moves on at the venue while nothing of it comes."""
    token = tokens_of(venue, 1)[0]
    config = replace(FAST, rest_compare_interval_s=0.3)
    async with streaming(venue, [token], streaming_config=config) as (service, watch):
        await watch.until(lambda: all_verified(service, 2))
        mute = venue.faults.add(Fault(FaultKind.MUTE, asset=token))
        await watch.until(
            lambda: (
                service.metrics()["silent_tokens_total"] >= 1
                or service.metrics()["missed_changes_total"] >= 1
            )
        )
        venue.faults.remove(mute)
        await watch.until(lambda: all_verified(service, 2))


async def test_a_socket_that_answers_but_brings_nothing_is_replaced(venue):
    """Fault F15: keep-alives are answered, data have stopped on the whole socket."""
    config = replace(FAST, rest_compare_interval_s=0.3)
    async with streaming(venue, tokens_of(venue, 2), streaming_config=config) as (service, watch):
        await watch.until(lambda: settled(service, 4))
        mute = venue.faults.add(Fault(FaultKind.MUTE))
        await watch.until(lambda: watch.of(FeedGap))
        assert "silent" in watch.of(FeedGap)[0].reason
        venue.faults.remove(mute)
        await watch.until(lambda: settled(service, 4))


async def test_garbled_and_doubled_and_late_frames_do_not_hurt_for_long(venue):
    async with streaming(venue, tokens_of(venue, 2)) as (service, watch):
        await watch.until(lambda: all_verified(service, 4))
        for kind in (
            FaultKind.GARBLE,
            FaultKind.DUPLICATE,
            FaultKind.DELAY,
            FaultKind.CORRUPT,
            FaultKind.DROP,
        ):
            venue.faults.add(Fault(kind, probability=0.05, times=5, seconds=0.05))
        await watch.until(lambda: len(venue.faults.log) >= 10)
        venue.faults.clear()
        await watch.until(lambda: all_verified(service, 4))
        assert service.metrics()["parse_errors_total"] >= 1 or not any(
            entry.kind is FaultKind.GARBLE for entry in venue.faults.log
        )


async def test_a_clock_that_is_off_is_measured(venue):
    venue.faults.add(Fault(FaultKind.CLOCK_SKEW, seconds=5.0))
    async with streaming(venue, tokens_of(venue, 1)) as (service, watch):
        await watch.until(lambda: service.metrics().get("clock_skew_ms"))
        assert -5_000 <= service.metrics()["clock_skew_ms"] <= -3_900


async def test_rest_failures_are_survived_and_counted(still):
    clock = still_clock()
    still.faults.add(Fault(FaultKind.IGNORE_SUBSCRIBE))
    still.faults.add(Fault(FaultKind.STATUS, path="POST /books", status=503, times=1))
    async with streaming(still, tokens_of(still, 1), clock=clock) as (service, watch):
        await watch.until(lambda: len(service.get_all_order_books()) == 2 and still.faults.log)
        clock.advance(0.5)
        await watch.until(lambda: "RESYNC_FAILED" in watch.codes())
        clock.advance(0.5)
        await watch.until(lambda: [view for view in service.get_all_order_books().values() if view.best_bid])
        clock.advance(2.5)
        await watch.until(lambda: all_verified(service, 2))
        assert service.metrics()["rest_failures_total"] == 1
