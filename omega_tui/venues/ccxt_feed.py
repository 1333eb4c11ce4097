"""Supervised watch loops: what the exchange library leaves to its callers, done once for every stream.

The library's loops hang on a lost acknowledgement, spin on a cached rejection, and cancel their callers when
a connection is closed (fact sheet, section 3). So every stream has a deadline for its first message and for
silence, a back-off after whatever ends it, and a new connection when it is dead. Where the library cannot
watch, the venue is asked over REST, and the screen says so.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final

from omega_tui.clock import Clock
from omega_tui.domain.candle import CandleMaker
from omega_tui.domain.events.account import AccountGap
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import FeedGap
from omega_tui.domain.integrity import ConnectionState
from omega_tui.errors import RemoteProtocolError, VenueError
from omega_tui.protocol.ccxt.instruments import symbol_of
from omega_tui.units import NS_PER_S
from omega_tui.venues.backoff import Backoff
from omega_tui.venues.base import VenuePosition
from omega_tui.venues.ccxt_guard import stream_urls
from omega_tui.venues.ccxt_liveness import Liveness, hearing_the_loop
from omega_tui.venues.ccxt_loader import Exchange
from omega_tui.venues.ccxt_outcome import words_of
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import (
    CANDLE,
    FETCH,
    WATCH,
    FeedLimits,
    Stream,
    Watched,
    watched_at,
)
from omega_tui.venues.ccxt_telling import StreamTeller

MIN_WAIT_S: Final = 0.05
"""Even the first wait gives the loop a turn: a cached rejection would otherwise starve it (measured)."""


Key = tuple[Stream, str]


class CcxtFeed:
    """The streams of one account.

    Attributes:
        restarts_total: How often a stream ended and was begun again.
        loop_errors_total: Exceptions that only the event loop heard of.
        polled: Streams that are asked over REST because the library cannot watch them.
    """

    def __init__(  # noqa: PLR0913 - what it tells goes three ways
        self,
        session: CcxtSession,
        *,
        clock: Clock,
        rng: random.Random,
        publish: Callable[[Event], None],
        positions: Callable[[list[VenuePosition]], None] = lambda _positions: None,
        limits: FeedLimits | None = None,
    ) -> None:
        """Make one; nothing is watched before `run`.

        Args:
            session: Open before `run`.
            clock: For stamps.
            rng: For the waits.
            publish: Takes events; must not block.
            positions: Takes what the venue says is held, whenever it says so.
            limits: Deadlines and rates.
        """
        self.restarts_total = 0
        self.loop_errors_total = 0
        self._session = session
        self._clock = clock
        self._rng = rng
        self._publish = publish
        self._limits = limits or FeedLimits()
        self._wanted: dict[Key, Watched] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._up: set[Key] = set()
        self._hurry = asyncio.Event()
        self._liveness = Liveness(session, clock=clock, limits=self._limits)
        self._teller = StreamTeller(
            session,
            clock=clock,
            levels=self._limits.levels,
            liveness=self._liveness,
            publish=publish,
            positions=positions,
        )

    @property
    def built(self) -> list[str]:
        """Names of the streams whose candles are built from prints, as the library cannot watch candles."""
        return [watched.name for watched in self._wanted.values() if watched.maker is not None]

    @property
    def polled(self) -> list[str]:
        """Names of the streams that are asked over REST."""
        return [watched.name for watched in self._wanted.values() if watched.is_polled]

    def watch(self, stream: Stream, instrument_id: str = "") -> None:
        """Begin a stream, now or when `run` begins; nothing happens where it is watched already.

        Raises:
            VenueRefused: The venue does not list the instrument.
        """
        key = (stream, instrument_id)
        if key in self._wanted:
            return
        instrument = self._session.instrument(instrument_id) if instrument_id else None
        self._wanted[key] = watched_at(self._session.data, stream, instrument)
        if self._group is not None:
            self._begin(key)

    def unwatch(self, stream: Stream, instrument_id: str = "") -> None:
        """End a stream. What still comes of it on the socket is heard by nobody."""
        key = (stream, instrument_id)
        self._wanted.pop(key, None)
        self._up.discard(key)
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()

    def resync(self, instrument_id: str, reason: str) -> None:
        """Drop a book and have it sent afresh, by a new connection; one that is not watched is let be.

        Streams that wait for their next attempt, of whatever instrument, try now.
        """
        self._hurry.set()
        self._hurry = asyncio.Event()
        watched = self._wanted.get((Stream.BOOK, instrument_id))
        if watched is not None and self._session.is_open and not watched.is_polled:
            self._session.guard.forget(symbol_of(instrument_id), reason)
            self._teller.tell_state(watched)
            self._tear_down(watched, reason)

    async def run(self) -> None:
        """Keep every wanted stream alive until cancelled."""
        session = self._session
        session.guard.tell_gaps_to(self._gap_found)
        with hearing_the_loop(self._note_loop_error):
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    for key in list(self._wanted):
                        self._begin(key)
                    await (
                        asyncio.get_running_loop().create_future()
                    )  # Until cancelled; the streams are tasks.
                finally:
                    self._group = None

    def metrics(self) -> dict[str, float]:
        """Return what is counted."""
        books = self._session.guard.books.values()
        return {
            "restarts_total": self.restarts_total,
            "rejected_total": self._teller.rows.rejected_total,
            "loop_errors_total": self.loop_errors_total,
            "gaps_total": sum(book.gaps_total for book in books),
            "handler_failures_total": self._session.guard.failures_total,
            "streams": len(self._wanted),
            "streams_up": len(self._up),
            "polled": len(self.polled),
            "built": len(self.built),
        }

    def _note_loop_error(self) -> None:
        self.loop_errors_total += 1

    # --- one stream

    def _begin(self, key: Key) -> None:
        assert self._group is not None
        watched = self._wanted[key]
        self._tasks[key] = self._group.create_task(self._keep(key, watched), name=f"watch {watched.name}")

    async def _keep(self, key: Key, watched: Watched) -> None:
        limits = self._limits
        backoff = Backoff(initial_s=limits.first_wait_s, max_s=limits.longest_wait_s, rng=self._rng)
        stream_urls.set(watched.urls)
        while self._session.is_open:
            watched.messages, watched.waited_s = 0, 0.0
            if watched.maker is not None:
                watched.maker = CandleMaker(CANDLE[1])  # What was missed is missing from its candle.
            reason = await self._serve(key, watched, backoff)
            self.restarts_total += 1
            self._up.discard(key)
            wait_s = backoff.next_delay_s(at_least_s=MIN_WAIT_S)
            self._lost(watched, reason, wait_s, backoff.attempts)
            await self._pause(wait_s)

    async def _pause(self, wait_s: float) -> None:
        """Wait for the next attempt; `resync` cuts it short."""
        hurry = self._hurry
        try:
            async with asyncio.timeout(wait_s):
                await hurry.wait()
        except TimeoutError:
            return
        await asyncio.sleep(MIN_WAIT_S)

    async def _serve(self, key: Key, watched: Watched, backoff: Backoff) -> str:
        """Take messages until the stream ends; return why it did."""
        task = asyncio.current_task()
        assert task is not None
        while True:
            try:
                reason = await self._turn(key, watched)
            except asyncio.CancelledError:
                if task.cancelling():
                    raise
                return "the connection was closed"  # The library cancels whoever waits on it.
            except (RemoteProtocolError, VenueError) as error:
                return str(error)
            except self._session.failures as error:
                return words_of(error)
            if reason:
                self._tear_down(watched, reason)
                return reason
            if watched.messages == 2:  # One message may be the echo of a connection that dies at once.
                backoff.reset()

    async def _turn(self, key: Key, watched: Watched) -> str:
        """Wait for one message and take it; return why the stream is dead, if it is."""
        first = watched.messages == 0
        deadline_s = self._deadline_s(key, watched)
        try:
            async with asyncio.timeout(deadline_s):
                value = await self._next(watched, first=first)
        except TimeoutError:
            if not await self._liveness.is_alive(watched, first=first):
                watched.waited_s += deadline_s
                if first and watched.waited_s < self._limits.first_message_s:
                    return ""
                return f"no message for {watched.waited_s if first else deadline_s:g} s"
            self._note_up(key, watched)
            self._teller.tell_check(watched)
            return ""
        self._teller.take(watched, await self._teller.rows.own(watched, value))
        watched.messages += 1
        self._note_up(key, watched)
        if watched.stream is Stream.BOOK:
            await self._settle(watched)
            if await self._liveness.is_due_and_differs(watched):
                return "the book differs from the one of REST"
            self._teller.tell_check(watched)
        return ""

    def _deadline_s(self, key: Key, watched: Watched) -> float:
        limits = self._limits
        if watched.messages or key in self._up:
            return limits.silence_s
        if watched.stream.may_be_silent and not watched.is_polled:
            # The account's streams say nothing until something happens: that they are up is seen otherwise.
            return min(limits.silent_first_s, limits.first_message_s)
        return limits.first_message_s

    def _note_up(self, key: Key, watched: Watched) -> None:
        if key not in self._up:
            self._up.add(key)
            self._regained(watched)

    async def _next(self, watched: Watched, *, first: bool) -> Any:  # noqa: ANN401 - what the library gives
        arguments: tuple[object, ...] = ()
        if watched.instrument is not None:
            symbol = symbol_of(watched.instrument.id)
            is_candle = watched.stream is Stream.CANDLES and watched.maker is None
            arguments = (symbol, CANDLE[0]) if is_candle else (symbol,)
        if not watched.is_polled:
            book = self._teller.unpublished(watched)
            if book is not None:
                return book
            exchange: Exchange = self._session.data
            stream = Stream.TRADES if watched.maker is not None else watched.stream
            return await getattr(exchange, WATCH[stream])(*arguments)
        if not first:
            await asyncio.sleep(self._limits.poll_s)
        method = FETCH[watched.stream]
        return await self._session.ask(watched.name, lambda exchange: getattr(exchange, method)(*arguments))

    async def _settle(self, watched: Watched) -> None:
        """Wait for the next frame, and publish what came meanwhile."""
        await asyncio.sleep(self._limits.frame_s)
        book = self._teller.unpublished(watched)
        if book is not None:
            self._teller.tell_book(watched, book)

    # --- what a stream is

    def _gap_found(self, symbol: str, reason: str) -> None:
        """Show at once that a book is not to be trusted; the last good one stays, marked."""
        for watched in self._wanted.values():
            instrument = watched.instrument
            if watched.stream is Stream.BOOK and instrument and symbol_of(instrument.id) == symbol:
                watched.gap_told = True
                self._teller.tell_state(watched)
                self._publish(FeedGap(instrument.id, 0, self._clock.now_ns(), reason))

    def _lost(self, watched: Watched, reason: str, wait_s: float, attempt: int) -> None:
        now_ns = self._clock.now_ns()
        if watched.gap_told:  # The book is known to be wrong, and nothing else is.
            watched.gap_told = False
            return
        if watched.stream is Stream.BOOK and watched.instrument is not None and self._session.is_open:
            self._session.guard.forget(symbol_of(watched.instrument.id), reason)
            self._teller.tell_state(watched)
        if watched.stream in {Stream.ORDERS, Stream.FILLS}:
            self._publish(AccountGap(self._session.venue, reason, connected=False))
        elif not watched.stream.is_private:
            name = watched.instrument.id if watched.instrument is not None else ""
            self._publish(FeedGap(name, 0, now_ns, reason))
        self._teller.tell_connection(
            watched,
            ConnectionState.DOWN,
            f"{watched.name}: {reason}",
            attempt=attempt,
            wait_ns=round(wait_s * NS_PER_S),
        )

    def _regained(self, watched: Watched) -> None:
        if watched.stream in {Stream.ORDERS, Stream.FILLS}:
            self._publish(AccountGap(self._session.venue, f"{watched.name} is up", connected=True))
        kind = watched.stream.is_private
        same = {key for key, other in self._wanted.items() if other.stream.is_private is kind}
        if same <= self._up | {key for key in same if key[0].may_be_silent}:
            how = "asked over REST" if watched.is_polled else ""
            self._teller.tell_connection(
                watched, ConnectionState.UP, how or ("built from prints" if watched.maker else "")
            )

    def _tear_down(self, watched: Watched, reason: str) -> None:
        if self._session.is_open:
            for url in list(watched.urls):
                client = self._session.data.clients.get(url)
                if client is not None:
                    self._session.guard.tear_down(client, reason)
