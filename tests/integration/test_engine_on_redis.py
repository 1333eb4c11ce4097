"""An engine, screens, programs and a service of one's own as separate processes on a real Redis server."""

import asyncio
import json
import re
import subprocess
import sys
from contextlib import ExitStack, suppress
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from drivers.example_service import Convert, Converted
from redisrig import KEY, RedisServer, eventually, on_bus, until

from omega_tui.bus.codec import event_types
from omega_tui.cli import status
from omega_tui.cli.schema import document
from omega_tui.domain.events.market import TradePrinted
from omega_tui.domain.events.status import Alert, ConnectionChanged
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.errors import OmegaError
from omega_tui.runtime.attaching import find_cards
from tests.command import environment, omega, started
from tests.driving import HEADER, arm, live, order
from tests.terminal import Terminal

DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "example_service.py"


@pytest.fixture
def server(tmp_path):
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    made = omega("engine", "--new-key", path, home=tmp_path)
    assert made.returncode == 0, made.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def wait_for_engine(server):
    """Wait until the engine says on the bus that it is there."""

    async def is_there() -> bool:
        return "engine" in [card.process for card in await find_cards(server.address, "omega")]

    asyncio.run(eventually(is_there, within_s=60))


def attached(server, home, *options):
    return Terminal.omega("--attach", server.url, *options, home=home)


@pytest.mark.slow
def test_two_screens_and_a_program_see_the_order_of_one_of_them(tmp_path, server, key_file):
    shared = f"bus.key_file={key_file}"
    commands = ("--accept-commands", "--set", shared, "--rate", "60")
    with started("engine", "--bus", server.url, *commands, home=tmp_path), ExitStack() as stack:
        wait_for_engine(server)
        trader = stack.enter_context(attached(server, tmp_path / "one", "--set", shared))
        onlooker = stack.enter_context(attached(server, tmp_path / "two"))
        for screen in (trader, onlooker):
            screen.wait_for(live, timeout_s=60)
            screen.wait_for(lambda text: re.search(r"engine \d+ms", text.splitlines()[HEADER]))
        arm(trader)

        def holds(text):
            return re.search(r"(?:Yes|No|Up|Down) +\+\d", text)

        for _ in range(5):  # The question lapses by itself, and the market may have run away.
            order(trader, "b", "x", "Enter")
            trader.type("\r")
            with suppress(AssertionError):
                trader.wait_for(holds, timeout_s=4)
                break
        trader.wait_for(holds)
        onlooker.wait_for(holds)
        only = ("--json", "--kind", "order")
        program = stack.enter_context(started("stream", "--bus", server.url, *only, home=tmp_path))
        told = json.loads(program.stdout.readline())
        assert told["kind"] == "order"
        assert told["order"]["request"]["side"] == "BUY", "a reader who comes late is told too"

        onlooker.type("A")
        onlooker.type("\r")
        onlooker.wait_for("only lets us look")

        server.kill()
        for screen in (trader, onlooker):
            screen.wait_for("book DOWN", timeout_s=30)
            screen.wait_for("engine LOST")
            screen.wait_for("░")
        trader.wait_for("DISARMED")
        server.start()
        for screen in (trader, onlooker):
            screen.wait_for(live, timeout_s=30)
            screen.wait_for(holds)
        trader.wait_for("DISARMED")  # What it armed was disarmed while it was gone.


def test_nobody_to_attach_to_is_a_sentence(tmp_path, server):
    with Terminal.omega("--attach", server.url, home=tmp_path) as screen:
        assert screen.wait_exit() == 1
        assert "no engine called engine is on" in screen.text
        assert "omega-tui engine" in screen.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("engine",), "bus.url: found no Redis server"),
        (("engine", "--bus", "http://127.0.0.1"), "another kind of address"),
        (("engine", "--bus", "redis://:pw@127.0.0.1:1"), "others could read"),
        (("engine", "--bus", "redis://192.0.2.1:6379"), "without TLS or without a password"),
        (("engine", "--bus", "redis://127.0.0.1:1", "--accept-commands"), "no shared key"),
        (("status", "--bus", "rediss://192.0.2.1:6379"), "without TLS or without a password"),
        (("engine", "--bus", "redis://127.0.0.1:1", "--set", "bus.process=A B"), "small letters"),
    ],
)
def test_a_wrong_bus_is_told_and_exits_2(capsys, arguments, said):
    command, *options = arguments
    assert import_module(f"omega_tui.cli.{command}").run(options) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "pw" not in told


def test_status_of_a_server_that_is_away_exits_5(tmp_path, capsys):
    assert status.run(["--bus", f"unix://{tmp_path}/nothing.sock"]) == 5
    assert "cannot be reached" in capsys.readouterr().err


def test_nobody_is_there_yet(server, capsys):
    assert status.run(["--bus", server.url]) == 0
    assert "nobody is on" in capsys.readouterr().out


