"""The drills: what to do, in how long, and what is measured.

A drill scores recognition and execution, never profit. Scenes are in `drill_scenes`, scores in `drill_score`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DrillSpec:
    """One drill.

    Attributes:
        id: Stable; lessons name it.
        title: For people.
        objective: What to do, one or two sentences.
        limit_s: When it ends at the latest.
        lesson: Where what it trains is explained.
        measured: What the score looks at, in words.
        asks: Whether it is answered by choices or numbers; otherwise by orders.
    """

    id: str
    title: str
    objective: str
    limit_s: float
    lesson: str
    measured: tuple[str, ...]
    asks: bool = False


DRILLS: Final[Mapping[str, DrillSpec]] = {
    spec.id: spec
    for spec in (
        DrillSpec(
            "post-only-below",
            "Two below, and never a taker",
            "Place one post-only bid exactly two ticks below the best bid.",
            10,
            "o-02-post-only-ioc",
            ("ticks from the place asked for", "post-only", "time to the order"),
        ),
        DrillSpec(
            "join-and-stay",
            "Join the queue and stay in it",
            "Join the best bid, then leave the order alone for half a minute: no crossing, no canceling.",
            45,
            "b-02-ladder-queue",
            ("joined at the best bid", "time in the queue", "units taken from the other side"),
        ),
        DrillSpec(
            "cancel-all",
            "Everything off",
            "Six orders of yours are working. When the drill begins, take them all off.",
            6,
            "c-03-cancel-kill",
            ("orders left", "time to the last cancel"),
        ),
        DrillSpec(
            "flatten",
            "Out of a losing position",
            "You are long and the price falls. Be flat as fast as you can, and not short.",
            10,
            "c-03-cancel-kill",
            ("position at the end", "time to flat", "slippage against the first bid"),
        ),
        DrillSpec(
            "bracket",
            "A bracket at half a percent",
            "Buy at the ask with a stop and a target as the scene names them, so that the stop costs half "
            "a percent "
            "of the equity and not one lot more.",
            60,
            "o-04-reduce-only-bracket",
            ("risk at the stop", "stop is reduce-only and of the same size", "target is reduce-only"),
        ),
        DrillSpec(
            "size-from-atr",
            "Size in the head",
            "Five times: equity, risk and the ATR are given; say how many units the stop allows. Ten "
            "percent off is "
            "right.",
            150,
            "r-02-atr-stops",
            ("right answers", "median error", "time for each"),
            asks=True,
        ),
        DrillSpec(
            "stop-to-break-even",
            "Move the stop, never wider",
            "You are long with a profit and a stop. Move the stop to your break-even price. It must never "
            "be further "
            "away than it was, and you must not be without one.",
            40,
            "r-07-scale-trail-heat",
            ("final stop", "widest risk on the way", "time without a stop"),
        ),
        DrillSpec(
            "ioc-slippage",
            "Take, but not at any price",
            "Buy the size that the scene names at once, with an IOC order that can slip two ticks at the "
            "most.",
            20,
            "o-01-market-limit",
            ("ticks of slippage allowed", "ticks of slippage had", "size filled"),
        ),
        DrillSpec(
            "spot-aggressor",
            "Who crossed?",
            "Twenty prints with the touch of their moment: say for each whether a buyer or a seller crossed.",
            120,
            "b-03-tape-aggressor",
            ("right answers", "time for each"),
            asks=True,
        ),
        DrillSpec(
            "call-absorption",
            "Hold or break?",
            "Five levels are hit again and again. Say for each whether it held or broke in the seconds "
            "after. Nobody "
            "is right every time: the score says how far that is from a coin.",
            120,
            "b-05-absorption-icebergs",
            ("right answers", "chance of as many by coin"),
            asks=True,
        ),
        DrillSpec(
            "iceberg-or-not",
            "Iceberg or a busy level?",
            "Six levels trade more than they ever showed, or do not. Say which had a hidden order that "
            "refilled.",
            120,
            "b-05-absorption-icebergs",
            ("right answers",),
            asks=True,
        ),
        DrillSpec(
            "which-side-pulls",
            "Who pulls?",
            "Six times size leaves the book without a trade. Say on which side.",
            90,
            "b-06-sweeps-pulling",
            ("right answers", "time for each"),
            asks=True,
        ),
        DrillSpec(
            "vacuum",
            "Survive a vacuum",
            "Buy the size that the scene names within a minute. Twice the book empties: never take while "
            "the spread is "
            "more than three times its median.",
            60,
            "b-06-sweeps-pulling",
            ("widest spread taken at, in medians", "size bought"),
        ),
        DrillSpec(
            "reduce-only",
            "Close, do not flip",
            "You are long less than your preset size. Close the position with one reduce-only order of "
            "the preset "
            "size.",
            20,
            "o-04-reduce-only-bracket",
            ("position at the end", "reduce-only"),
        ),
        DrillSpec(
            "wrong-market",
            "The right one of two",
            "Two markets look alike. Place one bid at the best bid of the one that is named, and nothing "
            "in the other.",
            20,
            "c-01-tour",
            ("orders in the right market", "orders in the wrong one"),
        ),
        DrillSpec(
            "yes-or-no",
            "The cheaper mirror",
            "Six times you want to own YES. Buy it, or sell NO, which is the same position: say which "
            "costs less.",
            90,
            "m-02-parity",
            ("right answers", "time for each"),
            asks=True,
        ),
        DrillSpec(
            "reconnect",
            "After the gap",
            "The connection is lost while your orders work, and comes back. Send nothing blindly; then "
            "cancel exactly "
            "those orders that still work.",
            40,
            "o-05-fees-disconnect",
            ("orders sent while blind", "orders left working", "cancels of orders that were done"),
        ),
        DrillSpec(
            "daily-loss",
            "The day is over",
            "A position falls through the loss limit of the day and the console locks. Close the "
            "position; open "
            "nothing.",
            40,
            "d-03-tilt-loss-limit",
            ("orders that add after the lock", "position at the end", "time to flat"),
        ),
    )
}
"""Every drill by its id, in the order in which they are listed."""
