"""Events and commands as text for other processes: typed both ways, and versioned.

One frame is one JSON object, so that any program can read it. Numbers that are money are text, exactly as
the `Decimal` prints. A reader ignores fields and kinds that it does not know: a newer writer may add some.
Where a shared key is in force the frame is preceded by its HMAC and a space (see `seal`).
"""

import hmac
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec

import omega_tui.domain.alert_messages
import omega_tui.domain.events.account
import omega_tui.domain.events.market
import omega_tui.domain.events.status
import omega_tui.domain.events.teaching
import omega_tui.domain.lesson_commands  # noqa: F401 - a kind is known when its class is there
from omega_tui.domain.commands import Command
from omega_tui.domain.events.base import Event
from omega_tui.errors import RemoteProtocolError
from omega_tui.text import is_safe, safe_text

VERSION: Final = 1
"""Of the frames below. It goes up when an old reader would misunderstand; new fields do not count."""

MAX_FRAME: Final = 8 << 20
"""Bytes of a frame that is still read. The largest that we write is a picture of some hundred books."""

MAX_EXPONENT: Final = 40
"""Power of ten of a number that is still read; no price or size comes near it."""

_SIGNATURE_CHARS: Final = 64
_DIGEST: Final = "sha256"

_EXPONENT: Final = re.compile(rb"e[+-]?[0-9]{2,}\"").search

_ENCODER = msgspec.json.Encoder(decimal_format="string")


class Frame(msgspec.Struct, omit_defaults=True):
    """What one process tells the others at one go.

    Attributes:
        v: `VERSION`.
        origin: Who writes, unique for every run of a process.
        number: Counts the frames of the origin from 1; one that is missing is a gap.
        facts_before: Number of the last frame before this one that carried a lossless event; 0 for none.
        at_ns: When it was written, on the Redis server's clock.
        clock_ns: The same moment on the writer's own clock.
        events: In the order in which they were published; each is an object with its `kind`.
    """

    v: int
    origin: str
    number: int
    facts_before: int
    at_ns: int
    clock_ns: int
    events: list[msgspec.Raw]


_FRAME_DECODER = msgspec.json.Decoder(Frame)


class _Kind(msgspec.Struct):
    kind: str


class _Type(msgspec.Struct):
    type: str


_KIND_DECODER = msgspec.json.Decoder(_Kind)
_TYPE_DECODER = msgspec.json.Decoder(_Type)


def event_types() -> dict[str, type[Event]]:
    """Return every concrete kind of event that this process knows, by its word."""
    return {known.kind: known for known in _below(Event) if known.kind}


def command_types() -> dict[str, type[Command]]:
    """Return every command that this process knows, by the name of its class."""
    return {known.__name__: known for known in _below(Command)}


def encode_event(event: Event) -> bytes:
    """Return an event as one JSON object whose first field is its `kind`."""
    return _tagged("kind", event.kind, event)


def encode_command(command: Command) -> bytes:
    """Return a command as one JSON object whose first field is its `type`."""
    return _tagged("type", type(command).__name__, command)


def decode_event(text: bytes | msgspec.Raw, *, plain: bool | None = None) -> Event | None:
    """Return an event; None for a kind that this process does not know.

    Args:
        text: One event, as `encode_event` writes it or with its fields in any order.
        plain: What `is_plain` says of a text that this one is a part of; None to look.

    Raises:
        RemoteProtocolError: It is no event, or its fields are not those of its kind.
    """
    body = bytes(text)
    try:
        known = _kind_of(body)
        if known is None:
            return None
        event: Event = _decoder_of(known).decode(body)
        if not (is_plain(body) if plain is None else plain):
            harmless = _harmless(msgspec.to_builtins(event, builtin_types=(Decimal,)))
            event = msgspec.convert(harmless, type(event))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"bus: an event cannot be read: {error}") from error
    return event


def is_plain(text: bytes) -> bool:
    """Whether nothing in it can be a character not to be shown, or a number that is none.

    A megabyte takes some 2 ms; one regular expression for all of it takes twenty times as long.
    """
    lower = text.lower()
    return (
        text.isascii()
        and b"\\u" not in text
        and b"nan" not in lower
        and b"inf" not in lower
        and _EXPONENT(lower) is None
    )


