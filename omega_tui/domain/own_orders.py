"""Own orders that another order of ours would meet, also across the two outcomes of one market. Pure.

Buying one outcome and buying the other are the two sides of one trade where both prices make up one. A stop
waits outside the book, on either side of it: nobody knows yet what it will meet.
"""

from collections.abc import Iterable
from decimal import Decimal

from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.orders import Order, OrderRequest
from omega_tui.domain.side import Side


def orders_met(request: OrderRequest, orders: Iterable[Order], complement: str | None) -> list[Order]:
    """Return the own orders that an order would meet at its price or a better one.

    Args:
        request: The order.
        orders: That may rest.
        complement: The other outcome of its market; None where there is none.
    """
    if request.trigger_price is not None:
        return []
    return [
        order
        for order in orders
        for met_at in (_met_at(order.request, request.instrument, complement, request.side),)
        if met_at is not None and (request.price - met_at) * request.side.sign >= 0
    ]


def short_of_own(
    furthest: Decimal, touch: Decimal, side: Side, orders: Iterable[Order], instrument: Instrument
) -> Decimal:
    """Return how far an order that takes may go from the far touch without meeting one of ours behind it.

    What would meet an order of ours is refused whole, and a way out of a position must not fail for one that
    rests behind the touch. Where one is at the touch nothing helps but to cancel it: then `furthest` stays.
    """
    price = furthest
    for order in orders:
        met_at = _met_at(order.request, instrument.id, instrument.complement_id, side)
        if met_at is None:
            continue
        if (met_at - touch) * side.sign <= 0:
            return furthest
        if (met_at - price) * side.sign <= 0:
            price = met_at - instrument.tick_size * side.sign
    return price


def _met_at(own: OrderRequest, instrument: str, complement: str | None, side: Side) -> Decimal | None:
    """Return the price at which an order of `side` meets an own one; None where it never does."""
    if own.trigger_price is not None:
        return None
    if own.instrument == instrument and own.side is not side:
        return own.price
    if complement is not None and own.instrument == complement and own.side is side:
        return ONE - own.price
    return None
