"""What a chart shows: bars and what lies over them. Values only; `chart.painter` draws them."""

from decimal import Decimal
from enum import IntEnum, StrEnum

from msgspec import Struct

from omega_tui.domain.candle import Candle
from omega_tui.ui.chart.bars import Zoom
from omega_tui.ui.ladder.depth_memory import HeatMap


class LineKind(IntEnum):
    """What a horizontal line stands for. Where two want one row, the lower number has it."""

    POSITION = 0
    LIQUIDATION = 1
    STOP = 2
    BUY = 3
    SELL = 4
    ALERT = 5
    LEVEL = 6

    @property
    def is_own(self) -> bool:
        """Whether it is told at the edge where its price is beyond the chart."""
        return self < LineKind.LEVEL


class PriceLine(Struct, frozen=True):
    """A horizontal line.

    Attributes:
        price: Where.
        label: In a few letters, as `B.10` or `.618`.
        kind: What it stands for.
        fits: Whether the scale makes room for it.
    """

    price: Decimal
    label: str
    kind: LineKind
    fits: bool = False


class MarkKind(StrEnum):
    """What a mark at a bar stands for. PIVOTs are certain, FORMING is where a leg ends only for now."""

    PIVOT = "pivot"
    FORMING = "forming"
    WORD = "word"
    BUY = "buy"
    SELL = "sell"


class BarPoint(Struct, frozen=True):
    """A mark at a bar.

    Attributes:
        bar: Number of the bar, from 0.
        price: What it points at; None for the bar as a whole, which is marked above its high.
        kind: What it stands for.
        is_below: Whether it stands under its price.
        label: Letters after the mark; of a WORD they are the mark.
    """

    bar: int
    price: Decimal | None = None
    kind: MarkKind = MarkKind.WORD
    is_below: bool = False
    label: str = ""


class Outline(Struct, frozen=True):
    """A line through points of the chart, as the outline of a pattern.

    Attributes:
        points: Numbers of bars with prices, in their order.
        label: At the last point.
        is_certain: Whether nothing of it can move any more.
    """

    points: tuple[tuple[int, Decimal], ...]
    label: str = ""
    is_certain: bool = True


class Drawing(Struct, frozen=True):
    """What a study of the bars draws over them; fields as in `ChartModel`."""

    lines: tuple[PriceLine, ...] = ()
    points: tuple[BarPoint, ...] = ()
    outlines: tuple[Outline, ...] = ()
    note: str = ""


class ChartCursor(Struct, frozen=True):
    """Where the reader points: a bar, and a price where one is chosen."""

    bar: int
    price: Decimal | None = None


class ChartModel(Struct, frozen=True):
    """What a chart shows.

    Attributes:
        bars: Oldest first; the last may still grow.
        tick: Smallest step of the price.
        title: Which bars they are, as `1m`.
        note: Where they come from, as `from prints since 14:02`.
        empty: Why there are none, while there are none.
        state: A word for data that may be bad, as `STALE`; empty while it is good.
        zoom: How wide a candle is; None for what the width of the chart suggests.
        back: How many of the newest bars are scrolled out on the right.
        lines: Horizontal lines.
        points: Marks at bars.
        outlines: Lines through points.
        heat: What rested in the book as time went by, drawn under everything; None for nothing.
        cursor: Where the reader points; None for nowhere.
        ladder_price: The price under the ladder's cursor, marked beside the axis; None for none.
        incomplete: Beginnings, in nanoseconds, of bars that lack some of their prints.
        is_live: Whether the last bar still grows, so that its close is the last price.
        has_times: Whether bars have a time worth writing; else they are numbered.
        has_volume: Whether they have a volume.
        glyphs: Name of the glyph set.
        hollow: Whether rising candles are outlines.
        is_log: Whether equal ratios are equally high; not where a price is zero or below.
    """

    bars: tuple[Candle, ...]
    tick: Decimal
    title: str = ""
    note: str = ""
    empty: str = "no bars yet"
    state: str = ""
    zoom: Zoom | None = None
    back: int = 0
    lines: tuple[PriceLine, ...] = ()
    points: tuple[BarPoint, ...] = ()
    outlines: tuple[Outline, ...] = ()
    heat: HeatMap | None = None
    cursor: ChartCursor | None = None
    ladder_price: Decimal | None = None
    incomplete: frozenset[int] = frozenset()
    is_live: bool = False
    has_times: bool = True
    has_volume: bool = True
    glyphs: str = "unicode"
    hollow: bool = False
    is_log: bool = False
