"""Orders and cancels as bodies of requests: written by the trader, read by the venue (fact sheet, 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.ethereum import is_address, is_bytes32
from omega_tui.protocol.polymarket.signing import MAX_SALT, ZERO_BYTES32, OrderStruct, SignatureType
from omega_tui.protocol.polymarket.values import decode_json, identifier, identifiers
from omega_tui.text import safe_text

MAX_BATCH: Final = 15
"""Orders in one `POST /orders`."""

ORDER_TYPE_WORDS: Final[Mapping[TimeInForce, str]] = {
    TimeInForce.GTC: "GTC",
    TimeInForce.GTD: "GTD",
    TimeInForce.IOC: "FAK",
    TimeInForce.FOK: "FOK",
}
"""The venue's word for each time in force: its `orderType`."""

_TIMES_IN_FORCE: Final = {word: time_in_force for time_in_force, word in ORDER_TYPE_WORDS.items()} | {
    "IOC": TimeInForce.IOC  # In the newest client's list of words, beside FAK.
}

_MAX_AMOUNT: Final = 10**18
_MAX_TIMESTAMP_MS: Final = 10**14


def time_in_force_of(word: str) -> TimeInForce:
    """Return what an `orderType` of the venue means.

    Raises:
        RemoteProtocolError: It is none of GTC, GTD, FAK, IOC, FOK.
    """
    time_in_force = _TIMES_IN_FORCE.get(word.upper())
    if time_in_force is None:
        raise RemoteProtocolError(f"the order type {safe_text(word)} is none of {', '.join(_TIMES_IN_FORCE)}")
    return time_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A signed order on its way to the venue.

    Attributes:
        order: What is signed.
        signature: 0x text.
        owner: The API key.
        time_in_force: How long it lives.
        expiration_s: End of a GTD order, in seconds, margin included; 0 for the others. Not signed.
        post_only: Refuse rather than take.
        defer_exec: Answer before matching.
    """

    order: OrderStruct
    signature: str
    owner: str
    time_in_force: TimeInForce
    expiration_s: int = 0
    post_only: bool = False
    defer_exec: bool = False


def encode_posting(posting: Posting) -> bytes:
    """Return the body of `POST /order`. The same posting is always the same bytes.

    Raises:
        LocalProtocolError: Post-only with an order that never rests, GTD without an expiration, another with
            one, or a salt that JSON readers could garble.
    """
    return msgspec.json.encode(_posting_body(posting))


def encode_postings(postings: Sequence[Posting]) -> bytes:
    """Return the body of `POST /orders`.

    Raises:
        LocalProtocolError: None or more than `MAX_BATCH`, or as `encode_posting`.
    """
    if not 0 < len(postings) <= MAX_BATCH:
        raise LocalProtocolError(f"a batch has 1 to {MAX_BATCH} orders, not {len(postings)}")
    return msgspec.json.encode([_posting_body(posting) for posting in postings])


class _OrderBody(msgspec.Struct):
    salt: int
    maker: str
    signer: str
    token_id: str = msgspec.field(name="tokenId")
    maker_amount: str = msgspec.field(name="makerAmount")
    taker_amount: str = msgspec.field(name="takerAmount")
    side: Side
    signature_type: SignatureType = msgspec.field(name="signatureType")
    timestamp: str
    signature: str
    expiration: str = "0"
    metadata: str = ZERO_BYTES32
    builder: str = ZERO_BYTES32


class _PostingBody(msgspec.Struct):
    order: _OrderBody
    owner: str
    order_type: str = msgspec.field(name="orderType")
    post_only: bool = msgspec.field(name="postOnly", default=False)
    defer_exec: bool = msgspec.field(name="deferExec", default=False)


def decode_posting(body: bytes) -> Posting:
    """Read the body of `POST /order`. The signature is not checked here.

    Raises:
        RemoteProtocolError: It is malformed, or a number is outside what an order can hold.
    """
    return _posting_of(decode_json(body, _PostingBody, "order"))


def decode_postings(body: bytes) -> tuple[Posting, ...]:
    """Read the body of `POST /orders`.

    Raises:
        RemoteProtocolError: It is malformed, empty, or has more than `MAX_BATCH` orders.
    """
    bodies = decode_json(body, list[_PostingBody], "orders")
    if not 0 < len(bodies) <= MAX_BATCH:
        raise RemoteProtocolError(f"orders: a batch has 1 to {MAX_BATCH} orders, not {len(bodies)}")
    return tuple(_posting_of(posting) for posting in bodies)


class _CancelBody(msgspec.Struct):
    order_id: str = msgspec.field(name="orderID")


class _CancelMarketBody(msgspec.Struct):
    market: str | None = None
    asset_id: str | None = None


class _TokenBody(msgspec.Struct):
    token_id: str


def decode_cancel(body: bytes) -> str:
    """Read the body of `DELETE /order`: the order's id.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return identifier(decode_json(body, _CancelBody, "cancel").order_id, "cancel: orderID")


