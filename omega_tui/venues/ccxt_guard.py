"""The integrity that the exchange library lacks, hooked onto one *instance* of it; no class is touched.

Every message of a book stream is judged on its raw fields before the library may apply it (fact sheet,
section 2). On a snapshot the old book is dropped, since the library merges into it at some venues. On a gap
book and subscription are forgotten and whoever waits is told once. An exception in a handler of the library,
which would end its receive loop in silence, tears the connection down so that everybody hears of it.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from omega_tui.clock import Clock
from omega_tui.domain.instrument import ONE, decimals_of
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.book_families import ALIASES, Family, Precision, family_of
from omega_tui.protocol.book_sequence import BookCheck, Message, Outcome, Verdict
from omega_tui.protocol.ccxt_mapping import number_of
from omega_tui.venues.ccxt_loader import Exchange

Client = Any
"""A connection of the library."""

RESUBSCRIBED: Final = frozenset({"bitget", "okx"})
"""Where subscribing again brings a new snapshot on the same socket. Elsewhere the connection is made anew."""

WHOLE_CHANNELS: Final = frozenset({"books1", "books5", "books15", "books50", "bbo-tbt"})
"""Channels of bitget and okx in which every message is the whole book."""

KRAKEN_DEPTH: Final = 10

stream_urls: ContextVar["set[str] | None"] = ContextVar("stream_urls", default=None)
"""Filled with the addresses that the calls of the present task watch; set by who must close them."""


@dataclass(slots=True)
class BookWatch:
    """What is known of the check of one book.

    Attributes:
        check: What is compared; empty where nothing is offered.
        applied_total: Messages that followed.
        ignored_total: Messages that said nothing new.
        gaps_total: Messages that did not follow.
        good_since_ns: When it was last found right after it had not been; 0 while it is not.
        applied_ns: When the last message followed.
        reason: Why it is not right; empty while it is.
    """

    check: str
    applied_total: int = 0
    ignored_total: int = 0
    gaps_total: int = 0
    good_since_ns: int = 0
    applied_ns: int = 0
    reason: str = "waiting for the book"

    def integrity(self, *, since_ns: int = 0, verified_ns: int = 0) -> Integrity:
        """Return it as the screen shows it. The arguments are of a comparison over REST, if there was one."""
        if self.reason:
            return Integrity(IntegrityState.RESYNCING, self.check, since_ns=since_ns, reason=self.reason)
        if not self.check:
            return Integrity(
                IntegrityState.UNCHECKED,
                since_ns=self.good_since_ns,
                verified_ns=verified_ns,
                reason="the venue offers nothing to check",
            )
        return Integrity(
            IntegrityState.VERIFIED,
            self.check,
            since_ns=self.good_since_ns,
            verified_ns=max(self.applied_ns, verified_ns),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Which book a raw message is about, and under which name the library waits for it."""

    symbol: str
    message_hash: str
    is_whole: bool = False


