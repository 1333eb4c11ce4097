"""The drill room as a service: one drill at a time, by commands alone."""

from decimal import Decimal

import pytest

from omega_tui.bus.codec import decode_command, decode_event, encode_command
from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.commands import CancelOrders
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.lesson_commands import (
    AdvanceDrill,
    AnswerInDrill,
    CancelInDrill,
    EndDrill,
    OpenDrill,
    PlaceInDrill,
)
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.errors import OrderRefused, TeachingRefused
from omega_tui.runtime.drill_room import DrillRoom
from omega_tui.services.base import Platform


@pytest.fixture
def room():
    return DrillRoom(Platform(LocalBus(), ManualClock()))


def request(price, name="mine"):
    return OrderRequest(
        client_order_id=name, instrument="drill:A", venue="drill", side=Side.BUY, size=Decimal(1),
        price=price, post_only=True,
    )  # fmt: skip


async def test_a_drill_is_done_by_commands_alone(room):
    opened = await room.process(OpenDrill("post-only-below", 3))
    assert opened.title
    assert opened.instruments[0].id == "drill:A"
    step = await room.process(AdvanceDrill(2_000))
    book = [event.book for text in step.events if isinstance(event := decode_event(text), BookUpdated)][-1]
    step = await room.process(PlaceInDrill(request(book.best_bid - 1)))
    assert step.events
    assert not step.is_over
    assert (await room.process(AdvanceDrill(10_000))).is_over
    with pytest.raises(TeachingRefused, match="over"):
        await room.process(PlaceInDrill(request(book.best_bid, "late")))
    found = await room.process(EndDrill())
    assert found.passed
    with pytest.raises(TeachingRefused, match="No drill is open"):
        await room.process(AdvanceDrill(1))


async def test_time_does_not_go_back_and_refusals_count(room):
    await room.process(OpenDrill("post-only-below", 3))
    await room.process(AdvanceDrill(5_000))
    assert (await room.process(AdvanceDrill(1_000))).at_ms == 5_000
    with pytest.raises(OrderRefused):
        await room.process(PlaceInDrill(request(Decimal(9_000))))
    assert not (await room.process(EndDrill())).passed


async def test_own_orders_are_there_from_the_beginning_and_can_be_canceled(room):
    opened = await room.process(OpenDrill("cancel-all", 3))
    assert len(opened.orders) == 6
    await room.process(AdvanceDrill(500))
    await room.process(CancelInDrill(client_order_id="own0"))
    await room.process(CancelInDrill())
    assert (await room.process(EndDrill())).passed


async def test_a_drill_of_questions_is_answered(room):
    opened = await room.process(OpenDrill("yes-or-no", 3))
    assert len(opened.questions) == 6
    for number, _ in enumerate(opened.questions, 1):
        await room.process(AdvanceDrill(number * 1_000))
        assert (await room.process(AnswerInDrill(Decimal(1)))).card
    assert (await room.process(EndDrill())).measures[0].value is not None
    assert room.metrics() == {"drills_total": 1, "open": False}


async def test_nothing_of_a_drill_is_a_trading_command(room):
    assert not room.can_handle(CancelOrders())
    with pytest.raises(TeachingRefused, match="no drill 'dance'"):
        await room.process(OpenDrill("dance", 1))
    placed = PlaceInDrill(request(Decimal(1)))
    assert decode_command(encode_command(placed)) == placed
