"""What the WebSockets of the embedded Binance say: events of the coin exchange as data of streams. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from omega_tui.protocol.binance.wire import Row, depth_snapshot, depth_update
from omega_tui.sim.binance_order_index import OrderIndex
from omega_tui.sim.binance_public import (
    SPANS,
    Levels,
    agg_trade,
    day,
    find_market,
    kline,
    level_row,
    levels,
    touch,
)
from omega_tui.sim.binance_views import balances, report, shown
from omega_tui.sim.coin_events import BookTold, OrderTold, PlanTold, PrintsTold
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import CoinMarket
from omega_tui.sim.coin_records import OrderState, PlanState
from omega_tui.sim.coin_traders import Trader
from omega_tui.sim.coins import CoinSpec

MINI: Final = ("E", "s", "c", "o", "h", "l", "v", "q")
"""Fields of a day that its short form has."""

KLINE_NAMES: Final = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
"""What a stream calls the entries of a candle."""

_PARTIAL = re.compile(r"depth(?:5|10|20)(?:@100ms)?").fullmatch
"""Channels that send the best levels whole each time."""

Named = tuple[str, Row]
"""Channel and data."""


class Pushes:
    """Makes the data of streams."""

    def __init__(self, exchange: CoinExchange, index: OrderIndex) -> None:
        self._exchange = exchange
        self._index = index
        self._touches: dict[str, object] = {}
        self._executions = 0

    # --- public data: channel after the `@`, and what is sent there

    def book(self, event: BookTold, wanted: set[str]) -> Iterator[Named]:
        """Return what a change of a book gives to the channels that somebody listens to."""
        market = self._exchange.venue.markets[event.key]
        spec, update = market.spec, event.update
        if "depth@100ms" in wanted:
            bids, asks = (_changes(spec, side) for side in (update.bids, update.asks))
            first, last = update.previous + 1, update.sequence
            yield (
                "depth@100ms",
                depth_update(spec.key.symbol, bids, asks, first=first, last=last, at_ms=update.at_ms),
            )
        for channel in wanted:
            if _PARTIAL(channel):
                depth = int(channel.removeprefix("depth").partition("@")[0])
                yield channel, _best(market, depth)
        # The touch is remembered for all, or who comes later would miss the first change.
        now = touch(market)
        if self._touches.get(spec.key.symbol) != now:
            self._touches[spec.key.symbol] = now
            (bid, bid_size), (ask, ask_size) = now
            row = {"u": update.sequence, "s": spec.key.symbol, "b": bid, "B": bid_size, "a": ask}
            yield "bookTicker", row | {"A": ask_size}

    def prints(self, event: PrintsTold) -> Iterator[Named]:
        """Return what public trades give, oldest first."""
        spec = self._exchange.venue.markets[event.key].spec
        now_ms = self._exchange.venue.now_ms
        for each in event.prints:
            row = agg_trade(spec, each)
            named = {"E": now_ms, "s": spec.key.symbol}
            yield "aggTrade", {"e": "aggTrade"} | named | row
            fields = {name: row[name] for name in ("p", "q", "T", "m", "M")}
            yield "trade", {"e": "trade"} | named | {"t": row["a"]} | fields

    def picture(self, symbol: str, channel: str) -> Row | None:
        """Return what a channel shows from time to time; None where it does not."""
        now_ms = self._exchange.venue.now_ms
        market = find_market(self._exchange, symbol)
        if channel == "ticker":
            return day(market, now_ms)
        if channel == "miniTicker":
            row = day(market, now_ms)
            return {"e": "24hrMiniTicker"} | {name: row[name] for name in MINI}
        interval = channel.removeprefix("kline_")
        return self._kline(market, interval) if channel != interval else None

    def knows(self, symbol: str, channel: str) -> bool:
        """Whether there is such a stream."""
        if symbol not in {key.symbol for key in self._exchange.venue.markets}:
            return False
        plain = {"depth@100ms", "bookTicker", "trade", "aggTrade", "ticker", "miniTicker"}
        interval = channel.removeprefix("kline_")
        return channel in plain or bool(_PARTIAL(channel)) or (interval != channel and interval in SPANS)

    def _kline(self, market: CoinMarket, interval: str) -> Row:
        span = SPANS[interval]
        now_ms = self._exchange.venue.now_ms
        market.candles.roll(now_ms)
        row = kline(market.spec, market.candles.last(span), span)
        symbol = market.spec.key.symbol
        data: Row = dict(zip(KLINE_NAMES, row, strict=True))
        data |= {"s": symbol, "i": interval, "f": -1, "L": -1, "x": False}
        return {"e": "kline", "E": now_ms, "s": symbol, "k": data}

    # --- what is a user's own

    def order(self, event: OrderTold) -> Row:
        """Return what happened to an order of the book."""
        order, fill = self._index.seen(event.order), event.fill
        ended = event.order.state is OrderState.CANCELED
        execution = "TRADE" if fill is not None else order.status if ended else "NEW"
        cancel_id = self._index.cancel_ids.get(order.order_id, "") if execution == "CANCELED" else ""
        self._executions += 1
        return report(
            order,
            execution="TRADE_PREVENTION" if execution == "EXPIRED_IN_MATCH" else execution,
            event_ms=self._exchange.venue.now_ms,
            number_of=self._executions,
            cancel_id=cancel_id,
            fill=fill,
        )

    def plan(self, event: PlanTold) -> Row | None:
        """Return what happened to an order that waits; None where its order in the book tells it."""
        if event.plan.state is PlanState.EXECUTED:
            return None
        order = shown(None, event.plan)
        self._executions += 1
        return report(
            order,
            execution=order.status,
            event_ms=self._exchange.venue.now_ms,
            number_of=self._executions,
            cancel_id=self._index.cancel_ids.get(order.order_id, "") if order.status == "CANCELED" else "",
        )

    def account(self, trader: Trader) -> Row:
        """Return what somebody owns."""
        now_ms = self._exchange.venue.now_ms
        rows = [{"a": coin, "f": free, "l": locked} for coin, free, locked in balances(trader)]
        return {"e": "outboundAccountPosition", "E": now_ms, "u": now_ms, "B": rows}


def _changes(spec: CoinSpec, side: tuple[tuple[int, int], ...]) -> Levels:
    return [level_row(spec, ticks, lots) for ticks, lots in side]


def _best(market: CoinMarket, depth: int) -> Row:
    bids, asks = (levels(market, is_bid=is_bid, limit=depth) for is_bid in (True, False))
    return depth_snapshot(market.sequence, bids, asks)
