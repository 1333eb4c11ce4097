"""What waits between two keys of an order, and what time and the market do to it. Pure.

A verb does not survive its time or a market that got worse; a question that takes does not survive a book
that may not be taken from (ladder specification, section 5).
"""

from msgspec.structs import replace

from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.desk.order_facts import Decision, DeskFacts, Menu, Refused, Send, Taken
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.build import state_words, why_locked
from omega_tui.ui.orders.key_guard import SETTLE_NS, TICK_SETTLE_NS, KeyGuard
from omega_tui.ui.orders.menu import pending_menu, question_menu
from omega_tui.ui.orders.offers import grabbed
from omega_tui.ui.orders.pending import (
    HOLD_BACK_NS,
    QUESTION_EXPIRES_NS,
    Asked,
    Lost,
    Pending,
    Verb,
    Waiting,
    is_worse,
)


class WaitingOrder:
    """The state between two keys. It never looks at a clock, a book or the screen by itself."""

    def __init__(self, keymap: Keymap) -> None:
        self.keymap = keymap
        self._guard = KeyGuard()
        self._pending: Pending | None = None
        self._asked: Asked | None = None
        self._waiting: Waiting | None = None
        self._lost: Lost | None = None
        self._untold: Refused | None = None
        self._instrument = ""
        self._tick_size: object = None

    # ------------------------------------------------------------------------------ what the screen reads

    @property
    def is_pending(self) -> bool:
        """Whether a verb, a question or the order of one key waits."""
        return self._pending is not None or self._asked is not None or self._waiting is not None

    @property
    def verb(self) -> Verb | None:
        """The verb that waits for its object."""
        return self._pending.verb if self._pending is not None else None

    @property
    def asked(self) -> Asked | None:
        """What waits for Enter."""
        return self._asked

    @property
    def pending_side(self) -> Side | None:
        """Side of an order that waits for its object or for Enter."""
        if self._asked is not None:
            return self._asked.offer.side
        if self._pending is not None and self._pending.verb in {Verb.BUY, Verb.SELL}:
            return Side(self._pending.verb.value)
        return None

    def menu(
        self, frame: PaintedFrame | None, facts: DeskFacts, book: BookSnapshot | None = None
    ) -> Menu | None:
        """Return line 2 of the strip, every price resolved; None while nothing is pending.

        Args:
            frame: What was painted: every price comes from it.
            facts: What an order key is judged by.
            book: The newest book, for what an order that takes would get of it.
        """
        if self._asked is not None:
            return question_menu(self.keymap, self._asked, facts, book)
        return None if self._pending is None else pending_menu(self.keymap, self._pending, frame, facts)

    # ------------------------------------------------------------------------------ what happens around it

    def settle(self, now_ns: int, reason: str, duration_ns: int = SETTLE_NS) -> None:
        """Drop what is pending, and every order key until `duration_ns` from now.

        What was dropped is told by the next `observe`: no key has come that could be answered.
        """
        self._take_away(now_ns, reason)
        self._guard.settle(now_ns, reason, duration_ns)

    def stalled(self, until_ns: int) -> None:
        """Drop what is pending, and every order key read before `until_ns`: the screen stood still."""
        self._take_away(until_ns, "the screen stood still")
        self._guard.stalled(until_ns)

    def settling(self, now_ns: int) -> str:
        """Return what has just changed, so that no order leaves yet; empty when nothing has."""
        return self._guard.settling(now_ns)

    def drop(self) -> bool:
        """Forget what is pending, and say nothing of it; return whether there was anything."""
        was = self.is_pending
        self._pending = self._asked = self._waiting = None
        return was

    def _take_away(self, now_ns: int, why: str, code: str = "DROPPED") -> None:
        """Drop what is pending for a reason that is no key of the trader's, so that it must be told."""
        if not self.is_pending:
            return
        what = self._what_waits
        self._lose(now_ns, f"{what} was dropped, {why}")
        self.drop()
        self._untold = Refused(code, f"{what} dropped: {why}; look, then press again")

    @property
    def _what_waits(self) -> str:
        """What is pending, as it is called in a sentence."""
        return str(self.verb or ("the question" if self._asked is not None else "the order"))

    def observe(self, facts: DeskFacts, now_ns: int) -> Decision | None:
        """Let time and the market drop what is pending, and silence let a one-key order go.

        Called at every frame, and before every key. A verb does not survive its time, another market, another
        tick size, or a data state worse than the one under which it was pressed; a question that takes does
        not survive a book that may not be taken from. From LIVE to QUIET nothing got worse but the silence: a
        verb stays, and its objects that take are refused. Returns what to obey, if anything happened.
        """
        self._watch_instrument(facts, now_ns)
        if self._untold is not None:
            untold, self._untold = self._untold, None
            return untold
        if self._waiting is not None:
            return self._release(self._waiting, facts, now_ns)
        if self._asked is not None:
            takes, adds_risk, what, expires_ns = (
                self._asked.offer.takes,
                True,
                "the question",
                QUESTION_EXPIRES_NS,
            )
            since_ns, then = self._asked.at_ns, self._asked.data_state
        elif self._pending is not None:
            verb = self._pending.verb
            takes, adds_risk, what, expires_ns = False, verb.adds_risk, str(verb), verb.expires_ns
            since_ns, then = self._pending.at_ns, self._pending.data_state
        else:
            return None
        if now_ns - since_ns > expires_ns:
            self._lose(now_ns, f"{what} had expired")
            self.drop()
            return Refused("EXPIRED", f"{what} expired: nothing was sent")
        lost_crossing = takes and not facts.data.state.allows_crossing
        if adds_risk and (lost_crossing or is_worse(facts.data.state, then)):
            self._lose(now_ns, f"{what} was dropped, {state_words(facts)}")
            self.drop()
            return Refused("DATA", f"{what} dropped: {state_words(facts)}")
        return None

    def _lose(self, now_ns: int, why: str) -> None:
        """Remember the pending verb or question, whose object or answer may be under way."""
        if self._asked is not None:
            self._lost = Lost(None, now_ns, why)
        elif self._pending is not None:
            self._lost = Lost(self._pending.verb, now_ns, why)

    def _release(self, waiting: Waiting, facts: DeskFacts, now_ns: int) -> Decision | None:
        """Return the order of one key once no other key came with it, or why it may not go any more."""
        lost_crossing = waiting.offer.takes and not facts.data.state.allows_crossing
        if lost_crossing or is_worse(facts.data.state, waiting.data_state):
            self.drop()
            return Refused("DATA", f"dropped: {state_words(facts)}")
        reason = why_locked(facts)
        if reason:
            self.drop()
            return Refused("LOCKED", f"refused: {reason}")
        if now_ns - waiting.at_ns < HOLD_BACK_NS:
            return None
        self.drop()
        return Send(waiting.offer.commands, waiting.offer.text, waiting.offer.cursor)

    def _watch_instrument(self, facts: DeskFacts, now_ns: int) -> None:
        """Lock the keys after another market or tick came, and drop what was pending."""
        known = facts.instrument
        if known is None or (known.id, known.tick_size) == (self._instrument, self._tick_size):
            return
        had = self._instrument
        why, duration_ns = f"the tick has just become {known.tick_size}", TICK_SETTLE_NS
        if known.id != had:
            why, duration_ns = "the market on screen has just changed", SETTLE_NS
        self._instrument, self._tick_size = known.id, known.tick_size
        if had:
            self._take_away(now_ns, why, "CHANGED")
            self._guard.settle(now_ns, why, duration_ns)

    # ------------------------------------------------------------------------------ an order in the hand

    def grab(self, now_ns: int, frame: PaintedFrame | None, facts: DeskFacts) -> Decision:
        """Pick up the own orders at the painted cursor, which carries them until they are dropped."""
        found = grabbed(now_ns, frame, facts)
        if isinstance(found, Refused):
            return found
        self._asked = self._waiting = None
        self._pending = found
        return Taken()

    def carry(self, now_ns: int) -> bool:
        """Let the cursor go on with what was grabbed; return whether anything is in the hand."""
        if self._pending is None or self._pending.verb is not Verb.GRAB:
            return False
        self._pending = replace(self._pending, at_ns=now_ns)
        return True
