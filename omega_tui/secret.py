"""Secrets: a type that does not show itself, where they may come from, and their removal from text.

Only signing code may call `Secret.reveal`. Nothing here writes a secret anywhere.
"""

import base64
import binascii
import hmac
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, quote_plus

from omega_tui.errors import ConfigError
from omega_tui.toml_source import parse_toml, read_file

MASK = "***"

PRIVATE_KEY = "OMEGA_POLYMARKET_PRIVATE_KEY"
API_KEY = "OMEGA_POLYMARKET_API_KEY"
API_SECRET = "OMEGA_POLYMARKET_API_SECRET"  # noqa: S105  the name of a variable
PASSPHRASE = "OMEGA_POLYMARKET_PASSPHRASE"  # noqa: S105  the name of a variable

CREDENTIAL_VARIABLES: Mapping[str, str] = {
    "private_key": PRIVATE_KEY,
    "api_key": API_KEY,
    "api_secret": API_SECRET,
    "passphrase": PASSPHRASE,
}
"""Key in a credentials file of Polymarket, with the environment variable for it."""

BUS_URL = "OMEGA_REDIS_URL"
BUS_KEY = "OMEGA_BUS_KEY"
BUS_VARIABLES = (BUS_URL, BUS_KEY)
"""Environment variables of the bus: the server's URL with its password, and the key that processes share."""

MAX_TEXT = 1 << 16
"""Characters of a text that the redactor looks at; the rest is cut off and its length stated."""

MIN_KNOWN = 4
"""Shorter values are not looked for: they are in every text, and protect nothing."""

_PRIVATE_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}").fullmatch
_CREDENTIAL = re.compile(
    r"OMEGA_[A-Z0-9_]+_(?:API_KEY|API_SECRET|PASSPHRASE|UID|PRIVATE_KEY|WALLET_ADDRESS)"
).fullmatch
"""Environment variables of the parts of a credential; the words are those of `venues.credentials.FIELDS`."""
_HARMLESS_NAME = re.compile(r"[a-z_]{1,24}").fullmatch
_SECRET_TEXT = re.compile(r"[\x21-\x7e]{1,1024}").fullmatch


class Secret:
    """A text that prints as `***`, cannot be serialised and compares in constant time."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("a secret cannot be empty")
        self._value = value

    def reveal(self) -> str:
        """Return the text itself. For signing and for the request that needs it; never bind it for long."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __rich_repr__(self) -> Iterator[str]:
        yield MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]  # a dict of secrets would compare in variable time

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be serialised")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be serialised")


def take_secrets(
    environ: MutableMapping[str, str], *, file: Path | None, variables: Mapping[str, str]
) -> dict[str, Secret]:
    """Return those of the named secrets that the environment has and, for the others, `file`.

    Args:
        environ: They are removed from it (for `os.environ`: also from what child processes inherit), though
            the system keeps the first copy in `/proc/PID/environ`.
        file: TOML of mode 0600; a key that is not among the names is an error.
        variables: Name of each secret, with its environment variable.

    Raises:
        ConfigError: A value is malformed, or the file is not as private as `read_secret_file` asks.
    """
    given: dict[str, Secret] = {}
    for name, variable in variables.items():
        text = environ.pop(variable, None)
        if text is not None:
            given[name] = checked_credential(name, text, source="environment", key=variable)
    if file is not None:
        content, _ = parse_toml(_read_private(file), file)
        for name, value in content.items():
            if name not in variables:
                shown = name if _HARMLESS_NAME(name) else "(a key)"
                names = ", ".join(variables)
                raise ConfigError(source=file, key=shown, found="an unknown key", allowed=names)
            if name not in given:
                given[name] = checked_credential(name, value, source=str(file), key=name)
    return given


def forget_secrets(environ: MutableMapping[str, str]) -> None:
    """Remove every credential of a venue and every secret of the bus, for a process that has no use for them.

    Also from what child processes inherit, where it is `os.environ`.
    """
    for name in [name for name in environ if _CREDENTIAL(name) or name in BUS_VARIABLES]:
        del environ[name]


def read_secret_file(path: Path) -> Secret:
    """Return the one line that a file holds, without the newline at its end.

    The file must be an ordinary one (no link), owned by us, with no access for anybody else, and outside of
    every git work tree, where the next commit could publish it.

    Raises:
        ConfigError: It is not such a file, or holds anything but one line of visible ASCII; the message never
            quotes it.
    """
    raw = _read_private(path)
    return _checked(raw.decode("ascii", errors="replace").rstrip("\r\n"), source=str(path), key="(secret)")


