"""Whether a message of a book stream follows the one before it: numbers, checksums, or both.

The exchange library checks some venues and not others (fact sheet, section 2), so every message is judged
here on its raw fields before it may touch a book. A lost message is what networks do, so a verdict is no
exception.
Which exchange sends what is in `book_families`; this module knows three ways to check and no exchange.
"""

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side
from omega_tui.protocol.book_checksum import top_checksum

Message = Mapping[str, Any]
Level = tuple[str, str]

CRC_LEVELS: Final = 25
CRC_DIGIT_LEVELS: Final = 10
SCRIPT_SMALLEST_EXPONENT: Final = -6
"""Below it JavaScript writes a number with an exponent (ECMA-262, Number::toString)."""
KRAKEN_DEPTHS: Final = (10, 25, 100, 500, 1000)

REMEMBERED: Final = 1_024
"""So many numbers are remembered, to know a repeated message by; an older one costs a resync."""


class Outcome(StrEnum):
    """What a message means for the book."""

    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    GAP = "GAP"


class Verdict(NamedTuple):
    """What is to be done with one message.

    Attributes:
        outcome: APPLIED: it follows. IGNORED: it says nothing new, or nothing can be said yet. GAP: something
            before it is missing or it is wrong; the book is of no more use.
        reason: Why it is not applied; for people.
        is_snapshot: The book before it is to be dropped, whatever it was.
        is_compared: Something of the venue's was compared; where only some messages carry a sum, not yet.
    """

    outcome: Outcome
    reason: str = ""
    is_snapshot: bool = False
    is_compared: bool = True


class Step(NamedTuple):
    """What one message says of its place in the stream.

    Attributes:
        is_snapshot: Whether it is a whole book.
        previous: Number of the message that must come before it; None where it does not say.
        last: Its own number.
    """

    is_snapshot: bool
    previous: int | None
    last: int | None


class BookCheck(Protocol):
    """The check of one book on one connection. After a gap it waits for a snapshot, or is thrown away."""

    def judge(self, message: Message) -> Verdict:
        """Say what the next message means."""
        ...


# ----------------------------------------------------------------------------------------------- the checks


class SequenceCheck:
    """Follows the numbers of one book.

    A number that is smaller is not yet an old one: a venue may begin to count anew. Only what is remembered
    has come before, and only what a REST snapshot holds is older than it; everything else is a gap.

    Attributes:
        last: Number of the last message that followed; None before the first and after a gap.
    """

    def __init__(
        self,
        read: Callable[[Message], Iterable[Step]],
        *,
        snapshot_from_rest: bool = False,
        unnumbered_snapshots: bool = False,
    ) -> None:
        """Make a check.

        Args:
            read: Takes the steps out of a message.
            snapshot_from_rest: The stream has no snapshots, so its first change is as good a start as any.
            unnumbered_snapshots: A snapshot may come without a number; the change after it starts anew then.
        """
        self.last: int | None = None
        self._recent: deque[int] = deque(maxlen=REMEMBERED)
        self._read = read
        self._starts_anywhere = snapshot_from_rest
        self._unnumbered_snapshots = unnumbered_snapshots
        self._may_overlap = False

    def start_after(self, number: int) -> None:
        """Take a REST snapshot for the start: the first change may overlap it (binance)."""
        self.last = number
        self._may_overlap = True

    def judge(self, message: Message) -> Verdict:
        verdict = Verdict(Outcome.IGNORED, "no change in it")
        for step in self._read(message):
            found = self._take(step)
            if found.outcome is Outcome.GAP:
                self.last = None
                return found
            if found.outcome is Outcome.APPLIED:
                verdict = found._replace(is_snapshot=found.is_snapshot or verdict.is_snapshot)
            elif verdict.outcome is Outcome.IGNORED:
                verdict = found
        return verdict

    def _take(self, step: Step) -> Verdict:  # noqa: PLR0911 - a table of cases, one answer each
        if step.last is None:
            if not (step.is_snapshot and self._unnumbered_snapshots):
                return Verdict(Outcome.GAP, "a message without a number")
            self.last, self._starts_anywhere = None, True
            return Verdict(Outcome.APPLIED, is_snapshot=True, is_compared=False)
        if step.is_snapshot:
            self._follow(step.last)
            return Verdict(Outcome.APPLIED, is_snapshot=True)
        if self.last is None:
            if not self._starts_anywhere:
                return Verdict(Outcome.IGNORED, "waiting for a snapshot")
            self._starts_anywhere = not self._unnumbered_snapshots
            self._follow(step.last)
            return Verdict(Outcome.APPLIED)
        if step.previous != self.last:
            if step.last in self._recent:
                return Verdict(Outcome.IGNORED, f"{step.last} has come before")
            if self._may_overlap and step.last <= self.last:
                return Verdict(Outcome.IGNORED, f"{step.last} is in the snapshot of {self.last}")
            if not (self._may_overlap and step.previous is not None and step.previous < self.last):
                return Verdict(Outcome.GAP, f"after {self.last} came the change that follows {step.previous}")
        self._may_overlap = False
        self._follow(step.last)
        return Verdict(Outcome.APPLIED)

    def _follow(self, number: int) -> None:
        self.last = number
        self._recent.append(number)


