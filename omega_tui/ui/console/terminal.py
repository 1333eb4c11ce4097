"""The terminal as Textual drives it, and what happens when it goes away: the console ends, in order.

Textual's writer thread dies of the first failed write, after which the screen waits for ever on a full queue.
Here a failed write is the end of the terminal, not of the thread: output is dropped from then on, and the app
is asked to exit. Nor does a console that leaves wait for a terminal that takes nothing more.
"""

import os
import select
from collections.abc import Callable
from typing import Any, Final, Protocol, TextIO, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

from omega_tui.ui.console.keys_first import KeysFirst
from omega_tui.ui.console.terminal_input import TerminalInput

HUNG_UP: Final = 1
"""Exit code of a console whose terminal went away."""
LOOK_MS: Final = 100
"""How often a write that waits for the terminal looks whether the console leaves."""
PATIENCE_MS: Final = 2_000
"""A terminal that takes nothing for so long gets no more from a console that leaves."""
AGAIN_S: Final = 0.01
"""After how long it is tried again where a terminal has room, but not for the next character."""
HELD_BACK: Final = 1 << 16
"""Characters that wait for a flush, at most."""


class Leaver(Protocol):
    """The console, as far as its terminal knows it.

    Attributes:
        is_leaving: Whether it was told to end.
        keys_first: Told of every key that is read.
    """

    is_leaving: bool
    keys_first: KeysFirst

    def exit_soon(self, code: int, why: str) -> None:
        """End with that exit code and for that reason; called in any thread."""
        ...


class Output:
    """Writes to a terminal for as long as there is one; then it swallows everything.

    The terminal is opened once more, so that no write waits for it without end: that goes for one opening of
    it, and the one that we were given is the shell's, too.

    Args:
        file: The terminal as it was given to this process; it is not written to, only asked for its encoding.
        on_gone: Called once, when a write has failed.
        is_leaving: Whether the console was told to end; asked in the thread that writes.

    Attributes:
        is_gone: Whether a write failed, or waited too long while the console leaves.
        written: How many texts the terminal has taken whole, or will never take.
    """

    def __init__(
        self, file: TextIO, on_gone: Callable[[], None], is_leaving: Callable[[], bool] = lambda: False
    ) -> None:
        self.is_gone = False
        self.written = 0
        self._file = file
        self._number = _opened_anew(file.fileno())
        self._room = select.poll()
        self._room.register(self._number, select.POLLOUT)
        self._on_gone = on_gone
        self._is_leaving = is_leaving
        self._texts: list[str] = []
        self._waiting = 0

    def write(self, text: str) -> int:
        """Take `text`, and write it with the next flush; drop it once the terminal is gone."""
        self._texts.append(text)
        self._waiting += len(text)
        if self._waiting >= HELD_BACK:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Write what was taken, as fast as the terminal takes it."""
        count, text = len(self._texts), "".join(self._texts)
        self._texts, self._waiting = [], 0
        data = memoryview(text.encode(self._file.encoding, self._file.errors or "strict"))
        waited_ms = 0
        while data and not self.is_gone:
            if not self._room.poll(LOOK_MS):
                waited_ms += LOOK_MS
                self.is_gone = waited_ms >= PATIENCE_MS and self._is_leaving()
                continue
            try:
                data = data[os.write(self._number, data) :]
                waited_ms = 0
            except BlockingIOError:
                select.select([], [], [], AGAIN_S)
            except OSError:
                self.is_gone = True
                self._on_gone()
        self.written += count

    def fileno(self) -> int:
        """Return the terminal's file descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Return whether this is a terminal."""
        return self._file.isatty()


def _opened_anew(terminal: int) -> int:
    """Return a descriptor of the same terminal on which no write waits; the same one where that is denied."""
    try:
        return os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return terminal  # As after `su`: the terminal belongs to somebody else.


class ConsoleDriver(LinuxDriver):
    """Textual's driver for a terminal, with three differences.

    It ends the app when the terminal hangs up. It takes the terminal anew when the process was stopped and
    goes on, whoever stopped it: Textual 8.2 would only begin a second time. And keys are read in the screen's
    loop (`TerminalInput`), not in a thread.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401 - handed through to Textual
        super().__init__(app, **options)
        self._console = cast("Leaver", app)
        self._file: Any = Output(self._file, self._hang_up, lambda: self._console.is_leaving)
        self._handed_over = 0
        self._has_hung_up = False
        self._has_terminal = False
        self._input = TerminalInput(
            self.fileno, take=self.process_message, on_gone=self._hang_up, on_error=self._break
        )
        self._console.keys_first.look_with(self._input.look)

    def start_application_mode(self) -> None:
        """Take the terminal; in the background it is refused, and the process stops until it is not."""
        self._has_terminal = True
        self._handed_over = self._file.written  # What an earlier thread left is never written.
        super().start_application_mode()  # type: ignore[no-untyped-call]

    @property
    def unwritten(self) -> int:
        """How many pieces of output the terminal has not taken whole: in the queue, or begun."""
        return self._handed_over - int(self._file.written)

    def write(self, data: str) -> None:
        """Hand output to the thread that writes."""
        self._handed_over += 1
        super().write(data)

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
        if isinstance(message, Key):
            self._console.keys_first.key_read()
        super().process_message(message)

    def send_message(self, message: Message) -> None:
        """Put a message into the app's queue; called in its loop."""
        self._app.post_message(message)

    def close(self) -> None:
        """End the thread that writes; without a terminal, what the interpreter still says goes nowhere."""
        super().close()
        if self._file.is_gone:
            nothing = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            for stream in (1, 2):
                os.dup2(nothing, stream)

    def _sigtstp_application(self, *_: object) -> None:
        """Give the terminal back and stop, as soon as the loop gets to it; see `_in_loop`."""
        self._in_loop(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again, as soon as the loop gets to it; see `_in_loop`."""
        self._in_loop(self._take_again)

    def _in_loop(self, work: Callable[[], object]) -> None:
        """Have a signal's work done by the loop. The handler itself may not do it.

        It may have come while this very thread has the queue of output locked, and would wait for itself.
        """
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _take_again(self) -> None:
        """Take the terminal again; Ctrl+Z has given it back before, a stop from outside has not.

        A console that leaves goes on leaving: threads that are begun now would be ended by nobody.
        """
        if self._console.is_leaving:
            return
        if self._auto_restart and not self._must_signal_resume:
            self.suspend_application_mode()
        super()._sigcont_application()

    def _break(self, error: Exception) -> None:
        """End the app as after any other fault of ours: a console without keys cannot cancel."""
        self._app._handle_exception(error)  # noqa: SLF001 - as Textual's own message loops do

    def _hang_up(self) -> None:
        """Ask the app to exit, once; called in the loop, and in the thread that writes.

        A console that hangs without a terminal would keep its journal, and nobody could start another.
        """
        if self._has_hung_up:
            return
        self._has_hung_up = True
        self._console.exit_soon(HUNG_UP, "the terminal is gone")
