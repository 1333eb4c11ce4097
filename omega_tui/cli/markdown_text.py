"""The Markdown of lessons as text for a plain terminal."""

from typing import Final

from omega_tui.education.markdown_lines import Span, Tone, markdown_lines

BOLD, PLAIN, ITALIC, CODE = "\x1b[1m", "\x1b[0m", "\x1b[3m", "\x1b[36m"
_LOOK: Final = {
    Tone.STRONG: BOLD,
    Tone.HEADING: BOLD,
    Tone.EMPHASIS: ITALIC,
    Tone.CODE: CODE,
}


def markdown_text(markdown: str, width: int, *, colour: bool) -> str:
    """Return Markdown as lines of at most `width` columns; without colour there is no escape sequence."""
    lines = (
        "".join(_styled(span, colour=colour) for span in line) for line in markdown_lines(markdown, width)
    )
    return "\n".join(lines)


def _styled(span: Span, *, colour: bool) -> str:
    look = _LOOK.get(span.tone, "") if colour else ""
    return f"{look}{span.text}{PLAIN}" if look else span.text
