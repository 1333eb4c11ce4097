"""The console as far as the panel beside the ladder goes: when it looks, and when a tip may be asked for.

It never takes focus, and nothing in it changes while an order is being entered.
"""

import asyncio
from concurrent.futures import Future
from typing import Any, Final

from omega_tui.domain.events.status import Severity
from omega_tui.domain.lesson_commands import DismissTip, OfferTip, SetTips
from omega_tui.domain.teaching import Tip
from omega_tui.errors import OmegaError
from omega_tui.ui.console.watch import WatchApp
from omega_tui.ui.desk.answers import read_as
from omega_tui.ui.text.words import price_text

MODES: Final = {"on": "normal", "less": "low", "off": "off"}
"""What is typed, and what the teacher calls it."""
ONE_KEY: Final = "onekey"
"""In this keymap the panel is hidden at first (layouts, last section)."""


class TipApp(WatchApp):
    """The console's panel."""

    def __init__(self, *parts: Any, **options: Any) -> None:  # noqa: ANN401 - those of the base class
        super().__init__(*parts, **options)
        panel, wanted = self.session.panel, self._ui.panel
        panel.is_hidden = wanted == "off" or (wanted == "auto" and self._binds.preset == ONE_KEY)
        panel.watch.is_on = self._ui.tips != MODES["off"]
        self._panel_shown = True
        self._offering = False

    def frame(self) -> None:
        """Let the panel look behind the frame, at most once a second: a key may come in between."""
        super().frame()
        panel = self.session.panel
        if self._panel_shown is panel.is_hidden and self._trading.is_ready:
            self._panel_shown = not panel.is_hidden
            self._trading.set_panel(shown=self._panel_shown)
        if (not panel.is_hidden or self.session.marks_levels) and panel.is_due(self.mono_ns()):
            self.call_later(self._look)

    def _look(self) -> None:
        """Let the panel look, but never while something is being entered."""
        if self.is_entering or self._frame_must_wait():
            return
        session, panel = self.session, self.session.panel
        now_ns = self.backend.clock.now_ns()
        panel.look(
            session.here,
            session.charts.bars,
            size=session.sizing.size,
            status=session.status(now_ns),
            now_ns=now_ns,
            mono_ns=self.mono_ns(),
        )
        panel.watch.turn(now_ns)
        self._ask_for_tip(now_ns)

    @property
    def is_entering(self) -> bool:
        """Whether a verb is pending or a line is being typed."""
        return self.session.entry.is_pending or self._trading.is_typing

    def _ask_for_tip(self, now_ns: int) -> None:
        """Tell the teacher what was noticed, where a tip could be seen and nothing is more important."""
        panel = self.session.panel
        if self._offering or panel.watch.has_tip or panel.critical or not panel.watch.is_on:
            return
        if self.screen is not self._trading or not self._trading.shows_panel:
            return
        noticed = panel.watch.take(now_ns)
        if noticed:
            self._offering = True
            future = self.backend.dispatch(OfferTip(noticed))
            self.run_worker(self._offered(future), name="OfferTip", group="teacher")

    async def _offered(self, future: Future[object]) -> None:
        watch = self.session.panel.watch
        try:
            tip = read_as(await asyncio.shield(asyncio.wrap_future(future)), Tip)
        except OmegaError as error:
            # Without a teacher there are no tips: to ask again every second would help nobody.
            watch.is_on = False
            self.session.desk.note(self.backend.clock.now_ns(), Severity.INFO, f"no tips: {error}")
            return
        finally:
            self._offering = False
        if tip is not None:
            watch.coming = tip

    def dismiss_tip(self, *, never: bool) -> None:
        """Send the tip away, for good with `never`."""
        watch = self.session.panel.watch
        if watch.tip is None:
            self.say("there is no tip to send away")
            return
        rule, watch.tip = watch.tip.rule, None
        self.send((DismissTip(rule, never),), "you will not be told that again" if never else "")

    def tips_command(self, word: str) -> None:
        """Say how talkative the teacher is, for this session."""
        watch = self.session.panel.watch
        watch.is_on = word != "off"
        if not watch.is_on:
            watch.tip = watch.coming = None
        said = {"on": "tips are on", "less": "fewer tips", "off": "no tips"}[word]
        self.send((SetTips(MODES[word]),), f"{said} for this session; ui.tips says it for good")

    def mark_levels(self) -> None:
        """Mark the levels of the swing in force on the ladder that has the keys, or no longer."""
        session = self.session
        session.marks_levels = not session.marks_levels
        if not session.marks_levels:
            self.say("levels are no longer marked on the ladder")
            return
        known, swing = session.instrument, session.panel.swing
        if known is None or swing is None or session.panel.swing_of != known.id:
            self.say("levels will be marked with an f once a swing is certain and the price within it")
            return
        leg = f"{price_text(swing.start, known)} to {price_text(swing.end, known)}"
        self.say(f"levels of the swing {leg} are marked with an f; the strip names the one at the cursor")

    def hide_panel(self) -> None:
        """Put the panel away for this session, or bring it back."""
        panel = self.session.panel
        panel.is_hidden = not panel.is_hidden
        if panel.is_hidden:
            self.say("the panel is put away; {go.verb}{go.panel} brings it back")
