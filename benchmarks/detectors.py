"""What the teaching engines find, beside what they find where there is nothing to be found.

For each detector: how often it speaks per 1,000 bars of a series, and of the same bars in a chance order (the
stationary bootstrap keeps pieces of some 20 bars). A ratio near 1 says that chance makes as many. Then how
many of the planted patterns are found again, by noise; and for book and tape, precision, recall and delay on
tapes of the embedded exchange's engine, of which it is known what happened, and false alarms per hour of the
crowd alone.

    python -m benchmarks.detectors [FILE.csv[.gz] ...] [--shuffles N] [--bars N] [--seeds N] [--tapes N]
    [--json]
    python -m benchmarks.detectors --lessons | --write

Without a file it reads the recordings beside the checkout; without those, a random walk. `--lessons` prints
every figure that the lessons quote of our own measurements, `--write` puts them where the lessons read them.
"""

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import fmean, median, pstdev

from benchmarks.evidence import (
    MEASURED,
    Figures,
    candle_figures,
    chart_figures,
    detector_figures,
    retraces,
    swing_figures,
    toml_of,
)
from omega_tui.domain.candle import Candle
from omega_tui.education.book_patterns import BookWatch
from omega_tui.education.book_signal import BookSignal
from omega_tui.education.candlesticks import find_candlesticks
from omega_tui.education.chart_pattern import PatternState
from omega_tui.education.chart_patterns import find_chart_patterns
from omega_tui.education.ohlcv import read_ohlcv, unbroken
from omega_tui.education.planting import PLANTABLE, noise_bars, plant, resampled
from omega_tui.education.swings import SwingScale, find_pivots
from omega_tui.sim.planted_tape import SECOND, LevelTold, PlanKind, PlantedTape, Truth

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "captures" / "ohlcv"
NOISES = (0.0, 0.3, 0.6, 1.0)
HALF = Decimal("0.5")

ALSO = {("ABSORPTION", "ICEBERG"), ("VACUUM", "SWEEP")}
"""What a plan brings with it: an iceberg takes much without giving way, a sweep leaves little behind."""

LATE_NS = 2 * SECOND

HOURLY = "btcusdt_1h_2018_2022"
LESSON_BARS, LESSON_SHUFFLES, LESSON_SEEDS, LESSON_TAPES = 20_000, 2, 100, 12
"""What the figures of the lessons are counted on."""

Counts = Counter[str]


def counted(bars: Sequence[Candle]) -> Counts:
    """Return how often each detector speaks in a series, cut at its holes."""
    counts: Counts = Counter()
    for piece in unbroken(bars):
        counts.update(f"candle {match.pattern.words}" for match in find_candlesticks(piece))
        for pattern in find_chart_patterns(piece):
            counts[f"chart {pattern.kind.words} {pattern.state.lower()}"] += 1
            if pattern.state in {PatternState.CONFIRMED, PatternState.TARGET, PatternState.FAILED}:
                counts[f"chart all {pattern.state.lower()}"] += 1
        for scale in SwingScale:
            pivots = find_pivots(piece, scale.factor)
            counts[f"swings {scale.lower()}"] += len(pivots)
            if scale is SwingScale.MAIN:
                counts.update({f"fibonacci {level}": near for level, near in retraces(pivots).items()})
    return counts


def real_against_shuffled(bars: Sequence[Candle], *, shuffles: int) -> list[dict[str, object]]:
    """Return one row for each detector: counts per 1,000 bars, their ratio, and how far it is from chance."""
    real = counted(bars)
    null = [counted(resampled(bars, Random(f"shuffle {number}"))) for number in range(shuffles)]
    rows: list[dict[str, object]] = []
    for name in sorted(set(real).union(*null)):
        found = [counts[name] for counts in null]
        mean, spread = fmean(found), pstdev(found)
        rows.append(
            {
                "detector": name,
                "real_per_1000": round(real[name] / len(bars) * 1_000, 3),
                "shuffled_per_1000": round(mean / len(bars) * 1_000, 3),
                "ratio": round(real[name] / mean, 2) if mean else None,
                "z": round((real[name] - mean) / spread, 1) if spread else None,
            }
        )
    return rows


