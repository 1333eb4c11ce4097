"""The trader's own program for what the bell rings for. It is started and left alone, without a shell."""

import os
import shlex
import subprocess
from typing import Final

PLACE: Final = "{event}"
"""Stands for the kind of event in the command line."""

PASSED_ON: Final = (
    "PATH",
    "HOME",
    "LANG",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "PULSE_SERVER",
    "PIPEWIRE_REMOTE",
)
"""All that the program is told of the environment: what a player needs, and no key of an exchange."""


class SoundCommand:
    """Starts the program, one at a time: while one plays, what follows is silent.

    Attributes:
        broken: Why the program could not be started the last time, for people; empty when it could.
    """

    def __init__(self, command_line: str) -> None:
        """Take the command line.

        Raises:
            ValueError: Its quotes do not close, or there is no word in it.
        """
        self._words = shlex.split(command_line)
        if not self._words:
            raise ValueError("no program is named")
        self._running: subprocess.Popen[bytes] | None = None
        self.broken = ""

    def play(self, event: str) -> None:
        """Start the program for an event, unless it is still running."""
        if self._running is not None and self._running.poll() is None:
            return
        words = [word.replace(PLACE, event) for word in self._words]
        try:
            self._running = subprocess.Popen(  # noqa: S603 - the trader's own program, without a shell
                words,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            self.broken = f"{words[0]} cannot be started: {error.strerror}"
            self._running = None
        else:
            self.broken = ""

    def stop(self) -> None:
        """End what still plays."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            try:
                self._running.wait(1.0)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()
