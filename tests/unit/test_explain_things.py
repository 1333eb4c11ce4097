"""What can be explained on the trade screen, in which order; every refusal of a key has words."""

import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from omega_tui.domain.account import Balance, Position
from omega_tui.domain.candle import Candle
from omega_tui.domain.events.account import BalanceChanged, OrderChanged, PositionChanged
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated, TradePrinted
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus, Integrity, IntegrityState
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.teaching import AnyContext
from omega_tui.domain.trade import Trade
from omega_tui.education.candlesticks import find_candlesticks
from omega_tui.education.explain import explain
from omega_tui.education.generators import make_series
from omega_tui.education.key_words import KEYS
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.refusal_words import HERE, UNKNOWN, VENUE
from omega_tui.education.signals import PATTERNS
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.text import cell_width
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.place import LadderPlace
from omega_tui.ui.learn.explain_things import RefusedHere, market_thing, things
from omega_tui.ui.learn.learn_panel import LearnPanel, PanelCard
from omega_tui.ui.learn.panel_lines import panel_lines

D = Decimal
NOW = 1_790_000_000_000_000_000
NS = 1_000_000_000
SECOND = 10**9


def coin(kind=InstrumentKind.LINEAR):
    return Instrument("c", "v", "BTC/USDT", D("0.5"), D("0.1"), D("0.1"), base="BTC", quote="USDT", kind=kind)


def request(side, price, *, trigger=None, name="a"):
    return OrderRequest(
        client_order_id=name,
        instrument="c",
        venue="v",
        side=side,
        size=D(1),
        price=D(price),
        trigger_price=None if trigger is None else D(trigger),
        order_type=OrderType.LIMIT if trigger is None else OrderType.MARKET,
        reduce_only=trigger is not None,
    )


def bars_of(count, timeframe_s=60):
    """What a chart gives: bars that rise."""

    def bar(at):
        price = D(100 + at)
        start_ns = NOW + at * timeframe_s * SECOND
        return Candle("c", timeframe_s, start_ns, price, price + 1, price - 1, price, D(1))

    return lambda _: tuple(bar(at) for at in range(count))


def scene(*events):
    """A desk with a market on a ladder, its cursor on the bid."""
    desk = Desk()
    place = LadderPlace(desk)
    book = BookSnapshot("c", (PriceLevel(D(100), D(3)),), (PriceLevel(D(101), D(2)),), D("0.5"), 1, NOW, NOW)
    trade = Trade("c", D(101), D(1), Side.BUY, "t1", NOW, NOW)
    base = (
        InstrumentUpdated(coin()),
        BookUpdated("c", book, Integrity(IntegrityState.UNCHECKED), NOW),
        TradePrinted("c", NOW, NOW, trade),
        BalanceChanged(Balance("v", "USDT", D(1_000), D(1_000))),
    )
    desk.apply((*base, *events), now_ns=NOW)
    place.show("c")
    place.resize(10)
    place.take_book(book)
    place.point(D(100))
    return desk, place, LearnPanel(desk)


def found(desk, place, panel, *, refused=None, pane=""):
    seen = things(desk, place, panel, bars_of(3), refused=refused, is_trusted=True, pane=pane, now_ns=NOW)
    return [type(one).__name__ for one in seen], seen


def test_the_row_of_the_cursor_comes_first():
    names, _ = found(*scene())
    assert names == ["LadderRow", "PnlCell", "PrintRow", "CandleBar"]


def test_everything_that_is_there_can_be_explained():
    order = Order(request=request(Side.BUY, "100"), status=OrderStatus.ACCEPTED)
    position = PositionChanged(Position("v", "c", D(2), D(99)))
    names, seen = found(*scene(OrderChanged(order), position))
    assert names == ["LadderRow", "OrderRow", "PositionRow", "PnlCell", "PrintRow", "CandleBar"]
    catalogue = load_catalogue()
    for thing in seen:
        parts = explain(thing, catalogue)
        assert parts.see
        assert parts.computed
        assert parts.evidence
        assert parts.wrong
        assert parts.links


