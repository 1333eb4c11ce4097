"""The terminal as Textual drives it, and what happens when it goes away: the console ends, in order.

Textual's writer thread dies of the first failed write, after which the screen waits for ever on a full queue
while the input thread reads nothing at full speed. Here a failed write is the end of the terminal, not of the
thread: output is dropped from then on, and the app is asked to exit.
"""

import os
import select
from collections.abc import Callable
from functools import partial
from threading import Event, Timer
from typing import IO, Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from omega_tui.ui.keys_first import KeysFirst

HUNG_UP = 1
"""Exit code of a console whose terminal went away."""
LAST_S = 30.0
"""A console without a terminal has ended by then; leaving in order takes half of it at most."""


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

    It is set for good once the terminal has hung up: a read gives nothing then, at once, again and again.

    Attributes:
        count: How often it was asked for.
    """

    def __init__(self, terminal: int, on_gone: Callable[[], None]) -> None:
        super().__init__()
        self.count = 0
        self._on_gone = on_gone
        self._is_gone = False
        self._hung_up = select.poll()
        self._hung_up.register(terminal, 0)  # Of what happens to it, only what is always told.

    def is_set(self) -> bool:
        self.count += 1
        if not self._is_gone and self._hung_up.poll(0):
            self._is_gone = True
            self._on_gone()
        return self._is_gone or super().is_set()


class ConsoleDriver(LinuxDriver):
    """Textual's driver for a terminal, with three differences.

    It ends the app when the terminal hangs up. It takes the terminal anew when the process was stopped and
    goes on, whoever stopped it: Textual 8.2 would start a second thread that reads keys beside the first, and
    the bytes of one key would go to both. And what came in one read has the time of that read: Textual stamps
    each key when it gets to it, so that on a busy machine the keys of a paste seem to be pressed one after
    the other, as by a hand (ladder specification, section 6, key guards).
    """

    def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401 - handed through to Textual
        super().__init__(app, **options)
        self._file: Any = Output(self._file, self._hang_up)
        self._turns = self.exit_event = Turns(self.fileno, self._hang_up)
        self._read_turn = 0
        self._read_time = 0.0
        self._has_hung_up = False
        self._keys_first: KeysFirst | None = getattr(app, "keys_first", None)

    def process_message(self, message: Message) -> None:
        """Give a message the time of the read that it came with; called in the input thread."""
        if self._turns.count != self._read_turn:
            self._read_turn, self._read_time = self._turns.count, message.time
        message.time = self._read_time
        if self._keys_first is not None and isinstance(message, Key):
            self._keys_first.key_read()
        super().process_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again; Ctrl+Z has given it back before, a stop from outside has not."""
        if self._auto_restart and not self._must_signal_resume:
            self.suspend_application_mode()
        super()._sigcont_application()

    def _hang_up(self) -> None:
        """Ask the app to exit, once; called in a thread that writes or reads.

        A console that hangs without a terminal would keep its journal, and nobody could start another.
        """
        if self._has_hung_up:
            return
        self._has_hung_up = True
        last = Timer(LAST_S, partial(os._exit, HUNG_UP))
        last.daemon = True
        last.start()
        self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=HUNG_UP))
