"""The connections for orders: kept open, used one request at a time, and never after anything odd."""

import asyncio
import contextlib
import gc

import pytest
from ccxt_lab import until

from omega_tui.errors import LocalProtocolError
from omega_tui.venues.http_answers import HttpAnswer, NoAnswer, NotSent
from omega_tui.venues.order_wire import OrderWire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Host:
    """A server that answers each request with the next of its answers; the last is repeated."""

    def __init__(self, *answers, greeting=b""):
        self.answers = list(answers) or [OK]
        self.greeting = greeting
        self.connections = []
        self.requests = []
        self.ended = 0
        self.changed = asyncio.Condition()

    async def serve(self, reader, writer):
        self.connections.append(writer)
        if self.greeting:
            writer.write(self.greeting)
        await self.tell()
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")
                )
                self.requests.append((head, await reader.readexactly(length)))
                await self.tell()
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    break
                writer.write(answer)
        writer.close()
        self.ended += 1
        await self.tell()

    async def tell(self):
        async with self.changed:
            self.changed.notify_all()

    async def until(self, fact):
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(fact)


@contextlib.asynccontextmanager
async def wired(host, *, keepalive_s=30.0, connections=16):
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    wire = OrderWire(
        "127.0.0.1",
        server.sockets[0].getsockname()[1],
        security=None,
        headers={"Host": "here"},
        connect_s=5.0,
        body_bytes=1_000,
        connections=connections,
        keepalive_s=keepalive_s,
    )
    try:
        yield wire
    finally:
        await wire.close()
        server.close()
        await host.until(lambda: host.ended == len(host.connections))


async def ask(wire, body=b"{}", left_s=10.0):
    return await wire.call("POST", "/order", {"A": "b"}, body, left_s=left_s)


async def test_a_connection_is_used_again():
    host = Host()
    async with wired(host) as wire:
        first, second = await ask(wire, b"one"), await ask(wire, b"two")
    assert (first, second) == (HttpAnswer(200, {"content-length": "2"}, b"{}"),) * 2
    assert [body for _, body in host.requests] == [b"one", b"two"]
    assert len(host.connections) == 1
    head = [
        b"POST /order HTTP/1.1",
        b"Host: here",
        b"Accept-Encoding: identity",
        b"A: b",
        b"Content-Length: 3",
    ]
    assert host.requests[0][0] == b"\r\n".join(head) + b"\r\n\r\n"


async def test_calls_at_once_have_a_connection_each_and_wait_for_one_beyond_the_bound():
    host = Host()
    async with wired(host, connections=2) as wire, asyncio.TaskGroup() as group:
        calls = [group.create_task(ask(wire)) for _ in range(5)]
    assert all(isinstance(call.result(), HttpAnswer) for call in calls)
    assert len(host.connections) == 2


async def test_a_warm_connection_is_what_the_next_call_takes():
    host = Host()
    async with wired(host) as wire:
        await wire.warm()
        await wire.warm()
        await host.until(lambda: len(host.connections) == 1)
        assert isinstance(await ask(wire), HttpAnswer)
    assert len(host.connections) == 1


async def test_where_nobody_listens_warming_is_silent_and_a_call_says_so():
    host = Host()
    async with wired(host) as wire:
        wire._port = 1
        await wire.warm()
        assert await ask(wire) == NotSent(f"connection refused ({wire._where})")


async def test_a_connection_that_is_idle_for_too_long_is_dropped():
    host = Host()
    async with wired(host, keepalive_s=0.0) as wire:
        await ask(wire)
        await ask(wire)
    assert len(host.connections) == 2


async def test_a_connection_that_the_venue_closed_is_not_used_again():
    host = Host(OK)
    async with wired(host) as wire:
        await ask(wire)
        host.connections[0].close()
        await until(lambda: not wire._idle[0].is_open)
        assert isinstance(await ask(wire), HttpAnswer)
    assert len(host.connections) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK + b"HTTP/1.1 200 OK\r\n", id="more than was asked for"),
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", id="close"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", id="of old"),
    ],
)
async def test_after_an_answer_that_is_odd_or_the_last_one_the_connection_is_dropped(answer):
    host = Host(answer, OK)
    async with wired(host) as wire:
        first, second = await ask(wire), await ask(wire)
    assert isinstance(first, HttpAnswer)
    assert isinstance(second, HttpAnswer)
    assert len(host.connections) == 2


async def test_what_a_venue_says_unasked_is_no_answer_to_the_next_order():
    host = Host(greeting=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
    async with wired(host) as wire:
        await wire.warm()
        await until(lambda: not wire._idle[0].is_open)
        host.greeting = b""
        answer = await ask(wire)
    assert isinstance(answer, HttpAnswer)
    assert answer.body == b"{}"


async def test_a_connection_that_breaks_off_is_no_answer():
    host = Host(None)
    async with wired(host) as wire:
        assert await ask(wire) == NoAnswer("the answer broke off")
    assert len(host.requests) == 1


async def test_a_call_that_is_given_up_leaves_no_connection_for_the_next_one():
    host = Host(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", OK)
    async with wired(host) as wire:
        assert await ask(wire, left_s=0.2) == NoAnswer("no answer in time")
        assert isinstance(await ask(wire), HttpAnswer)
    assert len(host.connections) == 2


@pytest.mark.parametrize("turns", range(1, 12))
async def test_a_connection_that_is_given_up_while_it_is_made_leaves_no_socket_open(turns):
    host = Host()
    async with wired(host) as wire:
        async with asyncio.TaskGroup() as group:
            warming = group.create_task(wire.warm())
            for _ in range(turns):
                await asyncio.sleep(0)
            warming.cancel()
        del warming
        for _ in range(30):
            await asyncio.sleep(0)  # The other side notices.
        gc.collect()  # What is left open is an error of this test then.


async def test_closing_leaves_no_socket_open_and_an_order_under_way_without_an_answer():
    host = Host(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with wired(host) as wire, asyncio.TaskGroup() as group:
        await wire.warm()
        first, second = group.create_task(ask(wire)), group.create_task(ask(wire))
        await host.until(lambda: len(host.requests) == 2)
        opened = list(wire._open)
        await wire.close()
        assert all(connection._transport._sock is None for connection in opened)
        assert (await first, await second) == (NoAnswer("the answer broke off"),) * 2


@pytest.mark.parametrize("value", ["a\r\nB: c", "caf\xe9", " a", "a "])
async def test_a_header_that_would_be_two_or_none_is_refused(value):
    host = Host()
    async with wired(host) as wire:
        with pytest.raises(LocalProtocolError):
            await wire.call("POST", "/order", {"A": value}, b"", left_s=1.0)
    assert host.connections == []


async def test_an_address_with_a_blank_in_it_is_refused():
    host = Host()
    async with wired(host) as wire:
        with pytest.raises(LocalProtocolError):
            await wire.call("DELETE", "/a b", {}, b"", left_s=1.0)
