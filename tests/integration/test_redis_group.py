"""Readers that share the lossless events of a process, and servers with locks on the door: all of it real."""

import asyncio
import ssl

import pytest
from redisrig import RedisServer, eventually, on_bus, until

from omega_tui.bus.names import Names
from omega_tui.bus.redis_group import GroupReader
from omega_tui.bus.redis_server import TROUBLES, parse_address, words
from omega_tui.domain.events.status import Alert, Severity

NAMES = Names()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


def alert(number: int) -> Alert:
    return Alert(number, Severity.INFO, "TEST", f"fact {number}")


def reader_of(client, name, *, group="books", orphaned_ms=30_000):
    return GroupReader(client, NAMES, "here", group=group, reader=name, orphaned_ms=orphaned_ms)


async def has_group(client, group):
    if not await client.exists(NAMES.facts("here")):
        return False
    return group in [one["name"] for one in await client.xinfo_groups(NAMES.facts("here"))]


async def read(reader, into, *, upto):
    async for events in reader.batches():
        into += [event.ts_ns for event in events if isinstance(event, Alert)]
        if upto in into:
            return


async def test_two_readers_share_the_work_and_nothing_is_missing(server):
    clients = [server.address.client(answer_s=2) for _ in range(2)]
    got: list[list[int]] = [[], []]
    async with on_bus(server, "here") as here, asyncio.timeout(20), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(read(reader_of(client, f"r{n}"), into, upto=-1))
            for n, (client, into) in enumerate(zip(clients, got, strict=True))
        ]
        await eventually(lambda: has_group(clients[0], b"books"))
        for number in range(1, 101):
            here.bus.publish(alert(number))
            await asyncio.sleep(0.001)
        await until(lambda: len(got[0]) + len(got[1]) >= 100)
        for task in tasks:
            task.cancel()
    assert sorted(got[0] + got[1]) == list(range(1, 101)), "each to one of them"
    for client in clients:
        await client.aclose()


async def test_what_a_killed_reader_took_goes_to_another_one(server):
    client = server.address.client(answer_s=2)
    async with on_bus(server, "here") as here, asyncio.timeout(20):
        dying = reader_of(client, "dying", group="second").batches()
        first = asyncio.ensure_future(anext(dying))  # noqa: TID251 - awaited below

        await eventually(lambda: has_group(client, b"second"))
        here.bus.publish(alert(7))
        assert [event.ts_ns for event in await first] == [7]
        await dying.aclose()  # It never acknowledges.
        got: list[int] = []
        await read(reader_of(client, "heir", group="second", orphaned_ms=1), got, upto=7)
        assert got == [7]
    await client.aclose()


# ---------------------------------------------------------------------------------- passwords, users, TLS


def address(url: str):
    return parse_address(url, source="test", key="url", may_hold_secret=True)


async def answer_of(url: str) -> str:
    client = address(url).client(answer_s=5)
    try:
        return "yes" if await client.ping() else "no"
    except TROUBLES as error:
        return words(error)
    finally:
        await client.aclose()


async def test_a_password_and_an_acl_user_of_our_prefix_alone(tmp_path):
    server = RedisServer(tmp_path, options=["--requirepass", "hunter2"])
    server.start()
    try:
        admin = address(f"unix://:hunter2@{server.socket}").client()
        rights = ("on", ">secret", "resetchannels", "~omega:*", "&omega:*", "+@all", "-@dangerous")
        await admin.execute_command("ACL", "SETUSER", "omega", *rights)
        await admin.aclose()
        socket = f"unix://{{}}{server.socket}"
        assert await answer_of(socket.format(":hunter2@")) == "yes"
        assert "does not let us" in await answer_of(socket.format(""))
        assert "does not let us" in await answer_of(socket.format(":wrong@"))
        omega = address(socket.format("omega:secret@"))
        assert "secret" not in repr(omega)
        assert "secret" not in omega.shown

        class AsOmega(RedisServer):
            address = omega

        ours = AsOmega(tmp_path)
        async with on_bus(ours, "here") as here, on_bus(ours, "there", follow=("here",)) as there:
            inbox = there.bus.subscribe(Alert)
            await until(lambda: here.host.pictures > 1)
            here.bus.publish(alert(1))
            async with asyncio.timeout(10):
                assert (await inbox.next()).ts_ns == 1
    finally:
        server.kill()


async def test_tls_is_verified(server, tmp_path):
    trustme = pytest.importorskip("trustme")
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    for name, ca in (("good", authority), ("bad", stranger)):
        ca.cert_pem.write_to_path(str(tmp_path / f"{name}.pem"))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_unix_connection(str(server.socket))

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65_536):
                sink.write(data)
            sink.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(copy(reader, back_writer))
            group.create_task(copy(back_reader, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as door:
        port = door.sockets[0].getsockname()[1]
        url = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={tmp_path}"
        assert await answer_of(f"{url}/good.pem") == "yes"
        assert await answer_of(f"{url}/bad.pem") == "Redis cannot be reached"
