"""A Redis server that is killed, stopped, restarted empty, full or lied to: a tap, never on anybody's way."""

import asyncio
import socket
from decimal import Decimal

import pytest
from faultproxy import FaultProxy
from redisrig import KEY, Hosted, RedisServer, eventually, on_bus, until
from tradingrig import console

from omega_tui.bus.codec import seal
from omega_tui.bus.names import Names
from omega_tui.bus.requests import make_request
from omega_tui.domain.commands import CancelOrders, Kill, Unkill
from omega_tui.domain.events.market import BookUpdated, LevelChanged
from omega_tui.domain.events.status import Alert, ServiceState, Severity
from omega_tui.domain.integrity import Integrity, IntegrityState
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.side import Side
from omega_tui.errors import OmegaError, OutcomeUnknown, ServiceError
from omega_tui.secret import Secret
from omega_tui.sim.polymarket import EmbeddedExchange

NAMES = Names()


@pytest.fixture
def server(tmp_path):
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


def alert(number: int) -> Alert:
    return Alert(number, Severity.INFO, "TEST", f"fact {number}")


def picture(number: int) -> BookUpdated:
    return BookUpdated("one", None, Integrity(IntegrityState.VERIFIED, since_ns=number), number)


class Seen:
    """Everything that a reader got, in order."""

    def __init__(self, bus) -> None:
        self._inbox = bus.subscribe(Alert, BookUpdated, limit=100_000)
        self.all: list[Alert | BookUpdated] = []

    def take(self) -> "Seen":
        self.all += self._inbox.drain()
        return self

    @property
    def facts(self) -> list[int]:
        return [e.ts_ns for e in self.take().all if isinstance(e, Alert) and e.code == "TEST"]

    @property
    def gaps(self) -> int:
        return sum(isinstance(e, Alert) and e.code == "BUS_GAP" for e in self.take().all)

    @property
    def last_picture(self) -> int:
        pictures = [e.last_update_ns for e in self.take().all if isinstance(e, BookUpdated)]
        return pictures[-1] if pictures else 0


async def test_killed_and_back_empty_every_fact_comes_once_and_the_picture_is_told_again(server):
    host = Hosted()
    async with on_bus(server, "here", host=host) as here, on_bus(server, "there", follow=("here",)) as there:
        await until(lambda: host.pictures > 1)
        seen = Seen(there.bus)
        here.bus.publish(alert(1))
        await until(lambda: seen.facts == [1])
        server.kill()
        for number in range(2, 50):
            here.bus.publish(alert(number))
            here.bus.publish(picture(number))
        await until(lambda: here.link.state is ServiceState.DEGRADED)
        assert "cannot be reached" in here.link.health().reason
        told = host.pictures
        server.start()
        await until(lambda: here.link.state is ServiceState.RUNNING)
        assert host.pictures > told, "the server may have forgotten everything"
        here.bus.publish(alert(50))
        await until(lambda: seen.facts[-1:] == [50])
        assert seen.facts == list(range(1, 51))
        await until(lambda: seen.last_picture == 49)
    assert here.bus.outlet.dropped == 0


async def test_a_frozen_server_holds_nobody_up_and_its_late_answers_double_nothing(server):
    async with on_bus(server, "here") as here, on_bus(server, "there", follow=("here",)) as there:
        await until(lambda: here.host.pictures > 1)
        seen = Seen(there.bus)
        here.bus.publish(alert(1))
        await until(lambda: seen.facts == [1])
        server.freeze()
        # What was on its way when the answer did not come may be carried out later all the same.
        for number in range(2, 40):
            here.bus.publish(alert(number))
            await asyncio.sleep(0)
        await until(lambda: here.link.state is ServiceState.DEGRADED)
        assert "in time" in here.link.health().reason or "reached" in here.link.health().reason
        server.thaw()
        await until(lambda: here.link.state is ServiceState.RUNNING)
        here.bus.publish(alert(40))
        await until(lambda: seen.facts[-1:] == [40])
    assert seen.facts == list(range(1, 41))


@pytest.mark.parametrize("fault", ["freeze", "kill"])
async def test_orders_and_cancels_go_on_as_if_the_server_were_not_there(server, tmp_path, fault):
    async with (
        EmbeddedExchange(seed=5, rate=20) as venue,
        on_bus(server, "engine") as engine,
        console(venue, tmp_path / "account", bus=engine.bus) as desk,
    ):
        await desk.arm()
        getattr(server, fault)()
        first = await desk.place(desk.resting())
        assert first.status is OrderStatus.ACCEPTED
        await until(lambda: engine.link.state is ServiceState.DEGRADED)
        second = await desk.place(desk.resting(ticks=16))
        assert second.status is OrderStatus.ACCEPTED
        await desk.exchange.process(CancelOrders("sim"))
        orders = desk.exchange.orders
        await until(lambda: {one.status for one in orders.values()} == {OrderStatus.CANCELED})
        await desk.agree()
        assert engine.bus.outlet.waiting > 0, "what was to be told waits, bounded"


