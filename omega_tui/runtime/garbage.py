"""When the interpreter looks for garbage: for young one always, through everything only while nobody acts.

A look through everything takes 15 to 40 ms, in which no key and no order gets through
(`benchmarks/key_to_wire.py`).
"""

import gc
from collections.abc import Callable
from typing import Final

YOUNG: Final = (5_000, 5)
"""Objects, and looks through them, between two looks for young garbage.

A frame makes some thousand objects and drops them again: with fewer a look came with every third frame.
"""
NEVER: Final = 1_000_000_000

SETTLED_S: Final = 8.0
"""By when after its start the console has what stays: screens, markets, books, history."""
EVERY_S: Final = 60.0
"""From one look through everything to the next."""
QUIET_S: Final = 2.0
"""Nobody acts now who has not acted for so long."""
MOST_PAUSES: Final = 300
"""After so many times `QUIET_S` in a row without a pause it is done in the midst of the work."""

CallLater = Callable[..., object]
"""`call_later` of an event loop."""


def begin() -> None:
    """Let young garbage be collected, which start-up holds back: nothing that is imported is any.

    What is there now is never looked at again.
    """
    gc.freeze()
    gc.set_threshold(*YOUNG, NEVER)
    gc.enable()


class LongLooks:
    """Looks through everything now and then, in a pause of those who must not wait for it.

    Args:
        acts: Returns how often somebody has acted so far: asked for something, say.
        call_later: Of the loop that this belongs to.
        collect: Looks through everything.
    """

    def __init__(
        self, acts: Callable[[], int], call_later: CallLater, collect: Callable[[], object] = gc.collect
    ) -> None:
        self._acts = acts
        self._call_later = call_later
        self._collect = collect

    def start(self) -> None:
        """Begin; what is there when all has settled is left out for good."""
        begin()
        self._call_later(SETTLED_S, self._settled)

    def _settled(self) -> None:
        gc.freeze()
        self._call_later(EVERY_S, self._await_pause)

    def _await_pause(self, left: int = MOST_PAUSES) -> None:
        self._call_later(QUIET_S, self._look, self._acts(), left)

    def _look(self, acts_before: int, left: int) -> None:
        if left and self._acts() != acts_before:
            self._await_pause(left - 1)
            return
        self._collect()
        self._call_later(EVERY_S, self._await_pause)
