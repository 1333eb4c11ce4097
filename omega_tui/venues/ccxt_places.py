"""Which book a raw message of an exchange is about, read off the fields that the library reads it off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from omega_tui.protocol.book_sequence import Message
from omega_tui.venues.ccxt_loader import Exchange

Client = Any
"""A connection of the library."""

WHOLE_CHANNELS: Final = frozenset({"books1", "books5", "books15", "books50", "bbo-tbt"})
"""Channels of bitget and okx in which every message is the whole book."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which book a raw message is about.

    Attributes:
        symbol: As the library keeps the book.
        message_hash: What the library waits for.
        is_whole: The channel sends nothing but whole books.
        also: Another symbol of the same book.
        message: What the check is to judge, where it is not the message as it came.
    """

    symbol: str
    message_hash: str
    is_whole: bool = False
    also: str = ""
    message: Message | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol under which the library hands the book out."""
        return (self.symbol, self.also) if self.also else (self.symbol,)


Find = Callable[[Exchange, Client, Any], Place | None]
"""Takes the instance, the connection and the message; None is a message that is let pass as it is."""


def _symbol(
    exchange: Exchange, market_id: object, kind: str | None = None, delimiter: str | None = None
) -> str:
    if not isinstance(market_id, str):
        return ""
    return str(exchange.safe_market(market_id, None, delimiter, kind)["symbol"] or "")


