"""What the screen relies on inside Textual. When one fails, read the module it names before upgrading."""

import inspect

from ladder_samples import model
from rich.segment import Segment
from textual._compositor import Compositor
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from omega_tui.clock import ManualClock
from omega_tui.ui.style.internals import is_batching, unwritten
from omega_tui.ui.widgets.ladder import Ladder


def test_regions_are_taken_and_painted_in_one_call_without_an_await():
    """`Ladder` counts a model as painted because nothing can run between the taking and the writing."""
    for function in (
        Screen._on_timer_update,
        Screen._compositor_refresh,
        App._display,
        Screen._refresh_layout,
    ):
        assert not inspect.iscoroutinefunction(function)
    source = inspect.getsource(Screen._on_timer_update)
    assert source.index("update_widgets") < source.index("_compositor_refresh")
    assert "_exchange_repaint_regions" in inspect.getsource(Compositor.update_widgets)
    refresh = inspect.getsource(Screen._compositor_refresh)
    assert "app._display(self, update)" in refresh


def test_a_widget_is_asked_for_its_lines_with_a_crop():
    assert list(inspect.signature(Widget.render_lines).parameters) == ["self", "crop"]
    assert "widget.render_lines(" in inspect.getsource(Compositor._get_renders)
    assert hasattr(Widget, "_exchange_repaint_regions")


def test_a_strip_still_keeps_itself_when_it_is_not_cut():
    """The reason for `RowStrip`; when Textual breaks the cycle itself, the class can go."""
    strip = Strip([Segment("12345")], 5)
    strip.divide([5])
    assert strip._divide_cache[5,][0] is strip


def test_output_goes_through_a_thread_that_writes_and_flushes_all_of_it():
    """`ConsoleDriver.unwritten` counts what goes in and what has come out."""
    source = inspect.getsource(WriterThread.run)
    assert source.index("write(text)") < source.index("flush()")
    assert source.rstrip().endswith("flush()")
    assert "_batch_count" in inspect.getsource(App._begin_batch)


async def test_a_batch_is_seen():
    app = App()
    async with app.run_test():
        assert not is_batching(app)
        assert unwritten(app) == 0
        with app.batch_update():
            assert is_batching(app)


async def test_a_ladder_with_a_border_is_drawn_by_the_ordinary_machinery():
    class Bordered(App):
        CSS = "Ladder { border: solid red; width: 56; }"

        def compose(self):
            yield Ladder(ManualClock())

    app = Bordered()
    async with app.run_test(size=(60, 12)) as pilot:
        ladder = app.query_one(Ladder)
        ladder.model = model(rows=ladder.price_rows)
        await pilot.pause()
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert lines[0].startswith("┌")
        assert "0.48" in "".join(lines)
        assert len(ladder.painted.prices) == ladder.price_rows
