"""Lesson files: how they are read, computed, checked and found."""

import subprocess
import sys
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.cli.lesson_text import lesson_text, question_text
from omega_tui.domain.lesson_view import CalcView, EvidenceView, Question
from omega_tui.education.catalog import Catalogue
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.expressions import Scope, evaluate, number
from omega_tui.education.functions import plain_functions
from omega_tui.education.generators import SHAPES, make_series, shuffled
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.lesson_check import problems_of
from omega_tui.education.lesson_page import recalculate
from omega_tui.education.lesson_parse import parse_lesson
from omega_tui.education.numbers_text import write
from omega_tui.errors import ExpressionError, LessonError, TeachingRefused
from omega_tui.services.lesson_files import load_catalogue

D = Decimal

TRACKS = '[[track]]\nid = "x"\ntitle = "X"\nwords = "x"\n'
SOURCES = '[s]\nshort = "S (2000)"\nfull = "S"\nkind = "paper"\n[s.figures]\nn = "12"\n'
PROSE = "word " * 80
GOOD = (
    """+++
id = "new"
track = "x"
order = 1
title = "A new lesson"
minutes = 5
evidence = "weak"
reviewed = "2026-11-28"
summary = "What is new."
keywords = ["novelty"]
sources = ["s"]
[values]
a = "b * 2"
b = "21"
+++
"""
    + PROSE
    + """
The answer is {{ a }}, as {{ cite("s") }} says with {{ figure("s", "n") }} cases.

```calc
title = "Twice"
[[inputs]]
name = "x"
label = "A number"
value = "3"
user = "equity"
[[steps]]
name = "y"
label = "Twice of it"
formula = "x * 2"
```

```quiz
card = "new-one"
prompt = "What is twice {{ b }}?"
answer = "a"
tolerance = "1"
explain = "{{ b }} and {{ b }}."
```
"""
)


def catalogue(text=GOOD, name="new.md", **more):
    return Catalogue({"tracks.toml": TRACKS, "sources.toml": SOURCES, name: text, **more})


@pytest.fixture(scope="module")
def lessons():
    return load_catalogue()


# --- expressions


def scope(**values):
    return Scope(plain_functions(), {}, values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("0.1 + 0.2", D("0.3")),
        ("-(2 ** 3)", -8),
        ("fib(100, 200, 0.618)", D("138.2")),
        ("1 < 2 <= 2 and not 3 == 4", True),
        ("x / 4", D("0.5")),
    ],
)
def test_expressions_are_exact(text, value):
    assert evaluate(text, scope(x="1 + 1")) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("__import__('os')", "no function"),
        ("(1).real", "more than an expression"),
        ("[1, 2]", "more than an expression"),
        ("lambda: 1", "more than an expression"),
        ("'a' + 'b'", "no number"),
        ("1 / 0", "division by zero"),
        ("2 ** 100000", "out of range"),
        ("9 ** 9 ** 9", "out of range"),
        ("nobody", "nothing is called"),
        ("1 +", "not an expression"),
        ("1" * 500, "characters"),
        ("fib(1, 2)", "cannot be computed"),
        ("fib('a', 2, 3)", "no number"),
    ],
)
def test_what_is_no_expression_is_refused(text, why):
    with pytest.raises(ExpressionError, match=why):
        evaluate(text, scope())


def test_names_that_need_each_other_are_told():
    with pytest.raises(ExpressionError, match="a needs b needs a"):
        number("a", scope(a="b", b="a"))


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (D("1234567.891"), "", "1,234,567.89"),
        (D("0.005"), "1%", "0.5 %"),
        (D("2.5"), "0", "3"),
        (D("-0.001"), "2", "0.00"),
        (D("3"), "+1", "+3.0"),
        (D("0.0123"), "0bp", "123 bp"),
        (D("2002"), "year", "2002"),
        (D("1E+3"), "", "1,000"),
    ],
)
def test_numbers_are_written_as_asked(value, style, text):
    assert write(value, style) == text