def _bitget(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    arg = message.get("arg") or {}
    kind = "spot" if str(arg.get("instType", "")).lower() == "spot" else "contract"
    symbol = _symbol(exchange, arg.get("instId", arg.get("symbol")), kind)
    whole = arg.get("channel", arg.get("topic")) in WHOLE_CHANNELS
    return Place(symbol, f"orderbook:{symbol}", is_whole=whole)


def _okx(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    arg = message.get("arg") or {}
    symbol, channel = _symbol(exchange, arg.get("instId")), arg.get("channel")
    return Place(symbol, f"{channel}:{symbol}", is_whole=channel in WHOLE_CHANNELS)


def _bybit(exchange: Exchange, client: Client, message: Message) -> Place | None:
    kind = "spot" if "spot" in client.url else "contract"
    symbol = _symbol(exchange, (message.get("data") or {}).get("s"), kind)
    return Place(symbol, f"orderbook:{symbol}")


def _kraken(_exchange: Exchange, _client: Client, message: Message) -> Place | None:
    rows = message.get("data") or [{}]
    symbol = str(rows[0].get("symbol") or "")
    return Place(symbol, f"orderbook@{symbol}")


def _binance(exchange: Exchange, client: Client, message: Message) -> Place | None:
    kind = "spot" if exchange.is_spot_url(client) else "swap"
    symbol = _symbol(exchange, message.get("s"), kind)
    return Place(symbol, f"orderbook::{symbol}")


def _gate(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    kind = "spot" if str(message.get("channel", "")).startswith("spot") else "contract"
    name = str((message.get("result") or {}).get("s") or "")
    symbol = _symbol(exchange, name.split(".")[1] if name.startswith("ob.") else name, kind, "_")
    return Place(symbol, f"orderbook:{symbol}")


def _htx(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    channel = str(message.get("ch") or "")
    return Place(_symbol(exchange, channel.split(".")[1]) if "." in channel else "", channel)


def _kucoin(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    topic = str(message.get("topic") or "")
    symbol = _symbol(exchange, (message.get("data") or {}).get("symbol", topic.partition(":")[2]), None, "-")
    return Place(symbol, f"orderbook:{symbol}", is_whole="Depth" in topic)


def _cryptocom(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    symbol = _symbol(exchange, message.get("instrument_name"))
    return Place(symbol, f"orderbook:{symbol}")


def _deribit(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    params = message.get("params") or {}
    symbol = _symbol(exchange, (params.get("data") or {}).get("instrument_name"))
    descriptor = ".".join(str(params.get("channel", "")).split(".")[2:])
    return Place(symbol, f"book|{symbol}|{descriptor}")


def _krakenfutures(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    symbol = _symbol(exchange, message.get("product_id"))
    return Place(symbol, f"orderbook@{symbol}")


def _mexc(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    symbol = _symbol(exchange, message.get("s", message.get("symbol")))
    return Place(symbol, f"orderbook:{symbol}")


def _blofin(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    arg = message.get("arg") or {}
    symbol, channel = _symbol(exchange, arg.get("instId")), arg.get("channel")
    return Place(symbol, f"{channel}:{symbol}", is_whole=channel in WHOLE_CHANNELS)


def _backpack(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    symbol = _symbol(exchange, (message.get("data") or {}).get("s"))
    return Place(symbol, f"orderbook:{symbol}")


def _coinbase(exchange: Exchange, client: Client, message: Message) -> Place | None:
    """Coinbase sends the book of a dollar for the pair in USDC, too; the library hands it to both."""
    events = message.get("events") or [{}]
    symbol = _symbol(exchange, events[0].get("product_id"))
    twin = f"{symbol}C" if symbol.endswith("/USD") else ""
    is_watched = f"level2::{twin}" in client.subscriptions
    return Place(symbol, f"level2::{symbol}", also=twin if is_watched else "")


def _bitfinex(exchange: Exchange, client: Client, message: list[Any]) -> Place | None:
    subscription = client.subscriptions.get(str(message[0])) or {}
    name = subscription.get("symbol")
    if subscription.get("prec", "P0") == "R0":
        return None  # Raw books are of orders, whose numbers the sum is made of; nobody here asks for them.
    told = {"checksum": message[2]} if message[1] == "cs" else {"book": message[1]}
    return Place(_symbol(exchange, name), f"book:{name}", message=told)


def _independentreserve(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    base, _, quote = str(message.get("Channel") or "").partition("/")[2].partition("/")[2].partition("/")
    symbol = "/".join(exchange.safe_currency_code(code) or "" for code in (base, quote))
    return Place(symbol, f"orderbook:{symbol}")


def _cex(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    pair = (message.get("data") or {}).get("pair")
    symbol = str(exchange.pair_to_symbol(pair) or "") if isinstance(pair, str) else ""
    return Place(symbol, f"orderbook:{symbol}")


def _grvt(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    symbol = _symbol(exchange, str(message.get("selector") or "").split("@")[0] or None)
    return Place(symbol, f"orderbook::{symbol}", is_whole=message.get("stream") == "v1.book.s")


def _hitbtc(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    """A message of several symbols is not asked for, and would be no book's alone."""
    rows = message.get("snapshot") or message.get("update") or message.get("data") or {}
    symbol = _symbol(exchange, next(iter(rows))) if len(rows) == 1 else ""
    return Place(symbol, f"orderbooks::{symbol}", is_whole="data" in message)


def _lighter(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    symbol = _symbol(exchange, str(message.get("channel") or "").partition(":")[2] or None)
    return Place(symbol, f"orderbook:{symbol}")


def _luno(_exchange: Exchange, client: Client, _message: Message) -> Place | None:
    subscription: Message = next(iter(client.subscriptions.values()), {})  # A connection carries one market.
    symbol = str(subscription.get("symbol") or "")
    return Place(symbol, f"orderbook:{symbol}")


def _whitebit(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    params = message.get("params") or []
    symbol = _symbol(exchange, params[2] if len(params) > 2 else None)
    return Place(symbol, f"orderbook:{symbol}")


def _woo(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    topic = str(message.get("topic") or "")
    symbol = _symbol(exchange, (message.get("data") or {}).get("symbol"))
    return Place(symbol, topic, is_whole=not topic.endswith("@orderbookupdate"))


def _xt(exchange: Exchange, _client: Client, message: Message) -> Place | None:
    row = message.get("data") or {}
    kind = "contract" if "fu" in row else "spot"
    return Place(_symbol(exchange, row.get("s"), kind), f"{str(message.get('event')).split(',')[0]}::{kind}")


def _named(*path: str, delimiter: str | None = None) -> Find:
    """Return a finder for messages that name their market, in one row of `data` or at the end of a path."""

    def find(exchange: Exchange, _client: Client, message: Message) -> Place | None:
        row: Any = message
        for name in path:
            row = row[0] if isinstance(row, list) and row else row
            row = row.get(name) if isinstance(row, Mapping) else None
        symbol = _symbol(exchange, row if row is None else str(row), None, delimiter)
        return Place(symbol, f"orderbook:{symbol}")

    return find


PLACES: Final[Mapping[str, Find]] = {
    "bitget": _bitget,
    "okx": _okx,
    "bybit": _bybit,
    "apex": _named("data", "s"),
    "kraken": _kraken,
    "binance": _binance,
    "gate": _gate,
    "htx": _htx,
    "kucoin": _kucoin,
    "cryptocom": _cryptocom,
    "deribit": _deribit,
    "krakenfutures": _krakenfutures,
    "mexc": _mexc,
    "blofin": _blofin,
    "backpack": _backpack,
    "bitfinex": _bitfinex,
    "independentreserve": _independentreserve,
    "coinbase": _coinbase,
    "blockchaincom": _named("symbol"),
    "dydx": _named("id"),
    "bitvavo": _named("market", delimiter="-"),
    "cex": _cex,
    "extended": _named("data", "m"),
    "grvt": _grvt,
    "hitbtc": _hitbtc,
    "lighter": _lighter,
    "luno": _luno,
    "nado": _named("product_id"),
    "poloniex": _named("data", "symbol"),
    "whitebit": _whitebit,
    "woo": _woo,
    "xt": _xt,
}
"""By the id of the exchange, or of the one whose dialect it speaks."""

LISTS: Final = frozenset({"bitfinex"})
"""Where messages are lists; elsewhere what is not an object is of no book."""
