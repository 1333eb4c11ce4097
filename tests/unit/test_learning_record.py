"""Questions, grades, what is due, and where it is kept."""

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from omega_tui.domain.on_screen import OnScreen
from omega_tui.domain.teaching import Grade
from omega_tui.education.candlesticks import find_candlesticks
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.progress import (
    CardAnswered,
    DrillDone,
    ForecastScored,
    LessonRead,
    TipDismissed,
    TipShown,
    drill_standing,
    folded,
)
from omega_tui.education.quiz import (
    Kind,
    QuizSession,
    Stage,
    choice_quiz,
    grade,
    mixed,
    number_quiz,
    read_answer,
)
from omega_tui.education.quiz_make import LESSONS, MAKERS, kinds_on, make_quiz
from omega_tui.education.review import Rating, rate, schedule
from omega_tui.education.signals import PATTERNS
from omega_tui.education.swings import find_pivots
from omega_tui.education.teacher import Teacher
from omega_tui.errors import ProgressError, TeachingRefused
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.services.progress_store import ProgressStore
from omega_tui.ui.learn.chart_lesson import chart_rows

D = Decimal
NOW = 1_780_000_000_000_000_000
MINUTE = 60_000_000_000
DAY = 24 * 60 * MINUTE


def quiz(answer="10", tolerance="0.5", card="c"):
    return number_quiz(
        card, "how many?", D(answer), D(tolerance), unit="units", explain="because", hint="ten"
    )


@pytest.fixture
def teacher():
    return Teacher(load_catalogue())


# --- grading


@pytest.mark.parametrize(("value", "right"), [("10", True), ("10.5", True), ("9.5", True), ("10.51", False)])
def test_a_number_is_right_within_its_tolerance(value, right):
    assert grade(quiz(), D(value), seconds=3).correct is right


@pytest.mark.parametrize(
    ("value", "happened", "score", "right"),
    [("0.8", 1, "0.04", True), ("0.8", 0, "0.64", False), ("0.5", 1, "0.25", True), ("1", 0, "1", False)],
)
def test_a_forecast_is_scored_by_brier(value, happened, score, right):
    forecast = number_quiz("f", "p?", D(happened), D(0), kind=Kind.PROBABILITY)
    found = grade(forecast, D(value), seconds=1)
    assert (found.brier, found.correct) == (D(score), right)


@pytest.mark.parametrize(
    ("text", "value"), [("10", "10"), (" 10 units ", "10"), ("1,000", "1000"), ("-0.5", "-0.5")]
)
def test_a_typed_number_is_read(text, value):
    assert read_answer(quiz().question, text) == D(value)


@pytest.mark.parametrize("text", ["", "ten", "nan", "inf", "1e999999999", "\x1b[2J", "--1"])
def test_what_is_no_answer_is_told(text):
    if text == "1e999999999":
        choice = choice_quiz("c", "?", ("a", "b"), 1)
        with pytest.raises(TeachingRefused, match="a number from 1 to 2"):
            read_answer(choice.question, text)
        return
    with pytest.raises(TeachingRefused, match="type a number of units"):
        read_answer(quiz().question, text)


def test_a_probability_may_be_typed_in_percent():
    question = number_quiz("f", "p?", D(1), D(0), kind=Kind.PROBABILITY).question
    assert read_answer(question, "65%") == D("0.65")
    for text in ("65", "-1%", "1.01"):
        with pytest.raises(TeachingRefused, match="from 0 to 1"):
            read_answer(question, text)


# --- a row of questions


def test_a_wrong_answer_comes_once_more_at_the_end():
    session = QuizSession([quiz(card="a"), quiz(card="b")], now_s=0)
    assert session.counted == (1, 2)
    assert not session.answer(D(0), now_s=4).correct
    assert session.stage is Stage.GRADED
    with pytest.raises(TeachingRefused):
        session.answer(D(10), now_s=5)
    session.advance(now_s=5)
    assert session.present.question.card == "b"
    assert session.answer(D(10), now_s=9).seconds == 4
    session.advance(now_s=9)
    assert session.present.question.card == "a"
    session.answer(D(0), now_s=10)
    assert session.advance(now_s=11) is None
    assert session.stage is Stage.DONE
    assert len(session.grades) == 3


