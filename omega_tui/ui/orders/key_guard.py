"""Which keys are believed: guards against pastes, held keys, backlogs, stalls and changes under the finger.

Numbers: ladder specification, section 2 (rules 4, 7, 8) and section 6 (item 2). Pure: times are arguments,
all on one monotonic clock.
"""

from collections import deque
from typing import Final

from omega_tui.ui.desk.order_facts import KeyPress, Refused
from omega_tui.ui.keys.key_names import written
from omega_tui.units import NS_PER_MS

SETTLE_NS = 300 * NS_PER_MS
"""Order keys are dropped for this long after focus, market, layout, reconnect or arming."""
TICK_SETTLE_NS = 1_000 * NS_PER_MS
"""Likewise after a change of the tick size."""
DUPLICATE_NS = 250 * NS_PER_MS
"""The same action within this time is dropped."""
HELD_KEYS = 3
HELD_GAP_NS = 60 * NS_PER_MS
"""So many identical keys with shorter gaps are a held key."""
BURST_KEYS = 6
BURST_NS = 30 * NS_PER_MS
"""More keys that a paste may hold than this, within this time, are a paste."""
PAIR_NS = 25 * NS_PER_MS
"""Verb and object closer together than this came in one read: the head of a paste would otherwise be an order
before the burst can be told."""
REPEAT_NS = 1_100 * NS_PER_MS
"""The same order of one key within this time is dropped: longer than the slowest keyboard waits before
it repeats a key that is held, and by the third repeat the key is known to be held."""
QUIET_NS = 500 * NS_PER_MS
"""After a paste or a held key, order keys stay dropped until no key came for so long."""
HANDLING_NS = 150 * NS_PER_MS
"""A key that waited longer than this between read and handling is dropped."""
PAIR: Final = Refused("PAIR", "dropped: two keys at once are not an order; one after the other is")


class KeyGuard:
    """Remembers the last keys and the last changes, and says which key is not to be believed."""

    def __init__(self) -> None:
        self._settle_until_ns = 0
        self._settle_reason = ""
        self._stalled_until_ns = 0
        self._recent: deque[tuple[int, bool]] = deque(maxlen=BURST_KEYS + 1)
        self._last_key = ""
        self._last_read_ns: int | None = None
        self._gap_ns = QUIET_NS
        self._same_keys = 0
        self._blocked = False
        self._sent = ("", 0)
        self._one_key = ("", 0)

    def settle(self, now_ns: int, reason: str, duration_ns: int = SETTLE_NS) -> None:
        """Drop order keys until `duration_ns` from now; `reason` says why, as `the market changed`."""
        until_ns = now_ns + duration_ns
        if until_ns > self._settle_until_ns:
            self._settle_until_ns = until_ns
            self._settle_reason = reason

    def settling(self, now_ns: int) -> str:
        """Return what has just changed, while order keys are dropped for it; empty otherwise."""
        return self._settle_reason if now_ns < self._settle_until_ns else ""

    def stalled(self, until_ns: int) -> None:
        """Discard every key read before `until_ns`: the screen stood still until then."""
        self._stalled_until_ns = max(self._stalled_until_ns, until_ns)

    def recall(self, press: KeyPress) -> None:
        """Remember a key, whatever it is for. Call it once per key, first."""
        self._gap_ns = QUIET_NS if self._last_read_ns is None else press.read_ns - self._last_read_ns
        if self._gap_ns >= QUIET_NS:
            self._blocked = False
        repeated = press.key == self._last_key and self._gap_ns < HELD_GAP_NS
        self._same_keys = self._same_keys + 1 if repeated else 1
        self._last_key = press.key
        self._last_read_ns = press.read_ns
        self._recent.append((press.read_ns, press.pasteable))

    def flood(self, press: KeyPress) -> Refused | None:
        """Return the refusal of a key that is part of a paste; judged for every key, ours or not."""
        if self._blocked:
            return None
        is_burst = (
            len(self._recent) > BURST_KEYS
            and all(pasteable for _, pasteable in self._recent)
            and press.read_ns - self._recent[0][0] <= BURST_NS
        )
        return self._trip("PASTE", "that was a paste, not keys: dropped and disarmed") if is_burst else None

    def check(  # noqa: PLR0911 - one answer per guard
        self, press: KeyPress, *, may_repeat: bool, settles: bool, is_second: bool
    ) -> Refused | None:
        """Return why an order key is not to be believed; None when it is.

        Args:
            press: The key.
            may_repeat: Whether holding the key down is harmless.
            settles: Whether the settle lock holds for it.
            is_second: Whether it completes a pending verb or answers a question.
        """
        if self._blocked:
            return Refused("BLOCKED", "keys are dropped until the keyboard is quiet for half a second")
        if self._same_keys >= HELD_KEYS and not may_repeat:
            return self._trip("HELD", f"{written(press.key)} is held down: dropped and disarmed")
        waited_ns = press.handled_ns - press.read_ns
        if waited_ns > HANDLING_NS:
            waited = f"the key waited {waited_ns // NS_PER_MS} ms for the screen"
            return Refused("LATE_KEY", f"dropped: {waited}; look, then press again")
        if press.read_ns < self._stalled_until_ns:
            return Refused("STALL", "dropped: pressed while the screen stood still; look, then press again")
        if settles and press.handled_ns < self._settle_until_ns:
            return Refused("SETTLING", f"dropped: {self._settle_reason}; press again")
        if is_second and self._gap_ns < PAIR_NS:
            return PAIR
        return None

    def is_duplicate(self, action: str, now_ns: int) -> bool:
        """Whether this very action was sent less than `DUPLICATE_NS` ago; remembers it when it was not."""
        last, at_ns = self._sent
        if action == last and now_ns - at_ns < DUPLICATE_NS:
            return True
        self._sent = (action, now_ns)
        return False

    def is_repeat(self, action: str, now_ns: int) -> bool:
        """Whether this order of one key was asked for less than `REPEAT_NS` ago; remembers that it was."""
        last, at_ns = self._one_key
        self._one_key = (action, now_ns)
        return action == last and now_ns - at_ns < REPEAT_NS

    def _trip(self, code: str, text: str) -> Refused:
        self._blocked = True
        return Refused(code, text, disarm=text.partition(":")[0])
