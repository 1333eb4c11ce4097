"""The market feed: sockets, books and what keeps them honest; one writer of every book of a venue.

Frames go from the socket through `MarketProtocol` on the reader's stack. `frame` is called many times a
second and publishes what changed; what must be asked over REST is left to the workers in `market_care`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.config.feeds import StreamingConfig
from omega_tui.domain.book import OrderBook
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated
from omega_tui.domain.events.status import ConnectionChanged, Severity
from omega_tui.domain.integrity import Connection, ConnectionState, Integrity, IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import LocalProtocolError, StateError
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.protocol.polymarket.validator import HashPolicy
from omega_tui.services.alerts import Alerts
from omega_tui.services.market_health import connection_of, counts_of
from omega_tui.services.market_shard import MarketShard, Placement
from omega_tui.services.samples import Samples
from omega_tui.text import is_venue_id, safe_text
from omega_tui.units import NS_PER_S
from omega_tui.venues.backoff import Backoff
from omega_tui.venues.socket_ending import Ending, Next
from omega_tui.venues.websocket import Pump, Record, SocketOptions

log = logging.getLogger(__name__)

BOOKS_AT_ONCE: Final = 8
"""Books that are published in one go: half a millisecond or so in which no order can be taken."""

_HAS_BOOK: Final = frozenset({IntegrityState.VERIFIED, IntegrityState.UNVERIFIED, IntegrityState.UNCHECKED})


@dataclass(frozen=True, slots=True)
class MarketFeedOptions:
    """What a market feed is made of.

    Attributes:
        venue: Venue name.
        url: Of the market channel.
        streaming: Settings.
        policy: Of the book check.
        record: Takes every received frame; None for nobody.
    """

    venue: str
    url: str
    streaming: StreamingConfig
    policy: HashPolicy
    record: Record | None = None


class MarketStream:
    """Keeps the books of the subscribed tokens. Belongs to one event loop.

    Attributes:
        deliver: Takes every event that a socket brings, on the reader's stack.
        lags: Receive lags in ms, sampled as frames are published.
        reconnects: Connections that were lost and had to be replaced.
        refused: Why the venue refuses us for good; empty while it does not.
        clock_skew_ms: Our clock minus the venue's, as the care for the feed measured it; None not yet.
    """

    def __init__(  # noqa: PLR0913 - the parts it joins
        self,
        options: MarketFeedOptions,
        *,
        bus: EventBus,
        clock: Clock,
        alerts: Alerts,
        rng: Random,
        deliver: Callable[[Iterable[Event]], None],
    ) -> None:
        self.deliver = deliver
        self.lags = Samples()
        self.reconnects = 0
        self.refused = ""
        self.clock_skew_ms: float | None = None
        self._options = options
        self._bus = bus
        self._clock = clock
        self._alerts = alerts
        self._rng = rng
        self._shards: list[MarketShard] = []
        self._placement = Placement(options.streaming.tokens_per_socket)
        self._made = 0
        self._group: asyncio.TaskGroup | None = None
        self._saved: dict[str, BookSnapshot] = {}
        self._publish_raw = False
        self._gone_counts: dict[str, float] = {}

    # ------------------------------------------------------------------------ tokens

    @property
    def shards(self) -> tuple[MarketShard, ...]:
        """The sockets, in the order in which they were opened."""
        return tuple(self._shards)

    @property
    def tokens(self) -> frozenset[str]:
        """Every token whose book is kept."""
        return frozenset().union(*(shard.protocol.subscribed for shard in self._shards))

    def shard_of(self, token: str) -> MarketShard | None:
        """Return the socket of a token; None when it is not subscribed."""
        return self._placement.get(token)

    def offer_saved(self, books: Iterable[BookSnapshot]) -> None:
        """Have these books shown as stale when their tokens are subscribed, until fresh ones come."""
        self._saved = {book.instrument: book for book in books}

    def subscribe(self, tokens: Iterable[str], complements: Mapping[str, str]) -> None:
        """Keep the books of more tokens; those that are kept already are passed over.

        Args:
            tokens: Token ids.
            complements: The other outcome of each, where it is known; both go on one socket.

        Raises:
            StateError: One of them is no token id.
        """
        wanted = list(dict.fromkeys(tokens))
        for token in wanted:
            if not is_venue_id(token):
                raise StateError(f"not the id of an instrument: {safe_text(token, max_cells=40)}")
        touched: dict[MarketShard, list[str]] = {}
        for token in wanted:
            if token in self._placement:
                continue
            complement = complements.get(token)
            shard = self._placement.choose(complement, self._shards) or self._new_shard()
            self._placement.put(token, complement, shard)
            touched.setdefault(shard, []).append(token)
        for shard, added in touched.items():
            shard.protocol.subscribe(added)
            self._restore(shard, added)
            self._rouse(shard)
        if touched:
            self.publish_books()

    def unsubscribe(self, tokens: Iterable[str]) -> None:
        """Drop the books of tokens; those that are not kept are passed over."""
        for token in tokens:
            if token not in self._placement:
                continue
            shard = self._placement.remove(token)
            shard.protocol.unsubscribe([token])
            shard.pump.flush()
            if not shard.groups:
                self._drop_shard(shard)

    def resubscribe(self, token: str) -> None:
        """Unsubscribe and subscribe at the venue, for a token whose changes have stopped coming."""
        shard = self._placement.get(token)
        if shard is not None:
            shard.protocol.unsubscribe([token])
            shard.protocol.subscribe([token])
            shard.pump.flush()

    # ------------------------------------------------------------------------ books

    def book(self, token: str) -> OrderBook:
        """Return the book of a token, to be read only.

        Raises:
            StateError: It is not subscribed.
        """
        return self._shard(token).protocol.book(token)

    def integrity(self, token: str) -> Integrity:
        """Return how far the book of a token can be trusted.

        Raises:
            StateError: It is not subscribed.
        """
        return self._shard(token).protocol.integrity(token)

    def pictures(self) -> list[BookUpdated]:
        """Return every book as it stands."""
        found: list[BookUpdated] = []
        for shard in self._shards:
            protocol = shard.protocol
            for token in sorted(protocol.subscribed):
                book, integrity = protocol.book(token), protocol.integrity(token)
                shown = bool(book.ts_recv_ns or book.ts_event_ns or integrity.state in _HAS_BOOK)
                snapshot = book.snapshot() if shown else None
                found.append(BookUpdated(token, snapshot, integrity, book.ts_recv_ns))
        return found

    def publish_books(self) -> None:
        """Publish the books that changed since the last time."""
        while self.publish_some_books():
            pass

    def publish_some_books(self) -> bool:
        """Publish a few of them, so that other work can come in between. Return whether more may be left."""
        for shard in self._shards:
            pictures = shard.protocol.take_changed_books(at_most=BOOKS_AT_ONCE)
            for picture in pictures:
                self._bus.publish(picture)
            if pictures:
                return True
        return False

    # ------------------------------------------------------------------------ running

    async def run(self) -> None:
        """Serve every socket, present and future, until canceled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                for shard in self._shards:
                    self._start(shard)
                await asyncio.Event().wait()
            finally:
                self._group = None
                for shard in self._shards:
                    shard.task = None

    def set_publish_raw(self, *, wanted: bool) -> None:
        """Make costly raw events, or not."""
        if wanted is not self._publish_raw:
            self._publish_raw = wanted
            for shard in self._shards:
                shard.protocol.publish_raw = wanted

    def frame(self) -> None:
        """Note which sockets are in sync, and how late what they bring is."""
        for shard in self._shards:
            if shard.pump.state is ConnectionState.SYNCING and self._is_in_sync(shard):
                shard.pump.mark_synced()
            elif shard.protocol.lag_ms is not None and shard.pump.frames != shard.frames_sampled:
                shard.frames_sampled = shard.pump.frames
                self.lags.add(shard.protocol.lag_ms)

    def give_way(self, *, now: bool) -> None:
        """Read nothing from now on, or read on."""
        for shard in self._shards:
            if now:
                shard.pump.pause()
            else:
                shard.pump.resume()

    def connection(self) -> Connection:
        """Return the health of the feed."""
        return connection_of(
            self._shards,
            venue=self._options.venue,
            clock_skew_ms=self.clock_skew_ms,
            now_ns=self._clock.now_ns(),
        )

    def publish_connection(self) -> None:
        """Publish the health of the feed."""
        self._bus.publish(ConnectionChanged(self.connection()))

    def counts(self) -> dict[str, float]:
        """Return the counters of all sockets, of those that are gone too."""
        total = dict(self._gone_counts)
        for shard in self._shards:
            for name, value in counts_of(shard).items():
                total[name] = total.get(name, 0.0) + value
        return total

    # ------------------------------------------------------------------------ inside

    def _shard(self, token: str) -> MarketShard:
        shard = self._placement.get(token)
        if shard is None:
            raise StateError(f"{safe_text(token, max_cells=40)} is not subscribed; subscribe to it first")
        return shard

    def _new_shard(self) -> MarketShard:
        options, streaming = self._options, self._options.streaming
        self._made += 1
        protocol = MarketProtocol(
            venue=options.venue,
            policy=options.policy,
            publish_raw=self._publish_raw,
            ping_interval_s=streaming.ping_interval_s,
        )
        shard: MarketShard
        pump = Pump(
            options.url,
            protocol,
            channel="market",
            clock=self._clock,
            backoff=Backoff(
                initial_s=streaming.backoff_initial_s, max_s=streaming.backoff_max_s, rng=self._rng
            ),
            options=socket_options(streaming),
            deliver=self.deliver,
            changed=lambda: self._changed(shard),
            record=options.record,
        )
        shard = MarketShard(self._made, protocol, pump)
        self._shards.append(shard)
        return shard

    def _start(self, shard: MarketShard) -> None:
        if self._group is not None and shard.task is None:
            shard.task = self._group.create_task(self._serve(shard), name=f"market socket {shard.number}")

    async def _serve(self, shard: MarketShard) -> None:
        """Keep one socket open; when no attempt makes sense any more, wait until something changes."""
        while True:
            ending = await shard.pump.run()
            shard.ending = ending
            self._tell_ending(shard, ending)
            shard.wake.clear()
            await shard.wake.wait()
            shard.ending = None

    def _rouse(self, shard: MarketShard) -> None:
        """Let a shard act on its changed tokens, whatever it is doing."""
        shard.pump.flush()
        self._start(shard)
        if shard.ending is not None and shard.ending.next is not Next.REFUSED:
            shard.wake.set()

    def _drop_shard(self, shard: MarketShard) -> None:
        self._shards.remove(shard)
        for name, value in counts_of(shard).items():
            self._gone_counts[name] = self._gone_counts.get(name, 0.0) + value
        if shard.task is not None:
            shard.task.cancel()
        self.publish_connection()

    def _restore(self, shard: MarketShard, tokens: Iterable[str]) -> None:
        for token in tokens:
            saved = self._saved.pop(token, None)
            if saved is None:
                continue
            try:
                shard.protocol.restore_book(saved, now_ns=self._clock.now_ns())
            except LocalProtocolError as error:
                log.warning("a saved book was not shown: %s", error)

    def _is_in_sync(self, shard: MarketShard) -> bool:
        """Whether any book of the connection has come."""
        protocol = shard.protocol
        return any(protocol.integrity(token).state in _HAS_BOOK for token in protocol.subscribed)

    def _changed(self, shard: MarketShard) -> None:
        """Tell of a socket that changed: at once to the bus, in words to the trader."""
        pump = shard.pump
        if pump.state is ConnectionState.UP:
            if shard.lost_mono_ns is not None:
                took_s = (self._clock.mono_ns() - shard.lost_mono_ns) / NS_PER_S
                text = f"The market feed is back after {took_s:.1f} s; every book is fetched afresh."
                self._alerts.tell(Severity.INFO, "FEED_BACK", text)
            shard.was_up, shard.lost_mono_ns = True, None
        elif pump.state is ConnectionState.DOWN and shard.was_up:
            shard.was_up, shard.lost_mono_ns = False, self._clock.mono_ns()
            self.reconnects += 1
            self._alerts.tell(Severity.WARNING, "FEED_LOST", f"The market feed is lost: {pump.reason}.")
        self.publish_connection()

    def _tell_ending(self, shard: MarketShard, ending: Ending) -> None:
        match ending.next:
            case Next.REFUSED:
                self.refused = ending.reason
                text = f"The venue refuses the market feed: {ending.reason}. It is not asked again."
                self._alerts.tell(Severity.ALARM, "FEED_REFUSED", text)
            case Next.BROKEN:
                count = len(shard.protocol.subscribed)
                text = f"The venue refuses the subscription of {count} instruments: {ending.reason}."
                self._alerts.tell(Severity.ALARM, "SUBSCRIPTION_REFUSED", text)
            case _:
                self._alerts.tell(Severity.INFO, "FEED_FINISHED", f"The market feed ended: {ending.reason}.")


def socket_options(streaming: StreamingConfig) -> SocketOptions:
    """Return the bounds of a socket that the configuration sets."""
    return SocketOptions(
        open_timeout_s=streaming.open_timeout_s,
        silence_timeout_s=streaming.silence_timeout_s,
        max_frame_bytes=streaming.max_frame_bytes,
    )
