"""The two ends of one console over a real pair of sockets, and a real engine behind one of them."""

import asyncio
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from omega_tui.clock import ManualClock
from omega_tui.domain.commands import Arm, CancelOrder, CancelOrders, Disarm
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.domain.events.status import Alert, ConnectionChanged, ServiceStateChanged, Severity
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.errors import (
    NoHandler,
    OmegaError,
    OrderRefused,
    OutcomeUnknown,
    RequestRefused,
    ServiceStateError,
)
from omega_tui.runtime.engine import Engine
from omega_tui.runtime.engine_process import EngineProcess, ProcessBackend
from omega_tui.runtime.screen_link import ScreenLink
from omega_tui.secret import Redactor, Secret
from omega_tui.services.base import Service

PATIENCE_S = 20


class Desk(Service):
    """Takes orders as told by their names, and writes down what it is asked for."""

    name = "desk"

    def __init__(self, platform):
        super().__init__(platform)
        self.taken = []
        self.ways = []
        self.go_on = asyncio.Event()

    def can_handle(self, command):
        return isinstance(command, Arm | Disarm | CancelOrder)

    def give_way(self, *, now):
        self.ways.append(now)

    async def process(self, command):
        self.taken.append(command)
        match command:
            case CancelOrder(client_order_id="refused"):
                raise OrderRefused("NOT_ARMED", "Arm first.")
            case CancelOrder(client_order_id="bug"):
                raise ZeroDivisionError
            case CancelOrder(client_order_id="slow"):
                await self.go_on.wait()
            case Disarm(venue=venue, reason=reason):
                self.platform.bus.publish(ArmChanged(venue, TradingMode.DISARMED, reason, is_live=False))
        return {"taken": len(self.taken)}


class Near:
    """The screen's end of an engine that runs in this very process."""

    def __init__(self, end):
        self.socket = end

    def ended(self):
        return "by the signal SIGKILL"