async def test_a_service_of_ones_own_answers_from_its_process_and_shows_in_the_status(tmp_path, server):
    argv = [sys.executable, str(DRIVER), server.url, KEY.reveal()]
    service = subprocess.Popen(argv, env=environment(tmp_path), cwd=tmp_path)  # noqa: ASYNC220 - returns at once
    try:

        async def is_there() -> bool:
            return [card.process for card in await find_cards(server.address, "omega")] == ["converter"]

        await eventually(is_there)
        async with on_bus(server, "asker", key=KEY, follow=("converter",)) as asker:
            heard = asker.bus.subscribe(Alert)
            await until(lambda: asker.link.metrics()["converter_latency_ms"] > 0)
            answer = await asker.link.ask(Convert(Decimal("2.50"), Decimal(4)), to="converter")
            assert msgspec.json.decode(answer, type=Converted) == Converted(Decimal("10.00"))
            assert await asker.bus.state.get("converter", "last", Converted) == Converted(Decimal("10.00"))
            assert await asker.bus.cache.get("converter/2.50/4", Converted) is not None
            async with asyncio.timeout(20):
                while (told := await heard.next()).code != "CONVERTED":
                    pass
            assert told.text == "10.00"
            with pytest.raises(OmegaError, match="above zero"):
                await asker.link.ask(Convert(Decimal(1), Decimal(0)), to="converter")

        async def is_counted() -> bool:
            (card, *_) = await find_cards(server.address, "omega")
            statuses = {one.service: one for one in card.services}
            return statuses["converter"].metrics["asked_total"] == 1.0

        await eventually(is_counted)
        done = omega("status", "--bus", server.url, "--metrics", home=tmp_path)
        assert re.search(r"converter +RUNNING", done.stdout)
        assert re.search(r"asked_total +1", done.stdout)
        lines = omega("status", "--bus", server.url, "--json", home=tmp_path).stdout.splitlines()
        assert [json.loads(line)["process"] for line in lines] == ["converter"]
    finally:
        service.terminate()
        assert await asyncio.to_thread(service.wait, 20) == 0


def test_the_schema_is_of_every_kind_and_every_reference_is_there(tmp_path):
    done = omega("schema", "--json", home=tmp_path)
    printed = json.loads(done.stdout)
    assert printed["messages"] == document()["messages"]
    assert {"book_updated", "order", "trade", "alert"} <= set(printed["events"])
    assert "PlaceOrder" in printed["commands"]
    definitions = printed["$defs"]
    for reference in re.findall(r'"#/\$defs/([^"]+)"', json.dumps(printed)):
        assert reference in definitions
    ours = {kind for kind, known in event_types().items() if known.__module__.startswith("omega_tui.")}
    assert set(printed["events"]) == ours


# ---------------------------------------------------------------------------------- the README, as printed


README = Path(__file__).resolve().parents[2] / "README.md"


def trade(number: int) -> TradePrinted:
    price, size = Decimal("0.50"), Decimal(number)
    return TradePrinted("one", 1, 2, Trade("one", price, size, Side.BUY, str(number), 1, 2))


@pytest.mark.parametrize("key", [None, KEY], ids=["open", "sealed"])
async def test_the_ten_lines_of_the_readme_print_trades(server, key):
    blocks = (block.partition("```")[0] for block in README.read_text().split("```python\n")[1:])
    (code,) = (block for block in blocks if "omega:engine:events" in block)
    code = code.replace("redis.Redis()", f"redis.Redis(unix_socket_path={str(server.socket)!r})")
    argv = [sys.executable, "-u", "-c", code]
    async with on_bus(server, "engine", key=key) as engine:
        reading = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        try:
            assert reading.stdout is not None
            line = asyncio.ensure_future(reading.stdout.readline())  # noqa: TID251 - awaited below
            number = 0
            while not line.done():
                number += 1
                engine.bus.publish(trade(number))
                await asyncio.sleep(0.02)
            price, size = (await line).split()
            assert price == b"0.50"
            assert 0 < int(size) <= number
        finally:
            reading.kill()
            await reading.wait()


async def test_the_redis_cli_line_of_the_readme_shows_json(server):
    (line,) = re.findall(r"redis-cli (HGETALL .*)", README.read_text())
    async with on_bus(server, "engine") as engine:
        engine.bus.publish(
            ConnectionChanged(Connection("sim", StreamName.BOOK, ConnectionState.UP, reason="as printed"))
        )
        client = server.address.client()

        async def is_told() -> bool:
            rows = await client.execute_command(*line.split())
            pairs = dict(zip(rows[::2], rows[1::2], strict=True)) if isinstance(rows, list) else rows
            return b"as printed" in pairs.get(b"sim/book", b"")

        await eventually(is_told)
        await client.aclose()
