"""What the lessons quote of our own measurements, as figures by name: counted here and nowhere typed.

`python -m benchmarks.detectors --write` puts them into the file that the lessons read. Everything is counted
on recordings, and again on stationary bootstraps of the same bars.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import erfc, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, median, stdev
from typing import NamedTuple

from omega_tui.domain.candle import Candle
from omega_tui.education.bars import Atr
from omega_tui.education.candlestick_names import Candlestick
from omega_tui.education.candlesticks import find_candlesticks
from omega_tui.education.chart_pattern import ChartPattern, ChartPatternKind, PatternState
from omega_tui.education.chart_patterns import find_chart_patterns
from omega_tui.education.fibonacci import RETRACEMENT_RATIOS, retrace_ratio
from omega_tui.education.ohlcv import unbroken
from omega_tui.education.planting import resampled
from omega_tui.education.signals import PATTERNS
from omega_tui.education.swings import Pivot, SwingScale, ZigZag, find_pivots

MEASURED = Path(__file__).resolve().parents[1] / "omega_tui" / "education" / "lessons" / "measured.toml"

NEAR_RATIO = Decimal("0.015")
"""A retrace is at a ratio when it is no further from it."""

HORIZONS = (1, 3, 5, 10)
LEAST_CASES = 30
ONE_SIDED = 1.645
"""Standard errors beyond which one test in twenty of nothing ends on one side."""
RATE = 0.05

Figures = dict[str, str]


def spoken(bars: Sequence[Candle]) -> Counter[str]:
    """Return how often each detector speaks in bars without a hole, by the names of the figures."""
    found: Counter[str] = Counter()
    for match in find_candlesticks(bars, PATTERNS):
        found[match.pattern.name.lower()] += 1
    for pattern in find_chart_patterns(bars):
        found[pattern.kind.name.lower()] += pattern.state is PatternState.FORMED
    for scale in SwingScale:
        pivots = find_pivots(bars, scale.factor)
        found[f"swings_{scale.name.lower()}"] += len(pivots)
        if scale is SwingScale.MAIN:
            for ratio, near in retraces(pivots).items():
                found[f"fib_{_digits(ratio)}"] += near
    return found


def retraces(pivots: Sequence[Pivot]) -> dict[Decimal, int]:
    """Return how many retraces of one swing by the next end at each ratio."""
    ends = [
        retrace_ratio(first.price, second.price, third.price)
        for first, second, third in zip(pivots, pivots[1:], pivots[2:], strict=False)
    ]
    return {ratio: sum(abs(end - ratio) <= NEAR_RATIO for end in ends) for ratio in RETRACEMENT_RATIOS}


def detector_names() -> list[str]:
    """Return the name of every detector whose counts are compared with chance."""
    names = [pattern.name.lower() for pattern in PATTERNS]
    names += [kind.name.lower() for kind in ChartPatternKind]
    names += [f"swings_{scale.name.lower()}" for scale in SwingScale]
    return names + [f"fib_{_digits(ratio)}" for ratio in RETRACEMENT_RATIOS]


def detector_figures(bars: Sequence[Candle], *, shuffles: int) -> Figures:
    """Return the counts per 1,000 bars of each detector, real and shuffled."""
    real = _spoken_in_all(bars)
    null = [_spoken_in_all(resampled(bars, Random(f"shuffle {number}"))) for number in range(shuffles)]
    figures = {"bars": str(len(bars)), "shuffles": str(shuffles)}
    for name in detector_names():
        figures[f"{name}_real"] = _per_1000(real[name], bars)
        figures[f"{name}_null"] = _per_1000(fmean(counts[name] for counts in null), bars)
    return figures


def _spoken_in_all(bars: Sequence[Candle]) -> Counter[str]:
    return sum((spoken(piece) for piece in unbroken(bars)), Counter())


class Race(NamedTuple):
    """How the first ATR after a confirmation ended.

    Attributes:
        won: It was made the way in which the pattern points.
        lost: The other way.
        confirmed: Patterns that were confirmed; in some races one bar did both, or the bars ended.
    """

    won: int
    lost: int
    confirmed: int


def race(bars: Sequence[Candle]) -> Race:
    """Return what became of the confirmed patterns of a series, in a race of one ATR either way."""
    won = lost = confirmed = 0
    for piece in unbroken(bars):
        ranges = Atr()
        atrs = [ranges.push(bar) for bar in piece]
        for pattern in find_chart_patterns(piece):
            if pattern.state is PatternState.CONFIRMED:
                confirmed += 1
                end = _first_atr(piece, pattern, atrs[pattern.changed_at])
                won, lost = won + (end > 0), lost + (end < 0)
    return Race(won, lost, confirmed)


def _first_atr(bars: Sequence[Candle], pattern: ChartPattern, atr: Decimal | None) -> int:
    """Return 1 where the price made one ATR in the pattern's direction first, -1 against it, 0 undecided."""
    entry = bars[pattern.changed_at].close
    for bar in bars[pattern.changed_at + 1 :]:
        up, down = bar.high - entry >= (atr or 0), entry - bar.low >= (atr or 0)
        if up or down:
            return 0 if up and down else pattern.direction * (1 if up else -1)
    return 0


