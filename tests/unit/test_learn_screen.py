"""What the Learn screen shows and what its keys come to, without Textual."""

from decimal import Decimal

import pytest

from omega_tui.domain.lesson_view import DrillView
from omega_tui.domain.teaching import Explanation, TryLink
from omega_tui.education.markdown_lines import Tone, markdown_lines
from omega_tui.education.progress import ForecastScored, folded, learning_view
from omega_tui.education.quiz import Kind, choice_quiz, number_quiz
from omega_tui.education.teacher import Teacher
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.text import cell_width
from omega_tui.ui.learn.explain_lines import explain_lines
from omega_tui.ui.learn.learn_home import home_lines, home_title
from omega_tui.ui.learn.learning import Learning, Page, Tab
from omega_tui.ui.learn.lesson_lines import lesson_lines
from omega_tui.ui.learn.quiz_hand import QuizHand
from omega_tui.ui.learn.quiz_lines import quiz_hint, quiz_lines

D = Decimal
NOW = 1_790_000_000_000_000_000
DAY = 86_400_000_000_000


@pytest.fixture(scope="module")
def lessons():
    return load_catalogue()


def text(lines):
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


# ------------------------------------------------------------------------------------------- Markdown


def test_emphasis_survives_a_broken_line():
    lines = markdown_lines("one **two three four** five", 11)
    assert [[(span.text, span.tone) for span in line] for line in lines] == [
        [("one ", Tone.PLAIN), ("two", Tone.STRONG)],
        [("three four", Tone.STRONG)],
        [("five", Tone.PLAIN)],
    ]


def test_lists_hang_and_quotes_have_a_bar():
    lines = markdown_lines("- a long item here\n- b\n\n> said so", 10)
    assert ["".join(span.text for span in line) for line in lines] == [
        "- a long",
        "  item",
        "  here",
        "- b",
        "",
        "| said so",
    ]


@pytest.mark.parametrize(("width", "glyphs"), [(60, "unicode"), (120, "ascii")])
def test_no_lesson_is_wider_than_the_screen(lessons, width, glyphs):
    for lesson_id in lessons.lessons:
        for line in lesson_lines(lessons.page(lesson_id).view, width, glyphs):
            assert sum(cell_width(piece.text) for piece in line) == width, lesson_id


def test_no_word_of_a_lesson_is_cut_at_the_smallest_width(lessons):
    for lesson_id, lesson in lessons.lessons.items():
        shown = " ".join(text(lesson_lines(lessons.page(lesson_id).view, 60, "unicode")))
        last = lessons.page(lesson_id).view.summary.split()[-1]
        assert last in shown, lesson.file


# ------------------------------------------------------------------------------------------- questions


def choice(card="c", correct=2):
    return choice_quiz(card, "Which?", ("one", "two", "three"), correct, explain="Because.", hint="Not one.")


def number(card="n", answer="100"):
    return number_quiz(card, "How much?", D(answer), D(1), unit="USD", step=D("0.5"))


def test_a_choice_is_made_by_its_digit_or_by_arrows():
    hand = QuizHand((choice(),), now_s=0.0)
    hand.type("9")
    assert hand.enter(now_s=1.0) is None
    assert "choose or type" in hand.complaint
    hand.move(1)
    assert hand.typed == "1"
    hand.move(1)
    assert (hand.typed, hand.complaint) == ("2", "")
    grade = hand.enter(now_s=4.0)
    assert grade.correct
    assert grade.seconds == 4.0
    hand.enter(now_s=5.0)
    assert hand.is_done


def test_an_answer_cannot_be_changed_once_it_was_given():
    hand = QuizHand((choice(),), now_s=0.0)
    hand.type("1")
    hand.enter(now_s=1.0)
    hand.type("2")
    hand.move(1)
    hand.erase()
    assert hand.typed == "1"
    shown = text(quiz_lines(hand, 80, 20, glyphs="unicode", now_ns=NOW))
    assert any("Not right: 2: two" in line for line in shown)


