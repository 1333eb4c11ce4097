"""Own orders beside another order of ours: what it would meet, and what is left of a position for it. Pure.

Buying one outcome and buying the other are the two sides of one trade where both prices make up one. A stop
waits outside the book, on either side of it: nobody knows yet what it will meet.
"""

from collections.abc import Iterable
from decimal import Decimal

from omega_tui.domain.instrument import ONE, ZERO, Instrument
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


def words_met(request: OrderRequest, orders: Iterable[Order], complement: str | None) -> str:
    """Return the sentence that refuses what would meet an own order; empty where it meets none."""
    met = orders_met(request, orders, complement)
    if not met:
        return ""
    first = met[0].request
    where = "" if first.instrument == request.instrument else " in the other outcome"
    return f"It would meet your own order at {first.price}{where}: cancel that first."


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


def only_closes(
    side: Side, size: Decimal, position: Decimal, orders: Iterable[Order], held: Iterable[OrderRequest]
) -> bool:
    """Return whether an order could only make a position smaller, whatever of its side fills before it.

    Args:
        side: Of the order.
        size: Of the order.
        position: Ours, positive for long.
        orders: That may rest in the same instrument.
        held: Orders of programs that wait there for their price. The two ways out of one quantity both count.
    """
    offered = sum((order.remaining for order in orders if order.request.side is side), ZERO)
    offered += sum((request.size for request in held if request.side is side), ZERO)
    return ZERO < size <= position * -side.sign - offered


def _met_at(own: OrderRequest, instrument: str, complement: str | None, side: Side) -> Decimal | None:
    """Return the price at which an order of `side` meets an own one; None where it never does."""
    if own.trigger_price is not None:
        return None
    if own.instrument == instrument and own.side is not side:
        return own.price
    if complement is not None and own.instrument == complement and own.side is side:
        return ONE - own.price
    return None
