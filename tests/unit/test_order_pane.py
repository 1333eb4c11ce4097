"""The table of orders: what a stop is told by, what stands below what, and what is said of the rest."""

from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.events.account import OrderChanged
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus, OrderType
from omega_tui.domain.side import Side
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.queue_places import place_id
from omega_tui.ui.panes.order_pane import (
    order_cells,
    order_columns,
    order_table,
    orders_title,
    price_cells,
    size_cells,
    unheard,
)
from omega_tui.ui.panes.pane_lines import title_line
from omega_tui.ui.style.glyphs import GLYPH_SETS
from omega_tui.ui.text.words import STATUS_WORDS, describe_change, describe_order

BTC = Instrument(
    id="x:BTC/USDT:USDT",
    venue="x",
    name="BTC/USDT:USDT",
    tick_size=Decimal("0.5"),
    base="BTC",
    quote="USDT",
    kind=InstrumentKind.LINEAR,
)
NOW = 1_783_339_331 * 10**9


def order(  # noqa: PLR0913 - what the tests vary
    price, size, *, filled="0", age_s=30, trigger=None, order_type=OrderType.LIMIT
):
    request = OrderRequest(
        client_order_id=f"o{price}{size}",
        instrument=BTC.id,
        venue="x",
        side=Side.SELL,
        size=Decimal(size),
        price=Decimal(price),
        order_type=order_type,
        trigger_price=None if trigger is None else Decimal(trigger),
        reduce_only=trigger is not None,
    )
    return Order(
        request=request,
        status=OrderStatus.PARTIALLY_FILLED if Decimal(filled) else OrderStatus.ACCEPTED,
        filled=Decimal(filled),
        ts_intent_ns=NOW - age_s * 10**9,
    )


STOP = order("63000", "0.3", age_s=2_460, trigger="64102", order_type=OrderType.MARKET)
PART = order("64257.5", "0.25", filled="0.04")


def lines(width, *orders):
    known = tuple((one, BTC) for one in orders)
    columns = order_columns(width, price_cells(known), size_cells(known))
    texts = []
    for one, instrument in known:
        cells = order_cells(one, instrument, columns, GLYPH_SETS["unicode"], NOW)
        texts.append(
            "".join(f"{cell.text:<{column.width}}" for cell, column in zip(cells, columns, strict=True))
        )
    return texts


def test_the_one_number_of_a_narrow_table_is_not_called_what_remains():
    done = replace(PART, status=OrderStatus.FILLED, filled=Decimal("0.25"))
    known = tuple((one, BTC) for one in (PART, done))
    columns = order_columns(30, price_cells(known), size_cells(known))
    assert [column.title for column in columns][2] == "qty"
    assert ["0.21" in line for line in lines(30, PART, done)] == [True, False], (
        "what is open of one that works"
    )
    assert "0.25" in lines(30, PART, done)[1], "all of one that is done"


@pytest.mark.parametrize("width", [36, 50, 70, 92])
def test_a_stop_is_told_by_its_word_and_the_price_that_sets_it_off(width):
    stop, _ = lines(width, STOP, PART)
    assert "64,102.0" in stop
    assert "63,000" not in stop
    assert "stop" in stop
    assert ("STP RO" in stop) is (width >= 70)


def test_what_is_left_stands_before_one_line_of_strokes_and_the_age_fits_beside_a_coin():
    stop, part = lines(36, STOP, PART)
    assert stop.index("/") == part.index("/")
    assert stop.endswith(" 41m")
    assert part.endswith("0:30")


def test_orders_that_are_not_shown_are_told_of():
    assert orders_title(0, 5) == "ORDERS"
    assert orders_title(5, 5) == "ORDERS 5"
    assert orders_title(8, 5) == "ORDERS 8, the newest 5 shown"
    assert orders_title(0, 5, "sim DOWN") == "ORDERS"


def test_a_heading_that_is_cut_shows_that_it_is():
    def heading(width):
        return "".join(piece.text for piece in title_line("ORDERS 6 as last heard: sim DOWN", width, "-"))

    assert heading(36) == " ORDERS 6 as last heard: sim DOWN --"
    assert heading(22) == " ORDERS 6 as last hea…"


def test_orders_of_an_account_that_is_silent_are_shown_as_last_heard():
    desk = Desk()
    desk.apply([OrderChanged(PART)], now_ns=NOW)
    assert not unheard(desk)
    for state, words in ((ConnectionState.UP, ""), (ConnectionState.DOWN, "x DOWN")):
        desk.apply([ConnectionChanged(Connection("x", StreamName.ACCOUNT, state))], now_ns=NOW)
        assert unheard(desk) == words
    assert orders_title(1, 5, unheard(desk)) == "ORDERS 1 as last heard: x DOWN"


def test_the_log_says_what_sets_a_stop_off():
    assert describe_order(STOP, BTC) == "SELL 0.3 BTC stop 64,102.0"
    limit = order("64100", "0.3", trigger="64102")
    assert describe_order(limit, BTC) == "SELL 0.3 BTC stop 64,102.0 @ 64,100.0"


@pytest.mark.parametrize(("width", "is_there"), [(89, True), (85, False)])
def test_a_wide_table_says_what_is_thought_to_rest_ahead(width, is_there):
    known = ((PART, BTC), (STOP, BTC))
    table = order_table(
        known, width + 1, 4, GLYPH_SETS["unicode"], NOW, ahead={place_id(PART): Decimal("3.1")}, labels={}
    )
    heading, part, stop = ("".join(piece.text for piece in line) for line in table)
    assert ("ahead" in heading, "~3.1" in part) == (is_there, is_there)
    assert "~" not in stop.replace("~ partial", "")
    if is_there:
        assert heading.index("ahead") + len("ahead") == part.index("~3.1") + len("~3.1"), "one column"


def test_an_order_of_which_some_bytes_left_is_never_called_not_sent():
    asked = order("0.5", "3")
    gone = replace(asked, status=OrderStatus.NOT_PLACED, reason="the venue was asked 61 times")
    unsure = replace(asked, status=OrderStatus.UNKNOWN)
    assert describe_change(unsure, gone, None) == "SELL 3 @ 0.50 unplaced: the venue was asked 61 times"
    assert max(map(len, STATUS_WORDS.values())) <= 8, "as wide as their column"
