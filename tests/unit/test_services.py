"""Life cycle, registry, supervisor and engine, with services that do as they are told."""

import asyncio
import threading

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock, SystemClock
from omega_tui.domain.commands import (
    CancelOrders,
    Command,
    Disarm,
    Kill,
    Reconcile,
    Unkill,
    is_for_every_venue,
)
from omega_tui.domain.events.status import Alert, ServiceState, ServiceStateChanged
from omega_tui.errors import NoHandler, OrderRefused, ServiceError, ServiceStateError
from omega_tui.runtime.engine import Engine, LocalBackend
from omega_tui.runtime.supervisor import Supervisor
from omega_tui.services.base import TRANSITIONS, Platform, Service
from omega_tui.services.registry import ServiceRegistry


class Poke(Command, frozen=True):
    refuse: bool = False


class Scripted(Service):
    """Writes down what happens to it; fails as often as `failures` says."""

    def __init__(self, platform, name, history, failures=0):
        self.name = name
        super().__init__(platform)
        self.history = history
        self.failures = failures

    async def initialize(self):
        self.history.append(f"{self.name} initialize")

    async def run(self):
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError("a bug [red]in[/] the service")
        try:
            await asyncio.Event().wait()
        finally:
            self.history.append(f"{self.name} canceled")

    def can_handle(self, command):
        return isinstance(command, Poke)

    async def process(self, command):
        if command.refuse:
            raise OrderRefused("NO", "No thank you.")
        self.history.append(f"{self.name} poked in {threading.current_thread().name}")

    async def shutdown(self):
        self.history.append(f"{self.name} shutdown")


@pytest.fixture
def platform():
    return Platform(LocalBus(), ManualClock())


def test_only_steps_of_the_table_are_taken(platform):
    for start in ServiceState:
        for end in ServiceState:
            service = Scripted(platform, "one", [])
            service._state = start
            if end is start or end in TRANSITIONS[start]:
                service.enter(end)
                assert service.state is end
            else:
                with pytest.raises(ServiceStateError):
                    service.enter(end)


async def test_services_start_in_order_and_stop_in_reverse(platform):
    history = []
    registry = ServiceRegistry()
    for name in ("first", "second"):
        registry.register(Scripted(platform, name, history))
    with pytest.raises(ServiceError, match="already"):
        registry.register(Scripted(platform, "first", history))
    changes = platform.bus.subscribe(ServiceStateChanged)
    stop = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(Supervisor(registry, platform).run(stop))
        while registry.get("second").state is not ServiceState.RUNNING:
            await changes.next()
        await registry.dispatch(Poke())
        with pytest.raises(OrderRefused):
            await registry.dispatch(Poke(refuse=True))
        with pytest.raises(NoHandler):
            await registry.dispatch(Unkill())
        stop.set()
    assert history == [
        "first initialize",
        "second initialize",
        "first poked in MainThread",
        "second canceled",
        "second shutdown",
        "first canceled",
        "first shutdown",
    ]
    with pytest.raises(ServiceStateError, match="STOPPED"):
        await registry.dispatch(Poke())


async def test_a_failed_service_is_restarted_and_the_others_go_on(platform):
    history = []
    registry = ServiceRegistry()
    registry.register(Scripted(platform, "broken", history, failures=2))
    registry.register(Scripted(platform, "sound", history))
    changes = platform.bus.subscribe(ServiceStateChanged, Alert)
    stop = asyncio.Event()
    seen = []
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(Supervisor(registry, platform, restart_first_s=0.001).run(stop))
        while (
            registry.get("broken").health().restarts < 2
            or registry.get("broken").state is not ServiceState.RUNNING
        ):
            seen.append(await changes.next())
        assert registry.get("sound").state is ServiceState.RUNNING
        stop.set()
    assert sum(isinstance(event, Alert) for event in seen) == 2
    assert history.count("broken initialize") == 3
    assert history.count("sound initialize") == 1


async def test_a_canceled_run_still_stops_the_services(platform):
    history = []
    registry = ServiceRegistry()
    registry.register(Scripted(platform, "one", history))
    changes = platform.bus.subscribe(ServiceStateChanged)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        task = group.create_task(Supervisor(registry, platform).run(asyncio.Event()))
        while registry.get("one").state is not ServiceState.RUNNING:
            await changes.next()
        task.cancel()
    assert history[-2:] == ["one canceled", "one shutdown"]


