"""The keeper of price alerts: on a real bus, with its real file."""

import asyncio
import json
from decimal import Decimal

import pytest

from omega_tui.bus.codec import decode_command, decode_event, encode_command, encode_event
from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.alert_messages import ALERT_EVENTS, AlertReached, AlertsChanged, DropAlerts, SetAlert
from omega_tui.domain.alerts import MAX_ALERTS, Cross, PriceAlert
from omega_tui.domain.commands import Kill
from omega_tui.domain.events.market import BookUpdated, TradePrinted
from omega_tui.domain.events.status import Alert, ServiceState
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.domain.trade import Trade
from omega_tui.errors import AlertsError, NoHandler
from omega_tui.services.base import Platform
from omega_tui.services.price_alerts import PriceAlerts
from omega_tui.services.registry import ServiceRegistry

D = Decimal
RISE = SetAlert("btc", "sim", D(105), Cross.ABOVE, "take some off")


class Keeper:
    """A running service, and what it said."""

    def __init__(self, path):
        self.clock = ManualClock()
        self.bus = LocalBus()
        self.service = PriceAlerts(Platform(self.bus, self.clock), path)
        self.registry = ServiceRegistry()
        self.registry.register(self.service)
        self.inbox = self.bus.subscribe(*ALERT_EVENTS, Alert)

    async def __aenter__(self):
        await self.registry.start(self.service)
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self._body = self._group.create_task(self.service.run())
        return self

    async def __aexit__(self, *_):
        self._body.cancel()
        await self._group.__aexit__(None, None, None)
        await self.registry.stop(self.service)

    async def until(self, kind):
        async with asyncio.timeout(20):
            while True:
                event = await self.inbox.next()
                if isinstance(event, kind):
                    return event

    async def holds(self, fact):
        """Wait for a fact that no event tells."""
        async with asyncio.timeout(20):
            while not fact():  # noqa: ASYNC110 - that is the point
                await asyncio.sleep(0.001)

    async def listens(self):
        """Wait until it reads the market."""
        await self.holds(lambda: self.bus.has_readers(TradePrinted))

    def print(self, price):
        at = self.clock.now_ns() + 1
        self.bus.publish(TradePrinted("btc", at, at, Trade("btc", D(price), D(1), None, "1", at, at)))


async def test_an_alert_is_told_once_and_is_gone_from_disk_with_it(tmp_path):
    path = tmp_path / "deep" / "alerts.json"
    async with Keeper(path) as keeper:
        await keeper.registry.dispatch(RISE)
        (kept,) = json.loads(path.read_bytes())["alerts"]
        assert (kept["price"], kept["note"]) == ("105", "take some off")
        assert path.stat().st_mode & 0o777 == 0o600
        await keeper.listens()
        keeper.print("104")
        keeper.print("106")
        reached = await keeper.until(AlertReached)
        assert (reached.alert.note, reached.price) == ("take some off", D(106))
        assert (await keeper.until(AlertsChanged)).alerts == ()
        keeper.print("107")
        await keeper.registry.dispatch(SetAlert("btc", "sim", D(95), Cross.BELOW))
        assert not [one for one in keeper.inbox.drain() if isinstance(one, AlertReached)]
        (kept,) = json.loads(path.read_bytes())["alerts"]
        assert not kept["note"]
        assert keeper.service.metrics() == {"waiting": 1, "reached_total": 1}


async def test_what_was_set_waits_after_a_restart_and_a_book_reaches_it(tmp_path):
    path = tmp_path / "alerts.json"
    async with Keeper(path) as keeper:
        await keeper.registry.dispatch(RISE)
    async with Keeper(path) as keeper:
        assert [one.price for one in (await keeper.until(AlertsChanged)).alerts] == [D(105)]
        await keeper.listens()
        bids, asks = ((PriceLevel(D(price), D(1)),) for price in (105, 106))
        book = BookSnapshot("btc", bids, asks, D(1))
        keeper.bus.publish(BookUpdated("btc", book, Integrity(IntegrityState.VERIFIED), 1))
        assert (await keeper.until(AlertReached)).price == D(105)


