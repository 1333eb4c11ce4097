"""Which colour a rising price has: the themes of each, and the question of the first session."""

import pytest

from omega_tui.cli.chosen_theme import read_theme, write_theme
from omega_tui.ui.style.direction import Direction, DirectionQuestion, direction_of, themed, usual
from omega_tui.ui.style.themes import bundled_files

GREEN, RED, BLUE = Direction


def test_every_ground_has_a_theme_of_every_direction():
    for ground in ("omega-dark", "omega-light", "omega-16-dark", "omega-16-light"):
        for direction in Direction:
            theme = themed(ground, direction)
            assert theme in bundled_files()
            assert direction_of(theme) is direction
            assert themed(theme, GREEN) == ground, "and back"


def test_another_theme_keeps_its_ground():
    assert themed("omega-contrast", RED) == "omega-red-up-dark"
    assert themed("textual-light", BLUE) == "omega-cvd-light"
    assert direction_of("omega-contrast") is GREEN


@pytest.mark.parametrize(
    ("environment", "direction"),
    [
        ({"LANG": "ja_JP.UTF-8"}, RED),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, RED),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, GREEN),
        ({"LANG": "de_DE.UTF-8"}, GREEN),
        ({}, GREEN),
    ],
)
def test_the_language_preselects(environment, direction):
    assert usual(environment) is direction


def test_the_question_fits_and_has_an_answer_for_every_direction():
    question = DirectionQuestion(RED)
    assert len(question.text) < 79
    assert "Enter keeps red" in question.text
    assert [question.answer(key) for key in "123"] == [GREEN, RED, BLUE]
    assert question.answer("enter") is RED
    assert question.answer("A") is None


def test_what_was_chosen_is_kept_if_it_still_exists(tmp_path):
    assert not read_theme(tmp_path, ("omega-dark",))
    write_theme(tmp_path, "omega-cvd-dark")
    assert (tmp_path / "theme").stat().st_mode & 0o777 == 0o600
    assert read_theme(tmp_path, ("omega-cvd-dark",)) == "omega-cvd-dark"
    assert not read_theme(tmp_path, ("omega-dark",))
    write_theme(tmp_path / "nowhere", "omega-dark")
