"""Questions about charts, made from bars by the engines that grade them. The future is hidden."""

from decimal import Decimal
from random import Random
from typing import Final

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.domain.lesson_view import LevelLine
from omega_tui.domain.on_screen import OnScreen
from omega_tui.education.fibonacci import RETRACEMENT_RATIOS, on_tick, retracement
from omega_tui.education.generators import make_series, shuffled
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.quiz import Kind, Quiz, choice_quiz, number_quiz
from omega_tui.education.quiz_chart import SHOWN, atr_of, chart_of, mark_of, tick_of, window_with_pivots

HIDDEN: Final = 20
"""Bars that a forecast is about (education sheet, section 5)."""

LEVEL_TOLERANCE_ATR: Final = Decimal("0.25")
PIVOT_TOLERANCE_BARS: Final = ONE

PLANTED: Final = {
    "double-top": "double top",
    "double-bottom": "double bottom",
    "head-and-shoulders": "head and shoulders",
    "triangle": "symmetrical triangle",
    "rising-wedge": "rising wedge",
    "rectangle": "rectangle",
}
"""Shapes that the generators plant, and their names for people."""


def draw_the_level(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask for a retracement of the last certain leg: on the screen the live one."""
    window = window_with_pivots(rng, screen, 2)
    bars, (start, end) = window.bars, window.pivots[-2:]
    ratio = rng.choice(RETRACEMENT_RATIOS)
    tick = screen.tick if window.is_own and screen.tick else tick_of(bars)
    exact = retracement(start.price, end.price, ratio)
    price = on_tick(exact, tick, up=end.price < start.price)
    of = " of your chart" if window.is_own else ""
    tolerance = max(LEVEL_TOLERANCE_ATR * atr_of(bars), tick)
    return number_quiz(
        card,
        f"The last confirmed leg{of} goes from A to B. At which price is its {ratio} retracement?",
        price,
        tolerance,
        explain=f"B - r (B - A) = {end.price:,f} - {ratio} x ({end.price:,f} - {start.price:,f}) = "
        f"{exact:,f}, on the tick {price:,f}.",
        hint="Zero is the end of the leg, one is its start.",
        chart=chart_of(
            bars, marks=(mark_of(start, f"A {start.price:,f}"), mark_of(end, f"B {end.price:,f}"))
        ),
        step=tick,
        lesson=lesson,
        uncovered=chart_of(bars, levels=(LevelLine(price, f"{ratio}"),)),
    )


def find_the_pivot(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask for the bar of a certain swing."""
    window = window_with_pivots(rng, screen, 3)
    bars, pivots = window.bars, window.pivots
    pivot = rng.choice(pivots[-3:])
    word = pivot.kind.value.lower()
    nth = sum(one.kind is pivot.kind and one.bar >= pivot.bar for one in pivots)
    place = {1: "last", 2: "last but one"}.get(nth, f"{nth}th last")
    of = " of your chart" if window.is_own else ""
    lag = pivot.known_at - pivot.bar
    return number_quiz(
        card,
        f"Bars{of} are numbered from 0 at the left. Which bar is the {place} confirmed swing {word} (a turn "
        f"of three average true ranges)?",
        Decimal(pivot.bar),
        PIVOT_TOLERANCE_BARS,
        explain=f"Bar {pivot.bar}, {word} {pivot.price:,f}; nobody could know before bar {pivot.known_at}, "
        f"{lag} bars later.",
        hint="It counts only if the price came back from it by three average true ranges.",
        chart=chart_of(bars),
        step=ONE,
        lesson=lesson,
        uncovered=chart_of(bars, marks=tuple(mark_of(one, one.kind.value[0]) for one in pivots)),
        kind=Kind.BAR,
    )


def name_or_none(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask which shape was planted; in half of the cases none was."""
    del screen  # What real bars show is nobody's truth: here the shape is planted, or certainly is not.
    planted = rng.choice(tuple(PLANTED))
    has_one = rng.random() < 0.5
    kind = planted if has_one else rng.choice(("walk", "range"))
    bars = make_series(SeriesSpec(kind, rng.randrange(10**6), bars=SHOWN))
    others = [name for name in PLANTED if name != planted]
    names = [PLANTED[name] for name in (planted, *rng.sample(others, 2))]
    rng.shuffle(names)
    choices = (*names, "none of them: no shape was planted")
    correct = names.index(PLANTED[planted]) + 1 if has_one else len(choices)
    why = (
        f"A {PLANTED[planted]} was planted here."
        if has_one
        else "These bars are a random walk: what looks like a shape here looks so by chance."
    )
    return choice_quiz(
        card,
        "Which shape was planted in these bars? In half of such questions there is none.",
        choices,
        correct,
        explain=why,
        chart=chart_of(bars),
        lesson=lesson,
    )


def real_or_shuffled(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask whether bars are as they happened or in a random order."""
    is_own = len(screen.bars) >= 2 * SHOWN
    whole = screen.bars if is_own else make_series(SeriesSpec("trend", rng.randrange(10**6), bars=3 * SHOWN))
    start = rng.randrange(len(whole) - SHOWN + 1)
    whole_mixed = shuffled(whole, rng)
    is_real = rng.random() < 0.5
    bars = (whole if is_real else whole_mixed)[start : start + SHOWN]
    what = "your market" if is_own else "an example market with trends"
    return choice_quiz(
        card,
        f"These bars are from {what}, or from the same moves in a random order. Which?",
        ("as they happened", "shuffled"),
        1 if is_real else 2,
        explain=f"They are {'as they happened' if is_real else 'shuffled in blocks of about 20 bars'}. "
        "Shuffled bars have trends, levels and shapes as well: what the eye finds is not evidence by itself.",
        chart=chart_of(bars),
        lesson=lesson,
    )


def forecast(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask for the probability that the close is higher some bars later."""
    own = screen.bars
    is_own = len(own) >= SHOWN + HIDDEN
    if is_own:
        start = rng.randrange(len(own) - SHOWN - HIDDEN + 1)
        whole = own[start : start + SHOWN + HIDDEN]
    else:
        whole = make_series(SeriesSpec("walk", rng.randrange(10**6), bars=SHOWN + HIDDEN))
    shown = whole[:SHOWN]
    close, later = shown[-1].close, whole[-1].close
    happened = later > close
    return number_quiz(
        card,
        f"With which probability does the price close above {close:,f} in {HIDDEN} bars?",
        ONE if happened else ZERO,
        ZERO,
        shown=f"it closed at {later:,f}, {'above' if happened else 'not above'} {close:,f}",
        explain="Over many forecasts only honest probabilities score well.",
        chart=chart_of(shown),
        lesson=lesson,
        uncovered=chart_of(whole),
        kind=Kind.PROBABILITY,
    )
