"""Explanations, the coach, own mistakes, and tips: what is said of what is on the screen."""

import itertools
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest

from omega_tui.bus.codec import decode_command, decode_event, encode_command, encode_event
from omega_tui.domain.account import Position
from omega_tui.domain.events.teaching import Taught
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.lesson_commands import ExplainThis
from omega_tui.domain.orders import (
    Fill,
    FrameStamp,
    Order,
    OrderRequest,
    OrderStatus,
    TimeInForce,
)
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.teaching import (
    AnyContext,
    CandleBar,
    FindingSeverity,
    LadderRow,
    LevelRow,
    MarketRow,
    OrderRow,
    PnlCell,
    PositionRow,
    PrintRow,
    Refusal,
)
from omega_tui.domain.trade import Trade
from omega_tui.education.coach import CoachView, Held, findings, risk_line
from omega_tui.education.explain import explain
from omega_tui.education.generators import make_series
from omega_tui.education.left_orders import left_orders
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.lesson_check import _ADVICE, _PROMISES
from omega_tui.education.mistakes import mistakes, round_trips
from omega_tui.education.progress import Progress, TipDismissed
from omega_tui.education.rank import Learned
from omega_tui.education.refusal_words import HERE, UNKNOWN, VENUE
from omega_tui.education.signals import BarSignals, Signal
from omega_tui.education.teacher import Teacher
from omega_tui.education.tip_rules import TipRule
from omega_tui.education.tips import HOUR_NS, MINUTE_NS, TipEngine, TipMode
from omega_tui.services.lesson_files import load_catalogue

D = Decimal
NOW = 1_780_000_000_000_000_000
PACKAGE = Path(__file__).resolve().parents[2] / "omega_tui"

SWAP = Instrument(
    "bitget:BTC", "bitget", "BTC/USDT", D("0.1"), base="BTC", quote="USDT", kind=InstrumentKind.LINEAR,
    taker_fee_rate=D("0.0006"),
)  # fmt: skip
YES = Instrument(
    "yes", "sim", "Will it?", D("0.01"), base="YES", quote="pUSD", price_min=D(0), price_max=D(1),
    complement_id="no", resolves_at_ns=NOW + 90 * 86_400 * 10**9,
)  # fmt: skip
BOOK = BookSnapshot(
    "bitget:BTC",
    (PriceLevel(D("99.9"), D(3)), PriceLevel(D("99.8"), D(5))),
    (PriceLevel(D("100.1"), D(2)), PriceLevel(D("100.2"), D(4))),
    D("0.1"),
)
YES_BOOK = BookSnapshot("yes", (PriceLevel(D("0.62"), D(500)),), (PriceLevel(D("0.64"), D(300)),), D("0.01"))
NO_BOOK = BookSnapshot("no", (PriceLevel(D("0.36"), D(300)),), (PriceLevel(D("0.38"), D(500)),), D("0.01"))


def order(side=Side.SELL, price="98", size="1", trigger=None, **more):
    at, frame = more.pop("at", 0), more.pop("frame", None)
    status = more.pop("status", OrderStatus.ACCEPTED)
    request = OrderRequest(
        client_order_id=f"o{at}", instrument="bitget:BTC", venue="bitget", side=side, size=D(size),
        price=D(price),
        trigger_price=None if trigger is None else D(trigger), frame=frame,
        **{key: more.pop(key) for key in ("post_only", "reduce_only", "time_in_force") if key in more},
    )  # fmt: skip
    return Order(request=request, status=status, ts_intent_ns=NOW + at * MINUTE_NS, **more)


def long(size="1", entry="100", **more):
    return Position("bitget", "bitget:BTC", D(size), D(entry), **more)


TRADE = Trade("bitget:BTC", D("100.1"), D("0.5"), Side.BUY, "t", NOW, NOW)
BARS = make_series(SeriesSpec("walk", 2, bars=30))

