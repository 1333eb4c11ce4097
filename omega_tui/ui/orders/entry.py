"""The key grammar of orders: a verb, then an object. Pure: time, frame and facts are arguments.

Two different keys make an order, the strip shows every resolved price between them, and a verb does not
survive its time or a market that got worse (ladder specification, section 5).
"""

from msgspec.structs import replace

from omega_tui.domain.commands import Arm, Disarm, Kill
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import (
    Decision,
    DeskFacts,
    Go,
    KeyPress,
    Refused,
    RunLine,
    Send,
    Taken,
    TypeSize,
    Unclaimed,
)
from omega_tui.ui.keys.key_names import written
from omega_tui.ui.keys.keymap import TRADING, Context
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.build import why_locked, why_not_flatten
from omega_tui.ui.orders.cancels import build_cancels
from omega_tui.ui.orders.flags import reflagged, resized
from omega_tui.ui.orders.key_guard import PAIR
from omega_tui.ui.orders.offers import (
    is_asked,
    let_go,
    nudged,
    ordered,
    way_out,
    why_not,
    why_not_armed,
)
from omega_tui.ui.orders.pending import (
    BEAT_NS,
    OBJECTS,
    VERBS,
    Asked,
    Lost,
    Offer,
    Pending,
    Verb,
    Waiting,
    far_touch,
    moved_against,
)
from omega_tui.ui.orders.strange_keys import why_no_object
from omega_tui.ui.orders.waiting import WaitingOrder

_OURS = (*TRADING, "go.")
_MAY_REPEAT = frozenset({"size.up", "size.down", "size.preset", "size.position", "cancel.here"})
_NEVER_SETTLES = ("size.", "flag.", "go.", "panic.flatten")
"""What may be pressed when something has just changed. F7 only asks; what answers it settles as any key."""

_DUPLICATE = Refused("DUPLICATE", "dropped: the same order less than 250 ms ago; press again for another")
_SAME_MOVE = Refused(
    "DUPLICATE",
    "dropped: the same move less than 250 ms ago; {amend.up_ten} and {amend.down_ten} move ten ticks",
)

TRADE_CONTEXTS = (Context.ANY, Context.SCREEN, Context.TRADE)


