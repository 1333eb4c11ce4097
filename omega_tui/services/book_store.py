"""Books on disk, so that the next start has something to show: yesterday's prices, clearly marked as such.

What is read back is shown as STALE until the venue confirms or replaces it; nothing trades on it.
"""

import logging
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.errors import ParsingError
from omega_tui.private_files import create_private, make_private_folder
from omega_tui.text import is_venue_id, parse_decimal

log = logging.getLogger(__name__)

FORMAT: Final = 1
MAX_BOOKS: Final = 500
"""Books that are kept; the ones given first count."""
MAX_LEVELS: Final = 200
"""Levels per side that are kept, the best ones."""
MAX_FILE_BYTES: Final = 16 << 20
"""A larger file was not written by us. 500 books of 2 x 200 levels are some 8 MB."""


class _Book(msgspec.Struct, array_like=True):
    """One book; numbers as the text that `Decimal` gives back exactly."""

    instrument: str
    tick_size: str
    ts_event_ns: int
    last_trade_price: str | None
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _File(msgspec.Struct):
    format: int
    saved_ns: int
    venue: str
    books: list[_Book]


_decode = msgspec.msgpack.Decoder(_File).decode


class BookStore:
    """One file of books of one venue. The methods block: call them from a thread.

    Attributes:
        path: The file.
        venue: Books of another venue are not read.
    """

    def __init__(self, path: Path, *, venue: str) -> None:
        self.path = path
        self.venue = venue

    def save(self, books: Sequence[BookSnapshot], *, now_ns: int) -> int:
        """Replace the file's contents in one step: there is always a whole file, the old or the new.

        Returns:
            How many books were written; the others were beyond the bound.

        Raises:
            OSError: The file cannot be written. The old one is untouched.
        """
        kept = books[:MAX_BOOKS]
        body = msgspec.msgpack.encode(_File(FORMAT, now_ns, self.venue, [_encode(book) for book in kept]))
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        make_private_folder(self.path.parent)
        try:
            with create_private(part) as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)
        return len(kept)

    def load(self) -> list[BookSnapshot]:
        """Return the saved books; none when nothing was saved, or only for another venue.

        Raises:
            ParsingError: The file is not one of ours, or broken.
        """
        try:
            if self.path.stat().st_size > MAX_FILE_BYTES:
                raise ParsingError(f"the saved books in {self.path} are larger than {MAX_FILE_BYTES} bytes")
            body = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ParsingError(f"the saved books cannot be read: {error}") from error
        try:
            saved = _decode(body)
            if saved.format != FORMAT:
                raise ParsingError(f"the saved books in {self.path} have the unknown format {saved.format}")
            if saved.venue != self.venue:
                return []
            return [_restored(book) for book in saved.books[:MAX_BOOKS]]
        except (msgspec.MsgspecError, ValueError) as error:
            raise ParsingError(f"the saved books in {self.path} are broken: {error}") from error


def _encode(book: BookSnapshot) -> _Book:
    last = book.last_trade_price
    return _Book(
        book.instrument,
        f"{book.tick_size:f}",
        book.ts_event_ns,
        None if last is None else f"{last:f}",
        [(f"{price:f}", f"{size:f}") for price, size in book.bids[:MAX_LEVELS]],
        [(f"{price:f}", f"{size:f}") for price, size in book.asks[:MAX_LEVELS]],
    )


def _restored(book: _Book) -> BookSnapshot:
    """Return a snapshot that claims no receive time in this process.

    Raises:
        ValueError: A field is not what was written.
    """
    if not is_venue_id(book.instrument):
        raise ValueError("an instrument id is none")
    return BookSnapshot(
        instrument=book.instrument,
        bids=_levels(book.bids),
        asks=_levels(book.asks),
        tick_size=parse_decimal(book.tick_size),
        ts_event_ns=book.ts_event_ns,
        last_trade_price=None if book.last_trade_price is None else parse_decimal(book.last_trade_price),
    )


def _levels(rows: list[tuple[str, str]]) -> tuple[PriceLevel, ...]:
    levels = tuple(PriceLevel(parse_decimal(price), parse_decimal(size)) for price, size in rows[:MAX_LEVELS])
    if any(level.size <= Decimal(0) or level.price <= Decimal(0) for level in levels):
        raise ValueError("a level without price or size")
    return levels
