"""Limits and passes that were typed: checked against the ceilings, written down, and gone by themselves."""

import json
from decimal import Decimal

import pytest

from omega_tui.clock import ManualClock
from omega_tui.config.risk import RiskConfig
from omega_tui.errors import OrderRefused
from omega_tui.services.typed_risk import LIMITS, TypedRisk


class Typed:
    def __init__(self):
        self.clock = ManualClock()
        self.written = []
        self.told = []
        self.limits = RiskConfig()
        self.risk = TypedRisk(
            self.limits,
            venue="sim",
            clock=self.clock,
            journal=self,
            use=self.use,
            tell=lambda *words: self.told.append(words),
        )

    def append(self, entry):
        self.written.append((entry.kind, json.loads(entry.body)))

    def use(self, limits):
        self.limits = limits


def test_a_limit_is_changed_written_down_and_told():
    typed = Typed()
    typed.risk.set_limit("max_order_notional", "200")
    typed.risk.set_limit("orders_per_minute", "30")
    assert (typed.limits.max_order_notional, typed.limits.orders_per_minute) == (Decimal(200), 30)
    assert typed.written[0] == ("typed_limit", ["max_order_notional", "10000", "200"])
    assert "the next start takes the configured one" in typed.told[0][2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_order_notional", "10000.01"),
        ("max_order_notional", "much"),
        ("max_order_notional", ""),
        ("orders_per_minute", "1.5"),
        ("dead_man", "true"),
        ("quarantine_s", "10"),
        ("", "1"),
    ],
)
def test_beyond_a_ceiling_or_no_limit_nothing_changes(name, value):
    typed = Typed()
    with pytest.raises(OrderRefused) as refused:
        typed.risk.set_limit(name, value)
    assert refused.value.code == "LIMIT"
    assert typed.limits == RiskConfig()
    assert not typed.written


def test_every_limit_of_the_checks_can_be_typed():
    assert {"max_total_notional", "max_depth_share", "daily_loss_limit", "price_collar"} <= LIMITS
    assert set(RiskConfig.__slots__) >= LIMITS


def test_a_pass_is_for_one_order_of_one_instrument_and_a_minute():
    typed = Typed()
    typed.risk.let_pass("unknown", "YES")
    typed.risk.let_pass("collar", "YES")
    assert typed.risk.passes("YES") == {"UNKNOWN_ORDER_PRESENT", "PRICE_COLLAR"}
    assert typed.risk.passes("NO") == frozenset()
    typed.risk.used("YES")
    assert typed.risk.passes("YES") == frozenset()
    typed.risk.let_pass("collar", "YES")
    typed.clock.advance(60)
    assert typed.risk.passes("YES") == frozenset()
    assert [kind for kind, _ in typed.written] == ["passed_once"] * 3
    with pytest.raises(OrderRefused) as refused:
        typed.risk.let_pass("balance", "YES")
    assert refused.value.code == "PASS"
