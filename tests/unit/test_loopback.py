"""Where embedded venues listen: what becomes of clients and ports when they end."""

import asyncio
import gc
import socket
from contextlib import AsyncExitStack, suppress

import pytest
from aiohttp import web

from omega_tui.errors import SimError
from omega_tui.sim.loopback import LOOPBACK, listening


@pytest.mark.parametrize("turns", range(6))
async def test_a_client_that_comes_while_the_venue_ends_leaves_no_socket_behind(turns):
    async with AsyncExitStack() as stack:
        port = await listening(stack, web.Application(), 0)
        client = socket.create_connection((LOOPBACK, port))
        for _ in range(turns):
            await asyncio.sleep(0)
    gc.collect()
    with client:
        client.settimeout(5)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""


async def test_a_port_is_free_again_once_the_venue_has_ended_and_named_while_it_has_not():
    async with AsyncExitStack() as stack:
        port = await listening(stack, web.Application(), 0)
        with pytest.raises(SimError, match=f"port {port} on {LOOPBACK} is in use by another program"):
            await listening(stack, web.Application(), port)
    async with AsyncExitStack() as stack:
        assert await listening(stack, web.Application(), port) == port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_every_name_of_the_loopback_can_be_listened_on(host):
    async with AsyncExitStack() as stack:
        port = await listening(stack, web.Application(), 0, host=host)
        socket.create_connection((host, port)).close()
