"""What a stream of the exchange library says, as events; a book only with what its check says now."""

from collections.abc import Callable
from typing import Any

from omega_tui.clock import Clock
from omega_tui.domain.events.account import BalanceChanged
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, CandleUpdated, TickerUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.integrity import Connection, ConnectionState, StreamName
from omega_tui.protocol.ccxt.account import balances_of
from omega_tui.protocol.ccxt.instruments import symbol_of
from omega_tui.protocol.ccxt.market_data import book_of, ticker_of
from omega_tui.venues.base import VenuePosition
from omega_tui.venues.ccxt_account import position_of
from omega_tui.venues.ccxt_liveness import Liveness
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_streams import RowReader, Stream, Watched


class StreamTeller:
    """Turns what streams of one account say into events.

    Args:
        session: Whose streams they are.
        clock: For stamps.
        levels: How deep a book is told.
        liveness: What is known of books by comparing them over REST.
        publish: Takes events; must not block.
        positions: Takes what the venue says is held, whenever it says so.

    Attributes:
        rows: Reads what comes in lists.
    """

    def __init__(  # noqa: PLR0913 - what it tells goes two ways
        self,
        session: CcxtSession,
        *,
        clock: Clock,
        levels: int,
        liveness: Liveness,
        publish: Callable[[Event], None],
        positions: Callable[[list[VenuePosition]], None],
    ) -> None:
        self.rows = RowReader(session)
        self._session = session
        self._clock = clock
        self._levels = levels
        self._liveness = liveness
        self._publish = publish
        self._positions = positions

    def unpublished(self, watched: Watched) -> Any:  # noqa: ANN401 - the library's book
        """Return the book, if it changed since it was published: the library wakes nobody for it again."""
        if watched.stream is not Stream.BOOK or watched.instrument is None or watched.is_polled:
            return None
        symbol = symbol_of(watched.instrument.id)
        guard = self._session.guard.book(symbol)
        if guard.reason or guard.applied_total == watched.published or not self._session.is_open:
            return None
        return self._session.data.orderbooks.get(symbol)

    def take(self, watched: Watched, value: Any) -> None:  # noqa: ANN401 - what the library gives
        """Tell what a message says.

        Raises:
            RemoteProtocolError: It says nothing that can be read.
        """
        now_ns = self._clock.now_ns()
        instrument = watched.instrument
        match watched.stream:
            case Stream.BOOK:
                self._take_book(watched, value)
            case Stream.TICKER if instrument is not None:
                self._publish(TickerUpdated(ticker_of(value, instrument, ts_recv_ns=now_ns)))
            case Stream.BALANCE:
                for balance in balances_of(value, venue=self._session.venue):
                    self._publish(BalanceChanged(balance))
            case Stream.POSITIONS:
                found = self.rows.read(value, lambda row: position_of(row, self._session))
                self._positions([position for position in found if position is not None])
            case Stream.CANDLES:
                for candle in self.rows.candles(watched, value, now_ns=now_ns):
                    self._publish(CandleUpdated(candle))
            case _:
                for event in self.rows.events(watched, value, now_ns=now_ns):
                    self._publish(event)

    def _take_book(self, watched: Watched, book: Any) -> None:  # noqa: ANN401 - the library's book
        assert watched.instrument is not None
        symbol = symbol_of(watched.instrument.id)
        guard = self._session.guard
        if watched.is_polled:
            guard.book(symbol).check = "rest"
        guard.received(symbol, polled=watched.is_polled)
        if not guard.book(symbol).reason:  # It may have been dropped between its message and this turn.
            self.tell_book(watched, book)

    def tell_book(self, watched: Watched, book: Any) -> None:  # noqa: ANN401 - the library's book
        """Tell a book as it stands, and remember it as the last good one."""
        assert watched.instrument is not None
        watch = self._session.guard.book(symbol_of(watched.instrument.id))
        snapshot = book_of(
            book,
            watched.instrument,
            levels=self._levels,
            sequence=watch.applied_total,
            ts_recv_ns=watch.applied_ns,
        )
        watched.snapshot, watched.published, watched.gap_told = snapshot, watch.applied_total, False
        self._liveness.check_of(watched.instrument).note(snapshot)
        self.tell_state(watched)

    def tell_check(self, watched: Watched) -> None:
        """Publish again when a comparison over REST made the same book worth more."""
        if watched.stream is Stream.BOOK and watched.instrument is not None:
            verified_ns = self._liveness.check_of(watched.instrument).verified_ns
            if verified_ns != watched.verified_ns:
                self.tell_state(watched)

    def tell_state(self, watched: Watched) -> None:
        """Publish the last good book with what its check says now."""
        assert watched.instrument is not None
        watch = self._session.guard.book(symbol_of(watched.instrument.id))
        watched.verified_ns = self._liveness.check_of(watched.instrument).verified_ns
        integrity = watch.integrity(since_ns=self._clock.now_ns(), verified_ns=watched.verified_ns)
        self._publish(BookUpdated(watched.instrument.id, watched.snapshot, integrity, watch.applied_ns))

    def tell_connection(
        self, watched: Watched, state: ConnectionState, reason: str, *, attempt: int = 0, wait_ns: int = 0
    ) -> None:
        """Tell how a stream is connected; `wait_ns` is the time to the next attempt."""
        now_ns = self._clock.now_ns()
        self._publish(
            ConnectionChanged(
                Connection(
                    venue=self._session.venue,
                    stream=StreamName.ACCOUNT if watched.stream.is_private else StreamName.BOOK,
                    state=state,
                    reason=reason,
                    attempt=attempt,
                    retry_at_ns=now_ns + wait_ns if wait_ns else 0,
                    last_recv_ns=now_ns if state is ConnectionState.UP else 0,
                    clock_skew_ms=self._session.skew_ms,
                    ts_ns=now_ns,
                )
            )
        )
