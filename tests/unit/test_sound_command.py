"""The trader's own program for sounds: started without a shell, one at a time, and never waited for."""

import sys

import pytest

from omega_tui.cli.sound_command import SoundCommand
from omega_tui.ui.desk.feedback import Feedback, Sound

NOTE = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"


def command(code, *words):
    return " ".join((sys.executable, "-c", f"'{code}'", *words))


def test_it_is_told_the_event_as_one_word(tmp_path):
    heard = tmp_path / "heard"
    player = SoundCommand(command(NOTE, str(heard), "'a {event}; rm -rf'"))
    player.play("fill")
    player._running.wait(20)
    assert heard.read_text() == "a fill; rm -rf"
    assert not player.broken


def test_it_is_told_nothing_of_the_environment_but_what_a_player_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("OMEGA_BITGET_API_SECRET", "canary")
    heard = tmp_path / "heard"
    code = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(str(sorted(os.environ)))"
    player = SoundCommand(command(code, str(heard)))
    player.play("fill")
    player._running.wait(20)
    assert "PATH" in heard.read_text()
    assert "OMEGA" not in heard.read_text()


def test_one_plays_at_a_time_and_ends_with_the_console():
    player = SoundCommand(command("import sys; sys.stdin = None; import time; time.sleep(60)"))
    player.play("fill")
    first = player._running
    player.play("alarm")
    assert player._running is first
    player.stop()
    assert first.poll() is not None


def test_what_cannot_be_started_is_told_once():
    player = SoundCommand("/nowhere/at-all {event}")
    feedback = Feedback([Sound.FILL])
    feedback.player = player
    assert "cannot be started" in feedback.play({Sound.FILL})
    assert not feedback.play({Sound.FILL}), "said once"


@pytest.mark.parametrize("line", ["   ", "play 'it"])
def test_what_is_no_command_line_is_refused(line):
    with pytest.raises(ValueError, match=r"no program|quotation"):
        SoundCommand(line)


def test_the_gravest_is_played():
    played = []

    class Notes:
        broken = ""

        def play(self, event):
            played.append(event)

    feedback = Feedback(Sound)
    feedback.player = Notes()
    feedback.play({Sound.FILL, Sound.ALARM, Sound.REFUSED})
    assert played == ["alarm"]
