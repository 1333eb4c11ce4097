"""A client WebSocket that hands each message over while it is read: no task, queue or future in between.

At the pace of real feeds the wake-up of a reading task costs more than the work on the message. Reading and
handling in one go also makes the network itself the bound: while we are busy nothing is read.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State

MAX_FRAGMENTS = 4096
"""Parts that one message may come in; endless fragments are an attack (fault model, F31)."""

MAX_UNSENT_BYTES = 1 << 20
"""What may wait to be written. We send subscriptions and keep-alives only: more means nobody reads."""

READ_BYTES = 2 << 10
"""What one read takes from a socket at most: about four updates of a book, a millisecond of work at most."""

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class DirectConnection(ClientConnection):
    """A connection whose messages go straight to the receiver given to `attach`.

    A message that is not text, not UTF-8, or comes in too many parts fails the connection with the close code
    for it. `recv` and iteration are of no use on it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed through
        super().__init__(*args, **kwargs)
        self._receiver: Callable[[str], None] | None = None
        self._early: list[Frame] = []
        self._parts: list[bytes] = []

    def attach(self, receiver: Callable[[str], None]) -> None:
        """Deliver everything from now on to `receiver`, beginning with what came with the handshake."""
        self._receiver = receiver
        early, self._early = self._early, []
        for frame in early:
            self._take(frame)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # An order waits for the messages of one read: with asyncio's 256 KiB that can be hundreds of them.
        setattr(transport, "max_size", READ_BYTES)  # noqa: B010 - of its selector transports; others ignore it

    def detach(self) -> None:
        """Deliver nothing more."""
        self._receiver = _nobody

    def process_event(self, event: Frame | Request | Response) -> None:
        if isinstance(event, Frame) and event.opcode in _DATA:
            if self._receiver is None:
                self._early.append(event)
            else:
                self._take(event)
        else:
            super().process_event(event)

    def write_text(self, text: str) -> bool:
        """Write one message now, without waiting; False when the other side does not read.

        On a connection that is closing it is lost, as it would be an instant later.
        """
        if self.protocol.state is not State.OPEN or self.transport.is_closing():
            return True
        self.protocol.send_text(text.encode())
        self.send_data()
        return self.transport.get_write_buffer_size() <= MAX_UNSENT_BYTES

    def fail(self, code: int, reason: str) -> None:
        """Say why, deliver nothing more, and break the connection without waiting for an answer."""
        self.detach()
        if self.protocol.state is State.OPEN:
            self.protocol.fail(code, reason)
            self.send_data()
        self.transport.abort()

    def _take(self, frame: Frame) -> None:
        """Deliver a message when its last part is here."""
        if self._receiver is _nobody:
            return
        if frame.opcode is Opcode.BINARY:
            self.fail(CloseCode.UNSUPPORTED_DATA, "text only")
            return
        data = frame.data
        if self._parts or not frame.fin:
            self._parts.append(bytes(data))
            if len(self._parts) > MAX_FRAGMENTS:
                self.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
                return
            if not frame.fin:
                return
            data = b"".join(self._parts)
            self._parts = []
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError:
            self.fail(CloseCode.INVALID_DATA, "not UTF-8")
            return
        assert self._receiver is not None
        self._receiver(text)


class PinnedConnect(connect):
    """`websockets.connect` that never follows a redirect: secrets go to the configured host or nowhere."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _nobody(text: str) -> None:
    """Receive nothing: the connection is being closed."""
    del text
