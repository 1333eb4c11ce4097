"""Random fills, funding and liquidations against the margin accounting: money is neither made nor lost."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.errors import SimError
from omega_tui.sim.holding import HoldMode, HoldSide, MarginMode, Terms
from omega_tui.sim.perpetual import PerpetualAccount

D = Decimal
BTC = Terms("BTCUSDT", taker_rate=D("0.0006"), maintenance_rate=D("0.004"), max_leverage=125)
ETH = Terms("ETHUSDT", taker_rate=D("0.0006"), maintenance_rate=D("0.005"), max_leverage=100)
TERMS = {"BTCUSDT": BTC, "ETHUSDT": ETH}
DEPOSIT = D(1_000_000)


def account(hold_mode=HoldMode.ONE_WAY, margin_mode=MarginMode.CROSSED, leverage=10, cash=DEPOSIT):
    fresh = PerpetualAccount(TERMS, hold_mode=hold_mode, cash=cash)
    for symbol in TERMS:
        chosen = fresh.setting(symbol)
        chosen.margin_mode = margin_mode
        chosen.cross_leverage = chosen.long_leverage = chosen.short_leverage = leverage
    return fresh


prices = st.integers(1_000, 200_000).map(lambda ticks: D(ticks) / 10)
sizes = st.integers(1, 50_000).map(lambda lots: D(lots) / 10_000)
steps = st.lists(
    st.tuples(
        st.sampled_from(list(TERMS)),
        st.booleans(),
        prices,
        sizes,
        st.sampled_from([*HoldSide, None]),
        st.integers(-30, 30).map(lambda rate: D(rate) / 10_000),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from(list(HoldMode)), st.sampled_from(list(MarginMode)), st.integers(1, 100))
def test_equity_is_the_deposit_plus_the_cash_flow_of_every_fill(steps, hold_mode, margin_mode, leverage):
    ledger = account(hold_mode, margin_mode, leverage)
    paid = D(0)
    held = dict.fromkeys(TERMS, D(0))
    for now_ns, (symbol, is_buy, price, wanted, wanted_side, rate) in enumerate(steps):
        side, size = None, wanted
        if hold_mode is HoldMode.HEDGE:
            adds_to = HoldSide.LONG if is_buy else HoldSide.SHORT
            side = wanted_side or adds_to
            if side is not adds_to:
                size = min(wanted, ledger.size(symbol, side))
                if not size:
                    continue
        fee = price * size * D("0.0006")
        effect = ledger.fill(
            symbol, is_buy=is_buy, price=price, size=size, fee=fee, now_ns=now_ns, hold_side=side
        )
        assert effect.opened + effect.closed == size
        signed = size if is_buy else -size
        paid += signed * price + fee
        held[symbol] += signed
        received = sum(amount for _, amount in ledger.settle_funding(symbol, rate, price, now_ns))
        paid -= received
        ledger._check()
    marks = {"BTCUSDT": D("12345.6"), "ETHUSDT": D("987.65")}
    worth = sum(held[symbol] * marks[symbol] for symbol in TERMS)
    assert ledger.equity(marks) == DEPOSIT - paid + worth
    for symbol in TERMS:
        net = ledger.size(symbol, HoldSide.LONG) - ledger.size(symbol, HoldSide.SHORT)
        assert net == held[symbol]


@settings(max_examples=100, deadline=None)
@given(steps, st.sampled_from(list(MarginMode)), st.integers(1, 100), prices, prices)
def test_liquidation_takes_every_endangered_position_and_never_leaves_a_debt(
    steps, margin_mode, leverage, btc, eth
):
    ledger = account(HoldMode.HEDGE, margin_mode, leverage, cash=D(20_000))
    marks = {"BTCUSDT": btc, "ETHUSDT": eth}
    for now_ns, (symbol, is_buy, _, size, _, _) in enumerate(steps):
        side = HoldSide.LONG if is_buy else HoldSide.SHORT
        cost = size * marks[symbol]
        if ledger.available(marks) < cost / leverage + cost / 100:
            continue
        ledger.fill(
            symbol, is_buy=is_buy, price=marks[symbol], size=size, fee=D(0), now_ns=now_ns, hold_side=side
        )
    moved = {"BTCUSDT": eth, "ETHUSDT": btc}
    before = ledger.equity(moved)
    doomed = ledger.endangered(moved)
    fees = sum((held.size * moved[held.symbol] * D("0.0006") for held in doomed), D(0))
    for held in doomed:
        ledger.liquidate(held, moved[held.symbol], now_ns=99)
    assert ledger.equity(moved) == before - fees + ledger.insurance
    assert all(held not in doomed for held in ledger.holdings.values())
    if not ledger.holdings:
        assert ledger.cash >= 0


@settings(max_examples=100, deadline=None)
@given(prices, sizes, st.booleans(), st.integers(2, 100), st.sampled_from(list(MarginMode)))
def test_at_the_liquidation_price_a_position_is_just_endangered(price, size, is_buy, leverage, margin_mode):
    ledger = account(margin_mode=margin_mode, leverage=leverage, cash=price * size / leverage * D("1.5"))
    ledger.fill("BTCUSDT", is_buy=is_buy, price=price, size=size, fee=D(0), now_ns=1)
    (held,) = ledger.holdings.values()
    marks = {"BTCUSDT": price}
    end = ledger.liquidation_price(held, marks)
    if end is None:
        assert is_buy
        assert not ledger.endangered({"BTCUSDT": D("0.0001")})
        return
    step = D("0.01") if is_buy else D("-0.01")
    assert ledger.endangered({"BTCUSDT": end - step}) == [held]
    assert ledger.endangered({"BTCUSDT": end + step}) == []


def test_a_one_way_fill_through_zero_closes_first_and_opens_the_rest():
    ledger = account()
    ledger.fill("BTCUSDT", is_buy=True, price=D(100), size=D(2), fee=D("0.12"), now_ns=1)
    effect = ledger.fill("BTCUSDT", is_buy=False, price=D(110), size=D(5), fee=D("0.33"), now_ns=2)
    assert (effect.closed, effect.opened, effect.realized) == (2, 3, 20)
    assert effect.ended is not None
    assert effect.ended.fees == D("0.12") + D("0.132")
    assert ledger.size("BTCUSDT", HoldSide.LONG) == 0
    assert ledger.holdings["BTCUSDT", HoldSide.SHORT].entry_price == 110


def test_long_and_short_stand_side_by_side_in_hedge_mode():
    ledger = account(HoldMode.HEDGE)
    for is_buy, side in ((True, HoldSide.LONG), (False, HoldSide.SHORT)):
        ledger.fill("BTCUSDT", is_buy=is_buy, price=D(100), size=D(1), fee=D(0), now_ns=1, hold_side=side)
    assert set(ledger.holdings) == {("BTCUSDT", HoldSide.LONG), ("BTCUSDT", HoldSide.SHORT)}
    with pytest.raises(SimError):
        ledger.fill(
            "BTCUSDT",
            is_buy=False,
            price=D(100),
            size=D(2),
            fee=D(0),
            now_ns=2,
            hold_side=HoldSide.LONG,
        )


def test_an_isolated_position_loses_its_margin_and_nothing_else():
    ledger = account(margin_mode=MarginMode.ISOLATED, leverage=10, cash=D(1_000))
    ledger.fill("BTCUSDT", is_buy=True, price=D(100), size=D(10), fee=D(0), now_ns=1)
    assert ledger.cash == 900
    (held,) = ledger.endangered({"BTCUSDT": D(80)})
    ledger.liquidate(held, D(80), now_ns=2)
    assert ledger.cash == 900
    assert ledger.insurance == 100 + D("0.48")
    assert ledger.holdings == {}


def test_longs_pay_shorts_while_the_rate_is_positive():
    ledger = account(HoldMode.HEDGE)
    for is_buy, side in ((True, HoldSide.LONG), (False, HoldSide.SHORT)):
        ledger.fill("BTCUSDT", is_buy=is_buy, price=D(100), size=D(3), fee=D(0), now_ns=1, hold_side=side)
    settled = {held.side: amount for held, amount in ledger.settle_funding("BTCUSDT", D("0.001"), D(200), 2)}
    assert settled == {HoldSide.LONG: D("-0.6"), HoldSide.SHORT: D("0.6")}


def test_leverage_moves_the_margin_of_an_isolated_position_and_is_refused_without_money():
    ledger = account(margin_mode=MarginMode.ISOLATED, leverage=10, cash=D(150))
    ledger.fill("BTCUSDT", is_buy=True, price=D(100), size=D(10), fee=D(0), now_ns=1)
    marks = {"BTCUSDT": D(100)}
    assert ledger.set_leverage("BTCUSDT", 20, HoldSide, marks)
    assert ledger.cash == 100
    assert not ledger.set_leverage("BTCUSDT", 2, HoldSide, marks)
    assert ledger.cash == 100
    assert ledger.setting("BTCUSDT").long_leverage == 20
