"""The chart without Textual: every bar in its column, every price on its row, no cell out of range."""

import random
from dataclasses import replace as with_
from decimal import Decimal
from itertools import pairwise

import pytest
from bars import candle, walk
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omega_tui.domain.lesson_view import BarMark, ChartView, LevelLine
from omega_tui.text import cell_width
from omega_tui.ui.chart.bars import Zoom, bar_column, bar_shapes, pair_column, zooms
from omega_tui.ui.chart.log_scale import fitted_log_scale
from omega_tui.ui.chart.model import (
    BarPoint,
    ChartCursor,
    ChartModel,
    LineKind,
    MarkKind,
    Outline,
    PriceLine,
)
from omega_tui.ui.chart.painter import ChartPainter
from omega_tui.ui.chart.scale import PriceScale, axis_prices, fitted_scale
from omega_tui.ui.chart.view import Viewport, window
from omega_tui.ui.learn.chart_lesson import chart_rows
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.style.pane_styles import pane_styles
from omega_tui.ui.style.themes import bundled_files, load_theme

D = Decimal
TICK = D("0.01")
BARS = tuple(walk(random.Random(5), 260))

prices = st.decimals("0.00000001", "1000000", allow_nan=False, allow_infinity=False, places=8)


def model(bars=BARS, **fields):
    return ChartModel(bars, TICK, title="1m", note="from the venue", is_live=True, **fields)


def drawn(shown, width=100, height=24):
    return ChartPainter().paint(shown, width, height)


def texts(rows):
    return [row.text for row in rows]


# ------------------------------------------------------------------------------------------- scale


@given(prices, prices, st.integers(1, 60))
def test_a_row_gives_its_own_price_and_both_ends_are_shown(one, other, rows):
    low, high = sorted((one, other))
    scale = fitted_scale(low, high, rows, D("0.00000001"))
    assert scale.holds(low)
    assert scale.holds(high)
    assert [scale.row_of(scale.price_at(row)) for row in range(rows)] == list(range(rows))


@given(prices, prices, st.integers(2, 60), st.lists(prices, min_size=2, max_size=20))
def test_a_lower_price_is_never_on_a_higher_row(one, other, rows, many):
    low, high = sorted((one, other))
    scale = fitted_scale(low, high, rows, D("0.00000001"))
    halves = [scale.half_of(price) for price in sorted(many, reverse=True)]
    assert halves == sorted(halves)
    assert all(0 <= half < scale.halves for half in halves)


def test_the_scale_stays_while_it_is_filled_and_goes_when_it_is_not():
    before = fitted_scale(D(100), D(110), 20, TICK)
    assert fitted_scale(D(101), D("109.5"), 20, TICK, before) is before
    assert fitted_scale(D(101), D(103), 20, TICK, before) is not before
    assert fitted_scale(D(100), D(112), 20, TICK, before) is not before
    assert fitted_scale(D(101), D(109), 21, TICK, before) is not before


@given(prices, prices, st.integers(2, 60))
def test_prices_beside_the_rows_are_round_and_apart(one, other, rows):
    low, high = sorted((one, other))
    scale = fitted_scale(low, high, rows, D("0.00000001"))
    labels = axis_prices(scale, D("0.00000001"))
    assert len(labels) <= rows
    for (above, higher), (below, lower) in pairwise(labels):
        assert below - above >= 2
        assert higher > lower
    assert all(scale.row_of(price) == row for row, price in labels)
    assert all(price % D("0.00000001") == 0 for _, price in labels)


# ------------------------------------------------------------------------------------------- candles

halves = st.integers(0, 39)


