"""An order of one outcome, seen and canceled from the ladder of the other."""

from decimal import Decimal

from cockpit import console
from fake_backend import armed, order, orders
from textual import events

from omega_tui.domain.commands import AmendOrder, CancelOrders
from omega_tui.domain.orders import OrderStatus
from omega_tui.ui.widgets.ladder import Ladder

D = Decimal


async def test_it_is_neither_dragged_nor_nudged_here_and_canceled_as_it_was_sent():
    working = order(1, OrderStatus.ACCEPTED, 41)
    async with console(armed, lambda backend: orders(backend, working)) as cockpit:
        await cockpit.keys("tab")
        await cockpit.frame(0.5)
        ladder = cockpit.app.screen.query_one(Ladder)
        y = {price: 2 + row for row, price in enumerate(ladder.painted.prices)}
        await cockpit.pilot.mouse_down(Ladder, offset=(25, y[D("0.59")]))
        for price in ("0.60", "0.59", "0.58"):
            await cockpit.pilot._post_mouse_events(
                [events.MouseMove], Ladder, offset=(25, y[D(price)]), button=1
            )
            await cockpit.frame(0.05)
        assert cockpit.strip == "that order is one of YES: Tab, then move it"
        await cockpit.pilot.mouse_up(Ladder, offset=(25, y[D("0.58")]))
        await cockpit.keys("g", "o")
        await cockpit.frame(0.4)
        await cockpit.fresh()
        assert ladder.painted.cursor_price == D("0.59")
        await cockpit.keys("u")
        assert cockpit.strip == "that order is one of YES: Tab, then move it"
        await cockpit.keys("x", "c")
        assert cockpit.strip == "canceling YES BUY 100 @ 0.41"
        assert [one for one in cockpit.backend.commands if isinstance(one, CancelOrders | AmendOrder)] == [
            CancelOrders("sim", "1001", None, D("0.41"))
        ]
