"""What a venue says is held, one statement per instrument; long and short of hedge mode are joined."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from omega_tui.domain.account import MarginTerms
from omega_tui.domain.instrument import ZERO
from omega_tui.venues.base import VenuePosition


@dataclass(frozen=True, slots=True)
class Stated:
    """What the venue says of one instrument.

    Attributes:
        instrument: Instrument id.
        quantity: Net; of an asset that several instruments hold, all of it.
        entry_price: Average price; None where it is not said, or where long and short have one each.
        terms: Of a position on margin; None at spot.
        contract_value: As of `Position`.
        asset: As of `VenuePosition`, likewise `shares` and `spends`.
    """

    instrument: str
    quantity: Decimal
    entry_price: Decimal | None = None
    terms: MarginTerms | None = None
    contract_value: Decimal = ZERO
    asset: str = ""
    shares: tuple[str, ...] = ()
    spends: tuple[str, ...] = ()


def stated_positions(rows: Iterable[VenuePosition]) -> list[Stated]:
    """Return one statement per instrument, in the order of the rows.

    The ledger nets: what its fills explain is long less short. What both directions gain together is the same
    either way; the terms keep them apart for the screen.
    """
    by_instrument: dict[str, list[VenuePosition]] = {}
    for row in rows:
        by_instrument.setdefault(row.instrument, []).append(row)
    return [_stated(instrument, said) for instrument, said in by_instrument.items()]


def _stated(instrument: str, rows: list[VenuePosition]) -> Stated:
    first, held = rows[0], [row for row in rows if row.quantity]
    return Stated(
        instrument=instrument,
        quantity=sum((row.quantity for row in rows), ZERO),
        entry_price=held[0].entry_price if len(held) == 1 else None,
        terms=_terms(held or rows),
        contract_value=first.contract_value,
        asset=first.asset,
        shares=first.shares,
        spends=first.spends,
    )


def _terms(rows: list[VenuePosition]) -> MarginTerms | None:
    if not any(row.margin_mode or row.leverage is not None or row.liquidation_price for row in rows):
        return None
    gains = [row.unrealized_pnl for row in rows if row.unrealized_pnl is not None]
    mark = next((row.mark_price for row in rows if row.mark_price is not None), None)
    return MarginTerms(
        long_quantity=sum((row.quantity for row in rows if row.quantity > 0), ZERO),
        short_quantity=-sum((row.quantity for row in rows if row.quantity < 0), ZERO),
        hedged=any(row.hedged for row in rows),
        leverage=next((row.leverage for row in rows if row.leverage is not None), None),
        margin_mode=next((row.margin_mode for row in rows if row.margin_mode), ""),
        mark_price=mark,
        liquidation_price=_nearest([row.liquidation_price for row in rows], mark),
        unrealized_pnl=sum(gains, ZERO) if len(gains) == len(rows) else None,
    )


def _nearest(prices: Iterable[Decimal | None], mark: Decimal | None) -> Decimal | None:
    known = [price for price in prices if price is not None]
    return min(known, key=lambda price: abs(price - mark) if mark is not None else price, default=None)
