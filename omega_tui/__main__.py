"""The command `omega-tui`: finds the sub-command and runs it; without one, the console.

Nothing is imported before it is needed: the outline of the console is on the screen before Textual is
imported, and before the few modules are that tell commands and errors.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from omega_tui import __version__, outline

INTERRUPTED = 130
"""Exit code of a shell for SIGINT, where it came before there was anything to end cleanly."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 1 failed, 2 used or configured wrongly."""
    _open_standard_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] in (["-V"], ["--version"]):
        return _flushed("omega-tui", 0, f"omega-tui {__version__}\n")
    if arguments and not arguments[0].startswith("-"):
        return _run_command(arguments[0], arguments[1:])
    if not {"-h", "--help", "-V", "--version"} & {*arguments}:
        outline.show("LIVE" if any(word.startswith("--live") for word in arguments) else "PAPER")
    return _run("console", arguments)


def _run_command(command: str, arguments: list[str]) -> int:
    from omega_tui.cli.commands import COMMANDS  # noqa: PLC0415 - not before the outline

    if command in COMMANDS:
        return _run(command, arguments)
    known = ", ".join(COMMANDS)
    message = f"omega-tui: there is no command {command[:60]!r}; there are: {known}\n"
    sys.stderr.write(message.encode("ascii", "backslashreplace").decode())
    return 2


def _run(command: str, arguments: list[str]) -> int:
    from omega_tui.errors import OutputError  # noqa: PLC0415 - not before the outline

    program = "omega-tui" if command == "console" else f"omega-tui {command}"
    try:
        code: int = import_module(f"omega_tui.cli.{command}").run(arguments)
    except BrokenPipeError:
        _forget_output()
        return 0
    except OutputError as error:
        _forget_output()
        sys.stderr.write(f"{program}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return _flushed(program, code)


def _flushed(program: str, code: int, text: str = "") -> int:
    """Write a text and what is still buffered; return the exit code. A reader that left has seen enough."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
    except OSError as error:
        _forget_output()
        sys.stderr.write(f"{program}: cannot write the output: {error.strerror}\n")
        return code or 1
    return code


def _forget_output() -> None:
    """Let what is still buffered go nowhere: the interpreter flushes once more at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _open_standard_streams() -> None:
    """Open closed standard streams on the null device.

    Their numbers would go to the next socket or journal otherwise, and a stray write would end up in it.
    """
    for number, mode in enumerate(("r", "w", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # The lowest free number is this one.
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives with us
            setattr(sys, ("stdin", "stdout", "stderr")[number], stream)
    for output in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its number.
        if isinstance(output, TextIOWrapper):
            output.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
