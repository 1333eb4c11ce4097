"""Layouts of ladders: what fits, what is kept, and that nothing odd in a file is believed."""

import msgspec
import pytest

from omega_tui.cli.between_sessions import BetweenSessions
from omega_tui.ui.ladder.last_layout import WAIT_NS, LastLayout
from omega_tui.ui.ladder.layouts import (
    LEAST_LADDER,
    LEAST_SIDE,
    MOST_LAYOUTS,
    Beside,
    Layout,
    LayoutBook,
    Spot,
    columns_for,
    fitting,
    ladder_width,
    read_layouts,
    shares,
    shown,
)

S = 1_000_000_000

TWO = Layout(
    (Spot("1001", "sim", "sim Will it rain? YES"), Spot("perps:BTC/USDT:USDT", "perps")), 1, "orders"
)


@pytest.mark.parametrize(
    ("columns", "ladders"), [(60, 1), (80, 1), (107, 1), (108, 2), (120, 2), (160, 3), (200, 4)]
)
def test_as_many_ladders_as_fit_beside_a_pane(columns, ladders):
    assert fitting(columns) == ladders
    if ladders > 1:
        width = ladder_width(ladders, columns)
        assert width >= LEAST_LADDER
        assert ladders * width + LEAST_SIDE <= columns
        assert columns_for(ladders) <= columns < columns_for(ladders + 1) or ladders == 4


@pytest.mark.parametrize(
    ("ladders", "columns", "share"),
    [
        (1, 60, (37, None)),
        (1, 76, (53, None)),
        (1, 77, (None, None)),
        (1, 99, (None, None)),
        (1, 100, (None, Beside.SLIM)),
        (1, 115, (None, Beside.SLIM)),
        (1, 116, (None, None)),
        (1, 200, (None, None)),
        (2, 60, (37, None)),
        (2, 80, (None, None)),
        (2, 100, (None, Beside.SLIM)),
        (4, 107, (None, Beside.SLIM)),
        (2, 120, (46, Beside.NARROW)),
        (2, 200, (67, Beside.WIDE)),
    ],
)
def test_ladders_and_what_is_beside_them_share_the_columns(ladders, columns, share):
    assert shares(len(shown(ladders, 0, columns)), columns) == share


def test_the_ladder_with_the_keys_is_always_among_those_shown():
    for columns in (60, 110, 150, 200):
        for ladders in range(1, 5):
            for focus in range(ladders):
                visible = shown(ladders, focus, columns)
                assert focus in visible
                assert len(visible) == min(ladders, fitting(columns))
                assert visible.start >= 0
                assert visible.stop <= ladders


def test_the_layout_of_the_last_session_waits_for_its_markets_and_gives_way():
    both = {"1001", "perps:BTC/USDT:USDT"}
    last = LastLayout(TWO)
    assert last.ready({"1001"}, 0) is None, "the other one may still be listed"
    assert last.ready(both, S) == TWO
    assert last.ready(both, S) is None, "once"
    late = LastLayout(TWO)
    assert late.ready({"1001"}, 0) is None
    found = late.ready({"1001"}, WAIT_NS)
    assert (found.spots, found.focus, found.pane) == (TWO.spots[:1], 0, "orders"), "what is gone is left out"
    gone = LastLayout(TWO)
    gone.ready({"7"}, 0)
    assert gone.ready({"7"}, WAIT_NS) is None
    chosen = LastLayout(TWO)
    chosen.forget()
    assert chosen.ready(both, 0) is None
    assert LastLayout(None).ready(both, 0) is None


def test_the_name_of_the_last_session_is_taken():
    book = LayoutBook()
    with pytest.raises(ValueError, match="last session"):
        book.save("last", TWO)
    book.keep_last(TWO)
    assert read_layouts(book.to_json()).get("last") == TWO


def test_what_is_saved_comes_back_from_the_file(tmp_path):
    kept = BetweenSessions(tmp_path)
    book = kept.layouts
    book.save("3", TWO)
    book.save("fed-day", TWO)
    kept.keep(print)
    assert (tmp_path / "layouts.json").stat().st_mode & 0o777 == 0o600
    again = BetweenSessions(tmp_path).layouts
    assert again.names == ("3", "fed-day")
    assert again.get("fed-day") == TWO
    assert again.get("other") is None
    assert b"arm" not in book.to_json().lower(), "nothing of arming is ever in it"


def test_a_disk_that_refuses_is_named_with_what_was_lost_and_what_was_there_stays(tmp_path):
    kept = BetweenSessions(tmp_path)
    kept.layouts.save("3", TWO)
    said: list[str] = []
    kept.keep(said.append)
    assert said == []
    (tmp_path / "layouts.json.new").mkdir()
    kept.layouts.save("4", TWO)
    kept.keep(said.append)
    assert said[0].startswith("omega-tui: not kept for the next session: layouts (")
    assert "Is a directory" in said[0]
    assert said[0].endswith("Make room, or the folder writable.\n")
    assert BetweenSessions(tmp_path).layouts.names == ("3",)


@pytest.mark.parametrize("name", ["", "two words", "x" * 25, "a\x1bb"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="up to 24 letters"):
        LayoutBook().save(name, TWO)


def test_there_is_a_most():
    book = LayoutBook({str(number): TWO for number in range(MOST_LAYOUTS)})
    book.save("7", TWO)
    with pytest.raises(ValueError, match="save over one"):
        book.save("more", TWO)


@pytest.mark.parametrize(
    "odd",
    [
        {"spots": []},
        {"spots": [{"instrument": "", "venue": "sim"}]},
        {"spots": [{"instrument": "1", "venue": "sim"}], "focus": 1},
        {"spots": [{"instrument": "1", "venue": "sim"}], "focus": -1},
        {"spots": [{"instrument": "1\x1b[2J", "venue": "sim"}]},
        {"spots": [{"instrument": "1" * 501, "venue": "sim"}]},
        {"spots": [{"instrument": "1", "venue": "sim"}] * 5},
    ],
)
def test_what_is_odd_in_a_file_is_left_out(odd):
    text = msgspec.json.encode({"odd": odd, "sound": msgspec.to_builtins(TWO)})
    assert read_layouts(text).names == ("sound",)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"a": 5}', b"\xff"])
def test_a_file_that_cannot_be_read_is_none(text):
    assert read_layouts(text).names == ()
