"""Gives birth to programs: it has imported what they need, so that no test waits for an interpreter to do it.

Standard input is a socket. A message is one JSON object with three file descriptors, which become the
standard streams of a fork that runs `omega_tui` or a script; the answer is its process id, and later how it
ended.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys

import aiohttp.web  # noqa: F401 - what programs import late is there before the first fork
import textual.css.query
import textual.drivers.linux_driver
import textual.widgets  # noqa: F401

import omega_tui.cli.console
import omega_tui.cli.sim
import omega_tui.runtime.engine_process
import omega_tui.services.venue_factory
import omega_tui.sim.polymarket
import omega_tui.ui.app
import omega_tui.ui.screens.trading  # noqa: F401

MOST_BYTES = 1 << 16


def become(wish: dict[str, object], streams: list[int]) -> None:
    """Be a fresh process, as far as a fork can be one, and run what was asked for."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if wish["session"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, max(streams) + 1)
    sys.stdin = sys.__stdin__ = open(0, closefd=False, errors="surrogateescape")  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False, errors="surrogateescape")  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", 1, closefd=False, errors="backslashreplace")  # noqa: SIM115
    os.environ.clear()
    os.environ.update(wish["env"])
    os.chdir(wish["cwd"])
    sys.argv = wish["argv"]


def run(argv: list[str]) -> None:
    """Run as the interpreter would: it ends by SystemExit, or by falling off the end."""
    if argv[0] == "omega_tui":
        runpy.run_module("omega_tui", run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(argv[0]))  # noqa: PTH120
        runpy.run_path(argv[0], run_name="__main__")


def serve(line: socket.socket, ended: int) -> list[str] | None:
    """Fork one program after the other; return its arguments in each of them, None once nobody asks."""
    while True:
        ready, _, _ = select.select([line, ended], [], [])
        if ended in ready:
            os.read(ended, MOST_BYTES)
            while (end := reaped()) is not None:
                line.send(json.dumps(end).encode())
        if line not in ready:
            continue
        message, streams, _, _ = socket.recv_fds(line, MOST_BYTES, 3)
        if not message:
            return None
        wish = json.loads(message)
        pid = os.fork()
        if not pid:
            become(wish, streams)
            return wish["argv"]
        for stream in streams:
            os.close(stream)
        line.send(json.dumps({"born": pid}).encode())


def reaped() -> dict[str, int] | None:
    """Return how a fork has ended, if one has."""
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return {"pid": pid, "code": os.waitstatus_to_exitcode(status)} if pid else None


def main() -> list[str] | None:
    """Listen for wishes on what was standard input."""
    line = socket.socket(fileno=os.dup(0))
    ended, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.freeze()
    argv = serve(line, ended)
    line.detach() if argv else line.close()
    return argv


if __name__ == "__main__":
    wanted = main()
    if wanted:
        run(wanted)
