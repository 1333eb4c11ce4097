"""The terminal as Textual drives it, and what happens when it goes away: the console ends, in order.

Textual's writer thread dies of the first failed write, after which the screen waits for ever on a full queue
while the input thread reads nothing at full speed. Here a failed write is the end of the terminal, not of the
thread: output is dropped from then on, and the app is asked to exit.
"""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import IO, Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from omega_tui.ui.keys_first import KeysFirst

HUNG_UP = 1
"""Exit code of a console whose terminal went away."""


class Output:
    """A file that outlives its terminal: after the first failure it swallows everything.

    Attributes:
        is_gone: Whether a write failed.
    """

    def __init__(self, file: IO[str], on_gone: Callable[[], None]) -> None:
        self.is_gone = False
        self._file = file
        self._on_gone = on_gone

    def write(self, text: str) -> int:
        """Write `text`, or drop it once the terminal is gone."""
        if not self.is_gone:
            try:
                return self._file.write(text)
            except OSError:
                self._lost()
        return len(text)

    def flush(self) -> None:
        """Flush what was written."""
        if not self.is_gone:
            try:
                self._file.flush()
            except OSError:
                self._lost()

    def fileno(self) -> int:
        """Return the terminal's file descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Return whether this is a terminal."""
        return self._file.isatty()

    def _lost(self) -> None:
        self.is_gone = True
        self._on_gone()


class Turns(Event):
    """The event that ends the input thread; the thread asks for it once before each of its reads.

    Attributes:
        count: How often it was asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def is_set(self) -> bool:
        self.count += 1
        return super().is_set()


class ConsoleDriver(LinuxDriver):
    """Textual's driver for a terminal, with two differences.

    It ends the app when the terminal hangs up. And what came in one read has the time of that read: Textual
    stamps each key when it gets to it, so that on a busy machine the keys of a paste seem to be pressed one
    after the other, as by a hand (ladder specification, section 6, key guards).
    """

    def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401 - handed through to Textual
        super().__init__(app, **options)
        self._file: Any = Output(self._file, self._hang_up)
        self._turns = self.exit_event = Turns()
        self._read_turn = 0
        self._read_time = 0.0
        self._keys_first: KeysFirst | None = getattr(app, "keys_first", None)

    def process_message(self, message: Message) -> None:
        """Give a message the time of the read that it came with; called in the input thread."""
        if self._turns.count != self._read_turn:
            self._read_turn, self._read_time = self._turns.count, message.time
        message.time = self._read_time
        if self._keys_first is not None and isinstance(message, Key):
            self._keys_first.key_read()
        super().process_message(message)

    def _hang_up(self) -> None:
        """Ask the app to exit; called in the thread that writes."""
        self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=HUNG_UP))
