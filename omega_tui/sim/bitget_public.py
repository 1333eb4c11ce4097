"""Public REST of the embedded Bitget: what there is, books, prices, trades, candles, funding."""

from collections.abc import Callable
from typing import Final

from omega_tui.protocol.bitget.refusals import NOT_THERE, PARAMETER_ERROR
from omega_tui.protocol.bitget.wire import ProductType
from omega_tui.sim.bitget_common import Handler, Route
from omega_tui.sim.bitget_params import Params
from omega_tui.sim.bitget_quotes import (
    SPANS,
    Day,
    candle_row,
    contract,
    contract_prices,
    public_trade,
    spot_symbol,
)
from omega_tui.sim.bitget_views import Row
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import MILLISECOND, CoinMarket
from omega_tui.sim.coin_risk import FUNDING_HOURS, RATE_CLAMP
from omega_tui.sim.coins import CoinKind, MarketKey, plain

MOST_CANDLES: Final = 1_000
MOST_LEVELS: Final = 150
MOST_TRADES: Final = 1_000


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
        return [spot_symbol(market.spec) for market in self._chosen(params, CoinKind.SPOT)]

    def _contracts(self, params: Params) -> list[Row]:
        if not has_futures(params):
            return []
        return [contract(market.spec) for market in self._chosen(params, CoinKind.PERPETUAL)]

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
        if params.word("kLineType", "market").lower() != "market":
            # Candles of the mark and of the index are not kept; those of trades would be another thing.
            raise PARAMETER_ERROR.error("kLineType")
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