def test_a_wrong_answer_is_asked_again_at_the_end():
    hand = QuizHand((choice("a"), choice("b")), now_s=0.0)
    for answer in ("1", "2", "2"):
        assert not hand.is_done
        hand.type(answer)
        hand.enter(now_s=1.0)
        hand.enter(now_s=1.0)
    assert hand.is_done
    assert "2 of 3 answers right" in " ".join(text(quiz_lines(hand, 80, 20, glyphs="ascii", now_ns=NOW)))


def test_a_drill_asks_nothing_twice():
    hand = QuizHand((choice("a"), choice("b")), now_s=0.0, repeats=False)
    for answer in ("1", "2"):
        hand.type(answer)
        assert hand.enter(now_s=1.0) is not None
        assert not hand.is_done
        hand.enter(now_s=1.0)
    assert hand.is_done
    assert (hand.question, hand.counted[1]) == (None, 2)


def test_a_number_is_typed_or_moved_by_its_step():
    hand = QuizHand((number(),), now_s=0.0)
    for character in "99x.5":
        hand.type(character)
    assert hand.typed == "99.5"
    hand.move(1)
    assert hand.typed == "100.0"
    hand.erase()
    hand.erase()
    assert hand.typed == "100"
    assert hand.enter(now_s=1.0).correct


def test_a_probability_moves_in_fives_and_stays_between_nothing_and_all():
    quiz = number_quiz("p", "How likely?", D(1), D(0), kind=Kind.PROBABILITY)
    hand = QuizHand((quiz,), now_s=0.0)
    hand.move(1)
    assert hand.typed == "55%"
    hand.move(10)
    assert hand.typed == "100%"
    assert hand.enter(now_s=1.0).brier == 0


def test_the_hint_is_shown_and_counts():
    hand = QuizHand((choice(), number()), now_s=0.0)
    assert "{quiz.hint}" in quiz_hint(hand)
    hand.hint()
    assert "Hint: Not one." in " ".join(text(quiz_lines(hand, 80, 20, glyphs="unicode", now_ns=NOW)))
    hand.type("2")
    assert hand.enter(now_s=1.0).hinted
    hand.enter(now_s=1.0)
    assert "{quiz.hint}" not in quiz_hint(hand)
    hand.hint()
    assert "no hint" in hand.complaint


@pytest.mark.parametrize("width", [60, 120])
def test_every_question_of_every_lesson_fits(lessons, width):
    teacher = Teacher(lessons)
    for lesson_id in lessons.lessons:
        hand = QuizHand(tuple(teacher.questions(lesson_id)), now_s=0.0)
        while not hand.is_done:
            hand.move(1)
            for line in quiz_lines(hand, width, 16, glyphs="unicode", now_ns=NOW):
                assert sum(cell_width(piece.text) for piece in line) == width
            if hand.question.kind == Kind.NUMBER:
                hand.typed = hand.typed or "1"
            assert hand.enter(now_s=1.0) is not None, hand.complaint
            assert quiz_lines(hand, width, 16, glyphs="unicode", now_ns=NOW)
            hand.enter(now_s=1.0)


# ------------------------------------------------------------------------------------------- lists


def learned(lessons):
    teacher = Teacher(lessons)
    teacher.read("c-01-tour", now_ns=NOW)
    quiz = teacher.question("tour-cursor")
    teacher.answer(quiz, quiz.answer, seconds=3.0, hinted=False, now_ns=NOW)
    teacher.drilled("wrong-market", passed=True, points=100, now_ns=NOW)
    return teacher


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("tab", Tab)
def test_every_list_fits_and_shows_its_choice(lessons, tab, width):
    learning = Learning()
    learning.view = learning_view(learned(lessons).progress, lessons, NOW + DAY)
    learning.tab = tab
    learning.select(2)
    lines, at, rows = home_lines(learning, width, glyphs="unicode", now_ns=NOW + DAY)
    assert len(rows) == len(lines)
    for line in (*lines, home_title(learning, width)):
        assert sum(cell_width(piece.text) for piece in line) == width
    if learning.rows:
        assert "►" in text(lines)[at]
        assert rows[at] == learning.selected
        assert [row for row in rows if row is not None] == list(range(learning.rows))


