"""The `:` line when it holds an order: a live preview, and Enter that sends exactly what the preview showed.

Pure: time, painted frame and facts are arguments. What is sent stood in the strip long enough to be read; a
line that came as a paste, from a backlog or from a held key had no such time, and is refused.

A price that comes from the touch, as `$bid` or `join`, would change under the finger in a fast market. So
what a line was resolved to stands for a moment while the market moves on, and then follows it. It is let go
of at once where it would take what it was shown to wait for, or where anything but the market has changed.
"""

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.commands import PlaceOrder
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.orders import TAKES_ONLY, OrderRequest
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.phrase_grammar import read_phrase
from omega_tui.domain.phrase_orders import Meaning, mean
from omega_tui.domain.programs import Bracket, Oco, Scale
from omega_tui.domain.risk import words_small
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import PhraseError
from omega_tui.ui.desk.order_facts import DeskFacts, Refused, Send
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.build import FLATTEN_STATES, check_frame, state_words, why_locked
from omega_tui.ui.orders.exits import past_own_orders
from omega_tui.ui.orders.offers import why_met
from omega_tui.ui.orders.pending import Offer
from omega_tui.ui.orders.stops import why_no_bracket, why_not_there
from omega_tui.ui.text.phrase_words import describe, fills_now
from omega_tui.ui.text.words import price_text

BEAT_NS = 150_000_000
"""A preview must have stood so long, unchanged, before Enter sends it (ladder specification, section 6)."""

HOLD_NS = 3_000_000_000
"""So long the prices of a line stand still, from the frame in which they were resolved.

Time to read and to press Enter, several times a minute even where the touch moves at every frame; what it
may have missed meanwhile the gate judges by the frame that the order carries (order safety, LAST_LOOK).
"""


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
    """A preview on the screen.

    Attributes:
        line: What is typed.
        meaning: What Enter would send.
        takes: Whether it was said to take something at once.
        around: What the prices were resolved from.
        resolved_ns: When they were.
        since_ns: Since when the strip says so.
    """

    line: str
    meaning: Meaning
    takes: bool
    around: Surroundings
    resolved_ns: int
    since_ns: int


