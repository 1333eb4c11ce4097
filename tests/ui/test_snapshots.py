"""Pictures of the console at a fixed clock. Look at each before it is accepted.

`pytest tests/ui/test_snapshots.py --snapshot-update` writes them afresh.
"""

from dataclasses import replace

import pytest
from cockpit import SIZES, Cockpit, by_hand
from fake_backend import (
    TICK,
    FakeBackend,
    armed,
    every_order,
    holding,
    in_state,
    opening,
    order,
    orders,
    replaying,
)

from omega_tui.config.model import OmegaConfig
from omega_tui.config.screen import UiConfig
from omega_tui.domain.events.account import ProgramChanged
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.programs import Amend, Program, ProgramStatus, Stop
from omega_tui.domain.side import Side
from omega_tui.ui.app import make_app
from omega_tui.ui.style.themes import bundled_files

THEMES = ("omega-dark", "omega-light")


def extra_orders():
    """Return a second order at a price that has one."""
    return [order(11, OrderStatus.ACCEPTED, 43, size=50, age_s=8)]


def held(backend):
    """Publish a stop that waits here, and an order that is being moved."""
    stop = replace(order(12, OrderStatus.INTENT, 38, Side.SELL).request, trigger_price=TICK * 39)
    moved = order(8, OrderStatus.ACCEPTED, 52, Side.SELL, size=120).request
    backend.publish(
        ProgramChanged(
            Program(
                id="p1",
                spec=Stop(instrument="1001", venue="sim", order=stop, cap_ticks=3),
                status=ProgramStatus.WORKING,
                held=(stop,),
            )
        ),
        ProgramChanged(
            Program(
                id="p2",
                spec=Amend(instrument="1001", venue="sim", client_order_id="o7f20008", order=moved),
                status=ProgramStatus.WORKING,
            )
        ),
    )


def trading(backend):
    """Publish an armed console with a position and working orders, none of them in trouble."""
    holding(backend)
    calm = {OrderStatus.UNKNOWN, OrderStatus.REJECTED}
    orders(backend, *(one for one in every_order() if one.status not in calm))
    armed(backend)


@pytest.fixture
def picture(snap_compare):
    """Compare a console, brought to a point by events and keys, with its picture."""

    def compare(size, *setup, keys=(), backend=None, **ui):
        backend = backend if backend is not None else FakeBackend()
        app = make_app(
            backend,
            replace(OmegaConfig(), ui=replace(UiConfig(fps=1), **ui)),
            clock=backend.clock,
        )

        async def bring(pilot):
            by_hand(app)
            cockpit = Cockpit(app, backend, pilot)
            await cockpit.frame()
            opening(backend)
            for step in setup:
                step(backend)
            await cockpit.frame()
            await cockpit.frame(0.3)
            if keys:
                await cockpit.frame(0.4)
                await cockpit.fresh()
            await cockpit.keys(*keys)
            await cockpit.frame()

        return snap_compare(app, terminal_size=SIZES[size], run_before=bring)

    return compare


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", DataState)
@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_trade_screen(picture, size, state, theme):
    assert picture(size, trading, lambda backend: in_state(backend, state), theme=theme)


@pytest.mark.parametrize("theme", [name for name in bundled_files() if name not in THEMES])
def test_every_palette(picture, theme):
    """With an order in each state and a verb that waits, so that every role has its place."""
    show = (holding, lambda b: orders(b, *every_order(), *extra_orders()), held, armed)
    assert picture("medium", *show, theme=theme)


@pytest.mark.parametrize("state", [DataState.LIVE, DataState.STALE])
@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_trade_screen_without_colour(picture, monkeypatch, size, state):
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(size, trading, lambda backend: in_state(backend, state))


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("glyphs", ["ascii", "cjk"])
def test_other_glyphs(picture, glyphs, size):
    assert picture(size, trading, keys=("b",), glyphs=glyphs)


@pytest.mark.parametrize("colour", ["colour", "no-colour"])
@pytest.mark.parametrize("glyphs", ["unicode", "ascii"])
def test_every_order_state(picture, monkeypatch, glyphs, colour):
    if colour == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    assert picture("medium", holding, lambda b: orders(b, *every_order()), armed, glyphs=glyphs)


def other_outcome(backend):
    """Publish orders of NO on the ladder of YES, one of them where one of YES rests."""
    there = [
        order(13, OrderStatus.ACCEPTED, 55, size=40, instrument="1002"),
        order(14, OrderStatus.PARTIALLY_FILLED, 52, size=50, filled=20, instrument="1002"),
        order(15, OrderStatus.SUBMITTED, 57, Side.SELL, size=60, instrument="1002", age_s=0),
        order(16, OrderStatus.ACCEPTED, 50, size=7, instrument="1002"),
    ]
    orders(
        backend,
        order(4, OrderStatus.ACCEPTED, 43),
        order(8, OrderStatus.ACCEPTED, 50, Side.SELL, size=12),
        *there,
    )


def test_orders_of_the_other_outcome(picture):
    """Mirrored, under its initial, and named by what was sent where the cursor is."""
    assert picture("medium", other_outcome, armed, keys=("g", "o"))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("buy", "b"),
        ("cross", "bx"),
        ("cancel", "x"),
        ("flatten", "f"),
        ("go", "g"),
    ],
)
def test_pending(picture, name, keys):
    assert name
    assert picture("small", trading, keys=tuple(keys))


def test_disarmed_at_rest(picture):
    assert picture("small")


def test_armed_with_real_money(picture):
    assert picture("medium", trading, backend=FakeBackend(is_live=True))


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_help(picture, size):
    assert picture(size, trading, keys=("question_mark",))


@pytest.mark.parametrize("size", ["small", "medium"])
def test_search(picture, size):
    assert picture(size, trading, keys=("slash", "r", "a"))


@pytest.mark.parametrize("size", ["small", "medium"])
def test_markets(picture, size):
    assert picture(size, trading, keys=("g", "4"))


def test_system(picture):
    assert picture("medium", trading, keys=("g", "6"))


def test_command_line(picture):
    assert picture("small", trading, keys=("colon", "r", "e"))


@pytest.mark.parametrize("key", ["o", "p"])
def test_side_panes_of_a_narrow_terminal(picture, key):
    assert picture("small", trading, keys=("g", key))


def test_palette_beside_the_ladder(picture):
    assert picture("medium", trading, keys=("ctrl+p",))


def test_too_small(picture):
    assert picture("tiny", trading)


@pytest.mark.parametrize("size", ["small", "medium"])
def test_replay(picture, size):
    assert picture(size, replaying, backend=FakeBackend(is_replay=True))


def test_replay_that_stands_still(picture):
    assert picture(
        "small", lambda backend: replaying(backend, paused=True), backend=FakeBackend(is_replay=True)
    )
