"""The ladder widget: what it repaints, and what it says the trader saw."""

import asyncio
import gc
from decimal import Decimal

import pyte
import pytest
from ladder_samples import STALE, YES, book, model, order, plain_book
from msgspec import structs
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Static

from omega_tui.clock import ManualClock
from omega_tui.domain.integrity import DataState
from omega_tui.domain.side import Side
from omega_tui.ui.ladder.rows import row_prices
from omega_tui.ui.panes.tape_rows import TapeModel
from omega_tui.ui.style.linefilter import SafeTextApp
from omega_tui.ui.style.themes import load_themes
from omega_tui.ui.widgets.ladder import HEADING_LINES, Ladder
from omega_tui.ui.widgets.painted_rows import RowStrip
from omega_tui.ui.widgets.tape import Tape

SIZE = (90, 24)


class LadderApp(SafeTextApp):
    """A ladder with a neighbour to its right, in a terminal that `pyte` plays."""

    CSS = "Ladder { width: 54; } #other { width: 12; } Tape { width: 24; }"

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.terminal = pyte.Screen(*SIZE)
        self.stream = pyte.Stream(self.terminal)
        self.written = 0
        self.messages = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Ladder(self.clock)
            yield Static("x", id="other")
            yield Tape()

    def on_mount(self):
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = "omega-dark"

    def _display(self, screen, renderable):
        if renderable is not None and not self._batch_count:
            text = renderable.render_segments(self.console)
            self.written += len(text)
            self.stream.feed(text)
        super()._display(screen, renderable)

    def on_ladder_clicked(self, message):
        self.messages.append(message.price)

    def on_ladder_scrolled(self, message):
        self.messages.append(message.rows)

    def on_ladder_rows_changed(self, message):
        self.messages.append(("rows", message.rows))

    @property
    def ladder(self):
        return self.query_one(Ladder)

    def line_of(self, price):
        """What the terminal shows on the row of `price`."""
        return next(line[:54] for line in self.terminal.display if price in line[17:34])


@pytest.fixture
async def running(clock):
    app = LadderApp(clock)
    async with app.run_test(size=SIZE) as pilot:
        app.ladder.model = model(rows=22)
        await painted(app, pilot, app.ladder.model)
        yield app, pilot


async def painted(app, pilot, shown):
    """Wait until the terminal has been given `shown`, or a picture equal to it."""
    sequence = shown.book.sequence if shown.book else 0
    async with asyncio.timeout(5):
        while True:
            frame = app.ladder.painted
            cursor = shown.instrument.from_ticks(shown.cursor_tick)
            if (
                frame is not None
                and frame.book_sequence == sequence
                and frame.cursor_price == cursor
                and frame.data_state is shown.status.state
                and frame.prices == row_prices(shown)
            ):
                return frame
            await pilot.pause()


def dirty_rows(ladder):
    """The rows that wait for a repaint."""
    return sorted(y for region in ladder._repaint_regions for y in range(region.y, region.bottom))


# ----------------------------------------------------------------------------- the wrong-price regressions


async def test_a_rising_market_leaves_the_cursor_at_its_price(running):
    """A list of levels put the cursor from bid 0.48 to 0.51 when the market rose three cents."""
    app, pilot = running
    before = await painted(app, pilot, app.ladder.model)
    assert before.prices[before.cursor_row] == Decimal("0.48")
    for step in range(1, 4):
        app.ladder.model = structs.replace(app.ladder.model, book=plain_book(48 + step, 52 + step, 1 + step))
        frame = await painted(app, pilot, app.ladder.model)
        assert frame.prices == before.prices
        assert frame.cursor_row == before.cursor_row
        assert frame.cursor_price == Decimal("0.48")
    assert app.line_of("0.48").startswith("►")
    assert app.line_of("0.51").startswith(" ")
    assert frame.best_bid == Decimal("0.51")


async def test_a_thinning_side_flips_neither_price_nor_side_of_the_cursor(running):
    """A list of levels put the cursor from ask 0.52 to bid 0.43 when the asks thinned to three."""
    app, pilot = running
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=52)
    before = await painted(app, pilot, app.ladder.model)
    thin = book(dict.fromkeys(range(43, 33, -1), "100"), {52: "7", 60: "8", 61: "9"}, sequence=2)
    app.ladder.model = structs.replace(app.ladder.model, book=thin)
    frame = await painted(app, pilot, app.ladder.model)
    assert (frame.cursor_price, frame.cursor_row) == (Decimal("0.52"), before.cursor_row)
    row = app.line_of("0.52")
    assert row.startswith("►")
    assert row.split()[1:4] == ["0.52", "▊", "7"]


# ----------------------------------------------------------------------------------- what is repainted


