"""Positions: average price, what is realized, fees, what is not settled, what the venue knows better."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.account import Balance, MarginTerms, Position
from omega_tui.domain.holdings import Adopted, Funded, Holdings, PaidOut
from omega_tui.domain.orders import Fill, Settlement
from omega_tui.domain.side import Side

D = Decimal


def fill(trade_id, side, size, price, *, fee="0", settlement=Settlement.CONFIRMED, ts=1):  # noqa: PLR0913
    return Fill(
        trade_id=trade_id,
        venue_order_id=f"order-{trade_id}",
        instrument="I",
        side=side,
        price=D(price),
        size=D(size),
        fee=D(fee),
        settlement=settlement,
        ts_event_ns=ts,
    )


def holding(*fills):
    holdings = Holdings("sim")
    for one in fills:
        holdings.fill(one)
    return holdings.positions["I"]


def test_buying_averages_and_selling_realizes():
    bought = holding(fill("1", Side.BUY, 10, "0.40"), fill("2", Side.BUY, 30, "0.60"))
    assert (bought.quantity, bought.entry_price) == (D(40), D("0.55"))
    assert bought.unrealized_pnl(D("0.60")) == D("2.00")
    sold = holding(
        fill("1", Side.BUY, 10, "0.40"), fill("2", Side.BUY, 30, "0.60"), fill("3", Side.SELL, 20, "0.65")
    )
    assert (sold.quantity, sold.entry_price, sold.realized_pnl) == (D(20), D("0.55"), D("2.00"))


def test_crossing_through_zero_opens_the_rest_at_the_new_price():
    position = holding(fill("1", Side.BUY, 10, "0.40"), fill("2", Side.SELL, 15, "0.50"))
    assert (position.quantity, position.entry_price, position.realized_pnl) == (D(-5), D("0.50"), D("1.00"))
    assert position.unrealized_pnl(D("0.40")) == D("0.50")


def test_going_flat_forgets_the_entry_and_keeps_the_gain():
    position = holding(fill("1", Side.SELL, 10, "0.60"), fill("2", Side.BUY, 10, "0.50", fee="0.01"))
    assert (position.quantity, position.entry_price, position.realized_pnl) == (D(0), None, D("1.00"))
    assert (position.fees, position.unrealized_pnl(D("0.9")), position.break_even()) == (
        D("0.01"),
        D(0),
        None,
    )


def test_break_even_pays_back_fees():
    position = holding(fill("1", Side.BUY, 10, "0.40", fee="0.10"))
    assert position.break_even() == D("0.41")


def test_break_even_is_of_the_position_that_is_open_and_not_of_those_before():
    past = (fill("1", Side.BUY, 10, "0.40", fee="0.10"), fill("2", Side.SELL, 10, "0.70", fee="0.10"))
    opened = (*past, fill("3", Side.BUY, 10, "0.58", fee="0.20"))
    assert holding(*opened).break_even() == D("0.60")
    part = holding(*opened, fill("4", Side.SELL, 5, "0.70"))
    assert part.break_even() == D("0.50"), "a part of this one that was closed at a profit pays"
    assert part.net_pnl(D("0.50")) == D("2.80"), "all that was earned is what it was"
    turned = holding(fill("1", Side.BUY, 10, "0.40"), fill("2", Side.SELL, 30, "0.50", fee="0.30"))
    assert (turned.quantity, turned.break_even()) == (D(-20), D("0.49")), "two thirds of the fee are its own"


def test_an_unknown_entry_price_is_not_a_profit_of_zero():
    assert Position("sim", "I", D(10)).unrealized_pnl(D("0.5")) is None


def test_a_fill_counts_once_and_its_settlement_moves_on():
    holdings = Holdings("sim")
    matched = fill("1", Side.BUY, 10, "0.40", settlement=Settlement.MATCHED)
    assert holdings.fill(matched) == (matched, True)
    assert holdings.fill(matched) is None
    assert holdings.positions["I"].unsettled == D(10)
    assert holdings.settled("I") == D(0)
    confirmed = replace(matched, settlement=Settlement.CONFIRMED)
    assert holdings.fill(confirmed) == (confirmed, False)
    assert holdings.positions["I"].unsettled == D(0)
    assert holdings.fill(matched) is None
    assert holdings.positions["I"].quantity == D(10)


def test_a_trade_that_fails_is_taken_back_with_its_price_and_fee():
    holdings = Holdings("sim")
    holdings.fill(fill("1", Side.BUY, 10, "0.40"))
    bad = fill("2", Side.BUY, 30, "0.60", fee="0.1", settlement=Settlement.MATCHED)
    holdings.fill(bad)
    holdings.fill(replace(bad, settlement=Settlement.FAILED))
    position = holdings.positions["I"]
    assert (position.quantity, position.entry_price, position.fees) == (D(10), D("0.40"), D(0))
    assert position.unsettled == D(0)


def test_what_the_venue_holds_is_adopted_and_later_fills_add_to_it():
    holdings = Holdings("sim")
    holdings.fill(fill("1", Side.BUY, 10, "0.40"))
    holdings.adopt(Adopted(instrument="I", quantity=D(25), entry_price=None, reason="minted", ts_ns=2))
    position = holdings.positions["I"]
    assert (position.quantity, position.entry_price) == (D(25), None), "nobody knows what the rest cost"
    holdings.fill(fill("2", Side.SELL, 5, "0.50"))
    assert holdings.positions["I"].quantity == D(20)
    assert holdings.fill(fill("1", Side.BUY, 10, "0.40")) is None


@pytest.mark.parametrize(("price", "gain"), [("1", "6.0"), ("0", "-4.0")])
def test_a_resolved_market_pays_out(price, gain):
    holdings = Holdings("sim")
    holdings.fill(fill("1", Side.BUY, 10, "0.40"))
    holdings.pay_out(PaidOut(instrument="I", price=D(price), ts_ns=9))
    position = holdings.positions["I"]
    assert (position.quantity, position.realized_pnl) == (D(0), D(gain))
    assert sum(holdings.gains_since(5).values()) == D(gain)


def test_the_gain_of_a_day_has_fees_and_no_older_trades():
    holdings = Holdings("sim")
    holdings.fill(fill("1", Side.BUY, 10, "0.40", ts=1))
    holdings.fill(fill("2", Side.SELL, 5, "0.60", ts=2))
    holdings.fill(fill("3", Side.SELL, 5, "0.30", fee="0.1", ts=10))
    assert sum(holdings.gains_since(10).values()) == D("-0.6")
    assert sum(holdings.gains_since(0).values()) == D("0.4")


def test_locked_is_what_is_there_and_not_free():
    assert Balance("sim", "pUSD", D(100), D(60)).locked == D(40)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(Side), st.integers(1, 20), st.integers(1, 99), st.booleans()), max_size=15
    ),
    st.integers(1, 99),
)
def test_money_is_neither_made_nor_lost(trades, mark):
    """Realized plus unrealized is always cash paid and received plus what is held, failed trades left out."""
    holdings = Holdings("sim")
    cash = D(0)
    held = D(0)
    for number, (side, size, cents, fails) in enumerate(trades):
        one = fill(str(number), side, size, D(cents) / 100, settlement=Settlement.MATCHED, ts=number)
        holdings.fill(one)
        if fails:
            holdings.fill(replace(one, settlement=Settlement.FAILED))
        else:
            cash -= one.price * size * side.sign
            held += size * side.sign
    position = holdings.positions.get("I", Position("sim", "I"))
    price = D(mark) / 100
    assert position.quantity == held
    value = position.realized_pnl + (position.unrealized_pnl(price) or 0)
    assert abs(value - (cash + held * price)) < D("1e-18")


def test_a_fee_kept_in_the_base_asset_makes_what_is_held_less_and_costs_once():
    """Bought 1 at 100, 0.001 of it kept: what is held and the money spent give the same sum either way."""
    bought = replace(fill("1", Side.BUY, 1, 100, fee="0.1"), base_fee=D("0.001"))
    position = holding(bought)
    assert (position.quantity, position.entry_price, position.fees) == (D("0.999"), D(100), D("0.1"))
    assert position.net_pnl(D(110)) == D("0.999") * 110 - 100
    assert position.net_pnl(None) is None
    sold = holding(bought, fill("2", Side.SELL, "0.999", 120, fee="0.12"))
    assert (sold.quantity, sold.net_pnl(None)) == (D(0), D("0.999") * 120 - D("0.12") - 100)


def test_a_cost_that_is_not_known_is_not_made_up_by_buying_more():
    holdings = Holdings("sim")
    holdings.adopt(Adopted(instrument="I", quantity=D(2), entry_price=None, reason="held before", ts_ns=1))
    holdings.fill(fill("1", Side.BUY, 1, 100))
    position = holdings.positions["I"]
    assert (position.quantity, position.entry_price, position.net_pnl(D(110))) == (D(3), None, None)
    holdings.fill(fill("2", Side.SELL, 3, 100))
    holdings.fill(fill("3", Side.BUY, 1, 90))
    assert holdings.positions["I"].entry_price == D(90), "from flat on it is known"


def test_an_inverse_contract_pays_in_the_base_asset():
    """100 contracts of 1 USD: 100 USD of coin at 50,000, then at 40,000; rule of `InstrumentKind.INVERSE`."""
    opened = replace(fill("1", Side.BUY, 100, 50_000), contract_value=D(1))
    long = holding(opened, replace(fill("2", Side.BUY, 100, 40_000), contract_value=D(1)))
    assert round(long.entry_price, 6) == round(D(200) / (D(100) / 50_000 + D(100) / 40_000), 6)
    assert abs(long.unrealized_pnl(D(50_000)) - (D("0.0045") - D(200) / 50_000)) < D("1e-20")
    short = holding(replace(fill("1", Side.SELL, 100, 50_000, fee="0.000001"), contract_value=D(1)))
    assert short.unrealized_pnl(D(40_000)) == D("0.0005")
    assert abs(short.net_pnl(short.break_even())) < D("1e-20")
    closed = holding(opened, fill("2", Side.SELL, 100, 40_000))
    assert (closed.quantity, closed.realized_pnl) == (D(0), D("-0.0005"))


def test_funding_counts_once_and_belongs_to_the_day():
    holdings = Holdings("sim")
    holdings.fill(fill("1", Side.BUY, 10, 100, fee="1"))
    paid = Funded(instrument="I", amount=D("-0.5"), payment_id="f1", ts_ns=20)
    assert holdings.fund(paid)
    assert not holdings.fund(paid)
    assert holdings.positions["I"].funding == D("-0.5")
    assert holdings.positions["I"].break_even() == D("100.15")
    assert sum(holdings.gains_since(10).values()) == D("-0.5")


def test_what_the_venue_says_of_the_margin_stays_when_fills_are_counted_anew():
    holdings = Holdings("sim")
    bad = fill("1", Side.BUY, 10, 100, settlement=Settlement.MATCHED)
    holdings.fill(bad)
    terms = MarginTerms(long_quantity=D(10), leverage=D(5), liquidation_price=D(81))
    assert holdings.note_terms("I", terms)
    assert not holdings.note_terms("I", terms)
    holdings.fill(replace(bad, settlement=Settlement.FAILED))
    assert holdings.positions["I"].terms == terms


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.sampled_from(Side), st.integers(1, 20), st.integers(50, 150), st.integers(0, 9)),
        min_size=1,
        max_size=12,
    ),
    st.integers(50, 150),
)
def test_fees_in_the_base_asset_make_and_lose_no_money(trades, mark):
    holdings = Holdings("sim")
    cash = held = D(0)
    for number, (side, size, price, part) in enumerate(trades):
        kept = size * D(part) / 1000
        one = replace(fill(str(number), side, size, price, fee=kept * price, ts=number), base_fee=kept)
        holdings.fill(one)
        cash -= one.price * size * side.sign
        held += size * side.sign - kept
    position = holdings.positions["I"]
    assert position.quantity == held
    assert abs(position.net_pnl(D(mark)) - (cash + held * mark)) < D("1e-18")
