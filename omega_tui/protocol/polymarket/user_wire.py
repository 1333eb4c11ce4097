"""The events of the user channel: orders and trades, as the wire words them.

Money hangs on these, so decoding is strict where the market channel's is fast: an object that has a key twice
is refused rather than read one way or the other, and so is NaN.
"""

import json
from typing import Final

import msgspec
from msgspec import Struct

from omega_tui.protocol.json_depth import is_too_deep
from omega_tui.protocol.polymarket.wire import DecodeError, UnknownMessage

MAX_FRAME_CHARS: Final = 1024 * 1024
"""A frame of this channel (security, control C6)."""
MAX_BATCH: Final = 2_000
"""Messages in one frame. One that cannot be read costs a question about the account."""

Loose = str | int | None
"""Text by the documents, a number in some builds."""


class MakerOrder(Struct, omit_defaults=True):
    """A resting order's part in a trade. Its token and side may be the complement of the header's."""

    order_id: str
    matched_amount: str
    price: str
    owner: str | None = None
    maker_address: str | None = None
    fee_rate_bps: Loose = None
    asset_id: str | None = None
    side: str | None = None
    outcome: str | None = None
    outcome_index: Loose = None


class UserOrder(Struct, tag_field="event_type", tag="order", omit_defaults=True):
    """An order of ours was placed, updated or canceled. For a killed FOK most fields are empty."""

    id: str
    asset_id: str
    side: str
    type: str | None = None
    owner: str | None = None
    order_owner: str | None = None
    market: str | None = None
    outcome: str | None = None
    price: str | None = None
    original_size: str | None = None
    size_matched: str | None = None
    order_type: str | None = None
    status: str | None = None
    associate_trades: list[str] | None = None
    maker_address: str | None = None
    created_at: Loose = None
    expiration: Loose = None
    timestamp: Loose = None


class UserTrade(Struct, tag_field="event_type", tag="trade", omit_defaults=True):
    """A trade that involves us, once per status."""

    id: str
    asset_id: str
    side: str
    price: str
    size: str
    status: str
    type: str | None = None
    taker_order_id: str | None = None
    market: str | None = None
    fee_rate_bps: Loose = None
    match_time: Loose = None
    matchtime: Loose = None
    last_update: Loose = None
    timestamp: Loose = None
    outcome: str | None = None
    owner: str | None = None
    trade_owner: str | None = None
    maker_address: str | None = None
    transaction_hash: str | None = None
    bucket_index: Loose = None
    trader_side: str | None = None
    maker_orders: list[MakerOrder] | None = None


UserMessage = UserOrder | UserTrade

_USER_TYPES: Final[dict[str, type[UserOrder] | type[UserTrade]]] = {"order": UserOrder, "trade": UserTrade}


def decode_user_frame(text: str | bytes) -> list[UserMessage | UnknownMessage | DecodeError]:
    """Return the messages of one frame; what is broken among them comes as the error that tells why.

    Money hangs on these, so an object that has a key twice is refused rather than read one way or the other.

    Raises:
        DecodeError: The frame as a whole is no JSON object or array, or has more than `MAX_BATCH` of them.
    """
    try:
        plain = text if isinstance(text, str) else text.decode()
        if is_too_deep(plain):
            raise ValueError("it is nested too deep")  # noqa: TRY301 - one end for every reason
        content = json.loads(plain, object_pairs_hook=_no_key_twice, parse_constant=_refuse_constant)
    except ValueError as error:
        raise DecodeError(f"no frame of the user channel: {error}") from error
    rows = content if isinstance(content, list) else [content]
    if len(rows) > MAX_BATCH:
        raise DecodeError(f"{len(rows)} messages in one frame; {MAX_BATCH} are allowed")
    return [_user_message(row) for row in rows]


def _user_message(row: object) -> UserMessage | UnknownMessage | DecodeError:
    event_type = row.get("event_type") if isinstance(row, dict) else None
    if not isinstance(event_type, str):
        return DecodeError("an object without an event type")
    shape = _USER_TYPES.get(event_type)
    if shape is None:
        return UnknownMessage(event_type)
    try:
        return msgspec.convert(row, shape)
    except (msgspec.MsgspecError, RecursionError) as error:
        return DecodeError(f"a broken {event_type}: {error}", event_type=event_type)


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise DecodeError("an object has a key twice")
    return row


def _refuse_constant(word: str) -> object:
    raise DecodeError(f"{word} is no number")
