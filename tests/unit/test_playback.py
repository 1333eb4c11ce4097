"""The hand on a recording's clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.domain.commands import ReplayControl
from omega_tui.services.playback import FASTEST, Playback

START, END = 1_000_000_000_000, 1_060_000_000_000
HAND = Playback(START, END, START)


@pytest.mark.parametrize(("speed", "expected_s"), [(1.0, 2), (10.0, 20), (0.5, 1), (1_000.0, 60)])
def test_time_runs_at_its_speed_and_stops_at_the_end(speed, expected_s):
    hand = HAND.steered(ReplayControl(speed=speed)).advanced(2_000_000_000)
    assert hand.position_ns - START == expected_s * 1_000_000_000
    assert hand.finished == (expected_s == 60)


def test_a_pause_stands_still_and_a_step_pauses():
    paused = HAND.steered(ReplayControl(paused=True))
    assert paused.advanced(5_000_000_000).position_ns == START
    stepping = HAND.steered(ReplayControl(step=2)).steered(ReplayControl(step=1))
    assert stepping.paused
    assert stepping.steps == 3
    assert stepping.steered(ReplayControl(paused=False)).steps == 0


def test_full_speed_is_not_a_matter_of_time():
    hand = HAND.steered(ReplayControl(speed=0))
    assert hand.advanced(1_000_000_000) == hand
    assert HAND.steered(ReplayControl(speed=1e9)).speed == FASTEST


@given(st.lists(st.floats(-1e6, 1e6), max_size=8))
def test_seeking_never_leaves_the_recording(steps):
    hand = HAND
    for step in steps:
        hand = hand.steered(ReplayControl(seek_s=step))
        assert START <= hand.position_ns <= END
