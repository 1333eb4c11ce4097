"""The console as a Textual app, towards the trader: keys in, screens, typed lines.

Keys reach the order grammar through `ConsoleScreen.Pressed`, and the panic keys through `on_event`, before
anything that could be in their way.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from textual import events, on
from textual.screen import Screen

from omega_tui.clock import Clock, SystemClock
from omega_tui.config.model import OmegaConfig
from omega_tui.secret import Redactor
from omega_tui.ui.commands import calls
from omega_tui.ui.commands.command_history import History
from omega_tui.ui.commands.commands import Call
from omega_tui.ui.console.engine import REFUSED_NS, SMALLEST
from omega_tui.ui.console.places import PlacesApp
from omega_tui.ui.desk.backend import Backend
from omega_tui.ui.desk.feedback import Player
from omega_tui.ui.desk.order_facts import (
    Decision,
    Go,
    KeyPress,
    Reflag,
    Refused,
    Resize,
    RunLine,
    Send,
    Taken,
    TypeSize,
    Unclaimed,
)
from omega_tui.ui.desk.watch_list import WatchList
from omega_tui.ui.keys.key_names import written
from omega_tui.ui.keys.keymap import Context, Keymap
from omega_tui.ui.ladder.layouts import LayoutBook
from omega_tui.ui.late import alerts_screen, help_screen, list_screen, markets_screen
from omega_tui.ui.learn.explain_things import RefusedHere
from omega_tui.ui.learn.key_drill import DrillRecord
from omega_tui.ui.orders.strange_keys import SILENT, why_nothing
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.session.keys_learned import KeysLearned
from omega_tui.ui.style.internals import has_priority
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.units import NS_PER_S

DROPPED_NS: Final = 2 * NS_PER_S
"""So long the strip says why a key was dropped (ladder specification, section 9)."""


class OmegaApp(PlacesApp):
    """The console.

    Attributes:
        keys_learned: Whether the keys are known to the trader, and to the keyboard.
    """

    @cached_property
    def keys_learned(self) -> KeysLearned:
        """Whether the keys are known to the trader, and to the keyboard."""
        return KeysLearned(self._binds, self.session)

    # ------------------------------------------------------------------------------ keys in

    async def on_event(self, event: events.Event) -> None:
        """Take the panic keys and quit before everything else: modals, lines of text, whatever is focused."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.keys_first.key_taken()
            if event.key in SILENT:
                return
            action = self._binds.find(event.key, Context.ANY)
            if action.startswith("panic."):
                self._panic(action, event)
                return
            if action == "quit":
                self.request_quit()
                return
            if self._is_for_the_ladder:
                if not await has_priority(self, event.key):
                    self.app_focus = True
                    if self._trading.is_typing:
                        self._trading.take_key(event)
                    else:
                        self._press(event, self._trading.contexts())
                return
            if self.queues(event):
                return
        await super().on_event(event)

    @property
    def _is_for_the_ladder(self) -> bool:
        """Whether nothing on the way down to the ladder could want a key before the order grammar.

        Textual hands a key from queue to queue, and between any two of them a frame may be drawn. A line that
        has just been opened has not got the focus yet.
        """
        trading, focused = self._trading, self.focused
        has_keys = focused is None or isinstance(focused, Ladder)
        return self.screen is trading and trading.is_ready and has_keys

    def _panic(self, action: str, event: events.Key) -> None:
        if self.keys_learned.takes(action) or self.drill_panics():
            self._press(event, (Context.ANY,))
            return
        self.keys_learned.leave()
        if action == "panic.flatten" and self.screen is not self._trading:
            self.go("trade")
            self.say("F7 flattens what the ladder shows: look, then press it again", "warn")
            return
        if action == "panic.kill":
            self.close_line()  # What was typed is not sent any more, and `:unkill` begins a line of its own.
        elif action == "panic.flatten" and self._trading.is_typing:
            self.close_line()
        self._press(event, (Context.ANY,))

    @on(ConsoleScreen.Pressed)
    def _pressed(self, message: ConsoleScreen.Pressed) -> None:
        screen = self.screen
        self.came(message.key)
        if isinstance(screen, ConsoleScreen) and screen.is_typing:
            screen.take_key(message.key)
        else:
            self._press(message.key, message.contexts)

    def _press(self, event: events.Key, contexts: tuple[Context, ...]) -> None:
        """Put a key to the order grammar; what it does not claim moves the cursor or the screens."""
        self.stays_here()
        if self.answer_direction(event.key):
            self.redraw()
            return
        now_ns = self._clock.mono_ns()
        waited_ns = max(0, SystemClock().mono_ns() - round(event.time * NS_PER_S))
        facts = self.session.facts(self.backend.clock.now_ns())
        press = KeyPress(
            key=event.key,
            read_ns=now_ns - waited_ns,
            handled_ns=now_ns,
            pasteable=event.is_printable or event.key in {"enter", "tab"},
        )
        if self.drill_press(press, contexts):
            self.redraw()
            return
        drilled = self.keys_learned.press(press)
        if drilled is not None:
            if drilled:
                self.say(drilled)
            self.redraw()
            return
        painted = self.painted
        happened = self.session.entry.observe(facts, now_ns)
        if happened is not None:
            self.obey(happened)
        decision = self.session.entry.press(press, painted, facts, contexts)
        if isinstance(decision, Unclaimed):
            action = self._binds.find(event.key, *contexts)
            if not action or (
                action == "list.drop" and not isinstance(self.screen, alerts_screen.AlertsScreen)
            ):
                self._elsewhere(event.key, contexts)
            if not self.learn_key(action, event.character or ""):
                self.act(action)
        else:
            self.obey(decision)
            self._clear_strip(decision, self._binds.find(event.key, *contexts))
        if isinstance(decision, Send) or self._frame_must_wait():
            self.redraw_soon()
        else:
            self.redraw()

    def _clear_strip(self, decision: Decision, action: str) -> None:
        """Take the message out of the strip by the key that drops what stands there, be it only a message."""
        if action == "entry.drop" and decision == Taken():
            self._said = None

    def _elsewhere(self, key: str, contexts: tuple[Context, ...]) -> None:
        """Say why a key comes to nothing here, and of one of the ladder on another screen where it works."""
        if self.session.banner:
            self._said = None  # The banner answers this key: what was said of an older one is in its way.
        elif self.screen is self._trading or not self._binds.find(key, Context.TRADE):
            self.say(why_nothing(key, self._binds, *contexts))
        else:
            self.say(f"{written(key)} works on the ladder: {{go.verb}} {{go.trade}} goes there", "warn")

    def obey(self, decision: Decision) -> None:  # noqa: C901, PLR0912 - one case per decision
        match decision:
            case Send(commands, text, cursor):
                self.send(commands, text)
                if cursor is not None:
                    self.session.point(cursor)
            case Refused(code, text, disarm):
                self.say(text, "warn", DROPPED_NS if decision.is_drop else REFUSED_NS)
                now_ns = self.backend.clock.now_ns()
                self.session.refused = RefusedHere(code, self._binds.said(text), now_ns, by_keys=True)
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
                self.open_line("size ")
            case RunLine(line):
                self.run_line(line)
            case Go(target, number):
                self.go(target, number)
            case _:
                pass

    def act(self, action: str) -> None:  # noqa: C901, PLR0912 - one case per binding
        """Do what a key means that has nothing to do with orders."""
        screen = self.screen
        if self.session.navigate(action):
            return
        if action.startswith("replay."):
            calls.steer(self, action)
            return
        match action:
            case "market.framing":
                self._flip()
            case "pane.next" | "pane.previous":
                self._trading.next_pane(1 if action == "pane.next" else -1)
            case "ladder.next" | "ladder.previous":
                self.step_ladder(1 if action == "ladder.next" else -1)
            case "market.next" | "market.previous":
                self.show_market(self.session.neighbours(1 if action == "market.next" else -1))
            case "alert.here":
                self.alert_here()
            case "list.drop" | "list.choose" if isinstance(screen, alerts_screen.AlertsScreen):
                self.alert_chosen(screen.choice, drops=action == "list.drop")
            case "list.watch":
                self.watch_chosen(screen.choice if isinstance(screen, markets_screen.MarketsScreen) else None)
            case "find":
                self.open_line("/")
            case "command":
                self.open_line(":")
            case "help":
                self.go("trade" if isinstance(screen, help_screen.HelpScreen) else "help")
            case "hint.quit":
                self.say("q does nothing here: :q or ctrl+q quits")
            case "list.leave":
                self._leave(screen)
            case "list.choose":
                if isinstance(screen, markets_screen.MarketsScreen) and screen.choice is not None:
                    self.show_market(screen.choice.id)
                self.go("trade")
            case "list.drop":
                pass  # There is something to be dropped on the screen of the alerts alone.
            case _ if action.startswith("list.") and isinstance(screen, list_screen.ListScreen):
                screen.move(action)
            case _:
                pass

    def _leave(self, screen: Screen[Any]) -> None:
        """Undo the narrowing of a list first, then go back to the ladder."""
        if isinstance(screen, markets_screen.MarketsScreen) and screen.query_text:
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

    def drill(self, argument: str) -> None:
        """Begin a drill of the keys, or skip it where `argument` is `skip`."""
        self.go("trade")
        said = self.keys_learned.skip() if argument == "skip" else self.keys_learned.begin(self.mono_ns())
        if said:
            self.say(said, "warn")

    def frame(self) -> None:
        said = self.keys_learned.watch(self.mono_ns())
        if said:
            self.say(said, "warn", REFUSED_NS)
        super().frame()

    # ------------------------------------------------------------------------------ the terminal

    @on(ConsoleScreen.Opened)
    def _opened(self) -> None:
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        was_too_small = self.session.too_small
        self.session.too_small = width < SMALLEST[0] or height < SMALLEST[1]
        if self.session.too_small:
            self.say("the terminal is too small to trade: 60 columns and 18 rows are needed", "alarm")
        elif was_too_small:
            self.say("the terminal is large enough to trade again; nothing arms by itself")
        self.resized(width)
        self.call_after_refresh(self.redraw)

    def on_mount(self) -> None:
        # A stop by SIGTSTP is told when it is over, one that this program asks for before it begins.
        for signal in (self.app_suspend_signal, self.app_resume_signal):
            signal.subscribe(self, lambda _: self._disarm("the console was suspended"), immediate=True)

    def on_app_blur(self) -> None:
        if self._ui.disarm_on_blur:
            self._disarm("the terminal window lost the focus")

    def on_app_focus(self) -> None:
        self.session.entry.settle(self._clock.mono_ns(), "the window has just got the focus")

    def run_call(self, call: Call) -> None:
        """Carry out a command of the command line or of the palette."""
        calls.run(self, call)
        self.redraw()


