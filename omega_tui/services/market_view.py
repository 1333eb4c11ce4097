"""What the exchange service knows of the market when an order comes: the newest of each, read on demand.

Books, connections and instruments are conflated events, so the subscription is bounded by itself, and a burst
of books costs nothing until somebody trades.
"""

from dataclasses import replace
from decimal import Decimal

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import Connection, ConnectionState, DataLimits, DataStatus, StreamName, assess
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.units import NS_PER_S


class MarketView:
    """The newest book, connection and instrument of one venue.

    Attributes:
        instruments: By id.
        connections: By stream.
        marks: A price per instrument to value positions with: the mid, else the last trade.
    """

    def __init__(self, venue: str, bus: EventBus, clock: Clock, limits: DataLimits) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.connections: dict[str, Connection] = {}
        self.marks: dict[str, Decimal] = {}
        self._venue = venue
        self._clock = clock
        self._limits = limits
        self._books: dict[str, BookUpdated] = {}
        self._as_of_ns: dict[str, int] = {}
        self._down_since_ns: dict[str, int] = {}
        self._seen: set[str] = set()
        self._subscription = bus.subscribe(BookUpdated, ConnectionChanged, InstrumentUpdated)

    def catch_up(self) -> None:
        """Take in everything that was published until now."""
        for event in self._subscription.drain():
            match event:
                case BookUpdated():
                    self._take_book(event)
                case ConnectionChanged(connection=connection) if connection.venue == self._venue:
                    self._take_connection(connection)
                case InstrumentUpdated(instrument=instrument) if instrument.venue == self._venue:
                    self.instruments[instrument.id] = instrument
                    self._as_of_ns[instrument.id] = event.as_of_ns or self._clock.now_ns()

    def close(self) -> None:
        """Stop reading."""
        self._subscription.close()

    def book(self, instrument: str) -> BookSnapshot | None:
        """Return the newest picture of a book."""
        updated = self._books.get(instrument)
        return updated.book if updated is not None else None

    def metadata_age_s(self, instrument: str) -> float | None:
        """Return how long ago the venue told the rules of an instrument; None where it never did."""
        as_of_ns = self._as_of_ns.get(instrument)
        return None if as_of_ns is None else max(0, self._clock.now_ns() - as_of_ns) / NS_PER_S

    def data(self, instrument: str) -> DataStatus:
        """Return the state of a book's data now, as the screen computes it."""
        updated = self._books.get(instrument)
        return assess(
            self.connections.get(StreamName.BOOK),
            updated.integrity if updated is not None else None,
            last_update_ns=updated.last_update_ns if updated is not None else 0,
            now_ns=self._clock.now_ns(),
            limits=self._limits,
        )

    def clock_skew_ms(self) -> float | None:
        """Return our clock minus the venue's, from whichever stream measured it; None when none did."""
        skews = [c.clock_skew_ms for c in self.connections.values() if c.clock_skew_ms is not None]
        return max(skews, key=abs, default=None)

    def down_for_s(self) -> float:
        """Return for how long the worst stream has been down; 0 while all are up."""
        now_ns = self._clock.mono_ns()
        return max((now_ns - since_ns for since_ns in self._down_since_ns.values()), default=0) / 1e9

    def take_fresh(self) -> list[Instrument]:
        """Take the instruments whose book appeared since the last call: what may be traded next."""
        ready = [self.instruments[name] for name in self._seen if name in self.instruments]
        self._seen.difference_update(instrument.id for instrument in ready)
        return ready

    def end(self, market_id: str, instrument: str) -> list[str]:
        """Note that a market takes no orders any more; return its instruments."""
        ended = [
            known
            for known in self.instruments.values()
            if known.id == instrument or (market_id and known.market_id == market_id)
        ]
        for known in ended:
            self.instruments[known.id] = replace(known, active=False)
        return [known.id for known in ended]

    def _take_book(self, event: BookUpdated) -> None:
        if event.instrument not in self._books:
            self._seen.add(event.instrument)
        self._books[event.instrument] = event
        book = event.book
        if book is not None:
            mark = book.mid if book.mid is not None else book.last_trade_price
            if mark is not None:
                self.marks[event.instrument] = mark

    def _take_connection(self, connection: Connection) -> None:
        self.connections[connection.stream] = connection
        if connection.state in {ConnectionState.DOWN, ConnectionState.CONNECTING}:
            self._down_since_ns.setdefault(connection.stream, self._clock.mono_ns())
        else:
            self._down_since_ns.pop(connection.stream, None)
