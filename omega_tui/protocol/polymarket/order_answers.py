"""What the venue answers about orders: to a place, to a cancel, and in its lists.

Each `decode_x` reads what `encode_x` writes: the first is the trader's role, the second the venue's. What an
answer to a place or a cancel proves is decided in `outcome`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.paging import Page, encode_page
from omega_tui.protocol.polymarket.posting import ORDER_TYPE_WORDS, time_in_force_of
from omega_tui.protocol.polymarket.values import (
    ABSENT,
    decode_json,
    identifier,
    identifiers,
    milliseconds,
    number,
    number_or_none,
    number_or_zero,
    optional_text,
)

# --- place


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnswer:
    """The venue's words on one order.

    Attributes:
        success: Its own flag; None where it is missing. True does not mean accepted.
        error_message: As sent, not yet safe to show; empty for none.
        order_id: Empty where the venue names none.
        status: live, matched, delayed, unmatched; empty where there is none.
        making_amount: What was given at once; None where not said.
        taking_amount: What was got at once; None where not said.
        trade_ids: Of the executions.
        transaction_hashes: Of their settlement.
    """

    success: bool | None
    error_message: str = ""
    order_id: str = ""
    status: str = ""
    making_amount: Decimal | None = None
    taking_amount: Decimal | None = None
    trade_ids: tuple[str, ...] = ()
    transaction_hashes: tuple[str, ...] = ()


class _PlaceAnswer(msgspec.Struct):
    success: bool | None = None
    error_message: str | None = msgspec.field(name="errorMsg", default=None)
    order_id: str | None = msgspec.field(name="orderID", default=None)
    status: str | None = None
    making_amount: msgspec.Raw = msgspec.field(name="makingAmount", default=ABSENT)
    taking_amount: msgspec.Raw = msgspec.field(name="takingAmount", default=ABSENT)
    trade_ids: list[str] | None = msgspec.field(name="tradeIDs", default=None)
    transaction_hashes: list[str] | None = msgspec.field(name="transactionsHashes", default=None)


def decode_place(body: bytes) -> PlaceAnswer:
    """Read the answer to `POST /order`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return _place_of(decode_json(body, _PlaceAnswer, "place"))


def decode_places(body: bytes) -> tuple[PlaceAnswer, ...]:
    """Read the answer to `POST /orders`. It need not have the order or the number of what was sent.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    return tuple(_place_of(answer) for answer in decode_json(body, list[_PlaceAnswer], "place"))


def encode_place(answer: PlaceAnswer) -> bytes:
    """Write the answer to `POST /order`."""
    return msgspec.json.encode(_place_body(answer))


def encode_places(answers: Sequence[PlaceAnswer]) -> bytes:
    """Write the answer to `POST /orders`."""
    return msgspec.json.encode([_place_body(answer) for answer in answers])


def _place_of(raw: _PlaceAnswer) -> PlaceAnswer:
    return PlaceAnswer(
        success=raw.success,
        error_message=raw.error_message or "",
        order_id=identifier(raw.order_id, "place: orderID") if raw.order_id else "",
        status=(raw.status or "").lower(),
        making_amount=number_or_none(raw.making_amount, "place: makingAmount"),
        taking_amount=number_or_none(raw.taking_amount, "place: takingAmount"),
        trade_ids=identifiers(raw.trade_ids, "place: tradeIDs"),
        transaction_hashes=identifiers(raw.transaction_hashes, "place: transactionsHashes"),
    )


def _place_body(answer: PlaceAnswer) -> dict[str, object]:
    body: dict[str, object] = {
        "errorMsg": answer.error_message,
        "orderID": answer.order_id,
        "takingAmount": "" if answer.taking_amount is None else f"{answer.taking_amount:f}",
        "makingAmount": "" if answer.making_amount is None else f"{answer.making_amount:f}",
        "status": answer.status,
        "success": answer.success,
    }
    if answer.trade_ids:
        body["tradeIDs"] = answer.trade_ids
    if answer.transaction_hashes:
        body["transactionsHashes"] = answer.transaction_hashes
    return body


# --- cancel


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """The venue's words on one or many cancels.

    Attributes:
        canceled: Ids of the orders that are canceled now.
        not_canceled: Why the others are not, by id; as sent, not yet safe to show.
    """

    canceled: tuple[str, ...]
    not_canceled: Mapping[str, str]


class _CancelAnswer(msgspec.Struct):
    canceled: list[str] | None = None
    not_canceled: dict[str, str | None] | None = None


def decode_cancel_answer(body: bytes) -> CancelAnswer:
    """Read the answer to any kind of cancel.

    Raises:
        RemoteProtocolError: It is malformed, or says nothing of either kind.
    """
    raw = decode_json(body, _CancelAnswer, "cancel")
    if raw.canceled is None and raw.not_canceled is None:
        raise RemoteProtocolError("cancel: neither `canceled` nor `not_canceled` is there")
    refused = {
        identifier(key, "not_canceled"): reason or "" for key, reason in (raw.not_canceled or {}).items()
    }
    return CancelAnswer(identifiers(raw.canceled, "cancel: canceled"), refused)


def encode_cancel_answer(answer: CancelAnswer) -> bytes:
    """Write the answer to any kind of cancel."""
    return msgspec.json.encode({"canceled": answer.canceled, "not_canceled": dict(answer.not_canceled)})


# --- open orders


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order as the venue lists it.

    Attributes:
        order_id: The venue's id.
        status: LIVE, MATCHED, DELAYED, UNMATCHED, CANCELED…, INVALID; upper case.
        owner: API key.
        maker: Address that holds the funds.
        condition_id: Market.
        token_id: Outcome token.
        outcome: Its name, safe text.
        side: Buying or selling.
        price: Limit.
        original_size: In shares.
        size_matched: In shares.
        time_in_force: How long it lives.
        expiration_s: Of a GTD order; 0 otherwise.
        created_ms: Milliseconds since the epoch.
        trade_ids: Its executions so far.
    """

    order_id: str
    status: str
    owner: str
    maker: str
    condition_id: str
    token_id: str
    outcome: str
    side: Side
    price: Decimal
    original_size: Decimal
    size_matched: Decimal
    time_in_force: TimeInForce
    expiration_s: int = 0
    created_ms: int = 0
    trade_ids: tuple[str, ...] = ()


