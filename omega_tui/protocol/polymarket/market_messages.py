"""What each message of the market channel does: to the books, to the counters, and as an event."""

from collections.abc import Callable
from typing import Any, Final

from omega_tui.domain.events.base import Event
from omega_tui.protocol.polymarket import market_events, wire
from omega_tui.protocol.polymarket.book_keeper import BookKeeper
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.token_books import MAX_TOKENS, TokenBooks
from omega_tui.text import is_venue_id
from omega_tui.units import NS_PER_MS


class MarketMessages:
    """The messages of one feed, each taken by the method of its type.

    Attributes:
        publish_raw: Whether every change is returned as an event.
        lag_ms: Receive time minus the venue's time of the newest change, never below zero; None not known.
        take: By type of the message: a call of the message, its receive time and where its events go.
    """

    def __init__(
        self, books: TokenBooks, keeper: BookKeeper, stats: MarketStats, *, publish_raw: bool, adopts: bool
    ) -> None:
        self.publish_raw = publish_raw
        self.lag_ms: float | None = None
        self._books = books
        self._tokens = books.tokens
        self._keeper = keeper
        self._stats = stats
        self._adopts = adopts
        self._prints = market_events.SeenPrints()
        self.take: Final[dict[type, Callable[[Any, int, list[Event]], None]]] = {
            wire.PriceChange: self._price_change,
            wire.Book: self._book,
            wire.LastTradePrice: self._last_trade_price,
            wire.BestBidAsk: self._best_bid_ask,
            wire.TickSizeChange: self._tick_size_change,
            wire.MarketResolved: self._market_resolved,
            wire.NewMarket: self._new_market,
            wire.UnknownMessage: self._unknown,
        }

    def raw(self, events: list[Event]) -> list[Event] | None:
        """Return where events of the changes of books go: among the others, or nowhere."""
        return events if self.publish_raw else None

    def _price_change(self, message: wire.PriceChange, now_ns: int, events: list[Event]) -> None:
        self._stats.events["price_change"] += 1
        entries = message.price_changes
        if entries is None:
            entries = wire.entries_of_old(message)
        ms = self._keeper.change(entries, message.timestamp, self.raw(events), now_ns=now_ns)
        if ms:
            self.lag_ms = max(0.0, now_ns / NS_PER_MS - ms)

    def _book(self, message: wire.Book, now_ns: int, events: list[Event]) -> None:
        self._stats.events["book"] += 1
        tokens = self._tokens
        asset_id = message.asset_id
        if self._adopts and asset_id not in tokens and is_venue_id(asset_id) and len(tokens) < MAX_TOKENS:
            self._books.add([asset_id], now_ns=now_ns)
        self._keeper.load(message, self.raw(events), now_ns=now_ns)

    def _last_trade_price(self, message: wire.LastTradePrice, now_ns: int, events: list[Event]) -> None:
        self._stats.events["last_trade_price"] += 1
        if self._prints.has(message):
            self._stats.duplicates += 1
            return
        try:
            event = market_events.trade_printed(message, now_ns=now_ns)
        except ValueError:
            self._stats.parse_errors["last_trade_price"] += 1
            return
        self._prints.add(message)
        self._keeper.announce_trade(message.market, message.asset_id, event.trade.price)
        if message.asset_id in self._tokens:
            events.append(event)

    def _tick_size_change(self, message: wire.TickSizeChange, now_ns: int, events: list[Event]) -> None:
        self._stats.events["tick_size_change"] += 1
        if self._keeper.change_tick_size(message, now_ns=now_ns):
            events.append(market_events.tick_size_changed(message, now_ns=now_ns))

    def _best_bid_ask(self, message: wire.BestBidAsk, now_ns: int, events: list[Event]) -> None:
        self._stats.events["best_bid_ask"] += 1
        if not self.publish_raw or message.asset_id not in self._tokens:
            return
        try:
            events.append(market_events.best_quote_changed(message, now_ns=now_ns))
        except ValueError:
            self._stats.parse_errors["best_bid_ask"] += 1

    def _market_resolved(self, message: wire.MarketResolved, now_ns: int, events: list[Event]) -> None:
        self._stats.events["market_resolved"] += 1
        kept = self._tokens
        named = [asset for asset in wire.text_list(message.assets_ids) if asset in kept]
        # Some builds name no tokens: those of the same market are meant.
        concerned = named or [asset for asset, token in kept.items() if token.market == message.market]
        events += [market_events.market_resolved(message, asset, now_ns=now_ns) for asset in concerned]

    def _new_market(self, message: wire.NewMarket, now_ns: int, events: list[Event]) -> None:
        self._stats.events["new_market"] += 1
        events.append(market_events.market_listed(message, now_ns=now_ns))

    def _unknown(self, _message: wire.UnknownMessage, _now_ns: int, _events: list[Event]) -> None:
        self._stats.events["unknown"] += 1
