"""The terminal as Textual drives it, and what happens when it goes away: the console ends, in order.

Textual's writer thread dies of the first failed write, after which the screen waits for ever on a full queue.
Here a failed write is the end of the terminal, not of the
thread: output is dropped from then on, and the app is asked to exit.
"""

import os
from collections.abc import Callable
from functools import partial
from threading import Timer
from typing import IO, Any

from rich.traceback import Traceback
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from omega_tui.ui.keys_first import KeysFirst
from omega_tui.ui.terminal_input import TerminalInput

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


class ConsoleDriver(LinuxDriver):
    """Textual's driver for a terminal, with three differences.

    It ends the app when the terminal hangs up. It takes the terminal anew when the process was stopped and
    goes on, whoever stopped it: Textual 8.2 would only begin a second time. And keys are read in the screen's
    loop (`TerminalInput`), not in a thread.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401 - handed through to Textual
        super().__init__(app, **options)
        self._file: Any = Output(self._file, self._hang_up)
        self._has_hung_up = False
        self._has_terminal = False
        self._input = TerminalInput(
            self.fileno, take=self.process_message, on_gone=self._hang_up, on_error=self._break
        )
        self._keys_first: KeysFirst | None = getattr(app, "keys_first", None)
        if self._keys_first is not None:
            self._keys_first.look_with(self._input.look)

    def start_application_mode(self) -> None:
        """Take the terminal; in the background it is refused, and the process stops until it is not."""
        self._has_terminal = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def run_input_thread(self) -> None:
        """Have the loop read from now on: Textual begins to read here, in a thread that ends with this."""
        self._loop.call_soon_threadsafe(self._listen)

    def _listen(self) -> None:
        if self._has_terminal:
            self._input.start()

    def disable_input(self) -> None:
        """Read no more."""
        self._has_terminal = False
        self._input.stop()
        super().disable_input()

    def process_message(self, message: Message) -> None:
        """Note that a key waits, and hand it on."""
        if self._keys_first is not None and isinstance(message, Key):
            self._keys_first.key_read()
        super().process_message(message)

    def send_message(self, message: Message) -> None:
        """Put a message into the app's queue; called in its loop."""
        self._app.post_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again; Ctrl+Z has given it back before, a stop from outside has not."""
        if self._auto_restart and not self._must_signal_resume:
            self.suspend_application_mode()
        super()._sigcont_application()

    def _break(self, error: Exception) -> None:
        """End the app as Textual does when its own reading fails: a console without keys cannot cancel."""
        self._app.call_later(
            self._app.panic, Traceback.from_exception(type(error), error, error.__traceback__)
        )

    def _hang_up(self) -> None:
        """Ask the app to exit, once; called in the loop, and in the thread that writes.

        A console that hangs without a terminal would keep its journal, and nobody could start another.
        """
        if self._has_hung_up:
            return
        self._has_hung_up = True
        last = Timer(LAST_S, partial(os._exit, HUNG_UP))
        last.daemon = True
        last.start()
        self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=HUNG_UP))