class ChecksumCheck:
    """Keeps a book of texts and compares its checksum with the venue's.

    Args:
        crc: Computes the checksum of a book.
        read: Takes the parts out of a message.
        truncate: Drop what lies beyond the depth of the subscription, as kraken asks for.
        depth: That depth; None to take the smallest one that holds the snapshot.
    """

    def __init__(
        self,
        crc: Callable[[OrderBook], int],
        read: Callable[[Message], Iterable["BookPart"]],
        *,
        truncate: bool = False,
        depth: int | None = None,
    ) -> None:
        self.checked_total = 0
        self._crc = crc
        self._read = read
        self._truncate = truncate
        self._given_depth = depth
        self._depth = depth or KRAKEN_DEPTHS[0]
        self._book = OrderBook("")
        self._has_book = False

    def judge(self, message: Message) -> Verdict:
        verdict = Verdict(Outcome.IGNORED, "no change in it", is_compared=False)
        for part in self._read(message):
            verdict = Verdict(
                Outcome.APPLIED,
                is_snapshot=verdict.is_snapshot or part.is_snapshot,
                is_compared=verdict.is_compared or part.checksum is not None,
            )
            if part.is_snapshot:
                self._has_book = True
                self._book.clear()
                if self._given_depth is None:
                    most = max(len(part.bids), len(part.asks))
                    self._depth = next((depth for depth in KRAKEN_DEPTHS if depth >= most), most)
            elif not self._has_book:
                return Verdict(Outcome.IGNORED, "waiting for a snapshot")
            reason = self._apply(part)
            if reason:
                self._has_book = False
                self._book.clear()
                return Verdict(Outcome.GAP, reason)
        return verdict

    def _apply(self, part: "BookPart") -> str:
        book = self._book
        try:
            for side, levels in ((Side.BUY, part.bids), (Side.SELL, part.asks)):
                for price, size in levels:
                    book.set_level(side, price, size)
                if self._truncate:
                    for price, _ in list(islice(book.levels(side), self._depth, None)):
                        book.set_level(side, price, "0")
        except ValueError as error:
            return f"a level cannot be read: {error}"
        if part.checksum is None:
            return ""
        self.checked_total += 1
        ours = self._crc(book)
        return "" if ours == part.checksum else f"checksum {part.checksum} stated, {ours} computed"


class AfterSnapshot:
    """Changes follow a snapshot, and nothing in them says whether one is missing: the connection counts."""

    def __init__(self, is_snapshot: Callable[[Message], bool]) -> None:
        self._is_snapshot = is_snapshot
        self._has_book = False

    def judge(self, message: Message) -> Verdict:
        is_snapshot = self._is_snapshot(message)
        self._has_book = self._has_book or is_snapshot
        if not self._has_book:
            return Verdict(Outcome.IGNORED, "waiting for a snapshot")
        return Verdict(Outcome.APPLIED, is_snapshot=is_snapshot)


class WholeBooks:
    """Every message is the whole book."""

    def judge(self, message: Message) -> Verdict:  # noqa: ARG002 - the rule asks nothing of it
        return Verdict(Outcome.APPLIED, is_snapshot=True)


class BookPart(NamedTuple):
    """The levels of one message, as text, with the checksum of the book that holds them.

    Attributes:
        is_snapshot: Whether they are the whole book.
        bids: Price and new total size.
        asks: Likewise.
        checksum: The venue's; None where it sends none.
    """

    is_snapshot: bool
    bids: list[Level]
    asks: list[Level]
    checksum: int | None


# ------------------------------------------------------------------------------------------------ checksums


def alternating_crc(book: OrderBook) -> int:
    """Return the signed crc32 of bitget and okx."""
    bids, asks = (list(islice(book.levels(side), CRC_LEVELS)) for side in (Side.BUY, Side.SELL))
    return top_checksum(bids, asks, levels=CRC_LEVELS)


def kraken_crc(book: OrderBook) -> int:
    """Return the crc32 of kraken, from texts in the pair's precision."""
    return _digits_crc(book, (Side.SELL, Side.BUY))


def independentreserve_crc(book: OrderBook) -> int:
    """Return the crc32 of independent reserve, from texts with eight decimals."""
    return _digits_crc(book, (Side.BUY, Side.SELL))


def bitfinex_crc(book: OrderBook) -> int:
    """Return the signed crc32 of bitfinex: numbers as JavaScript writes them, amounts of asks negative."""
    bids, asks = (
        [
            (_script_text(price), sign + _script_text(size))
            for price, size in islice(book.levels(side), CRC_LEVELS)
        ]
        for side, sign in ((Side.BUY, ""), (Side.SELL, "-"))
    )
    return top_checksum(bids, asks, levels=CRC_LEVELS)


def _digits_crc(book: OrderBook, sides: Iterable[Side]) -> int:
    text = "".join(
        number.replace(".", "").lstrip("0")
        for side in sides
        for level in islice(book.levels(side), CRC_DIGIT_LEVELS)
        for number in level
    )
    return zlib.crc32(text.encode())


def _script_text(number: str) -> str:
    """Return a positive number as JavaScript writes it: 0.000001, but 1e-7 and 2.5e-7."""
    value = Decimal(number)
    exponent = value.adjusted()
    if not value or exponent >= SCRIPT_SMALLEST_EXPONENT:
        return f"{value.normalize():f}"
    return f"{value.scaleb(-exponent).normalize():f}e{exponent}"