@given(st.lists(halves, min_size=4, max_size=4), st.sampled_from([-1, 0, 1]), st.booleans())
def test_a_candle_covers_the_halves_from_its_high_to_its_low(places, direction, hollow):
    high, upper, lower, low = sorted(places)
    scale = PriceScale(D(40), D(1), 20)
    ends = (D(40 - upper) - D("0.5"), D(40 - lower) - D("0.5"))
    first, last = ends if direction < 0 else ends[::-1]
    bar = candle(first, D(40 - high) - D("0.5"), D(40 - low) - D("0.5"), last)
    (shape,) = bar_shapes([bar], scale)
    assert shape[:4] == (high, upper, lower, low)
    for glyphs in GLYPH_SETS:
        for zoom in zooms(glyphs):
            if zoom is Zoom.DENSE:
                continue
            column = bar_column(shape, zoom, glyphs, hollow=hollow)
            assert column.row == high // 2
            assert len(column.texts) == low // 2 - high // 2 + 1
            assert {cell_width(text) for text in column.texts} == {zoom.pitch}
            assert all(text.strip() for text in column.texts)
    top = bar_column(shape, Zoom.COMPACT, "unicode").texts
    assert (top[0] in "╷╻") == (high % 2 == 1 and (high != low or upper == high))
    (pair,) = {pair_column(shape, None)}
    assert all(text in "▘▖▌" for text in pair.texts)


@given(prices, st.decimals("1.0001", "100", places=4), st.integers(1, 60))
def test_a_log_scale_gives_every_row_back_and_every_ratio_the_same_height(low, ratio, rows):
    high = low * ratio
    tick = D("1e-8")
    scale = fitted_log_scale(low, high, rows, tick)
    assert (scale.rows, scale.halves) == (rows, 2 * rows)
    assert [scale.row_of(scale.price_at(row)) for row in range(rows)] == list(range(rows))
    assert scale.holds(low)
    assert scale.holds(high)
    if high - low > 4 * tick and rows > 1:
        assert (scale.row_of(high), scale.row_of(low)) == (0, rows - 1)
    assert scale.half_of(scale.top * 2) == 0
    assert scale.half_of(scale.bottom / 2) == scale.halves - 1
    steps = [upper / lower for upper, lower in pairwise(scale.edges)]
    assert max(steps) - min(steps) < D("1e-20")
    if rows > 2:
        assert fitted_log_scale(low, high, rows, tick, scale) is scale


def test_a_log_chart_draws_a_doubling_as_high_everywhere():
    """Three bars, each from a price to twice of it."""
    bars = tuple(
        candle(price, 2 * price, price, 2 * price, at=at) for at, price in enumerate((100, 200, 400))
    )
    scale = fitted_log_scale(D(100), D(800), 20, D(1))
    heights = [shape.low - shape.high for shape in bar_shapes(bars, scale)]
    assert max(heights) - min(heights) <= 1
    axis = axis_prices(scale, D(1))
    assert all(scale.row_of(price) == row for row, price in axis)
    assert {D(100), D(200), D(500)} <= {price for _, price in axis}
    linear, log = (
        [row.text for row in ChartPainter().paint(replace(model(bars, is_log=is_log), tick=D(1)), 60, 24)]
        for is_log in (False, True)
    )
    assert linear != log
    assert {len(text) for text in log} == {60}
    # A price of zero has no ratio to another: the scale stays one of steps.
    zero = model((candle(0, 1, 0, 1),), is_log=True)
    assert ChartPainter().paint(zero, 60, 24)


def test_names_of_outlines_do_not_lie_on_each_other():
    outline = Outline(((len(BARS) - 12, BARS[-12].high), (len(BARS) - 8, BARS[-8].low)), "head and shoulders")
    outlines = tuple(replace(outline, label=label) for label in ("double top", "rectangle", "channel"))
    text = "\n".join(row.text for row in ChartPainter().paint(model(outlines=outlines), 100, 30))
    assert all(name in text for name in ("double top", "rectangle", "channel"))


def test_rising_and_falling_differ_without_colour():
    rising, falling = candle(1, 4, 1, 3), candle(3, 4, 1, 1)
    shapes = bar_shapes([rising, falling], PriceScale(D(5), D("0.5"), 5))
    for glyphs in ("cjk", "ascii"):
        for zoom in zooms(glyphs):
            up, down = (bar_column(shape, zoom, glyphs) for shape in shapes)
            assert up != down
    for zoom in (Zoom.WIDE, Zoom.NORMAL, Zoom.COMPACT):
        up, down = (bar_column(shape, zoom, "unicode", hollow=True) for shape in shapes)
        assert up != down