async def test_it_reads_nothing_while_nothing_waits(tmp_path):
    async with Keeper(tmp_path / "alerts.json") as keeper:
        assert not keeper.bus.has_readers(TradePrinted)
        await keeper.registry.dispatch(RISE)
        await keeper.listens()
        assert await keeper.registry.dispatch(DropAlerts()) == 1
        keeper.print("1")
        await keeper.holds(lambda: not keeper.bus.has_readers(TradePrinted))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (SetAlert("btc", "sim", D(0), Cross.ABOVE), "above zero"),
        (SetAlert("btc", "sim", D("NaN"), Cross.ABOVE), "no price"),
        (SetAlert("", "sim", D(1), Cross.ABOVE), "belongs to a market"),
        (SetAlert("btc", "sim", D(1), Cross.ABOVE, "x" * 81), "80 characters"),
    ],
)
async def test_what_cannot_be_waited_for_is_refused(tmp_path, command, why):
    async with Keeper(tmp_path / "alerts.json") as keeper:
        with pytest.raises(AlertsError, match=why):
            await keeper.registry.dispatch(command)


async def test_there_are_only_so_many_and_what_waits_may_be_changed_then(tmp_path):
    del tmp_path
    async with Keeper(None) as keeper:
        for price in range(1, MAX_ALERTS + 1):
            await keeper.registry.dispatch(SetAlert("btc", "sim", D(price), Cross.ABOVE))
        with pytest.raises(AlertsError, match="drop one first"):
            await keeper.registry.dispatch(SetAlert("btc", "sim", D(500), Cross.ABOVE))
        await keeper.registry.dispatch(SetAlert("btc", "sim", D(7), Cross.BELOW))


async def test_a_note_cannot_reach_the_terminal_as_anything_but_text(tmp_path):
    async with Keeper(tmp_path / "alerts.json") as keeper:
        await keeper.registry.dispatch(SetAlert("btc", "sim", D(1), Cross.ABOVE, "\x1b]0;hi\x07[red]"))
        (changed,) = keeper.service.picture()
        assert "\x1b" not in changed.alerts[0].note


@pytest.mark.parametrize("body", [b"{", b'{"v": 9, "alerts": []}', b'{"v": 1, "alerts": [{"price": "x"}]}'])
async def test_a_file_that_is_not_ours_is_told_of_and_kept(tmp_path, body):
    path = tmp_path / "alerts.json"
    path.write_bytes(body)
    async with Keeper(path) as keeper:
        assert "not there" in (await keeper.until(Alert)).text
        await keeper.registry.dispatch(RISE)
    assert (tmp_path / "alerts.unread").read_bytes() == body


async def test_a_disk_that_refuses_is_said_and_the_alert_waits_all_the_same(tmp_path):
    path = tmp_path / "file" / "alerts.json"
    (tmp_path / "file").write_text("in the way")
    keeper = Keeper(path)
    keeper.service = PriceAlerts(Platform(keeper.bus, keeper.clock), path)
    keeper.registry = ServiceRegistry()
    keeper.registry.register(keeper.service)
    async with keeper:
        with pytest.raises(AlertsError, match="cannot be"):
            await keeper.registry.dispatch(RISE)
        await keeper.listens()
        keeper.print("105")
        await keeper.until(AlertReached)
        await keeper.holds(lambda: keeper.service.state is ServiceState.DEGRADED)


async def test_it_takes_nothing_else(tmp_path):
    async with Keeper(tmp_path / "alerts.json") as keeper:
        with pytest.raises(NoHandler):
            await keeper.registry.dispatch(Kill())


def test_what_it_says_and_takes_crosses_to_another_process():
    alert = PriceAlert("btc", "sim", D("105.50"), Cross.ABOVE, "n", 5)
    for event in (AlertsChanged((alert,)), AlertReached(alert, D(106), 7)):
        assert decode_event(encode_event(event)) == event
    for command in (RISE, DropAlerts(), DropAlerts("btc", D(1))):
        assert decode_command(encode_command(command)) == command
