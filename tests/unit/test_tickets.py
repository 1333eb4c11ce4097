"""What code asks for becomes an order on tick and lot, never a worse one."""

from decimal import Decimal

import pytest

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import OrderRefused
from omega_tui.services.tickets import Ticket, request_of

D = Decimal
COIN = Instrument("x:BTC", "x", "BTC", D("0.1"), lot_size=D("0.000001"))
EMPTY = BookSnapshot("x:BTC", (), (), D("0.1"), 1, 0, 0)


def request(side, price, size="1"):
    return request_of(Ticket(symbol="BTC", side=side, size=D(size), price=D(price)), COIN, EMPTY)


@pytest.mark.parametrize(
    ("side", "price", "on_tick"),
    [(Side.BUY, "100.19", "100.1"), (Side.SELL, "100.11", "100.2"), (Side.BUY, "100.1", "100.1")],
)
def test_a_price_is_never_made_worse_for_the_trader(side, price, on_tick):
    assert request(side, price).price == D(on_tick)


def test_a_size_is_cut_to_whole_lots_and_what_leaves_nothing_is_refused():
    assert request(Side.BUY, "100", "0.0000015").size == D("0.000001")
    with pytest.raises(OrderRefused, match="smallest size"):
        request(Side.BUY, "100", "0.0000009")
