"""Public market data of ccxt's unified structures: books, prints, candles, summaries."""

from collections.abc import Mapping, Sequence
from typing import Any

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.ticker import Ticker
from omega_tui.domain.trade import Trade
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.ccxt.instruments import price_of, size_of
from omega_tui.protocol.ccxt.values import SIDES, ns_of, number_of, text_of


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
        ts_event_ns=ns_of(book.get("timestamp")),
        ts_recv_ns=ts_recv_ns,
    )


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
        aggressor=SIDES.get(trade.get("side") or ""),
        trade_id=text_of(trade.get("id")),
        ts_event_ns=ns_of(trade.get("timestamp")),
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
    return Candle(instrument.id, timeframe_s, ns_of(row[0]), first, high, low, last, volume or ZERO)


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
        ts_event_ns=ns_of(get("timestamp")),
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
