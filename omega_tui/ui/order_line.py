"""The `:` line when it holds an order: a live preview, and Enter that sends exactly what the preview showed.

Pure: time, painted frame and facts are arguments. What is sent was resolved from a frame that is still
painted, and stood in the strip long enough to be read; a line that came as a paste, from a backlog or from a
held key had no such time, and is refused.
"""

from msgspec import Struct

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.phrase_grammar import read_phrase
from omega_tui.domain.phrase_orders import Meaning, mean
from omega_tui.domain.programs import Bracket
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import PhraseError
from omega_tui.ui.frame import PaintedFrame
from omega_tui.ui.order_build import FLATTEN_STATES, check_frame, state_words, why_locked
from omega_tui.ui.order_facts import DeskFacts, Refused, Send
from omega_tui.ui.phrase_words import describe, fills_now

BEAT_NS = 150_000_000
"""A preview must have stood so long, unchanged, before Enter sends it (ladder specification, section 6)."""


class Preview(Struct, frozen=True):
    """What the strip says of a line.

    Attributes:
        text: The sentence.
        is_wrong: Whether Enter would be refused.
        at: Where in the line the word begins that is wrong; None for nowhere.
    """

    text: str
    is_wrong: bool = False
    at: int | None = None


class _Shown(Struct, frozen=True):
    """A preview on the screen: what it would send, from which frame, and since when it says so."""

    line: str
    meaning: Meaning
    frame: PaintedFrame
    since_ns: int


class OrderLine:
    """One line from its first letter to Enter."""

    def __init__(self) -> None:
        self._shown: _Shown | None = None

    def forget(self) -> None:
        """The line was closed."""
        self._shown = None

    def preview(  # noqa: PLR0913, PLR0917 - what is looked at
        self,
        line: str,
        frame: PaintedFrame | None,
        facts: DeskFacts,
        around: Surroundings | None,
        book: BookSnapshot | None,
        now_ns: int,
    ) -> Preview:
        """Return what the line would send now, and remember that it was shown. Called at every frame."""
        if frame is None or around is None or frame.instrument != around.instrument.id:
            self._shown = None
            return Preview("this market is not painted yet: the ladder shows what would be traded", True)
        try:
            meaning = mean(read_phrase(line), around)
        except PhraseError as error:
            self._shown = None
            return Preview(str(error), True, error.start)
        shown = self._shown
        same = shown is not None and shown.line == line and _key(shown.meaning) == _key(meaning)
        since_ns = shown.since_ns if shown is not None and same else now_ns
        self._shown = _Shown(line, meaning, frame, since_ns)
        text = describe(meaning, around.instrument, book)
        locked = why_not(meaning, facts, book)
        return Preview(f"{locked} · {text}" if locked else f"Enter sends: {text}", bool(locked))

    def enter(
        self, line: str, facts: DeskFacts, book: BookSnapshot | None, now_ns: int, *, read_ns: int
    ) -> Send | Refused:
        """Return what Enter comes to: the commands that the strip shows, or why not.

        Args:
            line: What is typed.
            facts: The desk now.
            book: The newest book, for what would take.
            now_ns: Now, monotonic clock.
            read_ns: When the key was read.
        """
        shown = self._shown
        if shown is None or shown.line != line:
            return Refused("NOT_SHOWN", "not sent: what it would send was not on the screen yet")
        if now_ns - read_ns > BEAT_NS:
            return Refused("LATE_KEY", "not sent: Enter waited for the screen; look, then press it again")
        if read_ns - shown.since_ns < BEAT_NS:
            return Refused("BEAT", "not sent: that has just changed; read it, then press Enter again")
        locked = why_not(shown.meaning, facts, book)
        if locked:
            return Refused("LOCKED", f"not sent: {locked}")
        refused = check_frame(shown.frame, facts, now_ns)
        if refused is not None:
            return refused
        assert facts.instrument is not None, "the frame was checked against it"
        self._shown = None
        return Send(shown.meaning.commands, describe(shown.meaning, facts.instrument, book))


def why_not(meaning: Meaning, facts: DeskFacts, book: BookSnapshot | None) -> str:
    """Return why what a line means cannot leave now, for people; empty when it can.

    What only closes needs no arming, as the flatten key does not.
    """
    if meaning.opens or facts.is_replay or facts.instrument is None:
        locked = why_locked(facts)
        if locked:
            return locked
    elif facts.mode is TradingMode.HALTED:
        return "killed; :unkill ends that"
    elif facts.data.state not in FLATTEN_STATES:
        return state_words(facts)
    first = meaning.orders[0] if meaning.orders else None
    single = meaning.spec is None or isinstance(meaning.spec, Bracket)
    crosses = first is not None and single and meaning.opens and fills_now(first, book)
    if crosses and not facts.data.state.allows_crossing:
        return f"the book is {facts.data.state}: only orders that rest"
    return ""


def _key(meaning: Meaning) -> tuple[object, ...]:
    """Return what the trader sees of it: everything but the frame that it was read from."""
    return (meaning.spec, tuple(map(_seen, meaning.orders)), len(meaning.commands))


def _seen(order: OrderRequest) -> tuple[object, ...]:
    return (order.side, order.size, order.price, order.trigger_price, order.time_in_force, order.post_only)