# ------------------------------------------------------------------------------------------- bars and columns


@given(st.integers(1, 400), st.integers(1, 200), st.sampled_from(list(Zoom)), st.integers(0, 500))
def test_every_bar_is_within_its_column_and_the_columns_give_it_back(count, width, zoom, back):
    shown = window(count, width, zoom, back)
    view = Viewport(PriceScale(D(1), D(1), 1), zoom, width, shown.first, shown.stop, shown.left)
    assert 0 <= shown.first < shown.stop <= count
    columns = [view.column_of(bar) for bar in range(shown.first, shown.stop)]
    assert all(0 <= column < width for column in columns)
    assert columns == sorted(columns)
    for bar, column in zip(range(shown.first, shown.stop), columns, strict=True):
        found = view.bar_at(column)
        assert found == bar or (zoom is Zoom.DENSE and found == min(bar + 1, shown.stop - 1))
    assert view.column_of(shown.stop) is None
    assert view.bar_at(shown.left - 1) is None
    assert view.bar_at(width + 3) is None


def test_scrolling_back_never_shows_fewer_bars_than_fit():
    newest = window(300, 60, Zoom.COMPACT, 0)
    oldest = window(300, 60, Zoom.COMPACT, 10_000)
    assert newest.stop == 300
    assert oldest.first == 0
    assert newest.stop - newest.first == oldest.stop - oldest.first


# ------------------------------------------------------------------------------------------- the whole of it


@st.composite
def models(draw):
    count = draw(st.integers(0, 80))
    bars = tuple(walk(random.Random(draw(st.integers(0, 50))), count))
    near = st.decimals("95", "105", places=2)
    lines = draw(
        st.lists(st.builds(PriceLine, near, st.text("B.10▲市", max_size=9), st.sampled_from(LineKind)))
    )
    points = draw(
        st.lists(
            st.builds(
                BarPoint,
                st.integers(-2, 90),
                near,
                st.sampled_from(MarkKind),
                st.booleans(),
                st.just("pivot"),
            ),
            max_size=5,
        )
    )
    outline = Outline(
        ((draw(st.integers(-5, 90)), draw(near)), (draw(st.integers(-5, 90)), draw(near))), "flag"
    )
    return ChartModel(
        bars,
        TICK,
        title="1m",
        note=draw(st.sampled_from(["", "from prints seen since 14:02"])),
        state=draw(st.sampled_from(["", "STALE"])),
        zoom=draw(st.sampled_from(Zoom)),
        back=draw(st.integers(0, 100)),
        lines=tuple(lines),
        points=tuple(points),
        outlines=(outline,),
        cursor=draw(st.none() | st.builds(ChartCursor, st.integers(-3, 90), st.none() | near)),
        ladder_price=draw(st.none() | near),
        incomplete=frozenset(bar.start_ns for bar in bars[:2]),
        is_live=draw(st.booleans()),
        has_times=draw(st.booleans()),
        glyphs=draw(st.sampled_from(sorted(GLYPH_SETS))),
        hollow=draw(st.booleans()),
    )


@settings(max_examples=150, deadline=None)
@given(models(), st.integers(0, 130), st.integers(0, 40))
def test_no_cell_is_out_of_range(shown, width, height):
    rows = drawn(shown, width, height)
    assert len(rows) == height
    assert {cell_width(row.text) for row in rows} <= {width}
    assert all(row.layer.startswith("stale") for row in rows[1:] if shown.state)


