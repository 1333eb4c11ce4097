"""kill -9 between key and answer: after the next start nothing is lost or doubled, all is as at the venue.

The venue lives in the test; the console is a child that is killed, at random moments and at every crash
point, and then started again: a fork of a process that has imported everything. `--kills N` sets how often.
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
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.sim.records import OrderState

DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "trade_until_killed.py"
POINTS = ("prepared", "journaled", "submitted", "answered", "noted")
"""Where the program passes between the key and the answer, in order."""

LONGEST_S = 0.25
"""A child trades for at most this long before it is killed at random."""


class Trader:
    """Has children live, one after the other, on one journal against one venue."""

    def __init__(self, venue: EmbeddedExchange, folder: Path, seed: int) -> None:
        self.venue = venue
        self.folder = folder
        self.rng = random.Random(seed)
        self._driver = None

    driver = DRIVER
    longest_s = LONGEST_S

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
        }

    async def __aenter__(self):
        self._driver = await asyncio.create_subprocess_exec(
            sys.executable,
            str(self.driver),
            json.dumps(self.plan()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
            start_new_session=True,
        )
        return self

    async def __aexit__(self, kind, *_):
        self._driver.stdin.close()
        if kind is not None:
            # A child that trades only ends by being killed, and holds the pipe that is read to its end.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._driver.pid, signal.SIGKILL)
        # The pipe must be read to its end, or its transport outlives the loop.
        await self._driver.stdout.read()
        await self._driver.wait()

    async def live(self, crash_at: str = "", *, trade: bool = True) -> list[str]:
        """Let a child find its feet, compare its view, let it trade, and kill it; return what was wrong."""
        self._tell(json.dumps({"crash_at": crash_at, "seed": str(self.rng.random())}))
        async with asyncio.timeout(60):
            child = await self._hear()
            wrong = self.wrong(child["orders"])
            self._tell("trade" if trade else "end")
            if trade and not crash_at:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.rng.uniform(0, self.longest_s)):
                        raise AssertionError(f"it ended by itself: {await self._hear()}")
                os.kill(child["pid"], signal.SIGKILL)
            end = await self._hear()
        assert end == {"ended": -signal.SIGKILL if trade else 0}
        return wrong

    def _tell(self, line):
        self._driver.stdin.write(f"{line}\n".encode())

    async def _hear(self):
        line = await self._driver.stdout.readline()
        assert line, "the driver ended; it says why on standard error"
        return json.loads(line)

    def truth(self) -> dict[str, tuple[set[OrderStatus], Decimal]]:
        """What the venue has, by its id: what an order may be called here, and how much of it is filled."""
        mine = self.venue.credentials.address
        return {
            key: (
                STATES[record.state]
                | (ABSENT if record.state is OrderState.CANCELED and not record.matched else set()),
                from_units(record.matched),
            )
            for key, record in self.venue.history()["orders"].items()
            if record.account == mine
        }

    def wrong(self, view: list[dict[str, object]]) -> list[str]:
        """In what a view differs from the venue."""
        truth, ids = self.truth(), [row["client_order_id"] for row in view]
        ours = {row["venue_order_id"]: row for row in view if row["venue_order_id"]}
        found = [] if len(set(ids)) == len(ids) else ["an order is there twice"]
        for key, (statuses, filled) in truth.items():
            row = ours.get(key)
            if row is None:
                found.append(f"lost: {key}")
                continue
            if OrderStatus(row["status"]) not in statuses:
                found.append(f"{key}: {row['status']} here, one of {sorted(statuses)} there")
            if Decimal(row["filled"]) != filled:
                found.append(f"{key}: {row['filled']} filled here, {filled} there")
            if row["external"]:
                found.append(f"{key}: ours, and not recognised")
        found += [
            f"{row['client_order_id']}: {row['status']} here, unknown there"
            for row in view
            if row["venue_order_id"] not in truth and OrderStatus(row["status"]) not in ABSENT
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
        async with Trader(venue, tmp_path / "journal", seed) as trader:
            for life in range(kills):
                wrong = await trader.live()
                assert not wrong, f"{wrong} after {life} kills, OMEGA_TEST_SEED={seed}"
            wrong = await trader.live(trade=False)
            assert not wrong, f"{wrong}, OMEGA_TEST_SEED={seed}"
        assert len(venue.history()["orders"]) > kills


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_every_point_between_key_and_answer(tmp_path, point, kills, seed):
    async with (
        EmbeddedExchange(seed=3, rate=1) as venue,
        Trader(venue, tmp_path / "journal", seed) as trader,
    ):
        for life in range(max(1, kills // 12)):
            assert await trader.live(crash_at=f"{point}:{life * 3 + 1}") == [], f"OMEGA_TEST_SEED={seed}"
        assert await trader.live(trade=False) == [], f"OMEGA_TEST_SEED={seed}"
