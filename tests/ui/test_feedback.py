import pytest
from fake_backend import NOON, order

from omega_tui.domain.events.account import ArmChanged, FillRecorded, OrderChanged, TradingMode
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.domain.orders import Fill, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.ui.desk.feedback import BELL_NS, Feedback, Sound, notification, sound_of

FILL = FillRecorded(
    Fill(trade_id="t", venue_order_id="v", instrument="1001", side=Side.BUY, price=1, size=1),
    "o1",
    is_new=True,
)
REFUSED = OrderChanged(order(1, OrderStatus.REJECTED, 45))


@pytest.mark.parametrize(
    ("event", "sound"),
    [
        (FILL, Sound.FILL),
        (REFUSED, Sound.REFUSED),
        (OrderChanged(order(1, OrderStatus.UNKNOWN, 45)), Sound.UNKNOWN),
        (OrderChanged(order(1, OrderStatus.NOT_PLACED, 45)), Sound.ALARM),
        (OrderChanged(order(1, OrderStatus.ACCEPTED, 45)), None),
        (ArmChanged("sim", TradingMode.DISARMED, "the book is STALE"), Sound.DISARMED),
        (ArmChanged("sim", TradingMode.DISARMED), None),
        (ArmChanged("sim", TradingMode.ARMED), None),
        (Alert(NOON, Severity.ALARM, "X", "look"), Sound.ALARM),
        (Alert(NOON, Severity.INFO, "X", "look"), None),
    ],
)
def test_what_can_be_heard(event, sound):
    assert sound_of(event) is sound


def test_each_kind_rings_once_a_second_and_no_kind_silences_another():
    feedback = Feedback(Sound)
    assert feedback.heard([FILL, FILL], 0) == {Sound.FILL}
    assert feedback.heard([FILL, REFUSED], BELL_NS - 1) == {Sound.REFUSED}
    assert feedback.heard([FILL], BELL_NS) == {Sound.FILL}
    assert feedback.heard([], 9 * BELL_NS) == frozenset()


def test_a_kind_that_is_not_wanted_is_silent():
    assert Feedback([Sound.ALARM]).heard([FILL, REFUSED], 0) == frozenset()


def test_a_notification_is_one_sequence_whatever_its_text():
    assert notification("off", "filled") == ""
    assert notification("osc9", "filled") == "\x1b]9;omega-tui: filled\x07"
    assert notification("osc777", "a;b") == "\x1b]777;notify;omega-tui;a,b\x07"
    nasty = notification("osc9", "x\x07\x1b]52;c;aGk=\x07" + "y" * 500)
    assert (nasty.count("\x1b"), nasty.count("\x07")) == (1, 1)
    assert len(nasty) < 200
