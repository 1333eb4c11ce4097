"""The Markdown of lessons as lines of words with a style each. Pure.

Lessons use headings, paragraphs, lists, quotes, tables and emphasis, and their checker sees to it that they
use no more; so no library of 80 ms is loaded for it.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from omega_tui.text import cell_width

_LIST = re.compile(r"( *)(- |\d+\. )(.*)")
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*|(?<![\w*])\*(?!\s)(.+?)\*(?!\w)|`([^`]+)`")


class Tone(StrEnum):
    """How words are meant."""

    PLAIN = ""
    STRONG = "strong"
    EMPHASIS = "emphasis"
    CODE = "code"
    HEADING = "heading"
    QUOTE = "quote"
    MARK = "mark"


class Span(NamedTuple):
    """A run of characters in one tone; MARK is what is no word: bullets, bars, rules."""

    text: str
    tone: Tone = Tone.PLAIN


Spans = tuple[Span, ...]


def markdown_lines(markdown: str, width: int) -> list[Spans]:
    """Return Markdown as lines of at most `width` cells; an empty line stands between its parts.

    A word, and a row of a table, that is wider stays whole.
    """
    lines: list[Spans] = []
    for part in _parts(markdown, width):
        if lines:
            lines.append(())
        lines += part
    return lines


def wrapped_spans(
    words: str, width: int, *, first: Spans = (), hang: str = "", tone: Tone = Tone.PLAIN
) -> list[Spans]:
    """Return words with their emphasis as lines of at most `width` cells.

    Args:
        words: With Markdown's marks of emphasis.
        width: Cells of a line.
        first: What the first line begins with.
        hang: What every further line begins with.
        tone: Of words without emphasis.
    """
    lines: list[Spans] = []
    line: list[Span] = list(first)
    room = width - sum(cell_width(span.text) for span in first)
    is_empty = True
    for word in _words(words, tone):
        cells = sum(cell_width(span.text) for span in word)
        if not is_empty and cells + 1 > room:
            lines.append(_joined(line))
            line, room, is_empty = ([Span(hang)] if hang else []), width - cell_width(hang), True
        if not is_empty:
            line.append(Span(" ", word[0].tone if line and line[-1].tone is word[0].tone else tone))
            room -= 1
        line += word
        room -= cells
        is_empty = False
    return [*lines, _joined(line)] if line else lines


def _parts(markdown: str, width: int) -> Iterator[list[Spans]]:
    for paragraph in markdown.split("\n\n"):
        lines = paragraph.splitlines()
        if not paragraph.strip():
            continue
        if lines[0].startswith("#"):
            yield wrapped_spans(lines[0].lstrip("# "), width, tone=Tone.HEADING)
            lines = lines[1:]
        if not lines:
            continue
        if lines[0].startswith("|"):
            yield _table(lines)
        elif lines[0].startswith(">"):
            quoted = " ".join(line.lstrip("> ") for line in lines)
            bar = Span("| ", Tone.MARK)
            yield [(bar, *line) for line in wrapped_spans(quoted, width - 2, tone=Tone.QUOTE)]
        elif _LIST.match(lines[0]):
            yield [row for item in _items(lines) for row in _item(item, width)]
        else:
            yield wrapped_spans(" ".join(line.strip() for line in lines), width)


def _items(lines: list[str]) -> list[str]:
    """Return the items of a list, each with its continuation lines."""
    items: list[str] = []
    for line in lines:
        if _LIST.match(line) or not items:
            items.append(line)
        else:
            items[-1] += " " + line.strip()
    return items


def _item(item: str, width: int) -> list[Spans]:
    match = _LIST.match(item)
    if match is None:
        return wrapped_spans(item, width)
    indent, bullet, words = match.groups()
    return wrapped_spans(
        words, width, first=(Span(indent + bullet, Tone.MARK),), hang=" " * len(indent + bullet)
    )


def _table(lines: list[str]) -> list[Spans]:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    cells = [
        [_spans(cell, Tone.PLAIN) for cell in row] for row in rows if not set("".join(row)) <= set("-: ")
    ]
    widths = [max(_cells(row[at]) for row in cells if at < len(row)) for at in range(len(cells[0]))]
    drawn = []
    for row in cells:
        line: list[Span] = []
        for at, (cell, wide) in enumerate(zip(row, widths, strict=False)):
            is_last = at == len(row) - 1
            line += [*cell, *(() if is_last else (Span(" " * (wide - _cells(cell) + 2)),))]
        drawn.append(_joined(line))
    rule = Span("  ".join("-" * wide for wide in widths), Tone.MARK)
    return [drawn[0], (rule,), *drawn[1:]]


def _words(text: str, tone: Tone) -> Iterator[list[Span]]:
    """Yield what must not be broken: runs without a space, each of one tone or several."""
    word: list[Span] = []
    for span in _spans(text, tone):
        for number, piece in enumerate(span.text.split(" ")):
            if number and word:
                yield word
                word = []
            if piece:
                word.append(Span(piece, span.tone))
    if word:
        yield word


def _spans(text: str, tone: Tone) -> list[Span]:
    spans: list[Span] = []
    at = 0
    for match in _EMPHASIS.finditer(text):
        if match.start() > at:
            spans.append(Span(text[at : match.start()], tone))
        strong, emphasis, code = match.groups()
        found = Tone.STRONG if strong else Tone.EMPHASIS if emphasis else Tone.CODE
        spans.append(Span(strong or emphasis or code, found))
        at = match.end()
    if at < len(text):
        spans.append(Span(text[at:], tone))
    return spans


def _cells(spans: list[Span]) -> int:
    return sum(cell_width(span.text) for span in spans)


def _joined(spans: list[Span]) -> Spans:
    """Return the spans, neighbours of one tone as one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].tone is span.tone:
            joined[-1] = Span(joined[-1].text + span.text, span.tone)
        else:
            joined.append(span)
    return tuple(joined)
