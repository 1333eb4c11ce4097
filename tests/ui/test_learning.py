"""The Learn screen on a fake engine with the real teacher: pictures, and what its keys ask for."""

import re
from concurrent.futures import Future
from dataclasses import replace

import pytest
from cockpit import SIZES, Cockpit, by_hand, console
from fake_backend import FakeBackend, opening

from omega_tui.config.model import OmegaConfig
from omega_tui.config.screen import UiConfig
from omega_tui.domain.lesson_commands import (
    AnswerQuestion,
    ExplainThis,
    MarkRead,
    PoseQuestions,
    Recalculate,
    ShowLearning,
    ShowLesson,
)
from omega_tui.education.explain import explain
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.lesson_page import recalculate
from omega_tui.education.progress import learning_view
from omega_tui.education.teacher import Teacher
from omega_tui.errors import ExpressionError, TeachingRefused
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.ui.app import make_app


class TeachingBackend(FakeBackend):
    """A fake engine whose teacher is the real one."""

    def __init__(self):
        super().__init__()
        self.teacher = Teacher(load_catalogue())

    def dispatch(self, command):
        future = super().dispatch(command)
        now_ns = self.clock.now_ns()
        lessons = self.teacher.catalogue
        try:
            match command:
                case ShowLearning():
                    answer = learning_view(self.teacher.progress, lessons, now_ns)
                case ShowLesson(lesson=lesson):
                    answer = lessons.page(lesson).view
                case PoseQuestions(lesson=lesson) if lesson:
                    answer = tuple(self.teacher.questions(lesson))
                case PoseQuestions(card=card, screen=screen) if card:
                    answer = (self.teacher.question(card, screen=screen),)
                case PoseQuestions(screen=screen):
                    made = self.teacher.of_screen(screen)
                    answer = (*((made,) if made else ()), *self.teacher.due(now_ns))
                case Recalculate(lesson=lesson, calc=calc, inputs=inputs):
                    answer = recalculate(lessons.page(lesson), calc, inputs)
                case AnswerQuestion(card=card, answer=value):
                    quiz = self.teacher.question(card)
                    answer, _ = self.teacher.answer(quiz, value, seconds=2.0, hinted=False, now_ns=now_ns)
                case ExplainThis(context=context):
                    answer = explain(context, lessons)
                case _:
                    return future
        except (TeachingRefused, ExpressionError) as error:
            future = Future()
            future.set_exception(error)
            return future
        future = Future()
        future.set_result(answer)
        return future


async def settled(cockpit, seconds=0.3):
    for _ in range(3):
        await cockpit.frame(seconds)


@pytest.fixture
def picture(snap_compare):
    """Compare a console, brought to a page by keys, with its picture."""

    def compare(size, *keys, **ui):
        backend = TeachingBackend()
        config = replace(OmegaConfig(), ui=replace(UiConfig(fps=1), **ui))
        app = make_app(backend, config, clock=backend.clock)

        async def bring(pilot):
            by_hand(app)
            cockpit = Cockpit(app, backend, pilot)
            await cockpit.frame()
            opening(backend)
            await settled(cockpit)
            for key in keys:
                await cockpit.keys(key)
                await settled(cockpit)

        return snap_compare(app, terminal_size=SIZES[size], run_before=bring)

    return compare


def test_the_lists(picture):
    assert picture("small", "g", "5")


def test_a_lesson_with_a_chart(picture):
    leg = ["j"] * 3 + ["J", "down", "down"]
    assert picture("medium", "g", "5", *leg, "enter")


def test_a_graded_question_in_ascii(picture):
    assert picture("small", "g", "5", "enter", *["enter"] * 5, "1", "enter", glyphs="ascii")


def test_an_explanation(picture):
    assert picture("small", "t")


async def test_a_lesson_that_was_read_to_its_end_is_noted_and_asks():
    backend = TeachingBackend()
    async with console(backend=backend, size="large") as cockpit:
        await cockpit.keys("g", "5")
        await settled(cockpit)
        await cockpit.keys("enter")
        await settled(cockpit)
        for _ in range(6):
            await cockpit.keys("enter")
            await settled(cockpit)
            if MarkRead("c-01-tour") in backend.commands:
                break
        assert MarkRead("c-01-tour") in backend.commands
        assert PoseQuestions(lesson="c-01-tour") in backend.commands
        assert "QUESTION 1 of 2" in "\n".join(cockpit.lines("#list"))


