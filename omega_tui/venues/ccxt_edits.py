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
from omega_tui.protocol.ccxt_client_id import encode_client_id
from omega_tui.protocol.ccxt_mapping import amount_of, number_for_ccxt, symbol_of
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
            order stays the same one and keeps its id.
    """

    path: str
    price: str
    size: str
    order_id: str
    new_id: str = ""


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
    ("okx", SPOT): Edit("/api/v5/trade/amend-order", "newPx", "newSz", "ordId"),
    ("okx", LINEAR): Edit("/api/v5/trade/amend-order", "newPx", "newSz", "ordId"),
    ("bybit", SPOT): Edit("/v5/order/amend", "price", "qty", "orderId"),
    ("bybit", LINEAR): Edit("/v5/order/amend", "price", "qty", "orderId"),
    ("kraken", SPOT): Edit("/0/private/AmendOrder", "limit_price", "order_qty", "txid"),
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


def edit_call_of(
    venue_order_id: str, request: OrderRequest, instrument: Instrument, exchange_id: str
) -> EditCall:
    """Return the call that gives an order the price and size of `request`.

    Raises:
        OrderRefused: The venue has no row, the order is no plain limit order, or a number does not survive.
    """
    edit = edit_of(exchange_id, instrument.kind)
    if intent_of(request) is not Intent.LIMIT or request.reduce_only:
        raise OrderRefused("INTENT", "Only a plain limit order can be changed in one step.")
    try:
        amount, price = number_for_ccxt(amount_of(request.size, instrument)), number_for_ccxt(request.price)
    except ValueError as error:
        raise OrderRefused("NUMBER", f"{instrument.name}: {error}.") from error
    params = {edit.new_id: encode_client_id(request.client_order_id, exchange_id)} if edit.new_id else {}
    side = "buy" if request.side is Side.BUY else "sell"
    return EditCall(venue_order_id, symbol_of(instrument.id), "limit", side, amount, price, params)
