"""What the whole console costs in a real terminal, beside an app written the ordinary way.

Each run is a process with a terminal of its own (a pty of 120 x 40) that starts the embedded exchange in
itself and shows one of its books. The peer shows the same stream as most would write it: websockets, json,
a dict of Decimals, and a DataTable whose cells are updated thirty times a second; it keeps no other book,
checks no hash and has neither tape nor account. Runs take turns; medians are printed. CPU is in percent of a
core, of all threads and of the one that draws.

    python benchmarks/console.py [--seconds 6] [--rounds 3] [--rates 40 1000]
"""

import argparse
import asyncio
import fcntl
import json
import os
import pty
import queue
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from textual.app import App, ComposeResult
from textual.widgets import DataTable
from websockets.asyncio.client import connect

from omega_tui.sim.polymarket import EmbeddedExchange

COLUMNS, LINES = 120, 40
WARM_UP_S = 4.0
DEPTH = 30
FPS = 30
SYNCHRONIZED = b"\x1b[?2026h"
"""Begins each frame for a terminal that knows it, as the one here says it does."""
WAYS = {"omega-tui": ["-m", "omega_tui", "--rate"], "naive DataTable": [__file__, "--child"]}


class Result(NamedTuple):
    """One run: CPU of the process and of its first thread, output per second, memory at the end."""

    cpu: float
    ui_cpu: float
    kb_per_s: float
    fps: float
    rss_mb: float


def run(argv: list[str], seconds: float, home: str) -> Result:
    """Start a program in a pty, let it warm up, and return what it took in the time after."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "XDG_CONFIG_HOME": home,
        "XDG_STATE_HOME": home,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    child = subprocess.Popen(
        [sys.executable, *argv],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        opening = _read(master, WARM_UP_S)
        if not opening:
            raise SystemExit(f"{argv} showed nothing")
        began = time.perf_counter()
        before = _ticks(child.pid)
        output = _read(master, seconds)
        wall = time.perf_counter() - began
        after = _ticks(child.pid)
        rss = int(Path(f"/proc/{child.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    finally:
        child.kill()
        child.wait()
        os.close(master)
    all_s, ui_s = ((after[n] - before[n]) / os.sysconf("SC_CLK_TCK") for n in (0, 1))
    frames = output.count(SYNCHRONIZED)
    return Result(
        100 * all_s / wall, 100 * ui_s / wall, len(output) / wall / 1_000, frames / wall, rss / 1_000_000
    )


def _read(master: int, seconds: float) -> bytes:
    """Read as a terminal does for so long, and answer the question for synchronized output."""
    end = time.perf_counter() + seconds
    output = b""
    asked = False
    while (left := end - time.perf_counter()) > 0:
        if not select.select([master], [], [], left)[0]:
            break
        try:
            output += os.read(master, 1 << 16)
        except OSError as error:
            raise SystemExit(f"the program ended early: {output[-500:]!r}") from error
        if not asked and b"\x1b[?2026$p" in output:
            asked = True
            os.write(master, b"\x1b[?2026;2$y")
    return output


def _ticks(pid: int) -> tuple[int, int]:
    """Return the CPU time of the process and of its first thread, in clock ticks."""
    whole, first = Path(f"/proc/{pid}/stat"), Path(f"/proc/{pid}/task/{pid}/stat")
    times = [path.read_text().rpartition(")")[2].split()[11:13] for path in (whole, first)]
    return (sum(map(int, times[0])), sum(map(int, times[1])))


class Naive(App[None]):
    """The peer."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__()
        self._url = url
        self._token = token
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for name in ("bid size", "bid", "ask", "ask size"):
            table.add_column(name, key=name, width=12)
        for row in range(DEPTH):
            table.add_row("", "", "", "", key=str(row))
        self.run_worker(self.listen())
        self.set_interval(1 / FPS, self.draw)

    async def listen(self) -> None:
        async with connect(self._url) as socket:
            await socket.send(json.dumps({"type": "market", "assets_ids": [self._token]}))
            async for text in socket:
                content = json.loads(text)
                for message in content if isinstance(content, list) else [content]:
                    self.take(message)

    def take(self, message: dict[str, Any]) -> None:
        if message["event_type"] == "book" and message["asset_id"] == self._token:
            self.bids = {Decimal(level["price"]): Decimal(level["size"]) for level in message["bids"]}
            self.asks = {Decimal(level["price"]): Decimal(level["size"]) for level in message["asks"]}
        for change in message.get("price_changes", ()):
            if change["asset_id"] == self._token:
                side = self.bids if change["side"] == "BUY" else self.asks
                side[Decimal(change["price"])] = Decimal(change["size"])
                if not side[Decimal(change["price"])]:
                    del side[Decimal(change["price"])]

    def draw(self) -> None:
        table = self.query_one(DataTable)
        bids = sorted(self.bids.items(), reverse=True)[:DEPTH]
        asks = sorted(self.asks.items())[:DEPTH]
        for row in range(DEPTH):
            bid, ask = bids[row : row + 1], asks[row : row + 1]
            cells = {
                "bid size": f"{bid[0][1]:,}" if bid else "",
                "bid": str(bid[0][0]) if bid else "",
                "ask": str(ask[0][0]) if ask else "",
                "ask size": f"{ask[0][1]:,}" if ask else "",
            }
            for name, text in cells.items():
                if table.get_cell(str(row), name) != text:
                    table.update_cell(str(row), name, text)


def naive(rate: float) -> None:
    """Run the peer and, in a thread of its own as in the console, the exchange."""
    ready: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    async def serve() -> None:
        async with EmbeddedExchange(seed=7, rate=rate) as exchange:
            ready.put((exchange.ws_market_url, exchange.markets[0].tokens[0][0]))
            await asyncio.Event().wait()

    threading.Thread(target=asyncio.run, args=(serve(),), daemon=True).start()
    Naive(*ready.get()).run()


def main() -> None:
    """Take turns and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="length of one run after warming up")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, taking turns")
    parser.add_argument(
        "--rates", type=int, nargs="+", default=[40, 1000], help="book updates per second of the exchange"
    )
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        naive(options.child)
        return
    print(f"pty of {COLUMNS} x {LINES}, embedded exchange in the process; median of {options.rounds}")
    print(f"{'rate':>5}  {'':16}{'CPU %':>7}{'of UI':>7}{'kB/s':>8}{'fps':>6}{'RSS MB':>8}")
    with tempfile.TemporaryDirectory() as home:
        for rate in options.rates:
            runs: dict[str, list[Result]] = {way: [] for way in WAYS}
            for _ in range(options.rounds):
                for way, argv in WAYS.items():
                    runs[way].append(run([*argv, str(rate)], options.seconds, home))
            for way, results in runs.items():
                own = Result(*(statistics.median(values) for values in zip(*results, strict=True)))
                print(
                    f"{rate:>5}  {way:16}{own.cpu:7.1f}{own.ui_cpu:7.1f}"
                    f"{own.kb_per_s:8.1f}{own.fps:6.1f}{own.rss_mb:8.1f}"
                )


if __name__ == "__main__":
    main()
