"""The line under the bars of a chart: their times. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.ui.chart.view import Viewport
from omega_tui.units import NS_PER_S

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_STEPS_S: Final = (
    *(1, 5, 10, 15, 30),
    *(_MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * hours for hours in (1, 2, 4, 6, 12)),
    *(_DAY * days for days in (1, 2, 7, 14, 28, 91, 182, 364, 1_820, 3_640)),
)
"""Between two times that are written."""
_NUMBER_STEPS: Final = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1_000)
_APART: Final = 3
"""Blank columns between two labels, at least."""


def time_axis(bars: Sequence[Candle], view: Viewport, width: int, *, has_times: bool) -> str:
    """Return the line under the bars: UTC times where a round one begins, or numbers of bars.

    Args:
        bars: All of the chart's, of which the view shows some.
        view: Which.
        width: Cells of the line.
        has_times: Whether the bars' times mean anything.
    """
    numbers = range(view.first, view.stop)
    if not numbers:
        return " " * width
    labels = _time_labels(bars, view) if has_times else _number_labels(view)
    line = [" "] * width
    free_from = 0
    for bar, text in labels:
        column = view.middle_of(bar)
        if column is None or column < free_from or column + len(text) > width:
            continue
        line[column : column + len(text)] = text
        free_from = column + len(text) + _APART - 1
    return "".join(line)


def _per_column(view: Viewport) -> Decimal:
    return Decimal(view.zoom.per_column) / view.zoom.pitch


def _number_labels(view: Viewport) -> list[tuple[int, str]]:
    least = (len(str(view.stop)) + _APART) * _per_column(view)
    step = next((step for step in _NUMBER_STEPS if step >= least), _NUMBER_STEPS[-1])
    return [(bar, str(bar)) for bar in range(view.first, view.stop) if bar % step == 0]


def _time_labels(bars: Sequence[Candle], view: Viewport) -> list[tuple[int, str]]:
    timeframe_s = max(1, bars[view.first].timeframe_s)
    width = len("14:02:11") if timeframe_s < _MINUTE else len("14:02")
    least_s = timeframe_s * (width + _APART) * _per_column(view)
    step_s = next((step for step in _STEPS_S if step >= least_s), _STEPS_S[-1])
    labels = []
    before_s = (bars[view.first].start_ns // NS_PER_S) - timeframe_s if view.first == 0 else -1
    if view.first:
        before_s = bars[view.first - 1].start_ns // NS_PER_S
    for bar in range(view.first, view.stop):
        start_s = bars[bar].start_ns // NS_PER_S
        if start_s // step_s != before_s // step_s:
            labels.append((bar, _time_text(start_s, before_s, step_s)))
        before_s = start_s
    return labels


def _time_text(start_s: int, before_s: int, step_s: int) -> str:
    moment = datetime.fromtimestamp(start_s, UTC)
    if start_s // _DAY != before_s // _DAY:
        earlier = datetime.fromtimestamp(max(0, before_s), UTC)
        return f"{moment:%b %Y}" if moment.year != earlier.year else f"{moment.day} {moment:%b}"
    return f"{moment:%H:%M:%S}" if step_s < _MINUTE else f"{moment:%H:%M}"


def bar_time(bar: Candle) -> str:
    """Return the beginning of a bar in UTC: with seconds where they matter, as a date where days are long."""
    moment = datetime.fromtimestamp(bar.start_ns // NS_PER_S, UTC)
    if bar.timeframe_s >= _DAY:
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%H:%M:%S}" if bar.timeframe_s < _MINUTE else f"{moment:%d %b %H:%M}"
