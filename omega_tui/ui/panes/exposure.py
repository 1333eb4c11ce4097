"""The limits of the account as the gate samples them, and how much of them is used. Pure.

The figures are those that the gate judges by, as it samples them: the screen computes none.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from msgspec import Struct

from omega_tui.domain.events.status import (
    COLLAR_TICKS,
    GROSS,
    GROSS_LIMIT,
    OPEN_ORDERS,
    OPEN_ORDERS_LIMIT,
    POSITION_LIMIT,
    PRICE_COLLAR,
)
from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.price_band import PriceBand, price_band
from omega_tui.domain.result import AT_PAR
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.status_line import Line

_NEARLY: Final = 0.8
_ALMOST: Final = 0.95
"""Part of a limit from which it is to be looked at, and from which the next order may be refused for it."""


class Exposure(Struct, frozen=True):
    """What is used of two limits.

    Attributes:
        gross: What all positions would be worth if every order filled, beside what they may be.
        orders: Open orders beside how many there may be.
        is_near: Whether either is near its limit, so that it is told before what can wait.
    """

    gross: Line = ()
    orders: Line = ()
    is_near: bool = False


def exposure(samples: Mapping[str, float]) -> Exposure:
    """Return what a gate's samples say; nothing where they do not."""
    gross, gross_role = _used("gross", GROSS, GROSS_LIMIT, samples)
    orders, orders_role = _used("orders", OPEN_ORDERS, OPEN_ORDERS_LIMIT, samples)
    return Exposure(gross, orders, is_near=bool({gross_role, orders_role} & {"warn", "loud"}))


def _used(label: str, used: str, most: str, samples: Mapping[str, float]) -> tuple[Line, str]:
    limit = samples.get(most, 0.0)
    if used not in samples or limit <= 0:
        return (), ""
    share = samples[used] / limit
    role = "loud" if share >= _ALMOST else "warn" if share >= _NEARLY else ""
    return (
        Piece(f"{label} ", "dim"),
        Piece(f"{samples[used]:,.0f}", role),
        Piece(f"/{limit:,.0f}", "dim"),
    ), role


def position_limit(
    instrument: Instrument | None, mark: Decimal | None, samples: Mapping[str, float]
) -> Decimal | None:
    """Return how large a position in an instrument may be, in its own units, at its mark.

    None where it is not known: what pays in no dollar would need a rate.
    """
    limit = samples.get(POSITION_LIMIT, 0.0)
    if instrument is None or mark is None or limit <= 0 or instrument.quote not in AT_PAR:
        return None
    one = instrument.worth(ONE, mark)
    return Decimal(str(limit)) / one if one > 0 else None


class Collar(NamedTuple):
    """The limits of a price band.

    Attributes:
        price_collar: As `BandLimits` has it.
        collar_ticks: The same.
    """

    price_collar: Decimal
    collar_ticks: int


def price_bands(
    instrument: Instrument | None, book: BookSnapshot | None, samples: Mapping[str, float]
) -> tuple[PriceBand, ...]:
    """Return the bands of a buy and of a sell as the gate would work them out; none where it is not known."""
    if instrument is None or book is None or PRICE_COLLAR not in samples or COLLAR_TICKS not in samples:
        return ()
    # A limit that was typed with a few digits is the same again after it was a float.
    collar = Collar(Decimal(str(samples[PRICE_COLLAR])), round(samples[COLLAR_TICKS]))
    bands = (price_band(side, book, instrument, collar) for side in Side)
    return tuple(band for band in bands if band is not None)
