"""Value is conserved, whatever is traded, minted, merged, failed, paid out or restored."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from sim_trader import Trader, make_venue, text_price

from omega_tui.domain.orders import Settlement, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.sim.accounts import CASH, FeeSchedule, Ledger, Leg, deposit, reversed_entry, settlement, split
from omega_tui.sim.book_order import Lifetime
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.records import OrderState
from omega_tui.sim.units import ONE, ONE_PRICE, cost_of

MARKET, YES, NO = "0xmarket", "1", "2"

legs = st.sampled_from(
    [
        (Leg("a", 0, buys=True), Leg("b", 0, buys=False)),
        (Leg("a", 1, buys=True), Leg("b", 1, buys=False)),
        (Leg("a", 0, buys=True), Leg("b", 1, buys=True)),
        (Leg("a", 0, buys=False), Leg("b", 1, buys=False)),
    ]
)


@given(st.lists(st.tuples(legs, st.integers(1, 10**9), st.integers(1, ONE_PRICE - 1)), max_size=20))
def test_every_kind_of_match_conserves_value_and_can_be_undone(matches):
    ledger = Ledger()
    for account in ("a", "b"):
        ledger.post(deposit(account, 10**12))
        ledger.post(split(account, MARKET, (YES, NO), 10**11))
    before = {name: dict(held.assets) for name, held in ledger.accounts()}
    entries = [settlement(MARKET, (YES, NO), shares, price, pair) for pair, shares, price in matches]
    for entry in entries:
        ledger.post(entry)
        assert ledger.conserves_value([(MARKET, YES, NO)])
    for entry in entries:
        ledger.post(reversed_entry(entry))
    assert {name: dict(held.assets) for name, held in ledger.accounts()} == before


@given(st.integers(1, 10**10), st.integers(1, ONE_PRICE - 1), st.integers(0, 1_000), st.sampled_from([1, 2]))
def test_the_fee_is_that_of_the_official_client(shares, price, rate_bps, exponent):
    share = Decimal(price) / ONE_PRICE
    expected = Decimal(shares) * rate_bps / 10_000 * (share * (1 - share)) ** exponent
    assert abs(FeeSchedule(rate_bps, exponent).fee(shares, price) - expected) <= Decimal("0.5")


orders = st.lists(
    st.tuples(
        st.sampled_from(["trader", "second"]),
        st.integers(0, 5),
        st.integers(0, 1),
        st.sampled_from(list(Side)),
        st.integers(-4, 6),
        st.integers(500, 30_000),
        st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(orders, st.integers(1, 3))
def test_a_venue_with_two_traders_conserves_value(steps, fail_every):
    venue = make_venue(markets=DEFAULT_MARKETS)
    traders = {name: Trader(venue, name) for name in ("trader", "second")}
    asked = iter(range(10**9))
    venue.fails = lambda _trade: next(asked) % (fail_every + 1) == 0
    for name, market_number, outcome, side, aggression, hundredths, time_in_force, wait_s in steps:
        market = list(venue.markets.values())[market_number]
        if not market.is_open:
            continue
        bid, ask = market.best(outcome)
        touch = (ask or 9_900) if side is Side.BUY else (bid or 100)
        tick = market.engine.rules.tick
        price = touch + aggression * tick * side.sign
        price = min(max(price - price % tick, tick), ONE_PRICE - tick)
        shares = f"{Decimal(hundredths) / 100}"
        traders[name].place(
            market.tokens[outcome], side, text_price(price), shares, time_in_force=time_in_force
        )
        _check(venue)
        venue.advance(venue.now_ns + wait_s * 700_000_000)
        _check(venue)
    for trader in traders.values():
        venue.cancel_all(trader.account)
        held = venue.clearing.ledger[trader.account]
        assert not any(held.reserved.values())
    venue.advance(venue.now_ns + 12 * 10**9)
    _check(venue)
    assert {trade.status for trade in venue.clearing.trades.values()} <= {
        Settlement.CONFIRMED,
        Settlement.FAILED,
    }


def _check(venue):
    """What users hold is what their trades say, what they reserve is what their orders need."""
    clearing = venue.clearing
    assert venue.conserves_value()
    for market in venue.markets.values():
        market.engine._check()
    for record in clearing.orders.values():
        filled = sum(
            party.size
            for trade_id in record.trade_ids
            for party in (clearing.trades[trade_id].taker, *clearing.trades[trade_id].makers)
            if party.order_id == record.order_id and clearing.trades[trade_id].status is not Settlement.FAILED
        )
        assert filled == record.matched
        resting = venue.markets[record.market_id].engine.order(record.order_id)
        assert (resting is not None) == (record.state is OrderState.LIVE)
        if resting is not None:
            assert record.lifetime is Lifetime.GTC
            assert resting.remaining == record.remaining
            needed = cost_of(record.remaining, record.price) if record.side is Side.BUY else record.remaining
            assert record.reserved == needed
        else:
            assert record.reserved == 0
    for account in {record.account for record in clearing.orders.values()}:
        live = [record for record in clearing.open_orders(account) if record.side is Side.BUY]
        assert clearing.ledger[account].reserved.get(CASH, 0) == sum(record.reserved for record in live)
        assert clearing.ledger[account].total(CASH) >= -10 * ONE
