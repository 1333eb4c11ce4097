"""Text and numbers from outside, made harmless at the edge.

Whatever a venue, a file or an environment says passes through here once, in the codec that received it;
inside the program it is a plain `str` that may be shown. There is deliberately no `SafeText` class: a wrapper
is lost at the first concatenation, so the rule is about the place instead. Codecs call `safe_text`, widgets
never do, and `sanitize_line` is the last line of defence between the screen and the terminal.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

MAX_CELLS = 120
"""Cells that a title, a name or an error message of a venue may take."""

EMPTY_TEXT = "(empty)"
NOT_TEXT = "(not text)"
PLACEHOLDER = "·"
ELLIPSIS = "…"

MAX_MARKS = 2
"""Zero-width marks kept per base character: enough for every living orthography, too few for Zalgo."""

VENUE_ID_PATTERN = re.compile(r"\A[A-Za-z0-9_\-:.]{1,128}\Z")
"""What an identifier of a venue may look like: order, trade, market and token ids, and addresses."""

_DECIMAL = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{1,18})?|\.[0-9]{1,18})").fullmatch

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters, marks and symbols that draw nothing: names made of them look empty."""
_HAS_FILLER = re.compile(f"[{_FILLERS}]").search

_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
"""Dropped by `safe_text`: they draw nothing, and terminals disagree on the width of what they follow."""

