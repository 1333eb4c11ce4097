"""Keys beyond buying and selling at a price: stops, brackets, moved orders, ways out, orders of one key."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hand import INSTRUMENT, TICK, Hand, armed_facts, painted
from msgspec import structs

from omega_tui.domain.commands import AmendOrder, AmendProgram, CancelOrders, PlaceOrder, StartProgram
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.programs import Amend, Bracket, Program, ProgramStatus, Stop
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import BracketTemplate, Flags, Refused, RunLine, Send, Taken, Unclaimed
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.orders.entry import OrderEntry
from omega_tui.ui.orders.flags import read_templates
from omega_tui.ui.orders.pending import Verb

D = Decimal
SWAP = replace(INSTRUMENT, kind=InstrumentKind.LINEAR, complement_id=None, base="BTC")


def code(decision):
    assert isinstance(decision, Refused), decision
    return decision.code


def own(price, side=Side.BUY, status=OrderStatus.ACCEPTED, number=1, **fields):
    request = OrderRequest(
        client_order_id=f"o{number}",
        instrument="1001",
        venue="sim",
        side=side,
        size=D(10),
        price=D(price),
        **fields,
    )
    return Order(request=request, status=status, venue_order_id=f"v{number}", ts_intent_ns=number)


def holding(*orders, **fields):
    return armed_facts(orders=orders, **fields)


def amends(hand):
    return [
        command
        for decision in hand.decisions
        if isinstance(decision, Send)
        for command in decision.commands
        if isinstance(command, AmendOrder)
    ]


# ---------------------------------------------------------------------------- stops and brackets


@pytest.mark.parametrize(
    ("keys", "cursor", "side", "kind", "worst"),
    [
        ("bt", 50, Side.BUY, OrderType.MARKET, "0.53"),
        ("bT", 50, Side.BUY, OrderType.LIMIT, "0.53"),
        ("st", 40, Side.SELL, OrderType.MARKET, "0.37"),
        ("sT", 40, Side.SELL, OrderType.LIMIT, "0.37"),
    ],
)
def test_a_stop_triggers_at_the_cursor_and_has_a_worst_price(keys, cursor, side, kind, worst):
    hand = Hand(frame=painted(cursor=cursor))
    assert isinstance(hand.type(*keys), Send)
    (request,) = hand.placed
    assert (request.side, request.order_type, request.trigger_price) == (side, kind, TICK * cursor)
    assert request.price == D(worst)
    assert request.frame == hand.frame.to_stamp(TICK * cursor)


@pytest.mark.parametrize(("keys", "cursor"), [("bt", 47), ("bt", 40), ("st", 45), ("sT", 50)])
def test_a_stop_that_would_go_off_at_once_is_refused(keys, cursor):
    assert code(Hand(frame=painted(cursor=cursor)).type(*keys)) == "FIRES_NOW"


@pytest.mark.parametrize(
    ("cursor", "flags", "said"),
    [
        (44, Flags(), {"t": "fires at once", "T": "–"}),  # noqa: RUF001 - the dash of the menus
        (48, Flags(post_only=True), {"c": "post-only"}),
        (45, Flags(bracket=BracketTemplate(10, 2)), {"x": "fires at once", "j": "0.45"}),
        (45, Flags(bracket=BracketTemplate(60, 2)), {"j": "–", "c": "no such price"}),  # noqa: RUF001
        (70, Flags(), {"c": "out of view", "j": "0.45"}),
    ],
)
def test_the_menu_says_why_an_order_would_be_refused(cursor, flags, said):
    hand = Hand(frame=painted(cursor), facts=armed_facts(flags=flags))
    hand.press("b")
    menu = hand.entry.menu(hand.frame, hand.facts)
    items = {item.key: item for item in menu.items}
    assert {key: items[key].text for key in said} == said
    for key, item in items.items():
        hand.entry.drop()
        assert isinstance(hand.type("b", key, gap_ms=400), Refused) is not item.enabled, key
        hand.type("escape", gap_ms=400)


def test_an_order_that_would_meet_an_own_one_is_refused_before_it_is_asked_about():
    hand = Hand(facts=armed_facts(position=D(30), orders=(own("0.45"),)))
    hand.press("s")
    items = {item.key: item for item in hand.entry.menu(hand.frame, hand.facts).items}
    assert (items["c"].text, items["x"].enabled, items["j"].text) == ("meets your own", False, "0.47")
    assert code(hand.press("x")) == "SELF_TRADE"
    assert "your own order at 0.45" in hand.decisions[-1].text


@pytest.mark.parametrize(
    ("position", "orders", "flags", "protects"),
    [
        ("10", (), Flags(), True),
        ("9", (), Flags(), False),  # it would open as well
        ("-10", (), Flags(), False),
        ("10", (own("0.50", Side.SELL),), Flags(), False),  # what that sells is not there any more
        ("20", (own("0.50", Side.SELL), own("0.40", number=2)), Flags(), True),
    ],
)
def test_a_stop_that_can_only_close_is_reduce_only_and_so_outlives_a_cancel_of_all(
    position, orders, flags, protects
):
    facts = armed_facts(position=D(position), orders=orders, flags=flags)
    (command,) = Hand(frame=painted(cursor=40), facts=facts).type("s", "t").commands
    assert command.request.is_protective is protects


def test_a_bracket_goes_with_the_next_order_and_both_ways_out_are_shown():
    hand = Hand(facts=armed_facts(templates=read_templates("3/2, 5/4")))
    hand.press("o")
    assert hand.facts.flags.bracket == BracketTemplate(3, 2)
    hand.press("b")
    assert hand.entry.menu(hand.frame, hand.facts).title == "BUY 10 YES +3t -2t"
    sent = hand.press("j")
    (command,) = sent.commands
    assert isinstance(command, StartProgram)
    spec = command.spec
    assert isinstance(spec, Bracket)
    assert (spec.entry.side, spec.entry.price) == (Side.BUY, D("0.45"))
    assert (spec.take.side, spec.take.price, spec.take.reduce_only) == (Side.SELL, D("0.48"), True)
    assert (spec.stop.side, spec.stop.trigger_price, spec.stop.reduce_only) == (Side.SELL, D("0.43"), True)
    assert sent.text == "BUY 10 YES @ 0.45 GTC, then take 0.48, stop 0.43"
    hand.press("o", gap_ms=600)
    assert hand.facts.flags.bracket == BracketTemplate(5, 4)
    hand.press("o", gap_ms=600)
    assert hand.facts.flags.bracket is None


@pytest.mark.parametrize(
    ("keys", "cursor", "take", "stop"),
    [
        ("bx", 45, "0.57", "0.44"),  # takes the ask of 0.47, and may pay 0.50
        ("sx", 45, "0.35", "0.48"),
        ("bc", 49, "0.57", "0.44"),
        ("bj", 45, "0.55", "0.42"),
    ],
)
def test_a_bracket_counts_from_where_its_entry_is_expected_to_fill(keys, cursor, take, stop):
    hand = Hand(frame=painted(cursor), facts=armed_facts(flags=Flags(bracket=BracketTemplate(10, 3))))
    decision = hand.type(*keys)
    sent = decision if isinstance(decision, Send) else hand.type("enter", gap_ms=400)
    (command,) = sent.commands
    assert (command.spec.take.price, command.spec.stop.trigger_price) == (D(take), D(stop))


@pytest.mark.parametrize(
    ("keys", "position", "why"),
    [
        ("sc", "10", "what opens, and this SELL closes"),
        ("sx", "0.5", "what opens, and this SELL closes"),
        ("bj", "-10", "what opens, and this BUY closes"),
        ("bt", "0", "a limit order, not round a stop"),
        ("bT", "0", "a limit order, not round a stop"),
    ],
)
def test_what_opens_nothing_has_no_bracket_as_its_ways_out_would_be_left_alone(keys, position, why):
    facts = armed_facts(position=D(position), flags=Flags(bracket=BracketTemplate(3, 2)))
    hand = Hand(frame=painted(cursor=52), facts=facts)
    hand.press(keys[0])
    items = {item.key: item for item in hand.entry.menu(hand.frame, hand.facts).items}
    assert not items[keys[1]].enabled
    assert "no bracket" in {item.text for item in items.values()}
    refused = hand.press(keys[1])
    assert refused.code == "BRACKET"
    assert hand.entry.keymap.said(refused.text) == f"a bracket goes round {why}: o takes it off"


def test_a_bracket_that_takes_is_refused_where_its_stop_would_go_off_at_once():
    hand = Hand(facts=armed_facts(flags=Flags(bracket=BracketTemplate(10, 2))))
    decision = hand.type("b", "x")
    assert code(decision) == "FIRES_NOW"
    assert "the bracket's stop would be at 0.45" in decision.text
    assert isinstance(hand.type("b", "j", gap_ms=400), Send), "one that rests fills at another market"


def test_a_bracket_that_leaves_the_market_is_refused_and_none_configured_is_said():
    hand = Hand(facts=armed_facts(templates=(BracketTemplate(60, 2),)))
    hand.press("o")
    assert code(hand.type("b", "j")) == "PRICE_BOUND"
    assert code(Hand().press("o")) == "NO_BRACKET"


def test_reduce_only_refuses_what_does_not_reduce():
    hand = Hand(facts=armed_facts(position=D(30)))
    hand.press("r")
    assert hand.facts.flags == Flags(reduce_only=True)
    assert code(hand.type("b", "j")) == "REDUCE_ONLY"
    hand.type("s", "j", gap_ms=400)
    assert [(request.side, request.reduce_only) for request in hand.placed] == [(Side.SELL, True)]
    hand.press("2", gap_ms=400)
    assert code(hand.type("s", "j", gap_ms=400)) == "REDUCE_ONLY", "50 is more than the 30 that are held"
    hand.press("r", gap_ms=400)
    assert not hand.facts.flags.reduce_only


def test_a_bracket_and_reduce_only_exclude_each_other():
    hand = Hand(facts=armed_facts(templates=(BracketTemplate(3, 2),)))
    hand.type("r", "o")
    assert hand.facts.flags == Flags(bracket=BracketTemplate(3, 2))
    hand.press("r")
    assert hand.facts.flags == Flags(reduce_only=True)


# ---------------------------------------------------------------------------- nudge


@pytest.mark.parametrize(
    ("key", "price"),
    [("u", "0.41"), ("d", "0.39"), ("shift+up", "0.41"), ("shift+down", "0.39"), ("D", "0.30")],
)
def test_a_nudge_moves_the_order_at_the_cursor_and_the_cursor_with_it(key, price):
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    assert hand.press(key) == Taken(), "it waits for a moment: a paste begins with a key too"
    sent = release(hand)
    assert sent.commands == (AmendOrder("sim", "o1", D(price), None, hand.frame.to_stamp(D(price))),)
    assert sent.cursor == D(price)
    assert sent.text == f"BUY 10 YES 0.40 → {price}, canceled, then sent anew"


def test_a_nudge_says_where_the_venue_changes_the_order_itself():
    facts = holding(own("0.40"))
    facts = structs.replace(facts, instrument=replace(facts.instrument, amends_in_place=True))
    hand = Hand(frame=painted(cursor=40), facts=facts)
    hand.press("u")
    assert release(hand).text == "BUY 10 YES 0.40 → 0.41, changed in place"


def test_a_nudge_that_would_take_asks_and_a_post_only_one_is_refused():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    assert hand.press("U") == Taken()
    assert hand.entry.menu(hand.frame, hand.facts).is_question
    assert isinstance(hand.press("enter", gap_ms=200), Send)
    assert [command.price for command in amends(hand)] == [D("0.50")]
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40", post_only=True)))
    assert code(hand.press("U")) == "POST_ONLY"


def test_an_order_that_is_still_going_to_the_cursor_is_not_there_yet():
    """The ladder draws it there already, as moving."""
    old = own("0.39", status=OrderStatus.PENDING_CANCEL)
    spec = Amend(
        instrument="1001",
        venue="sim",
        client_order_id=old.request.client_order_id,
        order=replace(old.request, price=D("0.40")),
    )
    moving = Program(id="p1", spec=spec, status=ProgramStatus.WORKING, size=D(10))
    for keys in (("u",), ("space",)):
        hand = Hand(frame=painted(cursor=40), facts=structs.replace(holding(old), programs=(moving,)))
        assert code(hand.type(*keys)) == "IN_FLIGHT"


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ((), "NO_ORDER"),
        ((own("0.41"),), "NO_ORDER"),
        ((own("0.40", status=OrderStatus.SUBMITTED),), "IN_FLIGHT"),
        ((own("0.40", status=OrderStatus.PENDING_CANCEL),), "IN_FLIGHT"),
        ((replace(own("0.40"), external=True),), "EXTERNAL"),
    ],
)
def test_only_a_working_order_of_ours_is_nudged(orders, expected):
    hand = Hand(frame=painted(cursor=40), facts=holding(*orders))
    assert code(hand.press("u")) == expected
    assert code(hand.press("space", gap_ms=300)) == expected


def test_a_nudge_is_judged_like_a_new_order():
    order = own("0.40")
    for fields in (
        {"mode": TradingMode.DISARMED},
        {"data": DataStatus(DataState.STALE, None)},
        {"too_small": True},
    ):
        assert code(Hand(frame=painted(cursor=40), facts=holding(order, **fields)).press("u")) == "LOCKED"
    stale = Hand(frame=painted(cursor=40), facts=holding(order, book_sequence=9))
    assert code(stale.press("u")) == "STALE_FRAME"
    low = Hand(frame=painted(cursor=40), facts=holding(own("0.05")))
    low.frame = structs.replace(low.frame, cursor_price=D("0.05"), prices=(D("0.05"),), cursor_row=0)
    assert code(low.press("D")) == "PRICE_BOUND"


def test_a_second_nudge_is_not_kept_for_later_and_the_words_say_what_to_do():
    """What it was pressed on is gone by the time at which the venue has answered the first one."""
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    hand.press("u")
    assert isinstance(release(hand), Send)
    soon = hand.press("u", gap_ms=100)
    assert "{amend.up_ten} and {amend.down_ten} move ten ticks" in soon.text
    hand.frame = painted(cursor=41)
    moving = Amend(instrument="1001", venue="sim", client_order_id="o1", order=own("0.41").request)
    hand.facts = holding(
        own("0.40", status=OrderStatus.PENDING_CANCEL),
        programs=(Program(id="p1", spec=moving, status=ProgramStatus.WORKING, size=D(10)),),
    )
    later = hand.press("u", gap_ms=400)
    assert later == Refused("IN_FLIGHT", "the order there is on its way: again when the venue has answered")
    hand.facts = holding(own("0.41", number=2))
    assert hand.entry.observe(hand.facts, hand.now_ns + 3_000_000_000) is None, "nothing leaves by itself"
    assert len(amends(hand)) == 1


def test_a_held_nudge_is_no_run():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    for _ in range(200):
        hand.press("u", gap_ms=33)
    assert len(amends(hand)) <= 1


def test_a_stop_is_moved_by_its_trigger_and_never_into_the_market():
    stop = own("0.37", Side.SELL, trigger_price=D("0.40"), order_type=OrderType.MARKET, reduce_only=True)
    hand = Hand(frame=painted(cursor=40), facts=holding(stop))
    hand.press("u")
    assert release(hand).commands[0].price == D("0.41")
    assert code(hand.press("U", gap_ms=300)) == "FIRES_NOW"


def held_stop(price="0.40", side=Side.SELL, program="p1", **fields):
    order = OrderRequest(
        client_order_id="",
        instrument="1001",
        venue="sim",
        side=side,
        size=D(10),
        price=D(price) - 3 * TICK,
        order_type=OrderType.MARKET,
        trigger_price=D(price),
        role="stop",
        **fields,
    )
    spec = Stop(instrument="1001", venue="sim", order=order, cap_ticks=3)
    return Program(id=program, spec=spec, status=ProgramStatus.WORKING, size=D(10), held=(order,))


def test_a_stop_that_a_program_holds_is_nudged_grabbed_and_canceled_like_any_other():
    hand = Hand(frame=painted(cursor=40), facts=armed_facts(programs=(held_stop(),)))
    hand.press("u")
    sent = release(hand)
    assert sent.commands == (AmendProgram("sim", "p1", "stop", D("0.41")),)
    assert sent.text == "SELL 10 YES 0.40 → 0.41", "there is no queue to lose a place in"
    hand.press("space", gap_ms=300)
    hand.frame = painted(cursor=38)
    assert hand.press("space").commands == (AmendProgram("sim", "p1", "stop", D("0.38")),)
    hand.frame = painted(cursor=40)
    hand.press("x", gap_ms=300)
    assert hand.entry.menu(hand.frame, hand.facts).items[0].text == "here 1"
    assert hand.press("c").commands == (CancelOrders("sim", "1001", None, D("0.40")),)
    assert code(hand.type("space", "k", "U", gap_ms=300)) == "NO_OBJECT"


def test_a_held_protective_stop_goes_to_break_even():
    facts = armed_facts(
        programs=(held_stop("0.33", reduce_only=True),), position=D(10), break_even=D("0.4312")
    )
    assert Hand(facts=facts).type("f", "e").commands == (AmendProgram("sim", "p1", "stop", D("0.44")),)


# ---------------------------------------------------------------------------- grab and drop


def test_grab_move_drop():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40"), own("0.40", number=2)))
    assert hand.press("space") == Taken()
    assert hand.entry.verb is Verb.GRAB
    for _ in range(30):
        assert isinstance(hand.press("down", gap_ms=33), Unclaimed), "holding the cursor key is no offence"
    hand.frame = painted(cursor=35)
    menu = hand.entry.menu(hand.frame, hand.facts)
    assert (menu.title, menu.items[0].text) == ("GRABBED from 0.40", "drops at 0.35 (-5t)")
    sent = hand.press("space")
    assert [command.client_order_id for command in sent.commands] == ["o1", "o2"]
    assert {command.price for command in sent.commands} == {D("0.35")}


def test_backspace_leaves_a_grabbed_order_where_it_was():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    hand.press("space")
    hand.frame = painted(cursor=35)
    assert hand.press("backspace") == Taken("the order stays where it was")
    assert not hand.entry.is_pending
    assert not any(isinstance(decision, Send) for decision in hand.decisions), "nor is it canceled"


def test_a_drop_further_than_ten_ticks_asks():
    hand = Hand(frame=painted(cursor=44), facts=holding(own("0.44")))
    hand.press("space")
    hand.frame = painted(cursor=33)
    assert hand.press("space") == Taken()
    assert hand.entry.asked.offer.why_ask == "that is 11 ticks away"
    hand.press("enter", gap_ms=200)
    assert [command.price for command in amends(hand)] == [D("0.33")]


def test_a_grabbed_order_that_is_gone_is_not_dropped():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    hand.press("space")
    hand.frame, hand.facts = painted(cursor=35), holding()
    assert code(hand.press("space")) == "NO_ORDER"


def test_a_grab_at_the_same_price_sends_nothing_and_other_keys_let_go():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    assert code(hand.type("space", "space")) == "NOT_MOVED"
    hand.press("space", gap_ms=300)
    assert code(hand.press("n")) == "NO_OBJECT"
    hand.press("space", gap_ms=300)
    assert code(hand.press("b")) == "NO_OBJECT"
    assert not hand.entry.is_pending


def test_a_grab_does_not_survive_bad_data_or_its_time():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    hand.press("space")
    worse = structs.replace(hand.facts, data=DataStatus(DataState.STALE, None))
    assert code(hand.entry.observe(worse, hand.now_ns)) == "DATA"
    hand.press("space", gap_ms=2_000)
    assert hand.entry.observe(hand.facts, hand.now_ns + 4_000_000_000) is None
    assert code(hand.entry.observe(hand.facts, hand.now_ns + 6_000_000_000)) == "EXPIRED"


STRAYS = {
    "reverse without a position toggles no flag": (("f", "r"), {}),
    "half without a position takes no size": (("f", "2"), {}),
    "cross while disarmed begins no cancel": (("b", "x"), {"mode": TradingMode.DISARMED}),
    "improve while stale": (("s", "i"), {"data": DataStatus(DataState.STALE, None)}),
}


@pytest.mark.parametrize("name", STRAYS)
def test_the_object_of_a_refused_verb_means_nothing_by_itself(name):
    (verb, key), facts = STRAYS[name]
    hand = Hand(facts=armed_facts(**facts))
    first = hand.press(verb)
    before = hand.facts
    stray = hand.press(key)
    assert code(stray) == "NO_VERB"
    assert stray.text == f"{key} dropped: {first.text}", "the reason is still there to be read"
    assert (hand.facts, hand.entry.is_pending) == (before, False)
    again = hand.press(key)
    assert not isinstance(again, Refused) or again.code != "NO_VERB", "one key, once"


def test_the_object_of_an_expired_verb_means_nothing_by_itself_for_a_moment():
    hand = Hand(frame=painted(cursor=40), facts=holding(own("0.40")))
    hand.press("space")
    assert code(hand.press("backspace", gap_ms=5_300)) == "NO_VERB", "it lets go; it cancels nothing"
    assert isinstance(hand.press("backspace", gap_ms=300), Send), "what is pressed again is meant"
    hand.press("b", gap_ms=300)
    assert code(hand.press("x", gap_ms=1_600)) == "NO_VERB"
    hand.press("b", gap_ms=300)
    assert hand.entry.observe(hand.facts, hand.now_ns + 1_600_000_000) is not None
    hand.press("x", gap_ms=4_000)
    assert hand.entry.verb is Verb.CANCEL, "by then nobody means the verb of before"


def test_a_verb_that_a_resized_terminal_drops_takes_its_object_with_it():
    hand = Hand()
    hand.press("b")
    hand.entry.settle(hand.now_ns, "the layout has just changed")
    dropped = hand.press("j", gap_ms=400)
    assert dropped.text == "j dropped: BUY was dropped, the layout has just changed"
    assert isinstance(hand.press("j"), Unclaimed), "now it moves the cursor"


def test_a_panic_key_is_no_object_of_a_lost_verb():
    hand = Hand()
    hand.press("f")
    assert isinstance(hand.press("f8"), Send)


# ---------------------------------------------------------------------------- ways out


def test_reverse_is_one_order_of_twice_the_size_and_always_asks():
    for asks in (True, False):
        facts = armed_facts(instrument=SWAP, position=D(3), asks_before_taking=asks)
        hand = Hand(facts=facts)
        assert hand.type("f", "r") == Taken()
        assert hand.placed == []
        hand.press("enter", gap_ms=200)
        (request,) = hand.placed
        assert (request.side, request.size, request.price) == (Side.SELL, D(6), D("0.42"))
        assert (request.time_in_force, request.reduce_only) == (TimeInForce.IOC, False)


def test_reversing_past_an_own_order_at_the_touch_cancels_that_first():
    in_the_way = own("0.45")
    hand = Hand(facts=armed_facts(instrument=SWAP, position=D(3), orders=(in_the_way,)))
    hand.type("f", "r")
    sent = hand.press("enter", gap_ms=200)
    (started,) = sent.commands
    assert (started.spec.order.size, started.spec.whole) == (D(6), False)
    assert sent.text.startswith("REVERSE SELL 6 "), "a narrow strip cuts the end, and not what is sent"
    assert sent.text.endswith(" · first cancel BUY 10 in the way")


def test_what_cannot_be_sold_short_cannot_be_reversed():
    hand = Hand(facts=armed_facts(position=D(30)))
    refused = hand.type("f", "r")
    assert code(refused) == "NO_SHORT"
    assert "the other outcome" in refused.text


def test_reversing_adds_risk_and_so_wants_the_arming_that_flattening_does_not():
    hand = Hand(facts=armed_facts(instrument=SWAP, position=D(3), mode=TradingMode.DISARMED))
    assert code(hand.type("f", "r")) == "LOCKED"
    assert isinstance(hand.type("f", "enter", gap_ms=400), Send)


def test_the_stop_goes_to_break_even_rounded_so_that_nothing_is_lost():
    stop = own("0.30", Side.SELL, trigger_price=D("0.33"), order_type=OrderType.MARKET, reduce_only=True)
    hand = Hand(facts=holding(stop, position=D(30), break_even=D("0.4312")))
    assert hand.type("f", "e").commands[0].price == D("0.44")
    hand = Hand(facts=armed_facts(position=D(30), break_even=D("0.4312")))
    hand.type("f", "e")
    (request,) = hand.placed
    assert (request.side, request.size, request.trigger_price) == (Side.SELL, D(30), D("0.44"))
    assert request.reduce_only


@pytest.mark.parametrize(
    ("break_even", "expected"), [(D("0.46"), "FIRES_NOW"), (D("0.45"), "FIRES_NOW"), (None, "NO_ENTRY")]
)
def test_no_stop_at_break_even_while_the_market_is_not_beyond_it(break_even, expected):
    assert code(Hand(facts=armed_facts(position=D(30), break_even=break_even)).type("f", "e")) == expected


# ---------------------------------------------------------------------------- orders of one key


def one_key(preset="onekey", **fields):
    hand = Hand(facts=armed_facts(asks_before_taking=False, **fields))
    hand.entry = OrderEntry(shipped(preset, market_orders=True))
    return hand


def release(hand, after_ms=50.0):
    hand.now_ms += after_ms
    decision = hand.entry.observe(hand.facts, hand.now_ns)
    if decision is not None:
        hand.decisions.append(decision)
    return decision


@pytest.mark.parametrize(
    ("key", "side", "price"),
    [
        ("w", Side.BUY, "0.45"),
        ("e", Side.BUY, "0.46"),
        ("r", Side.BUY, "0.50"),
        ("o", Side.SELL, "0.47"),
        ("i", Side.SELL, "0.46"),
        ("u", Side.SELL, "0.42"),
    ],
)
def test_one_key_is_one_order_once_no_other_key_follows(key, side, price):
    hand = one_key()
    assert hand.press(key) == Taken()
    assert release(hand, 20) is None
    assert isinstance(release(hand, 21), Send)
    assert [(request.side, request.price) for request in hand.placed] == [(side, D(price))]


def test_one_key_wants_arming():
    assert code(one_key(mode=TradingMode.DISARMED).press("w")) == "LOCKED"


def test_one_key_followed_by_another_is_no_order():
    hand = one_key()
    hand.press("w")
    assert code(hand.press("e", gap_ms=30)) == "PAIR"
    assert release(hand) is None
    assert hand.placed == []


def test_one_key_held_down_is_one_order_at_most_whatever_the_keyboard_repeats_like():
    for delay_ms in (250, 500, 660, 1_000):
        hand = one_key()
        hand.press("w")
        release(hand)
        hand.now_ms += delay_ms - 50
        for _ in range(100):
            hand.press("w", gap_ms=33)
            hand.entry.observe(hand.facts, hand.now_ns)
        assert len(hand.placed) == 1, delay_ms


def test_the_order_of_one_key_does_not_survive_bad_data():
    hand = one_key()
    hand.press("w")
    hand.facts = structs.replace(hand.facts, data=DataStatus(DataState.STALE, None))
    assert code(release(hand)) == "DATA"
    hand = one_key()
    hand.press("r")
    hand.facts = structs.replace(hand.facts, data=DataStatus(DataState.QUIET, None))
    assert code(release(hand)) == "DATA", "a cross is not let through on a quiet book"
    assert hand.placed == []


def test_without_questions_a_cross_goes_at_once_and_a_market_order_still_asks():
    hand = Hand(facts=armed_facts(asks_before_taking=False))
    assert isinstance(hand.type("b", "x"), Send)
    assert hand.type("b", "m", gap_ms=400) == Taken()
    assert len(hand.placed) == 1


@pytest.mark.parametrize("asks", [True, False])
def test_an_order_above_the_soft_limit_is_asked_about_whoever_wants_no_questions(asks):
    hand = Hand(facts=armed_facts(asks_before_taking=asks, ask_above=D("4.49")))
    assert hand.type("b", "j") == Taken(), "10 at 0.45 are worth 4.50"
    assert "worth 4.50" in hand.entry.asked.offer.why_ask
    hand.press("enter", gap_ms=200)
    assert [request.price for request in hand.placed] == [D("0.45")]
    hand = Hand(facts=armed_facts(asks_before_taking=asks, ask_above=D("4.5")))
    assert isinstance(hand.type("b", "j"), Send)


def test_the_numpad_asks_before_it_crosses():
    hand = one_key("numpad")
    hand.facts = structs.replace(hand.facts, asks_before_taking=True)
    assert hand.press("1") == Taken()
    assert hand.placed == []
    hand.press("enter", gap_ms=200)
    assert [request.price for request in hand.placed] == [D("0.50")]
    assert hand.press("full_stop").commands == (
        CancelOrders("sim", "1001", spare_protective=True),
        CancelOrders("sim", "1002", spare_protective=True),
    )


def test_a_hotkey_after_the_alias_key_runs_its_line():
    hand = one_key("das")
    assert hand.type("comma", "B") == RunLine("buy $size @ $bid")
    assert code(hand.type("comma", "B", gap_ms=100)) == "DUPLICATE"
    assert all(
        not isinstance(command, PlaceOrder)
        for d in hand.decisions
        if isinstance(d, Send)
        for command in d.commands
    )


def test_a_part_is_closed_after_the_ways_out_have_made_room():
    def offered(size, **fields):
        plain = own("0.60", Side.SELL, reduce_only=True)
        return replace(plain, request=replace(plain.request, size=D(size), **fields))

    def half(order):
        hand = Hand(facts=holding(order, position=D(50)))
        hand.press("f")
        decision = hand.press("2", gap_ms=300)
        assert isinstance(decision, Send), decision
        return decision

    [command] = half(offered(50, program="p1", role="take")).commands
    assert isinstance(command, StartProgram)
    assert (command.spec.order.size, command.spec.clears) == (D(25), False)
    shrinking = half(offered(50, program="p1", role="take")).text
    assert shrinking.startswith("SELL 25 YES")
    assert shrinking.endswith(" · first ways out shrink to 25")
    assert half(offered(50)).text.endswith(" · first cancel SELL 50 in the way")
    assert isinstance(half(offered(20)).commands[0], PlaceOrder), "there is room"


def test_a_part_of_a_contract_is_closed_after_orders_that_only_close_have_made_room():
    """Seen at an exchange that has none of a position left for a second reduce-only order."""

    def half(**fields):
        plain = own("0.60", Side.SELL)
        order = replace(plain, request=replace(plain.request, size=D(50), **fields))
        hand = Hand(facts=armed_facts(instrument=SWAP, position=D(50), orders=(order,)))
        hand.press("f")
        return hand.press("2", gap_ms=300)

    [command] = half(reduce_only=True, program="p1", role="take").commands
    assert isinstance(command, StartProgram)
    assert isinstance(half(reduce_only=True, trigger_price=D("0.40")).commands[0], PlaceOrder), "no order yet"
    assert isinstance(half().commands[0], PlaceOrder), "it opens as well"
