"""The console as a Textual app, towards the engine: its life, its commands, its words.

Nothing that trades is a Textual action (security, control C4): `check_action` lets a few harmless names
through, and commands leave through `send` alone.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

from rich.console import RenderableType
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
)
from omega_tui.domain.data_limits import data_limits
from omega_tui.domain.events.status import Severity
from omega_tui.errors import ConfigError, OmegaError, OrderRefused
from omega_tui.ui.console.crash import crash_report
from omega_tui.ui.console.keys_first import KeysFirst
from omega_tui.ui.console.quitting import what_stays
from omega_tui.ui.console.terminal import ConsoleDriver
from omega_tui.ui.desk.backend import Backend
from omega_tui.ui.desk.engine_watch import EngineWatch
from omega_tui.ui.desk.order_facts import Decision, DeskFacts
from omega_tui.ui.desk.sizing import Sizing
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.keys.keymap_presets import check_confirm, shipped
from omega_tui.ui.late import palette
from omega_tui.ui.learn.explain_things import RefusedHere
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.orders.flags import read_templates
from omega_tui.ui.screens.trading import TradingScreen
from omega_tui.ui.session.picture import Said
from omega_tui.ui.session.session import Session, Setting
from omega_tui.ui.style.linefilter import SAFE_TEXT
from omega_tui.ui.style.plain_glyphs import TABLES, PlainGlyphs
from omega_tui.ui.style.themes import bundled_files, load_theme, role_colours
from omega_tui.ui.text.thousands import Thousands
from omega_tui.units import NS_PER_S

LOGGER: Final = logging.getLogger(__name__)

SMALLEST: Final = (60, 18)
"""Below this many columns or rows nothing can be ordered (layouts, rule 1)."""
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
    """The console, as far as it knows the engine and speaks to the trader.

    Attributes:
        backend: The engine, as far as the screen knows it.
        session: What is shown.
        runs_on: The loop that it runs on; None before it does.
        is_leaving: Whether it was told to end.
        ended_by: What ended it that is no key of the trader's, in words for the log; empty otherwise.
        leaves: Called whenever it is told to end, in whatever thread that is.
    """

    CSS_PATH = ["omega.tcss", "screens/trading.tcss"]  # noqa: RUF012 - Textual's own attribute
    """That of the first screen is read with that of the app: another one means parsing all of it again."""
    TITLE = "omega-tui"
    COMMANDS = {lambda: palette.ConsoleProvider}  # noqa: RUF012 - Textual's own attribute
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
        self._engine = EngineWatch()
        entry = OrderEntry(self._binds)
        glyphs = "unicode" if config.ui.glyphs == "auto" else config.ui.glyphs
        setting = Setting(
            venue=backend.venue,
            is_live=backend.is_live,
            is_replay=backend.is_replay,
            limits=data_limits(config.data_state),
            ui_lag_ms=config.data_state.ui_lag_ms,
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
        self._glyph_filters: tuple[LineFilter, ...] = (PlainGlyphs(glyphs),) if glyphs in TABLES else ()
        if config.ui.thousands not in {"auto", "comma"}:
            self._glyph_filters += (Thousands(config.ui.thousands),)
        if config.ui.reduced_motion:
            self.animation_level = "none"
        self._trading = TradingScreen(clock, is_replay=backend.is_replay)
        self._said: tuple[Said, int] | None = None
        self._asked_quit_ns = 0
        self.runs_on: asyncio.AbstractEventLoop | None = None
        self.is_leaving = False
        self.ended_by = ""
        self.leaves: Callable[[], None] = lambda: None

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
        self._begin_to_leave()
        LOGGER.error("the screen crashed", exc_info=error)
        self._exit_renderables.append(Text(crash_report(error, self._redact)))
        self._close_messages_no_wait()

    # ------------------------------------------------------------------------------ commands out

    def send(self, commands: Iterable[Command], text: str) -> None:
        """Hand commands to the engine now, in order; a worker waits for what becomes of each."""
        self.keys_first.sent(self._clock.mono_ns())
        for command in commands:
            self.await_outcome(self.backend.dispatch(command), type(command).__name__, text)
        if text:
            self.say(text)

    def await_outcome(self, future: Future[object], name: str, text: str = "") -> None:
        """Say so when what the engine was asked for is refused. To stop waiting does not take it back.

        Args:
            future: Ends with the answer.
            name: Of what was asked.
            text: The same for people; empty where nobody needs to hear that it is not answered.
        """
        if text:
            self._engine.asked(future, text, self._clock.mono_ns())
        self.run_worker(self._outcome(future), name=name, group="commands", exit_on_error=True)

    async def _outcome(self, future: Future[object]) -> None:
        try:
            try:
                await asyncio.shield(asyncio.wrap_future(future))
            finally:
                self.keys_first.settled()
                self._engine.answered(future)
        except OmegaError as error:
            text = str(error) or type(error).__name__
            self.session.desk.note(self.backend.clock.now_ns(), Severity.WARNING, f"refused: {text}")
            self.say(f"refused: {text}", "alarm", REFUSED_NS)
            code = error.code if isinstance(error, OrderRefused) else type(error).__name__
            self.session.refused = RefusedHere(code, text, self.backend.clock.now_ns(), by_keys=False)
            self.redraw()

    def redraw(self) -> None:
        """Show at once what was changed; the half of the app that draws knows how."""
        raise NotImplementedError

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
        if self.session.desk.silence:
            more = "quit again within 5 s; the engine is not there to cancel, `omega-tui cancel --all` does"
        self.say(f"{stays}: {more}", "warn", QUIT_NS)
        self.redraw()

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End, in order; see `leaves`."""
        self._begin_to_leave()
        super().exit(result, return_code, message)

    def exit_soon(self, code: int, why: str) -> None:
        """Exit with that code and for that reason, in order; for handlers of signals, and for other threads.

        A signal may come in the midst of whatever the loop is doing, and even while it stands still. A screen
        that is being opened comes up first: Textual composes nothing more once it exits, and what looks for
        its parts on arrival would crash.
        """
        self.ended_by = self.ended_by or why
        self._begin_to_leave()
        leave = partial(self.call_later, self.exit, return_code=code)
        if self.runs_on is None:
            leave()
        elif not self.runs_on.is_closed():
            self.runs_on.call_soon_threadsafe(leave)

    def _begin_to_leave(self) -> None:
        self.is_leaving = True
        self.leaves()

    async def action_quit(self) -> None:
        self.request_quit()

    def action_help_quit(self) -> None:
        self.say("ctrl+q or :q quits")
        self.redraw()
