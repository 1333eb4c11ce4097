"""The engine's own clock watch, and the first order of a day."""

from decimal import Decimal

import pytest

from omega_tui.clock import ManualClock
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import OrderRefused
from omega_tui.services.first_order import FIRST, FirstOrder
from omega_tui.services.journal import Entry
from omega_tui.services.loop_lag import LoopLag
from omega_tui.units import NS_PER_DAY

START = 20_000 * NS_PER_DAY


class Kept:
    """A journal in memory: what is appended is there."""

    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)


def test_a_loop_on_time_is_not_late():
    clock = ManualClock(START)
    lag = LoopLag(clock)
    for _ in range(20):
        clock.advance(0.25)
        lag.tick()
    assert lag.worst_ms() == 0


def test_a_stop_counts_at_once_for_ten_seconds_and_then_no_more():
    clock = ManualClock(START)
    lag = LoopLag(clock)
    lag.tick()
    clock.advance(3.25)
    assert lag.worst_ms() == pytest.approx(3_000), "before the timer had its turn"
    lag.tick()
    clock.advance(9)
    lag.tick()
    assert lag.worst_ms() == pytest.approx(8_750)
    clock.advance(0.25)
    lag.tick()
    clock.advance(10.1)
    assert lag.worst_ms() == pytest.approx(9_850)


def coin(name):
    return Instrument(f"x:{name}", "x", name, Decimal(1))


def test_the_first_order_of_a_day_is_confirmed_by_its_name_and_only_for_that_day():
    clock, journal = ManualClock(START), Kept()
    first = FirstOrder("x", clock, journal, is_live=True)
    assert first.is_due
    for wrong in ("", "btc", "ETH/USDT"):
        with pytest.raises(OrderRefused):
            first.type(wrong, [coin("BTC/USDT")])
    first.type("btc/usdt", [coin("BTC/USDT")])
    assert not first.is_due
    again = FirstOrder("x", clock, journal, is_live=True)
    again.restore(journal.entries)
    assert not again.is_due, "a restart does not ask again"
    clock.advance(86_400)
    assert again.is_due
    other = FirstOrder("y", clock, journal, is_live=True)
    other.restore([Entry(clock.now_ns(), "x", "", FIRST, b'"BTC"')])
    assert other.is_due, "each venue by itself"


def test_where_no_money_is_real_nothing_is_asked():
    assert not FirstOrder("sim", ManualClock(START), Kept(), is_live=False).is_due
