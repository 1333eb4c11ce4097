"""By what sizes are drawn: how long a bar is, and where the decimal point stands. Pure.

Both are taken from what is in view when the trader asks for it and then stay, so that two pictures of one
market can be compared (colour conventions, section 5).
"""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple


class SizeScale(NamedTuple):
    """What was in view when the scale was taken.

    Attributes:
        full: The size that fills a bar.
        usual: A size that few in view are above.
        largest: The largest in view.
    """

    full: Decimal
    usual: Decimal
    largest: Decimal


class SizeGrid(NamedTuple):
    """How the numbers of a column of sizes are written.

    Attributes:
        decimals: How many decimals each has.
        cells: Width of the widest; numbers are flush right within it, so that their points stand in line.
    """

    decimals: int
    cells: int


@lru_cache(1_024)
def size_grid(scale: SizeScale, decimals: int, width: int) -> SizeGrid:
    """Return how sizes are written in `width` cells: with as many decimals as the usual ones have room for.

    Args:
        scale: What is in view.
        decimals: Of the smallest size that matters.
        width: Cells of the column.
    """
    while decimals and len(f"{scale.usual:,.{decimals}f}") > width:
        decimals -= 1
    return SizeGrid(decimals, min(width, len(f"{scale.largest:,.{decimals}f}")))
