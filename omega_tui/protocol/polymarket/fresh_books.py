"""Fresh books from outside the stream: when they are wished for, and how REST's join the stream."""

from collections.abc import Iterable
from enum import Enum, auto

from omega_tui.domain.events.base import Event
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.resync import RETRY_NS
from omega_tui.protocol.polymarket.stated import book_replaced, milliseconds
from omega_tui.protocol.polymarket.token_book import TokenBook
from omega_tui.protocol.polymarket.token_books import TokenBooks
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.units import NS_PER_MS


class Comparison(Enum):
    """How a REST book compares with ours."""

    EQUAL = auto()
    DIFFERS = auto()
    ADOPTED = auto()


class FreshBooks:
    """The fresh books of one feed: asked for, waiting for their hash on the stream, taken over."""

    def __init__(self, books: TokenBooks, *, policy: HashPolicy, stats: MarketStats) -> None:
        self._books = books
        self._policy = policy
        self._stats = stats
        self._joining: dict[str, TokenBook] = {}
        self._opening_due_ns: int | None = None

    @property
    def is_joining(self) -> bool:
        """Whether a REST book waits for its hash."""
        return bool(self._joining)

    def awaits(self, token: TokenBook) -> bool:
        """Whether a REST book of this token waits for its hash."""
        return token.asset_id in self._joining

    def expect(self, *, now_ns: int) -> None:
        """Note that opening books have been asked for."""
        self._opening_due_ns = now_ns + self._policy.opening_ms * NS_PER_MS

    def drop(self, instruments: Iterable[str]) -> None:
        """Let go of the waiting REST books of tokens that are not kept any more."""
        for instrument in instruments:
            self._joining.pop(instrument, None)

    def supersede(self, token: TokenBook) -> None:
        """Want and await nothing more for a token: the stream has brought its book."""
        token.drop_join()
        self._joining.pop(token.asset_id, None)
        self._books.resyncs.withdraw(token.asset_id)

    def clear(self) -> None:
        """Forget everything of a connection."""
        self._joining.clear()
        self._opening_due_ns = None

    # ------------------------------------------------------------------------ wishes

    def want(self, token: TokenBook, reason: str, *, now_ns: int) -> None:
        """Want a fresh book, unless one is under way."""
        if self._books.resyncs.want(token, reason, now_ns=now_ns):
            self._books.note_change(token)

    def failed(self, instrument: str, reason: str, *, now_ns: int) -> None:
        """Note that a fresh book could not be had; the policy starts anew."""
        token = self._books.tokens.get(instrument)
        if token is None or not token.asked:
            return
        token.asked = False
        token.not_before_ns = now_ns + RETRY_NS
        if token.fresh:
            self._books.doubt(token, reason, now_ns=now_ns)
            return
        token.check.await_book(reason, now_ns=now_ns)
        due_ns = now_ns + self._policy.opening_ms * NS_PER_MS
        self._opening_due_ns = min(self._opening_due_ns or due_ns, due_ns)
        self._books.note_change(token)

    # ------------------------------------------------------------------------ time

    def next_timer_ns(self) -> int | None:
        """When `on_timer` has something to do; None for never."""
        dues = [self._opening_due_ns, self._books.next_doubt_ns()]
        dues += [token.join_deadline_ns for token in self._joining.values()]
        return min((due_ns for due_ns in dues if due_ns is not None), default=None)

    def on_timer(self, raw: list[Event] | None, *, now_ns: int) -> None:
        """Do what time alone brings: waiting REST books take over, doubts become wishes."""
        if self._opening_due_ns is not None and now_ns >= self._opening_due_ns:
            self._opening_due_ns = None
            for token in self._books.tokens.values():
                if not token.fresh and not token.asked:
                    self.want(token, "no opening book came", now_ns=now_ns)
        self.try_joins(raw, now_ns=now_ns)
        self._books.judge_doubts(now_ns=now_ns)

    # ------------------------------------------------------------------------ REST's books

    def apply_rest(
        self, instrument: str, rest: wire.RestBook, raw: list[Event] | None, *, now_ns: int
    ) -> None:
        """Join a REST book to the stream.

        Raises:
            RemoteProtocolError: It is malformed.
        """
        token = self._books.tokens.get(instrument)
        if token is None:
            return
        try:
            ms = milliseconds(rest.timestamp)
            price = self._books.prices.of(rest.market)
            verdict = token.offer_rest(rest, ms=ms, price=price, now_ns=now_ns)
        except ValueError as error:
            self._stats.parse_errors["rest book"] += 1
            self.failed(instrument, "the REST book is malformed", now_ns=now_ns)
            raise RemoteProtocolError(f"the REST book of {instrument[:12]} is malformed: {error}") from error
        if verdict is None:
            self._joining[instrument] = token
            self._books.note_change(token)
        else:
            self._joining.pop(instrument, None)
            self._taken_over(token, raw, now_ns)

    def compare_rest(
        self, instrument: str, rest: wire.RestBook, raw: list[Event] | None, *, now_ns: int
    ) -> Comparison:
        """Compare a quiet book with REST's.

        Raises:
            RemoteProtocolError: The REST book is malformed.
            LocalProtocolError: The token is not subscribed.
        """
        token = self._books.token(instrument)
        try:
            equal = token.fresh and token.equals(rest)
        except ValueError as error:
            self._stats.parse_errors["rest book"] += 1
            raise RemoteProtocolError(f"the REST book of {instrument[:12]} is malformed: {error}") from error
        if equal:
            token.check.confirm(now_ns=now_ns)
            self._books.settle(token, now_ns)
            return Comparison.EQUAL
        if token.fresh and not token.suspect(rest):
            return Comparison.DIFFERS
        self.apply_rest(instrument, rest, raw, now_ns=now_ns)
        return Comparison.ADOPTED

    def try_joins(self, raw: list[Event] | None, *, now_ns: int) -> None:
        """Let the REST books take over whose hash has come on the stream or whose time is up."""
        for token in list(self._joining.values()):
            try:
                verdict = token.try_join(price=self._books.prices.of(token.market), now_ns=now_ns)
            except ValueError:
                del self._joining[token.asset_id]
                self._books.damage("rest book", (token.asset_id,), now_ns=now_ns)
                continue
            if verdict is not None:
                del self._joining[token.asset_id]
                self._taken_over(token, raw, now_ns)

    def _taken_over(self, token: TokenBook, raw: list[Event] | None, now_ns: int) -> None:
        self._stats.rest_books += 1
        self._books.resyncs.withdraw(token.asset_id)
        self._books.settle(token, now_ns)
        if raw is not None:
            raw.append(book_replaced(token, self._books.integrity(token, now_ns=now_ns), now_ns))
