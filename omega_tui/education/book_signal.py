"""What the readers of book and tape tell, and what each of them cannot know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from omega_tui.domain.side import Side
from omega_tui.education.book_flow import BookFlow, Flow


class BookPattern(StrEnum):
    """What can be seen in a book and its prints."""

    IMBALANCE = "IMBALANCE"
    ABSORPTION = "ABSORPTION"
    ABSORPTION_HELD = "ABSORPTION_HELD"
    ABSORPTION_BROKEN = "ABSORPTION_BROKEN"
    ICEBERG = "ICEBERG"
    SWEEP = "SWEEP"
    CASCADE = "CASCADE"
    PULLING = "PULLING"
    STACKING = "STACKING"
    VACUUM = "VACUUM"

    @property
    def words(self) -> str:
        """Its name for people."""
        return self.name.replace("_", " ").lower()

    @property
    def caveat(self) -> str:
        """What it does not show; to be said with it."""
        return _CAVEATS[self]


_CAVEATS: Final[Mapping[BookPattern, str]] = {
    BookPattern.IMBALANCE: "what is shown can be canceled at once",
    BookPattern.ABSORPTION: "it ends by holding or by breaking, and this does not say which",
    BookPattern.ABSORPTION_HELD: "that it held once says nothing of the next time",
    BookPattern.ABSORPTION_BROKEN: "that it broke says nothing of how far the price goes",
    BookPattern.ICEBERG: "one hidden order and several people who refill look the same without order ids",
    BookPattern.SWEEP: "one order and several at the same moment look the same without order ids",
    BookPattern.CASCADE: "stops are not visible: only that takers came faster and larger",
    BookPattern.PULLING: "intent is not observable: quotes move for many reasons",
    BookPattern.STACKING: "what is shown can be canceled at once",
    BookPattern.VACUUM: "it says how little rests now, not where the price goes",
}


@dataclass(frozen=True, slots=True)
class BookSignal:
    """One thing that was seen.

    Attributes:
        pattern: What.
        side: Of the resting orders; for sweeps and cascades that of the takers; None where it is of both.
        price: Where; None where it is of the whole book.
        started_ns: Time of the first event that belongs to it.
        known_at_ns: Time of the event that completed it; nobody could know before.
        reason: Which conditions it met, with the numbers.
    """

    pattern: BookPattern
    side: Side | None
    price: Decimal | None
    started_ns: int
    known_at_ns: int
    reason: str


class Detector(Protocol):
    """Looks for one kind of thing."""

    def on_flow(self, book: BookFlow, flow: Flow) -> Iterator[BookSignal]:
        """Take one change in, after the book has it."""

    def on_time(self, book: BookFlow, now_ns: int) -> Iterator[BookSignal]:
        """Look at the book after everything of one moment is in it."""