async def test_the_panel_stands_still_while_a_verb_is_pending():
    backend = TeachingBackend()
    async with console(backend=backend) as cockpit:
        for _ in range(4):
            await cockpit.frame(1.0)
        await cockpit.fresh()
        before = cockpit.app.session.panel.cards
        assert before
        await cockpit.keys("x")
        cockpit.app.session.point(cockpit.app.session.book.best_ask)
        await cockpit.frame(1.2)
        assert cockpit.app.session.entry.is_pending
        assert cockpit.app.session.panel.cards is before


async def test_gx_puts_the_panel_away_and_back():
    async with console() as cockpit:
        await cockpit.keys("g", "x")
        assert cockpit.app.screen.query_one("#learn").size.height == 0
        await cockpit.keys("g", "x")
        await cockpit.frame()
        assert cockpit.app.screen.query_one("#learn").size.height > 0


async def test_the_numbers_of_a_calculation_are_changed_by_keys_and_every_result_with_them():
    backend = TeachingBackend()
    async with console(backend=backend, size="small") as cockpit:
        app = cockpit.app
        app.open_lesson("r-01-r-and-size")
        await settled(cockpit)
        await cockpit.keys("c")
        await settled(cockpit)
        shown = "\n".join(cockpit.lines("#list"))
        assert "CALCULATION Position size" in shown
        assert "yours" in shown, "the equity of the account stands in it"
        await cockpit.keys("h")
        await settled(cockpit)
        assert "May be lost: equity x share" in shown
        before = "\n".join(cockpit.lines("#list"))
        await cockpit.keys("2", "0", "0", "0", "0")
        await settled(cockpit)
        after = "\n".join(cockpit.lines("#list"))
        assert "20000_" in after
        assert before != after
        assert re.search(r"May be lost: equity x share +100$", after, re.MULTILINE)
        await cockpit.keys("down", "down", "4", "8", ".", "4")
        await settled(cockpit)
        assert "With these numbers there is no result" in " ".join("\n".join(cockpit.lines("#list")).split())
        await cockpit.keys("escape")
        await settled(cockpit)
        assert "LESSON  r-01-r-and-size" in cockpit.lines("#title")[0]


async def test_a_click_opens_a_lesson_shows_a_list_and_chooses_an_answer():
    backend = TeachingBackend()
    async with console(backend=backend) as cockpit:
        await cockpit.keys("g", "5")
        await settled(cockpit)
        row = next(n for n, line in enumerate(cockpit.lines("#list")) if "A tour of the trade" in line)
        await cockpit.pilot.click("#list", offset=(20, row))
        await settled(cockpit)
        assert ShowLesson("c-01-tour") in backend.commands
        await cockpit.keys("escape")
        await settled(cockpit)
        at = cockpit.lines("#title")[0].index("practice")
        await cockpit.pilot.click("#title", offset=(at + 2, 0))
        await settled(cockpit)
        row = next(n for n, line in enumerate(cockpit.lines("#list")) if "name the candle" in line)
        await cockpit.pilot.click("#list", offset=(8, row))
        await settled(cockpit)
        lines = cockpit.lines("#list")
        assert "QUESTION 1 of 1" in lines[0]
        row = next(n for n, line in enumerate(lines) if line.strip().startswith("2  "))
        await cockpit.pilot.click("#list", offset=(8, row))
        assert cockpit.app.learning.hand.typed == "2"


async def test_a_question_is_made_of_the_chart_on_the_screen():
    backend = TeachingBackend()
    async with console(backend=backend) as cockpit:
        charts = cockpit.app.session.charts
        bars = make_series(SeriesSpec("trend", 5, bars=120, start="0.5", tick="0.01", bar_ticks=2))
        charts.bars = lambda _: bars
        await cockpit.keys("g", "q")
        await settled(cockpit)
        (command,) = [one for one in backend.commands if isinstance(one, PoseQuestions)]
        assert command.screen.bars == bars[:-1]
        assert command.screen.equity is not None
        assert command.screen.stop is None, "a share of one is not sized by a stop"
        assert "of your chart" in " ".join(" ".join(cockpit.lines("#list")).split())
