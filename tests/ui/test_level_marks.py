"""`g` `f`: the levels of the swing in force on the ladder, on and off, and never in the way of an order."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from bars import candle
from cockpit import SIZES, Cockpit, by_hand, console
from fake_backend import (
    NOON,
    NS,
    FakeBackend,
    armed,
    every_order,
    holding,
    in_state,
    opening,
    order,
    orders,
    trades,
)

from omega_tui.config.model import OmegaConfig
from omega_tui.config.screen import UiConfig
from omega_tui.domain.candle import CandleHistory
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderStatus
from omega_tui.ui.app import make_app
from omega_tui.ui.commands.commands import parse
from omega_tui.ui.ladder.rows import row_prices

CLOSES = (0.40, 0.41) * 12 + (0.40, *(0.40 + step / 100 for step in range(1, 13)), 0.50, 0.48, 0.46)


def swinging():
    """Return a backend with a past of minutes that rose from 0.40 to 0.52 and came back to 0.46."""
    backend = FakeBackend()
    first_ns = NOON // (60 * NS) * 60 * NS - (len(CLOSES) - 2) * 60 * NS
    bars = []
    for at, (before, close) in enumerate(pairwise(CLOSES)):
        low, high = sorted((round(before, 2), round(close, 2)))
        bar = candle(round(before, 2), high, low, round(close, 2))
        bars.append(replace(bar, instrument="1001", start_ns=first_ns + at * 60 * NS))
    backend.candles["1001", "1m"] = CandleHistory(tuple(bars))
    return backend


async def looked(cockpit):
    """Let the panel look at the bars, and the book be of now again."""
    for _ in range(4):
        await cockpit.frame(1.1)
    await cockpit.fresh()


def marked(cockpit):
    """Return the prices that the ladder marks."""
    ladder = cockpit.app._trading.ladder
    prices = row_prices(ladder.model)
    rows = zip(prices, ladder.rows_shown[2:], strict=True)
    return {f"{price}" for price, row in rows if any(piece.role == "slot.level" for piece in row.pieces)}


def heading(cockpit):
    return cockpit.app._trading.ladder.rows_shown[1].text


async def test_gf_marks_the_levels_until_the_data_are_doubtful_and_changes_no_order():
    backend = swinging()
    own = order(1, OrderStatus.ACCEPTED, 44)
    async with console(armed, lambda b: orders(b, own), backend=backend) as cockpit:
        await looked(cockpit)
        assert not marked(cockpit)
        await cockpit.keys("g", "f")
        assert "0.40 to 0.52 are marked with an f" in cockpit.strip
        assert marked(cockpit) == {"0.40", "0.42", "0.44", "0.46", "0.47", "0.49", "0.52"}
        assert "YES f " in heading(cockpit)

        await cockpit.keys("j", "j")
        assert "fib" not in cockpit.lines("#strip")[0]
        await cockpit.keys("k")
        assert "fib .618" in cockpit.lines("#strip")[0]

        in_state(backend, DataState.RESYNC)
        await cockpit.frame()
        assert not marked(cockpit)
        assert "fib" not in cockpit.lines("#strip")[0]
        await cockpit.fresh()
        assert "0.44" in marked(cockpit)

        await cockpit.frame(0.4)
        await cockpit.fresh()
        await cockpit.keys("b", "c")
        assert [request.price for request in backend.placed()] == [Decimal("0.44")]
        await cockpit.keys("g", "f")
        assert "no longer marked" in cockpit.strip
        assert not marked(cockpit)
        assert " f" not in heading(cockpit)
        assert "fib" not in cockpit.lines("#strip")[0]


async def test_without_a_certain_swing_it_waits_for_one_even_with_the_panel_away():
    async with console(backend=swinging(), panel="off", size="small") as cockpit:
        await cockpit.keys("g", "f")
        assert "once a swing is certain" in " ".join(line.strip() for line in cockpit.lines("#strip"))
        assert not marked(cockpit)
        assert "YES f?" in heading(cockpit)
        await looked(cockpit)
        assert "0.44" in marked(cockpit)


async def test_only_the_ladder_that_the_panel_looks_at_says_that_it_marks():
    async with console(backend=swinging()) as cockpit:
        await looked(cockpit)
        cockpit.backend.publish(*trades("2001"))
        await cockpit.keys("g", "f")
        cockpit.app.run_call(parse("ladder add", cockpit.app.choices()))
        await cockpit.frame()
        first, second = (ladder.rows_shown[1].text for ladder in cockpit.app._trading.ladders)
    assert " f" not in first
    assert " f?" in second, "the swing is still that of the other market"


def test_the_picture(snap_compare):
    """With an order of ours and the position's price beside marks: nothing may look like something else."""
    backend = swinging()
    config = replace(OmegaConfig(), ui=UiConfig(fps=1))
    app = make_app(backend, config, clock=backend.clock)

    async def bring(pilot):
        by_hand(app)
        cockpit = Cockpit(app, backend, pilot)
        await cockpit.frame()
        for step in (opening, holding, armed, lambda b: orders(b, *every_order())):
            step(backend)
        await looked(cockpit)
        await cockpit.keys("g", "f")

    assert snap_compare(app, terminal_size=SIZES["medium"], run_before=bring)
