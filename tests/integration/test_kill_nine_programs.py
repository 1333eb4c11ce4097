"""kill -9 in the middle of a program: nothing is lost or doubled, and the program waits to be told to go on.

One venue, account and journal see several crashes one after the other; the children are forks of one process
that has imported everything, so that a life costs no start of an interpreter.
"""

import asyncio
import json
import signal
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from test_kill_nine import Trader

from omega_tui.sim.polymarket import EmbeddedExchange

DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "programs_until_killed.py"

CRASHES = {
    "scale and chase": (
        ("scale", "program-journaled"),
        ("scale", "submitted:2"),
        ("chase", "answered:1"),
        ("chase", "cancel-answered"),
    ),
    "twap and bracket": (
        ("twap", "answered:2"),
        ("bracket", "answered:1"),
        ("bracket", "submitted:2"),
    ),
    "oco and close": (
        ("oco", "answered:2"),
        ("close", "cancel-answered"),
        ("close", "journaled:3"),
    ),
}
"""Programs and crash points: between the journal and the wire, at the wire, before the answer is noted.

An OCO comes after an order that makes a position, a close after that and one that stands in its way.
"""

MOST = {"scale": 30, "chase": 10, "twap": 10, "oco": 10, "close": 10}
"""What each program was to trade."""


class Lives:
    """The driver and what it says."""

    def __init__(self, process):
        self.process = process

    async def ask(self, *words):
        """Have a child live; return what it said, and how it ended."""
        self.process.stdin.write((" ".join(words) + "\n").encode())
        said = []
        async with asyncio.timeout(60):
            while "ended" not in (line := json.loads(await self.process.stdout.readline())):
                said.append(line)
        return said, line["ended"]


def traded(rows, program):
    """What the orders of a program have filled, by the part that they played."""
    found = {}
    for row in rows:
        if row["program"] == program["id"]:
            part = "entry" if row["role"] == "entry" else "other"
            found[part] = found.get(part, Decimal(0)) + Decimal(row["filled"])
    return found


def overdone(rows, program):
    """In what a program has traded more than it was to."""
    done = traded(rows, program)
    if program["kind"] == "bracket":
        entered = done.get("entry", Decimal(0))
        return entered > 10 or done.get("other", Decimal(0)) > entered
    return sum(done.values()) > MOST[program["kind"]]


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("crashes", CRASHES.values(), ids=CRASHES)
async def test_a_program_that_is_killed_anywhere_is_found_and_nothing_is_lost_or_doubled(tmp_path, crashes):
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        trader = Trader(venue, tmp_path / "journal", 1)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(DRIVER),
            json.dumps({**trader.plan(), "seed": str(trader.rng.random())}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        lives = Lives(process)
        try:
            for kind, point in crashes:
                case = f"{kind} at {point}"
                _, ended = await lives.ask("crash", point, kind)
                assert ended == -signal.SIGKILL, case
                (found, after), ended = await lives.ask("find")
                assert ended == 0, case
                assert trader.wrong(after["orders"]) == [], case
                [program] = found["programs"]
                assert (program["kind"], program["status"]) == (kind, "HELD"), case
                assert "resume" in program["reason"], "it says what to do"
                assert after["programs"] == [], case
                assert not overdone(after["orders"], program), case
        finally:
            process.stdin.close()
            await process.stdout.read()
            await process.wait()