_NARROW_OR_NONE = frozenset({"Mn", "Me", "Mc", "Cc", "Cf", "Zl", "Zp"})
_VISIBLE_FORMAT = (
    "\u00ad\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Format characters that take a cell: the soft hyphen, and signs that span the Arabic number after them."""
_ZERO_WIDTH = (
    ("\u1160", "\u11ff"),  # Hangul vowels and finals join the syllable before them.
    ("\ud7b0", "\ud7ff"),
    ("\u3164", "\u3164"),
    ("\uffa0", "\uffa0"),
    ("\ufff0", "\ufff8"),
    ("\U0001f3fb", "\U0001f3ff"),  # Skin tones colour the figure before them.
    ("\U000e0000", "\U000e0fff"),  # Reserved for characters that draw nothing.
)
_WIDE_SINCE_16 = (
    ("\u2630", "\u2637"),
    ("\u268a", "\u268f"),
    ("\u4dc0", "\u4dff"),
    ("\U0001d300", "\U0001d356"),
    ("\U0001d360", "\U0001d376"),
)
"""Symbols that Unicode 16 made wide; the tables of Python 3.11 to 3.13 are older."""

_SPACES = re.compile(r" {2,}")

_SPACE = -1
_UNSAFE = -2

_CYRILLIC = (("\u0400", "\u052f"), ("\u1c80", "\u1c8f"), ("\u2de0", "\u2dff"), ("\ua640", "\ua69f"))
_GREEK = (("\u0370", "\u03ff"), ("\u1f00", "\u1fff"))
_LATIN = (("A", "Z"), ("a", "z"), ("\u00c0", "\u024f"), ("\u1e00", "\u1eff"))
_LOOK_ALIKES = frozenset(
    "АВЕЅІЈКМНОРСТУХҮЗаеѕіјорсухһԁԛԝѵӏ"  # Cyrillic  # noqa: RUF001  (the confusables themselves)
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαγικνρυχϲϳ"  # Greek
)
_WORD = re.compile(r"[^\W\d_]+")


def safe_text(raw: object, *, max_cells: int = MAX_CELLS) -> str:
    """Return `raw` as one line of visible text that cannot move anything else on the screen.

    Control, format, surrogate, private and unassigned characters, line separators and invisible fillers
    become `·`; tabs, newlines and odd spaces become one space; no more than two marks stay on a base
    character; the text is in Unicode's composed form (NFC) and is cut to `max_cells` terminal cells with an
    ellipsis. Nothing comes back empty: `(empty)` and `(not text)` stand where there is nothing to show.
    Applying it twice changes nothing.

    The result is for eyes. Compare and look up by ids, never by it.
    """
    if not isinstance(raw, str):
        return _cut(NOT_TEXT, max_cells)
    if raw.isascii() and raw.isprintable() and 0 < len(raw) <= max_cells:
        text = _SPACES.sub(" ", raw).strip(" ") if "  " in raw or raw[0] == " " or raw[-1] == " " else raw
        return text or _cut(EMPTY_TEXT, max_cells)
    # A bound before the work: a title of a megabyte costs no more than one of a few lines.
    head = raw[: 4 * max_cells + 16]
    return _cut(_visible(head) or EMPTY_TEXT, max_cells, more=len(raw) > len(head))


def is_safe(text: str) -> bool:
    """Return whether `text` has no character that a terminal could obey or that cannot be seen."""
    if text.isprintable():
        return text.isascii() or _HAS_FILLER(text) is None
    return not any(_is_unsafe(character) for character in text)


def sanitize_line(text: str) -> str:
    """Return `text` with every unsafe character neutralised and its width in cells unchanged.

    For the filter under the screen, where the columns are already laid out: a character that the layout gave
    no cell is taken out, one with a cell becomes `·`, one with two becomes `··`. Blank braille stays, since
    charts draw with it and every terminal gives it one cell.
    """
    if text.isprintable() and (text.isascii() or _HAS_FILLER(text) is None):
        return text
    return text.translate(_LINE)


def cell_width(text: str) -> int:
    """Return how many terminal cells `text` takes, as the layout of the screen counts them."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_width, text))


def has_mixed_script(text: str) -> bool:
    """Return whether `text` mixes Latin letters with Cyrillic or Greek ones in a way that can deceive.

    That is: one word has letters of two scripts, or the text has Latin letters and all its Cyrillic and Greek
    letters are ones that look Latin. `BTC вырастет` is honest; a `Biden` with a Cyrillic first letter is not.
    """
    if text.isascii():
        return False
    latin = False
    foreign: set[str] = set()
    for word in _WORD.findall(text):
        in_latin = any(_in(_LATIN, letter) for letter in word)
        other = {letter for letter in word if _in(_CYRILLIC, letter) or _in(_GREEK, letter)}
        if in_latin and other:
            return True
        latin = latin or in_latin
        foreign |= other
    return latin and bool(foreign) and foreign <= _LOOK_ALIKES


def is_venue_id(text: object) -> bool:
    """Return whether `text` may be an identifier of a venue: 1 to 128 of `A-Z a-z 0-9 _ - : .`."""
    return isinstance(text, str) and VENUE_ID_PATTERN.match(text) is not None


def parse_decimal(text: str) -> Decimal:
    """Return the number that a venue wrote, digits as written (`0.50` stays `0.50`), zero without a sign.

    At most 15 ASCII digits before the point and 18 after it; `.48` is accepted since venues send it. No
    exponent, plus sign, space, underscore or separator, no NaN, no infinity: those are attacks or bugs.

    Raises:
        ValueError: `text` is not such a number, or no text at all.
    """
    try:
        if _DECIMAL(text) is None:
            raise ValueError(f"not a plain decimal number: {_quote(text)}")
    except TypeError:
        raise ValueError(f"a number must come as text, not as {type(text).__name__}") from None
    value = Decimal(text)
    return value or value.copy_abs()


def number_text(number: Decimal) -> str:
    """Return a number for people: no exponent, no noughts at the end, eight decimals at most."""
    exponent = number.as_tuple().exponent
    rounded = round(number, 8) if isinstance(exponent, int) and exponent < -8 else number
    return f"{rounded.normalize():f}"


def _quote(text: str) -> str:
    return f"'{safe_text(text, max_cells=40)}'"


def _in(ranges: tuple[tuple[str, str], ...], letter: str) -> bool:
    return any(low <= letter <= high for low, high in ranges)


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE_CATEGORIES or character in _FILLERS


@lru_cache(4096)
def _width(character: str) -> int:
    """Return 0, 1 or 2 cells, as rich (Textual's layout) counts.

    They agree on every code point that this Python's Unicode tables know, and on most of the others.
    """
    category = unicodedata.category(character)
    if category in _NARROW_OR_NONE:
        return 1 if character in _VISIBLE_FORMAT else 0
    if _in(_ZERO_WIDTH, character):
        return 0
    if category == "Cn":
        return 2 if "\U00020000" <= character <= "\U0003fffd" else 1
    return 2 if unicodedata.east_asian_width(character) in "WF" or _in(_WIDE_SINCE_16, character) else 1


@lru_cache(4096)
def _kind(character: str) -> int:
    """Return `_SPACE`, `_UNSAFE`, or the width of a character that may be shown."""
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return _SPACE
    return _UNSAFE if _is_unsafe(character) else _width(character)


def _visible(raw: str) -> str:
    """Return `raw` composed, on one line, without unsafe characters, mark floods or runs of spaces."""
    text = unicodedata.normalize("NFC", _VARIATION_SELECTORS.sub("", raw))
    out: list[str] = []
    marks = MAX_MARKS  # Nothing stands before the first character that a mark could sit on.
    for character in text:
        kind = _kind(character)
        if kind > 0:
            out.append(character)
            marks = 0
        elif kind == _SPACE:
            if out and out[-1] != " ":
                out.append(" ")
            marks = MAX_MARKS
        elif kind == _UNSAFE:
            out.append(PLACEHOLDER)
            marks = MAX_MARKS
        elif marks < MAX_MARKS:
            out.append(character)
            marks += 1
        elif not out or out[-1] == " ":
            out.append(PLACEHOLDER)
    return "".join(out).rstrip(" ")


def _cut(text: str, max_cells: int, *, more: bool = False) -> str:
    """Return `text` in at most `max_cells` cells; an ellipsis says that there was `more`."""
    if max_cells < 1:
        raise ValueError(f"text needs at least one cell, not {max_cells}")
    if not more and cell_width(text) <= max_cells:
        return text
    room = max_cells - 1
    end = 0
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        end += 1
    return text[:end].rstrip(" ") + ELLIPSIS


class _LineTable(dict[int, str | int]):
    """What `str.translate` puts for each code point; filled as code points are met, up to a bound."""

    LIMIT = 4096

    def __missing__(self, code_point: int) -> str | int:
        character = chr(code_point)
        result = PLACEHOLDER * _width(character) if _is_unsafe(character) else code_point
        if len(self) < self.LIMIT:
            self[code_point] = result
        return result


_LINE = _LineTable({0x2800: 0x2800})
