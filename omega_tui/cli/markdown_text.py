"""The Markdown of lessons as lines of a terminal: headings, lists, quotes, tables, emphasis.

Lessons use no more of it, which their checker sees to; so no library of 80 ms is loaded for it.
"""

import re
import textwrap
from collections.abc import Iterator

_LIST = re.compile(r"( *)(- |\d+\. )(.*)")
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*|(?<![\w*])\*(?!\s)(.+?)\*(?!\w)|`([^`]+)`")
BOLD, PLAIN, ITALIC, CODE = "\x1b[1m", "\x1b[0m", "\x1b[3m", "\x1b[36m"


def markdown_text(markdown: str, width: int, *, colour: bool) -> str:
    """Return Markdown as lines of at most `width` columns; without colour there is no escape sequence."""
    return "\n\n".join(
        "\n".join(_styled(line, colour=colour) for line in part) for part in _parts(markdown, width)
    )


def _parts(markdown: str, width: int) -> Iterator[list[str]]:
    for paragraph in markdown.split("\n\n"):
        lines = paragraph.splitlines()
        if not paragraph.strip():
            continue
        if lines[0].startswith("#"):
            yield [f"**{lines[0].lstrip('# ')}**"]
            lines = lines[1:]
        if not lines:
            continue
        if lines[0].startswith("|"):
            yield _table(lines)
        elif lines[0].startswith(">"):
            words = " ".join(line.lstrip("> ") for line in lines)
            yield [f"| {line}" for line in _wrapped(words, width - 2)]
        elif _LIST.match(lines[0]):
            yield [row for item in _items(lines) for row in _item(item, width)]
        else:
            yield _wrapped(" ".join(line.strip() for line in lines), width)


def _items(lines: list[str]) -> list[str]:
    """Return the items of a list, each with its continuation lines."""
    items: list[str] = []
    for line in lines:
        if _LIST.match(line) or not items:
            items.append(line)
        else:
            items[-1] += " " + line.strip()
    return items


def _item(item: str, width: int) -> list[str]:
    match = _LIST.match(item)
    if match is None:
        return _wrapped(item, width)
    indent, bullet, words = match.groups()
    hang = " " * len(indent + bullet)
    return _wrapped(words, width, first=indent + bullet, hang=hang)


def _table(lines: list[str]) -> list[str]:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rule = [row for row in rows if not set("".join(row)) <= set("-: ")]
    widths = [max(len(row[at]) for row in rule if at < len(row)) for at in range(len(rule[0]))]
    drawn = [
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=False)).rstrip() for row in rule
    ]
    return [drawn[0], "  ".join("-" * wide for wide in widths), *drawn[1:]]


def _wrapped(words: str, width: int, *, first: str = "", hang: str = "") -> list[str]:
    return textwrap.wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _styled(line: str, *, colour: bool) -> str:
    """Return a line with its emphasis; a pair that a wrap cut stays as text."""

    def style(match: re.Match[str]) -> str:
        bold, italic, code = match.groups()
        words = bold or italic or code
        if not colour:
            return str(words)
        return f"{BOLD if bold else ITALIC if italic else CODE}{words}{PLAIN}"

    return _EMPHASIS.sub(style, line).replace("**", "")
