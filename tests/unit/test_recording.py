"""Every format of a recording, and what is wrong with a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.protocol.recording import BrokenLine, RecordedFrame, format_frame, nanoseconds, read_frames

FRAME = '{"event_type":"book","timestamp":"1783200945539"}'
STATED_NS = 1_783_200_945_539_000_000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            f"5000000000000000000\tpolymarket\t{FRAME}", (5_000_000_000_000_000_000, "market"), id="feed log"
        ),
        pytest.param(
            f"5000000000000000000\tsim/user\t{FRAME}", (5_000_000_000_000_000_000, "user"), id="own"
        ),
        pytest.param(f"5000000000000000000\t{FRAME}", (5_000_000_000_000_000_000, "market"), id="tsv"),
        pytest.param(
            f"1783200945000\t{FRAME}", (1_783_200_945_000_000_000, "market"), id="tsv in milliseconds"
        ),
        pytest.param(FRAME, (STATED_NS, "market"), id="JSON line"),
        pytest.param(
            '{"ts":1783200945.5,"frame":' + FRAME + "}", (1_783_200_945_500_000_000, "market"), id="envelope"
        ),
        pytest.param(
            '{"recv_ns":"1783200945500000001","raw":"PONG"}', (1_783_200_945_500_000_001, "market"), id="text"
        ),
    ],
)
def test_formats(line, expected):
    (frame,) = read_frames([line + "\n"])
    assert (frame.recv_ns, frame.channel) == expected


def test_joined_frames_take_their_time_from_the_venue_and_never_go_back():
    older = FRAME.replace("1783200945539", "1783200945000")
    frames = list(read_frames([f"{FRAME};;{older};;PONG;;"]))
    assert frames == [
        RecordedFrame(STATED_NS, "market", FRAME),
        RecordedFrame(STATED_NS, "market", older),
        RecordedFrame(STATED_NS, "market", "PONG"),
    ]


def test_two_semicolons_inside_a_title_do_not_part_a_frame():
    frame = '{"event_type":"new_market","question":"one;;two"}'
    assert [found.text for found in read_frames([frame])] == [frame]


@pytest.mark.parametrize(
    "line", ["no time\t{}", "123", "1783200945539\t", "\x00\x01", '{"event_type":"book","bids":[{"pri']
)
def test_broken_lines_are_told_by_their_number(line):
    assert [type(found) for found in read_frames(["# comment", "", line, FRAME])] == [
        BrokenLine,
        RecordedFrame,
    ]
    assert next(iter(read_frames(["", line]))).number == 2


@given(st.integers(1_000_000_000, 9_999_999_999))
def test_the_unit_of_a_time_is_known_by_its_size(seconds):
    assert {nanoseconds(seconds * 10**power) for power in (0, 3, 6, 9)} == {seconds * 1_000_000_000}


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip())
)
def test_what_is_written_is_read(text):
    line = format_frame(STATED_NS, "sim", "user", text)
    assert line.count("\n") == 1
    (frame,) = read_frames([line])
    assert frame == RecordedFrame(STATED_NS, "user", text.replace("\r", " ").replace("\n", " "))
