"""The console in a real pseudo-terminal: it draws, it hears keys, and it ends when the terminal goes away."""

import asyncio
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tty
from pathlib import Path

import pytest
from fake_backend import FakeBackend, opening

from omega_tui.config.model import OmegaConfig
from omega_tui.ui.app import make_app
from omega_tui.ui.console.terminal import HUNG_UP, Output
from tests.terminal import Terminal

HERE = Path(__file__).resolve().parent

PROGRAM = """
import signal
import sys
sys.path.insert(0, sys.argv[1])
from fake_backend import FakeBackend, opening
from omega_tui.config.model import OmegaConfig
from omega_tui.ui.app import make_app
backend = FakeBackend()
opening(backend)
app = make_app(backend, OmegaConfig())
signal.signal(signal.SIGTERM, lambda *_: app.exit_soon(3, "told to"))
if "continued while it leaves" in sys.argv:
    type(app).on_unmount = lambda _: signal.raise_signal(signal.SIGCONT)
if "continued while it writes" in sys.argv:
    def continued():
        with app._driver._writer_thread._queue.mutex:
            signal.raise_signal(signal.SIGCONT)
    type(app).on_ready = lambda _: app.call_later(continued)
app.run()
sys.exit(app.return_code)
"""


@pytest.fixture
def console(request):
    """A running console: its process, and the end of the terminal that we hold."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(HERE), getattr(request, "param", "")],
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


def quit_by_key(process, ours):
    """Wait until it draws, quit, and see that it gives the terminal back and ends well."""
    read_until(ours, b"DISARMED")
    os.write(ours, b"\x11")
    read_until(ours, b"\x1b[?1049l")
    assert process.wait(timeout=20) == 0
    os.close(ours)


def test_it_draws_and_quits_by_a_key(console):
    process, ours = console
    quit_by_key(process, ours)


def test_it_ends_when_the_terminal_goes_away(console):
    process, ours = console
    read_until(ours, b"DISARMED")
    os.close(ours)
    assert process.wait(timeout=20) == HUNG_UP


def test_it_ends_though_nobody_reads_its_terminal(console):
    process, ours = console
    read_until(ours, b"DISARMED")
    fill(os.open(Path(f"/proc/{process.pid}/fd/0").readlink(), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK))
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 3
    os.close(ours)


@pytest.mark.parametrize("console", ["continued while it writes"], indirect=True)
def test_it_goes_on_though_it_is_continued_while_it_writes(console):
    """A handler that wrote would wait for the lock that its own thread has, and the screen for ever."""
    process, ours = console
    for _ in range(2):
        read_until(ours, b"\x1b[?1049h")
    quit_by_key(process, ours)


@pytest.mark.parametrize("console", ["continued while it leaves"], indirect=True)
def test_it_ends_though_it_is_stopped_and_continued_meanwhile(console):
    """As by whoever measures something beside it: it would take the terminal again, and read it for ever."""
    process, ours = console
    quit_by_key(process, ours)


async def test_told_to_end_while_a_screen_opens_it_ends_without_a_crash():
    backend = FakeBackend()
    opening(backend)
    app = make_app(backend, OmegaConfig())
    left = []
    app.leaves = lambda: left.append(True)

    async def end():
        while app.runs_on is None or not app.screen_stack:  # noqa: ASYNC110 - at that very moment
            await asyncio.sleep(0)
        app.exit_soon(3, "told to")

    async with asyncio.timeout(40), asyncio.TaskGroup() as group:
        group.create_task(end())
        group.create_task(app.run_async(headless=True, size=(120, 40)))
    assert app.return_code == 3
    assert left


async def test_panes_that_come_behind_the_first_picture_do_not_come_when_it_ends_by_then():
    backend = FakeBackend()
    opening(backend)
    app = make_app(backend, OmegaConfig(), clock=backend.clock)
    async with app.run_test(size=(120, 40)):
        screen = app._trading
        await screen.query("#chooser").remove()
        screen._is_complete = False
        app.exit()
        await screen._complete()
        assert not screen._is_there("chooser")


async def test_a_signal_that_comes_when_all_is_over_changes_nothing():
    app = make_app(FakeBackend(), OmegaConfig())
    app.runs_on = asyncio.new_event_loop()
    app.runs_on.close()
    app.exit_soon(3, "told to")


def fill(terminal):
    """Write until it takes nothing more."""
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(terminal, bytes(1_000))
    os.close(terminal)


def test_output_tells_once_and_swallows_the_rest():
    ours, theirs = pty.openpty()
    told = []
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = Output(file, lambda: told.append(True))
        output.write("abc")
        output.flush()
        assert os.read(ours, 10) == b"abc"
        os.close(ours)
        for _ in range(2):
            assert output.write("abc") == 3
            output.flush()
    assert told == [True]
    assert output.is_gone


def test_what_the_terminal_has_begun_to_take_is_not_written_yet():
    """An order key is judged by the frame that the trader can see, and half a frame is none."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = Output(file, lambda: None)
        output.write("x" * 60_000)
        writer = threading.Thread(target=output.flush)
        writer.start()
        seen = os.read(ours, 1)
        assert output.written == 0
        while len(seen) < 60_000:
            seen += os.read(ours, 65_536)
        writer.join()
        assert output.written == 1
    os.close(ours)


def test_all_of_a_long_output_arrives_in_order():
    ours, theirs = pty.openpty()
    text = "".join(f"{number} \u2588" for number in range(40_000))
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = Output(file, lambda: None)
        writer = threading.Thread(target=lambda: (output.write(text), output.flush()))
        writer.start()
        seen = b""
        while len(seen) < len(text.encode()):
            seen += os.read(ours, 65_536)
        writer.join()
    os.close(ours)
    assert seen.decode() == text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_behind_the_outline_gives_the_terminal_back(tmp_path, number):
    program = "import signal; from omega_tui import outline; outline.show('PAPER'); signal.pause()"
    with Terminal([sys.executable, "-c", program], home=tmp_path) as console:
        before = termios.tcgetattr(console._master)
        console.wait_for("PAPER")
        console.process.send_signal(number)
        assert console.wait_exit() == -number
        assert console.raw.endswith(b"\x1b[?1049l\x1b[?25h")
        assert termios.tcgetattr(console._master)[tty.LFLAG] == before[tty.LFLAG] | termios.ECHO
