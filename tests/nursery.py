"""Programs as forks of one process that has imported what they need: an interpreter costs a second or two."""

import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).with_name("drivers") / "nursery.py"
MOST_BYTES = 1 << 16
READ_AT_THE_START = re.compile(r"PYTHON[A-Z]|LANG|LC_|TEXTUAL")
"""Variables that an interpreter or Textual reads when it starts: of no effect in a fork."""
OF_THE_NURSERY = {"PYTHONWARNINGS": "default", "PYTHONPATH": str(PROGRAM.parents[2]), "LANG": "C.UTF-8"}


class Fork:
    """A program; as much of `subprocess.Popen` as tests use."""

    def __init__(self, nursery, pid):
        self.pid = pid
        self.returncode = None
        self._nursery = nursery

    def poll(self):
        if self.returncode is None:
            self.returncode = self._nursery.end_of(self.pid)
        return self.returncode

    def wait(self, timeout=None):
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            self._nursery.listen(0.1)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that forks; it ends with us."""

    def __init__(self):
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._born = None
        self._ends = {}
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], **OF_THE_NURSERY},
            start_new_session=True,
        )
        theirs.close()
        atexit.register(self.close)

    def bear(self, argv, *, streams, env, cwd, session):
        """Start a program on three file descriptors."""
        wish = {"argv": argv, "env": env, "cwd": str(cwd), "session": session}
        socket.send_fds(self._line, [json.dumps(wish).encode()], streams)
        self._born = None
        while self._born is None:
            self.listen(None)
        self._ends.pop(self._born, None)
        return Fork(self, self._born)

    def listen(self, timeout_s):
        """Wait for one word, at most so long; None for as long as it takes."""
        self._line.settimeout(timeout_s)
        try:
            message = self._line.recv(MOST_BYTES)
        except (TimeoutError, BlockingIOError):
            return False
        assert message, "the nursery has ended; it says why on standard error"
        word = json.loads(message)
        if "born" in word:
            self._born = word["born"]
        else:
            self._ends[word["pid"]] = word["code"]
        return True

    def end_of(self, pid):
        """Return the exit code of a program; None while it runs."""
        while self.listen(0):
            pass
        return self._ends.get(pid)

    def close(self):
        self._line.close()
        self._process.wait()


@cache
def nursery():
    return Nursery()


def spawn(  # noqa: PLR0913 - as `subprocess.Popen`
    argv, *, env, stdin, stdout, stderr, cwd=None, session=False, **options
):
    """Start a program, as a fork where that makes no difference to it, on three open files or descriptors."""
    program = None if options else _forkable(argv, env)
    if program is None:
        options |= {"env": env, "cwd": cwd, "start_new_session": session}
        return subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr, **options)
    streams = [file if isinstance(file, int) else file.fileno() for file in (stdin, stdout, stderr)]
    return nursery().bear(program, streams=streams, env=env, cwd=cwd or Path.cwd(), session=session)


def _forkable(argv, env):
    """Return what the nursery calls a program; None where only an interpreter of its own will do."""
    own = {name: value for name, value in env.items() if READ_AT_THE_START.match(name)}
    if argv[0] != sys.executable or {**OF_THE_NURSERY, **own} != OF_THE_NURSERY:
        return None
    if argv[1:3] == ["-m", "omega_tui"]:
        return ["omega_tui", *argv[3:]]
    return argv[1:] if argv[1].endswith(".py") else None
