"""Properties of the order grammar: items 1 to 6, 9 and 10 of section 10 of the ladder specification."""

from dataclasses import replace
from decimal import Decimal

from hand import INSTRUMENT, TICK, Hand, armed_facts, painted
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import OrderType, TimeInForce
from omega_tui.ui.keys.keymap_table import TABLE
from omega_tui.ui.ladder import market_view
from omega_tui.ui.ladder.frame import PaintedFrame

D = Decimal

ORDER_KEYS = "bsxfcjimAkJK0123py" + "qz "
NAMED_KEYS = ("enter", "escape", "delete", "down", "up", "home", "plus", "f7", "f8", "f9", "tab", "ctrl+left")
keys = st.one_of(st.sampled_from(ORDER_KEYS), st.sampled_from(NAMED_KEYS))
gaps = st.sampled_from([1.0, 30.0, 80.0, 170.0, 260.0, 700.0, 1_700.0])
touches = st.tuples(st.integers(31, 58), st.integers(1, 4))


@st.composite
def frames(draw) -> PaintedFrame:
    bid, spread = draw(touches)
    cursor = draw(st.integers(20, 70))
    return painted(cursor=cursor, bid=bid, ask=bid + spread, frame_id=draw(st.integers(1, 99)))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(keys, gaps, st.none() | frames()), max_size=40))
def test_the_price_of_an_order_is_one_that_was_painted(steps):
    """Item 1: at the cursor it is the painted price, elsewhere it follows from the painted touches."""
    hand = Hand(facts=armed_facts(position=D(300)))
    sequence = 3
    for key, gap_ms, frame in steps:
        if frame is not None:
            sequence += 1
            hand.frame = structs.replace(frame, book_sequence=sequence, painted_ns=hand.now_ns)
            hand.facts = structs.replace(hand.facts, book_sequence=sequence)
        before = len(hand.placed)
        pending = hand.entry.asked
        hand.press(key, gap_ms=gap_ms)
        for request in hand.placed[before:]:
            seen = (
                pending.offer.commands[0].request.frame
                if pending is not None
                else hand.frame.to_stamp(request.price)
            )
            assert request.frame == seen
            sign = request.side.sign
            near, far = (seen.best_bid, seen.best_ask) if sign > 0 else (seen.best_ask, seen.best_bid)
            allowed = {near, near + sign * TICK, far + sign * 3 * TICK}
            if hand.frame.cursor_row is not None or pending is not None:
                allowed.add(request.frame.price)
            assert request.price in allowed
            takes = sign * (request.price - far) >= 0
            assert not takes or pending is not None or request.reduce_only, "what takes is asked about first"


@settings(max_examples=100, deadline=None)
@given(frames(), frames(), st.sampled_from("bs"))
def test_the_market_moving_between_two_keys_never_moves_the_cursor_price(first, second, verb):
    """Item 2, the row-index bug: whatever the book does, the order is at the price under the finger."""
    hand = Hand(frame=first)
    hand.press(verb)
    hand.frame = structs.replace(second, cursor_price=first.cursor_price, cursor_row=first.cursor_row)
    hand.press("c")
    hand.press("enter", gap_ms=200)
    assert {request.price for request in hand.placed} <= {first.cursor_price}


@settings(max_examples=60, deadline=None)
@given(st.integers(31, 50), st.lists(st.integers(1, 40), max_size=30))
def test_no_book_moves_the_view_or_the_cursor(start, ticks):
    """The same two regressions at their root: a look at a market takes no book after it was opened."""
    looked = market_view.Look(market_view.View(60, 31), start, TICK)
    for step in ticks:
        looked = market_view.moved(looked, 0, INSTRUMENT)
        assert looked.cursor_price == TICK * start, step


@settings(max_examples=40, deadline=None)
@given(keys, st.floats(15, 59), st.booleans())
def test_a_key_held_down_places_nothing(key, gap_ms, pending):
    """Item 3: 1,000 repeats of any key, also after a verb, place at most what the first press means."""
    hand = Hand(facts=armed_facts(position=D(300)))
    if pending:
        hand.press("b")
    for _ in range(1_000):
        hand.press(key, gap_ms=gap_ms)
    assert len(hand.placed) <= (1 if pending else 0)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="buysxfcjimA 0123\n", min_size=7, max_size=500), st.floats(0, 4.2), st.integers(0, 2))
