"""The markets that the trader watches, from session to session. Pure."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from omega_tui.domain.instrument import Instrument

MOST: Final = 60
"""Markets; more are no list to look at."""
MAX_TEXT: Final = 500


class Watched(Struct, frozen=True):
    """One market of the list.

    Attributes:
        instrument: Instrument id.
        venue: Whose it is.
        name: What it is called, while its venue is not open.
    """

    instrument: str
    venue: str
    name: str = ""


class WatchList:
    """Markets in the order in which they were put on it.

    Attributes:
        is_changed: Whether it is another one than it began as.
    """

    def __init__(self, watched: tuple[Watched, ...] = ()) -> None:
        self.is_changed = False
        self._watched = {one.instrument: one for one in watched[:MOST]}

    def __contains__(self, instrument_id: object) -> bool:
        """Whether an instrument is on it."""
        return instrument_id in self._watched

    def __len__(self) -> int:
        """How many are on it."""
        return len(self._watched)

    @property
    def watched(self) -> tuple[Watched, ...]:
        """What is on it."""
        return tuple(self._watched.values())

    def known(self, instruments: Mapping[str, Instrument]) -> list[Instrument]:
        """Return those that a venue lists now."""
        return [found for name in self._watched if (found := instruments.get(name)) is not None]

    def unknown(self, instruments: Mapping[str, Instrument]) -> list[Watched]:
        """Return the others: their venue is not open, or lists them no more."""
        return [one for name, one in self._watched.items() if name not in instruments]

    def add(self, instrument: Instrument, name: str) -> bool:
        """Put an instrument on it; return whether there was room.

        Args:
            instrument: What to watch.
            name: What it is called.
        """
        if len(self._watched) >= MOST and instrument.id not in self._watched:
            return False
        self.is_changed = True
        self._watched[instrument.id] = Watched(instrument.id, instrument.venue, name[:MAX_TEXT])
        return True

    def drop(self, instrument_id: str) -> bool:
        """Take an instrument off; return whether it was on it."""
        was = self._watched.pop(instrument_id, None) is not None
        self.is_changed = self.is_changed or was
        return was

    def to_json(self) -> bytes:
        """Return it as the text of a file."""
        return msgspec.json.format(msgspec.json.encode(self.watched))


def read_watch_list(text: bytes) -> WatchList:
    """Return the list of a file; what cannot be read is none, and what is odd is left out."""
    try:
        found = msgspec.json.decode(text, type=tuple[Watched, ...])
    except msgspec.MsgspecError:
        return WatchList()
    return WatchList(tuple(one for one in found if _is_sound(one)))


def _is_sound(one: Watched) -> bool:
    texts = (one.instrument, one.venue, one.name)
    return bool(one.instrument) and all(len(text) <= MAX_TEXT and text.isprintable() for text in texts)
