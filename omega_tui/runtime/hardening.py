"""What a process that holds keys forbids itself before it reads one (security, controls C13, C20 and C25)."""

import ctypes
import os
import resource
import sys
from collections.abc import Mapping

PRIVATE_UMASK = 0o077

_PR_SET_DUMPABLE = 4
"""From `linux/prctl.h`."""

_SHOWN_ELSEWHERE = ("TEXTUAL_DRIVER", "TEXTUAL_LOG")
"""Variables by which Textual shows the screen, or writes what happens on it, somewhere else."""


def harden() -> None:
    """Leave no memory on disk, let no other process of the user look into it, and make only private files.

    Core dumps are off, for child processes too; on Linux neither a debugger without privileges nor
    `/proc/PID/mem` and `/proc/PID/environ` reads us. Nothing is promised about swap.
    """
    os.umask(PRIVATE_UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def why_not_armed(environ: Mapping[str, str]) -> str:
    """Return why orders must not leave this process, as a sentence; empty where nothing speaks against it.

    With Textual's developer tools another process sees every key and every line, and may send some.
    """
    features = {word.strip().casefold() for word in environ.get("TEXTUAL", "").split(",")}
    found = "TEXTUAL=devtools" if "devtools" in features else ""
    found = found or next((name for name in _SHOWN_ELSEWHERE if environ.get(name)), "")
    if not found:
        return ""
    return f"{found} is set, which shows the screen elsewhere: start again without it to trade."
