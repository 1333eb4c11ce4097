"""The file of the theme that was chosen on the screen: read at the start, written at the end."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from omega_tui.private_files import create_private

FILE_NAME: Final = "theme"
MAX_BYTES: Final = 64
"""A name is shorter."""


def read_theme(state: Path, known: Collection[str]) -> str:
    """Return the name of the theme; empty where none was chosen, or there is none of that name any more."""
    try:
        with (state / FILE_NAME).open("rb") as file:
            name = file.read(MAX_BYTES).decode(errors="replace").strip()
    except OSError:
        return ""
    return name if name in known else ""


def write_theme(state: Path, name: str) -> None:
    """Keep the name for the next session. A disk that refuses costs it and nothing else."""
    try:
        with create_private(state / FILE_NAME) as file:
            file.write(f"{name}\n".encode())
    except OSError:
        return
