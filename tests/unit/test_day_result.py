"""What the day brought, in dollars, whatever positions pay in."""

from dataclasses import replace
from decimal import Decimal

from omega_tui.clock import ManualClock
from omega_tui.domain.holdings import Adopted, Holdings
from omega_tui.domain.instrument import ZERO, Instrument, InstrumentKind
from omega_tui.services.day_result import DayResult

D = Decimal
SPOT = Instrument(id="BTC/USDT", venue="x", name="BTC/USDT", tick_size=D("0.1"), base="BTC", quote="USDT")
INVERSE = replace(
    SPOT, id="BTC/USD:BTC", quote="USD", settle="BTC", kind=InstrumentKind.INVERSE, contract_size=D(100)
)
CROSS = replace(SPOT, id="ETH/BTC", base="ETH", quote="BTC")
INSTRUMENTS = {one.id: one for one in (SPOT, INVERSE, CROSS)}


def day_of(instrument, quantity, entry, marks, contract_value=ZERO):
    holdings = Holdings("x")
    day = DayResult(holdings, marks, INSTRUMENTS, ManualClock())
    day.begin()
    holdings.adopt(
        Adopted(
            instrument=instrument.id,
            quantity=quantity,
            entry_price=entry,
            reason="",
            ts_ns=0,
            contract_value=contract_value,
        )
    )
    return day


def test_an_inverse_contract_loses_coins_and_they_count_as_dollars():
    """100 contracts of 100 dollars from 50,000 to 40,000 lose 0.05 coins, worth 2,000 dollars."""
    day = day_of(INVERSE, D(100), D(50_000), {INVERSE.id: D(40_000)}, D(100))
    assert day.pnl() == D(-2_000)
    assert day.is_lost(D(2_000))
    assert not day.is_lost(D(2_001))


def test_a_loss_in_coins_counts_at_what_the_coin_is_worth():
    marks = {CROSS.id: D("0.04"), SPOT.id: D(60_000)}
    assert day_of(CROSS, D(2), D("0.05"), marks).pnl() == D(-1_200)


def test_a_loss_in_dollars_counts_as_it_is():
    assert day_of(SPOT, D(1), D(60_000), {SPOT.id: D(59_900)}).pnl() == D(-100)
