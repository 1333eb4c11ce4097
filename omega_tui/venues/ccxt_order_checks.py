"""Whether an order keeps the rules of its venue, and whether the exchange library would leave it as it is.

Nothing is rounded here. The library cuts sizes and rounds prices in silence, and checks no limits by itself
(fact sheet, section 4).
"""

from typing import Final

from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.orders import OrderRequest
from omega_tui.errors import OrderRefused, VenueRefused
from omega_tui.protocol.ccxt.instruments import amount_of, symbol_of
from omega_tui.protocol.ccxt.values import number_of
from omega_tui.venues.ccxt_intents import Call
from omega_tui.venues.ccxt_session import CcxtSession

NO_CLIENT_ID: Final = frozenset({"upbit", "bitstamp"})
"""Exchanges that carry no id of ours: an order could not be found again."""


def checked(session: CcxtSession, request: OrderRequest) -> Instrument:
    """Return the instrument of a request that keeps its rules. Nothing is rounded here.

    Raises:
        OrderRefused: It does not.
    """
    try:
        instrument = session.instrument(request.instrument)
    except VenueRefused as error:
        raise OrderRefused("INSTRUMENT", f"{error}.") from error
    name = instrument.name
    if not instrument.active:
        raise OrderRefused("INSTRUMENT", f"{name} takes no orders now.")
    if not request.client_order_id or session.exchange_id in NO_CLIENT_ID:
        raise OrderRefused("CLIENT_ID", f"An order without an id of ours is never sent to {session.venue}.")
    for what, price in (("price", request.price), ("trigger price", request.trigger_price)):
        if price is not None and price and not instrument.is_on_tick(price):
            raise OrderRefused(
                "TICK",
                f"{name}: the {what} {price} is not a multiple of the tick {instrument.tick_size}.",
            )
    if request.size <= 0 or not instrument.is_on_lot(request.size):
        raise OrderRefused(
            "LOT", f"{name}: the size {request.size} is not a multiple of the lot {instrument.lot_size}."
        )
    if request.size < instrument.min_size:
        raise OrderRefused("MIN_SIZE", f"{name}: the size is below the least one, {instrument.min_size}.")
    _check_limits(session, request, instrument)
    return instrument


def check_untouched(session: CcxtSession, call: Call, instrument: Instrument) -> None:
    """Refuse an order whose numbers the library would move on their way.

    Some venues round prices to significant digits, which no tick tells; the library does it in silence.
    """
    exchange = session.data
    numbers = [
        ("LOT", "size", call.amount, exchange.amount_to_precision),
        ("TICK", "price", call.price, exchange.price_to_precision),
        ("TICK", "trigger price", call.params.get("triggerPrice"), exchange.price_to_precision),
    ]
    for code, what, given, through in numbers:
        if given is None:
            continue
        sent = number_of(through(call.symbol, given))
        if sent != number_of(given):
            text = f"{instrument.name}: the {what} would leave as {sent}, and not as {given}: change it."
            raise OrderRefused(code, text)


def _check_limits(session: CcxtSession, request: OrderRequest, instrument: Instrument) -> None:
    """Check what the library does not check by itself (fact sheet, section 4)."""
    price = request.price or request.trigger_price
    if price is None or not price:
        return
    notional = price * request.size
    if instrument.kind is not InstrumentKind.INVERSE and notional < instrument.min_notional:
        raise OrderRefused(
            "MIN_NOTIONAL",
            f"{instrument.name}: {notional} {instrument.quote} is below the least cost of an order, "
            f"{instrument.min_notional}.",
        )
    limits = session.data.market(symbol_of(instrument.id)).get("limits") or {}
    for what, value in (("price", price), ("amount", amount_of(request.size, instrument))):
        bounds = limits.get(what) or {}
        most = number_of(bounds.get("max"))
        if most and value > most:
            raise OrderRefused(f"MAX_{what.upper()}", f"{instrument.name}: {value} is above {most}.")
