"""Our own fills: what each realized, and how they are listed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.domain.account import Position
from omega_tui.domain.events.account import FillRecorded, PositionChanged
from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.orders import Fill, Settlement
from omega_tui.domain.side import Side
from omega_tui.text import cell_width
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.desk.own_fills import FILLS, Gain
from omega_tui.ui.panes.fill_pane import fills_below

D = Decimal
NS = 1_000_000_000
NOW = 100_000 * NS
YES = Instrument("1", "sim", "Will it rain?", D("0.01"), base="YES", quote="pUSD")


def fill(number, side, price, size, *, age_s=5, **more):
    return Fill(
        trade_id=f"t{number}",
        venue_order_id="v",
        instrument="1",
        side=side,
        price=D(price),
        size=D(size),
        fee=D(more.pop("fee", 0)),
        ts_event_ns=NOW - age_s * NS,
        **more,
    )


def a_desk():
    desk = Desk()
    tell(desk, InstrumentUpdated(YES))
    return desk


def tell(desk, *events):
    desk.apply(events, now_ns=NOW)


def trade(desk, *fills):
    """Publish each fill with the position that it leaves behind, as the ledger does."""
    for one in fills:
        before = desk.positions.get("1") or Position("sim", "1")
        after = before.after_fill(one.side, one.price, one.size, one.fee)
        tell(desk, FillRecorded(one, "o", is_new=True), PositionChanged(after))


def shown(desk, width=90, rows=9):
    return ["".join(piece.text for piece in line) for line in fills_below(desk, width, rows, NOW)]


def test_a_fill_that_closes_tells_what_it_realized_and_one_that_opens_nothing():
    desk = a_desk()
    opens, closes, reverses = (
        fill(1, Side.BUY, "0.40", "100"),
        fill(2, Side.SELL, "0.45", "60", fee="0.3"),
        fill(3, Side.SELL, "0.30", "100"),
    )
    trade(desk, opens, closes, reverses)
    gains = [desk.fills.gain(one) for one in (opens, closes, reverses)]
    assert gains == [Gain(closes=False), Gain(closes=True, realized=D(3)), Gain(closes=True, realized=D(-4))]
    assert [str(one.realized) for one in gains[1:]] == ["3.00", "-4.00"]


def test_of_an_entry_that_nobody_knows_and_of_two_fills_at_once_nothing_is_made_up():
    desk = a_desk()
    tell(desk, PositionChanged(Position("sim", "1", D(50), None)))
    unknown = fill(1, Side.SELL, "0.45", "10")
    trade(desk, unknown)
    tell(desk, PositionChanged(Position("sim", "1", D(40), D("0.40"))))
    both = fill(2, Side.SELL, "0.45", "10"), fill(3, Side.SELL, "0.46", "10")
    tell(desk, *(FillRecorded(one, "o", is_new=True) for one in both))
    tell(desk, PositionChanged(Position("sim", "1", D(20), D("0.40"), D("1.1"))))
    assert {desk.fills.gain(one) for one in (unknown, *both)} == {Gain(closes=True)}
    assert shown(desk)[1].rstrip().endswith("?  Will it rain?")


def test_the_newest_stand_first_with_all_their_numbers():
    desk = a_desk()
    trade(
        desk,
        fill(1, Side.BUY, "0.40", "1200", is_maker=True, age_s=7_300),
        fill(2, Side.SELL, "0.45", "60", fee="0.3125", age_s=65),
    )
    heading, *rows = shown(desk)
    assert heading.split() == ["FILLS", "side", "size", "price", "fee", "realized", "market"]
    assert [row.split() for row in rows] == [
        ["1:05", "SELL", "60", "YES", "0.45", "taker", "0.3125", "+3.00", "Will", "it", "rain?"],
        ["2h", "BUY", "1,200", "YES", "0.40", "maker", "0", "Will", "it", "rain?"],
    ]
    assert len({row.index("0.4") for row in rows}) == 1, "prices stand below each other"


@pytest.mark.parametrize("width", [24, 40, 60, 79, 80, 110])
def test_lines_are_as_wide_as_the_pane_and_numbers_whole(width):
    desk = a_desk()
    fee = {"fee_asset": "BNB", "fee_paid": D("0.00123")}
    trade(desk, fill(1, Side.BUY, "0.40", "1234567.89", **fee), fill(2, Side.SELL, "0.05", "1234567.89"))
    lines = shown(desk, width)
    assert {cell_width(line) for line in lines} == {width}
    assert all("1,234,567.89" in line for line in lines[1:])
    assert ("0.00123 BNB" in lines[2]) is (width >= 79), "a number is whole or not there"
    assert ("-432,098.76" in lines[1]) is (width >= 40)


@pytest.mark.parametrize(("width", "shown_too"), [(69, {"taker", "0.3125"}), (62, {"0.3125"}), (60, set())])
def test_where_it_is_narrow_what_matters_least_goes_first(width, shown_too):
    desk = a_desk()
    trade(
        desk, fill(1, Side.BUY, "0.40", "1234567.89"), fill(2, Side.SELL, "0.45", "1234567.89", fee="0.3125")
    )
    cells = set(shown(desk, width)[1].split())
    assert {"SELL", "1,234,567.89", "0.45", "+61,728.39"} <= cells
    assert cells & {"taker", "0.3125"} == shown_too


def test_a_rebate_is_shown_to_its_last_digit():
    desk = a_desk()
    trade(desk, fill(1, Side.BUY, "0.40", "100", fee="-0.123456789", is_maker=True))
    assert "-0.123456789" in shown(desk, 110)[1].split()


def test_without_room_or_without_a_fill_there_is_no_heading():
    desk = a_desk()
    assert shown(desk) == []
    trade(desk, *(fill(number, Side.BUY, "0.40", "1") for number in range(5)))
    assert shown(desk, rows=1) == []
    assert len(shown(desk, rows=3)) == 3


def test_an_undone_fill_looks_undone():
    desk = a_desk()
    one = fill(1, Side.BUY, "0.40", "100")
    trade(desk, one)
    tell(desk, FillRecorded(replace(one, settlement=Settlement.FAILED), "o", is_new=False))
    assert "undone" in shown(desk)[1]
    assert "undone" in shown(desk, 24)[1]


def test_only_so_many_are_kept_and_a_step_of_an_unknown_one_is_none():
    desk = a_desk()
    tell(desk, FillRecorded(fill(0, Side.BUY, "0.40", "1"), "o", is_new=False))
    assert desk.fills.newest(9) == []
    trade(
        desk, *(fill(number, Side(("BUY", "SELL")[number % 2]), "0.40", "1") for number in range(FILLS + 5))
    )
    kept = list(desk.fills)
    assert len(kept) == FILLS
    assert kept[0].trade_id == "t5"
    assert len(desk.fills._gains) <= FILLS