# --- reading


def test_a_lesson_is_computed():
    page = catalogue().page("new")
    prose, calc, evidence, question = page.view.blocks
    assert "The answer is 42, as S (2000) says with 12 cases." in prose.markdown
    assert isinstance(calc, CalcView)
    assert isinstance(evidence, EvidenceView)
    assert isinstance(question, Question)
    assert page.quizzes[0].answer == 42
    assert calc.lines[0].text == "6"


def test_a_calculation_takes_the_users_own_numbers():
    page = catalogue().page("new")
    assert recalculate(page, "Twice", {"x": D(500)}).lines[0].value == 1000
    assert page.scope.values["y"] == 6
    with pytest.raises(ExpressionError, match="no calculation"):
        recalculate(page, "Thrice", {})


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("+++\nid", "id", 1, "must begin with"),
        ("minutes = 5", 'minutes = "5"', 6, "minutes"),
        ("minutes = 5", "minutes = = 5", 6, "not TOML"),
        ("order = 1", "order = 1\nmood = 3", 5, "mood"),
        ('evidence = "weak"', 'evidence = "sure"', 7, "evidence"),
        ('tolerance = "1"\n', 'tolerance = "1"\nmore = 1\n', 40, "more"),
        ("```quiz", "```quiz ", 33, None),
    ],
)
def test_a_broken_file_names_its_line(old, new, line, words):
    text = GOOD.replace(old, new, 1)
    if words is None:
        assert parse_lesson("new.md", text).blocks
        return
    with pytest.raises(LessonError, match=words) as caught:
        parse_lesson("new.md", text)
    assert (caught.value.file, caught.value.line) == ("new.md", line) or words == "more"


def test_a_fence_without_end_is_told():
    with pytest.raises(LessonError, match="line 32: the quiz block has no end"):
        parse_lesson("new.md", GOOD.rstrip().removesuffix("```"))


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ('```book\nname = "b"\n[[frames]]\nbids = [["x", "1"]]\nasks = [["2", "1"]]\n```', "cannot be read"),
        ('```book\nname = "b"\n[[frames]]\nbids = [["3", "1"]]\nasks = [["2", "1"]]\n```', "crossed"),
        ('```chart\nname = "c"\ncandles = [["1", "0.5", "1", "1"]]\n```', "do not enclose"),
        ('```chart\nname = "c"\n```', "needs a series or candles"),
        ('```chart\nname = "c"\nseries = {kind = "spiral", seed = 1}\n```', "no series 'spiral'"),
        ('```drill\ndrill = "dance"\n```', "no drill 'dance'"),
        ('```quiz\ncard = "z"\nprompt = "?"\nchoices = ["a", "b"]\ncorrect = 3\n```', "choice 3"),
        ('```quiz\ncard = "z"\ngenerate = "poem"\n```', "no kind of question 'poem'"),
        (
            '```calc\ntitle = "t"\ninputs = []\nsteps = [{name = "q", label = "q", formula = "1/0"}]\n```',
            "zero",
        ),
    ],
)
def test_a_block_that_cannot_be_computed_names_its_line(block, words):
    text = f"{GOOD}\n{block}\n"
    with pytest.raises(LessonError, match=words) as caught:
        catalogue(text).page("new")
    assert caught.value.line == len(GOOD.splitlines()) + 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 60), st.text(max_size=12))
def test_a_mutilated_file_is_a_lesson_or_an_error_with_its_name(start, cut, inserted):
    text = GOOD[:start] + inserted + GOOD[start + cut :]
    found = []
    try:
        found += problems_of(catalogue(text))
    except LessonError as error:
        found.append(error)
    assert all(problem.file and problem.line >= 0 for problem in found)


