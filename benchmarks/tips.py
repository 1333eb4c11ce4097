"""A month of one-minute bars: what the engines notice, and how many tips come of it.

    python -m benchmarks.tips [--seed N]

Prints signals and tips per hour, the median and the worst hour, and the tips of each eight-hour session of a
user who learns nothing, which is the worst case: what is mastered is not told.
"""

import argparse
from statistics import median

from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.progress import Progress
from omega_tui.education.signals import BarSignals
from omega_tui.education.tips import HOUR_NS, TipEngine
from omega_tui.services.lesson_files import load_catalogue

MINUTES = 30 * 24 * 60


def main() -> None:
    """Run it and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=5)
    seed = parser.parse_args().seed
    spec = SeriesSpec("walk", seed, bars=MINUTES, start="60000", bar_ticks=400, timeframe_s=60)
    bars = make_series(spec)
    signals, progress = BarSignals(), Progress()
    engine = TipEngine(load_catalogue().tip_rules, progress, lambda _: 0.0)
    hours = [0] * (MINUTES // 60)
    noticed = 0
    for bar in bars:
        found = signals.push(bar)
        noticed += len(found)
        tip = engine.offer(found, now_ns=bar.end_ns, is_busy=False)
        if tip is not None:
            progress.fold(tip[1])
            hours[(bar.start_ns - bars[0].start_ns) // HOUR_NS] += 1
    sessions = [sum(hours[at : at + 8]) for at in range(0, len(hours), 8)]
    print(f"{len(bars):,} bars, {noticed / len(hours):.1f} signals an hour")
    print(f"tips: {sum(hours)} in {len(hours)} hours; median {median(hours)} an hour, most {max(hours)}")
    print(
        f"first session of eight hours: {sessions[0]}, median hour {median(hours[:8])}; then {sessions[1:10]}"
    )


if __name__ == "__main__":
    main()
