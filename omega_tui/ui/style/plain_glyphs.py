"""The characters of every pane in a glyph set that the terminal draws one cell wide.

The ladder and the tape choose their own glyphs; what the other panes and Textual's borders draw is replaced
here, cell for cell, on the way to the terminal.
"""

from collections.abc import Mapping
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_AMBIGUOUS: Final = {
    "│": "|",
    "─": "-",
    "·": ".",
    "•": "*",
    "…": "~",
    "≤": "<",
    "≥": ">",
    "–": "-",  # noqa: RUF001 - the character that is replaced
    "←": "<",
    "→": ">",
    "↑": "^",
    "↓": "v",
    "▎": "|",
    "▌": "|",
}
"""Drawn two cells wide in many East Asian settings (colour conventions, section 5)."""

_NEUTRAL: Final = {"►": ">", "▸": ">", "◂": "<", "▐": "|", "░": ":", "✓": "v", "✗": "x", "∅": "-"}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {"cjk": _AMBIGUOUS, "ascii": _AMBIGUOUS | _NEUTRAL}


class PlainGlyphs(LineFilter):
    """Replaces our own drawing characters; text of venues in other scripts stays as it is."""

    def __init__(self, glyphs: str) -> None:
        super().__init__()
        self._table = str.maketrans(dict(TABLES[glyphs]))

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with replaced characters; the same list where there was none."""
        del background  # Colours are not this filter's business.
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [
            Segment(segment.text.translate(self._table), segment.style, segment.control)
            for segment in segments
        ]
