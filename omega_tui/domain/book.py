"""The mutable order book: one writer, exact, fast, and indifferent to the tick size.

A level is keyed by its price as an integer in units of ten to the minus `scale`, where `scale` is as many
decimals as the finest price met so far: a price between ticks, or a new tick size, needs no conversion and
loses nothing. Asks are keyed by the negated price, so that on both sides the best level is the last of an
ascending list.
"""

import re
from bisect import insort
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from omega_tui.domain import book_side
from omega_tui.domain.book_side import BookSide
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.text import parse_decimal

MAX_LEVELS: Final = 5_000
"""Levels that a side may have (security, control C7)."""
MAX_SPELLINGS: Final = 20_000
"""Price texts that a side remembers; beyond it those of present levels only."""
MAX_SIZE_SPELLINGS: Final = 65_536
"""Size texts that are remembered as checked; beyond it all are forgotten."""

_BUY: Final = Side.BUY  # Looking a member up in its enum costs a tenth of an update.

_is_zero: dict[str | Decimal, bool] = {}
"""Sizes already found to be numbers, and whether they are zero: facts about texts, so all books share it."""

_unsigned = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?").fullmatch
"""The usual form of a size, recognised without making a number of it."""


class OrderBook:
    """All levels of one instrument, kept by one writer.

    Prices and sizes are taken as the text of the wire and checked once per spelling; `Decimal`s are made when
    somebody looks. Nothing is rounded. A crossed book is kept as it is: whether that is an error is for the
    venue's protocol to say.

    Attributes:
        instrument: Instrument id.
        tick_size: The tick in force; the book itself does not depend on it.
        bids: The buying side; its keys are prices.
        asks: The selling side; its keys are negated prices.
        scale: How many decimals a unit of a key has; it only grows.
        sequence: Counts the changes; equal sequences of one book are equal contents.
        ts_event_ns: The venue's time of the last change, set by the writer; 0 not known.
        ts_recv_ns: When the last change reached us, set by the writer; 0 not known.
        last_trade_price: Price of the last print of this instrument, set by the writer.
    """

    __slots__ = (
        "_price_max",
        "_price_min",
        "asks",
        "bids",
        "instrument",
        "last_trade_price",
        "scale",
        "sequence",
        "tick_size",
        "ts_event_ns",
        "ts_recv_ns",
    )

    def __init__(
        self,
        instrument: str,
        *,
        tick_size: Decimal = Decimal("0.01"),
        price_min: Decimal | None = None,
        price_max: Decimal | None = None,
    ) -> None:
        """Make an empty book.

        Args:
            instrument: Instrument id.
            tick_size: The tick in force.
            price_min: Exclusive lower bound of a price; None where there is none.
            price_max: Exclusive upper bound.
        """
        self.instrument = instrument
        self.tick_size = tick_size
        self._price_min = price_min
        self._price_max = price_max
        self.scale = 0
        self.bids = BookSide(1)
        self.asks = BookSide(-1)
        self.sequence = 0
        self.ts_event_ns = 0
        self.ts_recv_ns = 0
        self.last_trade_price: Decimal | None = None

    def set_level(self, side: Side, price: str | Decimal, size: str | Decimal) -> int:
        """Set the total size at a price; a size of zero removes the level. Costs about 0.3 µs.

        Returns:
            The key of the level in its side; it stays the same while `scale` does.

        Raises:
            ValueError: Price or size is not a plain number, the size is negative, the price is out of bounds,
                or the side has `MAX_LEVELS` already. The levels are then as before.
        """
        levels = self.bids if side is _BUY else self.asks
        zero = _is_zero.get(size)
        if zero is None:
            zero = _check_size(size)
        try:
            key = levels.keys[price]
        except KeyError:
            key = self._learn(levels, price)
        sizes = levels.sizes
        if zero:
            if sizes.get(key) is not None:
                levels.remove(key)
        else:
            if key not in sizes:
                if len(levels.order) - levels.dead >= MAX_LEVELS:
                    raise ValueError(f"more than {MAX_LEVELS} levels on one side")
                insort(levels.order, key)
            elif sizes[key] is None:
                levels.dead -= 1
            sizes[key] = size
            levels.stale.add(key)
        self.sequence += 1
        return key

    def replace(self, bids: Iterable[tuple[str, str]], asks: Iterable[tuple[str, str]]) -> None:
        """Put pairs of price and size, in any order, in the place of everything.

        Where a price comes twice, the last one counts.

        Raises:
            ValueError: As `set_level`; the book is then empty, never a mixture.
        """
        self.clear()
        try:
            rows = [self._check_side(self.bids, list(bids)), self._check_side(self.asks, list(asks))]
            for levels, pairs in zip((self.bids, self.asks), rows, strict=True):
                sizes = {levels.keys[price]: size for price, size in pairs}
                levels.sizes = {key: size for key, size in sizes.items() if size is not None}
                levels.order = sorted(levels.sizes)
        except ValueError:
            self.clear()
            raise

    def clear(self) -> None:
        """Remove every level."""
        self.bids.clear()
        self.asks.clear()
        self.sequence += 1

    @property
    def best_bid(self) -> Decimal | None:
        """Highest buying price; None while nobody buys."""
        order = self.bids.order
        return self.bids.prices[order[-1]] if order else None

    @property
    def best_ask(self) -> Decimal | None:
        """Lowest selling price; None while nobody sells."""
        order = self.asks.order
        return self.asks.prices[order[-1]] if order else None

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid is at or above the best ask, which no true book shows."""
        bids, asks = self.bids.order, self.asks.order
        return bool(bids and asks) and bids[-1] + asks[-1] >= 0

    def size_at(self, side: Side, price: Decimal) -> Decimal | None:
        """Return the size resting at `price`; None where there is no level."""
        levels = self.bids if side is _BUY else self.asks
        units = price.scaleb(self.scale)
        if units != units.to_integral_value():
            return None
        size = levels.sizes.get(int(units) * levels.sign)
        return None if size is None else Decimal(size)

    def levels(self, side: Side) -> Iterator[tuple[str, str]]:
        """Iterate over price and size of a side as the venue writes them, best first."""
        levels = self.bids if side is _BUY else self.asks
        for key in levels.best_first():
            yield levels.spellings[key], str(levels.sizes[key])

    def snapshot(self, levels: int | None = None) -> BookSnapshot:
        """Return the best `levels` of each side, or all of them.

        Bids highest price first, asks lowest first. It shares nothing with the book that can change, so it
        may be kept. Costs some 0.1 µs per level, and 0.4 for one that was set since the last: take one per
        frame, not one per message.
        """
        return BookSnapshot(
            instrument=self.instrument,
            bids=self.bids.top(levels),
            asks=self.asks.top(levels),
            tick_size=self.tick_size,
            sequence=self.sequence,
            ts_event_ns=self.ts_event_ns,
            ts_recv_ns=self.ts_recv_ns,
            last_trade_price=self.last_trade_price,
        )

    def _check_side(self, levels: BookSide, pairs: list[tuple[str, str]]) -> list[tuple[str, str | None]]:
        """Return the pairs with None for a size of zero; every price among them is then known.

        Raises:
            ValueError: As `set_level`.
        """
        if len(pairs) > MAX_LEVELS:
            raise ValueError(f"more than {MAX_LEVELS} levels on one side")
        if len(levels.keys) + len(pairs) > MAX_SPELLINGS:
            levels.forget_spellings()
        checked: list[tuple[str, str | None]] = []
        for price, size in pairs:
            if price not in levels.keys:
                self._learn(levels, price)
            zero = _is_zero.get(size)
            checked.append((price, None if (_check_size(size) if zero is None else zero) else size))
        return checked

    def _learn(self, levels: BookSide, price: str | Decimal) -> int:
        """Return the key of a price that was not met before, and remember it.

        Raises:
            ValueError: It is no plain number or out of bounds.
        """
        text = price if isinstance(price, str) else _plain(price)
        value = parse_decimal(text)
        if self._price_min is not None and value <= self._price_min:
            raise ValueError(f"the price {value} is not above {self._price_min}")
        if self._price_max is not None and value >= self._price_max:
            raise ValueError(f"the price {value} is not below {self._price_max}")
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0")
        if len(fraction) > self.scale:
            factor = 10 ** (len(fraction) - self.scale)
            self.scale = len(fraction)
            self.bids.rescale(factor)
            self.asks.rescale(factor)
        if len(levels.keys) >= MAX_SPELLINGS:
            levels.forget_spellings()
        key = int(whole + fraction.ljust(self.scale, "0")) * levels.sign if value else 0
        levels.keys[price] = key
        levels.spellings[key] = text if value else text.lstrip("-")
        levels.prices[key] = value
        return key

    def _check(self) -> None:
        """Assert every invariant."""
        for side in (self.bids, self.asks):
            order, sizes = side.order, side.sizes
            assert all(low < high for low, high in pairwise(order)), "keys must ascend"
            assert set(order) == set(sizes), "list and dict must hold the same keys"
            dead = sum(size is None for size in sizes.values())
            assert dead == side.dead < book_side.SWEEP_AT, f"{dead} tombstones, {side.dead} counted"
            assert not order or sizes[order[-1]] is not None, "the best level is a tombstone"
            assert len(side) <= MAX_LEVELS, "too many levels"
            assert len(side.keys) <= MAX_SPELLINGS, "too many spellings"
            assert set(side.keys.values()) == set(side.spellings) == set(side.prices), "prices half known"
            for key in order:
                price, size = side.prices[key], sizes[key]
                assert price == Decimal(side.spellings[key]), f"{price} is spelled {side.spellings[key]}"
                assert price.scaleb(self.scale) == key * side.sign, f"{price} is not at {key}"
                assert size is None or Decimal(size) > 0, f"size {size} at {price}"


def _plain(number: Decimal) -> str:
    """Return a number of the program as text without an exponent.

    Raises:
        ValueError: It is not finite or of a magnitude that no price or size has.
    """
    if not number.is_finite() or not -30 < number.adjusted() < 30:
        raise ValueError(f"not a price or size: {number}")
    return format(number, "f")


def _check_size(size: str | Decimal) -> bool:
    """Return whether a size that was not met before is zero, and remember it.

    Raises:
        ValueError: It is no plain number, or negative.
    """
    if isinstance(size, str) and _unsigned(size) is not None:
        zero = not size.strip("0.")
    else:
        value = parse_decimal(size if isinstance(size, str) else _plain(size))
        if value < 0:
            raise ValueError(f"a size below zero: {value}")
        zero = not value
    if len(_is_zero) >= MAX_SIZE_SPELLINGS:
        _is_zero.clear()
    _is_zero[size] = zero
    return zero
