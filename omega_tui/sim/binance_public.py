"""Public REST of the embedded Binance: what there is, books, prices, trades, candles.

Candles and days do not count their trades: where the wire has a number of trades there is 0.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.protocol.binance.refusals import INTERVAL_INVALID, SYMBOL_INVALID
from omega_tui.protocol.binance.wire import Row, depth_snapshot, number
from omega_tui.sim.binance_coins import SPOT
from omega_tui.sim.binance_params import Params
from omega_tui.sim.binance_routes import PUBLIC, Handler, Routes
from omega_tui.sim.binance_views import ORDER_TYPES
from omega_tui.sim.coin_candles import MINUTE_MS, Candle
from omega_tui.sim.coin_events import BookTold
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import CoinMarket, Print
from omega_tui.sim.coin_rules import MAX_SIZE
from omega_tui.sim.coins import CoinSpec, MarketKey

HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

SPANS: Final = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
}
"""Intervals of candles."""

MOST_LEVELS: Final = 5_000
MOST_ROWS: Final = 1_000
WEIGHT_PER_MINUTE: Final = 6_000

Levels = list[tuple[str, str]]


def find_market(exchange: CoinExchange, symbol: str) -> CoinMarket:
    """Return a book.

    Raises:
        VenueRefused: There is none of that name.
    """
    market = exchange.venue.markets.get(MarketKey(SPOT, symbol))
    if market is None:
        raise SYMBOL_INVALID.error()
    return market


def levels(market: CoinMarket, *, is_bid: bool, limit: int | None = None) -> Levels:
    """Return the best levels of a side as the wire has them."""
    return [level_row(market.spec, *level) for level in market.levels(is_bid=is_bid, limit=limit)]


def level_row(spec: CoinSpec, ticks: int, lots: int) -> tuple[str, str]:
    """Return price and size of one level."""
    return number(spec.price(ticks)), number(spec.size(lots))


def _for_anybody(serve: Callable[[Params], Any]) -> Handler:
    """Return a handler that does not care who asks."""
    return lambda _account, params: serve(params)


class PublicDesk:
    """Answers everybody.

    `shown_ms` is the time that the venue tells, which need not be right.
    """

    def __init__(self, exchange: CoinExchange, *, shown_ms: Callable[[], int]) -> None:
        self._exchange = exchange
        self._shown_ms = shown_ms

    def routes(self) -> Routes:
        """Return every path with who serves it."""
        served: dict[str, Callable[[Params], Any]] = {
            "/api/v3/ping": lambda _: {},
            "/api/v3/time": lambda _: {"serverTime": self._shown_ms()},
            "/api/v3/exchangeInfo": self._info,
            "/api/v3/depth": self._depth,
            "/api/v3/trades": self._trades,
            "/api/v3/aggTrades": self._agg_trades,
            "/api/v3/klines": self._klines,
            "/api/v3/ticker/24hr": self._days,
            "/api/v3/ticker/price": self._prices,
            "/api/v3/ticker/bookTicker": self._touches,
            "/sapi/v1/system/status": lambda _: {"status": 0, "msg": "normal"},
        }
        return {("GET", path): (PUBLIC, _for_anybody(serve)) for path, serve in served.items()}

    def _info(self, params: Params) -> Row:
        return {
            "timezone": "UTC",
            "serverTime": self._shown_ms(),
            "rateLimits": [
                {
                    "rateLimitType": "REQUEST_WEIGHT",
                    "interval": "MINUTE",
                    "intervalNum": 1,
                    "limit": WEIGHT_PER_MINUTE,
                }
            ],
            "exchangeFilters": [],
            "symbols": [symbol_info(market.spec) for market in self._chosen(params)],
        }

    def _depth(self, params: Params) -> Row:
        market = find_market(self._exchange, params.text("symbol"))
        limit = params.integer("limit", 100, most=MOST_LEVELS) or 100
        # The number of a snapshot promises that the changes after it fit: what was not yet told is told now.
        update = market.tell(self._exchange.venue.now_ns)
        if update is not None:
            self._exchange.venue.events.append(BookTold(market.spec.key, update))
        bids, asks = (levels(market, is_bid=is_bid, limit=limit) for is_bid in (True, False))
        return depth_snapshot(market.sequence, bids, asks)

    def _trades(self, params: Params) -> list[Row]:
        market = find_market(self._exchange, params.text("symbol"))
        limit = params.integer("limit", 500, most=MOST_ROWS) or 500
        return [public_trade(market.spec, each) for each in list(market.trades)[-limit:]]

    def _agg_trades(self, params: Params) -> list[Row]:
        market = find_market(self._exchange, params.text("symbol"))
        limit = params.integer("limit", 500, most=MOST_ROWS) or 500
        first, start, end = (params.integer(name, 0) for name in ("fromId", "startTime", "endTime"))
        found = [
            each
            for each in market.trades
            if int(each.trade_id) >= first and each.at_ms >= start and (not end or each.at_ms <= end)
        ]
        wanted = found[:limit] if first or start else found[-limit:]
        return [agg_trade(market.spec, each) for each in wanted]

    def _klines(self, params: Params) -> list[list[Any]]:
        market = find_market(self._exchange, params.text("symbol"))
        span = SPANS.get(params.text("interval"))
        if span is None:
            raise INTERVAL_INVALID.error()
        market.candles.roll(self._exchange.venue.now_ms)
        limit = params.integer("limit", 500, most=MOST_ROWS) or 500
        start, end = params.integer("startTime", 0), params.integer("endTime", 0) or None
        rows = market.candles.rows(span, limit=10**9 if start else limit, start_ms=start, end_ms=end)
        return [kline(market.spec, row, span) for row in rows[:limit]]

    def _days(self, params: Params) -> Any:  # noqa: ANN401  (one row or all of them)
        return self._rows(params, lambda market: _long_day(day(market, self._exchange.venue.now_ms)))

    def _prices(self, params: Params) -> Any:  # noqa: ANN401
        return self._rows(
            params,
            lambda market: {
                "symbol": market.spec.key.symbol,
                "price": number(market.spec.price(market.last)),
            },
        )

    def _touches(self, params: Params) -> Any:  # noqa: ANN401
        def row(market: CoinMarket) -> Row:
            (bid, bid_size), (ask, ask_size) = touch(market)
            names = ("symbol", "bidPrice", "bidQty", "askPrice", "askQty")
            return dict(zip(names, (market.spec.key.symbol, bid, bid_size, ask, ask_size), strict=True))

        return self._rows(params, row)

    def _rows(self, params: Params, row: Callable[[CoinMarket], Row]) -> Any:  # noqa: ANN401
        """Return the row of `symbol`, or those of `symbols` or of all."""
        if "symbol" in params:
            return row(find_market(self._exchange, params.text("symbol")))
        return [row(market) for market in self._chosen(params)]

    def _chosen(self, params: Params) -> list[CoinMarket]:
        if "symbol" in params:
            return [find_market(self._exchange, params.text("symbol"))]
        named = params.word("symbols")
        if not named:
            return list(self._exchange.venue.markets.values())
        names = [name.strip('" ') for name in named.strip("[]").split(",")]
        return [find_market(self._exchange, name) for name in names]


def touch(market: CoinMarket) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return price and size of best bid and best ask; zero where a side is empty."""
    empty = (number(ZERO), number(ZERO))
    bids, asks = (levels(market, is_bid=is_bid, limit=1) for is_bid in (True, False))
    return (bids[0] if bids else empty), (asks[0] if asks else empty)