# --- checking


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("The answer is {{ a }}", "The answer is 42", "'42' is not computed"),
        ("{{ a }}, as", "{{ 42 }}, as", "no computation"),
        ("What is new.", "Seen in 82 % of bars.", "'82' is not computed"),
        ("The answer", "Buy now. The answer", "advises a side"),
        ("The answer", "This is guaranteed. The answer", "promises"),
        ("The answer", "<b>The answer", "HTML"),
        ("The answer", "[x](y) The answer", "HTML"),
        ('sources = ["s"]', "sources = []", "needs a source"),
        ('sources = ["s"]', 'sources = ["t"]', "no source 't'"),
        ('id = "new"', 'id = "newer"', "must be called newer.md"),
        ("2026-11-28", "yesterday", "is no day"),
        ("minutes = 5", "minutes = 50", "allowed: 1 to 10"),
        ('keywords = ["novelty"]', "", "nothing leads here"),
        ('answer = "a"\n', "", "has neither answer"),
        ('answer = "a"', 'answer = "c"', "nothing is called 'c'"),
        ('explain = "{{ b }} and {{ b }}."', "", "needs a prompt and an explain"),
        ('b = "21"', 'b = "21"\nc = "1"', "'c' is not used"),
        (PROSE, "", "words; allowed"),
        ("order = 1", 'order = 1\nrequires = ["old"]', "no lesson 'old'"),
        ("order = 1", 'order = 1\nrequires = ["new"]', "requires itself"),
        ("```quiz", "```text", "asks nothing"),
        ('user = "equity"', '[[inputs]]\nname = "b"\nlabel = "B"\nvalue = "1"', "has a meaning already"),
    ],
)
def test_the_checker_refuses(old, new, words):
    assert old in GOOD
    try:
        found = [str(problem) for problem in problems_of(catalogue(GOOD.replace(old, new, 1)))]
    except LessonError as error:
        found = [str(error)]
    assert any(words in problem for problem in found), found


def test_a_new_lesson_needs_no_code(lessons):
    """One file beside the others: read, checked, in its track, found by its words."""
    folder = files("omega_tui.education").joinpath("lessons")
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    track = lessons.tracks[0].id
    new = GOOD.replace('track = "x"', f'track = "{track}"').replace('"s"', '"harris-2003"')
    new = new.replace(' with {{ figure("harris-2003", "n") }} cases', "")
    more = Catalogue({**texts, "new.md": new})
    assert problems_of(more) == []
    assert more.page("new").view.title == "A new lesson"
    assert more.answer("tell me about novelty").passages[0].lesson == "new"


# --- what ships


def test_every_lesson_passes_the_checks(lessons):
    assert [str(problem) for problem in problems_of(lessons)] == []


def test_the_curriculum_is_whole(lessons):
    tracks = [lesson.header.track for lesson in lessons.lessons.values()]
    assert len(tracks) == 48
    counts = {track.id: tracks.count(track.id) for track in lessons.tracks}
    assert counts == {
        "console": 3, "book": 6, "orders": 5, "fibonacci": 6, "candles": 5, "charts": 6, "risk": 7,
        "prediction": 5, "discipline": 5,
    }  # fmt: skip
    assert len(DRILLS) == 18
    practised = {
        block.drill
        for lesson in lessons.lessons
        for block in lessons.page(lesson).view.blocks
        if hasattr(block, "drill")
    }
    assert practised == set(DRILLS)
    assert {drill.lesson for drill in DRILLS.values()} <= set(lessons.lessons)


@pytest.mark.parametrize(
    ("question", "lesson"),
    [
        ("explain fibonacci", "f-02-retracement"),
        ("teach me fibonacci retracements", "f-02-retracement"),
        ("how should I size my position?", "r-01-r-and-size"),
        ("what is a head and shoulders?", "p-03-head-shoulders"),
        ("what is a head and shoulders pattern?", "p-03-head-shoulders"),
        ("why was my post-only rejected?", "o-02-post-only-ioc"),
        ("where will I be liquidated", "r-05-leverage-liquidation"),
        ("what does absorption mean", "b-05-absorption-icebergs"),
        ("does fibonacci work?", "f-06-evidence"),
        ("how do I cancel everything", "c-03-cancel-kill"),
        ("what is a doji", "k-02-doji-hammer-star"),
        ("brier score", "m-05-multi-outcome-calibration"),
        ("daily loss limit", "d-03-tilt-loss-limit"),
        ("kelly criterion", "r-06-kelly"),
        ("what does DAILY_LOSS mean", "d-03-tilt-loss-limit"),
    ],
)
def test_questions_find_their_lesson(lessons, question, lesson):
    reply = lessons.answer(question)
    assert reply.passages[0].lesson == lesson
    assert reply == lessons.answer(question)
    assert reply.words


