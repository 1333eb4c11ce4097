"""Where a position is closed at neither gain nor loss, the fee of closing included."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ladder_samples import YES

from omega_tui.domain.account import Position
from omega_tui.domain.break_even import break_even
from omega_tui.domain.instrument import Instrument, InstrumentKind

D = Decimal
COIN = Instrument("BTC/USDT", "sim", "BTC/USDT", tick_size=D("0.1"), taker_fee_rate=D("0.0006"))
INVERSE = replace(COIN, kind=InstrumentKind.INVERSE, contract_size=D(1))
OUTCOME = replace(YES, taker_fee_rate=D("0.07"))

rates = st.decimals("0", "0.2", places=4)
sizes = st.decimals("0.01", "5000", places=2)


def a_position(quantity, entry, fees="0", **fields):
    return Position(
        instrument="I", venue="sim", quantity=D(quantity), entry_price=D(entry), fees=D(fees), **fields
    )


def fee_of_closing(position, instrument, price):
    """What the venue keeps, as its formula says; of an inverse contract in the base asset."""
    size, rate = abs(position.quantity), instrument.taker_fee_rate
    if instrument.kind is InstrumentKind.INVERSE:
        return rate * size * instrument.contract_size / price
    return rate * size * (price * (1 - price) if instrument.price_max == 1 else price)


@given(
    st.sampled_from([-1, 1]),
    sizes,
    st.decimals("1", "100000", places=1),
    rates,
    st.decimals("0", "9", places=2),
)
def test_closing_there_leaves_nothing_of_a_coin_or_contract(sign, size, entry, rate, fees):
    instrument, position = replace(COIN, taker_fee_rate=rate), a_position(sign * size, entry, fees)
    at = break_even(position, instrument)
    assert abs(position.net_pnl(at) - fee_of_closing(position, instrument, at)) < D("1e-12")


@given(sizes, st.decimals("0.01", "0.90", places=2), rates)
def test_closing_there_leaves_nothing_of_an_outcome(size, entry, rate):
    instrument, position = replace(OUTCOME, taker_fee_rate=rate), a_position(size, entry)
    at = break_even(position, instrument)
    assert entry <= at < 1
    assert abs(position.net_pnl(at) - fee_of_closing(position, instrument, at)) < D("1e-12")


@given(st.sampled_from([-1, 1]), st.integers(1, 5_000), st.decimals("1000", "100000", places=1), rates)
def test_closing_there_leaves_nothing_of_an_inverse_contract(sign, contracts, entry, rate):
    instrument = replace(INVERSE, taker_fee_rate=rate)
    position = a_position(sign * contracts, entry, contract_value=D(1))
    at = break_even(position, instrument)
    assert abs(position.net_pnl(at) - fee_of_closing(position, instrument, at)) < D("1e-15")


@pytest.mark.parametrize(
    ("instrument", "quantity", "entry", "fees", "at"),
    [
        (COIN, "2", "100", "0.12", "100.1200720432259"),
        (COIN, "-2", "100", "0.12", "99.88007195682590"),
        (OUTCOME, "100", "0.50", "0", "0.5174786"),
        (None, "2", "100", "0.12", "100.06"),
        (replace(COIN, taker_fee_rate=D(0)), "2", "100", "0.12", "100.06"),
    ],
)
def test_values(instrument, quantity, entry, fees, at):
    assert round(break_even(a_position(quantity, entry, fees), instrument), 7) == round(D(at), 7)


@pytest.mark.parametrize("instrument", [None, COIN, INVERSE, OUTCOME])
def test_there_is_none_while_flat_or_while_the_entry_is_not_known(instrument):
    flat = a_position("0", "100")
    assert break_even(flat, instrument) is None
    assert break_even(replace(flat, quantity=D(2), entry_price=None), instrument) is None


def test_no_price_pays_back_a_fee_of_all_of_it():
    assert break_even(a_position("2", "100"), replace(COIN, taker_fee_rate=D(1))) is None
