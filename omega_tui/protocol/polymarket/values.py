"""Lenient shapes, strict values: how JSON of the venue becomes numbers, times and text that can be trusted.

Fields may be missing, null or "", arrays may be null, numbers may come as text or as JSON numbers. What is
there must be a plain number: no exponent, no float ever in between.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from omega_tui.errors import RemoteProtocolError
from omega_tui.text import is_venue_id, parse_decimal, safe_text

T = TypeVar("T")

ABSENT: Final = msgspec.Raw(b"null")
"""Default of a field whose text is wanted as it stands on the wire."""

MIN_TICK: Final = Decimal("0.000001")
"""No tick is finer: the collateral has six decimals, so nothing finer could be paid."""

_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
).sub
"""Every escape in a JSON text, two that make a pair as one."""

_JSON_NUMBER: Final = re.compile(r"-?[0-9]{1,32}(?:\.[0-9]{1,32})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
_EPOCH_TIME: Final = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,18})?").fullmatch

_SECONDS_BELOW: Final = 10**11
_MILLISECONDS_BELOW: Final = 10**14
_MICROSECONDS_BELOW: Final = 10**17
"""Until the year 5138 a number of seconds is below the first, and so on."""


def decode_json(data: bytes, shape: type[T], what: str) -> T:
    """Return `data` as a `shape`.

    Half a surrogate pair in a text is no error: a single title must not make a whole page unreadable.

    Raises:
        RemoteProtocolError: It is not JSON, or not of that shape; the message starts with `what`.
    """
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        whole = _ESCAPE(_whole, data)
        if whole != data:
            return decode_json(whole, shape, what)
        head = safe_text(data[:200].decode("utf-8", "replace"))
        raise RemoteProtocolError(f"{what}: {safe_text(str(error))}: {head}") from error


def _whole(escape: re.Match[bytes]) -> bytes:
    """Return an escape of JSON as it is, or the replacement character for half a surrogate pair."""
    return rb"\ufffd" if escape["half"] else escape[0]


def number_or_none(raw: msgspec.Raw, what: str) -> Decimal | None:
    """Return the number in `raw`, with its digits as written; None for nothing, null and "".

    Raises:
        RemoteProtocolError: Something else is there; the message starts with `what`.
    """
    text = bytes(raw).decode("utf-8", "replace")
    if text in {"", "null", '""'}:
        return None
    if text[0] == '"':
        text = text[1:-1]
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise RemoteProtocolError(f"{what}: {error}") from error


def number(raw: msgspec.Raw, what: str) -> Decimal:
    """Return the number in `raw`.

    Raises:
        RemoteProtocolError: There is none, or something else.
    """
    value = number_or_none(raw, what)
    if value is None:
        raise RemoteProtocolError(f"{what}: the number is missing")
    return value


def number_or_zero(raw: msgspec.Raw, what: str) -> Decimal:
    """Return the number in `raw`, zero for nothing: for quantities that the venue leaves out.

    Raises:
        RemoteProtocolError: Something else is there.
    """
    return number_or_none(raw, what) or Decimal(0)


def computed_number(raw: msgspec.Raw, what: str) -> Decimal:
    """Return a JSON number that a venue computed in floating point, to 12 decimals; zero for nothing.

    Such numbers come with an exponent or seventeen digits. They are for display: never for a price to send.

    Raises:
        RemoteProtocolError: Something else is there, or it is too large for any amount.
    """
    text = bytes(raw).decode("utf-8", "replace").strip('"')
    if text in {"", "null"}:
        return Decimal(0)
    if _JSON_NUMBER(text) is None:
        raise RemoteProtocolError(f"{what}: not a number: {safe_text(text)}")
    value = Decimal(text)
    if value.adjusted() > 15:
        raise RemoteProtocolError(f"{what}: too large: {safe_text(text)}")
    return round(value, 12).normalize() + 0


def whole_number(raw: msgspec.Raw, what: str) -> int:
    """Return the whole number in `raw`, zero for nothing.

    Raises:
        RemoteProtocolError: It has decimals, or is no number.
    """
    value = number_or_zero(raw, what)
    if value != value.to_integral_value():
        raise RemoteProtocolError(f"{what}: {value} is not a whole number")
    return int(value)


def milliseconds(raw: msgspec.Raw, what: str) -> int:
    """Return a time in milliseconds since the epoch, 0 for nothing.

    Seconds, milliseconds, microseconds and nanoseconds are told apart by their magnitude, as text or number.
    ISO 8601 dates are read too, as UTC where they name no zone.

    Raises:
        RemoteProtocolError: It is none of these.
    """
    text = bytes(raw).decode("utf-8", "replace").strip('"')
    if "-" in text[1:]:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise RemoteProtocolError(f"{what}: not a time: {safe_text(text)}") from error
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    if text in {"", "null"}:
        return 0
    if _EPOCH_TIME(text) is None:
        raise RemoteProtocolError(f"{what}: not a time: {safe_text(text)}")
    value = int(text.partition(".")[0])
    if value < _SECONDS_BELOW:
        return value * 1000
    if value < _MILLISECONDS_BELOW:
        return value
    return value // 1000 if value < _MICROSECONDS_BELOW else value // 1_000_000


def identifier(text: str | None, what: str) -> str:
    """Return an id of the venue.

    Raises:
        RemoteProtocolError: It is missing, or has characters that no id has.
    """
    if text is None or not is_venue_id(text):
        raise RemoteProtocolError(f"{what}: not an identifier: {safe_text(text or '')}")
    return text


def identifiers(texts: Iterable[str] | None, what: str) -> tuple[str, ...]:
    """Return the ids of an array that may be null; empty ones are left out.

    Raises:
        RemoteProtocolError: One has characters that no id has.
    """
    return tuple(identifier(text, what) for text in texts or () if text)


def optional_text(text: str | None) -> str:
    """Return words of the venue, safe to show; empty where there are none."""
    return safe_text(text) if text else ""
