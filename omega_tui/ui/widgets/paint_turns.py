"""Whose turn it is to be painted: what is traded on at once, everything else one after the other. Pure."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

W = TypeVar("W")


class PaintTurns(Generic[W]):
    """Takes turns among the widgets that changed.

    Painting is never interrupted: a key that comes meanwhile waits. All panes at once took up to 17 ms, one
    takes 1 to 4 (`benchmarks/key_to_wire.py`).

    Args:
        comes_first: Whether a widget never waits for its turn.
    """

    def __init__(self, comes_first: Callable[[W], bool]) -> None:
        self._comes_first = comes_first
        self._waiting: dict[W, None] = {}

    def take(self, changed: AbstractSet[W]) -> set[W]:
        """Return which of `changed` to paint now; the others are `changed` again at the next call.

        All that come first, or else the one that has waited longest.
        """
        first = {widget for widget in changed if self._comes_first(widget)}
        rest = changed - first
        self._waiting = {widget: None for widget in self._waiting if widget in rest}
        for widget in rest:
            self._waiting.setdefault(widget)
        if first:
            return first
        oldest = next(iter(self._waiting), None)
        if oldest is None:
            return set()
        del self._waiting[oldest]
        return {oldest}
