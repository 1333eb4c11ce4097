"""The parts of a streaming service that live and die with one set of settings: both feeds and their care."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.integrity import ConnectionState, IntegrityState
from omega_tui.errors import AuthenticationError, StateError
from omega_tui.protocol.polymarket.auth import ApiCredentials
from omega_tui.protocol.polymarket.user import UserProtocol
from omega_tui.secret import Redactor
from omega_tui.services.account_stream import AccountStream
from omega_tui.services.alerts import Alerts
from omega_tui.services.base import Platform
from omega_tui.services.instrument_facts import InstrumentFacts
from omega_tui.services.market_care import MarketCare
from omega_tui.services.market_stream import MarketFeedOptions, MarketStream
from omega_tui.services.streamer_config import Settings, StreamerConfig
from omega_tui.venues.polymarket_data import PolymarketData
from omega_tui.venues.websocket import Record

log = logging.getLogger(__name__)

DESCRIBE_FIRST_S: Final = 5.0
"""How long a long list of tokens may wait for the other outcomes, which belong on the same sockets."""

_NOT_FRESH: Final = frozenset({IntegrityState.STALE, IntegrityState.RESYNCING})
_LAGS: Final = {"lag_p50_ms": 0.5, "lag_p95_ms": 0.95, "lag_p99_ms": 0.99, "lag_max_ms": 1.0}


@dataclass(frozen=True, slots=True)
class Feeds:
    """Both feeds of a venue with what they need.

    Attributes:
        settings: What they were made with.
        data: Questions over REST.
        facts: What is known of instruments.
        market: Books.
        care: What keeps the books honest.
        account: The private feed; None without credentials.
        account_protocol: Its protocol.
    """

    settings: Settings
    data: PolymarketData
    facts: InstrumentFacts
    market: MarketStream
    care: MarketCare
    account: AccountStream | None
    account_protocol: UserProtocol | None

    async def run(self) -> None:
        """Serve everything until canceled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.market.run(), name="market feed")
            group.create_task(self.care.run(), name="market care")
            if self.account is not None:
                group.create_task(self.account.run(), name="account feed")

    def frame(self, *, publish_raw: bool) -> None:
        """Do what is done many times a second, but for the books; nothing in it waits.

        Args:
            publish_raw: Whether anybody reads raw events that cost something.
        """
        self.care.look()
        self.market.set_publish_raw(wanted=publish_raw)
        self.market.frame()
        if self.account is not None:
            self.account.clock_skew_ms = self.market.clock_skew_ms
            self.account.frame()

    def publish_connections(self) -> None:
        """Publish the health of every feed."""
        self.market.publish_connection()
        if self.account is not None:
            self.account.publish_connection()

    def states(self) -> tuple[ConnectionState, ...]:
        """Return the state of every socket, to see whether anything changed."""
        states = tuple(shard.pump.state for shard in self.market.shards)
        return states if self.account is None else (*states, self.account.pump.state)

    def hurry(self) -> None:
        """Have every socket that waits for its next attempt try now."""
        for shard in self.market.shards:
            shard.pump.hurry()
        if self.account is not None:
            self.account.pump.hurry()

    def worries(self) -> str:
        """Return why the data are not to be trusted as a whole; empty when they are."""
        reasons: list[str] = []
        market, account = self.market, self.account
        tokens = market.tokens
        if tokens:
            reason = market.connection().reason
            # A market that has ended has no book any more, and that is as it should be.
            open_ = [token for token in tokens if not self.facts.has_ended(token)]
            stale = sum(market.integrity(token).state in _NOT_FRESH for token in open_)
            if reason:
                reasons.append(f"market feed: {reason}")
            elif stale:
                reasons.append(f"{stale} of {len(open_)} books are not fresh")
        if account is not None and not account.is_up:
            reasons.append(f"account feed: {account.pump.reason}")
        return "; ".join(reasons)

    def hear_of(self, markets: Iterable[str]) -> None:
        """Have more markets reported on the private feed.

        Raises:
            StateError: There is no private feed.
        """
        account, protocol = self._private()
        protocol.subscribe(markets)
        account.pump.flush()

    def hear_no_more_of(self, markets: Iterable[str]) -> None:
        """Have fewer markets reported on the private feed.

        Raises:
            StateError: There is no private feed.
        """
        account, protocol = self._private()
        protocol.unsubscribe(markets)
        account.pump.flush()

    def _private(self) -> tuple[AccountStream, UserProtocol]:
        if self.account is None or self.account_protocol is None:
            raise StateError("there is no account feed: user_auth was not given")
        return self.account, self.account_protocol

    def picture(self) -> Sequence[Event]:
        """Return everything that a late reader must know."""
        events: list[Event] = [ConnectionChanged(self.market.connection())]
        if self.account is not None:
            events.append(ConnectionChanged(self.account.connection()))
        events += self.facts.told()
        return (*events, *self.market.pictures())

    def metrics(self) -> dict[str, float]:
        """Return counters, times and gauges."""
        market, care, account = self.market, self.care, self.account
        values = market.counts() | {
            "sockets": float(len(market.shards)),
            "books": float(len(market.tokens)),
            "reconnects_total": float(market.reconnects + (account.reconnects if account else 0)),
            "rest_compares_total": float(care.comparisons),
            "rest_differences_total": float(care.differences),
            "missed_changes_total": float(care.adopted),
            "silent_tokens_total": float(care.resubscribed),
            "rest_failures_total": float(care.rest_failures + self.facts.failures),
        }
        if account is not None:
            values["account_frames_total"] = float(account.pump.frames)
        gauges = dict(zip(_LAGS, market.lags.percentiles(*_LAGS.values()), strict=True))
        gauges["keepalive_ms"] = market.connection().keepalive_ms
        gauges["clock_skew_ms"] = market.clock_skew_ms
        gauges["resync_ms"] = care.resync_ms
        return values | {name: value for name, value in gauges.items() if value is not None}

    async def describe_first(self, tokens: Sequence[str]) -> None:
        """Learn about a list of tokens too long for one socket before its sockets are chosen."""
        if len(tokens) <= self.settings.streaming.tokens_per_socket // 2:
            return
        try:
            async with asyncio.timeout(DESCRIBE_FIRST_S):
                await self.facts.fetch(tokens)
        except TimeoutError:
            log.info("the instruments are not described yet; the sockets open without")


