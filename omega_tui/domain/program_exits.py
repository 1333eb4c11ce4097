"""Ways out: a take and a stop for one quantity, at the venue where it keeps them, else held by the engine.

The need is what is still to be closed. A way out that rests at the venue covers exactly the need: what covers
more is canceled before anything else, what covers less is filled up. So two of them can only be filled for
more than was asked when the market takes both before a cancel arrives, which is detected and told.

Where both cannot rest at once (spot: the venue locks what is sold) the stop rests, and the take is held: the
protection is what survives this program. Where the venue keeps no stops, the take rests and the stop is held.
"""

from dataclasses import replace
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.orders import TAKES_ONLY, Order, OrderRequest, OrderType, TimeInForce
from omega_tui.domain.own_orders import orders_met, short_of_own
from omega_tui.domain.program_scene import (
    Cancel,
    Decision,
    Edit,
    End,
    Scene,
    Send,
    Step,
    Stick,
    cancels,
    capped,
    in_one_order,
    moves,
    on_lot,
    was_dropped,
    working,
)
from omega_tui.domain.programs import Role
from omega_tui.domain.side import Side
from omega_tui.text import number_text

MOST_ATTEMPTS = 40
"""So many orders a way out may send until a person must look."""


class Ways(Struct, frozen=True):
    """The two ways out of one quantity.

    Attributes:
        take: At the better price; None for none.
        stop: At the worse one; None for none.
        cap_ticks: How far beyond the touch a held stop may pay at each attempt.
    """

    take: OrderRequest | None
    stop: OrderRequest | None
    cap_ticks: int


def close(
    need: Decimal, ways: Ways, scene: Scene, *, others: tuple[Order, ...] = (), least: Decimal | None = None
) -> Decision:
    """Return what closes `need` by whichever way the market offers first.

    Args:
        need: What is still to be closed, never negative.
        ways: The ways out.
        scene: What is.
        others: Orders that must be gone before a stop is set off: those that open.
        least: A way out at the venue is filled up only by this much or more; None for any amount.
    """
    is_gone = bool(need) and scene.cover == Decimal(0)
    need = need if scene.cover is None else min(need, scene.cover)
    take, stop = _kept(ways.take, Role.TAKE, scene), _kept(ways.stop, Role.STOP, scene)
    takes, stops = working(scene.of(Role.TAKE)), working(scene.of(Role.STOP))
    if len(scene.orders) - scene.sent_before > MOST_ATTEMPTS:
        return Decision((Stick("ATTEMPTS", f"it sent {MOST_ATTEMPTS} orders and is not out"),))
    if not need:
        reason = "nothing is held any more" if is_gone else ""
        return Decision(cancels([*takes, *stops]) or _ended(reason, scene))
    stop_rests = stop is not None and scene.native_stops
    is_spot = scene.instrument.kind is InstrumentKind.SPOT
    take_rests = take is not None and not (stop_rests and is_spot)
    held = [
        _sized(way, role, need, scene)
        for way, role, rests in ((take, Role.TAKE, take_rests), (stop, Role.STOP, stop_rests))
        if way is not None and not rests
    ]
    is_off = any(order.request.trigger_price is None for order in stops)
    if stop is not None and not stop_rests and (is_off or is_set_off(stop, scene)):
        first = [*takes, *working(others), *_at_the_touch(stop, scene)]
        fired = () if first else _fire(stop, need, ways.cap_ticks, stops, scene)
        return Decision(cancels(first) or fired, tuple(held), is_watching=True)
    if take is not None and not take_rests and _is_reached(take, scene):
        grabbed = () if stops else _grab(take, need, takes, scene)
        return Decision(cancels(stops) or grabbed, tuple(held), is_watching=True)
    steps: tuple[Step, ...] = ()
    for way, role, rests, legs in (
        (stop, Role.STOP, stop_rests, stops),
        (take, Role.TAKE, take_rests, takes),
    ):
        wanted = _cover(way if rests else None, role, need, legs, scene, least)
        if not any(isinstance(step, Send | Edit) for step in steps):
            steps += wanted
        else:
            steps += tuple(step for step in wanted if isinstance(step, Cancel))
    if not steps and not held:
        least_order = f"{number_text(need)} are left, less than the least order: nothing closes them"
        steps = _ended("its orders were canceled" if take is stop is None else least_order, scene)
    return Decision(steps, tuple(held), is_watching=True)


def _ended(reason: str, scene: Scene) -> tuple[Step, ...]:
    """Return the end, unless something works or is in doubt."""
    return () if working(scene.orders) or scene.is_busy else (End(reason, is_loud=bool(reason)),)


