"""The library of exchanges changes how its thread rounds by itself: nothing may look other for that."""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import msgspec

from omega_tui.services.lesson_files import load_catalogue
from omega_tui.ui.text.words import average_text

FURTHER_DIGITS = re.compile(r"(?<=\.\d{12})\d+")
"""What nobody sees: the last of 28 digits may well be another."""


def views(rounding):
    with localcontext() as context:
        context.rounding = rounding
        catalogue = load_catalogue.__wrapped__()  # Read afresh, not the one that is kept.
        return {
            lesson: FURTHER_DIGITS.sub("", msgspec.json.encode(catalogue.page(lesson).view).decode())
            for lesson in catalogue.lessons
        }


def test_a_lesson_is_the_same_whatever_rounds_by_itself():
    assert views(ROUND_HALF_EVEN) == views(ROUND_HALF_UP)


def test_an_average_is_rounded_as_ever():
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        assert average_text(Decimal("0.46250"), None) == "0.4625"
        assert average_text(Decimal("1234.000025"), None) == "1,234.00002"
        assert average_text(Decimal("0.000035"), None) == "0.00004"
        assert average_text(Decimal("0.000025"), None) == "0.00002"
