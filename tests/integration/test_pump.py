"""The pump over real sockets: what it does on each way a connection can fail. The feed here keeps notes."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

import pytest
from faultproxy import FaultProxy
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from omega_tui.clock import ManualClock, SystemClock
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import FeedGap
from omega_tui.domain.integrity import ConnectionState
from omega_tui.errors import RemoteProtocolError
from omega_tui.venues.backoff import Backoff
from omega_tui.venues.socket_ending import Ending, Next
from omega_tui.venues.websocket import Pump, SocketOptions

PATIENCE_S = 10


class Notes:
    """A feed that writes down what happens to it, and wants a keep-alive every ten seconds."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.made = 0
        self.lost: list[str] = []
        self.timers = 0
        self._out: list[str] = []
        self._due_ns: int | None = None

    def connection_made(self, *, now_ns: int) -> None:
        self.made += 1
        self.frames.clear()
        self._out = [f"hello {self.made}"]
        self._due_ns = now_ns + 10_000_000_000

    def connection_lost(self, reason: str, *, now_ns: int) -> list[Event]:
        self.lost.append(reason)
        return [FeedGap("", 0, now_ns, reason)]

    def receive(self, text: str | bytes, *, now_ns: int) -> list[Event]:
        del now_ns
        assert isinstance(text, str)
        if text == "nonsense":
            raise RemoteProtocolError("that is nonsense")
        self.frames.append(text)
        return []

    def to_send(self) -> list[str]:
        out, self._out = self._out, []
        return out

    def next_timer_ns(self) -> int | None:
        return self._due_ns

    def on_timer(self, *, now_ns: int) -> list[Event]:
        self.timers += 1
        self._due_ns = now_ns + 10_000_000_000
        self._out.append("PING")
        return []


class Rig:
    """A pump with its feed, and a way to wait for what it becomes."""

    def __init__(
        self,
        port: int,
        *,
        clock: ManualClock | SystemClock | None = None,
        first_wait_s: float = 0.05,
        **options: float,
    ) -> None:
        self.feed = Notes()
        self.events: list[Event] = []
        self.states: list[tuple[ConnectionState, str]] = []
        self.recorded: list[tuple[int, str, str]] = []
        self.clock = clock or SystemClock()
        self.backoff = Backoff(initial_s=first_wait_s, max_s=8 * first_wait_s, rng=random.Random(1))
        self._changed = asyncio.Event()
        self.pump = Pump(
            f"ws://127.0.0.1:{port}/ws/market",
            self.feed,
            channel="market",
            clock=self.clock,
            backoff=self.backoff,
            options=SocketOptions(**{"open_timeout_s": 2.0, **options}),
            deliver=self.events.extend,
            changed=self._note,
            record=lambda *frame: self.recorded.append(frame),
        )

    def _note(self) -> None:
        self.states.append((self.pump.state, self.pump.reason))
        self._changed.set()

    async def until(self, fact: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not fact():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await self._changed.wait()
                self._changed.clear()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[Ending]]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.pump.run())
            yield task
            task.cancel()


