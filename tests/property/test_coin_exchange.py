"""Random users at the coin exchange: books stay sound, money moves by fills, fees and funding alone."""

from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.side import Side
from omega_tui.sim.coin_events import BookTold, PrintsTold
from omega_tui.sim.coin_exchange import START_CASH, START_COINS, CoinExchange
from omega_tui.sim.coin_records import (
    Denied,
    Force,
    OrderState,
    PlanKind,
    PlanState,
    Reason,
    Ticket,
    TriggerPrice,
)
from omega_tui.sim.coins import BTC_PERP, BTC_SPOT, ETH_PERP, ETH_SPOT
from omega_tui.sim.holding import HoldMode, HoldSide, MarginMode

D = Decimal
START_NS = 1_780_000_000_000_000_000
SECOND = 1_000_000_000


def exchange(seed=7, rate=40.0, accounts=("me",), start_ns=START_NS):
    made = CoinExchange(seed=seed, rate=rate, now_ns=start_ns)
    for name in accounts:
        made.enroll(name)
    return made


def ticket(key, side, *, size, away=None, made, **more):
    """A ticket `away` from the last price, as a share, positive is worse; None is at the market."""
    market = made.venue.markets[key]
    price = None
    if away is not None:
        signed = away if side is Side.BUY else -away
        price = (market.spec.price(market.last) * (1 + signed)).quantize(market.spec.tick)
    return Ticket(key=key, side=side, price=price, size=size, **more)


def run(made, seconds):
    made.venue.advance(made.venue.now_ns + int(seconds * SECOND))


