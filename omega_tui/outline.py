"""The outline of the console, written before anything heavy is imported.

Importing Textual takes some 170 ms; plain escape sequences are on the screen after about 20. The outline says
PAPER or LIVE from the first moment, and takes no input.
"""

import os
import sys

ENTER = "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l"
LEAVE = "\x1b[?1049l\x1b[?25h"
"""The alternate screen, and back. Textual enters it once more, which changes nothing."""

_shown = False


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
    sys.__stdout__.write(outline(columns, lines, mode))
    sys.__stdout__.flush()
    _shown = True


def remove() -> None:
    """Give the terminal back as it was, if the outline was shown: the console is not coming up."""
    global _shown  # noqa: PLW0603 - as above
    if _shown and sys.__stdout__ is not None:
        sys.__stdout__.write(LEAVE)
        sys.__stdout__.flush()
        _shown = False
