"""The drills on the exchange's matching engine: scripts that pass, scripts that do not, and what is
measured."""

from decimal import Decimal

import pytest

from omega_tui.clock import ManualClock
from omega_tui.domain.commands import CancelOrder, CancelOrders, Kill, PlaceOrder
from omega_tui.domain.events.account import FillRecorded
from omega_tui.domain.events.market import BookUpdated, TradePrinted
from omega_tui.domain.events.status import Alert
from omega_tui.domain.orders import OrderRequest, OrderStatus, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.drill_questions import LEAST_RIGHT, QUESTIONS
from omega_tui.education.drill_scenes import SCENES, make_scene
from omega_tui.errors import OrderRefused, SimError, TeachingRefused
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.sim.drill_stage import DrillStage

D = Decimal
TICK = D("0.5")
IOC = TimeInForce.IOC


class Trader:
    """A script's hands: it acts at times and reads what a ladder would show."""

    def __init__(self, drill, seed=1):
        self.stage = DrillStage(drill, seed, ManualClock())
        self.count = 0

    @property
    def first(self):
        return self.stage.scene.instruments[0].id

    @property
    def book(self):
        return self.stage.books()[self.first]

    def at(self, seconds):
        self.stage.advance(round(seconds * 1000))
        return self

    def order(self, side, size, price, *, market=0, **more):
        self.count += 1
        name = f"mine{self.count}"
        request = OrderRequest(
            client_order_id=name, instrument=self.stage.scene.instruments[market].id, venue="drill",
            side=side,
            size=D(size), price=D(price), **more,
        )  # fmt: skip
        self.stage.submit(PlaceOrder(request))
        return name

    def buy(self, size, price, **more):
        return self.order(Side.BUY, size, price, **more)

    def sell(self, size, price, **more):
        return self.order(Side.SELL, size, price, **more)

    def cancel(self, name):
        self.stage.submit(CancelOrder("drill", name))

    def end(self):
        self.stage.advance(round(DRILLS[self.stage.drill].limit_s * 1000))
        assert self.stage.is_over
        return self.stage.score()


def post_only_below(t):
    t.at(3).buy(1, t.book.best_bid - 2 * TICK, post_only=True)


def join_and_stay(t):
    t.at(2).buy(5, t.book.best_bid)


def cancel_all(t):
    t.at(1).stage.submit(CancelOrders())


def flatten(t):
    t.at(1).sell(40, t.book.best_bid - 10 * TICK, time_in_force=IOC, reduce_only=True)


def bracket(t):
    values = t.stage.scene.values
    t.at(5).buy(values["units"], values["entry"], time_in_force=IOC)
    stop, units = values["stop"], values["units"]
    t.sell(units, stop, trigger_price=stop, order_type=OrderType.MARKET, reduce_only=True)
    t.sell(units, values["target"], reduce_only=True)


def stop_to_break_even(t):
    even = t.stage.scene.values["even"]
    t.at(5).sell(10, even, trigger_price=even, order_type=OrderType.MARKET, reduce_only=True)
    t.cancel("stop")


def ioc_slippage(t):
    t.at(2).buy(50, t.book.best_ask + 2 * TICK, time_in_force=IOC)


def vacuum(t):
    t.at(5).buy(60, t.book.best_ask, time_in_force=IOC)
    t.at(25).buy(40, t.book.best_ask, time_in_force=IOC)


def reduce_only(t):
    t.at(3).sell(50, t.book.best_bid, time_in_force=IOC, reduce_only=True)


def wrong_market(t):
    t.at(3).buy(1, t.book.best_bid)


def reconnect(t):
    t.at(10)
    for name in [f"own{number}" for number in range(1, 6)]:
        if not t.stage.order(name).is_done:
            t.cancel(name)


def daily_loss(t):
    while not t.stage.is_locked:
        t.at(t.stage.now_ms / 1000 + 0.5)
    t.sell(40, t.book.best_bid - 10 * TICK, time_in_force=IOC, reduce_only=True)


