"""The program as a stranger starts it: a process of its own, in an environment that holds nothing of ours."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from omega_tui.__main__ import main
from omega_tui.clock import SystemClock
from omega_tui.sim.bitget import EmbeddedBitget
from tests.nursery import spawn

TIMEOUT_S = 60


def environment(home, env=None):
    """What a fresh login has, with every folder of ours below `home`."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(Path(home) / "config"),
        "XDG_STATE_HOME": str(Path(home) / "state"),
        "XDG_CACHE_HOME": str(Path(home) / "cache"),
        "PYTHONWARNINGS": "default",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        **(env or {}),
    }


def argv_of(arguments):
    return [sys.executable, "-m", "omega_tui", *map(str, arguments)]


def omega(*arguments, home, env=None, **options):
    """Run a command to its end and return it, with its output as text."""
    with Path(os.devnull).open("rb") as null, TemporaryFile() as out, TemporaryFile() as err:
        streams = {"stdin": null, "stdout": out, "stderr": err} | options
        process = spawn(argv_of(arguments), env=environment(home, env), cwd=home, **streams)
        try:
            process.wait(TIMEOUT_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, _text(out), _text(err))


def _text(file):
    file.seek(0)
    return file.read().decode()


def omega_here(arguments, *, home, monkeypatch, capsys):
    """Run a command that ends before it starts anything within this process, which costs no interpreter."""
    fresh = environment(home)
    for name in set(os.environ) - {"PYTEST_CURRENT_TEST"} - fresh.keys():
        monkeypatch.delenv(name)
    for name, value in fresh.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    try:
        code = main([*map(str, arguments)])
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return subprocess.CompletedProcess(arguments, code, said.out, said.err)


@contextlib.contextmanager
def started(*arguments, home, env=None, **options):
    """Start a command that goes on until it is ended; it does not outlive the block."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | options
    process = subprocess.Popen(
        argv_of(arguments), env=environment(home, env), cwd=home, encoding="utf-8", **options
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


class Sim:
    """The embedded exchange as a process of its own, which can be killed and started again where it was.

    Attributes:
        announcement: File with the line that it printed.
        told: That line, decoded.
    """

    def __init__(self, home, *, seed=3, rate=40):
        self.home = Path(home)
        self.announcement = self.home / "announced.json"
        self.told = {}
        self._options = ["--json", "--seed", seed, "--rate", rate, "--state", self.home / "exchange.state"]
        self._process = self._said = None

    def start(self):
        port = self.told["rest"].rpartition(":")[2] if self.told else 0
        reading, writing = os.pipe()
        try:
            self._process = spawn(
                argv_of(["sim", *self._options, "--port", port]),
                env=environment(self.home), stdin=0, stdout=writing, stderr=2,
            )  # fmt: skip
        finally:
            os.close(writing)
        self._said = os.fdopen(reading, encoding="utf-8")
        line = self._said.readline()
        assert line, "the exchange did not come up; it says why on standard error"
        self.told = json.loads(line)
        self.announcement.write_text(line)

    def admin(self, method, path, body=None):
        """Ask the exchange's back door, and return what it answers."""
        door = self.told["admin"]
        request = urllib.request.Request(
            door["url"] + path,
            method=method,
            data=None if body is None else msgspec.json.encode(body),
            headers={"Authorization": f"Bearer {door['token']}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def inject(self, fault):
        """Put a fault in force beside those that are."""
        self.admin("POST", "/faults", fault)

    def heal(self):
        """Take every fault out of force."""
        self.admin("DELETE", "/faults")

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._said.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


class Bitget:
    """The embedded Bitget in a thread of its own, as a process of a stranger would see it."""

    def __init__(self):
        self._ready, self._end = threading.Event(), None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self):
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with EmbeddedBitget(seed=5, rate=5, clock=SystemClock()) as venue:
            self.url, who = venue.base_url, venue.credentials
            self.reader = _variables(venue.read_only_credentials)
            self.keys = _variables(who)
            self._ready.set()
            await self._end.wait()

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


def _variables(who):
    return {
        "OMEGA_BITGET_API_KEY": who.api_key,
        "OMEGA_BITGET_API_SECRET": who.secret.reveal(),
        "OMEGA_BITGET_PASSPHRASE": who.passphrase.reveal(),
    }


def said(done, code=0):
    """Return the lines of JSON that a command printed, and hold it to its exit code."""
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def refused(done, *words, code=2):
    """One sentence on standard error, nothing on standard output, and the exit code."""
    assert done.returncode == code, (done.stdout, done.stderr)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1), done.stderr
    for word in words:
        assert word in done.stderr
