"""Markets of ccxt as instruments, and its prices and amounts in their units."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from omega_tui.domain.instrument import ONE, ZERO, Instrument, InstrumentKind
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.ccxt.values import ns_of, number_of, text_of, without_noise
from omega_tui.text import safe_text

DECIMAL_PLACES: Final = 2


SIGNIFICANT_DIGITS: Final = 3


TICK_SIZE: Final = 4
"""ccxt's precision modes (`ccxt.base.decimal_to_precision`)."""


def instrument_id(venue: str, symbol: str) -> str:
    """Return our id of a market: unique over all venues."""
    return f"{venue}:{symbol}"


def symbol_of(instrument: str) -> str:
    """Return ccxt's symbol of an instrument id."""
    return instrument.partition(":")[2]


def instrument_of(
    market: Mapping[str, Any],
    *,
    venue: str,
    precision_mode: int,
    reference_price: Decimal | None = None,
    is_fifo: bool = True,
) -> Instrument | None:
    """Return the instrument of a ccxt market; None for options and whatever else has no book of its own.

    Args:
        market: A ccxt market structure.
        venue: Our name of the venue.
        precision_mode: `exchange.precisionMode`.
        reference_price: A price near the present one, for the venues that count significant digits and have
            no constant tick. Without it such an instrument is not active.
        is_fifo: As in `Instrument`.
    """
    kind = _kind_of(market)
    if kind is None:
        return None
    precision = market.get("precision") or {}
    limits = market.get("limits") or {}
    tick = step_of(precision.get("price"), precision_mode, reference_price)
    lot = step_of(precision.get("amount"), TICK_SIZE if precision_mode == TICK_SIZE else DECIMAL_PLACES, None)
    contract_size = (number_of(market.get("contractSize")) or ONE) if kind is not InstrumentKind.SPOT else ONE
    unit = contract_size if kind is InstrumentKind.LINEAR else ONE
    lot_size = (lot or Decimal("1e-8")) * unit
    min_amount = number_of((limits.get("amount") or {}).get("min")) or ZERO
    expiry = market.get("expiry")
    return Instrument(
        id=instrument_id(venue, market["symbol"]),
        venue=venue,
        name=safe_text(market["symbol"]),
        tick_size=tick or Decimal("1e-8"),
        lot_size=lot_size,
        min_size=max(min_amount * unit, lot_size),
        base=text_of(market.get("base")),
        quote=text_of(market.get("quote")),
        taker_fee_rate=number_of(market.get("taker")) or ZERO,
        maker_fee_rate=number_of(market.get("maker")) or ZERO,
        min_notional=number_of((limits.get("cost") or {}).get("min")) or ZERO,
        active=market.get("active") is not False and tick is not None and lot is not None,
        resolves_at_ns=ns_of(expiry) if expiry else None,
        kind=kind,
        contract_size=contract_size,
        settle=text_of(market.get("settle")),
        is_fifo=is_fifo,
    )


def step_of(precision: object, mode: int, reference_price: Decimal | None) -> Decimal | None:
    """Return the smallest step that a ccxt precision stands for; None where it cannot be known."""
    value = number_of(precision)
    if value is None:
        return None
    if mode == TICK_SIZE:
        return value if value > 0 else None
    if mode == DECIMAL_PLACES:
        return ONE.scaleb(-int(value))
    if mode != SIGNIFICANT_DIGITS:
        raise RemoteProtocolError(f"the exchange library counts precision in a way ({mode}) not known here")
    if not reference_price:
        return None
    return ONE.scaleb(reference_price.adjusted() - int(value) + 1)


def size_of(amount: object, instrument: Instrument) -> Decimal | None:
    """Return an amount of ccxt (contracts, or base units of spot) in the instrument's size units."""
    number = number_of(amount)
    if number is None:
        return None
    if instrument.kind is InstrumentKind.LINEAR:
        number *= instrument.contract_size
    return without_noise(number, instrument.lot_size)


def amount_of(size: Decimal, instrument: Instrument) -> Decimal:
    """Return what ccxt calls the amount of a size: contracts for derivatives."""
    return size / instrument.contract_size if instrument.kind is InstrumentKind.LINEAR else size


def price_of(price: object, instrument: Instrument) -> Decimal | None:
    """Return a price of ccxt on the instrument's tick, as far as only float noise keeps it from it."""
    number = number_of(price)
    return None if number is None else without_noise(number, instrument.tick_size)


def contract_value_of(instrument: Instrument) -> Decimal:
    """Return what one unit of an inverse contract is worth in quote units; zero for everything else."""
    return instrument.contract_size if instrument.kind is InstrumentKind.INVERSE else ZERO


def _kind_of(market: Mapping[str, Any]) -> InstrumentKind | None:
    if market.get("spot"):
        return InstrumentKind.SPOT
    if not (market.get("swap") or market.get("future")):
        return None
    return InstrumentKind.INVERSE if market.get("inverse") else InstrumentKind.LINEAR