def decode_cancel_many(body: bytes) -> tuple[str, ...]:
    """Read the body of `DELETE /orders`: the orders' ids.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return identifiers(decode_json(body, list[str], "cancel"), "cancel: an id")


def decode_cancel_market(body: bytes) -> tuple[str, str]:
    """Read the body of `DELETE /cancel-market-orders`: condition id and token id, empty where not given.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    wanted = decode_json(body, _CancelMarketBody, "cancel")
    return wanted.market or "", wanted.asset_id or ""


def decode_token_ids(body: bytes) -> tuple[str, ...]:
    """Read the body of `POST /books` and its relatives: the tokens asked for.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return identifiers(
        (item.token_id for item in decode_json(body, list[_TokenBody], "books")), "books: token_id"
    )


def _posting_body(posting: Posting) -> dict[str, object]:
    """Return the body in the official client's key order."""
    order = posting.order
    if posting.post_only and posting.time_in_force not in {TimeInForce.GTC, TimeInForce.GTD}:
        raise LocalProtocolError(
            f"a post-only order must be able to rest, which {posting.time_in_force} is not"
        )
    if (posting.time_in_force is TimeInForce.GTD) != (posting.expiration_s > 0):
        raise LocalProtocolError(
            f"{posting.time_in_force} does not go with the expiration {posting.expiration_s}"
        )
    if not 0 <= order.salt <= MAX_SALT:
        raise LocalProtocolError(f"the salt {order.salt} is not within 0 and {MAX_SALT}")
    return {
        "order": {
            "salt": order.salt,
            "maker": order.maker,
            "signer": order.signer,
            "tokenId": order.token_id,
            "makerAmount": f"{order.maker_amount}",
            "takerAmount": f"{order.taker_amount}",
            "side": order.side.value,
            "expiration": f"{posting.expiration_s}",
            "signatureType": int(order.signature_type),
            "timestamp": f"{order.timestamp_ms}",
            "metadata": order.metadata,
            "builder": order.builder,
            "signature": posting.signature,
        },
        "owner": posting.owner,
        "orderType": ORDER_TYPE_WORDS[posting.time_in_force],
        "deferExec": posting.defer_exec,
        "postOnly": posting.post_only,
    }


def _posting_of(body: _PostingBody) -> Posting:
    order = body.order
    for name, address in (("maker", order.maker), ("signer", order.signer)):
        if not is_address(address):
            raise RemoteProtocolError(f"order: {name} is not an address: {safe_text(address)}")
    for name, word in (("metadata", order.metadata), ("builder", order.builder)):
        if not is_bytes32(word):
            raise RemoteProtocolError(f"order: {name} is not 32 bytes: {safe_text(word)}")
    return Posting(
        order=OrderStruct(
            salt=_within(order.salt, MAX_SALT, "salt"),
            maker=order.maker,
            signer=order.signer,
            token_id=f"{_digits(order.token_id, 2**256 - 1, 'tokenId')}",
            maker_amount=_digits(order.maker_amount, _MAX_AMOUNT, "makerAmount"),
            taker_amount=_digits(order.taker_amount, _MAX_AMOUNT, "takerAmount"),
            side=order.side,
            signature_type=order.signature_type,
            timestamp_ms=_digits(order.timestamp, _MAX_TIMESTAMP_MS, "timestamp"),
            metadata=order.metadata,
            builder=order.builder,
        ),
        signature=order.signature,
        owner=body.owner,
        time_in_force=time_in_force_of(body.order_type),
        expiration_s=_digits(order.expiration or "0", _MAX_TIMESTAMP_MS, "expiration"),
        post_only=body.post_only,
        defer_exec=body.defer_exec,
    )


def _digits(text: str, most: int, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise RemoteProtocolError(f"order: {name} is not a whole number: {safe_text(text)}")
    return _within(int(text), most, name)


def _within(value: int, most: int, name: str) -> int:
    if not 0 <= value <= most:
        raise RemoteProtocolError(f"order: {name} is outside 0 to {most}: {value}")
    return value
