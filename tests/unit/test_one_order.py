"""The ceilings of one order, which nothing passes: a way out that is larger goes in several orders."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hand import INSTRUMENT, Hand, armed_facts, painted
from ladder_samples import CENT, YES, order
from msgspec import structs

from omega_tui.config.risk import RiskConfig
from omega_tui.domain.account import Position
from omega_tui.domain.commands import PlaceOrder, StartProgram
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.one_order import most_of, orders_needed
from omega_tui.domain.orders import OrderStatus, OrderType, TimeInForce
from omega_tui.domain.program_rules import decide
from omega_tui.domain.program_scene import End, Scene, Send
from omega_tui.domain.programs import Close, Oco, Role, Stop
from omega_tui.domain.risk_account import order_limits
from omega_tui.domain.risk_view import RiskView
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import Refused
from omega_tui.ui.desk.order_facts import Send as Sent
from omega_tui.ui.panes.status_line import menu_line

D = Decimal
WHERE = {"instrument": YES.id, "venue": "sim"}
INVERSE = Instrument(
    "i", "x", "BTC/USD:BTC", D("0.5"), lot_size=D(1), kind=InstrumentKind.INVERSE, contract_size=D(100)
)
ETH_BTC = Instrument("e", "x", "ETH/BTC", D("0.00001"), lot_size=D("0.001"), base="ETH", quote="BTC")


@pytest.mark.parametrize(
    ("instrument", "price", "rate", "most"),
    [
        (YES, "0.50", 1, "20000"),
        (YES, "0.48", 1, "20833.33"),
        (YES, "0.001", 1, "1000000"),
        (INVERSE, "60000", 1, "100"),
        (ETH_BTC, "0.05", 60_000, "3.333"),
        (ETH_BTC, "0.05", None, "200000"),
    ],
)
def test_one_order_is_worth_ten_thousand_dollars_at_most(instrument, price, rate, most):
    rate = None if rate is None else D(rate)
    assert most_of(instrument, D(price), rate) == D(most)
    assert orders_needed(D(most), instrument, D(price), rate) == 1
    assert orders_needed(D(most) + instrument.lot_size, instrument, D(price), rate) == 2


def test_the_limit_that_a_trader_sets_is_for_what_opens():
    out = replace(order(Side.SELL, 50, "20000").request, reduce_only=True)
    view = RiskView(
        mono_ns=0,
        mode=TradingMode.ARMED,
        instrument=YES,
        positions={YES.id: Position("sim", YES.id, quantity=D(20_001), entry_price=CENT * 50)},
    )
    limits = RiskConfig(max_order_notional=D(10))
    assert order_limits(out, view, limits) is None
    assert order_limits(replace(out, reduce_only=False), view, limits).code == "MAX_ORDER_NOTIONAL"
    too_large = order_limits(replace(out, size=D("20000.01")), view, limits)
    assert "20000 at most here: flatten, which goes in as many orders as it takes" in too_large.text


# ---------------------------------------------------------------------------- closing in parts


def a_close(size, **changes):
    out = replace(order(Side.SELL, 50, size).request, reduce_only=True, time_in_force=TimeInForce.IOC)
    terms = {"clears": True, "whole": True}
    return Close(order=replace(out, client_order_id=""), **(terms | changes), **WHERE)


def part(size, filled=None, number=1):
    filled = size if filled is None else filled
    status = OrderStatus.FILLED if filled == size else OrderStatus.CANCELED
    made = order(Side.SELL, 50, size, status, filled=filled, id_=f"o{number}")
    return replace(made, request=replace(made.request, role=Role.CLOSE))


def scene(*orders, held="0", **more):
    return Scene(program="p", instrument=YES, orders=orders, held=D(held), **more)


def sizes(spec, *orders, **more):
    return [
        step.request.size for step in decide(spec, scene(*orders, **more)).steps if isinstance(step, Send)
    ]


def test_a_close_of_50_000_shares_at_50_cents_goes_in_three_orders():
    spec = a_close("50000")
    assert sizes(spec, held="50000") == [20_000]
    assert sizes(spec, part("20000"), held="30000") == [20_000]
    assert sizes(spec, part("20000"), part("20000", number=2), held="10000") == [10_000]
    all_three = (part("20000"), part("20000", number=2), part("10000", number=3))
    assert decide(spec, scene(*all_three, held="0")).steps == (End(),)


def test_the_next_part_waits_for_every_fill_of_the_last():
    """Until then what is held is not known, and the same shares would be sold twice."""
    told_by_venue = replace(part("20000"), filled=D(15_000), venue_filled=D(20_000))
    assert decide(a_close("50000"), scene(told_by_venue, held="35000")).steps == ()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OrderStatus.REJECTED, "the venue refused one of its orders: not enough"),
        (OrderStatus.NOT_PLACED, "one of its orders never arrived: not enough"),
    ],
)
def test_a_part_that_is_not_there_holds_the_close_and_says_whether_anybody_refused_it(status, words):
    came_to_nothing = replace(part("20000", 0), status=status, reason="not enough")
    [stick] = decide(a_close("50000"), scene(came_to_nothing, held="50000")).steps
    assert (stick.code, stick.reason) == ("REFUSED", words)


def test_a_part_that_finds_nobody_ends_the_close_loudly():
    [end] = decide(a_close("50000"), scene(part("20000", "12000"), held="38000")).steps
    assert end.is_loud
    assert "8000 were not closed: nobody was there down to 0.50" in end.reason


def test_part_of_a_position_is_closed_in_parts_too():
    spec = a_close("30000", clears=False, whole=False)
    assert sizes(spec, part("20000"), held="80000", room=D(80_000)) == [10_000]


def test_what_fits_in_one_order_is_closed_once():
    """Whatever is held afterwards was opened meanwhile."""
    assert decide(a_close("20000"), scene(part("20000"), held="100")).steps == (End(),)


def test_a_reverse_opens_and_is_not_taken_apart():
    reverse = replace(order(Side.SELL, 50, "30000").request, time_in_force=TimeInForce.IOC)
    spec = Close(order=reverse, clears=True, whole=False, **WHERE)
    assert sizes(spec, held="15000") == [30_000], "the gate refuses it by its limit"


# ---------------------------------------------------------------------------- stops and takes

TAKE = replace(order(Side.SELL, 60, "50000").request, reduce_only=True, client_order_id="")
STOP = replace(TAKE, price=CENT * 40, trigger_price=CENT * 40, order_type=OrderType.MARKET)


def test_a_stop_that_is_set_off_goes_in_parts():
    spec = Stop(order=STOP, cap_ticks=5, **WHERE)
    fallen = {"best_bid": CENT * 39, "best_ask": CENT * 41, "lowest": CENT * 39, "held": "50000"}
    [first] = sizes(spec, **fallen)
    assert first == most_of(YES, CENT * 34, D(1))
    done = part(str(first))
    done = replace(done, request=replace(done.request, role=Role.STOP, time_in_force=TimeInForce.IOC))
    assert sizes(spec, done, **fallen) == [50_000 - first]


def test_ways_out_at_the_venue_are_covered_by_several_orders():
    spec = Oco(take=TAKE, stop=STOP, cap_ticks=5, **WHERE)
    quiet = {"best_bid": CENT * 50, "best_ask": CENT * 52, "held": "50000"}
    [first] = sizes(spec, **quiet)
    assert first == most_of(YES, CENT * 60, D(1))
    resting = order(Side.SELL, 60, str(first))
    resting = replace(resting, request=replace(resting.request, role=Role.TAKE))
    assert sizes(spec, resting, **quiet) == [first]


# ---------------------------------------------------------------------------- the keys


def holding(size, **changes):
    facts = structs.replace(armed_facts(), position=D(size), break_even=D("0.40"))
    return Hand(facts=structs.replace(facts, **changes), frame=painted())


def test_flatten_of_more_than_one_order_says_in_how_many_it_goes():
    sent = holding(50_000).type("f", "enter")
    assert isinstance(sent, Sent)
    [command] = sent.commands
    assert isinstance(command, StartProgram)
    assert (command.spec.whole, command.spec.order.size) == (True, 50_000)
    assert sent.text.endswith("IOC RO in 3 orders")
    assert isinstance(holding(20_000).type("f", "enter").commands[0], PlaceOrder)
    rich = holding(20_000, rate=D(2)).type("f", "enter")
    assert rich.text.endswith("in 2 orders")


def test_a_break_even_stop_larger_than_one_order_is_held_here():
    sent = holding(50_000).type("f", "e")
    assert isinstance(sent.commands[0].spec, Stop)
    assert "held here" in sent.text
    assert isinstance(holding(20_000).type("f", "e").commands[0], PlaceOrder)


@pytest.mark.parametrize(
    ("even", "text", "is_offered"),
    [("0.40", "BE stop 0.40", True), ("0.90", "BE 0.90: not passed", False)],
)
def test_the_menu_offers_a_break_even_stop_only_where_it_would_be_taken(even, text, is_offered):
    hand = holding(100, break_even=D(even))
    hand.press("f")
    item = hand.entry.menu(hand.frame, hand.facts).items[-1]
    assert (item.key, item.text, item.enabled) == ("e", text, is_offered)
    assert isinstance(hand.press("e"), Refused) is not is_offered


PERPETUAL = replace(INSTRUMENT, kind=InstrumentKind.LINEAR, complement_id="")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "reverse: no short"),
        ({"instrument": PERPETUAL}, "reverse 200"),
        ({"instrument": PERPETUAL, "mode": TradingMode.DISARMED}, "reverse: disarmed"),
        ({"instrument": PERPETUAL, "data": DataStatus(DataState.LAG, 0)}, "reverse: the book is LAG"),
        ({"instrument": replace(PERPETUAL, active=False)}, "reverse: the market takes no orders"),
    ],
)
def test_the_menu_says_why_a_position_cannot_be_reversed(changes, text):
    hand = holding(100, **changes)
    hand.press("f")
    *_, item, _ = hand.entry.menu(hand.frame, hand.facts).items
    is_offered = text == "reverse 200"
    assert (item.key, item.text, item.enabled) == ("r", text, is_offered)
    assert isinstance(hand.press("r"), Refused) is not is_offered


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Enter 100  1 25  2 50  3 75  r no short  e BE: not passed"),
        ({"mode": TradingMode.DISARMED}, "3 75  r disarmed  e BE: disarmed"),
        ({"break_even": None}, "r no short e BE: entry not known"),
    ],
)
def test_reasons_have_room_on_the_smallest_terminal(changes, said):
    hand = holding(100, **({"break_even": D("0.90")} | changes))
    hand.press("f")
    line = menu_line(hand.entry.menu(hand.frame, hand.facts), 80)
    assert said in "".join(piece.text for piece in line)


def test_a_menu_says_a_reason_once():
    hand = holding(100)
    hand.press("f")
    items = hand.entry.menu(painted(bid=None), hand.facts).items
    assert [item.text for item in items] == [
        "nobody bids",
        *("–" for _ in range(3)),  # noqa: RUF001 - the dash of the menus
        "reverse: no short",
        "BE 0.40: that side is empty",
    ]
    part = hand.entry.menu(hand.frame, structs.replace(hand.facts, position=D("0.02"))).items[1]
    assert (part.text, part.enabled) == ("under one lot", False)


def test_a_stop_that_is_at_break_even_already_is_left_alone():
    stop = replace(order(Side.SELL, 40, "100").request, instrument="1001", trigger_price=CENT * 40)
    own = replace(order(Side.SELL, 40, "100"), request=replace(stop, reduce_only=True))
    hand = holding(100, orders=(own,))
    hand.press("f")
    item = hand.entry.menu(hand.frame, hand.facts).items[-1]
    assert (item.text, item.enabled) == ("BE 0.40: is the stop already", False)
    answer = hand.press("e")
    assert isinstance(answer, Refused)
    assert answer.text == "the stop is at break-even 0.40 already"
