"""Frames between the two processes of a console come out as they went in, whatever the pieces."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.bus.codec import MAX_FRAME
from omega_tui.bus.held_back import OTHERS_AT_ONCE, HeldBack
from omega_tui.bus.pipe import Asked, Kind, Splitter, frame
from omega_tui.bus.silence import LastHeard
from omega_tui.domain.events.account import ArmChanged, ProgramChanged, TradingMode
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.events.status import Alert, ConnectionChanged, Severity
from omega_tui.domain.integrity import Connection, ConnectionState, Integrity, IntegrityState, StreamName
from omega_tui.domain.programs import Program, ProgramStatus, Twap
from omega_tui.domain.side import Side
from omega_tui.errors import RemoteProtocolError

frames = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=200)), max_size=12)


@given(frames, st.integers(1, 40))
def test_frames_survive_any_cut(sent, size):
    stream = b"".join(frame(kind, body) for kind, body in sent)
    splitter = Splitter()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [one for piece in pieces for one in splitter.feed(piece)] == sent


def test_a_body_that_is_no_bytes_is_encoded():
    [(kind, body)] = Splitter().feed(frame(Kind.COMMAND, Asked(3, 4, msgspec.Raw(b'{"type":"Kill"}'))))
    assert kind is Kind.COMMAND
    assert msgspec.json.decode(body, type=Asked).number == 3


@pytest.mark.parametrize("data", [b"\x00\x00\x00\x00?", (MAX_FRAME + 1).to_bytes(4, "big") + b"e"])
def test_what_is_no_frame_of_ours_is_an_error(data):
    with pytest.raises(RemoteProtocolError):
        list(Splitter().feed(data))


def book(instrument, at_ns=0):
    return BookUpdated(instrument, None, Integrity(IntegrityState.UNCHECKED), last_update_ns=at_ns)


def test_books_that_nobody_looks_at_are_told_a_few_at_a_time_and_the_newest_of_each():
    held = HeldBack()
    everything = [book(str(number)) for number in range(9)]
    assert held.sift(everything) == everything, "before it is known who is looked at, all are"
    held.looked_at = frozenset({"0"})
    told = held.sift(everything)
    assert [one.instrument for one in told] == ["0", "1", "2"]
    fact = Alert(1, Severity.INFO, "X", "y")
    told = held.sift([book("3", at_ns=5), fact, book("0", at_ns=6)])
    assert told == [fact, book("0", at_ns=6), book("3", at_ns=5), book("4")], "its place is kept"
    seen = [held.sift([]) for _ in range(2)]
    assert [one.instrument for some in seen for one in some] == ["5", "6", "7", "8"]
    assert len(held) == 0
    assert max(map(len, seen)) <= OTHERS_AT_ONCE


def test_a_book_that_is_looked_at_now_does_not_wait_any_more():
    held = HeldBack()
    held.looked_at = frozenset()
    held.sift([book(str(number)) for number in range(9)])
    held.looked_at = frozenset({"8"})
    assert "8" in [one.instrument for one in held.sift([])]
    held.sift([book("8", at_ns=1)])
    assert len(held) < 9


def test_an_engine_that_is_not_heard_is_down_and_disarmed():
    heard = LastHeard()
    up = Connection("sim", StreamName.BOOK, ConnectionState.UP)
    heard.took(ConnectionChanged(up))
    heard.took(ArmChanged("sim", TradingMode.ARMED, "", is_live=True))
    assert heard.armed == ["sim"]
    connection, arm = heard.silenced("it was killed")
    assert connection.connection.state is ConnectionState.DOWN
    assert connection.connection.reason == "it was killed"
    assert (arm.mode, arm.reason, arm.is_live) == (TradingMode.DISARMED, "it was killed", True)
    heard.forget()
    assert heard.silenced("x") == []


def test_what_an_engine_did_is_done_by_nobody_once_it_has_ended():
    heard, bare = LastHeard(), {"instrument": "1001", "venue": "sim", "cap_ticks": 3}
    twap = Twap(side=Side.SELL, size=Decimal(10), limit_price=Decimal("0.4"), seconds=60, slices=2, **bare)
    for number, status in enumerate((ProgramStatus.WORKING, ProgramStatus.CANCELING, ProgramStatus.WORKING)):
        heard.took(ProgramChanged(Program(id=f"p{number}", spec=twap, status=status, size=Decimal(10))))
    heard.took(ProgramChanged(Program(id="p2", spec=twap, status=ProgramStatus.DONE)))
    told = [(one.program.id, one.program.status, one.program.reason) for one in heard.ended("it was killed")]
    assert told == [("p0", ProgramStatus.HELD, "it was killed"), ("p1", ProgramStatus.HELD, "it was killed")]
    assert heard.silenced("not heard") == [], "it may go on with them"
