"""A widget of styled rows that repaints the rows that changed and nothing else.

What it saves against an ordinary widget: the cache of styles is bypassed, each row is one strip that is
rendered once, and a strip never refers to itself, so that no garbage waits for the collector.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, DimFilter, LineFilter, Monochrome, NoColor
from textual.geometry import Region
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from omega_tui.ui.ladder.row_cells import LadderRow
from omega_tui.ui.style.styles import Styles

_BY_STYLE = (ANSIToTruecolor, DimFilter, Monochrome, NoColor)
"""Textual's own filters: they take segment by segment, and change nothing but its style."""


class RowStrip(Strip):
    """A strip that is not divided unless it must be.

    `Strip.divide` keeps `[self]` in a cache of its own when there is nothing to cut: a reference cycle for
    each row drawn, and a pause of the collector for each few thousand.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        cuts = list(cuts)
        return [self] if cuts == [self.cell_length] else super().divide(cuts)


class PaintedRows(Widget, inherit_css=True):
    """Shows rows that pure functions made. It has no timer, does no I/O and formats nothing."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    PaintedRows { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id, classes=classes)
        self._rows: tuple[LadderRow, ...] = ()
        self._strips: list[RowStrip | None] = []
        self._styles_by_role: Styles | None = None
        self._blank: RowStrip | None = None
        self._background: Color | None = None
        self._filters: tuple[LineFilter, ...] = ()
        self._by_style = 0  # So many of them, the first ones, only change styles: once for each is enough.
        self._filtered: dict[tuple[str, str], Style | None] = {}

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    @property
    def rows_shown(self) -> tuple[LadderRow, ...]:
        """The rows as they are now, whether painted yet or not."""
        return self._rows

    def show_rows(self, rows: tuple[LadderRow, ...]) -> bool:
        """Show `rows` and mark for repaint those that differ; return whether any does."""
        old = self._rows
        self._rows = rows
        if len(old) != len(rows):
            self._strips = [None] * len(rows)
            self.refresh()
            return True
        width = self.size.width
        regions: list[Region] = []
        first = -1
        for y, row in enumerate(rows):
            if row is old[y] or row == old[y]:
                if first >= 0:
                    regions.append(Region(0, first, width, y - first))
                    first = -1
                continue
            self._strips[y] = None
            if first < 0:
                first = y
        if first >= 0:
            regions.append(Region(0, first, width, len(rows) - first))
        if regions:
            self.refresh(*regions)
        return bool(regions)

    def render_line(self, y: int) -> Strip:
        """Return one line, without Textual's line filters: those are for the caller to apply."""
        return self._drawn(y, ())

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of `crop`, through every line filter of the app."""
        if self.gutter.totals != (0, 0):
            return super().render_lines(crop)  # A border or padding is the ordinary machinery's business.
        filters = tuple(self.get_line_filters())
        if filters != self._filters:
            self._filters = filters
            self._by_style = sum(1 for _ in takewhile(lambda one: type(one) in _BY_STYLE, filters))
            self._filtered.clear()
            self._strips = [None] * len(self._rows)
            self._blank = None
        strips: list[Strip] = []
        strip: Strip
        for y in range(crop.y, crop.bottom):
            strip = self._strip(y, filters)
            if crop.x or crop.width != strip.cell_length:
                strip = strip.crop_extend(crop.x, crop.right, None)
            strips.append(strip)
        return strips

    def _strip(self, y: int, filters: tuple[LineFilter, ...]) -> RowStrip:
        """Return the strip of one line, drawn once until it changes."""
        if y >= len(self._rows):
            width = self.size.width
            if self._blank is None or self._blank.cell_length != width:
                self._blank = self._drawn(y, filters)
            return self._blank
        strip = self._strips[y]
        if strip is None:
            strip = self._strips[y] = self._drawn(y, filters)
        return strip

    def _drawn(self, y: int, filters: tuple[LineFilter, ...]) -> RowStrip:
        styles = self._styles()
        if y >= len(self._rows):
            width = self.size.width
            segments = [Segment(" " * width, styles.style("plain"))]
        else:
            pieces, layer = self._rows[y]
            width = cell_len("".join([text for text, _ in pieces]))
            if filters:
                looks, filters = self._filtered, filters[self._by_style :]
                for _, role in pieces:
                    if (role, layer) not in looks:
                        looks[role, layer] = self._seen_through(styles.style(role, layer))
                segments = [Segment(text, looks[role, layer]) for text, role in pieces]
            else:
                segments = [Segment(text, styles.style(role, layer)) for text, role in pieces]
        for line_filter in filters:
            segments = line_filter.apply(segments, self._ground())
        return RowStrip(segments, width)

    def _seen_through(self, style: Style) -> Style | None:
        """Return what a style is after the filters that change styles."""
        segments = [Segment(" ", style)]
        for line_filter in self._filters[: self._by_style]:
            segments = line_filter.apply(segments, self._ground())
        return segments[0].style

    def _styles(self) -> Styles:
        if self._styles_by_role is None:
            # A picture has every colour, whatever terminal it is made in.
            has_256 = self.app.console.color_system == "256" and not self.app.is_headless
            self._styles_by_role = Styles(self.app.current_theme, is_plain=self.app.no_color, has_256=has_256)
        return self._styles_by_role

    def _ground(self) -> Color:
        """Return the background for line filters; asking Textual for it walks up the tree."""
        if self._background is None:
            self._background = self.background_colors[1]
        return self._background

    def _forget_looks(self) -> None:
        self._styles_by_role = self._background = self._blank = None
        self._filtered.clear()
        self._strips = [None] * len(self._rows)

    def _theme_changed(self, _: Theme) -> None:
        self._forget_looks()
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget what was drawn: colours may have changed."""
        super().notify_style_update()
        self._forget_looks()

    def _exchange_repaint_regions(self) -> Collection[Region]:
        """Note that the compositor is about to paint what is marked; it does so before anything else runs."""
        self.paint_begins()
        return super()._exchange_repaint_regions()

    def paint_begins(self) -> None:
        """Called when the marked rows are taken to be painted."""