def test_a_hint_makes_an_answer_hard_and_skipping_is_refused():
    session = QuizSession([quiz(), quiz(card="d")], now_s=0)
    with pytest.raises(TeachingRefused):
        session.advance(now_s=1)
    assert session.hint() == "ten"
    assert session.answer(D(10), now_s=1).hinted
    with pytest.raises(TeachingRefused):
        session.hint()
    session.advance(now_s=2)
    assert not session.hinted


# --- made questions


@pytest.mark.parametrize("kind", MAKERS)
def test_made_questions_repeat_by_their_seed_and_know_their_answer(kind):
    catalogue = load_catalogue()
    prompts = set()
    for seed in range(8):
        made = make_quiz(kind, seed=seed)
        assert made == make_quiz(kind, seed=seed)
        assert grade(made, made.answer, seconds=1).correct
        assert made.question.lesson in catalogue.lessons
        assert made.shown
        if made.question.chart:
            assert len(made.question.chart.bars) in {30, 60}
            assert chart_rows(made.question.chart, 60, "ascii")
        prompts.add((made.question.prompt, made.question.chart))
    assert len(prompts) > 4
    assert LESSONS[kind] in catalogue.lessons


def test_half_of_the_shapes_are_not_there():
    rng = Random(1)
    seeds = [rng.random() for _ in range(60)]
    none = sum(
        made.answer == len(made.question.choices)
        for made in (make_quiz("name-or-none", seed=s) for s in seeds)
    )
    assert 18 < none < 42


def test_the_future_of_a_forecast_is_hidden():
    made = make_quiz("forecast", seed=4)
    assert made.uncovered is not None
    assert len(made.uncovered.bars) == 80
    assert made.uncovered.bars[:60] == made.question.chart.bars
    assert (made.uncovered.bars[-1].close > made.question.chart.bars[-1].close) == (made.answer == 1)


# --- questions of the screen


BARS = make_series(SeriesSpec("trend", 5, bars=200, start="60000", tick="0.5", bar_ticks=40))
SCREEN = OnScreen(
    bars=BARS, tick=D("0.5"), lot=D("0.001"), price=D("60010.5"), stop=D("59800"), equity=D(25_000),
    leverage=D(5), unit="BTC",
)  # fmt: skip


def test_a_level_and_a_swing_of_the_screen_are_those_that_are_certain_on_it():
    pivots = find_pivots(BARS)
    made = make_quiz("draw-the-level", seed=1, screen=SCREEN)
    assert "of your chart" in made.question.prompt
    shown = made.question.chart
    assert shown.bars[-1] == BARS[-1]
    first = len(BARS) - len(shown.bars)
    assert [(mark.bar + first, mark.price) for mark in shown.marks] == [
        (one.bar, one.price) for one in pivots[-2:]
    ]
    assert made.question.step == D("0.5")
    found = make_quiz("find-the-pivot", seed=2, screen=SCREEN)
    first = len(BARS) - len(found.question.chart.bars)
    assert int(found.answer) + first in {one.bar for one in pivots[-3:]}


def test_a_candle_of_the_screen_is_named_by_the_recognisers_or_is_none_of_the_choices():
    none = 0
    for seed in range(30):
        made = make_quiz("name-the-candle", seed=seed, screen=SCREEN)
        shown = made.question.chart.bars
        at = next(n for n, bar in enumerate(BARS) if bar == shown[-1])
        names = {match.pattern.words for match in find_candlesticks(BARS, PATTERNS) if match.known_at == at}
        right = made.question.choices[int(made.answer) - 1]
        others = set(made.question.choices) - {right}
        assert not names & others
        assert right in names if names else right == "none of these"
        none += not names
    assert 5 < none < 25