def recall(*, seeds: int, noise: float) -> dict[str, float]:
    """Return the share of planted patterns that are found with at least half of their bars in common."""
    shares = {}
    for kind in PLANTABLE:
        found = 0
        for seed in range(seeds):
            planted = plant(kind, Random(f"{kind}{seed}"), noise=noise)
            found += any(
                pattern.kind is kind and pattern.overlap(planted.start, planted.end) >= HALF
                for pattern in find_chart_patterns(planted.bars)
                if pattern.state is PatternState.FORMED
            )
        shares[kind.words] = round(found / seeds, 3)
    return shares


def signals_of(tape: PlantedTape) -> list[BookSignal]:
    """Return what a reader of totals and prints says of a tape."""
    watch = BookWatch(tape.tick)
    signals: list[BookSignal] = []
    for told in tape.told:
        if isinstance(told, LevelTold):
            signals += watch.level(told.side, told.price, told.size, told.at_ns)
        else:
            signals += watch.trade(told.price, told.size, told.aggressor, told.at_ns)
    return [signal for signal in signals if signal.pattern in set(PlanKind)]


def is_true(signal: BookSignal, truth: Truth, tick: Decimal, *, exact: bool) -> bool:
    """Whether a signal tells of what happened; `exact` leaves out what a plan brings with it."""
    names = (str(signal.pattern), str(truth.kind))
    return (
        (names[0] == names[1] or (not exact and names in ALSO))
        and (signal.side is None or truth.side is None or signal.side is truth.side)
        and (signal.price is None or truth.price is None or abs(signal.price - truth.price) <= tick)
        and truth.start_ns - SECOND <= signal.known_at_ns <= truth.end_ns + LATE_NS
    )


def books(seeds: Iterable[str], *, plans: int) -> dict[str, dict[str, float | None]]:
    """Return precision, recall and median delay of each kind, and of all together, on planted tapes."""
    said, right, happened, found = Counts(), Counts(), Counts(), Counts()
    delays: dict[str, list[float]] = {kind: [] for kind in PlanKind}
    for seed in seeds:
        tape = PlantedTape(seed)
        tape.run(list(PlanKind), plans=plans)
        signals = signals_of(tape)
        for signal in signals:
            said[signal.pattern] += 1
            right[signal.pattern] += any(is_true(signal, one, tape.tick, exact=False) for one in tape.truths)
        for truth in tape.truths:
            happened[truth.kind] += 1
            hits = [signal for signal in signals if is_true(signal, truth, tape.tick, exact=True)]
            found[truth.kind] += bool(hits)
            delays[truth.kind] += [(hits[0].known_at_ns - truth.start_ns) / SECOND] if hits else []
    rows = {
        str(kind): {
            "signals": said[kind],
            "events": happened[kind],
            "precision": round(right[kind] / said[kind], 3) if said[kind] else None,
            "recall": round(found[kind] / happened[kind], 3) if happened[kind] else None,
            "delay_s": round(median(delays[kind]), 2) if delays[kind] else None,
        }
        for kind in PlanKind
    }
    rows["all"] = {
        "signals": said.total(),
        "events": happened.total(),
        "precision": round(right.total() / max(1, said.total()), 3),
        "recall": round(found.total() / max(1, happened.total()), 3),
        "delay_s": None,
    }
    return rows


def false_alarms(seeds: Sequence[str], *, minutes: int) -> dict[str, float]:
    """Return signals per hour of the crowd alone, sweeps left out: those it really makes."""
    counts: Counts = Counter()
    for seed in seeds:
        tape = PlantedTape(seed)
        tape.wait(minutes * 60 * SECOND)
        counts.update(str(signal.pattern) for signal in signals_of(tape) if signal.pattern != PlanKind.SWEEP)
    hours = len(seeds) * minutes / 60
    return {kind: round(counts[kind] / hours, 2) for kind in sorted(counts)}


