"""Orders, trades and markets of the venue: what users are told, and what becomes of their money."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from sim_trader import Trader, make_venue, text_price

from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.orders import Settlement, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.user import UserProtocol
from omega_tui.sim.accounts import FEES
from omega_tui.sim.book_order import BookOrder, Lifetime
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.records import OrderState
from omega_tui.sim.units import ONE, ONE_PRICE
from omega_tui.sim.venue import MAX_RESOLVED
from omega_tui.sim.wording import Denied

SECOND = 1_000_000_000
CALM = tuple(
    replace(spec, temper=replace(spec.temper, volatility=0.5), lifetime_s=0.0) for spec in DEFAULT_MARKETS
)


@pytest.fixture
def venue():
    """A venue whose crowd has gone for a day."""
    quiet = make_venue(rate=1, markets=CALM)
    quiet.skip(86_400 * SECOND)
    return quiet


@pytest.fixture
def trader(venue):
    return Trader(venue)


def first_market(venue):
    return next(iter(venue.markets.values()))


def told(venue, kind=None):
    """Take what users were told so far."""
    events = [json.loads(each.text) for each in venue.user_emissions]
    venue.user_emissions.clear()
    return [event for event in events if kind in {None, event["event_type"]}]


def hit(venue, market, *, is_bid, price, shares):
    """Let the crowd take what rests at `price` in terms of outcome 0."""
    order = BookOrder(-venue.now_ns, "crowd:takers", is_bid=is_bid, price=price, size=shares * ONE)
    execution, prints = market.place(order, Lifetime.FAK, post_only=False, expires_ns=0, now_ns=venue.now_ns)
    assert execution.refusal is None
    venue._after_prints(market, prints)
    market.publish(venue.now_ns, prints)


def between(market, outcome=0):
    """Return a price inside the spread, which is made wide enough for it."""
    while True:
        bid, ask = market.best(0)
        tick = market.engine.rules.tick
        if ask - bid > tick:
            return bid + tick if outcome == 0 else ONE_PRICE - bid - tick
        market.engine.cancel(market.engine.newest_at(bid, is_bid=True, account_prefix="crowd").key)


def test_a_resting_order_is_told_placed_filled_and_settled(venue, trader):
    market = first_market(venue)
    price = between(market)
    answer = trader.place(market.tokens[0], Side.BUY, text_price(price), "30")
    assert (answer.status, answer.taking_amount) == ("live", None)
    placed = told(venue)
    assert [(event["type"], event["status"], event["size_matched"]) for event in placed] == [
        ("PLACEMENT", "LIVE", "0")
    ]
    hit(venue, market, is_bid=False, price=price, shares=12)
    events = told(venue)
    order = next(event for event in events if event["event_type"] == "order")
    assert (order["type"], order["status"], order["size_matched"]) == ("UPDATE", "LIVE", "12")
    trade = next(event for event in events if event["event_type"] == "trade")
    assert (trade["status"], trade["trader_side"], trade["side"]) == ("MATCHED", "MAKER", "SELL")
    mine = [row for row in trade["maker_orders"] if row["owner"] == trader.who.credentials.api_key]
    assert [(row["order_id"], row["side"], row["matched_amount"]) for row in mine] == [
        (answer.order_id, "BUY", "12")
    ]
    venue.advance(venue.now_ns + 10 * SECOND)
    later = [event["status"] for event in told(venue, "trade") if event["id"] == trade["id"]]
    assert later == ["MINED", "CONFIRMED"]
    assert trader.tokens(market.tokens[0]) == 12 * ONE
    assert trader.cash() == 10_000 * ONE - 12 * price * 100


def test_buyers_of_both_outcomes_mint_and_sellers_merge(venue):
    market = first_market(venue)
    first, second = Trader(venue), Trader(venue, "second")
    price = between(market)
    other = ONE_PRICE - price
    custody = venue.clearing.ledger[f"custody:{market.market_id}"].total("")
    first.place(market.tokens[0], Side.BUY, text_price(price), "20")
    minted = second.place(market.tokens[1], Side.BUY, text_price(other), "20")
    assert minted.status == "matched"
    assert venue.clearing.ledger[f"custody:{market.market_id}"].total("") == custody + 20 * ONE
    assert (first.tokens(market.tokens[0]), second.tokens(market.tokens[1])) == (20 * ONE, 20 * ONE)
    assert first.cash() + second.cash() == 20_000 * ONE - 20 * ONE
    price = between(market)
    second.place(market.tokens[1], Side.SELL, text_price(ONE_PRICE - price), "20")
    first.place(market.tokens[0], Side.SELL, text_price(price), "20")
    assert venue.clearing.ledger[f"custody:{market.market_id}"].total("") == custody
    assert first.cash() + second.cash() == 20_000 * ONE
    assert venue.conserves_value()


def test_a_trade_that_fails_on_chain_is_undone(venue, trader):
    market = first_market(venue)
    venue.fails = lambda _trade: True
    price = between(market)
    resting = trader.place(market.tokens[0], Side.BUY, text_price(price), "30")
    hit(venue, market, is_bid=False, price=price, shares=12)
    told(venue)
    venue.advance(venue.now_ns + 10 * SECOND)
    assert [event["status"] for event in told(venue, "trade")] == ["RETRYING", "FAILED"]
    record = venue.clearing.orders[resting.order_id]
    assert (record.matched, record.lost, record.state) == (0, 12 * ONE, OrderState.LIVE)
    assert record.remaining == market.engine.order(resting.order_id).remaining == 18 * ONE
    assert trader.cash() == 10_000 * ONE
    assert trader.tokens(market.tokens[0]) == 0
    assert record.reserved == 18 * price * 100
    assert next(iter(venue.clearing.trades.values())).status is Settlement.FAILED
    assert venue.conserves_value()


def test_takers_pay_the_fee_where_there_is_one(venue, trader):
    market = list(venue.markets.values())[1]
    _, ask = market.best(0)
    answer = trader.place(market.tokens[0], Side.BUY, text_price(ask), "10", time_in_force=TimeInForce.IOC)
    price = Decimal(ask) / ONE_PRICE
    fee = 10 * Decimal("0.03") * price * (1 - price)
    paid = 10_000 - Decimal(trader.cash()) / ONE
    assert abs(paid - answer.making_amount - fee) < Decimal("0.000002")
    assert venue.clearing.ledger[FEES].total("") > 0
    assert venue.conserves_value()


def test_own_orders_do_not_trade_with_each_other(venue, trader):
    market = first_market(venue)
    price = between(market)
    first = trader.place(market.tokens[0], Side.BUY, text_price(price), "20")
    told(venue)
    second = trader.place(market.tokens[1], Side.BUY, text_price(ONE_PRICE - price), "20")
    assert second.status == "live"
    record = venue.clearing.orders[first.order_id]
    assert (record.state, record.reason) == (OrderState.CANCELED, "self trade")
    assert [event["type"] for event in told(venue, "order")] == ["CANCELLATION", "PLACEMENT"]


def test_good_till_date_orders_end_a_minute_before_their_expiration(venue, trader):
    market = first_market(venue)
    now_s = venue.now_ns // SECOND
    terms = {"time_in_force": TimeInForce.GTD}
    refused = trader.place(market.tokens[0], Side.BUY, "0.1", "10", expiration_s=now_s + 60, **terms)
    assert isinstance(refused, Denied)
    assert refused.words == "invalid expiration"
    answer = trader.place(market.tokens[0], Side.BUY, "0.1", "10", expiration_s=now_s + 65, **terms)
    assert answer.status == "live"
    venue.advance(venue.now_ns + 4 * SECOND)
    assert venue.clearing.orders[answer.order_id].state is OrderState.LIVE
    venue.advance(venue.now_ns + 2 * SECOND)
    assert venue.clearing.orders[answer.order_id].state is OrderState.CANCELED
    assert answer.order_id not in market.engine


def test_the_rest_of_a_fak_order_is_cancelled(venue, trader):
    market = first_market(venue)
    _, ask = market.best(0)
    offered = market.engine.total_at(ask, is_bid=False) // ONE
    market.engine.rules.min_size = 0
    answer = trader.place(
        market.tokens[0], Side.BUY, text_price(ask), f"{offered + 50}", time_in_force=TimeInForce.IOC
    )
    record = venue.clearing.orders[answer.order_id]
    assert answer.status == "matched"
    assert (record.state, record.size - record.matched >= 50 * ONE) == (OrderState.CANCELED, True)
    assert [event["type"] for event in told(venue, "order")] == ["PLACEMENT", "UPDATE", "CANCELLATION"]


def test_a_killed_fok_is_told_with_its_reason(venue, trader):
    market = first_market(venue)
    refused = trader.place(market.tokens[0], Side.BUY, "0.02", "100", time_in_force=TimeInForce.FOK)
    assert isinstance(refused, Denied)
    event = told(venue, "order")[0]
    assert event["status"].startswith("CANCELED_order couldn't be fully filled")
    assert (event["size_matched"], event["outcome"], event["created_at"]) == ("", "", "")


def test_a_forged_signature_is_refused(venue, trader):
    market = first_market(venue)
    posting = trader.posting(market.tokens[0], Side.BUY, "0.1", "10")
    stranger = Trader(venue, "second")
    assert trader.send(replace(posting, signature=posting.signature[:-2] + "1b")) is not None
    forged = replace(posting, order=replace(posting.order, maker_amount=posting.order.maker_amount * 2))
    assert trader.send(forged).words == "invalid signature"
    assert stranger.send(posting).words == "the order owner has to be the owner of the API KEY"


def test_an_order_signed_for_the_other_exchange_is_refused(venue, trader):
    plain, neg_risk = (
        next(m for m in venue.markets.values() if m.spec.neg_risk is flag) for flag in (False, True)
    )
    posting = trader.posting(plain.tokens[0], Side.BUY, "0.1", "10")
    moved = replace(posting, order=replace(posting.order, token_id=neg_risk.tokens[0]))
    assert trader.send(moved).words == "invalid signature"


def test_open_orders_hold_their_money_back(venue, trader):
    market = first_market(venue)
    first = trader.place(market.tokens[0], Side.BUY, "0.1", "60000")
    assert first.status == "live"
    refused = trader.place(market.tokens[0], Side.BUY, "0.1", "60000")
    assert refused.words == "not enough balance / allowance"
    venue.cancel(trader.account, [first.order_id])
    assert trader.place(market.tokens[0], Side.BUY, "0.1", "60000").status == "live"


def test_a_market_resolves_pays_out_and_has_a_successor():
    spec = next(spec for spec in DEFAULT_MARKETS if spec.lifetime_s)
    venue = make_venue(rate=10, markets=(replace(spec, lifetime_s=60.0),))
    market = first_market(venue)
    market.watchers = 1
    trader = Trader(venue)
    winner, loser = market.tokens[spec.winner], market.tokens[1 - spec.winner]
    for token in (winner, loser):
        _, ask = market.best(market.tokens.index(token))
        trader.place(token, Side.BUY, text_price(ask), "10", time_in_force=TimeInForce.IOC)
    resting = trader.place(loser, Side.BUY, "0.01", "10")
    before = trader.cash()
    venue.advance(venue.now_ns + 55 * SECOND)
    assert market.best(spec.winner)[0] > 9_000
    venue.emissions.clear()
    told(venue)
    venue.advance(venue.now_ns + 6 * SECOND)
    kinds = [emission.kind for emission in venue.emissions]
    assert kinds[-2:] == ["new_market", "market_resolved"]
    new, resolved = (json.loads(emission.text) for emission in venue.emissions[-2:])
    assert (resolved["winning_asset_id"], resolved["winning_outcome"]) == (winner, "Up")
    assert not market.is_open
    assert market.engine.best_bid is None
    assert venue.clearing.orders[resting.order_id].state in {OrderState.INVALID, OrderState.MATCHED}
    assert trader.cash() >= before + 10 * ONE - ONE // 10
    assert (trader.tokens(winner), trader.tokens(loser)) == (0, 0)
    assert venue.find(winner) is None
    successor = venue.markets[new["market"]]
    assert successor.is_open
    assert successor.spec.round == 2
    assert venue.conserves_value()
    refused = trader.send(replace(trader.posting(successor.tokens[0], Side.BUY, "0.1", "10")))
    assert refused.status == "live"


def test_resolved_markets_are_forgotten_in_the_end():
    spec = next(spec for spec in DEFAULT_MARKETS if spec.lifetime_s)
    venue = make_venue(rate=1, markets=(replace(spec, lifetime_s=2.0),))
    first = first_market(venue)
    venue.advance(venue.now_ns + 61 * SECOND)
    assert len(venue.markets) == MAX_RESOLVED + 1
    assert first.market_id not in venue.markets
    assert venue.find_any(first.tokens[0]) is None
    assert venue.conserves_value()


def test_our_client_of_the_user_channel_understands_every_event(venue, trader):
    client = UserProtocol(venue="sim", credentials=trader.who.credentials)
    client.connection_made(now_ns=venue.now_ns)
    market = first_market(venue)
    price = between(market)
    asks = iter([False, True, False, False])
    venue.fails = lambda _trade: next(asks)
    trader.place(market.tokens[1], Side.SELL, "0.99", "10")
    resting = trader.place(market.tokens[0], Side.BUY, text_price(price), "30")
    hit(venue, market, is_bid=False, price=price, shares=12)
    hit(venue, market, is_bid=False, price=price, shares=5)
    _, ask = market.best(0)
    trader.place(market.tokens[0], Side.BUY, text_price(ask), "8", time_in_force=TimeInForce.IOC)
    trader.place(market.tokens[0], Side.BUY, "0.02", "100", time_in_force=TimeInForce.FOK)
    venue.advance(venue.now_ns + 12 * SECOND)
    venue.cancel_all(trader.account)
    events = [
        event
        for each in venue.user_emissions
        for event in client.receive(each.text, now_ns=venue.now_ns)
        if not isinstance(event, AccountGap)
    ]
    assert client.stats.unknown_events == 0
    assert client.stats.orders >= 7
    assert all(isinstance(event, OrderReported | FillReported) for event in events)
    fills = [event.fill for event in events if isinstance(event, FillReported)]
    mine = [fill for fill in fills if fill.venue_order_id == resting.order_id]
    assert {(fill.size, fill.price, fill.side, fill.is_maker) for fill in mine} == {
        (Decimal(12), Decimal(text_price(price)), Side.BUY, True),
        (Decimal(5), Decimal(text_price(price)), Side.BUY, True),
    }
    assert {fill.settlement for fill in mine} >= {Settlement.MATCHED, Settlement.CONFIRMED, Settlement.FAILED}


def test_a_dead_mans_switch_cancels_everything(venue, trader):
    market = first_market(venue)
    trader.place(market.tokens[0], Side.BUY, "0.1", "10")
    first = venue.heartbeat(trader.account, "")
    venue.advance(venue.now_ns + 10 * SECOND)
    assert isinstance(venue.heartbeat(trader.account, "nonsense"), Denied)
    second = venue.heartbeat(trader.account, first)
    venue.advance(venue.now_ns + 14 * SECOND)
    assert len(venue.clearing.open_orders(trader.account)) == 1
    assert isinstance(second, str)
    venue.advance(venue.now_ns + 2 * SECOND)
    assert venue.clearing.open_orders(trader.account) == []
