"""The library of exchanges changes how its thread rounds by itself: no lesson may look other for that."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, localcontext

from omega_tui.services.lesson_files import load_catalogue


def views(rounding):
    with localcontext() as context:
        context.rounding = rounding
        catalogue = load_catalogue.__wrapped__()  # Read afresh, not the one that is kept.
        return {lesson: catalogue.page(lesson).view for lesson in catalogue.lessons}


def test_a_lesson_is_the_same_whatever_rounds_by_itself():
    assert views(ROUND_HALF_EVEN) == views(ROUND_HALF_UP)
