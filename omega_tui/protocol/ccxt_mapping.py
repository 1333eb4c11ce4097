"""ccxt's unified dicts to the domain and back: the one place where a float becomes a `Decimal`.

ccxt parses most numbers into floats. Their shortest text (`repr`) is what the venue wrote, up to 15 digits;
what is left of rounding is taken away by the market's tick or lot, and nothing else ever moves a number.

A field that ccxt leaves out is `None` here: "not known", never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, NamedTuple

from omega_tui.domain.account import Balance
from omega_tui.domain.candle import Candle
from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.instrument import ONE, ZERO, Instrument, InstrumentKind
from omega_tui.domain.order_facts import CANCELED, EXPIRED, LIVE, MATCHED, REJECTED
from omega_tui.domain.orders import Fill
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade
from omega_tui.errors import RemoteProtocolError
from omega_tui.text import safe_text

NS_PER_MS: Final = 1_000_000

DECIMAL_PLACES: Final = 2
SIGNIFICANT_DIGITS: Final = 3
TICK_SIZE: Final = 4
"""ccxt's precision modes (`ccxt.base.decimal_to_precision`)."""

MAX_EXPONENT: Final = 18
"""Numbers beyond 10 to the 18 either way are no prices or sizes (security, control C6)."""

NOISE: Final = Decimal("1e-12")
"""What a chain of float operations may have added, relative to the number."""

_STATUS: Final[Mapping[str, str]] = {
    "open": LIVE,
    "canceling": LIVE,
    "closed": MATCHED,
    "canceled": CANCELED,
    "expired": EXPIRED,
    "rejected": REJECTED,
}
"""ccxt's order statuses. `closed` is refined by `status_of`: it also covers what ended half filled."""

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
_OTHER_SIDE: Final = {"buy": Side.SELL, "sell": Side.BUY}


# ---------------------------------------------------------------------------------------------- numbers


def number_of(value: object) -> Decimal | None:
    """Return what ccxt gave as a number; None for None and for an empty text.

    Raises:
        RemoteProtocolError: It is no finite number of a magnitude that prices and sizes have.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RemoteProtocolError(f"a number was expected, not {safe_text(repr(value), max_cells=40)}")
    return _number(value)


@lru_cache(65_536)
def _number(value: float | str) -> Decimal:
    try:
        number = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_EXPONENT):
        shown = safe_text(repr(value), max_cells=40)
        raise RemoteProtocolError(f"a finite number of usual size was expected, not {shown}")
    # One writing of each value: 1e-08 and 0.00000001 must print alike, and 5.0 like 5.
    number = number.normalize()
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return number.quantize(ONE) if exponent > 0 else number + 0


def number_for_ccxt(value: Decimal) -> float:
    """Return the float that ccxt takes, if its text is the very number.

    Raises:
        ValueError: A float cannot carry it; what would leave is another number than the one on the screen.
    """
    given = float(value)
    if Decimal(repr(given)) != value:
        raise ValueError(f"{value} has more digits than the exchange library carries")
    return given


@lru_cache(65_536)
def without_noise(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of `step` that `value` means; a value truly between two multiples as it is.

    For numbers that come from ccxt. A level that rests between ticks (the tick was changed under it) must not
    be moved onto its neighbour.
    """
    nearest = _multiple(value, step, ROUND_HALF_EVEN)
    return nearest if abs(value - nearest) <= NOISE * max(ONE, abs(value)) else value


def quantise_price(price: Decimal, tick: Decimal, side: Side) -> Decimal:
    """Return the price on the tick that is not worse for the trader: buying rounds down, selling up."""
    return _multiple(price, tick, ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)


def quantise_size(size: Decimal, lot: Decimal) -> Decimal:
    """Return the largest whole number of lots that is not above `size`."""
    return _multiple(size, lot, ROUND_DOWN)


def _multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step


def _text(value: object) -> str:
    """Return a text of the venue made safe; empty for nothing, which `safe_text` would name."""
    return safe_text(value) if value else ""


