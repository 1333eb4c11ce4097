"""Keys before pictures: whether a frame that is due should wait a moment.

A frame keeps the screen's thread for some milliseconds, and a key that was read but not looked at waits for
it. An order that the engine is about to check, sign and write down would have to share the processor with it,
or the interpreter. So a due frame gives way, for no longer than `MOST_NS`: the trader must go on seeing.
"""

from collections.abc import Callable
from typing import Final

HOLD_NS: Final = 25_000_000
"""How long an order that was just sent comes before frames, at most."""
MOST_NS: Final = 90_000_000
"""So long after the last frame the next one is drawn whatever comes."""


class KeysFirst:
    """What waits for the screen's thread. All times are of one monotonic clock, in nanoseconds."""

    def __init__(self) -> None:
        self._look: Callable[[], None] = _nowhere
        self._read = 0
        self._taken = 0
        self._sent_ns: int | None = None
        self._drawn_ns = 0

    def look_with(self, look: Callable[[], None]) -> None:
        """Have `look` read what has been typed, before it is asked here whether a key waits."""
        self._look = look

    def key_read(self) -> None:
        """Note that a key was read from the terminal."""
        self._read += 1

    def key_taken(self) -> None:
        """Note that a key was handled; one that came from no terminal counts for nothing."""
        if self._taken < self._read:
            self._taken += 1

    def sent(self, now_ns: int) -> None:
        """Note that an order was just handed to the engine."""
        self._sent_ns = now_ns

    def settled(self) -> None:
        """Note that the engine has answered."""
        self._sent_ns = None

    def drawn(self, now_ns: int) -> None:
        """Note that a frame is shown, or that there is nothing new to show."""
        self._drawn_ns = now_ns

    def key_waits(self, now_ns: int) -> bool:
        """Whether a key that was read waits to be handled: what is left of a frame is drawn after it."""
        self._look()
        return now_ns - self._drawn_ns < MOST_NS and self._taken < self._read

    def come_first(self, now_ns: int) -> bool:
        """Whether the frame that is due now should wait: for a key, or an order that is on its way."""
        self._look()
        if now_ns - self._drawn_ns >= MOST_NS:
            return False
        return self._taken < self._read or (self._sent_ns is not None and now_ns - self._sent_ns < HOLD_NS)


def _nowhere() -> None:
    """Read nothing: there is no terminal."""
