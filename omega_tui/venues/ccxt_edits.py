"""Changing an order that rests: which venue does it in one step, and under which id the order then lives.

As with placing, nothing is sent that is not in the table, and every row is proven on the request that leaves
the real library. Elsewhere a change is a proven cancel and then a new order (order safety, section 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.protocol.ccxt.client_id import encode_client_id
from omega_tui.protocol.ccxt.instruments import amount_of, symbol_of
from omega_tui.protocol.ccxt.values import number_for_ccxt
from omega_tui.venues.ccxt_intents import intent_of
from omega_tui.venues.ccxt_shapes import LINEAR, SPOT, Intent


@dataclass(frozen=True, slots=True)
class Edit:
    """How a change is put to the library, and what must then be seen leaving it.

    Attributes:
        path: Path of the request that leaves.
        price: Field of the new price.
        size: Field of the new size.
        order_id: Field of the venue's id of the order.
        new_id: Parameter for our id of the order that takes its place, and the field of it; empty where the
            order stays the same one and keeps its id. Only then is the size the whole one, what was filled
            before included, so that a fill on the way cannot make it trade more.
        keeps_all: Whether the request names price and size alone, so that an order stays post-only or
            reduce-only.
        receipt: Field of the venue's answer that proves that it took the change, where the answer does not
            name the order.
    """

    path: str
    price: str
    size: str
    order_id: str
    new_id: str = ""
    keeps_all: bool = False
    receipt: str = ""


class EditCall(msgspec.Struct, frozen=True):
    """A call of `edit_order`, journaled as these bytes."""

    id: str
    symbol: str
    type: str
    side: str
    amount: float
    price: float
    params: dict[str, Any]


EDITS: Final[Mapping[tuple[str, InstrumentKind], Edit]] = {
    ("bitget", SPOT): Edit(
        "/api/v2/spot/trade/cancel-replace-order", "price", "size", "orderId", "newClientOid"
    ),
    ("bitget", LINEAR): Edit(
        "/api/v2/mix/order/modify-order", "newPrice", "newSize", "orderId", "newClientOid"
    ),
    ("binance", SPOT): Edit(
        "/api/v3/order/cancelReplace", "price", "quantity", "cancelOrderId", "newClientOrderId"
    ),
    ("okx", SPOT): Edit("/api/v5/trade/amend-order", "newPx", "newSz", "ordId", keeps_all=True),
    ("okx", LINEAR): Edit("/api/v5/trade/amend-order", "newPx", "newSz", "ordId", keeps_all=True),
    ("bybit", SPOT): Edit("/v5/order/amend", "price", "qty", "orderId", keeps_all=True),
    ("bybit", LINEAR): Edit("/v5/order/amend", "price", "qty", "orderId", keeps_all=True),
    ("kraken", SPOT): Edit("/0/private/AmendOrder", "limit_price", "order_qty", "txid", receipt="amend_id"),
}
"""binance's futures are not here: their change is a PUT, which the transport may send twice."""


def edit_of(exchange_id: str, kind: InstrumentKind) -> Edit:
    """Return how an exchange changes an order in one step.

    Raises:
        OrderRefused: It does not, or it was not seen doing so.
    """
    edit = EDITS.get((exchange_id, kind))
    if edit is None:
        raise OrderRefused(
            "INTENT",
            f"{exchange_id} cannot change a {kind.value.lower()} order in one step: cancel it, order anew.",
        )
    return edit


def edits_in_place(request: OrderRequest, kind: InstrumentKind, exchange_id: str) -> bool:
    """Return whether an exchange changes such an order in one step and keeps its id."""
    edit = EDITS.get((exchange_id, kind))
    return edit is not None and not edit.new_id and _stays(request, edit)


def amends_in_place(kind: InstrumentKind, exchange_id: str) -> bool:
    """Return whether an exchange does so with plain limit orders of such instruments."""
    edit = EDITS.get((exchange_id, kind))
    return edit is not None and not edit.new_id


def _stays(request: OrderRequest, edit: Edit) -> bool:
    """Whether a change leaves everything of an order but price and size as it is."""
    intent = intent_of(request)
    if edit.keeps_all:
        return intent in {Intent.LIMIT, Intent.POST_ONLY}
    return intent is Intent.LIMIT and not request.reduce_only


def edit_call_of(
    venue_order_id: str, request: OrderRequest, instrument: Instrument, exchange_id: str
) -> EditCall:
    """Return the call that gives an order the price and size of `request`.

    Raises:
        OrderRefused: The venue has no row, the order is no plain limit order, or a number does not survive.
    """
    edit = edit_of(exchange_id, instrument.kind)
    if not _stays(request, edit):
        raise OrderRefused("INTENT", "Only a plain limit order can be changed in one step.")
    try:
        amount, price = number_for_ccxt(amount_of(request.size, instrument)), number_for_ccxt(request.price)
    except ValueError as error:
        raise OrderRefused("NUMBER", f"{instrument.name}: {error}.") from error
    params = {edit.new_id: encode_client_id(request.client_order_id, exchange_id)} if edit.new_id else {}
    side = "buy" if request.side is Side.BUY else "sell"
    return EditCall(venue_order_id, symbol_of(instrument.id), "limit", side, amount, price, params)
