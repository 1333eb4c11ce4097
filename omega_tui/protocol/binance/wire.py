"""Shapes of Binance spot that both roles share: numbers, refusals, pushed frames, answers of calls."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

NO_LIST: Final = -1
"""`orderListId` of an order that belongs to no list."""

Row = dict[str, Any]


def number(value: Decimal) -> str:
    """Return a price or size as the wire has it: always eight places."""
    return f"{value:.8f}"


def encoded(data: Any) -> bytes:  # noqa: ANN401  (any JSON)
    """Return JSON without spaces."""
    return msgspec.json.encode(data)


def failure(code: int, words: str) -> Row:
    """Return the body of a request that was refused."""
    return {"code": code, "msg": words}


def combined(stream: str, data: bytes) -> bytes:
    """Return a frame of a connection that names the stream of each."""
    return b'{"stream":"%b","data":%b}' % (stream.encode(), data)


def depth_update(  # noqa: PLR0913  (a change of a book has these fields)
    symbol: str,
    bids: Sequence[tuple[str, str]],
    asks: Sequence[tuple[str, str]],
    *,
    first: int,
    last: int,
    at_ms: int,
) -> Row:
    """Return a change of a book.

    Args:
        symbol: In capitals.
        bids: Price and new total; zero removes the level.
        asks: Likewise.
        first: `U`: the number after the last one of the change before.
        last: `u`: number of the book after it.
        at_ms: The venue's time.
    """
    return {"e": "depthUpdate", "E": at_ms, "s": symbol, "U": first, "u": last, "b": bids, "a": asks}


def depth_snapshot(last: int, bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]]) -> Row:
    """Return a whole book."""
    return {"lastUpdateId": last, "bids": bids, "asks": asks}


def call_answer(call_id: object, result: Any) -> bytes:  # noqa: ANN401  (any JSON)
    """Return the frame that answers a call over WebSocket."""
    return encoded({"id": call_id, "status": 200, "result": result, "rateLimits": []})


def call_refusal(call_id: object, status: int, error: Mapping[str, Any]) -> bytes:
    """Return the frame that refuses a call over WebSocket."""
    return encoded({"id": call_id, "status": status, "error": error, "rateLimits": []})


def user_event(subscription: int, event: bytes) -> bytes:
    """Return the frame that carries an event of a user on a connection for calls."""
    return b'{"subscriptionId":%d,"event":%b}' % (subscription, event)
