"""A pane of ready-made lines, the base of every quiet pane: only the lines that changed are drawn."""

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from omega_tui.ui.pane_styles import pane_styles
from omega_tui.ui.status_line import Line


class Lines(Widget):
    """Shows `lines`, made by a pure function for exactly this width; takes no keys.

    Attributes:
        lines: Top first. What is missing at the end is blank.
        bar: Role of the ground that the first line is drawn on, as `paper-bar`; empty for the pane's own.
    """

    can_focus = False

    lines: reactive[tuple[Line, ...]] = reactive((), repaint=False)
    bar: reactive[str] = reactive("")

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
        styles = pane_styles(self.app.current_theme, bar)
        if bar:
            ground += styles[""]
        segments = [Segment(piece.text, ground + styles[piece.role]) for piece in self.lines[y]]
        return Strip(segments).adjust_cell_length(width, ground)
