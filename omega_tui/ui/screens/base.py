"""What every screen has: the header above, the strip and the footer below. No screen is without them."""

from collections.abc import Callable

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.events import Key, ScreenResume
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.integrity import DataState
from omega_tui.ui.desk.order_facts import Menu
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.orders.build import why_locked
from omega_tui.ui.panes.cursor_line import cursor_line
from omega_tui.ui.panes.header_facts import HeaderFacts
from omega_tui.ui.panes.header_line import who_and_health
from omega_tui.ui.panes.help_pane import footer_line, what_orders
from omega_tui.ui.panes.money_line import money_and_size
from omega_tui.ui.panes.status_line import (
    Line,
    menu_line,
    message_line,
    spread_menu,
    two_lines,
)
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.widgets.command_line import CommandLine
from omega_tui.ui.widgets.compositor import PatchCompositor
from omega_tui.ui.widgets.lines import Lines
from omega_tui.ui.widgets.paint_turns import PaintTurns


class ConsoleScreen(Screen[None]):
    """A screen of the console.

    `show` is called at every frame while the screen is on top. It only assigns to widgets.
    """

    CONTEXTS: tuple[Context, ...] = (Context.ANY, Context.SCREEN)
    """Where its keys are looked up."""

    HORIZONTAL_BREAKPOINTS = [(0, "-s"), (100, "-m"), (160, "-l")]  # noqa: RUF012 - Textual's own attribute
    AUTO_FOCUS = ""

    is_ready = False
    """Whether its widgets are there, so that a frame can be shown."""

    _has_resumed = False

    _read: HeaderFacts | None = None
    """What the header was read from the last time that its ages and lags were."""

    offered: reactive[str] = reactive("", repaint=False)
    """What the line that is being typed would do, for line 2 of the strip; empty while none is."""

    offered_role: reactive[str] = reactive("dim", repaint=False)
    """How it is written: `dim` for a hint, `warn` where Enter would be refused, plain where it would send."""

    must_wait: Callable[[], bool] | None = None
    """Says whether a picture that is due has to wait; None where none ever has."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id)
        self._compositor = PatchCompositor()
        self._turns = PaintTurns(self.comes_first)

    def comes_first(self, widget: Widget) -> bool:
        """Whether a widget is painted with the frame that changed it, and not when its turn comes."""
        del widget
        return True

    def _on_timer_update(self) -> None:
        """Paint what changed, unless a key comes first: the timer goes on and asks again."""
        if self.must_wait is not None and self.must_wait():
            return
        later: set[Widget] = set()
        if not (self._layout_required or self._scroll_required or self._repaint_required):
            now = self._turns.take(self._dirty_widgets)
            later = self._dirty_widgets - now
            self._dirty_widgets &= now
        super()._on_timer_update()
        if later:
            self._dirty_widgets |= later
            self._update_timer.resume()

    class Pressed(Message):
        """A key that no line of text took."""

        def __init__(self, key: Key, contexts: tuple[Context, ...]) -> None:
            self.key = key
            self.contexts = contexts
            super().__init__()

    class Opened(Message):
        """Something is laid out for the first time, so that there is something to draw into."""

    def compose(self) -> ComposeResult:
        # What is known already is said before there are widgets, whose styles would have to be found again.
        for cells, breakpoints in zip(
            self.app.size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS or ()), strict=True
        ):
            self.add_class(*[name for least, name in breakpoints if cells >= least][-1:], update=False)
        self.update_node_styles(animate=False)
        yield Lines(id="header")
        yield from self.compose_body()
        yield Lines(id="strip")
        yield Lines(id="footer")
        command_line = CommandLine(id="command-line")
        command_line.display = False
        yield command_line

    def compose_body(self) -> ComposeResult:
        """Yield what stands between header and strip."""
        yield from ()

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Leave out, at the first picture, what Textual does at each: the styles have just been found."""
        event.refresh_styles = event.refresh_styles and self._has_resumed
        self._has_resumed = True

    def on_mount(self) -> None:
        self.is_ready = True
        self.call_after_refresh(self.post_message, self.Opened())

    @property
    def is_typing(self) -> bool:
        """Whether a line of text has the keys."""
        return self.is_ready and bool(self.query_one(CommandLine).display)

    def open_line(self, prompt: str) -> None:
        """Let something be typed in the place of the footer."""
        self.query_one("#footer").display = False
        self.query_one(CommandLine).open(prompt)

    def take_key(self, key: Key) -> None:
        """Give a key to the open line that was pressed before it had opened."""
        self.query_one(CommandLine).take(key)

    def close_line(self) -> None:
        """Give the keys back."""
        self.query_one(CommandLine).close()
        self.query_one("#footer").display = True
        self.offered = ""

    def on_key(self, event: Key) -> None:
        # A character that gets here while a line is open was read before it opened: the line stops its own.
        if self.is_typing and not event.is_printable:
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Pressed(event, self.contexts()))

    def queue_key(self, key: Key) -> None:
        """Let a key take the way of those that were read before the line opened, behind them."""
        self.call_later(self.post_message, self.Pressed(key, self.contexts()))

    def contexts(self) -> tuple[Context, ...]:
        """Return where keys are looked up now."""
        return self.CONTEXTS

    def hidden(self) -> frozenset[str]:
        """Return the bindings that the footer leaves out here."""
        return frozenset()

    def show_first(self, picture: Picture) -> None:
        """Show of a frame what is traded on, where the screen has such; `show` follows, or another frame."""

    def show(self, picture: Picture) -> None:
        """Show a frame: header, strip and footer here, the rest in the subclass."""
        self._show_header(picture)
        width = self.size.width
        self.query_one("#strip", Lines).lines = (
            *self._strip(picture, width),
            *self.below_strip(picture, width),
        )
        if picture.slow:
            self.query_one("#footer", Lines).lines = (
                footer_line(
                    picture.keymap,
                    self.contexts(),
                    width,
                    self.hidden(),
                    f"layout {picture.session.layout}" if picture.session.layout else "",
                ),
            )

    def _show_header(self, picture: Picture) -> None:
        header = self.query_one("#header", Lines)
        width = self.size.width
        changes = picture.changes
        if header.lines and not (
            picture.slow
            or changes.status
            or changes.positions
            or changes.instruments
            or (self._read is not None and self._read.status.state is not picture.facts.data.state)
            or sum(len(piece.text) for piece in header.lines[0]) != width
        ):
            return
        facts = self._steady(picture.session.header(picture.facts, picture.now_ns), slow=picture.slow)
        header.lines = (who_and_health(facts, width), money_and_size(facts, width))
        armed = picture.facts.mode is TradingMode.ARMED
        header.bar = "" if not armed else "live-bar" if facts.is_live else "paper-bar"

    def _steady(self, facts: HeaderFacts, *, slow: bool) -> HeaderFacts:
        """Return the facts with the readings of the last slow frame, as long as they mean the same.

        Ages and lags are others in every frame; the line would be written as often.
        """
        held = self._read
        if (
            held is None
            or slow
            or held.instrument != facts.instrument
            or held.status.state is not facts.status.state
        ):
            self._read = facts
            return facts
        return replace(
            facts,
            status=held.status,
            book=held.book,
            now_ns=held.now_ns,
            ui_lag_ms=held.ui_lag_ms,
            is_screen_late=held.is_screen_late,
        )

    def _strip(self, picture: Picture, width: int) -> tuple[Line, Line]:
        """Return both lines of the strip: the facts at the cursor, and what the keys would do.

        What would be sent, and why something was not, is said to its end: it takes both lines where it must.
        """
        menu = picture.session.entry.menu(picture.painted, picture.facts, picture.session.book)
        both = None
        if picture.session.prompt:
            pass
        elif self.offered:
            both = two_lines(picture.keymap.said(self.offered), self.offered_role, width)
        elif menu is not None:
            both = spread_menu(menu, width)
        elif picture.said is not None:
            both = two_lines(picture.keymap.said(picture.said.text), picture.said.role, width)
        return both or (self.first_line(picture, width), self._second_line(picture, menu, width))

    def below_strip(self, picture: Picture, width: int) -> tuple[Line, ...]:
        """Return what stands below both lines of the strip, where the screen has room for more."""
        del picture, width
        return ()

    def first_line(self, picture: Picture, width: int) -> Line:
        """Return line 1 of the strip: the facts at the cursor."""
        glyphs = GLYPH_SETS[picture.session.setting.glyphs]
        return cursor_line(picture.session.cursor(picture.facts), glyphs.cursor, width)

    def _second_line(self, picture: Picture, menu: Menu | None, width: int) -> Line:
        """Return line 2: what is typed, else the verb menu, else what was said, else a hint."""
        if picture.session.prompt:
            return message_line(picture.session.prompt, "warn", width)
        if self.offered:
            return message_line(picture.keymap.said(self.offered), self.offered_role, width)
        if menu is not None:
            return menu_line(menu, width)
        if picture.said is not None:
            return message_line(picture.keymap.said(picture.said.text), picture.said.role, width)
        if picture.session.banner:
            return message_line(picture.session.banner, "warn", width)
        return message_line(picture.keymap.said(self.hint(picture)), "dim", width)

    def hint(self, picture: Picture) -> str:
        """Return what the keys would do now."""
        if picture.session.setting.is_replay:
            return "replay: space pauses, . steps, > < speed, arrows seek; nothing can be ordered"
        locked, data = why_locked(picture.facts), picture.facts.data
        if not locked and data.state is DataState.LAG:
            return (
                f"{data.reason}: only resting orders go "
                "({order.buy} or {order.sell}, then {order.cursor} {order.join} {order.improve}); "
                "{cancel.verb} cancels"
            )
        if not locked:
            return what_orders(picture.keymap)
        if picture.facts.mode is TradingMode.DISARMED and locked.startswith("disarmed"):
            return "disarmed: {arm.verb} then {arm.confirm} lets orders through; canceling always works"
        text = picture.keymap.said(f"no new orders: {locked}")
        more = picture.keymap.said(
            "; {cancel.verb}, {cancel.here}, {panic.cancel_market} and {panic.kill} cancel as ever"
        )
        return text + more if len(text) + len(more) < self.size.width else text
