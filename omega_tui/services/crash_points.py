"""Where tests kill the program: between a key and the venue's answer, as if by kill -9."""

import os
import signal
from collections import Counter

CRASH_AT_VARIABLE = "OMEGA_CRASH_AT"
_CRASH_AT, _, _nth = os.environ.get(CRASH_AT_VARIABLE, "").partition(":")
_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here, as if by kill -9, if the environment asks for it: `OMEGA_CRASH_AT=name` or `name:n`-th time.

    The crash points between a key and the venue's answer are where tests kill the program.
    """
    if name != _CRASH_AT:
        return
    _passed[name] += 1
    if _passed[name] == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
