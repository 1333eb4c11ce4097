"""The console as far as lines are typed into it: commands, orders, searches, exact sizes; and the palette."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from textual import on
from textual.app import SystemCommand
from textual.command import CommandPalette
from textual.events import Key
from textual.screen import Screen

from omega_tui.clock import SystemClock
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import Instrument
from omega_tui.ui.commands.command_history import History
from omega_tui.ui.commands.commands import Call, Choices, hint, parse
from omega_tui.ui.commands.tab_key import TabKey
from omega_tui.ui.commands.user_commands import expand
from omega_tui.ui.console.engine import REFUSED_NS
from omega_tui.ui.console.ladder import LadderApp
from omega_tui.ui.desk.order_facts import DeskFacts, Refused, Send
from omega_tui.ui.late import markets_screen, order_line, palette, phrase_grammar, surroundings
from omega_tui.ui.panes.program_pane import program_names
from omega_tui.ui.screens.base import ConsoleScreen
from omega_tui.ui.style.direction import Direction
from omega_tui.ui.widgets.command_line import CommandLine
from omega_tui.ui.widgets.search import Search
from omega_tui.units import NS_PER_S


class LineApp(LadderApp):
    """The console's lines of text.

    Attributes:
        user_commands: The trader's own commands: the line by the name.
        history: What was typed after `:`.
        keys_on_way: How many characters a screen was given that have not come back as `Pressed`.
    """

    def __init__(self, *parts: Any, **options: Any) -> None:  # noqa: ANN401 - those of the base class
        super().__init__(*parts, **options)
        self.user_commands: Mapping[str, str] = {}
        self.history = History()
        self.keys_on_way = 0
        self._tab = TabKey()
        self._refusal = ("", "", 0)

    @cached_property
    def _order_line(self) -> "order_line.OrderLine":
        return order_line.OrderLine()

    def go(self, target: str, number: int = 0) -> None:
        """Show a screen or a pane; the other half of the app knows them."""
        raise NotImplementedError

    def run_call(self, call: Call) -> None:
        """Carry out a command."""
        raise NotImplementedError

    def choices(self) -> Choices:
        """Return what arguments of commands can be completed from."""
        desk = self.session.desk
        names = {desk.full_name(one) for one in desk.instruments.values()}
        return Choices(
            themes=(*self._theme_files, *(f"dir {one}" for one in Direction)),
            markets=tuple(sorted(names)),
            services=tuple(self.backend.service_names),
            programs=tuple(program_names(tuple(desk.programs.values()))),
            user=tuple(self.user_commands),
            venues=tuple(desk.venues),
            layouts=self.layouts.names,
        )

    def queues(self, key: Key) -> bool:
        """Put a key behind the characters that are still on their way to a line which has just opened.

        A paste comes in several reads: what was read before the line had opened goes through the screen, and
        what is read later would overtake it. Returns whether the key was queued so.
        """
        screen = self.screen
        if not isinstance(screen, ConsoleScreen):
            return False
        if screen.focused is None:
            self.keys_on_way += key.is_printable
            return False
        if not (self.keys_on_way and (key.is_printable or key.key in {"enter", "backspace"})):
            return False
        self.keys_on_way += key.is_printable
        screen.queue_key(key)
        return True

    def came(self, key: Key) -> None:
        """A key has come back from the screen that it was given to."""
        self.keys_on_way = max(0, self.keys_on_way - key.is_printable)

    def open_line(self, prompt: str) -> None:
        screen = self.screen
        if not isinstance(screen, ConsoleScreen) or not screen.is_ready:
            return
        self.session.entry.drop()
        screen.open_line(prompt)
        if prompt == "/" and screen is self._trading:
            self._trading.query_one("#side").display = False
            self._trading.query_one(Search).display = True
            self._find("")
        self._offer(prompt, "")

    def close_line(self) -> None:
        screen = self.screen
        if not isinstance(screen, ConsoleScreen) or not screen.is_typing:
            return
        screen.close_line()
        self._order_line.forget()
        self.history.leave()
        if screen is self._trading:
            self._trading.query_one(Search).display = False
            self._trading.query_one("#side").display = True
        self.session.entry.settle(self._clock.mono_ns(), "the line has just been closed")

    @on(CommandLine.Typed)
    def _typed(self, message: CommandLine.Typed) -> None:
        if isinstance(message, CommandLine.Entered | CommandLine.Completion):
            return
        if isinstance(self.screen, ConsoleScreen) and not self.screen.is_typing:
            return  # The line was closed meanwhile, as by an Enter that came in the same breath.
        if message.prompt == "/":
            self._find(message.text)
        self._offer(message.prompt, message.text)

    def _offer(self, prompt: str, text: str) -> None:
        """Say in the strip what the line would do."""
        screen = self.screen
        if not isinstance(screen, ConsoleScreen):
            return
        screen.offered_role = "dim"
        if prompt == ":":
            if not self._is_order(text):
                screen.offered = self._tab.others(text) or hint(text, self.choices())
        elif prompt == "/":
            choice = self._choice()
            found = f"Enter shows {self.session.desk.full_name(choice)}" if choice is not None else ""
            screen.offered = found or "nothing of that name is known"
        else:
            screen.offered = self._size_in_words(text) if text else "1500, 1.5k, 50% of the position, 100$"
        self.redraw()

    def _is_order(self, text: str) -> bool:
        """Whether a line is an order in words, by itself or through a command of the trader."""
        name = text.split(maxsplit=1)[0] if text.strip() else ""
        return phrase_grammar.is_phrase(self.user_commands.get(name, text))

    def _expanded(self, text: str) -> str:
        """Return what a line stands for.

        Raises:
            ValueError: A word after a command of the trader is missing.
        """
        return expand(text, self.user_commands)

    def refresh_offer(self, facts: DeskFacts) -> None:
        screen = self.screen
        if not isinstance(screen, ConsoleScreen) or not screen.is_typing:
            return
        line = screen.query_one(CommandLine)
        if line.prompt != ":" or not self._is_order(line.text):
            return
        shown = self._preview(line.text, facts)
        refused_line, why, until_ns = self._refusal
        if refused_line == line.text and self._clock.mono_ns() < until_ns:
            # What Enter would send stays on the screen, behind the reason why it did not.
            screen.offered, screen.offered_role = why if shown.is_wrong else f"{why} · {shown.text}", "warn"
        else:
            screen.offered, screen.offered_role = shown.text, "warn" if shown.is_wrong else ""

    def _preview(self, typed: str, facts: DeskFacts) -> "order_line.Preview":
        """Return what a typed order would send now."""
        frame, book = self.painted, self.session.book
        try:
            text = self._expanded(typed)
        except ValueError as error:
            return order_line.Preview(str(error), is_wrong=True)
        around = surroundings.surroundings(self.session, facts, frame)
        return self._order_line.preview(text, frame, facts, around, book, self._clock.mono_ns())

    def _enter_order(self, message: CommandLine.Entered) -> None:
        """Send what the strip shows, or say why not and leave the line as it is."""
        now_ns = self._clock.mono_ns()
        waited_ns = max(0, SystemClock().mono_ns() - round(message.read_at * NS_PER_S))
        facts = self.session.facts(self.backend.clock.now_ns())
        try:
            text = self._expanded(message.text)
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        # From the frame that is painted now: what has changed with it must be read before it is sent.
        preview = self._preview(message.text, facts)
        settling = self.session.entry.settling(now_ns)
        decision: Send | Refused
        if preview.is_wrong:
            decision = Refused("WRONG", f"not sent: {preview.text}")
        elif settling:
            decision = Refused("SETTLING", f"not sent: {settling}; press Enter again")
        else:
            decision = self._order_line.enter(
                text, facts, self.session.book, now_ns, read_ns=now_ns - waited_ns
            )
        if isinstance(decision, Send):
            self.history.add(message.text)
            self.close_line()
            self.obey(decision)
            return
        self._refusal = (message.text, decision.text, now_ns + REFUSED_NS)
        if preview.at is not None and text == message.text:
            self.screen.query_one(CommandLine).point(preview.at)

    def _choice(self) -> Instrument | None:
        """Return the market that Enter would show."""
        screen = self.screen
        return (
            screen.choice
            if isinstance(screen, markets_screen.MarketsScreen)
            else self._trading.query_one(Search).choice
        )

    def _find(self, text: str) -> None:
        screen = self.screen
        if isinstance(screen, markets_screen.MarketsScreen):
            screen.query_text = text
            screen.selected = 0
        elif screen is self._trading:
            search = self._trading.query_one(Search)
            search.query_text = text
            search.show(self.session, self.backend.clock.now_ns())

    @on(CommandLine.Moved)
    def _moved(self, message: CommandLine.Moved) -> None:
        screen = self.screen
        line = screen.query_one(CommandLine) if isinstance(screen, ConsoleScreen) else None
        if line is not None and line.prompt == ":":
            line.fill(self.history.browse(message.step, line.text))
        elif isinstance(screen, markets_screen.MarketsScreen):
            screen.move("list.down" if message.step > 0 else "list.up")
        elif screen is self._trading and self._trading.query_one(Search).display:
            search = self._trading.query_one(Search)
            search.move(message.step)
            search.show(self.session, self.backend.clock.now_ns())
            self._offer("/", search.query_text)
        self.redraw()

    @on(CommandLine.Completion)
    def _complete(self, message: CommandLine.Completion) -> None:
        if message.prompt != ":":
            return
        self.screen.query_one(CommandLine).fill(self._tab.press(message.text, self.choices()))

    @on(CommandLine.Left)
    def _left(self) -> None:
        if isinstance(self.screen, markets_screen.MarketsScreen):
            self.screen.query_text = ""
        self.close_line()
        self.redraw()

    @on(CommandLine.Entered)
    def _entered(self, message: CommandLine.Entered) -> None:
        text = message.text
        if message.prompt == ":" and self._is_order(text):
            self._enter_order(message)
            self.redraw()
            return
        choice = self._choice() if message.prompt == "/" else None
        self.close_line()
        match message.prompt:
            case "/":
                if choice is not None:
                    self.go("trade")
                    self.show_market(choice.id)
            case ":":
                self.run_line(text)
            case _:
                self.set_size(text)
        self.redraw()

    def begin_order(self, text: str) -> None:
        """Open the line over the ladder with the beginning of an order. Enter sends what it shows."""
        self.go("trade")
        self.open_line(":")
        self.screen.query_one(CommandLine).fill(text)

    def run_line(self, text: str) -> None:
        """Do what a line says that was typed, or that a key stands for; an order is shown first."""
        if not text.strip():
            return
        if self._is_order(text):
            self.begin_order(text)
            return
        self.history.add(text)
        try:
            call = parse(self._expanded(text), self.choices())
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        self.run_call(call)

    def read_size(self, text: str) -> tuple[Decimal, str]:
        """Return a typed size with what it means in words.

        Raises:
            ValueError: It is no size, or there is no market to read it for.
        """
        return self.session.read_size(text, self.painted)

    def set_size(self, text: str) -> None:
        """Take a typed size for the next order, or say why not."""
        try:
            size, words = self.read_size(text)
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        self.session.sizing = self.session.sizing.exactly(size)
        self.say(f"size {words}")

    def _size_in_words(self, text: str) -> str:
        try:
            return self.read_size(text)[1]
        except ValueError as error:
            return str(error)

    # ------------------------------------------------------------------------------ the palette

    def action_command_palette(self) -> None:
        """Open the palette beside the ladder; where it would cover prices, not while armed."""
        armed = self.session.desk.mode(self.session.venue) is TradingMode.ARMED
        if armed and self.size.width < 100:
            self.say("the palette would cover the ladder while armed; : has the same commands", "warn")
            self.redraw()
        elif not isinstance(self.screen, CommandPalette):
            self.close_line()
            self.session.entry.settle(self._clock.mono_ns(), "the palette was open")
            self.push_screen(palette.ConsolePalette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer none of Textual's own: the palette lists ours."""
        del screen
        return ()