@settings(max_examples=60, deadline=None)
@given(models(), st.lists(st.decimals("94", "106", places=2), min_size=1, max_size=6))
def test_a_tick_draws_what_a_fresh_drawing_would(shown, closes):
    painter = ChartPainter()
    painter.paint(shown, 90, 24)
    for close in closes if shown.bars else ():
        last = shown.bars[-1]
        moved = with_(last, close=close, high=max(last.high, close), low=min(last.low, close))
        shown = replace(shown, bars=(*shown.bars[:-1], moved))
        ticked, fresh = painter.paint(shown, 90, 24), ChartPainter()
        anew = fresh.paint(shown, 90, 24)
        if painter.view.scale == fresh.view.scale:  # It may rather have stayed as it was.
            assert texts(ticked) == texts(anew)


def test_a_tick_leaves_the_rows_that_it_does_not_touch():
    shown = model()
    painter = ChartPainter()
    before = painter.paint(shown, 120, 30)
    last = shown.bars[-1]
    moved = replace(shown, bars=(*shown.bars[:-1], with_(last, close=last.low)))
    after = painter.paint(moved, 120, 30)
    same = [one is other for one, other in zip(before, after, strict=True)]
    assert same.count(False) < 12
    assert texts(after) == texts(ChartPainter().paint(moved, 120, 30))


@pytest.mark.parametrize("price", ["0.00000001", "1000000"])
def test_a_price_that_does_not_move_is_a_line(price):
    bars = tuple(candle(price, price, price, price, at=n) for n in range(5))
    rows = drawn(replace(model(bars), tick=D("0.00000001")), 60, 14)
    assert sum(any(glyph in row.text for glyph in "▀▄") for row in rows[1:-3]) == 1


def test_lines_that_are_ours_win_their_row_and_point_beyond_the_edge():
    high = max(bar.high for bar in BARS)
    near = BARS[-1].close
    lines = (
        PriceLine(near, ".618", LineKind.LEVEL),
        PriceLine(near, "B.10", LineKind.BUY),
        PriceLine(high + 50, "S.20", LineKind.SELL),
        PriceLine(high + 60, ".236", LineKind.LEVEL),
    )
    rows = texts(drawn(model(lines=lines)))
    assert any("B.10" in row for row in rows)
    assert not any(".618" in row for row in rows)
    assert f"▲{high + 50} S.20" in rows[1]
    assert not any(".236" in row for row in rows)


def test_bad_data_look_bad_and_say_so():
    rows = drawn(model(state="STALE"))
    assert "STALE" in rows[0].text
    assert {row.layer for row in rows} == {"stale.title", "stale"}


def test_without_bars_it_says_why():
    rows = texts(drawn(model(bars=(), empty="no print yet"), 40, 9))
    assert any("no print yet" in row for row in rows)


def test_the_heading_keeps_what_matters_where_there_is_little_room():
    incomplete = frozenset({BARS[-1].start_ns})
    shown = replace(model(), note="prints since 14:02", incomplete=incomplete)
    assert "(not whole)" in drawn(shown, 100)[0].text
    assert "prints since 14:02" in drawn(shown, 26)[0].text
    assert "O" not in drawn(shown, 26)[0].text


# ------------------------------------------------------------------------------------------- lessons


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 150), st.integers(20, 120), st.sampled_from(sorted(GLYPH_SETS)))
@example(24, 37, "ascii")  # One column more, and room is left free for names.
def test_a_chart_of_a_lesson_shows_all_of_its_bars_and_marks(count, width, glyphs):
    bars = tuple(walk(random.Random(2), count))
    marks = (BarMark(0, "A"), BarMark(count - 1, "B", bars[-1].low)) if count else ()
    levels = (LevelLine(D(101), "half"),)
    view = ChartView("one", "A leg", bars, TICK, height=12, levels=levels, marks=marks)
    rows = chart_rows(view, width, glyphs)
    assert {cell_width(row.text) for row in rows} == {width}
    assert "A leg" in rows[0].text
    if count > 2:
        body = "\n".join(texts(rows)[1:])
        assert "A" in body
        assert "B" in body
    roles = {piece.role for row in rows for piece in row.pieces}
    assert roles <= set(pane_styles(load_theme(bundled_files()["omega-dark"])))
