"""Reading the lossless events of a process together: every event goes to one reader of a group, none is lost.

A reader acknowledges what it has worked off. What a reader took and never acknowledged, since it was killed,
goes to another one after a while: so an event may come twice, and never not at all while the stream keeps it.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from omega_tui.bus.codec import decode_event, decode_frame
from omega_tui.bus.names import Names
from omega_tui.bus.redis_inlet import entries, streamed
from omega_tui.bus.redis_server import is_canceled
from omega_tui.domain.events.base import Event
from omega_tui.errors import RemoteProtocolError

WAIT_MS: Final = 500
ORPHANED_MS: Final = 30_000
"""After this time without an acknowledgement an event goes to another reader."""

AT_ONCE: Final = 100


class GroupReader:
    """One reader of a group. Belongs to one event loop.

    Args:
        client: A client whose answers may take `WAIT_MS`; its owner closes it.
        names: Names on the server.
        process: Whose events.
        group: Name of the group; it begins with what is told from now on when it is new.
        reader: Our name in the group, unique among those that run.
        key: As in `decode_frame`.
        orphaned_ms: When an event that another reader took goes to us.

    Attributes:
        foreign: Entries that could not be read; they are acknowledged, since nobody can.
    """

    def __init__(  # noqa: PLR0913 - a composition
        self,
        client: Redis,
        names: Names,
        process: str,
        *,
        group: str,
        reader: str,
        key: bytes | None = None,
        orphaned_ms: int = ORPHANED_MS,
    ) -> None:
        self.foreign = 0
        self._client = client
        self._stream = names.facts(process)
        self._group = group
        self._reader = reader
        self._key = key
        self._orphaned_ms = orphaned_ms

    async def batches(self) -> AsyncIterator[Sequence[Event]]:
        """Yield the events of one frame after another; asking for the next one acknowledges the one before.

        Raises:
            RedisError, OSError, TimeoutError: See `redis_server.TROUBLES`; what was not acknowledged comes
                again.
        """
        await self._join()
        while not is_canceled():
            for entry, fields in [*await self._orphans(), *await self._fresh()]:
                events = self._read(fields.get(b"m", b""))
                if events:
                    yield events
                await self._client.xack(self._stream, self._group, entry)

    async def _join(self) -> None:
        try:
            await self._client.xgroup_create(self._stream, self._group, id="$", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _orphans(self) -> list[tuple[bytes, dict[bytes, bytes]]]:
        """Return what others took long ago, and what we took before we were started again."""
        told = await self._client.xautoclaim(
            self._stream, self._group, self._reader, self._orphaned_ms, count=AT_ONCE
        )
        return entries(told[1])

    async def _fresh(self) -> list[tuple[bytes, dict[bytes, bytes]]]:
        told = await self._client.xreadgroup(
            self._group, self._reader, {self._stream: ">"}, count=AT_ONCE, block=WAIT_MS
        )
        return streamed(told)

    def _read(self, text: bytes) -> list[Event]:
        try:
            events = [decode_event(one) for one in decode_frame(text, key=self._key).events]
        except RemoteProtocolError:
            self.foreign += 1
            return []
        return [event for event in events if event is not None]
