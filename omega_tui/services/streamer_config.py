"""What a streaming service is told, and what that means together with the program's configuration."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omega_tui.config.feeds import IntegrityConfig, StreamingConfig
from omega_tui.config.loading import load_config
from omega_tui.errors import AuthenticationError
from omega_tui.protocol.polymarket.auth import ApiCredentials
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.venues.websocket import Record

UserAuth = ApiCredentials
"""Who we are on the private feed: `UserAuth(api_key, secret, passphrase)`, the last two as `Secret`."""

POLYMARKET = "polymarket"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a venue listens.

    Attributes:
        rest_url: Scheme, host and port of the CLOB.
        ws_market_url: The market channel.
        ws_user_url: The user channel; empty where there is none.
    """

    rest_url: str
    ws_market_url: str
    ws_user_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamerConfig:
    """What to stream. Everything that is left out comes from the program's configuration.

    Attributes:
        market_assets: Tokens whose books are kept; the other outcome of each market is added by itself.
        user_markets: Condition ids whose orders and fills to hear of; none means all of the account's.
        user_auth: Credentials of the private feed; without them there is none.
        event_buffer_size: Events that a consumer may leave unread before it is closed.
        auto_sync_on_hash_mismatch: Fetch a book afresh when its hashes show that a change was lost.
        endpoints: Where the venue listens; left out: Polymarket, as configured.
        streaming: Settings of the feeds.
        integrity: Settings of the book check.
        venue: Name that events carry.
        store_path: File of the saved books; None saves none.
        record: Takes receive time, channel word and text of every frame; None costs nothing.
        seed: Of the jitter between attempts; None for a different one each time.
    """

    market_assets: Sequence[str] = ()
    user_markets: Sequence[str] = ()
    user_auth: UserAuth | None = None
    event_buffer_size: int | None = None
    auto_sync_on_hash_mismatch: bool | None = None
    endpoints: Endpoints | None = None
    streaming: StreamingConfig | None = None
    integrity: IntegrityConfig | None = None
    venue: str = POLYMARKET
    store_path: Path | None = None
    record: Record | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """A `StreamerConfig` with nothing left out; fields as there."""

    endpoints: Endpoints
    streaming: StreamingConfig
    policy: HashPolicy
    event_buffer_size: int
    auto_sync: bool


def settle(config: StreamerConfig) -> Settings:
    """Fill in what `config` leaves out, from the file and the environment.

    Raises:
        ConfigError: The configuration is wrong.
        AuthenticationError: Markets of the account are asked for, but it is not said whose.
    """
    if config.user_markets and config.user_auth is None:
        raise AuthenticationError(
            "orders and fills of markets are asked for (user_markets) without user_auth"
        )
    endpoints, streaming, integrity = config.endpoints, config.streaming, config.integrity
    if endpoints is None or streaming is None or integrity is None:
        effective = load_config(path=None, environ=os.environ, flags={}).config
        urls = effective.polymarket
        endpoints = endpoints or Endpoints(urls.rest_url, urls.ws_market_url, urls.ws_user_url)
        streaming = streaming or effective.streaming
        integrity = integrity or effective.integrity
    if config.user_auth is not None and not endpoints.ws_user_url:
        raise AuthenticationError("user_auth is given, but the venue's user channel (ws_user_url) is not")
    buffer, auto = config.event_buffer_size, config.auto_sync_on_hash_mismatch
    return Settings(
        endpoints=endpoints,
        streaming=streaming,
        policy=policy_of(streaming, integrity),
        event_buffer_size=streaming.event_buffer_size if buffer is None else buffer,
        auto_sync=streaming.auto_sync_on_hash_mismatch if auto is None else auto,
    )


def policy_of(streaming: StreamingConfig, integrity: IntegrityConfig) -> HashPolicy:
    """Return the thresholds of the book check."""
    return HashPolicy(
        resync_after_groups=integrity.resync_after_groups,
        resync_after_ms=integrity.resync_after_ms,
        crossed_ms=integrity.crossed_ms,
        price_grid=integrity.grid_search,
        advisory_fraction=integrity.advisory_fraction,
        advisory_min_groups=integrity.advisory_min_groups,
        resyncs_per_s=streaming.resyncs_per_minute / 60,
        resync_burst=min(HashPolicy().resync_burst, streaming.resyncs_per_minute),
        opening_ms=round(streaming.first_book_timeout_s * 1000),
    )