def test_the_size_is_computed_from_the_own_equity_cursor_and_stop():
    made = make_quiz("size-it", seed=3, screen=SCREEN)
    assert "Equity 25,000" in made.question.prompt
    assert "from 60,010.5 with the stop at 59,800" in made.question.prompt
    assert made.question.unit == "BTC"
    assert made.answer % D("0.001") == 0
    nonsense = structs.replace(SCREEN, stop=D("60010.5"))
    assert "units" in make_quiz("size-it", seed=3, screen=nonsense).question.prompt


def test_kinds_are_those_that_the_screen_has_something_for_and_come_in_turn():
    assert kinds_on(OnScreen()) == ()
    assert "size-it" not in kinds_on(OnScreen(bars=BARS))
    teacher, asked = Teacher(load_catalogue()), []
    for number in range(len(kinds_on(SCREEN))):
        made = teacher.of_screen(SCREEN)
        asked.append(made.question.card)
        teacher.answer(made, made.answer, seconds=3, hinted=False, now_ns=NOW + number)
    assert set(asked) == {f"made-{kind}" for kind in kinds_on(SCREEN)}
    assert teacher.of_screen(OnScreen()) is None


@given(st.integers(0, 10**6), st.integers(2, 6))
def test_choices_in_another_order_are_the_same_choices_and_the_right_one_stays_right(seed, count):
    choices = [f"choice {number}" for number in range(count)] + ["none of them"]
    for correct in (1, count, count + 1):
        asked = choice_quiz("c", "?", choices, correct)
        moved = mixed(asked, seed=str(seed))
        assert sorted(moved.question.choices) == sorted(choices)
        assert moved.question.choices[-1] == "none of them"
        assert moved.question.choices[int(moved.answer) - 1] == choices[correct - 1]
        assert moved == mixed(asked, seed=str(seed))


def test_the_right_answer_of_the_lessons_is_not_always_at_one_place():
    teacher = Teacher(load_catalogue())
    places = Counter(
        int(quiz.answer)
        for lesson in teacher.catalogue.lessons
        for quiz in teacher.questions(lesson)
        if quiz.question.kind == "choice"
    )
    assert all(places[place] >= 6 for place in (1, 2, 3))


def test_the_record_of_a_drill_fades_and_is_the_best_of_its_last_five():
    def run(points, days):
        return DrillDone(NOW - days * 86_400 * 10**9, "bracket", points == 100, points)

    assert drill_standing([], NOW) == 0
    assert drill_standing([run(100, 0)], NOW) == 100
    assert drill_standing([run(100, 30)], NOW) == 50
    assert drill_standing([run(100, 30), run(60, 0)], NOW) == 60
    assert drill_standing([run(100, 0), *(run(20, 0) for _ in range(5))], NOW) == 20


# --- repetition


def test_all_good_answers_come_at_growing_distances():
    """The schedule of the education sheet: 10 min, 2, 11, 46, 163, 180 days."""
    now, state, days = NOW, "", []
    for _ in range(6):
        state, due = schedule("card", state, Rating.GOOD, now_ns=now)
        days.append(round((due - now) / DAY, 2))
        now = due
    assert days[0] == round(10 / 1440, 2)
    assert [round(day) for day in days[1:]] == [2, 11, 46, 163, 180]


def test_a_state_that_is_none_is_told():
    with pytest.raises(ProgressError, match="cannot be read"):
        schedule("card", "{}", Rating.GOOD, now_ns=NOW)


@pytest.mark.parametrize(
    ("correct", "hinted", "seconds", "rating"),
    [
        (False, False, 1, Rating.AGAIN),
        (True, True, 1, Rating.HARD),
        (True, False, 50, Rating.HARD),
        (True, False, 15, Rating.GOOD),
        (True, False, 4, Rating.EASY),
    ],
)
def test_the_rating_follows_the_behaviour(correct, hinted, seconds, rating):
    found = Grade("c", correct, "", "", seconds, hinted)
    assert rate(found, [10, 20, 30]) is rating


