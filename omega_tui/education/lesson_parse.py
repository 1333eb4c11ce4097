"""Text of a lesson file to a `Lesson`; every complaint names the file and the line.

`+++` encloses the front matter, TOML. A fence whose word is `chart`, `book`, `calc`, `quiz` or `drill` holds
TOML too; a fence with another word, or none, is prose.
"""

import re
import threading
import tomllib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from omega_tui.education.lesson import (
    Block,
    BookSpec,
    CalcSpec,
    ChartSpec,
    DrillRef,
    Fence,
    Header,
    Lesson,
    Prose,
    QuizSpec,
)
from omega_tui.errors import LessonError

T = TypeVar("T")

FENCE: Final = "```"
FENCES: Final[Mapping[str, type[Fence]]] = {
    "chart": ChartSpec,
    "book": BookSpec,
    "calc": CalcSpec,
    "quiz": QuizSpec,
    "drill": DrillRef,
}
MAX_CHARACTERS: Final = 40_000
"""Of one file; the longest lesson has a sixth of it."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""msgspec learns a type at its first use, and two threads that do so at once crash the interpreter (seen with
0.22.0). Lessons are parsed in threads beside the loop, several at a time."""

_EDGE: Final = "+++"
_AT_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)")


def parse_lesson(file: str, text: str) -> Lesson:
    """Return the lesson in `text`.

    Raises:
        LessonError: It is none: what is wrong, in which line.
    """
    if len(text) > MAX_CHARACTERS:
        raise LessonError(file, 0, f"has {len(text)} characters; allowed: {MAX_CHARACTERS}")
    lines = text.splitlines()
    if not lines or lines[0].strip() != _EDGE:
        raise LessonError(file, 1, f"must begin with {_EDGE}, the edge of the front matter")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == _EDGE), 0)
    if not end:
        raise LessonError(file, 1, f"the front matter has no end; write {_EDGE} on a line below it")
    header = _read(file, 2, lines[1:end], Header)
    return Lesson(file, header, tuple(_blocks(file, lines, end + 1)))


def _blocks(file: str, lines: list[str], start: int) -> list[Block]:
    """Return prose and fences in their order; `start` is the index of the first line below the header."""
    blocks: list[Block] = []
    prose: list[str] = []
    prose_from = start
    at = start
    while at < len(lines):
        line = lines[at]
        word = line[len(FENCE) :].strip() if line.startswith(FENCE) else None
        if word is None:
            prose.append(line)
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].rstrip() == FENCE), 0)
        if not end:
            raise LessonError(file, at + 1, f"the {word or 'unnamed'} block has no end")
        if word in FENCES:
            _flush(blocks, prose, prose_from)
            prose_from = end + 1
            spec = _read(file, at + 2, lines[at + 1 : end], FENCES[word])
            blocks.append(Block(at + 1, spec))
        else:
            prose += lines[at : end + 1]
        at = end + 1
    _flush(blocks, prose, prose_from)
    return blocks


def _flush(blocks: list[Block], prose: list[str], first: int) -> None:
    """Move what was collected to `blocks`, without the empty lines around it."""
    while prose and not prose[0].strip():
        del prose[0]
        first += 1
    text = "\n".join(prose).rstrip()
    if text:
        blocks.append(Block(first + 1, Prose(text)))
    prose.clear()


def read_toml(file: str, text: str, kind: type[T], *, first_line: int = 1) -> T:
    """Return TOML text as a value of `kind`.

    Raises:
        LessonError: It is no TOML, or not of that kind.
    """
    return _read(file, first_line, text.splitlines(), kind)


def _read(file: str, first_line: int, lines: list[str], kind: type[T]) -> T:
    try:
        table: dict[str, Any] = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        place = _AT_LINE.search(words)
        line = first_line + int(place[1]) - 1 if place else first_line + max(0, len(lines) - 1)
        raise LessonError(file, line, f"not TOML: {_AT_LINE.sub('', words).strip()}") from None
    try:
        with _ONE_AT_A_TIME:
            return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$")
        key = path.strip("`.").split(".")[0].split("[")[0] or _unknown_field(words)
        line = next((n for n, row in enumerate(lines, first_line) if key and row.startswith(key)), first_line)
        where = f"{key}: " if path else ""
        raise LessonError(file, line, f"{where}{words[0].lower()}{words[1:]}") from None


def _unknown_field(words: str) -> str:
    match = re.search(r"unknown field `(\w+)`", words)
    return match[1] if match else ""
