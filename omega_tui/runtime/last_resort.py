"""The end of a process that cannot end in order, for a reason that nobody thought of: bounded, and on record.

Whatever was written down stays, and the engine ends by itself when its screen is gone. A process that went on
without either would keep the journal, so that no other console could be started.
"""

import faulthandler
import os
import signal
import termios
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from omega_tui import outline

SCREEN_S: Final = 20.0
"""By when a console has ended that was told to. Leaving waits for a silent engine for most of it
(`engine_process.STOP_S`), and 2 s for a terminal that takes nothing."""
ENGINE_S: Final = 60.0
"""By when an engine has ended whose screen is gone; a screen that is there ends it sooner."""
STEPS: Final = 20
"""The time is counted in so many steps. While the process is stopped, none but the first of them passes."""
AT_WORST: Final = 6
"""After so many times the limit it ends by the clock, stopped or not, and the terminal stays as it is."""
FAILED: Final = 1
"""The exit code."""

GIVE_BACK: Final = (
    "\x1b[<u\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?7h"
    + outline.LEAVE
)
"""Undoes what Textual asks of a terminal: kitty's keys, mouse, focus, paste, sizes in band, lines cut off."""


def end_within(limit_s: float, log: Path | None) -> None:
    """End this process after a time if it has not ended by then, and log where each of its threads stands.

    Done by a thread that needs neither the interpreter nor any lock of it. A second call counts anew.

    Args:
        limit_s: Seconds from now.
        log: A file to append to; None writes nothing.
    """
    faulthandler.dump_traceback_later(limit_s, exit=True, file=_opened(log))


class LastResort:
    """Ends the console in time, the terminal given back where that can be done.

    Made in the main thread, before Textual takes the terminal.

    Args:
        log: Where to note what it waited for; None notes nothing.
        limit_s: By when it ends after `start`.
    """

    def __init__(self, log: Path | None, *, limit_s: float = SCREEN_S) -> None:
        self._log = log
        self._limit_s = limit_s
        self._left = 0
        self._before: list[Any] | None = None
        with suppress(termios.error):  # Without a terminal there is nothing to give back.
            self._before = termios.tcgetattr(0)
        signal.signal(signal.SIGALRM, self._step)

    def start(self) -> None:
        """Begin to count, once; in any thread, and in handlers of signals."""
        if not self._left:
            self._left = STEPS
            end_within(self._limit_s * AT_WORST, self._log)
            signal.setitimer(signal.ITIMER_REAL, self._limit_s / STEPS, self._limit_s / STEPS)

    def _step(self, *_: object) -> None:
        """Count; in the main thread, in the midst of whatever it waits for."""
        self._left -= 1
        if not self._left:
            self._end()

    def _end(self) -> None:
        faulthandler.dump_traceback(_opened(self._log))
        if self._before is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(0, termios.TCSANOW, self._before)
                terminal = os.open(os.ttyname(0), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
                os.write(terminal, GIVE_BACK.encode())
        os._exit(FAILED)


def _opened(log: Path | None) -> int:
    """Return a descriptor that appends to a file, and stays open."""
    if log is not None:
        with suppress(OSError):
            return os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