async def test_only_rows_that_changed_are_repainted(running):
    app, pilot = running
    ladder = app.ladder
    bids = {level.price: level.size for level in ladder.model.book.bids}
    changed = {int(price * 100): str(size) for price, size in bids.items()} | {46: "999"}
    asks = {int(level.price * 100): str(level.size) for level in ladder.model.book.asks}
    before = app.written
    ladder.model = structs.replace(ladder.model, book=book(changed, asks, sequence=2))
    row = ladder.model.view.row_of(46) + HEADING_LINES
    assert dirty_rows(ladder) == [row]
    await painted(app, pilot, ladder.model)
    assert "999" in app.line_of("0.46")
    assert 0 < app.written - before < 500


async def test_nothing_is_written_when_nothing_changed(running):
    app, pilot = running
    before = app.written
    app.ladder.model = structs.replace(app.ladder.model, book=plain_book(sequence=2))
    assert dirty_rows(app.ladder) == []
    await pilot.pause()
    assert app.written == before


async def test_the_terminal_shows_what_the_rows_say(running):
    app, pilot = running
    orders = (order(Side.BUY, 45, "300"), order(Side.SELL, 55, "20"))
    app.ladder.model = structs.replace(app.ladder.model, orders=orders, book=plain_book(47, 51, 2))
    await painted(app, pilot, app.ladder.model)
    assert [line[:54] for line in app.terminal.display[: len(app.ladder.rows_shown)]] == [
        row.text for row in app.ladder.rows_shown
    ]


async def test_another_theme_redraws_every_row(running):
    app, pilot = running
    before = app.written
    app.theme = "omega-light"
    await pilot.pause()
    assert app.written - before > 2_000
    assert app.ladder._styles().colours["background"].lower().startswith("#ffffff")


async def test_a_row_strip_does_not_refer_to_itself(running):
    app, _ = running
    strip = app.ladder._strips[5]
    assert strip.divide([54])[0] is strip
    assert len(strip._divide_cache) == 0


async def test_frames_leave_no_garbage_for_the_collector(running):
    app, pilot = running
    gc.collect()
    gc.disable()
    try:
        for sequence in range(2, 22):
            shift = sequence % 3
            app.ladder.model = structs.replace(
                app.ladder.model, book=plain_book(46 + shift, 52 + shift, sequence)
            )
            await painted(app, pilot, app.ladder.model)
        alive = sum(isinstance(found, RowStrip) for found in gc.get_objects())
    finally:
        gc.enable()
    assert alive < 3 * len(app.ladder.rows_shown)


# ------------------------------------------------------------------------------------- what was painted


async def test_the_painted_frame_says_what_the_terminal_shows(running, clock):
    app, pilot = running
    clock.advance(7)
    app.ladder.model = structs.replace(
        app.ladder.model, book=plain_book(47, 53, 9), cursor_tick=50, status=STALE
    )
    frame = await painted(app, pilot, app.ladder.model)
    assert frame.instrument == YES.id
    assert frame.prices == row_prices(app.ladder.model)
    assert (frame.cursor_price, frame.prices[frame.cursor_row]) == (Decimal("0.50"), Decimal("0.50"))
    assert (frame.best_bid, frame.best_ask, frame.book_sequence) == (Decimal("0.47"), Decimal("0.53"), 9)
    assert (frame.painted_ns, frame.data_state) == (clock.mono_ns(), DataState.STALE)
    stamp = frame.to_stamp()
    assert (stamp.price, stamp.data_state) == (Decimal("0.50"), "STALE")
    assert frame.to_stamp(Decimal("0.53")).price == Decimal("0.53")


async def test_the_frame_id_grows_with_each_flush(running):
    app, pilot = running
    first = app.ladder.painted.frame_id
    app.ladder.model = structs.replace(app.ladder.model, book=plain_book(47, 53, 2))
    assert (await painted(app, pilot, app.ladder.model)).frame_id == first + 1


async def test_an_assigned_model_is_not_yet_painted(running):
    app, pilot = running
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40, book=plain_book(47, 53, 2))
    assert app.ladder.painted.cursor_price == Decimal("0.48")
    assert app.ladder.painted.book_sequence == 1
    await painted(app, pilot, app.ladder.model)


async def test_a_render_for_another_widgets_sake_does_not_count(running):
    """The compositor renders all that overlaps the dirty area, and drops the lines that are clean."""
    app, pilot = running
    other = app.query_one("#other", Static)
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40)
    other._set_dirty()
    app.screen._compositor.update_widgets({other})
    app.screen._compositor_refresh()
    assert app.line_of("0.48").startswith("►")
    assert app.ladder.painted.cursor_price == Decimal("0.48")
    await painted(app, pilot, app.ladder.model)
    assert app.line_of("0.40").startswith("►")


