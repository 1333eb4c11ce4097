"""Everything at once, seeded: whatever the wire does, the books end up verified without a key pressed."""

import random

import pytest
from faultproxy import Direction, FaultProxy
from streamrig import settled, streaming, tokens_of

from omega_tui.domain.events.market import BookUpdated, FeedGap
from omega_tui.domain.integrity import IntegrityState
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import EmbeddedExchange

FRAME_FAULTS = (
    FaultKind.DROP,
    FaultKind.DUPLICATE,
    FaultKind.DELAY,
    FaultKind.CORRUPT,
    FaultKind.GARBLE,
    FaultKind.LOST_LEVEL,
    FaultKind.WRONG_HASH,
)


def spoil(proxy: FaultProxy, chance: random.Random) -> None:
    """Do one thing to the connection."""
    match chance.randrange(6):
        case 0:
            proxy.rst_all()
        case 1:
            proxy.fin_all()
        case 2:
            proxy.down.corrupt_p = chance.choice([0.0, 0.05])
        case 3:
            proxy.down.slice_bytes = chance.choice([0, 7, 1_000])
        case 4:
            proxy.down.delay_s = chance.choice([0.0, 0.02])
        case 5:
            proxy.down.limit_bytes = chance.choice([None, 50_000, 300_000])
            proxy.down.limit_action = chance.choice(["fin", "rst"])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_any_mixture_of_faults_every_book_verifies_again(seed):
    chance = random.Random(seed)
    async with EmbeddedExchange(seed=seed, rate=300) as venue:
        port = int(venue.rest_url.rpartition(":")[2])
        async with (
            FaultProxy(port, seed=seed) as proxy,
            streaming(venue, tokens_of(venue, 3), port=proxy.port) as (service, watch),
        ):
            await watch.until(lambda: settled(service, 6))
            for _ in range(12):
                spoil(proxy, chance)
                kind = chance.choice(FRAME_FAULTS)
                venue.faults.add(Fault(kind, probability=0.2, times=3, seconds=0.02))
                seen = len(watch.take())
                await watch.until(lambda n=seen: len(watch.take()) > n + 15)
            venue.faults.clear()
            proxy.down = Direction()
            proxy.rst_all()
            await watch.until(lambda: settled(service, 6))
            # While connections are lost no price is shown as live.
            stale = False
            for event in watch.seen:
                if isinstance(event, FeedGap):
                    stale = True
                elif isinstance(event, BookUpdated) and stale:
                    assert event.integrity.state in {IntegrityState.STALE, IntegrityState.RESYNCING}
                    stale = False
            assert service.metrics()["reconnects_total"] >= 1
            assert venue.faults.log
            assert proxy.log
