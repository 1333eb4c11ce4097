"""Values of shared state and cache as text: JSON, with Decimals as they print."""

from typing import Final, TypeVar

import msgspec

from omega_tui.errors import BusError

T = TypeVar("T")

MAX_VALUE: Final = 4 << 20
"""Bytes of one value."""

_ENCODER = msgspec.json.Encoder(decimal_format="string")


def to_text(value: object) -> bytes:
    """Return a value as JSON.

    Raises:
        BusError: It is of a type that cannot be told, or too large.
    """
    try:
        text = _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BusError(f"a {type(value).__name__} cannot be shared: {error}") from error
    if len(text) > MAX_VALUE:
        raise BusError(f"a value of {len(text)} bytes cannot be shared; at most {MAX_VALUE}")
    return text


def from_text(text: bytes, kind: type[T]) -> T:
    """Return the value that JSON tells.

    Raises:
        BusError: It is no `kind`.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BusError(f"what is shared is no {getattr(kind, '__name__', kind)}: {error}") from error