CONTEXTS = [
    LadderRow(price=D("99.9"), book=BOOK, orders=(order(Side.BUY, "99.9"),), ahead=D(2), instrument=SWAP),
    LadderRow(price=D("0.63"), book=YES_BOOK, instrument=YES, is_trusted=False),
    LadderRow(price=D(5), book=BookSnapshot("x", (), (), D(1))),
    PrintRow(trade=TRADE, recent=(TRADE, TRADE), book=BOOK),
    PrintRow(trade=Trade("x", D(1), D(2), None, "", 0, 0)),
    CandleBar(bars=BARS, signals=("candle.hammer",)),
    CandleBar(bars=BARS[:1]),
    LevelRow(
        start=D(100), end=D(200), ratio=D("0.618"), price=D("138.2"), last=D(150), atr=D(4), known_bars_ago=7
    ),
    OrderRow(order=order(Side.BUY, "99.9"), book=BOOK, ahead=D(2)),
    OrderRow(order=order(trigger="98")),
    OrderRow(order=order(status=OrderStatus.UNKNOWN)),
    OrderRow(order=order(reduce_only=True)),
    OrderRow(order=order(post_only=True)),
    OrderRow(order=order(time_in_force=TimeInForce.IOC)),
    PositionRow(position=long(), mark=D(101), instrument=SWAP, equity=D(1000), atr=D(2), leverage=D(20)),
    PositionRow(
        position=Position("sim", "yes", D(100), D("0.62")), mark=D("0.63"), instrument=YES, equity=D(5000)
    ),
    PositionRow(position=Position("sim", "yes")),
    PnlCell(position=long(fees=D("0.1")), mark=D(102)),
    PnlCell(day=D(-40), day_limit=D(100)),
    PnlCell(),
    MarketRow(instrument=YES, book=YES_BOOK, complement=NO_BOOK, now_ns=NOW),
    MarketRow(instrument=SWAP, book=BOOK),
    MarketRow(),
    *(
        Refusal(code=code, text="The sentence.", order=order())
        for code in (*HERE, *VENUE, *UNKNOWN, "NEVER_SEEN")
    ),
]


@pytest.fixture(scope="module")
def lessons():
    return load_catalogue()


# --- explain


@pytest.mark.parametrize(
    "context", CONTEXTS, ids=lambda one: f"{type(one).__name__}-{getattr(one, 'code', '')}"
)
def test_everything_that_can_be_focused_is_explained_in_five_parts(lessons, context):
    found = explain(context, lessons)
    assert found.about == type(context).__struct_config__.tag
    assert all((found.title, found.see, found.computed, found.evidence, found.wrong, found.links))
    assert found.links[0].kind == "lesson"
    for sentence in (*found.see, *found.computed, *found.wrong):
        assert sentence.strip().endswith((".", "?", "!")) or sentence.isupper(), sentence
        assert not _ADVICE.search(sentence), sentence
        assert not _PROMISES.search(sentence), sentence
        assert "E+" not in sentence
        assert "None" not in sentence


def test_every_kind_of_context_is_tried():
    assert {type(context) for context in CONTEXTS} == set(AnyContext.__args__)


def test_contexts_and_explanations_cross_the_bus(lessons):
    """By the bus's own codec: what is asked and what is answered."""
    for context in CONTEXTS[:24]:
        asked = ExplainThis("r1", context)
        assert decode_command(encode_command(asked)) == asked
        told = Taught("r1", explain(context, lessons))
        assert decode_event(encode_event(told)) == told


def test_every_code_that_the_program_refuses_with_has_a_meaning(lessons):
    """The codes are read from the source: a new one needs its rule, its remedy and a lesson."""
    refusing = re.compile(r'(?:Denial|OrderRefused|OrderRejected)\(\s*"([A-Z_]+)"')
    codes = {code for path in PACKAGE.rglob("*.py") for code in refusing.findall(path.read_text("utf-8"))}
    assert len(codes) > 25
    unexplained = codes - set(HERE) - set(VENUE)
    assert not unexplained, f"add these to education/refusal_words.py: {unexplained}"
    for code in HERE:
        assert explain(Refusal(code=code), lessons).links[0].id in lessons.lessons


