"""What waits between two keys: a verb for its object, a question for Enter, one key for silence. Values."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from omega_tui.domain.commands import Command
from omega_tui.domain.integrity import DataState
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.units import NS_PER_MS

VERB_EXPIRES_NS = 1_500 * NS_PER_MS
"""A pending verb is forgotten after this."""
QUESTION_EXPIRES_NS = 5_000 * NS_PER_MS
"""A question takes reading, and a grabbed order moving; after this without a key it is dropped."""
BEAT_NS = 150 * NS_PER_MS
"""The strip ignores Enter for this long after it asked, so that a key under way cannot answer."""
HOLD_BACK_NS = 40 * NS_PER_MS
"""An order of one key waits so long for a second key: then it was a paste, or a key held down at 30 Hz."""
MOVED_TICKS = 2
MOVED_SHARE = Decimal("0.0002")
"""If the far touch went further than this against the order since the question, it is asked again
(order safety, check 14)."""


class Verb(StrEnum):
    """What waits for its object."""

    BUY = "BUY"
    SELL = "SELL"
    CANCEL = "CANCEL"
    FLATTEN = "FLATTEN"
    GRAB = "GRAB"
    ARM = "ARM"
    ALIAS = "ALIAS"
    GO = "GO"

    @property
    def adds_risk(self) -> bool:
        """Whether it comes to an order at a price: a market that got worse drops it."""
        return self in {Verb.BUY, Verb.SELL, Verb.GRAB}

    @property
    def expires_ns(self) -> int:
        """How long it waits."""
        return QUESTION_EXPIRES_NS if self is Verb.GRAB else VERB_EXPIRES_NS


VERBS = {
    "order.buy": Verb.BUY,
    "order.sell": Verb.SELL,
    "cancel.verb": Verb.CANCEL,
    "flatten.verb": Verb.FLATTEN,
    "panic.flatten": Verb.FLATTEN,
    "grab.pick": Verb.GRAB,
    "arm.verb": Verb.ARM,
    "alias.verb": Verb.ALIAS,
    "go.verb": Verb.GO,
}
OBJECTS = {
    Verb.BUY: Context.OBJECT_ORDER,
    Verb.SELL: Context.OBJECT_ORDER,
    Verb.CANCEL: Context.OBJECT_CANCEL,
    Verb.FLATTEN: Context.OBJECT_FLATTEN,
    Verb.GRAB: Context.GRAB,
    Verb.ARM: Context.OBJECT_ARM,
    Verb.ALIAS: Context.OBJECT_ALIAS,
    Verb.GO: Context.GO,
}


class Pending(Struct, frozen=True):
    """A verb that waits, with the data state under which it was pressed.

    Attributes:
        verb: Which.
        at_ns: When it was pressed, or when a grabbed order was last carried on.
        data_state: Then.
        grabbed: Client order ids of what was grabbed.
        origin: The price from which it was.
    """

    verb: Verb
    at_ns: int
    data_state: DataState
    grabbed: tuple[str, ...] = ()
    origin: Decimal | None = None


class Lost(Struct, frozen=True):
    """A verb or question that is gone by itself: its object or its answer may be under way already.

    Attributes:
        verb: Which was refused, or dropped by time or the market; None for a question.
        at_ns: When it was lost.
        why: What became of it, for people.
    """

    verb: Verb | None
    at_ns: int
    why: str

    @property
    def expires_ns(self) -> int:
        """How long a key may still be meant for it."""
        return QUESTION_EXPIRES_NS if self.verb is None else VERB_EXPIRES_NS


class Offer(Struct, frozen=True):
    """What a key would send.

    Attributes:
        commands: At least one.
        text: What they do, in words.
        side: Of the order that comes of them.
        why_ask: Why Enter is asked for first; empty when it is not.
        takes: Whether it crosses what was painted.
        is_plain: Whether a trader who wants no questions is spared this one.
        cursor: Where the cursor goes along with an order of ours; None to leave it.
    """

    commands: tuple[Command, ...]
    text: str
    side: Side
    why_ask: str = ""
    takes: bool = False
    is_plain: bool = False
    cursor: Decimal | None = None


class Asked(Struct, frozen=True):
    """An offer that waits for Enter, with what it was asked under.

    Attributes:
        offer: What Enter sends.
        action: The binding that it came from.
        at_ns: When it was asked.
        data_state: Then.
        far: The touch that the order would take from, as painted; None where that side was empty.
    """

    offer: Offer
    action: str
    at_ns: int
    data_state: DataState
    far: Decimal | None


class Waiting(Struct, frozen=True):
    """The offer of one key, until it is clear that no other key came with it."""

    offer: Offer
    at_ns: int
    data_state: DataState


def far_touch(side: Side, frame: PaintedFrame) -> Decimal | None:
    """Return the touch that an order of `side` takes from."""
    return frame.best_ask if side is Side.BUY else frame.best_bid


def is_worse(now: DataState, then: DataState) -> bool:
    """Whether the data got worse than they were, silence alone aside."""
    order = list(DataState)
    return order.index(now) > max(order.index(then), order.index(DataState.QUIET))


def moved_against(asked: Asked, frame: PaintedFrame, facts: DeskFacts) -> bool:
    """Whether the far touch ran away from the order since the question, or is gone."""
    assert facts.instrument is not None
    side = asked.offer.side
    far = far_touch(side, frame)
    if asked.far is None or far is None:
        return asked.far is not far
    near = facts.instrument.near(asked.far, ticks=MOVED_TICKS, share=MOVED_SHARE)
    return (far - asked.far) * side.sign > near
