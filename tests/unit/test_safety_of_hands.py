"""Every way by which hands can order, under every state and every kind of key that is not to be believed.

What reaches the engine all the same is judged again there (`tests/integration/test_safety_pipeline.py`).
"""

from decimal import Decimal

import pytest
from hand import Hand, armed_facts, painted
from msgspec import structs

from omega_tui.domain.commands import AmendOrder, AmendProgram, PlaceOrder, StartProgram
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.side import Side
from omega_tui.ui.commands.order_line import OrderLine
from omega_tui.ui.desk.order_facts import BracketTemplate, Flags, Send
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.orders.entry import OrderEntry

ORDERS = (PlaceOrder, StartProgram, AmendOrder, AmendProgram)


def resting(price="0.45"):
    request = OrderRequest(
        client_order_id="o1",
        instrument="1001",
        venue="sim",
        side=Side.BUY,
        size=Decimal(10),
        price=Decimal(price),
    )
    return Order(request=request, status=OrderStatus.ACCEPTED, venue_order_id="v1", ts_intent_ns=1)


class Keys:
    """Orders by keys: what is pressed, and with which keymap and facts."""

    def __init__(self, *keys, preset="verb", **facts):
        self.keys = keys
        self.preset = preset
        self.facts = facts

    def hand(self, **facts):
        entry = OrderEntry(shipped(self.preset, market_orders=True))
        return Hand(facts=armed_facts(**(self.facts | facts)), entry=entry)

    def go(self, hand, **press):
        for key in self.keys:
            hand.press(key, **press)
            if key == "j" and "space" in self.keys:
                hand.frame = painted(cursor=44)  # The cursor carried it there.
        self.wait(hand)

    def wait(self, hand):
        """An order of one key leaves once no other key came with it."""
        hand.now_ms += 400
        decision = hand.entry.observe(hand.facts, hand.now_ns)
        if decision is not None:
            hand.decisions.append(decision)


PATHS = {
    "verb and object": Keys("b", "j"),
    "a cross, and Enter": Keys("b", "x", "enter"),
    "a market order, and Enter": Keys("s", "m", "enter"),
    "a stop at the cursor": Keys("s", "t", "enter"),
    "a bracket": Keys("b", "j", flags=Flags(bracket=BracketTemplate(5, 5))),
    "one key": Keys("w", preset="onekey"),
    "a nudge": Keys("u", orders=(resting(),)),
    "grab and drop": Keys("space", "j", "space", orders=(resting(),)),
}


def ordered(hand):
    return [
        command
        for decision in hand.decisions
        if isinstance(decision, Send)
        for command in decision.commands
        if isinstance(command, ORDERS)
    ]


def facts_of(**fields):
    def change(hand):
        hand.facts = structs.replace(hand.facts, **fields)

    return change


def settle(hand):
    hand.entry.settle(hand.now_ns, "the market has just changed", 10**12)


def stall(hand):
    hand.entry.stalled(hand.now_ns + 10**12)


STATES = {
    "disarmed": facts_of(mode=TradingMode.DISARMED),
    "killed": facts_of(mode=TradingMode.HALTED),
    "stale": facts_of(data=DataStatus(DataState.STALE, None)),
    "resync": facts_of(data=DataStatus(DataState.RESYNC, None)),
    "down": facts_of(data=DataStatus(DataState.DOWN, None)),
    "too small": facts_of(too_small=True),
    "settling": settle,
    "a backlog after a stall": stall,
}


def start_at_stop_price(name, hand):
    if name == "a stop at the cursor":
        hand.frame = painted(cursor=40)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_ordered_by_this_path_in_this_state(path, state):
    hand = PATHS[path].hand()
    start_at_stop_price(path, hand)
    STATES[state](hand)
    PATHS[path].go(hand)
    assert ordered(hand) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_key_that_waited_for_the_screen_orders_nothing(path):
    hand = PATHS[path].hand()
    start_at_stop_price(path, hand)
    PATHS[path].go(hand, waited_ms=400)
    assert ordered(hand) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_paste_orders_nothing(path):
    hand = PATHS[path].hand()
    start_at_stop_price(path, hand)
    for _ in range(60):
        for key in PATHS[path].keys:
            hand.press(key, gap_ms=0.4)
    PATHS[path].wait(hand)
    assert ordered(hand) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_key_that_is_held_down_orders_at_most_what_one_press_does(path):
    """Autorepeat of the last key after a whole order, or of the only one, adds nothing."""
    hand = PATHS[path].hand()
    start_at_stop_price(path, hand)
    *first, last = PATHS[path].keys
    for key in first:
        hand.press(key)
    for number in range(300):
        hand.press(last, gap_ms=160 if not number else 33)
    PATHS[path].wait(hand)
    assert len(ordered(hand)) <= 1


@pytest.mark.parametrize("path", PATHS)
def test_the_same_path_orders_when_all_is_well(path):
    """Without this the tests above could pass for any reason."""
    hand = PATHS[path].hand()
    start_at_stop_price(path, hand)
    PATHS[path].go(hand)
    assert len(ordered(hand)) == 1, hand.decisions


# ---------------------------------------------------------------------------- the typed line

LINES = (
    "buy 10 join",
    "buy 10 cross",
    "stop buy 10 @ 0.50",
    "scale buy 20 from 0.44 to 0.41 n 4",
    "chase buy 10 to 0.46",
    "twap buy 20 to 0.50 in 10m n 4",
    "buy 10 join bracket +5t -3t",
    "move @ 0.45 to 0.44",
)

LINE_STATES = [name for name in STATES if name not in {"settling", "a backlog after a stall"}]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("state", [*LINE_STATES, "well"])
def test_a_line_is_not_sent_in_this_state(line, state):
    hand = Hand(facts=armed_facts(orders=(resting(),)))
    if state != "well":
        STATES[state](hand)
    frame = structs.replace(hand.frame, painted_ns=hand.now_ns)
    around = Surroundings(
        instrument=hand.facts.instrument,
        best_bid=frame.best_bid,
        best_ask=frame.best_ask,
        orders=hand.facts.orders,
        size=Decimal(10),
        stamp=frame.to_stamp(),
    )
    typed = OrderLine()
    typed.preview(line, frame, hand.facts, around, None, hand.now_ns)
    later = hand.now_ns + 200_000_000
    answer = typed.enter(line, hand.facts, None, later, read_ns=later)
    assert isinstance(answer, Send) == (state == "well"), answer
