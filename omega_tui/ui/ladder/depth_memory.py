"""What rested in the books that were looked at, as time went by: what a heat map is drawn of. Pure.

Of each picture only the largest levels are kept. The size that is drawn as the darkest is taken once and then
stays, so that two pictures of one market can be compared (colour conventions, section 5).
"""

from collections import OrderedDict
from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.units import NS_PER_S

FIRST_STEP_NS: Final = 2 * NS_PER_S
"""Between two pictures at first."""
MOST: Final = 240
"""Pictures of a market; when there are more, every second one goes and half as many are taken."""
LEVELS: Final = 40
"""Levels of a picture, the largest of both sides."""
MARKETS: Final = 4
"""Markets that are remembered: as many as there can be ladders."""
CAP: Final = 95
"""Percentile of the sizes that is drawn as the darkest; what is larger is as dark."""


class DepthColumn(Struct, frozen=True):
    """What rested at one instant.

    Attributes:
        ts_ns: When, wall clock of the engine.
        levels: Prices with their sizes, the largest first.
    """

    ts_ns: int
    levels: tuple[tuple[Decimal, Decimal], ...]


class HeatMap(Struct, frozen=True):
    """What a chart draws under its candles.

    Attributes:
        columns: Oldest first.
        full: The size that is drawn as the darkest.
    """

    columns: tuple[DepthColumn, ...]
    full: Decimal


class _Past(Struct):
    """What is remembered of one market."""

    columns: list[DepthColumn]
    step_ns: int = FIRST_STEP_NS
    rescaled: int = -1
    map: HeatMap | None = None


class DepthMemory:
    """Pictures of books, market by market."""

    def __init__(self) -> None:
        self._past: OrderedDict[str, _Past] = OrderedDict()

    def is_due(self, instrument: str, *, now_ns: int) -> bool:
        """Whether another picture of a book is wanted."""
        past = self._past.get(instrument)
        return past is None or now_ns - past.columns[-1].ts_ns >= past.step_ns

    def take(self, book: BookSnapshot, *, now_ns: int) -> None:
        """Remember what rests now; the caller knows that the book is good."""
        levels = sorted(((one.size, one.price) for one in (*book.bids, *book.asks)), reverse=True)[:LEVELS]
        column = DepthColumn(now_ns, tuple((price, size) for size, price in levels))
        past = self._past.get(book.instrument)
        if past is None:
            past = self._past[book.instrument] = _Past([])
            if len(self._past) > MARKETS:
                self._past.popitem(last=False)
        self._past.move_to_end(book.instrument)
        past.columns.append(column)
        if len(past.columns) > MOST:
            del past.columns[-2::-2]
            past.step_ns *= 2
        if past.map is not None:
            past.map = HeatMap(tuple(past.columns), past.map.full)

    def map_of(self, instrument: str, rescaled: int) -> HeatMap | None:
        """Return what is to be drawn; None while nothing is remembered.

        Args:
            instrument: Instrument id.
            rescaled: How often the trader asked for fresh scales: the darkest size is taken afresh with it.
        """
        past = self._past.get(instrument)
        if past is None:
            return None
        if past.map is None or past.rescaled != rescaled:
            past.rescaled = rescaled
            sizes = sorted(size for column in past.columns for _, size in column.levels)
            if not sizes:
                return None
            past.map = HeatMap(tuple(past.columns), sizes[(len(sizes) - 1) * CAP // 100])
        return past.map
