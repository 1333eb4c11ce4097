"""What a moving ladder costs in a real terminal, beside two ordinary ways to draw it: CPU, bytes per frame.

Each run is a child process with a terminal of its own (a pty of 200 x 66) that shows 60 prices; every tick
changes the sizes on 1 to 10 of them. All ways of drawing get the same changes, prepared beforehand, so
what is counted is the way from a new picture to the terminal. Runs are interleaved; medians are printed.

Then the whole console is run, and the time from an order key to its request on the wire is measured while the
books move (`key_to_wire.py`).

    python benchmarks/ladder.py [--seconds 5] [--rounds 3] [--fps 20 30 60] [--orders 100] [--rate 1000]
"""

import argparse
import asyncio
import fcntl
import json
import os
import pty
import random
import selectors
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import cycle
from typing import Any, NamedTuple

import key_to_wire
from msgspec import structs
from rich.console import RenderableType
from rich.table import Table
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import DataTable, Static

from omega_tui.clock import SystemClock
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataState, DataStatus, Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.ladder.model import LadderModel
from omega_tui.ui.ladder.view import View
from omega_tui.ui.style.linefilter import SafeTextApp
from omega_tui.ui.style.themes import load_themes
from omega_tui.ui.widgets.ladder import Ladder

COLUMNS, LINES = 200, 66
ROWS = 60
WARM_UP_S = 0.5
WAYS = ("ladder", "datatable", "static")
NAMES = {"ladder": "Ladder", "datatable": "DataTable.update_cell", "static": "Static + Rich table"}
CENT = Decimal("0.01")
MARKET = Instrument(
    id="1" * 20,
    venue="sim",
    name="Does the ladder cost less?",
    tick_size=CENT,
    min_size=Decimal(5),
    price_min=Decimal(0),
    price_max=Decimal(1),
)


class Picture(NamedTuple):
    """One state of the market.

    Attributes:
        book: As the ladder gets it.
        changes: Rows that differ from the state before, with their size.
        sizes: The size of every row.
    """

    book: BookSnapshot
    changes: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]


class Result(NamedTuple):
    """One run: CPU in percent of a core, pictures for each second, bytes for each of them."""

    cpu: float
    fps: float
    size: float


def pictures(count: int, seed: int = 7) -> Iterator[Picture]:
    """Yield the same `count` states for every way of drawing: the upper half asks, the lower half bids."""
    rng = random.Random(seed)
    sizes = [rng.randrange(10, 5_000) for _ in range(ROWS)]
    for sequence in range(1, count + 1):
        rows = rng.sample(range(ROWS), rng.randrange(1, 11))
        for row in rows:
            sizes[row] = rng.randrange(10, 5_000)
        levels = [PriceLevel(CENT * (70 - row), Decimal(size)) for row, size in enumerate(sizes)]
        half = ROWS // 2
        book = BookSnapshot(MARKET.id, tuple(levels[half:]), tuple(reversed(levels[:half])), CENT, sequence)
        yield Picture(book, tuple((row, sizes[row]) for row in rows), tuple(sizes))


