"""A real pty with a screen behind it: starts a program, types, and waits for what is on the screen."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pyte

from tests.nursery import spawn

CLEAN = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONWARNINGS": "default"}

PATIENCE_S = 40
"""How long a fact may take on a machine that others keep busy."""

PACE_S = 0.25
"""Between two keys of a person who trades."""


class Terminal:
    """One program in one pty. Waiting raises `AssertionError` with the screen as it stands.

    Attributes:
        raw: Every byte that the program wrote, for what a screen does not show.
    """

    def __init__(self, argv, *, columns=120, lines=40, home, env=None):
        self.raw = b""
        self._typed = 0.0
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {
            **CLEAN,
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(Path(home) / "config"),
            "XDG_STATE_HOME": str(Path(home) / "state"),
            "XDG_CACHE_HOME": str(Path(home) / "cache"),
            **(env or {}),
        }
        self.process = spawn(argv, env=environment, stdin=slave, stdout=slave, stderr=slave, session=True)
        os.close(slave)

    @classmethod
    def omega(cls, *arguments, **options):
        """Start the console or one of its commands with the interpreter that runs the tests."""
        return cls([sys.executable, "-m", "omega_tui", *arguments], **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        os.close(self._master)

    def kill(self, number=signal.SIGKILL):
        """Send a signal to the program and wait for its end, reading what it still writes.

        SIGKILL goes to all of its processes at once, as when the machine loses its power.
        """
        if self.process.poll() is None:
            if number is signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        self.wait_exit()

    @property
    def engine_pid(self):
        """The process of the console's engine, its only child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        [pid] = children.read_text("utf-8").split()
        return int(pid)

    def wait_gone(self, pid, timeout_s=20.0):
        """Wait for the end of a process that is no child of ours."""
        deadline = time.monotonic() + timeout_s
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline, f"process {pid} did not end within {timeout_s} s"
            self._read(0.05)

    def type(self, keys):
        """Send one key, or what a terminal sends for one, at the pace of a person.

        What comes faster is no person: a paste, or a held key, and the console drops it.
        """
        while (left := self._typed + PACE_S - time.monotonic()) > 0:
            self._read(left)
        os.write(self._master, keys.encode())
        self._typed = time.monotonic()

    @property
    def text(self):
        """The screen as it stands, one line per row."""
        return "\n".join(self.screen.display)

    def wait_for(self, wanted, timeout_s=PATIENCE_S):
        """Read until `wanted`, a text or a predicate of the screen's text, holds; return what it gave."""
        holds = wanted if callable(wanted) else lambda text: wanted in text
        deadline = time.monotonic() + timeout_s
        while True:
            found = holds(self.text)
            if found:
                return found
            left = deadline - time.monotonic()
            assert left > 0, f"{wanted} did not come within {timeout_s} s; the screen:\n{self.text}"
            assert self._read(min(left, 0.5)) or self.process.poll() is None, (
                f"it ended; the screen:\n{self.text}"
            )

    def read_for(self, seconds):
        """Read what comes for a time: for what happens at a moment, not at a fact."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self.process.poll() is None:
            self._read(left)

    def wait_exit(self, timeout_s=PATIENCE_S):
        """Read until the program ends and return its exit code."""
        deadline = time.monotonic() + timeout_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, (
                f"it did not end within {timeout_s} s; the screen:\n{self.text}"
            )
            self._read(0.05)
        while self._read(0.0):
            pass
        return self.process.returncode

    def _read(self, timeout_s):
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return False
        data = b""
        with contextlib.suppress(OSError):
            data = os.read(self._master, 1 << 16)
        self.raw += data
        self._stream.feed(data)
        return bool(data)
