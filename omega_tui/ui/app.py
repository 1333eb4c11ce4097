"""The console as a Textual app: one frame, one way in for keys, one way out for commands.

Nothing that trades is a Textual action. Keys reach the order grammar through `ConsoleScreen.Pressed` and the
three panic keys through `on_event`; commands leave through `_send` alone.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, Final

from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from omega_tui.clock import Clock, SystemClock
from omega_tui.config import OmegaConfig
from omega_tui.domain.commands import (
    Arm,
    Command,
    Disarm,
    Kill,
    Reconcile,
    ReplayControl,
    ResyncBook,
    Unkill,
    WatchInstrument,
)
from omega_tui.domain.events import ServiceState, Severity, TradingMode
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import NS_PER_MS, NS_PER_S, ConnectionState, DataLimits, DataState, StreamName
from omega_tui.errors import ConfigError, OmegaError
from omega_tui.secret import Redactor
from omega_tui.ui.backend import Backend
from omega_tui.ui.commands import Call, Choices, complete, hint, parse
from omega_tui.ui.crash import crash_report
from omega_tui.ui.desk import Changes
from omega_tui.ui.keymap import Context, Keymap
from omega_tui.ui.linefilter import SAFE_TEXT
from omega_tui.ui.order_build import build_cancels
from omega_tui.ui.order_entry import OrderEntry, Verb
from omega_tui.ui.order_facts import (
    Decision,
    DeskFacts,
    Go,
    KeyPress,
    Reflag,
    Refused,
    Resize,
    Send,
    Taken,
    TypeSize,
    Unclaimed,
)
from omega_tui.ui.palette import ConsoleProvider
from omega_tui.ui.picture import Picture, Said
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.screens.help import HelpScreen
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.screens.markets import MarketsScreen
from omega_tui.ui.screens.system import SystemScreen
from omega_tui.ui.screens.trading import TradingScreen
from omega_tui.ui.session import Session, Setting
from omega_tui.ui.sizing import Sizing, parse_size
from omega_tui.ui.themes import load_themes, role_colours
from omega_tui.ui.widgets.command_line import CommandLine
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.search import Search

LOGGER: Final = logging.getLogger(__name__)

SMALLEST: Final = (60, 18)
"""Below this many columns or rows nothing can be ordered (layouts, rule 1)."""
SLOW_NS: Final = NS_PER_S // 4
"""What only ages is drawn this often."""
STALL_NS: Final = 250 * NS_PER_MS
"""After a frame this late, every key read before it is discarded (ladder specification, section 6)."""
DISARM_LAG_NS: Final = 1_000 * NS_PER_MS
"""A screen that stood still for longer than this disarms."""
REFUSED_NS: Final = 4 * NS_PER_S
SAID_NS: Final = 2 * NS_PER_S
"""How long a refusal, and any other sentence, stays in the strip."""
BELL_NS: Final = 1 * NS_PER_S
QUIT_NS: Final = 5 * NS_PER_S
"""A second quit within this time leaves working orders behind, as the first one said."""
SEEK_S: Final = 10.0
SEEK_MORE_S: Final = 60.0
_CANCELS: Final = {"here": "cursor"}
SLOWEST: Final = 0.125
FASTEST: Final = 1024.0

ACTIONS: Final = frozenset(
    {"quit", "command_palette", "help_quit", "focus_next", "focus_previous", "copy_text", "suspend_process"}
)
"""The only actions of the app that may be run by name, and so by a string: none of them trades."""


class OmegaApp(App[None]):
    """The console.

    Attributes:
        backend: The engine, as far as the screen knows it.
        session: What is shown.
    """

    CSS_PATH = "omega.tcss"
    TITLE = "omega-tui"
    COMMANDS = {ConsoleProvider}  # noqa: RUF012 - Textual's own attribute
    BINDINGS = [Binding("ctrl+c", "help_quit", show=False, priority=True)]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    NOTIFICATION_TIMEOUT = 0

    def __init__(
        self,
        backend: Backend,
        config: OmegaConfig,
        *,
        clock: Clock,
        redact: Callable[[str], str],
        instrument: str = "",
    ) -> None:
        super().__init__()
        self._themes = load_themes()
        if config.ui.theme not in self._themes:
            allowed = ", ".join(self._themes)
            raise ConfigError(source="configuration", key="ui.theme", found=config.ui.theme, allowed=allowed)
        for theme in self._themes.values():
            self.register_theme(theme)
        self.theme = config.ui.theme
        self.backend = backend
        self._ui = config.ui
        self._clock = clock
        self._redact = redact
        self._wanted = instrument
        self._binds = Keymap(enabled=frozenset({"market"} if config.ui.market_order_key else ()))
        entry = OrderEntry(self._binds)
        setting = Setting(
            venue=backend.venue,
            is_live=backend.is_live,
            is_replay=backend.is_replay,
            limits=DataLimits(
                live_ns=round(config.data_state.live_s * NS_PER_S),
                stale_ns=round(config.data_state.stale_s * NS_PER_S),
                quiet_verified_ns=round(config.data_state.quiet_verified_s * NS_PER_S),
                lag_ms=config.data_state.lag_ms,
                skew_ms=config.data_state.clock_skew_ms,
            ),
            glyphs=config.ui.glyphs,
        )
        self.session = Session(setting, entry, Sizing.of(config.ui.size_presets))
        self._trading = TradingScreen(clock, is_replay=backend.is_replay)
        self._said: tuple[Said, int] | None = None
        self._last_frame_ns = 0
        self._last_slow_ns = 0
        self._last_bell_ns = 0
        self._asked_quit_ns = 0
        self._lags: list[tuple[int, int]] = []
        self._disarmed_for: object = None
        self._book_was_up = False

    # ------------------------------------------------------------------------------ life

    def on_mount(self) -> None:
        self.push_screen(self._trading)
        self._last_frame_ns = self._clock.mono_ns()
        self.set_interval(1 / self._ui.fps, self.frame, name="frame")
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Start the engine, now that something is on the screen, and wait for each of its services."""
        self.backend.start()
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
        return [*super().get_line_filters(), SAFE_TEXT]

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

    def frame(self) -> None:
        """Drain the events, fold them, let time pass, show the result. The only interval of the program."""
        now_ns = self._clock.mono_ns()
        self._watch_stall(now_ns)
        events_now = self.backend.drain()
        wall_ns = self.backend.clock.now_ns()
        changes = self.session.apply(events_now, now_ns=wall_ns)
        if self._wanted and self._wanted in self.session.desk.instruments:
            wanted, self._wanted = self._wanted, ""
            self.show_market(wanted)
        slow = now_ns - self._last_slow_ns >= SLOW_NS
        expired = self._said is not None and now_ns >= self._said[1]
        if not (events_now or slow or expired or self.session.entry.is_pending):
            return
        if expired:
            self._said = None
        if slow:
            self._last_slow_ns = now_ns
        self._watch(changes, now_ns)
        facts = self.session.facts(wall_ns)
        dropped = self.session.entry.observe(facts, now_ns)
        if dropped is not None:
            self.say(dropped.text, "warn", REFUSED_NS)
        self._guard_arming(facts)
        self._show(facts, changes, wall_ns, slow=slow)

    def _show(self, facts: DeskFacts, changes: Changes, wall_ns: int, *, slow: bool) -> None:
        shown = [screen for screen in self.screen_stack if isinstance(screen, ConsoleScreen)]
        if not shown or not shown[-1].is_ready:
            return
        screen = shown[-1]
        said = self._said[0] if self._said is not None else None
        painted = self._trading.ladder.painted if screen is self._trading else None
        screen.show(Picture(self.session, facts, changes, painted, wall_ns, said, self._binds, slow))

    def redraw(self) -> None:
        """Show at once what a key changed, without waiting for the frame."""
        wall_ns = self.backend.clock.now_ns()
        changes = Changes(set(), [], orders=True, positions=True, log=True, instruments=True, status=True)
        self._show(self.session.facts(wall_ns), changes, wall_ns, slow=True)

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
        if changes.log and session.desk.log and session.desk.log[-1].severity is Severity.ALARM:
            self._ring(now_ns)

    def _is_awaited(self, name: str) -> bool:
        return any(
            worker.group == "services" and worker.name == name and not worker.is_finished
            for worker in self.workers
        )

    def _ring(self, now_ns: int) -> None:
        if now_ns - self._last_bell_ns >= BELL_NS or not self._last_bell_ns:
            self._last_bell_ns = now_ns
            self.bell()

    def _guard_arming(self, facts: DeskFacts) -> None:
        """Disarm when the ground for being armed is gone (ladder specification, section 6)."""
        if facts.mode is not TradingMode.ARMED:
            return
        account = self.session.desk.connections.get((facts.venue, StreamName.ACCOUNT))
        if self.session.too_small:
            self._disarm("the terminal is too small to trade")
        elif facts.data.state in {DataState.STALE, DataState.DOWN}:
            why = f": {facts.data.reason}" if facts.data.reason else ""
            self._disarm(f"the book is {facts.data.state}{why}")
        elif account is not None and account.state is ConnectionState.DOWN:
            self._disarm("the private stream is down")

    def _disarm(self, reason: str) -> None:
        """Ask for a disarm, once per arming."""
        arm = self.session.desk.arm.get(self.session.venue)
        if arm is None or arm.mode is not TradingMode.ARMED or arm is self._disarmed_for:
            return
        self._disarmed_for = arm
        self.session.entry.drop()
        self.send((Disarm(None, reason),), f"disarming: {reason}")

    # ------------------------------------------------------------------------------ keys in

    async def on_event(self, event: events.Event) -> None:
        """Take the panic keys and quit before everything else: modals, lines of text, whatever is focused."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            action = self._binds.find(event.key, Context.ANY)
            if action.startswith("panic."):
                self._panic(action, event)
                return
            if action == "quit":
                self.request_quit()
                return
        await super().on_event(event)

    def _panic(self, action: str, event: events.Key) -> None:
        if action == "panic.flatten" and self.screen is not self._trading:
            self.go("trade")
            self.say("F7 flattens what the ladder shows: look, then press it again", "warn")
            return
        if action == "panic.flatten" and self._trading.is_typing:
            self._close_line()
        self._press(event, (Context.ANY,))

    @on(ConsoleScreen.Pressed)
    def _pressed(self, message: ConsoleScreen.Pressed) -> None:
        self._press(message.key, message.contexts)

    def _press(self, event: events.Key, contexts: tuple[Context, ...]) -> None:
        """Put a key to the order grammar; what it does not claim moves the cursor or the screens."""
        now_ns = self._clock.mono_ns()
        waited_ns = max(0, SystemClock().mono_ns() - round(event.time * NS_PER_S))
        facts = self.session.facts(self.backend.clock.now_ns())
        press = KeyPress(
            key=event.key,
            read_ns=now_ns - waited_ns,
            handled_ns=now_ns,
            pasteable=event.is_printable or event.key in {"enter", "tab"},
        )
        painted = self._trading.ladder.painted if self.screen is self._trading else None
        decision = self.session.entry.press(press, painted, facts, contexts)
        if isinstance(decision, Unclaimed):
            self._act(self._binds.find(event.key, *contexts), event.key)
        else:
            self._obey(decision)
        self.redraw()

    def _obey(self, decision: Decision) -> None:  # noqa: C901 - one case per decision
        match decision:
            case Send(commands, text):
                self.send(commands, text)
            case Refused(_, text, disarm):
                self.say(text, "warn", REFUSED_NS)
                if disarm:
                    self._disarm(disarm)
            case Taken(text):
                if text:
                    self.say(text)
                elif self.session.entry.is_pending:
                    self._said = None
            case Resize(sizing, text):
                self.session.sizing = sizing
                self.say(text)
            case Reflag(flags, text):
                self.session.flags = flags
                self.say(text)
            case TypeSize():
                self._open_line("size ")
            case Go(target):
                self.go(target)
            case _:
                pass

    def _act(self, action: str, key: str) -> None:  # noqa: C901, PLR0912 - one case per binding
        """Do what a key means that has nothing to do with orders."""
        screen = self.screen
        if self.session.navigate(action):
            return
        if action.startswith("replay."):
            self._steer(action)
            return
        match action:
            case "":
                if not key.isascii():
                    self.say(
                        "that letter is not on the keymap: F7, F8, F9, Delete and arrows always work", "warn"
                    )
            case "market.framing":
                self._flip()
            case "pane.next":
                self._trading.next_pane()
            case "market.next" | "market.previous":
                self.show_market(self.session.neighbours(1 if action == "market.next" else -1))
            case "find":
                self._open_line("/")
            case "command":
                self._open_line(":")
            case "help":
                self.go("trade" if isinstance(screen, HelpScreen) else "help")
            case "hint.quit":
                self.say("q does nothing here: :q or ctrl+q quits")
            case "list.leave":
                self._leave(screen)
            case "list.choose":
                if isinstance(screen, MarketsScreen) and screen.choice is not None:
                    self.show_market(screen.choice.id)
                self.go("trade")
            case _ if action.startswith("list.") and isinstance(screen, ListScreen):
                screen.move(action)
            case _:
                pass

    def _leave(self, screen: Screen[Any]) -> None:
        """Undo the narrowing of a list first, then go back to the ladder."""
        if isinstance(screen, MarketsScreen) and screen.query_text:
            screen.query_text = ""
        else:
            self.go("trade")

    def _flip(self) -> None:
        """Show the other outcome of the market; without one, the next pane."""
        known = self.session.instrument
        if known is not None and known.complement_id in self.session.desk.instruments:
            self.show_market(known.complement_id)
        else:
            self._trading.next_pane()

    def _steer(self, action: str) -> None:
        replay = self.session.desk.replay
        if replay is None:
            return
        speed = replay.speed or FASTEST
        control = {
            "replay.pause": ReplayControl(paused=not replay.paused),
            "replay.step": ReplayControl(paused=True, step=1),
            "replay.faster": ReplayControl(speed=0.0 if speed * 2 > FASTEST else speed * 2),
            "replay.slower": ReplayControl(speed=max(SLOWEST, speed / 2)),
            "replay.forward": ReplayControl(seek_s=SEEK_S),
            "replay.back": ReplayControl(seek_s=-SEEK_S),
            "replay.forward_more": ReplayControl(seek_s=SEEK_MORE_S),
            "replay.back_more": ReplayControl(seek_s=-SEEK_MORE_S),
        }[action]
        self.send((control,), "")

    # ------------------------------------------------------------------------------ places

    def go(self, target: str) -> None:
        """Go where a `go.` binding or `:go` says; the trade screen's panes are places too."""
        self._close_line()
        match target:
            case "markets":
                self._to(MarketsScreen())
            case "system":
                self._to(SystemScreen())
            case "help":
                self._to(HelpScreen())
            case "volume":
                self.session.reset_volume()
                self.say("volume at price counts from now on")
            case _:
                self._to(None)
                if target in {"tape", "orders", "positions", "log"}:
                    self._trading.pane = target
                if target == "orders":
                    self._next_order()

    def _to(self, screen: ConsoleScreen | None) -> None:
        """Put a screen over the trade screen; None takes away what is over it."""
        while len(self.screen_stack) > 1 and self.screen is not self._trading:
            self.pop_screen()
        if screen is not None:
            self.push_screen(screen)
        self.session.entry.settle(self._clock.mono_ns(), "the screen has just changed")

    def _next_order(self) -> None:
        price = self.session.next_own_price()
        if price is None:
            self.say("no order of yours is working here")
        else:
            self.session.point(price)

    def show_market(self, instrument_id: str) -> None:
        """Put a market on the ladder; its book is asked for when it is not followed yet."""
        if not instrument_id or instrument_id == self.session.instrument_id:
            return
        if instrument_id not in self.session.desk.books and not self.backend.is_replay:
            self.send((WatchInstrument(instrument_id),), "")
        self.session.show(instrument_id)

    @on(ConsoleScreen.Opened)
    def _opened(self) -> None:
        self.redraw()

    @on(Ladder.RowsChanged)
    def _rows_changed(self, event: Ladder.RowsChanged) -> None:
        self.session.resize(event.rows)
        self.session.entry.settle(self._clock.mono_ns(), "the layout has just changed")

    @on(Ladder.Clicked)
    def _clicked(self, event: Ladder.Clicked) -> None:
        self.session.point(event.price)
        self.redraw()

    @on(Ladder.Scrolled)
    def _scrolled(self, event: Ladder.Scrolled) -> None:
        self.session.scroll(event.rows)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.session.too_small = width < SMALLEST[0] or height < SMALLEST[1]
        if self.session.too_small:
            self.say("the terminal is too small to trade: 60 columns and 18 rows are needed", "alarm")
        self.call_after_refresh(self.redraw)

    def on_app_blur(self) -> None:
        if self._ui.disarm_on_blur:
            self._disarm("the terminal window lost the focus")

    def on_app_focus(self) -> None:
        self.session.entry.settle(self._clock.mono_ns(), "the window has just got the focus")

    # ------------------------------------------------------------------------------ typed lines

    def choices(self) -> Choices:
        """Return what arguments of commands can be completed from."""
        names = {f"{one.name} {one.base}".strip() for one in self.session.desk.instruments.values()}
        return Choices(tuple(self._themes), tuple(sorted(names)), tuple(self.backend.service_names))

    def _open_line(self, prompt: str) -> None:
        screen = self.screen
        if not isinstance(screen, ConsoleScreen):
            return
        self.session.entry.drop()
        screen.open_line(prompt)
        if prompt == "/" and screen is self._trading:
            self._trading.query_one("#side").display = False
            self._trading.query_one(Search).display = True
            self._find("")
        self._offer(prompt, "")

    def _close_line(self) -> None:
        screen = self.screen
        if not isinstance(screen, ConsoleScreen) or not screen.is_typing:
            return
        screen.close_line()
        if screen is self._trading:
            self._trading.query_one(Search).display = False
            self._trading.query_one("#side").display = True
        self.session.entry.settle(self._clock.mono_ns(), "the line has just been closed")

    @on(CommandLine.Typed)
    def _typed(self, message: CommandLine.Typed) -> None:
        if isinstance(message, CommandLine.Entered | CommandLine.Completion):
            return
        if message.prompt == "/":
            self._find(message.text)
        self._offer(message.prompt, message.text)

    def _offer(self, prompt: str, text: str) -> None:
        """Say in the strip what the line would do."""
        screen = self.screen
        if not isinstance(screen, ConsoleScreen):
            return
        if prompt == ":":
            screen.offered = hint(text, self.choices())
        elif prompt == "/":
            choice = self._choice()
            found = f"Enter shows {choice.name} {choice.base}" if choice is not None else ""
            screen.offered = found or "nothing of that name is known"
        else:
            screen.offered = self._size_in_words(text) if text else "1500, 1.5k, 50% of the position, 100$"
        self.redraw()

    def _choice(self) -> Instrument | None:
        """Return the market that Enter would show."""
        screen = self.screen
        return screen.choice if isinstance(screen, MarketsScreen) else self._trading.query_one(Search).choice

    def _find(self, text: str) -> None:
        screen = self.screen
        if isinstance(screen, MarketsScreen):
            screen.query_text = text
            screen.selected = 0
        elif screen is self._trading:
            search = self._trading.query_one(Search)
            search.query_text = text
            search.show(self.session.desk, self.session.instrument_id)

    @on(CommandLine.Moved)
    def _moved(self, message: CommandLine.Moved) -> None:
        screen = self.screen
        if isinstance(screen, MarketsScreen):
            screen.move("list.down" if message.step > 0 else "list.up")
        elif screen is self._trading and self._trading.query_one(Search).display:
            search = self._trading.query_one(Search)
            search.move(message.step)
            search.show(self.session.desk, self.session.instrument_id)
            self._offer("/", search.query_text)
        self.redraw()

    @on(CommandLine.Completion)
    def _complete(self, message: CommandLine.Completion) -> None:
        if message.prompt != ":":
            return
        candidates = complete(message.text, self.choices())
        if candidates:
            stem = _common(candidates)
            longer = stem if len(stem) > len(message.text) else candidates[0]
            self.screen.query_one(CommandLine).fill(longer)

    @on(CommandLine.Left)
    def _left(self) -> None:
        if isinstance(self.screen, MarketsScreen):
            self.screen.query_text = ""
        self._close_line()
        self.redraw()

    @on(CommandLine.Entered)
    def _entered(self, message: CommandLine.Entered) -> None:
        text = message.text
        choice = self._choice() if message.prompt == "/" else None
        self._close_line()
        match message.prompt:
            case "/":
                if choice is not None:
                    self.go("trade")
                    self.show_market(choice.id)
            case ":":
                self._run_line(text)
            case _:
                self.set_size(text)
        self.redraw()

    def _run_line(self, text: str) -> None:
        if not text.strip():
            return
        try:
            call = parse(text, self.choices())
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        self.run_call(call)

    def run_call(self, call: Call) -> None:
        """Carry out a command of the command line or of the palette."""
        self._carry_out(call)
        self.redraw()

    def _carry_out(self, call: Call) -> None:  # noqa: C901, PLR0912 - one case per command
        venue, argument = self.session.venue, call.argument
        facts = self.session.facts(self.backend.clock.now_ns())
        match call.name:
            case "arm":
                self._arm(facts)
            case "disarm":
                self.send((Disarm(venue, "asked for"),), "disarming")
            case "kill":
                self.send((Kill("asked for"),), "KILL: disarming, canceling everything everywhere")
            case "unkill":
                self.send((Unkill(),), "leaving the kill")
            case "cancel":
                painted = self._trading.ladder.painted
                built = build_cancels(f"cancel.{_CANCELS.get(argument, argument)}", painted, facts)
                self._obey(built if isinstance(built, Refused) else Send(*built))
            case "flatten":
                self.go("trade")
                self._obey(self.session.entry.begin(Verb.FLATTEN, self._clock.mono_ns(), facts))
            case "size":
                self.set_size(argument)
            case "market":
                self._show_named(argument)
            case "theme":
                self.theme = argument
            case "resync":
                self.send((ResyncBook(self.session.instrument_id),), "asking for the book afresh")
            case "reconcile":
                self.send((Reconcile(),), "asking the venue for everything")
            case "restart":
                self.await_outcome(self.backend.restart(argument), f"restart {argument}")
                self.say(f"starting {argument} again")
            case "go" | "help":
                self.go(argument or "help")
            case "pane":
                self._trading.pane = argument
            case "volume":
                self.go("volume")
            case "q" | "quit":
                self.request_quit()
            case "pause":
                self._steer("replay.pause")
            case _:
                self._steer_by(call)

    def _arm(self, facts: DeskFacts) -> None:
        """Arm by command: a typed line is as deliberate as `A` then Enter, under the same conditions."""
        if facts.mode is TradingMode.ARMED:
            self.say("armed already")
            return
        decision = self.session.entry.begin(Verb.ARM, self._clock.mono_ns(), facts)
        self.session.entry.drop()
        self._obey(decision if isinstance(decision, Refused) else Send((Arm(facts.venue),), "arming"))

    def _show_named(self, name: str) -> None:
        for one in self.session.desk.instruments.values():
            if f"{one.name} {one.base}".strip() == name:
                self.go("trade")
                self.show_market(one.id)
                return

    def _steer_by(self, call: Call) -> None:
        """Seek or change the speed of a replay to a typed number."""
        try:
            number = 0.0 if call.argument == "max" else float(call.argument)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or (call.name == "speed" and number < 0):
            self.say(f":{call.name} wants a number, not '{call.argument}'", "warn", REFUSED_NS)
        elif self.session.desk.replay is None:
            self.say("this is no replay", "warn")
        elif call.name == "speed":
            self.send((ReplayControl(speed=number),), "")
        else:
            self.send((ReplayControl(seek_s=number),), "")

    def _size_in_words(self, text: str) -> str:
        known = self.session.instrument
        if known is None:
            return "no market is on screen"
        painted = self._trading.ladder.painted
        price = painted.best_ask or painted.best_bid if painted is not None else None
        position = self.session.position
        held = position.quantity if position is not None else known.lot_size * 0
        try:
            return parse_size(text, known, price=price, position=held)[1]
        except ValueError as error:
            return str(error)

    def set_size(self, text: str) -> None:
        """Take a typed size for the next order, or say why not."""
        known = self.session.instrument
        if known is None:
            self.say("no market is on screen", "warn")
            return
        painted = self._trading.ladder.painted
        price = painted.best_ask or painted.best_bid if painted is not None else None
        position = self.session.position
        held = position.quantity if position is not None else known.lot_size * 0
        try:
            size, words = parse_size(text, known, price=price, position=held)
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        self.session.sizing = self.session.sizing.exactly(size)
        self.say(f"size {words}")

    # ------------------------------------------------------------------------------ commands out

    def send(self, commands: Iterable[Command], text: str) -> None:
        """Hand commands to the engine now, in order; a worker waits for what becomes of each."""
        for command in commands:
            self.await_outcome(self.backend.dispatch(command), type(command).__name__)
        if text:
            self.say(text)

    def await_outcome(self, future: Future[None], name: str) -> None:
        """Say so when what the engine was asked for is refused. To stop waiting does not take it back."""
        self.run_worker(self._outcome(future), name=name, group="commands", exit_on_error=True)

    async def _outcome(self, future: Future[None]) -> None:
        try:
            await asyncio.shield(asyncio.wrap_future(future))
        except OmegaError as error:
            text = str(error) or type(error).__name__
            self.session.desk.note(self.backend.clock.now_ns(), Severity.WARNING, f"refused: {text}")
            self.say(f"refused: {text}", "alarm", REFUSED_NS)
            self.redraw()

    # ------------------------------------------------------------------------------ words

    def say(self, text: str, role: str = "", for_ns: int = SAID_NS) -> None:
        """Put a sentence into line 2 of the strip for a while."""
        self._said = (Said(text, role), self._clock.mono_ns() + for_ns)

    def notify(self, message: str, **_: object) -> None:
        """Say it in the strip: nothing may ever cover the ladder (layouts, rule 3)."""
        self.say(message)

    def request_quit(self) -> None:
        """Quit; with orders at the venue only when asked a second time."""
        working = len([order for order in self.session.desk.working() if order.status.may_rest])
        now_ns = self._clock.mono_ns()
        if not working or (self._asked_quit_ns and now_ns - self._asked_quit_ns < QUIT_NS):
            self.exit()
            return
        self._asked_quit_ns = now_ns
        stay = "1 order stays" if working == 1 else f"{working} orders stay"
        self.say(
            f"{stay} at the venue: quit again within 5 s to leave so, xa cancels all first", "warn", QUIT_NS
        )
        self.redraw()

    async def action_quit(self) -> None:
        self.request_quit()

    def action_help_quit(self) -> None:
        self.say("ctrl+q or :q quits")
        self.redraw()

    def action_command_palette(self) -> None:
        """Open the palette beside the ladder; where it would cover prices, not while armed."""
        armed = self.session.desk.mode(self.session.venue) is TradingMode.ARMED
        if armed and self.size.width < 100:
            self.say("the palette would cover the ladder while armed; : has the same commands", "warn")
            self.redraw()
        elif not isinstance(self.screen, CommandPalette):
            self._close_line()
            self.session.entry.settle(self._clock.mono_ns(), "the palette was open")
            self.push_screen(CommandPalette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer none of Textual's own: the palette lists ours."""
        del screen
        return ()


def _common(words: Sequence[str]) -> str:
    """Return the beginning that all words share."""
    first, last = min(words), max(words)
    for place, letter in enumerate(first):
        if place >= len(last) or last[place] != letter:
            return first[:place]
    return first


def make_app(
    backend: Backend,
    config: OmegaConfig,
    *,
    clock: Clock | None = None,
    redactor: Redactor | None = None,
    instrument: str = "",
) -> OmegaApp:
    """Return the console over a backend; used alike by the program, the tests and the screenshots.

    Args:
        backend: The engine, not started; the app starts it after its first paint.
        config: The effective configuration.
        clock: The screen's own clock; the machine's when left out. Never the recording's.
        redactor: Knows the secrets in use; they are taken out of a crash report.
        instrument: Which market to show first, by id; the first with a book when left out.
    """
    redactor = redactor if redactor is not None else Redactor()
    return OmegaApp(
        backend,
        config,
        clock=clock if clock is not None else SystemClock(),
        redact=redactor.redact,
        instrument=instrument,
    )
