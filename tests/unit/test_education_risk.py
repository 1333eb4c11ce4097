"""Risk: by definition, by simulation where it is chance, and refused where it makes no sense."""

from decimal import Decimal
from math import log
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.side import Side
from omega_tui.education import risk

D = Decimal
money = st.decimals(min_value="1", max_value="1000000", places=2)
LINEAR, INVERSE = InstrumentKind.LINEAR, InstrumentKind.INVERSE


@settings(max_examples=30, deadline=None)
@given(money, money, money, st.sampled_from([D("0.001"), D(1), D(5)]), st.sampled_from([D(0), D("0.001")]))
def test_a_stop_never_costs_more_than_was_meant(equity, entry, stop, lot, fee):
    if entry == stop:
        return
    sizing = risk.position_size(
        equity=equity, entry=entry, stop=stop, lot=lot, fee_rate_in=fee, fee_rate_out=fee, slippage=D("0.01")
    )
    assert sizing.quantity % lot == 0
    assert sizing.risk <= sizing.budget == equity * risk.DEFAULT_RISK
    assert (sizing.quantity + lot) * sizing.per_unit > sizing.budget


def test_a_worked_size():
    sizing = risk.position_size(
        equity=D(10_000), entry=D(64_250), stop=D(63_950), lot=D("0.0001"), fraction=D("0.01")
    )
    assert (sizing.quantity, sizing.risk, sizing.notional) == (D("0.3333"), D("99.99"), D("21414.5250"))
    assert sizing.leverage == D("2.14145250")


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([LINEAR, INVERSE]),
    st.sampled_from(list(Side)),
    money,
    st.integers(2, 100),
    st.sampled_from([D(0), D("0.004"), D("0.005")]),
)
def test_at_its_liquidation_price_a_position_has_its_maintenance_left(kind, side, entry, leverage, keep):
    price = risk.liquidation_price(kind, side, entry, leverage=D(leverage), maintenance=keep)
    if kind is LINEAR:
        equity = entry / leverage + side.sign * (price - entry)
        assert abs(equity - keep * price) < D("1e-15")
    else:
        equity = 1 / entry / leverage + side.sign * (1 / entry - 1 / price)
        assert abs(equity - keep / price) < D("1e-20")


def test_a_long_without_leverage_is_liquidated_at_nothing():
    assert risk.liquidation_price(LINEAR, Side.BUY, D(100), leverage=D(1), maintenance=D("0.005")) == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 99), st.integers(1, 40))
def test_kelly_grows_fastest(percent, tenths):
    p, b = percent / 100, tenths / 10
    best = float(risk.kelly(D(percent) / 100, D(tenths) / 10))

    def growth(fraction):
        return p * log(1 + fraction * b) + (1 - p) * log(1 - fraction)

    for other in (best - 0.01, best + 0.01):
        if 0 <= other < 1:
            assert growth(best) >= growth(other)
    assert risk.kelly_capped(D(1)) == D("0.25")


def test_streaks_as_often_as_they_are():
    assert [round(risk.streak_probability(p, 8, 100), 2) for p in (0.4, 0.5, 0.6)] == [0.04, 0.17, 0.49]
    rng, runs, seen = Random(3), 4_000, 0
    for _ in range(runs):
        row = "".join("L" if rng.random() < 0.5 else "w" for _ in range(60))
        seen += "L" * 5 in row
    assert abs(seen / runs - risk.streak_probability(0.5, 5, 60)) < 0.03
    assert risk.streak_probability(0.3, 1, 2) == pytest.approx(1 - 0.7**2)


def test_expectancy_and_break_even_meet():
    at = risk.break_even_win_rate(D(2), cost=D("0.1"))
    assert abs(risk.expectancy(at, D(2), cost=D("0.1"))) < D("1e-27")
    assert risk.r_multiple(D(-150), D(100)) == D("-1.5")


def test_the_deepest_fall_is_found_between_its_peak_and_its_bottom():
    fall = risk.max_drawdown([D(100), D(120), D(90), D(130), D(110)])
    assert (fall.depth, fall.share, fall.peak_at, fall.trough_at) == (D(30), D("0.25"), 1, 2)
    curve = risk.equity_curve(D(100), [D(2), D(-1)], D("0.1"))
    assert curve == [D(100), D(120), D(108)]


def test_stops_by_atr_lie_against_the_entry_and_on_a_tick():
    stop = risk.atr_stop(Side.BUY, D(100), D("1.003"), D(2), D("0.01"))
    assert stop == D("97.99")
    assert risk.atr_stop(Side.SELL, D(100), D("1.003"), D(2), D("0.01")) == D("102.01")
    assert risk.is_inside_noise(D(100), D("99.6"), D(1))
    assert not risk.is_inside_noise(D(100), D("99.5"), D(1))


@pytest.mark.parametrize(("share", "multiple", "chance"), [(0.5, 1, 0.5), (0.5, 0.5, 0.125), (0.5, 2, 1)])
def test_chances_of_falling(share, multiple, chance):
    assert risk.chance_of_falling_to(share, multiple) == pytest.approx(chance)
    assert risk.risk_of_ruin(0.55, 10) == pytest.approx((0.45 / 0.55) ** 10)


def test_heat_counts_hedges_only_where_they_move_together():
    same = risk.portfolio_heat([D(100), D(100)], [[1.0, 1.0], [1.0, 1.0]])
    apart = risk.portfolio_heat([D(100), D(100)], [[1.0, 0.0], [0.0, 1.0]])
    hedged = risk.portfolio_heat([D(100), D(-100)], [[1.0, 1.0], [1.0, 1.0]])
    assert (same.total, same.correlated) == (200, 200)
    assert apart.correlated == pytest.approx(D("141.42"), abs=D("0.01"))
    assert (hedged.total, hedged.correlated) == (200, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: risk.position_size(equity=D(1), entry=D(1), stop=D(1), lot=D(1)),
        lambda: risk.position_size(equity=D(0), entry=D(1), stop=D(2), lot=D(1)),
        lambda: risk.position_size(equity=D(1), entry=D(1), stop=D(2), lot=D(1), fraction=D(2)),
        lambda: risk.position_size(equity=D(1), entry=D(1), stop=D(2), lot=D(1), slippage=D(-1)),
        lambda: risk.liquidation_price(InstrumentKind.SPOT, Side.BUY, D(1), leverage=D(2), maintenance=D(0)),
        lambda: risk.liquidation_price(LINEAR, Side.BUY, D(1), leverage=D(100), maintenance=D("0.02")),
        lambda: risk.liquidation_price(LINEAR, Side.BUY, D(1), leverage=D("0.5"), maintenance=D(0)),
        lambda: risk.liquidation_price(INVERSE, Side.SELL, D(1), leverage=D(1), maintenance=D(0)),
        lambda: risk.kelly(D(2), D(1)),
        lambda: risk.kelly(D("0.5"), D(0)),
        lambda: risk.expectancy(D(-1), D(1)),
        lambda: risk.break_even_win_rate(D(-1)),
        lambda: risk.streak_probability(1.5, 1, 1),
        lambda: risk.streak_probability(0.5, 0, 1),
        lambda: risk.max_drawdown([]),
        lambda: risk.r_multiple(D(1), D(0)),
        lambda: risk.chance_of_falling_to(2.0, 1.0),
        lambda: risk.risk_of_ruin(2.0, 1),
        lambda: risk.portfolio_heat([D(1)], []),
        lambda: risk.portfolio_heat([D(1), D(1)], [[1.0, 0.5], [0.4, 1.0]]),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"[a-z]"):
        wrong()
