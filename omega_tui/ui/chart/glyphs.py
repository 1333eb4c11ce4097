"""What charts are drawn with beside candles, in three glyph sets; each glyph is one cell wide in its set."""

from typing import Final

from msgspec import Struct


class ChartGlyphs(Struct, frozen=True):
    """One glyph per meaning.

    Attributes:
        line: A line that is ours.
        order: One of an order.
        level: A level.
        last: The line of the last price.
        cross: The cursor's line over the bars.
        column: Its line through the prices.
        dot: A point of an outline.
        pivot_high: A certain high.
        pivot_low: A certain low.
        forming: Where a leg ends for now.
        bought: A fill of ours that bought.
        sold: One that sold.
        above: Beyond the upper edge.
        below: Beyond the lower edge.
        axis: Between chart and prices.
        here: The price under the ladder's cursor.
        ellipsis: Ends a text that was cut.
        heat: Shades of what rested, the lightest first; a blank one is not drawn.
        volume: Parts of a cell of volume, from the least to a whole one.
    """

    line: str
    order: str
    level: str
    last: str
    cross: str
    column: str
    dot: str
    pivot_high: str
    pivot_low: str
    forming: str
    bought: str
    sold: str
    above: str
    below: str
    axis: str
    here: str
    ellipsis: str
    heat: str
    volume: str


_UNICODE: Final = ChartGlyphs(
    line="─",
    order="┈",
    level="╌",
    last="╌",
    cross="┄",
    column="┊",
    dot="•",
    pivot_high="▾",
    pivot_low="▴",
    forming="◦",
    bought="▴",
    sold="▾",
    above="▲",
    below="▼",
    axis="┤",
    here="◂",
    ellipsis="…",
    heat="░▒▓",
    volume="▁▂▃▄▅▆▇█",
)
_CJK: Final = ChartGlyphs(
    line="-",
    order="-",
    level="-",
    last=".",
    cross="-",
    column=":",
    dot="*",
    pivot_high="▾",
    pivot_low="▴",
    forming="o",
    bought="▴",
    sold="▾",
    above="^",
    below="v",
    axis="|",
    here="◂",
    ellipsis="~",
    heat=" ░░",
    volume="░▐",
)
_ASCII: Final = ChartGlyphs(
    line="-",
    order="-",
    level="-",
    last=".",
    cross="-",
    column=":",
    dot="*",
    pivot_high="v",
    pivot_low="^",
    forming="o",
    bought="^",
    sold="v",
    above="^",
    below="v",
    axis="|",
    here="<",
    ellipsis="~",
    heat=".:%",
    volume=".#",
)

CHART_GLYPHS: Final = {"unicode": _UNICODE, "cjk": _CJK, "ascii": _ASCII}
"""By the names of `glyphs.GLYPH_SETS`."""