def decode_command(text: bytes | msgspec.Raw) -> Command:
    """Return a command.

    Raises:
        RemoteProtocolError: It is none that this process knows, or its fields are wrong.
    """
    try:
        name = _TYPE_DECODER.decode(text).type
        known = _KNOWN_COMMANDS.get(name) or command_types().get(name)
        if known is None:
            raise RemoteProtocolError("bus: a command of a type that is not known here")
        _KNOWN_COMMANDS[name] = known
        command: Command = _decoder_of(known).decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"bus: a command cannot be read: {error}") from error
    return command


def encode_frame(frame: Frame, key: bytes | None) -> bytes:
    """Return a frame as text, sealed where there is a key."""
    return seal(_ENCODER.encode(frame), key)


def decode_frame(text: bytes, *, key: bytes | None) -> Frame:
    """Return a frame; its events are decoded one by one, with `decode_event`.

    Raises:
        RemoteProtocolError: It is too large, of another version, not a frame, or not sealed with `key`.
    """
    if len(text) > MAX_FRAME:
        raise RemoteProtocolError(f"bus: a frame of {len(text)} bytes is refused; at most {MAX_FRAME}")
    try:
        frame = _FRAME_DECODER.decode(unseal(text, key))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"bus: a frame cannot be read: {error}") from error
    if frame.v != VERSION:
        raise RemoteProtocolError(f"bus: a frame of version {frame.v}; this program speaks {VERSION}")
    return frame


def seal(body: bytes, key: bytes | None) -> bytes:
    """Return `body` with its HMAC-SHA-256 in hex and a space before it; as it is without a key."""
    if key is None:
        return body
    return hmac.new(key, body, _DIGEST).hexdigest().encode() + b" " + body


def unseal(text: bytes, key: bytes | None) -> bytes:
    """Return the body of a sealed text; without a key the seal is not looked at.

    Raises:
        RemoteProtocolError: There is a key, and the seal is missing or was not made with it.
    """
    signature, space, body = text.partition(b" ") if not text.startswith(b"{") else (b"", b"", text)
    if key is None:
        return body
    if not space or len(signature) != _SIGNATURE_CHARS:
        raise RemoteProtocolError("bus: a message without a seal, though a shared key is in force")
    expected = hmac.new(key, body, _DIGEST).hexdigest().encode()
    if not hmac.compare_digest(signature, expected):
        raise RemoteProtocolError("bus: a message that was not sealed with the shared key")
    return body


def _tagged(field: str, word: str, value: msgspec.Struct) -> bytes:
    """Encode a struct as an object that begins with its tag."""
    try:
        body = _ENCODER.encode(value)
    except UnicodeEncodeError:
        body = _ENCODER.encode(_without_surrogates(msgspec.to_builtins(value)))
    rest = body[1:] if body == b"{}" else b"," + body[1:]
    return b'{"' + field.encode() + b'":' + _ENCODER.encode(word) + rest


def _without_surrogates(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return plain data whose texts UTF-8 can carry; half a surrogate pair becomes a question mark."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_without_surrogates(name): _without_surrogates(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_without_surrogates(inner) for inner in value]
        case _:
            return value


def _harmless(value: object) -> Any:  # noqa: ANN401 - whatever an event can hold
    """Return plain data with every text made safe to show.

    Raises:
        RemoteProtocolError: A number is not finite, or absurd.
    """
    match value:
        case str():
            return value if is_safe(value) else safe_text(value)
        case Decimal():
            if not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT:
                raise RemoteProtocolError("bus: an event with a number that is none")
            return value
        case dict():
            return {name: _harmless(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_harmless(inner) for inner in value]
        case _:
            return value


def _below(root: type[Any]) -> Iterator[type[Any]]:
    for known in root.__subclasses__():
        yield known
        yield from _below(known)


def _kind_of(text: bytes) -> type[Event] | None:
    """Return the class of an event; None for a kind that is not known here."""
    # Ours begin with their kind; finding it so takes a tenth of the time of decoding it.
    kind = text[len(_HEAD) : text.find(b'"', len(_HEAD))] if text.startswith(_HEAD) else b""
    known = _KNOWN.get(kind)
    if known is None:
        word = _KIND_DECODER.decode(text).kind
        known = event_types().get(word)
        if known is not None and word.encode() == kind:
            _KNOWN[kind] = known
    return known


_HEAD = b'{"kind":"'
_KNOWN: dict[bytes, type[Event]] = {}
"""Kinds that were met; bounded by the classes that exist."""
_KNOWN_COMMANDS: dict[str, type[Command]] = {}
"""Likewise: finding a command's class among all takes longer than decoding it."""


@cache
def _decoder_of(known: type[Event] | type[Command]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(known)
