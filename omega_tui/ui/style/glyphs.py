"""The three glyph sets, for terminals that draw ambiguous characters two cells wide, or none at all.

`unicode` is the default; `cjk` has only characters that East Asian settings draw one cell wide; `ascii`
needs nothing. A misaligned ladder is a safety bug, so every glyph here is exactly one cell in its set.
"""

from typing import Final

from msgspec import Struct


class GlyphSet(Struct, frozen=True):
    """One glyph per meaning.

    Attributes:
        name: As in the configuration.
        cursor: The row that the cursor is on.
        pending: The same while a verb waits for its object.
        up: A print above the last.
        down: A print below it.
        above: Something above the window.
        below: Something below it.
        entry: Average entry price of the position.
        break_even: Price at which closing pays back everything.
        spread: Both sides of a price between the touches.
        level: A price that the swing in force marks.
        hatch: Fills the price column when the prices are not to be trusted.
        delta: Heading of the column of stacked and pulled size.
        ellipsis: Ends a text that was cut.
        eighths: Partial cells of a bar, from one eighth to seven; empty where only whole cells are drawn.
        block: A whole cell of a bar.
        overflow: At the end of a bar that is longer than its column.
        rail: Price bar, outside the window.
        rail_window: Price bar, inside the window.
        rail_market: Price bar, where the market is.
        rule: A vertical line between panes.
        intent: An order that is written down and not sent.
        sent: Sent, not answered.
        working: Accepted and resting; of a buy, or where the side does not matter.
        working_sell: The same of a sell, whose glyph stands on the other side of its size.
        own_print: Beside a print on the tape that one of our orders was part of; never what bars are made of.
        partial: Partly filled.
        amending: An amendment is under way.
        canceling: A cancel is under way.
        held: Held here, not at the venue.
        unknown: It is not known whether the order exists.
        rejected: The venue said no.
        filled: Filled.
        verified: The book's check agrees.
        empty: Nothing there.
    """

    name: str
    cursor: str
    pending: str
    up: str
    down: str
    above: str
    below: str
    entry: str
    break_even: str
    spread: str
    level: str
    hatch: str
    delta: str
    ellipsis: str
    eighths: str
    block: str
    overflow: str
    rail: str
    rail_window: str
    rail_market: str
    rule: str
    intent: str
    sent: str
    working: str
    working_sell: str
    own_print: str
    partial: str
    amending: str
    canceling: str
    held: str
    unknown: str
    rejected: str
    filled: str
    verified: str
    empty: str


UNICODE: Final = GlyphSet(
    name="unicode",
    cursor="►",
    pending="»",
    up="▲",
    down="▼",
    above="▲",
    below="▼",
    entry="◂",
    break_even="=",
    spread="·",
    level="f",
    hatch="░",
    delta="Δ",
    ellipsis="…",
    eighths="▏▎▍▌▋▊▉",
    block="█",
    overflow="+",
    rail="│",
    rail_window="▐",
    rail_market="◂",
    rule="│",
    intent="·",
    sent=">",
    working="▐",
    working_sell="▌",
    own_print="▐",
    partial="~",
    amending="»",
    canceling="x",
    held="s",
    unknown="?",
    rejected="!",
    filled="✓",
    verified="✓",
    empty="∅",
)

CJK: Final = GlyphSet(
    name="cjk",
    cursor="►",
    pending=">",
    up="+",
    down="-",
    above="^",
    below="v",
    entry="◂",
    break_even="=",
    spread=".",
    level="f",
    hatch="░",
    delta="d",
    ellipsis="~",
    eighths="",
    block="▐",
    overflow="+",
    rail="|",
    rail_window="▐",
    rail_market="◂",
    rule="|",
    intent="-",
    sent=">",
    working="▐",
    working_sell="▐",
    own_print="*",
    partial="~",
    amending="}",
    canceling="x",
    held="s",
    unknown="?",
    rejected="!",
    filled="✓",
    verified="✓",
    empty="∅",
)

ASCII: Final = GlyphSet(
    name="ascii",
    cursor=">",
    pending="}",
    up="+",
    down="-",
    above="^",
    below="v",
    entry="<",
    break_even="=",
    spread=".",
    level="f",
    hatch="/",
    delta="d",
    ellipsis="~",
    eighths="",
    block="#",
    overflow="+",
    rail=":",
    rail_window="|",
    rail_market="<",
    rule="|",
    intent=".",
    sent=">",
    working="|",
    working_sell="|",
    own_print="|",
    partial="~",
    amending="}",
    canceling="x",
    held="s",
    unknown="?",
    rejected="!",
    filled="v",
    verified="v",
    empty="-",
)

GLYPH_SETS: Final = {glyphs.name: glyphs for glyphs in (UNICODE, CJK, ASCII)}
"""Every set by its name; an unknown name is the configuration's error, found when it is loaded."""