def make_app(  # noqa: PLR0913 - what an app is made of
    backend: Backend,
    config: OmegaConfig,
    *,
    clock: Clock | None = None,
    redactor: Redactor | None = None,
    instrument: str = "",
    keymap: Keymap | None = None,
    commands: Mapping[str, str] | None = None,
    history: History | None = None,
    layouts: LayoutBook | None = None,
    watch: WatchList | None = None,
    drills: DrillRecord | None = None,
    player: Player | None = None,
) -> OmegaApp:
    """Return the console over a backend; used alike by the program, the tests and the screenshots.

    Args:
        backend: The engine, not started; the app starts it after its first paint.
        config: The effective configuration.
        clock: The screen's own clock; the machine's when left out. Never the recording's.
        redactor: Knows the secrets in use; they are taken out of a crash report.
        instrument: Which market to show first, by id; the first with a book when left out.
        keymap: The bindings in force; the shipped ones that the configuration names when left out.
        commands: The trader's own commands, by name.
        history: What was typed in earlier sessions.
        layouts: What was saved in earlier sessions.
        watch: The markets that were watched then.
        drills: Knows whether the keymap is new to the trader; never, when left out.
        player: The trader's own sounds, beside the bell.
    """
    redactor = redactor if redactor is not None else Redactor()
    app = OmegaApp(
        backend,
        config,
        clock=clock if clock is not None else SystemClock(),
        redact=redactor.redact,
        instrument=instrument,
        keymap=keymap,
    )
    app.user_commands = dict(commands or {})
    app.history = history or History(redact=redactor.redact)
    app.resume(layouts or LayoutBook())
    app.watch_from(watch or WatchList())
    app.keys_learned.remember(drills)
    app.have_played(player)
    return app
