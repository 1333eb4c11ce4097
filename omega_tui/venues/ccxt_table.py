"""The conformance table: which order intent leaves the exchange library as what, per venue.

The library's own `features` cannot be trusted: at kraken, mexc, bitstamp and others a market order with a
trigger price leaves as a plain market order (fact sheet, section 4). So nothing is sent that is not in this
table, and every row of it is proven by a test that looks at the request which leaves the real library.
"""

from collections.abc import Mapping
from typing import Any, Final

from omega_tui.domain.instrument import InstrumentKind
from omega_tui.venues.ccxt_shapes import LINEAR, SPOT, Intent, Key, Shape


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
        # The library's own default is the mark. It may stand beyond a trigger that the last price has yet to
        # reach: the venue reads the side off it, and would wait for the price to come back.
        by_last = {"triggerType": "fill_price"}
        plan_type = "amount" if kind is SPOT else "normal_plan"
        stop = {"planType": plan_type, "triggerPrice": None} | by_last | always
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
            by_last,
            trigger="triggerPrice",
            client_id_field="clientOid",
        )
        rows["bitget", kind, Intent.STOP, False] = Shape(
            "market",
            plan,
            {"orderType": "market"} | stop,
            by_last,
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


def _kucoin() -> dict[Key, Shape]:
    # Stops are kept in lists of their own, which nothing here reads; contracts would leave with a leverage of
    # one, whatever was set.
    def row(type_: str, wire: Mapping[str, Any], params: Mapping[str, Any]) -> Shape:
        return Shape(
            type_,
            "/api/v1/orders",
            {"type": type_, "size": None} | dict(wire),
            params,
            client_id_field="clientOid",
        )

    shapes = {
        Intent.LIMIT: row("limit", {"price": None}, {}),
        Intent.POST_ONLY: row("limit", {"price": None, "postOnly": True}, {"postOnly": True}),
        Intent.IOC: row("limit", {"price": None, "timeInForce": "IOC"}, {"timeInForce": "IOC"}),
        Intent.FOK: row("limit", {"price": None, "timeInForce": "FOK"}, {"timeInForce": "FOK"}),
        Intent.MARKET: row("market", {}, {}),
    }
    return {("kucoin", SPOT, intent, False): shape for intent, shape in shapes.items()}


def _gate() -> dict[Key, Shape]:
    # Stops end by themselves after a day, and our id leaves in a field of them that means nothing.
    rows: dict[Key, Shape] = {}
    spot, swap = "/api/v4/spot/orders", "/api/v4/futures/USDT/orders"
    for intent, word in (
        (Intent.LIMIT, ""),
        (Intent.POST_ONLY, "poc"),
        (Intent.IOC, "ioc"),
        (Intent.FOK, "fok"),
    ):
        at_spot = {"type": "limit", "account": "spot", "price": None} | (
            {"time_in_force": word} if word else {}
        )
        of_contracts = {"price": None} | ({"tif": word} if word else {})
        for kind, path, wire in ((SPOT, spot, at_spot), (LINEAR, swap, of_contracts)):
            rows["gate", kind, intent, False] = Shape(
                "limit", path, wire, _force_of(intent), client_id_field="text"
            )
    rows["gate", SPOT, Intent.MARKET, False] = Shape(
        "market",
        spot,
        {"type": "market", "account": "spot", "time_in_force": "ioc"},
        sell_only=True,
        client_id_field="text",
    )
    rows["gate", LINEAR, Intent.MARKET, False] = Shape(
        "market", swap, {"price": "0", "tif": "ioc"}, client_id_field="text"
    )
    return rows | _reducing(rows, LINEAR, {"reduce_only": True})


def _hyperliquid() -> dict[Key, Shape]:
    # It knows no plain market order and no fill-or-kill, though the library sends both words.
    order = "action.orders.0"
    rows = {
        ("hyperliquid", LINEAR, intent, False): Shape(
            "limit",
            "/exchange",
            {"action.type": "order", "action.grouping": "na", f"{order}.t": {"limit": {"tif": word}}}
            | {f"{order}.p": None, f"{order}.s": None, f"{order}.r": False},
            _force_of(intent),
            client_id_field=f"{order}.c",
        )
        for intent, word in ((Intent.LIMIT, "Gtc"), (Intent.POST_ONLY, "Alo"), (Intent.IOC, "Ioc"))
    }
    return rows | _reducing(rows, LINEAR, {f"{order}.r": True})


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
    **_kucoin(),
    **_gate(),
    **_hyperliquid(),
}
"""All that may leave. Tested row by row against the real library."""

CANCEL_BY_CLIENT_ID: Final[Mapping[str, tuple[str, str]]] = {
    "bitget": ("clientOrderId", "clientOid"),
    "binance": ("clientOrderId", "origClientOrderId"),
    "binanceusdm": ("clientOrderId", "origClientOrderId"),
    "okx": ("clientOrderId", "clOrdId"),
    "kraken": ("clientOrderId", "cl_ord_id"),
    "kucoin": ("clientOrderId", ""),
    "hyperliquid": ("clientOrderId", "action.cancels.0.cloid"),
    "bybit": ("orderLinkId", "orderLinkId"),  # `clientOrderId` would leave as it is, and mean nothing there.
}
"""Parameter for the library, and the field in which our id must leave with a cancel; empty: in the path."""

FETCH_BY_CLIENT_ID: Final[Mapping[str, tuple[str, str]]] = {
    "bitget": ("clientOrderId", "clientOid"),
    "binance": ("clientOrderId", "origClientOrderId"),
    "binanceusdm": ("clientOrderId", "origClientOrderId"),
    "okx": ("clientOrderId", "clOrdId"),
    "kucoin": ("clientOrderId", ""),
    "gate": ("clientOrderId", ""),
    "hyperliquid": ("clientOrderId", "oid"),
}
"""Likewise with a question for one order. Others are looked up among open and recent orders."""

CANCEL_ALL_OF_SYMBOL: Final[frozenset[str]] = frozenset(
    {"bitget", "binance", "binanceusdm", "bybit", "kucoin", "gate"}
)
"""Where a cancel of everything of one instrument is that. kraken's would cancel every instrument's."""

LATENESS_S: Final[Mapping[str, float]] = {"binance": 13.0, "binanceusdm": 13.0, "bybit": 8.0}
"""Signed receive windows (10 s and 5 s as the library signs them) with a second for the skew and two more."""

DEFAULT_LATENESS_S: Final = 60.0
"""Elsewhere (order safety, section 5.3)."""