class Bench(SafeTextApp):
    """Shows picture after picture, then reports what it took."""

    CSS = "Ladder, DataTable, Static { width: 54; height: 62; }"

    def __init__(self, way: str, fps: int, seconds: float, report: int) -> None:
        super().__init__()
        self._way = way
        self._fps = fps
        self._seconds = seconds
        self._report = report
        self._pictures = cycle(list(pictures(600)))
        self._frames = 0
        self._started = (0.0, 0.0)

    def compose(self) -> ComposeResult:
        widgets: dict[str, Widget] = {
            "ladder": Ladder(SystemClock()),
            "datatable": DataTable(show_cursor=False),
            "static": Static(),
        }
        yield widgets[self._way]

    def on_mount(self) -> None:
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = "omega-dark"
        if self._way == "datatable":
            table = self.query_one(DataTable)
            for key in ("mine", "bid", "price", "ask", "mine2", "volume", "note"):
                table.add_column(key, key=key, width=6)
            for row in range(ROWS):
                table.add_row("", "", f"{CENT * (70 - row)}", "", "", "", "", key=str(row))
        self.set_interval(1 / self._fps, self._tick)
        self.set_timer(WARM_UP_S, self._begin)

    def _begin(self) -> None:
        os.write(self._report, b"begin\n")
        self._frames = 0
        self._started = (time.process_time(), time.perf_counter())
        self.set_timer(self._seconds, self._end)

    def _end(self) -> None:
        cpu = time.process_time() - self._started[0]
        wall = time.perf_counter() - self._started[1]
        os.write(
            self._report, json.dumps({"cpu": cpu, "wall": wall, "frames": self._frames}).encode() + b"\n"
        )
        self.exit()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        self._frames += renderable is not None
        super()._display(screen, renderable)

    def _tick(self) -> None:
        picture = next(self._pictures)
        if self._way == "ladder":
            ladder = self.query_one(Ladder)
            if ladder.model is None:
                ladder.model = first_model(picture.book)
            else:
                ladder.model = structs.replace(ladder.model, book=picture.book)
        elif self._way == "datatable":
            table = self.query_one(DataTable)
            for row, size in picture.changes:
                table.update_cell(str(row), "ask" if row < ROWS // 2 else "bid", f"{size:,}")
        else:
            self.query_one(Static).update(rich_table(picture))


def first_model(book: BookSnapshot) -> LadderModel:
    """Return a ladder that looks at the middle of the book."""
    return LadderModel(
        instrument=MARKET,
        book=book,
        status=DataStatus(DataState.LIVE, 0),
        integrity=Integrity(IntegrityState.VERIFIED, "hash"),
        view=View(70, ROWS),
        cursor_tick=50,
        focused=True,
        framing="YES",
    )


def rich_table(picture: Picture) -> Table:
    """Return the picture as a table of Rich."""
    table = Table(box=None, padding=0, show_header=False)
    for _ in range(7):
        table.add_column(width=7)
    for row, size in enumerate(picture.sizes):
        ask, bid = (f"{size:,}", "") if row < ROWS // 2 else ("", f"{size:,}")
        table.add_row("", f"[green]{bid}[/]", f"{CENT * (70 - row)}", f"[red]{ask}[/]", "", "", "")
    return table


def run(way: str, fps: int, seconds: float) -> Result:
    """Run one way of drawing in a terminal of its own and return what it took."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    read, write = os.pipe()
    environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    arguments = ["--child", way, "--fps", str(fps), "--seconds", str(seconds), "--report", str(write)]
    child = subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        pass_fds=[write],
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    os.close(write)
    report, size = _collect(master, read)
    child.wait(timeout=30)
    for descriptor in (master, read):
        os.close(descriptor)
    frames = max(1, report["frames"])
    return Result(100 * report["cpu"] / report["wall"], frames / report["wall"], size / frames)


def _collect(master: int, read: int) -> tuple[dict[str, float], int]:
    """Read the terminal's output as a terminal would; return the child's report and the bytes of its run."""
    selector = selectors.DefaultSelector()
    selector.register(master, selectors.EVENT_READ)
    selector.register(read, selectors.EVENT_READ)
    heard = b""
    size = 0
    report: dict[str, float] | None = None
    while True:
        for key, _ in selector.select():
            try:
                data = os.read(key.fd, 65_536)
            except OSError:  # Linux says so when the other end of a pty is closed.
                data = b""
            if not data:
                if report is None:
                    raise SystemExit(f"the child ended without a report: {heard!r}")
                return report, size
            if key.fd == master:
                size += len(data) if heard.startswith(b"begin\n") and report is None else 0
                continue
            heard += data
            if heard.count(b"\n") == 2:
                report = json.loads(heard.split(b"\n")[1])
                selector.unregister(read)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, interleaved")
    parser.add_argument(
        "--fps", type=int, nargs="+", default=[20, 30, 60], help="pictures asked for each second"
    )
    parser.add_argument("--orders", type=int, default=100, help="orders from key to wire; 0 for none")
    parser.add_argument("--rate", type=int, default=1_000, help="book updates per second meanwhile")
    parser.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--report", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        app: App[None] = Bench(options.child, options.fps[0], options.seconds, options.report)
        app.run(loop=asyncio.new_event_loop())
        return
    print(f"{ROWS} rows, 1-10 change per tick, pty of {COLUMNS} x {LINES}; median of {options.rounds}")
    print("asked  way of drawing          CPU %  ratio   fps  bytes/frame  ratio")
    for fps in options.fps:
        runs: dict[str, list[Result]] = {way: [] for way in WAYS}
        for _ in range(options.rounds):
            for way in WAYS:
                runs[way].append(run(way, fps, options.seconds))
        medians = {
            way: Result(*(statistics.median(values) for values in zip(*results, strict=True)))
            for way, results in runs.items()
        }
        own = medians["ladder"]
        for way, result in medians.items():
            cpu = f"{result.cpu:>6.1f} {result.cpu / own.cpu:>6.1f}"
            size = f"{result.size:>12,.0f} {result.size / own.size:>6.1f}"
            print(f"{fps:>5}  {NAMES[way]:<22} {cpu} {result.fps:>5.1f} {size}", flush=True)
    if options.orders:
        print(key_to_wire.report(key_to_wire.measure(options.orders, options.rate), options.rate))


if __name__ == "__main__":
    main()
