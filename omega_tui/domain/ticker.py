"""A venue's own summary of an instrument: a cross-check and a list entry, never the source of a price."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Ticker:
    """What the venue says of the last day. None is what it does not say.

    Attributes:
        instrument: Instrument id.
        last: Price of the last print.
        bid: Best bid.
        ask: Best ask.
        mark: What the venue values positions at.
        open: Price of a day ago.
        high: Highest price of the day.
        low: Lowest price of the day.
        base_volume: Volume of the day, in base units.
        quote_volume: Volume of the day, in quote units.
        ts_event_ns: The venue's time; 0 where it gives none.
        ts_recv_ns: Ours.
    """

    instrument: str
    last: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    mark: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    base_volume: Decimal | None = None
    quote_volume: Decimal | None = None
    ts_event_ns: int = 0
    ts_recv_ns: int = 0


@dataclass(frozen=True, slots=True)
class FundingRate:
    """What the holders of a perpetual pay each other next.

    Attributes:
        instrument: Instrument id.
        rate: Part of the position's value: positive is paid by who is long, to who is short.
        at_ns: When, nanoseconds since the epoch; 0 where the venue does not say.
    """

    instrument: str
    rate: Decimal
    at_ns: int = 0