def test_numbers_of_an_explanation_are_those_of_the_screen(lessons):
    row = explain(CONTEXTS[0], lessons)
    assert "3 rest here on the bid side; 0 stand at better prices." in row.see
    assert any("a spread of 0.2, 2 ticks" in sentence for sentence in row.see)
    assert any("about 2 ahead of it" in sentence for sentence in row.see)
    narrow = BookSnapshot("yes", (PriceLevel(D("0.5"), D(5)),), (PriceLevel(D("0.51"), D(3)),), D("0.01"))
    near = explain(LadderRow(price=D("0.52"), book=narrow, instrument=YES), lessons)
    assert "Touch 0.50 to 0.51: a spread of 0.01, 1 tick." in near.see
    assert "Spread: 0.51 - 0.50. Distance of this row: 1 tick above the best ask." in near.computed
    level = explain(CONTEXTS[7], lessons)
    assert "= 138.200" in level.computed[0]
    market = explain(MarketRow(instrument=YES, book=YES_BOOK, complement=NO_BOOK, now_ns=NOW), lessons)
    assert any("asks add up to 1.02, bids to 0.98" in sentence for sentence in market.computed)


# --- coach


def coach(position=None, *, orders=(), mark="100", equity="10000", instrument=SWAP, **more):
    held = Held(position=position or long(), instrument=instrument, mark=D(mark), orders=orders, **more)
    return {
        finding.code: finding for finding in findings(CoachView(now_ns=NOW, equity=D(equity), held=(held,)))
    }


def test_a_position_without_a_stop_stands_in_the_risk_line():
    held = Held(position=long(), instrument=SWAP, mark=D(100))
    found = findings(CoachView(now_ns=NOW, equity=None, held=(held,)))
    assert found[0].code == "NO_STOP"
    assert found[0].severity is FindingSeverity.CRITICAL
    assert "No stop works" in risk_line(found)


def test_coins_that_were_paid_for_are_no_alarm_in_the_risk_line():
    found = coach(long("2"), instrument=replace(SWAP, kind=InstrumentKind.SPOT))
    assert found["NO_STOP"].severity is FindingSeverity.WARNING
    assert "200" in found["NO_STOP"].text
    assert not risk_line(tuple(found.values()))


@pytest.mark.parametrize(
    ("trigger", "side", "code"),
    [
        ("99.5", Side.SELL, "STOP_IN_NOISE"),
        ("90", Side.SELL, "RISK_OVER_LIMIT"),
        ("99.5", Side.BUY, "NO_STOP"),
    ],
)
def test_a_stop_is_judged(trigger, side, code):
    found = coach(long("30"), orders=(order(side, trigger, "30", trigger),), atr=D(2))
    assert code in found


def test_a_stop_that_counts_leaves_nothing_critical():
    found = coach(long("10"), orders=(order(Side.SELL, "97", "10", "97"),), atr=D(2))
    assert not risk_line(tuple(found.values()))
    assert "STOP_SMALLER" in coach(long("10"), orders=(order(Side.SELL, "97", "4", "97"),))


def left(position, *orders):
    held = {} if position is None else {"bitget:BTC": position}
    return [(one.code, one.text) for one in left_orders(orders, held)]


@pytest.mark.parametrize("position", [None, long("0"), long("-2")])
def test_a_closing_order_that_outlived_its_position_is_told_in_the_risk_line(position):
    stop = order(Side.SELL, "97", "4", "97.5", reduce_only=True)
    sentence = "SELL 4 stop 97.5 closes nothing: it would close the next position."
    assert left(position, stop) == [("CLOSES_NOTHING", sentence)]
    found = list(left_orders([stop], {}))
    assert risk_line(found) == sentence
    assert found[0].lesson == "o-04-reduce-only-bracket"
    take = order(Side.SELL, "110", "4", reduce_only=True, filled=D(1))
    assert left(position, take)[0][1].startswith("SELL 3 at 110 closes nothing")


@pytest.mark.parametrize(
    "harmless",
    [
        order(Side.BUY, "97", "4"),
        order(Side.SELL, "97", "4", "97", reduce_only=True, status=OrderStatus.PENDING_CANCEL),
        order(Side.SELL, "97", "4", "97", reduce_only=True, status=OrderStatus.SUBMITTED),
        order(Side.SELL, "97", "4", "97", reduce_only=True, status=OrderStatus.FILLED),
    ],
)
def test_what_opens_or_is_on_its_way_out_is_not(harmless):
    assert not left(None, harmless)


def test_a_closing_order_with_something_to_close_is_not():
    assert not left(long("1"), order(Side.SELL, "97", "4", "97", reduce_only=True))


