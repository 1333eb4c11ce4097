"""The screen and the engine fail apart: a crash ends cleanly, a terminal that stands still harms nobody."""

import array
import fcntl
import json
import os
import pty
import re
import signal
import sys
import termios
import time
from pathlib import Path

import pytest

from omega_tui.sim.faults import Fault, FaultKind
from tests.command import Sim
from tests.driving import HEADER, leave, live
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "console_that_crashes.py"
ALTERNATE_SCREEN_LEFT = b"\x1b[?1049l"
MODES_LEFT = (b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[<u")
"""Cursor shown, mouse and bracketed paste off, keys as they were."""


def modes_of(descriptor):
    """What a terminal does with lines, echo and signals."""
    return termios.tcgetattr(descriptor)[:4]


def fresh_modes():
    master, slave = pty.openpty()
    try:
        return modes_of(slave)
    finally:
        os.close(master)
        os.close(slave)


def ended_cleanly(home, report):
    """Every service was stopped, the one that keeps orders last, and the journal is closed and free."""
    assert json.loads(report.read_text()) == ["catalogue/sim", "streaming/sim", "exchange/sim"]
    [journal] = home.rglob("journal.sqlite3")
    assert not journal.with_name("journal.sqlite3-wal").exists(), "closing it takes its log in"
    with journal.with_name("lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def given_back(console):
    assert modes_of(console._master) == fresh_modes()
    left = console.raw.rindex(ALTERNATE_SCREEN_LEFT)
    assert left > console.raw.rindex(b"\x1b[?1049h")
    for mode in MODES_LEFT:
        assert mode in console.raw, mode
    return console.raw[left:].decode()


def test_a_crash_of_the_screen_stops_the_services_in_order_and_prints_no_values(tmp_path):
    report = tmp_path / "report.json"
    with Terminal([sys.executable, str(DRIVER), str(report), "crash"], home=tmp_path) as console:
        assert console.wait_exit(40) == 1
        said = given_back(console)
    ended_cleanly(tmp_path, report)
    assert "omega-tui crashed" in said
    assert "console_that_crashes.py" in said
    assert "ZeroDivisionError: a bug of 32 letters [red]in[/] a widget" in said
    assert "in a widget\x1b[31m" not in said
    logged = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "the screen crashed" in logged
    for text in (console.raw.decode(), logged):
        assert "7e57" not in text, "no local variable"
    assert "Traceback" not in said


def test_leaving_stops_the_services_in_order(tmp_path):
    report = tmp_path / "report.json"
    with Terminal([sys.executable, str(DRIVER), str(report), "sound"], home=tmp_path) as console:
        console.wait_for(live)
        leave(console)
        assert console.wait_exit() == 0
        said = given_back(console)
    ended_cleanly(tmp_path, report)
    assert re.sub(r"\x1b\[[<>?0-9;]*[a-z]", "", said).strip() == ""


def pings_of(sim):
    """How many PINGs the exchange has got: each was answered at once, by a fault of no delay."""
    log = json.loads(sim.admin("GET", "/faults"))["log"]
    return sum(entry["kind"] == FaultKind.SLOW_PONG for entry in log)


def unread(console):
    """Bytes that the terminal has not read."""
    count = array.array("i", [0])
    fcntl.ioctl(console._master, termios.FIONREAD, count)
    return count[0]


def test_a_terminal_that_stops_reading_stops_no_heartbeat(tmp_path):
    """The screen is stuck, as shown by a pty that is full; PINGs of both sockets go on."""
    with Sim(tmp_path, rate=200) as sim:
        options = ("--sim", str(sim.announcement), "--set", "streaming.ping_interval_s=1")
        with Terminal.omega(*options, home=tmp_path) as console:
            console.wait_for(lambda text: live(text) and "acct OK" in text.splitlines()[HEADER])
            sim.inject(Fault(FaultKind.SLOW_PONG))
            deadline = time.monotonic() + 40
            full, at_full = -1, 0
            while full != unread(console) or pings_of(sim) < at_full + 6:
                if full != unread(console):
                    full, at_full = unread(console), pings_of(sim)
                assert time.monotonic() < deadline, (full, unread(console), at_full, pings_of(sim))
            sockets = json.loads(sim.admin("GET", "/faults"))["log"]
            assert full >= 4_000, "nobody read, and the program cannot write any more"
            assert sockets
            console.wait_for(live)
            leave(console)
            assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw


def test_an_engine_that_cannot_start_leaves_a_screen_that_says_so(tmp_path):
    """The console stays up without its engine: what is wrong stands in its log, and it can be left."""
    with Sim(tmp_path) as sim:
        port = sim.told["rest"].rpartition(":")[2]
        with Terminal.omega("--set", f"sim.port={port}", home=tmp_path) as console:
            console.wait_for("The engine ended")
            console.wait_for("is in use")
            leave(console)
            assert console.wait_exit() == 0


def test_a_second_console_on_the_same_account_sees_and_does_not_trade(tmp_path):
    """One process per journal: the second is told so, and the first goes on."""
    with Sim(tmp_path) as sim:
        options = ("--sim", str(sim.announcement))
        with Terminal.omega(*options, home=tmp_path) as first:
            first.wait_for(lambda text: live(text) and "acct OK" in text.splitlines()[HEADER])
            with Terminal.omega(*options, home=tmp_path) as second:
                second.wait_for(lambda text: "another console" in re.sub(r"\s+", " ", text))
                second.process.send_signal(signal.SIGTERM)
                second.wait_exit()
            first.wait_for(live)
            leave(first)
            assert first.wait_exit() == 0