def swinging(timeframe_s=60):
    """What a chart gives whose legs are certain: bars that swing."""
    made = make_series(SeriesSpec("trend", 3, bars=200, start="100", tick="0.5", bar_ticks=4, timeframe_s=60))
    bars = tuple(
        replace(bar, instrument="c", start_ns=NOW + number * timeframe_s * SECOND)
        for number, bar in enumerate(made)
    )
    return lambda _: bars


def test_every_focusable_thing_is_found_on_a_screen_that_has_it_and_has_five_parts():
    """Ladder row, print, candle, level, order, position, profit, market, message: none is left out."""
    order = Order(request=request(Side.BUY, "100"), status=OrderStatus.ACCEPTED)
    desk, place, panel = scene(OrderChanged(order), PositionChanged(Position("v", "c", D(2), D(99))))
    look(panel, place, 1, bars=swinging())
    look(panel, place, 4, bars=swinging())
    refused = RefusedHere("LOCKED", "disarmed", NOW, by_keys=True)
    seen = things(desk, place, panel, swinging(), refused=refused, is_trusted=True, pane="", now_ns=NOW)
    listed = (*seen, market_thing(desk, coin(), NOW))
    assert {type(one) for one in listed} == set(get_args(AnyContext))
    catalogue = load_catalogue()
    for thing in listed:
        parts = explain(thing, catalogue)
        assert all((parts.see, parts.computed, parts.evidence, parts.badge, parts.wrong, parts.links)), thing


def test_the_bar_under_the_charts_cursor_is_what_is_looked_at_with_its_shapes():
    desk, place, panel = scene()
    bars = swinging()(None)
    chosen = next(
        bars[match.known_at] for match in find_candlesticks(bars[-120:], PATTERNS) if match.known_at > 60
    )
    match_at = bars.index(chosen)
    names = {
        f"candle.{match.pattern.name.lower()}"
        for match in find_candlesticks(bars[: match_at + 1][-120:], PATTERNS)
        if match.known_at == min(match_at, 119)
    }
    seen = things(
        desk, place, panel, swinging(), refused=None, is_trusted=True, pane="", now_ns=NOW,
        chart_cursor_ns=chosen.start_ns,
    )  # fmt: skip
    assert type(seen[0]).__name__ == "CandleBar"
    assert seen[0].bars[-1] == chosen
    assert set(seen[0].signals) == names


@pytest.mark.parametrize(
    ("pane", "first"), [("tape", "LadderRow"), ("positions", "PnlCell"), ("log", "LadderRow")]
)
def test_the_pane_of_a_narrow_terminal_is_what_is_looked_at(pane, first):
    names, _ = found(*scene(), pane=pane)
    assert names[0] == first


def test_a_fresh_refusal_goes_before_all_and_an_old_one_after():
    fresh = RefusedHere("LOCKED", "disarmed", NOW - SECOND, by_keys=True)
    names, seen = found(*scene(), refused=fresh)
    assert names[0] == "Refusal"
    assert "nothing left" in " ".join(explain(seen[0], load_catalogue()).see)
    old = RefusedHere("LOCKED", "disarmed", NOW - 300 * SECOND, by_keys=True)
    assert found(*scene(), refused=old)[0][-1] == "Refusal"


def test_an_order_that_the_venue_rejected_is_explained_with_its_code():
    rejected = Order(
        request=request(Side.BUY, "100"),
        status=OrderStatus.REJECTED,
        reason="BALANCE: too little",
        ts_changed_ns=NOW,
    )
    _, seen = found(*scene(OrderChanged(rejected)))
    refusals = [one for one in seen if type(one).__name__ == "Refusal"]
    assert [(one.code, one.text) for one in refusals] == [("BALANCE", "too little")]


def test_a_market_of_the_list_can_be_explained():
    desk, _, _ = scene()
    assert explain(market_thing(desk, coin(), NOW), load_catalogue()).title


def test_every_code_that_has_words_has_a_lesson_that_names_it():
    """A search by the words of a code finds anything: `DEAD_MAN` was near to a lesson on candles."""
    named = {code for lesson in load_catalogue().lessons.values() for code in lesson.header.codes}
    assert {*KEYS, *HERE, *VENUE} - named == set()


