"""Commas between thousands on their way to the terminal: another sign, the same cells, and never a point."""

import pytest
from ladder_samples import BTC, model
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from omega_tui.cli.usual_thousands import usual_thousands
from omega_tui.text import cell_width
from omega_tui.ui.ladder.rows import ladder_rows
from omega_tui.ui.ladder.view import View
from omega_tui.ui.text.thousands import SIGNS, Thousands

BLACK = Color(0, 0, 0)


def put(sign, *texts):
    return [one.text for one in Thousands(sign).apply([Segment(text) for text in texts], BLACK)]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("64,250.5", "64'250.5"),
        ("+1,234,567.89", "+1'234'567.89"),
        ("~1,200 of 108,695", "~1'200 of 108'695"),
        ("BUY, SELL", "BUY, SELL"),
        ("1,2,3 and 12,34 and 1,2345", "1,2,3 and 12,34 and 1,2345"),
        ("1,250x3", "1'250x3"),
        ("1,250 @ 0.480", "1'250 @ 0.480"),
    ],
)
def test_only_commas_between_thousands_are_replaced(written, shown):
    assert put("apostrophe", written) == [shown]
    assert put("space", written) == [shown.replace("'", " ")]


@pytest.mark.parametrize(
    ("environment", "sign"),
    [
        ({}, "comma"),
        ({"LANG": "en_US.UTF-8"}, "comma"),
        ({"LANG": "de_DE.UTF-8@euro"}, "apostrophe"),
        ({"LANG": "de_CH.UTF-8"}, "apostrophe"),
        ({"LANG": "de_AT.UTF-8"}, "space"),
        ({"LANG": "pt_BR"}, "apostrophe"),
        ({"LANG": "pt_PT"}, "space"),
        ({"LANG": "es_MX"}, "comma"),
        ({"LANG": "fr_FR", "LC_NUMERIC": "en_GB"}, "comma"),
        ({"LC_ALL": "pl_PL", "LC_NUMERIC": "en_GB"}, "space"),
        ({"LC_ALL": "", "LANG": "C.UTF-8"}, "comma"),
    ],
)
def test_the_locale_says_what_is_usual(environment, sign):
    assert usual_thousands(environment) == sign


def test_a_number_may_go_over_pieces_of_different_styles_which_stay():
    bold = Style(bold=True)
    segments = [Segment("64,"), Segment("2", bold), Segment("50.5"), Segment("  1"), Segment(",000", bold)]
    changed = Thousands("apostrophe").apply(segments, BLACK)
    assert [one.text for one in changed] == ["64'", "2", "50.5", "  1", "'000"]
    assert [one.style for one in changed] == [one.style for one in segments]


def test_a_line_without_such_a_comma_is_the_same_object():
    for text in ("no number", "a, b", "0.45"):
        segments = [Segment(text)]
        assert Thousands("space").apply(segments, BLACK) is segments


def test_no_sign_is_the_decimal_point_or_wider_than_a_cell():
    assert "." not in SIGNS.values()
    assert {cell_width(sign) for sign in SIGNS.values()} == {1}
    assert all(sign.isascii() for sign in SIGNS.values())


def test_every_price_of_a_ladder_is_grouped_however_its_common_beginning_is_cut():
    shown = model(instrument=BTC, book=None, view=View(128_600, 20), cursor_tick=128_500)
    for row in ladder_rows(shown, 54):
        line = "".join(put("apostrophe", *(piece.text for piece in row.pieces)))
        assert line == row.text.replace(",", "'")
        assert "64'" in line
