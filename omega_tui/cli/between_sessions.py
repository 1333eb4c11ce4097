"""What the screen keeps from session to session, a file each: read at the start, written at the end."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from omega_tui.private_files import replace_private
from omega_tui.ui.desk.watch_list import read_watch_list
from omega_tui.ui.ladder.layouts import read_layouts

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

    def keep(self, tell: Callable[[str], object]) -> None:
        """Write what there is now. A disk that refuses costs that and nothing else.

        Args:
            tell: Takes a line that says what was not kept, why, and what to do, where that happens.
        """
        lost = []
        if self.layouts.names:
            lost.append(_write("layouts", self._state / LAYOUTS, self.layouts.to_json()))
        if self.watch.is_changed:
            lost.append(_write("watched markets", self._state / WATCH_LIST, self.watch.to_json()))
        lost = [one for one in lost if one]
        if lost:
            what = "; ".join(lost)
            tell(f"omega-tui: not kept for the next session: {what}. Make room, or the folder writable.\n")


def _read(path: Path) -> bytes:
    """Return what a file says; nothing where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""


def _write(what: str, path: Path, text: bytes) -> str:
    """Write a file as a whole or not at all; return what was lost and why, empty where nothing was."""
    try:
        replace_private(path, text)
    except OSError as error:
        return f"{what} ({path}: {error.strerror or type(error).__name__})"
    return ""
