"""Tells a keyboard layout whose letters the keymap does not have by the letters that arrive. Pure."""

import unicodedata

from omega_tui.ui.keys.key_names import is_character, written
from omega_tui.ui.keys.keymap import Context, Keymap

STILL = (
    "panic.flatten",
    "panic.cancel_market",
    "panic.kill",
    "cancel.here",
    "confirm.send",
    "cursor.up",
    "cursor.down",
)
"""What the banner names: enough to get out of everything."""


class LayoutWatch:
    """Remembers the script of the last letter.

    Attributes:
        banner: What to show as long as other letters arrive; empty while Latin ones do.
    """

    def __init__(self, keymap: Keymap) -> None:
        self.banner = ""
        self._keymap = keymap

    def heard(self, key: str) -> None:
        """Take note of a key."""
        if len(key) != 1 or not key.isalpha():
            return
        script = unicodedata.name(key, "LATIN").split()[0]
        if script == "LATIN":
            self.banner = ""
        elif not self._keymap.find(key, *Context) and self._needs_letters():
            self.banner = f"{script} letters are dead: {self._still()} work; or ui.keymap arrows"

    def _needs_letters(self) -> bool:
        bind = self._keymap.bind("order.buy")
        return bind is not None and all(is_character(key) for key in bind.keys)

    def _still(self) -> str:
        binds = (self._keymap.bind(bind_id) for bind_id in STILL)
        keys = (key for bind in binds if bind is not None for key in bind.keys if not is_character(key))
        return " ".join(dict.fromkeys(written(key) for key in keys if key != "backspace"))
