"""How the trader looks at the chart: length and width of its candles, cursor, what lies over them. Pure.

Only the trader's keys change it; a market that moves does not.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.candle import Candle
from omega_tui.domain.timeframe import TIMEFRAMES
from omega_tui.ui.chart.bars import Zoom, zooms

WORDS: Final = tuple(TIMEFRAMES)

OF_VENUE: Final = "1m"
OF_PRINTS: Final = "5s"
"""Lengths while the trader chose none: where the venue has candles, and where only prints make them."""

SCALES: Final = ("linear", "log")

STEPS: Final = {"chart.older": -1, "chart.newer": 1, "chart.older_ten": -10, "chart.newer_ten": 10}
"""Bars that a key moves the cursor by; beyond the newest bar there is none."""


class Kind(StrEnum):
    """What the pane of the chart shows."""

    CANDLES = "candles"
    DEPTH = "depth"
    EQUITY = "equity"


class Overlay(StrEnum):
    """What lies over the candles, or under them as HEAT does, beside what is the trader's own."""

    NOTHING = "nothing"
    LEVELS = "levels"
    PATTERNS = "patterns"
    HEAT = "heat"


class ChartLook(Struct, frozen=True):
    """What the trader chose.

    Attributes:
        kind: What is shown.
        timeframe: A word of `TIMEFRAMES`; empty while the trader chose none.
        zoom: How wide a candle is; None while the trader chose nothing.
        overlay: What lies over them.
        cursor_ns: Beginning of the bar under the cursor; None without a cursor.
        is_log: Whether the scale of prices is one of ratios.
    """

    kind: Kind = Kind.CANDLES
    timeframe: str = ""
    zoom: Zoom | None = None
    overlay: Overlay = Overlay.LEVELS
    cursor_ns: int | None = None
    is_log: bool = False


def moved(look: ChartLook, action: str, bars: Sequence[Candle], *, timeframe: str, glyphs: str) -> ChartLook:
    """Return the look after a key.

    Args:
        look: Before it.
        action: Id of the binding, as `chart.older`; one that is none changes nothing.
        bars: Those of the chart.
        timeframe: Length of them.
        glyphs: Name of the glyph set, which may not draw every width.
    """
    if action in STEPS:
        return replace(look, cursor_ns=_stepped(look.cursor_ns, STEPS[action], bars))
    match action:
        case "chart.longer" | "chart.shorter":
            place = WORDS.index(timeframe) + (1 if action == "chart.longer" else -1)
            look = replace(look, timeframe=WORDS[max(0, min(len(WORDS) - 1, place))], cursor_ns=None)
        case "chart.width":
            widths = zooms(glyphs)
            here = Zoom.NORMAL if look.zoom is None else look.zoom
            look = replace(look, zoom=widths[(here + 1) % len(widths)])
        case "chart.overlay":
            look = replace(look, overlay=_next(tuple(Overlay), look.overlay))
        case "chart.scale":
            look = replace(look, is_log=not look.is_log)
        case "chart.kind":
            look = replace(look, kind=_next(tuple(Kind), look.kind))
    return look


def chosen(look: ChartLook, word: str) -> ChartLook:
    """Return the look after a typed word: a length, a width, a scale, a kind or an overlay.

    Raises:
        ValueError: It is none of these.
    """
    if word in TIMEFRAMES:
        return replace(look, timeframe=word, kind=Kind.CANDLES, cursor_ns=None)
    if word.upper() in Zoom.__members__:
        return replace(look, zoom=Zoom[word.upper()])
    if word in SCALES:
        return replace(look, is_log=word == "log")
    if word in tuple(Kind):
        return replace(look, kind=Kind(word))
    if word in tuple(Overlay):
        return replace(look, overlay=Overlay(word))
    raise ValueError(f"the chart knows no {word}")


def choices() -> tuple[str, ...]:
    """Return every word of `chosen`."""
    return (*WORDS, *(zoom.name.lower() for zoom in Zoom), *SCALES, *Kind, *Overlay)


def _next(row: Sequence[str], here: str) -> str:
    return row[(row.index(here) + 1) % len(row)]


def _stepped(cursor_ns: int | None, step: int, bars: Sequence[Candle]) -> int | None:
    """Return where the cursor is after a step; None after one beyond the newest bar."""
    if not bars:
        return None
    here = len(bars) if cursor_ns is None else place_of(cursor_ns, bars)
    there = here + step
    return bars[max(0, there)].start_ns if there < len(bars) else None


def place_of(start_ns: int, bars: Sequence[Candle]) -> int:
    """Return the number of the bar that begins at `start_ns`, or of the first after it; the last one else."""
    low, high = 0, len(bars)
    while low < high:
        middle = (low + high) // 2
        if bars[middle].start_ns < start_ns:
            low = middle + 1
        else:
            high = middle
    return min(low, len(bars) - 1)
