"""Every pre-trade check: what passes, what is denied, and the boundary between them."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation

import pytest

from omega_tui.config.risk import RiskConfig
from omega_tui.domain import risk
from omega_tui.domain.account import Balance, Position
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import DataState, DataStatus
from omega_tui.domain.orders import (
    FrameStamp,
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    SizeUnit,
    TimeInForce,
)
from omega_tui.domain.risk import CHECKS, check_order
from omega_tui.domain.risk_view import RecentOrder, RiskView, worst_exposure
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.venue_health import DeadManState
from omega_tui.domain.venue_state import VenueState, VenueStatus

D = Decimal
S = 1_000_000_000
NOW = 1_000 * S

INSTRUMENT = Instrument(
    id="YES",
    venue="sim",
    name="Will it?",
    tick_size=D("0.01"),
    lot_size=D("0.01"),
    min_size=D(5),
    quote="pUSD",
    complement_id="NO",
    price_min=D(0),
    price_max=D(1),
    min_notional=D(1),
)
LIMITS = RiskConfig()
BUY = OrderRequest(
    client_order_id="", instrument="YES", venue="sim", side=Side.BUY, size=D(10), price=D("0.40")
)
SELL = replace(BUY, side=Side.SELL, price=D("0.60"))


def book_of(bid="0.45", ask="0.55", last=None):
    return BookSnapshot(
        "YES",
        (PriceLevel(D(bid), D(100)),) if bid else (),
        (PriceLevel(D(ask), D(100)),) if ask else (),
        D("0.01"),
        last_trade_price=D(last) if last else None,
    )


def thin_book(bids, asks, far=None):
    """Return a book of little, and of a hundred at an ask far away."""
    book = book_of()
    ladder = (PriceLevel(D("0.55"), D(asks)), *((PriceLevel(D(far), D(100)),) if far else ()))
    return replace(book, bids=(PriceLevel(D("0.45"), D(bids)),), asks=ladder)


def working(request=BUY, status=OrderStatus.ACCEPTED, filled="0", **changes):
    return Order(request=replace(request, **changes), status=status, filled=D(filled))


def held(quantity, instrument="YES", entry="0.50"):
    return {instrument: Position("sim", instrument, D(quantity), D(entry))}


VIEW = RiskView(
    mono_ns=NOW,
    mode=TradingMode.ARMED,
    clock_skew_ms=5.0,
    instrument=INSTRUMENT,
    book=book_of(),
    data=DataStatus(DataState.LIVE, 0),
    balances={"pUSD": Balance("sim", "pUSD", D(10_000), D(10_000))},
    day_pnl=D(0),
)


def code(request=BUY, limits=LIMITS, **changes):
    denial = check_order(request, replace(VIEW, **changes), limits)
    if denial is None:
        return "ok"
    assert denial.text.endswith("."), denial.text
    assert any(mark in denial.text for mark in (":", "Type", "only orders", "leave")), denial.text
    return denial.code


def frame(bid="0.45", ask="0.55"):
    return FrameStamp(1, D("0.5"), D(bid), D(ask), 1, 1, "LIVE")


CROSS = replace(BUY, price=D("0.56"))
IOC = replace(CROSS, time_in_force=TimeInForce.IOC)
MARKET = replace(CROSS, order_type=OrderType.MARKET, time_in_force=TimeInForce.FOK)
ONE = D("0.01")

STOP = replace(BUY, price=D("0.72"), trigger_price=D("0.70"))
COIN_BUY = replace(BUY, price=D(57_750), size=D("0.01"))
COIN = {
    "instrument": replace(INSTRUMENT, min_size=D("0.01"), complement_id=None, price_min=None, price_max=None),
    "book": book_of("54999", "55000"),
}

CONTRACT = {"instrument": replace(INSTRUMENT, kind=InstrumentKind.LINEAR), "is_margin": True}

CASES = [
    # what, code, request, view
    ("all is well", "ok", BUY, {}),
    ("selling what is held", "ok", SELL, {"positions": held(10)}),
    # NOT_ARMED, HALTED, REDUCING
    ("disarmed", "NOT_ARMED", BUY, {"mode": TradingMode.DISARMED}),
    (
        "disarmed, and it gets out",
        "ok",
        replace(SELL, reduce_only=True),
        {"mode": TradingMode.DISARMED, "positions": held(10)},
    ),
    (
        "disarmed, one lot more than held",
        "NOT_ARMED",
        replace(SELL, reduce_only=True),
        {"mode": TradingMode.DISARMED, "positions": held("9.99")},
    ),
    (
        "halted, and it gets out",
        "HALTED",
        replace(SELL, reduce_only=True),
        {"mode": TradingMode.HALTED, "positions": held(10)},
    ),
    ("halted", "HALTED", BUY, {"mode": TradingMode.HALTED}),
    ("reducing, and it opens", "REDUCE_ONLY", BUY, {"mode": TradingMode.REDUCING}),
    ("reducing, and it reduces", "ok", SELL, {"mode": TradingMode.REDUCING, "positions": held(10)}),
    (
        "reducing, one lot more than held",
        "REDUCE_ONLY",
        SELL,
        {"mode": TradingMode.REDUCING, "positions": held("9.99")},
    ),
    # RECONCILING, UNKNOWN_ORDER_PRESENT
    ("not read yet", "RECONCILING", BUY, {"ready": False}),
    ("unknown here", "UNKNOWN_ORDER_PRESENT", BUY, {"orders": [working(status=OrderStatus.UNKNOWN)]}),
    (
        "two unknown elsewhere",
        "ok",
        BUY,
        {"orders": [working(status=OrderStatus.UNKNOWN, instrument=name) for name in "AB"]},
    ),
    (
        "three unknown elsewhere",
        "UNKNOWN_ORDER_PRESENT",
        BUY,
        {"orders": [working(status=OrderStatus.UNKNOWN, instrument=name) for name in "ABC"]},
    ),
    # HEARTBEAT_LOST, DEAD_MAN_OFF
    ("the switch is acknowledged", "ok", BUY, {"dead_man": DeadManState.ON}),
    ("nobody wants the switch", "ok", BUY, {"dead_man": DeadManState.OFF}),
    ("the switch is lost", "HEARTBEAT_LOST", BUY, {"dead_man": DeadManState.LOST}),
    (
        "the switch is lost and it reduces",
        "HEARTBEAT_LOST",
        replace(SELL, reduce_only=True),
        {"dead_man": DeadManState.LOST, "positions": held(10)},
    ),
    ("the switch is not acknowledged yet", "DEAD_MAN_OFF", BUY, {"dead_man": DeadManState.IDLE}),
    # JOURNAL, CLOCK_SKEW
    ("no journal", "JOURNAL", BUY, {"journal_problem": "the disk is full"}),
    ("clock at the bound", "ok", BUY, {"clock_skew_ms": -1000.0}),
    ("clock beyond it", "CLOCK_SKEW", BUY, {"clock_skew_ms": 1000.1}),
    ("clock not measured", "ok", BUY, {"clock_skew_ms": None}),
    # VENUE_STATE
    ("cancels alone", "VENUE_STATE", BUY, {"venue_status": VenueStatus(VenueState.CANCEL_ONLY, 30)}),
    ("its engine restarts", "VENUE_STATE", BUY, {"venue_status": VenueStatus(VenueState.RESTARTING, 90)}),
    ("no trading", "VENUE_STATE", BUY, {"venue_status": VenueStatus(VenueState.HALTED, 30, "maintenance")}),
    (
        "post-only, and it is not",
        "VENUE_STATE",
        BUY,
        {"venue_status": VenueStatus(VenueState.POST_ONLY, 120)},
    ),
    (
        "post-only, and it is",
        "ok",
        replace(BUY, post_only=True),
        {"venue_status": VenueStatus(VenueState.POST_ONLY, 120)},
    ),
    # QUANTITY_SEMANTICS
    ("a size in money", "QUANTITY_SEMANTICS", replace(IOC, unit=SizeUnit.QUOTE), {}),
    # INSTRUMENT
    ("rules of ten minutes ago", "ok", BUY, {"metadata_age_s": 600.0}),
    ("older rules", "INSTRUMENT", BUY, {"metadata_age_s": 600.1}),
    (
        "getting out by older rules",
        "ok",
        replace(SELL, reduce_only=True),
        {"metadata_age_s": 600.1, "positions": held(10)},
    ),
    ("unknown instrument", "INSTRUMENT", BUY, {"instrument": None}),
    ("closed", "INSTRUMENT", BUY, {"instrument": replace(INSTRUMENT, active=False)}),
    ("another venue's", "INSTRUMENT", replace(BUY, venue="other"), {}),
    # MARKET_WITHOUT_BOUND
    ("market with a worst price", "ok", MARKET, {}),
    ("market without", "MARKET_WITHOUT_BOUND", replace(MARKET, price=D(0)), {}),
    ("IOC without", "MARKET_WITHOUT_BOUND", replace(IOC, price=D("NaN")), {}),
    # NUMBER, TICK, LOT
    ("no size", "NUMBER", replace(BUY, size=D(0)), {}),
    ("negative size", "NUMBER", replace(BUY, size=D(-1)), {}),
    ("not a number", "NUMBER", replace(BUY, price=D("NaN")), {}),
    ("infinite", "NUMBER", replace(BUY, size=D("Infinity")), {}),
    ("nineteen digits", "NUMBER", replace(BUY, size=D("1.000000000000000000")), {}),
    ("huge exponent", "NUMBER", replace(BUY, size=D("1E+19")), {}),
    ("between ticks", "TICK", replace(BUY, price=D("0.405")), {}),
    ("lowest price", "ok", replace(BUY, price=D("0.01")), {}),
    ("highest price", "TICK", replace(BUY, price=D("1.00")), {}),
    ("between lots", "LOT", replace(BUY, size=D("10.001")), {}),
    ("one lot", "ok", replace(BUY, size=D("10.01")), {}),
    # MIN_SIZE, MIN_NOTIONAL
    ("smallest size", "ok", replace(BUY, size=D(5)), {}),
    ("below it", "MIN_SIZE", replace(BUY, size=D("4.99")), {}),
    (
        "smallest value that takes",
        "ok",
        replace(IOC, size=D(2), price=D("0.50")),
        {"book": book_of(bid="0.40", ask="0.50")},
    ),
    (
        "less value",
        "MIN_NOTIONAL",
        replace(IOC, size=D("1.99"), price=D("0.50")),
        {"book": book_of(bid="0.40", ask="0.50")},
    ),
    # DATA_STALE, BOOK_UNTRUSTED
    ("quiet and passive", "ok", BUY, {"data": DataStatus(DataState.QUIET, 1)}),
    ("quiet and crossing", "DATA_STALE", CROSS, {"data": DataStatus(DataState.QUIET, 1)}),
    ("lagging and crossing", "DATA_STALE", CROSS, {"data": DataStatus(DataState.LAG, 1)}),
    ("live and crossing", "ok", CROSS, {}),
    (
        "touching is crossing",
        "DATA_STALE",
        replace(BUY, price=D("0.55")),
        {"data": DataStatus(DataState.LAG, 1)},
    ),
    ("one tick off is not", "ok", replace(BUY, price=D("0.54")), {"data": DataStatus(DataState.LAG, 1)}),
    ("stale", "DATA_STALE", BUY, {"data": DataStatus(DataState.STALE, 1)}),
    ("down", "DATA_STALE", BUY, {"data": DataStatus(DataState.DOWN, 1)}),
    ("no book", "DATA_STALE", BUY, {"book": None}),
    ("resyncing", "BOOK_UNTRUSTED", BUY, {"data": DataStatus(DataState.RESYNC, 1)}),
    ("crossed book", "BOOK_UNTRUSTED", BUY, {"book": book_of(bid="0.55", ask="0.55")}),
    (
        "getting out on stale prices",
        "ok",
        replace(SELL, reduce_only=True),
        {"data": DataStatus(DataState.STALE, 1), "positions": held(10)},
    ),
    (
        "getting out while down",
        "DATA_STALE",
        replace(SELL, reduce_only=True),
        {"data": DataStatus(DataState.DOWN, 1), "positions": held(10)},
    ),
    # PRICE_COLLAR
    ("at the collar", "ok", replace(BUY, price=D("0.60")), {}),
    ("beyond it", "PRICE_COLLAR", replace(BUY, price=D("0.61")), {}),
    ("selling at the collar", "ok", replace(SELL, price=D("0.40")), {"positions": held(10)}),
    ("selling below it", "PRICE_COLLAR", replace(SELL, price=D("0.39")), {"positions": held(10)}),
    ("far on the passive side", "ok", replace(BUY, price=D("0.02")), {}),
    ("no asks: judged by the bid", "PRICE_COLLAR", replace(BUY, price=D("0.51")), {"book": book_of(ask="")}),
    ("no asks, near the bid", "ok", replace(BUY, price=D("0.50")), {"book": book_of(ask="")}),
    ("empty, with a last trade", "ok", replace(BUY, price=D("0.50")), {"book": book_of("", "", "0.45")}),
    ("empty, nothing to go by", "PRICE_COLLAR", BUY, {"book": book_of("", "")}),
    ("that passed by typing", "ok", BUY, {"book": book_of("", ""), "passes": frozenset({"PRICE_COLLAR"})}),
    (
        "beyond the collar, typing passes nothing",
        "PRICE_COLLAR",
        replace(BUY, price=D("0.61")),
        {"passes": frozenset({"PRICE_COLLAR"})},
    ),
    (
        "unknown here, passed by typing",
        "ok",
        BUY,
        {
            "orders": [working(price=D("0.39"), status=OrderStatus.UNKNOWN)],
            "passes": frozenset({"UNKNOWN_ORDER_PRESENT"}),
        },
    ),
    # LAST_LOOK
    ("two ticks since the look", "ok", replace(CROSS, price=D("0.57"), frame=frame(ask="0.53")), {}),
    ("three", "LAST_LOOK", replace(CROSS, price=D("0.57"), frame=frame(ask="0.52")), {}),
    ("in one's favour", "ok", replace(CROSS, frame=frame(ask="0.60")), {}),
    ("passive orders do not care", "ok", replace(BUY, frame=frame(ask="0.50")), {}),
    # MAX_ORDER_*
    ("largest value", "ok", replace(BUY, size=D(25_000)), {}),
    ("one lot more", "MAX_ORDER_NOTIONAL", replace(BUY, size=D("25000.03")), {}),
    ("largest size", "ok", replace(BUY, size=D(100_000), price=D("0.10")), {}),
    ("above it", "MAX_ORDER_QTY", replace(BUY, size=D("100000.01"), price=D("0.05")), {}),
    (
        "what gets out may be as large as a ceiling",
        "ok",
        replace(SELL, size=D(17_543), price=D("0.57"), reduce_only=True),
        {"positions": held(200_000)},
    ),
    (
        "and not more",
        "MAX_ORDER_NOTIONAL",
        replace(SELL, size=D(17_544), price=D("0.57"), reduce_only=True),
        {"positions": held(200_000)},
    ),
    (
        "nor in size",
        "MAX_ORDER_QTY",
        replace(SELL, size=D("1000000.01"), price=D("0.01"), reduce_only=True),
        {"positions": held(2_000_000), "book": book_of("0.01", "0.02")},
    ),
    (
        "what only happens to get out may not",
        "MAX_ORDER_NOTIONAL",
        replace(SELL, size=D(200_000)),
        {"positions": held(200_000)},
    ),
    ("a quarter of what is shown", "ok", replace(IOC, size=D(50)), {}),
    ("a lot more than that", "MAX_ORDER_QTY", replace(IOC, size=D("50.01")), {}),
    ("resting, it may be any part", "ok", replace(BUY, size=D("50.01")), {}),
    ("a stop counts as what takes", "MAX_ORDER_QTY", replace(STOP, size=D("50.01")), {}),
    (
        "what gets out may be any part",
        "ok",
        replace(SELL, size=D(60), price=D("0.44"), reduce_only=True),
        {"positions": held(60)},
    ),
    ("the smallest order always", "ok", replace(IOC, size=D(5)), {"book": thin_book("4", "4")}),
    (
        "a lot more in a thin book",
        "MAX_ORDER_QTY",
        replace(IOC, size=D("5.01")),
        {"book": thin_book("4", "4")},
    ),
    (
        "far levels do not count",
        "MAX_ORDER_QTY",
        replace(IOC, size=D(10)),
        {"book": thin_book("4", "4", "0.62")},
    ),
    # MAX_TOTAL
    ("with other accounts at the limit", "ok", BUY, {"gross_elsewhere": D(199_996)}),
    ("a cent above it", "MAX_TOTAL", BUY, {"gross_elsewhere": D("199996.01")}),
    (
        "getting out above it",
        "ok",
        replace(SELL, reduce_only=True),
        {"gross_elsewhere": D(300_000), "positions": held(10)},
    ),
    # SELF_TRADE
    (
        "one's own offer above",
        "ok",
        replace(BUY, price=D("0.54")),
        {"orders": [working(SELL, price=D("0.55"))], "positions": held(10)},
    ),
    (
        "one's own offer met",
        "SELF_TRADE",
        replace(BUY, price=D("0.55")),
        {"orders": [working(SELL, price=D("0.55"))], "positions": held(10)},
    ),
    (
        "the other outcome's bid leaves room",
        "ok",
        BUY,
        {"orders": [working(instrument="NO", price=D("0.59"))]},
    ),
    (
        "the other outcome's bid is met",
        "SELF_TRADE",
        BUY,
        {"orders": [working(instrument="NO", price=D("0.60"))]},
    ),
    # TRIGGER, and what a stop is not checked for
    ("a stop above the market", "ok", STOP, {}),
    ("a stop at the best", "TRIGGER", replace(STOP, price=D("0.55"), trigger_price=D("0.55")), {}),
    (
        "a stop to sell above the market",
        "TRIGGER",
        replace(STOP, side=Side.SELL, trigger_price=D("0.45"), price=D("0.44")),
        {"positions": held(10)},
    ),
    (
        "a stop to sell below it",
        "ok",
        replace(STOP, side=Side.SELL, trigger_price=D("0.44"), price=D("0.43")),
        {"positions": held(10)},
    ),
    (
        "a stop of one's own waits on the other side",
        "ok",
        SELL,
        {"orders": [working(STOP, price=D("0.62"), trigger_price=D("0.61"))], "positions": held(10)},
    ),
    (
        "a stop beyond one's own offer",
        "ok",
        STOP,
        {"orders": [working(SELL, price=D("0.60"))], "positions": held(10)},
    ),
    ("a trigger off the tick", "TICK", replace(STOP, trigger_price=D("0.705")), {}),
    ("far beyond the trigger", "PRICE_COLLAR", replace(STOP, price=D("0.76")), {}),
    # PRICE_COLLAR where prices have no bounds
    ("within five per cent", "ok", COIN_BUY, COIN),
    ("beyond five per cent", "PRICE_COLLAR", replace(COIN_BUY, price=D("57750.01")), COIN),
    # REDUCE_ONLY, BALANCE
    ("reduce only, held", "ok", replace(SELL, reduce_only=True), {"positions": held(10)}),
    ("reduce only, not held", "REDUCE_ONLY", replace(SELL, reduce_only=True), {"positions": held("9.99")}),
    ("reduce only buys back", "ok", replace(BUY, reduce_only=True), {"positions": held(-10)}),
    (
        "reduce only, with one working",
        "REDUCE_ONLY",
        replace(SELL, reduce_only=True),
        {"positions": held(15), "orders": [working(SELL)]},
    ),
    (
        "a part, with a way out that covers all: the venue cuts what would do more",
        "ok",
        replace(SELL, reduce_only=True),
        {"positions": held(15), "orders": [working(SELL, reduce_only=True)], **CONTRACT},
    ),
    (
        "a part, with another order that would not be cut",
        "REDUCE_ONLY",
        replace(SELL, reduce_only=True),
        {"positions": held(15), "orders": [working(SELL)], **CONTRACT},
    ),
    (
        "more than is held, whatever works",
        "REDUCE_ONLY",
        replace(SELL, reduce_only=True),
        {"positions": held("9.99"), **CONTRACT},
    ),
    ("selling more than held", "BALANCE", SELL, {"positions": held("9.99")}),
    ("selling nothing held", "BALANCE", SELL, {}),
    ("selling short on margin", "ok", SELL, {"is_margin": True}),
    ("the last money", "ok", BUY, {"balances": {"pUSD": Balance("sim", "pUSD", D(4), D(4))}}),
    ("as much as is allowed", "ok", BUY, {"balances": {"pUSD": Balance("sim", "pUSD", D(9), D(9), D(4))}}),
    ("a cent less", "ALLOWANCE", BUY, {"balances": {"pUSD": Balance("sim", "pUSD", D(9), D(9), D("3.99"))}}),
    ("a cent short", "BALANCE", BUY, {"balances": {"pUSD": Balance("sim", "pUSD", D("3.99"), D("3.99"))}}),
    (
        "reserved by another order",
        "BALANCE",
        BUY,
        {"balances": {"pUSD": Balance("sim", "pUSD", D(7), D(7))}, "orders": [working()]},
    ),
    ("balance not known", "BALANCE", BUY, {"balances": {}}),
    (
        "the fee of what takes counts",
        "BALANCE",
        CROSS,
        {
            "instrument": replace(INSTRUMENT, taker_fee_rate=D("0.01")),
            "balances": {"pUSD": Balance("sim", "pUSD", D("5.6"), D("5.6"))},
        },
    ),
    # LOOP_LAG, FIRST_ORDER, MAX_ORDERS_DAY
    ("two seconds of standing still", "ok", BUY, {"loop_lag_ms": 2_000.0}),
    ("a little more", "LOOP_LAG", BUY, {"loop_lag_ms": 2_000.1}),
    ("the first order of a live day", "FIRST_ORDER", BUY, {"first_order_due": True}),
    ("the first, and it reduces", "ok", SELL, {"first_order_due": True, "positions": held(10)}),
    ("the last order of the day", "ok", BUY, {"orders_today": 499}),
    ("one more", "MAX_ORDERS_DAY", BUY, {"orders_today": 500}),
    ("one more, and it reduces", "ok", SELL, {"orders_today": 500, "positions": held(10)}),
    # OCO: its two ways out are one quantity, and no others are
    (
        "the other way out",
        "ok",
        replace(SELL, reduce_only=True, program="p1", role="stop"),
        {
            "positions": held(10),
            "orders": [working(SELL, reduce_only=True, program="p1", role="take")],
        },
    ),
    (
        "the same way out twice",
        "REDUCE_ONLY",
        replace(SELL, reduce_only=True, program="p1", role="take"),
        {
            "positions": held(10),
            "orders": [working(SELL, reduce_only=True, program="p1", role="take")],
        },
    ),
    (
        "of another program",
        "REDUCE_ONLY",
        replace(SELL, reduce_only=True, program="p2", role="stop"),
        {
            "positions": held(10),
            "orders": [working(SELL, reduce_only=True, program="p1", role="take")],
        },
    ),
    # DAILY_LOSS
    ("a cent left", "ok", BUY, {"day_pnl": D("-9999.99")}),
    ("at the limit", "DAILY_LOSS", BUY, {"day_pnl": D(-10_000)}),
    ("at the limit, and it reduces", "ok", SELL, {"day_pnl": D(-10_000), "positions": held(10)}),
    ("not known", "ok", BUY, {"day_pnl": None}),
]


@pytest.mark.parametrize(
    ("expected", "request_", "view"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_check(expected, request_, view):
    assert code(request_, **view) == expected


def test_a_refusal_says_its_numbers_in_digits():
    view = replace(VIEW, positions=held("0E-8"))
    assert check_order(SELL, view, LIMITS).text == "Nothing is held here that could be sold: buy first."
    part = replace(VIEW, positions=held("12.00"), orders=[working(SELL)])
    assert check_order(SELL, part, LIMITS).text.startswith("Only 2 of 12 held are free to sell")
    none = replace(VIEW, positions=held("10.00"), orders=[working(SELL)])
    assert check_order(SELL, none, LIMITS).text.startswith("Working orders offer all 10 that are held")
    small = replace(BUY, size=D("3.00"))
    assert check_order(small, VIEW, LIMITS).text == "3 is less than the smallest order, 5: order more."
    poor = replace(VIEW, balances={"pUSD": Balance("sim", "pUSD", D("3.9900"), D("3.9900"))})
    assert check_order(BUY, poor, LIMITS).text.startswith("It costs 4 and 3.99 pUSD are free")


def test_a_refusal_writes_prices_with_the_decimals_of_the_market():
    stop = replace(STOP, price=D("0.5"), trigger_price=D("0.5"))
    assert " at 0.50 must be above 0." in check_order(stop, VIEW, LIMITS).text
    far = replace(BUY, price=D("0.9"))
    assert check_order(far, VIEW, LIMITS).text.startswith("0.90 is more than 0.")


def test_max_position_counts_what_may_still_fill():
    limits = replace(LIMITS, max_position_notional=D(10))
    small = replace(BUY, size=D(15))
    assert code(small, limits, orders=[working()]) == "ok"  # 4 and 6
    assert code(replace(BUY, size=D("15.03")), limits, orders=[working()]) == "MAX_POSITION"
    assert code(small, limits, orders=[working(filled="5"), working(filled="5")]) == "ok"
    assert code(BUY, limits, positions=held(20), marks={"YES": D("0.40")}) == "MAX_POSITION"
    assert code(SELL, limits, positions=held(40), marks={"YES": D("0.40")}) == "ok"


def test_max_gross_counts_every_instrument():
    limits = replace(LIMITS, max_gross_notional=D(10))
    other = held(12, "OTHER")
    assert code(BUY, limits, positions=other) == "ok"  # 6 and 4
    assert code(replace(BUY, size=D("10.03")), limits, positions=other) == "MAX_GROSS"
    assert code(BUY, limits, positions=held(8, "OTHER"), orders=[working(instrument="THIRD")]) == "MAX_GROSS"
    assert code(SELL, limits, positions=held(1_000)) == "ok"


def test_max_open_orders():
    limits = replace(LIMITS, max_open_orders_instrument=2, max_open_orders_account=3)
    assert code(BUY, limits, orders=[working()]) == "ok"
    assert code(BUY, limits, orders=[working()] * 2) == "MAX_OPEN_ORDERS"
    assert code(BUY, limits, orders=[working(instrument="A")] * 2) == "ok"
    assert code(BUY, limits, orders=[working(instrument="A")] * 3) == "MAX_OPEN_ORDERS"
    out = replace(SELL, price=D("0.45"), reduce_only=True)
    way = {"positions": held(10), "orders": [working()] * 2}
    assert code(replace(out, time_in_force=TimeInForce.IOC), limits, **way) == "ok"
    assert code(out, limits, **way) == "MAX_OPEN_ORDERS", "it may rest"


def recent(*ago_s, **changes):
    other = replace(BUY, price=D("0.30"), **changes)
    return [RecentOrder(NOW - round(ago * S), other) for ago in ago_s]


def test_throttle_by_second_and_minute():
    limits = replace(LIMITS, orders_per_second=2, orders_per_minute=4)
    assert code(BUY, limits, recent=recent(0.5)) == "ok"
    assert code(BUY, limits, recent=recent(0.9, 0.1)) == "THROTTLE"
    assert code(BUY, limits, recent=recent(1.0, 0.1)) == "ok"
    assert code(BUY, limits, recent=recent(59.9, 30, 20, 10)) == "THROTTLE"
    assert code(BUY, limits, recent=recent(60, 30, 20, 10)) == "ok"
    out = replace(SELL, reduce_only=True)
    assert code(out, limits, recent=recent(59.9, 30, 20, 10), positions=held(10)) == "ok", "a way out"
    assert code(out, limits, recent=recent(0.9, 0.1), positions=held(10)) == "THROTTLE"


def test_duplicate_within_the_window_or_by_ticket():
    def same(ago_s, **changes):
        return [RecentOrder(NOW - round(ago_s * S), replace(BUY, **changes))]

    assert code(recent=same(1.9)) == "DUPLICATE"
    assert code(recent=same(2.0)) == "ok"
    for change in ({"size": D(11)}, {"price": D("0.41")}, {"instrument": "NO"}):
        assert code(recent=same(1.0, **change)) == "ok"
    assert code(recent=same(1.0, side=Side.SELL)) == "ok"
    ticket = replace(BUY, client_order_id="t1")
    assert code(ticket, recent=same(50, client_order_id="t1", price=D("0.30"))) == "DUPLICATE"


def test_a_worst_case_never_counts_what_is_held_at_nothing():
    view = replace(VIEW, positions={"YES": Position("sim", "YES", D(10))})
    assert worst_exposure("YES", view, None) == D(10)
    assert worst_exposure("YES", replace(view, marks={"YES": D("0.3")}), None) == D(3)
    short = replace(VIEW, positions=held(-10), marks={"YES": D("0.5")})
    assert worst_exposure("YES", short, replace(BUY, size=D(25))) == D(6)
    assert worst_exposure("YES", short, replace(SELL, size=D(25))) == D(20)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_without_any_one_check_something_slips_through(check, monkeypatch):
    """Every check is the reason for at least one denial above."""
    expected = [(case[1], case[2], case[3]) for case in CASES if case[1] != "ok"]
    limits = replace(
        LIMITS,
        max_open_orders_instrument=1,
        orders_per_second=1,
        max_position_notional=D(10),
        max_gross_notional=D(20),
    )
    monkeypatch.setattr(risk, "CHECKS", tuple(each for each in CHECKS if each is not check))

    def outcome(request, limits, **view):
        try:
            return code(request, limits, **view)
        except (AssertionError, InvalidOperation):
            return "checked before"  # A later check relies on the one that is missing.

    slipped = [case for case in expected if outcome(case[1], LIMITS, **case[2]) != case[0]]
    probes = {
        "open_orders": {"orders": [working(price=D("0.39"))]},
        "throttle": {"recent": recent(0.1)},
        "duplicate": {"recent": [RecentOrder(NOW - 3 * S // 2, BUY)]},
        "position": {"positions": held(18)},
        "gross": {"positions": held(38, "OTHER")},
    }
    if check.__name__ in probes:
        view = probes[check.__name__]
        loose = limits if check.__name__ != "position" else replace(limits, max_gross_notional=D(1_000))
        slipped = [check] if outcome(BUY, loose, **view) == "ok" else []
    assert slipped


# ------------------------------------------------------------------------------- worth in dollars

INVERSE = replace(
    COIN["instrument"],
    base="BTC",
    quote="USD",
    settle="BTC",
    kind=InstrumentKind.INVERSE,
    contract_size=D(100),
    lot_size=D(1),
)
INVERSE_VIEW = {"instrument": INVERSE, "book": book_of("54999", "55000"), "is_margin": True}
CONTRACTS = replace(BUY, price=D(54_000), size=D(3))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (RiskConfig(max_order_notional=D(300)), "ok"),
        (RiskConfig(max_order_notional=D(299)), "MAX_ORDER_NOTIONAL"),
        (RiskConfig(max_position_notional=D(800)), "ok"),
        (RiskConfig(max_position_notional=D(799)), "MAX_POSITION"),
    ],
)
def test_an_inverse_contract_counts_what_it_is_worth_and_not_its_price(limits, expected):
    five = {"YES": replace(held(5, entry="50000")["YES"], contract_value=D(100))}
    assert code(CONTRACTS, limits=limits, positions=five, **INVERSE_VIEW) == expected


ETH_BTC = replace(COIN["instrument"], id="ETH/BTC", base="ETH", quote="BTC", tick_size=D("0.0001"))
BTC_USDT = replace(COIN["instrument"], id="BTC/USDT", base="BTC", quote="USDT")
CROSS_BUY = replace(BUY, instrument="ETH/BTC", price=D("0.05"), size=D(3))
CROSS_VIEW = {
    "instrument": ETH_BTC,
    "book": replace(book_of("0.0499", "0.0501"), instrument="ETH/BTC", tick_size=D("0.0001")),
    "instruments": {"BTC/USDT": BTC_USDT},
    "balances": {"BTC": Balance("sim", "BTC", D(1), D(1))},
}


@pytest.mark.parametrize(
    ("changes", "limits", "expected"),
    [
        ({"marks": {"BTC/USDT": D(60_000)}}, RiskConfig(max_order_notional=D(9_000)), "ok"),
        ({"marks": {"BTC/USDT": D(60_000)}}, RiskConfig(max_order_notional=D(8_999)), "MAX_ORDER_NOTIONAL"),
        ({}, LIMITS, "NO_RATE"),
        (
            {
                "instrument": replace(ETH_BTC, quote="EUR"),
                "balances": {"EUR": Balance("sim", "EUR", D(1), D(1))},
            },
            LIMITS,
            "ok",
        ),
    ],
)
def test_limits_in_dollars_hold_where_prices_are_in_coins(changes, limits, expected):
    assert code(CROSS_BUY, limits=limits, **(CROSS_VIEW | changes)) == expected


WIDE = RiskConfig(
    max_order_notional=D(100_000), max_position_notional=D(100_000), max_gross_notional=D(100_000)
)


def test_orders_in_dollars_take_nothing_from_the_coins_that_another_market_costs():
    other = working(instrument="BTC/USDT", price=D(60_000), size=D("0.1"))
    view = CROSS_VIEW | {"marks": {"BTC/USDT": D(60_000)}, "orders": (other,)}
    assert code(CROSS_BUY, **view) == "ok"
    assert code(replace(CROSS_BUY, size=D("20.01")), limits=WIDE, **view) == "BALANCE"
