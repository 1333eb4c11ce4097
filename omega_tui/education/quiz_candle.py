"""A question about one candle: which shape the recognisers see in it, or none. Half of them have none."""

from random import Random
from typing import Final

from omega_tui.domain.lesson_view import BarMark
from omega_tui.domain.on_screen import OnScreen
from omega_tui.education.candlesticks import CandlestickMatch, find_candlesticks
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.quiz import Quiz, choice_quiz
from omega_tui.education.quiz_chart import SHOWN, chart_of
from omega_tui.education.signals import PATTERNS

BEFORE: Final = 30
"""Bars that are shown up to the one in question."""
OTHERS: Final = 3
NONE: Final = "none of these"


def name_the_candle(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask which shape a bar completes: one of the screen's newest, where there are enough."""
    is_own = len(screen.bars) >= SHOWN
    bars = screen.bars[-3 * SHOWN :]
    if not is_own:
        bars = make_series(SeriesSpec("walk", rng.randrange(10**6), bars=2 * SHOWN))
    matches: dict[int, list[CandlestickMatch]] = {}
    for match in find_candlesticks(bars, PATTERNS):
        matches.setdefault(match.known_at, []).append(match)
    recent = range(max(BEFORE, len(bars) - SHOWN), len(bars))
    with_one, without = [at for at in recent if at in matches], [at for at in recent if at not in matches]
    has_one = bool(with_one) and (not without or rng.random() < 0.5)
    at = rng.choice(with_one if has_one else without)
    seen = matches.get(at, [])
    names = {match.pattern for match in seen}
    others = rng.sample([pattern for pattern in PATTERNS if pattern not in names], OTHERS)
    # Of several that it completes one is offered: the others would be right as well.
    offered = [seen[0].pattern.words] if seen else []
    words = sorted({*offered, *(pattern.words for pattern in others)})
    rng.shuffle(words)
    correct = words.index(offered[0]) + 1 if offered else len(words) + 1
    shown = bars[max(0, at - BEFORE + 1) : at + 1]
    why = "; ".join(f"{match.pattern.words}: {match.reason}" for match in seen)
    return choice_quiz(
        card,
        f"Which shape does the last bar{' of this part of your chart' if is_own else ''} complete, by the "
        "rules of the recognisers?",
        (*words, NONE),
        correct,
        explain=f"{why}." if why else "It completes none of the shapes that the lessons are about.",
        hint="The rules look at the body, the shadows and the bars before; not at the trend.",
        chart=chart_of(shown, marks=(BarMark(len(shown) - 1, "?"),)),
        lesson=lesson,
    )