def chart_figures(series: Mapping[str, Sequence[Candle]], *, shuffles: int, hourly: str) -> Figures:
    """Return confirmed patterns on every series beside shuffled bars, and how the races went."""
    real = {name: race(bars) for name, bars in series.items()}
    null = {
        name: [race(resampled(bars, Random(f"shuffle {number}"))) for number in range(shuffles)]
        for name, bars in series.items()
    }
    chance = {name: fmean(one.confirmed for one in races) for name, races in null.items()}
    shares = [chance[name] / real[name].confirmed for name in series]
    every = [one for races in null.values() for one in races]
    return {
        "series": str(len(series)),
        "events": str(sum(one.confirmed for one in real.values())),
        "shuffled_low": f"{min(shares):.3f}",
        "shuffled_high": f"{max(shares):.3f}",
        "race_n": str(sum(one.won + one.lost for one in real.values())),
        "race_real": _share(real.values()),
        "race_null": _share(every),
        "race_z": f"{_apart(list(real.values()), every):.1f}",
        "btc_real": _per_1000(real[hourly].confirmed, series[hourly]),
        "btc_null": _per_1000(chance[hourly], series[hourly]),
    }


def candle_figures(series: Mapping[str, Sequence[Candle]], *, hourly: str) -> Figures:
    """Return how common candlesticks are, and what came after them, on every series."""
    shares, names, tests = [], [], []
    counts: dict[Candlestick, int] = defaultdict(int)
    for key, bars in series.items():
        named: set[int] = set()
        total = done = 0
        cases: dict[tuple[Candlestick, int], list[tuple[int, Sequence[Candle]]]] = defaultdict(list)
        pieces = list(unbroken(bars))
        for piece in pieces:
            for match in find_candlesticks(piece):
                named.add(done + match.known_at)
                total += 1
                counts[match.pattern] += key == hourly
                if match.direction:
                    cases[match.pattern, match.direction].append((match.known_at, piece))
            done += len(piece)
        shares.append(len(named) / len(bars))
        names.append(total / len(bars))
        tests += [test for horizon in HORIZONS for test in forward(key, pieces, cases, horizon)]
    kept = surviving(tests)
    return {
        "series": str(len(series)),
        "patterns": str(len(Candlestick)),
        "share_low": f"{min(shares):.3f}",
        "share_high": f"{max(shares):.3f}",
        "per_bar": f"{fmean(names):.1f}",
        "tests": str(len(tests)),
        "significant": str(sum(one.z > ONE_SIDED for one in tests)),
        "opposite": str(sum(one.z < -ONE_SIDED for one in tests)),
        "expected": f"{RATE * len(tests):.0f}",
        "false_discovery": str(RATE),
        "surviving": str(len(kept)),
        "surviving_minutes": str(sum("_1m" in one.series for one in kept)),
        "median_bp": f"{median(one.mean for one in kept or tests) * 10_000:.1f}",
        "hit_rate": f"{median(one.hits for one in tests):.3f}",
        "hourly_bars": str(len(series[hourly])),
        "shooting_star": str(counts[Candlestick.SHOOTING_STAR]),
        "dark_cloud": str(counts[Candlestick.DARK_CLOUD_COVER]),
        "piercing": str(counts[Candlestick.PIERCING]),
    }


