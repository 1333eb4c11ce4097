"""Order language, first step: a line of text into words that know where they stand. Pure."""

import re
from typing import Final

from msgspec import Struct

from omega_tui.errors import PhraseError

NUMBER: Final = "number"
VARIABLE: Final = "variable"
WORD: Final = "word"
SIGN: Final = "sign"

_TOKEN: Final = re.compile(
    r"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[a-z]?[%$]|[a-z]{1,2})?)"
    r"|(?P<variable>\$(?:[a-z]\w*)?)"
    r"|(?P<word>[a-z]\w*(?:-[a-z]\w*)*)"
    r"|(?P<sign>[@+\-*/()])",
    re.ASCII | re.IGNORECASE,
)
_SPACE: Final = re.compile(r"\s*")

MAX_DIGITS: Final = 18
"""Digits of a typed number: what an order may have (check NUMBER)."""


class Token(Struct, frozen=True):
    """One word of a line.

    Attributes:
        kind: NUMBER with its suffix, VARIABLE, WORD, or SIGN.
        text: As typed, in small letters.
        start: Where it begins in the line.
        end: Where it ends.
    """

    kind: str
    text: str
    start: int
    end: int


def tokens_of(line: str) -> tuple[Token, ...]:
    """Return the words of a line.

    Raises:
        PhraseError: A character belongs to no word, or a number is longer than an order's may be.
    """
    found: list[Token] = []
    at = _space(line, 0)
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise PhraseError(f"'{line[at]}' means nothing here", at, at + 1)
        kind = match.lastgroup
        assert kind is not None, "every alternative is named"
        end = match.end()
        if kind == NUMBER and sum(map(str.isdigit, match[0])) > MAX_DIGITS:
            raise PhraseError(f"a number has at most {MAX_DIGITS} digits", at, end)
        found.append(Token(kind, match[0].lower(), at, end))
        at = _space(line, end)
    return tuple(found)


def _space(line: str, at: int) -> int:
    match = _SPACE.match(line, at)
    assert match is not None, "nothing is a match too"
    return match.end()
