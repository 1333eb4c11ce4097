"""The client's role of the market channel: frames in; books, prints and wishes for fresh books out.

A frame that is no JSON costs what was in it and nothing else, since the hashes tell which books missed
something; `MAX_BROKEN_IN_A_ROW` of them without a good one between, or one above the size limit, mean that
the connection itself is of no use. A known message that is malformed costs the tokens it names a resync.
"""

from collections.abc import Iterable
from typing import Final

from omega_tui.domain.book import OrderBook
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, FeedGap
from omega_tui.domain.integrity import Integrity
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.book_keeper import BookKeeper
from omega_tui.protocol.polymarket.channel_requests import encode_market_operation, encode_market_subscription
from omega_tui.protocol.polymarket.fresh_books import Comparison, FreshBooks
from omega_tui.protocol.polymarket.keep_alive import KeepAlive
from omega_tui.protocol.polymarket.market_messages import MarketMessages
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.resync import ResyncRequest
from omega_tui.protocol.polymarket.token_books import TokenBooks
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.text import safe_text

MAX_BROKEN_IN_A_ROW: Final = 8
"""Frames that are no JSON, one after another, before the connection is given up."""


class MarketProtocol:
    """The market channel of one connection after another; satisfies `venues.base.Feed`.

    Attributes:
        venue: Venue name.
        stats: Counters.
    """

    def __init__(  # noqa: PLR0913  (each is a setting of its own)
        self,
        *,
        venue: str,
        policy: HashPolicy,
        publish_raw: bool = False,
        custom_features: bool = True,
        ping_interval_s: float = 10,
        depth: int | None = None,
        adopt_unknown_tokens: bool = False,
    ) -> None:
        """Make a protocol that has no connection and no tokens.

        Args:
            venue: Venue name.
            policy: Thresholds of the check.
            publish_raw: See the property.
            custom_features: Whether to ask for best quotes, new markets and resolutions.
            ping_interval_s: Seconds between keep-alives.
            depth: Levels per side of the pictures; None for all.
            adopt_unknown_tokens: Whether a `book` of a token that is not subscribed subscribes it: recordings
                do not say what was.
        """
        self.venue = venue
        self.stats = MarketStats()
        self._books = TokenBooks(policy=policy, stats=self.stats, depth=depth)
        self._fresh = FreshBooks(self._books, policy=policy, stats=self.stats)
        self._messages = MarketMessages(
            self._books,
            BookKeeper(self._books, self._fresh, self.stats),
            self.stats,
            publish_raw=publish_raw,
            adopts=adopt_unknown_tokens,
        )
        self._custom_features = custom_features
        self._adopts = adopt_unknown_tokens
        self._keep_alive = KeepAlive(ping_interval_s)
        self._outgoing: list[str] = []
        self._connected = False
        self._greeted = False
        self._now_ns = 0
        self._broken_in_a_row = 0

    # ------------------------------------------------------------------------ the connection

    def connection_made(self, *, now_ns: int) -> None:
        self._now_ns = now_ns
        self._connected = True
        self._greeted = False
        self._outgoing.clear()
        self._broken_in_a_row = 0
        self._keep_alive.begin(now_ns=now_ns)
        self._messages.lag_ms = None
        self._forget("waiting for the book", stale=False, now_ns=now_ns)
        self._ask_for(list(self._books.tokens))

    def connection_lost(self, reason: str, *, now_ns: int) -> list[Event]:
        self._now_ns = now_ns
        self._connected = False
        self._outgoing.clear()
        self._forget(reason, stale=True, now_ns=now_ns)
        gap = FeedGap(instrument="", ts_event_ns=0, ts_recv_ns=now_ns, reason=reason)
        return [gap, *self.take_changed_books()]

    def receive(self, text: str | bytes, *, now_ns: int) -> list[Event]:
        """Digest one frame.

        Raises:
            RemoteProtocolError: The frame is above the size limit, or the last of too many broken ones.
        """
        self._now_ns = now_ns
        self.stats.frames += 1
        if len(text) > wire.FRAME_CHARS and len(text) > self._most_chars():
            raise RemoteProtocolError(f"a frame of {len(text)} characters; {self._most_chars()} are allowed")
        events: list[Event] = []
        first = text[:1]
        try:
            if first in ("{", b"{"):
                message = wire.decode_market_message(text)
                self._messages.take[type(message)](message, now_ns, events)
            elif first in ("[", b"["):
                self._batch(text, now_ns, events)
            else:
                self._control(text, now_ns)
                return events
        except wire.DecodeError as error:
            self._survive(error, now_ns=now_ns)
            return events
        self._broken_in_a_row = 0
        if self._fresh.is_joining:
            self._fresh.try_joins(self._messages.raw(events), now_ns=now_ns)
        return events

    def to_send(self) -> list[str]:
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timer_ns(self) -> int | None:
        due_ns = self._fresh.next_timer_ns()
        if not self._connected:
            return due_ns
        ping_due_ns = self._keep_alive.due_ns
        return ping_due_ns if due_ns is None else min(due_ns, ping_due_ns)

    def on_timer(self, *, now_ns: int) -> list[Event]:
        self._now_ns = now_ns
        events: list[Event] = []
        if self._connected and self._keep_alive.take_due(now_ns=now_ns):
            self._outgoing.append(wire.PING)
        self._fresh.on_timer(self._messages.raw(events), now_ns=now_ns)
        return events

    @property
    def keepalive_ms(self) -> float | None:
        """Round trip of the last answered `PING`; None not known."""
        return self._keep_alive.round_trip_ms

    @property
    def keepalives_missed(self) -> int:
        """`PING`s without an answer, less the one under way."""
        return self._keep_alive.missed

    @property
    def lag_ms(self) -> float | None:
        """Receive time minus the venue's time of the newest change, never below zero; None not known."""
        return self._messages.lag_ms

    # ------------------------------------------------------------------------ tokens and books

    @property
    def publish_raw(self) -> bool:
        """Whether every change is an event; prints, tick sizes, resolutions and gaps always are."""
        return self._messages.publish_raw

    @publish_raw.setter
    def publish_raw(self, wanted: bool) -> None:
        self._messages.publish_raw = wanted

    @property
    def subscribed(self) -> frozenset[str]:
        """The tokens whose books are kept."""
        return frozenset(self._books.tokens)

    def subscribe(self, tokens: Iterable[str]) -> None:
        """Keep the books of more tokens. Take both of a market: prints of either are in the hashes of both.

        Raises:
            LocalProtocolError: One of them is no token id, or there are too many.
        """
        added = self._books.add(tokens, now_ns=self._now_ns)
        if self._connected:
            self._ask_for(added)

    def unsubscribe(self, tokens: Iterable[str]) -> None:
        """Drop the books of tokens; those that are not subscribed are passed over."""
        gone = self._books.remove(tokens)
        self._fresh.drop(gone)
        if gone and self._greeted:
            features = self._custom_features
            self._outgoing.append(encode_market_operation("unsubscribe", gone, custom_features=features))

    def book(self, token: str) -> OrderBook:
        """Return the book of a token, to be read only.

        Raises:
            LocalProtocolError: It is not subscribed.
        """
        return self._books.token(token).book

    def integrity(self, token: str) -> Integrity:
        """Return how far the book of a token can be trusted, as of the newest frame or timer.

        Raises:
            LocalProtocolError: It is not subscribed.
        """
        return self._books.integrity(self._books.token(token), now_ns=self._now_ns)

    @property
    def depth(self) -> int | None:
        """Levels per side of the pictures; None for all."""
        return self._books.depth

    @depth.setter
    def depth(self, levels: int | None) -> None:
        self._books.depth = levels

    def take_changed_books(self, *, at_most: int | None = None) -> list[BookUpdated]:
        """Return the books that changed, in contents or in trust, since this was last asked.

        Beyond `at_most` they are left for the next time.
        """
        return self._books.take_changed(now_ns=self._now_ns, at_most=at_most)

    def take_resync_requests(self) -> list[ResyncRequest]:
        """Return the fresh books that are wanted, each once.

        Each is to be answered by `apply_rest_book` or `resync_failed`; until then it is not asked for again.
        """
        return self._books.resyncs.take()

    def request_resync(self, token: str, reason: str, *, now_ns: int) -> None:
        """Want a fresh book for a reason of the caller's, whatever the policy says.

        Raises:
            LocalProtocolError: It is not subscribed.
        """
        self._now_ns = now_ns
        self._fresh.want(self._books.token(token), reason, now_ns=now_ns)

    def resync_failed(self, token: str, reason: str, *, now_ns: int) -> None:
        """Note that a fresh book could not be had; the policy will ask again."""
        self._now_ns = now_ns
        self._fresh.failed(token, reason, now_ns=now_ns)

    def apply_rest_book(self, token: str, rest_book: wire.RestBook, *, now_ns: int) -> list[Event]:
        """Join a REST book to the stream; it takes over now or, at the latest, `rest_join_ms` from now.

        It may come unasked, before the opening book or after it; that of a token that is not subscribed any
        more is passed over.

        Raises:
            RemoteProtocolError: The book is malformed.
        """
        self._now_ns = now_ns
        events: list[Event] = []
        self._fresh.apply_rest(token, rest_book, self._messages.raw(events), now_ns=now_ns)
        return events

    def compare_rest_book(self, token: str, rest_book: wire.RestBook, *, now_ns: int) -> Comparison:
        """Compare a quiet book with REST's, as every 30-60 s without a change.

        Equal books count as verified. The same difference twice with no change between means that the stream
        has lost something: REST's book is then adopted, as is one for a token that has none yet.

        Raises:
            RemoteProtocolError: The REST book is malformed.
            LocalProtocolError: The token is not subscribed.
        """
        self._now_ns = now_ns
        return self._fresh.compare_rest(token, rest_book, None, now_ns=now_ns)

    def mark_stale(self, token: str, reason: str, *, now_ns: int) -> None:
        """Say that a book is not to be trusted, as when the venue does not know the token any more.

        Raises:
            LocalProtocolError: It is not subscribed.
        """
        self._now_ns = now_ns
        self._books.mark_stale(token, reason, now_ns=now_ns)

    def restore_book(self, snapshot: BookSnapshot, *, now_ns: int) -> None:
        """Show a saved book as stale until a fresh one comes; nothing happens where one has come already.

        Raises:
            LocalProtocolError: It is not subscribed, or a level of the snapshot is none.
        """
        self._now_ns = now_ns
        self._books.restore(snapshot, now_ns=now_ns)

    # ------------------------------------------------------------------------ frames

    def _most_chars(self) -> int:
        """Return the length of the longest frame that can be meant honestly."""
        if self._adopts:
            return wire.MAX_FRAME_CHARS
        own = wire.FRAME_CHARS + wire.FRAME_CHARS_PER_TOKEN * len(self._books.tokens)
        return min(own, wire.MAX_FRAME_CHARS)

    def _forget(self, reason: str, *, stale: bool, now_ns: int) -> None:
        self._fresh.clear()
        self._books.forget(reason, stale=stale, now_ns=now_ns)

    def _ask_for(self, tokens: list[str]) -> None:
        if not tokens:
            return
        features = self._custom_features
        if self._greeted:
            request = encode_market_operation("subscribe", tokens, custom_features=features)
        else:
            request = encode_market_subscription(tokens, custom_features=features)
            self._greeted = True
        self._outgoing.append(request)
        self._fresh.expect(now_ns=self._now_ns)

    def _control(self, text: str | bytes, now_ns: int) -> None:
        head = text[:200]
        word = (head if isinstance(head, str) else head.decode("ascii", "replace")).strip()
        if word == wire.PONG:
            self.stats.control_frames[word] += 1
            self._keep_alive.answered(now_ns=now_ns)
        else:
            self.stats.control_frames[word if word in wire.CONTROL_TEXTS else "other"] += 1

    def _batch(self, text: str | bytes, now_ns: int, events: list[Event]) -> None:
        for raw in wire.decode_market_batch(text):
            try:
                message = wire.decode_market_message(raw)
            except wire.DecodeError as error:
                self._books.damage(error.event_type or "object", error.assets, now_ns=now_ns)
            else:
                self._messages.take[type(message)](message, now_ns, events)

    def _survive(self, error: wire.DecodeError, *, now_ns: int) -> None:
        """Go on after a frame that could not be decoded.

        Raises:
            RemoteProtocolError: It is the last of too many in a row.
        """
        if error.event_type:
            self._books.damage(error.event_type, error.assets, now_ns=now_ns)
            return
        self.stats.parse_errors["frame"] += 1
        self._broken_in_a_row += 1
        if self._broken_in_a_row >= MAX_BROKEN_IN_A_ROW:
            words = safe_text(str(error), max_cells=160)
            raise RemoteProtocolError(
                f"{self._broken_in_a_row} broken frames in a row, the last: {words}"
            ) from error
