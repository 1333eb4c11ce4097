"""ccxt's dicts, as the real library made them of the venue's documented answers, into the domain."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omega_tui.domain.account import Balance
from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import PriceLevel
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.ccxt.account import balances_of, fill_of, order_of, position_quantity, status_of
from omega_tui.protocol.ccxt.instruments import (
    DECIMAL_PLACES,
    SIGNIFICANT_DIGITS,
    TICK_SIZE,
    amount_of,
    instrument_of,
    size_of,
    step_of,
    symbol_of,
)
from omega_tui.protocol.ccxt.market_data import book_of, candle_of, ticker_of, trade_of
from omega_tui.protocol.ccxt.values import number_for_ccxt, number_of, oldest_first, without_noise

D = Decimal

SPOT_MARKET = {
    "id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "settle": None, "type": "spot",
    "spot": True, "swap": False, "future": False, "option": False, "active": True, "contract": False,
    "linear": None, "inverse": None, "taker": 0.002, "maker": 0.001, "contractSize": None, "expiry": None,
    "precision": {"amount": 1e-06, "price": 0.01},
    "limits": {"amount": {"min": None}, "price": {"min": None}, "cost": {"min": 1.0, "max": None}},
}  # fmt: skip
SWAP_MARKET = {
    **SPOT_MARKET, "symbol": "BTC/USDT:USDT", "settle": "USDT", "type": "swap", "spot": False, "swap": True,
    "contract": True, "linear": True, "inverse": False, "contractSize": 0.01,
    "precision": {"amount": 1.0, "price": 0.1},
    "limits": {"amount": {"min": 1.0}, "cost": {"min": 5.0}},
}  # fmt: skip
INVERSE_MARKET = {
    **SWAP_MARKET, "id": "BTCUSD", "symbol": "BTC/USD:BTC", "quote": "USD", "settle": "BTC", "linear": False,
    "inverse": True, "contractSize": 100.0, "precision": {"amount": 1.0, "price": 0.5},
}  # fmt: skip
ORDER_REST = {
    "id": "1111461743123927040", "clientOrderId": "o1a2b0001xy", "timestamp": 1700728123994,
    "lastUpdateTimestamp": 1700728124300, "symbol": "BTC/USDT", "type": "limit", "side": "buy",
    "price": 27000.1, "amount": 0.015, "cost": 137.70051, "average": 27000.1, "filled": 0.0051,
    "remaining": 0.0099, "timeInForce": None, "status": "open", "fee": None, "trades": [], "fees": [],
}  # fmt: skip
FILL_SPOT = {
    "id": "1111461743123927041", "order": "1111461743123927040", "symbol": "BTC/USDT", "side": "buy",
    "type": "limit", "takerOrMaker": "maker", "price": 27000.1, "amount": 0.0051, "cost": 137.70051,
    "timestamp": 1700728124300, "fee": {"currency": "BTC", "cost": 5.1e-06},
    "fees": [{"currency": "BTC", "cost": 5.1e-06}],
}  # fmt: skip
BALANCE = {
    "USDT": {"free": 1000.5, "used": 20.25, "total": 1020.75},
    "BTC": {"free": 0.0, "used": 0.0, "total": 0.0},
    "free": {"USDT": 1000.5, "BTC": 0.0}, "used": {"USDT": 20.25, "BTC": 0.0},
    "total": {"USDT": 1020.75, "BTC": 0.0}, "timestamp": None, "datetime": None,
}  # fmt: skip
POSITION = {
    "id": None, "symbol": "BTC/USDT:USDT", "liquidationPrice": 29500.5, "entryPrice": 27000.0,
    "contracts": 2.0, "contractSize": 0.01, "side": "short", "hedged": True, "leverage": 10.0,
}  # fmt: skip
TICKER = {
    "symbol": "BTC/USDT", "timestamp": 1700728124300, "high": 27500.0, "low": 26500.5, "bid": 27000.0,
    "ask": 27000.1, "open": 26800.0, "last": 27000.1, "baseVolume": 5.0, "quoteVolume": 135000.0,
    "markPrice": None,
}  # fmt: skip
TRADE = {
    "id": "1075200479040323585", "symbol": "BTC/USDT", "side": "sell", "price": 29381.54, "amount": 0.0056,
    "timestamp": 1692073691000, "fee": {"cost": None, "currency": None}, "fees": [],
}  # fmt: skip


def instrument(market):
    made = instrument_of(market, venue="bitget", precision_mode=TICK_SIZE)
    assert made is not None
    return made


SPOT, SWAP, INVERSE = (instrument(market) for market in (SPOT_MARKET, SWAP_MARKET, INVERSE_MARKET))


# ------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("given_by_ccxt", "number"),
    [
        (0.1, "0.1"), (1e-08, "0.00000001"), (27000.0, "27000"), (1e16, "10000000000000000"), (5, "5"),
        ("0.50", "0.5"), ("1e-7", "0.0000001"), (-0.0, "0"), (0.1 + 0.2, "0.30000000000000004"),
    ],
)  # fmt: skip
def test_numbers_are_taken_by_their_shortest_text(given_by_ccxt, number):
    assert number_of(given_by_ccxt) == D(number)
    assert format(number_of(given_by_ccxt), "f") == number


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_left_out_is_not_known(nothing):
    assert number_of(nothing) is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "NaN", "1e400", "abc", True, [], "1e-30", 1e25])
def test_what_is_no_finite_number_of_usual_size_is_refused(bad):
    with pytest.raises(RemoteProtocolError):
        number_of(bad)


@given(st.decimals(min_value="0.00000001", max_value=10**6, places=8))
@settings(max_examples=60)
def test_every_number_of_usual_length_survives_the_way_through_ccxt(number):
    assert number_of(number_for_ccxt(number)) == number


def test_a_number_that_a_float_cannot_carry_is_refused_not_changed():
    with pytest.raises(ValueError, match="more digits"):
        number_for_ccxt(D("12345678901.123456789"))


def test_noise_is_taken_away_and_a_price_between_ticks_is_left_alone():
    assert without_noise(D("0.30000000000000004"), D("0.01")) == D("0.30")
    assert without_noise(D("27000.13"), D("0.1")) == D("27000.13")
    assert without_noise(D("0.1004"), D("0.001")) == D("0.1004")


# -------------------------------------------------------------------------------------------- instruments


def test_a_spot_market_becomes_an_instrument():
    assert SPOT.id == "bitget:BTC/USDT"
    assert symbol_of(SPOT.id) == "BTC/USDT"
    assert (SPOT.tick_size, SPOT.lot_size, SPOT.min_notional) == (D("0.01"), D("0.000001"), D(1))
    assert (SPOT.kind, SPOT.base, SPOT.quote, SPOT.active) == (InstrumentKind.SPOT, "BTC", "USDT", True)
    assert symbol_of(SWAP.id) == "BTC/USDT:USDT"


def test_sizes_of_linear_contracts_are_in_base_units_and_of_inverse_ones_in_contracts():
    assert (SWAP.kind, SWAP.lot_size, SWAP.min_size) == (InstrumentKind.LINEAR, D("0.01"), D("0.01"))
    assert size_of(3.0, SWAP) == D("0.03")
    assert amount_of(D("0.03"), SWAP) == 3
    assert (INVERSE.kind, INVERSE.lot_size, INVERSE.contract_size) == (InstrumentKind.INVERSE, 1, 100)
    assert size_of(3.0, INVERSE) == 3
    assert amount_of(D(3), INVERSE) == 3


def test_precision_may_be_steps_places_or_digits():
    assert step_of(0.05, TICK_SIZE, None) == D("0.05")
    assert step_of(3, DECIMAL_PLACES, None) == D("0.001")
    assert step_of(5, SIGNIFICANT_DIGITS, D("62345.7")) == 1
    assert step_of(5, SIGNIFICANT_DIGITS, D("0.0123")) == D("0.000001")


def test_a_market_without_a_known_tick_takes_no_orders():
    digits = instrument_of(SPOT_MARKET, venue="b", precision_mode=SIGNIFICANT_DIGITS)
    unknown = instrument_of(
        {**SPOT_MARKET, "precision": {"amount": None, "price": None}}, venue="b", precision_mode=4
    )
    assert (digits.active, unknown.active) == (False, False)


def test_an_option_is_no_instrument():
    option = {**SPOT_MARKET, "spot": False, "option": True}
    assert instrument_of(option, venue="b", precision_mode=4) is None


def test_a_market_with_a_dangerous_name_is_made_safe():
    made = instrument_of({**SPOT_MARKET, "symbol": "A\x1b[2JB/C"}, venue="b", precision_mode=4)
    assert "\x1b" not in made.name


# -------------------------------------------------------------------------------------------- market data


def test_a_book_of_floats_becomes_levels_on_the_tick():
    book = {
        "bids": [[100.10000000000001, 0.30000000000000004, "text"], [100.0, 2.0]],
        "asks": [[100.2, 1e-06]],
        "timestamp": 1700728124300,
    }
    made = book_of(book, SPOT, levels=1, sequence=7, ts_recv_ns=5)
    assert made.bids == (PriceLevel(D("100.1"), D("0.3")),)
    assert made.asks == (PriceLevel(D("100.2"), D("0.000001")),)
    assert (made.sequence, made.ts_event_ns, made.ts_recv_ns) == (7, 1700728124300000000, 5)


@pytest.mark.parametrize("level", [[None, 1.0], [1.0, None], [0.0, 1.0], [1.0, -1.0], [1.0, float("nan")]])
def test_a_book_with_a_level_that_is_none_is_refused_whole(level):
    with pytest.raises(RemoteProtocolError):
        book_of({"bids": [level], "asks": []}, SPOT, levels=5, sequence=1, ts_recv_ns=0)


def test_a_print_and_a_candle_and_a_ticker():
    print_ = trade_of(TRADE, SPOT, ts_recv_ns=9)
    assert (print_.price, print_.size, print_.aggressor) == (D("29381.54"), D("0.0056"), Side.SELL)
    assert (print_.trade_id, print_.ts_event_ns) == ("1075200479040323585", 1692073691000000000)
    row = [1700728080000, 27000.1, 27010.0, 26990.5, 27005.0, 0.5]
    candle = candle_of(row, SPOT, timeframe_s=60)
    assert (candle.open, candle.high, candle.low, candle.close) == (
        D("27000.1"), D(27010), D("26990.5"), D(27005),
    )  # fmt: skip
    assert candle.end_ns - candle.start_ns == 60 * 10**9
    ticker = ticker_of(TICKER, SPOT, ts_recv_ns=9)
    assert (ticker.bid, ticker.ask, ticker.last, ticker.mark) == (D(27000), D("27000.1"), D("27000.1"), None)


def test_a_print_without_a_price_and_a_candle_with_a_hole_are_refused():
    with pytest.raises(RemoteProtocolError):
        trade_of({**TRADE, "price": None}, SPOT, ts_recv_ns=0)
    with pytest.raises(RemoteProtocolError):
        candle_of([1, 1.0, None, 1.0, 1.0, 1.0], SPOT, timeframe_s=60)


# --------------------------------------------------------------------------------------------- the account


def test_an_order_of_rest_carries_what_is_filled_in_all():
    report = order_of(ORDER_REST, SPOT, cumulative=True)
    assert (report.venue_order_id, report.client_order_id) == ("1111461743123927040", "o1a2b0001xy")
    assert (report.side, report.price, report.size, report.filled) == (
        Side.BUY, D("27000.1"), D("0.015"), D("0.0051"),
    )  # fmt: skip
    assert report.venue_status == "LIVE"
    assert report.time_in_force == "", "left out, not a word of ours"
    assert SPOT.settle == ""


def test_an_order_event_never_carries_a_quantity_filled():
    """On bitget's stream `filled` is the last fill alone: it would count 0.0051 of 0.0102 as all there is."""
    assert order_of(ORDER_REST, SPOT, cumulative=False).filled is None


