"""When what was on the screen at the end of the last session can be shown again. Pure."""

from collections.abc import Container
from typing import Final

from msgspec.structs import replace

from omega_tui.ui.ladder.layouts import Layout

WAIT_NS: Final = 10 * 1_000_000_000
"""A market that is not listed for so long after the first one is taken for gone."""


class LastLayout:
    """Waits for the markets of a layout to be listed, some time, and gives way to the trader at once."""

    def __init__(self, layout: Layout | None) -> None:
        self._layout = layout
        self._since_ns: int | None = None

    def forget(self) -> None:
        """Never show it: the trader has chosen something."""
        self._layout = None

    def ready(self, listed: Container[str], now_ns: int) -> Layout | None:
        """Return what to show now, once; None for not yet, or for nothing.

        Args:
            listed: The ids of the known instruments; not empty.
            now_ns: The screen's monotonic clock.
        """
        if self._layout is None:
            return None
        if self._since_ns is None:
            self._since_ns = now_ns
        layout = self._layout
        here = [number for number, spot in enumerate(layout.spots) if spot.instrument in listed]
        if len(here) < len(layout.spots) and now_ns - self._since_ns < WAIT_NS:
            return None
        self._layout = None
        if not here:
            return None
        focus = here.index(layout.focus) if layout.focus in here else 0
        return replace(layout, spots=tuple(layout.spots[number] for number in here), focus=focus)
