"""The levels of one side of a book, in order.

Deleted levels stay in the ordered list as tombstones (`None` in the dict) and are swept out some hundreds at
a time, which makes a delete a dict assignment; a tombstone is never the last of the list, so the touch is one
look. A flat list with one slot per tick would halve an update, but it must know the tick, and where each
change is hashed an update is a hundredth of the work; so there is one class for every market.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache, partial
from itertools import islice
from typing import Final

from omega_tui.domain.snapshot import PriceLevel

SWEEP_AT: Final = 400
"""Tombstones that a side carries before they are swept out."""

_decimal = lru_cache(16_384)(Decimal)
"""Most sizes of a snapshot were in the one before."""

_make_level = partial(tuple.__new__, PriceLevel)
"""`PriceLevel._make` without its Python frame: it is called for every level of every snapshot."""


class BookSide:
    """The levels of one side. Its `OrderBook` writes, others only read.

    Attributes:
        order: Keys of the levels in ascending order, the best one last, with tombstones among them.
        sizes: Size as the venue wrote it, by key; None is a tombstone.
        dead: Number of tombstones.
        keys: Key by price text; remembered for levels that are gone, too.
        spellings: Price text by key, the one met last.
        prices: Price by key.
        sign: What the price is multiplied by in a key: 1 for bids, -1 for asks.
        made: What the last snapshot showed of a level, by key; useless for a level in `stale`.
        stale: Keys of the levels that were set since the last snapshot.
    """

    __slots__ = ("dead", "keys", "made", "order", "prices", "sign", "sizes", "spellings", "stale")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: dict[str | Decimal, int] = {}
        self.spellings: dict[int, str] = {}
        self.prices: dict[int, Decimal] = {}
        self.dead = 0
        self.order: list[int] = []
        self.sizes: dict[int, str | Decimal | None] = {}
        self.made: dict[int, PriceLevel] = {}
        self.stale: set[int] = set()

    def __len__(self) -> int:
        return len(self.order) - self.dead

    def best_first(self) -> Iterator[int]:
        """Iterate over the keys of the levels, best first."""
        sizes = self.sizes
        return (key for key in reversed(self.order) if sizes[key] is not None)

    def top(self, levels: int | None) -> tuple[PriceLevel, ...]:
        """Return the best `levels`, or all of them, best first; what did not change is not made anew."""
        sizes, made = self.sizes, self.made
        if self.dead:
            keys = list(islice((key for key in reversed(self.order) if sizes[key] is not None), levels))
        else:
            keys = self.order[: None if levels is None else -levels - 1 : -1]
        for key in self.stale:
            made.pop(key, None)
        self.stale.clear()
        prices = self.prices
        for key in keys:
            if key not in made:
                made[key] = _make_level((prices[key], _decimal(sizes[key])))
        return tuple(map(made.__getitem__, keys))

    def remove(self, key: int) -> None:
        """Delete a level that is there."""
        order, sizes = self.order, self.sizes
        if order[-1] == key:
            del sizes[order.pop()]
            while order and sizes[order[-1]] is None:
                del sizes[order.pop()]
                self.dead -= 1
            return
        sizes[key] = None
        self.dead += 1
        if self.dead >= SWEEP_AT:
            self.order = [key for key in order if sizes[key] is not None]
            self.sizes = {key: sizes[key] for key in self.order}
            self.dead = 0

    def clear(self) -> None:
        """Remove every level."""
        self.order = []
        self.sizes = {}
        self.dead = 0
        self.made = {}
        self.stale = set()

    def forget_spellings(self) -> None:
        """Drop the price texts that no level needs."""
        self.spellings = {key: self.spellings[key] for key in self.sizes}
        self.prices = {key: self.prices[key] for key in self.sizes}
        self.keys = {text: key for key, text in self.spellings.items()}
        self.made = {}

    def rescale(self, factor: int) -> None:
        """Make every key `factor` times as large."""
        self.keys = {text: key * factor for text, key in self.keys.items()}
        self.spellings = {key * factor: text for key, text in self.spellings.items()}
        self.prices = {key * factor: price for key, price in self.prices.items()}
        self.order = [key * factor for key in self.order]
        self.sizes = {key * factor: size for key, size in self.sizes.items()}
        self.made = {}
        self.stale = set()
