"""What a program does next: a pure function of what was asked for and of a scene, with no memory of its own.

Nothing is sent while any order of the program is in doubt; no order is larger than what is still to be traded
after everything that may yet be filled; and an order that was refused stops the program, not the next order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderAlarm, OrderRequest, OrderStatus
from omega_tui.domain.program_exits import MOST_ATTEMPTS, Ways, close
from omega_tui.domain.program_pacing import chase, slices_taken_ns, twap
from omega_tui.domain.program_scene import (
    NEVER_CAME,
    Cancel,
    Decision,
    Edit,
    End,
    Scene,
    Send,
    Step,
    Stick,
    cancels,
    in_one_order,
    moves,
    on_lot,
    traded,
    traded_of,
    working,
)
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
    size_of,
)
from omega_tui.domain.side import Side
from omega_tui.text import number_text
from omega_tui.units import NS_PER_S

CLEAR_NS = 15 * NS_PER_S
"""So long the orders in the way of a close may take to be proven gone, until a person must look."""

BRACKET_STEP = Decimal("0.25")
"""While a bracket's entry fills, its ways out at the venue grow by this part of it and not by every fill."""

CONFLICTS = frozenset({OrderAlarm.OVERFILL, OrderAlarm.RESURRECTED, OrderAlarm.TRADE_FAILED})


def decide(spec: Spec, scene: Scene) -> Decision:
    """Return what a working program wants now."""
    trouble = _trouble(spec, scene)
    if trouble is not None:
        # What works may not go on filling what is filled already.
        return Decision((*(cancels(scene.orders) if trouble.code == "OVERFILL" else ()), trouble))
    return _RULES[type(spec)](spec, scene)


def wind_up(orders: Sequence[Order]) -> Decision:
    """Return what a program that is being canceled wants: its orders gone, and then the end."""
    left = cancels(orders)
    return Decision(left if left or working(orders) else (End("canceled"),))


def elapsed_after_restart(spec: Spec, orders: tuple[Order, ...], age_ns: int) -> int:
    """Return for how long a program that was found again counts as having worked.

    Slices that were missed while nobody ran are not caught up; a chase's time goes on.
    """
    if isinstance(spec, Twap):
        return slices_taken_ns(spec, orders)
    return age_ns if isinstance(spec, Chase) else 0


# ------------------------------------------------------------------------------- what stops every program


def _trouble(spec: Spec, scene: Scene) -> Stick | None:
    fresh = scene.orders[scene.sent_before :]
    over = _overfill(spec, scene)
    if over:
        return Stick("OVERFILL", f"{over} more was traded than asked for")
    if any(order.alarms & CONFLICTS for order in fresh):
        return Stick("CONFLICT", "the venue contradicts itself about one of its orders")
    if scene.uncancelable & {order.request.client_order_id for order in working(scene.orders)}:
        return Stick("CANCEL_FAILED", "the venue does not cancel one of its orders")
    refused = fresh[-1] if fresh and fresh[-1].status in NEVER_CAME else None
    if refused is not None and not isinstance(spec, Chase | Amend):
        why = refused.reason or refused.status.lower().replace("_", " ")
        absent = refused.status is OrderStatus.NOT_PLACED
        happened = "one of its orders never arrived" if absent else "the venue refused one of its orders"
        return Stick("REFUSED", f"{happened}: {why}")
    return None


def _overfill(spec: Spec, scene: Scene) -> Decimal:
    """Return by how much more was traded than asked for."""
    if isinstance(spec, Bracket):
        entered = traded_of(scene.of(Role.ENTRY))
        left = [order for order in scene.orders if order.request.role != Role.ENTRY]
        return max(ZERO, entered - spec.entry.size, traded_of(left) - entered)
    if isinstance(spec, Close):
        return max(ZERO, traded_of(scene.orders) - sum((one.request.size for one in scene.orders), ZERO))
    if isinstance(spec, Amend):
        before = traded(scene.amended) if scene.amended is not None else ZERO
        return max(ZERO, traded_of(scene.orders) - max(ZERO, spec.order.size - before))
    return max(ZERO, traded_of(scene.orders) - size_of(spec))


# ------------------------------------------------------------------------------- amend


