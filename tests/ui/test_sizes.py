"""What a trader needs is there at the sizes between those of the pictures, and what may be bad looks bad."""

import pytest
from cockpit import SIZES, console
from fake_backend import (
    NS,
    armed,
    book,
    book_event,
    connection,
    every_order,
    holding,
    opening,
    orders,
)
from test_level_marks import looked, marked, swinging

from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.integrity import ConnectionState, StreamName
from omega_tui.domain.orders import OrderStatus
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.orders import Orders
from omega_tui.ui.widgets.tape import Tape


def calm(backend):
    """Publish a position and orders, none of them in trouble."""
    found = {OrderStatus.UNKNOWN, OrderStatus.REJECTED}
    holding(backend)
    orders(backend, *(one for one in every_order() if one.status not in found))
    armed(backend)


def account_down(backend):
    backend.publish(connection(StreamName.ACCOUNT, state=ConnectionState.DOWN, reason="refused"))


@pytest.fixture
def size(request, monkeypatch):
    """The name of a size in cells, as `100x30`."""
    columns, lines = map(int, request.param.split("x"))
    monkeypatch.setitem(SIZES, request.param, (columns, lines))
    return request.param


@pytest.mark.parametrize("size", ["60x18", "76x24"], indirect=True)
async def test_where_a_tape_does_not_fit_beside_a_whole_ladder_the_ladder_leaves_columns_out(size):
    async with console(calm, size=size) as cockpit:
        tape, ladder = cockpit.app.screen.query_one(Tape), cockpit.app.screen.query_one(Ladder)
        assert tape.rows_shown[0].text.split()[-1].startswith("25"), "the size of the newest print"
        assert ladder.size.width == min(54, SIZES[size][0] - 23)
        assert "160" in "".join(row.text for row in ladder.rows_shown), "our own size"


@pytest.mark.parametrize("size", ["100x24", "120x24", "160x24"], indirect=True)
async def test_orders_and_positions_are_whole_on_a_low_or_slim_terminal(size):
    async with console(calm, size=size) as cockpit:
        table = cockpit.lines("#orders")
        assert "state" in table[0]
        assert any("0:00" in line for line in table), "an age"
        assert any("sent" in line for line in table)
        positions = "\n".join(cockpit.lines("#positions"))
        assert "+300" in positions
        assert "+40" in positions
        assert cockpit.app.screen.query_one(Tape).capacity >= 2


@pytest.mark.parametrize("size", ["80x50"], indirect=True)
async def test_on_a_narrow_and_tall_terminal_what_is_ours_stands_below_the_tape(size):
    async with console(calm, size=size) as cockpit:
        assert cockpit.app.screen.query_one(Orders).size.height >= 5
        assert "ORDERS 6" in cockpit.lines("#orders-title")[0]
        assert any("+300" in line for line in cockpit.lines("#positions"))
        await cockpit.keys("g", "p")
        assert not cockpit.app.screen.query_one(Tape).size


@pytest.mark.parametrize("size", ["70x24"], indirect=True)
async def test_while_the_account_tells_nothing_the_ladder_says_that_our_orders_are_as_last_heard(size):
    async with console(calm, size=size) as cockpit:
        ladder = cockpit.app.screen.query_one(Ladder)
        assert "BID" in ladder.rows_shown[1].text
        account_down(cockpit.backend)
        await cockpit.frame(0.3)
        assert "ACCOUNT DOWN: orders as last heard" in ladder.rows_shown[1].text
        assert "acct DOWN" in cockpit.header, "before the name of the market"
        opening(cockpit.backend)
        await cockpit.frame(0.3)
        assert "BID" in ladder.rows_shown[1].text


async def test_without_anything_of_ours_an_account_that_is_down_hides_no_heading():
    async with console(account_down, size="small") as cockpit:
        assert "BID" in cockpit.app.screen.query_one(Ladder).rows_shown[1].text


async def test_the_kill_switch_is_not_called_disarmed():
    async with console(armed, size="small") as cockpit:
        cockpit.backend.publish(ArmChanged("sim", TradingMode.HALTED, "the kill switch was thrown"))
        await cockpit.frame()
        assert "KILLED, until :unkill: the kill switch was thrown" in cockpit.strip
        assert "disarmed" not in cockpit.strip


async def test_the_age_of_a_live_book_moves_nothing_beside_it():
    async with console(armed, size="small") as cockpit:
        seen = set()
        for age_ms in (4, 38, 338):
            now_ns = cockpit.backend.clock.now_ns() + NS
            cockpit.backend.clock.advance(1)
            cockpit.backend.publish(book_event(book(sequence=age_ms), age_ms=age_ms, now_ns=now_ns))
            await cockpit.frame()
            line = cockpit.lines("#header")[0]
            assert f"{age_ms}ms" in line
            seen.add((line.index("│ book"), line.index("hash ok")))
        assert len(seen) == 1


async def test_levels_are_marked_without_a_chart_on_the_screen():
    async with console(armed, backend=swinging(), size="small") as cockpit:
        await looked(cockpit)
        await cockpit.keys("g", "f")
        assert "0.40 to 0.52 are marked with an f" in "".join(cockpit.lines("#strip"))
        assert "0.44" in marked(cockpit)
