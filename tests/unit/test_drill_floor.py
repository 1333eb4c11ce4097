"""A drill on the screen: events in, keys to commands of the room, and nothing that could reach a venue."""

from dataclasses import replace
from decimal import Decimal

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.config.model import OmegaConfig
from omega_tui.domain.commands import AmendOrder, CancelOrder, CancelOrders, Kill, PlaceOrder, StartProgram
from omega_tui.domain.data_limits import data_limits
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.integrity import DataState
from omega_tui.domain.lesson_commands import (
    DRILLING,
    AdvanceDrill,
    CancelInDrill,
    EndDrill,
    OpenDrill,
    PlaceInDrill,
)
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.programs import Bracket
from omega_tui.domain.side import Side
from omega_tui.education.drill_list import DRILLS
from omega_tui.runtime.drill_room import DrillRoom
from omega_tui.services.base import Platform
from omega_tui.text import cell_width
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.session.drill_floor import DrillFloor, in_drill
from omega_tui.ui.session.drill_lines import floor_lines, score_lines
from omega_tui.ui.session.session_state import Setting

SECOND = 10**9
ORDERED = [drill.id for drill in DRILLS.values() if not drill.asks]


def room():
    return DrillRoom(Platform(LocalBus(), ManualClock()))


async def floor_of(one, drill, seed=1):
    opened = await one.process(OpenDrill(drill, seed))
    limits = data_limits(OmegaConfig().data_state)
    setting = Setting(venue="sim", is_live=True, is_replay=False, limits=limits, glyphs="unicode")
    return DrillFloor(opened, shipped("verb"), setting, mono_ns=5 * SECOND)


@pytest.mark.parametrize("drill", ORDERED)
async def test_every_drill_of_orders_can_be_seen_and_traded(drill):
    floor = await floor_of(room(), drill)
    floor.session.resize(12)
    facts = floor.session.facts(floor.now_ns)
    assert facts.mode is TradingMode.ARMED
    assert facts.data.state is DataState.LIVE
    assert facts.venue == "drill"
    assert not floor.session.is_live("drill"), "whatever the console trades elsewhere"
    assert floor.session.ladder(facts, floor.now_ns).book is not None, "there is something to see at once"
    for width in (25, 66):
        for line in floor_lines(floor, width):
            assert sum(cell_width(piece.text) for piece in line) == width


async def test_time_is_what_the_screen_says():
    one = room()
    floor = await floor_of(one, "cancel-all")
    assert floor.due_ms(5 * SECOND) == 0
    assert floor.due_ms(7 * SECOND) == 2_000
    floor.take(await one.process(AdvanceDrill(2_500)))
    assert (floor.at_ms, floor.left_s, floor.is_over) == (2_500, 4, False)
    floor.take(await one.process(AdvanceDrill(6_000)))
    assert floor.is_over


async def test_while_the_line_is_lost_nothing_new_can_be_ordered():
    one = room()
    floor = await floor_of(one, "reconnect")
    states = set()
    for at_ms in range(0, 40_000, 500):
        floor.take(await one.process(AdvanceDrill(at_ms)))
        states.add(floor.session.status(floor.now_ns).state)
    assert DataState.DOWN in states
    assert floor.session.status(floor.now_ns).state is not DataState.DOWN


def test_whatever_the_grammar_sends_goes_to_the_room():
    request = OrderRequest(
        client_order_id="o",
        instrument="drill:A",
        venue="drill",
        side=Side.BUY,
        size=Decimal(1),
        price=Decimal(10),
    )
    sent = (
        PlaceOrder(request),
        CancelOrder("drill", "o"),
        CancelOrders(instrument="drill:A", side=Side.BUY),
        Kill("F9"),
        AmendOrder("drill", "o", price=Decimal(11)),
    )
    found, said = in_drill(sent)
    assert found == (
        PlaceInDrill(request),
        CancelInDrill("o"),
        CancelInDrill(instrument="drill:A", side=Side.BUY),
        CancelInDrill(),
    )
    assert all(isinstance(command, DRILLING) for command in found)
    assert "this it does not" in said


def test_a_moved_order_is_replaced_and_a_position_is_never_without_its_stop():
    request = OrderRequest(
        client_order_id="o", instrument="drill:A", venue="drill", side=Side.SELL, size=Decimal(10),
        price=Decimal(9), trigger_price=Decimal(9),
    )  # fmt: skip
    stop = Order(request=request, status=OrderStatus.ACCEPTED)
    limit = Order(
        request=replace(request, client_order_id="l", trigger_price=None), status=OrderStatus.ACCEPTED
    )
    place, cancel = in_drill((AmendOrder("drill", "o", price=Decimal(11)),), (stop, limit))[0]
    assert (place.request.trigger_price, place.request.price, place.request.size) == (11, 11, 10)
    assert cancel == CancelInDrill("o")
    cancel, place = in_drill((AmendOrder("drill", "l", size=Decimal(4)),), (stop, limit))[0]
    assert cancel == CancelInDrill("l")
    assert (place.request.trigger_price, place.request.price, place.request.size) == (None, 9, 4)


def test_a_bracket_is_its_three_orders_and_the_trader_is_told_that_they_stand_alone():
    entry = OrderRequest(
        client_order_id="",
        instrument="drill:A",
        venue="drill",
        side=Side.BUY,
        size=Decimal(10),
        price=Decimal(10),
    )
    stop = replace(entry, side=Side.SELL, trigger_price=Decimal(9), reduce_only=True)
    take = replace(entry, side=Side.SELL, price=Decimal(12), reduce_only=True)
    bracket = StartProgram(
        Bracket(venue="drill", instrument="drill:A", entry=entry, take=take, stop=stop, cap_ticks=3)
    )
    found, said = in_drill((bracket,))
    assert found == (PlaceInDrill(entry), PlaceInDrill(stop), PlaceInDrill(take))
    assert "cancel the other" in said


async def test_the_score_says_each_measure():
    one = room()
    floor = await floor_of(one, "cancel-all")
    score = await one.process(EndDrill())
    assert floor.opened.drill == score.drill
    shown = "\n".join("".join(piece.text for piece in line) for line in score_lines(score, 70))
    assert "NOT PASSED" in shown
    assert all(measure.text.split()[0] in shown for measure in score.measures)
