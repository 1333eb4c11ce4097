"""What the preview says that an order would get: each case by hand, and beside the question of a cross."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hand import INSTRUMENT, Hand

from omega_tui.domain.instrument import InstrumentKind
from omega_tui.domain.orders import OrderRequest, OrderType, TimeInForce
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.orders.fill_preview import fill_words

D = Decimal
WITH_FEE = replace(INSTRUMENT, taker_fee_rate=D("0.07"))


def levels(*pairs):
    return tuple(PriceLevel(D(price), D(size)) for price, size in pairs)


BOOK = BookSnapshot(
    instrument="1001",
    bids=levels(("0.45", "300"), ("0.43", "100")),
    asks=levels(("0.47", "600"), ("0.48", "400")),
    tick_size=D("0.01"),
    sequence=1,
    ts_event_ns=0,
    ts_recv_ns=0,
)


def request(size, price, side=Side.BUY, **fields):
    return OrderRequest(
        client_order_id="",
        instrument="1001",
        venue="sim",
        side=side,
        size=D(size),
        price=D(price),
        **{"time_in_force": TimeInForce.IOC} | fields,
    )


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (request("10", "0.50"), "takes 10 @ 0.47"),
        (request("900", "0.50"), "takes 900 @ 0.473, worst 0.48 (1t)"),
        (request("800", "0.47"), "takes 600 @ 0.47, 200 finds nothing"),
        (request("800", "0.47", time_in_force=TimeInForce.GTC), "takes 600 @ 0.47, 200 rests"),
        (request("350", "0.42", Side.SELL), "takes 350 @ 0.447, worst 0.43 (2t)"),
        (
            request("350", "0.01", Side.SELL, order_type=OrderType.MARKET),
            "takes 350 @ 0.447, worst 0.43 (2t)",
        ),
        (request("10", "0.46"), "10 finds nothing"),
        (request("10", "0.50", trigger_price=D("0.50")), ""),
    ],
)
def test_what_an_order_would_get(order, words):
    assert fill_words(order, BOOK, INSTRUMENT) == words


def test_the_fee_is_that_of_the_kind_of_market():
    assert fill_words(request("100", "0.5"), BOOK, WITH_FEE) == "takes 100 @ 0.47, fee ~1.74"  # 7 x .47 x .53
    linear = replace(WITH_FEE, price_max=None, kind=InstrumentKind.LINEAR)
    assert fill_words(request("100", "0.5"), BOOK, linear).endswith("fee ~3.29")
    assert "fee" not in fill_words(request("100", "0.5"), BOOK, replace(linear, kind=InstrumentKind.INVERSE))


def test_the_question_of_a_cross_says_it_and_is_short_where_there_is_no_room():
    hand = Hand()
    hand.type("b", "x")
    menu = hand.entry.menu(hand.frame, hand.facts, BOOK)
    assert menu.items[0].text == "sends: takes 10 @ 0.47"
    assert menu.items[0].short == "sends: takes now"
    assert hand.entry.menu(hand.frame, hand.facts).items[0].text == "sends: it takes what rests there now"
