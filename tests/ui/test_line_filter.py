"""No text from outside reaches the terminal as anything but text (security, section 4, list A)."""

import asyncio
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from ladder_samples import YES, model
from msgspec import structs
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.containers import Horizontal
from textual.filter import Monochrome
from textual.widgets import Static

from omega_tui.clock import ManualClock
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.trade import Trade
from omega_tui.text import is_safe
from omega_tui.ui.panes.tape_rows import TapeModel
from omega_tui.ui.style.linefilter import SAFE_TEXT, SafeTextApp
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.tape import Tape

NASTY = [
    "AA\x1b[31m\x1b[2JBB",
    "\x1b]0;PWNED\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x1b\\",
    "\x1b]52;c;QQ==",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    '\x1bP$q"p\x1b\\',
    "\x1b[6n\x1b[c",
    "\x9b2J",
    "\x9d52;c;QQ==\x9c",
    "\x90\x98\x9e\x9f",
    "end\x1b",
    "[2J",
    "\x07\x08\x08\x08\x0b\x0c",
    "REAL\rFAKE",
    "a\nb\tc",
    "nul\x00del\x7f",
    "\x0e\x0f",
    "\x85\u2028\u2029",
    "\u202e0.1$ ETH\u202c",
    "\u2066\u2067\u2069\u061c\u200e\u200f",
    "0.\u200b5\u200d\u2060\ufeff",
    "soft\u00adhyphen",
    "\U000e0041\U000e0042",
    "\ufe0f" * 50,
    "z\u0300" + "\u0301" * 50,
    "👨‍👩‍👧 🇵🇹 ❤️ 👍🏽",
    "漢字" * 40,
    "\u115f\u3164\u2800",
    "\ud800",
    "\uffff\ue000",
    "[red]x[/red] [/1-0] [@click=app.quit]y[/] [bold",
]
ESCAPES = re.compile(r"\x1b\[[0-9;]*[mH]")


class Screenful(SafeTextApp):
    """Hostile text in every place of the ladder, and in a widget of Textual's own."""

    CSS = "Ladder { width: 54; } Tape { width: 20; }"

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.output = []

    def compose(self):
        with Horizontal():
            yield Ladder(ManualClock())
            yield Tape()
            yield Static(self.text, markup=False, id="plain")

    def _display(self, screen, renderable):
        if renderable is not None:
            self.output.append(renderable.render_segments(self.console))
        super()._display(screen, renderable)

    def show(self):
        text = self.text
        self.query_one(Ladder).model = structs.replace(
            model(rows=10, lock_reason=text, framing=text, status=DataStatus(DataState.STALE, None, text)),
            instrument=replace(YES, name=text),
        )
        self.query_one(Tape).model = TapeModel(
            replace(YES, name=text), (Trade(text, Decimal("0.5"), Decimal(3), None, text, 1, 1),)
        )


@pytest.mark.parametrize("text", NASTY)
async def test_hostile_text_is_shown_and_obeyed_by_nobody(text):
    app = Screenful(text)
    async with app.run_test(size=(110, 14)) as pilot:
        app.show()
        async with asyncio.timeout(5):
            while app.query_one(Ladder).painted is None:
                await pilot.pause()
        strips = app.screen._compositor.render_strips()
        for strip in strips:
            assert all(is_safe(segment.text.replace("\u2800", " ")) for segment in strip)  # braille may stay
        assert "0.48" in "".join(strip.text[:54] for strip in strips)
        for written in app.output:
            rest = ESCAPES.sub("", written).replace("\n", "").replace("\u2800", " ")
            assert is_safe(rest), ascii(rest)


def test_a_filter_keeps_widths_and_styles_and_drops_links():
    style = Style(bold=True, link="http://evil")
    (segment,) = SAFE_TEXT.apply([Segment("a\x1bb", style)], Color(0, 0, 0))
    assert segment.text == "ab"
    assert segment.style.bold
    assert segment.style.link is None


def test_clean_lines_pass_untouched():
    segments = [Segment("► 0.48 ▐", Style(bold=True)), Segment("plain")]
    assert SAFE_TEXT.apply(segments, Color(0, 0, 0)) is segments


async def test_textual_still_runs_line_filters_over_every_widget():
    """`App.get_line_filters` is documented as internal: this test is what notices when it goes."""
    asked = 0

    class Counting(Screenful):
        def get_line_filters(self):
            nonlocal asked
            asked += 1
            return super().get_line_filters()

    app = Counting("x\x1b[2Jy")
    async with app.run_test(size=(110, 14)) as pilot:
        await pilot.pause()
        plain = app.query_one("#plain")
        assert asked
        assert app.get_line_filters()[-1] is SAFE_TEXT
        assert "\x1b" not in plain.render_lines(plain.size.region)[0].text


async def test_without_colour_the_attributes_stay(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = Screenful("plain")
    async with app.run_test(size=(110, 14)) as pilot:
        app.show()
        async with asyncio.timeout(5):
            while app.query_one(Ladder).painted is None:
                await pilot.pause()
        assert any(isinstance(line_filter, Monochrome) for line_filter in app.get_line_filters())
        styles = [segment.style for strip in app.screen._compositor.render_strips() for segment in strip]
        assert any(style.reverse for style in styles if style)
        assert any(style.bold for style in styles if style)
        for style in styles:
            for colour in (style.color, style.bgcolor) if style else ():
                if colour is not None and colour.triplet is not None:
                    assert len(set(colour.triplet)) == 1
