"""Layouts: which ladders stand side by side, and what fits on a terminal. Pure.

A layout is a list of markets and where they are shown; nothing of arming, sizes or orders is ever in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from omega_tui.ui.ladder.columns import FULL_WIDTH

MOST_LADDERS: Final = 4
LEAST_LADDER: Final = 40
"""Cells of one of several ladders: own size, bid, price and ask, without changes and volume."""
WIDEST_LADDER: Final = 67
"""Every column is there, with a cell beside the prices of a coin."""
LEAST_SIDE: Final = 28
"""Cells that stay for tape, orders and positions."""

SIDE_BY_SIDE: Final = 62
"""From so many cells on the column beside the ladders has room for tape and orders next to each other."""
LEAST_TAPE: Final = 23
"""Cells of time, price and size of a print, with the line beside them: a lone ladder leaves so many."""
SEVERAL_PANES: Final = 100
"""From so many columns on there is more than one pane beside a ladder."""

MOST_LAYOUTS: Final = 40
MAX_NAME: Final = 24
MAX_TEXT: Final = 500
LAST: Final = "last"
"""Under this name stands what was on the screen when the last session ended."""


class Beside(StrEnum):
    """How little room there is beside the ladders, as the style sheet knows it."""

    NARROW = "-narrow"
    """Beside several ladders, for one pane only."""
    WIDE = "-wide"
    """Beside several ladders, for tape and orders next to each other."""
    SLIM = "-slim"
    """Beside one ladder, for one pane above the other."""


class Spot(Struct, frozen=True):
    """One ladder of a layout.

    Attributes:
        instrument: Instrument id.
        venue: Whose it is.
        name: What it is called, for a venue that does not list it any more.
    """

    instrument: str
    venue: str
    name: str = ""


class Layout(Struct, frozen=True):
    """What was on the screen.

    Attributes:
        spots: The ladders, from left to right.
        focus: Which of them had the keys.
        pane: What the side column showed.
        has_chart: Whether the chart had a place where there is room for several panes.
    """

    spots: tuple[Spot, ...]
    focus: int = 0
    pane: str = "tape"
    has_chart: bool = True


class LayoutBook:
    """The layouts that the trader saved, by name."""

    def __init__(self, layouts: Mapping[str, Layout] | None = None) -> None:
        self._layouts = dict(layouts or {})

    @property
    def names(self) -> tuple[str, ...]:
        """What can be restored."""
        return tuple(self._layouts)

    def get(self, name: str) -> Layout | None:
        """Return a layout; None where none of that name was saved."""
        return self._layouts.get(name)

    def shown(self, instruments: Sequence[str]) -> str:
        """Return which saved layout has just these markets, as `scalp 2/4`; empty for none of them."""
        saved = [name for name in self._layouts if name != LAST]
        for number, name in enumerate(saved, 1):
            if [spot.instrument for spot in self._layouts[name].spots] == list(instruments):
                return f"{name} {number}/{len(saved)}"
        return ""

    def save(self, name: str, layout: Layout) -> None:
        """Keep a layout, in the place of one of the same name.

        Raises:
            ValueError: The name is none, or there are too many layouts.
        """
        if not (0 < len(name) <= MAX_NAME and name.isprintable() and " " not in name):
            raise ValueError(f"a layout is named by up to {MAX_NAME} letters without a space, not '{name}'")
        if name == LAST:
            raise ValueError(f"'{LAST}' is what the last session ended with: choose another name")
        if name not in self._layouts and len(self._layouts) >= MOST_LAYOUTS:
            raise ValueError(f"{MOST_LAYOUTS} layouts are saved already: save over one of them")
        self._layouts[name] = layout

    def keep_last(self, layout: Layout) -> None:
        """Keep what is on the screen at the end of a session."""
        self._layouts[LAST] = layout

    def to_json(self) -> bytes:
        """Return all of them as the text of a file."""
        return msgspec.json.format(msgspec.json.encode(self._layouts))


def read_layouts(text: bytes) -> LayoutBook:
    """Return the layouts of a file; what cannot be read is none, and what is odd is left out."""
    try:
        found = msgspec.json.decode(text, type=dict[str, Layout])
    except msgspec.MsgspecError:
        return LayoutBook()
    book = LayoutBook()
    for name, layout in found.items():
        if is_sound(layout):
            if name == LAST:
                book.keep_last(layout)
                continue
            try:
                book.save(name, layout)
            except ValueError:
                continue
    return book


def is_sound(layout: Layout) -> bool:
    """Whether a layout from a file can be shown at all."""
    texts = (text for spot in layout.spots for text in (spot.instrument, spot.venue, spot.name))
    return (
        0 < len(layout.spots) <= MOST_LADDERS
        and 0 <= layout.focus < len(layout.spots)
        and all(len(text) <= MAX_TEXT and text.isprintable() for text in texts)
        and all(spot.instrument for spot in layout.spots)
    )


def fitting(columns: int) -> int:
    """Return how many ladders fit side by side on a terminal of so many columns; at least one."""
    return max(1, min(MOST_LADDERS, (columns - LEAST_SIDE) // LEAST_LADDER))


def columns_for(ladders: int) -> int:
    """Return how many columns so many ladders need."""
    return ladders * LEAST_LADDER + LEAST_SIDE


def ladder_width(ladders: int, columns: int) -> int:
    """Return how wide each of several ladders is."""
    return max(LEAST_LADDER, min(WIDEST_LADDER, (columns - LEAST_SIDE) // ladders))


def shares(visible: int, columns: int) -> tuple[int | None, Beside | None]:
    """Return how wide each ladder is, None where the style sheet says it, and what that leaves beside them.

    Args:
        visible: How many ladders are to be seen; one of several has the room of a lone one.
        columns: How wide the terminal is.
    """
    if visible == 1:
        is_slim = SEVERAL_PANES <= columns < FULL_WIDTH + SIDE_BY_SIDE
        width = columns - LEAST_TAPE
        return (width if width < FULL_WIDTH else None), Beside.SLIM if is_slim else None
    width = ladder_width(visible, columns)
    return width, Beside.WIDE if columns - visible * width >= SIDE_BY_SIDE else Beside.NARROW


def shown(ladders: int, focus: int, columns: int) -> range:
    """Return which ladders are on the screen: as many as fit, the one that has the keys among them."""
    count = min(ladders, fitting(columns))
    first = max(0, min(focus - count + 1, ladders - count)) if focus >= count else 0
    return range(first, first + count)


def listed(names: Iterable[str]) -> str:
    """Return the names of layouts in words."""
    return ", ".join(names) or "none"
