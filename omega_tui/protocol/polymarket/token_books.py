"""The books of one feed's tokens: which are kept, which have changed, which are in doubt."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.integrity import Integrity
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import LocalProtocolError
from omega_tui.protocol.polymarket.market_prices import MarketPrices
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.resync import Resyncs
from omega_tui.protocol.polymarket.token_book import TokenBook
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.text import is_venue_id, safe_text

MAX_TOKENS: Final = 2_000
"""Tokens of one feed (security, control C7)."""


class TokenBooks:
    """The books of the subscribed tokens.

    Attributes:
        depth: Levels per side of the pictures; None for all.
        tokens: The books, by token; the same dict for good.
        prices: The last prices of their markets.
        resyncs: The wishes for fresh ones.
    """

    def __init__(self, *, policy: HashPolicy, stats: MarketStats, depth: int | None = None) -> None:
        self.depth = depth
        self.tokens: dict[str, TokenBook] = {}
        self.prices = MarketPrices(policy, most=MAX_TOKENS, in_use=self._markets)
        self.resyncs = Resyncs(policy, stats)
        self._policy = policy
        self._stats = stats
        self._changed: dict[str, TokenBook] = {}
        self._unclean: dict[str, TokenBook] = {}

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
            self._changed.pop(instrument, None)
            self._unclean.pop(instrument, None)
            self.resyncs.withdraw(instrument)
            if market not in self._markets():
                self.prices.drop(market)
        return gone

    def forget(self, reason: str, *, stale: bool, now_ns: int) -> None:
        """Forget everything of a connection; the levels stay to be looked at."""
        self._unclean.clear()
        self.resyncs.clear()
        self.prices.clear()
        for token in self.tokens.values():
            token.forget(reason, now_ns=now_ns)
            if stale:
                token.check.stale(reason, now_ns=now_ns)
            self._changed[token.asset_id] = token

    # ------------------------------------------------------------------------ what happened to one

    def note_change(self, token: TokenBook) -> None:
        """Have a picture of a book taken next time, whatever it is that changed."""
        self._changed[token.asset_id] = token

    def settle(self, token: TokenBook, now_ns: int) -> None:
        """Note a changed book, and whether time or the policy must look at it."""
        self._changed[token.asset_id] = token
        token.check.note_crossed(crossed=token.book.is_crossed, now_ns=now_ns)
        if token.check.is_clean:
            self._unclean.pop(token.asset_id, None)
        else:
            self._unclean[token.asset_id] = token
            self._judge(token, now_ns)

    def doubt(self, token: TokenBook, reason: str, *, now_ns: int) -> None:
        """Have the policy look at a book again when its time comes."""
        token.check.doubt(reason, now_ns=now_ns)
        self._unclean[token.asset_id] = token
        self._changed[token.asset_id] = token

    def damage(self, kind: str, assets: Iterable[str], *, now_ns: int) -> None:
        """Count a known message with nonsense in it, and want the tokens it names afresh."""
        self._stats.parse_errors[kind] += 1
        for asset_id in assets:
            token = self.tokens.get(asset_id)
            if token is not None:
                token.check.damage(f"a malformed {kind}", now_ns=now_ns)
                self.settle(token, now_ns)

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

    # ------------------------------------------------------------------------ doubts

    def next_doubt_ns(self) -> int | None:
        """When the policy has to look at a book in doubt again; None for never."""
        dues = (self.resyncs.due_ns(token) for token in self._unclean.values())
        return min((due_ns for due_ns in dues if due_ns is not None), default=None)

    def judge_doubts(self, *, now_ns: int) -> None:
        """Let the policy look at every book in doubt."""
        for token in list(self._unclean.values()):
            self._judge(token, now_ns)

    def _judge(self, token: TokenBook, now_ns: int) -> None:
        if self.resyncs.judge(token, now_ns=now_ns):
            self._changed[token.asset_id] = token

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
        return token.check.integrity(self._policy, advisory=self.resyncs.advisory, now_ns=now_ns)

    def _markets(self) -> set[str]:
        return {token.market for token in self.tokens.values()}
