"""How the thousands of a number are told apart on the screen, as the trader's locale does it.

Every number is written with commas, and they are replaced here, cell for cell, on the way to the terminal:
what is copied out of a value, logged or sent never has another sign. The decimal point stays a point, as in
what is typed; so where a locale groups by points an apostrophe stands, which nobody reads as a decimal point.
"""

import re
from collections.abc import Mapping
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

SIGNS: Final[Mapping[str, str]] = {"comma": ",", "apostrophe": "'", "space": " "}
"""One cell each in every glyph set. In a terminal a narrow no-break space is as wide as a plain one, and many
fonts have none."""

_COMMA: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))", re.ASCII)


class Thousands(LineFilter):
    """Puts another sign in the place of each comma between thousands; a number may go over several segments.

    Args:
        sign: One of `SIGNS`.
    """

    def __init__(self, sign: str) -> None:
        super().__init__()
        self._sign = SIGNS[sign]

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with the sign; the same list where there was no such comma."""
        del background  # Colours are not this filter's business.
        if not any("," in segment.text for segment in segments):
            return segments
        line = "".join(segment.text for segment in segments)
        written = _COMMA.sub(self._sign, line)
        if written == line:
            return segments
        changed, at = [], 0
        for segment in segments:
            end = at + len(segment.text)
            changed.append(Segment(written[at:end], segment.style, segment.control))
            at = end
        return changed
