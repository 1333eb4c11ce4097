"""What the WebSockets of the embedded Bitget say: events of the coin exchange as channel data. Pure."""

from typing import Any, Final

from omega_tui.domain.instrument import ZERO
from omega_tui.protocol.bitget.wire import Action, Arg, ProductType, book_data
from omega_tui.sim.bitget_quotes import SPAN_WORDS, SPANS, Day, candle_row, contract_prices, public_trade
from omega_tui.sim.bitget_views import (
    MIX_STATES,
    SPOT_STATES,
    Row,
    asked_size,
    fee_detail,
    mix_plan,
    ms,
    order_type,
    position_side,
    scope,
    side_word,
    spot_plan,
    trade_side,
)
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import BookUpdate, CoinMarket, Print
from omega_tui.sim.coin_records import FillRecord, OrderRecord, PlanRecord
from omega_tui.sim.coins import CoinKind, MarketKey, plain
from omega_tui.sim.holding import HoldMode

BOOK_DEPTHS: Final = {"books1": 1, "books5": 5, "books15": 15, "books50": 50}
"""Channels that send the best levels whole each time."""

TRADES_AT_FIRST: Final = 50
CANDLES_AT_FIRST: Final = 500

PRIVATE: Final = frozenset({"orders", "orders-algo", "fill", "account", "positions"})

INST_TYPES: Final = {CoinKind.SPOT: ProductType.SPOT, CoinKind.PERPETUAL: ProductType.USDT_FUTURES}
KINDS: Final = {str(name): kind for kind, name in INST_TYPES.items()}


def key_of(arg: Arg) -> MarketKey | None:
    """Return the book that a public channel is about, None for an unknown type."""
    kind = KINDS.get(arg.inst_type.upper())
    return None if kind is None else MarketKey(kind, arg.inst_id)


class Pushes:
    """Makes the data of channels. `checksums` says whether book updates carry a crc32."""

    def __init__(self, exchange: CoinExchange) -> None:
        self._exchange = exchange
        self.checksums = False

    def knows(self, arg: Arg, *, is_private: bool) -> bool:
        """Whether there is such a channel."""
        kind = KINDS.get(arg.inst_type.upper())
        if kind is None:
            return False
        if is_private:
            names = {key.symbol for key in self._exchange.venue.markets if key.kind is kind}
            named = arg.inst_id or arg.coin
            return arg.channel in PRIVATE and (bool(arg.coin) or named in {*names, "default"})
        return MarketKey(kind, arg.inst_id) in self._exchange.venue.markets and self._is_public(arg.channel)

    def opening(self, arg: Arg) -> list[tuple[Action, list[Any]]]:
        """Return what a new listener of a public channel is sent at once."""
        market = self._market(arg)
        if market is None:
            return []
        if arg.channel == "books":
            return [(Action.SNAPSHOT, [self.whole_book(market)])]
        if arg.channel in BOOK_DEPTHS:
            return [(Action.SNAPSHOT, [self.top_book(market, BOOK_DEPTHS[arg.channel])])]
        if arg.channel == "ticker":
            return [(Action.SNAPSHOT, [self.ticker(market)])]
        if arg.channel == "trade":
            rows = self.trades(market, list(market.trades)[-TRADES_AT_FIRST:])
            return [(Action.SNAPSHOT, rows)] if rows else []
        return [(Action.SNAPSHOT, self.candles(market, arg.channel, CANDLES_AT_FIRST))]

    # --- public data

    def whole_book(self, market: CoinMarket) -> Row:
        """Return every level as of the last update, which the next one follows: the start of `books`."""
        return book_data(
            market.shown_texts(is_bid=True),
            market.shown_texts(is_bid=False),
            at_ms=self._exchange.venue.now_ms,
            sequence=market.sequence,
            previous=0,
            checksum=market.checksum() if self.checksums else None,
        )

    def update(self, market: CoinMarket, update: BookUpdate, *, touch_only: bool = False) -> Row:
        """Return what changed in a book, or, as a fault, only what changed at its touch."""
        spec, engine = market.spec, market.engine
        sides = ((update.bids, engine.best_bid), (update.asks, engine.best_ask))
        bids, asks = (
            [
                (spec.price_text(ticks), spec.size_text(lots) if lots else "0")
                for ticks, lots in levels
                if not touch_only or ticks == best
            ]
            for levels, best in sides
        )
        return book_data(
            bids,
            asks,
            at_ms=update.at_ms,
            sequence=update.sequence,
            previous=update.previous,
            checksum=update.checksum if self.checksums else None,
        )

    def top_book(self, market: CoinMarket, depth: int) -> Row:
        """Return the best levels."""
        return book_data(
            market.shown_texts(is_bid=True, limit=depth),
            market.shown_texts(is_bid=False, limit=depth),
            at_ms=self._exchange.venue.now_ms,
            sequence=market.sequence,
            previous=0,
        )

    def ticker(self, market: CoinMarket) -> Row:
        """Return a ticker."""
        day, symbol = Day(market), market.spec.key.symbol
        row = day.common() | {
            "instId": symbol,
            "open24h": day.open,
            "ts": str(self._exchange.venue.now_ms),
        }
        if not market.spec.key.is_perpetual:
            return row
        next_ms = self._exchange.risk.next_funding_ns // 1_000_000
        return (
            row
            | contract_prices(self._exchange, market)
            | {"symbol": symbol, "symbolType": "1", "deliveryPrice": "0", "nextFundingTime": str(next_ms)}
        )

    def trades(self, market: CoinMarket, prints: list[Print]) -> list[Row]:
        """Return public trades, newest first as the venue sends them."""
        return [public_trade(market.spec, each) for each in reversed(prints)]

    def candles(self, market: CoinMarket, channel: str, limit: int) -> list[list[str]]:
        """Return the last candles of a channel, oldest first; one is the present one alone."""
        span = SPANS[channel.removeprefix("candle").lower()]
        market.candles.roll(self._exchange.venue.now_ms)
        if limit == 1:
            return [candle_row(market.spec, market.candles.last(span))]
        return [candle_row(market.spec, row) for row in market.candles.rows(span, limit=limit)]

    # --- private data

    def order(self, record: OrderRecord, fill: FillRecord | None) -> Row:
        """Return an order with what changed it."""
        return _perpetual_order(record, fill) if record.key.is_perpetual else _spot_order(record, fill)

    def fill(self, fill: FillRecord) -> Row:
        """Return a fill."""
        order = fill.order
        row = {
            "orderId": order.order_id,
            "clientOid": order.ticket.client_id,
            "tradeId": fill.trade_id,
            "symbol": order.key.symbol,
            "orderType": order_type(order.ticket.price),
            "side": side_word(order.ticket.side),
            "tradeScope": scope(fill),
            "feeDetail": [fee_detail(fill)],
            "cTime": ms(fill.at_ns),
            "uTime": ms(fill.at_ns),
        }
        price, size, value = plain(fill.price), plain(fill.size), plain(fill.value)
        if not order.key.is_perpetual:
            return row | {"priceAvg": price, "size": size, "amount": value}
        return row | {
            "price": price,
            "baseVolume": size,
            "quoteVolume": value,
            "profit": plain(fill.profit),
            "tradeSide": trade_side(order),
            "posMode": str(order.hold_mode),
        }

    def plan(self, plan: PlanRecord, hold_mode: HoldMode) -> Row:
        """Return a plan."""
        if not plan.key.is_perpetual:
            return spot_plan(plan) | {"instId": plan.key.symbol, "price": plain(plan.trigger)}
        row = mix_plan(plan, hold_mode)
        return row | {
            "instId": plan.key.symbol,
            "status": row["planStatus"],
            "price": plain(plan.trigger),
            "actualSize": "0",
            "triggerTime": ms(plan.updated_ns) if plan.order_id else "",
        }

    # --- inside

    def _market(self, arg: Arg) -> CoinMarket | None:
        key = key_of(arg)
        return None if key is None else self._exchange.venue.markets.get(key)

    def _is_public(self, channel: str) -> bool:
        if channel.startswith("candle"):
            return channel.removeprefix("candle") in SPAN_WORDS
        return channel in {"books", "ticker", "trade"} or channel in BOOK_DEPTHS


