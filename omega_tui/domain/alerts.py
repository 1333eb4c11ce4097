"""Price alerts: a price that is waited for, and when it is reached. Pure.

An alert tells, once. It is never an order and never becomes one.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.trade import Trade

MAX_ALERTS: Final = 100
"""More than this, and nobody knows any more what a bell was for."""
MAX_NOTE: Final = 80
"""Characters of a note."""

BAD_BOOKS: Final = frozenset({IntegrityState.RESYNCING, IntegrityState.STALE})
"""What such a book shows is not the present market, so that nothing is reached in it."""


class Cross(StrEnum):
    """From where the price is to come: an alert ABOVE the market waits for a rise, one BELOW for a fall."""

    ABOVE = "ABOVE"
    BELOW = "BELOW"


class PriceAlert(Struct, frozen=True):
    """A price that is waited for.

    Attributes:
        instrument: Instrument id.
        venue: Whose it is.
        price: Where.
        cross: From which side it is reached.
        note: What it is for, in the trader's own words; may be empty.
        set_ns: When it was set, wall clock of the engine: what happened before does not count.
    """

    instrument: str
    venue: str
    price: Decimal
    cross: Cross
    note: str = ""
    set_ns: int = 0

    @property
    def level(self) -> tuple[str, Decimal]:
        """What it is known by: there is one alert at a price."""
        return self.instrument, self.price

    def is_reached(self, price: Decimal) -> bool:
        """Whether a price that somebody paid, or offers to pay, is at the alert or beyond it."""
        return price >= self.price if self.cross is Cross.ABOVE else price <= self.price


def cross_of(price: Decimal, market: Decimal) -> Cross | None:
    """Return on which side of the market a price is; None where the market is at it."""
    if price == market:
        return None
    return Cross.ABOVE if price > market else Cross.BELOW


class AlertBook:
    """The alerts that are waiting, in the order in which they were set; at most `MAX_ALERTS`."""

    def __init__(self, alerts: Iterable[PriceAlert] = ()) -> None:
        """Begin with alerts of an earlier session; those beyond the bound are left out."""
        self._waiting: dict[tuple[str, Decimal], PriceAlert] = {}
        for alert in alerts:
            if len(self._waiting) < MAX_ALERTS:
                self._waiting[alert.level] = alert

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[PriceAlert]:
        return iter(self._waiting.values())

    @property
    def is_full(self) -> bool:
        """Whether no further price can be waited for."""
        return len(self._waiting) >= MAX_ALERTS

    def holds(self, alert: PriceAlert) -> bool:
        """Whether there is an alert at that price already."""
        return alert.level in self._waiting

    def put(self, alert: PriceAlert) -> None:
        """Wait for a price; one that is waited for already takes the new words. Only while not full."""
        assert self.holds(alert) or not self.is_full, "asked before"
        self._waiting[alert.level] = alert

    def drop(self, instrument: str | None = None, price: Decimal | None = None) -> int:
        """Take away what matches, None matching all; return how many that were."""
        gone = [
            alert.level
            for alert in self
            if instrument in {None, alert.instrument} and price in {None, alert.price}
        ]
        for place in gone:
            del self._waiting[place]
        return len(gone)

    def take_print(self, trade: Trade) -> list[tuple[PriceAlert, Decimal]]:
        """Take away what a print reaches, and return it with the price of the print."""
        return [
            (self._waiting.pop(alert.level), trade.price)
            for alert in tuple(self)
            if alert.instrument == trade.instrument
            and trade.ts_recv_ns >= alert.set_ns
            and alert.is_reached(trade.price)
        ]

    def take_book(
        self, book: BookSnapshot | None, integrity: IntegrityState
    ) -> list[tuple[PriceAlert, Decimal]]:
        """Take away what a book reaches, and return it with the price that reached it.

        A rise counts when somebody bids so much, a fall when somebody offers for so little: the far touch
        may be anywhere. A book that is bad, crossed or not there reaches nothing.
        """
        if book is None or book.is_crossed or integrity in BAD_BOOKS:
            return []
        found = []
        for alert in tuple(self):
            touch = book.best_bid if alert.cross is Cross.ABOVE else book.best_ask
            if alert.instrument == book.instrument and touch is not None and alert.is_reached(touch):
                found.append((self._waiting.pop(alert.level), touch))
        return found
