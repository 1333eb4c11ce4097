"""What the trader saw goes with the order, all the way into the journal and back."""

from decimal import Decimal

import msgspec

from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import FrameStamp
from omega_tui.ui.ladder.frame import PaintedFrame

CENT = Decimal("0.01")
FRAME = PaintedFrame(
    frame_id=7,
    painted_ns=123,
    instrument="1001",
    prices=tuple(CENT * tick for tick in (52, 51, 50, 49)),
    cursor_price=CENT * 50,
    cursor_row=2,
    best_bid=CENT * 50,
    best_ask=CENT * 51,
    book_sequence=9,
    data_state=DataState.LIVE,
)


def test_the_stamp_says_which_price_stood_on_which_row():
    stamp = FRAME.to_stamp(CENT * 51)
    assert (stamp.price, stamp.cursor_price, stamp.cursor_row) == (CENT * 51, CENT * 50, 2)
    assert [stamp.top_price - stamp.row_step * row for row in range(stamp.rows)] == list(FRAME.prices)


def test_a_frame_without_rows_says_so():
    stamp = msgspec.structs.replace(FRAME, prices=(), cursor_row=None).to_stamp()
    assert (stamp.top_price, stamp.rows, stamp.cursor_row) == (None, 0, None)


def test_a_stamp_of_an_older_journal_can_be_read():
    old = {
        "frame_id": 7,
        "price": "0.50",
        "best_bid": None,
        "best_ask": "0.51",
        "book_sequence": 9,
        "painted_ns": 1,
        "data_state": "LIVE",
    }
    read = msgspec.convert(old, FrameStamp)
    assert read.cursor_row is None
    assert msgspec.json.decode(msgspec.json.encode(FRAME.to_stamp()), type=FrameStamp) == FRAME.to_stamp()
