"""Whether a silent stream is merely quiet, and whether a book that nothing checks can be right."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from omega_tui.clock import Clock
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.errors import RemoteProtocolError, VenueError
from omega_tui.protocol.ccxt.instruments import symbol_of
from omega_tui.protocol.ccxt.market_data import book_of
from omega_tui.protocol.ccxt.values import oldest_first
from omega_tui.units import NS_PER_S
from omega_tui.venues.ccxt_rest_check import RestCheck
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import FeedLimits, Stream, Watched

SETTLE_S: Final = 0.02
"""What the socket holds when REST answers is older than the answer: it is let be read first."""


class Liveness:
    """Asks the venue over REST what a stream does not say.

    Args:
        session: Open while this is used.
        clock: For the ages of comparisons.
        limits: Deadlines.
    """

    def __init__(self, session: CcxtSession, *, clock: Clock, limits: FeedLimits) -> None:
        self._session = session
        self._clock = clock
        self._limits = limits
        self._checks: dict[str, RestCheck] = {}

    def check_of(self, instrument: Instrument) -> RestCheck:
        """Return what is remembered of a book and its comparisons."""
        return self._checks.setdefault(instrument.id, RestCheck())

    async def is_alive(self, watched: Watched, *, first: bool) -> bool:
        """Return whether silence is merely quiet.

        Args:
            watched: The silent stream.
            first: Whether it has not said anything yet: only a stream that may be silent is then alive.
        """
        if watched.is_polled or not self._session.is_open:
            return False
        if first and not watched.stream.may_be_silent:
            return False
        try:
            match watched:
                case Watched(stream=Stream.BOOK, instrument=Instrument() as instrument):
                    rest = await self._rest_touch(instrument)
                    alive = self.check_of(instrument).agrees(rest, now_ns=self._clock.now_ns())
                case Watched(stream=Stream.TRADES, instrument=Instrument() as instrument):
                    alive = await self._has_every_print(watched, instrument)
                case _:
                    alive = self._has_live_socket(watched)
        except (VenueError, RemoteProtocolError):
            return False
        return alive

    async def is_due_and_differs(self, watched: Watched) -> bool:
        """Return whether a book without a check was found wrong just now; asks only from time to time."""
        instrument = watched.instrument
        if instrument is None or watched.is_polled or self._session.guard.check:
            return False
        check, now_ns = self.check_of(instrument), self._clock.now_ns()
        if now_ns - check.compared_ns < self._limits.compare_s * NS_PER_S:
            return False
        check.compared_ns = now_ns
        try:
            rest = await self._rest_touch(instrument)
        except (VenueError, RemoteProtocolError):
            return False  # Nothing was proven either way; the age of the last comparison is on screen.
        await asyncio.sleep(SETTLE_S)
        symbol = symbol_of(instrument.id)
        book = self._session.data.orderbooks.get(symbol) if self._session.is_open else None
        if book is not None:
            now_ns = self._clock.now_ns()
            check.note(book_of(book, instrument, levels=1, sequence=0, ts_recv_ns=now_ns))
        return not check.agrees(rest, now_ns=self._clock.now_ns())

    async def _rest_touch(self, instrument: Instrument) -> BookSnapshot:
        symbol = symbol_of(instrument.id)
        rest = await self._session.ask("the book", lambda exchange: exchange.fetch_order_book(symbol))
        return book_of(rest, instrument, levels=1, sequence=0, ts_recv_ns=0)

    async def _has_every_print(self, watched: Watched, instrument: Instrument) -> bool:
        symbol = symbol_of(instrument.id)
        rows = await self._session.ask("the prints", lambda exchange: exchange.fetch_trades(symbol))
        newest = oldest_first(rows)[-1:]
        return all(str(row.get("id") or "") in watched.seen for row in newest)

    def _has_live_socket(self, watched: Watched) -> bool:
        """Return whether any frame came lately on a connection of this stream, answers to pings included."""
        exchange = self._session.data
        now_ms = exchange.milliseconds()
        for url in watched.urls:
            client = exchange.clients.get(url)
            if client is None or client.last_message_at is None:
                continue
            patience_ms = max(self._limits.silence_s * 1000, 2 * client.keepAlive)
            if now_ms - client.last_message_at < patience_ms:
                return True
        return False


@contextmanager
def hearing_the_loop(note: Callable[[], None]) -> Iterator[None]:
    """Tell `note` of exceptions of the library that reach nobody but the event loop, and pass them on."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def heard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        note()
        if before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(heard)
    try:
        yield
    finally:
        if loop.get_exception_handler() is heard:  # Another feed may have put its own on top.
            loop.set_exception_handler(before)
