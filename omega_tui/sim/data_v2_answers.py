"""The shapes of the Data API's second contract: an envelope, pages with a cursor, and what a query says."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from aiohttp import web

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.paging import END_CURSOR, cursor_of, offset_of
from omega_tui.sim.public_rest import body_of, error

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 10_000
"""Rows on a page."""

Row = dict[str, object]

_NUMBERS: Final = msgspec.json.Encoder(decimal_format="number")


def envelope(data: object) -> web.Response:
    """Return an answer that is no list in pages."""
    return body_of(_NUMBERS.encode({"data": data}))


def page(request: web.Request, rows: Sequence[Row]) -> web.Response:
    """Return the page of a list that the query asks for."""
    try:
        offset = offset_of(request.query.get("cursor", ""))
    except RemoteProtocolError:
        return error(400, "invalid cursor")
    limit = min(max(1, whole(request.query.get("limit"), DEFAULT_LIMIT)), MAX_LIMIT)
    following = cursor_of(offset + limit, len(rows))
    more = following != END_CURSOR
    pagination = {"has_more": more, "next_cursor": following if more else None}
    return body_of(_NUMBERS.encode({"data": rows[offset : offset + limit], "pagination": pagination}))


def words(request: web.Request, name: str) -> set[str]:
    """Return the values of a parameter that may be repeated or hold several, separated by commas."""
    texts: Iterable[str] = request.query.getall(name, [])
    return {word for text in texts for word in text.split(",") if word}


def whole(text: str | None, default: int) -> int:
    """Return a whole number of the query; the default where it is none."""
    return int(digits(text, str(default)))


def digits(text: str | None, default: str) -> str:
    """Return the digits of a number of the query; the default where it is none."""
    return text if text and text.isascii() and text.isdigit() and len(text) <= 12 else default
