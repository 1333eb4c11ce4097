"""Time from spawn to the outline, the first paint and the first live book, beside a Textual hello.

Both are started in a real pty by the same interpreter, taking turns; what counts is when bytes reach the
terminal. `python benchmarks/startup.py [--runs 7]`
"""

import argparse
import fcntl
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello")
Hello().run()
"""
OUTLINE = re.compile(rb"starting")
PAINT = re.compile(rb"POSITIONS")
LIVE_BOOK = re.compile(rb"book (?:\x1b\[[0-9;]*m)*(?:LIVE|QUIET)")
TIMEOUT_S = 30.0


def measure(argv: list[str], marks: dict[str, re.Pattern[bytes]], home: str) -> dict[str, float]:
    """Start `argv` in a pty and return the milliseconds until each mark was written."""
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
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen(
        argv, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    written = b""
    found: dict[str, float] = {}
    while len(found) < len(marks):
        if time.perf_counter() - began > TIMEOUT_S:
            sys.exit(
                f"{argv[1:]}: {sorted(set(marks) - set(found))} did not come; last bytes: {written[-300:]!r}"
            )
        if not select.select([master], [], [], 0.5)[0]:
            continue
        try:
            written += os.read(master, 1 << 16)
        except OSError:
            sys.exit(f"{argv[1:]} ended early: {written[-500:]!r}")
        now = (time.perf_counter() - began) * 1_000
        found |= {name: now for name, mark in marks.items() if name not in found and mark.search(written)}
    process.kill()
    process.wait()
    os.close(master)
    return found


def main() -> None:
    """Take turns and print medians and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=7)
    runs = options.parse_args().runs
    marks = {"outline": OUTLINE, "first paint": PAINT, "first live book": LIVE_BOOK}
    ours: list[dict[str, float]] = []
    hello: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        for run in range(runs + 1):
            theirs = measure([sys.executable, "-c", HELLO], {"hello": re.compile(rb"hello")}, home)["hello"]
            mine = measure([sys.executable, "-m", "omega_tui"], marks, home)
            if run:  # The first turn fills the caches of both.
                hello.append(theirs)
                ours.append(mine)
    peer = statistics.median(hello)
    print(f"{'':18}{'median ms':>10}{'min':>8}{'max':>8}{'x hello':>9}")
    print(f"{'Textual hello':18}{peer:10.0f}{min(hello):8.0f}{max(hello):8.0f}{1:9.2f}")
    for name in marks:
        times = [run[name] for run in ours]
        median = statistics.median(times)
        print(f"{name:18}{median:10.0f}{min(times):8.0f}{max(times):8.0f}{median / peer:9.2f}")


if __name__ == "__main__":
    main()
