"""Books that nobody looks at closely: told a few at a time, the latest of each. Pure."""

from collections.abc import Iterable
from typing import Final

from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated

OTHERS_AT_ONCE: Final = 2
"""Books told beside those that are looked at: of 60 that move at 30 frames a second, each once a second."""


class HeldBack:
    """Sifts what a reader is told at one go.

    Overflow: a newer book of an instrument replaces the one that waits, which keeps its place.

    Attributes:
        looked_at: Ids of the instruments whose books are told whenever they change; None for all of them.
    """

    def __init__(self) -> None:
        self.looked_at: frozenset[str] | None = None
        self._waiting: dict[str, BookUpdated] = {}

    def __len__(self) -> int:
        """How many books wait."""
        return len(self._waiting)

    def sift(self, events: Iterable[Event]) -> list[Event]:
        """Return what is to be told now: of the books of others only those that have waited longest."""
        told: list[Event] = []
        for event in events:
            if isinstance(event, BookUpdated):
                if self.looked_at is not None and event.instrument not in self.looked_at:
                    self._waiting[event.instrument] = event
                    continue
                self._waiting.pop(event.instrument, None)
            told.append(event)
        due = [*self._waiting][:OTHERS_AT_ONCE]
        if self.looked_at is not None:
            due += [one for one in self._waiting if one in self.looked_at and one not in due]
        return told + [self._waiting.pop(instrument) for instrument in due]
