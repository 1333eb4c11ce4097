"""The checksum that Bitget, and OKX before it, put on a book: crc32 over the texts of the best levels."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from zlib import crc32

Levels = Sequence[tuple[str, str]]


def top_checksum(bids: Levels, asks: Levels, *, levels: int = 25) -> int:
    """Return the signed 32-bit checksum of a book, best levels first, prices and sizes as they were sent.

    The text is `bid:size:ask:size` of the best level, then of the next, joined by colons; where one side is
    shorter only the other goes on.
    """
    value = crc32(":".join(_parts(bids[:levels], asks[:levels])).encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def _parts(bids: Levels, asks: Levels) -> Iterator[str]:
    for bid, ask in zip_longest(bids, asks):
        yield from bid or ()
        yield from ask or ()