class Venue:
    """A WebSocket server that says hello back and does what the test wants next."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[str] = []
        self.open: list[ServerConnection] = []
        self.closed = asyncio.Event()
        self.on_open: Callable[[ServerConnection], object] | None = None
        self.upgrade: Callable[[ServerConnection, Request], Response | None] | None = None

    async def _talk(self, ws: ServerConnection) -> None:
        self.open.append(ws)
        if self.on_open is not None:
            result = self.on_open(ws)
            if asyncio.iscoroutine(result):
                await result
        try:
            async for text in ws:
                assert isinstance(text, str)
                self.heard.append(text)
                await ws.send("PONG" if text == "PING" else f"you said {text}")
        except ConnectionClosed:
            pass  # Broken on purpose.
        finally:
            self.open.remove(ws)
            self.closed.set()

    def _upgrade(self, ws: ServerConnection, request: Request) -> Response | None:
        return self.upgrade(ws, request) if self.upgrade else None

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Venue"]:
        async with serve(
            self._talk, "127.0.0.1", self.port, process_request=self._upgrade, close_timeout=0.2
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    async with Venue().listening() as venue:
        yield venue


async def test_the_feed_speaks_first_and_hears_every_frame(venue):
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.feed.frames)
        assert rig.feed.frames == ["you said hello 1"]
        assert rig.pump.state is ConnectionState.SYNCING
        rig.pump.mark_synced()
        assert rig.pump.state is ConnectionState.UP
        [(_, channel, text)] = rig.recorded
        assert (channel, text) == ("market", "you said hello 1")


async def test_what_comes_with_the_handshake_is_not_lost(venue):
    venue.on_open = lambda ws: ws.send("early")
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: len(rig.feed.frames) == 2)
        assert rig.feed.frames == ["early", "you said hello 1"]


async def test_a_message_in_parts_arrives_whole(venue):
    venue.on_open = lambda ws: ws.send(["a ", "message ", "in parts: ", "€"])
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.feed.frames)
        assert rig.feed.frames[0] == "a message in parts: €"


@pytest.mark.parametrize("way", ["rst_all", "fin_all"])
async def test_a_broken_connection_is_replaced_and_the_gap_told(venue, way):
    async with FaultProxy(venue.port) as proxy:
        rig = Rig(proxy.port)
        async with rig.running():
            await rig.until(lambda: rig.feed.frames)
            getattr(proxy, way)()
            await rig.until(lambda: rig.feed.made == 2 and rig.feed.frames)
            assert venue.heard == ["hello 1", "hello 2"]
            assert [type(event) for event in rig.events] == [FeedGap]
            assert rig.pump.losses == 1


async def test_a_server_that_went_away_is_asked_again_until_it_is_back():
    venue = Venue()
    async with venue.listening():
        pass
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.pump.attempt >= 3)
        assert (ConnectionState.DOWN, "connection refused") in rig.states
        assert rig.pump.retry_at_ns or rig.pump.state is ConnectionState.CONNECTING
        async with venue.listening():
            await rig.until(lambda: rig.feed.frames)
            rig.pump.mark_synced()
            assert rig.pump.attempt == 0


async def test_frames_cut_anywhere_are_never_half_applied(venue):
    """Fault model, F11: each connection ends after a random number of bytes, most of them inside a frame."""
    venue.on_open = lambda ws: ws.send("0123456789" * 20)
    numbers = random.Random(11)
    async with FaultProxy(venue.port) as proxy:
        rig = Rig(proxy.port)
        rig.backoff = Backoff(initial_s=0.001, max_s=0.002, rng=random.Random(1))
        rig.pump._backoff = rig.backoff
        whole: set[str] = set()
        rig.pump._record = lambda _ns, _channel, text: whole.add(text)
        async with rig.running():
            for connections in range(1, 31):
                proxy.down.limit_bytes = numbers.randrange(60, 300)
                proxy.down.limit_action = numbers.choice(["fin", "rst"])
                proxy.rst_all()
                await rig.until(lambda n=connections: proxy.opened > n and not proxy.connections)
        assert {text for text in whole if not text.startswith("you said")} <= {"0123456789" * 20}


async def test_silence_is_found_though_tcp_is_fine(venue):
    """Faults F13 and F14: half-open in one direction or both; the clock is held by the test."""
    clock = ManualClock()
    async with FaultProxy(venue.port) as proxy:
        rig = Rig(proxy.port, clock=clock)
        async with rig.running():
            await rig.until(lambda: rig.feed.frames)
            proxy.up.blackhole = proxy.down.blackhole = True
            clock.advance(29)
            await rig.until(lambda: rig.feed.timers)
            assert rig.feed.made == 1
            clock.advance(2)
            await rig.until(lambda: rig.feed.lost)
            assert rig.feed.lost == ["no word for 30 s"]
            proxy.up.blackhole = proxy.down.blackhole = False
            await rig.until(lambda: rig.feed.made == 2 and rig.feed.frames)


async def test_an_answered_keep_alive_keeps_a_quiet_connection(venue):
    clock = ManualClock()
    rig = Rig(venue.port, clock=clock)
    async with rig.running():
        await rig.until(lambda: rig.feed.frames)
        for round_ in range(1, 7):
            clock.advance(10)
            await rig.until(lambda n=round_: rig.feed.frames.count("PONG") == n)
        assert rig.feed.made == 1
        assert rig.feed.lost == []


async def test_a_sleep_of_the_machine_replaces_the_socket(venue):
    clock = ManualClock()
    rig = Rig(venue.port, clock=clock)
    async with rig.running():
        await rig.until(lambda: rig.feed.frames)
        clock.wall_ns += 3_600_000_000_000
        await rig.until(lambda: rig.feed.made == 2)
        assert rig.feed.lost == ["the clock jumped, or the machine slept"]


@pytest.mark.parametrize(
    ("code", "reason", "next_"),
    [
        (1008, "invalid subscription payload", Next.BROKEN),
        (1008, "invalid api key", Next.REFUSED),
        (4401, "", Next.REFUSED),
        (1000, "all subscribed assets resolved", Next.FINISHED),
    ],
)
async def test_a_close_that_says_stop_stops(venue, code, reason, next_):
    venue.on_open = lambda ws: ws.close(code, reason)
    rig = Rig(venue.port)
    async with asyncio.timeout(PATIENCE_S):
        ending = await rig.pump.run()
    assert ending.next is next_
    assert rig.pump.state is ConnectionState.DOWN
    assert rig.feed.made == 1


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 3000, 4999])
async def test_any_other_close_is_followed_by_another_attempt(venue, code):
    venue.on_open = lambda ws: ws.close(code, "") if len(venue.heard) < 1 else None
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.feed.made >= 2)


async def test_a_venue_that_accepts_and_closes_does_not_reset_the_schedule(venue):
    """Fault model, F8: being connected proves nothing."""
    venue.on_open = lambda ws: ws.close(1011, "")
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.feed.made >= 4)
        assert rig.backoff.attempts >= 3
        assert rig.pump.attempt >= 4


async def test_thirty_seconds_in_sync_reset_the_schedule(venue):
    clock = ManualClock()
    rig = Rig(venue.port, clock=clock)
    rig.backoff.attempts = 5
    async with rig.running():
        await rig.until(lambda: rig.feed.frames)
        rig.pump.mark_synced()
        for _ in range(2):
            clock.advance(10)
            await rig.until(lambda: rig.feed.frames[-1] == "PONG")
            rig.feed.frames.clear()
            rig.feed.frames.append("-")
        assert rig.backoff.attempts == 5
        clock.advance(11)
        await rig.until(lambda: rig.backoff.attempts == 0)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_at_the_door_is_final(venue, status):
    venue.upgrade = lambda ws, _: ws.respond(status, "no")
    rig = Rig(venue.port)
    async with asyncio.timeout(PATIENCE_S):
        ending = await rig.pump.run()
    assert ending.next is Next.REFUSED
    assert str(status) in ending.reason
    assert rig.feed.made == 0


async def test_a_redirect_is_never_followed(venue):
    """Fault model, F6: the other listener sees not one byte."""
    async with FaultProxy(venue.port) as elsewhere:
        venue.upgrade = lambda *_: Response(
            302, "Found", Headers(Location=f"ws://127.0.0.1:{elsewhere.port}/ws/market")
        )
        rig = Rig(venue.port)
        async with rig.running():
            await rig.until(lambda: rig.pump.attempt >= 2)
            assert any("redirect" in reason for _, reason in rig.states)
        assert elsewhere.opened == 0


async def test_who_hurries_waits_no_longer_for_the_next_attempt(venue):
    rig = Rig(venue.port, first_wait_s=600.0)
    async with rig.running():
        await rig.until(lambda: venue.open)
        rig.pump.hurry()  # Nothing waits: it is nothing to the connection, and not kept for later.
        venue.open[0].transport.abort()
        await rig.until(lambda: rig.pump.retry_at_ns)
        assert rig.pump.retry_at_ns - rig.clock.now_ns() > 60e9
        rig.pump.hurry()
        await rig.until(lambda: rig.pump.connects == 2)


async def test_too_many_requests_waits_as_long_as_asked(venue):
    venue.upgrade = lambda *_: Response(429, "Slow down", Headers({"Retry-After": "120"}))
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.pump.retry_at_ns)
        wait_ns = rig.pump.retry_at_ns - rig.clock.now_ns()
        assert 110e9 < wait_ns <= 120e9
        rig.pump.hurry()
        await asyncio.sleep(0)
        assert rig.pump.attempt == 1
        rig.pump.reconnect("the user is impatient")
        await rig.until(lambda: rig.pump.attempt == 2)


async def test_a_server_that_never_answers_is_given_up_in_time():
    writers: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _r, w: writers.append(w), "127.0.0.1", 0) as mute:
        rig = Rig(mute.sockets[0].getsockname()[1], open_timeout_s=0.1)
        async with rig.running():
            await rig.until(lambda: rig.pump.attempt >= 2)
            assert (ConnectionState.DOWN, "no connection in time") in rig.states
        for writer in writers:
            writer.transport.abort()


async def test_a_handshake_in_drops_counts_against_one_deadline(venue):
    async with FaultProxy(venue.port) as proxy:
        proxy.down.slice_bytes, proxy.down.slice_delay_s = 1, 0.05
        rig = Rig(proxy.port, open_timeout_s=0.2)
        async with rig.running():
            await rig.until(lambda: rig.pump.attempt >= 2)
            assert rig.feed.made == 0


async def test_an_enormous_frame_breaks_the_connection_and_brings_quarantine(venue):
    venue.on_open = lambda ws: ws.send("x" * 100_000)
    rig = Rig(venue.port, max_frame_bytes=50_000)
    async with rig.running():
        await rig.until(lambda: rig.pump.retry_at_ns)
        assert rig.pump.retry_at_ns - rig.clock.now_ns() > 55e9
        assert rig.feed.frames == []


@pytest.mark.parametrize(
    ("frame", "expected"),
    [("nonsense", "that is nonsense"), (b"\x00\x01", "the venue does not take this kind of data: text only")],
)
async def test_a_frame_that_breaks_the_rules_ends_the_connection(venue, frame, expected):
    venue.on_open = lambda ws: ws.send(frame) if not venue.heard else None
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.feed.made == 2 and rig.feed.frames)
        assert rig.feed.lost == [expected]


async def test_flipped_bits_are_noticed_or_harmless(venue):
    """Fault model, F22: the connection may break, the pump may not."""
    venue.on_open = lambda ws: ws.send("a plain message")
    async with FaultProxy(venue.port, seed=3) as proxy:
        proxy.down.corrupt_p = 0.5
        rig = Rig(proxy.port, silence_timeout_s=0.2)  # A flipped length waits for bytes that never come.
        async with rig.running():
            await rig.until(lambda: rig.feed.made >= 3 or len(rig.feed.frames) >= 2)


async def test_canceling_the_pump_closes_the_socket(venue):
    rig = Rig(venue.port)
    async with rig.running():
        await rig.until(lambda: rig.feed.frames)
        assert len(venue.open) == 1
    async with asyncio.timeout(PATIENCE_S):
        await venue.closed.wait()
    assert not rig.pump.connected
    assert rig.feed.lost == []


async def test_a_bug_on_the_way_of_a_frame_is_not_taken_for_a_lost_connection(venue):
    rig = Rig(venue.port)

    def receive(text, *, now_ns):
        raise LookupError(f"a bug at {text} and {now_ns}")

    rig.feed.receive = receive
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(LookupError, match="you said hello"):
            await rig.pump.run()
    assert not rig.pump.connected


async def test_a_bug_in_a_timer_is_not_lost_either(venue):
    rig = Rig(venue.port)

    def on_timer(*, now_ns):
        raise LookupError(f"a bug at {now_ns}")

    rig.feed.on_timer = on_timer
    rig.feed.next_timer_ns = lambda: 1
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(ExceptionGroup) as caught:
            await rig.pump.run()
    assert isinstance(caught.value.exceptions[0], LookupError)
    assert not rig.pump.connected