@pytest.mark.parametrize(
    ("status", "filled", "means"),
    [
        ("open", 0.0, "LIVE"), ("closed", 0.015, "MATCHED"), ("closed", 0.0051, "CANCELED"),
        ("closed", None, "MATCHED"), ("canceled", 0.0, "CANCELED"), ("expired", 0.0, "EXPIRED"),
        ("rejected", None, "REJECTED"), (None, None, "LIVE"), ("canceling", 0.0, "LIVE"),
    ],
)  # fmt: skip
def test_statuses(status, filled, means):
    assert status_of({"status": status, "filled": filled, "amount": 0.015}) == means


@pytest.mark.parametrize("missing", ["id", "side"])
def test_an_order_that_cannot_be_told_from_others_is_refused(missing):
    with pytest.raises(RemoteProtocolError):
        order_of({**ORDER_REST, missing: None}, SPOT, cumulative=True)


def test_a_fee_in_base_is_valued_in_quote_and_told():
    fill = fill_of(FILL_SPOT, SPOT).fill
    assert (fill.price, fill.size, fill.is_maker) == (D("27000.1"), D("0.0051"), True)
    assert fill.fee == D("0.0000051") * D("27000.1")
    assert (fill.fee_asset, fill.fee_paid) == ("BTC", D("0.0000051"))
    assert fill.base_fee == D("0.0000051"), "so much less was bought"


