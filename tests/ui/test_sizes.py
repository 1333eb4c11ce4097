"""What a trader needs is there at the sizes between those of the pictures, and what may be bad looks bad."""

from functools import partial
from itertools import product

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
from omega_tui.ui.ladder.layouts import LEAST_TAPE
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.orders import Orders
from omega_tui.ui.widgets.tape import Tape

ORDER_LINES = {
    (100, 24): (4, 6, 4, 6),
    (120, 24): (6, 9, 6, 9),
    (160, 24): (3, 5, 3, 5),
    (100, 30): (4, 6, 6, 9),
    (120, 30): (6, 3, 8, 6),
}
"""Of a table of orders and its heading, by columns and lines of the terminal.

With a chart, and without; then the same with the panel that teaches hidden, which gives its room to what is
ours where it has any.
"""


def calm(backend):
    """Publish a position and orders, none of them in trouble."""
    found = {OrderStatus.UNKNOWN, OrderStatus.REJECTED}
    holding(backend)
    orders(backend, *(one for one in every_order() if one.status not in found))
    armed(backend)


def account_down(backend):
    backend.publish(connection(StreamName.ACCOUNT, state=ConnectionState.DOWN, reason="refused"))


async def until(cockpit, is_there):
    """Draw until something is to be seen, for so many frames: panes are laid out between two of them."""
    for _ in range(30):
        if is_there():
            return
        await cockpit.frame(0.1)
    assert is_there(), (cockpit.app.size, cockpit.lines("#orders"), cockpit.lines("#positions"))


async def test_between_the_usual_sizes_all_that_is_ours_is_there():
    async with console(calm, size="small") as cockpit:
        screen, resize = cockpit.app.screen, cockpit.pilot.resize_terminal
        tape, ladder, orders = screen.query_one(Tape), screen.query_one(Ladder), screen.query_one(Orders)
        positions = screen.query_one("#positions")

        def has_a_whole_tape():
            """With the size of the newest print, beside a ladder with our own size."""
            newest = tape.rows_shown[0].text.split()[-1]
            is_ours_there = "160" in "".join(row.text for row in ladder.rows_shown)
            return ladder.size.width == 60 - LEAST_TAPE and newest.startswith("25") and is_ours_there

        def has_what_is_ours(height):
            """With an age and the words for a state, two positions and some prints."""
            table, held = cockpit.lines("#orders"), "\n".join(cockpit.lines("#positions"))
            is_told = "state" in table[0] and all(
                any(word in one for one in table) for word in (" 0:0", "sent")
            )
            is_held = positions.size.height >= 2 and "+300" in held and "+40" in held
            return len(table) == height and is_told and is_held and tape.capacity >= 3

        def has_orders_below_the_tape():
            is_titled = "ORDERS 6" in cockpit.lines("#orders-title")[0]
            return orders.size.height >= 5 and is_titled and "+300" in "".join(cockpit.lines("#positions"))

        await resize(60, 18)
        await until(cockpit, has_a_whole_tape)
        for (columns, lines), heights in ORDER_LINES.items():
            shown = product((True, False), (True, False))
            for (has_panel, has_chart), height in zip(shown, heights, strict=True):
                screen.set_panel(shown=has_panel)
                screen.has_chart = has_chart
                await resize(columns, lines)
                await cockpit.frame(0.1)  # What was laid out before may look the same, and is not asked.
                await cockpit.frame(0.1)
                await until(cockpit, partial(has_what_is_ours, height))
        screen.set_panel(shown=True)
        await resize(80, 50)
        await until(cockpit, has_orders_below_the_tape)
        await cockpit.keys("g", "p")
        await until(cockpit, lambda: not tape.size)


async def test_while_the_account_tells_nothing_the_ladder_says_that_our_orders_are_as_last_heard():
    async with console(account_down, size="small") as cockpit:
        ladder = cockpit.app.screen.query_one(Ladder)
        assert "BID" in ladder.rows_shown[1].text, "nothing of ours, of which it could have told"
        calm(cockpit.backend)
        said = "ACCOUNT DOWN: orders as last heard"
        await cockpit.pilot.resize_terminal(70, 24)
        await until(cockpit, lambda: said in ladder.rows_shown[1].text)
        assert "acct DOWN" in cockpit.header, "before the name of the market"
        opening(cockpit.backend)
        await until(cockpit, lambda: "BID" in ladder.rows_shown[1].text)


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