actions = st.lists(
    st.tuples(
        st.sampled_from([BTC_SPOT, ETH_SPOT, BTC_PERP, ETH_PERP]),
        st.sampled_from(list(Side)),
        st.integers(1, 400),
        st.sampled_from([None, D("-0.001"), D("-0.0001"), D(0), D("0.0005")]),
        st.sampled_from(list(Force)),
        st.booleans(),
        st.sampled_from(["place", "place", "place", "cancel", "replace", "wait", "shock"]),
        st.sampled_from(["one", "two"]),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(actions, st.sampled_from(list(MarginMode)), st.booleans())
def test_every_sequence_of_orders_keeps_books_and_accounts_sound(steps, margin_mode, hedged):
    made = exchange(rate=20.0, accounts=("one", "two"))
    venue = made.venue
    for name in ("one", "two"):
        for key in (BTC_PERP, ETH_PERP):
            made.set_margin_mode(name, key.symbol, margin_mode)
            made.set_leverage(name, key.symbol, 50)
        made.set_hold_mode(name, HoldMode.HEDGE if hedged else HoldMode.ONE_WAY)
    for key, side, units, away, force, closes, action, name in steps:
        trader = venue.traders[name]
        market = venue.markets[key]
        more = {"force": force}
        if key.is_perpetual:
            more |= {"closes": closes} if hedged else {"reduce_only": closes}
        size = (market.spec.depth * units / 200).quantize(market.spec.lot, ROUND_DOWN)
        wanted = ticket(key, side, size=size, away=away, made=made, **more)
        if action == "place":
            venue.place(name, wanted)
        elif action == "replace" and trader.orders:
            old = next(iter(trader.orders.values()))
            if old.key == key:
                venue.replace(name, old, wanted)
        elif action == "cancel" and trader.orders:
            venue.cancel(next(iter(trader.orders.values())))
        elif action == "shock":
            price = venue.markets[key].spec.price(market.last)
            venue.shock(market.spec.base, price * (D("1.03") if side is Side.BUY else D("0.96")))
        else:
            run(made, 0.4)
        venue._check()
    _verify_money(made)
    _verify_books(made)


def _verify_money(made):
    venue, history = made.venue, made.history()
    for name, trader in venue.traders.items():
        coins = dict(START_COINS)
        cash = START_CASH
        for fill in history.fills:
            if fill.order.account != name:
                continue
            sign = 1 if fill.order.ticket.is_bid else -1
            spec = fill.order.spec
            if fill.order.key.is_perpetual:
                cash += fill.profit - fill.fee
                continue
            coins[spec.base] += sign * fill.size
            coins[spec.quote] -= sign * fill.value
            coins[fill.order.fee_coin] -= fill.fee
        assert history.wallets[name] == coins
        assert history.cash[name] == cash + trader.perpetual.insurance
        filled = {}
        for fill in history.fills:
            order_id = fill.order.order_id
            filled[order_id] = filled.get(order_id, D(0)) + fill.size
        for order in history.orders:
            assert order.filled == filled.get(order.order_id, D(0))
            assert order.filled <= order.size
            assert order.state.is_open == (order.order_id in venue.traders[order.account].orders)


def _verify_books(made):
    """Whoever applies every update to the opening book has the venue's book, and no update is missing."""
    books, sequences = {}, {}
    fresh = exchange(rate=20.0)
    for key, market in fresh.venue.markets.items():
        books[key] = {side: dict(market.levels(is_bid=side)) for side in (True, False)}
        sequences[key] = market.sequence
    made.venue.beat()
    for event in made.take_events():
        if not isinstance(event, BookTold):
            continue
        assert event.update.previous == sequences[event.key]
        sequences[event.key] = event.update.sequence
        for side, levels in ((True, event.update.bids), (False, event.update.asks)):
            for ticks, lots in levels:
                books[event.key][side][ticks] = lots
    for key, market in made.venue.markets.items():
        for side in (True, False):
            shown = {ticks: lots for ticks, lots in books[key][side].items() if lots}
            assert shown == dict(market.levels(is_bid=side))


def test_the_same_seed_gives_the_same_tape_and_another_one_does_not():
    def tape(seed, steps):
        made = exchange(seed=seed)
        for _ in range(steps):
            run(made, 6 / steps)
        return [event for event in made.take_events() if isinstance(event, BookTold | PrintsTold)]

    first = tape(3, 1)
    assert len(first) > 50
    assert first == tape(3, 60)
    assert first != tape(4, 1)


def test_a_plan_fires_when_its_price_is_met_and_not_before():
    made = exchange()
    mark = made.venue.marks["BTCUSDT"]
    wanted = Ticket(key=BTC_PERP, side=Side.SELL, size=D("0.01"), client_id="stop")
    trigger = (mark * D("0.97")).quantize(D("0.1"))
    plan = made.plans.place("me", wanted, PlanKind.NORMAL, trigger, TriggerPrice.MARK)
    run(made, 2)
    assert plan.state is PlanState.LIVE
    made.venue.shock("BTC", mark * D("0.95"))
    run(made, 0.5)
    assert plan.state is PlanState.EXECUTED
    sent = made.venue.orders[plan.order_id]
    assert (sent.state, sent.filled, sent.ticket.side) == (OrderState.FILLED, D("0.01"), Side.SELL)


def test_a_trailing_plan_follows_the_price_and_fires_when_it_comes_back():
    made = exchange()
    start = made.venue.marks["BTCUSDT"]
    wanted = Ticket(key=BTC_PERP, side=Side.SELL, size=D("0.01"), client_id="trail")
    trigger = (start * D("1.01")).quantize(D("0.1"))
    plan = made.plans.place("me", wanted, PlanKind.TRAILING, trigger, TriggerPrice.MARK, callback=D("0.01"))
    for factor, state in (
        ("0.99", PlanState.LIVE),
        ("1.03", PlanState.LIVE),
        ("1.06", PlanState.LIVE),
        ("1.04", PlanState.EXECUTED),
    ):
        made.venue.shock("BTC", start * D(factor))
        run(made, 0.3)
        assert plan.state is state, factor


@pytest.mark.parametrize("hedged", [False, True])
def test_stop_and_target_of_a_position_end_it_and_go_with_it(hedged):
    made = exchange()
    made.set_hold_mode("me", HoldMode.HEDGE if hedged else HoldMode.ONE_WAY)
    closes = False if hedged else None
    made.venue.place("me", Ticket(key=BTC_PERP, side=Side.BUY, size=D("0.2"), closes=closes))
    mark = made.venue.marks["BTCUSDT"]
    leaving = Ticket(key=BTC_PERP, side=Side.SELL, client_id="x")
    low, high = ((mark * D(f)).quantize(D("0.1")) for f in ("0.98", "1.02"))
    place = made.plans.place
    wrong = place("me", leaving, PlanKind.POSITION_STOP, high, TriggerPrice.MARK, hold_side=HoldSide.LONG)
    assert wrong == Denied(Reason.STOP_ABOVE_MARK, f"{mark.normalize():f}")
    stop = place("me", leaving, PlanKind.POSITION_STOP, low, TriggerPrice.MARK, hold_side=HoldSide.LONG)
    other = Ticket(key=BTC_PERP, side=Side.SELL, client_id="y")
    target = place("me", other, PlanKind.POSITION_PROFIT, high, TriggerPrice.MARK, hold_side=HoldSide.LONG)
    made.venue.shock("BTC", mark * D("0.97"))
    run(made, 0.3)
    assert made.venue.traders["me"].perpetual.size("BTCUSDT", HoldSide.LONG) == 0
    assert (stop.state, target.state) == (PlanState.EXECUTED, PlanState.CANCELED)


def test_a_fall_liquidates_cancels_orders_and_leaves_no_debt():
    made = exchange()
    made.set_leverage("me", "BTCUSDT", 100)
    made.venue.place("me", Ticket(key=BTC_PERP, side=Side.BUY, size=D(40)))
    resting = made.venue.place("me", ticket(ETH_PERP, Side.BUY, size=D(1), away=D("-0.2"), made=made))
    assert not isinstance(resting, Denied)
    made.venue.shock("BTC", made.venue.marks["BTCUSDT"] * D("0.9"))
    run(made, 0.3)
    trader = made.venue.traders["me"]
    assert trader.perpetual.holdings == {}
    assert resting.cancel_reason == "liquidation"
    assert trader.perpetual.cash == 0
    assert trader.perpetual.insurance > 0
    _verify_money(made)


def test_funding_is_exchanged_every_eight_hours():
    made = exchange()
    made.venue.place("me", Ticket(key=BTC_PERP, side=Side.BUY, size=D(1)))
    before = made.venue.traders["me"].perpetual.cash
    due = made.risk.next_funding_ns
    made.venue.skip(due - made.venue.now_ns)
    run(made, (due - made.venue.now_ns) / SECOND + 1)
    (bill,) = made.history().bills
    at_ms, rate = made.risk.rates["BTCUSDT"][-1]
    assert at_ms == due // 1_000_000
    assert bill.kind == "contract_settle_fee"
    assert made.venue.traders["me"].perpetual.cash == before + bill.amount
    assert (bill.amount < 0) == (rate > 0)


def test_a_market_buy_spends_its_budget_and_not_a_cent_more():
    made = exchange()
    bought = made.venue.place("me", Ticket(key=BTC_SPOT, side=Side.BUY, budget=D(90_000)))
    assert bought.state is OrderState.FILLED
    assert D(0) <= 90_000 - bought.filled_value < D(1)
    refused = made.venue.place("me", Ticket(key=BTC_SPOT, side=Side.BUY, budget=D(90_000)))
    assert refused == Denied(Reason.FUNDS)


def test_a_reduce_only_order_is_cut_to_the_position_and_goes_with_it():
    made = exchange()
    venue = made.venue
    refused = venue.place(
        "me", ticket(BTC_PERP, Side.SELL, size=D(1), away=D("-0.01"), made=made, reduce_only=True)
    )
    assert refused == Denied(Reason.NO_POSITION)
    venue.place("me", Ticket(key=BTC_PERP, side=Side.BUY, size=D("0.3")))
    closer = venue.place(
        "me", ticket(BTC_PERP, Side.SELL, size=D(1), away=D("-0.01"), made=made, reduce_only=True)
    )
    assert closer.size == D("0.3")
    venue.place("me", Ticket(key=BTC_PERP, side=Side.SELL, size=D("0.3")))
    assert closer.cancel_reason == "reduce_only"
    venue._check()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price": D("64000.005")}, Reason.PRICE_SCALE),
        ({"size": D("0.0000001")}, Reason.SIZE_SCALE),
        ({"size": D("0.000001")}, Reason.MIN_VALUE),
        ({"size": D(3)}, Reason.FUNDS),
        ({"price": D(90_000)}, Reason.PRICE_HIGH),
        ({"client_id": "taken"}, Reason.DUPLICATE),
    ],
)
def test_refusals_have_a_reason(change, reason):
    made = exchange()
    base = {"price": D(60_000), "size": D("0.001"), "client_id": "first"}
    made.venue.place("me", Ticket(key=BTC_SPOT, side=Side.BUY, **(base | {"client_id": "taken"})))
    refused = made.venue.place("me", Ticket(key=BTC_SPOT, side=Side.BUY, **(base | change)))
    assert isinstance(refused, Denied)
    assert refused.reason is reason


