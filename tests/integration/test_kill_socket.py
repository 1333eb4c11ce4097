"""The kill switch from another terminal: over a real socket file, against real orders."""

import asyncio
import socket
import stat

import pytest
from tradingrig import console

from omega_tui.bus.local import LocalBus
from omega_tui.cli.kill import run, sockets_in, told
from omega_tui.clock import SystemClock
from omega_tui.domain.commands import Kill
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.orders import OrderStatus
from omega_tui.errors import ServiceError
from omega_tui.services.base import Platform
from omega_tui.services.kill_socket import KillSocket, socket_path
from omega_tui.services.registry import ServiceRegistry
from omega_tui.sim.polymarket import EmbeddedExchange


async def test_a_second_terminal_halts_and_cancels_and_hears_of_each_order(tmp_path):
    async with (
        EmbeddedExchange(seed=3, rate=50) as venue,
        console(venue, tmp_path / "journal") as trading,
        asyncio.TaskGroup() as group,
    ):
        registry = ServiceRegistry()
        registry.register(trading.exchange)
        switch = KillSocket(trading.exchange.platform, socket_path(tmp_path), registry.dispatch)
        await switch.initialize()
        listening = group.create_task(switch.run())
        await trading.arm()
        order = await trading.place(trading.resting())
        [path] = sockets_in(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        answer = await asyncio.to_thread(told, path, everything=False)
        assert trading.exchange.mode is TradingMode.HALTED
        assert trading.order(order).status is OrderStatus.CANCELED
        assert len(answer) == 1
        assert answer[0].startswith("INFO Not working any more: BUY 10")
        listening.cancel()
        await switch.shutdown()
        assert not sockets_in(tmp_path)
        await trading.agree()


def platform():
    return Platform(LocalBus(), SystemClock())


@pytest.mark.parametrize("line", [b"hello\n", b"kill everybody\n", b"\xff\xfe\n", b""])
async def test_nothing_but_a_kill_is_understood(tmp_path, line):
    called = []

    async def dispatch(command):
        called.append(command)

    switch = KillSocket(platform(), socket_path(tmp_path), dispatch)
    await switch.initialize()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(switch.run())
        reader, writer = await asyncio.open_unix_connection(str(socket_path(tmp_path)))
        writer.write(line)
        if not line:
            writer.write_eof()
        answer = await reader.read()
        assert b"done" in answer
        writer.close()
        listening.cancel()
    await switch.shutdown()
    assert called == []


def test_a_file_that_a_dead_console_left_is_taken_away(tmp_path):
    path = tmp_path / "kill-1.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert told(path, everything=False) == []
    assert not path.exists()


async def test_a_console_in_a_folder_with_a_long_name_is_reached_all_the_same(tmp_path):
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    killed = []

    async def dispatch(command):
        killed.append(command)

    switch = KillSocket(platform(), socket_path(folder), dispatch)
    await switch.initialize()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(switch.run())
        [path] = sockets_in(folder)
        answer = await asyncio.to_thread(told, path, everything=True)
        listening.cancel()
    await switch.shutdown()
    assert killed == [Kill("omega-tui kill", True)]
    assert len(answer) == 1
    assert not sockets_in(folder)


async def test_a_folder_that_takes_no_file_is_said(tmp_path):
    switch = KillSocket(platform(), socket_path(tmp_path / "nowhere"), lambda _: asyncio.sleep(0))
    with pytest.raises(ServiceError, match="cannot reach this console"):
        await switch.initialize()


def test_without_a_console_and_a_venue_the_command_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert run([]) == 2
    assert "--venue NAME" in capsys.readouterr().err