def is_set_off(stop: OrderRequest, scene: Scene) -> bool:
    """Whether the market has come through a held stop.

    By a trade at or beyond the trigger since it is watched, or because even the nearer touch is there. One
    order that is pulled from a thin book does not set it off.
    """
    assert stop.trigger_price is not None, "a stop has a trigger"
    trades = (scene.lowest,) if stop.side is Side.SELL else (scene.highest,)
    seen = [price for price in (*trades, scene.near(stop.side)) if price is not None]
    return any((price - stop.trigger_price) * stop.side.sign >= 0 for price in seen)


def _is_reached(take: OrderRequest, scene: Scene) -> bool:
    """Whether somebody pays the price of a held take now."""
    far = scene.far(take.side)
    return far is not None and (take.price - far) * take.side.sign >= 0


def _kept(way: OrderRequest | None, role: Role, scene: Scene) -> OrderRequest | None:
    """Return a way out unless the trader canceled its order."""
    dropped = any(
        was_dropped(order, scene) and not _takes_at_once(order.request)
        for order in scene.orders[scene.sent_before :]
        if order.request.role == role
    )
    return None if dropped else way


def _takes_at_once(request: OrderRequest) -> bool:
    return request.time_in_force in TAKES_ONLY


def _cover(  # noqa: PLR0913, PLR0917 - one part of `close`
    way: OrderRequest | None,
    role: Role,
    need: Decimal,
    legs: list[Order],
    scene: Scene,
    least: Decimal | None,
) -> tuple[Step, ...]:
    """Return what makes the working orders of one way cover exactly the need."""
    wrong = [order for order in legs if way is None or not _is_as_asked(order.request, way)]
    if wrong and way is not None and way.trigger_price is None:
        return moves(wrong, way.price, scene)
    if wrong:
        return cancels(wrong)
    covered = sum((order.remaining for order in legs), Decimal(0))
    if covered > need:
        return cancels(legs[-1:])
    missing = on_lot(need - covered, scene.instrument)
    if way is None or scene.is_busy or missing < max(scene.instrument.min_size, scene.instrument.lot_size):
        return ()
    if least is not None and missing < least:
        return ()
    return (Send(_sized(way, role, in_one_order(missing, way.price, scene), scene)),)


def _is_as_asked(request: OrderRequest, way: OrderRequest) -> bool:
    return (request.price, request.trigger_price) == (way.price, way.trigger_price)


def _at_the_touch(stop: OrderRequest, scene: Scene) -> tuple[Order, ...]:
    """Return what must go first lest a stop be refused: orders of ours that it would meet where it begins.

    Only a stop that gets out clears its way. One that the venue does not cancel is not waited for.
    """
    far = scene.far(stop.side)
    if not stop.reduce_only or far is None:
        return ()
    begins = stop.price if stop.order_type is OrderType.LIMIT else far
    order = replace(stop, price=begins, trigger_price=None)
    met = orders_met(order, scene.own, scene.instrument.complement_id)
    return tuple(one for one in met if one.request.client_order_id not in scene.uncancelable)


def _fire(
    stop: OrderRequest, need: Decimal, cap_ticks: int, legs: list[Order], scene: Scene
) -> tuple[Step, ...]:
    """Return the order of a stop that was set off, unless one is under way."""
    far = scene.far(stop.side)
    size = on_lot(need, scene.instrument)
    if legs or scene.is_busy or not size or far is None:
        return ()
    if stop.order_type is OrderType.LIMIT:
        size = in_one_order(size, stop.price, scene)
        return (Send(replace(_sized(stop, Role.STOP, size, scene), trigger_price=None)),)
    furthest = capped(far, stop.side, cap_ticks, scene.instrument)
    price = short_of_own(furthest, far, stop.side, scene.own, scene.instrument)
    order = replace(
        _sized(stop, Role.STOP, in_one_order(size, price, scene), scene),
        price=price,
        trigger_price=None,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
    )
    return (Send(order),)


def _grab(take: OrderRequest, need: Decimal, legs: list[Order], scene: Scene) -> tuple[Step, ...]:
    """Return the order of a held take whose price is there."""
    size = in_one_order(on_lot(need, scene.instrument), take.price, scene)
    if legs or scene.is_busy or not size:
        return ()
    order = replace(_sized(take, Role.TAKE, size, scene), time_in_force=TimeInForce.IOC, post_only=False)
    return (Send(order),)


def _sized(way: OrderRequest, role: Role, size: Decimal, scene: Scene) -> OrderRequest:
    return replace(way, client_order_id="", size=size, program=scene.program, role=role)
