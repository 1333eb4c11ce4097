"""The wishes for fresh books: which the policy lets through, and when."""

from dataclasses import dataclass
from typing import Final

from omega_tui.domain.integrity import IntegrityState
from omega_tui.protocol.polymarket.market_stats import MarketStats
from omega_tui.protocol.polymarket.token_book import TokenBook
from omega_tui.protocol.polymarket.validator import FeedTrust, HashPolicy
from omega_tui.units import NS_PER_S

RETRY_NS: Final = 1 * NS_PER_S
"""When a wish that the rate limit or doubt in the recipe held back is considered again."""


@dataclass(frozen=True, slots=True)
class ResyncRequest:
    """A fresh book is wanted.

    Attributes:
        instrument: The token.
        reason: Why; for people.
        by_hash: Whether hashes alone speak against the book, and nothing that can be seen in it.
    """

    instrument: str
    reason: str
    by_hash: bool = False


class Resyncs:
    """The wishes of one feed. A token has one at a time, until it is fulfilled, failed or not needed."""

    def __init__(self, policy: HashPolicy, stats: MarketStats) -> None:
        self._policy = policy
        self._stats = stats
        self._trust = FeedTrust(policy)
        self._wanted: dict[str, ResyncRequest] = {}

    @property
    def advisory(self) -> bool:
        """Whether most hashes fail, so that the recipe is doubted rather than the books."""
        return self._trust.advisory

    def count_group(self, *, verified: bool) -> None:
        """Count a group for the doubt in the recipe."""
        self._trust.count(verified=verified)

    def want(self, token: TokenBook, reason: str, *, now_ns: int, by_hash: bool = False) -> bool:
        """Want a fresh book whatever the policy says; return False where one is under way already."""
        if token.asked:
            return False
        token.asked = True
        token.check.resync(reason, now_ns=now_ns)
        self._wanted[token.asset_id] = ResyncRequest(token.asset_id, reason, by_hash)
        self._stats.resyncs_requested += 1
        return True

    def judge(self, token: TokenBook, *, now_ns: int) -> bool:
        """Want a fresh book if the policy has reason to; return whether there was reason, granted or not.

        Once, neither advisory mode nor the rate holds back a book of which nothing has verified since its
        snapshot.
        """
        check = token.check
        if token.asked or now_ns < token.not_before_ns or check.state is IntegrityState.STALE:
            return False
        reason = check.breach(self._policy, now_ns=now_ns)
        if not reason:
            return False
        insists = check.is_first_failure and not token.insisted
        doubted = check.is_hash_breach and self._trust.advisory
        if insists or (not doubted and self._trust.take_resync(now_ns=now_ns)):
            token.insisted = token.insisted or insists
            self.want(token, reason, now_ns=now_ns, by_hash=check.is_hash_breach)
        else:
            token.not_before_ns = now_ns + RETRY_NS
        return True

    def due_ns(self, token: TokenBook) -> int | None:
        """Return when `judge` may have reason if nothing comes; None for never."""
        if token.asked or token.check.state is IntegrityState.STALE:
            return None
        due_ns = token.check.due_ns(self._policy)
        return None if due_ns is None else max(due_ns, token.not_before_ns)

    def withdraw(self, asset_id: str) -> None:
        """Drop a wish that nobody has taken yet."""
        self._wanted.pop(asset_id, None)

    def take(self) -> list[ResyncRequest]:
        """Return the wishes since this was last asked."""
        wanted, self._wanted = self._wanted, {}
        return list(wanted.values())

    def clear(self) -> None:
        """Drop all wishes."""
        self._wanted.clear()
