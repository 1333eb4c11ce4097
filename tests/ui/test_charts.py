"""What the chart of the trade screen shows, from the events of a desk: sources, lines of ours, questions."""

import json
from concurrent.futures import Future
from dataclasses import replace as with_
from decimal import Decimal
from random import Random

import msgspec
import pytest
from bars import walk
from cockpit import console
from fake_backend import (
    NOON,
    NS,
    FakeBackend,
    book,
    book_event,
    holding,
    in_state,
    instruments,
    order,
    trades,
)

from omega_tui.domain.account import MarginTerms, Position
from omega_tui.domain.candle import Candle, CandleHistory
from omega_tui.domain.commands import FetchCandles
from omega_tui.domain.events.account import FillRecorded, OrderChanged, PositionChanged
from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.domain.events.status import VenueChanged, VenuePhase
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import Fill, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.errors import NoHandler, OmegaError, VenueError
from omega_tui.ui.chart.charts import BOOKS, Charts
from omega_tui.ui.chart.curves import MOST_POINTS, EquityCurve
from omega_tui.ui.chart.errand import ChartErrand, history_of
from omega_tui.ui.chart.look import Kind, Overlay, choices
from omega_tui.ui.chart.model import LineKind, MarkKind
from omega_tui.ui.chart.painter import ChartPainter
from omega_tui.ui.chart.study import PAST, ChartStudy
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.text.money import Totals
from omega_tui.ui.widgets.chart import Chart

D = Decimal
MARKET = instruments()[0]


class Room:
    """A desk with its charts, and the events that both are told."""

    def __init__(self, *, asks_venues=True):
        self.desk = Desk()
        self.charts = Charts(self.desk, glyphs="unicode", asks_venues=asks_venues)
        self.tell(*(InstrumentUpdated(one) for one in instruments()))

    def tell(self, *events):
        changes = self.desk.apply(events, now_ns=NOON)
        for instrument in changes.gaps:
            self.charts.take_gap(instrument)
        self.charts.take_prints(changes.prints)

    def model(self, state="", ladder_price=None):
        return self.charts.model(MARKET, state=state, ladder_price=ladder_price)


def history(count=200, timeframe_s=60):
    last_ns = NOON // (timeframe_s * NS) * timeframe_s * NS
    bars = walk(Random(4), count, step=30)
    return CandleHistory(
        tuple(
            with_(
                bar,
                instrument=MARKET.id,
                timeframe_s=timeframe_s,
                start_ns=last_ns - (count - 1 - number) * timeframe_s * NS,
            )
            for number, bar in enumerate(bars)
        )
    )


def answered(room, past=None):
    assert room.charts.question(MARKET.id, now_ns=NOON) == FetchCandles(MARKET.id, "1m", "sim")
    room.charts.answered(past or history(), now_ns=NOON)


# -------------------------------------------------------------------------------------- where bars come from


def test_prints_make_the_bars_where_the_venue_has_none_and_the_chart_says_so():
    room = Room()
    room.tell(*trades())
    assert room.charts.question(MARKET.id, now_ns=NOON) is not None
    assert "asking sim" in room.model().note
    room.charts.refused(NoHandler("nobody"), now_ns=NOON)
    shown = room.model()
    assert shown.title == "CHART 5s"
    assert shown.note.startswith("prints since 12:01:03")
    assert sum(bar.volume for bar in shown.bars) == sum(one.trade.size for one in trades())
    assert room.charts.question(MARKET.id, now_ns=NOON + 60 * NS) is None


def test_the_venues_candles_go_on_with_the_prints():
    room = Room()
    answered(room)
    before = room.model()
    assert (before.title, before.note.split(" reading")[0]) == ("CHART 1m", "from sim")
    assert len(before.bars) == 200
    room.tell(trades()[-1])
    after = room.model()
    assert len(after.bars) == 200
    assert after.bars[-1].close == trades()[-1].trade.price


def test_a_question_is_asked_again_when_a_bar_has_ended_or_prints_were_missed():
    room = Room()
    answered(room)
    ends_ns = NOON // (60 * NS) * 60 * NS + 60 * NS
    assert room.charts.question(MARKET.id, now_ns=ends_ns) is None
    assert room.charts.question(MARKET.id, now_ns=ends_ns + NS) is not None
    assert room.charts.question(MARKET.id, now_ns=ends_ns + NS) is None  # One at a time.
    room.charts.refused(VenueError("the venue is away"), now_ns=ends_ns)
    assert room.charts.question(MARKET.id, now_ns=ends_ns + NS) is None
    room.charts.take_gap("")
    assert room.charts.question(MARKET.id, now_ns=ends_ns + NS) is not None


