"""What a socket that hands its messages over at once leaves to the rest of the loop."""

import asyncio
from itertools import pairwise

from websockets.asyncio.server import ServerConnection, serve

from omega_tui.venues.direct_socket import READ_BYTES, DirectConnection, PinnedConnect

MESSAGE = "x" * 500
COUNT = 150


async def test_an_order_waits_for_the_messages_of_one_short_read_and_not_for_all():
    async def burst(connection: ServerConnection) -> None:
        for _ in range(COUNT):
            await connection.send(MESSAGE)
        await connection.wait_closed()

    loop = asyncio.get_running_loop()
    received: list[int] = []
    turns: list[int] = []
    everything = asyncio.Event()

    def receive(text: str) -> None:
        if not received or turns[-1:] == [len(received)]:
            loop.call_soon(lambda: turns.append(len(received)))
        received.append(len(text))
        if len(received) == COUNT:
            everything.set()

    async with serve(burst, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        address = f"ws://127.0.0.1:{port}"
        async with PinnedConnect(address, create_connection=DirectConnection, compression=None) as connection:
            assert isinstance(connection, DirectConnection)
            connection.attach(receive)
            async with asyncio.timeout(20):
                await everything.wait()
    # What came before `attach` is handed over by it in one go.
    steps = [after - before for before, after in pairwise(turns)]
    assert steps
    assert max(steps) <= READ_BYTES // len(MESSAGE) + 1
    assert received == [len(MESSAGE)] * COUNT
