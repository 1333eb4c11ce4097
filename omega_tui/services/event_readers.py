"""Everybody who reads raw events: who is there, who gets what, and whether costly events are worth making."""

import weakref
from collections.abc import Iterable
from typing import Final

from omega_tui.bus.base import EventBus
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BestQuoteChanged, BookReplaced, LevelChanged
from omega_tui.errors import OmegaError
from omega_tui.services.event_reader import EventReader

COSTLY_EVENTS: Final[tuple[type[Event], ...]] = (LevelChanged, BookReplaced, BestQuoteChanged)
"""Raw events that are made only while somebody reads one of them, here or on the bus."""


class EventReaders:
    """The consumers of one service. One that nobody holds any more is forgotten.

    Attributes:
        overruns: Readers that fell behind and were closed.
    """

    def __init__(self, bus: EventBus) -> None:
        self.overruns = 0
        self._bus = bus
        self._readers: tuple[weakref.ref[EventReader], ...] = ()

    def __len__(self) -> int:
        return len(self._living())

    def add(self, reader: EventReader) -> None:
        """Let a reader take part."""
        self._readers = (*(ref for ref in self._readers if ref() is not None), weakref.ref(reader))

    def offer(self, events: Iterable[Event]) -> None:
        """Hand events to the bus and to every reader."""
        publish, readers = self._bus.publish, self._readers
        for event in events:
            publish(event)
            for ref in readers:
                reader = ref()
                if reader is not None and not reader.offer(event):
                    self.overruns += 1

    def want_costly(self) -> bool:
        """Whether anybody reads an event that costs something to make."""
        return any(map(self._bus.has_readers, COSTLY_EVENTS)) or any(
            not reader.types.isdisjoint(COSTLY_EVENTS) for reader in self._living()
        )

    def fail(self, error: OmegaError, *, everybody: bool) -> None:
        """End those who asked for account events, or everybody, with an error."""
        for reader in self._living():
            if everybody or reader.wants_account:
                reader.fail(error)

    def close(self) -> None:
        """End everybody, after what waits was read."""
        for reader in self._living():
            reader.close()

    def _living(self) -> list[EventReader]:
        return [reader for ref in self._readers if (reader := ref()) is not None]
