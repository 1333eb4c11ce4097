"""The library of exchanges changes how its thread rounds by itself: no lesson may look other for that."""

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, localcontext

import msgspec

from omega_tui.services.lesson_files import load_catalogue

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
