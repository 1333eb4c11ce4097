"""A compositor that draws, of what changed, only the widgets that show it.

Textual 8.2 takes the smallest rectangle around everything that changed and asks every widget in it for all of
its lines. A price at the top and a size at the bottom thus redraw the whole screen: that was most of a
frame, and a key that comes while a frame is drawn waits for it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from omega_tui.ui.widgets.painted_rows import PaintedRows

Places = Mapping[Widget, tuple[Region, Region]]
"""Where each visible widget is and what it is clipped to, topmost first."""


def owners(changed: Iterable[Region], places: Places) -> set[Widget]:
    """Return the widgets that show any cell of `changed`.

    Going down from the topmost, the first that holds a changed region whole hides everything below it there:
    Textual's widgets are opaque. A widget marks regions inside of itself, so that this is nearly always the
    one that marked it.
    """
    found: set[Widget] = set()
    shown = [(widget, region.intersection(clip)) for widget, (region, clip) in places.items()]
    for region in changed:
        for widget, place in shown:
            if place.overlaps(region):
                found.add(widget)
                if place.contains_region(region):
                    break
    return found


class PatchCompositor(Compositor):
    """Textual's compositor, with a cheaper partial update. The picture is the same, cell for cell."""

    def __init__(self) -> None:
        super().__init__()
        self._owners: Collection[Widget] | None = None
        self._divided: list[Strip] = []

    def render_update(
        self,
        full: bool = False,  # noqa: FBT001, FBT002 - as Textual
        screen_stack: list[Screen[Any]] | None = None,
        simplify: bool = False,  # noqa: FBT001, FBT002 - as Textual
    ) -> RenderableType | None:
        """Render what changed; with `full` a picture for a file, which the terminal does not get."""
        if full:
            unpainted = set(self._dirty_regions)
            picture = super().render_update(full, screen_stack, simplify)
            self._dirty_regions = unpainted
            return picture
        if self.size.region in self._dirty_regions:
            # All is painted, also what a widget has marked and Textual has not heard of, or has dropped.
            for widget in self.visible_widgets:
                if isinstance(widget, PaintedRows):
                    widget.paint_begins()
        return super().render_update(full, screen_stack, simplify)

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what changed; None where nothing did."""
        self._owners = owners(self._dirty_regions, self.visible_widgets)
        try:
            return super().render_partial_update()
        finally:
            self._owners = None
            # A strip that was not cut stands in its own cache of cuts. Only a collection would find such a
            # ring, and there are some for every frame: collections were a hundredth of the screen's time.
            for strip in self._divided:
                strip._divide_cache.clear()  # noqa: SLF001 - Textual has no word for it
            self._divided.clear()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        wanted = self._owners
        if wanted is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            if widget in wanted:
                visible = region.intersection(clip)
                strips = widget.render_lines(visible.translate(-region.offset))
                if not isinstance(widget, PaintedRows):
                    self._divided += strips
                yield region, clip, strips