def _spot_order(record: OrderRecord, fill: FillRecord | None) -> Row:
    ticket = record.ticket
    price = ticket.price or record.average
    row = {
        "instId": record.key.symbol,
        "orderId": record.order_id,
        "clientOid": ticket.client_id,
        "notional": plain(record.size * price),
        "newSize": asked_size(record),
        "size": plain(record.size * price),
        "orderType": order_type(ticket.price),
        "force": str(ticket.force),
        "side": side_word(ticket.side),
        "accBaseVolume": plain(record.filled),
        "priceAvg": plain(record.average.quantize(record.spec.tick / 100)),
        "status": SPOT_STATES[record.state],
        "cancelReason": record.cancel_reason,
        "cTime": ms(record.created_ns),
        "uTime": ms(record.updated_ns),
        "feeDetail": [{"feeCoin": record.fee_coin, "fee": plain(-record.fee)}] if record.fee else [],
        "enterPointSource": "API",
    }
    if ticket.price is not None:
        row["price"] = plain(ticket.price)
    return row if fill is None else row | _filled(fill)


def _perpetual_order(record: OrderRecord, fill: FillRecord | None) -> Row:
    ticket = record.ticket
    price = ticket.price or record.average
    row = {
        "instId": record.key.symbol,
        "orderId": record.order_id,
        "clientOid": ticket.client_id,
        "size": plain(record.size),
        "price": plain(ticket.price or ZERO),
        "accBaseVolume": plain(record.filled),
        "priceAvg": plain(record.average.quantize(record.spec.tick / 100)),
        "notionalUsd": plain(record.size * price),
        "status": MIX_STATES[record.state],
        "orderType": order_type(ticket.price),
        "force": str(ticket.force),
        "side": side_word(ticket.side),
        "posSide": position_side(record),
        "posMode": str(record.hold_mode),
        "tradeSide": trade_side(record),
        "marginMode": str(record.margin_mode),
        "marginCoin": record.spec.quote,
        "leverage": str(record.leverage),
        "reduceOnly": "yes" if ticket.only_closes else "no",
        "totalProfits": plain(record.profit),
        "cancelReason": record.cancel_reason,
        "enterPointSource": "API",
        "feeDetail": [{"feeCoin": record.fee_coin, "fee": plain(-record.fee)}],
        "cTime": ms(record.created_ns),
        "uTime": ms(record.updated_ns),
    }
    if fill is None:
        return row
    return row | _filled(fill) | {"fillNotionalUsd": plain(fill.value), "pnl": plain(fill.profit)}


def _filled(fill: FillRecord) -> Row:
    """Return the fields that only an order has which was just filled; its volume is that of this fill."""
    return {
        "baseVolume": plain(fill.size),
        "fillPrice": plain(fill.price),
        "fillFee": plain(-fill.fee),
        "fillFeeCoin": fill.order.fee_coin,
        "fillTime": ms(fill.at_ns),
        "tradeId": fill.trade_id,
        "tradeScope": "T" if fill.is_taker else "M",
    }
