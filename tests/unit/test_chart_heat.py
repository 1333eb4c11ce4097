"""The heat of the book: what is remembered of it, which shade stands where, and that its scale stays."""

from decimal import Decimal

import pytest
from bars import candle
from msgspec.structs import replace

from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.chart.bars import Zoom
from omega_tui.ui.chart.glyphs import CHART_GLYPHS
from omega_tui.ui.chart.heat import ROLE, heat_cells
from omega_tui.ui.chart.model import ChartModel
from omega_tui.ui.chart.painter import ChartPainter
from omega_tui.ui.chart.scale import fitted_scale
from omega_tui.ui.chart.view import Viewport
from omega_tui.ui.ladder.depth_memory import (
    FIRST_STEP_NS,
    LEVELS,
    MARKETS,
    MOST,
    DepthColumn,
    DepthMemory,
    HeatMap,
)

D = Decimal
TICK = D("0.01")
S = 1_000_000_000


def book(*sizes, name="x"):
    """A book whose bids go down from 0.50 and have these sizes."""
    levels = tuple(PriceLevel(D("0.50") - TICK * number, D(size)) for number, size in enumerate(sizes))
    return BookSnapshot(name, levels, (), TICK, 1, 0, 0)


def remembered(*books, step_ns=FIRST_STEP_NS):
    memory = DepthMemory()
    for number, one in enumerate(books):
        memory.take(one, now_ns=number * step_ns)
    return memory


def test_a_picture_is_due_after_a_while_and_holds_the_largest_levels_alone():
    memory = DepthMemory()
    assert memory.is_due("x", now_ns=0)
    memory.take(book(*range(1, LEVELS + 11)), now_ns=0)
    assert not memory.is_due("x", now_ns=FIRST_STEP_NS - 1)
    assert memory.is_due("x", now_ns=FIRST_STEP_NS)
    column = memory.map_of("x", 0).columns[0]
    assert [size for _, size in column.levels] == [D(size) for size in range(LEVELS + 10, 10, -1)]
    assert memory.map_of("y", 0) is None


def test_a_session_is_kept_whole_with_ever_fewer_pictures_and_the_newest_among_them():
    memory = remembered(*(book(5) for _ in range(MOST + 1)))
    columns = memory.map_of("x", 0).columns
    assert len(columns) == MOST // 2 + 1
    assert (columns[0].ts_ns, columns[-1].ts_ns) == (0, MOST * FIRST_STEP_NS)
    assert not memory.is_due("x", now_ns=columns[-1].ts_ns + 2 * FIRST_STEP_NS - 1), (
        "half as many from now on"
    )
    for number in range(MARKETS):
        memory.take(book(5, name=f"m{number}"), now_ns=0)
    assert memory.map_of("x", 0) is None, "looked at longest ago"


def test_the_darkest_size_changes_on_the_traders_word_alone():
    memory = remembered(book(*[10] * 19, 100))
    first = memory.map_of("x", 0)
    assert first.full == 10, "one wall does not make everything else pale"
    memory.take(book(*[90] * 20), now_ns=5 * S)
    assert memory.map_of("x", 0).full == 10
    assert len(memory.map_of("x", 0).columns) == 2
    assert memory.map_of("x", 0) is memory.map_of("x", 0), "nothing new, nothing to draw"
    assert memory.map_of("x", 1).full == 90


def column(ts_s, *levels):
    return DepthColumn(ts_s * S, tuple((D(price), D(size)) for price, size in levels))


BARS = tuple(candle("0.45", "0.46", "0.44", "0.45", at=number) for number in range(3))


def view(zoom=Zoom.NORMAL):
    return Viewport(fitted_scale(D("0.40"), D("0.50"), 11, TICK, None), zoom, 20, 0, 3, 0)


@pytest.mark.parametrize(
    ("size", "shade"), [("100", "▓"), ("300", "▓"), ("80", "▒"), ("30", "░"), ("11", None)]
)
def test_a_shade_is_the_square_root_of_the_share(size, shade):
    heat = HeatMap((column(70, ("0.42", size)),), D(100))
    cells = heat_cells(heat, BARS, view(), CHART_GLYPHS["unicode"].heat)
    expected = (
        [(view().row_of(D("0.42")), view().column_of(1), shade * view().zoom.pitch, ROLE)] if shade else []
    )
    assert [tuple(cell) for cell in cells] == expected


def test_a_bar_shows_the_last_picture_within_it_and_the_largest_level_of_a_row():
    heat = HeatMap(
        (
            column(10, ("0.42", "100")),
            column(50, ("0.44", "100"), ("0.60", "500")),
            column(130, ("0.44", "30"), ("0.4449", "90")),
        ),
        D(100),
    )
    cells = heat_cells(heat, BARS, view(), "123")
    assert [(cell.column, cell.text[0]) for cell in cells] == [
        (view().column_of(0), "3"),
        (view().column_of(2), "3"),
    ]
    assert {cell.row for cell in cells} == {view().row_of(D("0.44"))}
    assert heat_cells(None, BARS, view(), "123") == []
    assert len(heat_cells(heat, BARS, view(Zoom.DENSE), "123")) == 2


@pytest.mark.parametrize("glyphs", CHART_GLYPHS)
def test_heat_lies_under_candles_and_lines(glyphs):
    levels = [(D("0.40") + TICK * number, D(100)) for number in range(11)]
    heat = HeatMap((DepthColumn(130 * S, tuple(levels)),), D(100))
    plain = ChartModel(BARS, TICK, title="1m", glyphs=glyphs)
    bare = ChartPainter().paint(plain, 60, 16)
    warm = ChartPainter().paint(replace(plain, heat=heat), 60, 16)
    assert bare != warm
    for before, after in zip(bare, warm, strict=True):
        assert len(before.text) == len(after.text) == 60
        covered = [one for one, other in zip(before.text, after.text, strict=True) if one not in {" ", other}]
        assert not covered, "nothing that was drawn has gone"
