"""What keeps the books of a market feed honest over REST: fresh books, comparisons, descriptions, the clock.

Each kind of work has one worker, so that a slow answer to one holds up no other, and asks for all that waits
in one call. `look` finds out what there is to do; it is called with every frame and costs next to nothing.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from omega_tui.clock import Clock
from omega_tui.domain.events.status import Severity
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.venue_health import certain_skew_ms
from omega_tui.errors import RemoteProtocolError, StateError, VenueError
from omega_tui.protocol.polymarket.fresh_books import Comparison
from omega_tui.protocol.polymarket.wire import RestBook
from omega_tui.services.alerts import Alerts
from omega_tui.services.instrument_facts import InstrumentFacts
from omega_tui.services.market_shard import MarketShard
from omega_tui.services.market_stream import MarketStream
from omega_tui.units import NS_PER_MS, NS_PER_S
from omega_tui.venues.polymarket_data import PolymarketData

log = logging.getLogger(__name__)

LOOK_NS: Final = NS_PER_S // 4
"""How far apart quiet tokens are looked for."""

RECHECK_NS: Final = NS_PER_S
"""A difference is looked at again after this: the stream may have been on its way."""

SKEW_INTERVAL_NS: Final = 300 * NS_PER_S
"""How often the venue's clock is asked (fault model, C2)."""

ASK_AGAIN_NS: Final = 60 * NS_PER_S
"""When a venue that has no book for a token is asked for it again."""

NO_BOOK: Final = "the venue has no book for it"
ENDED: Final = "its market has ended"

REST_PAUSE_S: Final = 0.5
"""Upper end of the random pause after a REST call that failed, before fresh books are asked for again."""

_COMPARABLE: Final = frozenset({IntegrityState.VERIFIED, IntegrityState.UNVERIFIED, IntegrityState.UNCHECKED})


@dataclass(slots=True)
class _Resync:
    """A fresh book that is under way: since when, and why."""

    since_ns: int
    reason: str


