"""What a key of the console sends to an exchange of the library: no cancel stands behind questions."""

import asyncio
import threading
import time
from decimal import Decimal

import pytest

from omega_tui.clock import SystemClock
from omega_tui.config.loading import load_config
from omega_tui.domain.commands import Arm, CancelOrders, PlaceOrder
from omega_tui.domain.events.account import OrderChanged
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.orders import OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.errors import OmegaError
from omega_tui.runtime.compose import Plan
from omega_tui.runtime.engine import Engine, LocalBackend
from omega_tui.runtime.lineup import lineup
from omega_tui.runtime.live import live

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

POLLS = 200
BTC = "sim-spot:BTC/USDT"


@pytest.fixture
def backend(tmp_path):
    loaded = load_config(path=None, environ={"HOME": str(tmp_path)}, flags={"sim.rate": "20"})
    plan = Plan(loaded, tmp_path / "state", lineup=lineup(loaded, ["sim-spot"]))
    engine = Engine(lambda platform, stack: live(plan, platform, stack, engine.adopt), SystemClock())
    made = LocalBackend(engine, venue="sim-spot", is_live=False)
    made.start()
    try:
        yield made
    finally:
        assert engine.stop()


def until(backend, holds, seconds=40.0):
    """Read events until one is what is wanted."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for event in backend.drain():
            if holds(event):
                return event
        time.sleep(0.002)
    raise AssertionError("it did not come")


def an_order(event, status):
    return isinstance(event, OrderChanged) and event.order.status is status


def test_a_cancel_leaves_while_two_hundred_polls_are_queued(backend, record_property):
    shown = until(backend, lambda one: isinstance(one, BookUpdated) and one.book is not None)
    assert shown.instrument == BTC, "the first venue shows a market without a key"
    deadline = time.monotonic() + 40

    def done_when_read(command):
        while (refused := backend.dispatch(command).exception(timeout=40)) is not None:
            assert isinstance(refused, OmegaError)  # The account, or the market, is still being read.
            assert time.monotonic() < deadline, refused
            time.sleep(0.05)

    done_when_read(Arm("sim-spot"))
    price = (shown.book.best_bid * Decimal("0.97")).quantize(Decimal("0.01"))
    request = OrderRequest(
        client_order_id="",
        instrument=BTC,
        venue="sim-spot",
        side=Side.BUY,
        size=Decimal("0.001"),
        price=price,
    )
    done_when_read(PlaceOrder(request))
    until(backend, lambda event: an_order(event, OrderStatus.ACCEPTED))

    engine = backend._engine
    session = engine.registry.get("streaming/sim-spot")._session

    async def poll():
        await session.ask("the book", lambda exchange: exchange.fetch_order_book("BTC/USDT"))

    async def waiting_at_the_cancel():
        """How many polls still wait when the cancel is told, counted where both happen."""
        news = engine.platform.bus.subscribe(OrderChanged)
        listening.set()
        while not an_order(await news.next(), OrderStatus.CANCELED):
            pass
        return sum(not each.done() for each in polls)

    listening = threading.Event()
    polls = [asyncio.run_coroutine_threadsafe(poll(), engine._loop) for _ in range(POLLS)]
    waiting = asyncio.run_coroutine_threadsafe(waiting_at_the_cancel(), engine._loop)
    assert listening.wait(40)
    began = time.perf_counter()
    # What Delete at the cursor, and x then c, send.
    backend.dispatch(CancelOrders("sim-spot", BTC, None, price)).result(timeout=40)
    until(backend, lambda event: an_order(event, OrderStatus.CANCELED))
    took_ms = (time.perf_counter() - began) * 1_000
    record_property("key_to_canceled_ms", round(took_ms, 1))
    assert waiting.result(timeout=40) > POLLS * 3 // 4, "in line, it would have been the last to leave"
    for each in polls:
        each.cancel()