def _ns(milliseconds: object) -> int:
    return int(milliseconds * NS_PER_MS) if isinstance(milliseconds, int | float) else 0


# ---------------------------------------------------------------------------------------------- instruments


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
        base=_text(market.get("base")),
        quote=_text(market.get("quote")),
        taker_fee_rate=number_of(market.get("taker")) or ZERO,
        maker_fee_rate=number_of(market.get("maker")) or ZERO,
        min_notional=number_of((limits.get("cost") or {}).get("min")) or ZERO,
        active=market.get("active") is not False and tick is not None and lot is not None,
        resolves_at_ns=_ns(expiry) if expiry else None,
        kind=kind,
        contract_size=contract_size,
        settle=_text(market.get("settle")),
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


def _kind_of(market: Mapping[str, Any]) -> InstrumentKind | None:
    if market.get("spot"):
        return InstrumentKind.SPOT
    if not (market.get("swap") or market.get("future")):
        return None
    return InstrumentKind.INVERSE if market.get("inverse") else InstrumentKind.LINEAR


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


# ---------------------------------------------------------------------------------------------- market data


def book_of(
    book: Mapping[str, Any], instrument: Instrument, *, levels: int, sequence: int, ts_recv_ns: int
) -> BookSnapshot:
    """Return the best `levels` of each side of a ccxt book.

    Raises:
        RemoteProtocolError: A level is no pair of numbers above zero.
    """
    return BookSnapshot(
        instrument=instrument.id,
        bids=_levels(book["bids"], instrument, levels),
        asks=_levels(book["asks"], instrument, levels),
        tick_size=instrument.tick_size,
        sequence=sequence,
        ts_event_ns=_ns(book.get("timestamp")),
        ts_recv_ns=ts_recv_ns,
    )


def _levels(rows: Sequence[Sequence[Any]], instrument: Instrument, levels: int) -> tuple[PriceLevel, ...]:
    result = []
    for row in rows[:levels]:
        price, size = price_of(row[0], instrument), size_of(row[1], instrument)
        if price is None or size is None or price <= 0 or size <= 0:
            raise RemoteProtocolError(f"{instrument.name}: a level of the book is {list(row[:2])!r}")
        result.append(PriceLevel(price, size))
    return tuple(result)


def trade_of(trade: Mapping[str, Any], instrument: Instrument, *, ts_recv_ns: int) -> Trade:
    """Return a public print.

    Raises:
        RemoteProtocolError: It has no price or no size.
    """
    price, size = price_of(trade.get("price"), instrument), size_of(trade.get("amount"), instrument)
    if price is None or size is None:
        raise RemoteProtocolError(f"{instrument.name}: a print without price or size")
    return Trade(
        instrument=instrument.id,
        price=price,
        size=size,
        aggressor=_SIDES.get(trade.get("side") or ""),
        trade_id=_text(trade.get("id")),
        ts_event_ns=_ns(trade.get("timestamp")),
        ts_recv_ns=ts_recv_ns,
    )


def candle_of(row: Sequence[Any], instrument: Instrument, *, timeframe_s: int) -> Candle:
    """Return a candle of `[timestamp, open, high, low, close, volume]`.

    Raises:
        RemoteProtocolError: One of its prices is missing.
    """
    prices = [price_of(value, instrument) for value in row[1:5]]
    if len(prices) != 4 or None in prices:
        raise RemoteProtocolError(f"{instrument.name}: a candle without all of its prices")
    first, high, low, last = (price for price in prices if price is not None)
    volume = size_of(row[5], instrument) if len(row) > 5 else None
    return Candle(instrument.id, timeframe_s, _ns(row[0]), first, high, low, last, volume or ZERO)


