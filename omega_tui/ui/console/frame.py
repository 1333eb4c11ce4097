"""The console as a Textual app: its one frame, and what a frame that is late or bad means for the arming."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from textual.screen import Screen

from omega_tui.clock import Clock
from omega_tui.config.model import OmegaConfig
from omega_tui.domain.commands import (
    Disarm,
    WatchInstrument,
)
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.integrity import StreamName
from omega_tui.ui.chart.errand import ChartErrand
from omega_tui.ui.console.engine import REFUSED_NS, EngineApp
from omega_tui.ui.desk.backend import Backend
from omega_tui.ui.desk.desk import Changes
from omega_tui.ui.desk.feedback import Feedback, Sound, notification
from omega_tui.ui.desk.order_facts import DeskFacts
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.late import import_late
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.session.arm_guard import armed, why_disarm
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.style.internals import unwritten, write_to_terminal
from omega_tui.units import NS_PER_MS, NS_PER_S

AGAIN_S: Final = 0.004
"""After how long a frame that gave way to a key asks again."""
LATE_S: Final = 0.15
"""From one module to the next that the first picture did without: all are there after three seconds."""
SLOW_NS: Final = NS_PER_S // 4
"""What only ages is drawn this often."""
STALL_NS: Final = 250 * NS_PER_MS
"""After a frame this late, every key read before it is discarded (ladder specification, section 6)."""
DISARM_LAG_NS: Final = 1_000 * NS_PER_MS
"""A screen that stood still for longer than this disarms."""


class FrameApp(EngineApp):
    """The console, as far as it draws."""

    def __init__(  # noqa: PLR0913 - as `EngineApp`
        self,
        backend: Backend,
        config: OmegaConfig,
        *,
        clock: Clock,
        redact: Callable[[str], str],
        instrument: str = "",
        keymap: Keymap | None = None,
    ) -> None:
        super().__init__(backend, config, clock=clock, redact=redact, instrument=instrument, keymap=keymap)
        self._trading.must_wait = self._frame_must_wait
        self._chart_errand = ChartErrand(backend, self.session.charts)
        self._feedback = Feedback([sound for sound in Sound if getattr(config.ui, f"bell_{sound}")])
        self._last_frame_ns = 0
        self._last_slow_ns = 0
        self._redraw_due = False
        self._lags: list[tuple[int, int]] = []
        self._had_picture = False
        self._disarmed_for: dict[str, ArmChanged] = {}
        self._book_was_up = False
        self._late = import_late()

    def get_default_screen(self) -> Screen[None]:
        """Begin with the ladder. On top of an empty screen, that one was laid out before it, for nothing."""
        return self._trading

    def on_mount(self) -> None:
        self.runs_on = asyncio.get_running_loop()
        self._last_frame_ns = self._clock.mono_ns()
        self.set_interval(1 / self._ui.fps, self._beat, name="frame")
        self._late_timer = self.set_interval(LATE_S, self._import_one, name="late imports", pause=True)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        super()._start()
        self._late_timer.resume()

    def _import_one(self) -> None:
        """Import the next of what the first picture did without, where nobody waits for anything."""
        if not self._frame_must_wait() and next(self._late, None) is None:
            self._late_timer.stop()

    def _beat(self) -> None:
        """Draw a frame, but not while the screens are taken down: half of their widgets are gone then."""
        if self.is_running and not self._exit and self._trading.is_attached:
            if self._frame_must_wait():
                self.set_timer(AGAIN_S, self._beat, name="frame again")
                return
            self.frame()

    def _frame_must_wait(self) -> bool:
        """Whether keys, or an order that is on its way, come before the next picture."""
        return self.keys_first.come_first(self._clock.mono_ns())

    def frame(self) -> None:
        """Drain the events, fold them, let time pass, show the result. The only interval of the program."""
        now_ns = self._clock.mono_ns()
        self._watch_stall(now_ns)
        events_now = self.backend.drain()
        self._watch_engine(events_now, now_ns)
        wall_ns = self.backend.clock.now_ns()
        changes = self.session.apply(events_now, now_ns=wall_ns)
        self.backend.look_at(self.session.looked_at)
        # The panel reads bars, and so do the marks on the ladder: where no chart is to be seen, too.
        is_read = self._trading.shows_chart or not self.session.panel.is_hidden or self.session.marks_levels
        asked = self._trading.is_ready and is_read
        has_history = self._chart_errand.look(self.session.instrument_id if asked else "", now_ns=wall_ns)
        if self._wanted and self._wanted in self.session.desk.instruments:
            wanted, self._wanted = self._wanted, ""
            self.show_market(wanted)
        slow = now_ns - self._last_slow_ns >= SLOW_NS
        expired = self._said is not None and now_ns >= self._said[1]
        due, self._redraw_due = self._redraw_due, False
        slow = slow or due
        if not (events_now or slow or expired or has_history or self.session.entry.is_pending):
            self.keys_first.drawn(now_ns)
            return
        if expired:
            self._said = None
        if slow:
            self._last_slow_ns = now_ns
        self._watch(changes, now_ns)
        self._sound(events_now, now_ns)
        facts = self.session.facts(wall_ns)
        happened = self.session.entry.observe(facts, now_ns)
        if happened is not None:
            self.obey(happened)
        self._guard_arming(wall_ns)
        self._show(facts, changes, wall_ns, slow=slow)

    def _show(self, facts: DeskFacts, changes: Changes, wall_ns: int, *, slow: bool) -> None:
        """Show a picture, in two steps: a key that has come meanwhile is handled before either of them.

        What it leaves out is shown with the next frame, in which everything is drawn.
        """
        shown = [screen for screen in self.screen_stack if isinstance(screen, ConsoleScreen)]
        if not shown or not shown[-1].is_ready:
            return
        if self._key_waits():
            self.redraw_soon()
            return
        screen = shown[-1]
        said = self._said[0] if self._said is not None else None
        painted = self.painted
        self.refresh_offer(facts)
        picture = Picture(self.session, facts, changes, painted, wall_ns, said, self._binds, slow)
        screen.show_first(picture)
        if self._key_waits():
            self.redraw_soon()
            return
        screen.show(picture)
        self.keys_first.drawn(self._clock.mono_ns())

    def _key_waits(self) -> bool:
        return self.keys_first.key_waits(self._clock.mono_ns())

    @property
    def painted(self) -> PaintedFrame | None:
        """The last painted frame of the ladder; None before the first and under another screen."""
        on_top = self._trading.is_ready and self.screen is self._trading
        return self._trading.ladder.painted if on_top else None

    def mono_ns(self) -> int:
        """Return the screen's monotonic clock."""
        return self._clock.mono_ns()

    def show_market(self, instrument_id: str) -> None:
        """Put a market on the ladder; its book is asked for when it is not followed yet."""
        if not instrument_id or instrument_id == self.session.instrument_id:
            return
        desk = self.session.desk
        if instrument_id not in desk.books and not self.backend.is_replay:
            known = desk.instruments.get(instrument_id)
            venue = known.venue if known is not None else ""
            self.send((WatchInstrument(instrument_id, venue),), "")
        self.session.show(instrument_id)

    def redraw_soon(self) -> None:
        """Show at the next frame what a key changed.

        For a key that sent something: the next key may follow at once, and would wait for what is drawn now.
        """
        self._redraw_due = True

    def redraw(self) -> None:
        """Show at once what a key changed, without waiting for the frame; of a verb, ladder and menu only."""
        wall_ns = self.backend.clock.now_ns()
        changes = Changes(set(), [], orders=True, positions=True, log=True, instruments=True, status=True)
        slow = not self.session.entry.is_pending
        self._show(self.session.facts(wall_ns), changes, wall_ns, slow=slow)

    def _watch_stall(self, now_ns: int) -> None:
        """Measure how late this frame is; after a stall, keys read before now count for nothing."""
        passed_ns = now_ns - self._last_frame_ns
        late_ns = passed_ns - NS_PER_S // self._ui.fps
        self._last_frame_ns = now_ns
        if self._said is not None and (late_ns > STALL_NS or unwritten(self)):
            # What is said is said for as long as it can be read.
            said, until_ns = self._said
            self._said = (said, until_ns + passed_ns)
        self._lags = [(at, lag) for at, lag in self._lags if now_ns - at < NS_PER_S]
        # The first picture of a ladder takes its time, and nobody has traded on anything before.
        if late_ns > 0 and self._had_picture:
            self._lags.append((now_ns, late_ns))
        self._had_picture = self.painted is not None
        self.session.ui_lag_ms = max((lag for _, lag in self._lags), default=0) // NS_PER_MS
        if late_ns > STALL_NS:
            self.session.entry.stalled(now_ns)
            self._engine.stood_still(late_ns)
        if late_ns > DISARM_LAG_NS:
            self._disarm(f"the screen stood still for {late_ns / NS_PER_S:.1f} s")

    def _watch_engine(self, events: Sequence[Event], now_ns: int) -> None:
        """Believe nothing of an engine that stands still, and say what it has not answered."""
        self._engine.heard(events, now_ns)
        self.session.desk.silence = self._engine.silence(now_ns)
        unanswered = self._engine.unanswered(now_ns)
        if unanswered:
            self.say(unanswered, "alarm")

    def _watch(self, changes: Changes, now_ns: int) -> None:
        """Follow what events mean beyond the picture: new settle locks, bells, services to wait for."""
        session = self.session
        book = session.desk.connections.get((session.venue, StreamName.BOOK))
        is_up = book is not None and book.is_up
        if is_up and not self._book_was_up:
            session.entry.settle(now_ns, "the feed has just come up")
        self._book_was_up = is_up
        for event in changes.disarmed:
            word = "KILLED, until :unkill" if event.mode is TradingMode.HALTED else "disarmed"
            disarmed = f"{event.venue} {word}: {event.reason}" if event.reason else f"just {word}"
            session.entry.settle(now_ns, disarmed)
            if event.reason:
                self.say(disarmed, "warn", REFUSED_NS)
        for service in changes.services:
            if service.state is ServiceState.RUNNING and not self._is_awaited(service.service):
                self._await_service(service.service)

    def _is_awaited(self, name: str) -> bool:
        return any(
            worker.group == "services" and worker.name == name and not worker.is_finished
            for worker in self.workers
        )

    def _sound(self, events: Sequence[Event], now_ns: int) -> None:
        """Ring for what the trader wants to hear, and have the desktop show the newest line of the log."""
        rings = self._feedback.heard(events, now_ns)
        if not rings:
            return
        self.bell()
        failed = self._feedback.play(rings)
        if failed:
            self.say(f"ui.sound_command: {failed}", "warn", REFUSED_NS)
        log = self.session.desk.log
        sequence = notification(self._ui.notifications, log[-1].text) if log else ""
        if sequence:
            write_to_terminal(self, sequence)

    def _guard_arming(self, wall_ns: int) -> None:
        """Disarm every venue where the ground for being armed is gone."""
        for arm in armed(self.session):
            reason = why_disarm(self.session, arm.venue, wall_ns)
            if reason:
                self._disarm_one(arm, reason)

    def _disarm(self, reason: str) -> None:
        """Ask for a disarm of every venue that is armed, once per arming."""
        for arm in armed(self.session):
            self._disarm_one(arm, reason)

    def _disarm_one(self, arm: ArmChanged, reason: str) -> None:
        if self._disarmed_for.get(arm.venue) is arm:
            return
        self._disarmed_for[arm.venue] = arm
        self.session.entry.settle(self._clock.mono_ns(), f"disarming {arm.venue}, {reason}")
        self.send((Disarm(arm.venue, reason),), f"disarming {arm.venue}: {reason}")
