"""The clock of the Redis server, which all processes on a bus have in common.

Deadlines and latencies are told on it, so that the clocks of two machines need not agree.
"""

from redis.asyncio import Redis

from omega_tui.clock import Clock
from omega_tui.units import NS_PER_US


class ServerTime:
    """The server's time as estimated here. Belongs to one event loop.

    Attributes:
        offset_ns: The server's clock minus ours; 0 before the first measurement.
        round_trip_ns: How long the last question took; 0 before the first.
        is_known: Whether it was ever measured.
    """

    def __init__(self, clock: Clock) -> None:
        self.offset_ns = 0
        self.round_trip_ns = 0
        self.is_known = False
        self._clock = clock

    def now_ns(self) -> int:
        """Return the server's time, off by half a round trip at most."""
        return self._clock.now_ns() + self.offset_ns

    async def measure(self, client: Redis) -> None:
        """Ask the server once; the middle of the round trip is taken for its moment.

        Raises:
            RedisError, OSError, TimeoutError: See `redis_server.TROUBLES`.
        """
        began_ns, began_mono_ns = self._clock.now_ns(), self._clock.mono_ns()
        seconds, micros = await client.time()
        self.round_trip_ns = self._clock.mono_ns() - began_mono_ns
        told_ns = (int(seconds) * 1_000_000 + int(micros)) * NS_PER_US
        self.offset_ns = told_ns - (began_ns + self.round_trip_ns // 2)
        self.is_known = True