class MarketCare:
    """Looks after one market feed.

    Attributes:
        comparisons: Books that were compared with REST.
        differences: Of these, those that were not equal.
        adopted: Books that had missed changes and were replaced by REST's.
        resubscribed: Tokens whose changes had stopped coming.
        rest_failures: Calls that brought nothing usable.
        resync_ms: How long the last resync took; None before the first.
    """

    def __init__(  # noqa: PLR0913 - the parts it joins
        self,
        stream: MarketStream,
        data: PolymarketData,
        facts: InstrumentFacts,
        *,
        clock: Clock,
        alerts: Alerts,
        rng: Random,
        compare_interval_s: float,
        auto_sync: bool,
    ) -> None:
        self.comparisons = 0
        self.differences = 0
        self.adopted = 0
        self.resubscribed = 0
        self.rest_failures = 0
        self.resync_ms: float | None = None
        self._stream = stream
        self._data = data
        self._facts = facts
        self._clock = clock
        self._alerts = alerts
        self._rng = rng
        self._compare_ns = round(compare_interval_s * NS_PER_S)
        self._auto_sync = auto_sync
        self._watched: set[str] = set()
        self._wanted: dict[str, str] = {}
        self._resyncs: dict[str, _Resync] = {}
        self._compared_ns: dict[str, int] = {}
        self._differed: dict[str, int] = {}
        self._missing_until_ns: dict[str, int] = {}
        self._last_look_ns: int | None = None
        self._skew_due_ns: int | None = None
        self._resync_due = asyncio.Event()
        self._compare_due = asyncio.Event()
        self._describe_due = asyncio.Event()
        self._clock_due = asyncio.Event()

    # ------------------------------------------------------------------------ what is watched

    @property
    def watched(self) -> frozenset[str]:
        """What was asked for; the complements of these are subscribed as well."""
        return frozenset(self._watched)

    def watch(self, tokens: Iterable[str]) -> None:
        """Subscribe to tokens and, as soon as they are known, to their complements.

        Raises:
            StateError: One of them is no token id.
        """
        wanted = list(dict.fromkeys(tokens))
        complements = self._facts.complements()
        self._stream.subscribe([*wanted, *(complements[t] for t in wanted if t in complements)], complements)
        self._watched.update(wanted)
        self._describe_due.set()

    def unwatch(self, tokens: Iterable[str]) -> None:
        """Unsubscribe from tokens; a complement that is watched itself, or needed by one, stays.

        Raises:
            StateError: One of them was not watched.
        """
        gone = list(dict.fromkeys(tokens))
        for token in gone:
            if token not in self._watched:
                raise StateError(f"{token[:40]} is not subscribed")
        self._watched.difference_update(gone)
        complements = self._facts.complements()
        needed = self._watched | {complements[token] for token in self._watched if token in complements}
        dropped = self._stream.tokens - needed
        self._stream.unsubscribe(dropped)
        for token in dropped:
            self._forget(token)

    def resync(self, token: str, reason: str) -> None:
        """Ask for a fresh book.

        Raises:
            StateError: The token is not subscribed.
        """
        shard = self._stream.shard_of(token)
        if shard is None:
            raise StateError(f"{token[:40]} is not subscribed")
        self._missing_until_ns.pop(token, None)
        shard.protocol.request_resync(token, reason, now_ns=self._clock.now_ns())
        self._wanted[token] = reason
        self._resync_due.set()

    # ------------------------------------------------------------------------ what is to be done

    def look(self) -> None:
        """Find out what there is to do, and wake who does it."""
        now_ns = self._clock.now_ns()
        self._take_requests(now_ns)
        if self._resyncs:
            self._close_resyncs(now_ns)
        if self._last_look_ns is not None and 0 <= now_ns - self._last_look_ns < LOOK_NS:
            return
        self._last_look_ns = now_ns
        if self._quiet_tokens(now_ns):
            self._compare_due.set()
        if self._facts.due(self._watched):
            self._describe_due.set()
        mono_ns = self._clock.mono_ns()
        if self._skew_due_ns is None or mono_ns >= self._skew_due_ns:
            self._skew_due_ns = mono_ns + SKEW_INTERVAL_NS
            self._clock_due.set()

    async def run(self) -> None:
        """Do what `look` finds, until canceled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._resync_worker(), name="resync")
            group.create_task(self._compare_worker(), name="compare")
            group.create_task(self._describe_worker(), name="describe")
            group.create_task(self._clock_worker(), name="venue clock")

    def _take_requests(self, now_ns: int) -> None:
        for shard in self._stream.shards:
            for request in shard.protocol.take_resync_requests():
                token, reason = request.instrument, request.reason
                if now_ns < self._missing_until_ns.get(token, 0):
                    self._set_aside(shard, token, now_ns)
                    continue
                if request.by_hash and not self._auto_sync and token not in self._wanted:
                    shard.protocol.resync_failed(token, f"{reason}; resync by hand", now_ns=now_ns)
                    continue
                self._wanted[token] = reason
                self._resync_due.set()

    def _close_resyncs(self, now_ns: int) -> None:
        """Tell how long the resyncs took that have come to an end."""
        for token, resync in list(self._resyncs.items()):
            shard = self._stream.shard_of(token)
            if shard is None:
                del self._resyncs[token]
                continue
            if shard.protocol.integrity(token).state is IntegrityState.RESYNCING:
                continue
            del self._resyncs[token]
            took_ms = max(0, now_ns - resync.since_ns) / NS_PER_MS
            self.resync_ms = took_ms
            name = self._facts.name(token)
            text = f"The book of {name} was fetched afresh in {took_ms:.0f} ms: {resync.reason}."
            self._alerts.tell(Severity.INFO, "RESYNC", text, instrument=token)

    def _quiet_tokens(self, now_ns: int) -> list[str]:
        """Return the tokens of open sockets about which neither stream nor REST has said a thing for long."""
        quiet: list[str] = []
        for shard in self._stream.shards:
            if not shard.pump.connected:
                continue
            protocol = shard.protocol
            for token in protocol.subscribed:
                if token in self._resyncs or token in self._wanted:
                    continue
                integrity = protocol.integrity(token)
                if integrity.state not in _COMPARABLE:
                    continue
                heard_ns = max(
                    protocol.book(token).ts_recv_ns, integrity.verified_ns, self._compared_ns.get(token, 0)
                )
                if now_ns - heard_ns >= self._compare_ns:
                    quiet.append(token)
        return quiet

    # ------------------------------------------------------------------------ workers

    async def _resync_worker(self) -> None:
        while True:
            await self._resync_due.wait()
            self._resync_due.clear()
            wanted, self._wanted = self._wanted, {}
            if not wanted:
                continue
            now_ns = self._clock.now_ns()
            for token, reason in wanted.items():
                self._resyncs.setdefault(token, _Resync(now_ns, reason))
            try:
                books = await self._data.fetch_books(list(wanted))
            except VenueError as error:
                self._fail_resyncs(wanted, error)
                await asyncio.sleep(self._rng.uniform(0.0, REST_PAUSE_S))
                continue
            for token in wanted:
                self._apply(token, books.get(token))

    async def _compare_worker(self) -> None:
        while True:
            await self._compare_due.wait()
            self._compare_due.clear()
            tokens = self._quiet_tokens(self._clock.now_ns())
            if not tokens:
                continue
            try:
                books = await self._data.fetch_books(tokens)
            except VenueError as error:
                self.rest_failures += 1
                log.info("quiet books could not be compared, and will be in a second: %s", error)
                retry_ns = self._clock.now_ns() - self._compare_ns + RECHECK_NS
                self._compared_ns.update((token, retry_ns) for token in tokens)
                continue
            differing: set[MarketShard] = set()
            for token in tokens:
                shard = self._stream.shard_of(token)
                if shard is not None and not self._compare(shard, token, books.get(token)):
                    differing.add(shard)
            self._bury_zombies(differing)

    async def _describe_worker(self) -> None:
        while True:
            await self._describe_due.wait()
            self._describe_due.clear()
            await self._facts.fetch(self._facts.due(self._watched))
            complements = self._facts.complements()
            missing = [complements[token] for token in sorted(self._watched) if token in complements]
            self._stream.subscribe(missing, complements)

    async def _clock_worker(self) -> None:
        while True:
            await self._clock_due.wait()
            self._clock_due.clear()
            before_ns = self._clock.now_ns()
            try:
                venue_ns = await self._data.fetch_server_time_ns()
            except VenueError as error:
                self.rest_failures += 1
                log.info("the venue's clock could not be read, and is asked again in its turn: %s", error)
                continue
            self._stream.clock_skew_ms = certain_skew_ms(before_ns, self._clock.now_ns(), venue_ns)

    # ------------------------------------------------------------------------ answers

    def _apply(self, token: str, book: RestBook | None) -> None:
        """Give a fresh book to the stream."""
        shard = self._stream.shard_of(token)
        if shard is None:
            return
        now_ns = self._clock.now_ns()
        if book is None:
            self._miss(shard, token, now_ns)
            return
        self._missing_until_ns.pop(token, None)
        try:
            events = shard.protocol.apply_rest_book(token, book, now_ns=now_ns)
        except RemoteProtocolError as error:
            self.rest_failures += 1
            self._alerts.tell(Severity.WARNING, "REST_BOOK", f"{error}.", instrument=token)
            return
        if events:
            self._stream.deliver(events)

    def _compare(self, shard: MarketShard, token: str, book: RestBook | None) -> bool:
        """Compare a book with REST's; return whether they agree."""
        now_ns = self._clock.now_ns()
        self._compared_ns[token] = now_ns
        if book is None:
            self._miss(shard, token, now_ns)
            return True
        try:
            comparison = shard.protocol.compare_rest_book(token, book, now_ns=now_ns)
        except RemoteProtocolError as error:
            self.rest_failures += 1
            self._alerts.tell(Severity.WARNING, "REST_BOOK", f"{error}.", instrument=token)
            return True
        self.comparisons += 1
        if comparison is Comparison.EQUAL:
            self._differed.pop(token, None)
            return True
        self.differences += 1
        if comparison is Comparison.ADOPTED:
            self._differed.pop(token, None)
            self.adopted += 1
            text = f"The book of {self._facts.name(token)} had missed changes; it is replaced by the venue's."
            self._alerts.tell(Severity.WARNING, "MISSED_CHANGES", text, instrument=token)
            return False
        changed_ns = shard.protocol.book(token).ts_recv_ns
        if self._differed.get(token) == changed_ns:
            # The venue's book moves on and ours has not stirred in between: its changes do not come.
            del self._differed[token]
            text = f"Changes of {self._facts.name(token)} have stopped coming; it is subscribed afresh."
            self._alerts.tell(Severity.WARNING, "SILENT_TOKEN", text, instrument=token)
            self.resubscribed += 1
            self._stream.resubscribe(token)
        else:
            self._differed[token] = changed_ns
            self._compared_ns[token] = now_ns - self._compare_ns + RECHECK_NS
        return False

    def _bury_zombies(self, differing: Iterable[MarketShard]) -> None:
        """Replace sockets that are open, answer keep-alives, and have stopped bringing data (fault F15)."""
        for shard in self._stream.shards:
            frames = shard.count_data_frames()
            silent = frames == shard.data_frames
            shard.data_frames = frames
            if silent and shard in differing:
                shard.pump.reconnect("the socket is silent though books have changed")

    def _miss(self, shard: MarketShard, token: str, now_ns: int) -> None:
        """Note that the venue has no book for a token (fault F17), which of an ended market is no news."""
        self._resyncs.pop(token, None)
        self._set_aside(shard, token, now_ns)
        if token not in self._missing_until_ns and not self._facts.has_ended(token):
            text = f"The venue has no book for {self._facts.name(token)}: it is settled, or the id is wrong."
            self._alerts.tell(Severity.WARNING, "NO_BOOK", text, instrument=token)
        self._missing_until_ns[token] = now_ns + ASK_AGAIN_NS

    def _set_aside(self, shard: MarketShard, token: str, now_ns: int) -> None:
        reason = ENDED if self._facts.has_ended(token) else NO_BOOK
        shard.protocol.resync_failed(token, reason, now_ns=now_ns)
        shard.protocol.mark_stale(token, reason, now_ns=now_ns)

    def _forget(self, token: str) -> None:
        """Drop what is remembered of a token."""
        self._wanted.pop(token, None)
        self._resyncs.pop(token, None)
        for times in (self._compared_ns, self._differed, self._missing_until_ns):
            times.pop(token, None)

    def _fail_resyncs(self, wanted: Iterable[str], error: VenueError) -> None:
        self.rest_failures += 1
        now_ns = self._clock.now_ns()
        for token in wanted:
            shard = self._stream.shard_of(token)
            if shard is not None:
                shard.protocol.resync_failed(token, "no fresh book could be had", now_ns=now_ns)
        self._alerts.tell(Severity.WARNING, "RESYNC_FAILED", f"Fresh books could not be fetched: {error}.")
