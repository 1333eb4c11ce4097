"""Whether a streamed book can be the book that REST shows: the only check where a venue offers none.

The two are never of the same instant. So the best prices of REST must have been the best prices of the stream
at some moment of the last seconds; a book that lost a message disagrees for good, and two misses are enough.
"""

from collections import deque
from decimal import Decimal
from typing import Final

from omega_tui.domain.snapshot import BookSnapshot

WINDOW_NS: Final = 5_000_000_000
MAX_TOUCHES: Final = 1_000
MISSES: Final = 2

Touch = tuple[Decimal | None, Decimal | None]


class RestCheck:
    """Remembers the best prices of one stream.

    Attributes:
        compared_ns: When it was last compared, wall clock; 0 never.
        verified_ns: When it last agreed; 0 never.
    """

    def __init__(self) -> None:
        self.compared_ns = 0
        self.verified_ns = 0
        self._misses = 0
        self._touches: deque[tuple[int, Touch]] = deque(maxlen=MAX_TOUCHES)

    def note(self, book: BookSnapshot) -> None:
        """Remember the best prices of the stream."""
        touch = (book.best_bid, book.best_ask)
        if not self._touches or self._touches[-1][1] != touch:
            self._touches.append((book.ts_recv_ns, touch))

    def agrees(self, rest: BookSnapshot, *, now_ns: int) -> bool:
        """Return whether the stream may be right, and remember when it was found so.

        Each touch holds until the next one, so the one that was in force when the window began counts too.
        """
        held = [touch for _, touch in self._touches]
        begun = next(
            (number for number, (at_ns, _) in enumerate(self._touches) if now_ns - at_ns <= WINDOW_NS),
            len(held),
        )
        recent = held[max(0, begun - 1) :]
        if (rest.best_bid, rest.best_ask) in recent:
            self.verified_ns, self._misses = now_ns, 0
            return True
        self._misses += 1
        return self._misses < MISSES