class Venue(Scripted):
    """Takes a kill, and refuses it where it is told to."""

    refuses = ""

    def can_handle(self, command):
        return isinstance(command, Kill)

    async def process(self, _command):
        if self.refuses:
            raise OrderRefused("NO", self.refuses)
        self.history.append(f"{self.name} killed")


async def test_a_kill_reaches_every_venue_whatever_one_of_them_says(platform):
    history = []
    registry = ServiceRegistry()
    venues = [Venue(platform, "exchange", history).of(name) for name in ("a", "b", "c")]
    for venue in venues:
        registry.register(venue)
        await registry.start(venue)
    venues[0].refuses = "a is deaf."
    with pytest.raises(OrderRefused, match="a is deaf"):
        await registry.dispatch(Kill())
    assert history[-2:] == ["exchange/b killed", "exchange/c killed"]
    await registry.stop(venues[2])
    with pytest.raises(ServiceError, match=r"a is deaf\.; exchange/c is STOPPED"):
        await registry.dispatch(Kill())
    assert history[-1] == "exchange/b killed"


def test_what_names_no_venue_is_for_all_of_them():
    assert all(map(is_for_every_venue, (Kill(), Unkill(), Disarm(), CancelOrders(), Reconcile())))
    assert not any(map(is_for_every_venue, (Disarm("a"), CancelOrders("a"), Reconcile("a"), Poke())))


async def test_a_service_that_comes_later_is_stopped_first(platform):
    history = []
    registry = ServiceRegistry()
    registry.register(Scripted(platform, "first", history))
    supervisor = Supervisor(registry, platform)
    late = Scripted(platform, "late", history)
    with pytest.raises(ServiceStateError, match="not running"):
        await supervisor.adopt(late)
    changes = platform.bus.subscribe(ServiceStateChanged)
    stop = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(supervisor.run(stop))
        while registry.get("first").state is not ServiceState.RUNNING:
            await changes.next()
        await supervisor.adopt(late)
        assert late.state is ServiceState.RUNNING
        with pytest.raises(ServiceError, match="already"):
            await supervisor.adopt(late)
        stop.set()
    stopped = [line for line in history if line.endswith("shutdown")]
    assert stopped == ["late shutdown", "first shutdown"]
    with pytest.raises(ServiceStateError, match="not running"):
        await supervisor.adopt(Scripted(platform, "too late", history))


def engine_of(history, **failures):
    async def compose(platform, stack):
        stack.callback(history.append, "venue left")
        return [Scripted(platform, "one", history, **failures)]

    return Engine(compose, SystemClock())


def test_the_engine_has_its_own_thread_and_ends_cleanly():
    history = []
    engine = engine_of(history)
    backend = LocalBackend(engine, venue="sim", is_live=False)
    assert isinstance(backend.dispatch(Poke()).exception(timeout=5), ServiceStateError), "not started yet"
    backend.start()
    while engine.registry.names != ("one",) or engine.registry.get("one").state is not ServiceState.RUNNING:
        backend.drain()
    backend.dispatch(Poke()).result(timeout=5)
    assert isinstance(backend.dispatch(Poke(refuse=True)).exception(timeout=5), OrderRefused)
    assert engine.stop()
    backend.serve("one").result(timeout=5)
    assert history == ["one initialize", "one poked in engine", "one canceled", "one shutdown", "venue left"]
    assert isinstance(backend.dispatch(Poke()).exception(timeout=5), ServiceStateError)


def test_an_engine_that_cannot_start_says_so_and_hangs_nobody():
    async def compose(_platform, _stack):
        raise ServiceError("the port is taken")

    engine = Engine(compose, SystemClock())
    backend = LocalBackend(engine, venue="sim", is_live=False)
    backend.start()
    assert engine.stop()
    with pytest.raises(ServiceError, match="the port is taken"):
        backend.serve("one").result(timeout=5)
    assert [event.code for event in backend.drain() if isinstance(event, Alert)] == ["ENGINE"]
