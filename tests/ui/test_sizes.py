"""What a trader needs is there at the sizes between those of the pictures, and what may be bad looks bad."""

from functools import partial

from cockpit import console
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
from test_level_marks import looked, swinging

from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.integrity import ConnectionState, StreamName
from omega_tui.domain.orders import OrderStatus
from omega_tui.ui.layouts import LEAST_TAPE
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.orders import Orders
from omega_tui.ui.widgets.tape import Tape

ORDER_LINES = {(100, 24): (4, 6), (120, 24): (6, 9), (160, 24): (3, 5), (100, 30): (4, 6), (120, 30): (6, 3)}
"""Of a table of orders and its heading, by columns and lines of the terminal: with a chart, and without."""


def calm(backend):
    """Publish a position and orders, none of them in trouble."""
    found = {OrderStatus.UNKNOWN, OrderStatus.REJECTED}
    holding(backend)
    orders(backend, *(one for one in every_order() if one.status not in found))
    armed(backend)


def account_down(backend):
    backend.publish(connection(StreamName.ACCOUNT, state=ConnectionState.DOWN, reason="refused"))


async def resized(cockpit, columns, lines, is_laid_out):
    """Give the terminal another size, and draw until the panes are laid out in it; at most so many frames."""
    await cockpit.pilot.resize_terminal(columns, lines)
    await cockpit.frame(0.1)
    for _ in range(20):
        if is_laid_out():
            break
        await cockpit.frame(0.1)
    assert is_laid_out(), (columns, lines)


async def test_between_the_usual_sizes_all_that_is_ours_is_there():
    async with console(calm, size="small") as cockpit:
        screen = cockpit.app.screen
        tape, ladder, positions = (
            screen.query_one(Tape),
            screen.query_one(Ladder),
            screen.query_one("#positions"),
        )
        await resized(cockpit, 60, 18, lambda: ladder.size.width == 60 - LEAST_TAPE)
        assert tape.rows_shown[0].text.split()[-1].startswith("25"), "the size of the newest print"
        assert "160" in "".join(row.text for row in ladder.rows_shown), "our own size"

        def has_room(orders):
            held = positions.size.height
            return len(cockpit.lines("#orders")) == orders and held >= 2

        for (columns, lines), heights in ORDER_LINES.items():
            for has_chart, height in zip((True, False), heights, strict=True):
                screen.has_chart = has_chart
                await resized(cockpit, columns, lines, partial(has_room, height))
                table = cockpit.lines("#orders")
                assert "state" in table[0]
                assert any(" 0:0" in line for line in table), "an age"
                assert any("sent" in line for line in table)
                held = "\n".join(cockpit.lines("#positions"))
                assert "+300" in held
                assert "+40" in held
                assert tape.capacity >= 3

        orders = screen.query_one(Orders)
        await resized(cockpit, 80, 50, lambda: orders.size.height >= 5)
        assert "ORDERS 6" in cockpit.lines("#orders-title")[0]
        assert any("+300" in line for line in cockpit.lines("#positions"))
        await cockpit.keys("g", "p")
        assert not tape.size


async def test_while_the_account_tells_nothing_the_ladder_says_that_our_orders_are_as_last_heard():
    async with console(account_down, size="small") as cockpit:
        ladder = cockpit.app.screen.query_one(Ladder)
        assert "BID" in ladder.rows_shown[1].text, "nothing of ours, of which it could have told"
        calm(cockpit.backend)
        said = "ACCOUNT DOWN: orders as last heard"
        await resized(cockpit, 70, 24, lambda: said in ladder.rows_shown[1].text)
        assert "acct DOWN" in cockpit.header, "before the name of the market"
        opening(cockpit.backend)
        await cockpit.frame(0.3)
        assert "BID" in ladder.rows_shown[1].text


async def test_the_age_of_a_live_book_moves_nothing_beside_it_and_a_kill_is_not_called_disarmed():
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

        cockpit.backend.publish(ArmChanged("sim", TradingMode.HALTED, "the kill switch was thrown"))
        await cockpit.frame()
        assert "KILLED, until :unkill: the kill switch was thrown" in cockpit.strip
        assert "disarmed" not in cockpit.strip


async def test_the_panel_has_its_candles_without_a_chart_on_the_screen():
    """At 80 columns there is none unless the trader asks for it, and `gf` marks what the panel found."""
    async with console(armed, backend=swinging(), size="small") as cockpit:
        await cockpit.frame(1.1)
        await cockpit.frame(1.1)
        await looked(cockpit)
        assert cockpit.app.session.panel.swing is not None