def ticker_of(ticker: Mapping[str, Any], instrument: Instrument, *, ts_recv_ns: int) -> Ticker:
    """Return the venue's summary of an instrument."""
    get = ticker.get
    return Ticker(
        instrument=instrument.id,
        last=price_of(get("last"), instrument),
        bid=price_of(get("bid"), instrument),
        ask=price_of(get("ask"), instrument),
        mark=number_of(get("markPrice")),
        open=price_of(get("open"), instrument),
        high=price_of(get("high"), instrument),
        low=price_of(get("low"), instrument),
        base_volume=number_of(get("baseVolume")),
        quote_volume=number_of(get("quoteVolume")),
        ts_event_ns=_ns(get("timestamp")),
        ts_recv_ns=ts_recv_ns,
    )


# ---------------------------------------------------------------------------------------------- the account


def status_of(order: Mapping[str, Any]) -> str:
    """Return the normalised status of a ccxt order.

    A row without a status proves that the order exists, and no more: it counts as live. A `closed` order that
    is not filled in full ended some other way, so it counts as canceled; its fills tell how much traded.
    """
    status = _STATUS.get(order.get("status") or "", LIVE)
    if status is MATCHED:
        filled, amount = number_of(order.get("filled")), number_of(order.get("amount"))
        if filled is not None and amount is not None and filled < amount:
            return CANCELED
    return status


def order_of(
    order: Mapping[str, Any], instrument: Instrument, *, client_order_id: str = "", cumulative: bool
) -> OrderReported:
    """Return what the venue says of an order.

    Args:
        order: A ccxt order structure.
        instrument: What it trades.
        client_order_id: Our id, where it is not the one that the venue carries.
        cumulative: Whether `filled` is what was filled in all. On streams it may be the last fill alone
            (bitget), so it is then left out, and quantities come from trades.

    Raises:
        RemoteProtocolError: It has no id or no side.
    """
    order_id, side = order.get("id"), _SIDES.get(order.get("side") or "")
    if not order_id or side is None:
        raise RemoteProtocolError(f"{instrument.name}: an order without id or side")
    price = price_of(order.get("price"), instrument)
    return OrderReported(
        venue=instrument.venue,
        venue_order_id=safe_text(order_id),
        client_order_id=client_order_id or _text(order.get("clientOrderId")),
        instrument=instrument.id,
        side=side,
        price=price or None,
        size=size_of(order.get("amount"), instrument),
        venue_status=status_of(order),
        filled=size_of(order.get("filled"), instrument) if cumulative else None,
        reason="",
        ts_event_ns=_ns(order.get("lastUpdateTimestamp") or order.get("timestamp")),
        time_in_force=_text(order.get("timeInForce")),
    )


def fill_of(trade: Mapping[str, Any], instrument: Instrument) -> FillReported:
    """Return one of our executions.

    Raises:
        RemoteProtocolError: It has no id, order, side, price or size: it could not be counted once.
    """
    trade_id, order_id = trade.get("id"), trade.get("order")
    side = _closing_side(trade) or _SIDES.get(trade.get("side") or "")
    price, size = price_of(trade.get("price"), instrument), size_of(trade.get("amount"), instrument)
    if not trade_id or not order_id or side is None or price is None or size is None:
        raise RemoteProtocolError(f"{instrument.name}: a fill without id, order, side, price or size")
    fee = _fee_of(trade, instrument, price)
    return FillReported(
        venue=instrument.venue,
        fill=Fill(
            trade_id=safe_text(trade_id),
            venue_order_id=safe_text(order_id),
            instrument=instrument.id,
            side=side,
            price=price,
            size=size,
            fee=fee.value,
            is_maker=trade.get("takerOrMaker") == "maker",
            ts_event_ns=_ns(trade.get("timestamp")),
            fee_asset=fee.asset,
            fee_paid=fee.paid,
            base_fee=fee.of_base,
            contract_value=contract_value_of(instrument),
        ),
    )