class Trial(NamedTuple):
    """One shape in one series and what came after it.

    Attributes:
        series: Name of the series.
        z: Mean return in its direction beyond that of all bars, in standard errors.
        mean: That return, as a share of the price.
        hits: Share of cases in which the price went its way.
    """

    series: str
    z: float
    mean: float
    hits: float


def surviving(tests: Sequence[Trial]) -> list[Trial]:
    """Return the tests that are left when how many there were is corrected for (Benjamini and Hochberg)."""
    errors = sorted((0.5 * erfc(one.z / sqrt(2)), one) for one in tests)
    places = [place for place, (error, _) in enumerate(errors, 1) if error <= RATE * place / len(errors)]
    return [one for _, one in errors[: max(places, default=0)]]


def forward(
    series: str,
    pieces: Sequence[Sequence[Candle]],
    cases: Mapping[tuple[Candlestick, int], Sequence[tuple[int, Sequence[Candle]]]],
    horizon: int,
) -> Iterator[Trial]:
    """Yield a test for each shape and direction that has enough cases."""
    usual = fmean(_return(piece, at, horizon) for piece in pieces for at in range(len(piece) - horizon))
    for (_, direction), places in cases.items():
        moves = [direction * _return(piece, at, horizon) for at, piece in places if at + horizon < len(piece)]
        if len(moves) >= LEAST_CASES and (spread := stdev(moves)):
            mean = fmean(moves) - direction * usual
            hits = sum(move > 0 for move in moves) / len(moves)
            yield Trial(series, mean / (spread / sqrt(len(moves))), mean, hits)


def swing_figures(bars: Sequence[Candle]) -> Figures:
    """Return how swings behave: how often the last leg moves, and how late a turn is certain."""
    pivots, moved = [], 0
    for piece in unbroken(bars):
        zigzag, before = ZigZag(), None
        for bar in piece:
            pivot, end = zigzag.push(bar), zigzag.forming
            if pivot is not None:
                pivots.append(pivot)
            elif before is not None:
                moved += end != before
            before = end
    lags = sorted(pivot.known_at - pivot.bar for pivot in pivots)
    legs = [later.bar - pivot.bar for pivot, later in pairwise(pivots) if later.bar > pivot.bar]
    return {
        "moved": f"{moved / len(bars):.3f}",
        "bars_per_pivot": f"{fmean(legs):.1f}",
        "lag_median": f"{median(lags):.0f}",
        "lag_p90": str(lags[len(lags) * 9 // 10]),
    }


def toml_of(tables: Mapping[str, Figures]) -> str:
    """Return the file that the lessons read."""
    text = "# Written by `python -m benchmarks.detectors --write`; not to be edited by hand.\n"
    for name, figures in tables.items():
        text += f"\n[{name}]\n" + "".join(f'{key} = "{value}"\n' for key, value in figures.items())
    return text


def _return(bars: Sequence[Candle], at: int, horizon: int) -> float:
    return float(bars[at + horizon].close / bars[at].close) - 1


def _per_1000(count: float, bars: Sequence[Candle]) -> str:
    return f"{count / len(bars) * 1_000:.3f}"


def _share(races: Iterable[Race]) -> str:
    won, lost = _ends(races)
    return f"{won / (won + lost):.3f}"


def _ends(races: Iterable[Race]) -> tuple[int, int]:
    every = list(races)
    return sum(one.won for one in every), sum(one.lost for one in every)


def _apart(real: Sequence[Race], null: Sequence[Race]) -> float:
    """Return how far two shares of won races are apart, in standard errors of their difference."""
    (won, lost), (null_won, null_lost) = _ends(real), _ends(null)
    n, m = won + lost, null_won + null_lost
    both = (won + null_won) / (n + m)
    return (won / n - null_won / m) / sqrt(both * (1 - both) * (1 / n + 1 / m))


def _digits(ratio: Decimal) -> str:
    return f"{ratio:.3f}".replace(".", "")
