"""Each way in which a call can end, over real sockets on loopback."""

import asyncio
import contextlib
import gzip
import random
import socket
import struct
import zlib

import pytest

from omega_tui.errors import LocalProtocolError
from omega_tui.text import is_safe
from omega_tui.venues.http import PAUSE_CAP_S, Budget, HttpLimits, HttpSession, retry_after_s
from omega_tui.venues.http_answers import HttpAnswer, NoAnswer, NotSent


@contextlib.asynccontextmanager
async def serving(answer):
    """A TCP server that reads one request head per connection and hands the rest to `answer`."""
    heads = []
    tasks = set()

    async def on_connect(reader, writer):
        tasks.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            heads.append(head)
            await answer(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(on_connect, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()
        if tasks:
            async with asyncio.timeout(5):
                await asyncio.wait(tasks)


@contextlib.asynccontextmanager
async def session(url, *, has_orders=False, **limits):
    http = HttpSession(url, rng=random.Random(1), limits=HttpLimits(**limits), has_orders=has_orders)
    await http.open()
    try:
        yield http
    finally:
        await http.close()


def says(*parts):
    async def answer(_reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()

    return answer


def forever(first, part):
    async def answer(_reader, writer):
        writer.write(first)
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    return answer


def ok(body, *headers):
    head = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


async def reset(_reader, writer):
    """RST instead of FIN."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def hang(reader, _writer):
    await reader.read()


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_an_answer_has_status_headers_and_body():
    async with serving(says(ok(b'{"a":1}', b"X-Thing: Yes"))) as (url, heads), session(url) as http:
        answer = await http.call("GET", "/x", query=[("q", "a b&c")])
    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.body, answer.headers["x-thing"]) == (200, b'{"a":1}', "Yes")
    assert heads[0].startswith(b"GET /x?q=a+b%26c HTTP/1.1\r\n")


@pytest.mark.parametrize("has_orders", [False, True])
async def test_refused_connection_was_certainly_not_sent(has_orders):
    async with session(f"http://127.0.0.1:{unused_port()}", has_orders=has_orders) as http:
        assert isinstance(await http.call("POST", "/order", body=b"{}"), NotSent)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reset, id="reset"),
        pytest.param(hang, id="silence"),
        pytest.param(says(b""), id="closed without a word"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), id="cut body"),
        pytest.param(says(b"\x00\xff\x00 nonsense\r\n\r\n"), id="not http"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), id="negative length"),
        pytest.param(says(ok(b"not gzip", b"Content-Encoding: gzip")), id="broken gzip"),
        pytest.param(says(ok(b"x" * 2_000)), id="too long"),
        pytest.param(says(ok(gzip.compress(b"x" * 1_000_000), b"Content-Encoding: gzip")), id="bomb"),
        pytest.param(
            says(ok(zlib.compress(b"x" * 1_000_000), b"Content-Encoding: deflate")), id="deflate bomb"
        ),
        pytest.param(forever(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 900 + b"\r\n"), id="endless headers"),
        pytest.param(forever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 900), id="endless header"),
        pytest.param(forever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 900), id="endless body"),
        pytest.param(forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="endless continue"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\n\x1b]52;c: x\r\n\r\n"), id="escape in a header"),
    ],
)
@pytest.mark.parametrize("has_orders", [False, True])
async def test_whatever_happens_after_the_connection_is_no_answer_and_is_not_repeated(answer, has_orders):
    bounds = {"deadline_s": 0.3, "body_bytes": 1_000}
    async with serving(answer) as (url, heads), session(url, has_orders=has_orders, **bounds) as http:
        outcome = await http.call("POST", "/order", body=b"{}")
    assert isinstance(outcome, NoAnswer), outcome
    assert is_safe(outcome.reason)
    assert len(heads) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("999999999", PAUSE_CAP_S),
        ("9" * 5_000, PAUSE_CAP_S),
        ("-5", 1),
        ("soon", 1),
        ("\u0661", 1),
        ("", 1),
    ],
)
def test_a_venue_holds_us_back_for_a_minute_at_most(text, seconds):
    assert retry_after_s({"retry-after": text}) == seconds


async def test_a_body_that_trickles_ends_at_the_deadline():
    async def trickle(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(trickle) as (url, _), session(url, deadline_s=0.2) as http, asyncio.timeout(2):
        assert isinstance(await http.call("GET", "/"), NoAnswer)


async def test_redirects_are_answers_not_orders():
    async with serving(says(ok(b""))) as (elsewhere, heads):
        moved = b"HTTP/1.1 302 Found\r\nLocation: %b/\r\nContent-Length: 0\r\n\r\n" % elsewhere.encode()
        async with serving(says(moved)) as (url, _), session(url) as http:
            answer = await http.call("GET", "/")
    assert isinstance(answer, HttpAnswer)
    assert answer.status == 302
    assert heads == []


async def test_only_a_get_is_repeated_and_only_when_asked():
    answers = iter([b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] * 2 + [ok(b"3")])

    async def in_turn(_reader, writer):
        writer.write(next(answers))
        await writer.drain()

    async with serving(in_turn) as (url, heads), session(url) as http:
        answer = await http.call("GET", "/", attempts=3)
        assert isinstance(answer, HttpAnswer)
        assert answer.body == b"3"
        assert len(heads) == 3
        assert http.counters.retries == 2
        with pytest.raises(LocalProtocolError):
            await http.call("POST", "/order", attempts=2)


async def test_proxies_of_the_environment_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    async with serving(says(ok(b"1"))) as (url, _), session(url) as http:
        assert isinstance(await http.call("GET", "/"), HttpAnswer)


async def test_too_many_requests_hold_back_all_but_cancels():
    slow_down = b"HTTP/1.1 429 X\r\nRetry-After: 30\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with serving(says(slow_down)) as (url, heads), session(url) as http:
        await http.call("POST", "/order", body=b"{}")
        assert isinstance(await http.call("POST", "/order", body=b"{}", budget_wait_s=0.05), NotSent)
        assert isinstance(await http.call("DELETE", "/order", body=b"{}", urgent=True), HttpAnswer)
    assert len(heads) == 2


@pytest.mark.parametrize(("has_orders", "packed"), [(False, b"gzip, deflate"), (True, b"identity")])
async def test_questions_may_be_answered_packed_and_orders_have_their_own_connections(has_orders, packed):
    async with serving(says(ok(b"{}"))) as (url, heads), session(url, has_orders=has_orders) as http:
        await http.call("POST", "/books", body=b"[]")
    assert b"Accept-Encoding: " + packed in heads[0]


async def test_a_closed_session_says_so():
    http = HttpSession("http://127.0.0.1:1", rng=random.Random(1))
    with pytest.raises(LocalProtocolError):
        await http.call("GET", "/")
    await http.close()


@pytest.mark.parametrize("url", ["ftp://x", "http://", "x", "http://user:pw@host"])
def test_what_is_no_base_url_is_refused(url):
    with pytest.raises(LocalProtocolError):
        HttpSession(url, rng=random.Random(1))


def test_the_last_fifth_of_the_budget_is_for_cancels():
    budget = Budget(rate=10, burst=10, reserve=0.2)
    assert [budget.wait_s(0, urgent=False) for _ in range(8)] == [0] * 8
    assert budget.wait_s(0, urgent=False) == pytest.approx(0.1)
    assert [budget.wait_s(0, urgent=True) for _ in range(2)] == [0, 0]
    assert budget.wait_s(0, urgent=True) > 0
    assert budget.wait_s(0.3, urgent=False) == 0