class Linked:
    """Both ends and what is between them."""

    def __init__(self):
        self.engine_clock, self.screen_clock = ManualClock(), ManualClock()
        self.redactors = Redactor(), Redactor()
        self.desk = None
        self.engine = Engine(self._compose, self.engine_clock)
        self.bounds = []
        self.link = ScreenLink(
            self.engine,
            self.engine_clock,
            frame_s=0.0,
            redactor=self.redactors[0],
            leaves=lambda: self.bounds.append("begun"),
        )
        ours, self.theirs = socket.socketpair()
        self.backend = ProcessBackend(
            Near(ours), self.screen_clock, venue="sim", is_live=False, redactor=self.redactors[1]
        )

    async def _compose(self, platform, _stack):
        self.desk = Desk(platform)
        return [self.desk]

    async def ask(self, command):
        return await asyncio.wrap_future(self.backend.dispatch(command))

    async def told(self, wanted):
        """Drain until an event of a kind comes, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.backend.drain():
                    if isinstance(event, wanted):
                        return event
                await asyncio.sleep(0)


@asynccontextmanager
async def linked():
    made = Linked()
    with pytest.raises(ServiceStateError, match="starting"):
        await made.ask(CancelOrder("sim", "1"))
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: made.link, sock=made.theirs)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(made.link.run())
        made.backend.start()
        await made.told(ServiceStateChanged)
        while True:
            try:
                await made.ask(Disarm("sim", "ready?"))
                break
            except OmegaError:
                await asyncio.sleep(0)
        made.desk.taken.clear()
        try:
            yield made
        finally:
            made.backend._socket.close()
            await running


async def test_an_engine_whose_screen_is_gone_has_a_bound_for_its_end_and_one_alone():
    async with linked() as made:
        assert made.bounds == []
    made.link.leave()
    assert made.bounds == ["begun"]


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if holds():
                return
            await asyncio.sleep(0)


def cancel(name):
    return CancelOrder("sim", name)


async def test_what_is_asked_is_answered_as_it_was():
    async with linked() as made:
        assert bytes(await made.ask(cancel("good"))) == b'{"taken":1}'
        with pytest.raises(OrderRefused, match="Arm first") as refused:
            await made.ask(cancel("refused"))
        assert refused.value.code == "NOT_ARMED"
        with pytest.raises(OmegaError, match="ZeroDivisionError, an error in the program"):
            await made.ask(cancel("bug"))
        with pytest.raises(NoHandler):
            await made.ask(CancelOrders())


async def test_an_engine_that_began_before_the_first_paint_is_not_asked_and_tells_all_of_it_afterwards():
    made = Linked()
    await asyncio.get_running_loop().create_unix_connection(lambda: made.link, sock=made.theirs)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(made.link.run())
        made.backend.begin()
        made.backend.begin()
        await until(lambda: made.desk is not None)
        assert not made.backend.drain()
        with pytest.raises(ServiceStateError, match="starting"):
            await made.ask(cancel("early"))
        made.backend.start()
        assert (await made.told(ServiceStateChanged)).service == "desk"
        made.backend._socket.close()


async def test_what_depends_on_the_moment_is_refused_when_it_is_late_and_a_cancel_never():
    async with linked() as made:
        made.engine_clock.advance(3)
        with pytest.raises(RequestRefused, match=r"3\.0 s: look again"):
            await made.ask(Arm("sim"))
        await made.ask(cancel("late"))
        await made.ask(Disarm("sim", "late"))
        assert [type(command) for command in made.desk.taken] == [CancelOrder, Disarm]


async def test_services_give_way_while_an_order_is_under_way_and_not_for_ever():
    async with linked() as made:
        await made.ask(Disarm("sim", "not urgent"))
        assert made.desk.ways == []
        await made.ask(cancel("quick"))
        assert made.desk.ways == [True, False]
        slow = made.backend.dispatch(cancel("slow"))
        await until(lambda: made.desk.ways == [True, False, True, False])
        assert not slow.done(), "they go on before the answer is there"
        made.desk.go_on.set()
        await asyncio.wrap_future(slow)
        assert made.desk.ways == [True, False, True, False]


async def test_a_screen_that_looks_no_more_is_disarmed():
    async with linked() as made:
        made.desk.platform.bus.publish(ArmChanged("sim", TradingMode.ARMED, "", is_live=False))
        while (await made.told(ArmChanged)).mode is not TradingMode.ARMED:
            pass
        await until(lambda: not made.link._untaken)
        made.desk.platform.bus.publish(Alert(1, Severity.INFO, "X", "something happens"))
        await until(lambda: made.link._untaken)
        made.engine_clock.advance(4)
        await until(lambda: made.desk.taken)
        [disarm] = made.desk.taken
        assert disarm == Disarm("sim", "the screen has stood still for 4 s")


async def test_secrets_that_the_engine_learns_are_kept_out_of_the_screens_words():
    async with linked() as made:
        made.redactors[0].add(Secret("correct-horse-battery"))
        made.desk.platform.bus.publish(Alert(1, Severity.INFO, "X", "venue opened"))
        await made.told(Alert)
        assert "correct-horse" not in made.redactors[1].redact("typed correct-horse-battery by mistake")


async def test_without_an_engine_nothing_looks_good_and_nothing_is_taken():
    async with linked() as made:
        made.desk.platform.bus.publish(
            ConnectionChanged(Connection("sim", StreamName.BOOK, ConnectionState.UP))
        )
        await made.told(ConnectionChanged)
        under_way = made.backend.dispatch(cancel("slow"))
        await until(lambda: made.desk.taken)
        made.link._transport.abort()
        down = await made.told(ConnectionChanged)
        assert down.connection.state is ConnectionState.DOWN
        with pytest.raises(OutcomeUnknown, match="SIGKILL before it answered"):
            await asyncio.wrap_future(under_way)
        with pytest.raises(ServiceStateError, match="the engine ended by the signal SIGKILL"):
            await made.ask(cancel("later"))
        assert isinstance(made.backend.serve("desk").exception(), ServiceStateError)
        made.desk.go_on.set()


def test_a_process_that_hangs_is_killed_and_that_is_told(monkeypatch):
    monkeypatch.setattr("omega_tui.runtime.engine_process.STOP_S", 0.2)
    process = EngineProcess(lambda _: signal.pause())
    assert not process.stop()
    assert process.ended() == "by the signal SIGKILL"
    assert process.stop(), "a second time there is nothing to do"


def test_a_process_ends_with_its_socket_and_has_nothing_of_the_terminal():
    def serve(end):
        mine = {str(Path(f"/proc/self/fd/{number}").readlink()) for number in range(3)}
        end.sendall(repr(mine).encode())
        while end.recv(1):
            pass

    process = EngineProcess(serve)
    assert process.socket.recv(100) == b"{'/dev/null'}"
    assert process.stop()
    assert process.ended() == "with the code 0"
