"""Messages of the market channel as events of the domain."""

from collections import OrderedDict
from typing import Final

from omega_tui.domain.events.market import (
    BestQuoteChanged,
    MarketListed,
    MarketResolved,
    TickSizeChanged,
    TradePrinted,
)
from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.stated import milliseconds, stated_touch
from omega_tui.text import is_venue_id, parse_decimal, safe_text
from omega_tui.units import NS_PER_MS

MAX_PRINTS: Final = 4_096
"""Prints that are remembered in order to count each once."""

_SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}


class SeenPrints:
    """The prints that were told already: each counts once. The oldest beyond `MAX_PRINTS` are forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def has(self, message: wire.LastTradePrice) -> bool:
        """Return whether a print was told; one without a transaction cannot be known again."""
        return bool(message.transaction_hash) and print_identity(message) in self._known

    def add(self, message: wire.LastTradePrice) -> None:
        """Remember a print."""
        self._known[print_identity(message)] = None
        if len(self._known) > MAX_PRINTS:
            self._known.popitem(last=False)


def print_identity(message: wire.LastTradePrice) -> tuple[str, ...]:
    """Return what makes a print that print: hash of the transaction, token, price, size and time."""
    words = (message.transaction_hash, message.asset_id, message.price, message.size, message.timestamp)
    return tuple(word or "" for word in words)


def trade_printed(message: wire.LastTradePrice, *, now_ns: int) -> TradePrinted:
    """Return a print.

    Raises:
        ValueError: Price, size, time, token or transaction is none.
    """
    price = parse_decimal(message.price)
    size = parse_decimal(message.size or "0")
    if not ZERO <= price <= ONE or size < ZERO:
        raise ValueError(f"a print of {size} at {price}")
    if not is_venue_id(message.asset_id) or not is_venue_id(message.transaction_hash or "none"):
        raise ValueError("a print whose token or transaction is none")
    trade = Trade(
        instrument=message.asset_id,
        price=price,
        size=size,
        aggressor=_SIDES.get(message.side or ""),
        trade_id=safe_text(":".join(print_identity(message)[::2]), max_cells=160),
        ts_event_ns=milliseconds(message.timestamp) * NS_PER_MS,
        ts_recv_ns=now_ns,
    )
    return TradePrinted(trade.instrument, trade.ts_event_ns, now_ns, trade)


def tick_size_changed(message: wire.TickSizeChange, *, now_ns: int) -> TickSizeChanged:
    """Return a change of the tick; what it was is None where that cannot be read.

    Raises:
        ValueError: The new tick is none.
    """
    try:
        old = parse_decimal(message.old_tick_size) if message.old_tick_size else None
    except ValueError:
        old = None
    new = parse_decimal(message.new_tick_size)
    return TickSizeChanged(message.asset_id, _event_ns(message.timestamp), now_ns, old, new)


def best_quote_changed(message: wire.BestBidAsk, *, now_ns: int) -> BestQuoteChanged:
    """Return a stated touch.

    Raises:
        ValueError: A price is none.
    """
    bid, ask = stated_touch(message.best_bid, message.best_ask)
    return BestQuoteChanged(message.asset_id, _event_ns(message.timestamp), now_ns, bid, ask)


def market_resolved(message: wire.MarketResolved, asset_id: str, *, now_ns: int) -> MarketResolved:
    """Return the end of a market, for one of its tokens."""
    winner = message.winning_asset_id or ""
    return MarketResolved(
        instrument=asset_id,
        ts_event_ns=_event_ns(message.timestamp),
        ts_recv_ns=now_ns,
        market_id=safe_text(message.market),
        winning_instrument=winner if is_venue_id(winner) else "",
        winning_outcome=safe_text(message.winning_outcome) if message.winning_outcome else "",
    )


def market_listed(message: wire.NewMarket, *, now_ns: int) -> MarketListed:
    """Return a market that came up."""
    tokens = wire.text_list(message.clob_token_ids) or wire.text_list(message.assets_ids)
    known = tuple(token for token in tokens if is_venue_id(token))
    return MarketListed(
        instrument=known[0] if known else "",
        ts_event_ns=_event_ns(message.timestamp),
        ts_recv_ns=now_ns,
        market_id=safe_text(message.condition_id or message.market or ""),
        name=safe_text(message.question or message.slug or ""),
        instruments=known,
    )


def _event_ns(text: str | int | None) -> int:
    """Return a time on which nothing depends; 0 where it cannot be read."""
    try:
        return milliseconds(text) * NS_PER_MS
    except ValueError:
        return 0
