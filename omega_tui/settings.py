"""What a setting is: its default, range, unit and words, and how a raw value becomes a typed one.

The modules of `config` declare every setting with the helpers here, so that error messages,
`omega-tui config` and the documentation speak from one place. The type of a setting is that of its default.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from omega_tui.text import is_safe, parse_decimal, safe_text

T = TypeVar("T", bound=object)
Number = int | float | Decimal

VENUE_NAME = r"[a-z][a-z0-9-]{0,23}"
"""What a venue of the console may be called."""

MAX_TEXT = 1024
"""Characters that a setting of text may have."""

_INTEGER = re.compile(r"-?[0-9]{1,18}").fullmatch
_SECRET_VALUE = re.compile(r"(?:0x)?[0-9a-fA-F]{64}|-----BEGIN|eyJ[\w-]+\.[\w-]+\.").search
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SECURE = {"https": "http", "wss": "ws"}
"""Scheme over TLS, and the one without that is good enough on loopback."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a setting but its name and default.

    Attributes:
        doc: What it does, one sentence without the unit.
        unit: Of the number, as `s`; empty for none.
        low: Smallest allowed value, inclusive.
        high: Largest allowed value, inclusive.
        choices: Allowed words with what each means; empty where any value of the type may be.
        rule: For text: whether it is allowed.
        words: What `rule` allows, in words.
        home: Whether `~/` at the start stands for the user's home folder.
        most: For lists: how many entries there may be.
    """

    doc: str
    unit: str = ""
    low: Number | None = None
    high: Number | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    rule: Callable[[str], bool] | None = None
    words: str = ""
    home: bool = False
    most: int = 1


class BadValueError(ValueError):
    """A value that a setting does not take; `found` is safe to show and never a secret."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(found)


def setting(
    default: T, *, low: Number | None = None, high: Number | None = None, unit: str = "", doc: str
) -> T:
    """Declare a number, a switch or a free text."""
    return _field(default, Setting(doc, unit=unit, low=low, high=high))


def choice(default: T, choices: Mapping[str, str], *, doc: str) -> T:
    """Declare a word out of a few."""
    return _field(default, Setting(doc, choices=choices))


def numbers(default: T, *, low: Number, high: Number, most: int, doc: str) -> T:
    """Declare a list of one to `most` numbers."""
    return _field(default, Setting(doc, low=low, high=high, most=most))


def names(default: T, regex: str, *, words: str, most: int, doc: str) -> T:
    """Declare a list of one to `most` texts, each different, that match `regex` as a whole."""
    return _field(
        default,
        Setting(doc, rule=lambda text: re.fullmatch(regex, text) is not None, words=words, most=most),
    )


def pattern(default: T, regex: str, *, words: str, doc: str) -> T:
    """Declare a text that matches `regex` as a whole."""
    return _field(default, Setting(doc, rule=lambda text: re.fullmatch(regex, text) is not None, words=words))


def folder_or_file(default: T, *, doc: str) -> T:
    """Declare a path: absolute or from the home folder, without `..`; empty means the usual place."""
    words = "an absolute path or one that starts with ~/, without '..', or \"\" for the usual place"
    return _field(default, Setting(doc, rule=_is_path, words=words, home=True))


def url(default: T, scheme: str, host: str, *, doc: str) -> T:
    """Declare an address of a venue: over TLS on `host` or below it, or without TLS on loopback alone."""
    plain = _SECURE[scheme]
    words = f"{scheme}://…{host} on the standard port, or {plain}:// or {scheme}:// on 127.0.0.1"
    return _field(default, Setting(doc, rule=lambda text: _is_url(text, scheme, host), words=words))


def allowed(spec: Setting, default: object) -> str:
    """Say in words what the setting takes."""
    if spec.choices:
        return " or ".join(spec.choices)
    if spec.words:
        return spec.words
    kind = {bool: "true or false", int: "a whole number", str: "text"}.get(type(default), "a number")
    if isinstance(default, tuple):
        kind = f"a list of 1 to {spec.most} numbers"
    if spec.low is not None and spec.high is not None:
        kind += f" from {spec.low} to {spec.high}"
    return f"{kind} ({spec.unit})" if spec.unit else kind


def from_file(spec: Setting, default: T, raw: object, *, home: str) -> T:
    """Return the typed value of what TOML says (its floats read as `Decimal`).

    Raises:
        BadValueError: Wrong type, or out of range.
    """
    return _checked(spec, default, raw, home)


