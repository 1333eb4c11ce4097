"""Time from the bytes of an order key in the terminal to its request on the wire, while the books move.

The console runs in a pty of 120 x 40 against the embedded exchange, a process of its own that makes `--rate`
book updates a second. A relay of bytes stands between the two and notes when a request to place an order
begins. Key and request are timed by this one process: what is counted is everything, from the terminal
through the screen, the order gate, the journal on disk, the signature and the socket.

    python benchmarks/key_to_wire.py [--orders 200] [--rate 1000]
"""

import argparse
import fcntl
import json
import os
import pty
import queue
import re
import select
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from typing import IO, NamedTuple

COLUMNS, LINES = 120, 40
TIMEOUT_S = 30.0
LEAST = 10
"""Fewer orders than these say nothing; a machine that is too busy for more ends the run early."""
GAP_S = 0.3
"""Between two orders: the same key is a slip of the finger for 250 ms."""
VERB_S = 0.06
"""Between the verb and its object, as of a quick hand."""
SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")
PLACES = re.compile(rb"POST /order[ ?]")
SETTINGS = ("risk.orders_per_minute=300", "risk.duplicate_window_s=0")


class Latency(NamedTuple):
    """Milliseconds from key to wire: the median, the ends of the tail, and how many orders they are of."""

    p50: float
    p90: float
    p99: float
    slowest: float
    orders: int


class Relay:
    """A relay of bytes to a port of loopback that notes when an order is placed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.placed: queue.SimpleQueue[float] = queue.SimpleQueue()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            inner, _ = self._listener.accept()
            outer = socket.create_connection(("127.0.0.1", self._port))
            for one in (inner, outer):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(inner, outer), daemon=True).start()
            threading.Thread(target=self._pass, args=(outer, inner), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(1 << 16):
                at = time.perf_counter()
                if PLACES.match(data):
                    self.placed.put(at)
                target.sendall(data)
        except OSError:
            pass
        target.close()


class Console:
    """A console in a terminal that is always read, and its newest output."""

    def __init__(self, announcement: Path, home: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "XDG_STATE_HOME": home,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "omega_tui", "--sim", str(announcement), *settings],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self._output = b""
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            with self._lock:
                self._output = (self._output + data)[-(1 << 20) :]

    def key(self, text: str) -> float:
        """Type and return when."""
        at = time.perf_counter()
        os.write(self._master, text.encode())
        return at

    def wait(self, pattern: bytes, timeout_s: float = TIMEOUT_S) -> bool:
        """Wait until `pattern` was written since the last `forget`."""
        end = time.perf_counter() + timeout_s
        while time.perf_counter() < end:
            with self._lock:
                if re.search(pattern, SEQUENCE.sub(b"", self._output)):
                    return True
            select.select([], [], [], 0.02)
        return False

    def forget(self) -> None:
        """Forget what was written so far."""
        with self._lock:
            self._output = b""

    def end(self) -> None:
        """End both of its processes; the engine's goes when the screen's is gone."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(TIMEOUT_S)

    def reasons(self) -> str:
        """Return what the screen said last of why something was not done."""
        text = SEQUENCE.sub(b" ", self._output).decode(errors="replace")
        found = re.findall(r"(?:refused|dropped|disarm|no new orders|omega-tui:)[^\x1b]{0,90}", text)
        return "; ".join(found[-8:]) or text[-300:]

    def arm(self) -> None:
        """Let orders through."""
        for _ in range(20):
            self.key("A")
            time.sleep(0.4)
            self.key("\r")
            if self.wait(rb"ARMED \d\d:\d\d", 1.0):
                return
        raise SystemExit(f"the console did not arm: {self.reasons()}")


def _announced(process: subprocess.Popen[str]) -> dict[str, object]:
    output: IO[str] | None = process.stdout
    assert output is not None
    told: dict[str, object] = json.loads(output.readline())
    return told


def measure(orders: int, rate: int) -> Latency:
    """Place `orders` orders by key, each canceled before the next, and return how long each took."""
    with tempfile.TemporaryDirectory() as home:
        exchange = subprocess.Popen(
            [sys.executable, "-m", "omega_tui", "sim", "--json", "--seed", "3", "--rate", str(rate)],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        console: Console | None = None
        try:
            told = _announced(exchange)
            relay = Relay(int(str(told["rest"]).rpartition(":")[2]))
            told["rest"] = f"http://127.0.0.1:{relay.port}"
            announcement = Path(home) / "announced.json"
            announcement.write_text(json.dumps(told))
            console = Console(announcement, home)
            if not console.wait(rb"book (LIVE|QUIET)"):
                raise SystemExit(f"the console showed no live book: {console.reasons()}")
            console.arm()
            return _run(console, relay, orders)
        finally:
            if console is not None:
                console.end()
            exchange.kill()
            exchange.wait()


def _run(console: Console, relay: Relay, orders: int) -> Latency:
    taken: list[float] = []
    misses = 0
    end = time.perf_counter() + orders * 2 * (GAP_S + VERB_S) + TIMEOUT_S
    while len(taken) < orders and (len(taken) < LEAST or time.perf_counter() < end):
        time.sleep(GAP_S)
        console.key("b")
        time.sleep(VERB_S)
        console.forget()
        pressed = console.key("j")
        try:
            taken.append((relay.placed.get(timeout=2.0) - pressed) * 1_000)
        except queue.Empty:
            # A key is dropped where the screen says so, as in a book that lags; it is no order then.
            misses += 1
            if misses > LEAST + len(taken):
                raise SystemExit(f"orders are refused: {console.reasons()}") from None
            if console.wait(rb"DISARMED", 0.2):
                console.arm()
        time.sleep(0.05)
        console.key("\x1b[19~")  # F8 cancels what rests here.
    taken.sort()
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return Latency(cuts[49], cuts[89], cuts[98], taken[-1], len(taken))


def yardstick_ms() -> float:
    """Return how long this machine takes now for a million turns of an empty loop: readings differ by it."""
    began = time.perf_counter()
    for _ in range(1_000_000):
        pass
    return (time.perf_counter() - began) * 1_000


def report(latency: Latency, rate: int) -> str:
    """Return the line that is printed."""
    return (
        f"key to wire at {rate:,} updates/s: p50 {latency.p50:.1f} ms, p90 {latency.p90:.1f} ms, "
        f"p99 {latency.p99:.1f} ms, slowest {latency.slowest:.1f} ms, of {latency.orders} orders"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=200, help="how many orders")
    parser.add_argument("--rate", type=int, default=1_000, help="book updates per second of the exchange")
    options = parser.parse_args()
    before = yardstick_ms()
    print(report(measure(options.orders, options.rate), options.rate))
    print(f"a million turns of an empty loop: {before:.0f} ms before, {yardstick_ms():.0f} ms after")


if __name__ == "__main__":
    main()
