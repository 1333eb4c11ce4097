"""Public prints."""

from dataclasses import dataclass
from decimal import Decimal

from omega_tui.domain.side import Side


@dataclass(frozen=True, slots=True)
class Trade:
    """One public print.

    Attributes:
        instrument: Instrument id.
        price: As the venue printed it.
        size: In base units.
        aggressor: The side of the order that crossed; None where the venue does not say.
        trade_id: Enough to count it once: the venue's id or what stands for one; empty where there is none.
        ts_event_ns: The venue's time.
        ts_recv_ns: Ours.
    """

    instrument: str
    price: Decimal
    size: Decimal
    aggressor: Side | None
    trade_id: str
    ts_event_ns: int
    ts_recv_ns: int
