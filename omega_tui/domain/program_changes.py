"""Programs as the trader handles them: what of one is in the market, and what a moved part makes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from msgspec.structs import replace as changed

from omega_tui.domain.commands import CancelOrders
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.orders import Order, OrderRequest
from omega_tui.domain.own_orders import orders_met
from omega_tui.domain.program_cover import without_room
from omega_tui.domain.program_scene import traded_of, working
from omega_tui.domain.programs import (
    Amend,
    Bracket,
    Chase,
    Close,
    Oco,
    Role,
    Scale,
    Spec,
    Stop,
    Twap,
    side_of,
)


def adds_risk(spec: Spec, orders: Sequence[Order]) -> bool:
    """Whether what a program would still send may make a position larger.

    A bracket whose entry has left only gets out from then on.
    """
    match spec:
        case Bracket():
            return not any(order.request.role == Role.ENTRY for order in orders)
        case Oco():
            return not spec.either.reduce_only
        case Stop(order=order) | Amend(order=order) | Close(order=order):
            return not order.reduce_only
        case Scale(orders=legs):
            sent = {order.request.role for order in orders}
            return any(f"{Role.ENTRY} {number}" not in sent for number in range(1, len(legs) + 1))
        case Chase(reduce_only=reduce_only) | Twap(reduce_only=reduce_only):
            return not reduce_only


def in_the_way(
    spec: Close, orders: Iterable[Order], instrument: Instrument, held: Decimal
) -> tuple[Order, ...]:
    """Return the orders that a close cancels first: what it would meet, and what would close as well.

    Args:
        spec: What closes.
        orders: That work.
        instrument: What is closed.
        held: The position, positive for long.
    """
    found = list(orders)
    met = orders_met(spec.order, found, instrument.complement_id)
    if not spec.clears:
        offering = without_room(spec.order, found, held, instrument)
        return tuple(one for one in found if one in met or one in offering)
    where = (spec.instrument, spec.order.side)
    return tuple(one for one in found if one in met or (one.request.instrument, one.request.side) == where)


def waiting_ways(spec: Spec, program: str, orders: Sequence[Order]) -> tuple[OrderRequest, ...]:
    """Return the ways out of a program that have no order in the market, in the size that they now have."""
    match spec:
        case Stop(order=stop):
            ways: tuple[tuple[Role, OrderRequest | None], ...] = ((Role.STOP, stop),)
            need = stop.size - traded_of(orders)
        case Oco(take=take, stop=stop):
            ways = ((Role.TAKE, take), (Role.STOP, stop))
            need = spec.either.size - traded_of(orders)
        case Bracket(take=take, stop=stop):
            ways = ((Role.TAKE, take), (Role.STOP, stop))
            entered = traded_of(order for order in orders if order.request.role == Role.ENTRY)
            left = traded_of(order for order in orders if order.request.role != Role.ENTRY)
            need = (entered or spec.entry.size) - left
        case _:
            return ()
    there = {order.request.role for order in working(orders)}
    return tuple(
        replace(way, size=need, program=program, role=role)
        for role, way in ways
        if way is not None and role not in there and need > ZERO
    )


def progress_of(spec: Spec, orders: Sequence[Order]) -> tuple[Decimal, Decimal | None]:
    """Return what a program has traded towards its size and at which average; of a bracket its entry."""
    counted = [order for order in orders if not isinstance(spec, Bracket) or order.request.role == Role.ENTRY]
    filled = sum((order.filled for order in counted), ZERO)
    value = sum((order.filled * order.average_price for order in counted if order.average_price), ZERO)
    return filled, value / filled if filled else None


def outstanding(spec: Spec, orders: Sequence[Order], held: Iterable[OrderRequest]) -> list[OrderRequest]:
    """Return every order of a program that is in the market or waits to be: what a cancel may mean."""
    found = [order.request for order in working(orders)]
    found += held
    if isinstance(spec, Scale):
        sent = {order.request.role for order in orders}
        named = {f"{Role.ENTRY} {number}": order for number, order in enumerate(spec.orders, 1)}
        found += [replace(order, role=role) for role, order in named.items() if role not in sent]
    return found


def is_canceled_by(spec: Spec, outstanding_now: list[OrderRequest], command: CancelOrders) -> bool:
    """Whether a cancel of orders means the whole program: everything of it matches, or it has nothing."""
    if command.venue not in {None, spec.venue} or command.instrument not in {None, spec.instrument}:
        return False
    if not outstanding_now:
        return command.price is None and command.side in {None, side_of(spec)}
    return all(matches(request, command) for request in outstanding_now)


def matches(request: OrderRequest, command: CancelOrders) -> bool:
    """Whether a cancel of orders means this one; a stop is where its trigger is."""
    return (
        command.instrument in {None, request.instrument}
        and command.side in {None, request.side}
        and command.price in {None, request.stands_at}
        and not (command.spare_protective and request.is_protective)
    )


def without(spec: Spec, role: str) -> Spec | None:
    """Return a program without one of its two ways out; None where nothing would be left of it to do."""
    if not isinstance(spec, Oco | Bracket) or role not in {Role.TAKE, Role.STOP}:
        return None
    left = changed(spec, **{str(role): None})
    return left if left.take is not None or left.stop is not None else None


def moved(  # noqa: PLR0911 - one answer per kind
    spec: Spec, role: str, price: Decimal
) -> Spec | None:
    """Return a program with one of its orders at another price; None where it has no such order.

    A stop moves by its trigger, and a stop-limit's limit moves with it by as much. A chase and a TWAP have
    one price to move, their limit.
    """
    match spec:
        case Chase() | Twap():
            return changed(spec, limit_price=price)
        case Stop(order=order) if role == Role.STOP:
            return changed(spec, order=moved_order(order, price))
        case Oco() | Bracket() if role in {Role.TAKE, Role.STOP, Role.ENTRY}:
            way: OrderRequest | None = getattr(spec, role, None)
            if way is None:
                return None
            values: dict[str, Any] = {str(role): moved_order(way, price)}
            return changed(spec, **values)
        case Scale(orders=orders):
            number = role.removeprefix(f"{Role.ENTRY} ")
            at = int(number) - 1 if number.isdecimal() else -1
            if not 0 <= at < len(orders):
                return None
            return changed(spec, orders=(*orders[:at], moved_order(orders[at], price), *orders[at + 1 :]))
        case _:
            return None


def moved_order(order: OrderRequest, price: Decimal) -> OrderRequest:
    """Return an order at another price; a stop by its trigger, and its limit by as much."""
    if order.trigger_price is None:
        return replace(order, price=price)
    return replace(order, trigger_price=price, price=order.price + price - order.trigger_price)
