"""kill -9 between key and answer: after the next start nothing is lost or doubled, all is as at the venue.

The venue lives in the test; the console is a child that is killed, at random moments and at every crash
point, and then started again. `--kills N` sets how often.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tradingrig import ABSENT, STATES

from omega_tui.domain.orders import OrderStatus
from omega_tui.protocol.polymarket.amounts import from_units
from omega_tui.services.crash_points import CRASH_AT_VARIABLE
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.sim.records import OrderState

DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "trade_until_killed.py"
POINTS = ("prepared", "journaled", "submitted", "answered", "noted")
"""Where the program passes between the key and the answer, in order."""

LONGEST_S = 0.25
"""A child trades for at most this long before it is killed at random."""


class Trader:
    """Starts children on one journal against one venue."""

    def __init__(self, venue: EmbeddedExchange, folder: Path, seed: int) -> None:
        self.venue = venue
        self.folder = folder
        self.rng = random.Random(seed)
        self.lives = 0

    def plan(self):
        """What a child must know."""
        who = self.venue.credentials
        return {
            "url": self.venue.rest_url,
            "chain_id": str(self.venue.chain_id),
            "private_key": who.private_key.reveal(),
            "api_key": who.credentials.api_key,
            "secret": who.credentials.secret.reveal(),
            "passphrase": who.credentials.passphrase.reveal(),
            "token": self.venue.markets[0].tokens[0][0],
            "folder": str(self.folder),
            "seed": str(self.rng.random()),
        }

    async def start(self, crash_at: str = ""):
        self.lives += 1
        environment = {name: value for name, value in os.environ.items() if name != CRASH_AT_VARIABLE}
        if crash_at:
            environment[CRASH_AT_VARIABLE] = crash_at
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(DRIVER),
            json.dumps(self.plan()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            limit=1 << 24,
        )

    async def live(self, crash_at: str = "", *, trade: bool = True) -> list[str]:
        """Let a child find its feet, compare its view, let it trade, and kill it; return what was wrong."""
        child = await self.start(crash_at)
        try:
            async with asyncio.timeout(60):
                wrong = self.wrong(json.loads(await child.stdout.readline()))
                child.stdin.write(b"trade\n" if trade else b"end\n")
                if crash_at or not trade:
                    await child.wait()
                else:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self.rng.uniform(0, LONGEST_S)):
                            await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
            child.stdin.close()
            # The pipe must be read to its end, or its transport outlives the loop.
            await child.stdout.read()
            await child.wait()
        assert child.returncode == (-signal.SIGKILL if trade else 0)
        return wrong

    def wrong(self, view: list[dict[str, object]]) -> list[str]:
        """In what a view differs from the venue."""
        mine = self.venue.credentials.address
        truth = {
            key: record for key, record in self.venue.history()["orders"].items() if record.account == mine
        }
        ours = {row["venue_order_id"]: row for row in view}
        found = [] if len(ours) == len(view) else ["an order is there twice"]
        for key, record in truth.items():
            row = ours.get(key)
            if row is None:
                found.append(f"lost: {key} {record.state}")
                continue
            status = OrderStatus(row["status"])
            killed = record.state is OrderState.CANCELED and not record.matched and status in ABSENT
            if status not in STATES[record.state] and not killed:
                found.append(f"{key}: {status} here, {record.state} there")
            if Decimal(row["filled"]) != from_units(record.matched):
                found.append(f"{key}: {row['filled']} filled here, {from_units(record.matched)} there")
            if row["external"]:
                found.append(f"{key}: ours, and not recognised")
        found += [
            f"{key}: {row['status']} here, unknown there"
            for key, row in ours.items()
            if key not in truth and OrderStatus(row["status"]) not in ABSENT
        ]
        return found


@pytest.fixture
def kills(request):
    return request.config.getoption("--kills")


@pytest.fixture
def seed():
    return int(os.environ.get("OMEGA_TEST_SEED", "") or random.SystemRandom().getrandbits(32))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_killed_at_random_moments(tmp_path, kills, seed):
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        trader = Trader(venue, tmp_path / "journal", seed)
        for life in range(kills):
            assert await trader.live() == [], f"after {life} kills, OMEGA_TEST_SEED={seed}"
        assert await trader.live(trade=False) == [], f"OMEGA_TEST_SEED={seed}"
        assert len(venue.history()["orders"]) > kills


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_every_point_between_key_and_answer(tmp_path, point, kills, seed):
    async with EmbeddedExchange(seed=3, rate=1) as venue:
        trader = Trader(venue, tmp_path / "journal", seed)
        for life in range(max(1, kills // 12)):
            assert await trader.live(crash_at=f"{point}:{life * 3 + 1}") == [], f"OMEGA_TEST_SEED={seed}"
        assert await trader.live(trade=False) == [], f"OMEGA_TEST_SEED={seed}"
