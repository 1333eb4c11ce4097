"""Follows what one process tells on a Redis server, in order, each event once, with every gap healed.

The channel is the quick way and loses what is told while we are away; the numbers of the frames show that.
Then the lossless events come from the stream, and the latest pictures from the hashes: the same pattern as an
order book, changes on top of a snapshot.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Protocol

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from omega_tui.bus.codec import Frame, decode_event, decode_frame, event_types, is_plain, unseal
from omega_tui.bus.names import Names
from omega_tui.bus.redis_outlet import HEARTBEAT_S
from omega_tui.bus.redis_server import is_canceled
from omega_tui.bus.redis_time import ServerTime
from omega_tui.domain.events.base import Event
from omega_tui.errors import RemoteProtocolError

SILENCE_S: Final = 3 * HEARTBEAT_S
"""After this time without a frame the other process counts as gone."""

WANT_RAW_S: Final = 5
"""How long our wish for raw market events stands at the server; it is renewed with time to spare."""

HEAL_FRAMES: Final = 1_000
"""Frames that are read from the stream at a time."""


def entries(rows: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:  # noqa: ANN401 - the library's many shapes
    """Return the entries of a stream as they come to a client that decodes nothing, without deleted ones."""
    return [(entry, fields) for entry, fields in rows or () if fields is not None]


def streamed(told: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:  # noqa: ANN401 - likewise
    """Return the entries that a question about one stream brought."""
    return [row for _, rows in told or () for row in entries(rows)]


class Reader(Protocol):
    """Who is told what an inlet reads. Every method returns at once."""

    def joined(self, origin: str) -> None:
        """Events of this run of the process follow; the latest pictures come first."""
        ...

    def took(self, event: Event) -> None:
        """One event, in order."""
        ...

    def heard(self, frame: Frame, *, latency_ms: float) -> None:
        """A frame came, perhaps without an event."""
        ...

    def missed(self, reason: str) -> None:
        """Lossless events are gone for good: what is held must be asked for afresh."""
        ...


class Inlet:
    """The way in, for one process. Belongs to the loop of `run`.

    Attributes:
        frames: Frames taken.
        events: Events taken.
        gaps: How often frames were missing.
        repeated: Frames that came twice.
        foreign: Messages that were refused: not sealed with our key, malformed, or too large.
        unknown: Events of kinds that this program does not know.
        latency_ms: Age of the last frame when it came.
    """

    def __init__(  # noqa: PLR0913 - what a reader is made of
        self,
        names: Names,
        process: str,
        reader: Reader,
        *,
        time: ServerTime,
        key: bytes | None,
        kinds: Iterable[str] = (),
        wants_raw: bool = False,
    ) -> None:
        self.frames = 0
        self.events = 0
        self.gaps = 0
        self.repeated = 0
        self.foreign = 0
        self.unknown = 0
        self.latency_ms = 0.0
        self._names = names
        self._process = process
        self._reader = reader
        self._time = time
        self._key = key
        self._kinds = frozenset(kinds)
        self._wants_raw = wants_raw
        self._origin = ""
        self._number = 0
        self._facts_seen = 0
        self._last_entry = b"0-0"
        self._was_away = False

    async def run(self, client: Redis) -> None:
        """Follow the process until the server fails or the process goes silent, which is raised.

        Raises:
            RedisError, OSError, TimeoutError: See `redis_server.TROUBLES`; `TimeoutError` is the silence.
        """
        self._was_away = True
        await self._time.measure(client)
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(self._names.events(self._process))
            async with asyncio.TaskGroup() as group:
                if self._wants_raw:
                    group.create_task(self._keep_wanting(client), name="bus wish")
                group.create_task(self._follow(client, pubsub), name="bus in")
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _follow(self, client: Redis, pubsub: PubSub) -> None:
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while not is_canceled():
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=HEARTBEAT_S / 4)
            if message is None:
                if loop.time() - heard_at > SILENCE_S:
                    raise TimeoutError(f"{self._process} is silent")
                continue
            try:
                frame = decode_frame(message["data"], key=self._key)
            except RemoteProtocolError:
                self.foreign += 1
                continue
            heard_at = loop.time()
            await self._take(client, frame, plain=is_plain(message["data"]))

    async def _take(self, client: Redis, frame: Frame, *, plain: bool) -> None:
        if frame.origin != self._origin:
            await self._join(client, frame)
        elif frame.number <= self._number:
            self.repeated += 1
            return
        elif frame.number != self._number + 1 or self._was_away:
            self.gaps += frame.number != self._number + 1
            await self._heal(client, frame)
        self._was_away = False
        self._number = frame.number
        self._deliver(frame, plain=plain)
        self.latency_ms = max(0.0, (self._time.now_ns() - frame.at_ns) / 1e6)
        self._reader.heard(frame, latency_ms=self.latency_ms)

    def _deliver(self, frame: Frame, *, plain: bool | None = None) -> None:
        self.frames += 1
        facts = False
        for text in frame.events:
            try:
                event = decode_event(text, plain=plain)
            except RemoteProtocolError:
                self.foreign += 1
                continue
            if event is None:
                self.unknown += 1
                continue
            facts = facts or event.lossless
            self._offer(event)
        if facts:
            self._facts_seen = frame.number

    def _offer(self, event: Event) -> None:
        if not self._kinds or event.kind in self._kinds:
            self.events += 1
            self._reader.took(event)

    async def _join(self, client: Redis, frame: Frame) -> None:
        """Begin with a run of the process at what it holds now; what it told before is not ours."""
        newest = entries(await client.xrevrange(self._names.facts(self._process), count=1))
        self._last_entry = newest[0][0] if newest else b"0-0"
        self._origin = frame.origin
        self._facts_seen = frame.facts_before
        self._reader.joined(frame.origin)
        await self._read_pictures(client)
        await client.publish(self._names.wishes(self._process), b"everything")

    async def _heal(self, client: Redis, frame: Frame) -> None:
        """Get what was told between the last frame and this one."""
        while not is_canceled():
            stream, after = self._names.facts(self._process), b"(" + self._last_entry
            rows = entries(await client.xrange(stream, min=after, count=HEAL_FRAMES))
            for entry, fields in rows:
                self._last_entry = entry
                self._take_kept(fields, before=frame.number)
            if len(rows) < HEAL_FRAMES:
                break
        if self._facts_seen < frame.facts_before:
            self._lose(frame)
            await client.publish(self._names.wishes(self._process), b"everything")
        await self._read_pictures(client)

    def _lose(self, frame: Frame) -> None:
        self._facts_seen = frame.facts_before
        self._reader.missed(f"events of {self._process} were lost between two frames")

    def _take_kept(self, fields: dict[bytes, Any], *, before: int) -> None:
        """Take a frame out of the stream, unless the channel brought it."""
        try:
            kept = decode_frame(fields.get(b"m", b""), key=self._key)
        except RemoteProtocolError:
            self.foreign += 1
            return
        if kept.origin != self._origin or not self._number < kept.number < before:
            return
        if kept.number > self._facts_seen:
            if kept.facts_before > self._facts_seen:
                self._lose(kept)
            self._deliver(kept)

    async def _read_pictures(self, client: Redis) -> None:
        """Offer the latest of everything that is conflated."""
        kinds = [known.kind for known in event_types().values() if not known.lossless]
        wanted = [kind for kind in kinds if not self._kinds or kind in self._kinds]
        pipe = client.pipeline(transaction=False)
        for kind in wanted:
            pipe.hvals(self._names.state(self._process, kind))
        for rows in await pipe.execute():
            for text in rows:
                self._take_picture(text)

    def _take_picture(self, text: bytes) -> None:
        try:
            event = decode_event(unseal(text, self._key))
        except RemoteProtocolError:
            self.foreign += 1
            return
        if event is not None and not event.lossless:
            self._offer(event)

    async def _keep_wanting(self, client: Redis) -> None:
        while not is_canceled():
            await client.set(self._names.wanted(self._process), b"1", ex=WANT_RAW_S)
            await asyncio.sleep(WANT_RAW_S / 3)
