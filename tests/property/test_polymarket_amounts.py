"""Amounts of orders: exact, on the price, never more than was asked, and equal to the official client's."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused
from omega_tui.protocol.polymarket.amounts import (
    AMOUNT_DECIMALS,
    GTD_MARGIN_S,
    MARKET_GIVE_DECIMALS,
    MARKET_TAKE_DECIMALS,
    UNITS,
    effective_life_s,
    expiration_of,
    from_units,
    immediate_amounts,
    is_on_price,
    limit_amounts,
    limit_price,
    market_amounts,
    order_amounts,
    to_units,
)

TICKS = sorted(AMOUNT_DECIMALS)


@st.composite
def priced(draw: st.DrawFn) -> tuple[Decimal, Decimal]:
    """A tick of the venue and a price on it."""
    tick = draw(st.sampled_from(TICKS))
    steps = draw(st.integers(1, int(1 / tick) - 1))
    return tick, steps * tick


sides = st.sampled_from(Side)
sizes = st.decimals("0.01", "10000000", places=6)


def decimals_of(units: int) -> int:
    """How many decimals an amount in millionths has."""
    text = f"{units % UNITS:06}".rstrip("0")
    return len(text)


@settings(max_examples=300)
@given(sides, priced(), sizes)
def test_a_limit_order_is_exact(side: Side, at: tuple[Decimal, Decimal], asked: Decimal) -> None:
    tick, price = at
    amounts = limit_amounts(side, price, asked, tick)
    assert amounts.sent <= asked
    assert asked - amounts.sent < Decimal("0.01")
    assert amounts.is_exact == (asked == amounts.sent)
    assert amounts.shares == amounts.sent
    assert amounts.money == amounts.sent * price
    assert is_on_price(side, amounts.maker_amount, amounts.taker_amount, price)
    assert limit_price(side, amounts.maker_amount, amounts.taker_amount, tick) == price
    assert decimals_of(to_units(amounts.money)) <= AMOUNT_DECIMALS[tick]


@settings(max_examples=300)
@given(sides, priced(), st.decimals("5", "1000000", places=6))
def test_a_market_order_keeps_the_venues_decimals(
    side: Side, at: tuple[Decimal, Decimal], asked: Decimal
) -> None:
    tick, price = at
    amounts = market_amounts(side, price, asked, tick)
    assert decimals_of(amounts.maker_amount) <= MARKET_GIVE_DECIMALS
    assert decimals_of(amounts.taker_amount) <= MARKET_TAKE_DECIMALS
    assert from_units(amounts.maker_amount) == amounts.sent <= asked
    assert limit_price(side, amounts.maker_amount, amounts.taker_amount, tick) == price


@settings(max_examples=300)
@given(priced(), st.decimals("10", "1000000", places=2))
def test_an_immediate_buy_never_spends_or_asks_for_more(at: tuple[Decimal, Decimal], asked: Decimal) -> None:
    tick, price = at
    assume(asked * price >= Decimal("0.01"))
    amounts = immediate_amounts(Side.BUY, price, asked, tick)
    assert amounts.money <= asked * price
    assert amounts.shares == amounts.sent <= asked
    cent_of_shares = Decimal("0.01") / price
    assert asked - amounts.sent <= cent_of_shares + Decimal("0.001")
    assert decimals_of(amounts.maker_amount) <= MARKET_GIVE_DECIMALS
    assert decimals_of(amounts.taker_amount) <= MARKET_TAKE_DECIMALS


@settings(max_examples=200)
@given(st.integers(0, 10**21))
def test_millionths_there_and_back(units: int) -> None:
    assert to_units(from_units(units)) == units


@pytest.fixture(scope="module")
def oracle_module(official_client):  # noqa: ARG001 - imports it
    """The official client's own rounding."""
    return pytest.importorskip("py_clob_client_v2.order_builder.builder")


@settings(max_examples=300)
@given(side=sides, at=priced(), hundredths=st.integers(1, 10**8))
def test_limit_amounts_equal_the_official_clients(
    oracle_module, side: Side, at: tuple[Decimal, Decimal], hundredths: int
) -> None:
    """The oracle counts in floats and loses a hundredth of a share now and then: there it is below us."""
    tick, price = at
    size = Decimal(hundredths) / 100
    oracle = oracle_module.OrderBuilder(None, None, "0x0").get_order_amounts(
        side.value, float(size), float(price), oracle_module.ROUNDING_CONFIG[f"{tick}"]
    )
    ours = limit_amounts(side, price, size, tick)
    if float(size) * 100 >= hundredths:
        assert abs(oracle[1] - ours.maker_amount) <= 1 + ours.maker_amount // 10**12
        assert abs(oracle[2] - ours.taker_amount) <= 1 + ours.taker_amount // 10**12
    else:
        assert oracle[1] < ours.maker_amount


