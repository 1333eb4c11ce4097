"""Several ladders, random focus, random keys: an order is of the ladder with the keys, as painted there."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.commands import CancelOrders
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.rows import row_prices
from omega_tui.ui.orders.key_guard import SETTLE_NS
from tests.property.test_keys_on_the_ladder import MS, Desk
from tests.ui.fake_backend import NOON, TICK, book, book_event, connection, instruments

MARKETS = ("1001", "2001", "coins:3001")


class Desks(Desk):
    """Three ladders side by side, of two venues."""

    def __init__(self):
        self.frames_of: dict[int, PaintedFrame] = {}
        super().__init__("verb")
        coin = replace(
            instruments()[4], id="coins:3001", venue="coins", complement_id=None, market_id="", base="RAIN"
        )
        self.apply(InstrumentUpdated(coin), connection(venue="coins"))
        self.apply(ArmChanged("coins", TradingMode.ARMED, until_ns=NOON + 10**15))
        for number, instrument in enumerate(MARKETS):
            if number:
                self.session.add_place(self.now_ns)
                self.session.resize(21)
                self.session.show(instrument)
            self.quote(instrument, 40 + number, 42 + number)
        self.paint()

    def quote(self, instrument, bid, ask):
        self.sequence += 1
        snapshot = book(instrument, bid, ask, self.sequence)
        snapshot = replace(snapshot, ts_event_ns=self.now_ns, ts_recv_ns=self.now_ns)
        venue = "coins" if instrument.startswith("coins") else "sim"
        self.apply(
            book_event(snapshot, now_ns=self.now_ns),
            connection(venue=venue, last_recv_ns=self.now_ns, ts_ns=self.now_ns),
        )

    def paint(self):
        """Paint every ladder; the frame that counts is that of the one with the keys."""
        for number, place in enumerate(self.session.places):
            model = self.session.ladder(self.session.facts(self.now_ns, place), self.now_ns, place)
            if model is None or place.look is None:
                continue
            prices, row = row_prices(model), model.view.row_of(model.cursor_tick)
            frame = PaintedFrame(
                frame_id=len(self.frames) + 1,
                painted_ns=self.now_ns,
                instrument=model.instrument.id,
                prices=prices,
                cursor_price=model.instrument.from_ticks(model.cursor_tick),
                cursor_row=row if row is not None and row < len(prices) else None,
                best_bid=model.book.best_bid,
                best_ask=model.book.best_ask,
                book_sequence=model.book.sequence,
                data_state=model.status.state,
            )
            self.frames[frame.frame_id] = self.frames_of[number] = frame
        self.painted = self.frames_of.get(self.session.focus)

    def focus(self, ladder):
        self.session.focus_on(ladder, self.now_ns)
        self.painted = self.frames_of.get(ladder)


@pytest.mark.parametrize("seed", range(6))
def test_an_order_is_of_the_focused_ladder_at_the_price_painted_under_its_cursor(seed):
    rng = random.Random(seed)
    desk = Desks()
    placed, settled_ns = 0, 0
    for _ in range(1_200):
        dice = rng.random()
        before = len(desk.placed)
        if dice < 0.2:
            bid = rng.randrange(20, 70)
            desk.quote(rng.choice(MARKETS), bid, bid + rng.choice([1, 2]))
        elif dice < 0.4:
            desk.now_ns += 33 * MS
            for instrument in MARKETS:
                desk.quote(instrument, *rng.choice([(40, 42), (50, 51), (45, 47)]))
            desk.paint()
        elif dice < 0.5:
            desk.focus(rng.randrange(3))
            settled_ns = desk.now_ns + SETTLE_NS
        else:
            keys = rng.choice(
                [("b", "c"), ("s", "c"), ("b", "j"), ("b",), ("c",), ("J",), ("k",), ("delete",)]
            )
            for key in keys:
                focus_before = desk.session.focus
                desk.press(key, rng.choice([160.0, 200.0, 400.0]))
                assert desk.session.focus == focus_before, "no key of an order moves the focus"
        for request, meaning in desk.placed[before:]:
            placed += 1
            here = desk.frames_of[desk.session.focus]
            assert desk.now_ns >= settled_ns, "nothing leaves just after the focus went elsewhere"
            assert request.instrument == MARKETS[desk.session.focus] == here.instrument
            assert request.venue == ("coins" if request.instrument.startswith("coins") else "sim")
            assert request.frame.frame_id == here.frame_id
            if meaning == "order.cursor":
                assert request.price == here.cursor_price == here.prices[here.cursor_row]
            else:
                assert request.price in {here.best_bid, here.best_ask}
    assert placed > 20, "the walk must trade to prove anything"


def test_a_verb_does_not_follow_the_keys_to_another_ladder():
    desk = Desks()
    desk.now_ns += 400 * MS
    desk.quote("coins:3001", 42, 44)
    desk.paint()
    desk.press("b")
    assert desk.session.entry.is_pending
    desk.focus(0)
    assert not desk.session.entry.is_pending
    desk.press("c")
    desk.press("b", 60)
    desk.press("c", 60)
    assert desk.placed == [], "the keys went elsewhere a moment ago"


def test_two_ladders_of_one_market_keep_their_own_cursors():
    desk = Desks()
    desk.focus(1)
    desk.session.show("1001")
    desk.quote("1001", 45, 47)
    desk.session.point(TICK * 30)
    desk.paint()
    assert [desk.session.places[n].look.cursor_price for n in (0, 1)] == [Decimal("0.45"), Decimal("0.30")]
    desk.now_ns += 400 * MS
    desk.quote("1001", 45, 47)
    desk.paint()
    desk.press("b")
    desk.press("c")
    assert [request.price for request, _ in desk.placed] == [Decimal("0.30")]
    desk.focus(0)
    desk.press("f8", 400)
    assert desk.sent[-1][0].commands[0] == CancelOrders("sim", "1001")


def test_a_layout_is_restored_without_any_arming():
    desk = Desks()
    desk.apply(ArmChanged("coins", TradingMode.DISARMED))
    desk.session.restore(["coins:3001", "1001"], 1, desk.now_ns)
    assert [place.instrument_id for place in desk.session.places] == ["coins:3001", "1001"]
    assert desk.session.instrument_id == "1001"
    assert desk.session.facts(desk.now_ns, desk.session.places[0]).mode is TradingMode.DISARMED
    desk.session.restore(["1001", "2001", "coins:3001"], 0, desk.now_ns)
    assert len(desk.session.places) == 3
