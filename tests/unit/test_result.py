"""Profit and loss over accounts: nothing is added that is not money of the same kind, nothing is left out."""

from dataclasses import replace
from decimal import Decimal

from omega_tui.domain.account import MarginTerms, Position
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.orders import Fill
from omega_tui.domain.result import Result, results, total
from omega_tui.domain.side import Side

D = Decimal


def instrument(name, quote="USDT", **more):
    return Instrument(id=name, venue="v", name=name, tick_size=D("0.01"), base="BTC", quote=quote, **more)


INSTRUMENTS = {
    "spot": instrument("spot"),
    "swap": instrument("swap", kind=InstrumentKind.LINEAR, settle="USDT"),
    "coin": instrument("coin", "USD", kind=InstrumentKind.INVERSE, settle="BTC"),
    "yes": instrument("yes", "pUSD"),
}


def test_fees_and_funding_count_and_the_venues_mark_comes_first():
    spot = Position("v", "spot", D(2), D(100), realized_pnl=D(5), fees=D(1))
    terms = MarginTerms(mark_price=D(90))
    swap = Position("v", "swap", D(-1), D(100), fees=D("0.5"), funding=D("-0.25"), terms=terms)
    found = results([spot, swap], {"spot": D(110), "swap": D(500)}, INSTRUMENTS)
    assert found == {"USDT": Result("USDT", D(5), D(30), D("1.5"), D("-0.25"))}
    assert found["USDT"].net == D("33.25")


def test_an_inverse_contract_is_of_another_money():
    coin = Position("v", "coin", D(100), D(50_000), contract_value=D(1))
    assert results([coin], {"coin": D(40_000)}, INSTRUMENTS)["BTC"].net == D("-0.0005")


def test_a_position_that_cannot_be_valued_is_told():
    unknown = [Position("v", "spot", D(1), D(100)), Position("v", "swap", D(1)), Position("v", "yes")]
    found = results(unknown, {"swap": D(5)}, INSTRUMENTS)
    assert (found["USDT"].unvalued, found["pUSD"].unvalued) == (2, 0)


def test_accounts_are_added_where_they_stand_at_par_and_kept_apart_elsewhere():
    one = results([Position("v", "spot", realized_pnl=D(3))], {}, INSTRUMENTS)
    two = results([Position("w", "yes", realized_pnl=D(4), fees=D(1))], {}, INSTRUMENTS)
    three = results([Position("x", "coin", realized_pnl=D("0.1"))], {}, INSTRUMENTS)
    found = total([one, two, three])
    assert {name: each.net for name, each in found.items()} == {"USD": D(6), "BTC": D("0.1")}
    assert results([Position("v", "gone", realized_pnl=D(1))], {}, INSTRUMENTS)[""].net == D(1)


def test_a_fee_in_a_third_coin_stands_apart_by_its_name():
    fill = Fill(
        trade_id="t",
        venue_order_id="o",
        instrument="spot",
        side=Side.BUY,
        price=D(100),
        size=D(2),
        fee_asset="BNB",
        fee_paid=D("0.003"),
    )
    in_base = replace(fill, fee=D("0.2"), fee_asset="BTC", fee_paid=D("0.002"))
    assert (fill.third_fee, in_base.third_fee) == (("BNB", D("0.003")), None)
    bought = Position("v", "spot")
    for _ in range(2):
        bought = bought.after_fill(fill.side, fill.price, fill.size, fill.fee, other_fee=fill.third_fee)
    assert (bought.fees, bought.other_fees) == (0, (("BNB", D("0.006")),))
    found = results([bought], {"spot": D(100)}, INSTRUMENTS)
    assert found == {"USDT": Result("USDT"), "BNB": Result("BNB", fees=D("0.006"))}
    assert total([found, found])["BNB"].net == D("-0.012")
