"""What the teacher answers reads the same from another process as from this one."""

from decimal import Decimal

import msgspec
import pytest

from omega_tui.bus.codec import decode_command, encode_command
from omega_tui.domain.learning_view import LearningView
from omega_tui.domain.lesson_commands import PoseQuestions, Recalculate
from omega_tui.domain.lesson_view import CalcView, LessonView
from omega_tui.domain.on_screen import OnScreen
from omega_tui.domain.teaching import Explanation, Grade, Refusal, Tip
from omega_tui.education.explain import explain
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.progress import learning_view
from omega_tui.education.quiz import Quiz, grade
from omega_tui.education.quiz_make import MAKERS, make_quiz
from omega_tui.education.teacher import Teacher
from omega_tui.errors import BusError
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.ui.desk.answers import read_as

NOW = 1_780_000_000_000_000_000
ENCODER = msgspec.json.Encoder(decimal_format="string")


def from_afar(value):
    return msgspec.Raw(ENCODER.encode(value))


def test_every_lesson_and_its_questions_and_calculations():
    teacher = Teacher(load_catalogue())
    for lesson in teacher.catalogue.lessons:
        page = teacher.catalogue.page(lesson).view
        assert read_as(from_afar(page), LessonView) == page
        quizzes = tuple(teacher.questions(lesson))
        assert read_as(from_afar(quizzes), tuple[Quiz, ...]) == quizzes
        for block in page.blocks:
            if isinstance(block, CalcView):
                assert read_as(from_afar(block), CalcView) == block


def test_records_grades_explanations_tips_and_nothing():
    teacher = Teacher(load_catalogue())
    made = make_quiz(next(iter(MAKERS)), seed=1)
    values = (
        (learning_view(teacher.progress, teacher.catalogue, NOW), LearningView),
        (grade(made, made.answer, seconds=1.5), Grade),
        (explain(Refusal(code="TICK"), teacher.catalogue), Explanation),
        (Tip("r", "It is so.", "c-01-tour", 0.5), Tip),
        (None, Tip),
        (None, type(None)),
    )
    for value, kind in values:
        assert read_as(from_afar(value), kind) == value


def test_what_is_here_is_taken_as_it_is_and_another_kind_is_nothing():
    tip = Tip("r", "It is so.", "c-01-tour", 0.5)
    assert read_as(tip, Tip) is tip
    assert read_as(tip, Grade) is None
    assert read_as((1, 2), tuple[Quiz, ...]) == (1, 2)
    assert read_as(None, Grade) is None


@pytest.mark.parametrize("text", [b"{", b'{"rule": 1}', b"[]"])
def test_what_cannot_be_read_is_an_error(text):
    with pytest.raises(BusError, match="cannot be read"):
        read_as(msgspec.Raw(text), Tip)


def test_decimals_come_as_they_went():
    assert read_as(from_afar(Decimal("0.50")), Decimal) == Decimal("0.50")


def test_what_is_asked_with_the_screen_crosses_as_well():
    bars = make_series(SeriesSpec("walk", 1, bars=3))
    screen = OnScreen(bars=bars, price=Decimal("1.50"), equity=Decimal(10))
    for command in (PoseQuestions(screen=screen), Recalculate("r-01-r-and-size", "x", {"n": Decimal("0.5")})):
        assert decode_command(encode_command(command)) == command