def test_a_refused_order_changes_no_setting_and_a_taken_one_brings_its_mode():
    made = exchange()
    setting = made.venue.traders["me"].perpetual.setting("BTCUSDT")
    isolated = {"key": BTC_PERP, "side": Side.BUY, "margin_mode": MarginMode.ISOLATED}
    assert made.venue.place("me", Ticket(size=D(400), **isolated)) == Denied(Reason.FUNDS)
    assert setting.margin_mode is MarginMode.CROSSED
    made.venue.place("me", Ticket(size=D("0.1"), **isolated))
    assert setting.margin_mode is MarginMode.ISOLATED
    crossed = isolated | {"margin_mode": MarginMode.CROSSED}
    assert made.venue.place("me", Ticket(size=D("0.1"), **crossed)) == Denied(Reason.MARGIN_MODE_FIXED)


def test_leverage_frees_the_margin_of_open_orders():
    made = exchange()
    trader = made.venue.traders["me"]
    made.set_leverage("me", "BTCUSDT", 5)
    made.venue.place("me", ticket(BTC_PERP, Side.BUY, size=D(1), away=D("-0.01"), made=made))
    before = trader.reserved()
    made.set_leverage("me", "BTCUSDT", 50)
    assert trader.reserved() < before / 5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"trigger": D("60000.05")}, Reason.PRICE_SCALE),
        ({"price": D("60000.05")}, Reason.PRICE_SCALE),
        ({"size": D("0.00001")}, Reason.SIZE_SCALE),
    ],
)
def test_plans_between_two_steps_are_refused_when_made_and_when_changed(change, reason):
    made = exchange()
    good = {"trigger": D(60_000), "price": D(59_000), "size": D("0.1")}

    def place(trigger, price, size):
        wanted = Ticket(
            key=BTC_PERP, side=Side.SELL, price=price, size=size, client_id=str(made.venue.ids.next())
        )
        return made.plans.place("me", wanted, PlanKind.NORMAL, trigger, TriggerPrice.MARK)

    refused = place(**(good | change))
    assert isinstance(refused, Denied)
    assert refused.reason is reason
    changed = made.plans.modify(place(**good), **(dict.fromkeys(good) | change))
    assert isinstance(changed, Denied)
    assert changed.reason is reason
