"""Prediction-market maths: by definition, and the same from both sides."""

from decimal import Decimal
from math import inf, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.education import binary
from omega_tui.education.binary import FeeRule, Verdict

D = Decimal
cents = st.integers(1, 99).map(lambda cent: D(cent) / 100)
fees = st.sampled_from([FeeRule(), FeeRule(rate=D("0.07")), FeeRule(flat=D("0.01"))])


def test_a_fee_is_what_the_venue_says():
    kalshi = FeeRule(rate=D("0.07"), step=D("0.01"))
    assert kalshi.total(D("0.5"), D(100)) == D("1.75")
    assert kalshi.total(D("0.05"), D(1)) == D("0.01")
    # As a share of the stake: dear where the share is cheap.
    assert kalshi.per_share(D("0.05")) / D("0.05") == D("0.0665")
    assert kalshi.per_share(D("0.95")) / D("0.95") == D("0.0035")


@settings(max_examples=40, deadline=None)
@given(cents, cents, cents, fees)
def test_both_sides_never_have_an_edge_at_once(p, one, other, fee):
    bid, ask = sorted((one, other))
    found = binary.edge(p, bid=bid, ask=ask, fee=fee)
    assert not (found.yes > 0 and found.no > 0)
    assert (found.verdict is Verdict.YES_HAS_EDGE) == (found.yes > 0) == (found.kelly_yes > 0)
    assert (found.verdict is Verdict.NO_HAS_EDGE) == (found.no > 0) == (found.kelly_no > 0)


@settings(max_examples=40, deadline=None)
@given(cents, cents)
def test_no_is_yes_of_the_other_outcome(p, price):
    ours = binary.edge(p, bid=price, ask=price)
    theirs = binary.edge(1 - p, bid=binary.mirror(price), ask=binary.mirror(price))
    assert (ours.yes, ours.kelly_yes) == (theirs.no, theirs.kelly_no)
    assert binary.max_loss_sold(price, D(7)) == binary.max_loss_bought(binary.mirror(price), D(7))


@settings(max_examples=40, deadline=None)
@given(cents, cents, fees)
def test_binary_kelly_grows_fastest(p, ask, fee):
    cost = float(ask + fee.per_share(ask))
    if cost >= 1:
        return
    best = float(binary.kelly_yes(p, ask, fee))

    def growth(fraction):
        wins, losses = 1 + fraction * (1 - cost) / cost, 1 - fraction
        return float(p) * log(wins) + float(1 - p) * log(losses)

    for other in (best - 0.01, best + 0.01):
        if 0 <= other < 1:
            assert growth(best) >= growth(other) - 1e-12


def test_parity_and_exclusive_outcomes():
    found = binary.parity(bid_yes=D("0.40"), ask_yes=D("0.42"), bid_no=D("0.57"), ask_no=D("0.59"))
    assert (found.buy_gap, found.sell_gap) == (D("-0.01"), D("-0.03"))
    with_fee = binary.parity(
        bid_yes=D("0.40"), ask_yes=D("0.40"), bid_no=D("0.55"), ask_no=D("0.55"), fee=FeeRule(flat=D("0.01"))
    )
    assert with_fee.buy_gap == D("0.03")
    assert binary.exclusive_gaps([D("0.3"), D("0.5")], [D("0.4"), D("0.65")]) == (D("-0.05"), D("-0.2"))


def test_a_sure_thing_in_half_a_year_is_a_yield():
    assert round(binary.annual_yield(D("0.95"), D(180)), 2) == D("0.11")


def test_forecasts_are_scored():
    assert binary.brier(D("0.8"), happened=True) == D("0.04")
    assert binary.brier(D("0.8"), happened=False) == D("0.64")
    assert binary.log_score(D("0.5"), happened=True) == pytest.approx(log(2))
    assert binary.log_score(D(0), happened=True) == inf
    bins = binary.calibration([(D("0.82"), True), (D("0.88"), False), (D(1), True)])
    assert (bins[8].count, bins[8].mean_forecast, bins[8].frequency) == (2, D("0.85"), D("0.5"))
    assert (bins[9].count, bins[9].high, bins[0].frequency) == (1, D(1), None)


def test_expected_value_counts_the_fee():
    assert binary.expected_value(D("0.6"), D("0.5"), FeeRule(flat=D("0.02"))) == D("0.08")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: FeeRule(rate=D(-1)),
        lambda: binary.edge(D(2), bid=D("0.1"), ask=D("0.2")),
        lambda: binary.edge(D("0.5"), bid=D("0.3"), ask=D("0.2")),
        lambda: binary.annual_yield(D(0), D(1)),
        lambda: binary.annual_yield(D("0.5"), D(0)),
        lambda: binary.exclusive_gaps([], []),
        lambda: binary.brier(D("1.1"), happened=True),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"[a-z]"):
        wrong()
