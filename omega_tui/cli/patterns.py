"""`omega-tui patterns`: candlestick and chart patterns in a file of bars."""

import sys
import zlib
from collections.abc import Iterator, Sequence
from gzip import GzipFile
from pathlib import Path

from omega_tui.cli.amounts import plain
from omega_tui.cli.exit_codes import DONE, REFUSED_HERE
from omega_tui.cli.options import bare_parser, complain_of
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.domain.candle import Candle
from omega_tui.education.candlestick_names import CURATED, Candlestick
from omega_tui.education.candlesticks import CandlestickMatch, CandlestickReader
from omega_tui.education.chart_pattern import ChartPattern
from omega_tui.education.chart_patterns import ChartPatternReader
from omega_tui.education.ohlcv import read_ohlcv, unbroken, written_time

MAX_BYTES = 512 * 1024 * 1024
"""A larger file is not read, packed or not."""

Row = dict[str, object]

_POINTS = {1: "up", 0: "", -1: "down"}
_TRENDS = {1: "up", 0: "none", -1: "down"}


def run(argv: list[str]) -> int:
    """Print patterns."""
    options = bare_parser(
        "patterns",
        "Print the candlestick and chart patterns in a file of bars, each when it could be known. The file "
        "is CSV, packed by gzip or not, with columns time, open, high, low, close.",
    )
    options.add_argument("file", metavar="FILE.csv", help="bars, oldest first; - is standard input")
    options.add_argument("--all", action="store_true", help="all 61 candlestick patterns")
    options.add_argument("--only", choices=("candlesticks", "charts"), help="one of the two")
    options.add_argument("--json", action="store_true", help="one JSON object per line")
    arguments = options.parse_args(argv)
    try:
        bars = read_ohlcv(_lines(arguments.file))
    except OSError as error:
        return complain_of(
            "patterns", f"cannot read {arguments.file}: {error.strerror or error}", REFUSED_HERE
        )
    except (ValueError, EOFError, zlib.error) as error:
        return complain_of("patterns", f"{arguments.file}: {error}", REFUSED_HERE)
    patterns = () if arguments.only == "charts" else tuple(Candlestick) if arguments.all else tuple(CURATED)
    rows = _rows(bars, patterns, charts=arguments.only != "candlesticks")
    if arguments.json:
        for row in rows:
            print_json(row)
        return DONE
    shown = list(rows)
    columns = ("bar", "time", "pattern", "state", "points", "start", "reason")
    print_columns(columns, [tuple(str(row[name]) for name in columns) for row in shown], right=(0, 5))
    write(
        f"{len(shown)} rows from {len(bars)} bars. Bars in a chance order show nearly as many: these are "
        "shapes, not forecasts.\n"
    )
    return DONE


def _lines(name: str) -> list[str]:
    """Return the lines of a file.

    Raises:
        OSError: It cannot be read.
        ValueError: It is too large, or no text.
    """
    if name == "-":
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        path = Path(name)
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            data = GzipFile(fileobj=file).read(MAX_BYTES + 1) if packed else file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no text in UTF-8: {error.reason} at byte {error.start}") from error


def _rows(bars: Sequence[Candle], patterns: Sequence[Candlestick], *, charts: bool) -> Iterator[Row]:
    """Yield one row for each match and each change of state, in the order in which they are known."""
    origin = 0
    for piece in unbroken(bars):
        candlesticks, chart = CandlestickReader(patterns), ChartPatternReader()
        for bar in piece:
            for match in candlesticks.push(bar):
                yield _candlestick(match, bars, origin)
            if charts:
                for pattern in chart.push(bar):
                    yield _chart(pattern, bars, origin)
        origin += len(piece)


def _candlestick(match: CandlestickMatch, bars: Sequence[Candle], origin: int) -> Row:
    return {
        "bar": match.known_at + origin,
        "time": written_time(bars[match.known_at + origin].start_ns),
        "kind": "candlestick",
        "pattern": match.pattern.words,
        "state": "complete",
        "points": _POINTS[match.direction],
        "start": match.start + origin,
        "value": match.value,
        "trend_before": _TRENDS[match.trend],
        "reason": match.reason,
    }


def _chart(pattern: ChartPattern, bars: Sequence[Candle], origin: int) -> Row:
    return {
        "bar": pattern.changed_at + origin,
        "time": written_time(bars[pattern.changed_at + origin].start_ns),
        "kind": "chart",
        "pattern": pattern.kind.words,
        "state": pattern.state.lower(),
        "points": _POINTS[pattern.direction],
        "start": pattern.start + origin,
        "end": pattern.end + origin,
        "known_at": pattern.known_at + origin,
        "number": pattern.number,
        "height": plain(round(pattern.height, 8)),
        "target": None if pattern.target is None else plain(round(pattern.target, 8)),
        "reason": pattern.reason,
    }
