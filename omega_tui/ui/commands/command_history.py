"""What was typed after `:`, to be found again with up and down. Bounded, and never with a secret in it."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from omega_tui.ui.commands.commands import MAX_LINE

MOST: Final = 500
"""Lines that are kept."""


class History:
    """Lines, oldest first.

    Args:
        lines: Those of earlier sessions.
        redact: Takes secrets out of a text.
    """

    def __init__(self, lines: Iterable[str] = (), *, redact: Callable[[str], str] = str) -> None:
        kept = (line for line in lines if _is_kept(line))
        self._lines: deque[str] = deque(kept, maxlen=MOST)
        self._redact = redact
        self._at = len(self._lines)
        self._draft = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything that is kept, oldest first."""
        return tuple(self._lines)

    def add(self, line: str) -> None:
        """Keep a line that was entered; a repetition of the last one is not kept twice."""
        clean = self._redact(line.strip())
        if _is_kept(clean) and (not self._lines or self._lines[-1] != clean):
            self._lines.append(clean)
        self.leave()

    def leave(self) -> None:
        """Begin at the newest again: the line was closed."""
        self._at, self._draft = len(self._lines), ""

    def browse(self, step: int, typed: str) -> str:
        """Return the line above (negative) or below; below the newest is what was being typed."""
        if self._at == len(self._lines):
            self._draft = typed
        self._at = min(max(0, self._at + step), len(self._lines))
        return self._lines[self._at] if self._at < len(self._lines) else self._draft


def _is_kept(line: str) -> bool:
    return bool(line.strip()) and len(line) <= MAX_LINE and line.isprintable()
