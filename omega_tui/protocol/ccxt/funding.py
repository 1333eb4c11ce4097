"""What a perpetual is about to pay: ccxt's funding rate structure, read into ours."""

from collections.abc import Mapping
from typing import Any

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.ticker import FundingRate
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.ccxt.values import number_of
from omega_tui.units import NS_PER_MS


def funding_rate_of(row: Mapping[str, Any], instrument: Instrument) -> FundingRate:
    """Return the rate that is paid next, and when.

    Raises:
        RemoteProtocolError: It has no rate.
    """
    rate = number_of(row.get("fundingRate"))
    if rate is None:
        raise RemoteProtocolError(f"{instrument.name}: a funding rate without a rate")
    at_ms = row.get("fundingTimestamp") or row.get("nextFundingTimestamp")
    return FundingRate(instrument.id, rate, at_ms * NS_PER_MS if isinstance(at_ms, int) else 0)
