"""From the configuration's sections to the settings that the parts take."""

from omega_tui.config import DataStateConfig, IntegrityConfig, StreamingConfig
from omega_tui.domain.integrity import NS_PER_S, DataLimits
from omega_tui.protocol.polymarket.validator import HashPolicy


def hash_policy(integrity: IntegrityConfig, streaming: StreamingConfig) -> HashPolicy:
    """Return the thresholds of the book check."""
    return HashPolicy(
        resync_after_groups=integrity.resync_after_groups,
        resync_after_ms=integrity.resync_after_ms,
        crossed_ms=integrity.crossed_ms,
        price_grid=integrity.grid_search,
        advisory_fraction=integrity.advisory_fraction,
        advisory_min_groups=integrity.advisory_min_groups,
        resyncs_per_s=streaming.resyncs_per_minute / 60,
        opening_ms=round(streaming.first_book_timeout_s * 1_000),
    )


def data_limits(config: DataStateConfig) -> DataLimits:
    """Return the thresholds of the data state."""
    return DataLimits(
        live_ns=round(config.live_s * NS_PER_S),
        stale_ns=round(config.stale_s * NS_PER_S),
        quiet_verified_ns=round(config.quiet_verified_s * NS_PER_S),
        lag_ms=float(config.lag_ms),
        skew_ms=float(config.clock_skew_ms),
    )
