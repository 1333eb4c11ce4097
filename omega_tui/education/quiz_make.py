"""Questions made from bars and numbers, by the engines that grade them.

Every kind is a function of a seed and of what is on the screen: the future is hidden, the answer is computed,
and half of the recognition questions have nothing to find.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from omega_tui.domain.on_screen import NOTHING, OnScreen
from omega_tui.education.quiz import Quiz
from omega_tui.education.quiz_candle import name_the_candle
from omega_tui.education.quiz_chart import SHOWN
from omega_tui.education.quiz_numbers import liquidation_guess, size_it
from omega_tui.education.quiz_shapes import (
    draw_the_level,
    find_the_pivot,
    forecast,
    name_or_none,
    real_or_shuffled,
)
from omega_tui.errors import ExpressionError

MADE: Final = "made-"
"""What the cards of made questions begin with; the rest is their kind."""

Maker = Callable[[Random, str, str, OnScreen], Quiz]

MAKERS: Final[Mapping[str, Maker]] = {
    "draw-the-level": draw_the_level,
    "find-the-pivot": find_the_pivot,
    "name-the-candle": name_the_candle,
    "name-or-none": name_or_none,
    "size-it": size_it,
    "liquidation-guess": liquidation_guess,
    "real-or-shuffled": real_or_shuffled,
    "forecast": forecast,
}
"""Every kind of made question."""

TITLES: Final[Mapping[str, str]] = {
    "draw-the-level": "draw the level of a leg",
    "find-the-pivot": "find the swing",
    "name-the-candle": "name the candle, or none",
    "name-or-none": "name the shape, or none",
    "size-it": "size it",
    "liquidation-guess": "where is it liquidated?",
    "real-or-shuffled": "real or shuffled?",
    "forecast": "forecast with a probability",
}
"""What each kind is called in a list."""

LESSONS: Final[Mapping[str, str]] = {
    "draw-the-level": "f-02-retracement",
    "find-the-pivot": "f-01-swings",
    "name-the-candle": "k-02-doji-hammer-star",
    "name-or-none": "p-06-real-or-shuffled",
    "size-it": "r-01-r-and-size",
    "liquidation-guess": "r-05-leverage-liquidation",
    "real-or-shuffled": "p-06-real-or-shuffled",
    "forecast": "m-05-multi-outcome-calibration",
}
"""Where each kind is explained."""


def make_quiz(
    kind: str, *, seed: str | int, card: str = "", lesson: str = "", screen: OnScreen = NOTHING
) -> Quiz:
    """Return a question of a kind.

    Args:
        kind: One of `MAKERS`.
        seed: The same seed, the same question.
        card: Id in the review queue; by default one per kind, because a made question is never the same
            twice.
        lesson: Where it is explained.
        screen: The user's own bars and numbers; made-up ones where there are none or too few.

    Raises:
        ExpressionError: There is no such kind.
    """
    if kind not in MAKERS:
        raise ExpressionError(f"there is no kind of question {kind!r}; there are: {', '.join(MAKERS)}")
    rng = Random(f"{kind}:{seed}")  # noqa: S311 - an exercise, not a secret
    return MAKERS[kind](rng, card or MADE + kind, lesson or LESSONS[kind], screen)


def kinds_on(screen: OnScreen) -> tuple[str, ...]:
    """Return the kinds that have something to do with what is on the screen."""
    kinds = []
    if len(screen.bars) >= SHOWN:
        kinds += ["draw-the-level", "find-the-pivot", "name-the-candle"]
    if None not in {screen.equity, screen.price, screen.stop}:
        kinds.append("size-it")
    if screen.leverage > 1:
        kinds.append("liquidation-guess")
    if len(screen.bars) >= 2 * SHOWN:
        kinds += ["real-or-shuffled", "forecast"]
    return tuple(kinds)
