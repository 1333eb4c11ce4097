"""Calculations whose numbers are changed by the keyboard, and which own numbers go into them."""

from decimal import Decimal

import pytest

from omega_tui.domain.lesson_view import CalcInput, CalcLine, CalcView
from omega_tui.education.lesson_page import recalculate
from omega_tui.errors import ExpressionError
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.text import cell_width
from omega_tui.ui.learn.calc_hand import CalcHand
from omega_tui.ui.learn.calc_lines import calc_page
from omega_tui.ui.session.own_numbers import fitting

D = Decimal
SIZE = CalcView(
    "Size",
    (
        CalcInput("equity", "Equity", D(10_000), "USDT", "equity"),
        CalcInput("entry", "Entry", D(50), "", "price"),
        CalcInput("stop", "Stop", D(48), "", "stop"),
        CalcInput("share", "Share", D("0.01")),
    ),
    (CalcLine("Units", "equity x share / (entry - stop)", D(50), "50"),),
)
OTHER = CalcView("Other", (CalcInput("n", "N", D(3)),), (CalcLine("Twice", "n * 2", D(6), "6"),))


def hand(own=None):
    return CalcHand((SIZE, OTHER), {"Size": own or {}})


def typed(made, text):
    return [made.type(character) for character in text][-1]


def test_digits_replace_the_chosen_number_and_arrows_choose():
    made = hand()
    assert typed(made, "2500.50")
    assert made.value_of("equity") == D("2500.50")
    made.move(1)
    assert made.chosen.name == "entry"
    assert typed(made, "60")
    made.move(2)
    assert typed(made, "2%")
    assert made.inputs == {"equity": D("2500.50"), "entry": D(60), "stop": D(48), "share": D("0.02")}
    made.move(1)
    assert made.chosen.name == "equity"
    made.move(-1)
    assert made.chosen.name == "share"


def test_what_is_no_number_yet_changes_nothing_and_letters_are_not_taken():
    made = hand()
    assert not made.type("-")
    assert not made.type("x")
    assert not made.erase()
    assert made.value_of("equity") == D(10_000)
    assert typed(made, "1.")
    assert not made.type(".")
    assert "no number" in made.complaint
    assert made.erase()
    assert not made.complaint


def test_own_numbers_stand_where_they_fit_until_they_are_put_away():
    made = hand({"equity": D(777)})
    assert made.owned == {"equity"}
    assert made.value_of("equity") == D(777)
    made.swap()
    assert made.value_of("equity") == D(10_000)
    assert made.owned == frozenset()
    made.turn(1)
    assert made.counted == (2, 2)
    assert not made.has_own


def test_a_result_is_taken_for_the_calculation_that_it_is_of():
    made = hand()
    made.take(OTHER)
    assert made.calc is SIZE
    lines = (CalcLine("Units", "f", D(7), "7"),)
    made.take(CalcView("Size", SIZE.inputs, lines))
    assert made.calc.lines == lines


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_page_fits_and_shows_what_is_chosen_typed_and_owned(width):
    made = hand({"equity": D(777)})
    made.move(1)
    typed(made, "61")
    lines = ["".join(piece.text for piece in line) for line in calc_page(made, width, 30, glyphs="unicode")]
    assert {cell_width(line) for line in lines} == {width}
    text = "\n".join(lines)
    assert "► Entry" in text
    assert "61_" in text
    assert "yours" in text
    assert "equity x share" in " ".join(text.split())
    assert len(calc_page(made, width, 5, glyphs="unicode")) <= len(lines)


# --- which of the own numbers


def test_prices_go_in_together_or_not_at_all():
    own = {"equity": D(500), "price": D(64_000), "stop": D(63_000)}
    assert fitting(SIZE, own) == {"equity": D(500), "entry": D(64_000), "stop": D(63_000)}
    del own["stop"]
    assert fitting(SIZE, own) == {"equity": D(500)}


def test_a_share_of_one_is_no_price_of_a_coin():
    assert fitting(SIZE, {"price": D("0.4"), "stop": D("0.3")}) == {}


def test_every_calculation_of_the_lessons_is_made_with_own_numbers_or_says_why_not():
    catalogue = load_catalogue()
    own = {
        "equity": D(5_000), "price": D(64_000), "stop": D(63_000), "entry": D(64_100), "size": D(3),
        "position": D(2), "bid": D(63_999), "ask": D(64_001), "fee": D("0.0005"), "atr": D(400),
        "days": D(30), "mirror_bid": D(1), "leverage": D(5), "win_rate": D("0.5"), "average_win": D(2),
    }  # fmt: skip
    shares = own | {
        "price": D("0.4"), "stop": D("0.3"), "entry": D("0.42"), "bid": D("0.39"), "ask": D("0.41"),
        "mirror_bid": D("0.59"), "atr": D("0.01"),
    }  # fmt: skip
    made = filled = 0
    for lesson in catalogue.lessons:
        page = catalogue.page(lesson)
        for calc in (block for block in page.view.blocks if isinstance(block, CalcView)):
            for numbers in (own, shares):
                put = fitting(calc, numbers)
                view = recalculate(page, calc.title, put)
                assert [one.name for one in view.inputs] == [one.name for one in calc.inputs]
                assert all(line.value.is_finite() for line in view.lines)
                filled += any(one.user and one.name in put for one in calc.inputs)
            made += 1
    assert made > 45
    assert filled > 25
    page = catalogue.page("r-01-r-and-size")
    with pytest.raises(ExpressionError, match="cannot be computed"):
        recalculate(page, "Position size", {"entry": D(48), "stop": D(48)})
