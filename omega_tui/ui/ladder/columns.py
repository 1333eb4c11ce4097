"""How the cells of a ladder's width are shared out: which columns there are, and how wide each is.

Pure arithmetic of width and price length, so a market can never move a column. What the tape says too is
dropped first, below 66 cells: the size last traded at a price. Then the place in the queue, below 60, which
the strip says for the cursor; then stacked-and-pulled and volume, below 54. 30 is the least.
"""

from functools import lru_cache
from typing import Final, NamedTuple

LAST_WIDTH: Final = 66
"""From here on every column is there, the size last traded at a price too."""
AHEAD_WIDTH: Final = 60
"""From here on what is estimated to rest ahead of our orders has a column."""
FULL_WIDTH: Final = 54
"""From here on stacked-and-pulled and volume are there."""
MEDIUM_WIDTH: Final = 40
"""From here on own sizes have their full width."""
MIN_WIDTH: Final = 30
"""The narrowest ladder; less is cut off at the right, and too small to trade on."""

_MARK: Final = 1
_OWN: Final = 6
_WIDE_OWN: Final = 8
"""Room for `160/250` and a glyph: of a partly filled order, what is left and what was asked for."""
_DELTA: Final = 5
_WIDE_DELTA: Final = 6
"""Room for `-1.4k` and the space before it: of thousands the hundreds are news."""
_SIZE: Final = 7
_VOLUME: Final = 5
_AHEAD: Final = 7
_LAST: Final = 6
_PRICE: Final = 8
"""The least of a price with its slots; a longer one has the cells it needs."""
_MAX_SIZE: Final = 12
_MAX_VOLUME: Final = 12


class Columns(NamedTuple):
    """Width of each column in cells, 0 where it is dropped.

    They come left to right as here, with `delta` and `own` once more, mirrored, after `ask`.

    Attributes:
        mark: The cursor's mark.
        own: Own orders: the buys on the left, the sells on the right.
        delta: Stacked and pulled.
        bid: Resting bids.
        price: The price and a slot for a sign on either side of it.
        ask: Resting asks.
        volume: Volume at price.
        last: Size last traded at a price.
        ahead: What is estimated to rest ahead of our orders.
        rail: The price bar of a bounded market.
    """

    mark: int
    own: int
    delta: int
    bid: int
    price: int
    ask: int
    volume: int
    last: int
    ahead: int
    rail: int

    @property
    def total(self) -> int:
        """Cells of a row."""
        return (
            self.mark
            + 2 * (self.own + self.delta)
            + self.bid
            + self.price
            + self.ask
            + self.volume
            + self.last
            + self.ahead
            + self.rail
        )


@lru_cache(256)
def columns_for(width: int, price_cells: int, *, bounded: bool, last: bool = True) -> Columns:
    """Return the columns of a ladder that is `width` cells wide.

    The result is exactly `width` wide, or `MIN_WIDTH` (more where prices are very long) and to be cut.

    Args:
        width: Cells of the ladder.
        price_cells: Length of the longest price in view.
        bounded: Whether there is a price bar.
        last: Whether the size last traded is wanted.
    """
    rail = 1 if bounded else 0
    price = max(_PRICE, price_cells + 2)
    full = Columns(_MARK, _OWN, _DELTA, _SIZE, price, _SIZE, _VOLUME, 0, 0, rail)
    for least, columns in (
        (LAST_WIDTH if last else width + 1, full._replace(last=_LAST, ahead=_AHEAD)),
        (AHEAD_WIDTH, full._replace(ahead=_AHEAD)),
        (FULL_WIDTH, full),
        (MEDIUM_WIDTH, full._replace(delta=0, volume=0)),
    ):
        if width >= least and columns.total <= width:
            return _spread(columns, width - columns.total, price_cells)
    price = price_cells + 2
    rest = max(width, MIN_WIDTH) - _MARK - rail - price
    own = 5 if rest >= 20 else 4
    size = max(4, (rest - 2 * own) // 2)
    spare = max(0, rest - 2 * (own + size))
    return Columns(_MARK, own, 0, size, price + spare, size, 0, 0, 0, rail)


def _spread(columns: Columns, spare: int, price_cells: int) -> Columns:
    """Return `columns` with `spare` cells more.

    First a price gets a cell on either side, so that neither hatch nor arrow touches the digits of a size;
    then changes, own orders and the bars get theirs, and what is left over goes to the price.
    """
    around = max(0, min(price_cells + 4 - columns.price, spare))
    spare -= around
    delta = min(_WIDE_DELTA - _DELTA, spare // 2) if columns.delta else 0
    spare -= 2 * delta
    own = min(_WIDE_OWN - _OWN, spare // 2)
    spare -= 2 * own
    volume = min(spare, 1 if columns.volume else 0)
    spare -= volume
    size = min(_MAX_SIZE - _SIZE, spare // 2)
    spare -= 2 * size
    more = min(_MAX_VOLUME - _VOLUME - 1, spare) if columns.volume else 0
    spare -= more
    return columns._replace(
        own=columns.own + own,
        delta=columns.delta + delta,
        bid=columns.bid + size,
        ask=columns.ask + size,
        volume=columns.volume + volume + more,
        price=columns.price + around + spare,
    )
