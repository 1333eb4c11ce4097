"""Frames between the two processes of one console: a length, a letter, and JSON.

Both ends are this program, at the same version, and nobody else can reach the pair of sockets: nothing is
sealed and nothing is versioned. What the events and commands look like is the business of `bus.codec`.
"""

import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import msgspec

from omega_tui.bus.codec import MAX_FRAME
from omega_tui.errors import RemoteProtocolError

_HEAD: Final = struct.Struct(">I1s")
_ENCODER = msgspec.json.Encoder(decimal_format="string")


class Kind(StrEnum):
    """What a frame is; the first five go to the engine, the others to the screen."""

    BEGIN = "b"
    """Start the services. The body is empty."""
    COMMAND = "c"
    """An `Asked`."""
    TAKEN = "t"
    """The screen has taken all that it was told so far. The body is the number of `EVENTS`."""
    LOOKED_AT = "l"
    """The ids of the instruments whose books are on ladders, as a list."""
    RESTART = "r"
    """A `Restarted`."""
    EVENTS = "e"
    """A list of events, in the order in which they were published."""
    ANSWER = "a"
    """An `Answer` of `bus.requests`, whose nonce is the number of what was asked."""
    STOPPED = "s"
    """A `Stopped`."""
    SECRETS = "k"
    """A list of texts that no log and no history may hold."""


class Asked(msgspec.Struct, frozen=True):
    """A command.

    Attributes:
        number: Of it, never used twice.
        asked_ns: When, on the monotonic clock of this machine.
        command: An object with its `type`.
    """

    number: int
    asked_ns: int
    command: msgspec.Raw


class Restarted(msgspec.Struct, frozen=True):
    """A failed service that is to start again: the number of the request, and its name."""

    number: int
    service: str


class Stopped(msgspec.Struct, frozen=True):
    """A service that has ended.

    Attributes:
        service: Its name.
        reason: What ended it, for people; empty where it was asked to end.
    """

    service: str
    reason: str = ""


def frame(kind: Kind, body: object = b"") -> bytes:
    """Return a frame; a body that is no bytes is encoded."""
    data = body if isinstance(body, bytes) else _ENCODER.encode(body)
    return _HEAD.pack(len(data), kind.encode()) + data


class Splitter:
    """Cuts what comes in, in pieces of any size, into frames. Holds one frame that is not whole, at most."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Yield every frame that is whole now, oldest first.

        Raises:
            RemoteProtocolError: It is no frame, or one that is too large: the other end is not ours.
        """
        rest = self._rest
        rest += data
        at = 0
        try:
            while len(rest) - at >= _HEAD.size:
                length, letter = _HEAD.unpack_from(rest, at)
                if length > MAX_FRAME:
                    raise RemoteProtocolError(f"pipe: a frame of {length} bytes")
                end = at + _HEAD.size + length
                if end > len(rest):
                    break
                body = bytes(rest[at + _HEAD.size : end])
                at = end
                yield _kind(letter), body
        finally:
            del rest[:at]


def _kind(letter: bytes) -> Kind:
    try:
        return Kind(letter.decode("ascii"))
    except ValueError as error:
        raise RemoteProtocolError(f"pipe: a frame of the kind {letter!r}") from error
