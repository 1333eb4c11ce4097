"""The key grammar of orders: a verb, then an object. Pure: time, frame and facts are arguments.

Two different keys make an order, the strip shows every resolved price between them, and a verb does not
survive its time or a market that got worse (ladder specification, section 5).
"""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.commands import Arm, Disarm, Kill, PlaceOrder
from omega_tui.domain.events import TradingMode
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderRequest, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.ui.frame import PaintedFrame
from omega_tui.ui.key_guard import NS_PER_MS, SETTLE_NS, TICK_SETTLE_NS, KeyGuard
from omega_tui.ui.keymap import Context, Keymap, key_name
from omega_tui.ui.order_build import (
    build_cancels,
    build_flatten,
    build_order,
    check_frame,
    state_words,
    why_locked,
    why_not_flatten,
)
from omega_tui.ui.order_facts import (
    Decision,
    DeskFacts,
    Flags,
    Go,
    KeyPress,
    Menu,
    MenuItem,
    Reflag,
    Refused,
    Resize,
    Send,
    Taken,
    TypeSize,
    Unclaimed,
)
from omega_tui.ui.order_menu import cancel_menu, flatten_menu, listed_menu, order_menu
from omega_tui.ui.words import describe_request, size_text

VERB_EXPIRES_NS = 1_500 * NS_PER_MS
"""A pending verb is forgotten after this."""
QUESTION_EXPIRES_NS = 5_000 * NS_PER_MS
"""A question takes reading; after this it is dropped."""
BEAT_NS = 150 * NS_PER_MS
"""The strip ignores Enter for this long after it asked, so that a key under way cannot answer."""
MOVED_TICKS = 2
"""If the far touch went further than this against the order since the question, it is asked again
(order safety, check 14)."""


class Verb(StrEnum):
    """What waits for its object."""

    BUY = "BUY"
    SELL = "SELL"
    CANCEL = "CANCEL"
    FLATTEN = "FLATTEN"
    ARM = "ARM"
    GO = "GO"


_VERBS = {
    "order.buy": Verb.BUY,
    "order.sell": Verb.SELL,
    "cancel.verb": Verb.CANCEL,
    "flatten.verb": Verb.FLATTEN,
    "panic.flatten": Verb.FLATTEN,
    "arm.verb": Verb.ARM,
    "go.verb": Verb.GO,
}
_OBJECTS = {
    Verb.BUY: Context.OBJECT_ORDER,
    Verb.SELL: Context.OBJECT_ORDER,
    Verb.CANCEL: Context.OBJECT_CANCEL,
    Verb.FLATTEN: Context.OBJECT_FLATTEN,
    Verb.ARM: Context.OBJECT_ARM,
    Verb.GO: Context.GO,
}
_ADDS_RISK = frozenset({Verb.BUY, Verb.SELL})
_TIF_CYCLE = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)

_OURS = ("order.", "cancel.", "flatten.", "confirm.", "arm.", "size.", "flag.", "go.", "panic.")
_MAY_REPEAT = frozenset({"size.up", "size.down", "size.preset", "size.position", "cancel.here"})
_NEVER_SETTLES = ("size.", "flag.", "go.")

TRADE_CONTEXTS = (Context.ANY, Context.SCREEN, Context.TRADE)


class _Pending(Struct, frozen=True):
    """A verb that waits, with the data state under which it was pressed."""

    verb: Verb
    at_ns: int
    data_state: DataState


class _Question(Struct, frozen=True):
    """An order that waits for Enter, with what it was asked under."""

    request: OrderRequest
    why: str
    action: str
    at_ns: int
    data_state: DataState
    far: Decimal | None
    takes: bool


