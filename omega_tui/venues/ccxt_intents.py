"""From an order to the call of the exchange library that places it, or a refusal that names what lacks."""

from typing import Any, Final

import msgspec

from omega_tui.domain.instrument import Instrument, InstrumentKind, StopSupport
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.protocol.ccxt.client_id import encode_client_id
from omega_tui.protocol.ccxt.instruments import amount_of, symbol_of
from omega_tui.protocol.ccxt.values import number_for_ccxt
from omega_tui.venues.ccxt_modes import HEDGED, ISOLATED, ONE_WAY, AccountModes
from omega_tui.venues.ccxt_shapes import LINEAR, SPOT, Intent, Key, Shape
from omega_tui.venues.ccxt_table import TABLE

SAME_ORDER_STOPS: Final = frozenset({("binance", SPOT), ("bybit", LINEAR), ("kraken", SPOT)})
"""Where a stop that fires stays the order that it was.

At binance's futures conditional orders are of a service of their own (`/fapi/v1/algoOrder`) and fire as other
orders; bybit's spot tells another order id of what was triggered; at kraken the order's type changes and its
id stays. At bitget, okx, kucoin and gate the fired order is another one.
"""


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


def call_of(
    request: OrderRequest, instrument: Instrument, exchange_id: str, modes: AccountModes = ONE_WAY
) -> Call:
    """Return the call that places an order.

    Raises:
        OrderRefused: The venue's row is missing, or a number does not survive the way through the library.
    """
    intent = intent_of(request)
    only = _is_only_on_the_wire(request, instrument)
    shape = shape_of(exchange_id, instrument.kind, intent, reduce_only=only)
    if shape.sell_only and request.side is Side.BUY:
        raise OrderRefused(
            "INTENT",
            f"Not sent to {exchange_id}: {intent} buys of {instrument.name} are counted in "
            f"{instrument.quote} there, and not in {instrument.base}.",
        )
    params: dict[str, Any] = dict(shape.params) | _mode_params(exchange_id, intent, modes)
    params[shape.client_id] = encode_client_id(request.client_order_id, exchange_id)
    if only:
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


def _is_only_on_the_wire(request: OrderRequest, instrument: Instrument) -> bool:
    """Return whether the venue must be told that an order only reduces.

    Not at spot: there nothing is sold that is not held, and the venue has no word for it.

    Raises:
        OrderRefused: It buys at spot, where nothing is short that it could reduce.
    """
    if instrument.kind is not InstrumentKind.SPOT:
        return request.reduce_only
    if request.reduce_only and request.side is Side.BUY:
        raise OrderRefused("REDUCE_ONLY", f"{instrument.name} is never short: buying it reduces nothing.")
    return False


def _mode_params(exchange_id: str, intent: Intent, modes: AccountModes) -> dict[str, Any]:
    """Return what an account in hedge mode or an isolated margin add to an order.

    Raises:
        OrderRefused: The venue was not seen taking such orders as what they should be.
    """
    params: dict[str, Any] = {}
    if modes.hedged:
        if exchange_id not in HEDGED or intent in {Intent.STOP, Intent.STOP_LIMIT}:
            raise OrderRefused(
                "INTENT",
                f"Not sent to {exchange_id}: {intent} orders of an account in hedge mode have not been seen "
                "leaving as what they should be. Set it to one-way mode.",
            )
        params["hedged"] = True
    if modes.isolated and exchange_id in ISOLATED:
        params["marginMode"] = "isolated"
    return params


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


def stop_support(exchange_id: str, kind: InstrumentKind) -> StopSupport:
    """Return where a stop of such an instrument waits."""
    if (exchange_id, kind, Intent.STOP, False) not in TABLE:
        return StopSupport.HERE
    return StopSupport.SAME_ORDER if (exchange_id, kind) in SAME_ORDER_STOPS else StopSupport.AT_VENUE


def offered(exchange_id: str) -> tuple[Key, ...]:
    """Return the rows of an exchange, for `doctor`."""
    return tuple(key for key in TABLE if key[0] == exchange_id)