def test_a_stop_beyond_liquidation_is_told_by_the_venues_number_or_ours():
    stop = (order(Side.SELL, "90", "1", "90"),)
    assert "STOP_BEYOND_LIQUIDATION" in coach(orders=stop, leverage=D(20))
    assert "STOP_BEYOND_LIQUIDATION" not in coach(orders=stop, leverage=D(5))
    assert "STOP_BEYOND_LIQUIDATION" in coach(orders=stop, leverage=D(5), venue_liquidation=D(92))
    found = coach(orders=stop, leverage=D(20), atr=D(2))["LIQUIDATION_NEAR"]
    assert found.value < 3
    assert "our estimate" in found.text


def test_a_short_is_the_mirror_of_a_long():
    found = coach(long("-1"), orders=(order(Side.BUY, "110", "1", "110"),), leverage=D(20))
    assert "STOP_BEYOND_LIQUIDATION" in found
    assert "NO_STOP" not in found


def test_heat_leverage_costs_and_give_back_are_numbers_beside_limits():
    stop = (order(Side.SELL, "99.8", "1000", "99.8"),)
    found = coach(long("1000"), orders=stop, best_pnl=D(500), planned_risk=D(200), mark="100.1")
    assert found["LEVERAGE"].value > 5
    assert found["COST_IN_R"].value == (D(100) + D("99.8")) * D("0.0006") / D("0.2")
    assert found["GIVE_BACK"].value == D("0.8")
    assert found["R_SO_FAR"].text == "Open result: +0.50 R."
    assert "HEAT" in coach(long("100"), orders=(order(Side.SELL, "90", "100", "90"),))


def test_a_binary_has_a_worst_case_and_no_stop_is_asked_of_it():
    held = Position("sim", "yes", D(1000), D("0.62"))
    found = coach(held, instrument=YES, mark="0.9")
    assert found["MAX_LOSS"].value == 620
    assert found["RISK_OVER_LIMIT"].severity is FindingSeverity.WARNING
    assert "NO_STOP" not in found
    assert 0 < found["YIELD"].value < 1
    sold = coach(Position("sim", "yes", D(-1000), D("0.62")), instrument=YES, mark="0.9")
    assert sold["MAX_LOSS"].value == 380


def test_findings_carry_their_arithmetic_and_take_no_side():
    found = coach(long("30"), orders=(order(Side.SELL, "90", "30", "90"),), atr=D(2), leverage=D(20))
    for finding in found.values():
        assert finding.formula
        assert finding.text.endswith(".")
        assert not _ADVICE.search(finding.text)
        assert finding.lesson in load_catalogue().lessons


# --- own mistakes


def fill(side, price, size, minute, n=0):
    return Fill(
        trade_id=f"{minute}-{n}", venue_order_id="v", instrument="bitget:BTC", side=side, price=D(price),
        size=D(size), ts_event_ns=NOW + minute * MINUTE_NS,
    )  # fmt: skip


def trip(minute, size="1", *, lose=True):
    return [fill(Side.BUY, "100", size, minute), fill(Side.SELL, "99" if lose else "101", size, minute + 1)]


def codes_of(orders=(), fills=()):
    return {one.code: one for one in mistakes(orders, fills, ticks={"bitget:BTC": D("0.1")})}


def test_round_trips_are_cut_at_flat_and_through_it():
    fills = [fill(Side.BUY, "100", "1", 0), fill(Side.SELL, "102", "3", 1), fill(Side.BUY, "101", "2", 2)]
    done, running = round_trips(fills)
    assert [(one.side, one.largest, one.pnl) for one in done] == [(Side.BUY, 1, 2), (Side.SELL, 2, 2)]
    assert running == []


def test_a_large_size_after_a_loss_is_counted():
    calm = [one for number in range(3) for one in trip(number * 60, lose=False)]
    assert codes_of(fills=[*calm, *trip(200), *trip(203, "5")])["REVENGE_SIZE"].value == 5
    assert "REVENGE_SIZE" not in codes_of(fills=[*calm, *trip(200), *trip(300, "5")])
    assert "REVENGE_SIZE" not in codes_of(fills=[*calm, *trip(200), *trip(203, "1")])