def from_text(spec: Setting, default: T, text: str, *, home: str) -> T:
    """Return the typed value of a text from the environment or a flag.

    Raises:
        BadValueError: The text cannot be read as that type, or is out of range.
    """
    raw: object = text
    if isinstance(default, bool):
        raw = {"true": True, "false": False}.get(text, text)
    elif isinstance(default, tuple):
        parts = [part.strip() for part in text.split(",")] if text else []
        raw = parts if spec.rule is not None else [_number(part) for part in parts]
    elif isinstance(default, int | float | Decimal):
        raw = _number(text)
    return _checked(spec, default, raw, home)


def as_text(value: object) -> str:
    """Return `value` as TOML would write it, safe to print."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(as_text, value)) + "]"
    if isinstance(value, str):
        shown = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{safe_text(shown, max_cells=MAX_TEXT) if shown else ""}"'
    return str(value)


def found(raw: object) -> str:
    """Describe a raw value for an error message: its type where that may be the trouble, never a secret."""
    text = f"a {type(raw).__name__}"
    match raw:
        case str() if looks_secret(raw):
            text = "something that looks like a secret"
        case str():
            text = f"the text '{safe_text(raw, max_cells=60)}'" if raw else "an empty text"
            if raw != raw.strip():
                text += " with spaces around it"
        case bool():
            text = "true" if raw else "false"
        case int() if abs(raw) >= 10**18:
            text = "a number that is far too large"
        case int() | Decimal():
            text = safe_text(str(raw), max_cells=40)
        case dict():
            text = "a table"
        case list():
            text = f"a list of {len(raw)}"
    return text


def looks_secret(text: str) -> bool:
    """Return whether a text has the form of a private key or a token."""
    return _SECRET_VALUE(text) is not None


def _field(default: T, spec: Setting) -> T:
    return field(default=default, metadata={"setting": spec})


def _number(text: str) -> object:
    """Return the number a text spells in plain digits, or the text itself, which then is refused."""
    if _INTEGER(text) is not None:
        return int(text)
    try:
        return parse_decimal(text)
    except ValueError:
        return text


def _checked(spec: Setting, default: T, raw: object, home: str) -> T:
    value: object
    match default:
        case bool():
            value = raw if isinstance(raw, bool) else _refuse(raw)
        case tuple():
            entries = raw if isinstance(raw, list) and 1 <= len(raw) <= spec.most else _refuse(raw)
            value = tuple(
                _ranged(spec, Decimal, entry) if spec.rule is None else _text(spec, entry, home)
                for entry in entries
            )
            if spec.rule is not None and len(set(value)) < len(value):
                _refuse(raw)
        case int():
            value = _ranged(spec, int, raw)
        case float():
            value = _ranged(spec, float, raw)
        case Decimal():
            value = _ranged(spec, Decimal, raw)
        case _:
            value = _text(spec, raw, home)
    assert isinstance(value, type(default))
    return value


def _ranged(spec: Setting, kind: type[Number], raw: object) -> Number:
    """Return a number of `kind` within the range; a whole number will do for a fraction, not the reverse."""
    if isinstance(raw, bool) or not isinstance(raw, int if kind is int else int | Decimal):
        _refuse(raw)
    assert isinstance(raw, int | Decimal)
    if isinstance(raw, Decimal) and not raw.is_finite():
        _refuse(raw)
    # Compared before it is converted: a huge exponent costs nothing here and minutes in int().
    if (spec.low is not None and raw < spec.low) or (spec.high is not None and raw > spec.high):
        _refuse(raw)
    return kind(raw)


def _text(spec: Setting, raw: object, home: str) -> str:
    if not isinstance(raw, str) or len(raw) > MAX_TEXT or (raw and not is_safe(raw)) or looks_secret(raw):
        return _refuse(raw)
    if spec.choices and raw not in spec.choices:
        return _refuse(raw)
    if spec.rule is not None and not spec.rule(raw):
        return _refuse(raw)
    return home + raw[1:] if spec.home and raw.startswith("~/") else raw


def _refuse(raw: object) -> NoReturn:
    raise BadValueError(found(raw))


def _is_path(text: str) -> bool:
    return not text or (text.startswith(("/", "~/")) and ".." not in text.split("/"))


def _is_url(text: str, scheme: str, host: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or parts.query or parts.fragment or not parts.hostname or " " in text:
        return False
    if parts.hostname in _LOOPBACK:
        return parts.scheme in {scheme, _SECURE[scheme]}
    at_host = parts.hostname == host or parts.hostname.endswith("." + host)
    return at_host and parts.scheme == scheme and port in {None, 443}


def closest(word: str, known: Sequence[str]) -> str:
    """Return the known words, the likeliest meant one first and marked."""
    from difflib import get_close_matches  # noqa: PLC0415  only an error needs it

    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ", ".join(known)