@pytest.mark.parametrize(
    ("side", "price", "size", "tick", "expected"),
    [  # py-clob-client, tests/order_builder
        (Side.BUY, "0.5", "21.04", "0.1", (10_520_000, 21_040_000)),
        (Side.BUY, "0.56", "21.04", "0.01", (11_782_400, 21_040_000)),
        (Side.BUY, "0.056", "21.04", "0.001", (1_178_240, 21_040_000)),
        (Side.BUY, "0.0056", "21.04", "0.0001", (117_824, 21_040_000)),
        (Side.SELL, "0.5", "21.04", "0.1", (21_040_000, 10_520_000)),
        (Side.SELL, "0.0056", "21.04", "0.0001", (21_040_000, 117_824)),
        (Side.BUY, "0.505", "3.33", "0.005", (1_681_650, 3_330_000)),
        (Side.SELL, "0.5025", "0.01", "0.0025", (10_000, 5_025)),
    ],
)
def test_limit_vectors(side: Side, price: str, size: str, tick: str, expected: tuple[int, int]) -> None:
    amounts = order_amounts(side, Decimal(price), Decimal(size), Decimal(tick), TimeInForce.GTC)
    assert (amounts.maker_amount, amounts.taker_amount) == expected


@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_that_never_rests_is_cut_to_what_the_venue_takes(time_in_force: TimeInForce) -> None:
    buy = order_amounts(Side.BUY, Decimal("0.056"), Decimal("21.04"), Decimal("0.001"), time_in_force)
    assert (buy.maker_amount, buy.taker_amount) == (1_170_000, 20_892_800)
    assert not buy.is_exact
    assert buy.sent == Decimal("20.8928")
    sell = order_amounts(Side.SELL, Decimal("0.056"), Decimal("21.04"), Decimal("0.001"), time_in_force)
    assert (sell.maker_amount, sell.taker_amount) == (21_040_000, 1_178_200)
    assert sell.is_exact
    even = order_amounts(Side.BUY, Decimal("0.50"), Decimal(100), Decimal("0.01"), time_in_force)
    assert (even.maker_amount, even.taker_amount, even.is_exact) == (50_000_000, 100_000_000, True)


def test_a_size_with_too_many_decimals_shows_what_would_be_sent() -> None:
    amounts = limit_amounts(Side.BUY, Decimal("0.5"), Decimal("10.019"), Decimal("0.1"))
    assert not amounts.is_exact
    assert (amounts.asked, amounts.sent) == (Decimal("10.019"), Decimal("10.01"))


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        ("0", "0.01"),
        ("1", "0.01"),
        ("0.995", "0.01"),
        ("0.009", "0.01"),
        ("0.505", "0.01"),
        ("-0.5", "0.01"),
        ("0.5", "0.02"),
        ("0.5", "1"),
        ("0.999", "0.005"),
    ],
)
def test_a_price_off_the_grid_is_refused(price: str, tick: str) -> None:
    for make in (limit_amounts, market_amounts, immediate_amounts):
        with pytest.raises(OrderRefused) as refusal:
            make(Side.BUY, Decimal(price), Decimal(10), Decimal(tick))
        assert refusal.value.code == "TICK"


@pytest.mark.parametrize("tick", TICKS)
def test_the_first_and_the_last_tick_are_allowed(tick: Decimal) -> None:
    for price in (tick, 1 - tick):
        assert limit_amounts(Side.BUY, price, Decimal(10), tick).money == price * 10


@pytest.mark.parametrize("size", ["0", "-1", "0.009", "0.0000001"])
def test_a_size_of_nothing_is_refused(size: str) -> None:
    for make in (limit_amounts, market_amounts, immediate_amounts):
        with pytest.raises(OrderRefused) as refusal:
            make(Side.BUY, Decimal("0.5"), Decimal(size), Decimal("0.01"))
        assert refusal.value.code == "SIZE"


def test_what_no_amount_can_be_is_refused() -> None:
    with pytest.raises(OrderRefused):
        to_units(Decimal("0.0000001"))
    with pytest.raises(OrderRefused):
        limit_price(Side.BUY, 0, 1, Decimal("0.1"))
    with pytest.raises(OrderRefused, match="nothing would be taken"):
        market_amounts(Side.SELL, Decimal("0.0001"), Decimal("0.01"), Decimal("0.0001"))


def test_the_margin_of_a_gtd_order() -> None:
    expiration_s = expiration_of(1_000, 30)
    assert expiration_s == 1_000 + GTD_MARGIN_S + 30
    assert effective_life_s(expiration_s, 1_000) == 30
    assert effective_life_s(1_059, 1_000) == -1
    with pytest.raises(OrderRefused):
        expiration_of(1_000, 0)