def test_adding_to_a_loser_is_counted_and_to_a_winner_not():
    down = [fill(Side.BUY, "100", "1", 0), fill(Side.BUY, "98", "1", 1), fill(Side.SELL, "97", "2", 2)]
    up = [fill(Side.BUY, "100", "1", 0), fill(Side.BUY, "102", "1", 1), fill(Side.SELL, "103", "2", 2)]
    assert codes_of(fills=down)["AVERAGING_DOWN"].value == 1
    assert "AVERAGING_DOWN" not in codes_of(fills=up)


def test_what_was_held_before_is_sold_and_no_short_is_added_to():
    """Seen at coins: parts of a holding were sold, and called a loser that was added to."""
    sold = [fill(Side.SELL, price, "0.3", minute) for minute, price in ((1, "100"), (2, "101"), (3, "102"))]
    fills = [fill(Side.BUY, "99", "0.1", 0), *sold, fill(Side.BUY, "102", "0.1", 4)]
    assert {one.code for one in mistakes((), fills, ticks={})} == {"AVERAGING_DOWN"}, "shorts, of a contract"
    assert mistakes((), fills, ticks={}, never_short={"bitget:BTC"}) == ()
    done, running = round_trips(fills, {"bitget:BTC"})
    assert [(one.largest, one.pnl) for one in done] == [(D("0.1"), D("0.1"))]
    assert [(one.side, one.largest) for one in running] == [(Side.BUY, D("0.1"))]


def test_stops_that_were_moved_away_are_counted():
    moved = [order(trigger="98", status=OrderStatus.CANCELED, at=0), order(trigger="96", at=5)]
    tightened = [order(trigger="96", status=OrderStatus.CANCELED, at=0), order(trigger="98", at=5)]
    assert "MOVED_STOPS" not in codes_of(orders=tightened)
    assert "further away, at most by 2" in codes_of(orders=moved)["MOVED_STOPS"].text


def test_crossed_spreads_cost_what_the_screen_showed():
    frame = FrameStamp(1, D("100.2"), D(100), D("100.2"), 1, 0, "LIVE")
    crossed = order(
        Side.BUY,
        "100.2",
        "10",
        frame=frame,
        filled=D(10),
        average_price=D("100.2"),
        status=OrderStatus.FILLED,
    )
    assert codes_of(orders=[crossed])["CROSSED_SPREADS"].value == 1
    joined = order(
        Side.BUY, "100", "10", frame=frame, filled=D(10), average_price=D(100), status=OrderStatus.FILLED
    )
    assert "CROSSED_SPREADS" not in codes_of(orders=[joined])


def test_a_streak_and_held_losers_are_counted():
    assert (
        codes_of(fills=[one for number in range(4) for one in trip(number * 30)])["LOSING_STREAK"].value == 4
    )
    fills = []
    for number in range(3):
        fills += [fill(Side.BUY, "100", "1", number * 100), fill(Side.SELL, "101", "1", number * 100 + 2)]
        fills += [
            fill(Side.BUY, "100", "1", number * 100 + 10),
            fill(Side.SELL, "99", "1", number * 100 + 40),
        ]
    assert codes_of(fills=fills)["LOSERS_HELD"].value == 15
    assert codes_of() == {}


# --- which lesson is offered


def offered_with(context, catalogue, **learned):
    return next(
        link.id for link in explain(context, catalogue, Learned(**learned)).links if link.kind == "lesson"
    )


def test_the_lesson_that_is_offered_fits_the_thing_its_shapes_its_kind_and_the_learner(lessons):
    row = CONTEXTS[0]
    assert offered_with(row, lessons) == "b-02-ladder-queue"
    assert lessons.lessons[offered_with(CONTEXTS[1], lessons)].header.track == "prediction"
    hammer = CandleBar(bars=BARS, signals=("candle.engulfing",), instrument=SWAP)
    assert offered_with(hammer, lessons) == "k-03-two-bar"
    others = set(lessons.lessons) - {"b-01-spread-depth"}
    assert offered_with(row, lessons, mastery=lambda lesson: 1.0 * (lesson in others)) == "b-01-spread-depth"
    assert offered_with(row, lessons, shown={"b-02-ladder-queue"}) != "b-02-ladder-queue"
    position = PositionRow(position=long(), mark=D(101), instrument=SWAP)
    due = offered_with(position, lessons, due={"r-05-leverage-liquidation"})
    assert due == "r-05-leverage-liquidation"
    refusal = Refusal(code="POST_ONLY")
    assert offered_with(refusal, lessons, shown=set(lessons.lessons)) == "o-02-post-only-ioc"