def test_what_was_learned_is_in_the_lists(lessons):
    learning = Learning()
    learning.view = learning_view(learned(lessons).progress, lessons, NOW + DAY)
    shown = {}
    for tab in Tab:
        learning.tab = tab
        shown[tab] = "\n".join(text(home_lines(learning, 100, glyphs="unicode", now_ns=NOW + DAY)[0]))
    assert "read  A tour of the trade screen" in shown[Tab.LESSONS]
    assert "tour-cursor             now" in shown[Tab.REVIEW]
    assert "1       1 100/100    98" in shown[Tab.DRILLS]
    assert "size it" in shown[Tab.PRACTICE]
    assert "1 of 1 answers right; 1 of 18 drills passed." in shown[Tab.RECORD]
    assert "review (1 due)" in text([home_title(learning, 100)])[0]


def test_an_empty_queue_says_how_it_fills(lessons):
    learning = Learning()
    learning.view = learning_view(Teacher(lessons).progress, lessons, NOW)
    learning.tab = Tab.REVIEW
    assert "No question was answered yet" in text(home_lines(learning, 80, glyphs="ascii", now_ns=NOW)[0])[0]


def test_pages_go_back_to_where_they_came_from(lessons):
    learning = Learning()
    learning.open_lesson(lessons.page("c-01-tour").view)
    assert isinstance(learning.lesson_drill, DrillView)
    learning.show(Page.QUIZ)
    assert learning.back()
    assert learning.page is Page.LESSON
    assert learning.back()
    assert learning.page is Page.HOME
    assert not learning.back()
    learning.show(Page.QUIZ)
    learning.back()
    assert learning.page is Page.HOME, "questions of the review queue belong to no lesson"


# ------------------------------------------------------------------------------------------- explanations


def test_an_explanation_has_its_five_parts_in_order():
    explanation = Explanation(
        "order",
        "Order",
        ("Buying 5 at 0.45.",),
        ("Remaining: 5 - 0 = 5.",),
        "rule: A rule of the venue.",
        "rule",
        ("A fill may be on its way.",),
        (TryLink("1", "lesson", "b-02-ladder-queue", "The queue"),),
    )
    shown = text(explain_lines(explanation, 80))
    heads = [line.strip() for line in shown if line.strip().isupper()]
    assert heads == [
        "WHAT YOU SEE",
        "HOW IT IS COMPUTED",
        "WHAT THE EVIDENCE SAYS",
        "WHAT WOULD MAKE IT WRONG",
        "TRY IT",
    ]
    assert "   A rule of the venue." in shown
    assert "   1 lesson: The queue" in shown


def test_the_record_draws_how_well_forecasts_were_calibrated(lessons):
    past = [
        ForecastScored(NOW + number, "made-forecast", D(said), happened)
        for number, (said, happened) in enumerate(
            [("0.72", True), ("0.78", True), ("0.75", False), ("0.1", False), ("1", True)]
        )
    ]
    learning = Learning()
    learning.view = learning_view(folded(past), lessons, NOW + DAY)
    learning.tab = Tab.RECORD
    shown = text(home_lines(learning, 80, glyphs="unicode", now_ns=NOW + DAY).lines)
    rows = [line.split() for line in shown if line.strip()[:1].isdigit() and " - " in line]
    assert rows == [
        ["10%", "-", "20%", "1", "10%", "0%"],
        ["70%", "-", "80%", "3", "75%", "67%"],
        ["90%", "-", "100%", "1", "100%", "100%"],
    ]
