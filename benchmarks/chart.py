"""What a candle chart of 120 x 30 costs, beside textual-plotext drawing the same candles.

Two things are timed, in CPU time of the process: a whole picture (other bars than before, every line), and
a tick of the last bar (only the lines that it touches). Ours is timed twice: the rows alone, which are pure,
and the widget in a running app up to the lines that the compositor takes, as the peer. Medians are printed.

Every width of candles is drawn with every glyph set that can.

    python benchmarks/chart.py [--rounds 20]     needs the extra `bench`
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widget import Widget

from omega_tui.domain.candle import Candle
from omega_tui.ui.chart.bars import Zoom, zooms
from omega_tui.ui.chart.glyphs import CHART_GLYPHS
from omega_tui.ui.chart.model import ChartModel, LineKind, PriceLine
from omega_tui.ui.chart.painter import ChartPainter
from omega_tui.ui.widgets.chart import Chart

COLUMNS, LINES = 120, 30
BARS = 200
TICK = Decimal("0.5")
SECOND_NS = 1_000_000_000
BUILD_MS, TICK_MS = 4.0, 1.0
"""What a whole picture and a tick may cost."""


def bars(count: int, seed: int) -> tuple[Candle, ...]:
    """Return a random walk of minutes."""
    rng = random.Random(seed)
    close = 128_000
    made = []
    for number in range(count):
        first = close
        close = first + round(rng.gauss(0, 60))
        high, low = max(first, close) + rng.randrange(60), min(first, close) - rng.randrange(60)
        prices = (price * TICK for price in (first, high, low, close))
        made.append(
            Candle("bench", 60, number * 60 * SECOND_NS, *prices, volume=Decimal(rng.randrange(1, 999)))
        )
    return tuple(made)


def model(shown: tuple[Candle, ...], zoom: Zoom, glyphs: str) -> ChartModel:
    """Return a chart as the trade screen has it: levels, two orders, a position."""
    last = shown[-1].close
    lines = [PriceLine(last + TICK * 40 * n, f".{n}", LineKind.LEVEL) for n in range(-3, 4)]
    lines += [PriceLine(last - 30, "B.10", LineKind.BUY), PriceLine(last + 35, "S.10", LineKind.SELL)]
    lines.append(PriceLine(last - 12, "pos +0.3", LineKind.POSITION))
    return ChartModel(
        shown,
        TICK,
        "CHART 1m",
        "from the bench",
        zoom=zoom,
        lines=tuple(lines),
        is_live=True,
        glyphs=glyphs,
    )


def ticked(shown: ChartModel, up: bool) -> ChartModel:  # noqa: FBT001 - a switch
    """Return the chart with another close, inside the range of the bar."""
    last = shown.bars[-1]
    moved = replace(last, close=last.high if up else last.low, volume=last.volume)
    return structs.replace(shown, bars=(*shown.bars[:-1], moved))


def timed(run: Callable[[], object]) -> float:
    """Return what a call costs, in milliseconds of CPU."""
    begun = time.process_time()
    run()
    return (time.process_time() - begun) * 1_000


class Stage(App[None]):
    """Shows one widget in a corner of its own."""

    CSS = "Screen { overflow: hidden; } Chart, PlotextPlot { width: 120; height: 30; }"

    def __init__(self, shown: Widget) -> None:
        super().__init__()
        self.shown = shown

    def compose(self) -> ComposeResult:
        yield self.shown


def lines_of(widget: Widget) -> object:
    """Return the lines of a widget, as the compositor asks for them."""
    return widget.render_lines(Region(0, 0, COLUMNS, LINES))


async def of_widget(rounds: int, zoom: Zoom, glyphs: str) -> tuple[list[float], list[float]]:
    """Return the costs of whole pictures and of ticks, from a new model to lines."""
    chart = Chart()
    async with Stage(chart).run_test(size=(COLUMNS, LINES)):
        wholes, ticks = [], []
        for seed in range(rounds):
            whole = model(bars(BARS, seed), zoom, glyphs)

            def show(shown: ChartModel) -> None:
                chart.model = shown
                lines_of(chart)

            wholes.append(timed(lambda: show(whole)))  # noqa: B023 - called at once
            ticks += [timed(lambda: show(ticked(whole, n % 2 == 0))) for n in range(1, 5)]  # noqa: B023
        return wholes, ticks


def of_rows(rounds: int, zoom: Zoom, glyphs: str) -> tuple[list[float], list[float]]:
    """Return the costs of the rows alone."""
    painter, wholes, ticks = ChartPainter(), [], []
    for seed in range(rounds):
        whole = model(bars(BARS, seed), zoom, glyphs)
        wholes.append(timed(lambda: painter.paint(whole, COLUMNS, LINES)))  # noqa: B023
        for n in range(1, 5):
            moved = ticked(whole, n % 2 == 0)
            ticks.append(timed(lambda: painter.paint(moved, COLUMNS, LINES)))  # noqa: B023
    return wholes, ticks


async def of_plotext(rounds: int) -> list[float]:
    """Return what the peer's pictures cost; it has no smaller change than a whole one."""
    from textual_plotext import PlotextPlot  # noqa: PLC0415 - a peer, only here

    plot: Any = PlotextPlot()
    async with Stage(plot).run_test(size=(COLUMNS, LINES)):
        costs = []
        for seed in range(rounds):
            shown = bars(BARS, seed)
            dates = [f"{date(2020, 1, 1) + timedelta(number):%d/%m/%Y}" for number in range(len(shown))]
            values = {
                "Open": [float(bar.open) for bar in shown],
                "Close": [float(bar.close) for bar in shown],
                "High": [float(bar.high) for bar in shown],
                "Low": [float(bar.low) for bar in shown],
            }

            def show() -> None:
                plot.plt.clear_data()
                plot.plt.candlestick(dates, values)  # noqa: B023 - called at once
                plot.refresh()
                lines_of(plot)

            costs.append(timed(show))
        return costs


def main() -> None:
    """Time both and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=20, help="pictures of each (20)")
    rounds = options.parse_args().rounds
    print(f"{BARS} candles at {COLUMNS} x {LINES}, median CPU ms")
    print(f"{'':34}{'whole':>8}{'tick':>8}")
    ours = 0.0
    for glyphs in CHART_GLYPHS:
        for zoom in zooms(glyphs):
            name = f"{glyphs}, {zoom.name.lower()}"
            for part, (wholes, ticks) in (
                ("rows", of_rows(rounds, zoom, glyphs)),
                ("widget", asyncio.run(of_widget(rounds, zoom, glyphs))),
            ):
                whole, tick = statistics.median(wholes), statistics.median(ticks)
                ours = max(ours, whole)
                print(f"{name + ': ' + part:34}{whole:8.2f}{tick:8.2f}")
    peer = statistics.median(asyncio.run(of_plotext(max(3, rounds // 4))))
    print(f"{'textual-plotext':34}{peer:8.2f}{peer:8.2f}   {peer / ours:.0f} x our dearest picture")
    print(f"{'may cost':34}{BUILD_MS:8.2f}{TICK_MS:8.2f}")


if __name__ == "__main__":
    main()
