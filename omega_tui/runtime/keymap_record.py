"""The file that remembers which keymap was drilled last; without it only the shipped one counts as known."""

import json
from pathlib import Path
from typing import Final

from omega_tui.clock import Clock
from omega_tui.private_files import create_private

FILE_NAME: Final = "keymap.json"
"""In the state folder."""
MAX_BYTES: Final = 4_096


class KeymapRecord:
    """Compares the keymap in force with the one that was drilled, or skipped, last."""

    def __init__(self, state: Path, *, fingerprint: str, shipped: str, clock: Clock) -> None:
        """Read the record.

        Args:
            state: The state folder.
            fingerprint: Of the keymap in force.
            shipped: Of the one that everybody begins with.
            clock: Dates what is written.
        """
        self._path = state / FILE_NAME
        self._fingerprint = fingerprint
        self._clock = clock
        self._known = _read(self._path) or shipped

    @property
    def is_due(self) -> bool:
        """Whether the keymap in force is another one than that."""
        return self._fingerprint != self._known

    def settle(self, how: str) -> None:
        """Remember the keymap in force. A disk that refuses costs another drill and nothing else."""
        self._known = self._fingerprint
        fields = {"fingerprint": self._fingerprint, "how": how, "at_ns": self._clock.now_ns()}
        try:
            with create_private(self._path) as file:
                file.write(json.dumps(fields).encode() + b"\n")
        except OSError:
            return


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return ""
    fingerprint = fields.get("fingerprint") if isinstance(fields, dict) else None
    return fingerprint if isinstance(fingerprint, str) else ""
