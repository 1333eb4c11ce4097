"""When books are loaded and saved: once at the start, every half minute, and at the end."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from omega_tui.clock import Clock
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import ParsingError
from omega_tui.services.book_store import BookStore

log = logging.getLogger(__name__)

SAVE_INTERVAL_S: Final = 30.0
"""A crash loses no more than this; the books are for the eyes only, so that is enough."""


class SavedBooks:
    """Keeps the books of a feed in a file; without a path it does nothing. Failures are only logged."""

    def __init__(self, path: Path | None, *, venue: str, clock: Clock) -> None:
        self._store = None if path is None else BookStore(path, venue=venue)
        self._clock = clock

    async def load(self) -> list[BookSnapshot]:
        """Return the saved books; none where there is no usable file."""
        if self._store is None:
            return []
        try:
            return await asyncio.to_thread(self._store.load)
        except ParsingError as error:
            log.warning("%s", error)
            return []

    async def save(self, pictures: Iterable[BookUpdated]) -> None:
        """Save the books as they are; one that was loaded and never became fresh is kept, too."""
        books = [picture.book for picture in pictures if picture.book is not None]
        if self._store is None or not books:
            return
        try:
            await asyncio.to_thread(self._store.save, books, now_ns=self._clock.now_ns())
        except OSError as error:
            log.warning("the books could not be saved: %s", error)

    async def save_regularly(self, pictures: Callable[[], Iterable[BookUpdated]]) -> None:
        """Save again and again, until canceled."""
        while self._store is not None:
            await asyncio.sleep(SAVE_INTERVAL_S)
            await self.save(pictures())
