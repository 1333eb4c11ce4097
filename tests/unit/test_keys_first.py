"""When a due frame gives way to keys and orders, and that it never does so for long."""

from omega_tui.ui.console.keys_first import HOLD_NS, MOST_NS, KeysFirst

BEGAN = 5_000_000_000


def drawn() -> KeysFirst:
    first = KeysFirst()
    first.drawn(BEGAN)
    return first


def test_nothing_waits_at_first():
    assert not drawn().come_first(BEGAN + 1)


def test_a_key_that_was_read_comes_before_the_frame():
    first = drawn()
    first.key_read()
    assert first.come_first(BEGAN + 1)
    first.key_taken()
    assert not first.come_first(BEGAN + 1)


def test_each_of_two_keys_is_waited_for():
    first = drawn()
    first.key_read()
    first.key_read()
    first.key_taken()
    assert first.come_first(BEGAN + 1)


def test_a_key_from_no_terminal_hides_no_later_one():
    first = drawn()
    first.key_taken()
    first.key_read()
    assert first.come_first(BEGAN + 1)


def test_an_order_has_the_interpreter_until_it_is_answered_or_its_time_is_up():
    first = drawn()
    first.sent(BEGAN)
    assert first.come_first(BEGAN + HOLD_NS - 1)
    assert not first.come_first(BEGAN + HOLD_NS)
    first.sent(BEGAN)
    first.settled()
    assert not first.come_first(BEGAN + 1)


def test_the_trader_goes_on_seeing_whatever_comes():
    first = drawn()
    first.key_read()
    first.sent(BEGAN + MOST_NS - 1)
    assert first.come_first(BEGAN + MOST_NS - 1)
    assert not first.come_first(BEGAN + MOST_NS)
