"""What the venue says on its market channel, and its books over REST: shapes, decoding and encoding.

Numbers stay the text that was sent: the book hash covers them verbatim. Nothing here looks at their meaning;
`DecodeError` is the only error of decoding. Sections named below are those of the fact sheet of the venue.

1. A frame is an object, an array of objects, or plain text such as `PONG` (section 1).
2. `event_type` tells what an object is, and is not its first key; unknown types and fields must be survived.
3. A missing field, `null` and `""` all mean that nothing was said.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

PING: Final = "PING"
PONG: Final = "PONG"
NO_NEW_ASSETS: Final = "NO NEW ASSETS"
INVALID_OPERATION: Final = "INVALID OPERATION"
CONTROL_TEXTS: Final = frozenset({PING, NO_NEW_ASSETS, INVALID_OPERATION})
"""Plain-text frames of the venue, `PONG` apart."""

MAX_FRAME_CHARS: Final = 32 * 1024 * 1024
"""The opening frame holds every book of the connection: some 10 kB per token."""
FRAME_CHARS: Final = 1024 * 1024
FRAME_CHARS_PER_TOKEN: Final = 128 * 1024
"""What a connection may send in one frame, and how much more for each token that is subscribed on it: a frame
that large keeps the loop busy for as long as it takes to decode (security, control C6)."""

MAX_BATCH: Final = 5_000
"""Objects in one array frame; recorded ones have 143 at most."""
MAX_ENTRIES: Final = 2_000
"""Entries of one `price_change`; recorded ones have 228 at most. Each may cost a hash of the whole book."""
MAX_HASH_CHARS: Final = 64
"""A stated hash, which has 40; they are remembered with every change."""


class DecodeError(ValueError):
    """A frame, or an object in it, that cannot be read.

    Attributes:
        event_type: The type it claims; empty where that cannot be read either.
        assets: The tokens it names, so that they can be fetched afresh.
    """

    def __init__(self, message: str, *, event_type: str = "", assets: tuple[str, ...] = ()) -> None:
        self.event_type = event_type
        self.assets = assets
        super().__init__(message)


# ---------------------------------------------------------------------- market channel: events


class Level(Struct, frozen=True, gc=False):
    """One level of a book."""

    price: str
    size: str


class Book(Struct, tag_field="event_type", tag="book", omit_defaults=True):
    """A whole book. Bids ascend and asks descend: the best is the last of each.

    `tick_size` and `last_trade_price` are there in the opening book only; `timestamp` is that of the book's
    last change, in ms.
    """

    market: str
    asset_id: str
    timestamp: str
    hash: str = ""
    bids: list[Level] | None = None
    asks: list[Level] | None = None
    tick_size: str | None = None
    last_trade_price: str | None = None


class RestBook(Struct):
    """The answer of `GET /book`: every input of the hash."""

    market: str
    asset_id: str
    timestamp: str
    hash: str = ""
    bids: list[Level] | None = None
    asks: list[Level] | None = None
    min_order_size: str | None = None
    tick_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None


class Change(Struct, gc=False, omit_defaults=True):
    """One level's new total, with the hash of the token's whole book and the touch after it."""

    asset_id: str
    price: str
    size: str
    side: str
    hash: str | None = None
    best_bid: str | None = None
    best_ask: str | None = None


class OldChange(Struct, gc=False):
    """One level's new total, as it was worded before 2025-09-15."""

    price: str
    side: str
    size: str


class PriceChange(Struct, tag_field="event_type", tag="price_change", omit_defaults=True):
    """Changes of levels, of both tokens of a market even when one is subscribed.

    The old wording has `asset_id`, `hash` and `changes` in place of `price_changes`.
    """

    market: str
    timestamp: str
    price_changes: Annotated[list[Change], Meta(max_length=MAX_ENTRIES)] | None = None
    asset_id: str | None = None
    hash: str | None = None
    changes: Annotated[list[OldChange], Meta(max_length=MAX_ENTRIES)] | None = None


class LastTradePrice(Struct, tag_field="event_type", tag="last_trade_price", gc=False, omit_defaults=True):
    """A public print; it comes after the book that reflects it."""

    market: str
    asset_id: str
    price: str
    size: str | None = None
    side: str | None = None
    fee_rate_bps: str | None = None
    timestamp: str | None = None
    transaction_hash: str | None = None


class TickSizeChange(Struct, tag_field="event_type", tag="tick_size_change", gc=False, omit_defaults=True):
    """The tick of a token changed."""

    market: str
    asset_id: str
    new_tick_size: str
    old_tick_size: str | None = None
    timestamp: str | None = None


class BestBidAsk(Struct, tag_field="event_type", tag="best_bid_ask", gc=False, omit_defaults=True):
    """The venue's statement of the touch; it may precede or trail the book by some ms."""

    market: str
    asset_id: str
    best_bid: str | None = None
    best_ask: str | None = None
    spread: str | None = None
    timestamp: str | None = None


class NewMarket(Struct, tag_field="event_type", tag="new_market", omit_defaults=True):
    """A market came up. Lists may come as text that holds JSON."""

    market: str | None = None
    condition_id: str | None = None
    question: str | None = None
    slug: str | None = None
    assets_ids: list[str] | str | None = None
    clob_token_ids: list[str] | str | None = None
    outcomes: list[str] | str | None = None
    timestamp: str | int | None = None


