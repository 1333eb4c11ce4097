"""Pages and their cursors (fact sheet, section 7): a cursor is the base64 of an offset, -1 for the end."""

import base64
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from omega_tui.errors import RemoteProtocolError

START_CURSOR: Final = "MA=="
END_CURSOR: Final = "LTE="

PAGE_LIMIT: Final = 500
"""Rows that the venue puts on a page at most."""

MAX_PAGES: Final = 1_000
"""More pages than any account or market list has: beyond, the venue is going round in circles."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows.

    Attributes:
        rows: In the venue's order. A row may come again on a later page: tell them apart by id.
        next_cursor: Of the page after this; `END_CURSOR` or empty after the last.
    """

    rows: tuple[Row, ...]
    next_cursor: str


def encode_page(rows: list[dict[str, object]], next_cursor: str) -> bytes:
    """Write a page as the venue sends it."""
    return msgspec.json.encode(
        {"limit": PAGE_LIMIT, "count": len(rows), "next_cursor": next_cursor, "data": rows}
    )


class CursorWalk:
    """Which page to ask for next; ends where the venue says so, and refuses to go in circles.

    Attributes:
        cursor: Of the page to ask for; None when all pages have been read.
    """

    def __init__(self, *, max_pages: int = MAX_PAGES) -> None:
        self.cursor: str | None = START_CURSOR
        self._max_pages = max_pages
        self._seen = {START_CURSOR}

    def advance(self, next_cursor: str) -> None:
        """Go on to what the last page named as the next one.

        Raises:
            RemoteProtocolError: That page has been read, or there are too many. What was read is incomplete.
        """
        if next_cursor in {"", END_CURSOR}:
            self.cursor = None
            return
        if next_cursor in self._seen:
            raise RemoteProtocolError(f"the pages go in circles: {next_cursor[:64]!r} comes a second time")
        if len(self._seen) >= self._max_pages:
            raise RemoteProtocolError(f"there are more than {self._max_pages} pages")
        self._seen.add(next_cursor)
        self.cursor = next_cursor


def cursor_of(offset: int, total: int) -> str:
    """Return the cursor of the page that starts at `offset` of `total` rows; the venue's side."""
    return END_CURSOR if offset >= total else base64.b64encode(str(offset).encode()).decode()


def offset_of(cursor: str) -> int:
    """Return the offset that a cursor stands for, 0 for an empty one; the venue's side.

    Raises:
        RemoteProtocolError: It is no cursor, or the one of the end.
    """
    try:
        text = base64.b64decode(cursor or START_CURSOR, validate=True).decode()
    except ValueError as error:
        raise RemoteProtocolError(f"not a cursor: {cursor[:64]!r}") from error
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise RemoteProtocolError(f"not the cursor of a page: {cursor[:64]!r}")
    return int(text)
