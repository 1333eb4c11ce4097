"""A book that was asked for over REST, as the events that a stream would have told it by."""

from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import BookUpdated, InstrumentUpdated
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    Integrity,
    IntegrityState,
    StreamName,
)
from omega_tui.domain.snapshot import BookSnapshot


def asked_book(
    instrument: Instrument, book: BookSnapshot, *, clock_skew_ms: float, now_ns: int
) -> tuple[Event, ...]:
    """Return what lets the gate check an order against the prices of this moment where no stream runs.

    Args:
        instrument: What the venue says of it now.
        book: What REST shows; nobody checks it, and it ages as one of a stream does.
        clock_skew_ms: Our clock minus the venue's.
        now_ns: When it came, wall clock.
    """
    connection = Connection(
        instrument.venue,
        StreamName.BOOK,
        ConnectionState.UP,
        last_recv_ns=now_ns,
        clock_skew_ms=clock_skew_ms,
        ts_ns=now_ns,
    )
    integrity = Integrity(IntegrityState.UNCHECKED, "REST", since_ns=now_ns, verified_ns=now_ns)
    return (
        InstrumentUpdated(instrument),
        ConnectionChanged(connection),
        BookUpdated(instrument.id, book, integrity, now_ns),
    )