class OrderEntry:
    """The state between two keys. It never looks at a clock, a book or the screen by itself."""

    def __init__(self, keymap: Keymap) -> None:
        self.keymap = keymap
        self._guard = KeyGuard()
        self._pending: _Pending | None = None
        self._question: _Question | None = None
        self._instrument = ""
        self._tick_size: Decimal | None = None

    # ------------------------------------------------------------------------------ what the screen reads

    @property
    def is_pending(self) -> bool:
        """Whether a verb or a question waits."""
        return self._pending is not None or self._question is not None

    @property
    def verb(self) -> Verb | None:
        """The verb that waits for its object."""
        return self._pending.verb if self._pending is not None else None

    @property
    def pending_side(self) -> Side | None:
        """Side of an order that waits for its object or for Enter."""
        if self._question is not None:
            return self._question.request.side
        if self._pending is not None and self._pending.verb in _ADDS_RISK:
            return Side(self._pending.verb.value)
        return None

    def menu(  # noqa: PLR0911 - one menu per verb
        self, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Menu | None:
        """Return line 2 of the strip, every price resolved; None while nothing is pending."""
        if self._question is not None:
            what = describe_request(self._question.request, facts.instrument)
            items = (MenuItem("Enter", f"sends: {self._question.why}"), MenuItem("Esc", "drops"))
            return Menu(what, items, is_question=True)
        if self._pending is None:
            return None
        match self._pending.verb:
            case Verb.BUY | Verb.SELL:
                return order_menu(self.keymap, Side(self._pending.verb.value), frame, facts)
            case Verb.CANCEL:
                return cancel_menu(self.keymap, frame, facts)
            case Verb.FLATTEN:
                return flatten_menu(frame, facts)
            case Verb.ARM:
                return Menu("ARM", (MenuItem("Enter", f"lets orders through to {facts.venue}"),))
            case _:
                return listed_menu(self.keymap, "GO", Context.GO)

    # ------------------------------------------------------------------------------ what happens around it

    def settle(self, now_ns: int, reason: str, duration_ns: int = SETTLE_NS) -> None:
        """Drop what is pending, and every order key until `duration_ns` from now."""
        self.drop()
        self._guard.settle(now_ns, reason, duration_ns)

    def stalled(self, until_ns: int) -> None:
        """Drop what is pending, and every order key read before `until_ns`: the screen stood still."""
        self.drop()
        self._guard.stalled(until_ns)

    def drop(self) -> bool:
        """Forget a pending verb or question; return whether there was one."""
        was = self.is_pending
        self._pending = None
        self._question = None
        return was

    def observe(self, facts: DeskFacts, now_ns: int) -> Refused | None:
        """Let time and the market drop what is pending. Called at every frame, and before every key.

        A verb does not survive its time, another market, another tick size, or a data state worse than the
        one under which it was pressed; a question that takes does not survive a book that may not be taken
        from. From LIVE to QUIET nothing got worse but the silence: a verb stays, and its objects that take
        are refused. Returns what to tell the trader, if something was dropped.
        """
        self._watch_instrument(facts, now_ns)
        waiting = self._question or self._pending
        if waiting is None:
            return None
        is_question = self._question is not None
        what = "the question" if is_question else str(self.verb)
        adds_risk = is_question or self.verb in _ADDS_RISK
        expires_ns = QUESTION_EXPIRES_NS if is_question else VERB_EXPIRES_NS
        if now_ns - waiting.at_ns > expires_ns:
            self.drop()
            return Refused("EXPIRED", f"{what} expired: nothing was sent")
        lost_crossing = (
            self._question is not None and self._question.takes and not facts.data.state.allows_crossing
        )
        if adds_risk and (lost_crossing or _is_worse(facts.data.state, waiting.data_state)):
            self.drop()
            return Refused("DATA", f"{what} dropped: {state_words(facts)}")
        return None

    def _watch_instrument(self, facts: DeskFacts, now_ns: int) -> None:
        known = facts.instrument
        if known is None:
            return
        if known.id != self._instrument:
            if self._instrument:
                self.settle(now_ns, "the market on screen has just changed")
            self._instrument, self._tick_size = known.id, known.tick_size
        elif known.tick_size != self._tick_size:
            self._tick_size = known.tick_size
            self.settle(now_ns, f"the tick has just become {known.tick_size}", TICK_SETTLE_NS)

    # ------------------------------------------------------------------------------ keys

    def press(  # noqa: PLR0911 - one answer per guard
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
        expired = self.observe(facts, press.handled_ns)
        self._guard.recall(press)
        action = self._meaning(press, contexts)
        if action in {"panic.cancel_market", "panic.kill"}:
            return self._panic(action, press, facts)
        flooded = self._guard.flood(press)
        if flooded is not None:
            self.drop()
            return flooded
        if action == "entry.drop":
            return Taken("dropped: nothing was sent" if self.drop() else "")
        if not self.is_pending and not action.startswith(_OURS):
            return Unclaimed()
        refused = self._guard.check(
            press,
            may_repeat=action in _MAY_REPEAT,
            settles=not action.startswith(_NEVER_SETTLES),
            is_second=self.is_pending,
        )
        if refused is not None:
            self.drop()
            return refused
        if self._question is not None:
            return self._answer(self._question, action, press, frame, facts)
        if self._pending is not None:
            return self._object(self._pending, press, frame, facts)
        if action == "confirm.send":
            return expired or Taken()
        return self._first(action, press, frame, facts)

    def _meaning(self, press: KeyPress, contexts: tuple[Context, ...]) -> str:
        """Return the binding that the key means now: an object of the pending verb before anything else."""
        action = self.keymap.find(press.key, Context.ANY) if Context.ANY in contexts else ""
        if not action and self._pending is not None:
            action = self.keymap.find(press.key, _OBJECTS[self._pending.verb])
        return action or self.keymap.find(press.key, *contexts)

    def _panic(self, action: str, press: KeyPress, facts: DeskFacts) -> Decision:
        """Cancel the market (F8) or kill (F9): no guard, no lock, no data state stands in their way."""
        self.drop()
        if facts.is_replay:
            return Refused("REPLAY", "a replay has nothing to cancel")
        if self._guard.is_duplicate(action, press.handled_ns):
            return Taken()
        if action == "panic.kill":
            return Send((Kill("F9"),), "KILL: disarming, canceling everything everywhere")
        built = build_cancels(action, None, facts)
        return built if isinstance(built, Refused) else Send(*built)

    def _first(self, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts) -> Decision:
        """Return what a key comes to while nothing is pending."""
        if action in _VERBS:
            return self.begin(_VERBS[action], press.handled_ns, facts)
        if action == "cancel.here":
            return self._cancel(action, press, frame, facts)
        if action.startswith("flag."):
            return _reflag(action, facts.flags)
        if action == "size.exact":
            return TypeSize()
        return _resize(action, press.key, facts)

    def begin(self, verb: Verb, now_ns: int, facts: DeskFacts) -> Decision:
        """Let a verb wait for its object, as its key does; or say why it may not."""
        early: Decision | None = None
        if verb is Verb.ARM:
            early = self._arm(now_ns, facts)
        elif verb in _ADDS_RISK:
            reason = why_locked(facts)
            early = Refused("LOCKED", f"{verb} refused: {reason}") if reason else None
        elif verb is Verb.FLATTEN:
            reason = why_not_flatten(facts)
            early = Refused("FLATTEN", reason) if reason else None
        if early is not None:
            return early
        self._pending = _Pending(verb, now_ns, facts.data.state)
        return Taken()

    def _arm(self, now_ns: int, facts: DeskFacts) -> Decision | None:
        """Return what `A` comes to at once; None when it asks for Enter."""
        if facts.is_replay:
            return Refused("REPLAY", "a replay cannot be traded")
        if facts.mode is TradingMode.ARMED:
            self.settle(now_ns, "just disarmed")
            return Send((Disarm(facts.venue),), "disarming")
        if facts.mode is TradingMode.HALTED:
            return Refused("HALTED", "killed: type :unkill first")
        if facts.too_small:
            return Refused("TOO_SMALL", "the terminal is too small to trade")
        if not facts.data.state.allows_new_orders:
            return Refused("DATA", f"cannot arm: {state_words(facts)}")
        return None

    def _object(  # noqa: PLR0911 - one answer per verb
        self, pending: _Pending, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        """Return what the key after a verb comes to; whatever it is, the verb is over."""
        self.drop()
        wanted = self.keymap.find(press.key, _OBJECTS[pending.verb])
        if not wanted:
            return Refused("NO_OBJECT", f"{pending.verb} then {key_name(press.key)} means nothing: dropped")
        match pending.verb:
            case Verb.BUY | Verb.SELL:
                return self._order(wanted, Side(pending.verb.value), press, frame, facts)
            case Verb.CANCEL:
                return self._cancel(wanted, press, frame, facts)
            case Verb.FLATTEN:
                if press.handled_ns - pending.at_ns < BEAT_NS:
                    return Refused("BEAT", "too fast: read the strip, then answer")
                return self._flatten(wanted, press, frame, facts)
            case Verb.ARM:
                self._guard.settle(press.handled_ns, "just armed")
                return Send((Arm(facts.venue),), f"arming {facts.venue}")
            case _:
                return Go(wanted.partition(".")[2])

    def _order(
        self, action: str, side: Side, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        reason = why_locked(facts)
        if reason:
            return Refused("LOCKED", f"{side} refused: {reason}")
        refused = check_frame(frame, facts, press.handled_ns)
        if refused is not None:
            return refused
        assert frame is not None
        built = build_order(action, side, frame, facts)
        if isinstance(built, Refused):
            return built
        if not built.why_ask:
            return self._send(built.request, f"{side}/{action}", press, facts)
        far = frame.best_ask if side is Side.BUY else frame.best_bid
        self._question = _Question(
            built.request, built.why_ask, action, press.handled_ns, facts.data.state, far, built.takes
        )
        return Taken()

    def _answer(
        self, asked: _Question, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        """Return what the key after a question comes to."""
        if action != "confirm.send":
            self.drop()
            return Refused("NO_ANSWER", f"{key_name(press.key)} is no answer: dropped, nothing was sent")
        if press.handled_ns - asked.at_ns < BEAT_NS:
            return Taken()
        self.drop()
        reason = why_locked(facts)
        if reason:
            return Refused("LOCKED", f"refused: {reason}")
        refused = check_frame(frame, facts, press.handled_ns)
        if refused is not None:
            return refused
        assert frame is not None
        side = asked.request.side
        if _moved_against(asked, frame, facts):
            again = self._order(asked.action, side, press, frame, facts)
            return replace(again, text="the price moved: look again") if isinstance(again, Taken) else again
        return self._send(asked.request, f"{side}/{asked.action}", press, facts)

    def _send(self, request: OrderRequest, action: str, press: KeyPress, facts: DeskFacts) -> Decision:
        if self._guard.is_duplicate(action, press.handled_ns):
            return Refused("DUPLICATE", "dropped: the same order less than 250 ms ago")
        return Send((PlaceOrder(request),), describe_request(request, facts.instrument))

    def _cancel(self, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts) -> Decision:
        built = build_cancels(action, frame, facts)
        if isinstance(built, Refused):
            return built
        if self._guard.is_duplicate(action, press.handled_ns):
            return Taken()
        return Send(*built)

    def _flatten(
        self, action: str, press: KeyPress, frame: PaintedFrame | None, facts: DeskFacts
    ) -> Decision:
        reason = why_not_flatten(facts)
        if reason:
            return Refused("FLATTEN", reason)
        refused = check_frame(frame, facts, press.handled_ns)
        if refused is not None:
            return refused
        assert frame is not None
        built = build_flatten(action, frame, facts)
        return built if isinstance(built, Refused) else self._send(built.request, action, press, facts)


def _reflag(action: str, flags: Flags) -> Reflag:
    """Return the flags after `p` or `y`: post-only rests, IOC and FOK take, so one ends the other."""
    if action == "flag.post_only":
        flags = replace(flags, post_only=not flags.post_only)
        if flags.post_only and flags.time_in_force is not TimeInForce.GTC:
            flags = replace(flags, time_in_force=TimeInForce.GTC)
    else:
        after = _TIF_CYCLE[(_TIF_CYCLE.index(flags.time_in_force) + 1) % len(_TIF_CYCLE)]
        flags = replace(flags, time_in_force=after, post_only=flags.post_only and after is TimeInForce.GTC)
    said = f"{flags.time_in_force}{', post-only' if flags.post_only else ', may take'}"
    return Reflag(flags, f"next orders: {said}")


def _resize(action: str, key: str, facts: DeskFacts) -> Decision:
    """Return the size after a digit, `0`, `+` or `-`. It never sends anything."""
    sizing = facts.sizing
    if action == "size.preset":
        try:
            sizing = sizing.chosen(int(key))
        except ValueError as error:
            return Refused("NO_PRESET", str(error))
    elif action == "size.position":
        if facts.position == 0:
            return Refused("NO_POSITION", "there is no position whose size to take")
        sizing = sizing.exactly(abs(facts.position))
    elif facts.instrument is not None:
        sizing = sizing.stepped(1 if action == "size.up" else -1, facts.instrument)
    return Resize(sizing, f"size {size_text(sizing.size)}")


def _is_worse(now: DataState, then: DataState) -> bool:
    order = list(DataState)
    return order.index(now) > max(order.index(then), order.index(DataState.QUIET))


def _moved_against(asked: _Question, frame: PaintedFrame, facts: DeskFacts) -> bool:
    """Whether the far touch ran away from the order since the question, or is gone."""
    assert facts.instrument is not None
    side = asked.request.side
    far = frame.best_ask if side is Side.BUY else frame.best_bid
    if asked.far is None or far is None:
        return asked.far is not far
    return (far - asked.far) * side.sign > MOVED_TICKS * facts.instrument.tick_size
