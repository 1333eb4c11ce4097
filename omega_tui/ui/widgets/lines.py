"""A pane of ready-made lines, the base of every quiet pane: only the lines that changed are drawn."""

from rich.segment import Segment
from textual import events
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from omega_tui.text import cell_width
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.style.pane_styles import pane_styles


class Lines(Widget):
    """Shows `lines`, made by a pure function for exactly this width; takes no keys.

    Attributes:
        lines: Top first. What is missing at the end is blank.
        bar: Role of the ground that the first line is drawn on, as `paper-bar`; empty for the pane's own.
    """

    can_focus = False

    lines: reactive[tuple[Line, ...]] = reactive((), repaint=False)
    bar: reactive[str] = reactive("")

    class Clicked(Message):
        """A line was clicked.

        Attributes:
            lines: Where.
            row: Which, from 0.
            text: The piece of it under the mouse; empty beside them.
            before: The piece to the left of that; empty for the first.
        """

        def __init__(self, lines: "Lines", row: int, text: str, before: str = "") -> None:
            self.lines = lines
            self.row = row
            self.text = text
            self.before = before
            super().__init__()

        @property
        def control(self) -> "Lines":
            return self.lines

    class Scrolled(Message):
        """The wheel was turned over the lines.

        Attributes:
            lines: Where.
            step: 1 for down, -1 for up.
        """

        def __init__(self, lines: "Lines", step: int) -> None:
            self.lines = lines
            self.step = step
            super().__init__()

        @property
        def control(self) -> "Lines":
            return self.lines

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    def _theme_changed(self, _: Theme) -> None:
        # Where both have the same ground, nothing of the widget's own changed, and Textual keeps its lines.
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        line = self.lines[event.y] if event.y < len(self.lines) else ()
        end, before = 0, ""
        for piece in line:
            end += cell_width(piece.text)
            if event.x < end:
                self.post_message(self.Clicked(self, event.y, piece.text, before))
                return
            before = piece.text
        self.post_message(self.Clicked(self, event.y, ""))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(self, -1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(self, 1))

    def watch_lines(self, before: tuple[Line, ...], after: tuple[Line, ...]) -> None:
        """Refresh the lines that differ, and no other."""
        width = self.size.width
        for row in range(max(len(before), len(after))):
            old = before[row] if row < len(before) else None
            new = after[row] if row < len(after) else None
            if old != new:
                self.refresh(Region(0, row, width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        ground = self.rich_style
        if y >= len(self.lines):
            return Strip.blank(width, ground)
        bar = self.bar if y == 0 else ""
        styles = pane_styles(self.app.current_theme, bar, is_plain=self.app.no_color)
        if bar:
            ground += styles[""]
        segments = [Segment(piece.text, ground + styles[piece.role]) for piece in self.lines[y]]
        return Strip(segments).adjust_cell_length(width, ground)


def titled_pane(name: str) -> Vertical:
    """Return lines of an id, and a title above them; an id of its own has each of the three."""
    title, rows = Lines(id=f"{name}-title", classes="title"), Lines(id=name)
    return Vertical(title, rows, id=f"{name}-pane", classes="pane")
