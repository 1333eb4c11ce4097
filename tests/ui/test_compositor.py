"""The cheaper partial update paints what Textual's own would have painted, cell for cell."""

import random
import re
from decimal import Decimal

import pytest
from cockpit import by_hand, console
from textual._compositor import Compositor
from textual.geometry import Region

from omega_tui.ui.widgets.compositor import PatchCompositor, owners

IDLE_MOVE = re.compile(r"\x1b\[\d+;\d+H(?=\x1b\[\d+;\d+H|\n|$)")
"""A move of the terminal's cursor to where nothing is written then."""


def painted(compositor, regions, method, output) -> str:
    compositor._dirty_regions = set(regions)
    return IDLE_MOVE.sub("", method(compositor).render_segments(output))


@pytest.mark.parametrize("size", ["small", "medium", "large"])
async def test_a_patch_is_what_textual_would_have_painted(size):
    rng = random.Random(11)
    async with console(size=size) as cockpit:
        compositor, output = cockpit.app.screen._compositor, cockpit.app.console
        width, height = cockpit.app.size
        assert isinstance(compositor, PatchCompositor)
        widgets = [region for region, _ in compositor.visible_widgets.values() if region.area]
        for _ in range(40):
            regions = []
            for _ in range(rng.randrange(1, 8)):
                if rng.random() < 0.5:
                    whole = rng.choice(widgets)
                    row = rng.randrange(whole.height)
                    regions.append(Region(whole.x, whole.y + row, whole.width, 1))
                else:
                    x, y = rng.randrange(width), rng.randrange(height)
                    regions.append(
                        Region(x, y, rng.randrange(1, width - x + 1), rng.randrange(1, height - y + 1))
                    )
            ours = painted(compositor, regions, PatchCompositor.render_partial_update, output)
            theirs = painted(compositor, regions, Compositor.render_partial_update, output)
            assert ours == theirs


async def test_only_who_shows_a_cell_of_it_is_asked():
    async with console() as cockpit:
        compositor, trading = cockpit.app.screen._compositor, cockpit.app.screen
        places = compositor.visible_widgets
        ladder, _ = places[trading.ladder]
        assert owners([Region(ladder.x, ladder.y + 5, ladder.width, 1)], places) == {trading.ladder}
        across = owners([Region(0, ladder.y + 5, trading.size.width, 1)], places)
        assert trading.ladder in across
        assert len(across) > 1
        assert not owners([], places)


async def test_no_frame_is_drawn_over_a_key_that_waits():
    async with console() as cockpit:
        app, screen = cockpit.app, cockpit.app.screen
        by_hand(app)
        app.keys_first.drawn(app.mono_ns())
        app.keys_first.key_read()
        screen.ladder.refresh()
        await cockpit.pilot.pause()
        screen._on_timer_update()
        assert screen.ladder in screen._dirty_widgets
        await cockpit.pilot.press("j")
        for _ in range(50):
            await cockpit.pilot.pause()
            screen._on_timer_update()
            if not screen._dirty_widgets:
                break
        assert not screen._dirty_widgets


async def test_nothing_changed_is_nothing_to_paint():
    async with console() as cockpit:
        compositor = cockpit.app.screen._compositor
        compositor._dirty_regions = set()
        assert compositor.render_partial_update() is None


async def test_what_a_whole_repaint_shows_is_what_was_painted():
    async with console() as cockpit:
        await cockpit.frame(0.3)
        app, trading = cockpit.app, cockpit.app.screen
        by_hand(app)
        app.session.point(Decimal("0.43"))
        app.redraw()
        trading.refresh()  # Textual then drops what the ladder has marked: all of it is painted anyway.
        trading._on_timer_update()
        assert trading.ladder.painted.cursor_price == Decimal("0.43")


async def test_a_picture_for_a_file_is_no_painted_frame():
    async with console() as cockpit:
        await cockpit.frame(0.3)
        app, trading = cockpit.app, cockpit.app.screen
        by_hand(app)
        before = trading.ladder.painted
        app.session.point(Decimal("0.43"))
        app.redraw()
        app.export_screenshot()
        assert trading.ladder.painted == before