def test_what_is_answered_today_is_due_tomorrow(teacher):
    assert teacher.due(NOW) == []
    (asked, *_) = teacher.questions("r-01-r-and-size")
    found, events = teacher.answer(asked, asked.answer, seconds=5, hinted=False, now_ns=NOW)
    assert found.correct
    assert found.due_ns > NOW
    assert [quiz.question.card for quiz in teacher.due(NOW + DAY)] == ["size-units"]
    again = Teacher(teacher.catalogue, events)
    assert again.progress == teacher.progress
    later, _ = again.answer(again.due(NOW + DAY)[0], asked.answer, seconds=5, hinted=False, now_ns=NOW + DAY)
    assert later.due_ns - NOW > 2 * DAY
    assert again.due(NOW + 2 * DAY) == []
    mark = next(mark for mark in again.view(NOW).lessons if mark.id == "r-01-r-and-size")
    assert 0 < mark.mastery < 1


def test_cards_of_lessons_that_are_gone_are_not_asked(teacher):
    gone = CardAnswered(NOW, "no-more", "old", False, "AGAIN", 1.0, "", NOW)
    assert Teacher(teacher.catalogue, [gone]).due(NOW + DAY) == []


def test_the_view_counts_what_happened(teacher):
    forecast = teacher.made("forecast", seed=1)
    teacher.answer(forecast, D("0.5"), seconds=9, hinted=False, now_ns=NOW)
    teacher.read("c-01-tour", now_ns=NOW)
    teacher.drilled("flatten", passed=True, points=80, now_ns=NOW)
    view = teacher.view(NOW + DAY)
    assert (view.forecasts, view.brier, view.reviews) == (1, D("0.2500"), 1)
    assert view.next_lesson == "c-02-paper-live"
    assert next(drill for drill in view.drills if drill.id == "flatten").best == 80
    with pytest.raises(TeachingRefused):
        teacher.drilled("dance", passed=True, points=1, now_ns=NOW)
    with pytest.raises(TeachingRefused):
        teacher.question("no-such-card")


# --- the record


EVENTS = [
    LessonRead(NOW, "c-01-tour"),
    CardAnswered(NOW + 1, "a", "c-01-tour", True, "GOOD", 2.5, "{}", NOW + DAY),
    ForecastScored(NOW + 2, "f", D("0.65"), True),
    DrillDone(NOW + 3, "flatten", True, 90),
    TipShown(NOW + 4, "t"),
    TipDismissed(NOW + 5, "t", never=True),
]


def test_the_record_survives_and_merges(tmp_path):
    store = ProgressStore(tmp_path / "deep" / "learn.sqlite3")
    assert store.load() == []
    assert store.append(EVENTS[:4]) == 4
    store.close()
    again = ProgressStore(tmp_path / "deep" / "learn.sqlite3")
    assert again.load() == EVENTS[:4]
    other = ProgressStore(tmp_path / "other.sqlite3")
    other.append(EVENTS[2:])
    assert other.take_in(again.export()) == 2
    assert other.take_in(again.export()) == 0
    assert other.load() == EVENTS
    assert other.reset() == 6
    assert other.load() == []
    again.close()
    other.close()
    assert oct((tmp_path / "deep" / "learn.sqlite3").stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize(
    "lines", [b"{", b'{"kind": "spell", "at_ns": 1}', b'{"kind": "tip", "at_ns": 1}', b"\xff\xfe", b"[]"]
)
def test_a_bad_import_changes_nothing(tmp_path, lines):
    store = ProgressStore(tmp_path / "learn.sqlite3")
    good = store.export()
    with pytest.raises(ProgressError, match="line 1"):
        store.take_in(lines + b"\n" + good)
    assert store.load() == []
    store.close()


def test_a_file_of_somebody_else_is_left_alone(tmp_path):
    path = tmp_path / "learn.sqlite3"
    path.write_bytes(b"not a database at all, but somebody's letter" * 50)
    store = ProgressStore(path)
    with pytest.raises(ProgressError, match="cannot be kept"):
        store.load()
    store.close()
    assert path.read_bytes().startswith(b"not a database")


@given(st.permutations(EVENTS))
def test_the_fold_does_not_depend_on_the_order_of_copies(events):
    assert folded(events) == folded(EVENTS)
