"""Public REST of the embedded Bitget: what there is, books, prices, trades, candles, funding."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.protocol.bitget.refusals import NOT_THERE, PARAMETER_ERROR
from omega_tui.protocol.bitget.wire import ProductType
from omega_tui.sim.bitget_common import Handler, Route
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.bitget_views import Row
from omega_tui.sim.coin_candles import MINUTE_MS, Candle
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import MILLISECOND, CoinMarket, Print
from omega_tui.sim.coin_risk import FUNDING_HOURS, RATE_CLAMP
from omega_tui.sim.coins import CoinKind, CoinSpec, MarketKey, plain

HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

SPANS: Final = {
    "1min": MINUTE_MS,
    "3min": 3 * MINUTE_MS,
    "5min": 5 * MINUTE_MS,
    "15min": 15 * MINUTE_MS,
    "30min": 30 * MINUTE_MS,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "6hutc": 6 * HOUR_MS,
    "12hutc": 12 * HOUR_MS,
    "1d": DAY_MS,
    "1day": DAY_MS,
    "1dutc": DAY_MS,
    "3d": 3 * DAY_MS,
    "3dutc": 3 * DAY_MS,
}
"""Spans of candles by the venue's words, in lower case (the two APIs spell them differently)."""

SPAN_WORDS: Final = ("1m", "5m", "15m", "30m", "1H", "4H", "6H", "12H", "1D")
"""How a WebSocket channel names them, after `candle`."""

MOST_CANDLES: Final = 1_000
MOST_LEVELS: Final = 150
MOST_TRADES: Final = 1_000

RATIO: Final = Decimal("0.00001")
"""What a change is rounded to."""


def find_market(exchange: CoinExchange, kind: CoinKind, symbol: str) -> CoinMarket:
    """Return a book.

    Raises:
        VenueRefused: There is none of that name.
    """
    market = exchange.venue.markets.get(MarketKey(kind, symbol))
    if market is None:
        raise NOT_THERE.error(symbol)
    return market


def has_futures(params: Params) -> bool:
    """Whether `productType` asks for the contracts that there are."""
    return params.text("productType").upper() == ProductType.USDT_FUTURES