@pytest.mark.parametrize("question", ["", "what is the", "recipe for pancakes", "\x1b[2J", "🦄" * 400])
def test_what_no_lesson_answers_is_said(lessons, question):
    assert lessons.answer(question).passages == ()


def test_an_unknown_lesson_is_refused_with_a_guess(lessons):
    with pytest.raises(TeachingRefused, match="f-0"):
        lessons.lesson("fibonacci")


# --- bars


@pytest.mark.parametrize("kind", ["walk", "trend", "range", *SHAPES])
def test_series_are_bars_on_the_tick_and_repeat(kind):
    spec = SeriesSpec(kind, 5, bars=120)
    bars = make_series(spec)
    assert bars == make_series(spec)
    assert bars != make_series(SeriesSpec(kind, 6, bars=120))
    assert len(bars) == 120
    for bar, after in pairwise(bars):
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert after.open == bar.close
        assert after.start_ns == bar.end_ns
        assert bar.close % D("0.1") == 0


def test_shuffling_keeps_the_bars_and_loses_their_order():
    bars = make_series(SeriesSpec("trend", 1, bars=200))
    mixed = shuffled(bars, Random(3))
    shapes = {(bar.high - bar.close, bar.close - bar.low, bar.close - bar.open) for bar in bars}
    assert {(bar.high - bar.close, bar.close - bar.low, bar.close - bar.open) for bar in mixed} <= shapes
    assert [bar.close for bar in mixed] != [bar.close for bar in bars]
    assert [bar.start_ns for bar in mixed] == [bar.start_ns for bar in bars]


def test_a_series_that_cannot_be_is_refused():
    for spec in (SeriesSpec("spiral", 1), SeriesSpec("walk", 1, bars=0), SeriesSpec("walk", 1, start="1")):
        with pytest.raises(ExpressionError):
            make_series(spec)


@pytest.mark.parametrize("width", [60, 100])
def test_every_lesson_and_question_fits_a_panel(lessons, width):
    for lesson in lessons.lessons:
        page = lessons.page(lesson)
        text = lesson_text(page.view, width, "ascii" if width == 60 else "unicode", colour=False)
        assert "\x1b" not in text
        assert "{{" not in text
        wide = [line for line in text.splitlines() if len(line) > width]
        assert not wide, (lesson, wide)
        for quiz in page.quizzes:
            text = question_text(quiz.question, width, "ascii")
            assert max(map(len, text.splitlines())) <= width
    assert lesson_text(lessons.page("r-06-kelly").view, width, "ascii", colour=True).count("\x1b[1m") > 3


THREADS_AT_ONCE = """
import sys, threading
from msgspec import Struct, defstruct
from omega_tui.education.lesson_parse import read_toml

sys.setswitchinterval(1e-6)
for number in range(150):
    inner = defstruct("Inner", [(f"f{at}", int, 0) for at in range(20)])
    kind = defstruct("Outer", [(f"g{at}", list[inner], []) for at in range(20)])
    gate = threading.Barrier(3)

    def work():
        gate.wait()
        read_toml("x.toml", "g0 = [{f0 = 1}]", kind)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
"""


def test_lessons_may_be_parsed_in_several_threads_at_once():
    """The console does; without a lock the interpreter itself crashed, and the engine with its orders."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS_AT_ONCE], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
