"""How much of the limits is used: what the gate tells, and what the risk line and the strip make of it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ladder_samples import BTC, YES, book
from test_risk import BUY, LIMITS, SELL, VIEW, held

from omega_tui.domain.events.status import (
    COLLAR_TICKS,
    GROSS,
    GROSS_LIMIT,
    OPEN_ORDERS,
    OPEN_ORDERS_LIMIT,
    ORDERS_A_MINUTE,
    ORDERS_A_MINUTE_LIMIT,
    POSITION_LIMIT,
    PRICE_COLLAR,
)
from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.risk import check_order
from omega_tui.domain.risk_view import RecentOrder
from omega_tui.services.risk_gauges import MINUTE_NS, risk_gauges
from omega_tui.ui.panes.cursor_line import CursorFacts, cursor_line
from omega_tui.ui.panes.exposure import exposure, position_limit, price_bands

D = Decimal


def text(line):
    return "".join(piece.text for piece in line)


def test_the_gate_tells_what_it_would_judge_the_next_order_by():
    old, new = VIEW.mono_ns - MINUTE_NS, VIEW.mono_ns - MINUTE_NS + 1
    view = replace(
        VIEW, positions=held(10), recent=[RecentOrder(old, BUY), RecentOrder(new, BUY), RecentOrder(new, BUY)]
    )
    gauges = risk_gauges(view, LIMITS)
    assert gauges[GROSS] == pytest.approx(float(10 * D("0.5")))
    assert gauges[GROSS_LIMIT] == float(LIMITS.max_gross_notional)
    assert gauges[POSITION_LIMIT] == float(LIMITS.max_position_notional)
    assert gauges[OPEN_ORDERS] == len(view.orders)
    assert gauges[OPEN_ORDERS_LIMIT] == LIMITS.max_open_orders_account
    assert gauges[ORDERS_A_MINUTE] == 2
    assert gauges[ORDERS_A_MINUTE_LIMIT] == LIMITS.orders_per_minute


@pytest.mark.parametrize(
    ("gross", "role", "is_near"),
    [(1_254.4, "", False), (80_000.0, "warn", True), (95_000.0, "loud", True)],
)
def test_what_is_used_is_louder_near_the_limit(gross, role, is_near):
    shown = exposure({GROSS: gross, GROSS_LIMIT: 100_000.0, OPEN_ORDERS: 6.0, OPEN_ORDERS_LIMIT: 50.0})
    assert text(shown.gross) == f"gross {gross:,.0f}/100,000"
    assert text(shown.orders) == "orders 6/50"
    assert (shown.gross[1].role, shown.is_near) == (role, is_near)


def test_nothing_is_said_of_limits_before_the_gate_has_told_any():
    assert exposure({}).gross == ()
    assert exposure({GROSS: 1.0}).gross == ()
    assert position_limit(YES, D("0.5"), {}) is None


def test_the_limit_of_a_position_in_units_of_the_instrument():
    samples = {POSITION_LIMIT: 50_000.0}
    yes = replace(YES, quote="pUSD")
    assert position_limit(yes, D("0.5"), samples) == 100_000
    inverse = replace(YES, kind=InstrumentKind.INVERSE, contract_size=D(100), quote="USD")
    assert position_limit(inverse, D(64_000), samples) == 500
    assert position_limit(replace(YES, quote="BTC"), D("0.5"), samples) is None, "no rate, no limit"
    assert position_limit(yes, None, samples) is None


@pytest.mark.parametrize(
    ("limit", "width", "end", "roles"),
    [
        (None, 80, "worst case +105/+95", ("", "")),
        (D("104.99"), 80, "worst case +105/+95 of 104", ("warn", "")),
        (D("0.12345"), 80, "worst case +105/+95 of 0.123", ("warn", "warn")),
        (D("108695.65"), 80, "worst case +105/+95 of 108,695", ("", "")),
        (D("108695.65"), 34, "worst case +105/+95", ("", "")),
    ],
)
def test_the_strip_says_beyond_which_position_an_order_is_refused(limit, width, end, roles):
    facts = CursorFacts(YES, None, D("0.45"), (), D(100), D(5), limit=limit)
    line = cursor_line(facts, ">", width)
    assert text(line).rstrip().endswith(end)
    assert tuple(piece.role for piece in line if piece.text in {"+105", "+95"}) == roles


# ------------------------------------------------------------------------------------------- the price band


def banded(price, width, *, book=VIEW.book, is_past=False, instrument=VIEW.instrument, **samples):
    samples = {PRICE_COLLAR: 0.05, COLLAR_TICKS: 5, **samples}
    bands = price_bands(instrument, book, samples)
    facts = CursorFacts(instrument, book, D(price), (), D(0), D(5), bands=bands, is_past=is_past)
    return text(cursor_line(facts, ">", width)).rstrip()


def test_the_band_of_the_strip_refuses_exactly_what_the_gate_refuses():
    """At every price and for both sides, from what the gate samples of its own limits."""
    gauges = risk_gauges(VIEW, LIMITS)
    bands = {band.side: band for band in price_bands(VIEW.instrument, VIEW.book, gauges)}
    denied = 0
    for request in (BUY, SELL):
        view = replace(VIEW, positions=held(10))
        for cents in range(1, 100):
            asked = replace(request, price=D(cents) / 100, post_only=False)
            denial = check_order(asked, view, LIMITS)
            is_outside = denial is not None and denial.code == "PRICE_COLLAR"
            assert is_outside is not bands[request.side].holds(asked.price), (request.side, cents, denial)
            denied += is_outside
    assert denied > 50


def test_a_wide_strip_says_that_the_price_is_inside_and_every_strip_that_it_is_not():
    assert banded("0.45", 200).endswith("price band 0.05 ok")
    assert "band" not in banded("0.45", 120)
    ask, bid = VIEW.book.best_ask, VIEW.book.best_bid
    assert f" · band: no BUY beyond {ask + D('0.05')} · " in banded(ask + D("0.06"), 80)
    assert f" · band: no SELL beyond {bid - D('0.05')} · " in banded(bid - D("0.06"), 80)
    assert "band: no SELL" in banded(bid - D("0.06"), 60), "before what else there is to say"
    assert banded(ask + D("0.06"), 200, **{PRICE_COLLAR: 0.1}).endswith("price band 0.1 ok")


def test_of_a_market_without_bounds_the_band_is_a_part_of_the_price():
    book = book_of_btc()
    assert banded("64000", 200, book=book, instrument=BTC).endswith("price band 5% ok")
    assert "band: no BUY beyond 67,2" in banded("70000", 200, book=book, instrument=BTC)


def test_nothing_is_said_of_a_band_that_nobody_knows_or_on_data_that_may_be_bad():
    empty = replace(VIEW.book, bids=(), asks=(), last_trade_price=None)
    assert "band" not in banded("0.45", 200, book=empty)
    assert "band" not in banded("0.45", 200, is_past=True)
    assert price_bands(VIEW.instrument, VIEW.book, {}) == ()


def book_of_btc():
    return book({128_000: "1"}, {128_002: "1"}, instrument=BTC)