class PublicDesk:
    """Answers everybody.

    `shown_ms` is the time that the venue tells, which need not be right.
    """

    def __init__(self, exchange: CoinExchange, *, shown_ms: Callable[[], int]) -> None:
        self._exchange = exchange
        self._shown_ms = shown_ms

    def routes(self) -> dict[Route, Handler]:
        """Return every path with who serves it."""
        spot, mix = "/api/v2/spot", "/api/v2/mix/market"
        return {
            ("GET", "/api/v2/public/time"): self._time,
            ("GET", f"{spot}/public/coins"): self._coins,
            ("GET", f"{spot}/public/symbols"): self._symbols,
            ("GET", "/api/v2/margin/currencies"): lambda _: [],
            ("GET", f"{spot}/market/tickers"): lambda params: self._tickers(params, CoinKind.SPOT),
            ("GET", f"{spot}/market/orderbook"): lambda params: self._book(params, CoinKind.SPOT),
            ("GET", f"{spot}/market/merge-depth"): lambda params: self._book(params, CoinKind.SPOT),
            ("GET", f"{spot}/market/fills"): lambda params: self._trades(params, CoinKind.SPOT),
            ("GET", f"{spot}/market/fills-history"): lambda params: self._trades(params, CoinKind.SPOT),
            ("GET", f"{spot}/market/candles"): lambda params: self._candles(params, CoinKind.SPOT),
            ("GET", f"{spot}/market/history-candles"): lambda params: self._candles(params, CoinKind.SPOT),
            ("GET", f"{mix}/contracts"): self._contracts,
            ("GET", f"{mix}/ticker"): self._contract_tickers,
            ("GET", f"{mix}/tickers"): self._contract_tickers,
            ("GET", f"{mix}/merge-depth"): lambda params: self._book(params, CoinKind.PERPETUAL),
            ("GET", f"{mix}/fills"): lambda params: self._trades(params, CoinKind.PERPETUAL),
            ("GET", f"{mix}/fills-history"): lambda params: self._trades(params, CoinKind.PERPETUAL),
            ("GET", f"{mix}/candles"): lambda params: self._candles(params, CoinKind.PERPETUAL),
            ("GET", f"{mix}/history-candles"): lambda params: self._candles(params, CoinKind.PERPETUAL),
            ("GET", f"{mix}/symbol-price"): self._symbol_price,
            ("GET", f"{mix}/current-fund-rate"): self._funding_rate,
            ("GET", f"{mix}/funding-time"): self._funding_time,
            ("GET", f"{mix}/history-fund-rate"): self._past_rates,
            ("GET", f"{mix}/open-interest"): self._open_interest,
            ("GET", f"{mix}/query-position-lever"): self._tiers,
        }

    # --- what there is

    def _time(self, _params: Params) -> Row:
        return {"serverTime": str(self._shown_ms())}

    def _coins(self, _params: Params) -> list[Row]:
        coins: dict[str, None] = {}
        for market in self._exchange.venue.markets.values():
            coins |= {market.spec.base: None, market.spec.quote: None}
        return [
            {"coinId": str(number), "coin": coin, "transfer": "true", "chains": [], "areaCoin": "no"}
            for number, coin in enumerate(coins, 1)
        ]

    def _symbols(self, params: Params) -> list[Row]:
        return [_spot_symbol(market.spec) for market in self._chosen(params, CoinKind.SPOT)]

    def _contracts(self, params: Params) -> list[Row]:
        if not has_futures(params):
            return []
        return [_contract(market.spec) for market in self._chosen(params, CoinKind.PERPETUAL)]

    # --- books, trades, candles

    def _book(self, params: Params, kind: CoinKind) -> Row:
        market = find_market(self._exchange, kind, params.text("symbol"))
        word = params.word("limit", str(MOST_LEVELS))
        limit = MOST_LEVELS if word == "max" else params.integer("limit", MOST_LEVELS, most=MOST_LEVELS)
        return {
            "asks": market.level_texts(is_bid=False, limit=limit),
            "bids": market.level_texts(is_bid=True, limit=limit),
            "ts": str(self._exchange.venue.now_ms),
        }

    def _trades(self, params: Params, kind: CoinKind) -> list[Row]:
        market = find_market(self._exchange, kind, params.text("symbol"))
        limit = params.integer("limit", 500, most=MOST_TRADES) or 500
        start, end = params.integer("startTime", 0), params.integer("endTime", 0)
        before = params.integer("idLessThan", 0)
        found = [
            public_trade(market.spec, trade) | {"symbol": market.spec.key.symbol}
            for trade in reversed(market.trades)
            if trade.at_ms >= start
            and (not end or trade.at_ms <= end)
            and (not before or int(trade.trade_id) < before)
        ]
        return found[:limit]

    def _candles(self, params: Params, kind: CoinKind) -> list[list[str]]:
        market = find_market(self._exchange, kind, params.text("symbol"))
        span = SPANS.get(params.text("granularity").lower())
        if span is None:
            raise PARAMETER_ERROR.error("granularity")
        market.candles.roll(self._exchange.venue.now_ms)
        end = params.integer("endTime", 0)
        rows = market.candles.rows(
            span,
            limit=params.integer("limit", 100, most=MOST_CANDLES) or 100,
            start_ms=params.integer("startTime", 0),
            end_ms=end or None,
        )
        return [candle_row(market.spec, row) for row in rows]

    # --- prices

    def _tickers(self, params: Params, kind: CoinKind) -> list[Row]:
        rows = []
        for market in self._chosen(params, kind):
            day = Day(market)
            row = day.common() | {
                "symbol": market.spec.key.symbol,
                "open": day.open,
                "usdtVolume": day.value,
                "ts": str(self._exchange.venue.now_ms),
            }
            rows.append(row)
        return rows

    def _contract_tickers(self, params: Params) -> list[Row]:
        if not has_futures(params):
            return []
        rows = []
        for market in self._chosen(params, CoinKind.PERPETUAL):
            day = Day(market)
            rows.append(
                day.common()
                | contract_prices(self._exchange, market)
                | {
                    "symbol": market.spec.key.symbol,
                    "open24h": day.open,
                    "usdtVolume": day.value,
                    "deliveryStartTime": None,
                    "deliveryTime": None,
                    "deliveryStatus": "",
                    "ts": str(self._exchange.venue.now_ms),
                }
            )
        return rows

    def _symbol_price(self, params: Params) -> list[Row]:
        rows = []
        for market in self._chosen(params, CoinKind.PERPETUAL):
            prices = contract_prices(self._exchange, market)
            rows.append(
                {
                    "symbol": market.spec.key.symbol,
                    "price": market.spec.price_text(market.last),
                    "indexPrice": prices["indexPrice"],
                    "markPrice": prices["markPrice"],
                    "ts": str(self._exchange.venue.now_ms),
                }
            )
        return rows

    # --- funding

    def _funding_rate(self, params: Params) -> list[Row]:
        return [
            {
                "symbol": market.spec.key.symbol,
                "fundingRate": plain(self._exchange.risk.rate(market.spec.key.symbol)),
                "fundingRateInterval": str(FUNDING_HOURS),
                "nextUpdate": self._next_funding(),
                "minFundingRate": plain(-RATE_CLAMP),
                "maxFundingRate": plain(RATE_CLAMP),
            }
            for market in self._chosen(params, CoinKind.PERPETUAL)
        ]

    def _funding_time(self, params: Params) -> list[Row]:
        symbol = find_market(self._exchange, CoinKind.PERPETUAL, params.text("symbol")).spec.key.symbol
        next_ms = self._next_funding()
        return [{"symbol": symbol, "nextFundingTime": next_ms, "ratePeriod": str(FUNDING_HOURS)}]

    def _past_rates(self, params: Params) -> list[Row]:
        symbol = find_market(self._exchange, CoinKind.PERPETUAL, params.text("symbol")).spec.key.symbol
        size = params.integer("pageSize", 20, most=100) or 20
        first = max(0, params.integer("pageNo", 1) - 1) * size
        newest_first = list(reversed(self._exchange.risk.rates[symbol]))
        return [
            {"symbol": symbol, "fundingRate": plain(rate), "fundingTime": str(at_ms)}
            for at_ms, rate in newest_first[first : first + size]
        ]

    def _open_interest(self, params: Params) -> Row:
        rows = [
            {
                "symbol": market.spec.key.symbol,
                "size": contract_prices(self._exchange, market)["holdingAmount"],
            }
            for market in self._chosen(params, CoinKind.PERPETUAL)
        ]
        return {"openInterestList": rows, "ts": str(self._exchange.venue.now_ms)}

    def _tiers(self, params: Params) -> list[Row]:
        spec = find_market(self._exchange, CoinKind.PERPETUAL, params.text("symbol")).spec
        return [
            {
                "symbol": spec.key.symbol,
                "level": "1",
                "startUnit": "0",
                "endUnit": "100000000",
                "leverage": str(spec.max_leverage),
                "keepMarginRate": plain(spec.maintenance_rate),
            }
        ]

    # --- inside

    def _next_funding(self) -> str:
        return str(self._exchange.risk.next_funding_ns // MILLISECOND)

    def _chosen(self, params: Params, kind: CoinKind) -> list[CoinMarket]:
        symbol = params.word("symbol")
        if symbol:
            return [find_market(self._exchange, kind, symbol)]
        return [market for key, market in self._exchange.venue.markets.items() if key.kind is kind]


class Day:
    """The last 24 hours of a book, as texts.

    Attributes:
        open: Price 24 hours ago.
        value: Traded since, in quote units.
    """

    def __init__(self, market: CoinMarket) -> None:
        self._market = market
        self._day: Candle = market.candles.day()
        spec = market.spec
        self.open = spec.price_text(self._day.open)
        self.value = plain(Decimal(self._day.value).scaleb(-spec.price_places - spec.size_places))

    def common(self) -> Row:
        """Return the fields of a ticker that spot and futures share."""
        market, spec, day = self._market, self._market.spec, self._day
        bid, ask = (market.levels(is_bid=is_bid, limit=1) for is_bid in (True, False))
        change = (Decimal(market.last) / Decimal(day.open) - ONE).quantize(RATIO)
        return {
            "lastPr": spec.price_text(market.last),
            "bidPr": spec.price_text(bid[0][0]) if bid else "",
            "bidSz": spec.size_text(bid[0][1]) if bid else "",
            "askPr": spec.price_text(ask[0][0]) if ask else "",
            "askSz": spec.size_text(ask[0][1]) if ask else "",
            "high24h": spec.price_text(day.high),
            "low24h": spec.price_text(day.low),
            "change24h": plain(change),
            "changeUtc24h": plain(change),
            "openUtc": self.open,
            "baseVolume": spec.size_text(day.volume),
            "quoteVolume": self.value,
        }


def contract_prices(exchange: CoinExchange, market: CoinMarket) -> Row:
    """Return mark, index and funding of a perpetual."""
    symbol = market.spec.key.symbol
    held = sum(
        (
            holding.size
            for trader in exchange.venue.traders.values()
            for (name, _), holding in trader.perpetual.holdings.items()
            if name == symbol
        ),
        ZERO,
    )
    # The crowd's positions are not kept: a round number stands for them.
    crowd = market.spec.depth * 10_000
    return {
        "markPrice": plain(exchange.venue.marks[symbol]),
        "indexPrice": plain(exchange.risk.index(symbol)),
        "fundingRate": plain(exchange.risk.rate(symbol)),
        "holdingAmount": plain(crowd + held),
    }


def public_trade(spec: CoinSpec, trade: Print) -> Row:
    """Return a public trade."""
    return {
        "tradeId": trade.trade_id,
        "price": spec.price_text(trade.ticks),
        "size": spec.size_text(trade.lots),
        "side": "buy" if trade.is_buy else "sell",
        "ts": str(trade.at_ms),
    }


def candle_row(spec: CoinSpec, candle: Candle) -> list[str]:
    """Return a candle: time, open, high, low, close, base volume, quote volume, volume in USDT."""
    value = plain(Decimal(candle.value).scaleb(-spec.price_places - spec.size_places))
    prices = (candle.open, candle.high, candle.low, candle.close)
    texts = [spec.price_text(ticks) for ticks in prices]
    return [str(candle.start_ms), *texts, spec.size_text(candle.volume), value, value]


def _spot_symbol(spec: CoinSpec) -> dict[str, Any]:
    return {
        "symbol": spec.key.symbol,
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "minTradeAmount": plain(spec.min_size),
        "maxTradeAmount": "10000000000",
        "takerFeeRate": plain(spec.taker_rate),
        "makerFeeRate": plain(spec.maker_rate),
        "pricePrecision": str(spec.price_places),
        "quantityPrecision": str(spec.size_places),
        "quotePrecision": str(spec.price_places + spec.size_places),
        "status": "online",
        "minTradeUSDT": plain(spec.min_value),
        "buyLimitPriceRatio": plain(spec.price_band),
        "sellLimitPriceRatio": plain(spec.price_band),
        "areaSymbol": "no",
    }


def _contract(spec: CoinSpec) -> dict[str, Any]:
    return {
        "symbol": spec.key.symbol,
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "buyLimitPriceRatio": plain(spec.price_band),
        "sellLimitPriceRatio": plain(spec.price_band),
        "feeRateUpRatio": "0.005",
        "makerFeeRate": plain(spec.maker_rate),
        "takerFeeRate": plain(spec.taker_rate),
        "openCostUpRatio": "0.01",
        "supportMarginCoins": [spec.quote],
        "minTradeNum": plain(spec.min_size),
        "priceEndStep": "1",
        "volumePlace": str(spec.size_places),
        "pricePlace": str(spec.price_places),
        "sizeMultiplier": plain(spec.lot),
        "symbolType": "perpetual",
        "minTradeUSDT": plain(spec.min_value),
        "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "400",
        "maxPositionNum": "150",
        "symbolStatus": "normal",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "deliveryPeriod": "",
        "launchTime": "",
        "fundInterval": str(FUNDING_HOURS),
        "minLever": "1",
        "maxLever": str(spec.max_leverage),
        "posLimit": "0.05",
        "maintainTime": "",
    }
