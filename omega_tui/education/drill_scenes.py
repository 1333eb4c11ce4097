"""The scenes of the drills that are answered by orders: each a function of a seed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from random import Random
from typing import Final

from omega_tui.domain.orders import OrderRequest, OrderType
from omega_tui.domain.side import Side
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.drill_questions import QUESTIONS
from omega_tui.education.drill_scene import VENUE, Beat, Feed, Pull, Rest, Scene, Take, instrument, price_of
from omega_tui.errors import TeachingRefused

LEVELS: Final = 10
TOUCH_SIZE: Final = 200


def make_scene(drill: str, seed: int) -> Scene:
    """Return the scene of a drill; the same seed, the same scene.

    Raises:
        TeachingRefused: There is no such drill.
    """
    rng = Random(f"{drill}:{seed}")  # noqa: S311 - an exercise, not a secret
    if drill in QUESTIONS:
        brief, questions = QUESTIONS[drill](rng)
        return Scene(brief=brief, questions=questions)
    if drill not in SCENES:
        known = ", ".join(DRILLS)
        raise TeachingRefused("NO_SUCH_DRILL", f"There is no drill {drill[:40]!r}; there are: {known}.")
    made = SCENES[drill](rng)
    return replace(made, beats=tuple(sorted(made.beats, key=lambda beat: beat.at_ms)))


def calm(rng: Random, mid: int, until_ms: int, *, market: int = 0, touch: int = TOUCH_SIZE) -> list[Beat]:
    """Return a book round `mid` whose touch stays, with people who come and go behind it."""
    beats = []
    for level in range(1, LEVELS + 1):
        size = touch if level == 1 else rng.randrange(40, 160)
        beats.append(Beat(0, Rest(Side.BUY, mid - level, size, f"bid{level}", market)))
        beats.append(Beat(0, Rest(Side.SELL, mid + level, size, f"ask{level}", market)))
    at_ms, number = 0, 0
    while (at_ms := at_ms + rng.randrange(150, 450)) < until_ms:
        number += 1
        side = rng.choice((Side.BUY, Side.SELL))
        level = rng.randrange(2, LEVELS + 1)
        ticks = mid - level if side is Side.BUY else mid + level
        if rng.random() < 0.7:
            beats.append(Beat(at_ms, Rest(side, ticks, rng.randrange(5, 60), f"noise{number}", market)))
        else:
            beats.append(Beat(at_ms, Pull(f"noise{rng.randrange(1, number + 1)}", market)))
    return beats


def _mid(rng: Random) -> int:
    return rng.randrange(900, 1_100) * 2


def _order(name: str, side: Side, ticks: int, size: int, *, trigger: int | None = None) -> OrderRequest:
    return OrderRequest(
        client_order_id=name,
        instrument=f"{VENUE}:A",
        venue=VENUE,
        side=side,
        size=Decimal(size),
        price=price_of(ticks),
        order_type=OrderType.LIMIT if trigger is None else OrderType.MARKET,
        trigger_price=None if trigger is None else price_of(trigger),
        reduce_only=trigger is not None,
    )


def _post_only_below(rng: Random) -> Scene:
    beats = calm(rng, _mid(rng), 10_000)
    return Scene(
        brief="Place one post-only bid exactly two ticks below the best bid.",
        beats=tuple(beats),
        instruments=(instrument("A"),),
    )


def _join_and_stay(rng: Random) -> Scene:
    mid = _mid(rng)
    beats = calm(rng, mid, 45_000)
    # The queue moves: small sales at the bid, and now and then somebody new at its end.
    beats += [Beat(at, Take(Side.SELL, mid - 1, rng.randrange(1, 5))) for at in range(2_000, 44_000, 1_700)]
    beats += [Beat(at, Rest(Side.BUY, mid - 1, 10, f"late{at}")) for at in range(3_000, 44_000, 4_000)]
    return Scene(
        brief="Join the best bid and stay there for half a minute.",
        beats=tuple(beats),
        instruments=(instrument("A"),),
    )


def _cancel_all(rng: Random) -> Scene:
    mid = _mid(rng)
    orders = tuple(
        _order(f"own{number}", side, mid - number - 2 if side is Side.BUY else mid + number + 2, 5)
        for number, side in enumerate((Side.BUY, Side.SELL) * 3)
    )
    return Scene(
        brief="Six orders of yours are working. Take them all off.",
        beats=tuple(calm(rng, mid, 6_000)),
        instruments=(instrument("A"),),
        orders=orders,
    )


def _falling(rng: Random, mid: int, until_ms: int, step_ms: int) -> list[Beat]:
    """Return a book whose levels give way from the top, one every `step_ms`, while asks follow."""
    beats = [Beat(0, Rest(Side.BUY, mid - level, 60, f"bid{level}")) for level in range(1, 120)]
    beats += [Beat(0, Rest(Side.SELL, mid + level, 60, f"ask{level}")) for level in range(1, LEVELS)]
    for step, at in enumerate(range(step_ms, until_ms, step_ms), 1):
        beats.append(Beat(at, Take(Side.SELL, mid - step, rng.randrange(3, 12))))
        beats.append(Beat(at, Pull(f"bid{step}")))
        beats.append(Beat(at, Rest(Side.SELL, mid - step + 1, rng.randrange(20, 60), f"follow{step}")))
    return beats


def _flatten(rng: Random) -> Scene:
    mid = _mid(rng)
    return Scene(
        brief="You are long 40 and the price falls. Be flat.",
        beats=tuple(_falling(rng, mid, 10_000, 700)),
        instruments=(instrument("A"),),
        quantity=Decimal(40),
        entry=price_of(mid + 6),
        values={"first_bid": price_of(mid - 1)},
    )


def _bracket(rng: Random) -> Scene:
    mid = _mid(rng)
    equity = Decimal(rng.randrange(10, 60) * 1_000)
    distance = rng.randrange(8, 30)
    ask = mid + 1
    stop, target = ask - distance, ask + 2 * distance
    units = (equity * Decimal("0.005") / price_of(distance)).to_integral_value(ROUND_FLOOR)
    return Scene(
        brief=f"Equity {equity:,}. Buy at the ask, {price_of(ask):,f}; stop at {price_of(stop):,f}, target "
        f"at {price_of(target):,f}; risk half a percent.",
        beats=tuple(calm(rng, mid, 60_000, touch=5_000)),
        instruments=(instrument("A"),),
        values={
            "equity": equity,
            "entry": price_of(ask),
            "stop": price_of(stop),
            "target": price_of(target),
            "units": units,
        },
    )


def _stop_to_break_even(rng: Random) -> Scene:
    mid = _mid(rng)
    entry, stop = mid - 30, mid - 50
    return Scene(
        brief=f"You are long 10 from {price_of(entry):,f}, the stop is at {price_of(stop):,f}. Move it to "
        "the entry.",
        beats=tuple(calm(rng, mid, 40_000)),
        instruments=(instrument("A"),),
        quantity=Decimal(10),
        entry=price_of(entry),
        orders=(_order("stop", Side.SELL, stop, 10, trigger=stop),),
        values={"even": price_of(entry), "stop": price_of(stop)},
    )


def _ioc_slippage(rng: Random) -> Scene:
    mid = _mid(rng)
    beats = [beat for beat in calm(rng, mid, 20_000) if not _is_ask(beat)]
    for level, size in ((1, 20), (2, 20), (3, 20), (8, 500)):
        beats.append(Beat(0, Rest(Side.SELL, mid + level, size, f"thin{level}")))
    return Scene(
        brief="Buy 50 at once with an IOC order that slips two ticks at the most.",
        beats=tuple(beats),
        instruments=(instrument("A"),),
        values={"size": Decimal(50), "ask": price_of(mid + 1)},
    )


def _is_ask(beat: Beat) -> bool:
    return isinstance(beat.act, Rest) and beat.act.side is Side.SELL


def _vacuum(rng: Random) -> Scene:
    mid = _mid(rng)
    beats = calm(rng, mid, 60_000)
    beats = [beat for beat in beats if not (_is_ask(beat) and beat.at_ms)]
    for start in (10_000, 35_000):
        for level in range(1, LEVELS + 1):
            beats.append(Beat(start, Pull(f"ask{level}")))
            beats.append(Beat(start, Pull(f"again{start - 25_000}-{level}")))
        beats.append(Beat(start, Rest(Side.SELL, mid + 14, 30, f"far{start}")))
        beats.append(Beat(start + 9_900, Pull(f"far{start}")))
        for level in range(1, LEVELS + 1):
            size = TOUCH_SIZE if level == 1 else 80
            beats.append(Beat(start + 10_000, Rest(Side.SELL, mid + level, size, f"again{start}-{level}")))
    return Scene(
        brief="Buy 100 within the minute. Never take while the spread is over three times its median.",
        beats=tuple(beats),
        instruments=(instrument("A"),),
        values={"size": Decimal(100), "median": price_of(2)},
    )


def _reduce_only(rng: Random) -> Scene:
    mid = _mid(rng)
    return Scene(
        brief="You are long 30, your preset size is 50. Close the position with one reduce-only order of 50.",
        beats=tuple(calm(rng, mid, 20_000)),
        instruments=(instrument("A"),),
        quantity=Decimal(30),
        entry=price_of(mid),
    )


def _wrong_market(rng: Random) -> Scene:
    mid = _mid(rng)
    names = ["JUN 26", "JUL 26"]
    rng.shuffle(names)
    beats = calm(rng, mid, 20_000) + calm(rng, mid + 6, 20_000, market=1)
    return Scene(
        brief=f"Place one bid at the best bid of {names[0]}, and nothing in {names[1]}.",
        beats=tuple(beats),
        instruments=(instrument(names[0]), instrument(names[1])),
    )


def _reconnect(rng: Random) -> Scene:
    mid = _mid(rng)
    orders = tuple(_order(f"own{level}", Side.BUY, mid - 1 - level, 5) for level in range(1, 6))
    beats = [Beat(0, Rest(Side.SELL, mid + level, 100, f"ask{level}")) for level in range(1, LEVELS)]
    beats += [Beat(0, Rest(Side.BUY, mid - 1, 30, "bid1"))]
    beats += [Beat(0, Rest(Side.BUY, mid - level, 60, f"bid{level}")) for level in range(7, LEVELS + 6)]
    beats += [Beat(3_000, Feed(is_live=False))]
    # While nobody here looks, sales go through the touch and the two best own orders.
    beats += [Beat(5_000, Take(Side.SELL, mid - 3, 40))]
    beats += [Beat(8_000, Rest(Side.BUY, mid - 1, 25, "newbid")), Beat(9_000, Feed(is_live=True))]
    return Scene(
        brief="The line will be lost and come back. Send nothing blindly, then cancel exactly what still "
        "works.",
        beats=tuple(beats),
        instruments=(instrument("A"),),
        orders=orders,
    )


def _daily_loss(rng: Random) -> Scene:
    mid = _mid(rng)
    return Scene(
        brief="You are long 40; at a loss of 160 on the day the console locks. Close the position; open "
        "nothing.",
        beats=tuple(_falling(rng, mid, 40_000, 1_200)),
        instruments=(instrument("A"),),
        quantity=Decimal(40),
        entry=price_of(mid),
        day_limit=Decimal(160),
    )


SCENES: Final[Mapping[str, Callable[[Random], Scene]]] = {
    "post-only-below": _post_only_below,
    "join-and-stay": _join_and_stay,
    "cancel-all": _cancel_all,
    "flatten": _flatten,
    "bracket": _bracket,
    "stop-to-break-even": _stop_to_break_even,
    "ioc-slippage": _ioc_slippage,
    "vacuum": _vacuum,
    "reduce-only": _reduce_only,
    "wrong-market": _wrong_market,
    "reconnect": _reconnect,
    "daily-loss": _daily_loss,
}
"""Drills that are answered by orders."""