def test_why_there_is_no_past_is_said():
    room = Room()
    room.tell(*trades())
    room.charts.question(MARKET.id, now_ns=NOON)
    room.charts.refused(VenueError("the venue did not answer within 10 s"), now_ns=NOON)
    assert "the venue did not answer" in room.model().note


def test_nothing_is_asked_in_a_replay_or_of_a_venue_that_is_not_open():
    assert Room(asks_venues=False).charts.question(MARKET.id, now_ns=NOON) is None
    room = Room()
    room.tell(VenueChanged("sim", "polymarket", "", VenuePhase.LISTED))
    assert room.charts.question(MARKET.id, now_ns=NOON) is None
    assert room.charts.question("", now_ns=NOON) is None


def test_books_of_candles_are_bounded():
    room = Room()
    for number in range(BOOKS + 3):
        room.charts.model(with_(MARKET, id=str(number)), state="", ladder_price=None)
    assert len(room.charts._books) == BOOKS


# ------------------------------------------------------------------------------------------- what is ours


def test_orders_position_and_fills_are_on_the_chart():
    room = Room()
    answered(room)
    terms = MarginTerms(liquidation_price=D("0.2046231975"))
    position = Position("sim", MARKET.id, D(40), D("0.4602188475298774453832686304"), terms=terms)
    stop = order(3, OrderStatus.ACCEPTED, 40, Side.SELL)
    stop = with_(stop, request=with_(stop.request, trigger_price=D("0.41"), reduce_only=True))
    fill = Fill(
        trade_id="t",
        venue_order_id="0x1",
        instrument=MARKET.id,
        side=Side.BUY,
        price=D("0.46"),
        size=D(40),
        ts_event_ns=NOON - 120 * NS,
    )
    room.tell(
        OrderChanged(order(1, OrderStatus.ACCEPTED, 44)),
        OrderChanged(order(2, OrderStatus.ACCEPTED, 49, Side.SELL, size=120)),
        OrderChanged(stop),
        PositionChanged(position),
        FillRecorded(fill, "o1", is_new=True),
    )
    shown = room.model()
    assert [(line.kind, line.label, line.price) for line in shown.lines if line.kind.is_own] == [
        (LineKind.POSITION, "pos +40", D("0.460")),
        (LineKind.LIQUIDATION, "liq", D("0.205")),
        (LineKind.BUY, "B100", D("0.44")),
        (LineKind.SELL, "S120", D("0.49")),
        (LineKind.STOP, "stop S100", D("0.41")),
    ]
    (bought,) = [point for point in shown.points if point.kind is MarkKind.BUY]
    assert shown.bars[bought.bar].start_ns <= fill.ts_event_ns < shown.bars[bought.bar].end_ns


# -------------------------------------------------------------------------------------- what the trader does


def test_the_cursor_stays_on_its_bar_while_bars_are_added_and_goes_after_the_newest():
    room = Room()
    answered(room)
    assert room.charts.navigate("chart.older", MARKET)
    assert room.charts.navigate("chart.older", MARKET)
    shown = room.model()
    pointed = shown.bars[shown.cursor.bar]
    assert shown.cursor.bar == 198
    late = with_(trades()[-1].trade, ts_event_ns=NOON + 300 * NS, price=D("100"))
    room.tell(with_trade(late))
    shown = room.model()
    assert shown.bars[shown.cursor.bar].start_ns == pointed.start_ns
    for _ in range(3):
        room.charts.navigate("chart.newer", MARKET)
    assert room.model().cursor is None
    assert not room.charts.navigate("cursor.up", MARKET)


def with_trade(trade):
    event = trades()[-1]
    return msgspec.structs.replace(event, trade=trade)


def test_an_old_bar_under_the_cursor_comes_into_view():
    room = Room()
    answered(room)
    for _ in range(15):
        room.charts.navigate("chart.older_ten", MARKET)
    shown = room.model()
    for width in range(30, 120, 7):
        painter = ChartPainter()
        painter.paint(shown, width, 20)
        assert painter.view.column_of(shown.cursor.bar) is not None


@pytest.mark.parametrize("word", choices())
def test_every_word_of_the_chart_is_understood(word):
    room = Room()
    room.charts.choose(word)
    room.charts.choose(word)
    room.model()


