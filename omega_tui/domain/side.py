"""The two sides of a trade, from the view of the order's owner."""

from enum import StrEnum


class Side(StrEnum):
    """Buying or selling."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 for buying, -1 for selling: the direction in which a fill moves a position."""
        return 1 if self is Side.BUY else -1