class OrderLine:
    """One line from its first letter to Enter."""

    def __init__(self) -> None:
        self._shown: _Shown | None = None
        self._frame: PaintedFrame | None = None

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
        self._frame = frame
        if frame is None or around is None or frame.instrument != around.instrument.id:
            self._shown = None
            return Preview("this market is not painted yet: the ladder shows what would be traded", True)
        before = self._shown if self._shown is not None and self._shown.line == line else None
        try:
            shown = self._held(before, around, book, now_ns) or _resolved(line, around, facts, book, now_ns)
        except PhraseError as error:
            self._shown = None
            return Preview(str(error), True, error.start)
        if before is not None and _key(before) == _key(shown):
            shown = replace(shown, since_ns=before.since_ns)
        self._shown = shown
        text = describe(shown.meaning, around.instrument, book)
        locked = (
            why_not(shown.meaning, facts, book)
            or _why_no_stop(shown.meaning, frame, facts, book)
            or _why_no_bracket(shown.meaning, facts)
            or _why_small(shown.meaning, facts)
            or _why_met(shown.meaning, facts)
        )
        if locked:
            return Preview(f"{locked} · {text}", is_wrong=True)
        return Preview(f"Enter sends: {text}{_since(shown, around)}")

    def _held(
        self, before: _Shown | None, around: Surroundings, book: BookSnapshot | None, now_ns: int
    ) -> _Shown | None:
        """Return what stays as it was shown; None for what must be resolved anew."""
        if before is None or now_ns - before.resolved_ns > HOLD_NS:
            return None
        if _account(before.around) != _account(around) or takes_now(before.meaning, book) != before.takes:
            return None
        return before

    def enter(  # noqa: PLR0911 - one answer per reason
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
        refused = check_frame(self._frame, facts, now_ns)
        if refused is not None:
            return refused
        assert self._frame is not None, "just checked"
        for code, reason in (
            ("BRACKET", _why_no_bracket(shown.meaning, facts)),
            ("MIN_SIZE", _why_small(shown.meaning, facts)),
            ("SELF_TRADE", _why_met(shown.meaning, facts)),
            ("FIRES_NOW", _why_no_stop(shown.meaning, self._frame, facts, book)),
        ):
            if reason:
                return Refused(code, f"not sent: {reason}")
        if now_ns - shown.resolved_ns > HOLD_NS:
            return Refused("OLD_PRICE", "not sent: its prices are no longer those of now; look again")
        if takes_now(shown.meaning, book) and not shown.takes:
            return Refused("TAKES_NOW", "not sent: it would take now, and was shown as resting; look again")
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
    if meaning.opens and takes_now(meaning, book) and not facts.data.state.allows_crossing:
        return f"the book is {facts.data.state}: only orders that rest"
    return ""


def _why_no_stop(meaning: Meaning, frame: PaintedFrame, facts: DeskFacts, book: BookSnapshot | None) -> str:
    """Return why a stop cannot wait where it is wanted; empty when all can.

    A bracket's stop comes when its entry has filled: at once where that takes, else at a market of later.
    """
    is_later = isinstance(meaning.spec, Bracket) and not takes_now(meaning, book)
    if facts.instrument is None or is_later:
        return ""
    for order in meaning.orders:
        if order.trigger_price is not None:
            refused = why_not_there(order.trigger_price, order.side, frame, facts, facts.instrument)
            if refused is not None:
                return refused.text
    return ""


def _leaving(meaning: Meaning) -> tuple[OrderRequest, ...]:
    """Return the orders that leave at once."""
    match meaning.spec:
        case Bracket(entry=entry):
            return (entry,)
        case Oco() | Scale():
            return meaning.orders
        case _:
            return tuple(one.request for one in meaning.commands if isinstance(one, PlaceOrder))


def _why_no_bracket(meaning: Meaning, facts: DeskFacts) -> str:
    """Return why its entry cannot have a bracket; empty where it can, or has none."""
    refused = why_no_bracket(meaning.spec.entry, facts) if isinstance(meaning.spec, Bracket) else None
    return refused.text.partition(": ")[0] if refused is not None else ""


def _why_small(meaning: Meaning, facts: DeskFacts) -> str:
    """Return which order is smaller than the smallest that may rest; empty when none is."""
    known = facts.instrument
    small = (words_small(one, known) for one in _leaving(meaning)) if known is not None else ()
    return next((words.rstrip(".") for words in small if words), "")


def _why_met(meaning: Meaning, facts: DeskFacts) -> str:
    """Return why what leaves at once would be refused as meeting an own order; empty where it meets none."""
    refused = (why_met(one, facts) for one in _leaving(meaning))
    return next((one.text.removeprefix("refused: ") for one in refused if one is not None), "")


def takes_now(meaning: Meaning, book: BookSnapshot | None) -> bool:
    """Return whether a single order, or the entry of a bracket, would fill at once against the book."""
    first = meaning.orders[0] if meaning.orders else None
    is_single = meaning.spec is None or isinstance(meaning.spec, Bracket)
    return first is not None and is_single and bool(fills_now(first, book))


def _resolved(
    line: str, around: Surroundings, facts: DeskFacts, book: BookSnapshot | None, now_ns: int
) -> _Shown:
    """Return what a line comes to at the prices of now.

    Raises:
        PhraseError: It comes to nothing.
    """
    meaning = _past_own(mean(read_phrase(line), around), around, facts)
    return _Shown(line, meaning, takes_now(meaning, book), around, now_ns, now_ns)


def _past_own(meaning: Meaning, around: Surroundings, facts: DeskFacts) -> Meaning:
    """Return what closes at once with own orders in its way canceled first, as the flatten key does."""
    order = meaning.orders[0] if len(meaning.orders) == 1 else None
    touch = None if order is None else around.best_bid if order.side is Side.SELL else around.best_ask
    if order is None or touch is None or not order.reduce_only or order.time_in_force not in TAKES_ONLY:
        return meaning
    is_all = order.size == abs(facts.position)
    offer = past_own_orders(
        Offer(meaning.commands, "", order.side), touch, facts, clears=is_all, whole=is_all
    )
    if offer.commands == meaning.commands:
        return meaning
    parts, _, first = offer.text.partition(" · first ")
    words = [f"{first} first" if first else "", parts.strip()]
    return replace(meaning, commands=offer.commands, changes=(*meaning.changes, *filter(None, words)))


def _account(around: Surroundings) -> Surroundings:
    """Return everything that a line refers to but the market."""
    return replace(around, best_bid=None, best_ask=None, last=None, stamp=None)


def _since(shown: _Shown, around: Surroundings) -> str:
    """Return where the market has gone since the prices were resolved; empty where that changes nothing."""
    try:
        now = mean(read_phrase(shown.line), around)
    except PhraseError:
        return ""
    if _seen_in(now) == _seen_in(shown.meaning):
        return ""
    touch = "/".join(price_text(one, around.instrument) for one in (around.best_bid, around.best_ask))
    return f" · now {touch}"


def _key(shown: _Shown) -> tuple[object, ...]:
    """Return what the trader sees of it: everything but the frame that it was read from."""
    return (_seen_in(shown.meaning), shown.takes)


def _seen_in(meaning: Meaning) -> tuple[object, ...]:
    return (meaning.spec, tuple(map(_seen, meaning.orders)), len(meaning.commands))


def _seen(order: OrderRequest) -> tuple[object, ...]:
    return (order.side, order.size, order.price, order.trigger_price, order.time_in_force, order.post_only)
