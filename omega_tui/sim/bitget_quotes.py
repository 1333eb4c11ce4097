"""Public facts of one book as Bitget v2 shows them over REST and WebSocket: rules, tickers, candles."""

from decimal import Decimal
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.sim.bitget_views import Row
from omega_tui.sim.coin_candles import MINUTE_MS, Candle
from omega_tui.sim.coin_exchange import CoinExchange
from omega_tui.sim.coin_market import CoinMarket, Print
from omega_tui.sim.coin_risk import FUNDING_HOURS
from omega_tui.sim.coins import CoinSpec, plain

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

RATIO: Final = Decimal("0.00001")
"""What a change is rounded to."""


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
        midnight = market.candles.opened(day.start_ms // DAY_MS * DAY_MS)
        change, change_utc = (
            (Decimal(market.last) / Decimal(since) - ONE).quantize(RATIO) for since in (day.open, midnight)
        )
        return {
            "lastPr": spec.price_text(market.last),
            "bidPr": spec.price_text(bid[0][0]) if bid else "",
            "bidSz": spec.size_text(bid[0][1]) if bid else "",
            "askPr": spec.price_text(ask[0][0]) if ask else "",
            "askSz": spec.size_text(ask[0][1]) if ask else "",
            "high24h": spec.price_text(day.high),
            "low24h": spec.price_text(day.low),
            "change24h": plain(change),
            "changeUtc24h": plain(change_utc),
            "openUtc": spec.price_text(midnight),
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


def spot_symbol(spec: CoinSpec) -> Row:
    """Return what there is to know of a spot symbol."""
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


def contract(spec: CoinSpec) -> Row:
    """Return what there is to know of a perpetual."""
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