class BookGuard:
    """The hooks of one instance, put on before its first connection.

    Attributes:
        exchange: The instance.
        books: What is known, by symbol.
        failures_total: Exceptions in handlers of the library.
    """

    def __init__(self, exchange: Exchange, *, clock: Clock) -> None:
        """Put the hooks on.

        Args:
            exchange: An instance without connections.
            clock: For the times on screen.
        """
        assert not exchange.clients, "a connection keeps the handlers that it was made with"
        self.exchange = exchange
        self.books: dict[str, BookWatch] = {}
        self.failures_total = 0
        self._clock = clock
        self._on_gap: Callable[[str, str], None] = lambda _symbol, _reason: None
        self._dialect = ALIASES.get(exchange.id, exchange.id)
        self._family: Family | None = family_of(exchange.id)
        self._checks: dict[tuple[int, str], tuple[Client, BookCheck]] = {}
        self._hook("handle_message", self._watched_handler)
        self._hook("watch", self._noting_url)
        self._hook("watch_multiple", self._noting_url)
        for name in ("handle_order_book", "handle_order_book_snapshot"):
            if self._dialect != "htx" or name == "handle_order_book":
                self._hook(name, self._guarding)

    @property
    def check(self) -> str:
        """What is compared at this exchange; empty where it offers nothing."""
        return self._family.check if self._family is not None else ""

    def book(self, symbol: str) -> BookWatch:
        """Return what is known of the check of a book."""
        return self.books.setdefault(symbol, BookWatch(self.check))

    def tell_gaps_to(self, listener: Callable[[str, str], None]) -> None:
        """Tell symbol and reason of every gap to `listener`, at once."""
        self._on_gap = listener

    def received(self, symbol: str, *, polled: bool = False) -> None:
        """Note a book that no hook could note: of REST, or of a venue whose messages are not known."""
        if polled or self._dialect not in PLACES:
            self._note_good(self.book(symbol))

    def forget(self, symbol: str, reason: str) -> None:
        """Drop a book that turned out wrong, with everything that belongs to it."""
        self.exchange.orderbooks.pop(symbol, None)
        watch = self.book(symbol)
        watch.reason, watch.good_since_ns = reason, 0

    def tear_down(self, client: Client, reason: str) -> None:
        """End a connection and tell all who wait on it; the next watch makes a new one.

        The library's own `close` would cancel the waiting tasks, and its late `on_close` would remove the
        *new* connection; an error set beforehand prevents both.
        """
        error = RemoteProtocolError(f"{self.exchange.id}: {reason}")
        client.error = client.error or error
        client.reset(error)
        client.rejections.clear()
        if self.exchange.clients.get(client.url) is client:
            del self.exchange.clients[client.url]
        self._checks = {key: kept for key, kept in self._checks.items() if kept[0] is not client}
        self.exchange.spawn(client.close)

    # --- hooks

    def _hook(self, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        original = getattr(self.exchange, name, None)
        if original is not None:
            setattr(self.exchange, name, wrap(original))

    @staticmethod
    def _noting_url(original: Callable[..., Any]) -> Callable[..., Any]:
        def watch(url: str, *args: object, **named: object) -> Any:  # noqa: ANN401 - the library's own future
            urls = stream_urls.get()
            if urls is not None:
                urls.add(url)
            return original(url, *args, **named)

        return watch

    def _watched_handler(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def handle_message(client: Client, message: object) -> None:
            handled = False
            try:
                original(client, message)
                handled = True
            finally:
                if not handled:  # The exception goes on to the loop's handler; nobody else would hear of it.
                    self.failures_total += 1
                    self.tear_down(client, "a message could not be handled, so the connection is made anew")

        return handle_message

    def _guarding(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def handle_order_book(client: Client, message: Any, *rest: object) -> Any:  # noqa: ANN401 - raw JSON
            place = self._place(client, message)
            if place is None:
                return original(client, message, *rest)
            watch = self.book(place.symbol)
            verdict = self._judge(client, place, message)
            if verdict.outcome is Outcome.GAP:
                return self._gap(client, place, verdict.reason)
            from_rest = self._family is not None and self._family.snapshot_from_rest
            if verdict.outcome is Outcome.IGNORED:
                watch.ignored_total += 1
                # Where the library joins changes to a REST snapshot, it must see all of them.
                return original(client, message, *rest) if from_rest else None
            if verdict.is_snapshot and not from_rest:
                self.exchange.orderbooks.pop(place.symbol, None)
            # Whoever waits is woken by `resolve`, in a later turn of the loop: after what follows here.
            answer = original(client, message, *rest)
            self._after(client, place, watch)
            return answer

        return handle_order_book

    # --- inside

    def _judge(self, client: Client, place: Place, message: Message) -> Verdict:
        if self._family is None or place.is_whole:
            return Verdict(Outcome.APPLIED)
        key = (id(client), place.message_hash)
        known = self._checks.get(key)
        if known is None or known[0] is not client:
            known = self._checks[key] = (client, self._family.make(self._precision(client, place)))
        return known[1].judge(message)

    def _precision(self, client: Client, place: Place) -> Precision:
        if self._dialect != "kraken":
            return Precision()
        subscription = client.subscriptions.get(place.message_hash)
        limit = subscription.get("limit") if isinstance(subscription, Mapping) else None
        precision = self.exchange.market(place.symbol)["precision"]
        price, size = (number_of(precision.get(name)) or ONE for name in ("price", "amount"))
        return Precision(decimals_of(price), decimals_of(size), limit or KRAKEN_DEPTH)

    def _after(self, client: Client, place: Place, watch: BookWatch) -> None:
        book = self.exchange.orderbooks.get(place.symbol)
        if book is None or not (book["bids"] or book["asks"]):
            return
        if book["bids"] and book["asks"] and book["bids"][0][0] >= book["asks"][0][0]:
            self._gap(client, place, f"crossed: bid {book['bids'][0][0]} at ask {book['asks'][0][0]}")
            return
        self._note_good(watch)

    def _note_good(self, watch: BookWatch) -> None:
        watch.applied_total += 1
        watch.applied_ns = self._clock.now_ns()
        if watch.reason:
            watch.reason, watch.good_since_ns = "", watch.applied_ns

    def _gap(self, client: Client, place: Place, reason: str) -> None:
        self.book(place.symbol).gaps_total += 1
        self.forget(place.symbol, reason)
        self._checks.pop((id(client), place.message_hash), None)
        self._on_gap(place.symbol, reason)
        if self._dialect not in RESUBSCRIBED:
            self.tear_down(client, f"{place.symbol}: {reason}")
            return
        if self._dialect == "okx":
            client.subscriptions[place.message_hash] = "resync"  # The library then unsubscribes first.
        else:
            client.subscriptions.pop(place.message_hash, None)
        if place.message_hash in client.futures:
            # Kept for a later watch, a rejection would meet it after it has subscribed: nobody would then
            # wait for the snapshot. The listener was told anyway.
            error = RemoteProtocolError(f"{self.exchange.id}: {place.symbol}: {reason}")
            client.reject(error, place.message_hash)

    def _place(self, client: Client, message: Any) -> Place | None:  # noqa: ANN401 - raw JSON
        find = PLACES.get(self._dialect, _any_place)
        found = find(self.exchange, client, message) if isinstance(message, Mapping) else None
        return found if found is not None and found.symbol else None


# ------------------------------------------------------------------------- which book a message is about


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


def _any_place(_exchange: Exchange, _client: Client, _message: Message) -> Place | None:
    """Nothing is known of the venue's messages; they pass as they are."""
    return None


PLACES: Final[Mapping[str, Callable[[Exchange, Client, Message], Place | None]]] = {
    "bitget": _bitget,
    "okx": _okx,
    "bybit": _bybit,
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
}