def _closing_side(trade: Mapping[str, Any]) -> Side | None:
    """Return our side of a fill that closed a position in hedge mode; None for all others.

    bitget names the side of the *position* there, and the library passes it on (Bitget docs, "Get Order Fill
    Details": `tradeSide` is `close`, or a longer word that ends in `close_long` or `close_short`).
    """
    info = trade.get("info")
    word = str(info.get("tradeSide") or "").lower() if isinstance(info, Mapping) else ""
    if word.endswith("close_long"):
        return Side.SELL
    if word.endswith("close_short"):
        return Side.BUY
    return _OTHER_SIDE.get(str(trade.get("side"))) if word == "close" else None


def contract_value_of(instrument: Instrument) -> Decimal:
    """Return what one unit of an inverse contract is worth in quote units; zero for everything else."""
    return instrument.contract_size if instrument.kind is InstrumentKind.INVERSE else ZERO


class _Fee(NamedTuple):
    """A fee: its value in the asset in which the instrument pays, and what was taken in another asset."""

    value: Decimal
    asset: str
    paid: Decimal
    of_base: Decimal


def _fee_of(trade: Mapping[str, Any], instrument: Instrument, price: Decimal) -> _Fee:
    """Return the fee of a fill, valued as far as it can be."""
    is_spot, money = instrument.kind is InstrumentKind.SPOT, instrument.settle or instrument.quote
    value, other, paid, of_base = ZERO, "", ZERO, ZERO
    for fee in trade.get("fees") or [trade.get("fee") or {}]:
        cost, asset = number_of(fee.get("cost")), fee.get("currency") or ""
        if not cost:
            continue
        if asset in {money, ""}:
            value += cost
            continue
        if asset == instrument.base:
            value += cost * price
            of_base += cost if is_spot else ZERO
        other, paid = safe_text(asset), paid + cost
    return _Fee(value, other, paid, of_base)


def balances_of(balance: Mapping[str, Any], *, venue: str) -> list[Balance]:
    """Return the balances that are not empty, by asset.

    An asset of which the venue states neither the total nor its parts is left out. Where only the total is
    known, nothing of it counts as available.
    """
    totals, free, used = (balance.get(part) or {} for part in ("total", "free", "used"))
    result = []
    for asset in sorted(set(totals) | set(free) | set(used)):
        available, locked = number_of(free.get(asset)), number_of(used.get(asset))
        total = number_of(totals.get(asset))
        if total is None and available is not None:
            total = available + (locked or ZERO)
        if total is None:
            continue
        if available is None:
            available = ZERO if locked is None else total - locked
        if total or available:
            result.append(Balance(venue, safe_text(asset), total, available))
    return result


def position_quantity(position: Mapping[str, Any], instrument: Instrument) -> Decimal | None:
    """Return the signed quantity of a ccxt position; None where it is not known."""
    size = size_of(position.get("contracts"), instrument)
    if size is None:
        return None
    side = position.get("side")
    if size and side not in {"long", "short"}:
        raise RemoteProtocolError(f"{instrument.name}: a position without a side")
    return -abs(size) if side == "short" else abs(size)


class FundingRow(NamedTuple):
    """A funding payment: received, in the settling asset; negative is paid."""

    payment_id: str
    amount: Decimal
    ts_event_ns: int


def funding_of(row: Mapping[str, Any], instrument: Instrument) -> FundingRow:
    """Return a funding payment of ccxt.

    Raises:
        RemoteProtocolError: It has no amount, or nothing to count it once by.
    """
    amount, ts_ns = number_of(row.get("amount")), _ns(row.get("timestamp"))
    payment_id = _text(row.get("id")) or (str(ts_ns) if ts_ns else "")
    if amount is None or not payment_id:
        raise RemoteProtocolError(f"{instrument.name}: a funding payment without amount, id or time")
    return FundingRow(payment_id, amount, ts_ns)


def oldest_first(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows oldest first, whatever the order in which the venue gave them."""
    return sorted(rows, key=lambda row: (row.get("timestamp") or 0, str(row.get("id") or "")))
