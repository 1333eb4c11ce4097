"""What sizes, positions and profits are worth in dollars, for limits that are given in dollars. Pure.

A limit needs the order of size only: the newest mark will do, however old, and what is meant to be worth a
dollar counts as one. Nothing here is shown as money.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.result import AT_PAR, asset_of

SMALL_UNITS: Final = frozenset(
    {"EUR", "GBP", "CHF", "AUD", "CAD", "NZD", "SGD", "JPY", "KRW", "TRY", "BRL", "MXN", "ZAR", "PLN", "INR"}
) | frozenset({"EURC", "EURI", "EURT", "AEUR", "GBPT", "BRZ", "BIDR", "IDR", "IDRT", "THB", "UAH", "ARS"})
"""Money of which one unit is worth a dollar and a third at most: without a rate it counts as a dollar."""


def dollars_per(
    asset: str, marks: Mapping[str, Decimal], instruments: Mapping[str, Instrument]
) -> Decimal | None:
    """Return what one unit of an asset is worth in dollars; None where no market with a mark says so."""
    if not asset or asset in AT_PAR:
        return ONE
    for one in instruments.values():
        mark = marks.get(one.id)
        if one.base == asset and one.quote in AT_PAR and mark is not None:
            return mark
    return ONE if asset in SMALL_UNITS else None


def dollars_of(
    gain: Decimal, position: Position, marks: Mapping[str, Decimal], instruments: Mapping[str, Instrument]
) -> Decimal | None:
    """Return in dollars what a position gained in the asset in which it pays; None where there is no rate.

    An inverse contract pays in its base, which its own mark values.
    """
    instrument = instruments.get(position.instrument)
    mark = marks.get(position.instrument)
    if position.contract_value:
        own = mark if mark is not None else position.entry_price
        rate = dollars_per("" if instrument is None else instrument.quote, marks, instruments)
        return None if own is None or rate is None else gain * own * rate
    rate = dollars_per("" if instrument is None else asset_of(instrument), marks, instruments)
    return None if rate is None else gain * rate
