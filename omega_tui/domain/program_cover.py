"""How much of a position each way out covers: no more than is left when a part was closed otherwise. Pure.

A part may be closed by hand while a bracket or an OCO covers all of it. Its ways out then shrink to what is
left: before that part is sent where the venue locks what is offered, and in any case afterwards, as a stop
over more than is held would be refused when it is needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.instrument import ZERO, Instrument, InstrumentKind
from omega_tui.domain.orders import Order, OrderRequest
from omega_tui.domain.program_scene import traded_of
from omega_tui.domain.programs import Bracket, Close, Oco, Role, Spec, Stop, size_of
from omega_tui.domain.side import Side


class Part(Struct, frozen=True):
    """A program that works, with everything that it has sent."""

    program: str
    spec: Spec
    orders: tuple[Order, ...]


def cover_of(program: str, parts: Iterable[Part], held: Decimal | None) -> Decimal | None:
    """Return the most that the ways out of a program may cover; None for no bound.

    The oldest program is served first. Where nothing is held any more, nothing is to be covered; but a
    bracket of which nothing was left again may have been told of its entry before the position.

    Args:
        program: Its id.
        parts: All programs of its venue that are not over, the oldest first.
        held: The position in its instrument, positive for long; None while none was told.
    """
    all_parts = list(parts)
    mine = next((one for one in all_parts if one.program == program), None)
    way = None if mine is None else _way(mine.spec)
    if way is None or mine is None or held is None:
        return None
    covered = max(ZERO, -held * way.side.sign)
    if not covered and (not isinstance(mine.spec, Bracket) or _left_again(mine)):
        return ZERO
    left = covered - closing(all_parts, way.instrument, way.side)
    for one in all_parts:
        if left <= ZERO or one.program == program:
            break
        other = _way(one.spec)
        if other is not None and (other.instrument, other.side) == (way.instrument, way.side):
            left -= min(left, _need(one))
    return left if left > ZERO else None


def way_in_size(part: Part, role: str, cover: Decimal | None) -> OrderRequest | None:
    """Return a way out as large as it is to be now; None for another order, or while nothing is to be closed.

    Args:
        part: The program.
        role: Which of its orders.
        cover: The most that it may cover; None for no bound.
    """
    spec = part.spec
    way: OrderRequest | None = None
    if isinstance(spec, Oco | Bracket) and role in {Role.TAKE, Role.STOP}:
        way = getattr(spec, role)
    elif isinstance(spec, Stop) and role == Role.STOP:
        way = spec.order
    need = _need(part) if cover is None else min(_need(part), cover)
    return replace(way, size=need, program=part.program, role=role) if way is not None and need else None


def size_now(part: Part, cover: Decimal | None) -> Decimal:
    """Return what a program is to trade in all as things are: ways out no more than they still cover.

    A bracket counts its entry.

    Args:
        part: The program.
        cover: The most that it may cover; None for no bound.
    """
    whole = size_of(part.spec)
    if cover is None or isinstance(part.spec, Bracket) or _way(part.spec) is None:
        return whole
    return min(whole, traded_of(part.orders) + cover)


def closing(parts: Iterable[Part], instrument: str, side: Side) -> Decimal:
    """Return what partial closes of a position still have to close."""
    return sum(
        (
            max(ZERO, one.spec.order.size - sum((order.filled for order in one.orders), ZERO))
            for one in parts
            if isinstance(one.spec, Close) and not one.spec.clears
            if (one.spec.instrument, one.spec.order.side) == (instrument, side)
        ),
        ZERO,
    )


def room_for(
    request: OrderRequest, orders: Iterable[Order], held: Decimal, instrument: Instrument
) -> Decimal:
    """Return how much of what is held no working order offers.

    Args:
        request: What is to close a part.
        orders: Working orders; those of the close itself left out.
        held: The position, positive for long.
        instrument: What it is of.
    """
    offered = sum((one.remaining for one in _offering(request, orders, instrument)), ZERO)
    return max(ZERO, -held * request.side.sign) - offered


def without_room(
    request: OrderRequest, orders: Iterable[Order], held: Decimal, instrument: Instrument
) -> list[Order]:
    """Return the orders of no program that leave a partial close no room, newest first."""
    plain = [one for one in _offering(request, orders, instrument) if not one.request.program]
    left = max(ZERO, -held * request.side.sign) - request.size
    going = []
    for one in sorted(plain, key=lambda order: -order.ts_intent_ns):
        if sum((other.remaining for other in plain if other not in going), ZERO) <= left:
            break
        going.append(one)
    return going


def _offering(request: OrderRequest, orders: Iterable[Order], instrument: Instrument) -> Sequence[Order]:
    """Return the orders that lock what is held: coins and outcomes any, contracts those that only close.

    A venue that has reduce-only orders for a whole position refuses another one; its stops wait outside.
    """
    where, is_contract = (request.instrument, request.side), instrument.kind is not InstrumentKind.SPOT
    return [
        one
        for one in orders
        if not one.is_done and (one.request.instrument, one.request.side) == where
        if not is_contract or (one.request.reduce_only and one.request.trigger_price is None)
    ]


def _way(spec: Spec) -> OrderRequest | None:
    """Return one of the ways out of a program that only close; None where it has none."""
    match spec:
        case Stop(order=way) if way.reduce_only:
            return way
        case Oco() if spec.either.reduce_only:
            return spec.either
        case Bracket():
            return spec.take or spec.stop
        case _:
            return None


def _need(one: Part) -> Decimal:
    """Return what a program is to close, whatever is held."""
    spec = one.spec
    if isinstance(spec, Bracket):
        entered = traded_of(order for order in one.orders if order.request.role == Role.ENTRY)
        return max(ZERO, entered - _left_again(one))
    way = spec.either if isinstance(spec, Oco) else spec.order if isinstance(spec, Stop) else None
    return ZERO if way is None else max(ZERO, way.size - traded_of(one.orders))


def _left_again(bracket: Part) -> Decimal:
    return traded_of(order for order in bracket.orders if order.request.role != Role.ENTRY)
