"""All books of one market feed: changes in, verdicts counted, fresh books wished for.

Both tokens of a market are in every `price_change`, even when one is subscribed: an entry is applied to the
book of the token it names, if that is kept, and to no other.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum, auto
from itertools import islice
from typing import Final

from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.integrity import Integrity
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.polymarket import wire
from omega_tui.protocol.polymarket.entries import apply_change, compare_touch, is_taken, read_entry
from omega_tui.protocol.polymarket.market_prices import MarketPrices
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.resync import RETRY_NS, ResyncRequest, Resyncs
from omega_tui.protocol.polymarket.stated import book_replaced, level_changed, milliseconds
from omega_tui.protocol.polymarket.token_book import TokenBook
from omega_tui.protocol.polymarket.validator import HashPolicy, Verdict
from omega_tui.text import is_venue_id, safe_text
from omega_tui.units import NS_PER_MS

MAX_TOKENS: Final = 2_000
"""Tokens of one feed (security, control C7)."""


class Comparison(Enum):
    """How a REST book compares with ours."""

    EQUAL = auto()
    DIFFERS = auto()
    ADOPTED = auto()


class BookKeeper:
    """The books of the subscribed tokens.

    Attributes:
        depth: Levels per side of the pictures; None for all.
        tokens: The books, by token.
    """

    def __init__(self, *, policy: HashPolicy, stats: MarketStats, depth: int | None = None) -> None:
        self.depth = depth
        self.tokens: dict[str, TokenBook] = {}
        self._policy = policy
        self._stats = stats
        self._resyncs = Resyncs(policy, stats)
        self._prices = MarketPrices(policy, most=MAX_TOKENS, in_use=self._markets)
        self._changed: dict[str, TokenBook] = {}
        self._unclean: dict[str, TokenBook] = {}
        self._joining: dict[str, TokenBook] = {}
        self._opening_due_ns: int | None = None

    # ------------------------------------------------------------------------ which tokens

    def token(self, instrument: str) -> TokenBook:
        """Return a kept token.

        Raises:
            LocalProtocolError: It is not subscribed.
        """
        try:
            return self.tokens[instrument]
        except KeyError:
            shown = safe_text(instrument, max_cells=80)
            raise LocalProtocolError(f"no book of '{shown}': it is not subscribed") from None

    def add(self, instruments: Iterable[str], *, now_ns: int) -> list[str]:
        """Keep more tokens; return those that were not kept before.

        Raises:
            LocalProtocolError: One of them is no token id, or there would be more than `MAX_TOKENS`.
        """
        added = [instrument for instrument in dict.fromkeys(instruments) if instrument not in self.tokens]
        for instrument in added:
            if not is_venue_id(instrument):
                shown = safe_text(instrument, max_cells=80)
                raise LocalProtocolError(f"cannot subscribe to '{shown}': it is no token id")
        if len(self.tokens) + len(added) > MAX_TOKENS:
            raise LocalProtocolError(f"cannot subscribe to more than {MAX_TOKENS} tokens")
        for instrument in added:
            self.tokens[instrument] = TokenBook(instrument, self._policy, now_ns=now_ns)
        return added

    def remove(self, instruments: Iterable[str]) -> list[str]:
        """Drop tokens; return those that were kept."""
        gone = [instrument for instrument in dict.fromkeys(instruments) if instrument in self.tokens]
        for instrument in gone:
            market = self.tokens.pop(instrument).market
            for kept in (self._changed, self._unclean, self._joining):
                kept.pop(instrument, None)
            self._resyncs.withdraw(instrument)
            if market not in self._markets():
                self._prices.drop(market)
        return gone

    def forget(self, reason: str, *, stale: bool, now_ns: int) -> None:
        """Forget everything of a connection; the levels stay to be looked at."""
        for pending in (self._unclean, self._joining):
            pending.clear()
        self._resyncs.clear()
        self._prices.clear()
        self._opening_due_ns = None
        for token in self.tokens.values():
            token.forget(reason, now_ns=now_ns)
            if stale:
                token.check.stale(reason, now_ns=now_ns)
            self._changed[token.asset_id] = token

    def expect_books(self, *, now_ns: int) -> None:
        """Note that opening books have been asked for."""
        self._opening_due_ns = now_ns + self._policy.opening_ms * NS_PER_MS

    # ------------------------------------------------------------------------ the stream

    def change(
        self, entries: list[wire.Change], timestamp: str, raw: list[Event] | None, *, now_ns: int
    ) -> int:
        """Apply the entries of one message and check each group; return the venue's time in ms, 0 for none.

        Args:
            entries: In the order of the message.
            timestamp: As on the wire.
            raw: Where events of the changes go; None for none.
            now_ns: Receive time.
        """
        try:
            ms = milliseconds(timestamp)
        except ValueError:
            self.damage("price_change", [entry.asset_id for entry in entries], now_ns=now_ns)
            return 0
        groups: dict[str, str] = {}
        for entry in entries:
            token = self.tokens.get(entry.asset_id)
            if token is None:
                self._stats.other_entries += 1
                continue
            stated = entry.hash or ""
            group = groups.get(entry.asset_id)
            if group is not None and group != stated:
                self._check_group(token, timestamp, group, now_ns)
            try:
                change = read_entry(entry, ms, timestamp)
                if not is_taken(token, change, self._stats):
                    continue
                is_newest = apply_change(token, change, now_ns=now_ns)
                if raw is not None:
                    raw.append(level_changed(token.asset_id, change, entry, now_ns))
                if is_newest:
                    compare_touch(token, entry, self._stats, now_ns=now_ns)
                    groups[entry.asset_id] = stated
            except ValueError:
                groups.pop(entry.asset_id, None)
                self.damage("price_change", (entry.asset_id,), now_ns=now_ns)
        for asset_id, stated in groups.items():
            self._check_group(self.tokens[asset_id], timestamp, stated, now_ns)
        return ms

    def load(self, message: wire.Book, raw: list[Event] | None, *, now_ns: int) -> None:
        """Replace a book by the one the stream brings, and check it."""
        stats = self._stats
        token = self.tokens.get(message.asset_id)
        if token is None:
            stats.other_entries += 1
            return
        opening = not token.fresh or message.last_trade_price is not None
        before = token.hashed.levels_text() if token.fresh else None
        try:
            ms = milliseconds(message.timestamp)
            verdict = token.load(message, ms=ms, price=self._prices.of(message.market), now_ns=now_ns)
        except ValueError:
            self.damage("book", (message.asset_id,), now_ns=now_ns)
            return
        verified = verdict is not Verdict.UNVERIFIED
        if opening:
            stats.opening_total += 1
            stats.opening_verified += verified
            token.check.begin_book(verified=verified, now_ns=now_ns)
        else:
            stats.later_total += 1
            stats.later_verified += verified
            stats.rebuilt_total += 1
            stats.rebuilt_equal += before == token.hashed.levels_text()
            token.check.replace_book(verified=verified, now_ns=now_ns)
        token.drop_join()
        self._joining.pop(message.asset_id, None)
        self._resyncs.withdraw(message.asset_id)
        self._settle(token, now_ns)
        if raw is not None:
            raw.append(book_replaced(token, self.integrity(token, now_ns=now_ns), now_ns))

    def change_tick_size(self, message: wire.TickSizeChange, *, now_ns: int) -> bool:
        """Take over a new tick size; return whether the token is kept."""
        token = self.tokens.get(message.asset_id)
        if token is None:
            return False
        try:
            token.use_tick_size(message.new_tick_size)
        except ValueError:
            self.damage("tick_size_change", (message.asset_id,), now_ns=now_ns)
            return False
        token.book.sequence += 1
        self._changed[message.asset_id] = token
        return True

    def announce_trade(self, market: str, asset_id: str, price: Decimal) -> None:
        """Take over the price of a print of either token of a market."""
        self._prices.announce(market, price)
        token = self.tokens.get(asset_id)
        if token is not None:
            token.book.last_trade_price = price
            token.book.sequence += 1
            self._changed[asset_id] = token

    def damage(self, kind: str, assets: Iterable[str], *, now_ns: int) -> None:
        """Count a known message with nonsense in it, and want the tokens it names afresh."""
        self._stats.parse_errors[kind] += 1
        for asset_id in assets:
            token = self.tokens.get(asset_id)
            if token is not None:
                token.check.damage(f"a malformed {kind}", now_ns=now_ns)
                self._settle(token, now_ns)

    # ------------------------------------------------------------------------ time

    def next_timer_ns(self) -> int | None:
        """When `on_timer` has something to do; None for never."""
        dues = [self._opening_due_ns]
        dues += [token.join_deadline_ns for token in self._joining.values()]
        dues += [self._resyncs.due_ns(token) for token in self._unclean.values()]
        return min((due_ns for due_ns in dues if due_ns is not None), default=None)

    def on_timer(self, raw: list[Event] | None, *, now_ns: int) -> None:
        """Do what time alone brings: waiting REST books take over, doubts become wishes."""
        if self._opening_due_ns is not None and now_ns >= self._opening_due_ns:
            self._opening_due_ns = None
            for token in self.tokens.values():
                if not token.fresh and not token.asked:
                    self.want(token, "no opening book came", now_ns=now_ns)
        self.try_joins(raw, now_ns=now_ns)
        for token in list(self._unclean.values()):
            self._judge(token, now_ns)

    @property
    def is_joining(self) -> bool:
        """Whether a REST book waits for its hash."""
        return bool(self._joining)

    def try_joins(self, raw: list[Event] | None, *, now_ns: int) -> None:
        """Let the REST books take over whose hash has come on the stream or whose time is up."""
        for token in list(self._joining.values()):
            try:
                verdict = token.try_join(price=self._prices.of(token.market), now_ns=now_ns)
            except ValueError:
                del self._joining[token.asset_id]
                self.damage("rest book", (token.asset_id,), now_ns=now_ns)
                continue
            if verdict is not None:
                del self._joining[token.asset_id]
                self._taken_over(token, raw, now_ns)

    # ------------------------------------------------------------------------ fresh books

    def want(self, token: TokenBook, reason: str, *, now_ns: int) -> None:
        """Want a fresh book, unless one is under way."""
        if self._resyncs.want(token, reason, now_ns=now_ns):
            self._changed[token.asset_id] = token

    def take_wanted(self) -> list[ResyncRequest]:
        """Return the wishes since this was last asked."""
        return self._resyncs.take()

    def resync_failed(self, instrument: str, reason: str, *, now_ns: int) -> None:
        """Note that a fresh book could not be had; the policy starts anew."""
        token = self.tokens.get(instrument)
        if token is None or not token.asked:
            return
        token.asked = False
        token.not_before_ns = now_ns + RETRY_NS
        if token.fresh:
            token.check.doubt(reason, now_ns=now_ns)
            self._unclean[instrument] = token
        else:
            token.check.await_book(reason, now_ns=now_ns)
            due_ns = now_ns + self._policy.opening_ms * NS_PER_MS
            self._opening_due_ns = min(self._opening_due_ns or due_ns, due_ns)
        self._changed[instrument] = token

    def apply_rest(
        self, instrument: str, rest: wire.RestBook, raw: list[Event] | None, *, now_ns: int
    ) -> None:
        """Join a REST book to the stream.

        Raises:
            RemoteProtocolError: It is malformed.
        """
        token = self.tokens.get(instrument)
        if token is None:
            return
        try:
            ms = milliseconds(rest.timestamp)
            verdict = token.offer_rest(rest, ms=ms, price=self._prices.of(rest.market), now_ns=now_ns)
        except ValueError as error:
            self._stats.parse_errors["rest book"] += 1
            self.resync_failed(instrument, "the REST book is malformed", now_ns=now_ns)
            raise RemoteProtocolError(f"the REST book of {instrument[:12]} is malformed: {error}") from error
        if verdict is None:
            self._joining[instrument] = token
            self._changed[instrument] = token
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
        token = self.token(instrument)
        try:
            equal = token.fresh and token.equals(rest)
        except ValueError as error:
            self._stats.parse_errors["rest book"] += 1
            raise RemoteProtocolError(f"the REST book of {instrument[:12]} is malformed: {error}") from error
        if equal:
            token.check.confirm(now_ns=now_ns)
            self._settle(token, now_ns)
            return Comparison.EQUAL
        if token.fresh and not token.suspect(rest):
            return Comparison.DIFFERS
        self.apply_rest(instrument, rest, raw, now_ns=now_ns)
        return Comparison.ADOPTED

    def mark_stale(self, instrument: str, reason: str, *, now_ns: int) -> None:
        """Say that a book is not to be trusted until a snapshot comes.

        Raises:
            LocalProtocolError: It is not subscribed.
        """
        token = self.token(instrument)
        token.check.stale(reason, now_ns=now_ns)
        self._unclean.pop(instrument, None)
        self._changed[instrument] = token

    def restore(self, snapshot: BookSnapshot, *, now_ns: int) -> None:
        """Show a saved book until a fresh one comes.

        Raises:
            LocalProtocolError: It is not subscribed, or a level of the snapshot is none.
        """
        token = self.token(snapshot.instrument)
        if token.fresh:
            return
        try:
            token.restore(snapshot, reason="saved book, not yet fresh", now_ns=now_ns)
        except ValueError as error:
            raise LocalProtocolError(
                f"the saved book of {snapshot.instrument[:12]} is broken: {error}"
            ) from error
        self._changed[snapshot.instrument] = token

    # ------------------------------------------------------------------------ pictures

    def take_changed(self, *, now_ns: int, at_most: int | None = None) -> list[BookUpdated]:
        """Return pictures of the books that changed, in contents or in trust, since this was last asked.

        Beyond `at_most` they are left for the next time, those that have waited longest first.
        """
        changed = self._changed
        if at_most is None or len(changed) <= at_most:
            self._changed = {}
        else:
            changed = {token: changed[token] for token in islice(changed, at_most)}
            for token in changed:
                del self._changed[token]
        return [
            BookUpdated(
                instrument=token.asset_id,
                book=token.book.snapshot(self.depth) if token.shown else None,
                integrity=self.integrity(token, now_ns=now_ns),
                last_update_ns=token.book.ts_recv_ns,
            )
            for token in changed.values()
        ]

    def integrity(self, token: TokenBook, *, now_ns: int) -> Integrity:
        """Return how far a book can be trusted."""
        return token.check.integrity(self._policy, advisory=self._resyncs.advisory, now_ns=now_ns)

    # ------------------------------------------------------------------------ inside

    def _check_group(self, token: TokenBook, timestamp: str, stated: str, now_ns: int) -> None:
        """Compare a book with the hash that its last entries stated; a group judged before is judged anew."""
        token.book.ts_event_ns = token.last_ms * NS_PER_MS
        verdict = token.verify(timestamp, stated)
        verified = verdict is not Verdict.UNVERIFIED
        if token.check.judge_group(stated, verified=verified, now_ns=now_ns):
            self._stats.count_group(token.group_verdict, -1)
        else:
            self._resyncs.count_group(verified=verified)
        token.group_verdict = verdict
        self._stats.count_group(verdict, 1)
        if verified:
            token.insisted = False
        if verified and token.asked and token.asset_id not in self._joining:
            token.asked = False
            self._resyncs.withdraw(token.asset_id)
        self._settle(token, now_ns)

    def _settle(self, token: TokenBook, now_ns: int) -> None:
        """Note the changed book, and whether time or the policy must look at it."""
        self._changed[token.asset_id] = token
        token.check.note_crossed(crossed=token.book.is_crossed, now_ns=now_ns)
        if token.check.is_clean:
            self._unclean.pop(token.asset_id, None)
        else:
            self._unclean[token.asset_id] = token
            self._judge(token, now_ns)

    def _judge(self, token: TokenBook, now_ns: int) -> None:
        """Let the policy look at a token."""
        if self._resyncs.judge(token, now_ns=now_ns):
            self._changed[token.asset_id] = token

    def _taken_over(self, token: TokenBook, raw: list[Event] | None, now_ns: int) -> None:
        self._stats.rest_books += 1
        self._resyncs.withdraw(token.asset_id)
        self._settle(token, now_ns)
        if raw is not None:
            raw.append(book_replaced(token, self.integrity(token, now_ns=now_ns), now_ns))

    def _markets(self) -> set[str]:
        return {token.market for token in self.tokens.values()}