def test_lengths_widths_and_kinds_by_keys():
    room = Room()
    answered(room)
    room.charts.navigate("chart.longer", MARKET)
    assert room.charts.look.timeframe == "3m"
    room.charts.navigate("chart.shorter", MARKET)
    room.charts.navigate("chart.shorter", MARKET)
    assert room.charts.look.timeframe == "30s"
    for _ in range(9):
        room.charts.navigate("chart.width", MARKET)
    room.charts.navigate("chart.kind", MARKET)
    assert room.charts.look.kind is Kind.DEPTH
    assert room.charts.question(MARKET.id, now_ns=NOON + 999 * NS) is None
    with pytest.raises(ValueError, match="knows no 7m"):
        room.charts.choose("7m")


# ------------------------------------------------------------------------------------------- studies


def test_levels_come_from_certain_pivots_of_closed_bars_and_a_long_past_in_pieces():
    bars = tuple(walk(Random(4), 400, step=30))
    study = ChartStudy(D("0.01"), patterns=False)
    readings = 1
    while study.read(bars):
        readings += 1
    assert readings == PAST // 60
    drawing = study.drawing(bars)
    pivots = [point for point in drawing.points if point.kind is MarkKind.PIVOT]
    assert pivots
    for pivot in pivots:
        assert pivot.price == (bars[pivot.bar].low if pivot.is_below else bars[pivot.bar].high)
    ends = {line.label: line.price for line in drawing.lines}
    assert (ends["1"], ends["0"]) == (pivots[-2].price, pivots[-1].price)
    assert study.drawing(bars) is drawing
    # The bar that still grows changes nothing, and marks stay at their bars when the oldest one goes.
    grown = (*bars[:-1], with_(bars[-1], high=bars[-1].high + 50))
    assert not study.read(grown)
    assert study.drawing(grown) is drawing
    moved = study.drawing(bars[1:])
    assert [point.bar for point in moved.points] == [point.bar - 1 for point in drawing.points]


def test_another_past_is_read_from_its_beginning():
    bars = tuple(walk(Random(4), 100, step=30))
    other = tuple(with_(bar, close=bar.low) for bar in bars)
    study = ChartStudy(D("0.01"), patterns=True)
    while study.read(bars):
        pass
    while study.read(other):
        pass
    fresh = ChartStudy(D("0.01"), patterns=True)
    while fresh.read(other):
        pass
    assert study.drawing(other) == fresh.drawing(other)


def test_overlays_of_the_chart():
    room = Room()
    answered(room)
    for overlay in Overlay:
        room.charts.choose(overlay)
        for _ in range(10):
            shown = room.model()
        has_levels = any(line.kind is LineKind.LEVEL for line in shown.lines)
        assert has_levels == (overlay is Overlay.LEVELS)
        assert (shown.points == ()) == (overlay in {Overlay.NOTHING, Overlay.HEAT})
        assert shown.heat is None, "no book was seen"


async def test_the_heat_of_the_book_lies_under_the_candles_until_it_may_be_bad():
    async with console() as cockpit:
        charts, chart = cockpit.app.session.charts, cockpit.app.screen.query_one(Chart)
        await cockpit.frame(5)
        taken = len(charts.depth.map_of(MARKET.id, 0).columns)
        assert taken == 3, "one every two seconds, while the book is quiet, too"
        await cockpit.keys("a", "a")
        now_ns = cockpit.backend.clock.now_ns()
        newest = msgspec.structs.replace(trades()[-1], ts_event_ns=now_ns, ts_recv_ns=now_ns)
        at_once = with_(newest.trade, trade_id="newest", ts_event_ns=now_ns, ts_recv_ns=now_ns)
        cockpit.backend.publish(msgspec.structs.replace(newest, trade=at_once))
        await cockpit.frame(2.4)
        assert charts.look.overlay is Overlay.HEAT
        assert "heat of the book" in chart.render_line(0).text
        assert any("░" in chart.render_line(y).text for y in range(chart.size.height))
        in_state(cockpit.backend, DataState.RESYNC)
        await cockpit.frame(5)
        before = len(charts.depth.map_of(MARKET.id, 0).columns)
        await cockpit.frame(5)
        assert len(charts.depth.map_of(MARKET.id, 0).columns) == before, "nothing is kept of a bad book"


# ------------------------------------------------------------------------------------------- curves


def test_the_depth_is_the_book_added_up():
    room = Room()
    room.tell(book_event(book()))
    room.charts.choose("depth")
    shown = room.model(state="STALE")
    snapshot = book()
    assert shown.values[0] == sum(level.size for level in snapshot.bids)
    assert shown.state == "STALE"
    half = len(shown.values) // 2
    assert list(shown.values[:half]) == sorted(shown.values[:half], reverse=True)
    assert list(shown.values[half:]) == sorted(shown.values[half:])