def day(market: CoinMarket, now_ms: int) -> Row:
    """Return the last 24 hours of a book, under the short names of the stream."""
    spec, candle = market.spec, market.candles.day()
    (bid, bid_size), (ask, ask_size) = touch(market)
    change = market.last - candle.open
    last = market.trades[-1].lots if market.trades else 0
    value, volume = _value(spec, candle), spec.size(candle.volume)
    return {
        "e": "24hrTicker",
        "E": now_ms,
        "s": spec.key.symbol,
        "p": number(spec.price(change)),
        "P": f"{Decimal(change) / Decimal(candle.open) * 100:.3f}",
        "w": number(value / volume if volume else ZERO),
        "x": number(spec.price(candle.open)),
        "c": number(spec.price(market.last)),
        "Q": number(spec.size(last)),
        "b": bid,
        "B": bid_size,
        "a": ask,
        "A": ask_size,
        "o": number(spec.price(candle.open)),
        "h": number(spec.price(candle.high)),
        "l": number(spec.price(candle.low)),
        "v": number(volume),
        "q": number(value),
        "O": now_ms - DAY_MS,
        "C": now_ms,
        "F": -1,
        "L": -1,
        "n": 0,
    }


LONG_NAMES: Final = {
    "symbol": "s",
    "priceChange": "p",
    "priceChangePercent": "P",
    "weightedAvgPrice": "w",
    "prevClosePrice": "x",
    "lastPrice": "c",
    "lastQty": "Q",
    "bidPrice": "b",
    "bidQty": "B",
    "askPrice": "a",
    "askQty": "A",
    "openPrice": "o",
    "highPrice": "h",
    "lowPrice": "l",
    "volume": "v",
    "quoteVolume": "q",
    "openTime": "O",
    "closeTime": "C",
    "firstId": "F",
    "lastId": "L",
    "count": "n",
}
"""What REST calls the fields of a day."""


