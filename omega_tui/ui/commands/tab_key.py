"""What Tab makes of a line behind `:`, and of its own answer when it is pressed again. Pure."""

from os.path import commonprefix

from omega_tui.ui.commands.commands import Choices, complete


class TabKey:
    """Goes as far as all completions agree, and then through them one by one."""

    def __init__(self) -> None:
        self._found: tuple[str, ...] = ()
        self._at = 0

    def press(self, line: str, choices: Choices) -> str:
        """Return what the line becomes; itself where nothing completes it."""
        if self._is_shown(line):
            self._at = (self._at + 1) % len(self._found)
            return self._found[self._at]
        self._found, self._at = (), 0
        candidates = complete(line, choices)
        stem = commonprefix(candidates)  # noqa: RUF071 - characters are what is to be compared
        if len(stem) > len(line) or len(candidates) < 2:
            return stem or line
        self._found = candidates
        return candidates[0]

    def others(self, line: str) -> str:
        """Return what Tab would go on to from a line that it made, the next first; empty for no choice."""
        if not self._is_shown(line):
            return ""
        turned = (*self._found[self._at + 1 :], *self._found[: self._at])
        before = len(commonprefix(self._found).rpartition(" ")[0])  # noqa: RUF071 - as above
        return f"Tab: {', '.join(one[before:].strip() for one in turned)}"

    def _is_shown(self, line: str) -> bool:
        return bool(self._found) and line == self._found[self._at]
