"""Carries the events of this process to a Redis server: one packed frame a turn, never in anybody's way.

Every frame goes out on the channel of the process, the latest picture of each key into a hash, and the
lossless events into a stream as well, where a reader that was away finds them. A frame whose fate is unknown
is sent again under its own number, so that a reader takes it once.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Raw
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from omega_tui.bus.codec import VERSION, Frame, encode_event, encode_frame, event_types, seal
from omega_tui.bus.local import LocalSubscription
from omega_tui.bus.names import Names
from omega_tui.bus.redis_server import is_canceled, words
from omega_tui.bus.redis_time import ServerTime
from omega_tui.clock import Clock
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BestQuoteChanged, BookReplaced, CandleUpdated, LevelChanged
from omega_tui.errors import SubscriberOverrun

log = logging.getLogger(__name__)

OUTBOX_LIMIT: Final = 10_000
"""Lossless events that may wait for the server; more are given up, counted, and told to the readers."""

MOST_EVENTS: Final = 2_000
"""Events of one frame; what is left goes with the next."""

KEPT_FRAMES: Final = 10_000
"""Frames of lossless events that the stream keeps for who was away; about 5 minutes of a busy market."""

HEARTBEAT_S: Final = 0.5
"""A frame goes out at least this often, with nothing in it if need be: silence means that we are gone."""

RAW_EVENTS: Final = frozenset({BookReplaced, LevelChanged, BestQuoteChanged})
"""Events that cost something to make; they are carried only while somebody wants them."""

UNKEPT_EVENTS: Final = frozenset({CandleUpdated})
"""Conflated events whose keys never end, so that their pictures are not kept."""


class Outlet:
    """The way out. `put` may be called from any thread; everything else belongs to the loop of `run`.

    Attributes:
        sent_frames: Frames that the server has.
        sent_events: Events in them.
        dropped: Lossless events that were given up because the server did not take them in time.
        refused: Single calls that the server refused, as when it is full.
        trouble: Why nothing is carried now, for people; empty while it is.
        wants_raw: Whether somebody reads the raw market events.
    """

    def __init__(  # noqa: PLR0913 - what a frame is made of
        self,
        names: Names,
        process: str,
        origin: str,
        *,
        clock: Clock,
        time: ServerTime,
        key: bytes | None,
        pack_s: float,
    ) -> None:
        self.sent_frames = 0
        self.sent_events = 0
        self.dropped = 0
        self.refused = 0
        self.trouble = "Redis was not reached yet"
        self.wants_raw = False
        self._names = names
        self._process = process
        self._origin = origin
        self._clock = clock
        self._time = time
        self._key = key
        self._pack_s = pack_s
        self._number = 0
        self._facts_before = 0
        self._outbox = self._new_outbox()
        self._frame: _Packed | None = None
        self._waiting: list[Event] = []

    def put(self, event: Event) -> None:
        """Take one event; never waits."""
        if type(event) not in RAW_EVENTS or self.wants_raw:
            self._outbox.put(event)

    @property
    def waiting(self) -> int:
        """Events that no frame carries yet."""
        return self._outbox.unread + len(self._waiting)

    async def run(self, client: Redis, rejoined: Callable[[], None]) -> None:
        """Carry events until the server fails, which is raised.

        Args:
            client: Where to; its answers have a short limit.
            rejoined: Called when the server is there (again): it may have lost everything, so everything
                that is held should be published once more.

        Raises:
            RedisError, OSError, TimeoutError: See `redis_server.TROUBLES`.
        """
        if self._frame is None and not self._number:
            await self._forget_former_run(client)
        if self._frame is not None:
            await self._send(client, self._frame)
        await self._beat(client)
        self.trouble = ""
        rejoined()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._carry(client), name="bus out")
            group.create_task(self._watch(client), name="bus wishes")

    async def _carry(self, client: Redis) -> None:
        loop = asyncio.get_running_loop()
        sent_at = loop.time() - self._pack_s
        while not is_canceled():
            await self._something(HEARTBEAT_S)
            pause_s = sent_at + self._pack_s - loop.time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)  # What comes in the meantime goes along.
            sent_at = loop.time()
            await self._send(client, self._pack(self._take()))

    async def _something(self, at_most_s: float) -> None:
        """Wait until there is something to carry, or it is time for a sign of life."""
        if self._waiting:
            return
        try:
            async with asyncio.timeout(at_most_s):
                self._waiting.append(await self._outbox.next())
        except SubscriberOverrun:
            self._start_afresh()
        except TimeoutError:
            return

    def _take(self) -> list[Event]:
        try:
            events = [*self._waiting, *self._outbox.drain()]
        except SubscriberOverrun:
            self._start_afresh()
            events = [*self._waiting]
        self._waiting = events[MOST_EVENTS:]
        return events[:MOST_EVENTS]

    def _start_afresh(self) -> None:
        """After too many events for the server: leave a gap in the numbers, which readers heal."""
        self.dropped += OUTBOX_LIMIT
        self._number += 1
        self._facts_before = self._number
        self._outbox = self._new_outbox()
        log.warning("Redis took events too slowly: %d and more were given up", OUTBOX_LIMIT)

    def _new_outbox(self) -> LocalSubscription:
        return LocalSubscription((Event,), OUTBOX_LIMIT)

    def _pack(self, events: Sequence[Event]) -> "_Packed":
        self._number += 1
        encoded = [encode_event(event) for event in events]
        facts = [text for event, text in zip(events, encoded, strict=True) if event.lossless]
        pictures = {
            (event.kind, event.key): text
            for event, text in zip(events, encoded, strict=True)
            if not event.lossless and type(event) not in UNKEPT_EVENTS
        }
        body = self._encode(encoded)
        kept = None
        if facts:
            kept = body if len(facts) == len(encoded) else self._encode(facts)
            self._facts_before = self._number
        packed = _Packed(self._number, body, kept, pictures, len(events))
        self._frame = packed
        return packed

    def _encode(self, events: Sequence[bytes]) -> bytes:
        frame = Frame(
            VERSION,
            self._origin,
            self._number,
            self._facts_before,
            self._time.now_ns(),
            self._clock.now_ns(),
            [Raw(text) for text in events],
        )
        return encode_frame(frame, self._key)

    async def _send(self, client: Redis, packed: "_Packed") -> None:
        names, process = self._names, self._process
        pipe: Pipeline = client.pipeline(transaction=False)
        if packed.kept is not None:
            entry = {"n": str(packed.number), "o": self._origin, "m": packed.kept}
            pipe.xadd(names.facts(process), entry, maxlen=KEPT_FRAMES, approximate=True)  # type: ignore[arg-type]  # bytes and text mix
        for kind, rows in packed.by_kind().items():
            pipe.hset(names.state(process, kind), mapping={key: seal(text, self._key) for key, text in rows})
        pipe.publish(names.events(process), packed.body)
        answers = await pipe.execute(raise_on_error=False)
        failures = [answer for answer in answers if isinstance(answer, RedisError)]
        self.refused += len(failures)
        if failures or packed.kept is not None or packed.pictures:
            # A sign of life needs no memory of the server's, and says nothing about it.
            self.trouble = words(failures[0]) if failures else ""
        self._frame = None
        self.sent_frames += 1
        self.sent_events += packed.events

    async def _beat(self, client: Redis) -> None:
        await self._send(client, self._pack(()))

    async def _watch(self, client: Redis) -> None:
        """Learn once a second whether somebody wants the raw market events."""
        while not is_canceled():
            self.wants_raw = bool(await client.exists(self._names.wanted(self._process)))
            await self._time.measure(client)
            await asyncio.sleep(HEARTBEAT_S)

    async def _forget_former_run(self, client: Redis) -> None:
        """Take away the pictures of a run before this one: nobody answers for them any more."""
        await client.delete(*(self._names.state(self._process, kind) for kind in event_types()))


class _Packed:
    """A frame on its way, with what is kept beside it."""

    def __init__(
        self,
        number: int,
        body: bytes,
        kept: bytes | None,
        pictures: dict[tuple[str, str], bytes],
        events: int,
    ) -> None:
        self.number = number
        self.body = body
        self.kept = kept
        self.pictures = pictures
        self.events = events

    def by_kind(self) -> dict[str, list[tuple[str, bytes]]]:
        """Return the pictures of each kind: pairs of key and text."""
        found: dict[str, list[tuple[str, bytes]]] = {}
        for (kind, key), text in self.pictures.items():
            found.setdefault(kind, []).append((key, text))
        return found