RIGHT = {
    "post-only-below": post_only_below,
    "join-and-stay": join_and_stay,
    "cancel-all": cancel_all,
    "flatten": flatten,
    "bracket": bracket,
    "stop-to-break-even": stop_to_break_even,
    "ioc-slippage": ioc_slippage,
    "vacuum": vacuum,
    "reduce-only": reduce_only,
    "wrong-market": wrong_market,
    "reconnect": reconnect,
    "daily-loss": daily_loss,
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("drill", RIGHT)
def test_a_right_script_passes(drill, seed):
    trader = Trader(drill, seed)
    RIGHT[drill](trader)
    found = trader.end()
    assert found.passed, [measure for measure in found.measures if not measure.passed]
    assert found.points == 100
    assert all(measure.text for measure in found.measures)


@pytest.mark.parametrize(
    "drill", [name for name in RIGHT if name not in {"vacuum", "reconnect", "daily-loss"}]
)
def test_doing_nothing_does_not_pass(drill):
    assert not Trader(drill).end().passed


def too_near(t):
    t.buy(1, t.book.best_bid, post_only=True)


def crosses(t):
    t.at(2).buy(5, t.book.best_ask)


def impatient(t):
    name = t.at(2).buy(5, t.book.best_bid - TICK)
    t.at(9).cancel(name)


def slow_cancel(t):
    t.at(4).stage.submit(CancelOrders())


def one_is_left(t):
    t.stage.submit(CancelOrders(side=Side.BUY))


def short(t):
    t.at(1).sell(60, t.book.best_bid - 10 * TICK, time_in_force=IOC)


def one_lot_more(t):
    values = t.stage.scene.values
    t.buy(values["units"] + 1, values["entry"], time_in_force=IOC)


def bare_for_a_while(t):
    t.at(5).cancel("stop")
    even = t.stage.scene.values["even"]
    t.at(9).sell(10, even, trigger_price=even, order_type=OrderType.MARKET, reduce_only=True)


def widened(t):
    lower = t.stage.scene.values["stop"] - 10
    t.at(5).sell(10, lower, trigger_price=lower, order_type=OrderType.MARKET, reduce_only=True)
    t.cancel("stop")


def any_price(t):
    t.at(2).buy(50, t.book.best_ask + 20 * TICK, order_type=OrderType.MARKET, time_in_force=IOC)


def took_in_the_vacuum(t):
    t.at(15).buy(30, t.book.best_ask, time_in_force=IOC)
    t.at(25).buy(70, t.book.best_ask, time_in_force=IOC)


def flipped(t):
    t.at(3).sell(50, t.book.best_bid, time_in_force=IOC)


def the_other_market(t):
    other = t.stage.scene.instruments[1].id
    t.at(3).buy(1, t.stage.books()[other].best_bid, market=1)


def cancels_what_is_done(t):
    t.at(10)
    for name in [f"own{number}" for number in range(1, 6)]:
        if t.stage.order(name).is_done:
            with pytest.raises(OrderRefused, match="No order that works"):
                t.cancel(name)
        else:
            t.cancel(name)


def sends_blindly(t):
    t.at(6)
    with pytest.raises(OrderRefused, match="not live"):
        t.buy(1, t.book.best_bid)
    reconnect(t)


def doubles_down(t):
    while not t.stage.is_locked:
        t.at(t.stage.now_ms / 1000 + 0.5)
    with pytest.raises(OrderRefused, match="only orders that shrink"):
        t.buy(40, t.book.best_ask, time_in_force=IOC)
    t.sell(40, t.book.best_bid - 10 * TICK, time_in_force=IOC)


@pytest.mark.parametrize(
    ("drill", "script", "missed"),
    [
        ("post-only-below", too_near, "ticks below the best bid"),
        ("join-and-stay", crosses, "units taken"),
        ("join-and-stay", impatient, "time in the queue"),
        ("cancel-all", slow_cancel, "time to the last cancel"),
        ("cancel-all", one_is_left, "orders left"),
        ("flatten", short, "never short"),
        ("bracket", one_lot_more, "units"),
        ("stop-to-break-even", bare_for_a_while, "time without a stop"),
        ("stop-to-break-even", widened, "widened by"),
        ("ioc-slippage", any_price, "slippage allowed"),
        ("vacuum", took_in_the_vacuum, "widest spread taken at"),
        ("reduce-only", flipped, "position at the end"),
        ("wrong-market", the_other_market, "orders in the other market"),
        ("reconnect", cancels_what_is_done, "cancels of orders that were done"),
        ("reconnect", sends_blindly, "orders sent while blind"),
        ("daily-loss", doubles_down, "orders that add after the lock"),
    ],
)
def test_a_wrong_script_misses_what_it_should(drill, script, missed):
    trader = Trader(drill)
    script(trader)
    found = trader.end()
    assert missed in {measure.name for measure in found.measures if not measure.passed}
    assert found.points < 100


@pytest.mark.parametrize("drill", QUESTIONS)
def test_drills_of_questions_count_right_answers(drill):
    for wrong in (0, len(QUESTIONS)):
        trader = Trader(drill, seed=wrong)
        for number, quiz in enumerate(trader.stage.scene.questions):
            trader.at(number + 1)
            value = quiz.answer if number >= wrong else quiz.answer + 1000
            assert trader.stage.answer(value).correct is (number >= wrong)
        assert trader.stage.is_over
        found = trader.stage.score()
        asked = len(trader.stage.scene.questions)
        assert found.passed is (asked - wrong >= LEAST_RIGHT[drill])
        with pytest.raises(SimError):
            trader.stage.answer(D(1))


def test_every_drill_has_a_scene_and_a_brief():
    assert set(SCENES) | set(QUESTIONS) == set(DRILLS)
    assert {name for name, drill in DRILLS.items() if drill.asks} == set(QUESTIONS)
    lessons = load_catalogue().lessons
    for drill in DRILLS:
        made = make_scene(drill, 4)
        assert made == make_scene(drill, 4)
        assert made.brief
        assert made != make_scene(drill, 5)
        assert all(quiz.question.lesson in lessons for quiz in made.questions)
    with pytest.raises(TeachingRefused):
        make_scene("dance", 1)


def test_a_ladder_can_be_drawn_from_what_is_told():
    stage = DrillStage("join-and-stay", 1, ManualClock())
    told = stage.advance(20_000)
    books = [event.book for event in told if isinstance(event, BookUpdated)]
    assert len(books) > 20
    assert not any(book.is_crossed for book in books)
    assert any(isinstance(event, TradePrinted) for event in told)
    assert stage.now_ms == 20_000


def test_what_happens_behind_a_cut_line_is_told_when_it_is_back():
    stage = DrillStage("reconnect", 1, ManualClock())
    lost = stage.advance(8_900)
    assert not any(isinstance(event, FillRecorded) for event in lost)
    assert stage.order("own1").status is OrderStatus.FILLED
    back = stage.advance(9_100)
    assert [event.code for event in back if isinstance(event, Alert)] == ["FEED_LOST", "FEED_BACK"]
    assert sum(isinstance(event, FillRecorded) for event in back) == 2


def test_a_stop_waits_fires_once_and_cannot_turn_a_position_around():
    trader = Trader("flatten")
    trigger = trader.book.best_bid - 3 * TICK
    name = trader.sell(40, trigger, trigger_price=trigger, order_type=OrderType.MARKET)
    trader.at(1).sell(30, trader.book.best_bid - 10 * TICK, time_in_force=IOC)
    trader.end()
    assert trader.stage.order(name).is_done
    assert trader.stage.position(trader.first).quantity <= 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "1000.3"}, "TICK"),
        ({"size": "0"}, "LOT"),
        ({"reduce_only": True}, "REDUCE_ONLY"),
        ({"post_only": True, "price": "9000"}, "POST_ONLY"),
        ({"time_in_force": TimeInForce.FOK, "size": "90000", "price": "9000"}, "FOK"),
    ],
)
def test_orders_are_refused_as_the_console_refuses_them(change, code):
    trader = Trader("post-only-below")
    order = {"size": "1", "price": "1"} | change
    with pytest.raises(OrderRefused) as caught:
        trader.buy(order.pop("size"), order.pop("price"), **order)
    assert caught.value.code == code
    with pytest.raises(SimError):
        trader.stage.submit(Kill())