def test_a_fee_of_a_contract_is_in_the_asset_that_it_pays_in():
    coin = replace(SWAP, kind=InstrumentKind.INVERSE, settle="BTC", contract_size=D(100))
    trade = {**FILL_SPOT, "amount": 3.0, "fees": [{"currency": "BTC", "cost": 0.00001}]}
    fill = fill_of(trade, replace(coin, lot_size=D(1))).fill
    assert (fill.fee, fill.base_fee, fill.contract_value) == (D("0.00001"), 0, D(100))


def test_a_fee_in_a_third_asset_is_kept_in_that_asset():
    fill = fill_of({**FILL_SPOT, "fees": [{"currency": "BGB", "cost": 0.25}]}, SPOT).fill
    assert (fill.fee, fill.fee_asset, fill.fee_paid) == (0, "BGB", D("0.25"))


def test_a_fee_in_quote_is_taken_as_it_is_and_several_are_added():
    fees = [{"currency": "USDT", "cost": 0.1}, {"currency": "USDT", "cost": 0.2}, {"currency": None}]
    assert fill_of({**FILL_SPOT, "fees": fees}, SPOT).fill.fee == D("0.3")


@pytest.mark.parametrize(
    ("word", "said", "ours"),
    [
        ("close", "buy", Side.SELL), ("close", "sell", Side.BUY), ("Close", "buy", Side.SELL),
        ("open", "buy", Side.BUY), ("buy_single", "buy", Side.BUY), ("sell_single", "sell", Side.SELL),
        ("burst_close_long", "buy", Side.SELL), ("reduce_close_short", "sell", Side.BUY),
    ],
)  # fmt: skip
def test_a_fill_that_closes_in_hedge_mode_is_on_the_side_of_the_order_and_not_of_the_position(
    word, said, ours
):
    assert fill_of({**FILL_SPOT, "side": said, "info": {"tradeSide": word}}, SPOT).fill.side is ours


