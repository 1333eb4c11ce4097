"""What the screen keeps from session to session, a file each: read at the start, written at the end."""

from pathlib import Path
from typing import Final

from omega_tui.private_files import create_private
from omega_tui.ui.layouts import read_layouts
from omega_tui.ui.watch_list import read_watch_list

LAYOUTS: Final = "layouts.json"
WATCH_LIST: Final = "watch.json"
MAX_BYTES: Final = 256 * 1024
"""More than this was not written here."""


class BetweenSessions:
    """The layouts and the watched markets of one state directory.

    Attributes:
        layouts: What was saved.
        watch: What is watched.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self.layouts = read_layouts(_read(state / LAYOUTS))
        self.watch = read_watch_list(_read(state / WATCH_LIST))

    def keep(self) -> None:
        """Write what there is now. A disk that refuses costs that and nothing else."""
        if self.layouts.names:
            _write(self._state / LAYOUTS, self.layouts.to_json())
        if self.watch.is_changed:
            _write(self._state / WATCH_LIST, self.watch.to_json())


def _read(path: Path) -> bytes:
    """Return what a file says; nothing where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""


def _write(path: Path, text: bytes) -> None:
    try:
        with create_private(path) as file:
            file.write(text)
    except OSError:
        return
