"""The guards of the keyboard by themselves, every time passed in: what is believed, and when it is not."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.ui.desk.order_facts import KeyPress, Refused
from omega_tui.ui.orders.key_guard import (
    BURST_KEYS,
    BURST_NS,
    DUPLICATE_NS,
    HANDLING_NS,
    HELD_GAP_NS,
    HELD_KEYS,
    PAIR_NS,
    QUIET_NS,
    REPEAT_NS,
    SETTLE_NS,
    KeyGuard,
)

START = 10_000_000_000
gaps = st.integers(0, 3 * QUIET_NS)
few = settings(max_examples=40, deadline=None)


class Keyboard:
    """A guard, and a hand that presses keys at given gaps; judged as the grammar judges an order key."""

    def __init__(self):
        self.guard = KeyGuard()
        self.now_ns = START

    def press(  # noqa: PLR0913 - what the guards look at
        self, key, gap_ns, *, waited_ns=0, may_repeat=False, is_second=False, pasteable=True
    ):
        self.now_ns += gap_ns
        press = KeyPress(key, self.now_ns, self.now_ns + waited_ns, pasteable)
        self.guard.recall(press)
        flooded = self.guard.flood(press)
        if flooded is not None:
            return flooded
        return self.guard.check(press, may_repeat=may_repeat, settles=True, is_second=is_second)


@few
@given(st.integers(0, HELD_GAP_NS - 1), st.integers(HELD_KEYS, 200))
def test_the_third_repeat_of_a_held_key_disarms_and_no_later_one_is_believed(gap_ns, repeats):
    keyboard = Keyboard()
    answers = [keyboard.press("f5", gap_ns, pasteable=False) for _ in range(repeats)]
    assert answers[HELD_KEYS - 1].code == "HELD"
    assert answers[HELD_KEYS - 1].disarm
    assert all(answer.code == "BLOCKED" for answer in answers[HELD_KEYS:])
    assert sum(bool(answer.disarm) for answer in answers if answer is not None) == 1


@few
@given(st.integers(HELD_GAP_NS, 10 * QUIET_NS), st.integers(2, 40))
def test_a_key_pressed_again_and_again_by_a_person_is_believed(gap_ns, times):
    keyboard = Keyboard()
    assert all(keyboard.press("b", gap_ns) is None for _ in range(times))


@few
@given(st.integers(0, HELD_GAP_NS - 1))
def test_what_may_repeat_is_never_a_held_key(gap_ns):
    keyboard = Keyboard()
    keys = [keyboard.press("plus", max(gap_ns, BURST_NS), may_repeat=True) for _ in range(50)]
    assert keys == [None] * 50


@few
@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=BURST_KEYS + 1, max_size=60), st.integers(0, BURST_NS // 6)
)
def test_a_burst_of_characters_is_a_paste_and_disarms_once(text, gap_ns):
    keyboard = Keyboard()
    answers = [keyboard.press(key, gap_ns if n else QUIET_NS) for n, key in enumerate(text)]
    disarms = [answer for answer in answers if isinstance(answer, Refused) and answer.disarm]
    assert len(disarms) == 1
    assert disarms[0].code in {"PASTE", "HELD"}
    assert all(answer is not None for answer in answers[BURST_KEYS:])


@few
@given(st.lists(st.sampled_from(["up", "down", "f8", "home"]), min_size=8, max_size=40))
def test_keys_that_cannot_be_pasted_are_no_paste(keys):
    keyboard = Keyboard()
    answers = [keyboard.press(key, 0, pasteable=False, may_repeat=True) for key in keys]
    assert all(answer is None for answer in answers)


@few
@given(gaps, gaps)
def test_a_tripped_guard_believes_again_after_half_a_second_of_silence_and_not_before(first, second):
    keyboard = Keyboard()
    for _ in range(HELD_KEYS):
        keyboard.press("b", 1_000_000)
    answers = [keyboard.press("s", first), keyboard.press("x", second)]
    quiet = first >= QUIET_NS
    assert (answers[0] is None) is quiet
    assert (answers[1] is None) is (quiet or second >= QUIET_NS)


@few
@given(st.integers(0, 4 * HANDLING_NS))
def test_a_key_that_waited_too_long_is_dropped(waited_ns):
    answer = Keyboard().press("b", QUIET_NS, waited_ns=waited_ns)
    assert (answer is None) is (waited_ns <= HANDLING_NS)
    assert answer is None or answer.code == "LATE_KEY"


@few
@given(st.integers(-QUIET_NS, QUIET_NS))
def test_every_key_read_before_the_end_of_a_stall_is_discarded(offset_ns):
    keyboard = Keyboard()
    keyboard.guard.stalled(START)
    answer = keyboard.press("b", offset_ns)
    assert (answer is None) is (offset_ns >= 0)
    assert answer is None or answer.code == "STALL"


@few
@given(st.integers(0, 2 * SETTLE_NS))
def test_the_settle_lock_holds_exactly_as_long_as_it_says(after_ns):
    keyboard = Keyboard()
    keyboard.guard.settle(START, "the market changed")
    keyboard.guard.settle(START, "a shorter one", SETTLE_NS // 2)
    answer = keyboard.press("b", after_ns)
    assert (answer is None) is (after_ns >= SETTLE_NS)
    assert answer is None or "the market changed" in answer.text


@few
@given(st.integers(0, 2 * PAIR_NS))
def test_an_object_that_comes_with_its_verb_is_no_answer(gap_ns):
    keyboard = Keyboard()
    keyboard.press("b", QUIET_NS)
    answer = keyboard.press("j", gap_ns, is_second=True)
    assert (answer is None) is (gap_ns >= PAIR_NS)


@few
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2 * DUPLICATE_NS)), max_size=40))
def test_the_same_action_is_not_sent_twice_within_a_quarter_of_a_second(actions):
    guard, now_ns, sent = KeyGuard(), START, []
    for action, gap_ns in actions:
        now_ns += gap_ns
        if not guard.is_duplicate(action, now_ns):
            sent.append((action, now_ns))
    for (first, at_ns), (second, then_ns) in itertools.pairwise(sent):
        assert first != second or then_ns - at_ns >= DUPLICATE_NS


@few
@given(st.lists(st.integers(0, 2 * REPEAT_NS), max_size=40))
def test_an_order_of_one_key_comes_again_only_after_the_slowest_keyboard_would_have_repeated_it(gap_list):
    guard, now_ns = KeyGuard(), START
    believed = [not guard.is_repeat("quick.buy_join", now_ns)]
    for gap_ns in gap_list:
        now_ns += gap_ns
        believed.append(not guard.is_repeat("quick.buy_join", now_ns))
    assert believed == [True, *(gap_ns >= REPEAT_NS for gap_ns in gap_list)]
