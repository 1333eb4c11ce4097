"""The file of the saved layouts: read at the start, written at the end."""

from pathlib import Path
from typing import Final

from omega_tui.private_files import create_private

FILE_NAME: Final = "layouts.json"
MAX_BYTES: Final = 256 * 1024
"""More than this was not written here."""


def read_layouts_file(state: Path) -> bytes:
    """Return what the file says; nothing where there is none that can be read."""
    try:
        with (state / FILE_NAME).open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""


def write_layouts_file(state: Path, text: bytes) -> None:
    """Keep the layouts for the next session. A disk that refuses costs them and nothing else."""
    try:
        with create_private(state / FILE_NAME) as file:
            file.write(text)
    except OSError:
        return
