"""The command `omega-tui`: finds the sub-command and runs it; without one, the console.

Nothing heavy is imported before it is needed: the outline of the console is on the screen before Textual is.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from omega_tui import __version__

COMMANDS = {
    "sim": "the embedded exchange alone, on loopback",
    "replay": "play a recording in the console, or headless",
    "stream": "print market events until interrupted",
    "book": "print an order book",
    "markets": "list what can be traded",
    "config": "print the effective configuration and where each value comes from",
    "screenshot": "draw a screen as SVG",
}
"""Every sub-command; the module of the same name in `omega_tui.cli` carries it."""

USAGE = """\
usage: omega-tui [options]              the console, on the embedded exchange unless told otherwise
       omega-tui COMMAND [options]      `omega-tui COMMAND --help` explains

commands:
{commands}

options of the console:
{options}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 1 failed, 2 used or configured wrongly."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["-V"], ["--version"]):
        print(f"omega-tui {__version__}")  # noqa: T201 - this is a command's answer
        return 0
    if arguments and arguments[0] in COMMANDS:
        return _run(arguments[0], arguments[1:])
    if arguments and not arguments[0].startswith("-"):
        known = ", ".join(COMMANDS)
        message = f"omega-tui: there is no command {arguments[0]!r}; there are: {known}\n"
        sys.stderr.write(message.encode("ascii", "backslashreplace").decode())
        return 2
    return _run("console", arguments)


def _run(command: str, arguments: list[str]) -> int:
    module = import_module(f"omega_tui.cli.{command}")
    try:
        code: int = module.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough. The interpreter flushes once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
