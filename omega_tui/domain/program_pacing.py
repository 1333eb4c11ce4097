"""What the programs that work over a time do next: a chase follows the touch, a TWAP takes in slices."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from omega_tui.domain.orders import Order, OrderRequest, TimeInForce
from omega_tui.domain.own_orders import short_of_own
from omega_tui.domain.program_scene import (
    NEVER_CAME,
    Decision,
    End,
    Scene,
    Send,
    Stick,
    cancels,
    capped,
    moves,
    on_lot,
    traded_of,
    was_dropped,
    working,
)
from omega_tui.domain.programs import Chase, Role, Twap
from omega_tui.domain.side import Side
from omega_tui.text import number_text
from omega_tui.units import NS_PER_S

CHASE_PAUSE_NS = NS_PER_S // 2
"""A chase moves at most this often: each move loses the place in the queue."""

CHASE_REFUSALS = 5
"""So many post-only orders in a row the venue may refuse because the touch moved meanwhile."""

CHASE_MOVES = 500
"""So many orders a chase may send until a person must look."""

TWAP_CATCH_UP = 2
"""A slice that comes after missed ones is at most so many times its planned size: no bursts."""


def chase(spec: Chase, scene: Scene) -> Decision:
    """Keep one post-only order at the touch, up to the limit, until it is filled or the time is up."""
    left = on_lot(spec.size - traded_of(scene.orders), scene.instrument)
    resting = working(scene.orders)
    fresh = scene.orders[scene.sent_before :]
    end = _end_of_chase(spec, left, fresh, scene)
    if end is not None:
        gone = not resting and not scene.is_busy
        return Decision((end,) if gone or isinstance(end, Stick) else cancels(resting))
    near = scene.near(spec.side)
    if near is None or scene.since_sent_ns < CHASE_PAUSE_NS:
        return Decision()
    price = min(near, spec.limit_price) if spec.side is Side.BUY else max(near, spec.limit_price)
    if resting:
        is_behind = (price - resting[-1].request.price) * spec.side.sign > 0
        return Decision(moves(resting, price, scene) if is_behind else ())
    if scene.is_busy:
        return Decision()
    order = _made(spec, left, price, Role.CHASE, scene)
    return Decision((Send(replace(order, post_only=True)),))


def _end_of_chase(spec: Chase, left: Decimal, fresh: tuple[Order, ...], scene: Scene) -> End | Stick | None:
    """Return why a chase goes no further; None while it does."""
    last = fresh[-CHASE_REFUSALS:]
    if scene.elapsed_ns >= spec.seconds * NS_PER_S and left:
        return End(f"time is up, {number_text(left)} was not filled", is_loud=True)
    if any(was_dropped(order, scene) for order in fresh):
        return End("its order was canceled")
    if left < max(scene.instrument.min_size, scene.instrument.lot_size) and not working(scene.orders):
        return End(f"{number_text(left)} are left, less than the least order" if left else "")
    if sum(1 + order.amends for order in fresh) >= CHASE_MOVES:
        return Stick("ATTEMPTS", f"it moved {CHASE_MOVES} times")
    if len(last) == CHASE_REFUSALS and all(order.status in NEVER_CAME for order in last):
        return Stick("REFUSED", f"the venue refused it {CHASE_REFUSALS} times: {last[-1].reason}")
    return None


def twap(spec: Twap, scene: Scene) -> Decision:
    """Take a slice whenever one is due and the touch is within the limit."""
    done = traded_of(scene.orders)
    left = on_lot(spec.size - done, scene.instrument)
    number = scene.elapsed_ns // _interval_ns(spec) + 1
    if working(scene.orders) or scene.is_busy:
        return Decision()
    if not left or number > spec.slices:
        reason = f"time is up, {number_text(left)} was not filled" if left else ""
        return Decision((End(reason, is_loud=bool(left)),))
    role = f"{Role.SLICE} {number}"
    far = scene.far(spec.side)
    if far is None or scene.of(role) or (far - spec.limit_price) * spec.side.sign > 0:
        return Decision()
    due = spec.size * number / spec.slices - done
    most = spec.size * TWAP_CATCH_UP / spec.slices
    size = left if number == spec.slices and left <= most else on_lot(min(due, most), scene.instrument)
    if not size:
        return Decision()
    furthest = capped(far, spec.side, spec.cap_ticks, scene.instrument)
    capped_at = short_of_own(furthest, far, spec.side, scene.own, scene.instrument)
    worst = min if spec.side is Side.BUY else max
    order = _made(spec, size, worst(capped_at, spec.limit_price), role, scene)
    return Decision((Send(replace(order, time_in_force=TimeInForce.IOC)),))


def slices_taken_ns(spec: Twap, orders: Sequence[Order]) -> int:
    """Return the end of the last slice that was sent, from the beginning of the program."""
    taken = [int(order.request.role.rpartition(" ")[2]) for order in orders]
    return max(taken, default=0) * _interval_ns(spec)


def _interval_ns(spec: Twap) -> int:
    return max(1, spec.seconds * NS_PER_S // spec.slices)


def _made(spec: Chase | Twap, size: Decimal, price: Decimal, role: str, scene: Scene) -> OrderRequest:
    return OrderRequest(
        client_order_id="",
        instrument=spec.instrument,
        venue=spec.venue,
        side=spec.side,
        size=size,
        price=price,
        reduce_only=spec.reduce_only,
        program=scene.program,
        role=role,
    )
