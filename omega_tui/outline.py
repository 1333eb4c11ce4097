"""The outline of the console, written before anything heavy is imported.

Importing Textual takes some 170 ms; plain escape sequences are on the screen after about 20. The outline says
PAPER or LIVE from the first moment, and takes no input.

In the same breath the terminal is asked how wide it draws the characters that some draw two cells wide. Its
answer comes while Textual is imported, so that knowing costs no time; who does not answer is not waited for.
"""

import atexit
import os
import select
import signal
import sys
import termios
from collections.abc import Callable
from contextlib import suppress

ENTER = "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l"
LEAVE = "\x1b[?1049l\x1b[?25h"
"""The alternate screen, and back. Textual enters it once more, which changes nothing."""

PROBED = "│►"
"""A character of ambiguous width in East Asian terminals, and one that is narrow everywhere."""
PROBE = "\x1b[?1049h" + "".join(f"\x1b[2;1H{character}\x1b[6n" for character in PROBED)
"""Draw each at the start of a line and ask where the cursor is. Of the second line, since an answer about the
first can be taken for a function key."""

_shown = False
_restore: Callable[[], None] | None = None


def outline(columns: int, lines: int, mode: str) -> str:
    """Return the outline for a terminal of that size; `mode` is PAPER, LIVE or REPLAY."""
    bar = f" {mode} | DISARMED | starting"[:columns].ljust(columns)
    body = [f"\x1b[7m{bar}\x1b[0m", *[""] * max(0, lines - 3), f"\x1b[2m{'-' * columns}\x1b[0m"]
    return ENTER + "\r\n".join([*body, " the book opens in a moment"[:columns]])


def show(mode: str) -> None:
    """Write the outline, if standard output is a terminal."""
    global _shown  # noqa: PLW0603 - the terminal is a global, too
    if sys.__stdout__ is None or not sys.__stdout__.isatty():
        return
    columns, lines = os.get_terminal_size(sys.__stdout__.fileno())
    _shown = True
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    if _keep_quiet():
        sys.__stdout__.write(PROBE)
    sys.__stdout__.write(outline(columns, lines, mode))
    sys.__stdout__.flush()


def remove() -> None:
    """Give the terminal back as it was, if the outline was shown: the console is not coming up."""
    global _shown  # noqa: PLW0603 - as above
    _as_before()
    if _shown and sys.__stdout__ is not None:
        sys.__stdout__.write(LEAVE)
        sys.__stdout__.flush()
        _shown = False


def fitting_glyphs() -> str:
    """Return the glyph set that the terminal draws in line, as its answer says; empty while there is none.

    Takes what the terminal has sent so far and gives it back as it was found. Does not wait.
    """
    if _restore is None or sys.__stdin__ is None:
        return ""
    answer = b""
    number = sys.__stdin__.fileno()
    while select.select([number], [], [], 0)[0]:
        data = os.read(number, 1_024)
        if not data:
            break
        answer += data
    _as_before()
    return glyphs_for(answer)


def glyphs_for(answer: bytes) -> str:
    """Return the glyph set for a terminal's answer to `PROBE`; empty if it is not whole."""
    columns = []
    for part in answer.split(b"\x1b[2;")[1:]:
        digits = part.partition(b"R")[0]
        if b"R" not in part or not digits.isdigit():
            return ""
        columns.append(int(digits) - 1)
    if len(columns) != len(PROBED):
        return ""
    if columns == [1, 1]:
        return "unicode"
    return "cjk" if columns == [2, 1] else "ascii"


def _keep_quiet() -> bool:
    """Have the terminal neither echo its answer nor wait for the end of a line; return whether it obeys."""
    global _restore  # noqa: PLW0603 - as above
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return False
    number = sys.__stdin__.fileno()
    try:
        before = termios.tcgetattr(number)
        quiet = list(before)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(number, termios.TCSANOW, quiet)
    except termios.error:
        return False

    def restore() -> None:
        termios.tcsetattr(number, termios.TCSANOW, before)

    _restore = restore
    atexit.register(_as_before)
    return True


def _end(number: int, _frame: object) -> None:
    """End by the signal that came, the terminal given back: nothing is there yet that must be closed."""
    with suppress(OSError, termios.error):
        _as_before()
        if _shown:
            os.write(1, LEAVE.encode())
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _as_before() -> None:
    global _restore
    restore, _restore = _restore, None
    if restore is not None:
        restore()
