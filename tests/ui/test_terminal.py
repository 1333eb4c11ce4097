"""The console in a real pseudo-terminal: it draws, it hears keys, and it ends when the terminal goes away."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from omega_tui.ui.terminal import HUNG_UP, Output

HERE = Path(__file__).resolve().parent

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from fake_backend import FakeBackend, opening
from omega_tui.config.model import OmegaConfig
from omega_tui.ui.app import make_app
backend = FakeBackend()
opening(backend)
app = make_app(backend, OmegaConfig())
app.run()
sys.exit(app.return_code)
"""


@pytest.fixture
def console():
    """A running console: its process, and the end of the terminal that we hold."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(HERE)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=HERE.parents[1],
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    yield process, ours
    if process.poll() is None:
        process.kill()
        process.wait()


def read_until(ours, wanted, timeout_s=30.0):
    """Read what is drawn until `wanted` was in it."""
    seen = b""
    end = time.monotonic() + timeout_s
    while wanted not in seen:
        ready, _, _ = select.select([ours], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            pytest.fail(f"{wanted!r} was not drawn; {seen[-500:]!r} was")
        seen += os.read(ours, 65_536)
    return seen


def test_it_draws_and_quits_by_a_key(console):
    process, ours = console
    read_until(ours, b"DISARMED")
    os.write(ours, b"\x11")
    read_until(ours, b"\x1b[?1049l")
    assert process.wait(timeout=20) == 0
    os.close(ours)


def test_it_ends_when_the_terminal_goes_away(console):
    process, ours = console
    read_until(ours, b"DISARMED")
    os.close(ours)
    assert process.wait(timeout=20) == HUNG_UP


def test_output_tells_once_and_swallows_the_rest():
    class Broken:
        def write(self, _):
            raise OSError(5, "input/output error")

        def flush(self):
            raise OSError(5, "input/output error")

    told = []
    output = Output(Broken(), lambda: told.append(True))
    assert output.write("abc") == 3
    assert output.write("abc") == 3
    output.flush()
    assert told == [True]
    assert output.is_gone
