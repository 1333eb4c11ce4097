from decimal import Decimal

import pytest

from omega_tui.ui.ladder.view import View


def test_rows_go_down_in_price():
    view = View(anchor_tick=60, rows=5)
    assert [view.tick_at(row) for row in range(5)] == [60, 59, 58, 57, 56]
    assert [view.row_of(tick) for tick in (61, 60, 56, 55)] == [None, 0, 4, None]


def test_a_grouped_row_covers_its_ticks_and_is_called_by_the_lowest():
    view = View(anchor_tick=60, rows=3, group=5)
    assert [view.tick_at(row) for row in range(3)] == [60, 55, 50]
    assert {tick: view.row_of(tick) for tick in (65, 64, 60, 59, 55, 50, 49)} == {
        65: None,
        64: 0,
        60: 0,
        59: 1,
        55: 1,
        50: 2,
        49: None,
    }


def test_scrolling_moves_by_rows():
    assert View(60, 5, group=5).scrolled(2).anchor_tick == 70
    assert View(60, 5).scrolled(-3).anchor_tick == 57


def test_centring_puts_the_tick_in_the_middle_row():
    for rows in (1, 4, 5, 40):
        view = View(0, rows).centred_on(46)
        assert view.row_of(46) == view.middle_row


def test_centring_keeps_groups_on_multiples():
    view = View(0, 7, group=10).centred_on(643)
    assert view.tick_at(view.middle_row) == 640


@pytest.mark.parametrize("rows", [0, 1, 2, 9, 10, 33])
def test_resizing_keeps_the_price_of_the_middle_row(rows):
    view = View(80, 20)
    resized = view.resized(rows)
    assert resized.rows == rows
    assert resized.tick_at(resized.middle_row) == view.tick_at(view.middle_row)
    assert resized.resized(20) == view


def test_regrouping_keeps_the_middle_price_in_the_middle_row():
    view = View(80, 20)
    middle = view.tick_at(view.middle_row)
    grouped = view.regrouped(4)
    assert grouped.row_of(middle) == grouped.middle_row
    assert grouped.anchor_tick % 4 == 0


def test_a_new_tick_size_keeps_the_price_in_the_middle():
    view = View(0, 21).centred_on(46)
    finer = view.remapped(Decimal("0.01"), Decimal("0.001"))
    assert finer.tick_at(finer.middle_row) == 460
    assert finer.remapped(Decimal("0.001"), Decimal("0.01")) == view


def test_a_bounded_axis_is_centred_where_all_of_it_fits():
    view = View(500, 109).within(1, 99)
    assert view.row_of(99) == 5
    assert view.row_of(1) == 103


@pytest.mark.parametrize(("anchor", "expected"), [(500, 99), (60, 60), (-500, 20)])
def test_a_bounded_axis_is_not_left(anchor, expected):
    assert View(anchor, 20).within(1, 99).anchor_tick == expected


def test_a_grouped_bounded_axis_is_not_left():
    view = View(500, 10, group=5).within(1, 99)
    assert view.anchor_tick == 95
    assert View(-500, 10, group=5).within(1, 99).bottom_tick == 0


@pytest.mark.parametrize("values", [(0, -1, 1), (0, 5, 0)])
def test_nonsense_is_refused(values):
    with pytest.raises(ValueError, match="no negative rows"):
        View(*values)
