"""What is typed, read in the screen's own loop.

Textual reads the terminal in a thread of its own. While a frame is drawn each step of that thread waits for
the interpreter: to see a key, to make a message of it, to hand it over. Here the loop waits for the terminal
as for any socket, and whoever is in the midst of a frame can look for himself: a look takes microseconds.
"""

import asyncio
import os
import select
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Final

from textual import constants
from textual._xterm_parser import XTermParser
from textual.message import Message

READ_BYTES: Final = 4_096
MOST_READS: Final = 16
"""Of one look; what is left is read with the next one."""

LATE_S: Final = 0.1
"""Who has not looked for so long cannot tell when a key came: it counts as pressed when he last looked."""

LOOK_EVERY_S: Final = 0.04
"""A loop that has nothing to do looks so often: what comes after a pause of the trader is not late."""

ESCAPE_S: Final = constants.ESCAPE_DELAY + 0.001
"""After so long an escape that nothing followed is the key and not the beginning of another."""


class TerminalInput:
    """The terminal's input as messages, each with the time of the read that brought it.

    What came in one read has one time: so many keys at once are a paste, and not typed one after the other
    (ladder specification, section 6, key guards). After a stall the time is that of the last look before it,
    as a key that was pressed then was pressed at a picture that stood still.

    Args:
        terminal: Its file descriptor.
        take: Takes each message, in the order of their keys.
        on_gone: Told once when the terminal has hung up; nothing is read after that.
        on_error: Told of an exception in parsing or in `take`; nothing is read after that.
        now_s: A monotonic clock, in seconds: the one of `Message.time`.
    """

    def __init__(
        self,
        terminal: int,
        *,
        take: Callable[[Message], None],
        on_gone: Callable[[], None],
        on_error: Callable[[Exception], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal = terminal
        self._take = take
        self._on_gone = on_gone
        self._on_error = on_error
        self._now_s = now_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked_s = 0.0
        self._parser: XTermParser
        self._decode: Callable[[bytes], str]
        self._escape: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Read from now on, in the running loop. What was begun before, half a sequence say, is forgotten."""
        self.stop()
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._looked_s = self._now_s()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._terminal, self.look)
        self._keep_looking(self._loop)

    def stop(self) -> None:
        """Read no more; nothing that was read is lost."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.remove_reader(self._terminal)
        for timer in (self._escape, self._beat):
            if timer is not None:
                timer.cancel()
        self._escape = self._beat = None

    def look(self) -> None:
        """Read what is there, if anything; never waits."""
        now_s = self._now_s()
        read_s = now_s if now_s - self._looked_s < LATE_S else self._looked_s
        for _ in range(MOST_READS):
            # The loop may have seen what a look in the midst of a frame has read meanwhile.
            if self._loop is None or not select.select((self._terminal,), (), (), 0)[0]:
                self._looked_s = now_s
                return
            self._read(read_s)
        # The rest is as old as what was read.
        self._looked_s = read_s

    def _keep_looking(self, loop: asyncio.AbstractEventLoop) -> None:
        self.look()
        if self._loop is loop:
            self._beat = loop.call_later(LOOK_EVERY_S, self._keep_looking, loop)

    def _read(self, read_s: float) -> None:
        try:
            data = os.read(self._terminal, READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self.stop()
            self._on_gone()
            return
        self._parse(self._decode(data), read_s)

    def _parse(self, text: str, read_s: float) -> None:
        try:
            for message in self._parser.feed(text) if text else ():
                message.time = read_s
                self._take(message)
        except Exception as error:  # noqa: BLE001 - whoever owns the screen is told
            self.stop()
            self._on_error(error)
            return
        if "\x1b" in text and self._loop is not None:
            if self._escape is not None:
                self._escape.cancel()
            self._escape = self._loop.call_later(ESCAPE_S, self._end_escape, read_s)

    def _end_escape(self, read_s: float) -> None:
        self._escape = None
        for message in self._parser.tick():
            message.time = read_s
            self._take(message)
