"""The file of the command history: read at the start, written at the end, for its owner's eyes alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from omega_tui.private_files import create_private

FILE_NAME: Final = "command_history"
MAX_BYTES: Final = 256 * 1024
"""More than this was not written here."""


def read_history(state: Path) -> list[str]:
    """Return the lines of earlier sessions, oldest first; none where there is no such file to be read."""
    try:
        with (state / FILE_NAME).open("rb") as file:
            return file.read(MAX_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return []


def write_history(state: Path, lines: Iterable[str]) -> None:
    """Keep the lines for the next session. A disk that refuses costs the history and nothing else."""
    try:
        with create_private(state / FILE_NAME) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
    except OSError:
        return
