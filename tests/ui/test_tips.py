"""Tips in the panel: from a rule to a sentence, away by a key, and never while an order is being entered."""

from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal

from cockpit import console
from fake_backend import NS, FakeBackend, order

from omega_tui.domain.events.account import OrderChanged
from omega_tui.domain.lesson_commands import DismissTip, OfferTip, SetTips
from omega_tui.domain.orders import OrderStatus
from omega_tui.education.progress import Progress
from omega_tui.education.signals import Signal
from omega_tui.education.tips import TipEngine
from omega_tui.services.lesson_files import load_catalogue


class TippingBackend(FakeBackend):
    """A fake engine with the real rules and the real budget."""

    def __init__(self):
        super().__init__()
        self.engine = TipEngine(load_catalogue().tip_rules, Progress(), lambda _: 0.0)

    def dispatch(self, command):
        future = super().dispatch(command)
        if isinstance(command, OfferTip):
            signals = [Signal(one.name, {**one.numbers, **one.words}) for one in command.noticed]
            found = self.engine.offer(signals, now_ns=self.clock.now_ns(), is_busy=False)
            future = Future()
            future.set_result(found[0] if found is not None else None)
        return future


def part_filled(backend, number):
    """Tell of an order of which a part is filled."""
    made = replace(
        order(number, OrderStatus.PARTIALLY_FILLED, 44),
        filled=Decimal(30),
        ts_changed_ns=backend.clock.now_ns() + NS,
    )
    backend.publish(OrderChanged(made))


async def seconds(cockpit, count):
    """Let seconds pass one by one: the panel looks behind a frame, once in each."""
    for _ in range(count):
        await cockpit.frame(1.1)


def shown(cockpit):
    return " ".join(" ".join(cockpit.lines("#learn")).split())


async def test_a_tip_stands_in_the_panel_until_a_key_sends_it_away():
    backend = TippingBackend()
    async with console(backend=backend) as cockpit:
        await seconds(cockpit, 4)
        part_filled(backend, 1)
        await seconds(cockpit, 3)
        assert "TIP 30 of 100 filled; the rest keeps its place in the queue." in shown(cockpit)
        assert cockpit.app.session.panel.lesson == "b-02-ladder-queue"
        assert not cockpit.app.screen.query_one("#learn").has_focus
        await cockpit.keys("g", "d")
        assert "TIP" not in shown(cockpit)
        assert DismissTip("first-partial-fill") in backend.commands


async def test_nothing_appears_while_an_order_is_entered_or_the_panel_is_away_and_off_is_off():
    backend = TippingBackend()
    async with console(backend=backend) as cockpit:
        watch = cockpit.app.session.panel.watch
        await seconds(cockpit, 4)
        await cockpit.fresh()
        await cockpit.keys("x")
        part_filled(backend, 1)
        watch.coming = backend.engine.offer(
            [Signal("market.resolves_soon", {"minutes": Decimal(3)})], now_ns=1, is_busy=False
        )[0]
        await cockpit.frame(1.2)
        assert cockpit.app.session.entry.is_pending
        assert watch.tip is None
        assert "TIP" not in shown(cockpit)
        await cockpit.keys("escape")
        await seconds(cockpit, 2)
        assert "resolve in 3 minutes" in shown(cockpit)
        cockpit.app.tips_command("off")
        part_filled(backend, 2)
        await seconds(cockpit, 2)
        assert "TIP" not in shown(cockpit)
        assert SetTips("off") in backend.commands
        assert not [one for one in backend.commands if isinstance(one, OfferTip)]


async def test_the_panel_is_hidden_from_the_start_where_orders_are_one_key():
    async with console(keymap="onekey", confirm="none") as cockpit:
        assert cockpit.app.session.panel.is_hidden
        assert not cockpit.app._trading.shows_panel
        await cockpit.keys("g", "x")
        await cockpit.frame()
        assert cockpit.app._trading.shows_panel