def test_a_lesson_is_offered_once_a_day_where_another_fits_as_well(lessons):
    teacher = Teacher(lessons)
    day = 86_400 * 10**9
    first = [teacher.explain(CONTEXTS[0], NOW).links[0].id for _ in range(3)]
    assert first[0] != first[1]
    assert teacher.explain(CONTEXTS[0], NOW + day).links[0].id == first[0]


# --- tips


RULE = TipRule("r", "s", "It is {{ x }}.", "c-01-tour", when="x > 2", base=0.9)


def engine(*rules, mastery=0.0, progress=None):
    progress = progress if progress is not None else Progress()
    return TipEngine(rules or (RULE,), progress, lambda _: mastery), progress


def offered(made, progress, minute, x=3, *, busy=False):
    found = made.offer([Signal("s", {"x": D(x)})], now_ns=NOW + minute * MINUTE_NS, is_busy=busy)
    if found is not None:
        progress.fold(found[1])
    return None if found is None else found[0].text


def test_a_tip_is_shown_once_and_its_cool_down_doubles():
    made, progress = engine()
    shown = [minute for minute in range(0, 60 * 24, 5) if offered(made, progress, minute)]
    assert shown[:3] == [0, 45, 135]
    gaps = [b - a for a, b in itertools.pairwise(shown)]
    assert gaps == sorted(gaps)


def test_nothing_is_said_while_an_order_is_entered_nor_when_off():
    made, progress = engine()
    assert all(offered(made, progress, minute, busy=True) is None for minute in range(600))
    made.mode = TipMode.OFF
    assert offered(made, progress, 700) is None
    made.mode = TipMode.NORMAL
    assert offered(made, progress, 800) == "It is 3."


@pytest.mark.parametrize("values", [{}, {"x": D(1)}, {"x": "many"}])
def test_a_rule_that_does_not_hold_or_lacks_its_number_is_silent(values):
    made, _ = engine()
    assert made.offer([Signal("s", values), Signal("other")], now_ns=NOW, is_busy=False) is None


def test_what_is_mastered_is_not_told():
    made, progress = engine(mastery=0.9)
    assert offered(made, progress, 0) is None


def test_dismissing_twice_quickly_silences_and_never_is_for_good():
    made, progress = engine()
    offered(made, progress, 0)
    progress.fold(made.dismiss("r", now_ns=NOW, never=True))
    assert progress.tips["r"].never
    assert offered(made, progress, 10_000) is None
    made.dismiss("r", now_ns=NOW + MINUTE_NS)
    assert made.is_quiet
    assert isinstance(made.dismiss("r", now_ns=NOW), TipDismissed)


def test_the_budget_holds_against_a_hundred_rules():
    rules = tuple(TipRule(f"r{number}", "s", "{{ x }}", "c-01-tour", base=1.0) for number in range(100))
    made, progress = engine(*rules)
    shown = [minute for minute in range(8 * 60) if offered(made, progress, minute)]
    assert len(shown) <= 2 + 8


def test_days_of_minute_bars_gives_at_most_a_tip_an_hour_in_the_median(lessons):
    """The first days of a new user are the worst: `benchmarks/tips.py` prints the month."""
    bars = make_series(SeriesSpec("walk", 5, bars=4 * 1440, start="60000", bar_ticks=400, timeframe_s=60))
    signals, progress = BarSignals(), Progress()
    made = TipEngine(lessons.tip_rules, progress, lambda _: 0.0)
    hours = dict.fromkeys(range(4 * 24), 0)
    raw = 0
    for bar in bars:
        found = signals.push(bar)
        raw += len(found)
        tip = made.offer(found, now_ns=bar.end_ns, is_busy=False)
        if tip is not None:
            progress.fold(tip[1])
            hours[(bar.start_ns - bars[0].start_ns) // HOUR_NS] += 1
    assert raw > 20 * len(hours), "there is enough to be silent about"
    assert median(hours.values()) <= 1
    assert median(list(hours.values())[:8]) <= 1
    assert max(hours.values()) <= 3
    assert sum(hours.values()) > 3
