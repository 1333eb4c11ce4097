"""The last defence between the screen and the terminal: no control character leaves the program.

Texts from outside are made safe at the codec; this filter catches what slips past it in any widget
(security, control C3). Textual runs line filters over every strip of every widget; that it still does is
pinned by a test.
"""

from collections.abc import Sequence

from rich.segment import Segment
from textual.app import App, ReturnType
from textual.color import Color
from textual.filter import LineFilter

from omega_tui.text import sanitize_line


class SafeText(LineFilter):
    """Replaces every character that a terminal could obey, and drops links. Widths and styles stay.

    It knows nothing of colour: under `NO_COLOR` Textual's own filter takes the colours away, and bold,
    reverse, underline and dim stay to carry the meaning.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with harmless text; the same list where nothing had to change."""
        del background  # The colours are not this filter's business.
        for segment in segments:
            style = segment.style
            if sanitize_line(segment.text) is not segment.text or (style is not None and style.link):
                break
        else:
            return segments
        return [_harmless(segment) for segment in segments]


def _harmless(segment: Segment) -> Segment:
    style = segment.style
    if style is not None and style.link:
        style = style.update_link(None)
    return Segment(sanitize_line(segment.text), style, segment.control)


SAFE_TEXT = SafeText()
"""One filter serves the whole program, so that the strips' caches keep working."""


class SafeTextApp(App[ReturnType]):
    """An app whose every line passes through `SafeText`, last of all filters."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), SAFE_TEXT]