class Redactor:
    """Takes secrets out of text: known values in all usual spellings, and whatever looks like one.

    Redact before cutting a text to length: half a secret is no longer recognised. May be shared by threads.
    """

    def __init__(self, secrets: Iterable[Secret] = (), *, shortest: int = MIN_KNOWN) -> None:
        """Know some secrets from the start; no spelling that is shorter than `shortest` is looked for."""
        self._shortest = shortest
        self._forms: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    @property
    def forms(self) -> tuple[str, ...]:
        """Every spelling that is looked for, in lower case. For the other process of a console alone."""
        return self._forms

    def add(self, secret: Secret) -> None:
        """Take this value out too, from now on."""
        self.learn(form.lower() for form in _spellings(secret.reveal()) if len(form) >= self._shortest)

    def learn(self, forms: Iterable[str]) -> None:
        """Take these spellings, which another redactor knows, out too."""
        # Longest first, or a short spelling would leave the ends of a longer one behind.
        self._forms = tuple(sorted({*forms, *self._forms}, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """Return `text` with `***` for every secret, cut to `MAX_TEXT` characters."""
        missing = len(text) - MAX_TEXT
        if missing > 0:
            text = text[:MAX_TEXT]
        text = _redact_patterns(self.redact_known(text))
        if missing > 0:
            # The cut may have split a secret; its first part is at the very end.
            longest = max(512, len(self._forms[0]) if self._forms else 0)
            text = f"{text[:-longest]}{MASK} ({missing} more characters)"
        return text

    def redact_known(self, text: str) -> str:
        """Return `text` with `***` for every known secret, at any length, and all else as it was."""
        lower = text.lower()
        for form in self._forms:
            if form in lower:
                text = re.sub(re.escape(form), MASK, text, flags=re.IGNORECASE)
                lower = text.lower()
        return text


_NAMES = (
    r"(?:api|private|priv|secret|access|signing|l2)[-_ ]?(?:key|secret)|secret|passphrase|password|passwd"
    r"|mnemonic|seed[-_ ]phrase|\bhmac|signature|\bsig|POLY[-_][A-Z_-]{1,40}"
)
_BETWEEN = r"""(?:\\?["'])?\s{0,4}(?:[:=]|%3[aAdD]|(?<=["']),)\s{0,4}(?:b?\\?["'])?"""
_VALUE = r"""[^\s"'\\&,;)}\]<>]+"""
_KEY_WORDS = ("key", "secret", "priv", "pass", "mnemonic", "seed")


@cache
def _patterns() -> tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]:
    """Return what secrets look like. Compiled at the first use, since that takes 2 ms."""
    return (
        # Cheap words of which one must be there, in lower case; what to find then; what stands there after.
        (
            ("private key-----",),
            re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END[A-Z -]*)?"),
            MASK,
        ),
        (
            ("authorization",),
            re.compile(rf"(authorization{_BETWEEN})[^\"'\r\n]+", re.IGNORECASE),
            rf"\1{MASK}",
        ),
        (
            ("bearer", "basic"),
            re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE),
            rf"\1 {MASK}",
        ),
        (
            (*_KEY_WORDS, "hmac", "sig", "poly"),
            re.compile(rf"((?:{_NAMES}){_BETWEEN}){_VALUE}", re.IGNORECASE),
            rf"\1{MASK}",
        ),
        (
            _KEY_WORDS,
            re.compile(
                r"((?:key|secret|private|priv|seed|mnemonic|passphrase)[\s\"':=,()_-]{0,8})(?:0x)?[0-9a-f]{64,}",
                re.IGNORECASE,
            ),
            rf"\1{MASK}",
        ),
        # Order and market ids look the same as keys: four digits stay, so that a log can still be followed.
        (("0x",), re.compile(r"\b(0x[0-9a-f]{4})[0-9a-f]{60,}", re.IGNORECASE), rf"\1{MASK}"),
        (("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.?[\w-]*"), MASK),
    )


def _redact_patterns(text: str) -> str:
    lower = text.lower()
    for words, regex, replacement in _patterns():
        for word in words:
            if word in lower:
                text = regex.sub(replacement, text)
                break
    return text


def _spellings(value: str) -> Iterator[str]:
    """Yield the ways in which libraries and servers print a value: quoted, encoded, as bytes, as a number."""
    yield value
    yield repr(value)[1:-1]
    yield value.replace("\\", "\\\\").replace('"', '\\"')  # as JSON does
    yield from (quote(value), quote(value, safe=""), quote_plus(value))
    yield from _encodings(value.encode(errors="surrogatepass"))
    if _PRIVATE_KEY(value):
        digits = value.removeprefix("0x")
        yield digits
        yield str(int(digits, 16))
        yield from _encodings(bytes.fromhex(digits))
    else:
        try:
            yield base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
        except (binascii.Error, ValueError):
            return


def _encodings(data: bytes) -> Iterator[str]:
    """Yield hex and both alphabets of base64, also as they look in the middle of longer encoded data."""
    yield data.hex()
    yield base64.b64encode(data).decode()
    yield base64.urlsafe_b64encode(data).decode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data)
        own = whole[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6].decode()
        if len(own) >= 8:
            yield own
            yield own.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


def _read_private(path: Path) -> bytes:
    raw, status = read_file(path, key="(secret file)", no_follow=True)
    found = allowed = ""
    if status.st_uid != os.geteuid():
        found, allowed = "a file of another user", "a file that you own"
    elif status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        found, allowed = f"mode {mode}, which lets others in", f"mode 0600: chmod 600 {path.name}"
    elif (tree := _git_work_tree(path)) is not None:
        found, allowed = f"a file in the git work tree {tree}", "a place outside of every git work tree"
    if found:
        raise ConfigError(source=path, key="(secret file)", found=found, allowed=allowed)
    return raw


def _git_work_tree(path: Path) -> Path | None:
    folders = (*path.absolute().parents, *path.resolve().parents)
    return next((folder for folder in folders if (folder / ".git").exists()), None)


def checked_credential(name: str, value: object, *, source: str, key: str) -> Secret:
    """Return a part of a credential that has the form of one.

    Raises:
        ConfigError: It has not; the message never quotes it.
    """
    if not isinstance(value, str):
        found = f"a {type(value).__name__}"
        raise ConfigError(source=source, key=key, found=found, allowed="text in quotes")
    if name == "private_key" and not _PRIVATE_KEY(value):
        found = f"{len(value)} characters (not shown)"
        raise ConfigError(source=source, key=key, found=found, allowed="64 hex digits, with or without 0x")
    return _checked(value, source=source, key=key)


def _checked(text: str, *, source: str, key: str) -> Secret:
    if not _SECRET_TEXT(text):
        found = "an empty text" if not text else "spaces, line ends or characters that are not visible ASCII"
        allowed = "one line of 1 to 1024 visible ASCII characters, without spaces"
        raise ConfigError(source=source, key=key, found=found, allowed=allowed)
    return Secret(text)
