"""Which order intent leaves the exchange library as what, per venue: the conformance table.

The library's own `features` cannot be trusted: at kraken, mexc, bitstamp and others a market order with a
trigger price leaves as a plain market order (fact sheet, section 4). So nothing is sent that is not in this
table, and every row of it is proven by a test that looks at the request which leaves the real library.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.protocol.ccxt_client_id import encode_client_id
from omega_tui.protocol.ccxt_mapping import amount_of, number_for_ccxt, symbol_of

SPOT: Final = InstrumentKind.SPOT
LINEAR: Final = InstrumentKind.LINEAR


class Intent(StrEnum):
    """What a trader means by an order."""

    LIMIT = "limit"
    MARKET = "market"
    POST_ONLY = "post-only"
    IOC = "immediate-or-cancel"
    FOK = "fill-or-kill"
    STOP = "stop"
    STOP_LIMIT = "stop-limit"


@dataclass(frozen=True, slots=True)
class Shape:
    """How an intent is put to the library, and what must then be seen leaving it.

    Attributes:
        kind: `limit` or `market`, the library's type.
        path: Path of the request that leaves.
        wire: Fields that it must carry; a value of None means that the field must be there, whatever it says.
        params: Fixed parameters for the library.
        trigger: Name of the parameter for the trigger price; empty for orders without one.
        direction: Whether the library must be told on which side of the market the trigger lies.
        sell_only: Whether a buy would be counted in quote units, and so would not be what was asked for.
        client_id: Name of the parameter for our order id.
        client_id_field: Name of the field in which it must leave.
    """

    kind: str
    path: str
    wire: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    trigger: str = ""
    direction: bool = False
    sell_only: bool = False
    client_id: str = "clientOrderId"
    client_id_field: str = "clientOrderId"


Key = tuple[str, InstrumentKind, Intent, bool]
"""Exchange, kind of instrument, intent, reduce-only."""


class Call(msgspec.Struct, frozen=True):
    """A call of `create_order`: it is journaled as these bytes, and these bytes are what is then called."""

    symbol: str
    type: str
    side: str
    amount: float
    price: float | None
    params: dict[str, Any]


def intent_of(request: OrderRequest) -> Intent:
    """Return what an order means.

    A market order with a worst price is an immediate-or-cancel limit order at that price: no venue keeps a
    worst price for a plain market order, and one without it may fill anywhere. A plain one has a price of 0.

    Raises:
        OrderRefused: The parts contradict each other.
    """
    is_market = request.order_type is OrderType.MARKET
    if request.trigger_price is not None:
        if request.post_only or request.time_in_force is not TimeInForce.GTC:
            raise OrderRefused("INTENT", "A stop cannot be post-only, immediate or fill-or-kill as well.")
        return Intent.STOP if is_market else Intent.STOP_LIMIT
    if request.post_only:
        if is_market or request.time_in_force is not TimeInForce.GTC:
            raise OrderRefused("INTENT", "A post-only order must be a limit order that rests.")
        return Intent.POST_ONLY
    if request.time_in_force is TimeInForce.GTD:
        raise OrderRefused("INTENT", "Orders that end at a given time are not offered on exchanges here.")
    if request.time_in_force is TimeInForce.FOK:
        return Intent.FOK
    if is_market:
        return Intent.IOC if request.price else Intent.MARKET
    return Intent.IOC if request.time_in_force is TimeInForce.IOC else Intent.LIMIT


def call_of(request: OrderRequest, instrument: Instrument, exchange_id: str) -> Call:
    """Return the call that places an order.

    Raises:
        OrderRefused: The venue's row is missing, or a number does not survive the way through the library.
    """
    intent = intent_of(request)
    shape = shape_of(exchange_id, instrument.kind, intent, reduce_only=request.reduce_only)
    if shape.sell_only and request.side is Side.BUY:
        raise OrderRefused(
            "INTENT",
            f"Not sent to {exchange_id}: {intent} buys of {instrument.name} are counted in "
            f"{instrument.quote} there, and not in {instrument.base}.",
        )
    params: dict[str, Any] = dict(shape.params)
    params[shape.client_id] = encode_client_id(request.client_order_id, exchange_id)
    if request.reduce_only:
        params["reduceOnly"] = True
    try:
        amount = number_for_ccxt(amount_of(request.size, instrument))
        price = number_for_ccxt(request.price) if shape.kind == "limit" else None
        if request.trigger_price is not None:
            params[shape.trigger] = number_for_ccxt(request.trigger_price)
    except ValueError as error:
        raise OrderRefused("NUMBER", f"{instrument.name}: {error}.") from error
    if shape.direction:
        # A stop buys when the price has risen and sells when it has fallen.
        params["triggerDirection"] = "ascending" if request.side is Side.BUY else "descending"
    side = "buy" if request.side is Side.BUY else "sell"
    return Call(symbol_of(instrument.id), shape.kind, side, amount, price, params)


def shape_of(exchange_id: str, kind: InstrumentKind, intent: Intent, *, reduce_only: bool) -> Shape:
    """Return the row of an intent.

    Raises:
        OrderRefused: There is none; the message names what is missing.
    """
    shape = TABLE.get((exchange_id, kind, intent, reduce_only))
    if shape is not None:
        return shape
    what = f"{'reduce-only ' if reduce_only else ''}{intent} orders"
    if not any(key[0] == exchange_id for key in TABLE):
        why = f"no order at {exchange_id} has been seen leaving the exchange library as what it should be"
    else:
        why = f"{what} for {kind.value.lower()} instruments have not been seen leaving as what they should be"
    raise OrderRefused("INTENT", f"Not sent to {exchange_id}: {why}.")


def offered(exchange_id: str) -> tuple[Key, ...]:
    """Return the rows of an exchange, for `doctor`."""
    return tuple(key for key in TABLE if key[0] == exchange_id)


# ----------------------------------------------------------------------------------------------- the table


def _bitget() -> dict[Key, Shape]:
    rows: dict[Key, Shape] = {}
    places: dict[InstrumentKind, tuple[str, str, dict[str, str]]] = {
        SPOT: ("/api/v2/spot/trade/place-order", "/api/v2/spot/trade/place-plan-order", {}),
        LINEAR: (
            "/api/v2/mix/order/place-order",
            "/api/v2/mix/order/place-plan-order",
            {"productType": "USDT-FUTURES", "marginMode": "crossed"},
        ),
    }
    for kind, (plain, plan, always) in places.items():
        stop = {"planType": "amount" if kind is SPOT else "normal_plan", "triggerPrice": None} | always
        for intent, force in (
            (Intent.LIMIT, "GTC"),
            (Intent.POST_ONLY, "post_only"),
            (Intent.IOC, "IOC"),
            (Intent.FOK, "FOK"),
        ):
            wire = {"orderType": "limit", "force": force, "price": None} | always
            rows["bitget", kind, intent, False] = Shape(
                "limit", plain, wire, _force_of(intent), client_id_field="clientOid"
            )
        rows["bitget", kind, Intent.STOP_LIMIT, False] = Shape(
            "limit",
            plan,
            {"orderType": "limit", "price": None, "executePrice": None} | stop,
            trigger="triggerPrice",
            client_id_field="clientOid",
        )
        rows["bitget", kind, Intent.STOP, False] = Shape(
            "market",
            plan,
            {"orderType": "market"} | stop,
            trigger="triggerPrice",
            sell_only=kind is SPOT,
            client_id_field="clientOid",
        )
        rows["bitget", kind, Intent.MARKET, False] = Shape(
            "market",
            plain,
            {"orderType": "market"} | always,
            sell_only=kind is SPOT,
            client_id_field="clientOid",
        )
    return rows | _reducing(rows, LINEAR, {"reduceOnly": "YES"})


def _binance(exchange_id: str, kinds: tuple[InstrumentKind, ...]) -> dict[Key, Shape]:
    rows: dict[Key, Shape] = {}
    for kind in kinds:
        path = "/api/v3/order" if kind is SPOT else "/fapi/v1/order"
        post_only = {"type": "LIMIT_MAKER"} if kind is SPOT else {"type": "LIMIT", "timeInForce": "GTX"}
        name = "newClientOrderId"
        for intent, wire in (
            (Intent.LIMIT, {"type": "LIMIT", "timeInForce": "GTC"}),
            (Intent.POST_ONLY, post_only),
            (Intent.IOC, {"type": "LIMIT", "timeInForce": "IOC"}),
            (Intent.FOK, {"type": "LIMIT", "timeInForce": "FOK"}),
        ):
            rows[exchange_id, kind, intent, False] = Shape(
                "limit", path, wire | {"price": None}, _force_of(intent), client_id_field=name
            )
        rows[exchange_id, kind, Intent.MARKET, False] = Shape(
            "market", path, {"type": "MARKET", "quantity": None}, client_id_field=name
        )
        stop, stop_limit = (
            ({"type": "STOP_LOSS", "stopPrice": None}, {"type": "STOP_LOSS_LIMIT", "stopPrice": None})
            if kind is SPOT
            else ({"type": "STOP_MARKET", "triggerPrice": None}, {"type": "STOP", "triggerPrice": None})
        )
        if kind is LINEAR:
            path, name = "/fapi/v1/algoOrder", "clientAlgoId"
        rows[exchange_id, kind, Intent.STOP, False] = Shape(
            "market", path, stop, trigger="triggerPrice", client_id_field=name
        )
        rows[exchange_id, kind, Intent.STOP_LIMIT, False] = Shape(
            "limit", path, stop_limit | {"price": None}, trigger="triggerPrice", client_id_field=name
        )
    return rows | _reducing(rows, LINEAR, {"reduceOnly": "true"})


def _okx() -> dict[Key, Shape]:
    rows: dict[Key, Shape] = {}
    for kind in (SPOT, LINEAR):
        mode = {"tdMode": "cash" if kind is SPOT else "cross"}
        for intent, name in (
            (Intent.LIMIT, "limit"),
            (Intent.POST_ONLY, "post_only"),
            (Intent.IOC, "ioc"),
            (Intent.FOK, "fok"),
        ):
            rows["okx", kind, intent, False] = Shape(
                "limit",
                "/api/v5/trade/batch-orders",
                {"ordType": name, "px": None} | mode,
                _force_of(intent),
                client_id_field="clOrdId",
            )
        rows["okx", kind, Intent.MARKET, False] = Shape(
            "market", "/api/v5/trade/batch-orders", {"ordType": "market"} | mode, client_id_field="clOrdId"
        )
        for intent, type_, price in ((Intent.STOP, "market", "-1"), (Intent.STOP_LIMIT, "limit", None)):
            # The library would send our id as `clOrdId`, which this request does not have.
            rows["okx", kind, intent, False] = Shape(
                type_,
                "/api/v5/trade/order-algo",
                {"ordType": "trigger", "triggerPx": None, "orderPx": price} | mode,
                trigger="triggerPrice",
                client_id="algoClOrdId",
                client_id_field="algoClOrdId",
            )
    return rows | _reducing(rows, LINEAR, {"reduceOnly": True})


def _bybit() -> dict[Key, Shape]:
    rows: dict[Key, Shape] = {}
    for kind in (SPOT, LINEAR):
        category = {"category": "spot" if kind is SPOT else "linear"}
        for intent, force in (
            (Intent.LIMIT, {}),
            (Intent.POST_ONLY, {"timeInForce": "PostOnly"}),
            (Intent.IOC, {"timeInForce": "IOC"}),
            (Intent.FOK, {"timeInForce": "FOK"}),
        ):
            rows["bybit", kind, intent, False] = Shape(
                "limit",
                "/v5/order/create",
                {"orderType": "Limit", "price": None} | force | category,
                _force_of(intent),
                client_id_field="orderLinkId",
            )
        filter_ = {"orderFilter": "StopOrder"} if kind is SPOT else {"triggerDirection": None}
        for intent, type_ in ((Intent.STOP, "market"), (Intent.STOP_LIMIT, "limit")):
            rows["bybit", kind, intent, False] = Shape(
                type_,
                "/v5/order/create",
                {"orderType": type_.capitalize(), "triggerPrice": None} | filter_ | category,
                trigger="triggerPrice",
                direction=kind is LINEAR,
                client_id_field="orderLinkId",
            )
    rows["bybit", LINEAR, Intent.MARKET, False] = Shape(
        "market",
        "/v5/order/create",
        {"orderType": "Market", "category": "linear"},
        client_id_field="orderLinkId",
    )
    return rows | _reducing(rows, LINEAR, {"reduceOnly": True})


def _kraken() -> dict[Key, Shape]:
    def row(type_: str, wire: Mapping[str, Any], params: Mapping[str, Any], trigger: str = "") -> Shape:
        return Shape(type_, "/0/private/AddOrder", wire, params, trigger=trigger, client_id_field="cl_ord_id")

    limit = {"ordertype": "limit", "price": None}
    shapes = {
        Intent.LIMIT: row("limit", limit, {}),
        Intent.POST_ONLY: row("limit", limit | {"oflags": "post"}, {"postOnly": True}),
        Intent.IOC: row("limit", limit | {"timeinforce": "IOC"}, {"timeInForce": "IOC"}),
        Intent.FOK: row("limit", limit | {"timeinforce": "FOK"}, {"timeInForce": "FOK"}),
        Intent.MARKET: row("market", {"ordertype": "market"}, {}),
        # With `triggerPrice` these two leave as plain market and limit orders; with this name they do not.
        Intent.STOP: row("market", {"ordertype": "stop-loss", "price": None}, {}, "stopLossPrice"),
        Intent.STOP_LIMIT: row(
            "limit", {"ordertype": "stop-loss-limit", "price": None, "price2": None}, {}, "stopLossPrice"
        ),
    }
    return {("kraken", SPOT, intent, False): shape for intent, shape in shapes.items()}


def _force_of(intent: Intent) -> dict[str, Any]:
    if intent is Intent.POST_ONLY:
        return {"postOnly": True}
    return {"timeInForce": intent.name} if intent in {Intent.IOC, Intent.FOK} else {}


def _reducing(rows: Mapping[Key, Shape], kind: InstrumentKind, wire: Mapping[str, Any]) -> dict[Key, Shape]:
    """Return the reduce-only rows that belong to the plain ones: each is proven on its own."""
    return {
        (exchange_id, of_kind, intent, True): Shape(
            shape.kind,
            shape.path,
            dict(shape.wire) | dict(wire),
            shape.params,
            shape.trigger,
            shape.direction,
            shape.sell_only,
            shape.client_id,
            shape.client_id_field,
        )
        for (exchange_id, of_kind, intent, _), shape in rows.items()
        if of_kind is kind
    }


TABLE: Final[Mapping[Key, Shape]] = {
    **_bitget(),
    **_binance("binance", (SPOT, LINEAR)),
    **_binance("binanceusdm", (LINEAR,)),
    **_okx(),
    **_bybit(),
    **_kraken(),
}
"""All that may leave. Tested row by row against the real library."""

CANCEL_BY_CLIENT_ID: Final[Mapping[str, tuple[str, str]]] = {
    "bitget": ("clientOrderId", "clientOid"),
    "binance": ("clientOrderId", "origClientOrderId"),
    "binanceusdm": ("clientOrderId", "origClientOrderId"),
    "okx": ("clientOrderId", "clOrdId"),
    "kraken": ("clientOrderId", "cl_ord_id"),
    "bybit": ("orderLinkId", "orderLinkId"),  # `clientOrderId` would leave as it is, and mean nothing there.
}
"""Parameter for the library, and the field in which our id must leave with a cancel."""

FETCH_BY_CLIENT_ID: Final[Mapping[str, tuple[str, str]]] = {
    "bitget": ("clientOrderId", "clientOid"),
    "binance": ("clientOrderId", "origClientOrderId"),
    "binanceusdm": ("clientOrderId", "origClientOrderId"),
    "okx": ("clientOrderId", "clOrdId"),
}
"""Likewise with a question for one order. Others are looked up among open and recent orders."""

CANCEL_ALL_OF_SYMBOL: Final[frozenset[str]] = frozenset({"bitget", "binance", "binanceusdm", "bybit"})
"""Where a cancel of everything of one instrument is that. kraken's would cancel every instrument's."""

LATENESS_S: Final[Mapping[str, float]] = {"binance": 13.0, "binanceusdm": 13.0, "bybit": 8.0}
"""Signed receive windows (10 s and 5 s as the library signs them) with a second for the skew and two more."""

DEFAULT_LATENESS_S: Final = 60.0
"""Elsewhere (order safety, section 5.3)."""
