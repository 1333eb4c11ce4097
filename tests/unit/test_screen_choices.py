import pytest

from omega_tui import outline
from omega_tui.cli.screen_choices import chosen_for, colours_of, is_remote, theme_of_sixteen
from omega_tui.config.screen import UiConfig
from omega_tui.ui.style.themes import bundled_files


@pytest.mark.parametrize(
    ("answer", "glyphs"),
    [
        (b"\x1b[2;2R\x1b[2;2R", "unicode"),
        (b"\x1b[2;3R\x1b[2;2R", "cjk"),
        (b"\x1b[2;3R\x1b[2;3R", "ascii"),
        (b"\x1b[2;7R\x1b[2;7R", "ascii"),
        (b"x\x1b[2;2Rb\x1b[2;2Rc", "unicode"),
        (b"\x1b[2;2R", ""),
        (b"\x1b[2;2R\x1b[2;", ""),
        (b"\x1b[2;R\x1b[2;2R", ""),
        (b"", ""),
    ],
)
def test_the_answer_of_the_terminal_chooses_the_glyphs(answer, glyphs):
    assert outline.glyphs_for(answer) == glyphs


@pytest.mark.parametrize(
    ("drawn", "environment", "glyphs"),
    [
        ("cjk", {}, "cjk"),
        ("", {"TERM": "xterm-256color"}, "unicode"),
        ("", {"TERM": "linux"}, "ascii"),
        ("unicode", {"TERM": "linux"}, "unicode"),
    ],
)
def test_who_does_not_answer_gets_what_its_kind_draws(drawn, environment, glyphs):
    assert chosen_for(UiConfig(), environment, drawn_in_line=drawn).glyphs == glyphs


@pytest.mark.parametrize(
    ("theme", "environment", "found"),
    [
        ("omega-dark", {"TERM": "linux"}, "omega-16-dark"),
        ("omega-red-up-dark", {"COLORFGBG": "15;default;0"}, "omega-16-red-up-dark"),
        ("omega-cvd-dark", {"COLORFGBG": "0;15"}, "omega-16-cvd-light"),
        ("omega-light", {"COLORFGBG": "7;8"}, "omega-16-dark"),
        ("omega-dark", {"COLORFGBG": "0;default"}, "omega-dark"),
        ("omega-dark", {"COLORFGBG": "0;231"}, "omega-dark"),
        ("omega-dark", {"TERM": "xterm"}, "omega-dark"),
        ("omega-16-light", {"TERM": "linux"}, "omega-16-light"),
    ],
)
def test_sixteen_colours_have_a_palette_of_their_own_where_the_ground_is_known(theme, environment, found):
    assert theme_of_sixteen(theme, environment) == found
    assert found in bundled_files()


def test_what_was_chosen_stays():
    ui = UiConfig(glyphs="ascii", last_sizes="on", thousands="space")
    assert chosen_for(ui, {"SSH_TTY": "/dev/pts/1"}, drawn_in_line="unicode") == ui


def test_the_column_that_moves_most_is_off_over_ssh():
    assert chosen_for(UiConfig(), {"SSH_CONNECTION": "1 2 3 4"}, drawn_in_line="").last_sizes == "off"
    assert chosen_for(UiConfig(), {}, drawn_in_line="").last_sizes == "on"


def test_lite_draws_little_and_seldom():
    shown = chosen_for(UiConfig(mode="lite"), {}, drawn_in_line="unicode")
    assert (shown.bars, shown.reduced_motion, shown.fps, shown.last_sizes) == (False, True, 5, "off")
    assert chosen_for(UiConfig(mode="lite", fps=2), {}, drawn_in_line="").fps == 2
    assert chosen_for(UiConfig(), {}, drawn_in_line="").bars


def test_an_ssh_connection_is_known_by_what_it_sets():
    assert is_remote({"SSH_TTY": "/dev/pts/3"})
    assert not is_remote({"TERM": "xterm"})


@pytest.mark.parametrize(
    ("environment", "thousands"),
    [
        ({}, "comma"),
        ({"LANG": "C.UTF-8"}, "comma"),
        ({"LANG": "en_US.UTF-8"}, "comma"),
        ({"LANG": "de_DE.UTF-8"}, "apostrophe"),
        ({"LANG": "de_CH.UTF-8"}, "apostrophe"),
        ({"LANG": "de_AT.UTF-8"}, "space"),
        ({"LANG": "de_DE.UTF-8", "LC_NUMERIC": "en_GB.UTF-8"}, "comma"),
        ({"LC_ALL": "fr_FR@euro", "LC_NUMERIC": "en_GB.UTF-8"}, "space"),
        ({"LC_ALL": "", "LC_NUMERIC": "sv_SE"}, "space"),
        ({"LC_NUMERIC": "it"}, "apostrophe"),
    ],
)
def test_the_locale_says_what_stands_between_thousands(environment, thousands):
    assert chosen_for(UiConfig(), environment, drawn_in_line="").thousands == thousands


def test_what_is_configured_comes_before_the_locale():
    ui = UiConfig(thousands="comma")
    assert chosen_for(ui, {"LC_ALL": "de_DE"}, drawn_in_line="").thousands == "comma"


SCREEN = {"STY": "1.pts", "TERM": "screen.xterm-256color", "COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        (SCREEN, "256"),
        (SCREEN | {"TERM": "screen"}, "standard"),
        (SCREEN | {"COLORTERM": ""}, ""),
        (SCREEN | {"TEXTUAL_COLOR_SYSTEM": "truecolor"}, ""),
        (SCREEN | {"TMUX": "/tmp/tmux", "TERM": "screen-256color"}, ""),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ""),
    ],
)
def test_gnu_screen_gets_no_colours_that_it_does_not_understand(environment, wanted):
    """What the terminal around it can is inherited in `COLORTERM`, and means nothing there."""
    assert colours_of(environment) == wanted
