"""How a command ends, as a number. The same for all of them; `EXIT_CODES` says so in their help."""

from typing import Final

DONE: Final = 0
FAILED: Final = 1
REFUSED_HERE: Final = 2
"""Also for what was asked for or configured wrongly, as `argparse` ends."""
REFUSED_BY_VENUE: Final = 3
UNKNOWN: Final = 4
UNREACHABLE: Final = 5

EXIT_CODES: Final = (
    "exit codes:\n"
    "  0  done\n"
    "  1  the output could not be written\n"
    "  2  refused here: asked for or configured wrongly, a limit, or the answer was no\n"
    "  3  refused by the venue\n"
    "  4  unknown: something may have been sent, and nobody knows what came of it\n"
    "  5  unreachable: nothing was sent, or the venue gave no usable answer"
)
