"""The console as a Textual app, towards the engine: its life, its one frame, its commands, its last words.

Nothing that trades is a Textual action (security, control C4): `check_action` lets a few harmless names
through, and commands leave through `send` alone.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Final

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import Binding
from textual.filter import LineFilter
from textual.worker import Worker, WorkerState

from omega_tui.clock import Clock
from omega_tui.config.model import OmegaConfig
from omega_tui.domain.commands import (
    Command,
    Disarm,
    WatchInstrument,
)
from omega_tui.domain.data_limits import data_limits
from omega_tui.domain.events.account import ArmChanged
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ServiceState, Severity
from omega_tui.domain.integrity import ConnectionState, StreamName
from omega_tui.errors import ConfigError, OmegaError, OrderRefused
from omega_tui.ui.arm_guard import armed, why_disarm
from omega_tui.ui.backend import Backend
from omega_tui.ui.chart_errand import ChartErrand
from omega_tui.ui.crash import crash_report
from omega_tui.ui.desk import Changes
from omega_tui.ui.explain_things import RefusedHere
from omega_tui.ui.feedback import Feedback, Sound, notification
from omega_tui.ui.frame import PaintedFrame
from omega_tui.ui.internals import write_to_terminal
from omega_tui.ui.keymap import Keymap
from omega_tui.ui.keymap_presets import check_confirm, shipped
from omega_tui.ui.keys_first import KeysFirst
from omega_tui.ui.linefilter import SAFE_TEXT
from omega_tui.ui.order_entry import OrderEntry
from omega_tui.ui.order_facts import Decision, DeskFacts
from omega_tui.ui.order_flags import read_templates
from omega_tui.ui.palette import ConsoleProvider
from omega_tui.ui.picture import Picture, Said
from omega_tui.ui.plain_glyphs import TABLES, PlainGlyphs
from omega_tui.ui.quitting import what_stays
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.screens.trading import TradingScreen
from omega_tui.ui.session import Session, Setting
from omega_tui.ui.sizing import Sizing
from omega_tui.ui.terminal import ConsoleDriver
from omega_tui.ui.themes import bundled_files, load_theme, role_colours
from omega_tui.units import NS_PER_MS, NS_PER_S

LOGGER: Final = logging.getLogger(__name__)

SMALLEST: Final = (60, 18)
"""Below this many columns or rows nothing can be ordered (layouts, rule 1)."""
AGAIN_S: Final = 0.004
"""After how long a frame that gave way to a key asks again."""
SLOW_NS: Final = NS_PER_S // 4
"""What only ages is drawn this often."""
STALL_NS: Final = 250 * NS_PER_MS
"""After a frame this late, every key read before it is discarded (ladder specification, section 6)."""
DISARM_LAG_NS: Final = 1_000 * NS_PER_MS
"""A screen that stood still for longer than this disarms."""
REFUSED_NS: Final = 4 * NS_PER_S
SAID_NS: Final = 2 * NS_PER_S
"""How long a refusal, and any other sentence, stays in the strip."""
QUIT_NS: Final = 5 * NS_PER_S
"""A second quit within this time leaves working orders behind, as the first one said."""

ACTIONS: Final = frozenset(
    {"quit", "command_palette", "help_quit", "focus_next", "focus_previous", "copy_text", "suspend_process"}
)
"""The only actions of the app that may be run by name, and so by a string: none of them trades."""


class EngineApp(App[None]):
    """The console.

    Attributes:
        backend: The engine, as far as the screen knows it.
        session: What is shown.
    """

    CSS_PATH = ["omega.tcss", "screens/trading.tcss"]  # noqa: RUF012 - Textual's own attribute
    """That of the first screen is read with that of the app: another one means parsing all of it again."""
    TITLE = "omega-tui"
    COMMANDS = {ConsoleProvider}  # noqa: RUF012 - Textual's own attribute
    BINDINGS = [Binding("ctrl+c", "help_quit", show=False, priority=True)]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    NOTIFICATION_TIMEOUT = 0

    def __init__(  # noqa: PLR0913 - what an app is made of
        self,
        backend: Backend,
        config: OmegaConfig,
        *,
        clock: Clock,
        redact: Callable[[str], str],
        instrument: str = "",
        keymap: Keymap | None = None,
    ) -> None:
        super().__init__(driver_class=ConsoleDriver)
        self._theme_files = bundled_files()
        if config.ui.theme not in self._theme_files:
            allowed = ", ".join(self._theme_files)
            raise ConfigError(source="configuration", key="ui.theme", found=config.ui.theme, allowed=allowed)
        self.register_theme(load_theme(self._theme_files[config.ui.theme]))
        self.theme = config.ui.theme
        self.backend = backend
        self._ui = config.ui
        self._clock = clock
        self._redact = redact
        self._wanted = instrument
        self._binds = keymap or shipped(config.ui.keymap, market_orders=config.ui.market_order_key)
        check_confirm(self._binds, config.ui)
        self.keys_first = KeysFirst()
        entry = OrderEntry(self._binds)
        glyphs = "unicode" if config.ui.glyphs == "auto" else config.ui.glyphs
        setting = Setting(
            venue=backend.venue,
            is_live=backend.is_live,
            is_replay=backend.is_replay,
            limits=data_limits(config.data_state),
            glyphs=glyphs,
            last_sizes=config.ui.last_sizes != "off",
            bars=config.ui.bars,
            flashes=not config.ui.reduced_motion,
            asks_before_taking=config.ui.confirm == "strip",
            ask_above=config.risk.ask_order_notional,
            ask_above_live=config.risk_live.ask_order_notional,
            brackets=read_templates(config.ui.brackets),
        )
        self.session = Session(setting, entry, Sizing.of(config.ui.size_presets))
        self.session.charts.hollow = self.no_color
        self._chart_errand = ChartErrand(backend, self.session.charts)
        self._glyph_filters = (PlainGlyphs(glyphs),) if glyphs in TABLES else ()
        self._feedback = Feedback([sound for sound in Sound if getattr(config.ui, f"bell_{sound}")])
        if config.ui.reduced_motion:
            self.animation_level = "none"
        self._trading = TradingScreen(clock, is_replay=backend.is_replay)
        self._trading.must_wait = self._frame_must_wait
        self._said: tuple[Said, int] | None = None
        self._last_frame_ns = 0
        self._last_slow_ns = 0
        self._asked_quit_ns = 0
        self._redraw_due = False
        self._lags: list[tuple[int, int]] = []
        self._disarmed_for: dict[str, ArmChanged] = {}
        self._book_was_up = False

    def on_mount(self) -> None:
        self.push_screen(self._trading)
        self._last_frame_ns = self._clock.mono_ns()
        self.set_interval(1 / self._ui.fps, self._beat, name="frame")
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Start the engine, now that something is on the screen, and wait for each of its services."""
        self.backend.start()
        for name, path in self._theme_files.items():
            if name != self.theme:
                self.register_theme(load_theme(path))
        for name in self.backend.service_names:
            self._await_service(name)

    def _await_service(self, name: str) -> None:
        self.run_worker(
            self._served(name),
            name=name,
            group="services",
            description=f"service {name}",
            exit_on_error=False,
        )

    async def _served(self, name: str) -> None:
        """Wait until a service has stopped. To stop waiting does not stop the service."""
        await asyncio.shield(asyncio.wrap_future(self.backend.serve(name)))

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if event.worker.group == "services" and event.state is WorkerState.ERROR:
            LOGGER.warning("the service %s ended: %s", event.worker.name, event.worker.error)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._glyph_filters, SAFE_TEXT]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every role a colour, also under one of Textual's own themes."""
        return role_colours(self.current_theme)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Deny every action by name but a few harmless ones (security, control C4)."""
        del parameters
        return action in ACTIONS

    def _fatal_error(self) -> None:
        """End after an unhandled exception, without a single local variable on the terminal."""
        error = self._exception
        assert error is not None
        LOGGER.error("the screen crashed", exc_info=error)
        self._exit_renderables.append(Text(crash_report(error, self._redact)))
        self._close_messages_no_wait()

    # ------------------------------------------------------------------------------ the frame

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
        wall_ns = self.backend.clock.now_ns()
        changes = self.session.apply(events_now, now_ns=wall_ns)
        self.backend.look_at(self.session.looked_at)
        asked = self._trading.is_ready and self._trading.shows_chart
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
        late_ns = now_ns - self._last_frame_ns - NS_PER_S // self._ui.fps
        self._last_frame_ns = now_ns
        self._lags = [(at, lag) for at, lag in self._lags if now_ns - at < NS_PER_S]
        if late_ns > 0:
            self._lags.append((now_ns, late_ns))
        self.session.ui_lag_ms = max((lag for _, lag in self._lags), default=0) // NS_PER_MS
        if late_ns > STALL_NS:
            self.session.entry.stalled(now_ns)
        if late_ns > DISARM_LAG_NS:
            self._disarm(f"the screen stood still for {late_ns / NS_PER_S:.1f} s")

    def _watch(self, changes: Changes, now_ns: int) -> None:
        """Follow what events mean beyond the picture: new settle locks, bells, services to wait for."""
        session = self.session
        book = session.desk.connections.get((session.venue, StreamName.BOOK))
        is_up = book is not None and book.state in {ConnectionState.UP, ConnectionState.REPLAY}
        if is_up and not self._book_was_up:
            session.entry.settle(now_ns, "the feed has just come up")
        self._book_was_up = is_up
        for event in changes.disarmed:
            session.entry.settle(now_ns, "just disarmed")
            if event.reason:
                self.say(f"{event.venue} disarmed: {event.reason}", "warn", REFUSED_NS)
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
        self.session.entry.drop()
        self.send((Disarm(arm.venue, reason),), f"disarming {arm.venue}: {reason}")

    # ------------------------------------------------------------------------------ commands out

    def send(self, commands: Iterable[Command], text: str) -> None:
        """Hand commands to the engine now, in order; a worker waits for what becomes of each."""
        self.keys_first.sent(self._clock.mono_ns())
        for command in commands:
            self.await_outcome(self.backend.dispatch(command), type(command).__name__)
        if text:
            self.say(text)

    def await_outcome(self, future: Future[object], name: str) -> None:
        """Say so when what the engine was asked for is refused. To stop waiting does not take it back."""
        self.run_worker(self._outcome(future), name=name, group="commands", exit_on_error=True)

    async def _outcome(self, future: Future[object]) -> None:
        try:
            try:
                await asyncio.shield(asyncio.wrap_future(future))
            finally:
                self.keys_first.settled()
        except OmegaError as error:
            text = str(error) or type(error).__name__
            self.session.desk.note(self.backend.clock.now_ns(), Severity.WARNING, f"refused: {text}")
            self.say(f"refused: {text}", "alarm", REFUSED_NS)
            code = error.code if isinstance(error, OrderRefused) else type(error).__name__
            self.session.refused = RefusedHere(code, text, self.backend.clock.now_ns(), by_keys=False)
            self.redraw()

    def refresh_offer(self, facts: DeskFacts) -> None:
        """Say in the strip what a typed order would send now; the half of the app that has the keys does."""
        raise NotImplementedError

    def obey(self, decision: Decision) -> None:
        """Do what the order grammar decided; the half of the app that has the keys knows the rest."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------ words

    def say(self, text: str, role: str = "", for_ns: int = SAID_NS) -> None:
        """Put a sentence into line 2 of the strip for a while."""
        self._said = (Said(text, role), self._clock.mono_ns() + for_ns)

    def notify(self, message: str, **_: object) -> None:
        """Say it in the strip: nothing may ever cover the ladder (layouts, rule 3)."""
        self.say(message)

    def request_quit(self) -> None:
        """Quit; with orders at the venue only when asked a second time."""
        stays = what_stays(self.session.desk)
        now_ns = self._clock.mono_ns()
        if not stays or (self._asked_quit_ns and now_ns - self._asked_quit_ns < QUIT_NS):
            self.exit()
            return
        self._asked_quit_ns = now_ns
        more = "quit again within 5 s to leave so, {cancel.verb}{cancel.all} cancels all first"
        self.say(f"{stays}: {more}", "warn", QUIT_NS)
        self.redraw()

    async def action_quit(self) -> None:
        self.request_quit()

    def action_help_quit(self) -> None:
        self.say("ctrl+q or :q quits")
        self.redraw()