class MarketResolved(Struct, tag_field="event_type", tag="market_resolved", omit_defaults=True):
    """A market ended."""

    market: str
    assets_ids: list[str] | str | None = None
    winning_asset_id: str | None = None
    winning_outcome: str | None = None
    timestamp: str | int | None = None


MarketMessage = Book | PriceChange | LastTradePrice | TickSizeChange | BestBidAsk | NewMarket | MarketResolved


class UnknownMessage(Struct, frozen=True):
    """An object of a type that nobody has heard of."""

    event_type: str


class _Tag(Struct):
    event_type: str = ""


_MARKET_TYPES: Final = frozenset(
    str(shape.__struct_config__.tag)
    for shape in (Book, PriceChange, LastTradePrice, TickSizeChange, BestBidAsk, NewMarket, MarketResolved)
)

_market_message: msgspec.json.Decoder[MarketMessage] = msgspec.json.Decoder(MarketMessage)
_raw_list: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(
    Annotated[list[msgspec.Raw], Meta(max_length=MAX_BATCH)]
)
_tag = msgspec.json.Decoder(_Tag)
_rest_book = msgspec.json.Decoder(RestBook)
_rest_books = msgspec.json.Decoder(list[RestBook])
_encoder = msgspec.json.Encoder()

_decode_market_message = _market_message.decode
_decode_price_change = msgspec.json.Decoder(PriceChange).decode
_PRICE_CHANGE_TAILS: Final = ('"event_type":"price_change"}', '"event_type": "price_change"}')


def decode_market_message(raw: str | bytes | msgspec.Raw) -> MarketMessage | UnknownMessage:
    """Return one object of the market channel.

    Raises:
        DecodeError: It is no JSON object, or a known type without what that type needs.
    """
    # Nearly every frame is one of these, and knowing that beforehand halves the decoding. A wrong guess costs
    # nothing but time, since the decoder looks at the type itself.
    if isinstance(raw, str) and raw.endswith(_PRICE_CHANGE_TAILS):
        try:
            return _decode_price_change(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass  # The general way below says what is wrong with it.
    try:
        return _decode_market_message(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return _explain(raw, error)


def decode_market_batch(raw: str | bytes) -> list[msgspec.Raw]:
    """Return the objects of an array frame, each to be decoded by itself.

    Raises:
        DecodeError: It is no JSON array, or one of more than `MAX_BATCH` objects.
    """
    try:
        return _raw_list.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DecodeError(f"no JSON array: {error}") from error


def _explain(raw: str | bytes | msgspec.Raw, error: Exception) -> UnknownMessage:
    """Return what the decoder could not make of `raw`, if it is merely unknown.

    Raises:
        DecodeError: It is broken.
    """
    try:
        event_type = _tag.decode(raw).event_type
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise DecodeError(f"no JSON object with an event type: {error}") from error
    if event_type not in _MARKET_TYPES:
        return UnknownMessage(event_type)
    raise DecodeError(
        f"a broken {event_type}: {error}", event_type=event_type, assets=_named_assets(raw)
    ) from error


def _named_assets(raw: str | bytes | msgspec.Raw) -> tuple[str, ...]:
    """Return the token ids in a message whose shape is wrong."""
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ()
    rows = [message]
    changes = message.get("price_changes")
    if isinstance(changes, list):
        rows += [row for row in changes if isinstance(row, dict)]
    found = (row.get("asset_id") for row in rows)
    return tuple(dict.fromkeys(asset for asset in found if isinstance(asset, str)))


def entries_of_old(message: PriceChange) -> list[Change]:
    """Return the changes of the old wording in the new one."""
    asset_id = message.asset_id or ""
    return [
        Change(asset_id, change.price, change.size, change.side, message.hash)
        for change in message.changes or ()
    ]


def text_list(value: list[str] | str | None) -> list[str]:
    """Return a list that may have come as JSON text or not at all; what is no list of texts is empty."""
    if not isinstance(value, str):
        return value or []
    try:
        return msgspec.json.decode(value, type=list[str])
    except msgspec.MsgspecError:
        return []


def encode_message(message: Struct) -> str:
    """Return a message as the venue writes it: no spaces, absent fields left out, `event_type` last."""
    return _text(_fields(message))


def encode_batch(messages: Iterable[Struct]) -> str:
    """Return several messages as one array frame."""
    return _text([_fields(message) for message in messages])


def decode_rest_book(body: str | bytes) -> RestBook:
    """Return the answer of `GET /book`.

    Raises:
        DecodeError: It is no book.
    """
    try:
        return _rest_book.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DecodeError(f"no book: {error}") from error


def decode_rest_books(body: str | bytes) -> list[RestBook]:
    """Return the answer of `POST /books`.

    Raises:
        DecodeError: It is no array of books.
    """
    try:
        return _rest_books.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DecodeError(f"no array of books: {error}") from error


def _fields(message: Struct) -> dict[str, Any]:
    """Return a message as a dict with its tag last."""
    fields: dict[str, Any] = msgspec.to_builtins(message)
    tag = fields.pop("event_type", None)
    if tag is not None:
        fields["event_type"] = tag
    return fields


def _text(value: object) -> str:
    return _encoder.encode(value).decode()
