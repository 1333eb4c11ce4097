"""Questions made from bars and numbers, by the engines that grade them.

Every kind is a function of a seed, or of bars that the caller has: the future is hidden, the answer is
computed, and half of the recognition questions have nothing to find.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ONE, ZERO, InstrumentKind
from omega_tui.domain.lesson_view import BarMark, ChartView, LevelLine
from omega_tui.domain.side import Side
from omega_tui.education.bars import Atr
from omega_tui.education.fibonacci import RETRACEMENT_RATIOS, on_tick, retracement
from omega_tui.education.generators import make_series, shuffled
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.numbers_text import write
from omega_tui.education.quiz import Kind, Quiz, choice_quiz, number_quiz
from omega_tui.education.risk import liquidation_price, position_size
from omega_tui.education.swings import Pivot, find_pivots
from omega_tui.errors import ExpressionError

SHOWN: Final = 60
"""Bars of a question about a chart."""

HIDDEN: Final = 20
"""Bars that a forecast is about (education sheet, section 5)."""

LEVEL_TOLERANCE_ATR: Final = Decimal("0.25")
PIVOT_TOLERANCE_BARS: Final = ONE
TRIES: Final = 40

PLANTED: Final = (
    "double-top",
    "double-bottom",
    "head-and-shoulders",
    "triangle",
    "rising-wedge",
    "rectangle",
)
NAMES: Final = {
    "double-top": "double top",
    "double-bottom": "double bottom",
    "head-and-shoulders": "head and shoulders",
    "triangle": "symmetrical triangle",
    "rising-wedge": "rising wedge",
    "rectangle": "rectangle",
}


def make_quiz(
    kind: str, *, seed: str | int, card: str = "", lesson: str = "", bars: Sequence[Candle] = ()
) -> Quiz:
    """Return a question of a kind.

    Args:
        kind: One of `MAKERS`.
        seed: The same seed, the same question.
        card: Id in the review queue; by default one per kind, because a made question is never the same
            twice.
        lesson: Where it is explained.
        bars: The user's own bars; made-up ones where there are none or too few.

    Raises:
        ExpressionError: There is no such kind.
    """
    if kind not in MAKERS:
        raise ExpressionError(f"there is no kind of question {kind!r}; there are: {', '.join(MAKERS)}")
    rng = Random(f"{kind}:{seed}")  # noqa: S311 - an exercise, not a secret
    return MAKERS[kind](rng, card or f"made-{kind}", lesson or LESSONS[kind], tuple(bars))


Maker = Callable[[Random, str, str, tuple[Candle, ...]], Quiz]


def _draw_the_level(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
    bars, pivots = _bars_with_pivots(rng, own, 2)
    start, end = pivots[-2], pivots[-1]
    ratio = rng.choice(RETRACEMENT_RATIOS)
    tick = tick_of(bars)
    exact = retracement(start.price, end.price, ratio)
    price = on_tick(exact, tick, up=end.price < start.price)
    tolerance = max(LEVEL_TOLERANCE_ATR * _atr(bars), tick)
    return number_quiz(
        card,
        f"The last confirmed leg goes from A to B. At which price is its {ratio} retracement?",
        price,
        tolerance,
        explain=f"B - r (B - A) = {end.price} - {ratio} x ({end.price} - {start.price}) = {exact:f}, on "
        f"the tick "
        f"{price}.",
        hint="Zero is the end of the leg, one is its start.",
        chart=_chart(bars, marks=(_mark(start, f"A {start.price}"), _mark(end, f"B {end.price}"))),
        step=tick,
        lesson=lesson,
        uncovered=_chart(bars, levels=(LevelLine(price, f"{ratio}"),)),
    )


def _find_the_pivot(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
    bars, pivots = _bars_with_pivots(rng, own, 3)
    pivot = rng.choice(pivots[-3:])
    word = pivot.kind.value.lower()
    nth = sum(one.kind is pivot.kind and one.bar >= pivot.bar for one in pivots)
    place = {1: "last", 2: "last but one"}.get(nth, f"{nth}th last")
    lag = pivot.known_at - pivot.bar
    return number_quiz(
        card,
        f"Bars are numbered from 0 at the left. Which bar is the {place} confirmed swing {word} (a turn "
        f"of three "
        f"average true ranges)?",
        Decimal(pivot.bar),
        PIVOT_TOLERANCE_BARS,
        explain=f"Bar {pivot.bar}, {word} {pivot.price}; nobody could know before bar {pivot.known_at}, "
        f"{lag} bars "
        f"later.",
        hint="It counts only if the price came back from it by three average true ranges.",
        chart=_chart(bars),
        step=ONE,
        lesson=lesson,
        uncovered=_chart(bars, marks=tuple(_mark(one, one.kind.value[0]) for one in pivots)),
        kind=Kind.BAR,
    )


def _name_or_none(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
    del own  # What real bars show is nobody's truth: here the shape is planted, or certainly is not.
    planted = rng.choice(PLANTED)
    has_one = rng.random() < 0.5
    kind = planted if has_one else rng.choice(("walk", "range"))
    bars = make_series(SeriesSpec(kind, rng.randrange(10**6), bars=SHOWN))
    others = [name for name in PLANTED if name != planted]
    names = [NAMES[name] for name in (planted, *rng.sample(others, 2))]
    rng.shuffle(names)
    choices = (*names, "none of them: no shape was planted")
    correct = names.index(NAMES[planted]) + 1 if has_one else len(choices)
    why = (
        f"A {NAMES[planted]} was planted here."
        if has_one
        else "These bars are a random walk: what looks like a shape here looks so by chance."
    )
    return choice_quiz(
        card,
        "Which shape was planted in these bars? In half of such questions there is none.",
        choices,
        correct,
        explain=why,
        chart=_chart(bars),
        lesson=lesson,
    )


def _size_it(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
    del own
    equity = Decimal(rng.randrange(20, 500)) * 100
    entry = Decimal(rng.randrange(400, 6_000)) / 10
    distance = (entry * Decimal(rng.randrange(5, 40)) / 1_000).quantize(Decimal("0.1"))
    fraction = Decimal(rng.choice(("0.0025", "0.005", "0.01")))
    side = rng.choice((Side.BUY, Side.SELL))
    stop = entry - side.sign * distance
    sizing = position_size(equity=equity, entry=entry, stop=stop, lot=Decimal("0.01"), fraction=fraction)
    word = "long" if side is Side.BUY else "short"
    return number_quiz(
        card,
        f"Equity {equity}, risk {write(fraction, '2%')} of it, {word} from {entry} with the stop at "
        f"{stop}, lots of "
        f"0.01, no fees. How many units?",
        sizing.quantity,
        max(Decimal("0.01"), sizing.quantity / 20),
        shown=f"{sizing.quantity:f}",
        unit="units",
        explain=f"{equity} x {fraction} = {sizing.budget.normalize():f} to lose; each unit loses {distance}; "
        f"{sizing.budget.normalize():f} / {distance}, rounded down to the lot, is {sizing.quantity:f}.",
        hint="Money to lose, divided by what one unit loses at the stop.",
        lesson=lesson,
    )


def _liquidation_guess(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
    del own
    entry = Decimal(rng.randrange(100, 3_000)) * 10
    leverage = Decimal(rng.choice((2, 3, 5, 10, 20, 25)))
    maintenance = Decimal("0.005")
    side = rng.choice((Side.BUY, Side.SELL))
    exact = liquidation_price(InstrumentKind.LINEAR, side, entry, leverage=leverage, maintenance=maintenance)
    price = exact.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    word, sign = ("long", "-") if side is Side.BUY else ("short", "+")
    return number_quiz(
        card,
        f"A linear {word} from {entry} with a leverage of {leverage}, isolated, maintenance "
        f"{write(maintenance, '1%')}, "
        f"no fees: about where is it liquidated?",
        price,
        entry / leverage / 10,
        shown=f"{price}",
        explain=f"E (1 {sign} 1/L) / (1 {sign} m) = {entry} x (1 {sign} 1/{leverage}) / (1 {sign} "
        f"{maintenance}) = "
        f"{price}: {write(abs(exact / entry - 1), '1%')} away.",
        hint="One part in L of the price is the margin.",
        lesson=lesson,
    )


def _real_or_shuffled(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
    is_own = len(own) >= 2 * SHOWN
    whole = own if is_own else make_series(SeriesSpec("trend", rng.randrange(10**6), bars=3 * SHOWN))
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
        f"Shuffled bars "
        "have trends, levels and shapes as well: what the eye finds is not evidence by itself.",
        chart=_chart(bars),
        lesson=lesson,
    )


def _forecast(rng: Random, card: str, lesson: str, own: tuple[Candle, ...]) -> Quiz:
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
        f"With which probability does the price close above {close} in {HIDDEN} bars?",
        ONE if happened else ZERO,
        ZERO,
        shown=f"it closed at {later}, {'above' if happened else 'not above'} {close}",
        explain="Over many forecasts only honest probabilities score well.",
        chart=_chart(shown),
        lesson=lesson,
        uncovered=_chart(whole),
        kind=Kind.PROBABILITY,
    )


MAKERS: Final[Mapping[str, Maker]] = {
    "draw-the-level": _draw_the_level,
    "find-the-pivot": _find_the_pivot,
    "name-or-none": _name_or_none,
    "size-it": _size_it,
    "liquidation-guess": _liquidation_guess,
    "real-or-shuffled": _real_or_shuffled,
    "forecast": _forecast,
}
"""Every kind of made question."""

LESSONS: Final[Mapping[str, str]] = {
    "draw-the-level": "f-02-retracement",
    "find-the-pivot": "f-01-swings",
    "name-or-none": "p-06-real-or-shuffled",
    "size-it": "r-01-r-and-size",
    "liquidation-guess": "r-05-leverage-liquidation",
    "real-or-shuffled": "p-06-real-or-shuffled",
    "forecast": "m-05-multi-outcome-calibration",
}
"""Where each kind is explained."""


def tick_of(bars: Sequence[Candle]) -> Decimal:
    """Return the finest step of the prices: a power of ten."""
    exponents = [price.normalize().as_tuple().exponent for bar in bars for price in (bar.high, bar.low)]
    finest = min(exponent for exponent in exponents if isinstance(exponent, int))
    return Decimal(1).scaleb(min(finest, 0))


def _bars_with_pivots(
    rng: Random, own: tuple[Candle, ...], least: int
) -> tuple[tuple[Candle, ...], list[Pivot]]:
    """Return bars with so many confirmed pivots at least: the user's if he has such, made ones otherwise."""
    for _ in range(TRIES if len(own) >= SHOWN else 0):
        start = rng.randrange(len(own) - SHOWN + 1)
        bars = own[start : start + SHOWN]
        pivots = find_pivots(bars)
        if len(pivots) >= least:
            return bars, pivots
    while True:
        bars = make_series(SeriesSpec("trend", rng.randrange(10**6), bars=SHOWN))
        pivots = find_pivots(bars)
        if len(pivots) >= least:
            return bars, pivots


def _atr(bars: Sequence[Candle]) -> Decimal:
    atr = Atr()
    for bar in bars:
        atr.push(bar)
    assert atr.value is not None, "a question has enough bars"
    return atr.value


def _chart(
    bars: Sequence[Candle], *, marks: tuple[BarMark, ...] = (), levels: tuple[LevelLine, ...] = ()
) -> ChartView:
    return ChartView("question", "", tuple(bars), tick_of(bars), 14, levels, marks)


def _mark(pivot: Pivot, label: str) -> BarMark:
    return BarMark(pivot.bar, label, pivot.price)
