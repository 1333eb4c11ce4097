"""The cards of the panel: their order, their numbers, and their silence."""

import re
from decimal import Decimal

import pytest

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.teaching import Finding, FindingSeverity
from omega_tui.domain.trade import Trade
from omega_tui.education.base_rates import BaseRate
from omega_tui.education.candlestick_names import Candlestick
from omega_tui.education.cards import BarMemory, PanelView, cards
from omega_tui.education.generators import make_series
from omega_tui.education.lesson import SeriesSpec
from omega_tui.education.lesson_check import _ADVICE
from omega_tui.education.numbers_text import percent
from omega_tui.services.lesson_files import load_catalogue

D = Decimal
NOW = 1_780_000_000_000_000_000
SPOT = Instrument("x", "v", "X", D("0.1"), D("0.01"), base="X", quote="USD", taker_fee_rate=D("0.001"))
YES = Instrument(
    "y", "v", "Will it?", D("0.01"), base="YES", quote="USD", price_min=D(0), price_max=D(1),
    resolves_at_ns=NOW + 30 * 3600 * 10**9,
)  # fmt: skip
BOOK = BookSnapshot("x", (PriceLevel(D("99.9"), D(30)),), (PriceLevel(D("100.1"), D(10)),), D("0.1"))
STOP = Order(
    request=OrderRequest(
        client_order_id="s", instrument="x", venue="v", side=Side.SELL, size=D(10), price=D(95),
        trigger_price=D(95),
    ),
    status=OrderStatus.ACCEPTED,
)  # fmt: skip


@pytest.fixture(scope="module")
def bars():
    memory = BarMemory()
    for bar in make_series(SeriesSpec("trend", 3, bars=400)):
        memory.push(bar)
    return memory


def full(bars, **more):
    trade = Trade("x", D(100), D(3), Side.BUY, "t", NOW, NOW)
    mistake = Finding(
        "M", FindingSeverity.NOTE, "", "m", D(1), None, "", "f", (), "You did it.", "d-04-journal"
    )
    values = {
        "now_ns": NOW, "instrument": SPOT, "cursor": D(100), "book": BOOK, "bars": bars, "trades": (trade,),
        "position": Position("v", "x", D(10), D(99)), "orders": (STOP,), "equity": D(10_000), "size": D(5),
        "mistakes": (mistake,),
    }  # fmt: skip
    return PanelView(**(values | more))


def lines(made, kind):
    return next((card.lines for card in made if card.kind == kind), ())


def test_the_order_is_fixed_and_every_card_leads_to_a_lesson(bars):
    made = cards(full(bars))
    order = ["risk", "fibonacci", "pattern", "flow", "mistakes"]
    kinds = [card.kind for card in made]
    assert kinds == [kind for kind in order if kind in kinds]
    assert {"risk", "fibonacci", "flow", "mistakes"} <= set(kinds)
    lessons = load_catalogue().lessons
    for card in made:
        assert card.lesson in lessons
        assert not any(_ADVICE.search(line) for line in card.lines)


@pytest.mark.parametrize("instrument", [SPOT, YES])
def test_no_sentence_of_the_risk_leans_on_one_before_it(bars, instrument):
    """The panel shows the sentences that fit, and the one before may not."""
    cursor = D("0.45") if instrument is YES else D(100)
    view = full(bars, instrument=instrument, cursor=cursor, open_risk=D(620), unstopped=1)
    risk = lines(cards(view), "risk")
    assert len(risk) > 3
    assert not [line for line in risk if re.match(r"(That|It|They) ", line)]


def test_the_risk_card_is_the_arithmetic_of_the_stop(bars):
    risk = lines(cards(full(bars)), "risk")
    assert "From the cursor to the stop 95.0: 50 ticks, 5 a unit." in risk
    # 50 to lose; 5 and two fees of a tenth of a percent are 5.195 a unit.
    assert "0.5 % of the equity of 10,000.00 allows 9.62 to the stop 95.0, fees included." in risk
    assert "Your size of 5 would risk 25.98: 0.26 % of the equity." in risk
    assert any("Break-even" in line for line in risk)


def test_the_risk_of_everything_is_beside_the_equity_and_what_no_stop_limits_is_counted():
    view = full(None, open_risk=D(620), unstopped=1)
    risk = lines(cards(view), "risk")
    assert "Open risk of all positions: 620.00, 6.2 % of 10,000.00; the limit is 5.0 %." in risk
    assert "1 position has no stop: no open risk counts what that can lose." in risk


@pytest.mark.parametrize(
    ("share", "text"),
    [("0", "0.0 %"), ("0.00001", "less than 0.01 %"), ("0.0003", "0.03 %"), ("0.005", "0.5 %"),
     ("0.0123", "1.2 %"), ("-0.0003", "-0.03 %"), ("12.5", "1,250.0 %")],
)  # fmt: skip
def test_no_share_is_written_as_nothing(share, text):
    assert percent(D(share)) == text


def test_without_a_stop_it_says_so_and_offers_one_by_the_range(bars):
    risk = lines(cards(full(bars, orders=())), "risk")
    assert risk[0] == "This position has no working stop."
    assert "2 ATR away" in risk[1]


def test_a_binary_says_what_buying_claims():
    book = BookSnapshot("y", (PriceLevel(D("0.44"), D(1)),), (PriceLevel(D("0.46"), D(1)),), D("0.01"))
    made = cards(full(None, instrument=YES, cursor=D("0.45"), book=book, position=None))
    assert made[0].lesson == "m-01-price-probability"
    assert "more than 45.0 %" in made[0].lines[0]
    assert "5 bought here can lose 2.25 and win 2.75, before the fee." in made[0].lines
    assert "To its planned end: 1 d 6 h." in made[0].lines


def test_levels_hang_on_the_last_confirmed_leg(bars):
    start, end = bars.pivots
    found = lines(cards(full(bars)), "fibonacci")
    assert f"Main leg {start.price} to {end.price}" in found[0]
    assert len(found) == 3


def test_a_book_that_is_not_trusted_is_not_computed_with(bars):
    assert lines(cards(full(bars, is_trusted=False)), "flow") == (
        "The book is not live or not checked: nothing is computed from it.",
    )
    flow = lines(cards(full(bars)), "flow")
    assert "delta +3" in flow[0]
    assert "imbalance +0.50" in flow[1]


def test_nothing_to_say_is_no_card():
    assert cards(PanelView(now_ns=NOW, instrument=SPOT)) == ()


@pytest.mark.parametrize(
    ("cases", "hits", "usual", "words"),
    [
        (0, 0, 0.5, "too few"),
        (29, 29, 0.5, "too few"),
        (100, 55, 0.5, "not an edge"),
        (1000, 600, 0.5, "differs from usual"),
    ],
)
def test_a_base_rate_is_called_an_edge_only_outside_its_interval(cases, hits, usual, words):
    assert words in BaseRate(Candlestick.HAMMER, 1, cases, hits, usual).words


def test_rates_count_what_followed():
    walk = BarMemory()
    for bar in make_series(SeriesSpec("walk", 9, bars=1500)):
        walk.push(bar)
        for match in walk.rates.last:
            if match.direction:
                rate = walk.rates.rate(match)
                assert 0 <= rate.hits <= rate.cases
    assert sum(walk.rates._cases.values()) > 100