def test_a_paste_without_brackets_places_nothing(text, gap_ms, waiting):
    """Item 4: characters that arrive as key presses in one or a few reads."""
    hand = Hand(facts=armed_facts(position=D(300)))
    hand.type(*"qq"[:waiting])
    for character in text:
        hand.press("enter" if character == "\n" else character, gap_ms=gap_ms)
    assert hand.placed == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["bj", "sc", "bi", "f1", "sj", "c", "j"]), max_size=12).map("".join),
    st.lists(st.sampled_from([40.0, 90.0, 170.0]), min_size=24, max_size=24),
    st.booleans(),
)
def test_keys_pressed_while_the_screen_stands_still_place_nothing(pressed, waits, noticed):
    """Item 5: frozen for 2 s; the keys come out at once afterwards, whether the frame noticed or not."""
    hand = Hand(facts=armed_facts(position=D(300)))
    end_ms = hand.now_ms + 2_000
    if noticed:
        hand.entry.stalled(round(end_ms * 1_000_000))
    for key, gap_ms in zip(pressed, waits, strict=False):
        read_ms = hand.now_ms + gap_ms
        if read_ms >= end_ms - 150:
            break
        hand.press(key, gap_ms=gap_ms, waited_ms=end_ms - read_ms)
    assert hand.placed == []


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from("bs"),
    st.sampled_from("cjixm"),
    st.sampled_from([DataState.STALE, DataState.RESYNC, DataState.DOWN]),
    st.integers(0, 2),
    st.booleans(),
)
def test_stale_at_any_moment_refuses(verb, thing, state, moment, recovers):
    """Item 6: before the verb, the object, or Enter; that it recovers in between changes nothing."""
    hand = Hand(frame=painted(cursor=46))
    live = hand.facts
    for number, key in enumerate((verb, thing, "enter")):
        if number == moment:
            hand.facts = structs.replace(live, data=DataStatus(state, None))
            hand.entry.observe(hand.facts, hand.now_ns)
            if recovers and number:
                hand.facts = live
        before = len(hand.placed)
        hand.press(key, gap_ms=200)
        if number >= moment and (not recovers or number == moment):
            assert len(hand.placed) == before


@settings(max_examples=60, deadline=None)
@given(st.sampled_from("bs"), st.sampled_from("cjixm"), frames())
def test_a_tick_change_between_the_keys_refuses(verb, thing, frame):
    """Item 9: 1c becomes 0.1c with a verb pending."""
    hand = Hand(frame=frame)
    hand.press(verb)
    hand.facts = structs.replace(hand.facts, instrument=replace(INSTRUMENT, tick_size=D("0.001")))
    hand.press(thing)
    hand.press("enter", gap_ms=200)
    assert hand.placed == []


@given(st.sampled_from([key for bind in TABLE for key in bind.keys if len(key) == 1 and key.isalpha()]))
def test_escape_merged_with_a_letter_triggers_nothing(letter):
    """Item 10: tmux makes `ctrl+left` of Esc and `b`, and alt+letter of the others."""
    hand = Hand()
    hand.press("b")
    for merged in ("ctrl+left", "ctrl+right", f"alt+{letter}"):
        hand.press(merged)
    assert hand.placed == []
    assert all(merged not in bind.keys for bind in TABLE for merged in ("ctrl+left", f"alt+{letter}"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(keys, gaps), max_size=60))
def test_every_order_is_whole(steps):
    """Whatever is pressed: on tick, in bounds, above zero, with its frame, post-only never with IOC."""
    hand = Hand(facts=armed_facts(position=D(-40)))
    for key, gap_ms in steps:
        hand.press(key, gap_ms=gap_ms)
    for request in hand.placed:
        assert INSTRUMENT.is_on_tick(request.price)
        assert INSTRUMENT.contains(request.price)
        assert request.size > 0
        assert request.frame is not None
        assert not (request.post_only and request.time_in_force is not TimeInForce.GTC)
        assert request.order_type is OrderType.LIMIT or request.time_in_force is TimeInForce.IOC