def _amend(spec: Amend, scene: Scene) -> Decision:
    old, new = scene.amended, scene.orders[-1] if scene.orders else None
    if new is not None:
        if new.status in NEVER_CAME:
            return Decision((End(f"the old order is gone and the new one was refused: {new.reason}", True),))
        return Decision() if scene.is_busy else Decision((End(),))
    if old is None:
        return Decision((End("the order is not known any more", True),))
    return _changed(spec, old, scene) or _replaced(spec, old, scene)


def _changed(spec: Amend, old: Order, scene: Scene) -> Decision | None:
    """Return what changes an order in place; None where the venue does not do it."""
    name = old.request.client_order_id
    if old.amending is not None:
        return Decision()
    if name in scene.edited or (old.amends and (old.is_done or _is_at(spec, old))):
        return Decision((_edited(spec, old),))
    if name not in scene.editable or old.is_done or old.cancel_requested:
        return None
    return Decision((Edit(replace(old.request, price=spec.order.price, size=spec.order.size, frame=None)),))


def _replaced(spec: Amend, old: Order, scene: Scene) -> Decision:
    """Return what replaces an order: its proven end, and then what is left of the new one."""
    old_id = old.request.client_order_id
    if not old.is_done:
        if old_id in scene.uncancelable:
            return Decision((End("the order stays as it was: the venue does not cancel it", True),))
        return Decision() if old.cancel_requested else Decision((Cancel(old_id),))
    if old_id in scene.unsettled or OrderAlarm.FILLS_MISSING in old.alarms:
        return Decision()
    left = on_lot(spec.order.size - traded(old), scene.instrument)
    if old.status is OrderStatus.FILLED or not left:
        return Decision((End("it was filled before it could be moved"),))
    if _rests(spec.order) and left < scene.instrument.min_size:
        return Decision(
            (End(f"{number_text(left)} are left, less than the least order: not placed again", True),)
        )
    return Decision((Send(_leg(spec.order, Role.NEW, left, scene)),))


def _is_at(spec: Amend, old: Order) -> bool:
    return (old.request.price, old.request.size) == (spec.order.price, spec.order.size)


def _edited(spec: Amend, old: Order) -> End:
    """Return how a change in place ended; never does another order take the place of one that was changed."""
    if _is_at(spec, old):
        return End()
    if old.is_done:
        return End(f"the order had ended before: {old.status.lower()}", is_loud=True)
    return End(f"the order stays as it was: {old.amend_refused or 'it was changed otherwise'}", is_loud=True)


# ------------------------------------------------------------------------------- close


def _close(spec: Close, scene: Scene) -> Decision:
    """Cancel what is in the way, wait until it is proven gone with its last fill, and close.

    In one order where one may be so large, else in several: the next leaves when all of the last one is told.
    """
    if scene.orders:
        ended = _part_closed(spec, scene)
        if ended is not None:
            return ended
    elif scene.in_the_way:
        return _clear(scene)
    if scene.unsettled:
        return Decision()
    size = _to_close(spec, scene)
    if not size:
        return Decision((End("" if scene.orders else "nothing is held any more"),))
    if not spec.clears and scene.room is not None and scene.room < size:
        return _clear(scene)  # Until the ways out of others have shrunk.
    part = in_one_order(size, spec.order.price, scene) if spec.order.reduce_only else size
    return Decision((Send(_leg(spec.order, Role.CLOSE, part, scene)),))


def _part_closed(spec: Close, scene: Scene) -> Decision | None:
    """Return what follows from the orders of a close; None where another one is to leave."""
    if working(scene.orders) or scene.is_busy or any(one.filled < traded(one) for one in scene.orders):
        return Decision()
    left = scene.orders[-1].remaining
    if left:
        way = "down to" if spec.order.side is Side.SELL else "up to"
        worst = scene.instrument.price_text(spec.order.price)
        reason = f"{number_text(left)} were not closed: nobody was there {way} {worst}"
        return Decision((End(reason, is_loud=True),))
    if in_one_order(spec.order.size, spec.order.price, scene) == spec.order.size:
        return Decision((End(),))
    if len(scene.orders) - scene.sent_before > MOST_ATTEMPTS:
        return Decision((Stick("ATTEMPTS", f"it sent {MOST_ATTEMPTS} orders and is not out"),))
    return None