class OrderEntry(WaitingOrder):
    """The state between two keys, and the keys. It never looks at a clock, a book or the screen by itself."""

    def press(  # noqa: C901, PLR0911, PLR0912 - one answer per guard
        self,
        press: KeyPress,
        frame: PaintedFrame | None,
        facts: DeskFacts,
        contexts: tuple[Context, ...] = TRADE_CONTEXTS,
    ) -> Decision:
        """Return what a key comes to.

        Args:
            press: The key.
            frame: The last painted frame of the ladder that has the keys.
            facts: The desk now.
            contexts: Where the key was pressed.
        """
        before = self.observe(facts, press.handled_ns)
        self._guard.recall(press)
        action = self._meaning(press, contexts)
        if action in {"panic.cancel_market", "panic.kill"}:
            return self._panic(action, press, facts)
        if isinstance(before, Send):
            return before
        flooded = self._guard.flood(press)
        if flooded is not None:
            self.drop()
            return flooded
        if action == "entry.drop":
            self._lost = None
            return Taken("dropped: nothing was sent" if self.drop() else "")
        stray = self._stray(press, action)
        if stray is not None:
            return stray
        if self._pending is not None and self._pending.verb is Verb.GRAB and not action.startswith(_OURS):
            return self._carry(self._pending, action, press)
        if not self.is_pending and not action.startswith(_OURS):
            return Unclaimed()
        refused = self._guard.check(
            press,
            may_repeat=action in _MAY_REPEAT,
            settles=not action.startswith(_NEVER_SETTLES),
            is_second=self.is_pending,
        )
        if refused is not None:
            if not self.is_pending and action in VERBS:
                self._lost = Lost(VERBS[action], press.handled_ns, refused.text)
            self.drop()
            return refused
        if self._waiting is not None:
            self.drop()
            return PAIR
        if self._asked is not None:
            return self._answer(self._asked, action, press, frame, facts)
        if self._pending is not None:
            return self._object(self._pending, press, frame, facts)
        if action == "confirm.send":
            return before or Taken()
        return self._first(action, press, frame, facts)

    def _meaning(self, press: KeyPress, contexts: tuple[Context, ...]) -> str:
        """Return the binding that the key means now: an object of the pending verb before anything else."""
        action = self.keymap.find(press.key, Context.ANY) if Context.ANY in contexts else ""
        if not action and self._pending is not None:
            action = self.keymap.find(press.key, OBJECTS[self._pending.verb])
        return action or self.keymap.find(press.key, *contexts)

    def _stray(self, press: KeyPress, action: str) -> Refused | None:
        """Drop the object of a verb that is gone, which by itself would mean something else.

        `f r` without a position would toggle reduce-only, `b x` while disarmed begin a cancel, and the
        Backspace that lets go of a grabbed order would cancel it. Likewise the Enter of a question.
        """
        lost, self._lost = self._lost, None
        if lost is None or self.is_pending or press.handled_ns - lost.at_ns > lost.expires_ns:
            return None
        if lost.verb is None:
            if action != "confirm.send":
                return None
        elif not self.keymap.find(press.key, OBJECTS[lost.verb]):
            return None
        return Refused("NO_VERB", f"{written(press.key)} dropped: {lost.why.removeprefix('dropped: ')}")

    def _carry(self, grab: Pending, action: str, press: KeyPress) -> Decision:
        """Let the cursor carry a grabbed order; any other key lets go of it."""
        if action.startswith(("cursor.", "view.")):
            self._pending = replace(grab, at_ns=press.handled_ns)
            return Unclaimed()
        self.drop()
        return Refused("NO_OBJECT", f"{written(press.key)} moves no cursor: the order stays where it was")

    def _panic(self, action: str, press: KeyPress, facts: DeskFacts) -> Decision:
        """Cancel the market (F8) or kill (F9): no guard, no lock, no data state stands in their way."""
        self.drop()
        if facts.is_replay:
            return Refused("REPLAY", "a replay has nothing to cancel")
        if action != "panic.kill":
            return self._cancel(action, press, None, facts)
        if self._guard.is_duplicate(action, press.handled_ns):
            return Taken()
        return Send((Kill(written(press.key)),), "KILL: disarming, canceling everything everywhere")

    def _first(  # noqa: PLR0911 - one answer per kind of binding
        self, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        """Return what a key comes to while nothing is pending."""
        kind = action.partition(".")[0]
        if action == "grab.pick":
            return self.grab(press.handled_ns, frame, facts)
        if action in VERBS:
            return self.begin(VERBS[action], press.handled_ns, facts)
        match kind:
            case "cancel":
                return self._cancel(action, press, frame, facts)
            case "quick":
                return self._quick(action, press, frame, facts)
            case "amend":
                offer = nudged(action, press.handled_ns, frame, facts)
                return self._hold_back(offer, action, press, frame, facts)
            case "command":
                return self._run(action, press)
            case "flag":
                return reflagged(action, facts)
        if action == "size.exact":
            return TypeSize()
        return resized(action, self._number(action, press.key), facts)

    def _number(self, action: str, key: str) -> int:
        """Return which of a binding's keys it was, from 1."""
        bind = self.keymap.bind(action)
        return bind.keys.index(key) + 1 if bind is not None and key in bind.keys else 0

    def begin(self, verb: Verb, now_ns: int, facts: DeskFacts) -> Decision:
        """Let a verb wait for its object, as its key does; or say why it may not."""
        early: Decision | None = None
        if verb is Verb.ARM:
            early = self._arm(now_ns, facts)
        elif verb.adds_risk:
            reason = why_locked(facts)
            early = Refused("LOCKED", f"{verb} refused: {reason}") if reason else None
        elif verb is Verb.FLATTEN:
            reason = why_not_flatten(facts)
            early = Refused("FLATTEN", reason) if reason else None
        if isinstance(early, Refused):
            self._lost = Lost(verb, now_ns, early.text)
        if early is not None:
            return early
        self._pending = Pending(verb, now_ns, facts.data.state)
        return Taken()

    def _arm(self, now_ns: int, facts: DeskFacts) -> Decision | None:
        """Return what `A` comes to at once; None when it asks for Enter."""
        if facts.mode is TradingMode.ARMED and not facts.is_replay:
            self.settle(now_ns, "just disarmed")
            return Send((Disarm(facts.venue),), "disarming")
        return why_not_armed(facts)

    def _object(  # noqa: PLR0911 - one answer per verb
        self, pending: Pending, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        """Return what the key after a verb comes to; whatever it is, the verb is over."""
        self.drop()
        wanted = self.keymap.find(press.key, OBJECTS[pending.verb])
        if not wanted:
            return Refused("NO_OBJECT", why_no_object(pending.verb, press.key, self.keymap))
        match pending.verb:
            case Verb.BUY | Verb.SELL:
                offer = ordered(wanted, Side(pending.verb.value), press.handled_ns, frame, facts)
            case Verb.CANCEL:
                return self._cancel(wanted, press, frame, facts)
            case Verb.FLATTEN:
                if press.handled_ns - pending.at_ns < BEAT_NS:
                    return Refused("BEAT", "too fast: read the strip, then answer")
                offer = way_out(wanted, press.handled_ns, frame, facts)
            case Verb.GRAB:
                if wanted == "grab.abort":
                    return Taken("the order stays where it was")
                offer = let_go(pending, press.handled_ns, frame, facts)
            case Verb.ARM:
                self._guard.settle(press.handled_ns, "just armed")
                return Send((Arm(facts.venue),), f"arming {facts.venue}")
            case Verb.ALIAS:
                return self._run(wanted, press)
            case _:
                number = self._number(wanted, press.key) if wanted == "go.layout" else 0
                return Go(wanted.partition(".")[2], number)
        return self._take(offer, wanted, press, frame, facts)

    # ------------------------------------------------------------------------------ orders

    def _quick(self, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts) -> Decision:
        """Hold the order of one key back until it is clear that no other key came with it."""
        word, _, thing = action.partition(".")[2].partition("_")
        offer = ordered(f"order.{thing}", Side(word.upper()), press.handled_ns, frame, facts)
        if isinstance(offer, Refused):
            return offer
        if self._guard.is_repeat(action, press.handled_ns):
            return Refused("REPEAT", "dropped: the same order a second ago; press again for another")
        return self._hold_back(offer, f"order.{thing}", press, frame, facts)

    def _hold_back(
        self,
        offer: Offer | Refused,
        action: str,
        press: KeyPress,
        frame: PaintedFrame | None,
        facts: DeskFacts,
    ) -> Decision:
        """Let the offer of one key wait for a moment: the first key of a paste looks just like it."""
        if isinstance(offer, Refused):
            return offer
        if is_asked(offer, facts):
            return self._ask(offer, action, press, frame, facts)
        if self._guard.is_duplicate(f"{offer.side}/{action}", press.handled_ns):
            return _SAME_MOVE if action.startswith("amend.") else _DUPLICATE
        self._waiting = Waiting(offer, press.handled_ns, facts.data.state)
        return Taken()

    def _take(
        self,
        offer: Offer | Refused,
        action: str,
        press: KeyPress,
        frame: PaintedFrame | None,
        facts: DeskFacts,
    ) -> Decision:
        """Send an offer, or ask about it first."""
        if isinstance(offer, Refused):
            return offer
        if is_asked(offer, facts):
            return self._ask(offer, action, press, frame, facts)
        return self._send(offer, action, press)

    def _ask(
        self, offer: Offer, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        assert frame is not None
        far = far_touch(offer.side, frame)
        self._asked = Asked(offer, action, press.handled_ns, facts.data.state, far)
        return Taken()

    def _answer(
        self, asked: Asked, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        """Return what the key after a question comes to."""
        if action != "confirm.send":
            self.drop()
            return Refused("NO_ANSWER", f"{written(press.key)} is no answer: dropped, nothing was sent")
        if press.handled_ns - asked.at_ns < BEAT_NS:
            return Taken()
        self.drop()
        refused = why_not("", press.handled_ns, frame, facts)
        if refused is not None:
            return refused
        assert frame is not None
        if moved_against(asked, frame, facts):
            again = self._again(asked, press, frame, facts)
            return replace(again, text="the price moved: look again") if isinstance(again, Taken) else again
        return self._send(asked.offer, asked.action, press)

    def _again(self, asked: Asked, press: KeyPress, frame: PaintedFrame, facts: DeskFacts) -> Decision:
        """Ask anew about what the market ran away from."""
        if asked.action.startswith("order."):
            offer = ordered(asked.action, asked.offer.side, press.handled_ns, frame, facts)
        elif asked.action.startswith("flatten."):
            offer = way_out(asked.action, press.handled_ns, frame, facts)
        else:
            return Refused("MOVED", "dropped: the market moved; look, then press again")
        return self._take(offer, asked.action, press, frame, facts)

    def _send(self, offer: Offer, action: str, press: KeyPress) -> Decision:
        if self._guard.is_duplicate(f"{offer.side}/{action}", press.handled_ns):
            return _DUPLICATE
        return Send(offer.commands, offer.text, offer.cursor)

    def _cancel(self, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts) -> Decision:
        """Cancel; the very same a moment later says nothing, but at another price it is another one."""
        built = build_cancels(action, frame, facts)
        if isinstance(built, Refused):
            return built
        commands, text = built
        if self._guard.is_duplicate(f"{action} {commands}", press.handled_ns):
            return Taken()
        return Send(commands, text)

    def _run(self, action: str, press: KeyPress) -> Decision:
        """Run the command of a binding."""
        bind = self.keymap.bind(action)
        assert bind is not None
        if self._guard.is_duplicate(action, press.handled_ns):
            return Refused("DUPLICATE", "dropped: the same command less than 250 ms ago")
        return RunLine(bind.line)
