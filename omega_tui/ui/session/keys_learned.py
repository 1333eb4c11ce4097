"""Whether trader and keyboard know the keys: the drill of a changed keymap, and the letters that arrive.

It says so through the session: `prompt` while a drill asks, `banner` while letters arrive that no binding
has, `no_arming` while real money, at whatever venue, waits for a drill.
"""

from typing import Final

from omega_tui.domain.events.account import TradingMode
from omega_tui.ui.desk.order_facts import KeyPress
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.keys.layout_watch import LayoutWatch
from omega_tui.ui.learn.key_drill import DrillRecord, KeyDrill, Progress
from omega_tui.ui.session.session import Session

LOCKED: Final = "the keymap is new: :drill takes 20 s, :drill skip does without; then real money can be armed"


class KeysLearned:
    """The drill that runs, if one does, and the watch over the letters."""

    def __init__(self, keymap: Keymap, session: Session) -> None:
        self._keymap = keymap
        self._session = session
        self._layout = LayoutWatch(keymap)
        self._drill: KeyDrill | None = None
        self._record: DrillRecord | None = None

    def remember(self, record: DrillRecord | None) -> None:
        """Take the record of drills; with real money nothing is armed while one is due."""
        self._record = record
        self._lock()

    def _lock(self) -> None:
        is_due = self._record is not None and self._record.is_due
        self._session.no_arming = LOCKED if is_due else ""

    def begin(self, now_ns: int) -> str:
        """Begin a drill; return what to say instead where none can be."""
        if self._session.desk.mode(self._session.venue) is TradingMode.ARMED:
            return "disarm first: the drill wants your keys, and real ones must not be among them"
        self._drill = KeyDrill(self._keymap, now_ns)
        self._session.prompt = self._drill.watch(now_ns).text
        return ""

    def skip(self) -> str:
        """Do without the drill, on the trader's own word."""
        self._finish("skipped")
        return "the drill is skipped: the keys count as known"

    def leave(self) -> None:
        """End a drill without a result."""
        self._drill = None
        self._session.prompt = ""

    def takes(self, action: str) -> bool:
        """Whether a panic key, given as its binding, is what a drill asks for just now."""
        return self._drill is not None and self._drill.wants(action)

    def press(self, press: KeyPress) -> str | None:
        """Take a key for the drill and return how it ended, if it did; None where there is none."""
        self._layout.heard(press.key)
        self._session.banner = self._layout.banner
        if self._drill is None:
            return None
        if press.key == "escape":
            self.leave()
            return "the drill is left"
        progress = self._drill.press(press)
        self._show(progress)
        return progress.text if progress.is_over else ""

    def watch(self, now_ns: int) -> str:
        """Let time pass for the drill; return how it ended when it did."""
        if self._drill is None:
            return ""
        progress = self._drill.settle(now_ns)
        self._show(progress)
        return progress.text if progress.is_over else ""

    def _show(self, progress: Progress) -> None:
        self._session.prompt = progress.text
        if progress.is_over:
            self._session.prompt = ""
            self._drill = None
        if progress.is_passed:
            self._finish("passed")

    def _finish(self, how: str) -> None:
        self.leave()
        if self._record is not None:
            self._record.settle(how)
        self._lock()
