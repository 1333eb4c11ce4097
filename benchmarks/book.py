"""Order books compared: ours, ccxt.pro's, and a SortedDict keyed by Decimal, on the same updates.

The load: about 1,000 levels a side, 70 % of the updates within 10 ticks of the touch, 31 % deletes, prices
and sizes as text; sizes repeat as on a real feed (one in six was never seen before). Each subject turns the
texts into what it keeps: ccxt floats, ours and the SortedDict exact numbers. The subjects take turns, each in
slices of the stream, and process CPU time is summed per subject; the table shows the median over rounds.

    python benchmarks/book.py [--updates N] [--rounds R]
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

from ccxt.async_support.base.ws.order_book import OrderBook as CcxtOrderBook
from sortedcontainers import SortedDict

from omega_tui.domain.book import OrderBook
from omega_tui.domain.side import Side

Update = tuple[Side, str, str]

LEVELS = 1_000
"""Levels per side to start with."""
MIDDLE = 50_000
"""The touch, in ticks of 0.01."""
CHUNK = 20_000
"""Updates per turn of a subject."""
TOP_EVERY = 50
TOP = 20


class Load:
    """The opening book and the updates of it, the same for the same seed."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self._rng = random.Random(seed)
        self._pool = [_size_text(self._rng.randrange(1, 5_000_000)) for _ in range(3_000)]
        offsets = range(1, LEVELS + 1)
        self.opening = [
            (side, _price_text(side, offset), self._size()) for offset in offsets for side in Side
        ]

    def chunks(self) -> Iterator[list[Update]]:
        """Yield the updates, each chunk made just before its use: as warm as a decoder leaves it."""
        rng = self._rng
        for start in range(0, self.count, CHUNK):
            chunk: list[Update] = []
            for _ in range(min(CHUNK, self.count - start)):
                side = Side.BUY if rng.randrange(2) == 0 else Side.SELL
                offset = rng.randint(1, 10) if rng.random() < 0.7 else rng.randint(11, LEVELS)
                size = "0" if rng.random() < 0.31 else self._size()
                chunk.append((side, _price_text(side, offset), size))
            yield chunk

    def _size(self) -> str:
        if self._rng.random() < 0.84:
            return self._rng.choice(self._pool)
        return _size_text(self._rng.randrange(1, 500_000_000))


