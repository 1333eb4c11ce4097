"""The outline of the console, written before anything heavy is imported.

Importing Textual takes some 170 ms; plain escape sequences are on the screen after about 20. The outline says
PAPER or LIVE from the first moment, and takes no input.
"""

import os
import sys

ENTER = "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l"
LEAVE = "\x1b[?1049l\x1b[?25h"
"""The alternate screen, and back. Textual enters it once more, which changes nothing."""


def outline(columns: int, lines: int, *, mode: str, venue: str) -> str:
    """Return the outline for a terminal of that size.

    Args:
        columns: Cells in a line.
        lines: Lines.
        mode: PAPER, LIVE or REPLAY.
        venue: Where orders will go.
    """
    bar = f" {mode} | DISARMED | {venue} | starting"[:columns].ljust(columns)
    rule = "-" * columns
    body = [f"\x1b[7m{bar}\x1b[0m", "", *[""] * max(0, lines - 5), f"\x1b[2m{rule}\x1b[0m"]
    foot = " the book opens in a moment"[:columns]
    return ENTER + "\r\n".join([*body, foot])


def show(*, mode: str, venue: str) -> bool:
    """Write the outline if standard output is a terminal; return whether it was."""
    if not sys.__stdout__ or not sys.__stdout__.isatty():
        return False
    columns, lines = os.get_terminal_size(sys.__stdout__.fileno())
    sys.__stdout__.write(outline(columns, lines, mode=mode, venue=venue))
    sys.__stdout__.flush()
    return True


def remove() -> None:
    """Give the terminal back as it was: for the case that the console never came up."""
    assert sys.__stdout__ is not None, "only what was shown is removed"
    sys.__stdout__.write(LEAVE)
    sys.__stdout__.flush()
