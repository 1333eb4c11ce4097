"""Markets told from each other by a word, and the table of orders that needs it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.ui.panes.market_words import market_labels, telling_words
from omega_tui.ui.panes.order_pane import order_table
from omega_tui.ui.style.glyphs import GLYPH_SETS

D = Decimal
NOW = 1_783_339_331 * 10**9
YES = Instrument(
    id="1", venue="sim", name="Will the Meridian telescope launch before July?", tick_size=D("0.01"),
    base="Yes", market_id="m",
)  # fmt: skip
NO = replace(YES, id="2", base="No")
JUNE = replace(
    YES, id="3", market_id="n", name="Will June in Lindholm be warmer than 21 °C?", tick_size=D("0.001")
)
SPOT = Instrument(id="s", venue="spot", name="BTC/USDT", tick_size=D("0.01"), base="BTC", quote="USDT")
SWAP = replace(SPOT, id="w", venue="swap", name="BTC/USDT:USDT", kind=InstrumentKind.LINEAR)


@pytest.mark.parametrize(
    ("instruments", "labels"),
    [
        ((YES,), {}),
        ((YES, None, YES), {}),
        ((YES, NO), {"1": "Yes", "2": "No"}),
        ((NO, JUNE), {"2": "No Meridian", "3": "Yes June"}),
        ((YES, NO, JUNE), {"1": "Yes Meridian", "2": "No Meridian", "3": "Yes June"}),
        ((JUNE, SPOT), {"3": "Yes", "s": "BTC"}),
        ((SPOT, SWAP), {"s": "BTC spot", "w": "BTC swap"}),
    ],
)
def test_what_is_traded_is_told_by_as_little_as_tells_it(instruments, labels):
    assert market_labels(instruments) == labels


def test_a_question_without_a_name_of_its_own_is_told_by_a_long_word():
    questions = ("Will the launch happen in time?", "Will a storm come by the end of it?", "Will he go?")
    asked = tuple(replace(YES, id=name, name=name) for name in questions)
    assert list(telling_words(asked).values()) == ["launch", "storm", "he"]
    elsewhere = replace(YES, id="else", venue="other")
    assert telling_words((YES, elsewhere)) == {"1": "sim", "else": "other"}


def order(instrument, price, size="20"):
    request = OrderRequest(
        client_order_id=instrument.id, instrument=instrument.id, venue=instrument.venue, side=Side.BUY,
        size=D(size), price=D(price),
    )  # fmt: skip
    return Order(request=request, status=OrderStatus.ACCEPTED, ts_intent_ns=NOW), instrument


@pytest.mark.parametrize("width", [30, 34, 36, 44, 50, 70, 92, 118])
def test_no_price_of_several_instruments_stands_without_what_it_is_a_price_of(width):
    orders = (order(YES, "0.38"), order(NO, "0.58"), order(JUNE, "0.318"))
    labels = market_labels(instrument for _, instrument in orders)
    table = order_table(orders, width, 9, GLYPH_SETS["unicode"], NOW, ahead={}, labels=labels)
    _, *rows = ("".join(piece.text for piece in line) for line in table)
    assert [("Meridian" in row or "Mer" in row, "June" in row) for row in rows] == [
        (True, False), (True, False), (False, True),
    ]  # fmt: skip
    assert [row.split()[1] for row in rows] == ["Yes", "No", "Yes"]
    assert all("▐" in row and "20" in row for row in rows)
    assert all(len(row) <= width for row in rows)