def _long_day(row: Row) -> Row:
    return {name: row[short] for name, short in LONG_NAMES.items()}


def kline(spec: CoinSpec, candle: Candle, span_ms: int) -> list[Any]:
    """Return a candle: times, prices, volumes; whose orders came in is not known, so half of it is said."""
    prices = (candle.open, candle.high, candle.low, candle.close)
    volume, value = spec.size(candle.volume), _value(spec, candle)
    return [
        candle.start_ms,
        *(number(spec.price(ticks)) for ticks in prices),
        number(volume),
        candle.start_ms + span_ms - 1,
        number(value),
        0,
        number(volume / 2),
        number(value / 2),
        "0",
    ]


def public_trade(spec: CoinSpec, trade: Print) -> Row:
    """Return a public trade."""
    return {
        "id": int(trade.trade_id),
        "price": number(spec.price(trade.ticks)),
        "qty": number(spec.size(trade.lots)),
        "quoteQty": number(spec.price(trade.ticks) * spec.size(trade.lots)),
        "time": trade.at_ms,
        "isBuyerMaker": not trade.is_buy,
        "isBestMatch": True,
    }


def agg_trade(spec: CoinSpec, trade: Print) -> Row:
    """Return a public trade as an aggregate of itself alone."""
    trade_id = int(trade.trade_id)
    return {
        "a": trade_id,
        "p": number(spec.price(trade.ticks)),
        "q": number(spec.size(trade.lots)),
        "f": trade_id,
        "l": trade_id,
        "T": trade.at_ms,
        "m": not trade.is_buy,
        "M": True,
    }


def _value(spec: CoinSpec, candle: Candle) -> Decimal:
    return Decimal(candle.value).scaleb(-spec.price_places - spec.size_places)


def symbol_info(spec: CoinSpec) -> Row:
    """Return what `exchangeInfo` says of a symbol."""
    top = number(MAX_SIZE)
    return {
        "symbol": spec.key.symbol,
        "status": "TRADING",
        "baseAsset": spec.base,
        "baseAssetPrecision": 8,
        "quoteAsset": spec.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": number(spec.tick),
                "maxPrice": top,
                "tickSize": number(spec.tick),
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": number(spec.min_size),
                "maxQty": top,
                "stepSize": number(spec.lot),
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": f"{ONE + spec.price_band}",
                "bidMultiplierDown": "0",
                "askMultiplierUp": "1000",
                "askMultiplierDown": f"{ONE - spec.price_band}",
                "avgPriceMins": 0,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": number(spec.min_value),
                "applyMinToMarket": True,
                "maxNotional": top,
                "applyMaxToMarket": False,
                "avgPriceMins": 0,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_MAKER"],
    }
