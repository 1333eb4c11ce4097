"""Bars from text: comma-separated rows with a header, as exchanges and libraries write them. Pure."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Final

from omega_tui.domain.candle import Candle
from omega_tui.domain.instrument import ZERO
from omega_tui.education.bars import check_bar
from omega_tui.text import parse_decimal, safe_text
from omega_tui.units import NS_PER_S, NS_PER_US

NAMES: Final = {
    "time": ("time", "timestamp", "date", "datetime", "open_time"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c"),
    "volume": ("volume", "v", "vol"),
}
"""What the columns may be called; capital letters do not matter."""

MAX_BARS: Final = 5_000_000

HOLE_STEPS: Final = 20
"""A longer pause than so many usual steps cuts a series in two: nothing is seen across it."""

_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]{1,18})?[eE][+-]?[0-9]{1,2}").fullmatch
"""As libraries write very small and very large floats."""


def read_ohlcv(lines: Iterable[str]) -> list[Candle]:
    """Return the bars of a file, oldest first; prices exactly as they are written.

    The columns `open`, `high`, `low` and `close` must be there, `time` and `volume` may. Times are seconds,
    milli-, micro- or nanoseconds since 1970, or ISO 8601; without a zone they are UTC. Without a time the
    bars are a minute apart. The length of a bar is the usual step between two.

    Raises:
        ValueError: The text is no such file; the message names the line.
    """
    rows = csv.reader(lines, strict=True)
    try:
        header = next(rows)
    except StopIteration:
        raise ValueError("the file is empty; a header with open, high, low and close is expected") from None
    except csv.Error as error:
        raise ValueError(f"line 1: {error}") from error
    columns = _columns(header)
    made: list[tuple[int, tuple[Decimal, ...]]] = []
    try:
        for row in rows:
            if row:
                made.append(_bar(row, columns, len(made)))
                _check_order(made)
    except (ValueError, csv.Error) as error:
        raise ValueError(f"line {rows.line_num}: {error}") from error
    steps = [after[0] - before[0] for before, after in pairwise(made)]
    timeframe_s = max(1, int(median(steps)) // NS_PER_S) if steps else 60
    candles = []
    for number, (start_ns, (open_, high, low, close, volume)) in enumerate(made):
        candle = Candle("", timeframe_s, start_ns, open_, high, low, close, volume)
        try:
            check_bar(candle)
        except ValueError as error:
            raise ValueError(f"bar {number + 1}: {error}") from error
        candles.append(candle)
    return candles


def unbroken(bars: Sequence[Candle]) -> list[Sequence[Candle]]:
    """Cut a series where the pause between two bars is longer than `HOLE_STEPS` usual ones."""
    if len(bars) < 3:
        return [bars] if bars else []
    usual = median(after.start_ns - before.start_ns for before, after in pairwise(bars))
    cuts = [
        number
        for number, (before, after) in enumerate(pairwise(bars), start=1)
        if after.start_ns - before.start_ns > HOLE_STEPS * usual
    ]
    return [bars[start:end] for start, end in pairwise([0, *cuts, len(bars)])]


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    words = [word.strip().lower().removeprefix("\ufeff") for word in header]
    for name, spellings in NAMES.items():
        place = next((words.index(word) for word in spellings if word in words), None)
        if place is not None:
            found[name] = place
        elif name not in {"time", "volume"}:
            shown = safe_text(", ".join(header), max_cells=80)
            raise ValueError(f"line 1: there is no column {name!r} among: {shown}")
    return found


def _bar(row: Sequence[str], columns: dict[str, int], number: int) -> tuple[int, tuple[Decimal, ...]]:
    if len(row) <= max(columns.values()):
        raise ValueError(f"{len(row)} values, and {max(columns.values()) + 1} are needed")
    prices = [_number(row[columns[name]], name) for name in ("open", "high", "low", "close")]
    volume = _number(row[columns["volume"]], "volume") if "volume" in columns else ZERO
    start_ns = _time_ns(row[columns["time"]].strip()) if "time" in columns else number * 60 * NS_PER_S
    return start_ns, (*prices, volume)


def _check_order(made: Sequence[tuple[int, tuple[Decimal, ...]]]) -> None:
    if len(made) > MAX_BARS:
        raise ValueError(f"more than {MAX_BARS} bars")
    if len(made) > 1 and made[-1][0] <= made[-2][0]:
        raise ValueError("the time is not after the one before; oldest bars come first")


def _number(text: str, name: str) -> Decimal:
    text = text.strip()
    try:
        return Decimal(text) if _SCIENTIFIC(text) else parse_decimal(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _time_ns(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 20:
        # Seconds have ten digits in this century, and every finer unit three more.
        thousands = min(3, max(0, (len(text) - 8) // 3))
        return int(text) * (1, 1_000, 1_000_000, NS_PER_S)[3 - thousands]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        shown = safe_text(text, max_cells=40)
        raise ValueError(f"time: {shown!r} is neither ISO 8601 nor a number of seconds") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = since.days * 86_400 + since.seconds
    return seconds * NS_PER_S + since.microseconds * NS_PER_US


def written_time(start_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, to the second; empty for bars that have none."""
    if start_ns < 365 * 86_400 * NS_PER_S:
        return ""
    return datetime.fromtimestamp(start_ns // NS_PER_S, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