class _OrderRow(msgspec.Struct):
    id: str
    status: str
    side: Side
    asset_id: str
    price: msgspec.Raw
    original_size: msgspec.Raw
    market: str | None = None
    size_matched: msgspec.Raw = ABSENT
    owner: str | None = None
    maker_address: str | None = None
    outcome: str | None = None
    order_type: str | None = None
    expiration: msgspec.Raw = ABSENT
    created_at: msgspec.Raw = ABSENT
    associate_trades: list[str] | None = None


class _OrderPage(msgspec.Struct):
    data: list[_OrderRow] | None = None
    next_cursor: str | None = None


def decode_order(body: bytes) -> OrderRow | None:
    """Read the answer to `GET /data/order/{id}`; None where the venue answers null.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    if body.strip() == b"null":
        return None
    return _order_of(decode_json(body, _OrderRow, "order"))


def encode_order(row: OrderRow) -> bytes:
    """Write the answer to `GET /data/order/{id}`."""
    return msgspec.json.encode(_order_body(row))


def decode_open_orders(body: bytes) -> Page[OrderRow]:
    """Read a page of `GET /data/orders`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    raw = decode_json(body, _OrderPage, "open orders")
    return Page(tuple(_order_of(row) for row in raw.data or ()), raw.next_cursor or "")


def encode_open_orders(page: Page[OrderRow]) -> bytes:
    """Write a page of `GET /data/orders`."""
    return encode_page([_order_body(row) for row in page.rows], page.next_cursor)


def _order_of(raw: _OrderRow) -> OrderRow:
    order_id = identifier(raw.id, "order: id")
    what = f"order {order_id}"
    return OrderRow(
        order_id=order_id,
        status=optional_text(raw.status).upper(),
        owner=optional_text(raw.owner),
        maker=optional_text(raw.maker_address),
        condition_id=identifier(raw.market, f"{what}: market") if raw.market else "",
        token_id=identifier(raw.asset_id, f"{what}: asset_id"),
        outcome=optional_text(raw.outcome),
        side=raw.side,
        price=number(raw.price, f"{what}: price"),
        original_size=number(raw.original_size, f"{what}: original_size"),
        size_matched=number_or_zero(raw.size_matched, f"{what}: size_matched"),
        time_in_force=time_in_force_of(raw.order_type or "GTC"),
        expiration_s=milliseconds(raw.expiration, f"{what}: expiration") // 1000,
        created_ms=milliseconds(raw.created_at, f"{what}: created_at"),
        trade_ids=identifiers(raw.associate_trades, f"{what}: associate_trades"),
    )


def _order_body(row: OrderRow) -> dict[str, object]:
    return {
        "id": row.order_id,
        "status": row.status,
        "owner": row.owner,
        "maker_address": row.maker,
        "market": row.condition_id,
        "asset_id": row.token_id,
        "side": row.side.value,
        "original_size": f"{row.original_size:f}",
        "size_matched": f"{row.size_matched:f}",
        "price": f"{row.price:f}",
        "outcome": row.outcome,
        "expiration": f"{row.expiration_s}",
        "order_type": ORDER_TYPE_WORDS[row.time_in_force],
        "associate_trades": row.trade_ids,
        "created_at": row.created_ms // 1000,
    }