@pytest.mark.parametrize("missing", ["id", "order", "side", "price", "amount"])
def test_a_fill_that_could_not_be_counted_once_is_refused(missing):
    with pytest.raises(RemoteProtocolError):
        fill_of({**FILL_SPOT, missing: None}, SPOT)


def test_balances():
    assert balances_of(BALANCE, venue="bitget") == [Balance("bitget", "USDT", D("1020.75"), D("1000.5"))]
    partly = {"total": {"A": 5.0}, "free": {"B": 3.0}, "used": {"A": 1.0, "C": 2.0}}
    assert balances_of(partly, venue="v") == [
        Balance("v", "A", D(5), D(4)),
        Balance("v", "B", D(3), D(3)),
    ]


def test_a_short_position_is_negative_and_in_base_units():
    assert position_quantity(POSITION, SWAP) == D("-0.02")
    assert position_quantity({**POSITION, "side": "long"}, SWAP) == D("0.02")
    assert position_quantity({**POSITION, "contracts": None}, SWAP) is None
    with pytest.raises(RemoteProtocolError):
        position_quantity({**POSITION, "side": None}, SWAP)


def test_rows_are_put_oldest_first():
    rows = [{"timestamp": 2, "id": "b"}, {"timestamp": None, "id": "n"}, {"timestamp": 1, "id": "a"}]
    assert [row["id"] for row in oldest_first(rows)] == ["n", "a", "b"]