def read(path: Path) -> list[Candle]:
    """Return the bars of a file."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return read_ohlcv(text.decode().splitlines())


def measured() -> dict[str, Figures]:
    """Return every figure that the lessons quote, by the source that they cite.

    Detectors are counted on the first 20,000 hourly bars, candlesticks and swings on all of them.
    """
    recorded = {path.name.partition(".")[0]: read(path) for path in sorted(RECORDINGS.glob("*.csv.gz"))}
    counted = {name: bars[:LESSON_BARS] for name, bars in recorded.items()}
    detectors = detector_figures(counted[HOURLY], shuffles=LESSON_SHUFFLES)
    for kind, share in recall(seeds=LESSON_SEEDS, noise=0.3).items():
        detectors[f"{kind.replace(' ', '_')}_recall"] = str(share)
    alarms = false_alarms([f"crowd {number}" for number in range(2)], minutes=15)
    for kind, row in books([f"tape {number}" for number in range(LESSON_TAPES)], plans=20).items():
        name = kind.lower()
        detectors[f"{name}_precision"] = str(row["precision"])
        detectors[f"{name}_recall"] = str(row["recall"])
        if kind not in {"all", PlanKind.SWEEP}:
            detectors[f"{name}_alarms"] = str(alarms.get(kind, 0.0))
    return {
        "omega-detectors-2026": detectors,
        "omega-charts-2026": chart_figures(counted, shuffles=LESSON_SHUFFLES, hourly=HOURLY),
        "omega-candles-2026": candle_figures(recorded, hourly=HOURLY),
        "omega-swings-2026": swing_figures(recorded[HOURLY]),
    }


def cost(bars: Sequence[Candle]) -> dict[str, float]:
    """Return microseconds of CPU per bar."""
    took = {}
    for name, find in (("candlesticks", find_candlesticks), ("chart patterns", find_chart_patterns)):
        start = time.process_time()
        find(bars)
        took[name] = round((time.process_time() - start) / len(bars) * 1e6, 1)
    return took


def main() -> None:
    """Print everything."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--shuffles", type=int, default=5)
    options.add_argument("--bars", type=int, default=6_000, help="of each series, the first so many")
    options.add_argument("--seeds", type=int, default=60, help="planted patterns of each kind and noise")
    options.add_argument("--tapes", type=int, default=6, help="planted tapes of 20 plans each")
    options.add_argument("--json", action="store_true")
    options.add_argument("--lessons", action="store_true", help="print what the lessons quote")
    options.add_argument("--write", action="store_true", help="write it where they read it")
    arguments = options.parse_args()
    if arguments.lessons or arguments.write:
        text = toml_of(measured())
        if arguments.write:
            MEASURED.write_text(text, encoding="utf-8")
        print(text, end="")
        return
    series = {path.name.partition(".")[0]: read(path)[: arguments.bars] for path in arguments.files}
    if not series and RECORDINGS.is_dir():
        paths = sorted(RECORDINGS.glob("*.csv.gz"))
        series = {path.name.partition(".")[0]: read(path)[: arguments.bars] for path in paths}
    if not series:
        series = {"random walk": list(noise_bars(Random(1), arguments.bars))}
    result = {
        "series": {
            name: real_against_shuffled(bars, shuffles=arguments.shuffles) for name, bars in series.items()
        },
        "recall": {str(noise): recall(seeds=arguments.seeds, noise=noise) for noise in NOISES},
        "books": books([f"tape {number}" for number in range(arguments.tapes)], plans=20),
        "false_alarms_per_hour": false_alarms([f"crowd {number}" for number in range(2)], minutes=15),
        "us_per_bar": cost(next(iter(series.values()))),
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        _print(result, {name: len(bars) for name, bars in series.items()})


def _print(result: dict[str, dict[str, object]], lengths: dict[str, int]) -> None:
    for name, rows in result["series"].items():
        print(f"\n{name}, {lengths[name]} bars: per 1,000 bars, real and shuffled")
        assert isinstance(rows, list), "a row for each detector"
        for row in rows:
            ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
            z = "" if row["z"] is None else f"z {row['z']:+.1f}"
            print(
                f"  {row['detector']:44}{row['real_per_1000']:>10}{row['shuffled_per_1000']:>10}"
                f"  ratio {ratio:>6}  {z}"
            )
    print("\nplanted chart patterns found again, by noise in ATR")
    kinds = next(iter(result["recall"].values()))
    for kind in kinds:
        shares = "".join(f"{noise:>6}: {found[kind]:<6}" for noise, found in result["recall"].items())
        print(f"  {kind:32}{shares}")
    print("\nplanted events of book and tape")
    for kind, row in result["books"].items():
        print(
            f"  {kind.lower():14}{row['signals']:4} signals {row['events']:4} events  precision "
            f"{row['precision']:<6} recall {row['recall']:<6} median delay {row['delay_s'] or '-'} s"
        )
    print(f"\nfalse alarms per hour of the crowd alone: {result['false_alarms_per_hour']}")
    print(f"CPU per bar, us: {result['us_per_bar']}")


if __name__ == "__main__":
    main()