def test_every_refusal_of_a_key_has_words():
    folder = Path(sys.modules[LadderPlace.__module__].__file__).parent
    codes = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(r'Refused\(\s*"([A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert codes - KEYS.keys() - HERE.keys() - VENUE.keys() - set(UNKNOWN) == set()


# ------------------------------------------------------------------------------------------- the panel


def look(panel, place, mono_s, *, size="1", bars=None):
    status = DataStatus(DataState.LIVE, 0, "")
    panel.look(
        place, bars or bars_of(0), size=D(size), status=status, now_ns=NOW, mono_ns=round(mono_s * SECOND)
    )


def test_the_panel_waits_and_then_looks_once_a_second():
    desk, place, panel = scene()
    look(panel, place, 10)
    assert panel.cards == (), "the engines are not imported before the first live book"
    look(panel, place, 12)
    before = panel.cards
    assert [card.kind for card in before] == ["flow"], "no stop and no bars: nothing is made up"
    desk.apply((PositionChanged(Position("v", "c", D(2), D(99))),), now_ns=NOW)
    look(panel, place, 12.5)
    assert panel.cards is before
    look(panel, place, 13)
    assert [card.kind for card in panel.cards] == ["risk", "flow"]


def test_what_is_critical_elsewhere_is_named_and_stands_behind_what_is_critical_here():
    other = replace(coin(), id="e", name="ETH/USDT", base="ETH")
    book = BookSnapshot("e", (PriceLevel(D(50), D(3)),), (PriceLevel(D(51), D(2)),), D("0.5"), 1, NOW, NOW)
    update = BookUpdated("e", book, Integrity(IntegrityState.UNCHECKED), NOW)
    held = PositionChanged(Position("v", "e", D(1), D(49)))
    desk, place, panel = scene(InstrumentUpdated(other), update, held)
    look(panel, place, 1)
    look(panel, place, 4)
    assert panel.critical.startswith("ETH: No stop")
    desk.apply((PositionChanged(Position("v", "c", D(2), D(99))),), now_ns=NOW)
    look(panel, place, 6)
    assert panel.critical.startswith("No stop")


def test_a_position_without_a_stop_stands_in_the_risk_line_until_it_has_one():
    desk, place, panel = scene(PositionChanged(Position("v", "c", D(2), D(99))))
    look(panel, place, 1)
    look(panel, place, 4)
    assert "stop" in panel.critical
    stop = Order(request=request(Side.SELL, "95", trigger="95"), status=OrderStatus.ACCEPTED)
    desk.apply((OrderChanged(stop),), now_ns=NOW)
    look(panel, place, 6)
    assert panel.critical == ""


def test_every_closed_bar_of_the_chart_is_taken_once():
    _, place, panel = scene()
    look(panel, place, 1, bars=bars_of(5))
    look(panel, place, 4, bars=bars_of(5))
    assert panel.memory_of("c").count == 4, "the last one still grows"
    look(panel, place, 6, bars=bars_of(7))
    assert panel.memory_of("c").count == 6
    look(panel, place, 8, bars=bars_of(7, timeframe_s=300))
    assert panel.memory_of("c").count == 6, "another length is another past"


CARDS = (
    PanelCard("risk", ("First of the risk card, a sentence.", "Second of it."), "r"),
    PanelCard("flow", ("Flow says this much.",), "b"),
)


@pytest.mark.parametrize("width", [24, 40, 64, 130])
@pytest.mark.parametrize("rows", [1, 3, 7])
def test_cards_fit_into_their_room_and_no_sentence_is_cut(width, rows):
    lines = panel_lines(CARDS, "", width, rows)
    assert len(lines) <= rows
    shown = " ".join("".join(piece.text for piece in line).strip() for line in lines)
    for line in lines:
        assert sum(cell_width(piece.text) for piece in line) == width
    assert shown.endswith((".", "yet")) or not shown


def test_every_card_says_something_before_one_says_more():
    lines = ["".join(piece.text for piece in line).strip() for line in panel_lines(CARDS, "", 64, 2)]
    assert lines == ["RISK    First of the risk card, a sentence.", "FLOW    Flow says this much."]
    assert "nothing to say" in panel_lines((), "", 64, 2)[0][0].text


# --- the coach, account by account and over them


def stop_for(name, venue, price, size):
    base = request(Side.SELL, price, trigger=price, name=name)
    return OrderChanged(
        Order(
            request=replace(base, instrument=name, venue=venue, size=D(size)),
            status=OrderStatus.ACCEPTED,
        )
    )


def test_a_stop_that_outlived_its_position_stands_in_the_risk_line():
    desk, place, panel = scene(
        InstrumentUpdated(coin(InstrumentKind.SPOT)), PositionChanged(Position("v", "c", D(20), D(99)))
    )
    protects = stop_for("c", "v", "50", 20)
    order = replace(protects.order, request=replace(protects.order.request, reduce_only=True))
    desk.apply([OrderChanged(order)], now_ns=NOW)
    look(panel, place, 1)
    look(panel, place, 4)
    assert not panel.critical
    desk.apply([PositionChanged(Position("v", "c", D(0), None))], now_ns=NOW)
    look(panel, place, 8)
    assert "closes nothing" in panel.critical


def test_equity_is_cash_and_what_was_paid_for_and_risk_is_told_against_it():
    desk, place, panel = scene(
        InstrumentUpdated(coin(InstrumentKind.SPOT)), PositionChanged(Position("v", "c", D(20), D(99)))
    )
    worth = 1_000 + 20 * desk.mark("c")
    assert panel.equity_of(place.instrument) == worth
    look(panel, place, 1)
    look(panel, place, 4)
    assert "NO_STOP" in {finding.code for finding in panel.report.findings}
    assert panel.report.unstopped == {("v", "USDT"): 1}
    desk.apply([stop_for("c", "v", "50", 20)], now_ns=NOW)
    look(panel, place, 6)
    assert panel.report.open_risk == {("v", "USDT"): 20 * (D(99) - 50)}
    assert not panel.critical, "a large risk is a number beside its limit, and no alarm"
    texts = [line for card in panel.cards for line in card.lines]
    assert any(f"980, 32.6 % of the equity of {worth:,.0f}" in line for line in texts)


def test_two_accounts_in_dollars_are_also_judged_together():
    other = replace(coin(), id="d", venue="w", quote="USDC")
    _, place, panel = scene(
        InstrumentUpdated(other),
        BalanceChanged(Balance("w", "USDC", D(9_000), D(9_000))),
        PositionChanged(Position("v", "c", D(10), D(99))),
        PositionChanged(Position("w", "d", D(100), D(99))),
        TradePrinted("d", NOW, NOW, Trade("d", D(99), D(1), None, "", NOW, NOW)),
        stop_for("c", "v", "90", 10),
        stop_for("d", "w", "90", 100),
    )
    look(panel, place, 1)
    look(panel, place, 4)
    heats = {finding.text for finding in panel.report.findings if finding.code == "HEAT"}
    assert heats == {
        "If every stop is hit, 90 is lost: 9.0 % of the equity of 1,000.",
        "If every stop is hit, 900 is lost: 10.0 % of the equity of 9,000.",
        "If every stop is hit, 990 is lost: 9.9 % of the equity of 10,000.",
    }


def test_one_r_is_what_the_first_stop_risked_and_what_is_given_back_is_told_until_the_position_is_flat():
    desk, place, panel = scene(PositionChanged(Position("v", "c", D(2), D(99))), stop_for("c", "v", "97", 2))

    def at(price, second):
        trade = Trade("c", D(price), D(1), None, "", NOW, NOW)
        book = BookSnapshot(
            "c", (PriceLevel(D(price), D(3)),), (PriceLevel(D(price) + D("0.5"), D(2)),), D("0.5")
        )
        update = BookUpdated("c", book, Integrity(IntegrityState.UNCHECKED), NOW)
        desk.apply([TradePrinted("c", NOW, NOW, trade), update], now_ns=NOW)
        look(panel, place, second)
        return {one.code: one.text for one in panel.report.findings}

    look(panel, place, 1)
    assert at("100.75", 4)["R_SO_FAR"] == "Open result: +1.00 R."
    assert "GIVE_BACK" not in at("103", 6)
    told = at("100", 8)
    assert "of its best open result is given back" in told["GIVE_BACK"]
    assert any("given back" in line for card in panel.cards for line in card.lines)
    desk.apply([PositionChanged(Position("v", "c", D(0)))], now_ns=NOW)
    at("100", 10)
    desk.apply([PositionChanged(Position("v", "c", D(2), D(99)))], now_ns=NOW)
    assert "GIVE_BACK" not in at("99.5", 12)
