"""One TOML file, read with suspicion, and the line on which each of its keys stands.

`tomllib` keeps no positions, so `key_lines` finds them in a text that `tomllib` has accepted.
"""

import os
import re
import stat
from decimal import Decimal
from pathlib import Path

from omega_tui.errors import ConfigError
from omega_tui.text import safe_text

MAX_BYTES = 1 << 20

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
      |(?P<newline>\n)
      |(?P<string>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
      |(?P<mark>[\[\]{}=,.])
      |(?P<bare>[^\s\[\]{}=,.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)
_ERROR_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def read_file(path: Path, *, key: str, no_follow: bool) -> tuple[bytes, os.stat_result]:
    """Return the content and the status of an ordinary file of at most `MAX_BYTES`.

    A FIFO or a device cannot make it wait. The status is that of the very file that was read.

    Raises:
        ConfigError: No such file, not an ordinary one, a symbolic link where `no_follow`, or too large.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (os.O_NOFOLLOW if no_follow else 0)
    try:
        descriptor = os.open(path, flags)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(
                    source=path, key=key, found=_kind(status.st_mode), allowed="an ordinary file"
                )
            if status.st_size > MAX_BYTES:
                size = f"{status.st_size} bytes"
                raise ConfigError(source=path, key=key, found=size, allowed=f"at most {MAX_BYTES} bytes")
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(MAX_BYTES), status
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        link = no_follow and path.is_symlink()
        raise ConfigError(
            source=path,
            key=key,
            found="a symbolic link" if link else reason[:1].lower() + reason[1:],
            allowed="the file itself, not a link to it" if link else "a file that can be read",
        ) from error


def parse_toml(raw: bytes, path: Path) -> tuple[dict[str, object], str]:
    """Return what the file says, floats as `Decimal`, and its text.

    Raises:
        ConfigError: Not UTF-8 without a byte-order mark, or not valid TOML; with the line.
    """
    import tomllib  # noqa: PLC0415  3 ms that a console without a file saves

    key = "(whole file)"
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(
            source=path, key=key, line=1, found="a byte-order mark", allowed="UTF-8 without a byte-order mark"
        )
    try:
        text = raw.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            source=path, key=key, line=line, found="bytes that are not UTF-8", allowed="UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigError(source=path, key=key, line=line, found="a NUL character", allowed="text")
    try:
        return tomllib.loads(text, parse_float=Decimal), text
    except (ValueError, ArithmeticError) as error:
        reason = str(error)
        at = _ERROR_LINE.search(reason)
        line = int(at[1]) if at is not None else text.count("\n") + 1
        raise ConfigError(
            source=path, key=key, line=line, found=_reason(reason), allowed="valid TOML, each key once"
        ) from None
    except RecursionError:
        raise ConfigError(
            source=path, key=key, found="lists or tables nested too deep", allowed="valid TOML"
        ) from None


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line, from 1, of every key and table in valid TOML, by its full path.

    The first place counts for a table opened twice; entries of an array of tables share their paths.
    """
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    tokens = _Tokens(text)
    while tokens.kind != "end":
        if tokens.kind == "newline":
            tokens.take()
        elif tokens.text == "[":
            line = tokens.line
            table = _key(tokens, until=("\n", ""))
            _note(lines, table, line)
        else:
            _assignment(tokens, table, lines)
    return lines


class _Tokens:
    """The tokens of a TOML text without spaces and comments, one at a time; `end` stands after the last."""

    def __init__(self, text: str) -> None:
        self._matches = _TOKEN.finditer(text)
        self._next_line = 1
        self.take()

    def take(self) -> None:
        """Go on to the next token."""
        for match in self._matches:
            self.kind = match.lastgroup or "skip"
            self.text = match[0]
            self.line = self._next_line
            self._next_line += self.text.count("\n")
            if self.kind != "skip":
                return
        self.kind, self.text = "end", ""


def _key(tokens: _Tokens, *, until: tuple[str, ...]) -> tuple[str, ...]:
    """Take a dotted key, and the brackets round a header, up to one of `until`."""
    parts: list[str] = []
    while tokens.text not in until:
        if tokens.kind == "bare":
            parts.append(tokens.text)
        elif tokens.kind == "string":
            parts.append(_unquoted(tokens.text))
        tokens.take()
    return tuple(parts)


def _assignment(tokens: _Tokens, table: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> None:
    line = tokens.line
    path = table + _key(tokens, until=("=", ""))
    _note(lines, path, line)
    tokens.take()
    _value(tokens, path, lines)


def _value(tokens: _Tokens, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> None:
    opening = tokens.text
    if opening in {"[", "{"}:
        tokens.take()
        while tokens.text not in {"]", "}", ""}:
            if tokens.text == "," or tokens.kind == "newline":
                tokens.take()
            elif opening == "{":
                _assignment(tokens, path, lines)
            else:
                _value(tokens, path, lines)
        tokens.take()
        return
    while tokens.text not in {",", "]", "}", ""} and tokens.kind != "newline":
        tokens.take()


def _note(lines: dict[tuple[str, ...], int], path: tuple[str, ...], line: int) -> None:
    for end in range(1, len(path) + 1):
        lines.setdefault(path[:end], line)


def _unquoted(token: str) -> str:
    if token[0] == "'" or "\\" not in token:
        return token[1:-1]
    import tomllib  # noqa: PLC0415  imported by now: this text was parsed before

    return str(tomllib.loads(f"key = {token}")["key"])


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def _reason(text: str) -> str:
    reason = safe_text(_ERROR_LINE.sub("", text).strip())
    return reason[:1].lower() + reason[1:]
