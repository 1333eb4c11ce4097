"""A process that cannot end in order ends all the same, and says in the log where it stood."""

import os
import signal
import subprocess
import sys
import termios
import tty

import pytest

from omega_tui.runtime.last_resort import FAILED, STEPS
from tests.terminal import Terminal

STUCK = """
import sys, threading
from pathlib import Path
from omega_tui.runtime.last_resort import LastResort, end_within
def never_comes():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
"""
WAITS = STUCK + "end_within(0.2, Path(sys.argv[1])); never_comes()"
LEAVES = (
    STUCK
    + """
import tty
last = LastResort(Path(sys.argv[1]), limit_s=0.2)
tty.setraw(0)
print("raw", flush=True)
sys.stdin.readline()
last.start()
last.start()
never_comes()
"""
)


COUNTS = """
import os, sys
from omega_tui.runtime.last_resort import LastResort
last = LastResort(None, limit_s=3600)
last.start()
for _ in sys.stdin:
    print(last._left, flush=True)
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    path.write_text("before\n", "utf-8")
    return path


def test_it_ends_and_notes_what_it_waits_for(log):
    done = subprocess.run([sys.executable, "-c", WAITS, log], timeout=40, check=False)
    assert done.returncode == 1
    assert log.read_text("utf-8").startswith("before\n")
    assert "never_comes" in log.read_text("utf-8")


def test_it_ends_without_a_log_too(tmp_path):
    done = subprocess.run([sys.executable, "-c", WAITS, tmp_path / "none" / "log"], timeout=40, check=False)
    assert done.returncode == 1


def test_the_terminal_is_given_back(log, tmp_path):
    with Terminal([sys.executable, "-c", LEAVES, str(log)], home=tmp_path) as console:
        before = termios.tcgetattr(console._master)
        console.wait_for("raw")
        assert termios.tcgetattr(console._master)[tty.LFLAG] != before[tty.LFLAG]
        console.type("\n")
        assert console.wait_exit() == 1
        assert console.raw.endswith(b"\x1b[?25h")
        assert termios.tcgetattr(console._master)[tty.LFLAG] == before[tty.LFLAG]
    assert "never_comes" in log.read_text("utf-8")


def test_time_passes_only_while_it_runs():
    """However many steps were due while it was stopped, it has had time for one of them."""
    with subprocess.Popen(
        [sys.executable, "-c", COUNTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:

        def left():
            process.stdin.write("\n")
            return int(process.stdout.readline())

        assert left() == STEPS
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        for _ in range(3 * STEPS):
            process.send_signal(signal.SIGALRM)
        process.send_signal(signal.SIGCONT)
        assert left() == STEPS - 1
        for step in range(2, STEPS):
            process.send_signal(signal.SIGALRM)
            assert left() == STEPS - step
        process.send_signal(signal.SIGALRM)
        assert process.wait(40) == FAILED
