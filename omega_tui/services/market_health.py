"""How a market feed is, in one word and in counters, from the state of its sockets. Pure reads."""

from collections.abc import Sequence
from typing import Final

from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.services.market_shard import MarketShard
from omega_tui.units import NS_PER_S

LAG_FRESH_NS: Final = 5 * NS_PER_S
"""The lag of a feed that has said nothing for longer is not its lag now."""

_RANK: Final = {
    ConnectionState.UP: 0,
    ConnectionState.REPLAY: 0,
    ConnectionState.SYNCING: 1,
    ConnectionState.CONNECTING: 2,
    ConnectionState.DOWN: 3,
}


def connection_of(
    shards: Sequence[MarketShard], *, venue: str, clock_skew_ms: float | None, now_ns: int
) -> Connection:
    """Return the health of a feed: as good as its best socket, with the worst of the figures.

    A book whose own socket is lost says so in its integrity; the others go on.
    """
    if not shards:
        return Connection(
            venue,
            StreamName.BOOK,
            ConnectionState.DOWN,
            "no instrument is watched",
            clock_skew_ms=clock_skew_ms,
            ts_ns=now_ns,
        )
    pumps = [shard.pump for shard in shards]
    best = min(pumps, key=lambda pump: _RANK[pump.state])
    ailing = [pump for pump in pumps if pump.state is not ConnectionState.UP]
    reason = best.reason
    if ailing and len(pumps) > 1:
        reason = f"{len(ailing)} of {len(pumps)} sockets: {ailing[0].reason}"
    lags = [
        shard.protocol.lag_ms
        for shard in shards
        if shard.protocol.lag_ms is not None and now_ns - shard.pump.last_recv_ns < LAG_FRESH_NS
    ]
    round_trips = [shard.protocol.keepalive_ms for shard in shards if shard.protocol.keepalive_ms is not None]
    missed = [shard.protocol.keepalives_missed for shard in shards if shard.pump.connected]
    return Connection(
        venue=venue,
        stream=StreamName.BOOK,
        state=best.state,
        reason=reason,
        attempt=max((pump.attempt for pump in ailing), default=0),
        retry_at_ns=min((pump.retry_at_ns for pump in ailing if pump.retry_at_ns), default=0),
        last_recv_ns=max(pump.last_recv_ns for pump in pumps),
        lag_ms=max(lags, default=None),
        keepalive_ms=max(round_trips, default=None),
        keepalives_missed=max(missed, default=0),
        clock_skew_ms=clock_skew_ms,
        ts_ns=now_ns,
    )


def counts_of(shard: MarketShard) -> dict[str, float]:
    """Return what one socket has counted, over all its connections."""
    stats = shard.protocol.stats
    groups_verified = stats.groups_at_once + stats.groups_after_last_trade_price
    return {
        "frames_total": shard.pump.frames,
        "connects_total": shard.pump.connects,
        "losses_total": shard.pump.losses,
        "events_total": stats.events.total(),
        "events_unknown_total": stats.unknown_events,
        "parse_errors_total": stats.parse_errors.total(),
        "hash_verified_total": groups_verified + stats.opening_verified + stats.later_verified,
        "hash_unverified_total": (
            stats.groups_unverified
            + (stats.opening_total - stats.opening_verified)
            + (stats.later_total - stats.later_verified)
        ),
        "top_of_book_disagree_total": stats.top_of_book_disagree,
        "duplicates_total": stats.duplicates,
        "out_of_order_total": stats.out_of_order,
        "resyncs_total": stats.resyncs_requested,
        "rest_books_total": stats.rest_books,
    }