def make_feeds(  # noqa: PLR0913 - the parts it joins
    config: StreamerConfig,
    settings: Settings,
    platform: Platform,
    *,
    alerts: Alerts,
    rng: Random,
    deliver: Callable[[Iterable[Event]], None],
    failed: Callable[[AuthenticationError], None],
) -> Feeds:
    """Build the feeds; nothing is connected, and no REST session is open."""
    bus, clock, streaming = platform.bus, platform.clock, settings.streaming
    data = PolymarketData(settings.endpoints.rest_url, venue=config.venue, rng=rng)
    facts = InstrumentFacts(data, bus=bus, clock=clock)
    options = MarketFeedOptions(
        venue=config.venue,
        url=settings.endpoints.ws_market_url,
        streaming=streaming,
        policy=settings.policy,
        record=config.record,
    )
    market = MarketStream(options, bus=bus, clock=clock, alerts=alerts, rng=rng, deliver=deliver)
    care = MarketCare(
        market,
        data,
        facts,
        clock=clock,
        alerts=alerts,
        rng=rng,
        compare_interval_s=streaming.rest_compare_interval_s,
        auto_sync=settings.auto_sync,
    )
    if config.user_auth is None:
        return Feeds(settings, data, facts, market, care, None, None)
    protocol = UserProtocol(
        venue=config.venue,
        credentials=config.user_auth,
        markets=config.user_markets,
        ping_interval_s=streaming.ping_interval_s,
    )
    account = AccountStream(
        protocol,
        venue=config.venue,
        url=settings.endpoints.ws_user_url,
        streaming=streaming,
        bus=bus,
        clock=clock,
        alerts=alerts,
        rng=rng,
        deliver=deliver,
        failed=failed,
        record=None if config.record is None else _without(config.user_auth, config.record),
    )
    return Feeds(settings, data, facts, market, care, account, protocol)


def _without(auth: ApiCredentials, record: Record) -> Record:
    """Return `record` for frames without our credentials: the venue repeats the API key in every order."""
    redactor = Redactor(auth.known())

    def record_without(recv_ns: int, channel: str, text: str) -> None:
        record(recv_ns, channel, redactor.redact_known(text))

    return record_without
