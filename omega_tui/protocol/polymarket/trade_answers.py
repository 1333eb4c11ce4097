"""The account's trades as the venue lists them: read by the trader, written by the venue."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.paging import Page, encode_page
from omega_tui.protocol.polymarket.values import (
    ABSENT,
    decode_json,
    identifier,
    milliseconds,
    number,
    number_or_zero,
    optional_text,
)

_SIDES: Final[Mapping[str, Side]] = {side.value: side for side in Side}


@dataclass(frozen=True, slots=True, kw_only=True)
class MakerOrder:
    """The part of a trade that one resting order had.

    Attributes:
        order_id: Of the resting order.
        owner: Its API key.
        maker: Address that holds its funds.
        token_id: The token *it* traded, which may be the complement of the trade's.
        side: Its side.
        outcome: Name of its token, safe text.
        price: Its price.
        matched: In shares.
        fee_rate_bps: In basis points.
    """

    order_id: str
    owner: str
    maker: str
    token_id: str
    side: Side | None
    outcome: str
    price: Decimal
    matched: Decimal
    fee_rate_bps: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """One trade as the venue lists it.

    Attributes:
        trade_id: The venue's id; the same in every status.
        status: MATCHED, MINED, CONFIRMED, RETRYING, FAILED; upper case.
        taker_order_id: The order that took.
        trader_side: TAKER or MAKER: which the asking account was; empty where not said.
        owner: API key of the taker.
        maker: Address that holds the taker's funds.
        condition_id: Market.
        token_id: What the taker traded.
        side: The taker's side.
        outcome: Name of the taker's token, safe text.
        price: The taker's average.
        size: In shares.
        fee_rate_bps: The taker's, in basis points.
        matched_ms: When it was matched, milliseconds since the epoch.
        updated_ms: When its status last changed.
        transaction_hash: Of the settlement; empty before.
        maker_orders: The resting orders that it met.
    """

    trade_id: str
    status: str
    taker_order_id: str
    trader_side: str
    owner: str
    maker: str
    condition_id: str
    token_id: str
    side: Side
    outcome: str
    price: Decimal
    size: Decimal
    fee_rate_bps: Decimal = Decimal(0)
    matched_ms: int = 0
    updated_ms: int = 0
    transaction_hash: str = ""
    maker_orders: tuple[MakerOrder, ...] = ()


class _MakerOrder(msgspec.Struct):
    order_id: str
    price: msgspec.Raw
    matched_amount: msgspec.Raw
    asset_id: str
    owner: str | None = None
    maker_address: str | None = None
    side: str | None = None
    outcome: str | None = None
    fee_rate_bps: msgspec.Raw = ABSENT


class _TradeRow(msgspec.Struct):
    id: str
    status: str
    asset_id: str
    side: Side
    price: msgspec.Raw
    size: msgspec.Raw
    taker_order_id: str | None = None
    trader_side: str | None = None
    owner: str | None = None
    maker_address: str | None = None
    market: str | None = None
    outcome: str | None = None
    fee_rate_bps: msgspec.Raw = ABSENT
    match_time: msgspec.Raw = ABSENT
    last_update: msgspec.Raw = ABSENT
    transaction_hash: str | None = None
    maker_orders: list[_MakerOrder] | None = None


class _TradePage(msgspec.Struct):
    data: list[_TradeRow] | None = None
    next_cursor: str | None = None


def decode_trades(body: bytes) -> Page[TradeRow]:
    """Read a page of `GET /data/trades`.

    Raises:
        RemoteProtocolError: It is malformed.
    """
    raw = decode_json(body, _TradePage, "trades")
    return Page(tuple(_trade_of(row) for row in raw.data or ()), raw.next_cursor or "")


def encode_trades(page: Page[TradeRow]) -> bytes:
    """Write a page of `GET /data/trades`."""
    return encode_page([_trade_body(row) for row in page.rows], page.next_cursor)


def _trade_of(raw: _TradeRow) -> TradeRow:
    trade_id = identifier(raw.id, "trade: id")
    what = f"trade {trade_id}"
    return TradeRow(
        trade_id=trade_id,
        status=optional_text(raw.status).upper(),
        taker_order_id=identifier(raw.taker_order_id, f"{what}: taker_order_id")
        if raw.taker_order_id
        else "",
        trader_side=optional_text(raw.trader_side).upper(),
        owner=optional_text(raw.owner),
        maker=optional_text(raw.maker_address),
        condition_id=identifier(raw.market, f"{what}: market") if raw.market else "",
        token_id=identifier(raw.asset_id, f"{what}: asset_id"),
        side=raw.side,
        outcome=optional_text(raw.outcome),
        price=number(raw.price, f"{what}: price"),
        size=number(raw.size, f"{what}: size"),
        fee_rate_bps=number_or_zero(raw.fee_rate_bps, f"{what}: fee_rate_bps"),
        matched_ms=milliseconds(raw.match_time, f"{what}: match_time"),
        updated_ms=milliseconds(raw.last_update, f"{what}: last_update"),
        transaction_hash=optional_text(raw.transaction_hash),
        maker_orders=tuple(_maker_of(row, what) for row in raw.maker_orders or ()),
    )


def _maker_of(raw: _MakerOrder, what: str) -> MakerOrder:
    return MakerOrder(
        order_id=identifier(raw.order_id, f"{what}: maker order_id"),
        owner=optional_text(raw.owner),
        maker=optional_text(raw.maker_address),
        token_id=identifier(raw.asset_id, f"{what}: maker asset_id"),
        side=_SIDES.get((raw.side or "").upper()),
        outcome=optional_text(raw.outcome),
        price=number(raw.price, f"{what}: maker price"),
        matched=number(raw.matched_amount, f"{what}: matched_amount"),
        fee_rate_bps=number_or_zero(raw.fee_rate_bps, f"{what}: maker fee_rate_bps"),
    )


def _trade_body(row: TradeRow) -> dict[str, object]:
    return {
        "id": row.trade_id,
        "taker_order_id": row.taker_order_id,
        "market": row.condition_id,
        "asset_id": row.token_id,
        "side": row.side.value,
        "size": f"{row.size:f}",
        "fee_rate_bps": f"{row.fee_rate_bps:f}",
        "price": f"{row.price:f}",
        "status": row.status,
        "match_time": f"{row.matched_ms // 1000}",
        "last_update": f"{row.updated_ms // 1000}",
        "outcome": row.outcome,
        "bucket_index": 0,
        "owner": row.owner,
        "maker_address": row.maker,
        "transaction_hash": row.transaction_hash,
        "trader_side": row.trader_side,
        "maker_orders": [_maker_body(maker) for maker in row.maker_orders],
    }


def _maker_body(row: MakerOrder) -> dict[str, object]:
    return {
        "order_id": row.order_id,
        "owner": row.owner,
        "maker_address": row.maker,
        "matched_amount": f"{row.matched:f}",
        "price": f"{row.price:f}",
        "fee_rate_bps": f"{row.fee_rate_bps:f}",
        "asset_id": row.token_id,
        "outcome": row.outcome,
        "side": row.side.value if row.side else "",
    }