async def test_a_screenshot_does_not_count(running):
    app, pilot = running
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40)
    app.export_screenshot()
    assert app.ladder.painted.cursor_price == Decimal("0.48")
    await painted(app, pilot, app.ladder.model)


async def test_what_a_batch_update_holds_back_does_not_count(running):
    app, pilot = running
    with app.batch_update():
        app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40)
        app.screen._compositor.update_widgets({app.ladder})
        app.screen._compositor_refresh()
        assert app.ladder.painted.cursor_price == Decimal("0.48")
    await painted(app, pilot, app.ladder.model)
    assert app.line_of("0.40").startswith("►")


async def test_a_newer_book_with_the_same_picture_is_on_the_screen_already(running):
    app, _ = running
    before = app.ladder.painted
    deeper = plain_book(sequence=5)
    app.ladder.model = structs.replace(app.ladder.model, book=deeper)
    assert app.ladder.painted == structs.replace(before, book_sequence=5)


async def test_output_that_waits_in_the_queue_is_not_painted(running):
    app, pilot = running

    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40)
    app._driver.unwritten = 2
    await pilot.pause()
    await pilot.pause()
    assert app.line_of("0.40").startswith("►")
    assert app.ladder.painted.cursor_price == Decimal("0.48")
    app._driver.unwritten = 0
    assert app.ladder.painted.cursor_price == Decimal("0.40")


async def test_a_cursor_beyond_the_window_is_on_no_row(running):
    app, pilot = running
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=90)
    frame = await painted(app, pilot, app.ladder.model)
    assert frame.cursor_row is None
    assert frame.cursor_price == Decimal("0.90")


async def test_rows_that_are_clipped_away_were_not_seen(clock):
    app = LadderApp(clock)
    async with app.run_test(size=SIZE) as pilot:
        app.ladder.styles.height = 40
        await pilot.pause()
        app.ladder.model = model(rows=38, cursor_tick=30)
        async with asyncio.timeout(5):
            while app.ladder.painted is None or app.ladder.painted.cursor_price is None:
                await pilot.pause()
        assert len(app.ladder.painted.prices) == SIZE[1] - HEADING_LINES
        assert app.ladder.painted.cursor_row is None


async def test_a_ladder_that_is_hidden_was_not_seen(running):
    app, pilot = running
    app.ladder.display = False
    async with asyncio.timeout(5):
        while app.ladder.painted is not None:
            await pilot.pause()
    app.ladder.display = True
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40)
    await painted(app, pilot, app.ladder.model)


async def test_under_a_modal_nothing_new_is_seen_until_it_is_gone(running):
    app, pilot = running

    class Cover(ModalScreen):
        CSS = "Cover { background: black; }"

    await app.push_screen(Cover())
    await pilot.pause()
    await app.pop_screen()
    app.ladder.model = structs.replace(app.ladder.model, cursor_tick=40)
    await painted(app, pilot, app.ladder.model)
    assert app.line_of("0.40").startswith("►")


# --------------------------------------------------------------------------------------- mouse and size


async def test_a_click_names_the_price_that_was_painted(running):
    app, pilot = running
    row = app.ladder.model.view.row_of(44) + HEADING_LINES
    app.ladder.model = structs.replace(app.ladder.model, view=app.ladder.model.view.scrolled(5))
    await painted(app, pilot, app.ladder.model)
    await pilot.click(Ladder, offset=(20, row))
    await pilot.click(Ladder, offset=(20, 0))
    assert [price for price in app.messages if isinstance(price, Decimal)] == [Decimal("0.49")]


async def test_the_ladder_says_how_many_prices_fit(running):
    app, pilot = running
    assert app.ladder.price_rows == 22
    await pilot.resize_terminal(90, 30)
    await pilot.pause()
    assert ("rows", 28) in app.messages


async def test_a_view_of_another_height_is_drawn_all_the_same(running):
    app, pilot = running
    app.ladder.model = structs.replace(app.ladder.model, view=app.ladder.model.view.resized(6))
    await painted(app, pilot, app.ladder.model)
    assert not app.terminal.display[HEADING_LINES + 6][:54].strip()
    app.ladder.model = structs.replace(app.ladder.model, view=app.ladder.model.view.resized(60))
    async with asyncio.timeout(5):
        while len(app.ladder.painted.prices) != 22:
            await pilot.pause()


async def test_the_tape_shows_what_it_is_given(running):
    app, pilot = running
    from omega_tui.domain.trade import Trade

    tape = app.query_one(Tape)
    tape.model = TapeModel(YES, (Trade(YES.id, Decimal("0.47"), Decimal(31), Side.BUY, "t", 10**18, 1),))
    await pilot.pause()
    await pilot.pause()
    assert tape.capacity == 23
    assert "0.47 b▲     31" in app.terminal.display[1][66:]


def test_the_clock_is_the_callers():
    assert Ladder(ManualClock()).painted is None
