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
from omega_tui.protocol.book_families import ALIASES, Family, Precision, family_of, why_unchecked
from omega_tui.protocol.book_sequence import BookCheck, Message, Outcome, Verdict
from omega_tui.protocol.ccxt.values import number_of
from omega_tui.venues.ccxt_loader import Exchange
from omega_tui.venues.ccxt_places import LISTS, PLACES, Client, Place

RESUBSCRIBED: Final = frozenset({"bitget", "okx"})
"""Where subscribing again brings a new snapshot on the same socket. Elsewhere the connection is made anew."""

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
        is_compared: Something of the venue's has been compared since it was last found right: where the sum
            comes apart from the changes, a book is unchecked until the first one.
        unchecked: Why it is not checked, where it is not.
        crossed: How it is crossed, where the venue's own is at times; not to be traded on meanwhile.
    """

    check: str
    applied_total: int = 0
    ignored_total: int = 0
    gaps_total: int = 0
    good_since_ns: int = 0
    applied_ns: int = 0
    reason: str = "waiting for the book"
    is_compared: bool = True
    unchecked: str = ""
    crossed: str = ""

    def integrity(self, *, since_ns: int = 0, verified_ns: int = 0) -> Integrity:
        """Return it as the screen shows it. The arguments are of a comparison over REST, if there was one."""
        if self.reason:
            return Integrity(IntegrityState.RESYNCING, self.check, since_ns=since_ns, reason=self.reason)
        if self.crossed:
            return Integrity(
                IntegrityState.UNVERIFIED,
                self.check,
                unverified=1,
                since_ns=since_ns,
                beyond_policy=True,
                reason=self.crossed,
            )
        if not self.check or not self.is_compared:
            return Integrity(
                IntegrityState.UNCHECKED,
                since_ns=self.good_since_ns,
                verified_ns=verified_ns,
                reason=self.unchecked or "no sum of the venue has come to compare it with",
            )
        return Integrity(
            IntegrityState.VERIFIED,
            self.check,
            since_ns=self.good_since_ns,
            verified_ns=max(self.applied_ns, verified_ns),
        )


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
        self._checks: dict[tuple[int, str], tuple[Client, BookCheck, Place]] = {}
        self._counts: dict[int, tuple[Client, int]] = {}
        self._hook("handle_message", self._watched_handler)
        self._hook("watch", self._noting_url)
        self._hook("watch_multiple", self._noting_url)
        for name in ("handle_order_book", "handle_order_book_snapshot", "handle_order_book_update"):
            if self._dialect != "htx" or name == "handle_order_book":
                self._hook(name, self._guarding)
        # The library compares floats, and drops a book whose numbers it writes otherwise than the venue.
        self._hook("handle_checksum", lambda _original: self._guarding(lambda *_: None))

    @property
    def check(self) -> str:
        """What is compared at this exchange; empty where it offers nothing."""
        return self._family.check if self._family is not None else ""

    def book(self, symbol: str) -> BookWatch:
        """Return what is known of the check of a book."""
        watch = self.books.get(symbol)
        if watch is None:
            unchecked = "" if self.check else why_unchecked(self.exchange.id)
            watch = self.books[symbol] = BookWatch(self.check, unchecked=unchecked)
        return watch

    def tell_gaps_to(self, listener: Callable[[str, str], None]) -> None:
        """Tell symbol and reason of every gap to `listener`, at once."""
        self._on_gap = listener

    def received(self, symbol: str, *, polled: bool = False) -> None:
        """Note a book that no hook could note: of REST, or of a venue whose messages are not known."""
        if polled or not {self.exchange.id, self._dialect} & PLACES.keys():
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
        self._counts.pop(id(client), None)
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
            if self._is_after_a_gap(client, message):
                return
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
            verdict = self._judge(client, place, message if place.message is None else place.message)
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
            self._after(client, place, verdict)
            return answer

        return handle_order_book

    # --- inside

    def _judge(self, client: Client, place: Place, message: Message) -> Verdict:
        if self._family is None or place.is_whole:
            return Verdict(Outcome.APPLIED)
        key = (id(client), place.message_hash)
        known = self._checks.get(key)
        if known is None or known[0] is not client:
            known = self._checks[key] = (client, self._family.make(self._precision(client, place)), place)
        elif place.also != known[2].also:  # Its twin began to be watched, or ceased to be.
            self._checks[key] = (client, known[1], place)
        return known[1].judge(message)

    def _precision(self, client: Client, place: Place) -> Precision:
        if self._dialect != "kraken":
            return Precision()
        subscription = client.subscriptions.get(place.message_hash)
        limit = subscription.get("limit") if isinstance(subscription, Mapping) else None
        precision = self.exchange.market(place.symbol)["precision"]
        price, size = (number_of(precision.get(name)) or ONE for name in ("price", "amount"))
        return Precision(decimals_of(price), decimals_of(size), limit or KRAKEN_DEPTH)

    def _after(self, client: Client, place: Place, verdict: Verdict) -> None:
        book = self.exchange.orderbooks.get(place.symbol)
        if book is None or not (book["bids"] or book["asks"]):
            return
        crossed = ""
        if book["bids"] and book["asks"] and book["bids"][0][0] >= book["asks"][0][0]:
            crossed = f"crossed: bid {book['bids'][0][0]} at ask {book['asks'][0][0]}"
            if self._family is None or not self._family.may_cross:
                self._gap(client, place, crossed)
                return
        for symbol in place.symbols:
            watch = self.book(symbol)
            if watch.reason:
                watch.is_compared = False
            watch.is_compared = watch.is_compared or verdict.is_compared
            watch.crossed = crossed
            self._note_good(watch)

    def _note_good(self, watch: BookWatch) -> None:
        watch.applied_total += 1
        watch.applied_ns = self._clock.now_ns()
        if watch.reason:
            watch.reason, watch.good_since_ns = "", watch.applied_ns

    def _is_after_a_gap(self, client: Client, message: object) -> bool:
        """Follow the count of a connection; a message that is missing ends it, with all its books."""
        count = self._family.count if self._family is not None else None
        number = count(message) if count is not None and isinstance(message, Mapping) else None
        if number is None:
            return False
        known = self._counts.get(id(client))
        self._counts[id(client)] = (client, number)
        if known is None or known[0] is not client or number == known[1] + 1:
            return False
        reason = f"after message {known[1]} of the connection came {number}"
        for of, _check, place in list(self._checks.values()):
            if of is client:
                self._lose(place, reason)
        self.tear_down(client, reason)
        return True

    def _lose(self, place: Place, reason: str) -> None:
        for symbol in place.symbols:
            self.book(symbol).gaps_total += 1
            self.forget(symbol, reason)
            self._on_gap(symbol, reason)

    def _gap(self, client: Client, place: Place, reason: str) -> None:
        self._checks.pop((id(client), place.message_hash), None)
        self._lose(place, reason)
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

    def _place(self, client: Client, message: object) -> Place | None:
        find = PLACES.get(self.exchange.id) or PLACES.get(self._dialect)
        if find is None or not isinstance(message, list if self._dialect in LISTS else Mapping):
            return None
        found = find(self.exchange, client, message)
        return found if found is not None and found.symbol else None
