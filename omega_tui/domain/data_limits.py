"""The thresholds of the data state, as configured: one reading for the order gate and for the screen."""

from omega_tui.config.feeds import DataStateConfig
from omega_tui.domain.integrity import DataLimits
from omega_tui.units import NS_PER_S


def data_limits(config: DataStateConfig) -> DataLimits:
    """Return the thresholds of the data state."""
    return DataLimits(
        live_ns=round(config.live_s * NS_PER_S),
        stale_ns=round(config.stale_s * NS_PER_S),
        quiet_verified_ns=round(config.quiet_verified_s * NS_PER_S),
        lag_ms=float(config.lag_ms),
        skew_ms=float(config.clock_skew_ms),
    )