def _size_text(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def _price_text(side: Side, offset: int) -> str:
    ticks = MIDDLE - offset if side is Side.BUY else MIDDLE + offset
    return f"{ticks // 100}.{ticks % 100:02d}".rstrip("0").rstrip(".")


class Ours:
    """`omega_tui.domain.book.OrderBook`."""

    name = "omega_tui OrderBook (exact)"

    def __init__(self, opening: list[Update]) -> None:
        self.book = OrderBook("benchmark")
        self.feed(opening)

    def feed(self, updates: list[Update]) -> None:
        set_level = self.book.set_level
        for side, price, size in updates:
            set_level(side, price, size)

    def feed_best(self, updates: list[Update]) -> None:
        book = self.book
        set_level = book.set_level
        for side, price, size in updates:
            set_level(side, price, size)
            _ = book.best_bid
            _ = book.best_ask

    def feed_top(self, updates: list[Update]) -> None:
        for start in range(0, len(updates), TOP_EVERY):
            self.feed(updates[start : start + TOP_EVERY])
            self.book.snapshot(TOP)

    def state(self) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        snapshot = self.book.snapshot()
        return [tuple(level) for level in snapshot.bids], [tuple(level) for level in snapshot.asks]


class Ccxt:
    """ccxt.pro's book, fed as its exchanges feed it: `storeArray` of floats."""

    name = "ccxt.pro OrderBook (floats)"

    def __init__(self, opening: list[Update]) -> None:
        self.book = CcxtOrderBook()
        self.feed(opening)

    def feed(self, updates: list[Update]) -> None:
        bids, asks = self.book["bids"].storeArray, self.book["asks"].storeArray
        for side, price, size in updates:
            (bids if side is Side.BUY else asks)([float(price), float(size)])

    def feed_best(self, updates: list[Update]) -> None:
        bids, asks = self.book["bids"], self.book["asks"]
        for side, price, size in updates:
            (bids if side is Side.BUY else asks).storeArray([float(price), float(size)])
            _ = bids[0][0]
            _ = asks[0][0]

    def feed_top(self, updates: list[Update]) -> None:
        bids, asks = self.book["bids"], self.book["asks"]
        for start in range(0, len(updates), TOP_EVERY):
            self.feed(updates[start : start + TOP_EVERY])
            _ = [list(level) for level in bids[:TOP]], [list(level) for level in asks[:TOP]]

    def state(self) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        bids, asks = (
            [(Decimal(repr(price)), Decimal(repr(size))) for price, size in self.book[side]]
            for side in ("bids", "asks")
        )
        return bids, asks


class Sorted:
    """The textbook: a SortedDict of Decimals per side."""

    name = "SortedDict[Decimal]"

    def __init__(self, opening: list[Update]) -> None:
        self.bids: SortedDict = SortedDict()
        self.asks: SortedDict = SortedDict()
        self.feed(opening)

    def feed(self, updates: list[Update]) -> None:
        for side, price, size in updates:
            levels = self.bids if side is Side.BUY else self.asks
            total = Decimal(size)
            if total:
                levels[Decimal(price)] = total
            else:
                levels.pop(Decimal(price), None)

    def feed_best(self, updates: list[Update]) -> None:
        for update in updates:
            self.feed([update])
            _ = self.bids.peekitem(-1)[0]
            _ = self.asks.peekitem(0)[0]

    def feed_top(self, updates: list[Update]) -> None:
        for start in range(0, len(updates), TOP_EVERY):
            self.feed(updates[start : start + TOP_EVERY])
            _ = [(price, self.bids[price]) for price in self.bids.keys()[-TOP:]]
            _ = [(price, self.asks[price]) for price in self.asks.keys()[:TOP]]

    def state(self) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        return list(reversed(self.bids.items())), list(self.asks.items())


SUBJECTS: tuple[type[Ours] | type[Ccxt] | type[Sorted], ...] = (Ours, Ccxt, Sorted)
VARIANTS = (
    ("update", "feed"),
    ("+ best bid/ask each", "feed_best"),
    (f"+ top {TOP} every {TOP_EVERY}", "feed_top"),
)


def measure(method: str, count: int, seed: int, rounds: int) -> list[float]:
    """Return the median nanoseconds per update of each subject; their books must agree at the end."""
    samples: list[list[float]] = [[] for _ in SUBJECTS]
    for _ in range(rounds):
        load = Load(count, seed)
        subjects = [subject(load.opening) for subject in SUBJECTS]
        calls: list[Callable[[list[Update]], None]] = [getattr(subject, method) for subject in subjects]
        spent = [0.0] * len(SUBJECTS)
        for number, chunk in enumerate(load.chunks()):
            for turn in range(len(calls)):
                index = (number + turn) % len(calls)  # Whoever is first meets the texts cold.
                before = time.process_time()
                calls[index](chunk)
                spent[index] += time.process_time() - before
        states = [subject.state() for subject in subjects]
        assert all(state == states[0] for state in states), "the books differ"
        for index, seconds in enumerate(spent):
            samples[index].append(seconds / count * 1e9)
    return [statistics.median(sample) for sample in samples]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Order books compared on the same updates.")
    parser.add_argument("--updates", type=int, default=1_000_000, metavar="N", help="updates (1,000,000)")
    parser.add_argument("--rounds", type=int, default=3, metavar="R", help="rounds; the median counts (3)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the updates (1)")
    arguments = parser.parse_args()
    count, rounds = arguments.updates, arguments.rounds
    print(f"{count:,} updates, {LEVELS} levels a side; medians of {rounds} rounds, CPU time")
    print(f"{'':30}" + "".join(f"{title:>32}" for title, _ in VARIANTS))
    table = [measure(method, count, arguments.seed, rounds) for _, method in VARIANTS]
    for index, subject in enumerate(SUBJECTS):
        cells = "".join(f"{row[index]:15,.0f} ns {row[index] / row[0]:6.2f} x ours" for row in table)
        print(f"{subject.name:30}{cells}")
    print(f"ours: {1e3 / table[0][0]:.2f} million levels a second")


if __name__ == "__main__":
    main()
