"""Markets that ended, and what a unit of each of their instruments pays. Kept in the journal."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from omega_tui.clock import Clock
from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.services.journal import Entry
from omega_tui.services.ledger import Ledger

RESOLVED = "resolved"
"""The journal's word for what an instrument pays."""


class Resolutions:
    """What ended markets pay.

    Attributes:
        payouts: By instrument: one for the winner, zero for the others.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.payouts: dict[str, Decimal] = {}
        self._ledger = ledger
        self._clock = clock

    def restore(self, entries: Iterable[Entry]) -> None:
        """Take up what the journal knows."""
        for entry in entries:
            if entry.kind == RESOLVED and entry.venue == self._ledger.venue:
                self.payouts[entry.subject] = msgspec.json.decode(entry.body, type=Decimal)

    def note(self, winner: str, instruments: Sequence[str]) -> bool:
        """Note how a market ended; return whether that was news. Without a winner nothing is concluded."""
        news = False
        for instrument in instruments if winner else ():
            pays = ONE if instrument == winner else ZERO
            if self.payouts.get(instrument) != pays:
                news = True
                self.payouts[instrument] = pays
                body = msgspec.json.encode(pays)
                self._ledger.note(Entry(self._clock.now_ns(), self._ledger.venue, instrument, RESOLVED, body))
        return news