def test_an_equity_curve_is_bounded_and_says_what_it_adds_up():
    curve = EquityCurve()
    for second in range(4 * MOST_POINTS):
        curve.sample(lambda: Totals((("USDT", D(second)),)), now_ns=NOON + second * NS)  # noqa: B023 - at once
    shown = curve.model(glyphs="unicode")
    assert MOST_POINTS // 2 <= len(shown.values) < MOST_POINTS
    assert shown.values[0] == 0
    assert "USDT" in shown.note
    assert EquityCurve().model(glyphs="unicode").empty


# ------------------------------------------------------------------------------------------- asking


def test_the_errand_asks_once_and_takes_the_answer():
    room, backend = Room(), FakeBackend()
    backend.candles[MARKET.id, "1m"] = history()
    errand = ChartErrand(backend, room.charts)
    assert not errand.look(MARKET.id, now_ns=NOON)
    assert errand.look(MARKET.id, now_ns=NOON)
    assert len(room.model().bars) == 200
    assert not errand.look(MARKET.id, now_ns=NOON)
    assert not errand.look("", now_ns=NOON + 999 * NS)


def test_a_bug_behind_the_question_is_not_swallowed():
    class Broken(FakeBackend):
        def dispatch(self, command):
            del command
            future = Future()
            future.set_exception(ZeroDivisionError("a bug"))
            return future

    errand = ChartErrand(Broken(), Room().charts)
    errand.look(MARKET.id, now_ns=NOON)
    with pytest.raises(ZeroDivisionError):
        errand.look(MARKET.id, now_ns=NOON)


def test_an_answer_from_another_process_reads_the_same():
    past = history(3)
    wire = msgspec.json.Encoder(decimal_format="string").encode(past)
    assert history_of(msgspec.Raw(wire)) == past
    assert history_of(json.loads(wire)) == past
    assert isinstance(history_of(json.loads(wire)).candles[0], Candle)
    for wrong in (None, {"candles": 3}, msgspec.Raw(b"{")):
        with pytest.raises(OmegaError, match="cannot be read"):
            history_of(wrong)


# -------------------------------------------------------------------------------------- in the console


async def test_the_chart_comes_and_goes_and_its_keys_and_clicks_only_look():
    async with console() as cockpit:
        screen = cockpit.app.screen
        chart = screen.query_one(Chart)
        assert chart.size.height > 5
        assert "CHART 5s" in chart.rows_shown[0].text
        await cockpit.keys("h")
        assert chart.model.cursor.bar == len(chart.model.bars) - 1
        column = next(x for x in range(chart.size.width) if chart.bar_at(x) == 0)
        await cockpit.pilot.click(Chart, offset=(column, 3))
        await cockpit.frame()
        assert chart.model.cursor.bar == 0
        await cockpit.keys("m")
        assert "DEPTH" in chart.rows_shown[0].text
        await cockpit.keys("m", "m", "right_parenthesis")
        assert "CHART 15s" in chart.rows_shown[0].text
        await cockpit.keys("colon")
        await cockpit.type("chart 1s")
        await cockpit.keys("enter")
        assert "CHART 1s" in chart.rows_shown[0].text
        await cockpit.keys("g", "c")
        assert not chart.size.height
        await cockpit.keys("g", "c")
        assert chart.size.height
        price = chart.model.bars[-1].close
        assert chart.price_at(chart.row_of(price)) == pytest.approx(price, abs=D("0.01"))
        assert cockpit.backend.placed() == []


async def test_on_a_narrow_terminal_the_chart_takes_the_place_of_the_pane():
    async with console(size="small") as cockpit:
        chart = cockpit.app.screen.query_one(Chart)
        assert not chart.size.height
        await cockpit.keys("g", "c")
        assert chart.size.height > 10
        assert cockpit.app.screen.pane == "chart"
        await cockpit.pilot.click("#chooser", offset=(2, 0))
        await cockpit.frame()
        assert cockpit.app.screen.pane == "tape"


async def test_the_days_profit_is_drawn_when_there_is_one():
    async with console(holding) as cockpit:
        await cockpit.keys("m", "m")
        await cockpit.frame(1.2)
        assert cockpit.app.session.charts.look.kind is Kind.EQUITY
        model = cockpit.app.screen.query_one(Chart).model
        assert {*model.roles} == {"pnl.pos"}
        strips = cockpit.app.screen._compositor.render_strips()
        assert any("EQUITY" in strip.text for strip in strips)