async def test_a_slow_server_is_only_slow_and_one_too_slow_is_told(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = RedisServer(tmp_path, port=port)
    server.start()
    try:
        async with FaultProxy(port) as proxy:
            slow = RedisServer(tmp_path, port=proxy.port)
            async with (
                on_bus(slow, "here") as here,
                on_bus(server, "there", follow=("here",)) as there,
            ):
                await until(lambda: here.host.pictures > 1)
                seen = Seen(there.bus)
                proxy.down.delay_s = 0.1
                for number in range(1, 30):
                    here.bus.publish(alert(number))
                    await asyncio.sleep(0)
                await until(lambda: seen.facts == list(range(1, 30)))
                proxy.down.delay_s = 0.6
                await until(lambda: here.link.state is ServiceState.DEGRADED)
                here.bus.publish(alert(30))
                proxy.down.delay_s = 0.0
                await until(lambda: here.link.state is ServiceState.RUNNING)
                await until(lambda: seen.facts == list(range(1, 31)))
    finally:
        server.kill()


async def test_too_many_facts_for_a_dead_server_are_counted_and_the_reader_hears_of_it(server):
    async with on_bus(server, "here") as here, on_bus(server, "there", follow=("here",)) as there:
        await until(lambda: here.host.pictures > 1)
        seen = Seen(there.bus)
        server.kill()
        await until(lambda: here.link.state is ServiceState.DEGRADED)
        for number in range(1, 25_000):
            here.bus.publish(alert(number))
        server.start()
        await until(lambda: here.link.state is ServiceState.RUNNING)
        here.bus.publish(alert(30_000))
        await until(lambda: 30_000 in seen.facts)
        assert here.bus.outlet.dropped >= 10_000
        assert here.link.metrics()["events_dropped_total"] >= 10_000
        await until(lambda: seen.gaps > 0)


async def test_a_full_server_is_said_and_what_is_told_still_arrives(tmp_path):
    server = RedisServer(tmp_path, options=["--maxmemory", "2mb", "--maxmemory-policy", "noeviction"])
    server.start()
    try:
        async with on_bus(server, "here") as here, on_bus(server, "there", follow=("here",)) as there:
            await until(lambda: here.host.pictures > 1)
            seen = Seen(there.bus)
            for number in range(1, 200):
                here.bus.publish(Alert(number, Severity.INFO, "TEST", "x" * 30_000))
                await asyncio.sleep(0.002)
            await until(lambda: here.bus.outlet.refused > 0)
            await until(lambda: "full" in here.bus.outlet.trouble)
            here.bus.publish(alert(200))
            await until(lambda: seen.facts[-1:] == [200])
    finally:
        server.kill()


async def test_a_silent_process_is_noticed_and_its_next_run_is_followed(server):
    async with on_bus(server, "there", follow=("here",)) as there:
        seen = Seen(there.bus)
        async with on_bus(server, "here") as here:
            await until(lambda: here.host.pictures > 1)
            here.bus.publish(alert(1))
            await until(lambda: seen.facts == [1])
        async with on_bus(server, "here") as again:
            inlet = there.link._inlets["here"]
            await until(lambda: inlet._origin == again.bus.origin)
            again.bus.publish(alert(2))
            await until(lambda: seen.facts == [1, 2])


async def test_two_processes_cannot_have_one_name(server):
    async with on_bus(server, "here"):
        with pytest.raises(BaseExceptionGroup) as raised:
            async with on_bus(server, "here"):
                pass
        error: BaseException = raised.value
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        assert isinstance(error, ServiceError)
        assert "another process is called here" in str(error)


async def test_raw_market_events_are_carried_only_while_somebody_wants_them(server):
    level = LevelChanged("one", 1, 2, Side.BUY, Decimal("0.5"), Decimal(1), None, None)
    async with on_bus(server, "here") as here:
        assert not here.bus.has_readers(LevelChanged)
        here.bus.publish(level)
        client = server.address.client()
        await client.set(NAMES.wanted("here"), b"1", ex=5)
        await until(lambda: here.bus.has_readers(LevelChanged))
        await client.delete(NAMES.wanted("here"))
        await until(lambda: not here.bus.has_readers(LevelChanged))
        await client.aclose()


# ---------------------------------------------------------------------------------- forged and foreign


async def test_events_that_were_not_sealed_with_our_key_are_refused(server):
    async with (
        on_bus(server, "here", key=KEY) as here,
        on_bus(server, "there", follow=("here",), key=KEY) as there,
    ):
        await until(lambda: here.host.pictures > 1)
        seen = Seen(there.bus)
        client = server.address.client()
        lie = b'{"v":1,"origin":"x","number":1,"facts_before":0,"at_ns":1,"clock_ns":1,"events":[]}'
        for text in (lie, seal(lie, b"another key"), b"\xff" * 100, b""):
            await client.publish(NAMES.events("here"), text)
        inlet = there.link._inlets["here"]
        await until(lambda: inlet.foreign == 4)
        here.bus.publish(alert(1))
        await until(lambda: seen.facts == [1])
        await client.aclose()


# ---------------------------------------------------------------------------------- requests


async def test_a_request_is_carried_out_once_and_answered(server):
    host, done = Hosted(), []
    host.on_command = lambda command: done.append(command) or {"said": str(command)}
    async with (
        on_bus(server, "engine", key=KEY, accepts=True, host=host),
        on_bus(server, "screen", key=KEY) as screen,
    ):
        answer = await screen.link.ask(Kill("test"), to="engine")
        assert b"Kill" in bytes(answer)
        assert done == [Kill("test")]


async def test_a_refusal_comes_back_as_what_it_is(server):
    host = Hosted()

    def refuse(_command: object) -> object:
        raise OmegaError("not today")

    host.on_command = refuse
    async with (
        on_bus(server, "engine", key=KEY, accepts=True, host=host),
        on_bus(server, "screen", key=KEY) as screen,
    ):
        with pytest.raises(OmegaError, match="not today"):
            await screen.link.ask(Unkill(), to="engine")


async def test_replayed_forged_and_expired_requests_are_refused_logged_and_counted(server, caplog):
    host, done = Hosted(), []
    host.on_command = done.append
    async with on_bus(server, "engine", key=KEY, accepts=True, host=host) as engine:
        alerts = engine.bus.subscribe(Alert)
        client, stream = server.address.client(), NAMES.commands("engine")
        now_ns, key = engine.bus.time.now_ns(), KEY.reveal().encode()
        nonce, good = make_request(
            Kill("once"), origin="s", to="engine", now_ns=now_ns, good_for_ns=10**10, key=key
        )
        del nonce
        for text in (good, good, good.replace(b"once", b"evil")):
            await client.xadd(stream, {"m": text})
        old = make_request(
            Kill("late"), origin="s", to="engine", now_ns=now_ns - 10**8, good_for_ns=1, key=key
        )
        await client.xadd(stream, {"m": old[1]})
        await client.xadd(stream, {"x": b"nothing at all"})
        metrics = engine.link.metrics
        await until(lambda: metrics()["requests_refused_total"] == 4)
        assert done == [Kill("once")]
        assert metrics()["requests_total"] == 1
        told = [event.text for event in alerts.drain()]
        assert len(told) == 1, "one alert a second at most"
        for word in ("REPLAYED", "FORGED", "EXPIRED"):
            assert word in caplog.text
        assert KEY.reveal() not in caplog.text

        async def all_settled() -> bool:
            return await client.xlen(stream) == 0

        await eventually(all_settled)
        await client.aclose()


async def test_what_a_killed_run_had_taken_is_not_done_again(server):
    client, stream = server.address.client(), NAMES.commands("engine")
    await client.xgroup_create(stream, "omega", id="0", mkstream=True)
    now_s, micros = await client.time()
    now_ns = (now_s * 1_000_000 + micros) * 1_000
    text = make_request(
        Kill("again"),
        origin="s",
        to="engine",
        now_ns=now_ns,
        good_for_ns=2 * 10**10,
        key=KEY.reveal().encode(),
    )[1]
    await client.xadd(stream, {"m": text})
    await client.xreadgroup("omega", "engine", {stream: ">"})
    host, done = Hosted(), []
    host.on_command = done.append
    async with on_bus(server, "engine", key=KEY, accepts=True, host=host) as engine:
        await until(lambda: engine.link.metrics()["requests_refused_total"] == 1)
        assert done == []
    assert await client.xlen(NAMES.replies("s")) == 1, "who asked is told"
    await client.aclose()


async def test_without_an_answer_nobody_claims_to_know(server):
    async with on_bus(server, "screen", key=KEY) as screen:
        with pytest.raises(OutcomeUnknown, match="may have done"):
            await screen.link.ask(Kill("void"), to="engine", good_for_s=0.1)


async def test_a_screen_with_another_key_can_do_nothing(server):
    host, done = Hosted(), []
    host.on_command = done.append
    async with (
        on_bus(server, "engine", key=KEY, accepts=True, host=host) as engine,
        on_bus(server, "screen", key=Secret("another key of enough length")) as screen,
    ):
        with pytest.raises(OutcomeUnknown):
            await screen.link.ask(Kill("mine"), to="engine", good_for_s=0.2)
        assert engine.link.metrics()["requests_refused_total"] == 1
        assert done == []


async def test_a_request_that_runs_survives_the_server(server):
    """The server dies between taking a request and answering it; what was begun is ended, once."""
    host, ended, answers, release = Hosted(), [], [], asyncio.Event()

    async def slow(command):
        await release.wait()
        ended.append(command)

    host.dispatch = slow
    async with (
        on_bus(server, "engine", key=KEY, accepts=True, host=host) as engine,
        on_bus(server, "screen", key=KEY) as screen,
    ):

        async def ask() -> None:
            answers.append(await screen.link.ask(Kill("slow"), to="engine", good_for_s=15))

        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
            await until(lambda: engine.link._server._running == 1)
            server.kill()
            await until(lambda: engine.link.state is ServiceState.DEGRADED)
            release.set()
            await until(lambda: ended == [Kill("slow")])
            server.start()
            await until(lambda: engine.link.state is ServiceState.RUNNING)
        assert ended == [Kill("slow")]
        assert [bytes(answer) for answer in answers] == [b"null"], "the answer waited for the server"
