"""Prices that are waited for: what reaches them, and what does not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.domain.alert_messages import AlertsChanged, DropAlerts, SetAlert
from omega_tui.domain.alerts import MAX_ALERTS, AlertBook, Cross, PriceAlert, cross_of
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.phrase_values import Names
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.trade import Trade
from omega_tui.ui.chart.charts import Charts
from omega_tui.ui.chart.model import LineKind
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.panes.price_alerts import read_line, waiting_lines

T0 = 1_700_000_000_000_000_000


def alert(price="105", cross=Cross.ABOVE, instrument="btc", note="", set_ns=T0):
    return PriceAlert(instrument, "sim", Decimal(price), cross, note, set_ns)


def book(bid, ask, instrument="btc"):
    levels = [tuple([PriceLevel(Decimal(price), Decimal(1))] if price else []) for price in (bid, ask)]
    return BookSnapshot(instrument, *levels, Decimal(1))


def trade(price, instrument="btc", at=T0 + 1):
    return Trade(instrument, Decimal(price), Decimal(1), None, "1", at, at)


def test_the_side_of_the_market_says_from_where_a_price_is_reached():
    assert cross_of(Decimal(105), Decimal(100)) is Cross.ABOVE
    assert cross_of(Decimal(95), Decimal(100)) is Cross.BELOW
    assert cross_of(Decimal("100.0"), Decimal(100)) is None


@pytest.mark.parametrize(
    ("cross", "bid", "ask", "by"),
    [
        (Cross.ABOVE, "104", "106", None),
        (Cross.ABOVE, "105", "106", "105"),
        (Cross.ABOVE, "110", "112", "110"),
        (Cross.ABOVE, None, "120", None),
        (Cross.BELOW, "100", "106", None),
        (Cross.BELOW, "90", "105", "105"),
        (Cross.BELOW, "90", None, None),
    ],
)
def test_a_book_reaches_a_price_by_the_touch_that_is_paid(cross, bid, ask, by):
    alerts = AlertBook([alert(cross=cross)])
    found = alerts.take_book(book(bid, ask), IntegrityState.VERIFIED)
    assert [price for _, price in found] == ([Decimal(by)] if by else [])
    assert len(alerts) == (0 if by else 1)


def test_a_book_that_may_be_bad_reaches_nothing():
    alerts = AlertBook([alert()])
    for state in (IntegrityState.RESYNCING, IntegrityState.STALE):
        assert not alerts.take_book(book("110", "112"), state)
    assert not alerts.take_book(book("112", "110"), IntegrityState.VERIFIED)
    assert not alerts.take_book(None, IntegrityState.VERIFIED)
    assert alerts.take_book(book("110", "112"), IntegrityState.UNCHECKED)


def test_a_print_reaches_a_price_once_and_one_from_before_it_was_set_does_not():
    alerts = AlertBook([alert()])
    assert not alerts.take_print(trade("106", at=T0 - 1))
    assert not alerts.take_print(trade("106", instrument="eth"))
    assert not alerts.take_print(trade("104"))
    assert alerts.take_print(trade("106")) == [(alert(), Decimal(106))]
    assert not alerts.take_print(trade("107"))


def test_there_is_one_alert_at_a_price_and_the_last_words_stand():
    alerts = AlertBook([alert(note="old")])
    alerts.put(alert("105.0", note="new"))
    assert [one.note for one in alerts] == ["new"]


def test_what_is_dropped_is_what_matches():
    alerts = AlertBook([alert("1"), alert("2"), alert("1", instrument="eth")])
    assert alerts.drop("btc", Decimal(1)) == 1
    assert alerts.drop("btc") == 1
    assert alerts.drop() == 1
    assert alerts.drop() == 0


def test_there_is_a_bound():
    alerts = AlertBook(alert(str(price)) for price in range(1, MAX_ALERTS + 20))
    assert len(alerts) == MAX_ALERTS
    assert alerts.is_full


@given(st.lists(st.integers(90, 110), min_size=1, max_size=30), st.integers(91, 109))
def test_a_walk_of_prints_reaches_a_price_exactly_when_it_crosses_it(walk, at):
    start = walk[0]
    cross = cross_of(Decimal(at), Decimal(start))
    if cross is None:
        return
    alerts = AlertBook([alert(str(at), cross)])
    first = next((n for n, p in enumerate(walk) if (p - at) * (start - at) <= 0), None)
    fired = [n for n, price in enumerate(walk) if alerts.take_print(trade(str(price)))]
    assert fired == ([] if first is None else [first])


HERE = Instrument("btc", "sim", "BTC/USDT", Decimal("0.5"))
NAMES = Names({"bid": Decimal(100), "mid": Decimal(101)}, Decimal("0.5"))


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("105", SetAlert("btc", "sim", Decimal(105), Cross.ABOVE)),
        (
            "1,050.50 sell some there",
            SetAlert("btc", "sim", Decimal("1050.5"), Cross.ABOVE, "sell some there"),
        ),
        ("5c", SetAlert("btc", "sim", Decimal("0.05"), Cross.BELOW)),
        ("$bid-2t", SetAlert("btc", "sim", Decimal(99), Cross.BELOW)),
        ("drop 105.0", DropAlerts("btc", Decimal(105))),
        ("drop all", DropAlerts()),
    ],
)
def test_a_typed_line_sets_or_drops(typed, command):
    assert read_line(typed, HERE, Decimal(101), NAMES).command == command


@pytest.mark.parametrize(
    ("typed", "market", "why"),
    [
        ("drop", "101", "which price"),
        ("high", "101", "no number"),
        ("$mid", "101", "choose another price"),
        ("0", "101", "above zero"),
        ("105", None, "no price yet"),
        ("50%", "101", "a percentage is no price"),
        ("$last", "101", r"no \$last"),
        ("105 " + "x" * 81, "101", "80 characters"),
    ],
)
def test_a_line_that_means_nothing_says_why(typed, market, why):
    with pytest.raises(ValueError, match=why):
        read_line(typed, HERE, Decimal(market) if market else None, NAMES)


def test_without_a_market_nothing_is_waited_for():
    with pytest.raises(ValueError, match="no market is on screen"):
        read_line("105", None, None, None)


def test_what_is_waited_for_is_a_line_of_its_own_market_on_the_chart():
    charts = Charts(Desk(), glyphs="unicode", asks_venues=False)
    mine, other = alert(note="out"), alert("7", instrument="eth")
    charts.alerts.take((AlertsChanged((mine, other)),))
    (line,) = charts.model(HERE, state="", ladder_price=None).lines
    assert (line.price, line.label, line.kind) == (mine.price, "alert out", LineKind.ALERT)


@pytest.mark.parametrize(("count", "at_most", "lines"), [(0, 9, 0), (3, 9, 4), (3, 2, 0), (30, 5, 5)])
def test_what_waits_stands_under_the_markets_as_far_as_there_is_room(count, at_most, lines):
    waiting = [alert(str(100 + number)) for number in range(count)]
    found = waiting_lines(waiting, Desk(), 40, at_most)
    assert len(found) == lines
    assert all(sum(len(piece.text) for piece in line) == 40 for line in found)
    if count > at_most > 2:
        assert "and 27 more" in found[-1][0].text
