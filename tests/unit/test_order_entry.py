"""The key grammar of orders, one rule of the ladder specification per test."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hand import INSTRUMENT, TICK, Hand, armed_facts, painted
from msgspec import structs

from omega_tui.domain.commands import Arm, CancelOrder, CancelOrders, Disarm, Kill, PlaceOrder, StartProgram
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import (
    Go,
    KeyPress,
    Menu,
    MenuItem,
    Refused,
    Send,
    Taken,
    TypeSize,
    Unclaimed,
)
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.keys.keymap_presets import PRESETS, shipped
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.orders.menu import pending_menu
from omega_tui.ui.orders.pending import Pending, Verb
from omega_tui.ui.orders.strange_keys import why_no_object
from omega_tui.ui.panes.pane_lines import wrapped
from omega_tui.ui.panes.status_line import cells_of, menu_line, spread_menu
from omega_tui.units import NS_PER_MS

D = Decimal


def code(decision):
    assert isinstance(decision, Refused), decision
    return decision.code


def an_order(price="0.45", side=Side.BUY, status=OrderStatus.ACCEPTED, number=1, instrument="1001"):
    request = OrderRequest(
        client_order_id=f"o{number}",
        instrument=instrument,
        venue="sim",
        side=side,
        size=D(10),
        price=D(price),
    )
    return Order(request=request, status=status, venue_order_id=f"v{number}", ts_intent_ns=number)


# ---------------------------------------------------------------------------- verb and object, prices


@pytest.mark.parametrize(
    ("keys", "side", "price"),
    [
        ("bc", Side.BUY, "0.44"),
        ("bj", Side.BUY, "0.45"),
        ("bi", Side.BUY, "0.46"),
        ("sj", Side.SELL, "0.48"),
        ("si", Side.SELL, "0.47"),
    ],
)
def test_an_order_takes_its_price_from_the_painted_frame(keys, side, price):
    hand = Hand(frame=painted(cursor=44, bid=45, ask=48))
    sent = hand.type(*keys)
    assert isinstance(sent, Send)
    (request,) = hand.placed
    assert (request.side, request.price, request.size) == (side, D(price), D(10))
    assert request.client_order_id == ""
    assert request.time_in_force is TimeInForce.GTC
    assert request.frame == hand.frame.to_stamp(D(price))


def test_improving_a_one_tick_spread_joins_instead():
    hand = Hand(frame=painted(bid=45, ask=46))
    hand.type("b", "i")
    hand.press("escape", gap_ms=400)
    hand.type("s", "i")
    assert [request.price for request in hand.placed] == [D("0.45"), D("0.46")]


def test_a_cross_is_a_capped_ioc_and_asks_for_enter():
    hand = Hand()
    assert hand.type("b", "x") == Taken()
    assert hand.placed == []
    assert hand.entry.menu(hand.frame, hand.facts).is_question
    assert isinstance(hand.press("enter", gap_ms=200), Send)
    (request,) = hand.placed
    assert (request.price, request.time_in_force) == (D("0.50"), TimeInForce.IOC)
    assert not request.post_only


def test_a_market_order_carries_a_worst_price_and_asks():
    hand = Hand()
    hand.type("s", "m")
    hand.press("enter", gap_ms=200)
    (request,) = hand.placed
    assert request.order_type is OrderType.MARKET
    assert request.price == D("0.42")


def test_the_cap_stays_inside_a_bounded_market():
    hand = Hand(frame=painted(bid=97, ask=98, cursor=None))
    hand.type("b", "x")
    hand.press("enter", gap_ms=200)
    assert hand.placed[0].price == D("0.99")


def test_an_order_at_the_cursor_that_would_cross_asks_first():
    hand = Hand(frame=painted(cursor=50))
    hand.type("b", "c")
    assert hand.placed == []
    hand.press("enter", gap_ms=200)
    assert [request.price for request in hand.placed] == [D("0.50")]


@pytest.mark.parametrize(
    ("frame", "keys"),
    [
        (painted(bid=None), "bj"),
        (painted(ask=None), "sj"),
        (painted(ask=None), "bx"),
        (painted(bid=None), "sx"),
    ],
)
def test_an_empty_side_has_no_touch(frame, keys):
    hand = Hand(frame=frame)
    assert code(hand.type(*keys)) == "NO_TOUCH"


def test_a_cursor_outside_the_view_is_refused_with_its_price():
    hand = Hand(frame=painted(cursor=70))
    refused = hand.type("b", "c")
    assert code(refused) == "OFF_VIEW"
    assert refused.text == "cursor 0.70 is above the view: {view.cursor} shows it"
    hand.frame = painted(cursor=12)
    assert "below" in hand.type("b", "c").text
    assert isinstance(hand.type("b", "j"), Send)


def test_grouped_rows_take_the_passive_end_and_never_cross_at_the_cursor():
    rows = tuple(TICK * tick for tick in range(60, 29, -5))
    frame = structs.replace(painted(cursor=43), prices=rows, cursor_row=rows.index(D("0.40")))
    hand = Hand(frame=frame, facts=armed_facts(group=5))
    hand.type("b", "c")
    assert hand.placed[0].price == D("0.40")
    high = structs.replace(painted(cursor=52), prices=rows, cursor_row=rows.index(D("0.50")))
    hand.frame = high
    hand.type("s", "c", gap_ms=400)
    assert hand.placed[1].price == D("0.54")
    assert code(hand.type("b", "c", gap_ms=400)) == "GROUPED"
    hand.type("b", "t", gap_ms=400)
    assert hand.placed[2].trigger_price == D("0.52"), "the price painted under the cursor, to the tick"


@pytest.mark.parametrize("key", ["b", "q", "y", "2", "down", "f7"])
def test_a_key_that_is_no_object_drops_the_verb(key):
    hand = Hand()
    assert code(hand.type("b", key)) == "NO_OBJECT"
    assert not hand.entry.is_pending


@pytest.mark.parametrize(
    ("verb", "key", "said"),
    [
        (
            "x",
            "j",
            (
                "j dropped: CANCEL takes c cursor, b buys, s sells, m market, a all, l last, P protective; "
                "BUY and SELL take j"
            ),
        ),
        (
            "f",
            "x",
            (
                "x dropped: FLATTEN takes Enter all, 1 quarter, 2 half, 3 most, r reverse, e break even; "
                "BUY and SELL take x"
            ),
        ),
        (
            "b",
            "a",
            (
                "a dropped: BUY takes c cursor, j join, i improve, x cross, m market, t stop, T stop limit; "
                "CANCEL takes a"
            ),
        ),
        ("A", "q", "q dropped: ARM takes Enter confirm"),
        ("g", "ö", "ö dropped: GO takes l w s o p t c e q E x d D 1 2 3 4 5 6 7 8 9 a f v"),
    ],
)
def test_a_key_that_is_no_object_is_told_what_the_verb_takes_and_which_verb_takes_it(verb, key, said):
    facts = armed_facts(position=D(10), mode=TradingMode.DISARMED if verb == "A" else TradingMode.ARMED)
    answer = Hand(facts=facts).type(verb, key)
    assert (answer.code, answer.text) == ("NO_OBJECT", said)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.GRAB])
def test_what_a_verb_takes_fits_on_the_two_lines_of_the_smallest_terminal(preset, verb):
    longest = max(
        (why_no_object(verb, key, shipped(preset)) for key in ("j", "x", "m", "shift+up", "full_stop")),
        key=len,
    )
    assert len(wrapped(longest, 78)) <= 2, longest


def test_escape_drops_a_verb_and_a_question():
    hand = Hand()
    hand.type("b")
    assert hand.press("escape") == Taken("dropped: nothing was sent")
    hand.type("b", "x")
    hand.press("escape")
    assert not hand.entry.is_pending
    assert hand.press("enter", gap_ms=200) == Taken()
    assert hand.placed == []


def test_a_verb_expires():
    hand = Hand()
    hand.press("b")
    dropped = hand.entry.observe(hand.facts, hand.now_ns + 1_600_000_000)
    assert code(dropped) == "EXPIRED"
    hand.press("b")
    assert code(hand.press("j", gap_ms=1_600)) == "NO_VERB", "the object of a verb that is gone moves nothing"
    assert hand.placed == []


# ---------------------------------------------------------------------------- what locks


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"mode": TradingMode.DISARMED}, "disarmed"),
        ({"mode": TradingMode.HALTED}, "killed"),
        ({"is_replay": True}, "replay"),
        ({"too_small": True}, "too small"),
        ({"instrument": None}, "no market"),
        ({"instrument": replace(INSTRUMENT, active=False)}, "takes no orders"),
        ({"data": DataStatus(DataState.STALE, None, "no update")}, "STALE"),
        ({"data": DataStatus(DataState.RESYNC, None)}, "RESYNC"),
        ({"data": DataStatus(DataState.DOWN, None)}, "DOWN"),
        ({"orders": (an_order(status=OrderStatus.UNKNOWN),)}, "unknown"),
    ],
)
def test_a_lock_refuses_the_verb_itself_and_says_why(fields, word):
    hand = Hand(facts=armed_facts(**fields))
    refused = hand.press("b")
    assert code(refused) == "LOCKED"
    assert word in refused.text
    assert not hand.entry.is_pending


def test_an_unknown_order_elsewhere_locks_nothing_here():
    hand = Hand(facts=armed_facts(orders=(an_order(status=OrderStatus.UNKNOWN, instrument="2001"),)))
    assert isinstance(hand.type("b", "j"), Send)


@pytest.mark.parametrize("state", [DataState.STALE, DataState.RESYNC, DataState.DOWN, DataState.LAG])
def test_a_worse_data_state_drops_the_verb_even_when_it_recovers(state):
    hand = Hand()
    hand.press("b")
    worse = structs.replace(hand.facts, data=DataStatus(state, None))
    assert code(hand.entry.observe(worse, hand.now_ns)) == "DATA"
    assert code(hand.press("j")) == "NO_VERB"
    assert hand.placed == []


def test_stale_between_question_and_enter_drops_it():
    hand = Hand()
    hand.type("b", "x")
    hand.facts = structs.replace(hand.facts, data=DataStatus(DataState.STALE, None))
    hand.press("enter", gap_ms=200)
    assert hand.placed == []


@pytest.mark.parametrize("state", [DataState.QUIET, DataState.LAG])
def test_data_that_is_not_live_lets_only_resting_orders_through(state):
    hand = Hand(facts=armed_facts(data=DataStatus(state, None)))
    assert code(hand.type("b", "x")) == "PASSIVE_ONLY"
    hand.type("b", "j")
    if state is DataState.LAG:
        assert hand.placed == [], "late data ask first"
        hand.press("enter", gap_ms=200)
    (request,) = hand.placed
    assert request.post_only


def test_what_was_painted_stale_is_not_ordered_from():
    hand = Hand(frame=painted(data_state=DataState.STALE))
    assert code(hand.type("b", "j")) == "DATA"


def test_an_old_frame_counts_while_the_book_has_not_changed():
    hand = Hand()
    assert isinstance(hand.type("b", "j"), Send), "painted 10 s ago, same book"
    hand.facts = structs.replace(hand.facts, book_sequence=4)
    assert code(hand.type("b", "j", gap_ms=400)) == "STALE_FRAME"
    hand.frame = structs.replace(hand.frame, painted_ns=hand.now_ns)
    assert isinstance(hand.type("b", "j", gap_ms=100), Send)


@pytest.mark.parametrize("frame", [None, painted(instrument="2001")])
def test_nothing_is_ordered_from_a_market_that_is_not_painted(frame):
    hand = Hand(frame=frame)
    assert code(hand.type("b", "j")) == "NOT_PAINTED"


def test_a_tick_change_drops_the_verb_and_locks_for_a_second():
    hand = Hand()
    hand.press("b")
    hand.facts = structs.replace(hand.facts, instrument=replace(INSTRUMENT, tick_size=D("0.001")))
    hand.press("j")
    assert code(hand.type("b")) == "SETTLING"
    assert code(hand.press("b", gap_ms=500)) == "SETTLING"
    assert hand.press("b", gap_ms=600) == Taken()
    assert hand.placed == []


def test_what_a_tick_change_drops_is_said_at_once():
    """A grabbed order or an open question would else vanish from the strip without a word."""
    finer = replace(INSTRUMENT, tick_size=D("0.001"))
    for keys, what in (("b", "BUY"), ("bx", "the question"), (" ", "GRAB")):
        hand = Hand(facts=structs.replace(armed_facts(), orders=(an_order(),)))
        hand.type(*(key.replace(" ", "space") for key in keys))
        assert hand.entry.is_pending, keys
        hand.facts = structs.replace(hand.facts, instrument=finer)
        said = hand.entry.observe(hand.facts, hand.now_ns + NS_PER_MS)
        text = f"{what} dropped: the tick has just become 0.001; look, then press again"
        assert said == Refused("CHANGED", text)
        assert not hand.entry.is_pending
        assert hand.entry.observe(hand.facts, hand.now_ns + 2 * NS_PER_MS) is None, "once"


def test_f7_asks_even_when_something_has_just_changed():
    """Pressed while a line was open it closes that, and must not ask for a second press."""
    hand = Hand(facts=structs.replace(armed_facts(), position=D(20)))
    hand.entry.settle(hand.now_ns, "the line has just been closed")
    assert hand.press("f7", gap_ms=1) == Taken()
    assert hand.entry.verb is Verb.FLATTEN
    assert code(hand.press("enter", gap_ms=100)) == "SETTLING", "an Enter on its way answers nothing"
    hand.press("f7", gap_ms=300)
    assert isinstance(hand.press("enter", gap_ms=200), Send)


def test_another_market_on_screen_settles():
    hand = Hand()
    hand.press("b")
    hand.facts = structs.replace(hand.facts, instrument=replace(INSTRUMENT, id="2001"))
    hand.frame = painted(instrument="2001")
    hand.press("j")
    assert code(hand.press("b", gap_ms=100)) == "SETTLING"
    assert hand.placed == []


# ---------------------------------------------------------------------------- guards


def test_the_same_action_within_a_quarter_second_is_dropped():
    hand = Hand()
    hand.type("b", "j", gap_ms=100)
    assert code(hand.type("b", "j", gap_ms=100)) == "DUPLICATE"
    assert isinstance(hand.type("b", "j", gap_ms=160), Send)
    assert len(hand.placed) == 2


def test_a_held_key_is_dropped_and_disarms_once():
    hand = Hand()
    decisions = [hand.press("b", gap_ms=33) for _ in range(30)]
    assert sum(bool(one.disarm) for one in decisions if isinstance(one, Refused)) == 1
    assert hand.placed == []


def test_holding_the_cursor_key_is_no_offence():
    hand = Hand()
    assert all(isinstance(hand.press("down", gap_ms=33), Unclaimed) for _ in range(50))
    assert isinstance(hand.type("b", "j"), Send)


def test_keys_stay_dropped_until_the_keyboard_is_quiet():
    hand = Hand()
    for _ in range(5):
        hand.press("b", gap_ms=33)
    assert code(hand.press("s", gap_ms=300)) == "BLOCKED"
    assert hand.press("s", gap_ms=600) == Taken()


def test_two_keys_of_one_read_are_no_order():
    hand = Hand()
    hand.press("b")
    assert code(hand.press("j", gap_ms=2)) == "PAIR"


def test_a_key_that_waited_is_dropped():
    hand = Hand()
    hand.press("b")
    assert code(hand.press("j", waited_ms=151)) == "LATE_KEY"


def test_keys_read_before_the_end_of_a_stall_are_discarded():
    hand = Hand()
    hand.press("b")
    hand.entry.stalled(hand.now_ns + 500_000_000)
    assert not hand.entry.is_pending
    assert code(hand.press("b", gap_ms=100)) == "STALL"
    assert hand.press("b", gap_ms=500) == Taken()


@pytest.mark.parametrize(
    ("why", "happens"),
    [
        ("the screen stood still", lambda hand: hand.entry.stalled(hand.now_ns + NS_PER_MS)),
        ("the feed is back", lambda hand: hand.entry.settle(hand.now_ns + NS_PER_MS, "the feed is back")),
    ],
)
@pytest.mark.parametrize(
    ("keys", "what"), [("b", "BUY"), ("bx", "the question"), (" ", "GRAB"), ("w", "the order")]
)
def test_what_is_dropped_by_no_key_is_told_at_once_and_once(keys, what, why, happens):
    entry = OrderEntry(shipped("onekey" if keys == "w" else "verb"))
    hand = Hand(entry=entry, facts=structs.replace(armed_facts(), orders=(an_order(),)))
    hand.type(*(key.replace(" ", "space") for key in keys))
    happens(hand)
    said = hand.entry.observe(hand.facts, hand.now_ns + 2 * NS_PER_MS)
    assert said == Refused("DROPPED", f"{what} dropped: {why}; look, then press again")
    assert hand.entry.observe(hand.facts, hand.now_ns + 90 * NS_PER_MS) is None


def test_the_enter_of_a_question_that_is_gone_says_so_and_answers_nothing():
    hand = Hand()
    hand.type("b", "x")
    hand.entry.stalled(hand.now_ns)
    answer = hand.press("enter", gap_ms=1_000)
    assert answer.text == "Enter dropped: the question was dropped, the screen stood still"
    hand.type("b", "x")
    assert code(hand.entry.observe(hand.facts, hand.now_ns + 5_100_000_000)) == "EXPIRED"
    assert hand.press("enter", gap_ms=6_000).text == "Enter dropped: the question had expired"
    assert hand.press("enter") == Taken()
    assert hand.placed == []


def test_a_second_cancel_at_another_price_is_another_cancel():
    """Within the time in which the very same one is a slip of the finger."""
    hand = Hand(facts=structs.replace(armed_facts(), orders=(an_order("0.45"), an_order("0.44"))))
    assert hand.press("delete").commands == (CancelOrders("sim", "1001", None, D("0.45")),)
    hand.frame = painted(cursor=44)
    assert hand.press("delete", gap_ms=120).commands == (CancelOrders("sim", "1001", None, D("0.44")),)
    assert hand.press("delete", gap_ms=120) == Taken(), "the very same"


def test_the_settle_lock_drops_and_never_queues():
    hand = Hand()
    hand.entry.settle(hand.now_ns + 160_000_000, "the layout has just changed")
    refused = hand.press("b")
    assert code(refused) == "SETTLING"
    assert "layout" in refused.text
    assert code(hand.press("j", gap_ms=400)) == "NO_VERB"
    assert hand.placed == []


def test_enter_is_ignored_for_a_beat_after_the_question():
    hand = Hand()
    hand.type("b", "x")
    assert hand.press("enter", gap_ms=100) == Taken()
    assert hand.placed == []
    assert isinstance(hand.press("enter", gap_ms=100), Send)


def test_enter_held_on_a_question_sends_at_most_one():
    hand = Hand()
    hand.type("b", "x")
    for _ in range(150):
        hand.press("enter", gap_ms=33)
    assert len(hand.placed) <= 1


def test_the_question_is_asked_again_when_the_touch_ran_away():
    hand = Hand()
    hand.type("b", "x")
    hand.frame = painted(ask=50, painted_ns=hand.now_ns)
    assert hand.press("enter", gap_ms=200) == Taken("the price moved: look again")
    assert hand.placed == []
    hand.press("enter", gap_ms=200)
    assert [request.price for request in hand.placed] == [D("0.53")]


def test_a_question_answered_in_time_sends_the_price_that_it_showed():
    hand = Hand()
    hand.type("b", "x")
    hand.frame = painted(ask=48)
    hand.press("enter", gap_ms=200)
    assert [request.price for request in hand.placed] == [D("0.50")]


# ---------------------------------------------------------------------------- cancels and panic


@pytest.mark.parametrize(
    ("key", "commands"),
    [
        ("b", (CancelOrders("sim", "1001", Side.BUY), CancelOrders("sim", "1002", Side.SELL))),
        ("s", (CancelOrders("sim", "1001", Side.SELL), CancelOrders("sim", "1002", Side.BUY))),
        (
            "m",
            (
                CancelOrders("sim", "1001", spare_protective=True),
                CancelOrders("sim", "1002", spare_protective=True),
            ),
        ),
        ("P", (CancelOrders("sim", "1001"), CancelOrders("sim", "1002"))),
        ("a", (CancelOrders(spare_protective=True),)),
        ("c", (CancelOrders("sim", "1001", None, D("0.45")),)),
    ],
)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mode": TradingMode.DISARMED},
        {"mode": TradingMode.HALTED},
        {"data": DataStatus(DataState.STALE, None)},
    ],
)
def test_cancels_work_whatever_the_data_and_the_arming(key, commands, fields):
    hand = Hand(facts=armed_facts(orders=(an_order(),), **fields))
    sent = hand.type("x", key)
    assert isinstance(sent, Send)
    assert sent.commands == commands


@pytest.mark.parametrize("key", ["delete", "backspace"])
def test_delete_cancels_at_the_cursor(key):
    hand = Hand(facts=armed_facts(orders=(an_order(),)))
    assert hand.press(key).commands == (CancelOrders("sim", "1001", None, D("0.45")),)
    hand.frame = painted(cursor=44)
    assert code(hand.press(key)) == "NO_ORDER"


def test_an_order_between_two_ticks_is_canceled_on_the_row_that_draws_it():
    """A tick that became coarser leaves orders behind; the ladder draws them at the nearest tick."""
    hand = Hand(facts=armed_facts(orders=(an_order(price="0.455"),)), frame=painted(cursor=46))
    assert hand.press("delete").commands == (CancelOrders("sim", "1001", None, D("0.455")),)


def test_undo_cancels_the_newest_order_of_ours():
    orders = (
        an_order(number=1),
        an_order(number=3),
        replace(an_order(number=9), external=True),
        an_order(number=8, status=OrderStatus.FILLED),
    )
    hand = Hand(facts=armed_facts(orders=orders))
    assert hand.type("x", "l").commands == (CancelOrder("sim", "o3", "v3"),)


@pytest.mark.parametrize("mode", TradingMode)
@pytest.mark.parametrize("state", DataState)
def test_f8_and_f9_always_work(mode, state):
    hand = Hand(frame=None, facts=armed_facts(mode=mode, data=DataStatus(state, None), too_small=True))
    hand.entry.settle(hand.now_ns + 10_000_000_000, "anything")
    hand.press("b", gap_ms=1)
    assert hand.press("f8", gap_ms=1, waited_ms=5_000).commands == (
        CancelOrders("sim", "1001"),
        CancelOrders("sim", "1002"),
    )
    assert hand.press("f9", gap_ms=1, waited_ms=5_000).commands == (Kill("F9"),)


def test_f9_works_in_a_paste_and_without_a_market():
    hand = Hand(facts=armed_facts(instrument=None))
    for _ in range(20):
        hand.press("z", gap_ms=1)
    assert hand.press("f9", gap_ms=1).commands == (Kill("F9"),)
    assert code(hand.press("f8", gap_ms=300)) == "NO_MARKET"


# ---------------------------------------------------------------------------- flatten, arm, size, flags, go


@pytest.mark.parametrize(("key", "size"), [("enter", "300"), ("1", "75"), ("2", "150"), ("3", "225")])
def test_flatten_is_a_capped_reduce_only_ioc(key, size):
    hand = Hand(facts=armed_facts(position=D(300)))
    hand.type("f")
    assert isinstance(hand.press(key, gap_ms=200), Send)
    (request,) = hand.placed
    assert (request.side, request.size, request.price) == (Side.SELL, D(size), D("0.42"))
    assert request.reduce_only
    assert request.time_in_force is TimeInForce.IOC


@pytest.mark.parametrize(
    ("order", "price"),
    [
        (an_order("0.43"), "0.44"),
        (an_order("0.44"), "0.45"),
        (an_order("0.42"), "0.43"),
        (an_order("0.41"), "0.42"),
        (an_order("0.56", side=Side.SELL, instrument="1002"), "0.45"),
    ],
)
def test_flatten_stops_short_of_an_own_order_behind_the_touch(order, price):
    """The bid is 0.45, the cap three ticks."""
    hand = Hand(facts=armed_facts(position=D(40), orders=(order,)))
    hand.type("f", "enter")
    assert [request.price for request in hand.placed] == [D(price)]


@pytest.mark.parametrize(
    "order", [an_order("0.45"), an_order("0.46"), an_order("0.55", side=Side.SELL, instrument="1002")]
)
@pytest.mark.parametrize(("key", "size", "whole"), [("enter", 40, True), ("2", 20, False)])
def test_flatten_first_cancels_an_own_order_at_the_touch_and_says_so(order, key, size, whole):
    behind = an_order("0.43")
    hand = Hand(facts=armed_facts(position=D(40), orders=(order, behind)))
    hand.type("f")
    sent = hand.press(key, gap_ms=200)
    (started,) = sent.commands
    spec = started.spec
    assert (spec.order.side, spec.order.size, spec.order.price) == (Side.SELL, D(size), D("0.42"))
    assert spec.order.reduce_only
    assert spec.whole is whole
    assert started.frame == spec.order.frame
    assert sent.text.startswith(f"SELL {size} "), "a narrow strip cuts the end, and not what is sent"
    assert " · first cancel " in sent.text
    assert sent.text.endswith(" in the way")


def test_flatten_ends_the_other_ways_out_and_a_part_leaves_them():
    take = an_order("0.60", side=Side.SELL)
    for key, commands in (("enter", StartProgram), ("2", PlaceOrder)):
        hand = Hand(facts=armed_facts(position=D(40), orders=(take,)))
        hand.type("f")
        (command,) = hand.press(key, gap_ms=200).commands
        assert isinstance(command, commands)
    assert hand.placed[-1].size == D(20)


def test_flatten_buys_back_a_short():
    hand = Hand(facts=armed_facts(position=D(-40)))
    hand.type("f7")
    hand.press("enter", gap_ms=200)
    (request,) = hand.placed
    assert (request.side, request.size, request.price) == (Side.BUY, D(40), D("0.50"))


def test_flatten_works_disarmed_and_stale_but_not_on_a_book_that_is_wrong():
    for state, works in ((DataState.STALE, True), (DataState.RESYNC, False), (DataState.DOWN, False)):
        facts = armed_facts(position=D(300), mode=TradingMode.DISARMED, data=DataStatus(state, None))
        hand = Hand(facts=facts, frame=painted(data_state=state))
        hand.press("f")
        hand.press("enter", gap_ms=200)
        assert bool(hand.placed) is works


def test_flatten_ignores_an_answer_that_comes_too_fast():
    hand = Hand(facts=armed_facts(position=D(300)))
    hand.press("f")
    assert code(hand.press("enter", gap_ms=100)) == "BEAT"
    assert code(Hand().press("f")) == "FLATTEN", "no position"


def test_arming_takes_two_keys_and_disarming_one():
    hand = Hand(facts=armed_facts(mode=TradingMode.DISARMED))
    assert hand.press("A") == Taken()
    assert hand.press("enter").commands == (Arm("sim"),)
    assert code(hand.press("b", gap_ms=100)) in {"SETTLING", "LOCKED"}
    hand.facts = armed_facts()
    assert hand.press("A", gap_ms=400).commands == (Disarm("sim"),)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mode": TradingMode.HALTED}, "HALTED"),
        ({"is_replay": True}, "REPLAY"),
        ({"too_small": True}, "TOO_SMALL"),
        ({"data": DataStatus(DataState.STALE, None)}, "DATA"),
    ],
)
def test_arming_is_refused_where_it_makes_no_sense(fields, expected):
    fields = {"mode": TradingMode.DISARMED, **fields}
    assert code(Hand(facts=armed_facts(**fields)).press("A")) == expected


def test_sizes_and_flags_never_send():
    hand = Hand(facts=armed_facts(position=D(-40)))
    hand.type("2", "plus", "minus", "0", "p", "y", "9")
    assert isinstance(hand.press("v"), TypeSize)
    assert code(hand.decisions[-2]) == "NO_PRESET"
    assert hand.facts.sizing.size == D(40)
    assert hand.placed == []


def test_post_only_and_taking_exclude_each_other():
    hand = Hand()
    hand.press("p")
    assert hand.facts.flags.post_only
    hand.frame = painted(cursor=50)
    assert code(hand.type("b", "c")) == "POST_ONLY"
    hand.press("y")
    assert (hand.facts.flags.time_in_force, hand.facts.flags.post_only) == (TimeInForce.IOC, False)
    hand.press("p")
    assert (hand.facts.flags.time_in_force, hand.facts.flags.post_only) == (TimeInForce.GTC, True)


def test_go_keys_go_and_trade_keys_do_nothing_on_other_screens():
    hand = Hand()
    assert hand.type("g", "w") == Go("markets")
    assert hand.type("g", "4", gap_ms=400) == Go("layout", 4)
    assert hand.entry.verb is None
    contexts = (Context.ANY, Context.SCREEN, Context.LIST)
    for key in ("b", "s", "x", "f", "delete", "A", "1"):
        hand.now_ms += 200
        got = hand.entry.press(KeyPress(key, hand.now_ns, hand.now_ns), hand.frame, hand.facts, contexts)
        assert isinstance(got, Unclaimed)


def test_a_command_can_begin_a_verb():
    hand = Hand(facts=armed_facts(position=D(300)))
    assert hand.entry.begin(Verb.FLATTEN, hand.now_ns, hand.facts) == Taken()
    assert isinstance(hand.press("enter", gap_ms=200), Send)


def test_the_menu_shows_the_price_that_each_key_would_send():
    hand = Hand(frame=painted(cursor=44))
    hand.press("b")
    menu = hand.entry.menu(hand.frame, hand.facts)
    assert menu.title == "BUY 10 YES"
    assert [(item.key, item.text) for item in menu.items] == [
        ("c", "0.44"),
        ("j", "0.45"),
        ("i", "0.46"),
        ("x", "≤0.50"),
        ("m", "mkt ≤0.50"),
        ("t", "fires at once"),
        ("T", "\u2013"),
    ]


def test_every_command_that_places_is_one_order():
    hand = Hand()
    hand.type("b", "j")
    (sent,) = [one for one in hand.decisions if isinstance(one, Send)]
    assert [type(command) for command in sent.commands] == [PlaceOrder]


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (99, "Enter 0.0100 │ 1 0.0025 │ 2 - │ r reverse 0.02 │ e BE stop 64,210.1"),
        (68, "Enter 0.0100 1 0.0025 r reverse 0.02 e BE stop 64,210.1"),
        (54, "Enter 0.0100 1 25% r reverse e BE 64,210.1"),
        (48, "Enter 0.0100 1 25% r reverse …"),
    ],
)
def test_a_menu_says_less_of_each_key_before_it_leaves_out_one_that_works(width, said):
    items = (
        MenuItem("Enter", "0.0100"),
        MenuItem("1", "0.0025", short="25%"),
        MenuItem("2", "-", enabled=False),
        MenuItem("r", "reverse 0.02", short="reverse"),
        MenuItem("e", "BE stop 64,210.1", short="BE 64,210.1"),
    )
    line = menu_line(Menu("FLATTEN", items), width)
    text = "".join(piece.text for piece in line)
    assert cells_of(line) == width
    assert said in text


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("verb", [Verb.CANCEL, Verb.GO, Verb.ALIAS])
def test_a_menu_without_prices_is_whole_on_the_smallest_terminal(preset, verb):
    """On two lines where one is too short: no object of a verb is hidden by an ellipsis at 80 columns."""
    keymap = shipped(preset)
    menu = pending_menu(keymap, Pending(verb, 0, DataState.LIVE), painted(), armed_facts())
    both = spread_menu(menu, 80) or (menu_line(menu, 80),)
    assert all(cells_of(line) == 80 for line in both)
    shown = "".join(piece.text for line in both for piece in line)
    assert "…" not in shown
    for item in menu.items:
        assert f"{item.key} " in shown


def test_the_answers_to_a_question_stay_however_long_it_is():
    items = (MenuItem("Enter", "sends: it is what it is", short="sends"), MenuItem("Esc", "drops"))
    title = "REVERSE SELL 0.02 BTC @ 64,270.6 IOC, short 0.01 afterwards"
    line = menu_line(Menu(title, items, is_question=True), 64)
    text = "".join(piece.text for piece in line)
    assert text.startswith(" REVERSE SELL 0.02 BTC @ 64,270.6 IOC")
    assert text.rstrip().endswith("… ▸ Enter sends Esc drops")
    assert cells_of(line) == 64
