"""Where the check of one token's book stands, and when the policy has reason to ask for a fresh one.

The rules are numbered in `validator`.
"""

from collections.abc import Iterator
from typing import Final

from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.units import NS_PER_MS

CHECK_NAME: Final = "hash"
"""What the check is called on screen."""


class TokenCheck:
    """Where the check of one token's book stands.

    Attributes:
        state: The verdict.
        unverified: Groups in a row that did not verify.
        verified_ns: When it last verified; 0 never.
        reason: Why it is not verified; for people.
    """

    __slots__ = (
        "_before",
        "_crossed_ns",
        "_damage",
        "_failing_ns",
        "_first",
        "_first_failed",
        "_group",
        "_since_ns",
        "_touch_ns",
        "_touches",
        "reason",
        "state",
        "unverified",
        "verified_ns",
    )

    def __init__(self, *, now_ns: int) -> None:
        self.state = IntegrityState.RESYNCING
        self.reason = "waiting for the book"
        self.unverified = 0
        self.verified_ns = 0
        self._since_ns = now_ns
        self._failing_ns = 0
        self._first = False
        self._first_failed = False
        self._group: str | None = None
        self._before = (0, 0)
        self._crossed_ns = 0
        self._touches = 0
        self._touch_ns = 0
        self._damage = ""

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing that time alone could make worse."""
        return not (self.unverified or self._crossed_ns or self._touches or self._damage)

    @property
    def is_first_failure(self) -> bool:
        """Whether no group has verified since the snapshot that the book began with."""
        return self._first_failed

    def begin_book(self, *, verified: bool, now_ns: int) -> None:
        """Note a snapshot that the book begins with: the opening one, or one of REST."""
        self._replace(verified=verified, now_ns=now_ns)
        self._first = True
        self._first_failed = not verified

    def replace_book(self, *, verified: bool, now_ns: int) -> None:
        """Note a later `book`, which replaces everything."""
        self._replace(verified=verified, now_ns=now_ns)
        self._first = False
        self._first_failed = False

    def judge_group(self, group: str, *, verified: bool, now_ns: int) -> bool:
        """Note the judgement of a group by its hash; return whether the group was judged before."""
        again = group == self._group
        if not again:
            self._group = group
            self._before = (self.unverified, self._failing_ns)
        if verified:
            self._first = self._first_failed = False
            self._verify(now_ns)
            return again
        unverified, failing_ns = self._before
        self.unverified = unverified + 1
        self._failing_ns = failing_ns or self._failing_ns or now_ns
        if self._first:
            self._first = False
            self._first_failed = True
        if self.state is not IntegrityState.RESYNCING:
            self._enter(IntegrityState.UNVERIFIED, "the hash of the venue does not fit", now_ns)
        return again

    def note_touch(self, *, agrees: bool, now_ns: int) -> None:
        """Note whether the book's touch is the one that an entry stated."""
        if agrees:
            self._touches = 0
            self._touch_ns = 0
        else:
            self._touches += 1
            self._touch_ns = self._touch_ns or now_ns

    def note_crossed(self, *, crossed: bool, now_ns: int) -> None:
        """Note whether the book is crossed after a message."""
        if not crossed:
            self._crossed_ns = 0
        elif not self._crossed_ns:
            self._crossed_ns = now_ns

    def damage(self, reason: str, *, now_ns: int) -> None:
        """Note that something of the book is known to be missing: a fresh one is needed at once."""
        self._damage = reason
        if self.state is IntegrityState.VERIFIED:
            self._enter(IntegrityState.UNVERIFIED, reason, now_ns)

    def confirm(self, *, now_ns: int) -> None:
        """Note that the book equals the one that REST has now."""
        self._forget()
        self._verify(now_ns)

    def breach(self, policy: HashPolicy, *, now_ns: int) -> str:
        """Return why a fresh book should be asked for by now, for people; empty when there is no reason."""
        for due_ns, reason in self._causes(policy):
            if now_ns >= due_ns:
                return reason
        return ""

    def due_ns(self, policy: HashPolicy) -> int | None:
        """Return when there will be a reason to ask for a fresh book if nothing comes; None for never."""
        return min((due_ns for due_ns, _ in self._causes(policy)), default=None)

    @property
    def is_hash_breach(self) -> bool:
        """Whether the hash alone speaks against the book."""
        return bool(self.unverified) and not (self._crossed_ns or self._touches or self._damage)

    def resync(self, reason: str, *, now_ns: int) -> None:
        """Note that a fresh book has been asked for."""
        self._enter(IntegrityState.RESYNCING, reason, now_ns)

    def doubt(self, reason: str, *, now_ns: int) -> None:
        """Note that a fresh book was asked for in vain; the policy starts anew."""
        self.unverified = max(1, self.unverified)
        self._failing_ns = now_ns
        self._enter(IntegrityState.UNVERIFIED, reason, now_ns)

    def stale(self, reason: str, *, now_ns: int) -> None:
        """Note that the book is of no more than historical interest until a fresh one comes."""
        self._forget()
        self._enter(IntegrityState.STALE, reason, now_ns)

    def await_book(self, reason: str, *, now_ns: int) -> None:
        """Note that nothing counts until a snapshot comes."""
        self._forget()
        self._enter(IntegrityState.RESYNCING, reason, now_ns)

    def integrity(self, policy: HashPolicy, *, advisory: bool, now_ns: int) -> Integrity:
        """Return the state for the screen and the order gate."""
        return Integrity(
            state=self.state,
            check=CHECK_NAME,
            unverified=self.unverified,
            since_ns=self._since_ns,
            verified_ns=self.verified_ns,
            beyond_policy=bool(self.breach(policy, now_ns=now_ns)),
            advisory=advisory,
            reason=self.reason,
        )

    def _causes(self, policy: HashPolicy) -> Iterator[tuple[int, str]]:
        after_ns = policy.resync_after_ms * NS_PER_MS
        if self._damage:
            yield self._since_ns, self._damage
        if self.unverified >= policy.resync_after_groups:
            yield self._failing_ns + after_ns, f"{self.unverified} hashes in a row did not fit"
        elif self._first_failed:
            due_ns = self._failing_ns + policy.first_group_ms * NS_PER_MS
            yield due_ns, "nothing has verified since the snapshot"
        if self._crossed_ns:
            yield self._crossed_ns + policy.crossed_ms * NS_PER_MS, "the book is crossed"
        if self._touches >= policy.resync_after_groups:
            yield (
                self._touch_ns + after_ns,
                f"the best bid or ask is not as stated, {self._touches} times in a row",
            )

    def _replace(self, *, verified: bool, now_ns: int) -> None:
        self._forget()
        if verified:
            self._verify(now_ns)
        else:
            self.unverified = 1
            self._failing_ns = now_ns
            self._enter(IntegrityState.UNVERIFIED, "the hash of the book itself does not fit", now_ns)

    def _forget(self) -> None:
        self.unverified = 0
        self._failing_ns = 0
        self._first = False
        self._first_failed = False
        self._group = None
        self._before = (0, 0)
        self._crossed_ns = 0
        self._touches = 0
        self._touch_ns = 0
        self._damage = ""

    def _verify(self, now_ns: int) -> None:
        self.unverified = 0
        self._failing_ns = 0
        self._damage = ""
        self.verified_ns = now_ns
        if self.state is not IntegrityState.VERIFIED:
            self._enter(IntegrityState.VERIFIED, "", now_ns)

    def _enter(self, state: IntegrityState, reason: str, now_ns: int) -> None:
        if state is not self.state:
            self._since_ns = now_ns
        self.state = state
        self.reason = reason