def _to_close(spec: Close, scene: Scene) -> Decimal:
    """Return what is still to be closed, in whole lots."""
    held = on_lot(max(ZERO, -scene.held * spec.order.side.sign), scene.instrument)
    if spec.whole:
        return held
    left = spec.order.size - traded_of(scene.orders)
    return left if spec.clears else min(left, held)


def _clear(scene: Scene) -> Decision:
    """Return what takes the orders in the way of a close out of it."""
    if scene.uncancelable & {order.request.client_order_id for order in scene.in_the_way}:
        return Decision((Stick("CANCEL_FAILED", "an order in the way is not canceled: nothing was sent"),))
    if scene.elapsed_ns > CLEAR_NS:
        return Decision((Stick("IN_THE_WAY", "the orders in the way are not proven gone: nothing was sent"),))
    return Decision(cancels(scene.in_the_way))


# ------------------------------------------------------------------------------- stop, OCO, bracket


def _stop(spec: Stop, scene: Scene) -> Decision:
    need = spec.order.size - traded_of(scene.orders)
    return close(need, Ways(None, spec.order, spec.cap_ticks), scene)


def _oco(spec: Oco, scene: Scene) -> Decision:
    need = spec.either.size - traded_of(scene.orders)
    return close(need, Ways(spec.take, spec.stop, spec.cap_ticks), scene)


def _bracket(spec: Bracket, scene: Scene) -> Decision:
    entries = scene.of(Role.ENTRY)
    exits = [order for order in scene.orders if order.request.role != Role.ENTRY]
    opening = working(entries)
    entered, left_again = traded_of(entries), traded_of(exits)
    waiting = tuple(
        replace(way, program=scene.program, role=role)
        for way, role in ((spec.take, Role.TAKE), (spec.stop, Role.STOP))
        if way is not None
    )
    if left_again and opening:
        return Decision(cancels(opening), is_watching=True)  # The way out has begun: nothing more is opened.
    if not left_again:
        entering = _enter(spec.entry, Role.ENTRY, entries, scene)
        if entering:
            return Decision(entering, waiting)
    if not entered:
        if opening or scene.is_busy:
            return Decision((), waiting)
        return Decision((End("its entry ended without a fill"),))
    step = spec.entry.size * BRACKET_STEP if opening else None
    ways = Ways(spec.take, spec.stop, spec.cap_ticks)
    return close(max(ZERO, entered - left_again), ways, scene, others=tuple(entries), least=step)


# ------------------------------------------------------------------------------- orders that open


def _enter(wanted: OrderRequest, role: str, legs: list[Order], scene: Scene) -> tuple[Step, ...]:
    """Return what brings one opening order to where it is wanted; nothing when it is there, or over."""
    moved = [order for order in working(legs) if order.request.price != wanted.price]
    if moved:
        return moves(moved, wanted.price, scene)
    if scene.is_busy or working(legs) or (legs and legs[-1].request.price == wanted.price):
        return ()
    left = on_lot(wanted.size - traded_of(legs), scene.instrument)
    if legs and left < max(scene.instrument.min_size, scene.instrument.lot_size):
        return ()
    return (Send(_leg(wanted, role, left, scene)),)


# ------------------------------------------------------------------------------- scale


def _scale(spec: Scale, scene: Scene) -> Decision:
    steps: tuple[Step, ...] = ()
    for number, order in enumerate(spec.orders, 1):
        role = f"{Role.ENTRY} {number}"
        wanted = _enter(order, role, scene.of(role), scene)
        if not any(isinstance(step, Send | Edit) for step in steps):
            steps += wanted
    if steps or working(scene.orders) or scene.is_busy:
        return Decision(steps)
    return Decision((End(),))


# ------------------------------------------------------------------------------- orders


def _leg(order: OrderRequest, role: str, size: Decimal, scene: Scene) -> OrderRequest:
    return replace(order, client_order_id="", size=size, program=scene.program, role=role)


def _rests(order: OrderRequest) -> bool:
    return order.time_in_force not in TAKES_ONLY


_RULES: dict[type[Any], Callable[[Any, Scene], Decision]] = {
    Amend: _amend,
    Close: _close,
    Stop: _stop,
    Scale: _scale,
    Oco: _oco,
    Bracket: _bracket,
    Chase: chase,
    Twap: twap,
}
